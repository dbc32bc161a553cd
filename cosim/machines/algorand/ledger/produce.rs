//! `avm ledger produce`: the next block of what waits.

use std::path::PathBuf;

use avm_ledger::keys::SigningKey;
use avm_ledger::node::Made;
use avm_ledger::package::{Package, Recorded};
use avm_ledger::tx::Refusal;
use clap::Args;
use serde_json::json;

use super::busy::Busy;
use super::home::{self, Home, Waiting, remove};
use super::{failure, print};
use crate::cli::{Failure, outputs};

/// Arguments of `produce`.
#[derive(Args)]
pub struct Produce {
    /// Write the block to a file, too.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the block to a file and keep nothing: for validators to judge while this node's state is still the one before
    /// it. `avm ledger validate FILE` keeps it.
    #[arg(long, value_name = "FILE", conflicts_with = "output")]
    proposal: Option<PathBuf>,
}

/// `avm ledger produce`.
pub fn produce(home: &Home, arguments: &Produce, json: bool) -> Result<(), Failure> {
    let files = outputs::given(&[("--output", &arguments.output), ("--proposal", &arguments.proposal)]);
    outputs::check(&[], &files)?;
    let node = home.node(json)?;
    super::ends_at_signals();
    let busy = Busy::with("making a block", 1);
    let waiting = home.waiting(&node, json)?;
    let keys: Vec<SigningKey> = home.keys()?.into_iter().map(|(_, key)| key).collect();
    let candidates = waiting.iter().map(|w| w.transaction.clone()).collect();
    let made = node.propose(candidates, &keys).map_err(|e| failure(e, json))?;
    let (package, recorded) = (made.package.clone(), Recorded::of(&made.executed));
    let struck = struck(&made, &waiting);
    match &arguments.proposal {
        Some(file) => home::write(file, &package.to_json())?,
        None => {
            let refused: Vec<usize> = made.refused.iter().map(|(index, _)| *index).collect();
            node.keep(made).map_err(|e| failure(e, json))?;
            // What was for now only without room waits for the next block.
            let gone = (0..waiting.len()).filter(|i| !refused.contains(i) || struck.iter().any(|(s, _)| s == i));
            gone.map(|i| remove(&waiting[i].file)).collect::<Result<(), _>>()?;
        }
    }
    drop(busy);
    if let Some(file) = &arguments.output {
        home::write(file, &package.to_json())?;
    }
    report(&package, &recorded, &struck, json);
    if struck.is_empty() { Ok(()) } else { Err(Failure::Unexpected) }
}

/// Transactions that no block can have, by their index among those that wait.
fn struck(made: &Made, waiting: &[Waiting]) -> Vec<(usize, String)> {
    let refused = made.refused.iter().filter(|(_, why)| !matches!(why, Refusal::Full | Refusal::Unavailable(_)));
    let name = |index: usize| waiting[index].file.file_name().map(|n| n.to_string_lossy().into_owned());
    refused.map(|(index, why)| (*index, format!("{}: {why}", name(*index).unwrap_or_default()))).collect()
}

/// What is in the block.
pub fn report(package: &Package, recorded: &[Recorded], struck: &[(usize, String)], json: bool) {
    let block = &package.block;
    let struck: Vec<_> = struck.iter().map(|(_, why)| why).collect();
    struck.iter().for_each(|why| tell!("refused: {why}"));
    let object = json!({
        "round": block.round,
        "hash": block.hash(),
        "heap": block.roots.heap,
        "code": block.roots.code,
        "votes": package.votes.votes.len(),
        "transactions": recorded,
        "refused": struck,
    });
    let of = |r: &Recorded| match &r.outcome {
        Some(outcome) => format!("  {}  {outcome}, fuel {} of {}\n", r.id, r.used, r.tank),
        None => format!("  {}  change of code\n", r.id),
    };
    let head = format!(
        "block {}  {}\nheap     {}\ncode     {}\nvotes    {}\n{} transactions\n",
        block.round,
        block.hash(),
        block.roots.heap,
        block.roots.code,
        package.votes.votes.len(),
        recorded.len()
    );
    print(json, &object, &(head + &recorded.iter().map(of).collect::<String>()));
}
