// SPDX-License-Identifier: MIT OR Apache-2.0
//! Elliptic curves: operands and results; the mathematics is in `curve`.

use super::super::{Cell, Effect, Halt, Machine, Resource, TupleRef};
use super::{BAD_TYPE, BAD_VALUE};
use crate::arbitrum::curve;
use crate::arbitrum::isa::PAIRS_MAX;
use ruint::aliases::U256;

impl Machine {
    pub(super) fn ecrecover(&mut self) -> Effect {
        let [r, s, recovery, hash] = self.ints()?;
        self.replace(4, Cell::Int(curve::ecrecover(r, s, recovery, hash)))
    }

    pub(super) fn ecadd(&mut self) -> Effect {
        let [a, b, c, d] = self.ints()?;
        let (x, y) = curve::ecadd(a, b, c, d).ok_or(BAD_VALUE)?;
        self.point(4, x, y)
    }

    pub(super) fn ecmul(&mut self) -> Effect {
        let [a, b, c] = self.ints()?;
        let (x, y) = curve::ecmul(a, b, c).ok_or(BAD_VALUE)?;
        self.point(3, x, y)
    }

    /// Takes `n` Integers, leaves x over y.
    fn point(&mut self, n: usize, x: U256, y: U256) -> Effect {
        self.replace(n, Cell::Int(y))?;
        self.push(Cell::Int(x))
    }

    /// Pairs that `ecpairing` walks on the top of the stack (A14).
    #[cold]
    pub(in crate::arbitrum::interp) fn pairs(&self) -> u64 {
        self.data.last().map_or(0, |top| self.walk(*top).count() as u64)
    }

    /// The pairs of a list, item and rest, at most 30; ends at what is no pair.
    fn walk(&self, list: Cell) -> impl Iterator<Item = [Cell; 2]> {
        let mut rest = list;
        let pair = move || {
            let Cell::Tuple(tuple) = rest else { return None };
            let [item, next] = *self.heap.slots(tuple) else { return None };
            rest = next;
            Some([item, next])
        };
        std::iter::from_fn(pair).take(PAIRS_MAX)
    }

    pub(super) fn ecpairing(&mut self) -> Effect {
        if self.room.plain {
            return Err(Halt::Capacity(Resource::Units));
        }
        let [list @ Cell::Tuple(_)] = self.top() else { return Err(BAD_TYPE) };
        let pairs: Vec<[Cell; 2]> = self.walk(list).collect();
        let end = pairs.last().map_or(list, |[_, rest]| *rest);
        if !matches!(end, Cell::Tuple(TupleRef::EMPTY)) {
            return Err(BAD_VALUE);
        }
        let items: Result<Vec<_>, _> = pairs.iter().map(|[item, _]| self.item(*item)).collect();
        let one = curve::ecpairing(&items?).ok_or(BAD_VALUE)?;
        self.heap.release(list);
        self.replace(1, Cell::flag(one))
    }

    /// The six Integers of an item.
    fn item(&self, item: Cell) -> Result<[U256; 6], Halt> {
        let Cell::Tuple(tuple) = item else { return Err(BAD_VALUE) };
        let slots: [Cell; 6] = self.heap.slots(tuple).try_into().map_err(|_| BAD_VALUE)?;
        let mut ints = [U256::ZERO; 6];
        for (int, slot) in ints.iter_mut().zip(slots) {
            let Cell::Int(n) = slot else { return Err(BAD_VALUE) };
            *int = n;
        }
        Ok(ints)
    }
}
