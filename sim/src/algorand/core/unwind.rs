//! What follows a throw, and how a call ends.

use super::{Core, Signals, Spent};
use crate::algorand::exception::CODE_CROSSED;
use crate::algorand::isa::code;

/// `u_state_q`: nothing was thrown.
pub(super) const NONE: u8 = 0;
/// `u_state_q`: waits for the next instruction, which may be a `catch`.
pub(super) const LOOK: u8 = 1;
/// `u_state_q`: the method completes abruptly.
pub(super) const POP: u8 = 2;
/// Outcome number of an exception.
pub(super) const EXCEPTION: u8 = 2;

/// Registers of unwinding and of the outcome.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unwind {
    pub u_state_q: u8,
    pub u_code_q: u64,
    pub o_valid_q: bool,
    pub o_kind_q: u8,
    pub o_value_q: u64,
}

impl Core {
    /// A cycle in state look or pop. X is empty.
    #[cold]
    pub(super) fn unwind(&mut self, s: &mut Signals) {
        let d = &mut self.decode;
        s.why = Spent::Unwind;
        if self.unwind.u_state_q == LOOK {
            // A faultless `catch` is left to D, which issues it now.
            if d.d_valid_q && (d.d_fault_q || d.d_op_q != code::CATCH) {
                s.busy = true;
                s.kill = true;
                self.pop_method();
            }
            return;
        }
        if self.calls.c_depth_q == 1 {
            self.unwind.u_state_q = NONE;
            self.finish(EXCEPTION, self.unwind.u_code_q | CODE_CROSSED, s);
            return;
        }
        let target = self.calls.c_ret_q;
        d.s_cnt_q = self.calls.restore(self.call.rd());
        d.d_pend_q = 0;
        self.unwind.u_state_q = LOOK;
        s.steer(target, Spent::Unwind);
    }

    /// Enters state pop.
    pub(super) fn pop_method(&mut self) {
        self.unwind.u_state_q = POP;
        if self.calls.c_depth_q > 1 {
            self.call.read(self.calls.c_depth_q - 2);
        }
    }

    /// Ends the call with an outcome.
    pub(super) fn finish(&mut self, kind: u8, value: u64, s: &mut Signals) {
        self.unwind.o_valid_q = true;
        self.unwind.o_kind_q = kind;
        self.unwind.o_value_q = value;
        s.kill = true;
        s.why = Spent::Host;
    }
}
