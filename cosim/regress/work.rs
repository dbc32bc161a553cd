// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a regression runs, and how it is dealt to threads.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::input::InputError;
use crate::names::{Shown, from_here};
use crate::scenario;

/// Random programs that share a core out of reset.
pub const BATCH: u64 = 64;

/// A program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Program {
    /// The scenario with this index in [`Work::files`]: these come first.
    File(usize),
    /// The random program of a seed.
    Seed(u64),
}

/// Where a scenario comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// The suite, or named on the command line.
    Suite,
    /// Programs that failed once.
    Corpus,
}

impl Tier {
    /// Name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Suite => "suite",
            Tier::Corpus => "corpus",
        }
    }
}

/// All that is to run.
#[derive(Debug, Default)]
pub struct Work {
    /// Files of scenarios, each on a core of its own: what they expect counts from reset.
    pub files: Vec<(Tier, PathBuf)>,
    /// Seeds of random programs; without an end if there is a time.
    pub seeds: Range<u64>,
    /// After this time no program begins.
    pub time: Option<Duration>,
    /// Random programs in a batch.
    pub batch: u64,
    /// The random programs run elsewhere.
    farmed: bool,
    files_dealt: AtomicUsize,
    seeds_dealt: AtomicU64,
}

/// What a thread gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Batch {
    /// A scenario.
    File(usize),
    /// Random programs.
    Seeds(Range<u64>),
}

impl Work {
    /// These scenarios, then these seeds.
    pub fn new(files: Vec<(Tier, PathBuf)>, seeds: Range<u64>, batch: u64, time: Option<Duration>) -> Work {
        Work { files, seeds, time, batch: batch.max(1), ..Work::default() }
    }

    /// The next batch. The same batches are dealt whatever the number of threads.
    pub fn deal(&self) -> Option<Batch> {
        if self.files_dealt.load(Ordering::Relaxed) < self.files.len() {
            let file = self.files_dealt.fetch_add(1, Ordering::Relaxed);
            if file < self.files.len() {
                return Some(Batch::File(file));
            }
        }
        let next = |n: u64| (n < self.seeds.end - self.seeds.start).then(|| n.saturating_add(self.batch));
        let n = self.seeds_dealt.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).ok()?;
        let first = self.seeds.start + n;
        Some(Batch::Seeds(first..first.saturating_add(self.batch).min(self.seeds.end)))
    }

    /// The same with its random programs run elsewhere: none of them is dealt here.
    pub fn farmed(self) -> Work {
        self.seeds_dealt.store(self.seeds.end - self.seeds.start, Ordering::Relaxed);
        Work { farmed: true, ..self }
    }

    /// Those of [`Work::programs`] that run in this process.
    pub fn here(&self) -> Option<u64> {
        if self.farmed { Some(self.files.len() as u64) } else { self.programs() }
    }

    /// Programs to run, if that is known before.
    pub fn programs(&self) -> Option<u64> {
        let seeds = self.seeds.end - self.seeds.start;
        self.time.is_none().then(|| self.files.len() as u64 + seeds)
    }

    /// A program's name: that of a file has its path, which tells it from others.
    pub fn name(&self, program: &Program) -> String {
        match program {
            Program::File(i) => from_here(&self.files[*i].1).shown(),
            Program::Seed(seed) => format!("seed {seed}"),
        }
    }
}

impl fmt::Display for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Batch::File(i) => write!(f, "file {i}"),
            Batch::Seeds(seeds) => write!(f, "seeds {}..{}", seeds.start, seeds.end),
        }
    }
}

/// The scenarios of the corpus that are of a machine: `NAME.toml` and `NAME/*.toml`, sorted; none if there is no such
/// folder.
///
/// # Errors
/// The folder cannot be read, or a scenario names none of `machines`.
pub fn corpus(folder: &Path, machine: &str, machines: &[&'static str]) -> Result<Vec<PathBuf>, InputError> {
    let mut found = Vec::new();
    if folder.is_dir() {
        found = scenario::files(folder)?;
        for below in scenario::folders(folder)? {
            found.extend(scenario::files(&below)?);
        }
    }
    found.sort();
    let mut own = Vec::new();
    for path in found {
        // What names no machine is read, and refused there.
        if scenario::machine(&path, machines)?.is_none_or(|name| name == machine) {
            own.push(path);
        }
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seeds_are_dealt_once() {
        let work = Work::new(Vec::new(), 10..150, 64, None);
        let dealt: Vec<_> = std::iter::from_fn(|| work.deal()).collect();
        assert_eq!(dealt, [Batch::Seeds(10..74), Batch::Seeds(74..138), Batch::Seeds(138..150)]);
        assert_eq!(work.deal(), None);
        let last = Work::new(Vec::new(), u64::MAX - 70..u64::MAX, 64, None);
        assert_eq!(std::iter::from_fn(|| last.deal()).count(), 2);
        assert_eq!(Work::new(Vec::new(), 10..150, 64, None).farmed().deal(), None);
    }
}
