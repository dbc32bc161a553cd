// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger produce`, killed at random moments and with a disk that is full: the block is there as a whole or not at all,
//! and what waited for it still waits or is in it. `AVM_LEDGER_DEATHS` and `AVM_LEDGER_FULL` say how often.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use super::{json, ledger, node, round};
use crate::support::avm;

pub fn times(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|n| n.parse().ok()).unwrap_or(default)
}

/// What a node says after a command ended somehow: the transaction waits, or is in the block that was made. Any block that is
/// new is executed again, and all its commitments compared. True if it was made.
pub fn whole(at: &Path, before: u64) -> bool {
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
pub fn wait(at: &Path) -> u64 {
    if json(at, &["show", "status"], 0)["waiting"] == 0 {
        ledger(at, &["submit", "--from-oracle", "transfer.toml"], 0);
    }
    round(at)
}

#[test]
fn a_killed_producer_leaves_a_block_or_none() {
    let folder = node();
    let at = folder.path();
    let begun = Instant::now();
    ledger(at, &["produce"], 0);
    let long = begun.elapsed();
    let (mut made, deaths) = (0, times("AVM_LEDGER_DEATHS", 4));
    for death in 0..deaths {
        let before = wait(at);
        let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
        let command = command.args(["ledger", "produce"]).current_dir(at).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("avm starts");
        // Spread over as long as one takes, and a little more: steps of a number without common factors with the whole.
        std::thread::sleep(long * u32::try_from(death * 617 % 1_000).expect("small") / 800);
        child.kill().expect("killed");
        child.wait().expect("ended");
        made += u64::from(whole(at, before));
    }
    println!("{deaths} deaths, {made} blocks");
}

/// The command with no file longer than so many bytes. It stands for a full disk in all that takes new space: the tables of the
/// databases have theirs already, and so the limits end where their writes begin.
fn limited(bytes: u64) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    let set = move || {
        // SAFETY: both calls read their arguments alone, and may be made between fork and exec. Without the first, a write
        // beyond the limit ends the process.
        let set = unsafe {
            libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
            libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit)
        };
        if set == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    };
    // SAFETY: it allocates nothing and takes no lock.
    unsafe { command.pre_exec(set) };
    command
}

#[test]
fn a_full_disk_leaves_a_block_or_none() {
    let folder = node();
    let at = folder.path();
    let (mut made, runs) = (0, times("AVM_LEDGER_FULL", 3));
    for run in 0..runs {
        let before = wait(at);
        let limit = run * 401 % 8_192;
        let ended = limited(limit).args(["ledger", "produce"]).current_dir(at).output().expect("avm starts");
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        assert!(matches!(ended.status.code(), Some(0 | 3)), "{limit} bytes: {ended:?}");
        assert!(!said.contains("panicked at cosim") && !said.contains("panicked at sim"), "{said}");
        let there = whole(at, before);
        assert!(there || !said.is_empty(), "{limit} bytes: a command that fails says why");
        made += u64::from(there);
    }
    println!("{runs} full disks, {made} blocks");
}
