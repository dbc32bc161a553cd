// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scenarios that are tried one after the other, and what they take when nothing is wrong.

use crate::machines::{Loaded, Machine};

/// Scenarios that share a core out of reset.
#[derive(Debug)]
pub struct Group<M: Machine> {
    /// Changes when anything does in its scenarios, or in what is to be seen of them.
    pub id: String,
    /// Index of its tier.
    pub tier: usize,
    /// In order.
    pub scenarios: Vec<M::Scenario>,
    pub(super) names: Vec<String>,
    /// Clocks without a mutant.
    pub clocks: u64,
    /// Instructions without a mutant.
    pub retired: u64,
    /// Calls up to the end of each scenario.
    calls: Vec<usize>,
}

impl<M: Machine> Group<M> {
    pub(super) fn new(tier: usize, scenarios: Vec<M::Scenario>, names: Vec<String>) -> Self {
        let calls = scenarios.iter().scan(0, |sum, s| {
            *sum += s.calls();
            Some(*sum)
        });
        Group { id: String::new(), tier, calls: calls.collect(), scenarios, names, clocks: 0, retired: 0 }
    }

    /// The scenario that a call belongs to, by their indices; the last one if there is no such call.
    pub fn scenario_of(&self, call: usize) -> usize {
        self.calls.partition_point(|end| *end <= call).min(self.scenarios.len() - 1)
    }

    /// Names of its scenarios.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    pub(super) fn digest(&self) -> String {
        let seen = format!("{} {}", self.clocks, self.retired);
        let inside = self.scenarios.iter().map(Loaded::contents).collect::<String>();
        super::digest(&[&self.names.join(" "), &seen, &inside])
    }

    /// Name of a scenario.
    pub fn name(&self, scenario: usize) -> &str {
        &self.names[scenario]
    }

    /// Clocks after which a run with a mutant hangs.
    pub fn limit(&self) -> u64 {
        2 * self.clocks + 50_000
    }
}
