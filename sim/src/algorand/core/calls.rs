//! Method invocations: the registers of the current method, the call stack, invoke and return.

use super::execute::Flow;
use super::frame::fwords;
use super::{Core, Signals, Spent};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::isa::code;
use crate::algorand::params::{FRAME_MAX, FRAME_MEM, STACK_LIMIT, STACK_MEM};

/// Bits of a word of the call stack.
pub(super) const RECORD_BITS: u16 = 102;

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

    /// Restores a record; returns the depth of its stack.
    #[inline(always)]
    pub fn restore(&mut self, record: u128) -> u32 {
        let low = record as u64;
        self.c_ret_q = low as u32 & 0x1_ffff;
        self.c_fbase_q = (low >> 17) as u32 & 0xfff;
        self.c_fbytes_q = (low >> 29) as u32 & 0xfff;
        self.c_argw_q = (low >> 41) as u32 & 0x1ff;
        self.c_id_q = (record >> 50) as u32;
        self.c_depth_q -= 1;
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
    #[inline(always)]
    pub(super) fn invoke(&mut self, s: &mut Signals) -> Flow {
        let (x, c) = (&self.execute, &mut self.calls);
        if x.x_step_q {
            if x.x_cnt_q >= 1 {
                self.stack.write(c.c_sbase_q - 1, x.s_tos_q);
            }
            return Flow::Done(0);
        }
        s.moving = true;
        let entry = Entry(self.consts.rd());
        if entry.args() != self.decode.d_pend_q {
            self.decode.d_pend_q = 0;
            return Flow::Throw(Cause::Arguments);
        }
        let fbase = c.c_fbase_q + fwords(c.c_fbytes_q);
        let top = fbase + fwords(entry.frame());
        if c.c_depth_q >= self.loader.l_depthmax_q
            || c.c_next_q > self.loader.l_invmax_q
            || top + FRAME_MAX as u32 / 8 > FRAME_MEM as u32 / 8
            || c.c_sbase_q + x.x_cnt_q + STACK_LIMIT as u32 > STACK_MEM as u32
        {
            return Flow::End(CallEnd::Capacity);
        }
        self.call.write(c.c_depth_q - 1, c.record(x.x_cnt_q));
        if x.x_cnt_q >= 2 {
            self.stack.write(c.c_sbase_q + x.x_cnt_q - 2, x.s_nos_q);
        }
        c.c_ret_q = x.x_pc_q + 3;
        c.c_fbase_q = fbase;
        c.c_fbytes_q = entry.frame() & 0xfff;
        c.c_argw_q = fwords(self.decode.d_pend_q);
        c.c_id_q = c.c_next_q;
        c.c_next_q = c.c_next_q.wrapping_add(1);
        c.c_sbase_q += x.x_cnt_q;
        c.c_depth_q += 1;
        self.decode.s_cnt_q = 0;
        self.decode.d_pend_q = 0;
        self.loader.l_high_q = self.loader.l_high_q.max(top);
        if !x.x_pred_q {
            self.fetch.learn(x.x_pc_q, entry.offset());
            s.steer(entry.offset(), Spent::Refill);
        }
        Flow::Wait
    }

    #[inline(always)]
    pub(super) fn return_(&mut self, s: &mut Signals) -> Flow {
        let (x, c) = (&mut self.execute, &mut self.calls);
        let with_value = x.x_op_q == code::IRETURN;
        if x.x_step_q {
            if !with_value && self.decode.s_cnt_q >= 2 {
                x.s_nos_q = self.stack.rd();
            }
            return Flow::Done(with_value.into());
        }
        s.moving = true;
        if c.c_depth_q == 1 {
            return Flow::Returned(with_value);
        }
        let base = c.c_sbase_q;
        let cnt = c.restore(self.call.rd());
        self.decode.d_pend_q = 0;
        self.decode.s_cnt_q = cnt + u32::from(with_value);
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
