// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether a candidate still fails in the same way, and what asking has cost.

use std::collections::HashSet;
use std::marker::PhantomData;

use crate::failure::{self, Report};
use crate::lockstep::{Divergence, Options, Run, Session};
use crate::machines::{Loaded, Machine};
use crate::names::Shown;

/// Signature of a scenario that does not end although nothing disagrees.
pub const ENDLESS: &str = "hang:cycles:any";
/// Candidates remembered as refused.
const REMEMBERED: usize = 1 << 16;

/// How a scenario fails.
#[derive(Clone, Debug)]
pub enum Failed {
    /// Two descriptions disagree, in the call with this index.
    Differs(Box<Report>, usize),
    /// It is not over after so many clocks.
    Endless(u64),
}

impl Failed {
    /// Its signature.
    pub fn signature(&self) -> &str {
        match self {
            Failed::Differs(report, _) => &report.signature,
            Failed::Endless(_) => ENDLESS,
        }
    }

    /// The clock, from reset.
    pub fn cycle(&self) -> u64 {
        match self {
            Failed::Differs(report, _) => report.cycle,
            Failed::Endless(clocks) => *clocks,
        }
    }

    /// Index of the call, if it is known.
    pub fn call(&self) -> Option<usize> {
        match self {
            Failed::Differs(_, call) => Some(*call),
            Failed::Endless(_) => None,
        }
    }

    /// Instructions executed up to then.
    pub fn executed(&self) -> Option<u64> {
        match self {
            Failed::Differs(report, _) => Some(report.retired),
            Failed::Endless(_) => None,
        }
    }
}

/// Runs a scenario for `clocks` at most; how it fails, if it does.
pub fn run<M: Machine>(scenario: &M::Scenario, options: Options, clocks: u64) -> Option<Failed> {
    let divergence = diverges::<M>(scenario, options, clocks)?;
    Some(match divergence {
        None => Failed::Endless(clocks),
        Some(d) => {
            let name = scenario.path().shown();
            Failed::Differs(Box::new(failure::report(|| M::session(scenario), options, &d, &name)), d.call)
        }
    })
}

/// The divergence; `Some(None)` if it is not over in time.
fn diverges<M: Machine>(scenario: &M::Scenario, options: Options, clocks: u64) -> Option<Option<Divergence>> {
    let mut run = Run::new(M::session(scenario), options);
    while !run.session.finished() {
        let call = run.calls.len();
        if let Some(what) = run.clock() {
            return Some(Some(Divergence { cycle: run.cycle - 1, call, what }));
        }
        if run.cycle >= clocks {
            return Some(None);
        }
    }
    None
}

/// Asks whether candidates fail with one signature.
pub struct Judge<'w, M: Machine> {
    signature: String,
    options: Options,
    /// Clocks that a candidate gets.
    clocks: u64,
    /// Runs left.
    left: u64,
    /// Runs made.
    pub runs: u64,
    /// Opcode of the instruction that the signature names: a candidate that never executes it need not run.
    opcode: Option<u16>,
    refused: HashSet<u64>,
    /// Told about every run.
    watch: &'w mut dyn FnMut(u64),
    machine: PhantomData<M>,
}

impl<'w, M: Machine> Judge<'w, M> {
    /// A judge of failures like `failed`, with this many runs.
    pub fn new(failed: &Failed, options: Options, clocks: u64, runs: u64, watch: &'w mut dyn FnMut(u64)) -> Self {
        let signature = failed.signature().to_string();
        let mut parts = signature.splitn(3, ':');
        let (class, mnemonic) = (parts.next(), parts.nth(1).unwrap_or(""));
        // Where the interpreter is in the wrong, it cannot say what is executed.
        let opcode = M::opcode(mnemonic).filter(|_| class != Some("reference"));
        // Nothing disagrees in a run without an end: the model alone is asked.
        let rtl = signature != ENDLESS;
        let options = Options { rtl, mirrors: rtl && options.mirrors, ..options };
        let (refused, machine) = (HashSet::new(), PhantomData);
        Judge { signature, options, clocks, left: runs, runs: 0, opcode, refused, watch, machine }
    }

    /// What is looked for.
    pub fn signature(&self) -> &str {
        &self.signature
    }

    /// No runs are left.
    pub fn over(&self) -> bool {
        self.left == 0
    }

    /// How the candidate fails, if it does with the signature. `key` tells candidates apart.
    pub fn fails(&mut self, key: u64, scenario: &M::Scenario) -> Option<Failed> {
        if self.over() || self.refused.contains(&key) {
            return None;
        }
        let failed = if self.may(scenario) { self.asked(scenario) } else { None };
        if failed.is_none() {
            if self.refused.len() == REMEMBERED {
                self.refused.clear();
            }
            self.refused.insert(key);
        }
        failed
    }

    fn asked(&mut self, scenario: &M::Scenario) -> Option<Failed> {
        self.left -= 1;
        self.runs += 1;
        (self.watch)(self.runs);
        run::<M>(scenario, self.options, self.clocks).filter(|f| f.signature() == self.signature)
    }

    /// Whether the instruction of the signature is executed at all: the interpreter knows in no time.
    fn may(&self, scenario: &M::Scenario) -> bool {
        let Some(opcode) = self.opcode else { return true };
        let (mut found, mut steps) = (false, 0);
        let ended = M::retired(scenario, self.clocks, |_, r| {
            steps += 1;
            found |= r.opcode == opcode;
            !found
        });
        found || !ended
    }
}
