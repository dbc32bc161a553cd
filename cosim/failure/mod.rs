// SPDX-License-Identifier: MIT OR Apache-2.0
//! A mismatch, explained: class, signature, both sides' last instructions, what the interpreter says,
//! the window around it; written as one self-contained folder. Knows no machine.
//!
//! Runs are deterministic, so nothing is recorded while a run goes well: the window is made by running
//! again, from reset or from a snapshot of a long run, with tracing on only there.

pub mod bits;
mod class;
pub mod folder;
pub mod konata;
pub mod place;
pub mod planted;
pub mod waves;
mod window;

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use avm_sim::trace::retire::{Cell, cell_text};
use avm_sim::trace::{Core as _, Layout, Retire};
use serde::{Serialize, Serializer};

use crate::failure::konata::{Ids, Konata};
use crate::lockstep::snapshot::Snapshots;
use crate::lockstep::{Divergence, Mismatch, Options, Run, Session};
use crate::output::Work;
use crate::place::Place;
pub use class::Class;
use class::classify;
use waves::{Clock, RAW};
pub use window::{BYTES, window};

/// Clocks shown before and after a mismatch.
pub const BEFORE: u64 = 48;
/// See [`BEFORE`].
pub const AFTER: u64 = 32;
/// Clocks for which both sides run on after a mismatch, so that its class can be told.
const BEYOND: u64 = 400;
/// Instructions listed before the mismatch.
pub const HISTORY: usize = 32;

/// A probe field that differs.
#[derive(Clone, Debug, Serialize)]
pub struct FieldDiff {
    /// Field name.
    pub field: String,
    /// Bits.
    pub width: u16,
    /// The model's value.
    pub model: String,
    /// The RTL's value.
    pub rtl: String,
    /// Exclusive or of the two.
    pub differing: String,
}

/// One retired instruction in a report.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// Cycle from reset.
    pub cycle: u64,
    /// Address.
    pub pc: u64,
    /// Disassembly.
    pub instruction: String,
    /// Meter after it.
    pub meter: Option<i64>,
    /// Results, top first.
    #[serde(serialize_with = "cells")]
    pub results: Vec<Cell>,
    /// Exception, empty if none.
    pub exception: &'static str,
}

/// A number where 64 bits hold it, else hexadecimal text.
fn cells<S: Serializer>(cells: &[Cell], serializer: S) -> Result<S::Ok, S::Error> {
    let value = |c: &Cell| if c[1..] == [0; 3] { c[0].into() } else { serde_json::Value::from(cell_text(c)) };
    serializer.collect_seq(cells.iter().map(value))
}

/// A mismatch, explained.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Scenario file.
    pub scenario: String,
    /// Name of the call.
    pub call: String,
    /// Clock after which it showed, from reset.
    pub cycle: u64,
    /// Instructions retired before it, from reset.
    pub retired: u64,
    /// Class.
    #[serde(flatten)]
    pub class: Class,
    /// Groups equal failures.
    pub signature: String,
    /// Mnemonic in execution.
    pub mnemonic: String,
    /// Address and source place of the instruction concerned.
    pub place: String,
    /// The methods that were active there, as the interpreter has them; of machines that know.
    pub active: Option<Place>,
    /// One line.
    pub summary: String,
    /// Differing fields.
    pub fields: Vec<FieldDiff>,
    /// What the interpreter says.
    pub interpreter: String,
    /// The model's last instructions, then those after the mismatch.
    pub model: Vec<Line>,
    /// The RTL's.
    pub rtl: Vec<Line>,
    /// Command that replays it.
    pub replay: String,
}

/// Both sides' retirements around a divergence, in a run made again.
struct Around {
    /// It failed as it did.
    reproduced: bool,
    /// Clock of the divergence.
    at: u64,
    /// `(cycle, record)` before the divergence, common to both.
    before: Vec<(u64, Retire)>,
    model: Vec<(u64, Retire)>,
    rtl: Vec<(u64, Retire)>,
    /// The interpreter's records for `model`.
    reference: Vec<Option<Retire>>,
    /// The active methods before the first of them.
    active: Option<Place>,
    retired: u64,
    clocks: Vec<Clock>,
}

/// Where and how to write.
pub struct Request<'a> {
    /// Scenario file.
    pub scenario: &'a str,
    /// Replay command.
    pub replay: String,
    /// Files to copy into the folder: the scenario, then what it loads.
    pub copies: Vec<PathBuf>,
    /// Folder under which the failure's folder is made.
    pub root: &'a Path,
}

/// A failure that has no folder: why, and the report all the same, if the run made again failed as it did.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Unwritten {
    /// What would be in the folder.
    pub report: Option<Box<Report>>,
    /// Why there is none.
    pub error: io::Error,
}

impl From<Unwritten> for io::Error {
    fn from(unwritten: Unwritten) -> io::Error {
        unwritten.error
    }
}

/// Explains a divergence and writes its folder, complete or not at all; returns report and folder. The run is made
/// again from reset.
///
/// # Errors
/// The folder cannot be written, or the run made again does not fail as it did.
pub fn write<S: Session>(
    make: impl Fn() -> S,
    options: Options,
    divergence: &Divergence,
    request: &Request<'_>,
) -> Result<(Report, PathBuf), Unwritten> {
    write_from(Run::new(make(), options), divergence, request)
}

/// As [`write`], of a long run that diverged: made again from the last snapshot from which all that a report shows is
/// still to come, or from reset if there is none.
///
/// # Errors
/// As [`write`].
pub fn write_long<S>(
    mut run: Run<S>,
    snapshots: Snapshots<S>,
    make: impl Fn() -> S,
    divergence: &Divergence,
    request: &Request<'_>,
) -> Result<(Report, PathBuf), Unwritten>
where
    S: Session + Clone,
    S::Core: Clone,
{
    // One more instruction: the one that fails may be counted already.
    if snapshots.rewind(&mut run, BEFORE + 1, HISTORY as u64 + 1) {
        return write_from(run, divergence, request);
    }
    let options = run.options;
    drop(run);
    write(make, options, divergence, request)
}

/// As [`write`], from a run that has not yet come to the window.
fn write_from<S: Session>(
    mut run: Run<S>,
    divergence: &Divergence,
    request: &Request<'_>,
) -> Result<(Report, PathBuf), Unwritten> {
    let work = Work::below(request.root);
    // Without a folder there is still a report to be made.
    let vcd = work.as_ref().map_or_else(|_| PathBuf::new(), |work| work.path().join(RAW));
    let around = around(&mut run, divergence, &vcd);
    if !around.reproduced {
        let what = "the run made again does not fail as it did at cycle";
        let error = io::Error::other(format!("{what} {}: please report this with the scenario", divergence.cycle));
        return Err(Unwritten { report: None, error });
    }
    let report = explain(&run, divergence, &around, request);
    match work.and_then(|work| fill(work, &run, divergence, &around, &report, request)) {
        Ok(folder) => Ok((report, folder)),
        Err(error) => Err(Unwritten { report: Some(Box::new(report)), error }),
    }
}

/// Writes what belongs into a folder, which has the trace of the RTL, and puts it in its place.
fn fill<S: Session>(
    work: Work,
    run: &Run<S>,
    divergence: &Divergence,
    around: &Around,
    report: &Report,
    request: &Request<'_>,
) -> io::Result<PathBuf> {
    let fields = match &divergence.what {
        Mismatch::Probe { fields, .. } => fields.as_slice(),
        _ => &[],
    };
    waves::write::<S>(work.path(), &run.layout, &around.clocks, divergence.cycle, fields)?;
    around.pipelines(run, work.path())?;
    folder::finish(work, report, run.options, request)
}

/// Explains a divergence without writing anything.
pub fn report<S: Session>(make: impl Fn() -> S, options: Options, divergence: &Divergence, scenario: &str) -> Report {
    let mut run = Run::new(make(), options);
    let around = around(&mut run, divergence, Path::new(""));
    let request = Request { scenario, replay: String::new(), copies: Vec::new(), root: Path::new("") };
    explain(&run, divergence, &around, &request)
}

/// Runs on to some way beyond the divergence; traces the window if `vcd` is not empty.
fn around<S: Session>(run: &mut Run<S>, divergence: &Divergence, vcd: &Path) -> Around {
    let n = run.layout.words();
    let (mut model, mut rtl) = (vec![0; n], vec![0; n]);
    let at = divergence.cycle;
    let window = at.saturating_sub(BEFORE)..at + AFTER;
    let mut a = Around {
        reproduced: true,
        at,
        before: Vec::new(),
        model: Vec::new(),
        rtl: Vec::new(),
        reference: Vec::new(),
        active: None,
        retired: run.retired,
        clocks: Vec::new(),
    };
    while run.cycle < at + BEYOND {
        let cycle = run.cycle;
        if cycle == window.start && !vcd.as_os_str().is_empty() {
            run.dut.as_mut().into_iter().for_each(|d| d.trace_open(vcd));
        }
        if cycle == window.end {
            run.dut.as_mut().into_iter().for_each(|d| d.trace_close());
        }
        run.clock_apart(&mut model, &mut rtl);
        if run.dut.is_none() {
            rtl.copy_from_slice(&model);
        }
        if cycle <= at {
            a.reproduced &= as_it_was(divergence, cycle, &model, &rtl);
        }
        if window.contains(&cycle) {
            a.clocks.push(clock(run, cycle, &model, &rtl));
        }
        a.retirements(run, cycle, at, &model, &rtl);
    }
    // What never retired is the next one of the interpreter.
    a.active = a.active.or_else(|| run.session.active()).filter(|place| !place.frames.is_empty());
    a
}

/// Whether a clock up to the divergence shows what it showed: equal probes before, the same ones at it.
fn as_it_was(divergence: &Divergence, cycle: u64, model: &[u64], rtl: &[u64]) -> bool {
    match &divergence.what {
        Mismatch::Probe { model: m, rtl: r, .. } if cycle == divergence.cycle => model == m && rtl == r,
        // An assertion is asked for before the probe: that may differ in the same clock.
        Mismatch::Assertion(_) if cycle == divergence.cycle => true,
        _ => model == rtl,
    }
}

/// A clock of a window, after it.
fn clock<S: Session>(run: &Run<S>, cycle: u64, model: &[u64], rtl: &[u64]) -> Clock {
    Clock {
        cycle,
        model: model.to_vec(),
        rtl: rtl.to_vec(),
        model_op: S::mnemonic(&run.layout, model),
        rtl_op: S::mnemonic(&run.layout, rtl),
        cause: (run.core.cause(), S::Core::CAUSES.get(usize::from(run.core.cause())).copied().unwrap_or("")),
    }
}

impl Around {
    fn retirements<S: Session>(&mut self, run: &mut Run<S>, cycle: u64, at: u64, model: &[u64], rtl: &[u64]) {
        let m = S::retired(&run.layout, model);
        if m.is_some() && cycle >= at && self.model.is_empty() {
            self.active = run.session.active();
        }
        let reference = m.and_then(|_| run.session.reference());
        if cycle < at {
            if let Some(m) = m {
                self.retired += 1;
                if self.before.len() == HISTORY {
                    self.before.remove(0);
                }
                self.before.push((cycle, m));
            }
            return;
        }
        if let Some(m) = m {
            self.model.push((cycle, m));
            self.reference.push(reference);
        }
        if let Some(r) = S::retired(&run.layout, rtl) {
            self.rtl.push((cycle, r));
        }
    }

    fn class(&self, what: &Mismatch, outcome_first: bool) -> Class {
        match what {
            Mismatch::Reference { .. } => return Class::Reference,
            Mismatch::Outcome(_) => return Class::Reference,
            Mismatch::Memory(_) => return Class::Memory,
            Mismatch::Spent(_) => return Class::Profile,
            Mismatch::Assertion(_) => return Class::Assertion,
            Mismatch::Stuck => return Class::Hang,
            Mismatch::Probe { .. } if outcome_first => return Class::Outcome,
            Mismatch::Probe { .. } => {}
        }
        classify(&self.model, &self.rtl).0
    }

    /// Writes the window's pipeline logs of both sides. What both retired has the same id in both, as far as the class
    /// of the failure tells.
    fn pipelines<S: Session>(&self, run: &Run<S>, folder: &Path) -> io::Result<()> {
        if S::STAGES.is_empty() || self.clocks.is_empty() {
            return Ok(());
        }
        let retired = |words: &[u64]| S::retired(&run.layout, words).is_some();
        let shared = self.clocks.iter().filter(|c| c.cycle < self.at && retired(&c.model)).count() as u64;
        let (class, index) = classify(&self.model, &self.rtl);
        let differs = shared + index as u64;
        let free = shared + self.model.len().max(self.rtl.len()) as u64;
        let aligned: Ids = match class {
            Class::Missing => Box::new(move |n| if n < differs { n } else { n + 1 }),
            Class::Extra => Box::new(move |n| match n.cmp(&differs) {
                std::cmp::Ordering::Less => n,
                std::cmp::Ordering::Equal => free,
                std::cmp::Ordering::Greater => n - 1,
            }),
            _ => Box::new(|n| n),
        };
        let base = self.retired - shared;
        pipeline(run, &self.clocks, |c| &c.model, base, Box::new(|n| n), &folder.join("model.kanata"))?;
        pipeline(run, &self.clocks, |c| &c.rtl, base, aligned, &folder.join("rtl.kanata"))
    }
}

/// Writes the pipeline log of one side.
fn pipeline<S: Session>(
    run: &Run<S>,
    clocks: &[Clock],
    side: fn(&Clock) -> &[u64],
    base: u64,
    ids: Ids,
    file: &Path,
) -> io::Result<()> {
    let out = BufWriter::new(fs::File::create(file)?);
    let mut log = Konata::<S, _>::new(out, clocks[0].cycle, base, ids)?;
    clocks.iter().try_for_each(|c| log.clock(&run.session, &run.layout, side(c)))?;
    log.finish().map(drop)
}

fn explain<S: Session>(run: &Run<S>, d: &Divergence, a: &Around, request: &Request<'_>) -> Report {
    let fields = match &d.what {
        Mismatch::Probe { fields, model, rtl } => {
            fields.iter().map(|&i| field_diff(&run.layout, i, model, rtl)).collect()
        }
        _ => Vec::new(),
    };
    let outcome_first =
        !fields.is_empty() && fields.iter().all(|f: &FieldDiff| S::OUTCOME_FIELDS.contains(&f.field.as_str()));
    let class = a.class(&d.what, outcome_first);
    // The instruction concerned: the one that retires at the divergence, else the one in execution.
    let concerned = a.model.first().filter(|(c, _)| *c == d.cycle).or(a.model.first()).or(a.before.last());
    let concerned = concerned.map_or_else(Retire::default, |(_, r)| *r);
    let (pc, instruction) = (concerned.pc, run.session.instruction(&concerned));
    let mnemonic = instruction.split_whitespace().next().unwrap_or("").to_string();
    let primary = match &d.what {
        Mismatch::Assertion(place) => assertion_name(place),
        _ => primary_field(class, &fields),
    };
    let signature = format!("{}:{primary}:{mnemonic}", class.name());
    let detail = match &d.what {
        Mismatch::Probe { .. } => {
            let f = fields.iter().find(|f| f.field == primary).or(fields.first());
            f.map_or_else(String::new, |f| format!("{}: model {}, RTL {}", f.field, f.model, f.rtl))
        }
        Mismatch::Reference { model, reference } => format!(
            "model and RTL retired {}, the interpreter {}",
            record(*model),
            reference.map_or_else(|| "nothing".into(), record)
        ),
        Mismatch::Outcome(text) | Mismatch::Memory(text) | Mismatch::Spent(text) => text.clone(),
        Mismatch::Assertion(place) => format!("RTL assertion {place}"),
        Mismatch::Stuck => "nothing retired for a long time on either side".into(),
    };
    let shift = if let Class::Shifted(k) = class { format!(" by {k} cycles") } else { String::new() };
    Report {
        scenario: request.scenario.into(),
        call: run.session.call_name(d.call),
        cycle: d.cycle,
        retired: a.retired,
        class,
        signature,
        summary: format!("{}{shift} at cycle {}, pc {pc} `{instruction}`: {detail}", class.name(), d.cycle),
        mnemonic,
        place: run.session.place(&concerned),
        active: a.active.clone(),
        fields,
        interpreter: verdict(a, &d.what, class),
        model: a.before.iter().chain(&a.model).take(HISTORY + 16).map(|(c, r)| line(&run.session, *c, r)).collect(),
        rtl: a.before.iter().chain(&a.rtl).take(HISTORY + 16).map(|(c, r)| line(&run.session, *c, r)).collect(),
        replay: request.replay.clone(),
    }
}

/// File and line of an assertion, as a signature has them: `calls.sv@213`.
fn assertion_name(place: &str) -> String {
    let place = place.split_whitespace().next().unwrap_or("");
    place.rsplit('/').next().unwrap_or("").replace(':', "@")
}

/// The field that names a failure: architectural state before bookkeeping.
fn primary_field(class: Class, fields: &[FieldDiff]) -> String {
    const FIRST: [&str; 4] = ["s_", "u_code", "d_fuel", "r_"];
    let by_prefix = FIRST.iter().find_map(|p| fields.iter().find(|f| f.field.starts_with(p)));
    match by_prefix.or(fields.first()) {
        Some(f) => f.field.clone(),
        None => class.name().into(),
    }
}

fn field_diff(layout: &Layout, index: usize, model: &[u64], rtl: &[u64]) -> FieldDiff {
    let field = layout.field(index);
    let (m, r) = (bits::field(layout, index, model), bits::field(layout, index, rtl));
    FieldDiff {
        field: field.name.into(),
        width: field.width,
        model: bits::hex(m),
        rtl: bits::hex(r),
        differing: bits::hex(&(m.to_bitvec() ^ r)),
    }
}

fn record(r: Retire) -> String {
    format!(
        "pc {} opcode {:#04x}, fuel {}, results [{}], code {}",
        r.pc,
        r.opcode,
        r.meter_after.map_or_else(|| "-".into(), |m| m.to_string()),
        r.results_text().join(", "),
        r.exception
    )
}

/// Which side the interpreter sides with, at the first instruction where the two differ.
fn verdict(a: &Around, what: &Mismatch, class: Class) -> String {
    match what {
        Mismatch::Reference { .. } | Mismatch::Outcome(_) => {
            return "disagrees with both model and RTL: the seed decides".into();
        }
        Mismatch::Stuck => return "no instruction to compare".into(),
        Mismatch::Assertion(_) => return "not concerned: the RTL contradicts a claim of its own".into(),
        Mismatch::Memory(_) => return "not concerned: a memory differs from what its write port said".into(),
        Mismatch::Spent(_) => return "not concerned: the model's profile is not what the RTL's registers say".into(),
        Mismatch::Probe { .. } => {}
    }
    for (i, (_, m)) in a.model.iter().enumerate() {
        let Some(reference) = a.reference[i] else { break };
        let rtl = a.rtl.get(i).map(|(_, r)| r);
        let right = |r: &Retire| Retire { order: reference.order, ..*r }.agrees(&reference);
        match (right(m), rtl.map(right)) {
            (true, Some(true)) => {}
            (true, Some(false)) => return format!("agrees with the model, not with the RTL: {}", record(reference)),
            // A late RTL has retired fewer when the look at it ends.
            (true, None) if matches!(class, Class::Shifted(_)) => break,
            (true, None) => {
                return format!("agrees with the model; the RTL retired nothing more: {}", record(reference));
            }
            (false, Some(true)) => return format!("agrees with the RTL, not with the model: {}", record(reference)),
            (false, _) => return format!("agrees with neither: {}", record(reference)),
        }
    }
    "sees no difference in what retired: the registers differ, the architecture does not (yet)".into()
}

fn line<S: Session>(session: &S, cycle: u64, r: &Retire) -> Line {
    Line {
        cycle,
        pc: r.pc,
        instruction: session.instruction(r),
        meter: r.meter_after,
        results: r.pushed().to_vec(),
        exception: S::exception(r.exception),
    }
}

/// The report as text.
pub fn text(r: &Report) -> String {
    let active = r.active.iter().flat_map(Place::lines).enumerate();
    let active: String = active.map(|(i, l)| format!("{:<13}{l}\n", if i == 0 { "backtrace" } else { "" })).collect();
    let mut s = format!(
        "{}\n\nscenario     {}\ncall         {}\nwhere        {}\n{active}class        {}\nsignature    {}\ninterpreter  {}\nreplay       {}\n",
        r.summary,
        r.scenario,
        r.call,
        if r.place.is_empty() { "-" } else { &r.place },
        match r.class {
            Class::Shifted(k) => format!("shifted by {k} cycles"),
            c => c.name().into(),
        },
        r.signature,
        r.interpreter,
        r.replay
    );
    let _ = writeln!(s, "retired      {} instructions before it", r.retired);
    if !r.fields.is_empty() {
        let _ = writeln!(s, "\n{:<16} {:>24} {:>24} {:>24}", "field", "model", "RTL", "differing bits");
        for f in &r.fields {
            let _ = writeln!(s, "{:<16} {:>24} {:>24} {:>24}", f.field, f.model, f.rtl, f.differing);
        }
    }
    for (title, lines) in [("model", &r.model), ("RTL", &r.rtl)] {
        let _ = writeln!(s, "\n{title}: cycle, pc, instruction, fuel after, results");
        for l in lines {
            let mark = if l.cycle >= r.cycle { '>' } else { ' ' };
            let results: Vec<_> = l.results.iter().map(cell_text).collect();
            let _ = writeln!(
                s,
                "{mark} {:>9} {:>6}  {:<28} {:>12}  {} {}",
                l.cycle,
                l.pc,
                l.instruction,
                l.meter.map_or_else(String::new, |m| m.to_string()),
                results.join(" "),
                l.exception
            );
        }
    }
    s
}
