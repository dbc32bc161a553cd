// SPDX-License-Identifier: MIT OR Apache-2.0
//! The aux stack: its top in a register, the cell under it on the aux RAM's output.

use super::cell::Cell;
use super::{Core, Nets};

room! {
    /// The aux stack.
    pub(super) Aux
}

/// Registers of the aux stack.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub t_top_q: Cell,
    pub t_depth_q: u16,
    /// The cell under the top is on the RAM's output.
    pub t_und_q: bool,
}

impl Aux {
    /// A pop can be made.
    #[inline(always)]
    pub fn ready(&self) -> bool {
        self.t_und_q || self.t_depth_q < 2
    }

    /// The top changes in place.
    pub fn replace(&mut self, cell: Cell) {
        self.q.t_top_q = cell;
    }

    /// A call begins.
    pub fn start(&mut self) {
        (self.q.t_depth_q, self.q.t_und_q) = (0, false);
    }
}

impl Core {
    /// Pushes a cell.
    pub(super) fn aux_push(&mut self, n: &mut Nets, cell: Cell) {
        let t = &mut self.aux.q;
        if t.t_depth_q >= 1 {
            self.aux_ram.write(u32::from(t.t_depth_q) - 1, t.t_top_q);
        }
        t.t_top_q = cell;
        t.t_depth_q += 1;
        t.t_und_q = false;
        n.aux_moves = true;
    }

    /// Drops the top, when that is possible.
    pub(super) fn aux_pop(&mut self, n: &mut Nets) {
        let t = &mut self.aux.q;
        debug_assert!(t.t_depth_q >= 1 && (t.t_und_q || t.t_depth_q < 2), "a pop waits for the cell under the top");
        if t.t_depth_q >= 2 {
            t.t_top_q = self.aux_ram.rd();
        }
        t.t_depth_q -= 1;
        t.t_und_q = false;
        n.aux_moves = true;
    }

    /// Reads the cell under the top in a cycle without push or pop.
    #[inline(always)]
    pub(super) fn aux_fetch(&mut self, n: &Nets) {
        let t = &mut self.aux.q;
        if !n.aux_moves && !t.t_und_q && t.t_depth_q >= 2 {
            self.aux_ram.read(u32::from(t.t_depth_q) - 2);
            t.t_und_q = true;
        }
    }
}
