// SPDX-License-Identifier: MIT OR Apache-2.0
//! Elementary databases with proofs: the seed's "updatable ZK-EDB" (its section "Persistence"), without the
//! zero-knowledge (`docs/ledger/edb.md` says why).
//!
//! | the seed's property | here |
//! | --- | --- |
//! | keys to values | [`Edb`], over the keys of [`key`] |
//! | every state has a commitment C | [`Edb::root`] |
//! | `(D, p) = DB.get(x)` | [`Edb::get`], absence included |
//! | C and p verify D | [`proof::Proof::verify`] |
//! | C' from C and p | [`update::next_root`] |
//!
//! [`disk`] keeps a database; [`proof`] and [`update`] need none, and are what a node without one runs.

pub mod disk;
pub mod hash;
pub mod key;
pub mod proof;
mod reserve;
pub mod update;

use std::collections::BTreeMap;

use crate::ids::Root;
use key::Key;
use proof::Proof;

/// What a database says of a key: `(D, p)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// D: the value, `None` when the key has none.
    pub value: Option<Vec<u8>>,
    /// p: proves the one or the other.
    pub proof: Proof,
}

/// Final values of the keys that change; `None` removes a key.
pub type Writes<K> = BTreeMap<K, Option<Vec<u8>>>;

/// A database of values under keys of one kind, with commitments and proofs.
pub trait Edb<K: Key> {
    /// The next state, computed but not kept.
    type Prepared;

    /// C: the commitment to the present state.
    fn root(&self) -> Root;

    /// Answers for all these keys, in their order, against one commitment, which is the first result.
    fn get_all(&self, keys: &[K]) -> Result<(Root, Vec<Answer>), EdbError>;

    /// Computes the next state. Nothing is kept until it is given to [`Edb::commit`].
    fn prepare(&self, writes: &Writes<K>) -> Result<Self::Prepared, EdbError>;

    /// The commitment to a prepared state.
    fn prepared_root(prepared: &Self::Prepared) -> Root;

    /// Makes a prepared state the present one. Refused when another has been committed since it was prepared.
    fn commit(&self, prepared: Self::Prepared) -> Result<Root, EdbError>;

    /// `(D, p)` of one key.
    fn get(&self, key: K) -> Result<(Root, Answer), EdbError> {
        let (root, mut answers) = self.get_all(&[key])?;
        let answer = answers.pop().ok_or_else(|| EdbError::Broken("no answer to a question".into()))?;
        Ok((root, answer))
    }
}

/// Why a database did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum EdbError {
    /// A value that no key of this kind can have; nothing was changed.
    #[error("{key}: {what}")]
    Value {
        /// The key, as people write it.
        key: String,
        /// The rule that is broken.
        what: String,
    },
    /// The prepared state does not follow the present one; nothing was changed.
    #[error("prepared on state {prepared}, but the database is at {present}: prepare it again")]
    Overtaken {
        /// The state on which it was prepared.
        prepared: Root,
        /// The present state.
        present: Root,
    },
    /// Too many pages of the trie for the table that holds them; nothing was changed.
    #[error(
        "the table of the database is full ({occupied} of {capacity} buckets, new keys: {new}): make it larger (avm ledger grow)"
    )]
    Full {
        /// Buckets in use.
        occupied: usize,
        /// Buckets there are.
        capacity: usize,
        /// Keys that the block adds, each of which may need two buckets.
        new: usize,
    },
    /// A table is never made smaller; nothing was changed.
    #[error("the table has {has} buckets: name a larger number")]
    Smaller {
        /// Buckets that it has.
        has: u64,
    },
    /// A block needs more buckets than the table has left. The commit failed: the database must be opened again, and its
    /// table made larger.
    #[error("the block needs more buckets than the table has left: make it larger (avm ledger grow)")]
    Exhausted,
    /// The disk is full. A commit that ends so has failed: the database must be opened again.
    #[error("{0}: make space on the disk, and do it again: nothing is lost")]
    NoSpace(String),
    /// Pages of the trie are not there that should be.
    #[error("its table lost pages ({0}): the disk was full, or files were changed; restore a copy")]
    Lost(String),
    /// The table cannot have its space; nothing was changed.
    #[error("no space for its table of {bytes} bytes: {why}: make space on the disk, and do it again: nothing is lost")]
    Table {
        /// What it needs.
        bytes: u64,
        /// What the system says.
        why: String,
    },
    /// The database under it failed. After a failed commit it takes no other until it is opened again.
    #[error("database: {0}")]
    Broken(String),
}
