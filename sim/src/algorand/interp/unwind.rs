// SPDX-License-Identifier: MIT OR Apache-2.0
//! What follows an instruction that did not complete normally. Free of charge, and without
//! records (D1).

use super::super::exception::{CODE_CROSSED, Outcome, RETIRE_ATHROW, RetireCode, thrown_code};
use super::super::isa::{Class, DECODE};
use super::invoke::end_of_call;
use super::{Instruction, Interp, Stop};

impl Interp {
    /// Ends the call in `i`, or throws there. Gives the code for the instruction's record.
    #[cold]
    pub(super) fn stop(&mut self, stop: Stop, i: Instruction) -> RetireCode {
        match stop {
            Stop::Throw(cause) => {
                self.throw(cause.code(), i);
                cause as RetireCode
            }
            Stop::Athrow(value) => {
                self.throw(thrown_code(value), i);
                RETIRE_ATHROW
            }
            Stop::End(end) => {
                self.outcome = Some(end_of_call(end));
                end as RetireCode
            }
        }
    }

    /// Completes methods abruptly, one by one, until the next instruction is a `catch`; that one
    /// is then executed as an instruction of its own, taken (D4, D7). Abrupt completion of an external
    /// invocation undoes what was done to the heap in it, that of an internal one nothing (D21). The operands of `i`
    /// are gone, as those of the invocations are.
    fn throw(&mut self, mut exception: u64, i: Instruction) {
        self.unwound.clear();
        self.stack.drop(i.row.pops.into());
        let (mut next, mut left) = (i.next(), None);
        loop {
            if let Some(at) = next.filter(|at| self.is_catch(*at)) {
                self.pc = at;
                self.caught = Some(exception);
                return;
            }
            self.leaves(left.as_ref());
            let Some(invoker) = self.leave() else {
                // The first frame is an external invocation (D18); the host discards its changes.
                self.outcome = Some(Outcome::Exception(exception | CODE_CROSSED));
                return;
            };
            if invoker.external {
                self.heap.roll_back();
                self.restore_segment();
                exception |= CODE_CROSSED;
            }
            next = Some(invoker.return_to);
            left = Some(invoker);
        }
    }

    /// Whether a `catch` lies wholly inside the code area at `at`.
    fn is_catch(&self, at: usize) -> bool {
        let code = self.segment.image.code();
        code.get(at).is_some_and(|opcode| {
            let row = &DECODE[usize::from(*opcode)];
            row.class == Class::Catch && at + usize::from(row.len) <= code.len()
        })
    }
}
