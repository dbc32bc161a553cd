//! Method invocations: the registers of the current method, the call stack, invoke and return, in the segment
//! and between segments.
//!
//! Not here: which segments are resident and how one is filled or found again (`segment.rs`).

use super::execute::Flow;
use super::frame::fwords;
use super::segment::{Segment, slot_word};
use super::{Core, Signals, Spent};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::isa::code;
use crate::algorand::numbers::{fill, status};
use crate::algorand::params::{FRAME_MAX, FRAME_MEM, STACK_LIMIT, STACK_MEM};

/// Bits of a word of the call stack.
pub(super) const RECORD_BITS: u16 = 102;
/// Bits of its segment part, in the scope RAM.
pub(super) const SCOPE_BITS: u16 = 82;

/// Registers of the current method.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Calls {
    /// Return address.
    pub c_ret_q: u32,
    /// First word of the frame.
    pub c_fbase_q: u32,
    /// Bytes of the frame.
    pub c_fbytes_q: u32,
    /// Argument words of the frame.
    pub c_argw_q: u32,
    /// Number of the invocation in the call, from 1.
    pub c_id_q: u32,
    /// First cell of the operand stack.
    pub c_sbase_q: u32,
    /// Active methods.
    pub c_depth_q: u32,
    /// Number of the next invocation.
    pub c_next_q: u32,
    /// Entries of the undo log when the innermost scope opened.
    pub c_mark_q: u32,
    /// A scope is open.
    pub c_nest_q: bool,
    /// The method was invoked externally, by another method.
    pub c_ext_q: bool,
}

impl Calls {
    /// `{cnt 8, sbase 12, id 32, argw 9, fbytes 12, fbase 12, ret 17}`.
    #[inline(always)]
    fn record(&self, cnt: u32) -> u128 {
        let low = u64::from(self.c_ret_q) | u64::from(self.c_fbase_q) << 17 | u64::from(self.c_fbytes_q) << 29;
        u128::from(low | u64::from(self.c_argw_q) << 41)
            | u128::from(self.c_id_q) << 50
            | u128::from(self.c_sbase_q | cnt << 12) << 82
    }

    /// `{mark 12, nest 1, ext 1, ai 4, caller 64}`.
    #[inline(always)]
    fn scope(&self, g: &Segment) -> u128 {
        let flags = u32::from(self.c_nest_q) << 5 | u32::from(self.c_ext_q) << 4;
        u128::from(self.c_mark_q << 6 | flags | u32::from(g.g_ai_q)) << 64 | u128::from(g.g_caller_q)
    }

    /// Restores a record and its segment part; returns the depth of its stack.
    #[inline(always)]
    fn restore(&mut self, record: u128, scope: u128, g: &mut Segment) -> u32 {
        let low = record as u64;
        self.c_ret_q = low as u32 & 0x1_ffff;
        self.c_fbase_q = (low >> 17) as u32 & 0xfff;
        self.c_fbytes_q = (low >> 29) as u32 & 0xfff;
        self.c_argw_q = (low >> 41) as u32 & 0x1ff;
        self.c_id_q = (record >> 50) as u32;
        self.c_depth_q -= 1;
        let part = (scope >> 64) as u32;
        g.g_caller_q = scope as u64;
        g.g_ai_q = part as u8 & 15;
        self.c_ext_q = part >> 4 & 1 != 0;
        self.c_nest_q = part >> 5 & 1 != 0;
        self.c_mark_q = part >> 6;
        let high = (record >> 82) as u32;
        self.c_sbase_q = high & 0xfff;
        high >> 12
    }
}

/// An entry of the method table, as the constant RAM delivers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry(pub u64);

impl Entry {
    pub fn offset(self) -> u32 {
        self.0 as u32 & 0xffff
    }

    pub fn frame(self) -> u32 {
        (self.0 >> 16) as u32 & 0xffff
    }

    pub fn args(self) -> u32 {
        (self.0 >> 32) as u32 & 0xffff
    }

    pub fn public(self) -> bool {
        self.0 >> 48 & 1 != 0
    }
}

impl Core {
    /// Whether no limit is in the way of a callee above the `cnt` cells that the invoker keeps.
    #[inline(always)]
    fn has_room(&self, entry: Entry, cnt: u32) -> bool {
        let c = &self.calls;
        let top = c.c_fbase_q + fwords(c.c_fbytes_q) + fwords(entry.frame());
        c.c_depth_q < self.loader.l_depthmax_q
            && c.c_next_q <= self.loader.l_invmax_q
            && top + FRAME_MAX as u32 / 8 <= FRAME_MEM as u32 / 8
            && c.c_sbase_q + cnt + STACK_LIMIT as u32 <= STACK_MEM as u32
    }

    /// Makes the frame and the stack of a callee, for which there is room.
    #[inline(always)]
    fn enter(&mut self, entry: Entry, cnt: u32, ret: u32) {
        let c = &mut self.calls;
        let fbase = c.c_fbase_q + fwords(c.c_fbytes_q);
        let top = fbase + fwords(entry.frame());
        self.call.write(c.c_depth_q - 1, c.record(cnt));
        self.scope.write(c.c_depth_q - 1, c.scope(&self.segment));
        c.c_ret_q = ret;
        c.c_ext_q = false;
        c.c_fbase_q = fbase;
        c.c_fbytes_q = entry.frame() & 0xfff;
        c.c_argw_q = fwords(self.decode.d_pend_q);
        c.c_id_q = c.c_next_q;
        c.c_next_q = c.c_next_q.wrapping_add(1);
        c.c_sbase_q += cnt;
        c.c_depth_q += 1;
        self.decode.s_cnt_q = 0;
        self.decode.d_pend_q = 0;
        self.loader.l_high_q = self.loader.l_high_q.max(top);
    }

    #[inline(always)]
    pub(super) fn invoke(&mut self, s: &mut Signals) -> Flow {
        let x = self.execute;
        if x.x_step_q != 0 {
            if x.x_cnt_q >= 1 {
                self.stack.write(self.calls.c_sbase_q - 1, x.s_tos_q);
            }
            return Flow::Done(0);
        }
        s.moving = true;
        let entry = Entry(self.consts.rd());
        if entry.args() != self.decode.d_pend_q {
            self.decode.d_pend_q = 0;
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
            self.fetch.learn(self.segment.g_slot_q, x.x_pc_q, entry.offset());
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
            self.decode.d_pend_q = 0;
        }
        flow
    }

    /// Step 0: the callee's segment is resident, or the host is asked for it.
    fn external_segment(&mut self) -> Flow {
        let app = self.execute.s_nos_q;
        if let Some(slot) = self.resident_app(app) {
            self.execute.x_slot_q = slot;
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
        let x = &mut self.execute;
        let (method, slot) = (x.s_tos_q, x.x_slot_q);
        if method >= self.slot(slot).methods().into() {
            return Flow::Throw(Cause::Method);
        }
        self.consts.read(slot_word(slot, 1 + method as u32));
        self.execute.x_step_q = 2;
        Flow::Stay
    }

    /// Step 2: whether the method may be entered.
    fn external_entry(&mut self) -> Flow {
        let x = self.execute;
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
        self.execute.x_step_q = 3;
        Flow::Stay
    }

    /// Step 3: it is entered, in its segment and in a new scope.
    fn external_open(&mut self, s: &mut Signals) -> Flow {
        let x = self.execute;
        let entry = Entry(self.consts.rd());
        self.enter(entry, x.x_cnt_q - 2, x.x_pc_q + 1);
        self.calls.c_ext_q = true;
        self.calls.c_nest_q = true;
        self.calls.c_mark_q = self.unwind.u_log_q;
        self.segment.g_caller_q = self.segment.g_app_q;
        s.switch = Some(x.x_slot_q);
        s.steer(entry.offset(), Spent::Refill);
        Flow::Done(0)
    }

    /// Restores the invoker from the words on the read ports: the depth of its stack, and whether it is in
    /// another segment, to which the way back then has begun.
    #[inline(always)]
    pub(super) fn leave(&mut self) -> (u32, bool) {
        let (c, g) = (&mut self.calls, &mut self.segment);
        let (external, back, caller) = (c.c_ext_q, c.c_ret_q, g.g_caller_q);
        let cnt = c.restore(self.call.rd(), self.scope.rd(), g);
        self.decode.d_pend_q = 0;
        if external {
            g.g_app_q = caller;
            g.g_back_q = back;
            g.g_state_q = true;
            if !c.c_nest_q {
                self.unwind.u_log_q = 0;
            }
        }
        (cnt, external)
    }

    #[inline(always)]
    pub(super) fn return_(&mut self, s: &mut Signals) -> Flow {
        let with_value = self.execute.x_op_q == code::IRETURN;
        if self.execute.x_step_q != 0 {
            if !with_value && self.decode.s_cnt_q >= 2 {
                self.execute.s_nos_q = self.stack.rd();
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
        self.decode.s_cnt_q = cnt + u32::from(with_value);
        let x = &mut self.execute;
        if with_value {
            if cnt >= 1 {
                x.s_nos_q = self.stack.rd();
            }
        } else {
            if cnt >= 1 {
                x.s_tos_q = self.stack.rd();
            }
            if cnt >= 2 {
                self.stack.read(base - 2);
            }
        }
        Flow::Wait
    }
}
