// SPDX-License-Identifier: MIT OR Apache-2.0
//! Profiles are made here: scenarios run on the core model, cycle after cycle.

use std::collections::{BTreeMap, HashMap};

use avm_sim::trace::{Core as _, Retire};

use super::calls::Calls;
use super::{CallSite, Causes, END, FORM, Line, Method, Opcode, Profile, START, Source, Stack};
use crate::lockstep::account::Spent;
use crate::lockstep::view::Site;
use crate::lockstep::{CallFigures, Options, Run, Session};
use crate::machines::{Loaded, Machine};
use crate::names::{Shown, apart};

/// Most causes that a core may tell apart.
const CAUSES: usize = 32;

/// Cycles by cause, and the instructions they were spent on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spending {
    /// Instructions.
    pub count: u64,
    by_cause: [u64; CAUSES],
}

impl Spending {
    /// All cycles.
    pub fn cycles(&self) -> u64 {
        self.by_cause.iter().sum()
    }

    /// Adds what another spent.
    pub fn add(&mut self, other: &Spending) {
        self.count += other.count;
        self.by_cause.iter_mut().zip(&other.by_cause).for_each(|(sum, n)| *sum += n);
    }

    fn named(&self, names: &[&str]) -> Causes {
        let some = names.iter().zip(self.by_cause).filter(|(_, n)| *n > 0);
        some.map(|(name, n)| ((*name).to_string(), n)).collect()
    }
}

/// A profile, and what the calls of each scenario gave.
pub struct Taken {
    /// The profile.
    pub profile: Profile,
    /// The calls, by scenario.
    pub calls: Vec<Vec<CallFigures>>,
}

/// Runs scenarios on the core model, `each` time telling which.
///
/// # Errors
/// In words: a scenario gets stuck, or cycles are lost.
pub fn take<M: Machine>(scenarios: &[M::Scenario], mut each: impl FnMut(&M::Scenario)) -> Result<Taken, String> {
    let mut collector = Collector::<M>::new();
    let names = apart(&scenarios.iter().map(Loaded::path).collect::<Vec<_>>());
    let mut calls = Vec::new();
    for (scenario, name) in scenarios.iter().zip(&names) {
        each(scenario);
        // Methods of several scenarios are told apart by it.
        collector.prefix = if names.len() > 1 { name.clone() } else { String::new() };
        collector.calls.scenario(name);
        calls.push(collector.scenario(scenario).map_err(|e| format!("{}: {e}", scenario.path().shown()))?);
    }
    let mut profile = collector.profile();
    profile.scenarios = scenarios.iter().map(|s| s.path().shown()).collect();
    profile.check()?;
    Ok(Taken { profile, calls })
}

/// What is known of an opcode: what it spent, and how often it took how long.
#[derive(Default)]
struct OfOpcode {
    spent: Spending,
    lengths: BTreeMap<u64, u64>,
}

/// An instruction that has retired and is not over: the cycles behind it, in which the last stage is empty, are its own.
struct Last {
    retire: Retire,
    spent: Spending,
}

/// Address spaces and addresses of one scenario.
type Places = HashMap<(u64, u64), (Site, usize)>;

struct Collector<M: Machine> {
    prefix: String,
    total: Spending,
    calls_made: u64,
    opcodes: BTreeMap<&'static str, OfOpcode>,
    calls: Calls,
    lines: Vec<(Line, Spending)>,
    by_line: HashMap<(String, String, u32, u64), usize>,
    // Of the call in progress.
    start: Spending,
    held: Spending,
    last: Option<Last>,
    in_call: Spending,
    machine: std::marker::PhantomData<M>,
}

impl<M: Machine> Collector<M> {
    fn new() -> Self {
        assert!(M::Core::CAUSES.len() <= CAUSES, "more causes than are counted");
        Collector {
            prefix: String::new(),
            total: Spending::default(),
            calls_made: 0,
            opcodes: BTreeMap::new(),
            calls: Calls::default(),
            lines: Vec::new(),
            by_line: HashMap::new(),
            start: Spending::default(),
            held: Spending::default(),
            last: None,
            in_call: Spending::default(),
            machine: std::marker::PhantomData,
        }
    }

    fn scenario(&mut self, scenario: &M::Scenario) -> Result<Vec<CallFigures>, String> {
        let (sources, mut places) = (M::sources(scenario), Places::new());
        let options = Options { rtl: false, reference: false, mirrors: false, ..Options::default() };
        let (mut run, mut ended) = (Run::new(M::session(scenario), options), 0);
        while !run.session.finished() {
            let depth = run.core.depth();
            if run.clock().is_some() {
                return Err(format!("stuck at cycle {}", run.cycle));
            }
            if M::Session::running(&run.core) {
                let spent = Spent::of(&run.core);
                if !spent.empty {
                    self.over(depth, &mut places, &run.session, &sources);
                }
                let segment = run.core.segment();
                self.cycle(spent, run.core.retired().map(|r| Retire { segment, ..r }));
            }
            if let Some(figures) = run.calls.get(ended) {
                self.over(0, &mut places, &run.session, &sources);
                self.end(figures)?;
                ended += 1;
            }
        }
        self.calls_made += run.calls.len() as u64;
        Ok(run.calls)
    }

    /// A cycle of a call.
    fn cycle(&mut self, spent: Spent, retired: Option<Retire>) {
        let to = match (&mut self.last, spent.empty) {
            (Some(last), true) => &mut last.spent,
            (None, true) => &mut self.start,
            (_, false) => &mut self.held,
        };
        to.by_cause[usize::from(spent.cause)] += 1;
        if let Some(retire) = retired {
            let mut spent = std::mem::take(&mut self.held);
            spent.count = 1;
            self.last = Some(Last { retire, spent });
        }
    }

    /// The instruction that retired last is over; so many methods are active.
    fn over(&mut self, depth: usize, places: &mut Places, session: &M::Session<'_>, sources: &[Source]) {
        let Some(Last { retire, spent }) = self.last.take() else { return };
        let name = M::COVER.rows[(M::COVER.row)(&retire)];
        let of = self.opcodes.entry(name).or_default();
        of.spent.add(&spent);
        *of.lengths.entry(spent.cycles()).or_default() += 1;
        let place = places.entry((retire.segment, retire.pc));
        let (site, line) = place.or_insert_with(|| self.place(&retire, session, sources));
        self.lines[*line].1.add(&spent);
        self.calls.instruction(site, retire.pc, &spent, depth);
        self.in_call.add(&spent);
    }

    /// Site and line of an instruction that was not seen before.
    fn place(&mut self, retire: &Retire, session: &M::Session<'_>, sources: &[Source]) -> (Site, usize) {
        let site = session.site(retire);
        // An application's own source is the first one of it.
        let own = |s: &&Source| s.application == site.application && site.file.as_ref().is_none_or(|f| *f == s.name);
        let source = sources.iter().find(own).filter(|_| site.line > 0);
        let parts = [&self.prefix, &site.application].into_iter().filter(|p| !p.is_empty());
        let application = parts.map(String::as_str).collect::<Vec<_>>().join(":");
        let pc = if source.is_some() { 0 } else { retire.pc };
        let text = source.and_then(|s| s.text.lines().nth(site.line as usize - 1));
        let line = Line {
            application: application.clone(),
            file: source.map_or_else(String::new, |s| s.name.clone()),
            line: if source.is_some() { site.line } else { 0 },
            pc,
            text: text.map_or_else(|| session.instruction(retire), Into::into),
            ..Line::default()
        };
        let site = Site { application, ..site };
        let next = self.lines.len();
        let index = *self.by_line.entry((line.application.clone(), line.file.clone(), line.line, pc)).or_insert(next);
        if index == next {
            self.lines.push((line, Spending::default()));
        }
        (site, index)
    }

    /// A call has ended: all of its cycles are accounted for, as lockstep counts them.
    fn end(&mut self, figures: &CallFigures) -> Result<(), String> {
        // What began behind the last one and never retired waited for a message, or ended the call.
        let (start, end) = (std::mem::take(&mut self.start), std::mem::take(&mut self.held));
        self.unowned(START, &start);
        self.unowned(END, &end);
        self.calls.ends();
        let spent = std::mem::take(&mut self.in_call);
        let counted = figures.causes.iter().zip(spent.by_cause).all(|(a, b)| *a == b);
        if spent.cycles() != figures.cycles || spent.count != figures.retired || !counted {
            let (cycles, name) = (spent.cycles(), &figures.end.name);
            return Err(format!("call {name}: {cycles} cycles accounted for of {}", figures.cycles));
        }
        self.total.add(&spent);
        Ok(())
    }

    /// Cycles of a call that are no retired instruction's: a row, a method and a line of their own.
    fn unowned(&mut self, name: &'static str, spent: &Spending) {
        if spent.cycles() == 0 {
            return;
        }
        self.opcodes.entry(name).or_default().spent.add(spent);
        self.calls.unowned(name, spent);
        let next = self.lines.len();
        let index = *self.by_line.entry((name.into(), String::new(), 0, 0)).or_insert(next);
        if index == next {
            self.lines.push((Line { text: name.into(), ..Line::default() }, Spending::default()));
        }
        self.lines[index].1.add(spent);
        self.in_call.add(spent);
    }

    fn profile(self) -> Profile {
        let names = M::Core::CAUSES;
        let mut opcodes: Vec<_> = self.opcodes.iter().map(|(name, of)| opcode(name, of, names)).collect();
        opcodes.sort_by_key(|o| std::cmp::Reverse(o.cycles));
        let lines = self.lines.into_iter().map(|(line, spent)| {
            let (count, cycles, causes) = (spent.count, spent.cycles(), spent.named(names));
            Line { count, cycles, causes, ..line }
        });
        let mut lines: Vec<_> = lines.collect();
        lines.sort_by(|a, b| (&a.application, &a.file, a.line, a.pc).cmp(&(&b.application, &b.file, b.line, b.pc)));
        Profile {
            form: FORM,
            machine: M::NAME.into(),
            scenarios: Vec::new(),
            calls: self.calls_made,
            instructions: self.total.count,
            cycles: self.total.cycles(),
            cause_names: names.iter().map(|n| (*n).to_string()).collect(),
            causes: self.total.named(names),
            opcodes,
            methods: methods(&self.calls, names),
            call_sites: call_sites(&self.calls),
            lines,
            stacks: stacks(&self.calls),
        }
    }
}

fn opcode(name: &str, of: &OfOpcode, names: &[&str]) -> Opcode {
    let half = of.spent.count.div_ceil(2);
    let mut seen = 0;
    let median = of.lengths.iter().find(|(_, n)| {
        seen += **n;
        seen >= half
    });
    Opcode {
        name: name.into(),
        count: of.spent.count,
        cycles: of.spent.cycles(),
        min: of.lengths.keys().next().copied().unwrap_or(0),
        median: median.map_or(0, |(cycles, _)| *cycles),
        max: of.lengths.keys().next_back().copied().unwrap_or(0),
        causes: of.spent.named(names),
    }
}

fn methods(calls: &Calls, names: &[&str]) -> Vec<Method> {
    let mut inclusive = vec![0; calls.methods.len()];
    for (mut frames, cycles) in calls.stacks() {
        frames.sort_unstable();
        frames.dedup();
        frames.iter().for_each(|m| inclusive[*m] += cycles);
    }
    let listed = calls.methods.iter().zip(inclusive).enumerate().filter(|(i, _)| !calls.is_root(*i));
    let mut methods: Vec<_> = listed
        .map(|(_, (m, inclusive))| Method {
            application: m.name.0.clone(),
            name: m.name.1.clone(),
            calls: m.calls,
            count: m.own.count,
            cycles: m.own.cycles(),
            inclusive,
            causes: m.own.named(names),
        })
        .collect();
    methods.sort_by_key(|m| std::cmp::Reverse(m.cycles));
    methods
}

fn call_sites(calls: &Calls) -> Vec<CallSite> {
    let site = |p: &super::calls::Place| {
        let (caller, line, pc, callee) = p.of;
        let (caller, callee) = (calls.name(caller), calls.name(callee));
        CallSite { caller, line, pc, callee, calls: p.calls, inclusive: p.inclusive }
    };
    let mut sites: Vec<_> = calls.places.iter().map(site).collect();
    sites.sort_by_key(|s| std::cmp::Reverse(s.inclusive));
    sites
}

fn stacks(calls: &Calls) -> Vec<Stack> {
    let named = |(frames, cycles): (Vec<usize>, u64)| Stack {
        frames: frames.into_iter().map(|m| calls.name(m)).collect(),
        cycles,
    };
    let mut stacks: Vec<_> = calls.stacks().map(named).collect();
    stacks.sort_by(|a, b| a.frames.cmp(&b.frames));
    stacks
}
