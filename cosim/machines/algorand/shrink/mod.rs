// SPDX-License-Identifier: MIT OR Apache-2.0
//! What of a program of the machine can be made smaller.
//!
//! | file | |
//! | --- | --- |
//! | `tree` | the tree of a random program |
//! | `draft`, `source` | a scenario with its sources as items |
//! | `lines`, `numbers` | on that: calls, methods, instructions; numbers |

mod draft;
mod lines;
mod numbers;
mod source;
mod tree;

use avm_sim::algorand::image::Image;
use avm_sim::algorand::isa::DECODE;
use serde::Deserialize;

use crate::input::{Input, InputError};
use crate::machines::algorand::Room;
use crate::machines::algorand::generate::Plan;
use crate::machines::algorand::scenario::{Scenario, alone};
use crate::shrink::folder::{PLAN, json};
use crate::shrink::search::{Candidate, Search};
use draft::Draft;

/// A scenario in the forms that are made smaller, one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Forms {
    /// The tree that it was drawn as, if it is a random program.
    plan: Option<Plan>,
    /// It with its sources as items.
    draft: Draft,
}

impl Candidate for Forms {
    type Machine = Room;

    fn scenario(&self) -> Option<Scenario> {
        self.draft.scenario()
    }
}

impl crate::shrink::Draft for Forms {
    fn load(scenario: &Scenario) -> Result<Forms, InputError> {
        let draft = Draft::new(scenario, &sources(scenario)?)?;
        let plan = scenario.path.with_file_name(PLAN);
        Ok(Forms { plan: if plan.is_file() { Some(json(&plan)?) } else { None }, draft })
    }

    fn toml(&self, about: &str) -> String {
        self.draft.toml(about)
    }

    fn size(scenario: &Scenario) -> (usize, usize) {
        let images = || scenario.apps.iter().map(|a| &a.image);
        let bytes = |i: &Image| i.code().len() + i.constants().len();
        (images().map(|i| instructions(i)).sum(), images().map(|i| bytes(i)).sum())
    }

    fn reduce(search: &mut Search<'_, '_, Forms>, clocks: u64) -> Result<(), InputError> {
        if let Some(plan) = search.best.plan.take() {
            let mut trees = Search { judge: &mut *search.judge, best: plan, failed: search.failed.clone() };
            tree::reduce(&mut trees);
            let Search { best, failed, .. } = trees;
            let sources: Vec<_> = best.sources().into_iter().map(|(_, text)| Some(text)).collect();
            if let Some(scenario) = best.scenario() {
                (search.best.draft, search.failed) = (Draft::new(&scenario, &sources)?, failed);
            }
        }
        let (best, failed) = (search.best.draft.clone(), search.failed.clone());
        let mut drafts = Search { judge: &mut *search.judge, best, failed };
        lines::reduce(&mut drafts, clocks);
        (search.best.draft, search.failed) = (drafts.best, drafts.failed);
        Ok(())
    }
}

/// Instructions of a code area, taken one after the other; a byte that is none counts as one.
fn instructions(image: &Image) -> usize {
    let (mut at, mut n) = (0, 0);
    while let Some(byte) = image.code().get(at) {
        at += usize::from(DECODE[usize::from(*byte)].len).max(1);
        n += 1;
    }
    n
}

/// Where the source of an application is.
#[derive(Deserialize)]
struct App {
    source: Option<String>,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Apps {
    app: Vec<App>,
}

/// The sources of a scenario's applications; `None` where there is an image.
fn sources(scenario: &Scenario) -> Result<Vec<Option<String>>, InputError> {
    let path = &scenario.path;
    let input = Input::read(path)?;
    let names: Vec<_> = scenario.apps.iter().filter_map(|a| Some((a.name.clone()?, a.id))).collect();
    let apps: Apps = toml::from_str(input.text())
        .map_err(|e| InputError::plain(format!("{}: error: {}", path.display(), e.message())))?;
    let one = |app: App| match app.source {
        Some(source) => {
            let path = input.beside(&source);
            Ok(Some(alone(&source, Input::read(&path)?.text(), path.parent(), &names)))
        }
        None => Ok(app.text.map(|text| alone(input.name(), &text, path.parent(), &names))),
    };
    apps.app.into_iter().map(one).collect()
}
