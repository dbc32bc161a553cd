// SPDX-License-Identifier: MIT OR Apache-2.0
//! A block of random transactions, every invocation of it in lockstep: transfers, calls that conflict on pages, that fail,
//! that run out of fuel or of frames, that are rejected because something is not in their list.
//!
//! `AVM_LEDGER_BLOCK` is the number of transactions, `AVM_LEDGER_SEED` the start of the dice:
//! `AVM_LEDGER_BLOCK=1000 cargo test --test all ledger::random_block -- --nocapture`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use avm_cosim::rng::Rng;
use serde_json::Value;

use super::death::times;
use super::{TRANSFER, json, ledger, node};
use crate::support::avm;

/// Who pays. Calls of one payer share its account's page, and so conflict.
const PAYERS: u32 = 10;
/// Pages of the contract: few, so that calls meet.
const PAGES: u32 = 24;

/// Payers with money, and the contract of the node's own tests as application 16.
fn prepare(at: &Path) {
    let mut first = String::new();
    for payer in 0..PAYERS {
        ledger(at, &["key", &format!("p{payer}")], 0);
        first += &TRANSFER.replace("bob", &format!("p{payer}")).replace("250", "60000000");
    }
    fs::write(at.join("first.toml"), first).expect("written");
    fs::write(at.join("probe.avm"), include_str!("../../../sim/ledger/tests/node/probe.avm")).expect("written");
    ledger(at, &["submit", "--from-oracle", "--install", "probe.avm", "first.toml"], 0);
    ledger(at, &["produce"], 0);
}

/// Some transaction. Its fuel may not be enough, and its list may lack something.
fn any(rng: &mut Rng) -> String {
    let payer = format!("p{}", rng.range(0, PAYERS - 1));
    if rng.one_in(3) {
        let other = format!("p{}", rng.range(0, PAYERS - 1));
        let amount = [u64::from(rng.range(1, 100_000)), 1_000_000_000_000][usize::from(rng.one_in(8))];
        let fuel = [40_000, 17_000 + rng.range(0, 2_000)][usize::from(rng.one_in(8))];
        let text = TRANSFER.replace("alice", &payer).replace("bob", &other).replace("250", &amount.to_string());
        // Nobody has signed this one.
        let text = if rng.one_in(10) { text.replacen(&amount.to_string(), "1", 1) } else { text };
        let text = text.replace("access = ", &format!("fuel = {fuel}\naccess = "));
        return if rng.one_in(10) { without_pages(&text) } else { text };
    }
    let (a, b) = (rng.range(0, PAGES - 1), rng.range(0, PAGES - 1));
    let (method, args, mut fuel) = match rng.range(0, 13) {
        0..3 => ("add", format!("{a}, {}", rng.range(1, 9)), 40_000),
        3..7 => ("shift", format!("{a}, {b}, {}", rng.range(0, 4)), 40_000),
        7..9 => ("wander", format!("{a}, {b}"), 40_000),
        9 => ("throws", format!("{a}"), 40_000),
        10 => ("spin", format!("{a}"), 20_000),
        11 => ("deep", format!("{a}"), 400_000),
        12 => ("claims", format!("\"key:{payer}\", {a}"), 40_000),
        _ => ("grow", format!("{a}, {}", 8 * rng.range(1, 9)), 40_000),
    };
    if rng.one_in(10) {
        fuel = 15_000 + rng.range(0, 3_000);
    }
    let pages = if rng.one_in(12) || a == b { format!("{a}") } else { format!("{a}, {b}") };
    let mut text = format!(
        "[[call]]\npayer = \"{payer}\"\napp = 16\nsource = \"probe.avm\"\nmethod = \"{method}\"\nargs = [{args}]\n\
         fuel = {fuel}\naccess = [{{ app = 16, pages = [{pages}] }}]\n"
    );
    if method == "claims" {
        let _ = writeln!(text, "authorise = [{{ key = \"{payer}\", app = 16, message = [{a}] }}]");
    }
    text
}

/// With a list that has signers' accounts alone.
fn without_pages(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("access"));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Kinds of ends, and how many there are.
fn ends(transactions: &[Value]) -> BTreeMap<String, usize> {
    let mut ends = BTreeMap::new();
    for transaction in transactions {
        let outcome = transaction["outcome"].as_str().expect("all are calls");
        let kind: String = outcome.chars().take_while(char::is_ascii_alphabetic).collect();
        *ends.entry(kind).or_default() += 1;
    }
    ends
}

#[test]
fn every_invocation_of_a_random_block_agrees() {
    let folder = node();
    let at = folder.path();
    prepare(at);
    let (count, mut rng) = (times("AVM_LEDGER_BLOCK", 100), Rng::new(times("AVM_LEDGER_SEED", 1)));
    let block: String = (0..count).map(|_| any(&mut rng)).collect();
    fs::write(at.join("block.toml"), block).expect("written");
    ledger(at, &["submit", "block.toml"], 0);
    let made = json(at, &["produce"], 0);
    let transactions = made["transactions"].as_array().expect("a list");
    assert_eq!(transactions.len() as u64, count);
    let ends = ends(transactions);
    for kind in ["Returned", "Exception", "OutOfFuel", "Rejected", "Capacity"] {
        assert!(ends.contains_key(kind), "nothing ends so: {kind}: {ends:?}");
    }
    let called = avm(at, &["cosim", "--json", "--block", "ledger", "2"]);
    let rows: Value = serde_json::from_str(&called.out).unwrap_or_else(|e| panic!("{e}: {called:?}"));
    let rows = rows.as_array().expect("rows");
    let differ: Vec<_> = rows.iter().filter(|row| row["verdict"] != "match" || row["mode"] != "lockstep").collect();
    assert_eq!((called.code, differ.len()), (0, 0), "{differ:?}: {}", called.err);
    // `begin`, the purchases, the calls.
    assert_eq!(rows.len() as u64, 1 + 2 * count);
    println!("{count} transactions, {} invocations in lockstep, 0 mismatches: {ends:?}", rows.len());
}
