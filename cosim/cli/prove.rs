//! `avm prove`, `avm check-proof` and `avm bisect`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, outputs};
use crate::input::{Input, InputError};
use crate::machines::{self, Loaded, Machine};
use crate::names::Shown;
use crate::output::{print, write_whole};
use crate::proof::{self, Claim, Claims, Party, Proof};

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
    has_proofs::<M>()?;
    let named: Vec<_> = arguments.output.iter().map(|file| ("-o", file.as_path())).collect();
    outputs::check(std::slice::from_ref(&arguments.scenario), &named)?;
    let scenario = scenario::<M>(&arguments.scenario, arguments.call)?;
    let text = match arguments.step {
        Some(step) => {
            let bad = |e| InputError::plain(format!("{}: error: {e}", arguments.scenario.shown()));
            json(&made::<M>(&scenario, arguments.call, step).map_err(bad)?)
        }
        None => json(&Claims { machine: M::NAME.into(), claims: M::all_claims(&scenario, arguments.call) }),
    };
    write(arguments.output.as_deref(), &text)
}

/// The proof of a step.
fn made<M: Machine>(scenario: &M::Scenario, call: usize, step: u64) -> Result<Proof, String> {
    let proof = M::prove(scenario, call, step)?;
    let claim = |step| M::claim(scenario, call, step).unwrap_or_default();
    Ok(Proof { machine: M::NAME.into(), step, before: M::before(scenario, call, step), after: claim(step + 1), proof })
}

/// `avm check-proof`.
pub fn check<M: Machine>(file: &Path) -> Result<(), Failure> {
    has_proofs::<M>()?;
    let input = Input::read(file)?;
    let proof: Proof = proof::parse(&input, "proofs")?;
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
    has_proofs::<M>()?;
    let Bisect { a, b, call, output } = arguments;
    let named: Vec<_> = output.iter().map(|file| ("-o", file.as_path())).collect();
    outputs::check(&[a.clone(), b.clone()], &named)?;
    let parties = [party::<M>(a, *call)?, party::<M>(b, *call)?];
    let found = proof::bisect(&parties).map_err(InputError::plain)?;
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

fn party<M: Machine>(path: &Path, call: usize) -> Result<Party<M>, InputError> {
    if path.extension().is_none_or(|e| e != "json") {
        return Ok(Party::Run(Box::new(scenario::<M>(path, call)?), call));
    }
    let input = Input::read(path)?;
    let claims: Claims = proof::parse(&input, "claims")?;
    if claims.machine != M::NAME {
        let what = format!("claims of the machine `{}`, this dispute is of `{}`", claims.machine, M::NAME);
        return Err(input.error(0..0, what, String::new()));
    }
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
    hashes.join(", ")
}

fn json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
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

/// The machine that a proof is of; if it is none, the command will say so.
pub fn machine(file: &Path, machines: &[&'static str]) -> Option<&'static str> {
    let input = Input::read(file).ok()?;
    let proof: serde_json::Value = serde_json::from_str(input.text()).ok()?;
    machines.iter().find(|name| proof["machine"].as_str() == Some(name)).copied()
}
