// SPDX-License-Identifier: MIT OR Apache-2.0
//! Submits the jobs that have no result, waits, submits again what got lost. What counts is the result files: a queue
//! forgets its jobs, and says that jobs failed which are done, or the other way round, when a machine dies.

use std::time::{Duration, Instant};

use super::part::{Merge, Refused};
use super::slurm::{Queued, Slurm};
use super::{Folder, quoted};
use crate::input::InputError;
use crate::lockstep::cover::Cover;
use crate::names::Shown;
use crate::regress::Watch;
use crate::regress::report::counted;

/// Submissions of a job, the first included.
const TRIES: u32 = 3;
/// Looks at the queue at which a job is neither queued nor done before it is lost: files may show late.
const LOOKS: u32 = 3;
/// Submissions that fail in a row before lost jobs are given up.
const REFUSALS: u32 = 20;
/// Time between looks at the queue: a twentieth of the time so far, in these bounds.
const LOOK: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(10));
/// Time between looks at [`Watch`].
const STEP: Duration = Duration::from_millis(50);

/// What somebody who waits wants to know.
pub enum News {
    /// Something happened.
    Said(String),
    /// How far it is.
    State(State),
}

/// How far a farm is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Jobs whose result is there.
    pub done: u64,
    /// Jobs that run.
    pub running: u64,
    /// Programs that have run.
    pub programs: u64,
    /// Programs that have failed.
    pub failed: u64,
}

/// A job, as far as it is not done.
#[derive(Clone, Copy, Default)]
struct Job {
    /// Submissions.
    tries: u32,
    /// Looks since it was in the queue.
    absent: u32,
    /// Its broken result was named.
    named: bool,
}

/// A farm at work.
pub struct Engine<'a> {
    folder: &'a Folder,
    slurm: Slurm<'a>,
    watch: &'a Watch,
    tell: Box<dyn FnMut(News) + 'a>,
    merge: Merge,
    jobs: Vec<Job>,
    refusals: u32,
    /// What was said last of a queue that does not answer.
    trouble: String,
}

impl<'a> Engine<'a> {
    /// For a folder that is written; `cover` has no counts.
    pub fn new(
        folder: &'a Folder,
        slurm: Slurm<'a>,
        watch: &'a Watch,
        cover: Cover,
        tell: impl FnMut(News) + 'a,
    ) -> Engine<'a> {
        let (merge, jobs) = (Merge::new(&folder.plan, cover), vec![Job::default(); folder.plan.jobs() as usize]);
        let tell = Box::new(tell);
        Engine { folder, slurm, watch, tell, merge, jobs, refusals: 0, trouble: String::new() }
    }

    fn say(&mut self, text: String) {
        (self.tell)(News::Said(text));
    }

    /// Takes the results that are there, and submits the jobs that have none and are not queued by a command before.
    ///
    /// # Errors
    /// A result of something else is in the way; Slurm is not there or refuses the array.
    pub fn begin(&mut self) -> Result<(), InputError> {
        self.collect()?;
        let missing = self.merge.missing();
        let (all, path) = (self.jobs.len(), self.folder.path.shown());
        if missing.len() < all {
            self.say(format!("{path}: {} of {all} results are there already", all - missing.len()));
        }
        if missing.is_empty() {
            return Ok(());
        }
        let queued = self.slurm.queued().map_err(|e| self.refused(&e))?;
        let (there, new): (Vec<u64>, Vec<u64>) =
            missing.iter().partition(|job| queued.iter().any(|q| q.job == **job && !q.held()));
        there.iter().for_each(|job| self.jobs[*job as usize].tries = 1);
        if !there.is_empty() {
            self.say(format!("{} in the queue already", counted(there.len() as u64, "job")));
        }
        if !new.is_empty() {
            self.submit(&new).map_err(|e| self.refused(&e))?;
        }
        Ok(())
    }

    fn refused(&self, e: &str) -> InputError {
        let last = self.jobs.len() - 1;
        let by_hand = format!("seq 0 {last} | parallel {}", quoted(&self.folder.path.join("job.sh").shown()));
        let help = format!("{by_hand} does the jobs without Slurm, then this command makes the report");
        InputError::plain(format!("--engine slurm: error: {e} ({help})"))
    }

    fn submit(&mut self, jobs: &[u64]) -> Result<(), String> {
        let id = self.slurm.submit(jobs)?;
        for job in jobs {
            let job = &mut self.jobs[*job as usize];
            (job.tries, job.absent) = (job.tries + 1, 0);
        }
        self.say(format!("submitted array {id}: {} of {} jobs", jobs.len(), self.jobs.len()));
        Ok(())
    }

    /// Takes the results that came since.
    fn collect(&mut self) -> Result<(), InputError> {
        for job in self.merge.missing() {
            let path = self.folder.result(job);
            match self.merge.take(job, &path) {
                Ok(()) | Err(Refused::Missing) => {}
                Err(Refused::Broken(why)) => {
                    if !std::mem::replace(&mut self.jobs[job as usize].named, true) {
                        self.say(format!("{}: {why}: its job is done again", path.shown()));
                    }
                }
                Err(Refused::Other(why)) => {
                    let help = "remove it, or name another folder with --dir";
                    return Err(InputError::plain(format!("{}: error: {why} ({help})", path.shown())));
                }
            }
        }
        Ok(())
    }

    /// Waits until all results are there, the rest is lost, or the run is interrupted: then jobs are cancelled.
    ///
    /// # Errors
    /// A result of something else is in the way; jobs are cancelled.
    pub fn wait(mut self) -> Result<Merge, InputError> {
        let began = Instant::now();
        loop {
            let queued = if self.merge.missing().is_empty() { Ok(Vec::new()) } else { self.slurm.queued() };
            if let Err(e) = self.collect() {
                self.cancel();
                return Err(e);
            }
            self.state(queued.as_deref().unwrap_or_default());
            if self.merge.missing().is_empty() {
                return Ok(self.merge);
            }
            match queued {
                Ok(queued) if !self.look(&queued) => return Ok(self.merge),
                Err(e) if e != self.trouble => {
                    self.say(format!("{e} (waiting on; Ctrl-C ends with what is there)"));
                    self.trouble = e;
                }
                _ => {}
            }
            self.sleep((began.elapsed() / 20).clamp(LOOK.0, LOOK.1));
            if self.watch.stopped() {
                self.cancel();
                return self.collect().map(|()| self.merge);
            }
        }
    }

    fn state(&mut self, queued: &[Queued]) {
        let (programs, failed) = self.merge.programs();
        let done = self.jobs.len() as u64 - self.merge.missing().len() as u64;
        let running = queued.iter().filter(|q| q.runs() && !self.merge.has(q.job)).count() as u64;
        (self.tell)(News::State(State { done, running, programs, failed }));
    }

    /// Looks for lost jobs; whether there is something left to wait for.
    fn look(&mut self, queued: &[Queued]) -> bool {
        let held: Vec<Queued> = queued.iter().filter(|q| q.held()).cloned().collect();
        if !held.is_empty() {
            let n = counted(held.len() as u64, "job");
            self.say(format!("{n} could not be started and is held: cancelled"));
            let cancelled = self.slurm.cancel(&held);
            cancelled.unwrap_or_else(|e| self.say(e));
        }
        let mut lost = Vec::new();
        let mut left = false;
        for job in self.merge.missing() {
            let there = queued.iter().any(|q| q.job == job && !q.held());
            let j = &mut self.jobs[job as usize];
            j.absent = if there { 0 } else { j.absent + 1 };
            let is_lost = j.absent >= LOOKS;
            left |= !is_lost;
            if is_lost && j.tries < TRIES {
                lost.push(job);
            }
        }
        self.again(&lost) || left
    }

    /// Submits lost jobs again; whether that is worth waiting for.
    fn again(&mut self, lost: &[u64]) -> bool {
        if lost.is_empty() {
            return false;
        }
        let (n, words) = (counted(lost.len() as u64, "job"), last_words(self.folder, lost[0]));
        self.say(format!("{n} left the queue without a result: {words}"));
        match self.submit(lost) {
            Ok(()) => self.refusals = 0,
            Err(e) => {
                self.refusals += 1;
                self.say(e);
            }
        }
        self.refusals < REFUSALS
    }

    fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.watch.stopped() && Instant::now() < until {
            std::thread::sleep(STEP);
        }
    }

    /// Cancels what is queued or runs.
    fn cancel(&mut self) {
        let cancelled = self.slurm.queued().and_then(|queued| {
            self.slurm.cancel(&queued)?;
            Ok(queued.len())
        });
        match cancelled {
            Ok(n) => self.say(format!("cancelled {}", counted(n as u64, "job"))),
            Err(e) => self.say(format!("{e}: cannot cancel the jobs; scancel --name={} does", self.folder.name())),
        }
    }
}

/// A job's log, with its last line, if there is one.
pub fn last_words(folder: &Folder, job: u64) -> String {
    let path = folder.log(job);
    let text = std::fs::read(&path).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let last: String =
        text.lines().rev().find(|l| !l.trim().is_empty()).unwrap_or("no output").chars().take(200).collect();
    format!("job {job}, {}: {}", path.shown(), last.trim())
}
