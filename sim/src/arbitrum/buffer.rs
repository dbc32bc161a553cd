// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers: bytes at 64-bit offsets, kept as the Merkle tree that their hash is made of.
//!
//! A subtree that is all zero is not stored, so one byte at the far end costs 60 nodes. Copies share their trees; a
//! write copies the nodes on its path, or changes them in place where nobody else has them. Trees are always of the
//! least depth, as the hash wants it. Instructions are in `interp`, proofs about buffers in `proof`.

use std::sync::{Arc, OnceLock};

use super::hash::{Hash, ZERO, hash_buffer, keccak};

/// Bytes of a leaf.
pub const LEAF: u64 = 32;
/// Greatest depth: 2^59 leaves of 32 bytes (A30).
pub const DEPTH_MAX: usize = 59;

/// A subtree; `None` is all zero.
type Tree = Option<Arc<Node>>;

#[derive(Clone, Debug)]
struct Node {
    hash: OnceLock<Hash>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Leaf(Hash),
    Branch(Tree, Tree),
}

/// A buffer.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    depth: u8,
    root: Tree,
}

/// Roots of all-zero trees by depth, 0 to 63 (a checker may be shown deeper ones than there are).
pub fn zeros() -> &'static [Hash; 64] {
    static ZEROS: OnceLock<[Hash; 64]> = OnceLock::new();
    ZEROS.get_or_init(|| {
        let mut all = [keccak(&[&ZERO]); 64];
        for depth in 1..64 {
            all[depth] = keccak(&[&all[depth - 1], &all[depth - 1]]);
        }
        all
    })
}

fn root_hash(tree: &Tree, depth: usize) -> Hash {
    let Some(node) = tree else { return zeros()[depth] };
    *node.hash.get_or_init(|| match &node.kind {
        Kind::Leaf(bytes) => keccak(&[bytes]),
        Kind::Branch(left, right) => keccak(&[&root_hash(left, depth - 1), &root_hash(right, depth - 1)]),
    })
}

/// Changes a leaf of a subtree; `index` is relative to it. Leaves no all-zero node behind.
fn write(tree: &mut Tree, depth: u8, index: u64, change: &mut dyn FnMut(&mut Hash)) {
    let empty = || {
        let kind = if depth == 0 { Kind::Leaf(ZERO) } else { Kind::Branch(None, None) };
        Arc::new(Node { hash: OnceLock::new(), kind })
    };
    let node = Arc::make_mut(tree.get_or_insert_with(empty));
    node.hash = OnceLock::new();
    let zero = match &mut node.kind {
        Kind::Leaf(bytes) => {
            change(bytes);
            *bytes == ZERO
        }
        Kind::Branch(left, right) => {
            let half = depth - 1;
            let child = if index >> half & 1 == 0 { &mut *left } else { &mut *right };
            write(child, half, index, change);
            left.is_none() && right.is_none()
        }
    };
    if zero {
        *tree = None;
    }
}

impl Buffer {
    /// The empty buffer.
    pub fn new() -> Buffer {
        Buffer::default()
    }

    /// A buffer that holds these bytes from offset 0 on.
    pub fn from_bytes(bytes: &[u8]) -> Buffer {
        let mut buffer = Buffer::new();
        for (i, chunk) in bytes.chunks(LEAF as usize).enumerate() {
            buffer.set(i as u64 * LEAF, chunk);
        }
        buffer
    }

    /// Levels above the leaves, at most [`DEPTH_MAX`]; 0 for a buffer of one leaf.
    pub fn depth(&self) -> usize {
        self.depth.into()
    }

    /// The leaf at an index, 0 to 2^59 - 1: bytes 32 * index to 32 * index + 31.
    pub fn leaf(&self, index: u64) -> Hash {
        if index >> self.depth != 0 {
            return ZERO;
        }
        let (mut tree, mut depth) = (&self.root, self.depth);
        loop {
            match tree.as_deref().map(|node| &node.kind) {
                None => return ZERO,
                Some(Kind::Leaf(bytes)) => return *bytes,
                Some(Kind::Branch(left, right)) => {
                    depth -= 1;
                    tree = if index >> depth & 1 == 0 { left } else { right };
                }
            }
        }
    }

    /// Fills `bytes`, at most 32, from `offset` on. The last offset must not exceed 2^64 - 1.
    pub fn get(&self, offset: u64, bytes: &mut [u8]) {
        let (index, at) = (offset / LEAF, (offset % LEAF) as usize);
        let first = bytes.len().min(32 - at);
        bytes[..first].copy_from_slice(&self.leaf(index)[at..at + first]);
        if first < bytes.len() {
            let rest = bytes.len() - first;
            bytes[first..].copy_from_slice(&self.leaf(index + 1)[..rest]);
        }
    }

    /// Writes `bytes`, at most 32, from `offset` on. The last offset must not exceed 2^64 - 1.
    pub fn set(&mut self, offset: u64, bytes: &[u8]) {
        let (index, at) = (offset / LEAF, (offset % LEAF) as usize);
        let first = bytes.len().min(32 - at);
        self.set_leaf(index, at, &bytes[..first]);
        if first < bytes.len() {
            self.set_leaf(index + 1, 0, &bytes[first..]);
        }
    }

    fn set_leaf(&mut self, index: u64, at: usize, bytes: &[u8]) {
        if index >> self.depth != 0 {
            if bytes.iter().all(|b| *b == 0) {
                return;
            }
            while index >> self.depth != 0 {
                let grown = Kind::Branch(self.root.take(), None);
                self.root = Some(Arc::new(Node { hash: OnceLock::new(), kind: grown }));
                self.depth += 1;
            }
        }
        write(&mut self.root, self.depth, index, &mut |leaf| leaf[at..at + bytes.len()].copy_from_slice(bytes));
        self.shrink();
    }

    /// Takes off levels whose right half is all zero.
    fn shrink(&mut self) {
        while self.depth > 0 {
            let left = match self.root.as_deref().map(|node| &node.kind) {
                Some(Kind::Branch(_, Some(_)) | Kind::Leaf(_)) => return,
                Some(Kind::Branch(left, None)) => left.clone(),
                None => None,
            };
            self.root = left;
            self.depth -= 1;
        }
    }

    /// Offset of the last byte that is not 0; `None` if all are.
    pub fn last(&self) -> Option<u64> {
        let (mut tree, mut index) = (&self.root, 0);
        loop {
            match &tree.as_deref()?.kind {
                Kind::Leaf(bytes) => {
                    let at = bytes.iter().rposition(|b| *b != 0)?;
                    return Some(index * LEAF + at as u64);
                }
                Kind::Branch(left, right) => {
                    let half = u64::from(right.is_some());
                    (tree, index) = (if half == 1 { right } else { left }, index << 1 | half);
                }
            }
        }
    }

    /// The first `n` bytes.
    pub fn prefix(&self, n: usize) -> Vec<u8> {
        let mut bytes = vec![0; n];
        for (i, chunk) in bytes.chunks_mut(LEAF as usize).enumerate() {
            self.get(i as u64 * LEAF, chunk);
        }
        bytes
    }

    /// Merkle root.
    pub fn root(&self) -> Hash {
        root_hash(&self.root, self.depth())
    }

    /// Hash as a value.
    pub fn hash(&self) -> Hash {
        hash_buffer(&self.root())
    }

    /// The leaf at an index and the roots beside its path, from the leaf's neighbour up. An index outside the tree
    /// counts modulo its number of leaves: that shows how large the tree is.
    pub fn path(&self, index: u64) -> Vec<Hash> {
        let (mut tree, mut depth) = (&self.root, self.depth());
        let mut path = Vec::new();
        while depth > 0 {
            depth -= 1;
            let (left, right) = match tree.as_deref().map(|node| &node.kind) {
                Some(Kind::Branch(left, right)) => (left, right),
                _ => (&None, &None),
            };
            let (down, beside) = if index >> depth & 1 == 0 { (left, right) } else { (right, left) };
            path.push(root_hash(beside, depth));
            tree = down;
        }
        path.push(match tree.as_deref().map(|node| &node.kind) {
            Some(Kind::Leaf(bytes)) => *bytes,
            _ => ZERO,
        });
        path.reverse();
        path
    }

    /// Roots of the left and right halves; of a buffer of one leaf its root and 0.
    pub fn halves(&self) -> (Hash, Hash) {
        match self.root.as_deref().map(|node| &node.kind) {
            Some(Kind::Branch(left, right)) => (root_hash(left, self.depth() - 1), root_hash(right, self.depth() - 1)),
            _ => (self.root(), ZERO),
        }
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Buffer) -> bool {
        self.depth == other.depth && self.root() == other.root()
    }
}

impl Eq for Buffer {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root by its definition, from a flat array of a power of two of leaves.
    fn flat(bytes: &[u8]) -> Hash {
        if bytes.len() == 32 {
            return keccak(&[bytes]);
        }
        let (left, right) = bytes.split_at(bytes.len() / 2);
        keccak(&[&flat(left), &flat(right)])
    }

    /// The least power of two of leaves that holds the last byte that is not 0.
    fn least(bytes: &[u8]) -> Vec<u8> {
        let used = bytes.iter().rposition(|b| *b != 0).map_or(1, |at| at + 1);
        let mut bytes = bytes[..used].to_vec();
        bytes.resize(used.div_ceil(32).next_power_of_two() * 32, 0);
        bytes
    }

    #[test]
    fn roots_are_those_of_the_definition() {
        let (mut buffer, mut bytes) = (Buffer::new(), vec![0_u8; 4096]);
        let mut dice = 1_u64;
        for round in 0..2000 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let width = [1, 8, 32][(dice >> 60) as usize % 3];
            let at = (dice >> 33) as usize % (4096 >> (round % 7)).max(33) % (4097 - width);
            let value = if dice >> 20 & 3 == 0 { vec![0; width] } else { vec![(dice >> 8) as u8; width] };
            let other = buffer.clone();
            buffer.set(at as u64, &value);
            bytes[at..at + width].copy_from_slice(&value);
            assert_eq!(buffer.root(), flat(&least(&bytes)), "round {round}");
            assert_eq!(buffer.prefix(4096), bytes);
            assert_eq!(buffer.last(), bytes.iter().rposition(|b| *b != 0).map(|at| at as u64));
            assert_eq!(other == buffer, other.prefix(4096) == bytes);
        }
    }

    #[test]
    fn the_far_end_is_reached() {
        let mut buffer = Buffer::new();
        buffer.set(u64::MAX, &[7]);
        assert_eq!((buffer.depth(), buffer.last()), (DEPTH_MAX, Some(u64::MAX)));
        let mut bytes = [0; 32];
        buffer.get(u64::MAX - 31, &mut bytes);
        assert_eq!(bytes[31], 7);
        buffer.set(u64::MAX, &[0]);
        assert_eq!((buffer.depth(), buffer.root()), (0, Buffer::new().root()));
    }

    #[test]
    fn paths_lead_to_the_root() {
        let buffer = Buffer::from_bytes(&(0..200).collect::<Vec<u8>>());
        for index in 0..20_u64 {
            let path = buffer.path(index);
            let mut root = keccak(&[&path[0]]);
            for (level, beside) in path[1..].iter().enumerate() {
                root = if index >> level & 1 == 0 { keccak(&[&root, beside]) } else { keccak(&[beside, &root]) };
            }
            assert_eq!(root, buffer.root());
        }
        let (left, right) = buffer.halves();
        assert_eq!(keccak(&[&left, &right]), buffer.root());
    }
}
