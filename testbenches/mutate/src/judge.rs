// SPDX-License-Identifier: MIT OR Apache-2.0
//! Judges one mutant: processes of the mutated `avm`, tier by tier, until one kills it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::Trouble;
use crate::point::{Mutant, Switch};

/// Clocks after which a scenario or random program hangs; the longest takes 2.7 million.
const CYCLES: &str = "4000000";
/// Time after which a process hangs.
const LIMIT: Duration = Duration::from_secs(40);
const SUITE: &str = "testbenches/algorand";

/// What became of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A description or an expectation disagrees.
    Killed(Kill),
    /// The model panics.
    Panicked(Kill),
    /// It does not come to an end.
    Hung(Kill),
    /// Only cycles differ, from pinned ones or from those without a mutant.
    Timing(Kill),
    /// Nothing differs.
    Survived,
}

/// Where a mutant was killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Tier.
    pub tier: &'static str,
    /// Signature of the first failure.
    pub signature: String,
    /// First scenario, or seed.
    pub program: String,
}

impl Fate {
    /// One word.
    pub fn word(&self) -> &'static str {
        match self {
            Fate::Killed(_) => "killed",
            Fate::Panicked(_) => "panic",
            Fate::Hung(_) => "hang",
            Fate::Timing(_) => "timing",
            Fate::Survived => "survived",
        }
    }

    /// Where, unless it survived.
    pub fn kill(&self) -> Option<&Kill> {
        match self {
            Fate::Killed(k) | Fate::Panicked(k) | Fate::Hung(k) | Fate::Timing(k) => Some(k),
            Fate::Survived => None,
        }
    }

    /// It is of no consequence for what a program computes.
    pub fn is_left(&self) -> bool {
        matches!(self, Fate::Timing(_) | Fate::Survived)
    }
}

/// How mutants are judged.
pub struct Judge<'a> {
    /// The mutated `avm`.
    pub avm: &'a Path,
    /// The repository.
    pub root: &'a Path,
    /// Folder for what a process prints.
    pub scratch: &'a Path,
    /// Random programs.
    pub seeds: u32,
    /// Clocks without a mutant.
    pub clocks: Clocks,
}

/// Clocks of a tier's scenarios by name; those of random programs are one sum.
pub type Clocks = BTreeMap<(&'static str, String), u64>;

/// What a process gave.
enum Ended {
    /// It ended: exit code, output.
    Code(Option<i32>, String),
    /// It was ended after [`LIMIT`].
    TooLong,
}

/// What a regression gave.
struct Seen {
    fate: Fate,
    /// A cell that retired outside the table.
    outside: Option<Kill>,
    clocks: Clocks,
}

impl From<Fate> for Seen {
    fn from(fate: Fate) -> Seen {
        Seen { fate, outside: None, clocks: Clocks::new() }
    }
}

impl Judge<'_> {
    /// The fate of a mutant.
    ///
    /// # Errors
    /// A process does not start, or ends in a way that is none of `avm`'s.
    pub fn fate(&self, mutant: &Mutant) -> Result<Fate, Trouble> {
        match &mutant.switch {
            Switch::Point(n) => self.point(&n.to_string()),
            Switch::Cell(what, of) => self.cell(&format!("{what} {of}"), what),
        }
    }

    /// Runs everything without a mutant, which must survive, and keeps its clocks.
    ///
    /// # Errors
    /// It does not survive; or as for a mutant.
    pub fn without(&mut self) -> Result<(), Trouble> {
        let folders = ["units", "programs", "contracts"].map(|f| format!("{SUITE}/{f}"));
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        let mut clocks = Clocks::new();
        for (tier, what) in self.tiers() {
            let what: Vec<&str> = what.iter().map(String::as_str).collect();
            let seen = self.regress("", tier, &what)?;
            refuse(&seen.fate)?;
            clocks.extend(seen.clocks);
        }
        self.clocks = clocks;
        refuse(&self.point("")?)?;
        refuse(&self.cell("", "")?)?;
        match self.regress("", "coverage", &folders)?.outside {
            Some(kill) => refuse(&Fate::Killed(kill)),
            None => Ok(()),
        }
    }

    /// What the core model is judged by, the quickest first.
    fn tiers(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut tiers = vec![
            ("units", vec![format!("{SUITE}/units")]),
            ("programs", vec![format!("{SUITE}/programs"), format!("{SUITE}/contracts")]),
        ];
        if self.seeds > 0 {
            tiers.push(("random", vec!["--seeds".into(), format!("0..{}", self.seeds)]));
        }
        tiers
    }

    /// The core model, judged by the interpreter.
    fn point(&self, armed: &str) -> Result<Fate, Trouble> {
        let mut timing = None;
        for (tier, what) in self.tiers() {
            let what: Vec<&str> = what.iter().map(String::as_str).collect();
            let seen = self.regress(armed, tier, &what)?;
            match seen.fate {
                Fate::Survived => timing = timing.or_else(|| self.slower(tier, &seen.clocks)),
                Fate::Timing(kill) => timing = timing.or(Some(kill)),
                fate => return Ok(fate),
            }
        }
        Ok(timing.map_or(Fate::Survived, Fate::Timing))
    }

    /// A table, judged by expectations: of the interpreter, then of the model; its column of exceptions by what
    /// retires outside it.
    fn cell(&self, armed: &str, what: &str) -> Result<Fate, Trouble> {
        let folders = ["units", "programs", "contracts"].map(|f| format!("{SUITE}/{f}"));
        let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
        if what == "throws-" {
            let seen = self.regress(armed, "coverage", &folders)?;
            return Ok(seen.outside.map_or(Fate::Survived, Fate::Killed));
        }
        for (tier, command) in [("interpreter", "run"), ("model", "sim")] {
            // What the interpreter throws is changed in the interpreter.
            if command == "sim" && what == "raises" {
                break;
            }
            let fate = self.expectations(armed, tier, command, &folders)?;
            if fate != Fate::Survived {
                return Ok(fate);
            }
        }
        Ok(Fate::Survived)
    }

    fn expectations(&self, armed: &str, tier: &'static str, command: &str, what: &[&str]) -> Result<Fate, Trouble> {
        let kill = |signature: String, program: &str| Kill { tier, signature, program: program.into() };
        let out = match self.avm(armed, &[&[command, "--json"], what].concat())? {
            Ended::TooLong => return Ok(Fate::Hung(kill("hang:time:any".into(), ""))),
            Ended::Code(Some(0), _) => return Ok(Fate::Survived),
            Ended::Code(Some(1), out) => out,
            Ended::Code(Some(3), _) => return Ok(Fate::Panicked(kill("tool:panic".into(), ""))),
            Ended::Code(code, out) => return Err(unknown(armed, code, &out)),
        };
        let rows: Value = serde_json::from_str(&out).map_err(|e| Trouble(format!("avm {command} --json: {e}")))?;
        for row in rows.as_array().into_iter().flatten() {
            let name = text(row, "scenario");
            if row["divergence"].is_string() {
                return Ok(Fate::Hung(kill("hang:stuck:any".into(), name)));
            }
            for call in row["calls"].as_array().into_iter().flatten() {
                let missed = call["missed"].as_array().into_iter().flatten().filter_map(Value::as_str);
                if let Some(first) = missed.into_iter().find(|m| !m.starts_with("cycles")) {
                    let what = first.split(':').next().unwrap_or("");
                    return Ok(Fate::Killed(kill(format!("expectation:{what}:{}", text(call, "call")), name)));
                }
            }
        }
        Ok(Fate::Survived)
    }

    /// The first scenario that took other clocks than without a mutant.
    fn slower(&self, tier: &'static str, clocks: &Clocks) -> Option<Kill> {
        let ((_, program), _) = clocks.iter().find(|(key, n)| self.clocks.get(key) != Some(n))?;
        Some(Kill { tier, signature: "cycles".into(), program: program.clone() })
    }

    /// A regression without RTL.
    fn regress(&self, armed: &str, tier: &'static str, what: &[&str]) -> Result<Seen, Trouble> {
        let options =
            ["regress", "--no-rtl", "--no-store", "--first", "--jobs", "1", "--cycles", CYCLES, "--json", "-"];
        let kill = |signature: &str, program: &str| Kill { tier, signature: signature.into(), program: program.into() };
        let out = match self.avm(armed, &[&options[..], what].concat())? {
            Ended::TooLong => return Ok(Fate::Hung(kill("hang:time:any", "")).into()),
            Ended::Code(Some(0 | 1), out) => out,
            Ended::Code(Some(3), out) if !out.is_empty() => out,
            Ended::Code(Some(3), _) => return Ok(Fate::Panicked(kill("tool:panic", "")).into()),
            Ended::Code(code, out) => return Err(unknown(armed, code, &out)),
        };
        let lines: Result<Vec<Value>, _> = out.lines().map(serde_json::from_str).collect();
        let lines = lines.map_err(|e| Trouble(format!("avm regress --json: {e}")))?;
        let mut fate = Fate::Survived;
        for line in lines.iter().filter(|l| l["type"] == "failure") {
            let one = verdict(text(line, "signature"), kill(text(line, "signature"), text(line, "first")));
            if rank(&one) > rank(&fate) {
                fate = one;
            }
        }
        let scenarios = lines.iter().filter(|l| l["type"] == "scenario").map(|l| (text(l, "scenario"), &l["cycles"]));
        let all = lines.iter().filter(|l| l["type"] == "end").map(|l| ("all", &l["clocks"]));
        let clocks =
            scenarios.chain(all).map(|(name, n)| ((tier, name.to_string()), n.as_u64().unwrap_or(0))).collect();
        let cover = lines.iter().find(|l| l["type"] == "cover").and_then(|l| l["outside"].as_object());
        let outside = cover.and_then(|o| o.keys().next()).map(|cell| kill(&format!("outside:{cell}"), ""));
        Ok(Seen { fate, outside, clocks })
    }

    /// Runs the mutated `avm`.
    fn avm(&self, armed: &str, arguments: &[&str]) -> Result<Ended, Trouble> {
        let scratch = tempfile::tempdir_in(self.scratch).map_err(|e| Trouble::at(self.scratch, e))?;
        let path = scratch.path().join("out");
        let file = File::create(&path).map_err(|e| Trouble::at(&path, e))?;
        let mut command = Command::new(self.avm);
        command.args(arguments).current_dir(self.root).env("AVM_MUTANT", armed);
        command.stdin(Stdio::null()).stdout(file).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|e| Trouble::at(self.avm, e))?;
        let began = Instant::now();
        let status = loop {
            match child.try_wait().map_err(|e| Trouble::at(self.avm, e))? {
                Some(status) => break status,
                None if began.elapsed() > LIMIT => {
                    // It may have ended in between.
                    let _ = child.kill();
                    let _ = child.wait();
                    return Ok(Ended::TooLong);
                }
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let mut out = String::new();
        File::open(&path).and_then(|mut f| f.read_to_string(&mut out)).map_err(|e| Trouble::at(&path, e))?;
        Ok(Ended::Code(status.code(), out))
    }
}

/// Refuses to judge mutants by what fails without one.
fn refuse(fate: &Fate) -> Result<(), Trouble> {
    match fate.kill() {
        None => Ok(()),
        Some(kill) => Err(Trouble(format!(
            "without a mutant there is a failure already, {} in {} ({}): make that good first",
            kill.signature, kill.program, kill.tier
        ))),
    }
}

fn verdict(signature: &str, kill: Kill) -> Fate {
    if signature.starts_with("expectation:cycles") {
        Fate::Timing(kill)
    } else if signature.starts_with("tool:panic") {
        Fate::Panicked(kill)
    } else if signature.starts_with("hang:") {
        Fate::Hung(kill)
    } else {
        Fate::Killed(kill)
    }
}

/// The strongest verdict of several is that of the mutant: a panic or a hang may be due to the harness.
fn rank(fate: &Fate) -> u8 {
    match fate {
        Fate::Survived => 0,
        Fate::Timing(_) => 1,
        Fate::Panicked(_) => 2,
        Fate::Hung(_) => 3,
        Fate::Killed(_) => 4,
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn unknown(armed: &str, code: Option<i32>, out: &str) -> Trouble {
    let code = code.map_or_else(|| "by a signal".into(), |c| format!("with exit code {c}"));
    Trouble(format!("mutant `{armed}`: avm ended {code}: {}", out.lines().last().unwrap_or("")))
}
