// SPDX-License-Identifier: MIT OR Apache-2.0
//! One mutant: three ways to kill it, tier by tier, until each way has, or has nothing left to try.

use std::collections::HashSet;

use avm_sim::trace::Core;

use super::driven::{self, Open};
use super::group::Group;
use super::parallel;
use super::work::{self, Work};
use crate::lockstep::chain::Chain;
use crate::lockstep::{Divergence, Mismatch, Options, Run};
use crate::machines::Machine;
use crate::rtl::design::Design;

/// Ways to kill a mutant.
pub const WAYS: [&str; 3] = ["probe", "retire", "end"];
/// Index in [`WAYS`]: the full lockstep with the core model, every probe bit, assertions, mirrors of memories.
pub const PROBE: usize = 0;
/// Index in [`WAYS`]: retirements and ends of calls against the interpreter alone.
pub const RETIRE: usize = 1;
/// Index in [`WAYS`]: ends of calls alone.
pub const END: usize = 2;

/// What killed a mutant first, in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Name of the tier.
    pub tier: String,
    /// Name of the scenario.
    pub scenario: String,
}

/// What is known about a mutant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    /// By [`WAYS`].
    pub kills: [Option<Kill>; 3],
    /// Some scenario took another number of clocks, though all that retired and ended was right. Only known of
    /// mutants that no retirement killed.
    pub other_clocks: bool,
}

/// Tries a mutant on everything that is needed, but on the groups that were `tried` before, with what came of it.
pub fn judge<M: Machine>(
    work: &Work<M>,
    design: &'static Design,
    mutant: u8,
    before: &Judged,
    tried: &HashSet<String>,
) -> Judged {
    let mut judged = before.clone();
    for group in work.groups.iter().filter(|g| !tried.contains(&g.id)) {
        let kill = |scenario: usize| {
            Some(Kill { tier: work.tiers[group.tier].clone(), scenario: group.name(scenario).to_string() })
        };
        if judged.kills[PROBE].is_none() {
            judged.kills[PROBE] = lockstep(group, design, mutant).and_then(|(scenario, _)| kill(scenario));
        }
        let open = Open { retire: judged.kills[RETIRE].is_none(), end: judged.kills[END].is_none() };
        if open.retire || open.end {
            let shown = driven::run(group, design, mutant, open, group.limit());
            judged.other_clocks |= open.retire && shown.retire.is_none() && shown.clocks != group.clocks;
            judged.kills[RETIRE] = judged.kills[RETIRE].take().or_else(|| shown.retire.and_then(kill));
            judged.kills[END] = judged.kills[END].take().or_else(|| shown.end.and_then(kill));
        }
        if judged.kills.iter().all(Option::is_some) {
            break;
        }
    }
    judged.other_clocks &= judged.kills[RETIRE].is_none();
    judged
}

/// The scenario in which the lockstep of all three finds a difference.
fn lockstep<M: Machine>(group: &Group<M>, design: &'static Design, mutant: u8) -> Option<(usize, Divergence)> {
    let options = Options { fault: mutant, design: Some(design), ..Options::default() };
    let divergence = Run::new(Chain::<M>::new(&group.scenarios), options).to_end()?;
    Some((group.scenario_of(divergence.call), divergence))
}

/// What differs, in words.
fn differs<M: Machine>(what: &Mismatch) -> String {
    match what {
        Mismatch::Probe { fields, .. } => {
            let names = fields.iter().filter_map(|i| M::Core::FIELDS.get(*i)).map(|f| f.name);
            names.collect::<Vec<_>>().join(" ")
        }
        Mismatch::Assertion(text) | Mismatch::Outcome(text) | Mismatch::Memory(text) | Mismatch::Spent(text) => {
            text.clone()
        }
        Mismatch::Reference { .. } => "a retirement, from the interpreter".into(),
        Mismatch::Stuck => "nothing retires".into(),
    }
}

/// Whether a build without a mutant is the machine: it is not judged otherwise.
///
/// # Errors
/// In words, with the scenario.
pub fn sane<M: Machine>(work: &Work<M>, design: &'static Design, jobs: usize) -> Result<(), String> {
    parallel(jobs, &work.sample(), |group| as_it_should(group, design)).into_iter().collect()
}

fn as_it_should<M: Machine>(group: &Group<M>, design: &'static Design) -> Result<(), String> {
    if let Some((scenario, d)) = lockstep(group, design, 0) {
        let (name, what) = (group.name(scenario), differs::<M>(&d.what));
        return Err(format!("{name}: the build differs in lockstep without a mutant at cycle {}: {what}", d.cycle));
    }
    let (clocks, retired) = work::clean(group, design, group.limit())?;
    if (clocks, retired) != (group.clocks, group.retired) {
        return Err(format!("{}: the build takes other clocks without a mutant", group.name(0)));
    }
    Ok(())
}
