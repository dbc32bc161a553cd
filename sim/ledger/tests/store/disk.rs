// SPDX-License-Identifier: MIT OR Apache-2.0
//! A real full disk: a file system of bounded size, filled by another file up to a place of the dice's choice. The store
//! commits until there is no space; opened again, still full or with space, it is whole.
//!
//! `cargo test -p avm-ledger --test store disk:: -- --nocapture`, as root: others may not mount, and the tests say so.
//! `AVM_LEDGER_FULL` is the number of fill levels.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use avm_ledger::edb::Edb as _;
use avm_ledger::edb::disk::Options;
use avm_ledger::ids::{Hash, Round};
use avm_ledger::state::Changes;
use avm_ledger::store::{Block, Notes, Store};
use avm_sim::algorand::world::PageId;

use crate::support::chain::{WIDE, World, append};
use crate::support::mounted::Mounted;
use crate::support::rng::{Rng, number};

/// As a node keeps its databases, with small tables.
const OPTIONS: Options = Options { buckets: 4_000, preallocate: true, undo: 4, cache: 8 };
#[test]
fn a_disk_that_fills_up_loses_nothing() {
    let Some(disk) = Mounted::new(64) else { return };
    let directory = disk.path().join("ledger");
    let (mut rng, mut world) = (Rng::new(8), World::default());
    let (mut known, mut also, mut unopened) = (0, 0, 0);
    let levels = number("AVM_LEDGER_FULL", 20);
    let (store, _) = Store::open(&directory, OPTIONS).expect("a store");
    drop(store);
    for level in 0..levels {
        let order = 14 + rng.below(8);
        let free = rng.below(1 << order) as u64;
        let (store, _) = Store::open(&directory, OPTIONS).expect("a store");
        disk.fill(free);
        let error = loop {
            match append(&store, WIDE, known + 1) {
                Ok(()) => known += 1,
                Err(error) => break error,
            }
        };
        let again = append(&store, WIDE, known + 1).expect_err("broken until it is opened again");
        assert!(again.to_string().contains("open it again"), "{again}");
        drop(store);
        println!("level {level}: {free} bytes free, {known} blocks, then: {error}");
        // Still full: whole, or a message; nothing gets worse.
        if rng.one_in(2) {
            match Store::open(&directory, OPTIONS) {
                Ok((store, _)) => (known, also) = found(&store, &mut world, known, also),
                Err(e) => {
                    println!("         still full: {e}");
                    unopened += 1;
                }
            }
        }
        disk.empty();
        let (store, _) = Store::open(&directory, OPTIONS).unwrap_or_else(|e| panic!("level {level}: {e}"));
        (known, also) = found(&store, &mut world, known, also);
    }
    println!("{levels} fill levels, {known} blocks: 0 lost, 0 torn; {also} were kept though the commit failed");
    println!("{unopened} times not opened while the disk was full");
}

/// What is there is exactly what was kept, or one block more.
fn found(store: &Store, world: &mut World, known: u64, also: u64) -> (u64, u64) {
    let round = store.tip().map_or(0, |tip| tip.round.0);
    assert!(round == known || round == known + 1, "{known} was kept, {round} is there");
    world.go(WIDE, round);
    if round > 0 {
        world.check(store);
    }
    (round, also + (round - known))
}

/// Pages of a block: the second makes some sixty new pages of the trie.
fn pages(round: u64) -> impl Iterator<Item = PageId> {
    (0..if round == 1 { 100 } else { 1_500 }).map(move |page| PageId { app: round, page })
}

/// Computes such a block and keeps it.
fn large(store: &Store, round: u64) -> Result<(), avm_ledger::store::StoreError> {
    let pages = pages(round).map(|id| (id, Some(vec![round as u8; 8])));
    let prepared = store.prepare(&Changes { pages: pages.collect(), ..Changes::default() })?;
    let (heap, code) = prepared.roots();
    let block = Block { round: Round(round), hash: Hash::default(), heap, code, bytes: vec![] };
    store.commit(prepared, &block, &Notes::new()).map(|_| ())
}

/// Whether the store has exactly the blocks that [`large`] made up to this round, each page proven.
fn has(store: &Store, rounds: u64) {
    assert_eq!(store.tip().map(|tip| tip.round), Some(Round(rounds)));
    for round in 1..=rounds + 1 {
        let keys: Vec<_> = pages(round).collect();
        let (root, answers) = store.heap().get_all(&keys).expect("answers");
        let expected = (round <= rounds).then(|| vec![round as u8; 8]);
        for (key, answer) in keys.iter().zip(answers) {
            assert_eq!(answer.value, expected, "{key}");
            answer.proof.verify(root, *key, answer.value.as_deref()).expect("a proof that holds");
        }
    }
}

/// One block on ever more space: the disk is full at every place of its commit, that of the table included.
#[test]
fn a_disk_full_at_every_place_of_a_commit_loses_nothing() {
    let Some(disk) = Mounted::new(64) else { return };
    let directory = disk.path().join("ledger");
    let (mut failed, mut places) = (0, 0);
    for free in (0..).step_by(4 * 4_096) {
        let (store, _) = Store::open(&directory, OPTIONS).expect("a store");
        large(&store, 1).expect("kept");
        disk.fill(free);
        let kept = large(&store, 2);
        drop(store);
        disk.empty();
        let (store, _) = Store::open(&directory, OPTIONS).unwrap_or_else(|e| panic!("{free} bytes free: {e}"));
        let rounds = store.tip().map_or(0, |tip| tip.round.0);
        assert!(rounds == 1 && kept.is_err() || rounds == 2, "{free} bytes free: {kept:?}, {rounds} is there");
        has(&store, rounds);
        (rounds + 1..4).for_each(|round| large(&store, round).expect("goes on"));
        drop(store);
        has(&Store::open(&directory, OPTIONS).expect("a store").0, 3);
        fs::remove_dir_all(&directory).expect("removed");
        (failed, places) = (failed + u64::from(kept.is_err()), places + 1);
        if kept.is_ok() && places >= 20 {
            break;
        }
    }
    println!("{places} places, {failed} commits failed: 0 lost, 0 torn");
}

/// Tables with holes lose pages on a full disk, and nobody is told: not when it happens, but when the store is opened as a
/// node opens it.
#[test]
fn lost_pages_are_found() {
    let Some(disk) = Mounted::new(64) else { return };
    let directory = disk.path().join("ledger");
    let sparse = Options { preallocate: false, ..OPTIONS };
    let (mut places, mut lost) = (0, 0);
    for free in (0..80 * 4_096).step_by(4 * 4_096) {
        let (store, _) = Store::open(&directory, sparse).expect("a store");
        large(&store, 1).expect("kept");
        disk.fill(free);
        let _ = large(&store, 2);
        drop(store);
        disk.empty();
        match Store::open(&directory, OPTIONS) {
            Ok((store, _)) => has(&store, store.tip().map_or(0, |tip| tip.round.0)),
            Err(e) => {
                let said = e.to_string();
                assert!(said.contains("lost pages") && said.contains("restore a copy"), "{free} bytes free: {said}");
                lost += 1;
            }
        }
        fs::remove_dir_all(&directory).expect("removed");
        places += 1;
    }
    println!("{places} places, tables with holes: {lost} lost pages, all found");
    assert!(lost > 0, "no table lost a page");
}

/// The tables have their space, all of it, on a file system that would else give it page by page.
#[test]
fn tables_have_no_holes() {
    let Some(disk) = Mounted::new(64) else { return };
    let directory = disk.path().join("ledger");
    let held = |which: &str| {
        let table = fs::metadata(directory.join(which).join("ht")).expect("a table");
        (table.blocks() * 512, table.len())
    };
    drop(Store::open(&directory, OPTIONS).expect("a store"));
    for which in ["heap", "code"] {
        let (held, long) = held(which);
        assert!(held >= long, "{which}: {held} of {long} bytes");
    }
}
