// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows a throw: the look for a `catch`, rollback, the way to the invoker; and how a call ends.

use super::calls::Scope;
use super::{Core, Signals, Spent};
use crate::algorand::exception::CODE_CROSSED;
use crate::algorand::isa::code;
use crate::algorand::numbers::unwind::*;
use crate::algorand::numbers::{log, mend};

/// Outcome number of an exception.
pub(super) const EXCEPTION: u8 = 2;

room! {
    /// Unwinding, the length of the undo log, and the outcome.
    pub(super) Unwind
}

/// Registers of unwinding and of the outcome.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub u_state_q: u8,
    pub u_code_q: u64,
    /// Entries in the undo log.
    pub u_log_q: u32,
    /// Most entries in this call.
    pub u_high_q: u32,
    pub o_valid_q: bool,
    pub o_kind_q: u8,
    pub o_value_q: u64,
}

impl Unwind {
    /// A throw: a `catch` is looked for.
    pub fn x_throw(&mut self, code: u64) {
        self.q.u_code_q = code;
        self.q.u_state_q = LOOK;
    }

    /// D issues the `catch` that was looked for.
    pub fn d_issue(&mut self) {
        self.q.u_state_q = NONE;
    }

    /// Takes an entry of the undo log.
    pub fn a_entry(&mut self) {
        self.q.u_log_q += 1;
        self.q.u_high_q = self.u_high_q.max(self.u_log_q);
    }

    /// The outermost scope is left: what was done in it stays.
    fn scope_ends(&mut self) {
        self.q.u_log_q = 0;
    }

    /// A new call: nothing is logged.
    pub fn l_clear(&mut self) {
        self.q.u_log_q = 0;
        self.q.u_high_q = 0;
    }

    /// The call ends with an outcome.
    pub fn finish(&mut self, kind: u8, value: u64) {
        self.q.o_valid_q = true;
        self.q.o_kind_q = kind;
        self.q.o_value_q = value;
    }

    /// The loader takes the outcome.
    pub fn l_taken(&mut self) {
        self.q.o_valid_q = false;
    }
}

impl Core {
    /// A cycle in state look, undo or pop. X is empty.
    #[cold]
    pub(super) fn unwind(&mut self, s: &mut Signals) {
        s.why = Spent::Unwind;
        match self.unwind.u_state_q {
            LOOK => self.look(s),
            UNDO => self.undo(s),
            _ => self.pop(s),
        }
    }

    /// A faultless `catch` is left to D, which issues it now. Meanwhile the two top cells are mended.
    fn look(&mut self, s: &mut Signals) {
        self.mend(s);
        let d = &self.decode;
        if d.d_valid_q && (d.d_fault_q || d.d_op_q != code::CATCH) {
            s.busy = true;
            s.kill = true;
            self.give_up();
        }
    }

    /// A step of mending (D7), which takes the cells that stay from the stack RAM.
    fn mend(&mut self, s: &Signals) {
        let below = match self.execute.s_mend_q {
            mend::NONE => return,
            mend::TOP => Some(1),
            mend::NEXT => Some(2),
            _ => None,
        };
        self.execute.mend(s.stack_rv.then(|| self.stack.rd()));
        if let Some(cell) = below.and_then(|below| self.decode.s_cnt_q.checked_sub(below)) {
            self.stack.read(self.calls.c_sbase_q + cell);
        }
    }

    /// The method completes abruptly.
    pub(super) fn give_up(&mut self) {
        if self.calls.c_ext_q {
            self.unwind.q.u_state_q = UNDO;
            return;
        }
        self.unwind.q.u_state_q = POP;
        if self.calls.c_depth_q > 1 {
            self.read_record();
        }
    }

    fn read_record(&mut self) {
        self.call.read(self.calls.c_depth_q - 2);
        self.scope.read(self.calls.c_depth_q - 2);
    }

    /// Undoes the entry that was read, reads the next one below.
    fn undo(&mut self, s: &mut Signals) {
        s.kill = true;
        s.why = Spent::Rollback;
        self.book.spent = Spent::Rollback;
        if s.log_rv {
            self.undo_entry(self.log.rd());
        }
        let u = &mut self.unwind.q;
        if u.u_log_q != self.calls.c_mark_q {
            u.u_log_q = u.u_log_q.wrapping_sub(1) & 0xfff;
            self.log.read(u.u_log_q);
        } else {
            u.u_state_q = POP;
            self.read_record();
        }
    }

    fn undo_entry(&mut self, entry: u128) {
        let (data, address) = (entry as u64, (entry >> 64) as u32 & 0xfff);
        let slot = address >> 7;
        match (entry >> 76) as u8 {
            log::STORE => self.heap_ram.write(address, data),
            log::ALLOCATION => self.size.write(slot, 0),
            log::FREE => {
                self.size.write(slot, data as u8);
                self.pages.u_unfree(slot);
            }
            _ => {}
        }
    }

    /// Back to the invoker, whose next instruction is looked at, or the end of the call.
    fn pop(&mut self, s: &mut Signals) {
        if self.calls.c_depth_q == 1 {
            self.unwind.q.u_state_q = NONE;
            self.finish(EXCEPTION, self.unwind.u_code_q | CODE_CROSSED, s);
            return;
        }
        let target = self.calls.c_ret_q;
        let (cnt, external) = self.leave();
        self.decode.s_cnt_set(cnt);
        self.execute.mend_set(mend::TOP);
        self.unwind.q.u_state_q = LOOK;
        if external {
            self.unwind.q.u_code_q |= CODE_CROSSED;
            s.kill = true;
        } else {
            s.steer(target, Spent::Unwind);
        }
    }

    /// Restores the invoker from the words on the read ports: the depth of its stack, and whether it is in
    /// another segment, to which the way back then has begun.
    #[inline(always)]
    pub(super) fn leave(&mut self) -> (u32, bool) {
        let (external, back) = (self.calls.c_ext_q, self.calls.c_ret_q);
        let scope = Scope(self.scope.rd());
        let cnt = self.calls.leave(self.call.rd(), scope);
        self.segment.leave(scope, external.then_some(back));
        self.decode.d_pend_clear();
        if external && !scope.nest() {
            self.unwind.scope_ends();
        }
        (cnt, external)
    }

    /// Ends the call with an outcome.
    pub(super) fn finish(&mut self, kind: u8, value: u64, s: &mut Signals) {
        self.unwind.finish(kind, value);
        s.kill = true;
        s.why = Spent::Host;
    }
}
