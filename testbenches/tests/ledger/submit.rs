// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger submit` of many transactions: what one command does is what as many commands do, and it is there as a whole or
//! not at all. `AVM_LEDGER_DEATHS` says how often a command is killed.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::death::times;
use super::{TRANSFER, json, ledger, node};

#[test]
fn one_command_does_what_many_do() {
    let folder = node();
    let at = folder.path();
    let waiting = at.join("ledger/waiting");
    ledger(at, &["key", "carol"], 0);
    // Carol has no account before the first transfer, which pays for its page: the later ones need less fuel.
    let (back, new) = (TRANSFER.replace("alice", "carol").replace("bob", "alice"), TRANSFER.replace("bob", "carol"));
    let back = back.replace("carol", "bob");
    let calls = [TRANSFER, &new, &back, &new].repeat(5);
    for call in &calls {
        fs::write(at.join("one.toml"), call).expect("written");
        ledger(at, &["submit", "--from-oracle", "one.toml"], 0);
    }
    let many = fs::read(&waiting).expect("twenty transactions");
    fs::remove_file(&waiting).expect("removed");
    fs::write(at.join("all.toml"), calls.concat()).expect("written");
    ledger(at, &["submit", "--from-oracle", "all.toml"], 0);
    assert_eq!(fs::read(&waiting).expect("twenty transactions"), many);
    ledger(at, &["produce"], 0);
    let block = json(at, &["show", "block", "1"], 0);
    let outcomes = block["transactions"].as_array().expect("a list");
    assert_eq!(outcomes.len(), 20);
    assert!(outcomes.iter().all(|t| t.to_string().contains("Returned")), "{block}");
}

/// The second one cannot have what the first has spent, in the same file as in another.
#[test]
fn a_call_is_asked_about_behind_the_one_before_it() {
    let folder = node();
    let at = folder.path();
    let large = TRANSFER.replace("250", "600000000");
    fs::write(at.join("one.toml"), &large).expect("written");
    fs::write(at.join("two.toml"), large.repeat(2)).expect("written");
    let refused = ledger(at, &["submit", "--from-oracle", "two.toml"], 1);
    assert!(refused.err.contains("two.toml") && refused.err.contains("the oracle says"), "{refused:?}");
    assert_eq!(json(at, &["show", "status"], 0)["waiting"], 0);
    ledger(at, &["submit", "--from-oracle", "one.toml"], 0);
    ledger(at, &["submit", "--from-oracle", "one.toml"], 1);
    assert_eq!(json(at, &["show", "status"], 0)["waiting"], 1);
}

#[test]
fn a_killed_submit_leaves_all_or_none() {
    const CALLS: usize = 100;
    let folder = node();
    let at = folder.path();
    fs::write(at.join("all.toml"), TRANSFER.repeat(CALLS)).expect("written");
    let begun = Instant::now();
    ledger(at, &["submit", "--from-oracle", "all.toml"], 0);
    let long = begun.elapsed();
    let (mut known, mut taken, deaths) = (CALLS as u64, 0, times("AVM_LEDGER_DEATHS", 4));
    for death in 0..deaths {
        let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
        let command = command.args(["ledger", "submit", "--from-oracle", "all.toml"]).current_dir(at);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("avm starts");
        std::thread::sleep(long * u32::try_from(death * 617 % 1_000).expect("small") / 500);
        child.kill().expect("killed");
        child.wait().expect("ended");
        let now = json(at, &["show", "status"], 0)["waiting"].as_u64().expect("a number");
        assert!(now == known || now == known + CALLS as u64, "{known} to {now}");
        taken += u64::from(now > known);
        known = now;
        if known > 300 {
            fs::remove_file(at.join("ledger/waiting")).expect("removed");
            known = 0;
        }
    }
    println!("{deaths} deaths, {taken} times all of them, else none");
}
