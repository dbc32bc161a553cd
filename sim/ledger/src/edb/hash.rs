// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hash of both databases: BLAKE3, keyed with a public constant for each purpose, so that nothing hashed
//! for one of them is ever taken for another.

use nomt_core::hasher::{NodeHasher, ValueHasher, node_kind_by_msb, set_msb, unset_msb};
use nomt_core::trie::{InternalData, LeafData, Node, NodeKind};

/// What a hash is for. Its 32 ASCII bytes are BLAKE3's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// The path of a heap page: `applicationID`, `pageIndex`.
    HeapKey,
    /// The path of a code area: `applicationID`.
    CodeKey,
    /// A value.
    Value,
    /// A leaf of the trie: path, hash of the value.
    Leaf,
    /// Any other node of the trie: its two children.
    Node,
}

impl Domain {
    /// BLAKE3's key.
    pub const fn key(self) -> &'static [u8; 32] {
        match self {
            Domain::HeapKey => b"avm-ledger v1 key of a heap page",
            Domain::CodeKey => b"avm-ledger v1 key of a code area",
            Domain::Value => b"avm-ledger v1 value at its place",
            Domain::Leaf => b"avm-ledger v1 leaf of a database",
            Domain::Node => b"avm-ledger v1 node of a database",
        }
    }
}

/// Hash of bytes, for one purpose.
pub fn of(domain: Domain, bytes: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(domain.key(), bytes).as_bytes()
}

/// Hash of 64 bytes that come in two halves.
fn of_two(domain: Domain, left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left);
    both[32..].copy_from_slice(right);
    of(domain, &both)
}

/// How the trie is hashed. The top bit says what a node is: 1 a leaf, 0 any other; all zeros is an empty subtrie.
#[derive(Clone, Copy, Debug)]
pub struct Hasher;

impl ValueHasher for Hasher {
    fn hash_value(value: &[u8]) -> [u8; 32] {
        of(Domain::Value, value)
    }
}

impl NodeHasher for Hasher {
    fn hash_leaf(data: &LeafData) -> [u8; 32] {
        let mut node = of_two(Domain::Leaf, &data.key_path, &data.value_hash);
        set_msb(&mut node);
        node
    }

    fn hash_internal(data: &InternalData) -> [u8; 32] {
        let mut node = of_two(Domain::Node, &data.left, &data.right);
        unset_msb(&mut node);
        node
    }

    fn node_kind(node: &Node) -> NodeKind {
        node_kind_by_msb(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_are_apart() {
        let all = [Domain::HeapKey, Domain::CodeKey, Domain::Value, Domain::Leaf, Domain::Node];
        let hashes: std::collections::BTreeSet<_> = all.iter().map(|d| of(*d, &[0; 64])).collect();
        assert_eq!(hashes.len(), all.len());
    }

    #[test]
    fn the_top_bit_tells_leaves_from_nodes() {
        for n in 0..=255 {
            let leaf = Hasher::hash_leaf(&LeafData { key_path: [n; 32], value_hash: [1; 32] });
            let node = Hasher::hash_internal(&InternalData { left: [n; 32], right: [1; 32] });
            assert_eq!((Hasher::node_kind(&leaf), Hasher::node_kind(&node)), (NodeKind::Leaf, NodeKind::Internal));
        }
    }
}
