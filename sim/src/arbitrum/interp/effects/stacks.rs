// SPDX-License-Identifier: MIT OR Apache-2.0
//! Moves: within the data stack, to and from the aux stack.

use super::super::{Effect, Machine};

impl Machine {
    #[inline(always)]
    pub(super) fn dup(&mut self, below: usize) -> Effect {
        let cell = self.data[self.data.len() - 1 - below];
        self.push_copy(cell)
    }

    #[inline(always)]
    pub(super) fn swap(&mut self, below: usize) -> Effect {
        let top = self.data.len() - 1;
        self.data.swap(top, top - below);
        Ok(())
    }

    #[inline(always)]
    pub(super) fn auxpush(&mut self) -> Effect {
        let [a] = self.top();
        self.aux.push(a);
        self.take(1)
    }

    #[inline(always)]
    pub(super) fn auxpop(&mut self) -> Effect {
        // The aux stack is not empty: underflow was looked at.
        if let Some(cell) = self.aux.pop() {
            self.data.push(cell);
        }
        Ok(())
    }

    #[inline(always)]
    pub(super) fn rset(&mut self) -> Effect {
        let [a] = self.top();
        let old = std::mem::replace(&mut self.register, a);
        self.heap.release(old);
        self.take(1)
    }
}
