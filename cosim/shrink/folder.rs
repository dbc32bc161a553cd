// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failure folders: what is needed of them to run the failure again, and what shrinking writes into them.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Draft;
use crate::input::{Input, InputError};
use crate::lockstep::Options;
use crate::machines::{self, Machine};
use crate::names::Shown;
use crate::output::write_whole;
use crate::scenario;

/// What shrinking writes.
pub const SHRUNK: &str = "shrunk.toml";
/// The scenario of a random program.
pub const PROGRAM: &str = "program.toml";
/// The tree that a random program was drawn as, beside it, if its machine draws trees.
pub const PLAN: &str = "program.plan.json";

/// A failure folder, read.
#[derive(Debug)]
pub struct Folder<M: Machine> {
    /// Where it is.
    pub path: PathBuf,
    /// Signature of the failure.
    pub signature: String,
    /// Its clock, from reset.
    pub cycle: u64,
    /// One line about it.
    pub summary: String,
    /// Planted fault.
    pub fault: Option<String>,
    /// What takes part.
    pub options: Options,
    /// What fails.
    pub scenario: M::Scenario,
    /// What shrinking edits of it.
    pub draft: M::Draft,
}

/// What says how it failed.
const REPORT: &str = "report.json";

/// What is read of [`REPORT`].
#[derive(Deserialize)]
struct Report {
    scenario: String,
    signature: String,
    cycle: u64,
    summary: String,
    replay: String,
    options: Option<Taking>,
}

/// Options as recorded; folders that lack them are of runs with the usual ones.
#[derive(Deserialize)]
struct Taking {
    rtl: bool,
    fault: u8,
    reference: bool,
    mirrors: bool,
    assertions: bool,
}

/// The machine of a folder's scenario; `None` where the folder is not right, which loading it will say.
///
/// # Errors
/// The scenario names none of `machines`.
pub fn machine(path: &Path, machines: &[&'static str]) -> Result<Option<&'static str>, InputError> {
    let report = json::<Report>(&path.join(REPORT)).ok();
    match report.and_then(|r| copy(path, &r.scenario).ok()) {
        Some(file) => scenario::machine(&file, machines),
        None => Ok(None),
    }
}

impl<M: Machine> Folder<M> {
    /// Reads and checks a folder.
    ///
    /// # Errors
    /// It is none, or cannot be run by itself.
    pub fn load(path: &Path) -> Result<Self, InputError> {
        if !path.is_dir() {
            let what = if path.exists() { "not a folder" } else { "no such folder" };
            return Err(plain(path, format!("{what} (name a failure folder, such as failures/NAME)")));
        }
        let file = path.join(REPORT);
        if !file.is_file() {
            return Err(plain(path, "no failure folder: it has no report.json".into()));
        }
        let report: Report = json(&file)?;
        if report.signature.splitn(3, ':').count() != 3 {
            return Err(plain(&file, format!("`{}` is not a signature", report.signature)));
        }
        let words: Vec<&str> = report.replay.split_whitespace().collect();
        if words.contains(&"--batch") {
            let what = "it shows only after the programs that ran before it on the same core";
            return Err(plain(path, format!("{what} (replay it with: {})", report.replay)));
        }
        if words.contains(&"--rtl") {
            let what = "it is of other RTL than the one that is built in";
            return Err(plain(path, format!("{what} (replay it with: {})", report.replay)));
        }
        // Before its fault, which another machine does not have.
        let scenario = machines::load::<M>(&copy(path, &report.scenario)?)?;
        let fault = words.windows(2).find(|w| w[0] == "--fault").map(|w| w[1].to_string());
        let (fault, options) = options::<M>(&file, fault, report.options)?;
        let draft = M::Draft::load(&scenario)?;
        let Report { signature, cycle, summary, .. } = report;
        Ok(Folder { path: path.into(), signature, cycle, summary, fault, options, scenario, draft })
    }

    /// Writes the smaller scenario, complete or not at all.
    ///
    /// # Errors
    /// The folder cannot be written to.
    pub fn write(&self, text: &str) -> io::Result<PathBuf> {
        let to = self.path.join(SHRUNK);
        write_whole(&to, text.as_bytes())?;
        Ok(to)
    }
}

fn plain(path: &Path, what: String) -> InputError {
    InputError::plain(format!("{}: error: {what}", path.shown()))
}

/// Reads a file of JSON.
///
/// # Errors
/// There is none, or it holds something else.
pub fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, InputError> {
    let text = Input::read(path)?;
    serde_json::from_str(text.text()).map_err(|e| {
        // The place first, as in all errors.
        let (line, column) = (e.line(), e.column());
        let what = e.to_string();
        let what = what.split(" at line ").next().unwrap_or("");
        InputError::plain(format!("{}:{line}:{column}: error: {what}", path.shown()))
    })
}

/// The planted fault by its name, which stays while numbers move.
fn options<M: Machine>(
    file: &Path,
    name: Option<String>,
    taking: Option<Taking>,
) -> Result<(Option<String>, Options), InputError> {
    let mut options = Options::default();
    if let Some(t) = taking {
        let Taking { rtl, fault, reference, mirrors, assertions } = t;
        options = Options { rtl, fault, reference, mirrors, assertions, ..options };
    }
    let unknown = |fault: &str| plain(file, format!("this build has no planted fault `{fault}`"));
    let name = match name {
        Some(name) => Some(name),
        None if options.fault == 0 => None,
        None => {
            let fault = M::FAULTS.get(usize::from(options.fault) - 1);
            Some(fault.ok_or_else(|| unknown(&format!("number {}", options.fault)))?.name.to_string())
        }
    };
    if let Some(name) = &name {
        options.fault = M::fault(name).ok_or_else(|| unknown(name))?;
    }
    Ok((name, options))
}

/// The copy of the scenario.
fn copy(folder: &Path, name: &str) -> Result<PathBuf, InputError> {
    let own = Path::new(name).file_name().map(|n| folder.join(n));
    let named = [own, Some(folder.join(PROGRAM))];
    let found = named.into_iter().flatten().find(|p| p.extension().is_some_and(|e| e == "toml") && p.is_file());
    found.ok_or_else(|| plain(folder, format!("no copy of the scenario `{name}` in it")))
}
