// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers as proofs show them: roots, paths of leaves, shapes of trees.

use super::{Refusal, Step};
use crate::arbitrum::buffer::{LEAF, zeros};
use crate::arbitrum::hash::{Hash, ZERO, int, keccak};
use ruint::aliases::U256;

/// Words of a path at most: 60, for 2^59 leaves (A30).
const PATH_MAX: usize = 60;

/// The four lists of a buffer part: path, shape, path, shape.
type Lists = [Vec<Hash>; 4];

/// A tree: root and depth.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tree {
    root: Hash,
    depth: usize,
}

/// A leaf, shown with its path.
struct Leaf<'a> {
    index: u64,
    path: &'a [Hash],
}

fn node(left: &Hash, right: &Hash) -> Hash {
    keccak(&[left, right])
}

/// The root of the tree of bytes from offset 0 on.
pub fn root_of(bytes: &[u8]) -> Hash {
    let used = bytes.iter().rposition(|b| *b != 0).map_or(0, |at| at + 1);
    let leaf = |chunk: &[u8]| {
        let mut word = ZERO;
        word[..chunk.len()].copy_from_slice(chunk);
        keccak(&[&word])
    };
    let mut level: Vec<Hash> = bytes[..used].chunks(LEAF as usize).map(leaf).collect();
    level.resize(level.len().next_power_of_two(), zeros()[0]);
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| node(&pair[0], &pair[1])).collect();
    }
    level[0]
}

/// The root above a leaf.
fn climb(leaf: &Hash, index: u64, beside: &[Hash]) -> Hash {
    beside.iter().enumerate().fold(keccak(&[leaf]), |below, (level, other)| {
        if index >> level & 1 == 0 { node(&below, other) } else { node(other, &below) }
    })
}

impl Leaf<'_> {
    /// What is in the leaf, if its path leads to the root; 0 outside the tree. And the tree.
    fn read(&self, root: &Hash) -> Result<(Hash, Tree), Refusal> {
        if self.path.is_empty() || self.path.len() > PATH_MAX {
            return Err(Refusal::Buffer);
        }
        if climb(&self.path[0], self.index, &self.path[1..]) != *root {
            return Err(Refusal::Buffer);
        }
        let tree = Tree { root: *root, depth: self.path.len() - 1 };
        Ok((if self.outside() { ZERO } else { self.path[0] }, tree))
    }

    /// Beyond the tree's leaves: the path is then that of the index modulo their number.
    fn outside(&self) -> bool {
        self.index >> (self.path.len() - 1) != 0
    }

    /// The tree with another word in this leaf. `shape` is that of the result if the word is 0.
    fn write(&self, tree: Tree, word: &Hash, shape: &[Hash]) -> Result<Tree, Refusal> {
        if self.outside() {
            return Ok(if *word == ZERO { tree } else { self.grow(tree, word) });
        }
        let root = climb(word, self.index, &self.path[1..]);
        if *word == ZERO { shrink(Tree { root, ..tree }, shape) } else { Ok(Tree { root, ..tree }) }
    }

    /// The least tree that has this leaf too, which is in its right half.
    fn grow(&self, tree: Tree, word: &Hash) -> Tree {
        let half = self.index.ilog2() as usize;
        let left = zeros()[tree.depth..half].iter().fold(tree.root, |left, zero| node(&left, zero));
        let right = climb(word, self.index, &zeros()[..half]);
        Tree { root: node(&left, &right), depth: half + 1 }
    }
}

/// The least tree with the same contents, whose shape is shown.
fn shrink(tree: Tree, shape: &[Hash]) -> Result<Tree, Refusal> {
    let least = shape_of(shape)?;
    if least.depth > tree.depth || (least.depth > 0 && shape[2] == zeros()[least.depth - 1]) {
        return Err(Refusal::Buffer);
    }
    let grown = zeros()[least.depth..tree.depth].iter().fold(least.root, |left, zero| node(&left, zero));
    if grown == tree.root { Ok(least) } else { Err(Refusal::Buffer) }
}

/// The tree of a shape: depth, roots of the halves; of a single leaf depth 0, the root, 0.
fn shape_of(shape: &[Hash]) -> Result<Tree, Refusal> {
    let [depth, left, right] = shape else { return Err(Refusal::Buffer) };
    let depth = int(depth);
    if depth >= U256::from(PATH_MAX) {
        return Err(Refusal::Buffer);
    }
    let depth = depth.as_limbs()[0] as usize;
    match depth {
        0 if *right == ZERO => Ok(Tree { root: *left, depth }),
        0 => Err(Refusal::Buffer),
        _ => Ok(Tree { root: node(left, right), depth }),
    }
}

fn is(shape: &[Hash], tree: Tree) -> Result<(), Refusal> {
    if shape_of(shape)? == tree { Ok(()) } else { Err(Refusal::Buffer) }
}

impl Step<'_> {
    /// Takes the buffer part.
    fn lists(&mut self) -> Result<Lists, Refusal> {
        let part = std::mem::take(&mut self.buffer);
        let (header, words) = part.split_at_checked(32).ok_or(Refusal::Buffer)?;
        let ordered = header[0] == 1 && header[..5].is_sorted() && header[5..].iter().all(|b| *b == 0);
        if !ordered || part.len() != 32 * usize::from(header[4]) {
            return Err(Refusal::Buffer);
        }
        let words: Vec<Hash> = words.chunks(32).map(|word| std::array::from_fn(|i| word[i])).collect();
        let list = |i: usize| words[usize::from(header[i]) - 1..usize::from(header[i + 1]) - 1].to_vec();
        Ok([list(0), list(1), list(2), list(3)])
    }

    /// Bytes from `offset` on, which can be reached.
    pub(super) fn read_buffer(&mut self, root: &Hash, offset: u64, width: usize) -> Result<U256, Refusal> {
        let [first, no_shape, last, no_other] = self.lists()?;
        if !no_shape.is_empty() || !no_other.is_empty() || last.is_empty() != (width == 1) {
            return Err(Refusal::Buffer);
        }
        let index = offset / LEAF;
        let (word, _) = Leaf { index, path: &first }.read(root)?;
        let mut both = word.to_vec();
        if width > 1 {
            let index = (offset + (width as u64 - 1)) / LEAF;
            both.extend(Leaf { index, path: &last }.read(root)?.0);
        }
        let at = (offset % LEAF) as usize;
        Ok(U256::from_be_slice(&both[at..at + width]))
    }

    /// The root after `bytes` were written from `offset` on, which can be reached.
    pub(super) fn write_buffer(&mut self, root: &Hash, offset: u64, bytes: &[u8]) -> Result<Hash, Refusal> {
        let [path, shape, second, second_shape] = self.lists()?;
        let at = (offset % LEAF) as usize;
        let (head, tail) = bytes.split_at(bytes.len().min(LEAF as usize - at));
        let leaf = Leaf { index: offset / LEAF, path: &path };
        let (mut word, before) = leaf.read(root)?;
        word[at..at + head.len()].copy_from_slice(head);
        let after = leaf.write(before, &word, &shape)?;
        if tail.is_empty() {
            // See A38.
            let shown = if bytes.len() > 1 && word != ZERO { before } else { after };
            is(&shape, shown)?;
            return if second.is_empty() && second_shape.is_empty() { Ok(after.root) } else { Err(Refusal::Buffer) };
        }
        is(&shape, after)?;
        let leaf = Leaf { index: offset / LEAF + 1, path: &second };
        let (mut word, before) = leaf.read(&after.root)?;
        word[..tail.len()].copy_from_slice(tail);
        let after = leaf.write(before, &word, &second_shape)?;
        is(&second_shape, after)?;
        Ok(after.root)
    }

    /// Makes sure that a buffer has a byte that is not 0 at `length` or later.
    pub(super) fn exceeds(&mut self, root: &Hash, length: u64) -> Result<(), Refusal> {
        let [path, shape, second, second_shape] = self.lists()?;
        if !shape.is_empty() || !second.is_empty() || !second_shape.is_empty() {
            return Err(Refusal::Buffer);
        }
        let leaf = Leaf { index: length / LEAF, path: &path };
        let (word, _) = leaf.read(root)?;
        let here = word[(length % LEAF) as usize..].iter().any(|b| *b != 0);
        let right = |(level, beside): (usize, &Hash)| leaf.index >> level & 1 == 0 && *beside != zeros()[level];
        let later = !leaf.outside() && path[1..].iter().enumerate().any(right);
        if here || later { Ok(()) } else { Err(Refusal::Buffer) }
    }
}
