// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm prove`, `avm check-proof` and `avm bisect`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::run::copies;
use super::{Failure, outputs};
use crate::input::{Input, InputError};
use crate::machines::{self, Loaded, Machine};
use crate::names::{Shown, printable_json};
use crate::output::{print, write_whole};
use crate::proof::{self, Claim, Claims, Party, Proof};

/// Most states that a file claims: it has some 350 bytes for each, and files of more than 256 MB are not read.
const CLAIMS_MAX: usize = 200_000;

/// Arguments of `avm prove`.
#[derive(Args)]
pub struct Prove {
    /// Scenario.
    pub scenario: PathBuf,
    /// Number of the step, from 0.
    #[arg(long, value_name = "N", required_unless_present = "claims", conflicts_with = "claims")]
    step: Option<u64>,
    /// Write the hashes of all states instead, as one party of `avm bisect`.
    #[arg(long)]
    claims: bool,
    /// Which of the scenario's calls, from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    call: usize,
    /// File to write; standard output if left out.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

/// Arguments of `avm bisect`.
#[derive(Args)]
pub struct Bisect {
    /// A scenario, or a file of `avm prove --claims`.
    pub a: PathBuf,
    /// The other party, likewise.
    pub b: PathBuf,
    /// Which of the scenarios' calls, from 0.
    #[arg(long, value_name = "N", default_value_t = 0)]
    call: usize,
    /// File for the proof that settles it.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

fn has_proofs<M: Machine>() -> Result<(), InputError> {
    match M::PROOFS {
        true => Ok(()),
        false => Err(InputError::plain(format!("the machine `{}` has no proofs of its steps", M::NAME))),
    }
}

fn scenario<M: Machine>(path: &Path, call: usize) -> Result<M::Scenario, InputError> {
    let scenario = machines::load::<M>(path)?;
    match scenario.calls() {
        calls if call < calls => Ok(scenario),
        calls => Err(InputError::plain(format!("{}: error: no call {call}, there are {calls}", path.shown()))),
    }
}

/// `avm prove`.
pub fn prove<M: Machine>(arguments: &Prove) -> Result<(), Failure> {
    let named: Vec<_> = arguments.output.iter().map(|file| ("-o", file.as_path())).collect();
    let scenario = scenario::<M>(&arguments.scenario, arguments.call)?;
    outputs::check(&copies(&scenario), &named)?;
    has_proofs::<M>()?;
    let text = match arguments.step {
        Some(step) => {
            let bad = |e| InputError::plain(format!("{}: error: {e}", arguments.scenario.shown()));
            json(&made::<M>(&scenario, arguments.call, step).map_err(bad)?)
        }
        None => json(&Claims { machine: M::NAME.into(), claims: all_claims::<M>(&scenario, arguments)? }),
    };
    write(arguments.output.as_deref(), &text)
}

/// The claims of a run that ends.
fn all_claims<M: Machine>(scenario: &M::Scenario, arguments: &Prove) -> Result<Vec<Claim>, InputError> {
    let claims = M::all_claims(scenario, arguments.call, CLAIMS_MAX + 1);
    match claims.len() > CLAIMS_MAX {
        false => Ok(claims),
        true => Err(InputError::plain(format!(
            "{}: error: the run has {CLAIMS_MAX} states or more: that is no file (`avm bisect` takes the scenario itself)",
            arguments.scenario.shown()
        ))),
    }
}

/// The proof of a step.
fn made<M: Machine>(scenario: &M::Scenario, call: usize, step: u64) -> Result<Proof, String> {
    let proof = M::prove(scenario, call, step)?;
    let claim = |step| M::claim(scenario, call, step).unwrap_or_default();
    Ok(Proof { machine: M::NAME.into(), step, before: M::before(scenario, call, step), after: claim(step + 1), proof })
}

/// `avm check-proof`.
pub fn check<M: Machine>(file: &Path) -> Result<(), Failure> {
    let input = Input::read(file)?;
    let proof = Proof::read(&input)?;
    same_machine::<M>(&input, &proof.machine, "a proof")?;
    has_proofs::<M>()?;
    match judged::<M>(&proof) {
        Ok(()) => {
            say!("step {}: proved, {}", proof.step, line(&proof.after));
            Ok(())
        }
        Err(why) => {
            say!("step {}: REFUSED: {why}", proof.step);
            Err(Failure::Unexpected)
        }
    }
}

/// Whether a proof proves what it says.
fn judged<M: Machine>(proof: &Proof) -> Result<(), String> {
    let after = M::check_proof(&proof.before, &proof.proof)?;
    let differs = |(name, hash): (&String, &String)| (proof.after.get(name) != Some(hash)).then(|| name.clone());
    match after.iter().find_map(differs) {
        None if after.len() == proof.after.len() => Ok(()),
        None => Err("it claims what no proof shows".into()),
        Some(name) => Err(format!("{name} after the step is {}, not what is claimed", after[&name])),
    }
}

/// `avm bisect`.
pub fn bisect<M: Machine>(arguments: &Bisect) -> Result<(), Failure> {
    let Bisect { a, b, call, output } = arguments;
    let named: Vec<_> = output.iter().map(|file| ("-o", file.as_path())).collect();
    let parties = [party::<M>(a, *call)?, party::<M>(b, *call)?];
    let mut reads = vec![a.clone(), b.clone()];
    reads.extend(parties.iter().filter_map(Party::scenario).flat_map(copies));
    outputs::check(&reads, &named)?;
    has_proofs::<M>()?;
    let found =
        proof::bisect(&parties).map_err(|e| InputError::plain(format!("{}, {}: error: {e}", a.shown(), b.shown())))?;
    let Some(dispute) = found else {
        say!("no dispute: both end in {}", line(&parties[0].claim(u64::MAX)));
        return Ok(());
    };
    say!("first difference: step {} ({} states compared)", dispute.step, dispute.asked);
    say!("  agreed before: {}", line(&dispute.agreed));
    let [of_a, of_b] = &dispute.next;
    say!("  {} claims: {}", a.shown(), line(&besides(of_a, of_b)));
    say!("  {} claims: {}", b.shown(), line(&besides(of_b, of_a)));
    for ((party, path), claimed) in parties.iter().zip([a, b]).zip(&dispute.next) {
        let Party::Run(scenario, call) = party else {
            say!("  {}: nobody there who could prove it", path.shown());
            continue;
        };
        let made = made::<M>(scenario, *call, dispute.step);
        match made.and_then(|proof| judged::<M>(&proof).map(|()| proof)) {
            Ok(proof) => {
                let [of_a, of_b] = &dispute.next;
                let other = if claimed == of_a { of_b } else { of_a };
                say!("  {}: proved, {}", path.shown(), line(&besides(claimed, other)));
                write_proof(output.as_deref(), &proof)?;
            }
            Err(why) => say!("  {}: no proof: {why}", path.shown()),
        }
    }
    Err(Failure::Unexpected)
}

/// What a file is of, against the machine that reads it.
fn same_machine<M: Machine>(input: &Input, name: &str, what: &str) -> Result<(), InputError> {
    if name == M::NAME {
        return Ok(());
    }
    let wrong = format!("{what} of the machine `{}`, this is for `{}`", name.escape_debug(), M::NAME);
    Err(input.error(0..0, wrong, "leave --machine out, or name files of one machine".into()))
}

fn is_claims(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "json")
}

fn party<M: Machine>(path: &Path, call: usize) -> Result<Party<M>, InputError> {
    if !is_claims(path) {
        return Ok(Party::Run(Box::new(scenario::<M>(path, call)?), call));
    }
    let input = Input::read(path)?;
    let claims = Claims::read(&input)?;
    same_machine::<M>(&input, &claims.machine, "claims")?;
    match claims.claims.is_empty() {
        true => Err(input.error(0..0, "no state is claimed".into(), "there is at least the first".into())),
        false => Ok(Party::Claims(claims.claims)),
    }
}

/// What of a claim another does not say.
fn besides(claim: &Claim, other: &Claim) -> Claim {
    claim.iter().filter(|(name, hash)| other.get(*name) != Some(hash)).map(|(n, h)| (n.clone(), h.clone())).collect()
}

fn line(claim: &Claim) -> String {
    let hashes: Vec<_> = claim.iter().map(|(name, hash)| format!("{name} {hash}")).collect();
    if hashes.is_empty() { "nothing else".into() } else { hashes.join(", ") }
}

fn json<T: serde::Serialize>(value: &T) -> String {
    printable_json(serde_json::to_string_pretty(value).unwrap_or_default()) + "\n"
}

fn write_proof(output: Option<&Path>, proof: &Proof) -> Result<(), Failure> {
    output.map_or(Ok(()), |file| write(Some(file), &json(proof)))
}

fn write(output: Option<&Path>, text: &str) -> Result<(), Failure> {
    match output {
        Some(file) => write_whole(file, text.as_bytes()).map_err(|e| outputs::failed(file, &e)),
        None => {
            print(format_args!("{text}"));
            Ok(())
        }
    }
}

/// The machine that a proof is of.
///
/// # Errors
/// It is no proof, or of a machine that this build has not.
pub fn machine(file: &Path, machines: &[&'static str]) -> Result<&'static str, InputError> {
    let input = Input::read(file)?;
    known(&input, &Proof::read(&input)?.machine, machines)
}

/// The machine of a dispute, if one of its parties has claims only.
///
/// # Errors
/// They are none, or of a machine that this build has not.
pub fn machine_of_claims(parties: [&Path; 2], machines: &[&'static str]) -> Result<Option<&'static str>, InputError> {
    let Some(file) = parties.into_iter().find(|path| is_claims(path)) else { return Ok(None) };
    let input = Input::read(file)?;
    known(&input, &Claims::read(&input)?.machine, machines).map(Some)
}

fn known(input: &Input, name: &str, machines: &[&'static str]) -> Result<&'static str, InputError> {
    machines.iter().find(|known| **known == name).copied().ok_or_else(|| {
        let help = format!("this build has: {}", machines.join(", "));
        input.error(0..0, format!("unknown machine `{}`", name.escape_debug()), help)
    })
}
