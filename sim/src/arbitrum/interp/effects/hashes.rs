// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hashes, types, equality.

use super::super::{Cell, Effect, Halt, Machine, Resource};
use super::{BAD_TYPE, BAD_VALUE};
use crate::arbitrum::hash::{self, be, int, keccak};
use ruint::aliases::U256;

impl Machine {
    pub(super) fn eq(&mut self) -> Effect {
        let [a, b] = self.top();
        let equal = self.same(a, b);
        self.heap.release(a);
        self.heap.release(b);
        self.replace(2, Cell::flag(equal))
    }

    /// Of the same type and equal (A33).
    #[inline(always)]
    pub(in crate::arbitrum::interp) fn same(&mut self, a: Cell, b: Cell) -> bool {
        match (a, b) {
            (Cell::Int(a), Cell::Int(b)) => a == b,
            (Cell::Code(x), Cell::Code(y)) => x == y || self.hash_of(a) == self.hash_of(b),
            (Cell::Tuple(x), Cell::Tuple(y)) => x == y || (x.len == y.len && self.hash_of(a) == self.hash_of(b)),
            (Cell::Buffer(x), Cell::Buffer(y)) => x == y || self.heap.buffer(x) == self.heap.buffer(y),
            _ => false,
        }
    }

    pub(super) fn hash_top(&mut self) -> Effect {
        let [a] = self.top();
        let hash = self.hash_of(a);
        self.heap.release(a);
        self.replace(1, Cell::Int(int(&hash)))
    }

    pub(super) fn type_of(&mut self) -> Effect {
        let [a] = self.top();
        self.heap.release(a);
        self.replace(1, Cell::Int(U256::from(a.type_code())))
    }

    pub(super) fn ethhash2(&mut self) -> Effect {
        let [a, b] = self.ints()?;
        self.replace(2, Cell::Int(int(&keccak(&[&be(a), &be(b)]))))
    }

    pub(super) fn sha256f(&mut self) -> Effect {
        let [state, high, low] = self.ints()?;
        self.replace(3, Cell::Int(hash::sha256f(state, high, low)))
    }

    pub(super) fn keccakf(&mut self) -> Effect {
        let [Cell::Tuple(tuple)] = self.top() else { return Err(BAD_TYPE) };
        let mut slots = [U256::ZERO; 7];
        if usize::from(tuple.len) != slots.len() {
            return Err(BAD_VALUE);
        }
        for (slot, cell) in slots.iter_mut().zip(self.heap.slots(tuple)) {
            let Cell::Int(n) = cell else { return Err(BAD_VALUE) };
            *slot = *n;
        }
        let result = hash::keccakf(slots).map(Cell::Int);
        if self.heap.unique(tuple) {
            (0..).zip(result).for_each(|(slot, cell)| self.heap.put(tuple, slot, cell));
            return Ok(());
        }
        if !self.heap.room(result.len()) {
            return Err(Halt::Capacity(Resource::Heap));
        }
        self.heap.release(Cell::Tuple(tuple));
        let made = self.heap.make(&result);
        self.replace(1, Cell::Tuple(made))
    }
}
