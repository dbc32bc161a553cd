// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine's own registers: register, static, error code point.

use super::cell::Cell;

room! {
    /// The machine's registers.
    pub(super) State
}

/// They.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub n_reg_q: Cell,
    pub n_static_q: Cell,
    /// Index of the error code point; 0 (ERRCP): none is set.
    pub n_err_q: u16,
}

impl State {
    /// Sets the register.
    pub fn set_register(&mut self, cell: Cell) {
        self.q.n_reg_q = cell;
    }

    /// Sets the static.
    pub fn set_static(&mut self, cell: Cell) {
        self.q.n_static_q = cell;
    }

    /// Sets the error code point.
    pub fn set_error(&mut self, index: u16) {
        self.q.n_err_q = index;
    }
}
