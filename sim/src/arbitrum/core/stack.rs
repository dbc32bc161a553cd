// SPDX-License-Identifier: MIT OR Apache-2.0
//! The data stack: two top cells in registers, the window below them, the data RAM below that.
//!
//! Not here: which update an instruction makes (`execute.rs`).

use super::Core;
use super::cell::Cell;
use crate::arbitrum::numbers::{FILL_BELOW, SPILL_AT};

room! {
    /// The data stack.
    pub(super) Stack
}

/// Registers of the data stack.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    /// The top.
    pub s_a_q: Cell,
    /// The cell below it.
    pub s_b_q: Cell,
    pub s_depth_q: u16,
    /// The first cell that is in the window, not in the data RAM.
    pub s_base_q: u16,
    /// The cell below it is on the data RAM's output.
    pub s_fill_q: bool,
}

/// What happens to the data stack in a cycle.
#[derive(Clone, Copy, Debug)]
pub(super) enum Update {
    None,
    Push(Cell),
    Replace(Cell),
    Drop,
    Drop2,
    Binary(Cell),
    Ternary(Cell),
    Swap1,
    Swap2,
}

impl Stack {
    /// Both registers hold cells.
    #[inline(always)]
    pub fn s_two(&self) -> bool {
        self.s_depth_q >= 2
    }

    /// A call begins.
    pub fn start(&mut self) {
        let s = &mut self.q;
        (s.s_depth_q, s.s_base_q, s.s_fill_q) = (0, 0, false);
    }
}

impl Core {
    /// The third cell.
    #[inline(always)]
    pub(super) fn w0(&self) -> Cell {
        self.win.rd(u32::from(self.stack.s_depth_q).wrapping_sub(3))
    }

    /// The fourth cell.
    #[inline(always)]
    pub(super) fn w1(&self) -> Cell {
        self.win.rd(u32::from(self.stack.s_depth_q).wrapping_sub(4))
    }

    /// The update of this cycle; the reads of this cycle come before it.
    #[inline(always)]
    pub(super) fn update(&mut self, update: Update) {
        let (w0, depth) = (self.w0(), self.stack.s_depth_q);
        let s = &mut self.stack.q;
        match update {
            Update::None => {}
            Update::Push(r) => {
                if depth >= 2 {
                    self.win.write(u32::from(depth) - 2, s.s_b_q);
                }
                s.s_b_q = s.s_a_q;
                s.s_a_q = r;
                s.s_depth_q = depth + 1;
            }
            Update::Replace(r) => s.s_a_q = r,
            Update::Drop => {
                s.s_a_q = s.s_b_q;
                s.s_b_q = w0;
                s.s_depth_q = depth.wrapping_sub(1) & 0x7ff;
            }
            Update::Drop2 => {
                let w1 = self.win.rd(u32::from(depth).wrapping_sub(4));
                s.s_a_q = w0;
                s.s_b_q = w1;
                s.s_depth_q = depth.wrapping_sub(2) & 0x7ff;
            }
            Update::Binary(r) => {
                s.s_a_q = r;
                s.s_b_q = w0;
                s.s_depth_q = depth.wrapping_sub(1) & 0x7ff;
            }
            Update::Ternary(r) => {
                s.s_a_q = r;
                s.s_b_q = self.win.rd(u32::from(depth).wrapping_sub(4));
                s.s_depth_q = depth.wrapping_sub(2) & 0x7ff;
            }
            Update::Swap1 => std::mem::swap(&mut s.s_a_q, &mut s.s_b_q),
            Update::Swap2 => {
                self.win.write(u32::from(depth).wrapping_sub(3), s.s_a_q);
                s.s_a_q = w0;
            }
        }
    }

    /// Spills or fills a cell, if it is time; says whether it does.
    #[inline(always)]
    pub(super) fn maintain(&mut self) -> bool {
        let s = &mut self.stack.q;
        let occ = if s.s_depth_q >= 2 { s.s_depth_q.wrapping_sub(2 + s.s_base_q) & 0x7ff } else { 0 };
        let base = u32::from(s.s_base_q);
        if occ >= SPILL_AT {
            self.data.write(base, self.win.rd(base));
            s.s_base_q += 1;
            return true;
        }
        if occ >= FILL_BELOW || base == 0 {
            return false;
        }
        s.s_fill_q = !s.s_fill_q;
        if s.s_fill_q {
            self.data.read(base - 1);
        } else {
            self.win.write(base - 1, self.data.rd());
            s.s_base_q -= 1;
        }
        true
    }
}
