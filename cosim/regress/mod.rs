// SPDX-License-Identifier: MIT OR Apache-2.0
//! Regressions: scenarios, the corpus and random programs in lockstep on all cores (`docs/regress.md`).
//!
//! | file | |
//! | --- | --- |
//! | `work` | what is to run, dealt in batches to threads |
//! | `batch` | one thread: runs batches, judges what fails |
//! | `group` | failures by signature, and their folders |
//! | `known` | failures that are known, until a date |
//! | `store`, `comparison` | runs that are kept, and how they differ |
//! | `report`, `page` | text, JUnit, JSON lines; HTML |
//! | `farm` | random programs as an array of jobs on many machines |

pub mod batch;
pub mod comparison;
pub mod farm;
pub mod group;
pub mod known;
pub mod page;
pub mod report;
pub mod store;
pub mod work;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::lockstep::Options;
use crate::lockstep::cover::Cover;
use crate::machines::Machine;
use batch::{Bench, Block, Figures};
use group::Groups;
use known::{Day, Known};
use work::Work;

/// How programs are run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the machine; none if it is the one that commands mean anyway.
    pub machine: Option<&'static str>,
    /// Threads.
    pub jobs: usize,
    /// Most clocks of a program.
    pub cycles: u64,
    /// The first program that diverges or hangs is the last one.
    pub first: bool,
    /// Planted RTL fault.
    pub fault: Option<String>,
    /// Its number, and what takes part.
    pub options: Options,
}

/// What a run gave.
#[derive(Clone, Debug)]
pub struct Results {
    /// When it began.
    pub started: SystemTime,
    /// How long it took, failure folders not included.
    pub took: Duration,
    /// It was ended by Ctrl-C or another signal before all of it had run.
    pub interrupted: bool,
    /// Scenarios of suite and corpus, in order.
    pub files: Vec<Figures>,
    /// Random programs, by batch, in order.
    pub blocks: Vec<Block>,
    /// Failures by signature.
    pub groups: Groups,
    /// Coverage.
    pub cover: Cover,
    /// Clocks of all programs.
    pub clocks: u64,
    /// Instructions that retired.
    pub retired: u64,
    /// Seeds that were sent to other machines and never came back, ascending.
    pub missing: Vec<Range<u64>>,
}

impl Results {
    /// Programs run: scenarios of files, random ones.
    pub fn programs(&self) -> (u64, u64) {
        (self.files.len() as u64, self.blocks.iter().map(|b| b.programs).sum())
    }

    /// Programs in a second.
    pub fn rate(&self) -> f64 {
        let (files, random) = self.programs();
        (files + random) as f64 / self.took.as_secs_f64().max(1e-3)
    }
}

/// What can be seen of a run from outside, and what ends it.
#[derive(Debug, Default)]
pub struct Watch {
    /// Programs that have ended.
    pub done: AtomicU64,
    /// Programs that have failed.
    pub failed: AtomicU64,
    /// A program has diverged or hung.
    pub diverged: AtomicBool,
    /// Programs in progress are the last ones.
    pub stop: AtomicBool,
}

impl Watch {
    /// Whether no other program is to begin.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Runs `work`, whose files hold `scenarios`; `look` is called some ten times a second meanwhile.
pub fn run<M: Machine>(
    work: &Work,
    scenarios: &[M::Scenario],
    settings: &Settings,
    watch: &Watch,
    mut look: impl FnMut(Duration),
) -> Results {
    let (started, began) = (SystemTime::now(), Instant::now());
    let deadline = work.time.map(|t| began + t);
    let benches = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..settings.jobs.max(1))
            .map(|_| scope.spawn(|| Bench::<M>::new((work, scenarios), settings, watch, deadline).run()))
            .collect();
        while !threads.iter().all(|t| t.is_finished()) {
            std::thread::park_timeout(Duration::from_millis(if began.elapsed().as_millis() < 200 { 5 } else { 100 }));
            look(began.elapsed());
        }
        // A thread catches what panics in a program; what is left is a fault that nothing can be said about.
        threads.into_iter().map(|t| t.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect::<Vec<_>>()
    });
    let mut results = Results {
        started,
        took: began.elapsed(),
        interrupted: false,
        files: Vec::new(),
        blocks: Vec::new(),
        groups: Groups::default(),
        cover: Cover::of::<M>(),
        clocks: 0,
        retired: 0,
        missing: Vec::new(),
    };
    for bench in benches {
        results.cover.merge(&bench.cover);
        results.groups.merge(bench.groups);
        results.files.extend(bench.files);
        results.blocks.extend(bench.blocks);
        results.clocks += bench.clocks;
        results.retired += bench.retired;
    }
    results.files.sort_by_key(|f| f.index);
    results.blocks.sort_by_key(|b| b.first);
    let (files, random) = results.programs();
    results.interrupted = watch.stopped() && work.here().is_none_or(|all| files + random < all);
    results
}

/// What the list of known failures says about a signature.
#[derive(Clone, Copy, Debug)]
pub enum Verdict<'a> {
    /// Nothing.
    New,
    /// It is known.
    Known(&'a Known),
    /// It is known, and its date is over.
    Expired(&'a Known),
}

impl Verdict<'_> {
    /// It fails the run.
    pub fn fails(&self) -> bool {
        !matches!(self, Verdict::Known(_))
    }

    /// One word.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::New => "new",
            Verdict::Known(_) => "known",
            Verdict::Expired(_) => "expired",
        }
    }
}

/// Looks a signature up.
pub fn verdict<'a>(list: &'a [Known], signature: &str, today: Day) -> Verdict<'a> {
    match list.iter().find(|k| k.signature == signature) {
        None => Verdict::New,
        Some(known) if known.expired(today) => Verdict::Expired(known),
        Some(known) => Verdict::Known(known),
    }
}
