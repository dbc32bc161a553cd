//! A mismatch, explained: class, signature, both sides' last instructions, what the interpreter says,
//! the window around it; written as one self-contained folder. Knows no machine.
//!
//! Runs are deterministic, so nothing is recorded while a run goes well: the window is made by running
//! again from reset, with tracing on only there.

pub mod folder;

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use avm_sim::trace::{Layout, Retire};
use serde::Serialize;

use crate::bits;
use crate::lockstep::{Divergence, Mismatch, Options, Run, Session};
use crate::waves::{self, Clock};

/// Clocks shown before and after a mismatch.
pub const BEFORE: u64 = 48;
/// See [`BEFORE`].
pub const AFTER: u64 = 32;
/// Clocks for which both sides run on after a mismatch, so that its class can be told.
const BEYOND: u64 = 400;
/// Instructions listed before the mismatch.
const HISTORY: usize = 32;

/// What kind of disagreement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "class", content = "by")]
pub enum Class {
    /// A wrong value; control flow that went astray counts as one.
    Value,
    /// The same instructions with the same results, `k` cycles later (positive: the RTL is late).
    Shifted(i64),
    /// The RTL lacks an instruction that the model retired.
    Missing,
    /// The RTL retired an instruction that the model did not.
    Extra,
    /// The RTL stopped retiring.
    Hang,
    /// The call's outcome.
    Outcome,
    /// A memory differs although its write port agreed.
    Memory,
    /// An assertion in the RTL fired.
    Assertion,
    /// Model and RTL agree with each other, not with the interpreter.
    Reference,
}

impl Class {
    /// Name, as in signatures and in the list of planted faults.
    pub fn name(self) -> &'static str {
        match self {
            Class::Value => "value",
            Class::Shifted(_) => "shifted",
            Class::Missing => "missing",
            Class::Extra => "extra",
            Class::Hang => "hang",
            Class::Outcome => "outcome",
            Class::Memory => "memory",
            Class::Assertion => "assertion",
            Class::Reference => "reference",
        }
    }
}

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
    pub results: Vec<u64>,
    /// Exception, empty if none.
    pub exception: &'static str,
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
    /// `(cycle, record)` before the divergence, common to both.
    before: Vec<(u64, Retire)>,
    model: Vec<(u64, Retire)>,
    rtl: Vec<(u64, Retire)>,
    /// The interpreter's records for `model`.
    reference: Vec<Option<Retire>>,
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

/// Explains a divergence and writes its folder, complete or not at all; returns report and folder.
pub fn write<S: Session>(
    make: impl Fn() -> S,
    options: Options,
    divergence: &Divergence,
    request: &Request<'_>,
) -> io::Result<(Report, PathBuf)> {
    let work = folder::begin(request.root)?;
    let rtl_vcd = work.path().join("rtl.vcd");
    let mut run = Run::new(make(), options);
    let around = around(&mut run, divergence, &rtl_vcd);
    let report = explain(&run, divergence, &around, request);
    let vcd = work.path().join("window.vcd");
    let signals = waves::merge(&rtl_vcd, &run.layout, &around.clocks, &vcd)?;
    fs::remove_file(&rtl_vcd)?;
    let fields = match &divergence.what {
        Mismatch::Probe { fields, .. } => fields.as_slice(),
        _ => &[],
    };
    let first = around.clocks.first().map_or(0, |c| c.cycle);
    let gtkw = waves::layout("window.vcd", &run.layout, &signals, divergence.cycle, first, fields);
    fs::write(work.path().join("window.gtkw"), gtkw)?;
    let folder = folder::finish(work, &report, options, request)?;
    Ok((report, folder))
}

/// Explains a divergence without writing anything.
pub fn report<S: Session>(make: impl Fn() -> S, options: Options, divergence: &Divergence, scenario: &str) -> Report {
    let mut run = Run::new(make(), options);
    let around = around(&mut run, divergence, Path::new(""));
    let request = Request { scenario, replay: String::new(), copies: Vec::new(), root: Path::new("") };
    explain(&run, divergence, &around, &request)
}

/// Runs from reset to some way beyond the divergence; traces the window if `vcd` is not empty.
fn around<S: Session>(run: &mut Run<S>, divergence: &Divergence, vcd: &Path) -> Around {
    let n = run.layout.words();
    let (mut model, mut rtl) = (vec![0; n], vec![0; n]);
    let at = divergence.cycle;
    let window = at.saturating_sub(BEFORE)..at + AFTER;
    let mut a = Around {
        before: Vec::new(),
        model: Vec::new(),
        rtl: Vec::new(),
        reference: Vec::new(),
        retired: 0,
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
        if window.contains(&cycle) {
            a.clocks.push(Clock {
                cycle,
                model: model.clone(),
                rtl: rtl.clone(),
                model_op: S::mnemonic(&run.layout, &model),
                rtl_op: S::mnemonic(&run.layout, &rtl),
            });
        }
        a.retirements(run, cycle, at, &model, &rtl);
    }
    a
}

impl Around {
    fn retirements<S: Session>(&mut self, run: &mut Run<S>, cycle: u64, at: u64, model: &[u64], rtl: &[u64]) {
        let m = S::retired(&run.layout, model);
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
            Mismatch::Assertion(_) => return Class::Assertion,
            Mismatch::Stuck => return Class::Hang,
            Mismatch::Probe { .. } if outcome_first => return Class::Outcome,
            Mismatch::Probe { .. } => {}
        }
        classify(&self.model, &self.rtl)
    }
}

/// The class of two retirement sequences that begin at the divergence.
fn classify(model: &[(u64, Retire)], rtl: &[(u64, Retire)]) -> Class {
    let same = |a: &Retire, b: &Retire| {
        let n = a.n_results as usize;
        (a.pc, a.opcode, a.exception, a.meter_after) == (b.pc, b.opcode, b.exception, b.meter_after)
            && a.n_results == b.n_results
            && a.results[..n] == b.results[..n]
    };
    if rtl.is_empty() && model.len() > 1 {
        return Class::Hang;
    }
    let first = model.iter().zip(rtl).position(|((_, m), (_, r))| !same(m, r));
    let Some(i) = first else {
        let shifts = model.iter().zip(rtl).map(|((a, _), (b, _))| *b as i64 - *a as i64);
        return match shifts.into_iter().find(|k| *k != 0) {
            Some(k) => Class::Shifted(k),
            None if rtl.len() < model.len() => Class::Hang,
            None => Class::Value,
        };
    };
    // Resynchronisation decides between a lost, an added and a wrong instruction.
    let matches = |m: &[(u64, Retire)], r: &[(u64, Retire)]| {
        let n = m.len().min(r.len()).min(6);
        n >= 2 && (0..n).all(|j| (m[j].1.pc, m[j].1.opcode) == (r[j].1.pc, r[j].1.opcode))
    };
    if matches(&model[i + 1..], &rtl[i..]) {
        Class::Missing
    } else if matches(&model[i..], &rtl[i + 1..]) {
        Class::Extra
    } else {
        Class::Value
    }
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
        Mismatch::Outcome(text) | Mismatch::Memory(text) => text.clone(),
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
        fields,
        interpreter: verdict(a, &d.what),
        model: a.before.iter().chain(&a.model).take(HISTORY + 16).map(|(c, r)| line(&run.session, *c, r)).collect(),
        rtl: a.before.iter().chain(&a.rtl).take(HISTORY + 16).map(|(c, r)| line(&run.session, *c, r)).collect(),
        replay: request.replay.clone(),
    }
}

/// The field that names a failure: architectural state before bookkeeping.
/// File and line of an assertion, as a signature has them: `calls.sv@213`.
fn assertion_name(place: &str) -> String {
    let place = place.split_whitespace().next().unwrap_or("");
    place.rsplit('/').next().unwrap_or("").replace(':', "@")
}

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
    let results: Vec<_> = r.results[..r.n_results as usize].iter().map(|v| format!("{v:#x}")).collect();
    format!(
        "pc {} opcode {:#04x}, fuel {}, results [{}], code {}",
        r.pc,
        r.opcode,
        r.meter_after.map_or_else(|| "-".into(), |m| m.to_string()),
        results.join(", "),
        r.exception
    )
}

/// Which side the interpreter sides with, at the first instruction where the two differ.
fn verdict(a: &Around, what: &Mismatch) -> String {
    match what {
        Mismatch::Reference { .. } | Mismatch::Outcome(_) => {
            return "disagrees with both model and RTL: the seed decides".into();
        }
        Mismatch::Stuck => return "no instruction to compare".into(),
        Mismatch::Assertion(_) => return "not concerned: the RTL contradicts a claim of its own".into(),
        Mismatch::Memory(_) => return "not concerned: a memory differs from what its write port said".into(),
        Mismatch::Probe { .. } => {}
    }
    for (i, (_, m)) in a.model.iter().enumerate() {
        let Some(reference) = a.reference[i] else { break };
        let rtl = a.rtl.get(i).map(|(_, r)| r);
        let right = |r: &Retire| Retire { order: reference.order, ..*r }.agrees(&reference);
        match (right(m), rtl.map(right)) {
            (true, Some(true)) => {}
            (true, Some(false)) => return format!("agrees with the model, not with the RTL: {}", record(reference)),
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
        results: r.results[..r.n_results as usize].to_vec(),
        exception: S::exception(r.exception),
    }
}

/// The report as text.
pub fn text(r: &Report) -> String {
    let mut s = format!(
        "{}\n\nscenario     {}\ncall         {}\nwhere        {}\nclass        {}\nsignature    {}\ninterpreter  {}\nreplay       {}\n",
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
            let results: Vec<_> = l.results.iter().map(|v| format!("{v:#x}")).collect();
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

/// The window `a..b` of clocks of a run in which nothing failed.
pub fn window<S: Session>(
    make: impl Fn() -> S,
    options: Options,
    range: std::ops::Range<u64>,
    folder: &Path,
) -> io::Result<u64> {
    fs::create_dir_all(folder)?;
    let work = tempfile::Builder::new().prefix(".writing-").tempdir_in(folder)?;
    let rtl_vcd = work.path().join("rtl.vcd");
    let mut run = Run::new(make(), options);
    let n = run.layout.words();
    let (mut model, mut rtl) = (vec![0; n], vec![0; n]);
    let mut clocks = Vec::new();
    while run.cycle < range.end && !run.session.finished() {
        let cycle = run.cycle;
        if cycle == range.start {
            run.dut.as_mut().into_iter().for_each(|d| d.trace_open(&rtl_vcd));
        }
        run.clock_apart(&mut model, &mut rtl);
        if cycle >= range.start {
            let (model_op, rtl_op) = (S::mnemonic(&run.layout, &model), S::mnemonic(&run.layout, &rtl));
            clocks.push(Clock { cycle, model: model.clone(), rtl: rtl.clone(), model_op, rtl_op });
        }
    }
    run.dut.as_mut().into_iter().for_each(|d| d.trace_close());
    if clocks.is_empty() {
        // Nothing to show: leave no empty folders behind.
        drop(work);
        let _ = fs::remove_dir(folder).and_then(|()| folder.parent().map_or(Ok(()), fs::remove_dir));
        return Ok(0);
    }
    let vcd = work.path().join("window.vcd");
    let signals = waves::merge(&rtl_vcd, &run.layout, &clocks, &vcd)?;
    let gtkw = waves::layout("window.vcd", &run.layout, &signals, range.start, range.start, &[]);
    fs::write(work.path().join("window.gtkw"), gtkw)?;
    for file in ["window.vcd", "window.gtkw"] {
        fs::rename(work.path().join(file), folder.join(file))?;
    }
    Ok(clocks.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(pcs: &[(u64, u64)]) -> Vec<(u64, Retire)> {
        pcs.iter().map(|&(cycle, pc)| (cycle, Retire { pc, opcode: pc as u16, ..Retire::default() })).collect()
    }

    #[test]
    fn classes_of_retirement_sequences() {
        let model = seq(&[(10, 1), (11, 2), (12, 3), (13, 4)]);
        assert_eq!(classify(&model, &model), Class::Value);
        assert_eq!(classify(&model, &seq(&[(12, 1), (13, 2), (14, 3), (15, 4)])), Class::Shifted(2));
        assert_eq!(classify(&model, &seq(&[(10, 1), (12, 3), (13, 4)])), Class::Missing);
        assert_eq!(classify(&model, &seq(&[(10, 1), (11, 9), (12, 2), (13, 3), (14, 4)])), Class::Extra);
        assert_eq!(classify(&model, &[]), Class::Hang);
        assert_eq!(classify(&model, &seq(&[(10, 1), (11, 2)])), Class::Hang);
        assert_eq!(classify(&model, &seq(&[(10, 1), (11, 7), (12, 8)])), Class::Value);
    }
}
