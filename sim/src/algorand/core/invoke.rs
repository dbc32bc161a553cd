// SPDX-License-Identifier: MIT OR Apache-2.0
//! The steps of invocations and returns in X, in the segment and between segments.
//!
//! Not here: the registers of methods (`calls.rs`); which segments are resident and how one is filled or found again
//! (`segment.rs`); how a method is left (`unwind.rs`).

use super::calls::{Callee, Entry};
use super::execute::Flow;
use super::segment::slot_word;
use super::{Core, Signals, Spent};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::isa::code;
use crate::algorand::numbers::{fill, status};

impl Core {
    /// Whether no limit is in the way of a callee above the `cnt` cells that the invoker keeps.
    #[inline(always)]
    fn has_room(&self, entry: Entry, cnt: u32) -> bool {
        let l = &self.loader;
        self.calls.has_room(entry, cnt, l.l_depthmax_q, l.l_invmax_q)
    }

    /// Puts the invoker away, above whose `cnt` cells and frame the callee begins.
    #[inline(always)]
    fn enter(&mut self, entry: Entry, cnt: u32, ret: u32) {
        let (c, g) = (&mut self.calls, &self.segment);
        self.call.write(c.c_depth_q - 1, c.record(cnt));
        self.scope.write(c.c_depth_q - 1, c.scope(g.g_ai_q, g.g_caller_q));
        let top = c.c_enter(Callee { entry, cnt, ret, args: self.decode.d_pend_q });
        self.decode.s_cnt_set(0);
        self.decode.d_pend_clear();
        self.loader.c_enter(top);
    }

    #[inline(always)]
    pub(super) fn invoke(&mut self, s: &mut Signals) -> Flow {
        let x = *self.execute;
        if x.x_step_q != 0 {
            if x.x_cnt_q >= 1 {
                self.stack.write(self.calls.c_sbase_q - 1, x.s_tos_q);
            }
            return Flow::Done(0);
        }
        s.moving = true;
        let entry = Entry(self.consts.rd());
        if entry.args() != self.decode.d_pend_q {
            self.decode.d_pend_clear();
            return Flow::Throw(Cause::Arguments);
        }
        if !self.has_room(entry, x.x_cnt_q) {
            return Flow::End(CallEnd::Capacity);
        }
        self.enter(entry, x.x_cnt_q, x.x_pc_q + 3);
        if x.x_cnt_q >= 2 {
            self.stack.write(self.calls.c_sbase_q - 2, x.s_nos_q);
        }
        if !x.x_pred_q {
            self.fetch.b_we(self.segment.g_slot_q, x.x_pc_q, entry.offset());
            s.steer(entry.offset(), Spent::Refill);
        }
        Flow::Wait
    }

    /// A cycle of `invoke_external` in X.
    #[inline(never)]
    pub(super) fn invoke_external(&mut self, s: &mut Signals) -> Flow {
        s.moving = true;
        let flow = match self.execute.x_step_q {
            0 => self.external_segment(),
            1 => self.external_method(),
            2 => self.external_entry(),
            _ => self.external_open(s),
        };
        if matches!(flow, Flow::Throw(_)) {
            self.decode.d_pend_clear();
        }
        flow
    }

    /// Step 0: the callee's segment is resident, or the host is asked for it.
    fn external_segment(&mut self) -> Flow {
        let app = self.execute.s_nos_q;
        if let Some(slot) = self.resident_app(app) {
            self.execute.slot_set(slot);
            return Flow::Wait;
        }
        match self.segment.g_fail_q {
            status::UNLISTED => Flow::End(CallEnd::Rejected),
            status::ABSENT => Flow::Throw(Cause::Application),
            fail => {
                if fail == status::FILLED && self.segment.g_fill_q == fill::NONE {
                    self.segment.start_fill(app);
                }
                Flow::Stay
            }
        }
    }

    /// Step 1: the callee's method table is read.
    fn external_method(&mut self) -> Flow {
        let x = &self.execute;
        let (method, slot) = (x.s_tos_q, x.x_slot_q);
        if method >= self.slot(slot).methods().into() {
            return Flow::Throw(Cause::Method);
        }
        self.consts.read(slot_word(slot, 1 + method as u32));
        self.execute.step_set(2);
        Flow::Stay
    }

    /// Step 2: whether the method may be entered.
    fn external_entry(&mut self) -> Flow {
        let x = *self.execute;
        let entry = Entry(self.consts.rd());
        if !entry.public() {
            return Flow::Throw(Cause::Access);
        }
        if entry.args() != self.decode.d_pend_q {
            return Flow::Throw(Cause::Arguments);
        }
        if !self.has_room(entry, x.x_cnt_q - 2) {
            return Flow::End(CallEnd::Capacity);
        }
        self.execute.step_set(3);
        Flow::Stay
    }

    /// Step 3: it is entered, in its segment and in a new scope.
    fn external_open(&mut self, s: &mut Signals) -> Flow {
        let x = *self.execute;
        let entry = Entry(self.consts.rd());
        self.enter(entry, x.x_cnt_q - 2, x.x_pc_q + 1);
        self.calls.c_entext(self.unwind.u_log_q);
        self.segment.c_entext();
        s.switch = Some(x.x_slot_q);
        s.steer(entry.offset(), Spent::Refill);
        Flow::Done(0)
    }

    #[inline(always)]
    pub(super) fn return_(&mut self, s: &mut Signals) -> Flow {
        let with_value = self.execute.x_op_q == code::IRETURN;
        if self.execute.x_step_q != 0 {
            if !with_value && self.decode.s_cnt_q >= 2 {
                self.execute.nos_set(self.stack.rd());
            }
            return Flow::Done(with_value.into());
        }
        s.moving = true;
        if self.calls.c_depth_q == 1 {
            return Flow::Returned(with_value);
        }
        let base = self.calls.c_sbase_q;
        let (cnt, external) = self.leave();
        if external {
            s.kill = true;
            s.why = Spent::Segment;
        }
        self.decode.s_cnt_set(cnt + u32::from(with_value));
        let x = &mut self.execute;
        if with_value {
            if cnt >= 1 {
                x.nos_set(self.stack.rd());
            }
        } else {
            if cnt >= 1 {
                x.tos_set(self.stack.rd());
            }
            if cnt >= 2 {
                self.stack.read(base - 2);
            }
        }
        Flow::Wait
    }
}
