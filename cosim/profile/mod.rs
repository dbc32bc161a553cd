// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the cycles of scenarios go: by opcode, cause, method, call site, source line and stack of calls, on the core
//! model, whose attribution lockstep compares with the RTL's registers ([`crate::lockstep::account`]). Knows no machine.
//!
//! A cycle belongs to the instruction that the last stage held in it; one in which that was empty to the instruction
//! before, which it waits behind. What comes before the first instruction of a call is a row of its own, [`START`], and so
//! is what an instruction took that the call ended with and that never retired, [`END`].

pub mod against;
mod calls;
mod collect;
pub mod flame;
pub mod page;
pub mod perfetto;
pub mod table;
pub mod text;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use collect::{Taken, take};

/// Name of what is spent before the first instruction of a call.
pub const START: &str = "(start)";
/// Name of what is spent on an instruction that never retires: the call ends with it.
pub const END: &str = "(end)";
/// Form of the JSON.
pub const FORM: u32 = 1;

/// Cycles by the name of their cause, as far as there are any.
pub type Causes = BTreeMap<String, u64>;

/// A profile: what `avm profile --json` prints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Form of this file: 1.
    pub form: u32,
    /// Machine.
    pub machine: String,
    /// Scenarios, as named on the command line.
    pub scenarios: Vec<String>,
    /// Calls made.
    pub calls: u64,
    /// Instructions retired.
    pub instructions: u64,
    /// Cycles of the calls.
    pub cycles: u64,
    /// Names of the causes that the core tells apart.
    pub cause_names: Vec<String>,
    /// Cycles by cause.
    pub causes: Causes,
    /// By opcode, most cycles first.
    pub opcodes: Vec<Opcode>,
    /// By method, most cycles first.
    pub methods: Vec<Method>,
    /// By place of a call, most cycles first.
    pub call_sites: Vec<CallSite>,
    /// By line of a source, in its order.
    pub lines: Vec<Line>,
    /// By stack of methods, the outermost first.
    pub stacks: Vec<Stack>,
}

/// What an opcode cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opcode {
    /// Mnemonic.
    pub name: String,
    /// How often it retired.
    pub count: u64,
    /// Cycles.
    pub cycles: u64,
    /// Fewest cycles of one.
    pub min: u64,
    /// Half of them took at most so many.
    pub median: u64,
    /// Most cycles of one.
    pub max: u64,
    /// Cycles by cause.
    pub causes: Causes,
}

/// What a method cost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Its application, where there are several.
    pub application: String,
    /// Its name.
    pub name: String,
    /// How often it was entered.
    pub calls: u64,
    /// Instructions retired in it.
    pub count: u64,
    /// Cycles in it, without those of what it calls.
    pub cycles: u64,
    /// Cycles while it was active, each counted once however often it is.
    pub inclusive: u64,
    /// Its own cycles by cause.
    pub causes: Causes,
}

/// What was called from one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallSite {
    /// Application and method that call.
    pub caller: String,
    /// Line of the call in the source; 0 without one.
    pub line: u32,
    /// Address of the call.
    pub pc: u64,
    /// Application and method that are called.
    pub callee: String,
    /// How often.
    pub calls: u64,
    /// Cycles until their return.
    pub inclusive: u64,
}

/// What a line of a source cost, or an instruction where there is no source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Application, where there are several.
    pub application: String,
    /// The source; empty without one.
    pub file: String,
    /// Its line, from 1; 0 without a source.
    pub line: u32,
    /// Address, of what has no line.
    pub pc: u64,
    /// The line, or the instruction.
    pub text: String,
    /// Instructions retired.
    pub count: u64,
    /// Cycles.
    pub cycles: u64,
    /// Cycles by cause.
    pub causes: Causes,
}

/// What was spent while exactly these methods were active.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stack {
    /// Scenario, then methods, the outermost first.
    pub frames: Vec<String>,
    /// Cycles of the innermost.
    pub cycles: u64,
}

/// A source, for listings.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Application, as a [`Site`](crate::lockstep::view::Site) names it.
    pub application: String,
    /// File, or what else it comes from.
    pub name: String,
    /// What it says.
    pub text: String,
}

impl Profile {
    /// Checks that each table accounts for all cycles, by every cause.
    ///
    /// # Errors
    /// In words: the table whose sum is another.
    pub fn check(&self) -> Result<(), String> {
        // Wider than what is added, which may come from a file.
        let sum = |numbers: &mut dyn Iterator<Item = u64>| numbers.map(u128::from).sum::<u128>();
        let same = |what: &str, cycles: u128| {
            let wrong = || format!("{what} account for {cycles} cycles of {}", self.cycles);
            (cycles == u128::from(self.cycles)).then_some(()).ok_or_else(wrong)
        };
        let whole = |what: &str, rows: &[(u64, &Causes)]| {
            same(what, sum(&mut rows.iter().map(|r| r.0)))?;
            for (cycles, causes) in rows {
                let counted = sum(&mut causes.values().copied());
                if counted != u128::from(*cycles) || causes.keys().any(|c| !self.causes.contains_key(c)) {
                    return Err(format!("{what}: {cycles} cycles have causes {causes:?}"));
                }
            }
            for (cause, n) in &self.causes {
                let counted = sum(&mut rows.iter().filter_map(|r| r.1.get(cause).copied()));
                if counted != u128::from(*n) {
                    return Err(format!("{what} account for {counted} cycles of {cause}"));
                }
            }
            Ok(())
        };
        same("causes", sum(&mut self.causes.values().copied()))?;
        whole("opcodes", &self.opcodes.iter().map(|o| (o.cycles, &o.causes)).collect::<Vec<_>>())?;
        whole("methods", &self.methods.iter().map(|m| (m.cycles, &m.causes)).collect::<Vec<_>>())?;
        whole("lines", &self.lines.iter().map(|l| (l.cycles, &l.causes)).collect::<Vec<_>>())?;
        same("stacks", sum(&mut self.stacks.iter().map(|s| s.cycles)))
    }

    /// A part of all cycles, in percent.
    pub fn share(&self, cycles: u64) -> f64 {
        100.0 * cycles as f64 / self.cycles.max(1) as f64
    }
}

/// The cause with the most cycles, but for the first, which is work.
pub fn dominant<'a>(profile: &Profile, causes: &'a Causes) -> Option<(&'a str, u64)> {
    let work = profile.cause_names.first();
    let lost = causes.iter().filter(|(name, n)| Some(*name) != work && **n > 0);
    lost.max_by_key(|(_, n)| **n).map(|(name, n)| (name.as_str(), *n))
}

/// Application and method in one word.
pub fn full_name(application: &str, method: &str) -> String {
    match (application, method) {
        ("", "") => "(code)".into(),
        ("", method) => method.into(),
        (application, "") => application.into(),
        (application, method) => format!("{application}:{method}"),
    }
}
