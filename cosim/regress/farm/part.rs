// SPDX-License-Identifier: MIT OR Apache-2.0
//! The result file of a job: everything of its seeds that a report needs, so that the files of a plan make the report
//! that one process would have made. Failure folders are not in it: they are made again from the seeds.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::fs;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::{Plan, Task};
use crate::lockstep::cover::{Counts, Cover, MOST};
use crate::output::write_whole;
use crate::regress::batch::Block;
use crate::regress::group::{Failed, Group, Groups, How};
use crate::regress::work::{BATCH, Program};
use crate::regress::{Results, Settings};

/// A result file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    task: Task,
    /// Machine, for people.
    host: String,
    threads: usize,
    /// Microseconds since 1970.
    started: u64,
    /// Microseconds.
    took: u64,
    clocks: u64,
    retired: u64,
    /// Of each batch: programs that failed, microseconds.
    blocks: Vec<(u64, u64)>,
    failures: Vec<Failure>,
    cover: Counts,
}

/// Failures with one signature.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    signature: String,
    seeds: Vec<u64>,
    dependent: u64,
    summary: String,
    interpreter: String,
    kind: Kind,
    after: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Diverged,
    Limit(u64),
    Missed(Vec<String>),
    Tool(String),
}

/// Why a result file cannot be taken.
#[derive(Debug)]
pub enum Refused {
    /// There is none.
    Missing,
    /// It is not whole: its job is done again.
    Broken(String),
    /// It is whole, and of something else: nobody knows whose it is, so it is not overwritten.
    Other(String),
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Writes what a job gave.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, task: &Task, settings: &Settings, results: &Results) -> io::Result<()> {
    let part = Part {
        task: task.clone(),
        host: fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().into(),
        threads: settings.jobs,
        started: results.started.duration_since(UNIX_EPOCH).map_or(0, micros),
        took: micros(results.took),
        clocks: results.clocks,
        retired: results.retired,
        blocks: results.blocks.iter().map(|b| (b.failed, micros(b.took))).collect(),
        failures: results.groups.in_order().into_iter().map(Failure::of).collect(),
        cover: results.cover.counts(),
    };
    write_whole(path, format!("{}\n", serde_json::to_string(&part)?).as_bytes())
}

/// Whether a job's result is there already, with coverage that can be added to `cover`.
///
/// # Errors
/// There is none that can be taken.
pub fn check(path: &Path, task: &Task, cover: &Cover) -> Result<(), Refused> {
    read(path, task, cover).map(drop)
}

/// A result, and the coverage with its counts.
fn read(path: &Path, task: &Task, cover: &Cover) -> Result<(Part, Cover), Refused> {
    /// The part that all versions have.
    #[derive(Deserialize)]
    struct Head {
        task: Version,
    }
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let text = match fs::read_to_string(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(Refused::Missing),
        text => text.map_err(|e| Refused::Broken(e.to_string()))?,
    };
    fn broken(e: impl Display) -> Refused {
        Refused::Broken(format!("no whole result: {e}"))
    }
    let head: Head = serde_json::from_str(&text).map_err(broken)?;
    if head.task.version != task.version {
        let (has, wants) = (head.task.version, task.version);
        return Err(Refused::Other(format!("it is of version {has}, not {wants}")));
    }
    let part: Part = serde_json::from_str(&text).map_err(broken)?;
    if let Some(why) = part.task.other_than(task) {
        return Err(Refused::Other(why));
    }
    let mut cover = cover.clone();
    part.whole().map_err(broken)?;
    cover.add(&part.cover).map_err(broken)?;
    Ok((part, cover))
}

impl Failure {
    fn of(group: &Group) -> Failure {
        let first = &group.first;
        let seed = |p: &Program| if let Program::Seed(seed) = p { Some(*seed) } else { None };
        Failure {
            signature: first.signature.clone(),
            seeds: group.programs.iter().filter_map(seed).collect(),
            dependent: group.dependent,
            summary: first.summary.clone(),
            interpreter: first.interpreter.clone(),
            kind: match &first.how {
                How::Diverged(_) | How::Elsewhere => Kind::Diverged,
                How::Limit(clocks) => Kind::Limit(*clocks),
                How::Missed(missed) => Kind::Missed(missed.clone()),
                How::Tool(text) => Kind::Tool(text.clone()),
            },
            after: first.after,
        }
    }

    /// It can be one of these seeds.
    fn whole(&self, seeds: &Range<u64>) -> bool {
        let ascending = self.seeds.is_sorted_by(|a, b| a < b);
        let inside = self.seeds.iter().all(|s| seeds.contains(s));
        let first = self.seeds.first().copied().unwrap_or(0);
        let after = self.after.is_none_or(|s| (seeds.start..first).contains(&s));
        !self.seeds.is_empty() && ascending && inside && after && self.dependent <= self.seeds.len() as u64
    }

    fn group(self) -> Group {
        let first = Failed {
            program: Program::Seed(self.seeds[0]),
            signature: self.signature,
            summary: self.summary,
            interpreter: self.interpreter,
            how: match self.kind {
                Kind::Diverged => How::Elsewhere,
                Kind::Limit(clocks) => How::Limit(clocks),
                Kind::Missed(missed) => How::Missed(missed),
                Kind::Tool(text) => How::Tool(text),
            },
            after: self.after,
        };
        Group { programs: self.seeds.into_iter().map(Program::Seed).collect(), dependent: self.dependent, first }
    }
}

impl Part {
    fn seeds(&self) -> Range<u64> {
        self.task.seeds.0..self.task.seeds.1
    }

    /// First seed, programs, programs that failed and time of each batch.
    fn batches(&self) -> impl Iterator<Item = Block> + '_ {
        let Range { start, end } = self.seeds();
        let firsts = (start..end).step_by(BATCH as usize);
        firsts.zip(&self.blocks).map(move |(first, (failed, took))| Block {
            first,
            programs: BATCH.min(end - first),
            failed: *failed,
            took: Duration::from_micros(*took),
        })
    }

    /// Says every seed what came of it?
    fn whole(&self) -> Result<(), String> {
        let seeds = self.seeds();
        let batches = (seeds.end - seeds.start).div_ceil(BATCH);
        let failed: usize = self.failures.iter().map(|f| f.seeds.len()).sum();
        let distinct: BTreeSet<_> = self.failures.iter().map(|f| &f.signature).collect();
        let rules = [
            (self.blocks.len() as u64 == batches, "batches are missing"),
            (self.batches().all(|b| b.failed <= b.programs), "more failures than programs"),
            (self.failures.iter().all(|f| f.whole(&seeds)), "failures of other seeds"),
            (distinct.len() == self.failures.len(), "a signature twice"),
            (self.batches().map(|b| b.failed).sum::<u64>() == failed as u64, "failures are missing"),
            (self.clocks <= MOST && self.retired <= MOST && self.threads <= 1_024, "counts are too large"),
            (self.took <= MOST && self.started <= 1 << 62, "times are too large"),
        ];
        rules.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, why)| Err(why.into()))
    }
}

/// Results of a plan as they come in.
pub struct Merge {
    plan: Plan,
    /// The jobs that are in.
    there: Vec<bool>,
    blocks: Vec<Block>,
    groups: Groups,
    cover: Cover,
    clocks: u64,
    retired: u64,
    /// When how many threads were at work: first and last microsecond.
    spans: Vec<(u64, u64, usize)>,
}

impl Merge {
    /// None of `plan` yet; `cover` has no counts.
    pub fn new(plan: &Plan, cover: Cover) -> Merge {
        Merge {
            plan: plan.clone(),
            there: vec![false; plan.jobs() as usize],
            blocks: Vec::new(),
            groups: Groups::default(),
            cover,
            clocks: 0,
            retired: 0,
            spans: Vec::new(),
        }
    }

    /// Takes a job's result file.
    ///
    /// # Errors
    /// It cannot be taken; nothing of it is.
    pub fn take(&mut self, job: u64, path: &Path) -> Result<(), Refused> {
        let (part, cover) = read(path, &self.plan.job(job), &self.cover)?;
        if std::mem::replace(&mut self.there[job as usize], true) {
            return Ok(());
        }
        self.spans.push((part.started, part.started + part.took, part.threads));
        self.blocks.extend(part.batches());
        self.clocks += part.clocks;
        self.retired += part.retired;
        self.cover = cover;
        part.failures.into_iter().for_each(|f| self.groups.add_group(f.group()));
        Ok(())
    }

    /// The job's result was taken.
    pub fn has(&self, job: u64) -> bool {
        self.there[job as usize]
    }

    /// Jobs whose result was not taken.
    pub fn missing(&self) -> Vec<u64> {
        (0..self.plan.jobs()).filter(|job| !self.has(*job)).collect()
    }

    /// Programs that have run, and those of them that failed.
    pub fn programs(&self) -> (u64, u64) {
        self.blocks.iter().fold((0, 0), |(n, failed), b| (n + b.programs, failed + b.failed))
    }

    /// Puts what came in to what this process ran itself, with so many threads. Also gives the most threads that worked
    /// at the same time; the time of a farm is that in which any did.
    pub fn end(mut self, own: Results, threads: usize) -> (Results, usize) {
        if !own.files.is_empty() {
            let first = own.started.duration_since(UNIX_EPOCH).map_or(0, micros);
            self.spans.push((first, first + micros(own.took), threads));
        }
        let missing = self.missing_seeds();
        let (took, threads) = busy(&self.spans);
        let first = self.spans.iter().map(|s| s.0).min();
        let mut results = Results {
            started: first.map_or(own.started, |us| UNIX_EPOCH + Duration::from_micros(us)),
            took,
            blocks: self.blocks,
            clocks: own.clocks + self.clocks,
            retired: own.retired + self.retired,
            missing,
            ..own
        };
        results.cover.merge(&self.cover);
        results.groups.merge(self.groups);
        results.blocks.sort_by_key(|b| b.first);
        (results, threads)
    }

    fn missing_seeds(&self) -> Vec<Range<u64>> {
        let mut missing: Vec<Range<u64>> = Vec::new();
        for seeds in self.missing().into_iter().map(|job| self.plan.seeds(job)) {
            match missing.last_mut().filter(|last| last.end == seeds.start) {
                Some(last) => last.end = seeds.end,
                None => missing.push(seeds),
            }
        }
        missing
    }
}

/// Time in which at least one thread worked, and the most of them at once.
fn busy(spans: &[(u64, u64, usize)]) -> (Duration, usize) {
    let mut edges: Vec<(u64, bool, usize)> =
        spans.iter().flat_map(|&(from, to, n)| [(from, true, n), (to, false, n)]).collect();
    // An end comes before a beginning at the same time.
    edges.sort_unstable();
    let (mut took, mut running, mut threads, mut most, mut last) = (0, 0_usize, 0, 0, 0);
    for (at, begins, n) in edges {
        took += if running > 0 { at - last } else { 0 };
        last = at;
        (running, threads) = if begins { (running + 1, threads + n) } else { (running - 1, threads - n) };
        most = most.max(threads);
    }
    (Duration::from_micros(took), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_counts_once_however_many_work() {
        let spans = [(10, 20, 2), (15, 30, 3), (30, 31, 4), (100, 110, 1)];
        assert_eq!(busy(&spans), (Duration::from_micros(31), 5));
        assert_eq!(busy(&[]), (Duration::ZERO, 0));
    }
}
