// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tables and JSON that commands print.

use std::fmt::Write as _;
use std::path::PathBuf;

use avm_sim::trace::Core;
use serde::Serialize;

use super::Failure;
use crate::input::InputError;
use crate::lockstep::{CallFigures, PageReport};
use crate::machines::{IsaFormat, Loaded, Machine};
use crate::names::{Shown, apart, printable_json};
use crate::output::print;
use crate::place::Place;

/// One scenario's results.
pub struct Row {
    path: PathBuf,
    about: String,
    mode: &'static str,
    /// Its calls.
    pub calls: Vec<CallFigures>,
    /// Calls that the scenario has.
    planned: usize,
    /// Clocks from reset, of all calls and between them; 0 if nobody counted.
    pub clocks: u64,
    /// Why it stopped early, if it did.
    pub divergence: Option<String>,
    /// Signature of the failure.
    pub signature: Option<String>,
    /// Names of the cycle causes.
    causes: &'static [&'static str],
}

impl Row {
    /// Results of `scenario` in `mode`.
    pub fn new<M: Machine>(scenario: &M::Scenario, calls: Vec<CallFigures>, mode: &'static str) -> Row {
        Row {
            path: scenario.path().into(),
            about: scenario.about().into(),
            mode,
            calls,
            planned: scenario.calls(),
            clocks: 0,
            divergence: None,
            signature: None,
            causes: M::Core::CAUSES,
        }
    }

    /// Bytecodes retired.
    pub fn retired(&self) -> u64 {
        self.calls.iter().map(|c| c.retired).sum()
    }

    /// Cycles; 0 without a clock.
    pub fn cycles(&self) -> u64 {
        self.calls.iter().map(|c| c.cycles).sum()
    }

    fn fuel(&self) -> i64 {
        self.calls.iter().map(|c| c.end.fuel_used).sum()
    }

    fn missed(&self) -> usize {
        self.calls.iter().filter(|c| !c.end.missed.is_empty()).count()
    }

    /// A mismatch or a missed expectation.
    pub fn failed(&self) -> bool {
        self.divergence.is_some() || self.missed() > 0
    }

    fn verdict(&self) -> String {
        match (&self.divergence, self.missed()) {
            (Some(_), _) => "MISMATCH".into(),
            (None, 0) if self.mode == "lockstep" => "match".into(),
            (None, 0) => "ok".into(),
            (None, n) => format!("{n} MISSED"),
        }
    }
}

#[derive(Serialize)]
struct JsonRow<'a> {
    scenario: &'a str,
    path: String,
    about: &'a str,
    mode: &'a str,
    bytecodes: u64,
    cycles: u64,
    fuel: i64,
    verdict: String,
    divergence: Option<&'a str>,
    signature: Option<&'a str>,
    calls: Vec<JsonCall<'a>>,
}

#[derive(Serialize)]
struct JsonCall<'a> {
    call: &'a str,
    outcome: &'a str,
    bytecodes: u64,
    cycles: u64,
    fuel: i64,
    touched: &'a [String],
    written: &'a [String],
    log: u32,
    missed: &'a [String],
    place: Option<&'a Place>,
    causes: Vec<(&'static str, u64)>,
}

/// Prints the results of several scenarios.
pub fn print_rows(rows: &[Row], calls: bool, json: bool) {
    let text = match json {
        true => line(serde_json::to_string_pretty(&json_rows(rows, &names(rows)))),
        false => table(rows, calls),
    };
    print(format_args!("{text}"));
}

/// Names that tell the rows apart.
fn names(rows: &[Row]) -> Vec<String> {
    apart(&rows.iter().map(|r| &r.path).collect::<Vec<_>>())
}

/// The same in JSON with a line for each scenario, behind a trace.
pub fn print_lines(rows: &[Row]) {
    json_rows(rows, &names(rows)).iter().for_each(|row| print(format_args!("{}", line(serde_json::to_string(row)))));
}

/// What came of writing JSON, as a line.
fn line(written: serde_json::Result<String>) -> String {
    written.map_or_else(|e| format!("{{\"error\": \"{e}\"}}\n"), |s| printable_json(s) + "\n")
}

fn json_rows<'a>(rows: &'a [Row], names: &'a [String]) -> Vec<JsonRow<'a>> {
    rows.iter()
        .zip(names)
        .map(|(r, name)| JsonRow {
            scenario: name,
            path: r.path.shown(),
            about: &r.about,
            mode: r.mode,
            bytecodes: r.retired(),
            cycles: r.cycles(),
            fuel: r.fuel(),
            verdict: r.verdict(),
            divergence: r.divergence.as_deref(),
            signature: r.signature.as_deref(),
            calls: r
                .calls
                .iter()
                .map(|c| JsonCall {
                    call: &c.end.name,
                    outcome: &c.end.outcome,
                    bytecodes: c.retired,
                    cycles: c.cycles,
                    fuel: c.end.fuel_used,
                    touched: &c.end.pages.touched,
                    written: &c.end.pages.written,
                    log: c.end.pages.log,
                    missed: &c.end.missed,
                    place: c.end.place.as_deref(),
                    causes: r.causes.iter().copied().zip(c.causes.iter().copied()).filter(|(_, n)| *n > 0).collect(),
                })
                .collect(),
        })
        .collect()
}

fn table(rows: &[Row], calls: bool) -> String {
    let names = names(rows);
    let width = names.iter().map(|n| n.chars().count()).max().unwrap_or(0).max(8);
    let mut s = format!(
        "{:width$} {:>6} {:>10} {:>10} {:>15} {:>10}  {}\n",
        "program",
        "calls",
        "bytecodes",
        "cycles",
        "bytecodes/cycle",
        "fuel",
        rows.first().map_or("", |r| r.mode)
    );
    for (r, name) in rows.iter().zip(&names) {
        let clocked = |text: String| if r.cycles() == 0 { "-".into() } else { text };
        let _ = writeln!(
            s,
            "{name:width$} {:>6} {:>10} {:>10} {:>15} {:>10}  {}",
            r.calls.len(),
            r.retired(),
            clocked(r.cycles().to_string()),
            clocked(format!("{:.3}", r.retired() as f64 / r.cycles().max(1) as f64)),
            r.fuel(),
            r.verdict()
        );
        for c in r.calls.iter().filter(|c| calls || !c.end.missed.is_empty()) {
            let (end, pages) = (&c.end, pages_text(&c.end.pages));
            let _ =
                writeln!(s, "  {}: {}, {} bytecodes, fuel {}{pages}", end.name, end.outcome, c.retired, end.fuel_used);
            c.end.place.iter().flat_map(|place| place.lines()).for_each(|line| {
                let _ = writeln!(s, "    {line}");
            });
            c.end.missed.iter().for_each(|m| {
                let _ = writeln!(s, "    missed {m}");
            });
        }
        if let Some(d) = &r.divergence {
            let _ = writeln!(s, "  {d}");
            if r.calls.len() < r.planned {
                let _ = writeln!(s, "  {} of {} calls made", r.calls.len(), r.planned);
            }
        }
    }
    s
}

/// Touched pages, written ones with a star, and the undo log's high mark, as far as there are any.
fn pages_text(pages: &PageReport) -> String {
    let only_written = pages.written.iter().filter(|p| !pages.touched.contains(p));
    let listed: Vec<_> = pages.touched.iter().chain(only_written).collect();
    let mut text = String::from(if listed.is_empty() { "" } else { ", pages" });
    for page in listed {
        let star = if pages.written.contains(page) { "*" } else { "" };
        let _ = write!(text, " {page}{star}");
    }
    if pages.log > 0 {
        let _ = write!(text, ", log {}", pages.log);
    }
    text
}

/// `avm isa`.
pub fn isa<M: Machine>(format: IsaFormat) -> Result<(), Failure> {
    let none = || InputError::plain(format!("the machine `{}` has no table of its instructions", M::NAME));
    let text = M::isa(format).ok_or_else(none)?;
    print(format_args!("{text}"));
    Ok(())
}
