// SPDX-License-Identifier: MIT OR Apache-2.0
//! Code that is made at run time: how much of code RAM and pool is in use.

use super::Core;
use super::cell::{Cell, CodeWord};
use crate::arbitrum::numbers::kind;
use crate::units::wide::U256;

room! {
    /// Code and pool.
    pub(super) Code
}

/// Registers of code and pool.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    /// Words of code.
    pub c_top_q: u16,
    /// Cells of the pool.
    pub c_pool_q: u16,
}

impl Code {
    /// A call begins with so many words and cells.
    pub fn start(&mut self, words: u16, cells: u16) {
        (self.q.c_top_q, self.q.c_pool_q) = (words, cells);
    }
}

impl Core {
    /// A new code point, and its hash.
    pub(super) fn append(&mut self, op: u8, imm: Option<Cell>, next: u16, hash: U256) {
        let c = &mut self.code.q;
        let (kind, bits) = match imm {
            None => (kind::NONE, 0),
            Some(value) => CodeWord::short(&value).unwrap_or_else(|| {
                let at = c.c_pool_q;
                self.pool.write(at.into(), value);
                c.c_pool_q += 1;
                (kind::POOL, at)
            }),
        };
        self.code_ram.write(c.c_top_q.into(), CodeWord { op, kind, imm: bits, next }.word());
        self.chash.write(c.c_top_q.into(), hash);
        c.c_top_q += 1;
    }
}
