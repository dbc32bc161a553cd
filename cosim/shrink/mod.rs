// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making the program of a failure smaller, as long as it fails with the same signature (`docs/regress.md`).
//!
//! | file | |
//! | --- | --- |
//! | `folder` | failure folders: what they hold, and the result |
//! | `judge` | whether a candidate fails in the same way |
//! | `search` | delta debugging |
//!
//! What can be taken out of a program is in its machine's room: its [`Draft`].

pub mod folder;
pub mod judge;
pub mod search;

use std::path::Path;

use avm_sim::trace::Fault;

use crate::input::InputError;
use crate::lockstep::Options;
use crate::machines::{self, Loaded, Machine};
use crate::names::Shown;
use judge::{Failed, Judge};
use search::{Candidate, Search};

/// Runs when nothing is said; most failures need a hundred.
pub const RUNS: u64 = 5_000;
/// Runs for a planted fault.
const PLANTED: u64 = 1_500;
/// Clocks of a run in which the program is not over, where that is the failure.
const ENDLESS_CLOCKS: u64 = 500_000;

/// A scenario as shrinking edits it: parts that can be left out, or whatever [`Draft::reduce`] does to it.
pub trait Draft: Candidate {
    /// That of a scenario, with what lies beside its file.
    ///
    /// # Errors
    /// A file cannot be read, or is not right.
    fn load(scenario: &<Self::Machine as Machine>::Scenario) -> Result<Self, InputError>;

    /// It as a file that loads to the same scenario.
    fn toml(&self, about: &str) -> String;

    /// Instructions and bytes of a scenario's programs.
    fn size(scenario: &<Self::Machine as Machine>::Scenario) -> (usize, usize);

    /// How many parts it has.
    fn parts(&self) -> usize {
        0
    }

    /// Leaves out the parts that are not marked.
    fn keep(&mut self, _kept: &[bool]) {}

    /// Makes it as small as it gets; a candidate gets so many clocks.
    ///
    /// # Errors
    /// It cannot be edited.
    fn reduce(search: &mut Search<'_, '_, Self>, _clocks: u64) -> Result<(), InputError> {
        while search.ddmin(search.best.parts(), |draft, kept| draft.keep(kept)) {}
        Ok(())
    }
}

/// How large a failing program is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Instructions of all programs.
    pub instructions: usize,
    /// Bytes of code and constants.
    pub bytes: usize,
    /// Calls.
    pub calls: usize,
    /// Instructions executed until the failure, if it is at one.
    pub executed: Option<u64>,
}

impl Size {
    /// That of a scenario which fails so.
    pub fn of<M: Machine>(scenario: &M::Scenario, failed: &Failed) -> Size {
        let (instructions, bytes) = M::Draft::size(scenario);
        Size { instructions, bytes, calls: scenario.calls(), executed: failed.executed() }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Shrunk<M: Machine> {
    /// Signature, of before and of now.
    pub signature: String,
    /// Before.
    pub before: Size,
    /// Now.
    pub after: Size,
    /// Runs that it took.
    pub runs: u64,
    /// It could become smaller with more runs.
    pub unfinished: bool,
    /// The scenario.
    pub scenario: M::Scenario,
    /// It as a file.
    pub toml: String,
}

/// Makes a scenario smaller, by its draft, that fails as `failed` says, with at most so many runs, of at most so many
/// clocks each.
///
/// # Errors
/// It cannot be edited, or fails in another way when it is run from its draft.
pub fn shrink<M: Machine>(
    (scenario, draft): (&M::Scenario, &M::Draft),
    options: Options,
    failed: Failed,
    (runs, clocks): (u64, Option<u64>),
    watch: &mut dyn FnMut(u64),
) -> Result<Shrunk<M>, InputError> {
    let clocks = clocks.unwrap_or(match &failed {
        // Something smaller should not take longer; what is smaller may wait longer for the host, by its latencies.
        Failed::Differs(..) => failed.cycle().saturating_mul(2).saturating_add(20_000),
        Failed::Endless(clocks) => (*clocks).min(ENDLESS_CLOCKS),
    });
    // What is found is looked at once more with everything that takes part, and all the clocks.
    let all_clocks = clocks.max(failed.cycle().saturating_add(1));
    let before = Size::of::<M>(scenario, &failed);
    let mut judge = Judge::<M>::new(&failed, options, clocks, runs, watch);
    let mut search = Search { judge: &mut judge, best: draft.clone(), failed };
    M::Draft::reduce(&mut search, clocks)?;
    let best = search.best;
    let (runs, unfinished, signature) = (judge.runs, judge.over(), judge.signature().to_string());
    let scenario = best.scenario().ok_or_else(|| InputError::plain("the sources do not make a scenario"))?;
    let found = judge::run::<M>(&scenario, options, all_clocks).filter(|f| f.signature() == signature);
    let failed = found.ok_or_else(|| InputError::plain(format!("{signature}: not from the sources that are there")))?;
    let toml = best.toml(&format!("Shrunk: {signature}"));
    Ok(Shrunk { after: Size::of::<M>(&scenario, &failed), signature, before, runs, unfinished, scenario, toml })
}

/// Shrinks what a planted fault does in the scenario that is listed for it, below `folder`.
///
/// # Errors
/// The scenario cannot be read, or does not fail.
pub fn planted<M: Machine>(fault: &Fault, folder: &Path) -> Result<Shrunk<M>, InputError> {
    let path = folder.join(fault.scenario);
    let scenario = machines::load::<M>(&path)?;
    let draft = M::Draft::load(&scenario)?;
    // As in the list: faults are to be found by comparison, not by the RTL's assertions.
    let options = Options { fault: M::fault(fault.name).unwrap_or(0), assertions: false, ..Options::default() };
    let failed = judge::run::<M>(&scenario, options, u64::MAX)
        .ok_or_else(|| InputError::plain(format!("{}: does not fail with {}", path.shown(), fault.name)))?;
    shrink((&scenario, &draft), options, failed, (PLANTED, None), &mut |_| {})
}
