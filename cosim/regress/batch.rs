// SPDX-License-Identifier: MIT OR Apache-2.0
//! One thread of a regression: runs batches, and finds out about what fails whether it fails alone.

use std::any::Any;
use std::cell::RefCell;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::group::{Failed, Groups, How};
use super::work::{Batch, Program, Work};
use super::{Settings, Watch};
use crate::failure::{self, Report};
use crate::lockstep::chain::Chain;
use crate::lockstep::cover::Cover;
use crate::lockstep::{Divergence, Run, Session};
use crate::machines::{Loaded, Machine};

/// A scenario of a file that has run.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Index in [`Work::files`].
    pub index: usize,
    /// Instructions that retired in calls that ended.
    pub retired: u64,
    /// Cycles of calls that ended.
    pub cycles: u64,
    /// Time that it took.
    pub took: Duration,
    /// Signature of its failure.
    pub signature: Option<String>,
    /// What is to be said of it.
    pub summary: Option<String>,
}

/// Random programs that have run.
#[derive(Clone, Debug)]
pub struct Block {
    /// First seed.
    pub first: u64,
    /// How many ran.
    pub programs: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Time that they took.
    pub took: Duration,
}

/// The programs on one core, in order.
struct Core<'a, M: Machine> {
    programs: &'a [Program],
    scenarios: &'a [M::Scenario],
}

/// A thread's work.
pub struct Bench<'w, M: Machine> {
    work: &'w Work,
    /// Of the work's files.
    scenarios: &'w [M::Scenario],
    settings: &'w Settings,
    watch: &'w Watch,
    deadline: Option<Instant>,
    /// Index of the program in progress in its batch: what a panic belongs to.
    at: usize,
    /// Coverage.
    pub cover: Cover,
    /// Failures.
    pub groups: Groups,
    /// Scenarios of files.
    pub files: Vec<Figures>,
    /// Random programs.
    pub blocks: Vec<Block>,
    /// Clocks, replays not included.
    pub clocks: u64,
    /// Instructions that retired.
    pub retired: u64,
}

impl<'w, M: Machine> Bench<'w, M> {
    /// A thread for `work`, whose files hold `scenarios`.
    pub fn new(
        (work, scenarios): (&'w Work, &'w [M::Scenario]),
        settings: &'w Settings,
        watch: &'w Watch,
        deadline: Option<Instant>,
    ) -> Self {
        Bench {
            work,
            scenarios,
            settings,
            watch,
            deadline,
            at: 0,
            cover: Cover::of::<M>(),
            groups: Groups::default(),
            files: Vec::new(),
            blocks: Vec::new(),
            clocks: 0,
            retired: 0,
        }
    }

    /// Runs batches until there are none, or the run is over.
    pub fn run(mut self) -> Self {
        keep_panics();
        while !self.over() {
            match self.work.deal() {
                None => break,
                Some(Batch::File(index)) => self.file(index),
                Some(Batch::Seeds(seeds)) => self.seeds(seeds),
            }
        }
        self
    }

    fn over(&self) -> bool {
        self.watch.stopped()
            || self.settings.first && self.watch.diverged.load(Ordering::Relaxed)
            || self.deadline.is_some_and(|d| Instant::now() >= d)
    }

    fn file(&mut self, index: usize) {
        let (began, retired) = (Instant::now(), self.retired);
        let (cycles, failed) = (self.cover.cycles(), self.groups.programs());
        let scenarios = self.scenarios;
        self.programs(&[Program::File(index)], std::slice::from_ref(&scenarios[index]));
        let last = (self.groups.programs() > failed).then(|| self.groups.last().clone());
        let (signature, summary) = last.unzip();
        self.files.push(Figures {
            index,
            retired: self.retired - retired,
            cycles: self.cover.cycles() - cycles,
            took: began.elapsed(),
            signature,
            summary,
        });
    }

    fn seeds(&mut self, seeds: Range<u64>) {
        let (began, first, failed) = (Instant::now(), seeds.start, self.groups.programs());
        let programs: Vec<_> = seeds.clone().map(Program::Seed).collect();
        let scenarios = catch_unwind(|| seeds.clone().map(M::random).collect::<Vec<_>>());
        let ran = match scenarios {
            Ok(scenarios) => self.programs(&programs, &scenarios),
            Err(panic) => {
                self.tool(programs[0].clone(), panic);
                programs.len()
            }
        };
        self.blocks.push(Block {
            first,
            programs: ran as u64,
            failed: self.groups.programs() - failed,
            took: began.elapsed(),
        });
    }

    /// Runs programs on one core, and on another after each that fails; how many ran.
    fn programs(&mut self, programs: &[Program], scenarios: &[M::Scenario]) -> usize {
        let mut first = 0;
        while first < programs.len() && (first == 0 || !self.over()) {
            let core = Core::<M> { programs: &programs[first..], scenarios: &scenarios[first..] };
            self.at = 0;
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| self.core(&core))) {
                self.tool(core.programs[self.at].clone(), panic);
            }
            first += self.at + 1;
        }
        first
    }

    /// Runs programs on a core out of reset until one fails or the run is over; `at` is the last one then.
    fn core(&mut self, core: &Core<'_, M>) {
        let mut cover = Cover::of::<M>();
        let mut run = Run::new(Chain::<M>::new(core.scenarios).counted(&mut cover), self.settings.options);
        let (mut began, mut missed, mut ended) = (0, Vec::new(), Vec::new());
        let how = loop {
            let calls = run.calls.len();
            if let Some(what) = run.clock() {
                break Some(How::Diverged(Box::new(Divergence { cycle: run.cycle - 1, call: calls, what })));
            }
            if run.session.over() {
                missed.extend(run.calls.iter().flat_map(|c| &c.end.missed).cloned());
                ended.append(&mut run.calls);
                if !missed.is_empty() {
                    break Some(How::Missed(missed));
                }
                self.watch.done.fetch_add(1, Ordering::Relaxed);
                if self.at + 1 == core.programs.len() || self.over() {
                    break None;
                }
                self.at += 1;
                began = run.cycle;
            } else if run.cycle - began >= self.settings.cycles {
                break Some(How::Limit(self.settings.cycles));
            }
        };
        self.clocks += run.cycle;
        ended.append(&mut run.calls);
        drop(run);
        ended.iter().for_each(|call| cover.call(call));
        self.retired += ended.iter().map(|call| call.retired).sum::<u64>();
        self.cover.merge(&cover);
        if let Some(how) = how {
            self.failed(core, how);
        }
    }

    /// The program in progress has failed.
    fn failed(&mut self, core: &Core<'_, M>, how: How) {
        let program = core.programs[self.at].clone();
        let scenario = &core.scenarios[self.at];
        let options = self.settings.options;
        let (mut after, mut how) = (None, how);
        let mut failed = match &how {
            How::Diverged(d) => diverged(&failure::report(
                || Chain::<M>::new(&core.scenarios[..=self.at]),
                options,
                d,
                &self.work.name(&program),
            )),
            How::Limit(clocks) => limit(*clocks),
            How::Missed(missed) => expectation(missed, &self.work.name(&program)),
            How::Tool(text) => (tool(text), text.clone(), String::new()),
            How::Elsewhere => unreachable!("no farm takes part in a batch"),
        };
        if self.at > 0 {
            // Others ran before it: is it their doing?
            match alone::<M>(scenario, self.settings) {
                Some((alone, said)) if said.0 == failed.0 => (how, failed) = (alone, said),
                _ => after = if let Program::Seed(seed) = core.programs[0] { Some(seed) } else { None },
            }
        }
        let (signature, summary, interpreter) = failed;
        self.add(Failed { program, signature, summary, interpreter, how, after });
    }

    fn tool(&mut self, program: Program, panic: Box<dyn Any + Send>) {
        let text = panic_text(panic.as_ref());
        let failed = Failed {
            program,
            signature: tool(&text),
            summary: text.clone(),
            interpreter: String::new(),
            how: How::Tool(text),
            after: None,
        };
        self.add(failed);
    }

    fn add(&mut self, failed: Failed) {
        self.watch.done.fetch_add(1, Ordering::Relaxed);
        self.watch.failed.fetch_add(1, Ordering::Relaxed);
        if matches!(failed.how, How::Diverged(_) | How::Limit(_)) {
            self.watch.diverged.store(true, Ordering::Relaxed);
        }
        self.groups.add(failed);
    }
}

/// Signature, summary, what the interpreter says.
type Said = (String, String, String);

fn diverged(report: &Report) -> Said {
    (report.signature.clone(), report.summary.clone(), report.interpreter.clone())
}

fn limit(clocks: u64) -> Said {
    let summary = format!("not over after {clocks} clocks; no two descriptions disagree");
    ("hang:cycles:any".into(), summary, String::new())
}

fn expectation(missed: &[String], scenario: &str) -> Said {
    let what = missed[0].split(':').next().unwrap_or("");
    let what: String = what.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    (format!("expectation:{what}:{scenario}"), missed.join("; "), String::new())
}

fn tool(text: &str) -> String {
    let place = text.rsplit(" at ").next().unwrap_or("").replace(':', "-");
    format!("tool:panic:{place}")
}

/// How a scenario fails on a core of its own, if it does.
fn alone<M: Machine>(scenario: &M::Scenario, settings: &Settings) -> Option<(How, Said)> {
    let mut run = Run::new(M::session(scenario), settings.options);
    let how = loop {
        if run.session.finished() {
            return None;
        }
        let call = run.calls.len();
        if let Some(what) = run.clock() {
            break How::Diverged(Box::new(Divergence { cycle: run.cycle - 1, call, what }));
        }
        if run.cycle >= settings.cycles {
            break How::Limit(settings.cycles);
        }
    };
    drop(run);
    let said = match &how {
        How::Diverged(d) => diverged(&failure::report(|| M::session(scenario), settings.options, d, &scenario.name())),
        _ => limit(settings.cycles),
    };
    Some((how, said))
}

/// Where scenarios on one core diverge, if they do: finds again what a job of a farm has found.
pub fn again<M: Machine>(scenarios: &[M::Scenario], settings: &Settings) -> Option<Divergence> {
    let mut run = Run::new(Chain::<M>::new(scenarios), settings.options);
    let most = settings.cycles.saturating_mul(scenarios.len() as u64);
    while !run.session.finished() && run.cycle < most {
        let call = run.calls.len();
        if let Some(what) = run.clock() {
            return Some(Divergence { cycle: run.cycle - 1, call, what });
        }
    }
    None
}

thread_local! {
    /// Where this thread panicked last, if it is one of a regression's.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// A program that makes the tool panic is a failure of that program: where it did is kept instead of printed.
fn keep_panics() {
    static ONCE: Once = Once::new();
    PLACE.with_borrow_mut(|p| *p = Some(String::new()));
    ONCE.call_once(|| {
        let print = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let kept = PLACE.with_borrow_mut(|place| match place {
                Some(p) => {
                    *p = info.location().map_or_else(String::new, |l| format!("{}:{}", l.file(), l.line()));
                    true
                }
                None => false,
            });
            if !kept {
                print(info);
            }
        }));
    });
}

fn panic_text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    let place = PLACE.with_borrow(|p| p.clone().unwrap_or_default());
    format!("the tool panicked: {} at {place}", text.unwrap_or("?"))
}
