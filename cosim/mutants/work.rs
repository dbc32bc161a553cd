// SPDX-License-Identifier: MIT OR Apache-2.0
//! What mutants are judged by: scenarios in tiers, each with what it takes in clocks when nothing is wrong.

use std::path::Path;

use super::driven::{self, Open};
use super::group::Group;
use super::{Trouble, parallel};
use crate::lockstep::Session;
use crate::machines::{self, Loaded, Machine};
use crate::names::Shown;
use crate::regress::work::BATCH;
use crate::rtl::design::Design;

/// Everything that a mutant is tried on.
#[derive(Debug)]
pub struct Work<M: Machine> {
    /// Tells it from work of another kind, whose results are kept apart.
    pub name: String,
    /// Names of the tiers, in order.
    pub tiers: Vec<String>,
    /// Groups by tier, in a tier those that take fewest clocks first.
    pub groups: Vec<Group<M>>,
}

impl<M: Machine> Work<M> {
    /// The tiers: those of the machine's suite, random programs of the first `seeds` seeds.
    ///
    /// # Errors
    /// A scenario is not right, or the RTL as it is does not agree with the interpreter.
    pub fn new(suite: &Path, seeds: u64, jobs: usize) -> Result<Self, Trouble> {
        let mut groups = Vec::new();
        for (tier, (_, folders)) in M::TIERS.iter().enumerate() {
            for path in scenarios(suite, folders)? {
                let scenario = machines::load::<M>(&path)?;
                let name = format!("{}/{}", folder_name(&path), scenario.name());
                groups.push(Group::new(tier, vec![scenario], vec![name]));
            }
        }
        let first: Vec<u64> = (0..seeds).step_by(BATCH as usize).collect();
        groups.extend(parallel(jobs, &first, |from| {
            let all = *from..(from + BATCH).min(seeds);
            Group::new(M::TIERS.len(), all.clone().map(M::random).collect(), all.map(|s| format!("seed {s}")).collect())
        }));
        let random = format!("{seeds} random programs");
        let tiers: Vec<_> = M::TIERS.iter().map(|(name, _)| name.to_string()).chain([random]).collect();
        Work { name: tiers.join(", "), tiers, groups }.measured(jobs)
    }

    /// Some scenarios only: one tier.
    ///
    /// # Errors
    /// As for [`Work::new`].
    pub fn of(files: &[impl AsRef<Path>], jobs: usize) -> Result<Self, Trouble> {
        let scenarios = files.iter().map(|p| machines::load::<M>(p.as_ref())).collect::<Result<Vec<_>, _>>()?;
        let name = |s: &M::Scenario| s.path().shown();
        let work = scenarios.iter().map(name).collect::<Vec<_>>().join(", ");
        let groups = scenarios.into_iter().map(|s| {
            let name = name(&s);
            Group::new(0, vec![s], vec![name])
        });
        Work { name: work, tiers: vec!["scenarios".into()], groups: groups.collect() }.measured(jobs)
    }

    /// With the clocks of each group, and the order that follows from them.
    fn measured(mut self, jobs: usize) -> Result<Self, Trouble> {
        let design = <M::Session<'static> as Session>::DESIGN;
        let shown = parallel(jobs, &self.groups, |g| clean(g, design, u64::MAX));
        for (group, shown) in self.groups.iter_mut().zip(shown) {
            (group.clocks, group.retired) = shown.map_err(Trouble::input)?;
            group.id = group.digest();
        }
        self.groups.sort_by_key(|g| (g.tier, g.clocks, g.names[0].clone()));
        Ok(self)
    }

    /// The groups that say whether a build is right: all of the first tier, and quick ones of the others.
    pub fn sample(&self) -> Vec<&Group<M>> {
        let of_tier = |tier: usize| {
            self.groups.iter().filter(move |g| g.tier == tier).take(if tier == 0 { usize::MAX } else { 4 })
        };
        (0..self.tiers.len()).flat_map(of_tier).collect()
    }
}

/// Clocks and retirements of a group on a design without a mutant.
///
/// # Errors
/// It does not agree with the interpreter: in which scenario.
pub fn clean<M: Machine>(group: &Group<M>, design: &'static Design, limit: u64) -> Result<(u64, u64), String> {
    let shown = driven::run(group, design, 0, Open { retire: true, end: true }, limit);
    match shown.retire.or(shown.end) {
        None => Ok((shown.clocks, shown.retired)),
        Some(scenario) => Err(format!(
            "{}: without a mutant the RTL does not agree with the interpreter (find out with `avm cosim` or `avm regress`)",
            group.name(scenario)
        )),
    }
}

fn scenarios(suite: &Path, folders: &[&str]) -> Result<Vec<std::path::PathBuf>, Trouble> {
    let mut all = Vec::new();
    for folder in folders.iter().map(|f| suite.join(f)) {
        let entries = std::fs::read_dir(&folder).map_err(|e| {
            Trouble::input(format!("{}: error: {e} (run this in the repository, or name --suite)", folder.shown()))
        })?;
        all.extend(entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")));
    }
    all.sort();
    Ok(all)
}

fn folder_name(path: &Path) -> String {
    path.parent().and_then(Path::file_name).map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}
