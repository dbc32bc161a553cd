// SPDX-License-Identifier: MIT OR Apache-2.0
//! A second opinion on roots: `jmt`, which shares no code with the store.
//!
//! Both are binary tries in which a leaf lies at its shortest unique prefix, so that only labels differ. [`Labels`]
//! replaces those of `jmt` by ours; it hashes by itself.

use std::collections::BTreeMap;

use avm_ledger::edb::Writes;
use avm_ledger::edb::key::Key;
use avm_ledger::ids::Root;
use jmt::mock::MockTreeStore;
use jmt::{JellyfishMerkleTree, KeyHash, RootHash, SimpleHasher};

/// `jmt`'s hash of an empty subtrie.
const PLACEHOLDER: [u8; 32] = *b"SPARSE_MERKLE_PLACEHOLDER_HASH__";

/// `jmt`'s hasher: the first thing that it is given says what is hashed.
pub struct Labels {
    kind: Option<Kind>,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Leaf,
    Node,
    Value,
}

impl SimpleHasher for Labels {
    fn new() -> Labels {
        Labels { kind: None, bytes: Vec::new() }
    }

    fn update(&mut self, data: &[u8]) {
        let Some(kind) = self.kind else {
            self.kind = Some(match data {
                b"JMT::LeafNode" => Kind::Leaf,
                b"JMT::IntrnalNode" => Kind::Node,
                value => {
                    self.bytes.extend(value);
                    Kind::Value
                }
            });
            return;
        };
        let empty = kind == Kind::Node && data == PLACEHOLDER;
        self.bytes.extend(if empty { &[0; 32] } else { data });
    }

    fn finalize(self) -> [u8; 32] {
        let (key, top): (_, Option<bool>) = match self.kind.unwrap_or(Kind::Value) {
            Kind::Leaf => (b"avm-ledger v1 leaf of a database", Some(true)),
            Kind::Node => (b"avm-ledger v1 node of a database", Some(false)),
            Kind::Value => (b"avm-ledger v1 value at its place", None),
        };
        let mut hash = *blake3::keyed_hash(key, &self.bytes).as_bytes();
        match top {
            Some(true) => hash[0] |= 0x80,
            Some(false) => hash[0] &= 0x7f,
            None => {}
        }
        hash
    }
}

/// A database of the other kind, in memory.
pub struct Oracle {
    store: MockTreeStore,
    version: u64,
    root: Root,
    /// What it holds.
    pub values: BTreeMap<[u8; 32], Vec<u8>>,
}

impl Default for Oracle {
    fn default() -> Oracle {
        Oracle { store: MockTreeStore::new(true), version: 0, root: Root::EMPTY, values: BTreeMap::new() }
    }
}

impl Oracle {
    /// Changes values; the new root.
    pub fn commit<K: Key>(&mut self, writes: &Writes<K>) -> Root {
        let mut set = BTreeMap::new();
        for (key, value) in writes {
            match value {
                Some(bytes) => self.values.insert(key.path(), bytes.clone()),
                None => self.values.remove(&key.path()),
            };
            set.insert(KeyHash(key.path()), value.clone());
        }
        let tree = JellyfishMerkleTree::<_, Labels>::new(&self.store);
        let (root, batch) = tree.put_value_set(set, self.version).expect("a change that is taken");
        self.store.write_tree_update_batch(batch).expect("kept");
        self.store.purge_stale_nodes(self.version).expect("purged");
        self.version += 1;
        self.root = if root == RootHash(PLACEHOLDER) { Root::EMPTY } else { Root(root.0) };
        self.root
    }

    /// The present root.
    pub fn root(&self) -> Root {
        self.root
    }

    /// Its own proof of a value, or of none, verified by its own rules.
    pub fn confirms(&self, path: [u8; 32]) -> bool {
        let Some(version) = self.version.checked_sub(1) else { return true };
        let root = if self.root == Root::EMPTY { PLACEHOLDER } else { self.root.0 };
        let tree = JellyfishMerkleTree::<_, Labels>::new(&self.store);
        let (value, proof) = tree.get_with_proof(KeyHash(path), version).expect("an answer");
        value.as_ref() == self.values.get(&path) && proof.verify(RootHash(root), KeyHash(path), value).is_ok()
    }
}
