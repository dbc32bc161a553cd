// SPDX-License-Identifier: MIT OR Apache-2.0
//! A scenario as shrinking edits it: instructions and messages that are left out one by one. What referred to an
//! instruction that went refers to the one that follows it.

use avm_sim::arbitrum::mexe::{Image, Instruction};
use avm_sim::arbitrum::value::Value;

use super::Room;
use super::scenario::{Planned, Scenario};
use crate::input::InputError;
use crate::shrink::Draft;
use crate::shrink::search::Candidate;

/// A scenario's image and runs, to be edited.
#[derive(Clone, Debug)]
pub struct Parts {
    /// What is not edited.
    scenario: Scenario,
    image: Image,
    runs: Vec<Planned>,
}

/// Drafts of one scenario: what is edited tells them apart.
impl PartialEq for Parts {
    fn eq(&self, other: &Parts) -> bool {
        self.image == other.image && self.runs == other.runs
    }
}

impl Parts {
    /// Messages of all runs.
    fn messages(&self) -> usize {
        self.runs.iter().map(|run| run.inbox.len()).sum()
    }

    fn keep_code(&mut self, kept: &[bool]) {
        // Where each word is afterwards; the last is the error CodePoint.
        let mut places = vec![0];
        places.extend(kept.iter().scan(0, |n, kept| {
            *n += u32::from(*kept);
            Some(*n)
        }));
        let mut code: Vec<Instruction> =
            self.image.code().iter().zip(kept).filter(|(_, kept)| **kept).map(|(word, _)| word.clone()).collect();
        code.iter_mut().filter_map(|word| word.immediate.as_mut()).for_each(|v| renumber(v, &places));
        let mut fixed = self.image.static_value().clone();
        renumber(&mut fixed, &places);
        // Places keep their order, so that no reference goes backwards that did not.
        if let Ok(image) = Image::new(code, fixed) {
            self.image = image;
        }
    }
}

fn renumber(value: &mut Value, places: &[u32]) {
    match value {
        Value::Code(word) => *word = places[*word as usize],
        Value::Tuple(slots) => slots.iter_mut().for_each(|slot| renumber(slot, places)),
        Value::Int(_) | Value::Buffer(_) => {}
    }
}

impl Candidate for Parts {
    type Machine = Room;

    fn scenario(&self) -> Option<Scenario> {
        self.scenario.with(self.image.clone(), self.runs.clone()).ok()
    }
}

impl Draft for Parts {
    fn load(scenario: &Scenario) -> Result<Parts, InputError> {
        let runs = scenario.runs.iter().map(|run| Planned { expect: Default::default(), ..run.clone() }).collect();
        Ok(Parts { scenario: scenario.clone(), image: (*scenario.image).clone(), runs })
    }

    fn toml(&self, about: &str) -> String {
        self.scenario.toml(about, &self.image, &self.runs)
    }

    fn size(scenario: &Scenario) -> (usize, usize) {
        let words = scenario.image.code().len();
        (words, 8 * scenario.load.beats.len())
    }

    fn parts(&self) -> usize {
        self.image.code().len() + self.messages()
    }

    fn keep(&mut self, kept: &[bool]) {
        let (code, messages) = kept.split_at(self.image.code().len());
        let mut messages = messages.iter();
        for run in &mut self.runs {
            run.inbox.retain(|_| messages.next() == Some(&true));
        }
        self.keep_code(code);
    }
}
