// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger produce`: the next block of what waits.

use std::path::PathBuf;

use avm_ledger::ids::Hash;
use avm_ledger::keys::SigningKey;
use avm_ledger::node::Made;
use avm_ledger::package::{Package, Recorded};
use avm_ledger::tx::{Refusal, Transaction};
use clap::Args;
use serde_json::json;

use super::busy::Busy;
use super::home::{self, Home};
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
    let made = node.propose(waiting.clone(), &keys).map_err(|e| failure(e, json))?;
    let (package, recorded) = (made.package.clone(), Recorded::of(&made.executed));
    let struck = struck(&made, &waiting, node.genesis());
    match &arguments.proposal {
        Some(file) => home::write(file, &package.to_json())?,
        None => {
            // What had no room in this one waits for the next.
            let late: Vec<usize> = made.refused.iter().filter(|(_, why)| !final_one(why)).map(|(n, _)| *n).collect();
            node.keep(made).map_err(|e| failure(e, json))?;
            home.wait(late.iter().map(|n| &waiting[*n]))?;
        }
    }
    drop(busy);
    if let Some(file) = &arguments.output {
        home::write(file, &package.to_json())?;
    }
    report(&package, &recorded, &struck, json);
    if struck.is_empty() { Ok(()) } else { Err(Failure::Unexpected) }
}

/// Whether no later block can have the transaction either.
fn final_one(why: &Refusal) -> bool {
    !matches!(why, Refusal::Full | Refusal::Unavailable(_))
}

/// Transactions that no block can have.
fn struck(made: &Made, waiting: &[Transaction], genesis: Hash) -> Vec<String> {
    let refused = made.refused.iter().filter(|(_, why)| final_one(why));
    refused.map(|(index, why)| format!("{}: {why}", waiting[*index].id(genesis))).collect()
}

/// What is in the block.
pub fn report(package: &Package, recorded: &[Recorded], struck: &[String], json: bool) {
    let block = &package.block;
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
