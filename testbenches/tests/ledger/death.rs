//! `avm ledger produce`, killed at random moments and with a disk that is full: the block is there as a whole or not at all,
//! and what waited for it still waits or is in it. `AVM_LEDGER_DEATHS` and `AVM_LEDGER_FULL` say how often.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{json, ledger, node, round};
use crate::support::avm;

fn times(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// What a node says after a command ended somehow: the transaction waits, or is in the block that was made. Any block that is
/// new is executed again, and all its commitments compared. True if it was made.
fn whole(at: &Path, before: u64) -> bool {
    let status = json(at, &["show", "status"], 0);
    let (now, waiting) = (status["round"].as_u64().expect("a round"), status["waiting"].as_u64().expect("a number"));
    let made = now == before + 1;
    assert!(made || now == before, "{before} to {now}");
    assert_eq!(waiting, u64::from(!made), "{status}");
    if made {
        let again = avm(at, &["run", "--block", "ledger", &now.to_string()]);
        assert_eq!(again.code, 0, "{again:?}");
        assert_eq!(
            json(at, &["show", "block", &now.to_string()], 0)["transactions"].as_array().expect("a list").len(),
            1
        );
    }
    made
}

/// A transfer that waits, if none does.
fn wait(at: &Path) -> u64 {
    if json(at, &["show", "status"], 0)["waiting"] == 0 {
        ledger(at, &["submit", "--from-oracle", "transfer.toml"], 0);
    }
    round(at)
}

#[test]
fn a_killed_producer_leaves_a_block_or_none() {
    let folder = node();
    let at = folder.path();
    let (mut made, deaths) = (0, times("AVM_LEDGER_DEATHS", 4));
    for death in 0..deaths {
        let before = wait(at);
        let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
        let command = command.args(["ledger", "produce"]).current_dir(at).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("avm starts");
        // Spread over the first tenth of a second and a little more: a multiple of an odd number, so that none repeats.
        std::thread::sleep(Duration::from_micros(death * 7_919 % 120_000));
        child.kill().expect("killed");
        child.wait().expect("ended");
        made += u64::from(whole(at, before));
    }
    println!("{deaths} deaths, {made} blocks");
}

#[test]
fn a_full_disk_leaves_a_block_or_none() {
    let folder = node();
    let at = folder.path();
    let (mut made, runs) = (0, times("AVM_LEDGER_FULL", 3));
    for run in 0..runs {
        let before = wait(at);
        // KiB that a file may have: from nothing to beyond the databases' tables.
        let limit = if run == 0 { 0 } else { (1_u64 << (run % 19)) * 11 / 10 };
        let script = format!("ulimit -f {limit}; trap '' XFSZ; exec {} ledger produce", env!("CARGO_BIN_EXE_avm"));
        let ended = Command::new("bash").args(["-c", &script]).current_dir(at).output().expect("a shell");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(matches!(ended.status.code(), Some(0 | 3)), "{limit} KiB: {ended:?}");
        assert!(!said.contains("panicked at cosim") && !said.contains("panicked at sim"), "{said}");
        let there = whole(at, before);
        assert!(there || !said.is_empty(), "{limit} KiB: a command that fails says why");
        made += u64::from(there);
    }
    println!("{runs} full disks, {made} blocks");
}
