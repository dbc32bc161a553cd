// SPDX-License-Identifier: MIT OR Apache-2.0
//! The disk is full in the middle of a commit: the store says so, and once there is space it is whole.
//!
//! A limit on the size of files stands for the full disk: a write beyond it fails as one to a full disk does, and it
//! can be put anywhere. `AVM_LEDGER_FULL` is the number of places.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use avm_ledger::edb::disk::Options;
use avm_ledger::store::Store;

use crate::support::chain::{FORKS, World, append};
use crate::support::rng::{Rng, number};

/// Set for the process that finds its disk full: where its store is, and the limit.
const VICTIM: &str = "AVM_LEDGER_FULL_VICTIM";
const SEED: u64 = 12;

/// No test of its own: what the process does whose disk is full. It ends by itself, having said what it kept.
#[test]
fn victim() {
    let Ok(order) = std::env::var(VICTIM) else { return };
    let (limit, directory) = order.split_once(' ').expect("an order");
    let (store, _) = Store::open(Path::new(directory), Options::small()).expect("a store");
    let from = store.tip().map_or(1, |tip| tip.round.0 + 1);
    println!("\nopen");
    limited(limit.parse().expect("a number"));
    for round in from..from + 200 {
        if let Err(error) = append(&store, SEED, round) {
            println!("\nfull {error}");
            let again = append(&store, SEED, round).expect_err("broken until it is opened again");
            assert!(again.to_string().contains("open it again"), "{again}");
            println!("\nended");
            return;
        }
        println!("\nkept {round}");
    }
    println!("\nended");
}

/// No file of this process grows beyond this.
fn limited(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: libc::RLIM_INFINITY };
    // SAFETY: both calls read their arguments alone.
    unsafe {
        // Without, a write beyond the limit ends the process.
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        assert_eq!(libc::setrlimit(libc::RLIMIT_FSIZE, &raw const limit), 0, "a limit");
    }
}

/// The largest file of a store whose growth a limit can stop; the table of trie pages has its size from the start.
fn sizes(directory: &Path) -> Vec<u64> {
    let mut sizes = Vec::new();
    for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
        let meta = entry.metadata().expect("its size");
        match meta.is_dir() {
            true => sizes.extend(self::sizes(&entry.path())),
            false if meta.len() > 0 => sizes.push(meta.len()),
            false => {}
        }
    }
    sizes
}

fn spawned(directory: &Path, limit: u64) -> Child {
    let _alone = FORKS.write();
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["full::victim", "--exact", "--nocapture", "--test-threads=1"]);
    command.env(VICTIM, format!("{limit} {}", directory.display())).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a process")
}

#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path().join("ledger");
    let (mut rng, mut world) = (Rng::new(6), World::default());
    let (mut known, mut failed) = (0, 0);
    let places = number("AVM_LEDGER_FULL", 20);
    for n in 0..places {
        if n == 0 {
            let (store, _) = Store::open(&directory, Options::small()).expect("a store");
            append(&store, SEED, 1).expect("kept");
            known = 1;
        }
        let sizes = sizes(&directory);
        let limit = sizes[rng.below(sizes.len())] + rng.below(200_000) as u64;
        let out = spawned(&directory, limit).wait_with_output().expect("its output");
        let said = String::from_utf8_lossy(&out.stdout);
        let kept = said.lines().filter_map(|l| l.strip_prefix("kept ")?.parse::<u64>().ok());
        known = kept.max().unwrap_or(known).max(known);
        failed += u64::from(said.contains("full "));
        assert!(said.contains("ended"), "place {n}, limit {limit}: {said}\n{}", String::from_utf8_lossy(&out.stderr));
        let (store, _) = Store::open(&directory, Options::small()).expect("a store");
        let round = store.tip().map_or(0, |tip| tip.round.0);
        assert!(round == known || round == known + 1, "place {n}: {known} was kept, {round} is there");
        known = round;
        world.go(SEED, round);
        world.check(&store);
    }
    println!("places {places}: {failed} commits failed");
}
