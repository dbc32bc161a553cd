// SPDX-License-Identifier: MIT OR Apache-2.0
//! Proofs that a key has a value, or none, in the state that a commitment stands for.
//!
//! A proof is a path from the root to where the key's leaf is or would be. Verifying one takes two steps, and
//! the second is as needed as the first: the path leads to this root, **and** what it ends at is this key's
//! leaf, or shows that the key has none. Only [`Proof::claim`] and [`Proof::verify`] make a [`Verified`], and
//! they take both.

use bitvec::order::Msb0;
use bitvec::view::BitView as _;
use nomt_core::proof::{PathProof, PathProofTerminal, VerifiedPathProof};
use nomt_core::trie::LeafData;
use nomt_core::trie_pos::TriePosition;

use super::hash::{self, Domain};
use super::key::Key;
use crate::bytes::{Malformed, Reader};
use crate::ids::{Hash, Root};

/// Longest path: the bits of a key's place.
pub const DEPTH_MAX: usize = 256;

/// p: a path, not verified yet.
#[derive(Clone, Debug)]
pub struct Proof(PathProof);

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It leads to another commitment: another state, or a forgery.
    #[error("the proof does not lead to the commitment")]
    Root,
    /// It leads to a place where the key would not be.
    #[error("the proof is of another key")]
    Key,
    /// The key has another value, or one although none was given, or none although one was given.
    #[error("the proof is of another value")]
    Value,
}

/// What a commitment holds about a key, proven. Only this leads to the next commitment.
#[derive(Clone, Debug)]
pub struct Verified<K> {
    pub(super) key: K,
    pub(super) path: VerifiedPathProof,
    value: Option<Hash>,
}

impl<K: Key> Verified<K> {
    /// The key.
    pub fn key(&self) -> K {
        self.key
    }

    /// The commitment.
    pub fn root(&self) -> Root {
        Root(self.path.root())
    }

    /// The hash of the key's value ([`value_hash`]); `None`: it has none.
    pub fn value(&self) -> Option<Hash> {
        self.value
    }
}

/// The hash by which proofs know a value.
pub fn value_hash(value: &[u8]) -> Hash {
    Hash(hash::of(Domain::Value, value))
}

impl Proof {
    /// What the underlying database proves.
    pub(super) fn new(path: PathProof) -> Proof {
        Proof(path)
    }

    /// Verifies that under `root` the key has this value, or none.
    pub fn verify<K: Key>(&self, root: Root, key: K, value: Option<&[u8]>) -> Result<Verified<K>, ProofError> {
        let verified = self.claim(root, key)?;
        if verified.value == value.map(value_hash) { Ok(verified) } else { Err(ProofError::Value) }
    }

    /// Verifies that the proof says something about the key under `root`; [`Verified::value`] is what it says.
    /// Who holds the value already compares its hash with that.
    pub fn claim<K: Key>(&self, root: Root, key: K) -> Result<Verified<K>, ProofError> {
        let place = key.path();
        let path = self.0.verify::<hash::Hasher>(place.view_bits(), root.0).map_err(|_| ProofError::Root)?;
        let value = match path.terminal() {
            // A leaf that lies off its own path is in no honest trie.
            Some(leaf) if !leaf.key_path.view_bits::<Msb0>().starts_with(path.path()) => return Err(ProofError::Key),
            Some(leaf) if leaf.key_path == place => {
                let confirmed = path.confirm_value(&leaf.clone()).map_err(|_| ProofError::Key)?;
                confirmed.then_some(Some(Hash(leaf.value_hash))).ok_or(ProofError::Value)?
            }
            _ => {
                let confirmed = path.confirm_nonexistence(&place).map_err(|_| ProofError::Key)?;
                confirmed.then_some(None).ok_or(ProofError::Value)?
            }
        };
        Ok(Verified { key, path, value })
    }

    /// Nodes beside the path.
    pub fn siblings(&self) -> usize {
        self.0.siblings.len()
    }

    /// Appends the proof, as `docs/ledger/edb.md` has it.
    pub fn encode(&self, to: &mut Vec<u8>) {
        // A path has at most 256 siblings.
        let siblings = self.0.siblings.len() as u16;
        match &self.0.terminal {
            PathProofTerminal::Leaf(leaf) => {
                to.push(1);
                to.extend(siblings.to_le_bytes());
                to.extend(leaf.key_path);
                to.extend(leaf.value_hash);
            }
            PathProofTerminal::Terminator(_) => {
                to.push(0);
                to.extend(siblings.to_le_bytes());
            }
        }
        to.extend(self.0.siblings.as_flattened());
    }

    /// Reads a proof. That it can be read says nothing of what it proves.
    pub fn decode(from: &mut Reader<'_>) -> Result<Proof, Malformed> {
        let leaf = match from.u8()? {
            0 => false,
            1 => true,
            _ => return from.refuse("a kind of proof is 0 or 1"),
        };
        let siblings = usize::from(from.u16()?);
        if siblings > DEPTH_MAX {
            return from.refuse("more than 256 siblings");
        }
        let terminal = match leaf {
            // Where an empty subtrie lies follows from key and depth; what is kept here is not looked at.
            false => PathProofTerminal::Terminator(TriePosition::new()),
            true => PathProofTerminal::Leaf(LeafData { key_path: from.array()?, value_hash: from.array()? }),
        };
        let nodes = from.take(32 * siblings)?;
        let siblings = nodes.as_chunks::<32>().0.to_vec();
        Ok(Proof(PathProof { terminal, siblings }))
    }
}

/// The same bytes: where an empty subtrie lies is not compared.
impl PartialEq for Proof {
    fn eq(&self, other: &Proof) -> bool {
        let leaf = |proof: &Proof| proof.0.terminal.as_leaf_option();
        leaf(self) == leaf(other) && self.0.siblings == other.0.siblings
    }
}

impl Eq for Proof {}
