// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures by signature: one line for each distinct one, however many programs it hits.

use std::collections::BTreeMap;

use super::work::Program;
use crate::lockstep::Divergence;

/// How a program failed.
#[derive(Clone, Debug)]
pub enum How {
    /// Two descriptions disagree.
    Diverged(Box<Divergence>),
    /// The same, in a job of a farm: what exactly differed is not in its result file, running it again tells.
    Elsewhere,
    /// It was not over after so many clocks.
    Limit(u64),
    /// They agree, the scenario expects something else.
    Missed(Vec<String>),
    /// The tool panicked.
    Tool(String),
}

/// A program that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// Which one.
    pub program: Program,
    /// Groups equal failures.
    pub signature: String,
    /// One line.
    pub summary: String,
    /// What the interpreter says; empty if it was not asked.
    pub interpreter: String,
    /// How.
    pub how: How,
    /// The first seed on the core, if the program fails only after others: it depends on what ran before.
    pub after: Option<u64>,
}

/// Failures with one signature.
#[derive(Clone, Debug)]
pub struct Group {
    /// Programs, ascending once all threads are done.
    pub programs: Vec<Program>,
    /// How many of them depend on what ran before.
    pub dependent: u64,
    /// The first one.
    pub first: Failed,
}

impl Group {
    /// Signature.
    pub fn signature(&self) -> &str {
        &self.first.signature
    }

    /// The part of the signature before the first colon.
    pub fn class(&self) -> &str {
        self.first.signature.split(':').next().unwrap_or("")
    }

    /// The tool itself failed.
    pub fn is_tool(&self) -> bool {
        matches!(self.first.how, How::Tool(_))
    }
}

/// All failures of a run.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    by_signature: BTreeMap<String, Group>,
    last: (String, String),
}

impl Groups {
    /// Adds a failure.
    pub fn add(&mut self, failed: Failed) {
        self.last = (failed.signature.clone(), failed.summary.clone());
        let (program, dependent) = (failed.program.clone(), u64::from(failed.after.is_some()));
        self.put(Group { programs: vec![program], dependent, first: failed });
    }

    /// Adds those of another thread.
    pub fn merge(&mut self, other: Groups) {
        other.by_signature.into_values().for_each(|g| self.put(g));
        self.by_signature.values_mut().for_each(|g| g.programs.sort_unstable());
    }

    fn put(&mut self, group: Group) {
        match self.by_signature.entry(group.first.signature.clone()) {
            std::collections::btree_map::Entry::Vacant(v) => drop(v.insert(group)),
            std::collections::btree_map::Entry::Occupied(mut o) => {
                let known = o.get_mut();
                known.programs.extend(group.programs);
                known.dependent += group.dependent;
                if group.first.program < known.first.program {
                    known.first = group.first;
                }
            }
        }
    }

    /// Signature and summary added last.
    pub fn last(&self) -> &(String, String) {
        &self.last
    }

    /// Adds what another process found with one signature.
    pub fn add_group(&mut self, group: Group) {
        self.put(group);
    }

    /// By the first program that each hits.
    pub fn in_order(&self) -> Vec<&Group> {
        let mut all: Vec<_> = self.by_signature.values().collect();
        all.sort_by(|a, b| a.first.program.cmp(&b.first.program).then_with(|| a.signature().cmp(b.signature())));
        all
    }

    /// Programs that failed.
    pub fn programs(&self) -> u64 {
        self.by_signature.values().map(|g| g.programs.len() as u64).sum()
    }
}
