// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--block DIR N`: the calls of a block on interpreter, core model and RTL.

use std::fs;

use super::{TRANSFER, json, ledger, node};
use crate::support::avm;

/// A block with a transfer that returns and a call that fails: what each ends with is expected, and found.
#[test]
fn every_call_of_a_block_is_made_again() {
    let folder = node();
    let failing =
        TRANSFER.replace("args = [\"key:alice\", \"key:bob\", 250]", "args = [\"key:alice\", \"key:bob\", 251]");
    fs::write(folder.path().join("failing.toml"), failing.replace("access", "fuel = 100000\naccess")).expect("written");
    ledger(folder.path(), &["submit", "--from-oracle", "transfer.toml"], 0);
    ledger(folder.path(), &["submit", "failing.toml"], 0);
    let made = json(folder.path(), &["produce"], 0);
    let outcomes: Vec<_> = (0..2).map(|n| made["transactions"][n]["outcome"].as_str().expect("an outcome")).collect();
    assert!(outcomes[0].starts_with("Returned") && outcomes[1].starts_with("Exception"), "{outcomes:?}");
    for command in ["run", "cosim"] {
        let called = avm(folder.path(), &[command, "--json", "--block", "ledger", "1"]);
        assert_eq!(called.code, 0, "{called:?}");
        let rows: serde_json::Value = serde_json::from_str(&called.out).expect("JSON");
        let rows = rows.as_array().expect("rows");
        // `begin`, two purchases, two calls.
        assert_eq!(rows.len(), 5, "{}", called.out);
        let calls: Vec<_> = rows.iter().map(|row| &row["calls"][0]).collect();
        for (call, recorded) in calls[3..].iter().zip(made["transactions"].as_array().expect("two")) {
            assert_eq!(call["written"], recorded["written"], "{call}");
            assert_eq!(call["touched"], recorded["touched"], "{call}");
        }
        assert!(calls[4]["outcome"].as_str().expect("text").contains("thrown 3"), "nobody has signed: {}", calls[4]);
    }
    let profile = avm(folder.path(), &["profile", "--json", "--block", "ledger", "1"]);
    assert_eq!(profile.code, 0, "{profile:?}");
    assert!(profile.out.contains("transfer"), "methods of the main contract have names");
}

/// A planted fault of the RTL shows in a block's calls, and leaves a folder that says the same again.
#[test]
fn a_fault_is_found_with_a_block() {
    let folder = node();
    ledger(folder.path(), &["produce"], 0);
    let called = avm(folder.path(), &["cosim", "--fault", "add_carry", "--block", "ledger", "1"]);
    // `begin` adds 1 to the round: no carry. The fault needs sums of two words.
    assert_eq!(called.code, 0, "{called:?}");
    let faults = avm(folder.path(), &["faults", "--json"]);
    let faults: serde_json::Value = serde_json::from_str(&faults.out).expect("JSON");
    let names: Vec<_> = faults.as_array().expect("a list").iter().filter_map(|f| f["name"].as_str()).collect();
    let found =
        names.iter().find(|name| avm(folder.path(), &["cosim", "--fault", name, "--block", "ledger", "1"]).code == 1);
    let found = found.unwrap_or_else(|| panic!("no fault of {names:?} shows in `begin`"));
    let failures: Vec<_> = fs::read_dir(folder.path().join("failures")).expect("a folder").collect();
    let report = failures[0].as_ref().expect("an entry").path().join("report.txt");
    let report = fs::read_to_string(&report).unwrap_or_else(|e| panic!("{found}: {}: {e}", report.display()));
    assert!(report.contains("--block ledger 1"), "{report}");
}

#[test]
fn blocks_that_are_not_there_are_said() {
    let folder = node();
    for (arguments, says) in [
        (["cosim", "--block", "ledger", "7"], "there is no block of round 7: the last one is that of round 0"),
        (["cosim", "--block", "ledger", "0"], "block 0 makes no calls"),
        (["cosim", "--block", "ledger", "one"], "`one` is not the round of a block"),
        (["profile", "--block", "nowhere", "1"], "no ledger there"),
    ] {
        let called = avm(folder.path(), &arguments);
        assert_eq!(called.code, 2, "{called:?}");
        assert!(called.err.contains(says), "{called:?}");
    }
    let other = avm(folder.path(), &["--machine", "arbitrum", "cosim", "--block", "ledger", "1"]);
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.err.contains("has no blocks"), "{other:?}");
}
