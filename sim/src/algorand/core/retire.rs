// SPDX-License-Identifier: MIT OR Apache-2.0
//! The retirement port: its registers, written when X is done with an instruction, and what they
//! say of it.
//!
//! Not here: how an instruction ends (`effect.rs`); the results, which stay in the two top cells
//! of X or come late (`heap.rs`); the numbers of retirements (`Bookkeeping` in `mod.rs`, not hardware).

use super::Core;
use crate::trace::Retire;

room! {
    /// The retirement port.
    pub(super) RetirePort
}

/// Registers of the retirement port.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub r_valid_q: bool,
    pub r_pc_q: u32,
    pub r_op_q: u8,
    pub r_code_q: u8,
    pub r_fuel_q: i64,
    pub r_push_q: u8,
    /// The result comes late: that of a heap load.
    pub r_late_q: bool,
}

impl RetirePort {
    /// A clock begins: nothing retires unless X says so.
    #[inline(always)]
    pub fn idle(&mut self) {
        self.q.r_valid_q = false;
    }
}

impl Core {
    /// X is done with its instruction, which retires with this code and results to compare.
    #[inline(always)]
    pub(super) fn complete(&mut self, code: u8, results: u8) {
        self.execute.x_retire();
        let (x, r) = (&self.execute, &mut self.retire.q);
        r.r_valid_q = true;
        r.r_pc_q = x.x_pc_q;
        r.r_op_q = x.x_op_q;
        r.r_code_q = code;
        r.r_fuel_q = self.decode.d_fuel_q;
        r.r_push_q = results;
        // A was idle, or X would not hold an instruction that ends: this one has left a load to it.
        r.r_late_q = self.heap.loads();
        self.book.retired += 1;
    }

    /// What retired at the last clock.
    #[inline(always)]
    pub(super) fn retirement(&self) -> Option<Retire> {
        let r = &self.retire;
        r.r_valid_q.then(|| Retire {
            order: self.book.retired - 1,
            cycle: self.book.cycles,
            pc: r.r_pc_q.into(),
            opcode: r.r_op_q.into(),
            meter_after: Some(r.r_fuel_q),
            n_results: r.r_push_q,
            results: Retire::narrow(match r.r_push_q {
                0 => [0; 3],
                1 if r.r_late_q => [self.a_value(), 0, 0],
                1 => [self.execute.s_tos_q, 0, 0],
                _ => [self.execute.s_tos_q, self.execute.s_nos_q, 0],
            }),
            exception: r.r_code_q,
            ..Retire::default()
        })
    }
}
