// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tuples: slots read, slots replaced in place or in a copy (A19).

use super::super::{Cell, Effect, Halt, Machine, Resource, TupleRef};
use super::{BAD_TYPE, BAD_VALUE};
use ruint::aliases::U256;

/// The index of a slot that the tuple has.
#[inline(always)]
fn slot(index: &U256, tuple: TupleRef) -> Result<usize, Halt> {
    let [low, b, c, d] = *index.as_limbs();
    if low < u64::from(tuple.len) && b | c | d == 0 { Ok(low as usize) } else { Err(BAD_VALUE) }
}

impl Machine {
    #[inline(always)]
    pub(super) fn tget(&mut self) -> Effect {
        let [.., Cell::Tuple(tuple), Cell::Int(index)] = &self.data[..] else { return Err(BAD_TYPE) };
        let (tuple, at) = (*tuple, slot(index, *tuple)?);
        let found = self.heap.slot(tuple, at);
        self.heap.retain(found);
        self.heap.release(Cell::Tuple(tuple));
        self.replace(2, found)
    }

    #[inline(always)]
    pub(super) fn tset(&mut self) -> Effect {
        let [.., value, Cell::Tuple(tuple), Cell::Int(index)] = &self.data[..] else { return Err(BAD_TYPE) };
        let (tuple, value, at) = (*tuple, *value, slot(index, *tuple)?);
        let changed = self.with_slot(tuple, at, value)?;
        self.replace(3, Cell::Tuple(changed))
    }

    #[inline(always)]
    pub(super) fn tlen(&mut self) -> Effect {
        let [Cell::Tuple(tuple)] = self.top() else { return Err(BAD_TYPE) };
        self.heap.release(Cell::Tuple(tuple));
        self.replace(1, Cell::Int(U256::from(tuple.len)))
    }

    #[inline(always)]
    pub(super) fn xget(&mut self) -> Effect {
        let ([.., Cell::Int(index)], [.., Cell::Tuple(tuple)]) = (&self.data[..], &self.aux[..]) else {
            return Err(BAD_TYPE);
        };
        let found = self.heap.slot(*tuple, slot(index, *tuple)?);
        self.heap.retain(found);
        self.replace(1, found)
    }

    #[inline(always)]
    pub(super) fn xset(&mut self) -> Effect {
        let ([.., value, Cell::Int(index)], [.., Cell::Tuple(tuple)]) = (&self.data[..], &self.aux[..]) else {
            return Err(BAD_TYPE);
        };
        let (tuple, value, at) = (*tuple, *value, slot(index, *tuple)?);
        let changed = self.with_slot(tuple, at, value)?;
        if let Some(top) = self.aux.last_mut() {
            *top = Cell::Tuple(changed);
        }
        self.take(2)
    }

    /// A tuple with one slot replaced. References to the tuple and to the value pass to the result.
    #[inline(always)]
    fn with_slot(&mut self, tuple: TupleRef, slot: usize, value: Cell) -> Result<TupleRef, Halt> {
        if self.heap.unique(tuple) {
            self.heap.put(tuple, slot, value);
            Ok(tuple)
        } else if self.heap.room(tuple.len.into()) {
            Ok(self.heap.copy_with(tuple, slot, value))
        } else {
            Err(Halt::Capacity(Resource::Heap))
        }
    }
}
