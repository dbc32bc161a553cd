// SPDX-License-Identifier: MIT OR Apache-2.0
//! What must come out of a run: as scenarios write it, and compared with a run.

use avm_sim::arbitrum::hash::{self, Hash};
use avm_sim::arbitrum::interp::Machine;
use avm_sim::arbitrum::numbers::outcome;
use ruint::aliases::U256;
use serde::Deserialize;
use toml::Spanned;

use super::host::Output;
use super::number::{self, Number, hex};
use crate::input::{Input, InputError};

/// As written.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct FileExpect {
    outcome: Option<Spanned<String>>,
    steps: Option<Spanned<Number>>,
    gas_used: Option<Spanned<Number>>,
    machine_hash: Option<Spanned<Number>>,
    logs: Option<Vec<Spanned<Number>>>,
    sends: Option<Vec<Spanned<String>>>,
    stack: Option<Vec<Spanned<Number>>>,
    cycles: Option<Spanned<Number>>,
}

crate::tables!(FileExpect);

/// What must come out. What it leaves out is not checked, but the descriptions must agree on it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// Number of the outcome.
    pub outcome: Option<u8>,
    /// Steps, errors included.
    pub steps: Option<u64>,
    /// Gas used by all of them.
    pub gas_used: Option<u64>,
    /// Hash of the machine at the end.
    pub machine_hash: Option<Hash>,
    /// Hashes of the values logged.
    pub logs: Option<Vec<U256>>,
    /// What was sent.
    pub sends: Option<Vec<Vec<u8>>>,
    /// Integers on the data stack, top first.
    pub stack: Option<Vec<U256>>,
    /// Cycles of the core.
    pub cycles: Option<u64>,
}

/// Outcomes by their names in scenarios.
const OUTCOMES: [(&str, u8); 4] = [
    ("halted", outcome::HALTED),
    ("error", outcome::ERROR_STOP),
    ("blocked", outcome::BLOCKED),
    ("capacity", outcome::CAPACITY),
];

/// Name of an outcome.
pub fn outcome_name(number: u8) -> &'static str {
    OUTCOMES.iter().find(|(_, n)| *n == number).map_or("unknown outcome", |(name, _)| name)
}

impl Expect {
    /// Reads it.
    ///
    /// # Errors
    /// A value is not right.
    pub fn read(input: &Input, file: &FileExpect) -> Result<Expect, InputError> {
        let outcome = file.outcome.as_ref().map(|name| {
            let known = OUTCOMES.iter().find(|(known, _)| known == name.get_ref());
            let help = "halted, error, blocked or capacity".to_string();
            known.map(|(_, n)| *n).ok_or_else(|| input.error(name.span(), "unknown outcome".into(), help))
        });
        let small = |n: &Option<Spanned<Number>>| n.as_ref().map(|n| count(input, n)).transpose();
        let numbers = |list: &Option<Vec<Spanned<Number>>>| {
            list.as_ref().map(|l| l.iter().map(|n| Number::value(input, n)).collect::<Result<Vec<_>, _>>()).transpose()
        };
        let bytes = |list: &Vec<Spanned<String>>| list.iter().map(|s| hex(input, s)).collect::<Result<Vec<_>, _>>();
        Ok(Expect {
            outcome: outcome.transpose()?,
            steps: small(&file.steps)?,
            gas_used: small(&file.gas_used)?,
            machine_hash: file.machine_hash.as_ref().map(|n| number::hash(input, n)).transpose()?,
            logs: numbers(&file.logs)?,
            sends: file.sends.as_ref().map(bytes).transpose()?,
            stack: numbers(&file.stack)?,
            cycles: small(&file.cycles)?,
        })
    }

    /// What of it a run that ended so has missed; `machine` is the interpreter, if it took part.
    pub fn missed(&self, ended: u8, output: &Output, machine: Option<&mut Machine>) -> Vec<String> {
        let mut missed = Vec::new();
        let mut miss = |what: &str, expected: String, got: String| {
            if expected != got {
                missed.push(format!("{what}: expected {expected}, got {got}"));
            }
        };
        if let Some(expected) = self.outcome {
            miss("outcome", outcome_name(expected).into(), outcome_name(ended).into());
        }
        if let Some(logs) = &self.logs {
            miss("logs", list(logs), list(&output.logs));
        }
        if let Some(sends) = &self.sends {
            miss("sends", bytes(sends), bytes(&output.sends));
        }
        let Some(machine) = machine else { return missed };
        if let Some(steps) = self.steps {
            miss("steps", steps.to_string(), machine.counters().steps.to_string());
        }
        if let Some(gas) = self.gas_used {
            miss("gas_used", gas.to_string(), machine.counters().gas_used.to_string());
        }
        if let Some(expected) = &self.machine_hash {
            miss("machine_hash", hash::text(expected), hash::text(&machine.hash()));
        }
        if let Some(stack) = &self.stack {
            miss("stack", list(stack), super::stack_text(machine));
        }
        missed
    }
}

fn count(input: &Input, n: &Spanned<Number>) -> Result<u64, InputError> {
    u64::try_from(Number::value(input, n)?)
        .map_err(|_| input.error(n.span(), "not a count".into(), "counts are 0 to 2^64 - 1".into()))
}

fn list(numbers: &[U256]) -> String {
    format!("[{}]", numbers.iter().map(|n| format!("{n:#x}")).collect::<Vec<_>>().join(", "))
}

fn bytes(list: &[Vec<u8>]) -> String {
    let hex = |b: &Vec<u8>| b.iter().fold(String::from("hex:"), |s, b| s + &format!("{b:02x}"));
    format!("[{}]", list.iter().map(hex).collect::<Vec<_>>().join(", "))
}
