// SPDX-License-Identifier: MIT OR Apache-2.0
//! Blocks: encoding, hash, and how one follows another (`docs/ledger/blocks.md`). What they do to the state is
//! `execute`'s.

use crate::bytes::{Malformed, Reader};
use crate::certificate::Certificate;
use crate::ids::{Hash, Root, Round};
use crate::keys::Hashed;
use crate::params::BLOCK_BYTES;

/// The commitments to both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roots {
    /// To the heap pages.
    pub heap: Root,
    /// To the code areas.
    pub code: Root,
}

/// A block: the seed's four rows, and its round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Number of the block.
    pub round: Round,
    /// Commitments after it.
    pub roots: Roots,
    /// Number and ids of its transactions, hashed.
    pub transactions: Hash,
    /// Of the block before.
    pub certificate: Certificate,
}

/// Why a block is not the next one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotNext {
    /// Another round.
    #[error("a block of round {found}, the next one is that of round {expected}")]
    Round {
        /// Of the block.
        found: Round,
        /// One more than the parent's.
        expected: Round,
    },
    /// The certificate is of another block.
    #[error("its certificate is of block {0}, not of the block before")]
    Parent(Hash),
}

impl Block {
    /// The name of the block.
    pub fn hash(&self) -> Hash {
        Hashed::Block.digest(&[&self.to_bytes()])
    }

    /// The block as it is sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(160 + 96 * self.certificate.votes.len());
        out.extend(self.round.0.to_le_bytes());
        out.extend(self.roots.heap.0);
        out.extend(self.roots.code.0);
        out.extend(self.transactions.0);
        self.certificate.write(&mut out);
        out
    }

    /// Reads a block; any bytes are answered.
    pub fn from_bytes(bytes: &[u8]) -> Result<Block, Malformed> {
        let mut r = Reader::new(bytes);
        if bytes.len() > BLOCK_BYTES {
            return r.refuse("longer than a block can be");
        }
        let round = r.round()?;
        let roots = Roots { heap: r.root()?, code: r.root()? };
        let block = Block { round, roots, transactions: r.hash()?, certificate: Certificate::read(&mut r)? };
        r.end()?;
        Ok(block)
    }

    /// Whether this is the block after `parent`, and says so. Its certificate is another question.
    pub fn follows(&self, parent: &Block) -> Result<(), NotNext> {
        let expected = parent.round.next().unwrap_or(parent.round);
        if self.round != expected || expected == parent.round {
            return Err(NotNext::Round { found: self.round, expected });
        }
        if self.certificate.round != parent.round || self.certificate.block != parent.hash() {
            return Err(NotNext::Parent(self.certificate.block));
        }
        Ok(())
    }
}

/// The hash of the transactions of a block: how many, and their ids in order (N11).
pub fn hash_of_transactions(ids: &[Hash]) -> Hash {
    let bytes: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
    Hashed::Set.digest(&[&(ids.len() as u64).to_le_bytes(), &bytes])
}
