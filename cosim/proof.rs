// SPDX-License-Identifier: MIT OR Apache-2.0
//! One-step proofs and disputes over runs, for machines that have them: what is claimed of a state, proofs as files, and the
//! search for the first step that two parties disagree about (`docs/proofs.md`). What a claim holds and what proves a
//! step is the machine's.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::input::{Input, InputError};
use crate::machines::Machine;

/// What somebody outside knows of a state: hashes by name, in hexadecimal.
pub type Claim = BTreeMap<String, String>;

/// Claims, or parts of a proof, of a file: names of letters, digits and `_`, hexadecimal digits. Large ones are made
/// small, so that the same number is the same text.
fn named_digits<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let mut map = BTreeMap::<String, String>::deserialize(from)?;
    for (name, digits) in &mut map {
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            return Err(D::Error::custom(format!("{name:?} is no name of a hash or of a part")));
        }
        if digits.len() % 2 != 0 || digits.contains(|c: char| !c.is_ascii_hexdigit()) {
            return Err(D::Error::custom(format!("`{name}` is not an even number of hexadecimal digits")));
        }
        digits.make_ascii_lowercase();
    }
    Ok(map)
}

/// The claims of all states: each of the same hashes.
fn all_states<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Claim>, D::Error> {
    #[derive(Deserialize)]
    struct One(#[serde(deserialize_with = "named_digits")] Claim);
    let claims: Vec<Claim> = Vec::<One>::deserialize(from)?.into_iter().map(|One(claim)| claim).collect();
    let same = |claim: &Claim| claim.keys().eq(claims[0].keys());
    match claims.iter().position(|claim| !same(claim)) {
        Some(step) => Err(D::Error::custom(format!("state {step} has not the hashes that state 0 has"))),
        None => Ok(claims),
    }
}

/// A step with its proof, as in files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The machine's name.
    pub machine: String,
    /// Number of the step in its run, from 0.
    pub step: u64,
    /// The state before it.
    #[serde(deserialize_with = "named_digits")]
    pub before: Claim,
    /// The state after it, as the prover claims it.
    #[serde(deserialize_with = "named_digits")]
    pub after: Claim,
    /// The bytes that prove it, in parts, in hexadecimal.
    #[serde(deserialize_with = "named_digits")]
    pub proof: BTreeMap<String, String>,
}

/// All states of a run, as in files: `avm prove --claims`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The machine's name.
    pub machine: String,
    /// The state after so many steps, from 0 on.
    #[serde(deserialize_with = "all_states")]
    pub claims: Vec<Claim>,
}

/// Reads a file of the kinds above.
///
/// # Errors
/// It is none: with line and column.
pub fn parse<T: for<'de> Deserialize<'de>>(input: &Input, what: &str) -> Result<T, InputError> {
    serde_json::from_str(input.text()).map_err(|e| {
        let text = e.to_string();
        let why = text.rsplit_once(" at line ").map_or(text.as_str(), |(why, _)| why);
        let help = format!("{what} are written by `avm prove`");
        InputError::plain(format!("{}:{}:{}: error: {why} ({help})", input.name(), e.line().max(1), e.column().max(1)))
    })
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
