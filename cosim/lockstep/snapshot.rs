// SPDX-License-Identifier: MIT OR Apache-2.0
//! Snapshots of long runs, so that what led to a mismatch after millions of cycles is run again from nearby and not
//! from reset. A snapshot holds both sides, the host with the interpreter, the mirrors and the counters. Knows no
//! machine. What is made of the rerun is in `failure`.

use std::collections::VecDeque;

use crate::lockstep::mirror::Mirrors;
use crate::lockstep::{CallFigures, Divergence, Run, Session};
use crate::rtl::design::State;

/// Clocks between two snapshots: one takes a fraction of a millisecond, this many clocks some 300.
pub const EVERY: u64 = 500_000;
/// Snapshots kept: the one before the last is there for what happens just after the last.
const KEPT: usize = 2;

/// A run as it was after some clock; goes back into that very run.
pub struct Snapshot<S: Session> {
    core: S::Core,
    dut: Option<State>,
    session: S,
    mirrors: Mirrors,
    account: S::Account,
    cycle: u64,
    retired: u64,
    calls: usize,
    current: CallFigures,
    last_progress: u64,
}

impl<S: Session + Clone> Snapshot<S>
where
    S::Core: Clone,
{
    /// The run as it is.
    pub fn of(run: &Run<S>) -> Snapshot<S> {
        Snapshot {
            core: run.core.clone(),
            dut: run.dut.as_ref().map(|d| d.save()),
            session: run.session.clone(),
            mirrors: run.mirrors.clone(),
            account: run.account.clone(),
            cycle: run.cycle,
            retired: run.retired,
            calls: run.calls.len(),
            current: run.current.clone(),
            last_progress: run.last_progress,
        }
    }

    /// Puts the run that this was taken of back to it. Figures of calls that ended since are dropped; an open VCD is
    /// closed.
    ///
    /// # Panics
    /// If it was taken of another run.
    pub fn put_back(self, run: &mut Run<S>) {
        assert_eq!(run.dut.is_some(), self.dut.is_some(), "a snapshot goes back to its own run");
        if let Some((dut, state)) = run.dut.as_mut().zip(self.dut) {
            dut.restore(&state);
        }
        run.core = self.core;
        run.session = self.session;
        run.mirrors = self.mirrors;
        run.account = self.account;
        run.cycle = self.cycle;
        run.retired = self.retired;
        run.calls.truncate(self.calls);
        run.current = self.current;
        run.last_progress = self.last_progress;
    }
}

/// The last snapshots of one run.
pub struct Snapshots<S: Session> {
    every: u64,
    kept: VecDeque<Snapshot<S>>,
}

impl<S: Session> Default for Snapshots<S> {
    fn default() -> Snapshots<S> {
        Snapshots::every(EVERY)
    }
}

impl<S: Session> Snapshots<S> {
    /// None yet; one will be taken after each so many clocks.
    ///
    /// # Panics
    /// If that is 0.
    pub fn every(clocks: u64) -> Snapshots<S> {
        assert!(clocks > 0, "a snapshot is of some clock");
        Snapshots { every: clocks, kept: VecDeque::new() }
    }

    /// Clocks of those kept, oldest first.
    pub fn cycles(&self) -> Vec<u64> {
        self.kept.iter().map(|s| s.cycle).collect()
    }
}

impl<S: Session + Clone> Snapshots<S>
where
    S::Core: Clone,
{
    /// As [`Run::to_end`], with snapshots on the way. Nothing is taken of a run without RTL or interpreter: a failure
    /// is explained with both.
    pub fn to_end(&mut self, run: &mut Run<S>) -> Option<Divergence> {
        if !run.options.rtl || !run.options.reference {
            return run.to_end();
        }
        loop {
            let next = (run.cycle / self.every + 1) * self.every;
            let divergence = run.until(next);
            if divergence.is_some() || run.session.finished() {
                return divergence;
            }
            if self.kept.len() == KEPT {
                self.kept.pop_front();
            }
            self.kept.push_back(Snapshot::of(run));
        }
    }

    /// Puts the run back to the last snapshot that is at least `clocks` and `instructions` before where it is now;
    /// says whether there is one. If not, the run is as it was.
    pub fn rewind(self, run: &mut Run<S>, clocks: u64, instructions: u64) -> bool {
        let before = |s: &Snapshot<S>| s.cycle + clocks <= run.cycle && s.retired + instructions <= run.retired;
        let found = self.kept.into_iter().rev().find(before);
        let is_there = found.is_some();
        if let Some(snapshot) = found {
            snapshot.put_back(run);
        }
        is_there
    }
}
