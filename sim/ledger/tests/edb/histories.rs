// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random histories: the root is the one that `jmt` has and the one that proofs alone lead to, and every answer is
//! proven. `AVM_LEDGER_ROUNDS` is the number of rounds for each kind of keys.

use std::collections::{BTreeMap, BTreeSet};

use avm_ledger::edb::disk::{Disk, Options};
use avm_ledger::edb::proof::Verified;
use avm_ledger::edb::update::next_root;
use avm_ledger::edb::{Answer, Edb as _};
use avm_ledger::ids::{AppId, Root};
use avm_sim::algorand::world::PageId;

use crate::support::history::{Drawn, Placed, round};
use crate::support::oracle::Oracle;
use crate::support::rng::{Rng, number};

/// Proves keys against one commitment.
fn proven<K: Drawn>(disk: &Disk<K>, keys: &[K]) -> (Root, BTreeMap<K, Verified<K>>) {
    let (root, answers) = disk.get_all(keys).expect("answers");
    let verified = |(key, Answer { value, proof }): (&K, Answer)| {
        (*key, proof.verify(root, *key, value.as_deref()).expect("a proof that holds"))
    };
    (root, keys.iter().zip(answers).map(verified).collect())
}

fn history<K: Drawn>(seed: u64, rounds: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let disk = Disk::<K>::open(&folder.path().join("db"), Options::small()).expect("a database");
    let (mut oracle, mut rng, mut known) = (Oracle::default(), Rng::new(seed), BTreeSet::new());
    for n in 0..rounds {
        let writes = round(&mut rng, &mut known);
        let keys: Vec<K> = writes.keys().copied().chain((0..4).map(|_| K::key(&mut rng))).collect();
        let (root, proofs) = proven(&disk, &keys);
        assert_eq!(root, oracle.root(), "round {n}");
        for key in &keys {
            let (_, answer) = disk.get(*key).expect("an answer");
            assert_eq!(answer.value.as_ref(), oracle.values.get(&key.path()), "round {n}: {key}");
            assert!(oracle.confirms(key.path()), "round {n}: {key}");
        }
        let stateless = next_root(root, &writes, |key| proofs.get(&key)).expect("a commitment");
        let prepared = disk.prepare(&writes).expect("prepared");
        let promised = Disk::<K>::prepared_root(&prepared);
        let kept = disk.commit(prepared).expect("kept");
        let judged = oracle.commit(&writes);
        assert_eq!((promised, stateless, judged), (kept, kept, kept), "round {n}");
    }
}

#[test]
fn of_heap_pages() {
    history::<PageId>(1, number("AVM_LEDGER_ROUNDS", 200));
}

#[test]
fn of_code_areas() {
    history::<AppId>(2, number("AVM_LEDGER_ROUNDS", 100));
}

#[test]
fn of_keys_that_share_bits() {
    history::<Placed>(3, number("AVM_LEDGER_ROUNDS", 200));
}
