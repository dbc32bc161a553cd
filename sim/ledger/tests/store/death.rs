// SPDX-License-Identifier: MIT OR Apache-2.0
//! A process that commits is killed at a moment of the dice's choice. What it said was kept is there, and nothing is
//! there in part. `AVM_LEDGER_DEATHS` is the number of deaths.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use avm_ledger::edb::disk::Options;
use avm_ledger::store::Store;

use crate::support::chain::{FORKS, World, append};
use crate::support::rng::{Rng, number};

/// Set for a process that is to be killed: where its store is.
const VICTIM: &str = "AVM_LEDGER_VICTIM";
const SEED: u64 = 11;

/// No test of its own: what the process does that is killed. It says what it has kept.
#[test]
fn victim() {
    let Ok(directory) = std::env::var(VICTIM) else { return };
    let (store, recovery) = Store::open(Path::new(&directory), Options::small()).expect("a store");
    let mut out = std::io::stdout();
    let mut say = |text: String| {
        out.write_all(text.as_bytes()).expect("the other end");
        out.flush().expect("the other end");
    };
    say(format!("\nopen {} {}\n", recovery.heap, recovery.code));
    for round in store.tip().map_or(1, |tip| tip.round.0 + 1).. {
        append(&store, SEED, round).expect("kept");
        say(format!("kept {round}\n"));
    }
}

fn spawned(directory: &Path) -> Child {
    let _alone = FORKS.write();
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["death::victim", "--exact", "--nocapture", "--test-threads=1"]).env(VICTIM, directory);
    command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process")
}

/// What a victim said before its death.
#[derive(Default, Debug)]
struct Said {
    opened: bool,
    undone: (bool, bool),
    kept: u64,
}

/// Lets a process run until it has opened and `commits` more, or not even that long, and kills it after a while.
fn killed(directory: &Path, commits: Option<usize>, wait: Duration) -> Said {
    let mut child = spawned(directory);
    let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut said = Said::default();
    let mut hear = |line: &str| match line.split(' ').collect::<Vec<_>>()[..] {
        ["open", heap, code] => {
            (said.opened, said.undone) = (true, (heap == "true", code == "true"));
            true
        }
        ["kept", round] => {
            said.kept = round.parse().expect("a round");
            true
        }
        _ => false,
    };
    let mut left = commits.map_or(0, |n| n + 1);
    while left > 0 {
        let line = lines.next().expect("it goes on").expect("a line");
        left -= usize::from(hear(&line));
    }
    std::thread::sleep(wait);
    child.kill().expect("killed");
    child.wait().expect("dead");
    // A line of which only a part was written counts for nothing.
    lines.map_while(Result::ok).for_each(|line| {
        hear(&line);
    });
    said
}

#[test]
fn nothing_is_lost_and_nothing_is_torn() {
    let folder = tempfile::tempdir().expect("a folder");
    let directory = folder.path().join("ledger");
    let (mut rng, mut world) = (Rng::new(5), World::default());
    let (mut known, mut in_flight, mut undone, mut early) = (0, 0, 0, 0);
    let deaths = number("AVM_LEDGER_DEATHS", 100);
    for n in 0..deaths {
        // Some die while they open, which is while they recover from the death before.
        let commits = (!rng.one_in(4)).then(|| rng.below(3));
        let said = killed(&directory, commits, Duration::from_micros(rng.below(60_000) as u64));
        early += u64::from(!said.opened);
        known = known.max(said.kept);
        if rng.one_in(2) {
            continue;
        }
        let (store, recovery) = Store::open(&directory, Options::small()).expect("a store");
        undone += u64::from(recovery.heap || recovery.code);
        let round = store.tip().map_or(0, |tip| tip.round.0);
        assert!(round == known || round == known + 1, "death {n}: {known} was kept, {round} is there");
        in_flight += u64::from(round > known);
        if round > 0 {
            world.go(SEED, round);
            world.check(&store);
        }
    }
    println!("deaths {deaths}: {early} while opening, {in_flight} found a block nobody was told of, {undone} undone");
}

/// Dies in between the three, which the dice may miss: each is finished or undone.
#[test]
fn a_database_that_is_ahead_is_rolled_back() {
    use avm_ledger::edb::{Edb as _, disk::Disk, key::Key};
    use avm_ledger::ids::AppId;
    use avm_sim::algorand::world::PageId;

    fn ahead<K: Key>(directory: &Path, which: &str, key: K, value: Vec<u8>) {
        let disk = Disk::<K>::open(&directory.join(which), Options::small()).expect("a database");
        let prepared = disk.prepare(&[(key, Some(value))].into()).expect("prepared");
        disk.commit(prepared).expect("kept");
    }

    let _no_forks = FORKS.read();
    let folder = tempfile::tempdir().expect("a folder");
    for rounds in [0, 1, 6] {
        let directory = folder.path().join(format!("ledger-{rounds}"));
        let (store, _) = Store::open(&directory, Options::small()).expect("a store");
        (1..=rounds).for_each(|round| append(&store, SEED, round).expect("kept"));
        drop(store);
        for (heap, code) in [(true, false), (true, true), (false, true), (false, false)] {
            if heap {
                ahead(&directory, "heap", PageId { app: 1, page: 1_000 }, vec![1; 8]);
            }
            if code {
                ahead(&directory, "code", AppId(900), vec![1; 500]);
            }
            let (store, recovery) = Store::open(&directory, Options::small()).expect("a store");
            assert_eq!((recovery.heap, recovery.code), (heap, code));
            let mut world = World::default();
            world.go(SEED, rounds);
            if rounds > 0 {
                world.check(&store);
            } else {
                assert_eq!(store.tip(), None);
            }
        }
        // Two commits ahead is none of our doing.
        ahead(&directory, "heap", PageId { app: 1, page: 1_000 }, vec![1; 8]);
        ahead(&directory, "heap", PageId { app: 1, page: 1_001 }, vec![1; 8]);
        let error = Store::open(&directory, Options::small()).err().expect("refused").to_string();
        assert!(error.contains("the heap database is at"), "{error}");
    }
}
