// SPDX-License-Identifier: MIT OR Apache-2.0
//! Claims and one-step proofs of runs: the interpreter as the prover, the checker as the judge.

use std::collections::BTreeMap;

use avm_sim::arbitrum::check::{self, Before};
use avm_sim::arbitrum::hash::{self, Hash};
use avm_sim::arbitrum::interp::{Machine, Step};
use avm_sim::arbitrum::proof::Proof;

use super::scenario::Scenario;
use super::{machine, number};
use crate::proof::Claim;

/// Parts of claims.
const MACHINE: &str = "machine";
const LOG: &str = "log_acc";
const SEND: &str = "send_acc";
const INBOX: &str = "inbox_acc";
/// Of the state before a step: the hash of the next message.
const MESSAGE: &str = "next_message";
/// Parts of proofs.
const STANDARD: &str = "standard";
const BUFFER: &str = "buffer";

/// The machine after so many steps, or at its end; whether it made them all.
fn after(scenario: &Scenario, call: usize, steps: u64) -> Option<(Machine, bool)> {
    let mut machine = machine(scenario, scenario.runs.get(call)?);
    machine.run(steps);
    let all = machine.counters().steps == steps;
    Some((machine, all))
}

fn claimed(machine: &mut Machine) -> Claim {
    let hashes = *machine.counters();
    let named = [(MACHINE, machine.hash()), (LOG, hashes.log_acc), (SEND, hashes.send_acc), (INBOX, hashes.inbox_acc)];
    named.into_iter().map(|(name, hash)| (name.into(), hash::text(&hash))).collect()
}

pub(super) fn claim(scenario: &Scenario, call: usize, step: u64) -> Option<Claim> {
    after(scenario, call, step).map(|(mut machine, _)| claimed(&mut machine))
}

pub(super) fn all_claims(scenario: &Scenario, call: usize, most: usize) -> Vec<Claim> {
    let Some(planned) = scenario.runs.get(call) else { return Vec::new() };
    let mut machine = machine(scenario, planned);
    let mut claims = vec![claimed(&mut machine)];
    while claims.len() < most
        && let Step::Done | Step::Error(_) = machine.step()
    {
        claims.push(claimed(&mut machine));
    }
    claims
}

pub(super) fn before(scenario: &Scenario, call: usize, step: u64) -> Claim {
    let Some((mut machine, _)) = after(scenario, call, step) else { return Claim::new() };
    let mut claim = claimed(&mut machine);
    let taken = machine.counters().messages as usize;
    if let Some(message) = scenario.runs[call].inbox.get(taken) {
        claim.insert(MESSAGE.into(), hash::text(&message.hash()));
    }
    claim
}

pub(super) fn prove(scenario: &Scenario, call: usize, step: u64) -> Result<BTreeMap<String, String>, String> {
    // Also the step that finds no message, or no room, is none.
    let (ended, made) = after(scenario, call, step.saturating_add(1)).ok_or("there is no such run")?;
    if !made {
        return Err(format!("there is no step {step}: the run has {}, numbered from 0", ended.counters().steps));
    }
    let (mut machine, _) = after(scenario, call, step).ok_or("there is no such run")?;
    let proof = machine.prove().map_err(|e| format!("step {step}: {e}"))?;
    Ok([(STANDARD, proof.standard), (BUFFER, proof.buffer)].map(|(name, bytes)| (name.into(), hex(&bytes))).into())
}

pub(super) fn check(before: &Claim, bytes: &BTreeMap<String, String>) -> Result<Claim, String> {
    if let Some(name) = bytes.keys().find(|name| ![STANDARD, BUFFER].contains(&name.as_str())) {
        return Err(format!("no proof has a part `{name}`"));
    }
    if let Some(name) = before.keys().find(|name| ![MACHINE, LOG, SEND, INBOX, MESSAGE].contains(&name.as_str())) {
        return Err(format!("no state has a `{name}`"));
    }
    let part = |name: &str| {
        let text = bytes.get(name).ok_or_else(|| format!("the proof has no part `{name}`"))?;
        number::bytes(text).ok_or_else(|| format!("`{name}` is not hexadecimal"))
    };
    let known = |name: &str| {
        let text = before.get(name).ok_or_else(|| format!("the state before has no `{name}`"))?;
        digest(text).ok_or_else(|| format!("`{name}` before the step is no hash"))
    };
    let message = before.contains_key(MESSAGE).then(|| known(MESSAGE)).transpose()?;
    let state = Before {
        machine: known(MACHINE)?,
        send_acc: known(SEND)?,
        log_acc: known(LOG)?,
        inbox_acc: known(INBOX)?,
        next_message: message,
    };
    let proof = Proof { standard: part(STANDARD)?, buffer: part(BUFFER)? };
    let after = check::check(&proof, &state).map_err(|e| e.to_string())?;
    let named = [(MACHINE, after.machine), (LOG, after.log_acc), (SEND, after.send_acc), (INBOX, after.inbox_acc)];
    Ok(named.into_iter().map(|(name, hash)| (name.into(), hash::text(&hash))).collect())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |s, b| s + &format!("{b:02x}"))
}

fn digest(text: &str) -> Option<Hash> {
    number::bytes(text)?.try_into().ok()
}
