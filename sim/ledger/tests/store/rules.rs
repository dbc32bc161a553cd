// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the store refuses.

use std::fs;

use avm_ledger::edb::Edb as _;
use avm_ledger::edb::disk::Options;
use avm_ledger::ids::{Hash, Root, Round};
use avm_ledger::state::{Changes, State as _};
use avm_ledger::store::{Block, Notes, Store, StoreError};
use avm_sim::algorand::world::PageId;

use crate::support::chain::{World, append};

const SEED: u64 = 13;

fn opened(directory: &std::path::Path) -> Store {
    Store::open(directory, Options::small()).expect("a store").0
}

#[test]
fn one_process_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = opened(folder.path());
    let error = Store::open(folder.path(), Options::small()).err().expect("refused");
    assert!(matches!(error, StoreError::InUse(_)), "{error}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    drop(store);
    opened(folder.path());
}

#[test]
fn other_directories_are_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("letter.txt"), "dear").expect("written");
    let error = Store::open(folder.path(), Options::small()).err().expect("refused");
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    assert_eq!(fs::read_dir(folder.path()).expect("a directory").count(), 1);
    // Neither is a store whose record is gone taken for an empty one.
    let store = folder.path().join("ledger");
    append(&opened(&store), SEED, 1).expect("kept");
    fs::remove_file(store.join("blocks.redb")).expect("removed");
    assert!(matches!(Store::open(&store, Options::small()), Err(StoreError::Foreign(_))));
}

/// A store that was being made when its process died is made anew.
#[test]
fn a_half_made_store_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("creating"), "").expect("written");
    fs::create_dir(folder.path().join("heap")).expect("made");
    fs::write(folder.path().join("heap/meta"), [0; 100]).expect("written");
    fs::write(folder.path().join("blocks.redb"), [0; 100]).expect("written");
    let store = opened(folder.path());
    assert_eq!(store.tip(), None);
    append(&store, SEED, 1).expect("kept");
    assert!(!folder.path().join("creating").exists());
}

#[test]
fn blocks_follow_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = opened(folder.path());
    let attempt = |round, heap: Option<Root>| {
        let prepared = store.prepare(&Changes::default()).expect("prepared");
        let (root, code) = prepared.roots();
        let heap = heap.unwrap_or(root);
        let block = Block { round: Round(round), hash: Hash::default(), heap, code, bytes: vec![] };
        store.commit(prepared, &block, &Notes::new())
    };
    let refused = |result: Result<_, StoreError>| matches!(result, Err(StoreError::Refused { .. }));
    assert!(attempt(5, None).is_ok(), "the first block may be of any round");
    assert!(refused(attempt(5, None)) && refused(attempt(7, None)) && refused(attempt(0, None)));
    assert!(refused(attempt(6, Some(Root([1; 32])))), "another commitment");
    assert!(attempt(6, None).is_ok(), "what was refused changed nothing");
    // Of two states prepared on one, the second is refused.
    let id = PageId { app: 1, page: 1 };
    let states =
        [1, 2].map(|n| store.prepare(&Changes { pages: [(id, Some(vec![n; 8]))].into(), ..Changes::default() }));
    for (prepared, right) in states.into_iter().zip([true, false]) {
        let prepared = prepared.expect("prepared");
        let (heap, code) = prepared.roots();
        let block = Block { round: Round(7), hash: Hash::default(), heap, code, bytes: vec![] };
        let round = if right { 7 } else { 8 };
        let kept = store.commit(prepared, &Block { round: Round(round), ..block }, &Notes::new());
        assert_eq!(kept.is_ok(), right);
    }
    assert_eq!(store.page(id), Ok(Some(vec![1; 8])));
    assert_eq!((store.page(PageId { app: 1, page: 2 }), store.code(1)), (Ok(None), Ok(None)));
}

#[test]
fn only_images_are_installed() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = opened(folder.path());
    let changes = Changes { code: [(3, Some(vec![1; 50]))].into(), ..Changes::default() };
    assert!(matches!(store.prepare(&changes), Err(StoreError::Image { app: 3, .. })));
    let large = Changes { code: [(3, Some(vec![0; 600 << 10]))].into(), ..Changes::default() };
    assert!(store.prepare(&large).is_err());
}

/// A table that is nearly full takes no block, and nothing is broken; grown, it takes it.
#[test]
fn a_full_table_can_grow() {
    let folder = tempfile::tempdir().expect("a folder");
    let few = Options { buckets: 200, ..Options::small() };
    let (store, _) = Store::open(folder.path(), few).expect("a store");
    let block = |store: &Store, round: u64| {
        let pages = (0..5).map(|n| (PageId { app: round, page: n }, Some(vec![round as u8; 8])));
        let prepared = store.prepare(&Changes { pages: pages.collect(), ..Changes::default() })?;
        let (heap, code) = prepared.roots();
        let block = Block { round: Round(round), hash: Hash::default(), heap, code, bytes: vec![] };
        store.commit(prepared, &block, &Notes::new())
    };
    let full = (1..).find_map(|round| Some((round, block(&store, round).err()?)));
    let (round, error) = full.expect("an end");
    assert!(error.to_string().contains("the table of the database is full"), "{error}");
    assert_eq!(store.tip().map(|tip| tip.round), Some(Round(round - 1)));
    assert!(store.page(PageId { app: 1, page: 1 }).is_ok());
    assert!(matches!(Store::grow(folder.path(), Options::small()), Err(StoreError::InUse(_))));
    drop(store);
    Store::grow(folder.path(), Options::small()).expect("grown");
    let store = opened(folder.path());
    block(&store, round).expect("kept");
    assert_eq!(store.page(PageId { app: round, page: 3 }), Ok(Some(vec![round as u8; 8])));
    assert!(matches!(Store::grow(&folder.path().join("heap"), Options::small()), Err(StoreError::Foreign(_))));
}

/// One block takes all that is left of the table, and more: it is refused before anything changes. Grown, the store takes it.
#[test]
fn a_block_that_outgrows_the_table_goes_in_once_it_has_grown() {
    let folder = tempfile::tempdir().expect("a folder");
    let few = Options { buckets: 200, ..Options::small() };
    let (store, _) = Store::open(folder.path(), few).expect("a store");
    let block = |store: &Store, round: u64, pages: u64| {
        let pages = (0..pages).map(|n| (PageId { app: round, page: n }, Some(vec![round as u8; 8])));
        let prepared = store.prepare(&Changes { pages: pages.collect(), ..Changes::default() })?;
        let (heap, code) = prepared.roots();
        let block = Block { round: Round(round), hash: Hash::default(), heap, code, bytes: vec![] };
        store.commit(prepared, &block, &Notes::new())
    };
    block(&store, 1, 50).expect("kept");
    let error = block(&store, 2, 1_500).expect_err("it has no room").to_string();
    assert!(error.contains("of 200 buckets, new keys: 1500") && error.contains("avm ledger grow"), "{error}");
    assert_eq!(store.tip().map(|tip| tip.round), Some(Round(1)));
    assert!(!store.heap().is_broken());
    drop(store);
    Store::grow(folder.path(), Options::small()).expect("grown");
    let store = opened(folder.path());
    block(&store, 2, 1_500).expect("kept");
    for n in [0, 999, 1_499] {
        let (root, answer) = store.heap().get(PageId { app: 2, page: n }).expect("an answer");
        assert_eq!(answer.value, Some(vec![2; 8]));
        answer.proof.verify(root, PageId { app: 2, page: n }, answer.value.as_deref()).expect("a proof that holds");
    }
    // No table is made smaller.
    drop(store);
    let error = Store::grow(folder.path(), few).expect_err("refused").to_string();
    assert!(error.contains("has 4000 buckets: name a larger number"), "{error}");
}

#[test]
fn a_store_is_found_as_it_was_left() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut world = World::default();
    for round in 1..=12 {
        let store = opened(folder.path());
        append(&store, SEED, round).expect("kept");
        world.go(SEED, round);
        world.check(&store);
    }
    let store = opened(folder.path());
    world.check(&store);
    assert_eq!(store.notes(b"la").expect("notes"), [(b"last".to_vec(), 12_u64.to_le_bytes().to_vec())]);
    assert_eq!(store.notes(b"lb").expect("notes"), []);
}
