// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where the commitments C' after a block come from: the databases of a full node, or the proofs that a node without them
//! has fetched.

use std::sync::{Mutex, PoisonError};

use crate::block::{Block, Roots};
use crate::client::view::View;
use crate::state::{Changes, Unavailable};
use crate::store::{self, Prepared, Store};
use crate::validate::Commitments;

/// A store that is asked for the state after a block, and keeps what it computed: [`Preparing::take`] gives it to
/// [`Store::commit`], so that it is not computed twice.
pub struct Preparing<'a> {
    store: &'a Store,
    last: Mutex<Option<Prepared>>,
}

impl<'a> Preparing<'a> {
    /// Nothing has been asked yet.
    pub fn new(store: &'a Store) -> Preparing<'a> {
        Preparing { store, last: Mutex::new(None) }
    }

    /// The state after the changes that were asked for last.
    pub fn take(&self) -> Option<Prepared> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Commitments for Preparing<'_> {
    fn after(&self, changes: &Changes) -> Result<Roots, Unavailable> {
        let prepared = self.store.prepare(changes).map_err(|e| unavailable(&e))?;
        let (heap, code) = prepared.roots();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(prepared);
        Ok(Roots { heap, code })
    }
}

/// From proofs against the parent's commitments alone (N9).
impl Commitments for View {
    fn after(&self, changes: &Changes) -> Result<Roots, Unavailable> {
        let (heap, code) = self.next(changes).map_err(|e| unavailable(&e))?;
        Ok(Roots { heap, code })
    }
}

fn unavailable(why: &dyn std::fmt::Display) -> Unavailable {
    Unavailable { what: "the state after the block".into(), why: why.to_string() }
}

impl Block {
    /// The block as a store keeps it.
    pub fn to_kept(&self) -> store::Block {
        let Roots { heap, code } = self.roots;
        store::Block { round: self.round, hash: self.hash(), heap, code, bytes: self.to_bytes() }
    }
}
