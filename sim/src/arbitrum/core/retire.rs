// SPDX-License-Identifier: MIT OR Apache-2.0
//! W: the verdict on the instruction that X is done with, and what retires.
//!
//! Not here: what is repaired when the verdict is bad (`execute.rs`).

use super::Core;
use crate::arbitrum::numbers::{exception, loader, outcome, tag};
use crate::trace::Retire;
use crate::units::wide::U256;

room! {
    /// W.
    pub(super) RetirePort
}

/// Registers of W.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub w_v_q: bool,
    pub w_pc_q: u16,
    pub w_op_q: u8,
    pub w_exc_q: u8,
    /// Its operands were wrong.
    pub w_bad_q: bool,
    /// Its result is on the stack.
    pub w_drop_q: bool,
    pub w_next_q: u16,
}

impl RetirePort {
    /// Nothing is done in this cycle, unless X says so.
    #[inline(always)]
    pub fn idle(&mut self) {
        self.q.w_v_q = false;
        self.q.w_bad_q = false;
    }

    /// X is done with an instruction.
    #[inline(always)]
    pub fn done(&mut self, pc: u16, op: u8, bad: bool, drop: bool, next: u16) {
        self.q = Registers {
            w_v_q: true,
            w_pc_q: pc,
            w_op_q: op,
            w_exc_q: exception::NONE,
            w_bad_q: bad,
            w_drop_q: drop,
            w_next_q: next,
        };
    }

    /// X is done with an instruction that failed.
    pub fn failed(&mut self, pc: u16, op: u8, exc: u8, next: u16) {
        let w = &mut self.q;
        (w.w_v_q, w.w_pc_q, w.w_op_q, w.w_exc_q, w.w_bad_q, w.w_next_q) = (true, pc, op, exc, false, next);
    }

    /// What was wrong is repaired.
    pub fn repaired(&mut self, next: u16) {
        let w = &mut self.q;
        (w.w_v_q, w.w_exc_q, w.w_bad_q, w.w_next_q) = (true, exception::ERROR, false, next);
    }

    /// An instruction retires: the registers hold the state after it.
    #[inline(always)]
    pub fn retires(&self) -> bool {
        self.w_v_q & !self.w_bad_q
    }
}

impl Core {
    /// What retired at the last clock.
    pub(super) fn retirement(&self) -> Option<Retire> {
        let w = &self.retire;
        w.retires().then(|| Retire {
            order: self.book.retired - 1,
            cycle: self.book.cycles,
            pc: w.w_pc_q.into(),
            opcode: w.w_op_q.into(),
            n_results: 3,
            results: self.state_words(),
            exception: w.w_exc_q,
            ..Retire::default()
        })
    }

    /// The top of the data stack, the gas, and `{status, aux depth, data depth, type code}` (rules, "Step record").
    fn state_words(&self) -> [U256; 3] {
        let (s, l) = (&self.stack, &self.loader);
        let top = if s.s_depth_q == 0 { None } else { Some(s.s_a_q) };
        let payload = match top {
            Some(top) if top.is_tuple() => [top.len().into(), 0, 0, 0],
            Some(top) if !top.is_buffer() => top.payload,
            _ => [0; 4],
        };
        let kind = match top.map(|t| t.tag) {
            None => 15,
            Some(tag::INT) => 0,
            Some(tag::CODE) => 1,
            Some(tag::TUPLE) => 3,
            Some(_) => 12,
        };
        let status = match l.l_outcome_q {
            outcome::HALTED if l.l_state_q == loader::END => 2,
            outcome::ERROR_STOP if l.l_state_q == loader::END => 1,
            _ => 0,
        };
        [payload, self.gas.remaining(), [kind, s.s_depth_q.into(), self.aux.t_depth_q.into(), status]]
    }
}
