//! Making the program of a failure smaller, as long as it fails with the same signature (`docs/regress.md`).
//!
//! | file | |
//! | --- | --- |
//! | `folder` | failure folders: what they hold, and the result |
//! | `judge` | whether a candidate fails in the same way |
//! | `search` | delta debugging |
//!
//! What can be taken out of a program is in its machine's room.

pub mod folder;
pub mod judge;
pub mod search;

use std::path::{Path, PathBuf};

use avm_sim::algorand::faults::{self, Fault};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::isa::DECODE;

use crate::input::InputError;
use crate::lockstep::Options;
use crate::machines::algorand::generate::Plan;
use crate::machines::algorand::scenario::Scenario;
use crate::machines::algorand::shrink::{draft::Draft, lines, tree};
use judge::{Failed, Judge};
use search::{Candidate, Search};

/// Runs when nothing is said; most failures need a hundred.
pub const RUNS: u64 = 5_000;
/// Runs for a planted fault.
const PLANTED: u64 = 1_500;
/// Clocks of a run in which the program is not over, where that is the failure.
const ENDLESS_CLOCKS: u64 = 500_000;

/// How large a failing program is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Instructions in the code of all applications.
    pub instructions: usize,
    /// Bytes of code and constants.
    pub bytes: usize,
    /// Calls.
    pub calls: usize,
    /// Instructions executed until the failure, if it is at one.
    pub executed: Option<u64>,
}

impl Size {
    fn of(scenario: &Scenario, failed: &Failed) -> Size {
        let images = || scenario.apps.iter().map(|a| &a.image);
        Size {
            instructions: images().map(|i| instructions(i)).sum(),
            bytes: images().map(|i| i.code().len() + i.constants().len()).sum(),
            calls: scenario.calls.len(),
            executed: failed.executed(),
        }
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

/// What is to be made smaller.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The scenario that fails.
    pub scenario: Scenario,
    /// Source of each of its applications, where there is one.
    pub sources: Vec<Option<String>>,
    /// The tree that it was drawn as.
    pub plan: Option<Plan>,
    /// What takes part, and the planted fault.
    pub options: Options,
}

impl Subject {
    /// A scenario of a file, with its sources.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn load(path: &Path, options: Options) -> Result<Subject, InputError> {
        Ok(Subject { scenario: Scenario::load(path)?, sources: folder::sources(path)?, plan: None, options })
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Shrunk {
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
    pub scenario: Scenario,
    /// It as a file.
    pub toml: String,
}

/// Makes a scenario smaller that fails as `failed` says, with at most so many runs, of at most so many clocks each.
///
/// # Errors
/// It has an image that does not disassemble, or fails in another way when it is run from its sources.
pub fn shrink(
    subject: &Subject,
    failed: Failed,
    (runs, clocks): (u64, Option<u64>),
    watch: &mut dyn FnMut(u64),
) -> Result<Shrunk, InputError> {
    let clocks = clocks.unwrap_or(match &failed {
        // Something smaller should not take longer; what is smaller may wait longer for the host, by its latencies.
        Failed::Differs(..) => failed.cycle().saturating_mul(2).saturating_add(20_000),
        Failed::Endless(clocks) => (*clocks).min(ENDLESS_CLOCKS),
    });
    // What is found is looked at once more with everything that takes part, and all the clocks.
    let all_clocks = clocks.max(failed.cycle().saturating_add(1));
    let before = Size::of(&subject.scenario, &failed);
    let mut judge = Judge::new(&failed, subject.options, clocks, runs, watch);
    let (mut draft, mut failed) = (Draft::new(&subject.scenario, &subject.sources)?, failed);
    if let Some(plan) = &subject.plan {
        let mut search = Search { judge: &mut judge, best: plan.clone(), failed: failed.clone() };
        tree::reduce(&mut search);
        let Search { best, failed: now, .. } = search;
        let sources: Vec<_> = best.sources().into_iter().map(|(_, text)| Some(text)).collect();
        if let Some(scenario) = best.scenario() {
            (draft, failed) = (Draft::new(&scenario, &sources)?, now);
        }
    }
    let mut search = Search { judge: &mut judge, best: draft, failed };
    lines::reduce(&mut search, clocks);
    let best = search.best;
    let (runs, unfinished, signature) = (judge.runs, judge.over(), judge.signature().to_string());
    let scenario = best.scenario().ok_or_else(|| InputError::plain("the sources do not make a scenario"))?;
    let found = judge::run(&scenario, subject.options, all_clocks).filter(|f| f.signature() == signature);
    let failed = found.ok_or_else(|| InputError::plain(format!("{signature}: not from the sources that are there")))?;
    let toml = best.toml(&format!("Shrunk: {signature}"));
    Ok(Shrunk { after: Size::of(&scenario, &failed), signature, before, runs, unfinished, scenario, toml })
}

/// Shrinks what a planted fault does in the scenario that is listed for it, below `folder`.
///
/// # Errors
/// The scenario cannot be read, or does not fail.
pub fn planted(fault: &Fault, folder: &Path) -> Result<Shrunk, InputError> {
    let number = faults::number(fault.name).unwrap_or(0);
    let path: PathBuf = folder.join(fault.scenario);
    // As in the list: faults are to be found by comparison, not by the RTL's assertions.
    let subject = Subject::load(&path, Options { fault: number, assertions: false, ..Options::default() })?;
    let failed = judge::run(&subject.scenario, subject.options, u64::MAX)
        .ok_or_else(|| InputError::plain(format!("{}: does not fail with {}", path.display(), fault.name)))?;
    shrink(&subject, failed, (PLANTED, None), &mut |_| {})
}
