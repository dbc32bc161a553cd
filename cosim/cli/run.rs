// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm run`, `avm sim`, `avm cosim`: scenarios in one, two or three descriptions.

use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Failure;
use super::block::{Files, words};
use super::faults;
use super::load::{self, Bad};
use super::output::{Row, print_lines, print_rows};
use super::outputs;
use super::trace;
use crate::failure::{self, Unwritten, konata};
use crate::input::InputError;
use crate::lockstep::snapshot::Snapshots;
use crate::lockstep::{Options, Run};
use crate::machines::{Loaded, Machine};
use crate::names::{Shown, apart, quoted};
use crate::rtl::design::{Design, Dut};
use crate::rtl::object;
use crate::rtl::registers;
use crate::trace::Kind;

/// Megabytes of a window from which its size is said before it is written.
const SAID: u64 = 20;

/// Arguments of all three.
#[derive(Args)]
pub struct Common {
    /// Scenario files, or folders of them.
    #[arg(required_unless_present = "block")]
    pub scenarios: Vec<PathBuf>,
    /// In place of scenarios: the calls of a block of a node, with the pages that the node saw.
    #[arg(long, num_args = 2, value_names = ["DIR", "ROUND"], conflicts_with = "scenarios")]
    pub block: Option<Vec<OsString>>,
    /// Print a line for each call.
    #[arg(short, long)]
    pub calls: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Print a line for each instruction, or for each invocation, with fuel and stack.
    #[arg(long, value_enum, value_name = "OF", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "instructions")]
    pub trace: Option<Kind>,
}

/// Arguments of `avm cosim`.
#[derive(Args)]
pub struct Cosim {
    #[command(flatten)]
    pub(super) common: Common,
    /// Plant an RTL fault (`avm faults` lists them).
    #[arg(long, value_name = "NAME")]
    fault: Option<String>,
    /// Verilog in place of the RTL's file of the same name, or beside it; may be given several times.
    #[arg(long, value_name = "FILE")]
    rtl: Vec<PathBuf>,
    /// Write the window of clocks A..B although nothing failed, to `waves/`.
    #[arg(long, value_name = "A..B", value_parser = range)]
    wave: Option<Range<u64>>,
    /// Largest window that is written.
    #[arg(long, value_name = "MB", default_value_t = 200)]
    wave_limit: u64,
    /// Write a pipeline log of the whole run, for the viewer Konata; takes one scenario.
    #[arg(long, value_name = "FILE")]
    konata: Option<PathBuf>,
    /// Folder for failure folders.
    #[arg(long, default_value = "failures")]
    failures: PathBuf,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let parts = text.split_once("..").and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
    match parts {
        Some((a, b)) if a < b && b - a <= 1_000_000 => Ok(a..b),
        Some(_) => Err("needs A < B and at most 1000000 clocks".into()),
        None => Err("write two clock numbers, such as 100..200".into()),
    }
}

/// The scenarios, and the files that must be there as long as they are.
fn load<M: Machine>(common: &Common) -> Result<(Files, Vec<M::Scenario>, Bad), Failure> {
    let files = Files::find::<M>(&common.scenarios, common.block.as_deref())?;
    let (scenarios, bad) = load::scenarios::<M>(&files.files)?;
    Ok((files, scenarios, bad))
}

/// A bar when more than one scenario runs and a person is watching.
pub fn progress(n: usize, json: bool) -> ProgressBar {
    if json || n < 2 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(n as u64);
    if let Ok(style) = ProgressStyle::with_template("{msg:24} [{bar:30}] {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

/// Whoever read the trace has seen enough: what is left to be run would be for nobody, and it may have no end.
fn nobody_reads(bar: &ProgressBar, bad: Bad) -> Result<(), Failure> {
    bar.finish_and_clear();
    bad.then(Ok(()))
}

/// `avm run`.
pub fn interpret<M: Machine>(common: &Common) -> Result<(), Failure> {
    let (_files, scenarios, bad) = load::<M>(common)?;
    let bar = progress(scenarios.len(), common.json);
    let mut rows = Vec::new();
    for scenario in &scenarios {
        bar.set_message(scenario.name());
        let Ok(calls) = trace::interpreted::<M>(scenario, common) else { return nobody_reads(&bar, bad) };
        rows.push(Row::new::<M>(scenario, calls, "interp"));
        bar.inc(1);
    }
    bar.finish_and_clear();
    bad.then(finish(&rows, common))
}

/// `avm sim`.
pub fn simulate<M: Machine>(common: &Common) -> Result<(), Failure> {
    let (_files, scenarios, bad) = load::<M>(common)?;
    let bar = progress(scenarios.len(), common.json);
    let options = Options { rtl: false, reference: false, mirrors: false, ..Options::default() };
    let mut rows = Vec::new();
    for scenario in &scenarios {
        bar.set_message(scenario.name());
        if trace::clocked::<M>(scenario, common, options).is_err() {
            return nobody_reads(&bar, bad);
        }
        let mut run = Run::new(M::session(scenario), options);
        let stuck = run.to_end();
        let mut row = Row::new::<M>(scenario, run.calls, "model");
        row.divergence = stuck.map(|d| format!("stuck at cycle {}", d.cycle));
        rows.push(row);
        bar.inc(1);
    }
    bar.finish_and_clear();
    bad.then(finish(&rows, common))
}

/// `avm cosim`; of `machines`, the first one is meant where none is named.
pub fn cosim<M: Machine>(arguments: &Cosim, machines: &[&str]) -> Result<(), Failure> {
    let fault = faults::number::<M>(arguments.fault.as_deref(), machines)?;
    let (files, scenarios, bad) = load::<M>(&arguments.common)?;
    if arguments.konata.is_some() {
        only("--konata", &scenarios)?;
    }
    let reads = reads(&files.files, &scenarios, &arguments.rtl);
    outputs::check(&reads, &outputs::given(&[("--konata", &arguments.konata)]))?;
    let design = other_rtl::<M>(&arguments.rtl)?;
    let bar = progress(scenarios.len(), arguments.common.json);
    let options = Options { fault, design, ..Options::default() };
    let (mut rows, mut troubles) = (Vec::new(), Vec::new());
    for scenario in &scenarios {
        bar.set_message(scenario.name());
        // Files that are asked for are wanted all the same.
        let files = arguments.konata.is_some() || arguments.wave.is_some();
        if trace::clocked::<M>(scenario, &arguments.common, options).is_err() && !files {
            return nobody_reads(&bar, bad);
        }
        rows.push(cosim_one::<M>(scenario, options, arguments, &mut troubles));
        bar.inc(1);
    }
    bar.finish_and_clear();
    // What came out is said before anything else can go wrong.
    let result = finish(&rows, &arguments.common);
    let mut written = vec![if troubles.is_empty() { Ok(()) } else { Err(Failure::Tool(troubles.join("\n"))) }];
    if let Some(file) = &arguments.konata {
        match rows[0].divergence {
            Some(_) => {
                let file = outputs::shown(file);
                tell!("{file} is not written: the failure's folder has both sides' logs of its window")
            }
            None => written.push(pipeline_log::<M>(&scenarios[0], file)),
        }
    }
    if let Some(range) = &arguments.wave {
        let names = apart(&scenarios.iter().map(Loaded::path).collect::<Vec<_>>());
        for ((scenario, name), row) in scenarios.iter().zip(&names).zip(&rows) {
            // A failure ends a call early, and a window goes on.
            let end = if row.divergence.is_some() { range.end } else { range.end.min(row.clocks) };
            written.push(wave::<M>(scenario, options, (range.start..end, name), arguments.wave_limit));
        }
    } else if !arguments.common.json && rows.iter().all(|r| r.divergence.is_none()) {
        tell!("no failure, no wave; --wave A..B writes a window of clocks");
    }
    outputs::all(written)?;
    bad.then(result)
}

/// The design with these files in it; none if there are none.
fn other_rtl<M: Machine>(files: &[PathBuf]) -> Result<Option<&'static Design>, Failure> {
    if files.is_empty() {
        return Ok(None);
    }
    let rtl = M::RTL;
    let design = object::with_files(rtl, files, Path::new(object::KEPT))?;
    let dut = Dut::new(design, 0, 0);
    let fields = registers::parse(rtl.registers).map_err(Failure::Tool)?;
    let absent: Vec<_> = (0..fields.len()).filter(|i| !dut.registers().has(*i)).map(|i| fields[i].field).collect();
    if absent.len() == fields.len() {
        let what = "this RTL has none of the core's registers: there is nothing to compare; their names are those of";
        return Err(InputError::plain(format!("{what} {}", rtl.dirs.join(" and "))).into());
    }
    if !absent.is_empty() {
        let (count, of) = (absent.len(), fields.len());
        tell!("note: {count} of {of} registers are not in this RTL, and not compared: {}", absent.join(" "));
    }
    Ok(Some(design))
}

fn cosim_one<M: Machine>(
    scenario: &M::Scenario,
    options: Options,
    arguments: &Cosim,
    troubles: &mut Vec<String>,
) -> Row {
    let mut run = Run::new(M::session(scenario), options);
    let mut snapshots = Snapshots::default();
    let divergence = snapshots.to_end(&mut run);
    let calls = std::mem::take(&mut run.calls);
    let mut row = Row::new::<M>(scenario, calls, "lockstep");
    row.clocks = run.cycle;
    let Some(d) = divergence else { return row };
    let fault = arguments.fault.as_ref().map_or_else(String::new, |f| format!(" --fault {f}"));
    let again = arguments.common.block.as_deref().map_or_else(|| quoted(scenario.path()), words);
    let rtl: String = arguments.rtl.iter().map(|f| format!(" --rtl {}", quoted(f))).collect();
    let request = failure::Request {
        scenario: &scenario.path().shown(),
        replay: format!("avm cosim{fault}{rtl} {again}"),
        copies: copies(scenario),
        root: &arguments.failures,
    };
    let (report, folder) = match failure::write_long(run, snapshots, || M::session(scenario), &d, &request) {
        Ok((report, folder)) => (Some(report), folder.shown()),
        // There is a mismatch all the same.
        Err(Unwritten { report, error }) => {
            let root = arguments.failures.shown();
            troubles.push(format!("{}: cannot write a failure folder in {root}: {error}", scenario.path().shown()));
            (report.map(|r| *r), format!("no folder: {error}"))
        }
    };
    let summary = report.as_ref().map_or_else(|| format!("at cycle {}", d.cycle), |r| r.summary.clone());
    row.divergence = Some(format!("{summary}\n  {folder}"));
    row.signature = report.map(|r| r.signature);
    row
}

/// What a command reads: files of scenarios, right or not, what the right ones load, and others.
pub fn reads(files: &[PathBuf], scenarios: &[impl Loaded], others: &[PathBuf]) -> Vec<PathBuf> {
    let loaded = scenarios.iter().flat_map(copies);
    files.iter().chain(others).cloned().chain(loaded).collect()
}

/// The scenario and what it loads.
pub fn copies(scenario: &impl Loaded) -> Vec<PathBuf> {
    let folder = scenario.path().parent().unwrap_or(Path::new(""));
    let mut files = vec![scenario.path().to_path_buf()];
    files.extend(scenario.files().iter().map(|f| folder.join(f)));
    files
}

fn wave<M: Machine>(
    scenario: &M::Scenario,
    options: Options,
    (range, name): (Range<u64>, &str),
    limit: u64,
) -> Result<(), Failure> {
    let megabytes = (range.end.saturating_sub(range.start) * failure::BYTES).div_ceil(1_000_000);
    if megabytes > limit {
        let help = format!("name fewer clocks, or allow it with --wave-limit {megabytes}");
        return Err(InputError::plain(format!("{name}: error: a window of about {megabytes} MB ({help})")).into());
    }
    if megabytes >= SAID {
        tell!("{name}: writing a window of about {megabytes} MB");
    }
    let root = Path::new("waves");
    let place = (root, name, &*scenario.path().shown());
    let (clocks, folder) = failure::window(|| M::session(scenario), options, range.clone(), place)
        .map_err(|e| Failure::Tool(format!("cannot write {}: {e}", root.join(name).shown())))?;
    if clocks == 0 {
        let what = format!("{name}: error: the run ends before clock {} (name an earlier one)", range.start);
        return Err(InputError::plain(what).into());
    }
    tell!(
        "{name}: {clocks} clocks in {}; open with: gtkwave {}",
        folder.join("window.vcd").shown(),
        quoted(folder.join("window.gtkw"))
    );
    Ok(())
}

/// Refuses files that show one run over time where there are several, or none.
pub fn only<S>(option: &str, scenarios: &[S]) -> Result<(), InputError> {
    match scenarios.len() {
        1 => Ok(()),
        n => Err(InputError::plain(format!("{option} writes what happens in one run, not in {n}: name one scenario"))),
    }
}

/// Writes the pipeline log of a run of the core model.
pub fn pipeline_log<M: Machine>(scenario: &M::Scenario, file: &Path) -> Result<(), Failure> {
    let retired = konata::whole(M::session(scenario), file).map_err(|e| outputs::failed(file, &e))?;
    tell!("{}: {retired} instructions in {}; open with: konata", scenario.name(), outputs::shown(file));
    Ok(())
}

fn finish(rows: &[Row], common: &Common) -> Result<(), Failure> {
    let failed = rows.iter().any(Row::failed);
    match common.trace {
        Some(_) if common.json => print_lines(rows),
        _ => print_rows(rows, common.calls, common.json),
    }
    if failed { Err(Failure::Unexpected) } else { Ok(()) }
}
