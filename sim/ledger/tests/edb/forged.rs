// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs that were tampered with, or are of something else: every one is refused, and none panics.

use std::collections::BTreeMap;

use avm_ledger::bytes::Reader;
use avm_ledger::edb::disk::{Disk, Options};
use avm_ledger::edb::hash::Hasher;
use avm_ledger::edb::key::Key as _;
use avm_ledger::edb::proof::{Proof, ProofError, Verified, value_hash};
use avm_ledger::edb::update::{UpdateError, next_root};
use avm_ledger::edb::{Edb as _, EdbError, Writes};
use avm_ledger::ids::{AppId, Root};
use avm_sim::algorand::world::PageId;
use nomt_core::hasher::NodeHasher as _;
use nomt_core::trie::{InternalData, LeafData};
use proptest::prelude::*;

use crate::support::history::Placed;
use crate::support::rng::Rng;

fn page(n: u64) -> PageId {
    PageId { app: 1 + n % 3, page: n }
}

/// A database of forty pages, and the folder in which it lies.
fn filled() -> (tempfile::TempDir, Disk<PageId>) {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Disk::open(&folder.path().join("heap"), Options::small()).expect("a database");
    put(&disk, (0..40).map(|n| (page(n), Some(vec![n as u8; 16]))).collect());
    (folder, disk)
}

fn put(disk: &Disk<PageId>, writes: Writes<PageId>) -> Root {
    disk.commit(disk.prepare(&writes).expect("prepared")).expect("kept")
}

fn encoded(proof: &Proof) -> Vec<u8> {
    let mut bytes = Vec::new();
    proof.encode(&mut bytes);
    bytes
}

fn decoded(bytes: &[u8]) -> Option<Proof> {
    let mut from = Reader::new(bytes);
    let proof = Proof::decode(&mut from).ok()?;
    from.end().ok().map(|()| proof)
}

#[test]
fn a_value_is_proven_and_no_other() {
    let (_folder, disk) = filled();
    let (root, present) = disk.get(page(7)).expect("an answer");
    let value = present.value.as_deref();
    assert_eq!(value, Some(&[7; 16][..]));
    let check = |root, key, value: Option<&[u8]>| present.proof.verify(root, key, value).map(|v| v.value());
    assert_eq!(check(root, page(7), value), Ok(value.map(value_hash)));
    assert_eq!(check(root, page(7), Some(&[8; 16])), Err(ProofError::Value));
    assert_eq!(check(root, page(7), None), Err(ProofError::Value));
    assert_eq!(check(Root::EMPTY, page(7), value), Err(ProofError::Root));
    // Another key's proof ends elsewhere, or leads to another commitment on the way there.
    for n in (0..40).filter(|n| *n != 7) {
        assert!(check(root, page(n), value).is_err(), "{n}");
        assert!(check(root, page(n), Some(&[n as u8; 16])).is_err(), "{n}");
        assert!(check(root, page(n), None).is_err(), "{n}: present, not absent");
    }
    // A code area that has the page's number for a name.
    assert!(present.proof.verify(root, AppId(7), value).is_err());
}

#[test]
fn absence_is_proven_and_no_value() {
    let (_folder, disk) = filled();
    for n in 40..400 {
        let (root, absent) = disk.get(page(n)).expect("an answer");
        assert_eq!(absent.value, None);
        assert_eq!(absent.proof.verify(root, page(n), None).map(|v| v.value()), Ok(None));
        for value in [&[0; 16][..], &[7; 16], &[]] {
            assert_eq!(absent.proof.verify(root, page(n), Some(value)).err(), Some(ProofError::Value));
        }
    }
    // An empty database proves that everything is absent, and that alone.
    let folder = tempfile::tempdir().expect("a folder");
    let empty = Disk::<PageId>::open(&folder.path().join("heap"), Options::small()).expect("a database");
    let (root, absent) = empty.get(page(1)).expect("an answer");
    assert_eq!((root, absent.proof.siblings()), (Root::EMPTY, 0));
    assert!(absent.proof.verify(root, page(1), None).is_ok());
    assert!(absent.proof.verify(disk.root(), page(1), None).is_err());
}

/// A page that was removed and one that never was are one thing; an empty one cannot be.
#[test]
fn removed_is_absent() {
    let (_folder, disk) = filled();
    let before = disk.root();
    let with = put(&disk, [(page(90), Some(vec![1; 8]))].into());
    assert_ne!(with, before);
    assert_eq!(put(&disk, [(page(90), None)].into()), before);
    assert!(matches!(disk.prepare(&[(page(90), Some(vec![]))].into()), Err(EdbError::Value { .. })));
    assert!(matches!(disk.prepare(&[(page(90), Some(vec![0; 1_032]))].into()), Err(EdbError::Value { .. })));
    assert_eq!(disk.root(), before);
}

/// To remove what is not there is nothing, in an empty database too.
#[test]
fn removing_nothing_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let empty = Disk::<PageId>::open(&folder.path().join("heap"), Options::small()).expect("a database");
    assert_eq!(put(&empty, [(page(1), None), (page(2), None)].into()), Root::EMPTY);
    assert_eq!(put(&empty, Writes::new()), Root::EMPTY);
    let one = put(&empty, [(page(1), Some(vec![1; 8]))].into());
    assert_eq!(put(&empty, [(page(2), None)].into()), one);
    assert_eq!(empty.undo().expect("undone"), Root::EMPTY);
    assert_eq!((empty.root(), empty.is_broken()), (Root::EMPTY, false));
}

/// Every bit of a proof counts.
#[test]
fn no_bit_can_be_changed() {
    let (_folder, disk) = filled();
    for key in [page(7), page(77), page(13), page(1_000)] {
        let (root, answer) = disk.get(key).expect("an answer");
        let bytes = encoded(&answer.proof);
        assert_eq!(decoded(&bytes).as_ref(), Some(&answer.proof));
        for bit in 0..8 * bytes.len() {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let holds = decoded(&flipped).is_some_and(|p| p.verify(root, key, answer.value.as_deref()).is_ok());
            assert!(!holds, "{key}: bit {bit}");
        }
        for n in 0..bytes.len() {
            assert_eq!(decoded(&bytes[..n]), None, "{key}: cut to {n} bytes");
        }
        assert_eq!(decoded(&[&bytes[..], &[0]].concat()), None);
    }
}

/// The proofs of an earlier state prove nothing of this one, and lead to no next one.
#[test]
fn a_stale_proof_is_refused() {
    let (_folder, disk) = filled();
    let (old, answer) = disk.get(page(7)).expect("an answer");
    let stale = answer.proof.verify(old, page(7), answer.value.as_deref()).expect("it holds");
    let new = put(&disk, [(page(8), Some(vec![9; 8]))].into());
    assert_eq!(answer.proof.verify(new, page(7), answer.value.as_deref()).err(), Some(ProofError::Root));
    let writes: Writes<PageId> = [(page(7), None)].into();
    assert!(next_root(old, &writes, |_| Some(&stale)).is_ok());
    assert!(matches!(next_root(new, &writes, |_| Some(&stale)), Err(UpdateError::Stale { found, .. }) if found == old));
}

#[test]
fn what_is_not_proven_does_not_change() {
    let (_folder, disk) = filled();
    let (root, answer) = disk.get(page(7)).expect("an answer");
    let known = answer.proof.verify(root, page(7), answer.value.as_deref()).expect("it holds");
    let writes: Writes<PageId> = [(page(8), None)].into();
    assert!(matches!(next_root(root, &writes, |_| None), Err(UpdateError::Unproven(_))));
    // What is known of another key is not taken for it.
    assert!(matches!(next_root(root, &writes, |_| Some(&known)), Err(UpdateError::Unproven(_))));
    let large: Writes<PageId> = [(page(7), Some(vec![0; 2_000]))].into();
    assert!(matches!(next_root(root, &large, |_| Some(&known)), Err(UpdateError::Value { .. })));
    assert_eq!(next_root(root, &Writes::<PageId>::new(), |_| None), Ok(root));
}

/// Of two states prepared on one, the second is refused.
#[test]
fn an_overtaken_state_is_refused() {
    let (_folder, disk) = filled();
    let first = disk.prepare(&[(page(1), None)].into()).expect("prepared");
    let second = disk.prepare(&[(page(2), None)].into()).expect("prepared");
    let root = disk.commit(first).expect("kept");
    assert!(matches!(disk.commit(second), Err(EdbError::Overtaken { present, .. }) if present == root));
    assert_eq!((disk.root(), disk.is_broken()), (root, false));
}

/// A commitment made up by a forger, over a trie that no database has: a leaf that does not lie on its path.
#[test]
fn a_commitment_of_no_database_proves_nothing() {
    let stray = LeafData { key_path: [0xff; 32], value_hash: value_hash(&[1; 8]).0 };
    let root = Hasher::hash_internal(&InternalData { left: Hasher::hash_leaf(&stray), right: [0; 32] });
    let mut bytes = vec![1, 1, 0];
    bytes.extend(stray.key_path.iter().chain(&stray.value_hash).chain(&[0; 32]));
    let proof = decoded(&bytes).expect("a proof");
    // The leaf lies left, where keys that begin with 0 are.
    for key in [Placed([0; 32]), Placed([0xff; 32])] {
        assert!(proof.claim(Root(root), key).is_err(), "{key}");
    }
    assert_eq!(proof.claim(Root(root), Placed([0; 32])).err(), Some(ProofError::Key));
}

/// Proofs of random shape, each against the very root that it leads to: they may hold, and nothing panics.
#[test]
fn made_up_tries_never_panic() {
    let mut rng = Rng::new(9);
    let mut held = 0;
    for _ in 0..20_000 {
        let mut key = [0; 32];
        key[0] = rng.bits() as u8;
        let siblings: Vec<[u8; 32]> = (0..rng.below(12)).map(|_| [rng.below(3) as u8 * 100; 32]).collect();
        let mut bytes = vec![rng.below(2) as u8];
        bytes.extend((siblings.len() as u16).to_le_bytes());
        let mut node = [0; 32];
        if bytes[0] == 1 {
            let leaf =
                LeafData { key_path: if rng.one_in(2) { key } else { [rng.bits() as u8; 32] }, value_hash: [3; 32] };
            bytes.extend(leaf.key_path.iter().chain(&leaf.value_hash));
            node = Hasher::hash_leaf(&leaf);
        }
        bytes.extend(siblings.as_flattened());
        for (depth, sibling) in siblings.iter().enumerate().rev() {
            let right = key[depth / 8] >> (7 - depth % 8) & 1 == 1;
            let (left, right) = if right { (*sibling, node) } else { (node, *sibling) };
            node = Hasher::hash_internal(&InternalData { left, right });
        }
        let proof = decoded(&bytes).expect("a proof");
        let Ok(known) = proof.claim(Root(node), Placed(key)) else { continue };
        held += 1;
        for value in [None, Some(vec![1; 8])] {
            let _ = next_root(Root(node), &[(Placed(key), value)].into(), |_| Some(&known));
        }
    }
    assert!(held > 1_000, "{held} proofs hold");
}

/// Updates of many keys that end at few places of the trie.
#[test]
fn keys_that_end_at_one_place_change_together() {
    let (_folder, disk) = filled();
    let writes: Writes<PageId> = (0..300).map(|n| (page(n), (n % 4 != 0).then(|| vec![1; 8]))).collect();
    let keys: Vec<PageId> = writes.keys().copied().collect();
    let (root, answers) = disk.get_all(&keys).expect("answers");
    let known: BTreeMap<PageId, Verified<PageId>> = keys
        .iter()
        .zip(answers)
        .map(|(key, a)| (*key, a.proof.verify(root, *key, a.value.as_deref()).expect("it holds")))
        .collect();
    let stateless = next_root(root, &writes, |key| known.get(&key));
    assert_eq!(stateless, Ok(put(&disk, writes)));
}

proptest! {
    #[test]
    fn any_bytes_are_a_proof_or_not(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Some(proof) = decoded(&bytes) {
            prop_assert_eq!(encoded(&proof), bytes);
            prop_assert!(proof.claim(Root([1; 32]), AppId(1)).is_err());
        }
    }

    #[test]
    fn keys_are_read_as_they_are_written(app: u64, number: u64) {
        let key = PageId { app, page: number };
        prop_assert_eq!(PageId::decode(key.encode().as_ref()), Some(key));
    }
}
