// SPDX-License-Identifier: MIT OR Apache-2.0
//! One-step proofs and disputes over runs, for machines that have them: what is claimed of a state, proofs as files, and the
//! search for the first step that two parties disagree about (`docs/proofs.md`). What a claim holds and what proves a
//! step is the machine's.

mod file;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::machines::Machine;

/// What somebody outside knows of a state: hashes by name, in hexadecimal.
pub type Claim = BTreeMap<String, String>;

/// A step with its proof, as in files.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proof {
    /// The machine's name.
    pub machine: String,
    /// Number of the step in its run, from 0.
    pub step: u64,
    /// The state before it.
    pub before: Claim,
    /// The state after it, as the prover claims it.
    pub after: Claim,
    /// The bytes that prove it, in parts, in hexadecimal.
    pub proof: BTreeMap<String, String>,
}

/// All states of a run, as in files: `avm prove --claims`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Claims {
    /// The machine's name.
    pub machine: String,
    /// The state after so many steps, from 0 on.
    pub claims: Vec<Claim>,
}

/// One side of a dispute.
pub enum Party<M: Machine> {
    /// Whoever has the run: a scenario, and which of its calls.
    Run(Box<M::Scenario>, usize),
    /// Whoever only claims one.
    Claims(Vec<Claim>),
}

impl<M: Machine> Party<M> {
    /// The scenario of whoever has the run.
    pub fn scenario(&self) -> Option<&M::Scenario> {
        match self {
            Party::Run(scenario, _) => Some(scenario),
            Party::Claims(_) => None,
        }
    }

    /// Steps of its run.
    pub fn steps(&self) -> u64 {
        match self {
            Party::Run(scenario, call) => {
                let mut steps = 0;
                M::retired(scenario, u64::MAX, |at, _| {
                    steps += u64::from(at == *call);
                    at <= *call
                });
                steps
            }
            Party::Claims(claims) => claims.len().saturating_sub(1) as u64,
        }
    }

    /// What it claims of the state after so many steps; after its end nothing changes.
    pub fn claim(&self, step: u64) -> Claim {
        match self {
            Party::Run(scenario, call) => M::claim(scenario, *call, step).unwrap_or_default(),
            Party::Claims(claims) => {
                let at = usize::try_from(step).unwrap_or(usize::MAX).min(claims.len().saturating_sub(1));
                claims.get(at).cloned().unwrap_or_default()
            }
        }
    }
}

/// What a dispute came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispute {
    /// The last state that both agree on, by its number of steps; the step after it is the first that they differ in.
    pub step: u64,
    /// States that were compared on the way.
    pub asked: u64,
    /// The state that both agree on.
    pub agreed: Claim,
    /// What each claims of the next one.
    pub next: [Claim; 2],
}

/// Finds the first step that two parties disagree about, by halving; `None`: they do not.
///
/// # Errors
/// In words: they do not begin in the same state.
pub fn bisect<M: Machine>(parties: &[Party<M>; 2]) -> Result<Option<Dispute>, String> {
    let [a, b] = parties;
    let claims = |step| [a.claim(step), b.claim(step)];
    let [first_a, first_b] = claims(0);
    if first_a != first_b {
        return Err("the two do not begin in the same state (runs of one program have steps to prove)".into());
    }
    let (mut agreed, mut low, mut high) = (first_a, 0, a.steps().max(b.steps()));
    let mut next = claims(high);
    let mut asked = 2;
    if next[0] == next[1] {
        return Ok(None);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let there = claims(middle);
        asked += 1;
        if there[0] == there[1] {
            let [same, _] = there;
            (low, agreed) = (middle, same);
        } else {
            (high, next) = (middle, there);
        }
    }
    Ok(Some(Dispute { step: low, asked, agreed, next }))
}
