//! D: fuel, depth, the checks that need no operand value, RAM reads, static prediction.

use super::frame::{access, frame_word, fwords};
use super::{Core, Signals, Spent, unwind};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::isa::{self, Class, DECODE};
use crate::algorand::params::{FRAME_MAX, STACK_LIMIT};

/// Registers of the decode stage, and the counters of everything issued.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Decode {
    pub d_valid_q: bool,
    pub d_fault_q: bool,
    pub d_redir_q: bool,
    pub d_op_q: u8,
    pub d_pc_q: u32,
    pub d_imm_q: u64,
    pub d_fuel_q: i64,
    /// Pending argument bytes.
    pub d_pend_q: u32,
    /// Depth of the method's stack.
    pub s_cnt_q: u32,
}

impl Decode {
    /// Where the next argument of `1 << log_width` bytes goes.
    #[inline(always)]
    fn argument(&self, log_width: u8) -> u32 {
        let width = 1 << log_width;
        (self.d_pend_q + width - 1) & !(width - 1)
    }
}

impl Core {
    /// The cycle of D. X and unwind have run.
    #[inline(always)]
    pub(super) fn decode(&mut self, s: &mut Signals) {
        s.room = !self.decode.d_valid_q | !s.busy;
        if !self.decode.d_valid_q {
            if !self.execute.x_valid_q {
                self.book.x_bubble = self.book.d_bubble;
            }
            return;
        }
        let row = &DECODE[self.decode.d_op_q as usize];
        let redirect = if self.decode.d_redir_q { None } else { self.predict(row.class, s) };
        if let Some(target) = redirect {
            self.decode.d_redir_q = true;
            s.redirect = true;
            s.target = target;
            self.book.d_bubble = if row.class == Class::Return { Spent::Refill } else { Spent::Branch };
        }
        if !(s.busy | s.kill) {
            debug_assert!(!self.execute.x_valid_q);
            self.issue(row);
        }
    }

    /// Where D redirects F to, for an instruction that has not yet been redirected.
    #[inline(always)]
    fn predict(&mut self, class: Class, s: &Signals) -> Option<u32> {
        let d = &self.decode;
        if !matches!(class, Class::Jump | Class::Branch | Class::Return) || d.d_fault_q || s.unwinding || s.moving {
            return None;
        }
        if class == Class::Return {
            return (self.calls.c_depth_q > 1).then_some(self.calls.c_ret_q);
        }
        let (pc, imm) = (d.d_pc_q, d.d_imm_q as u32);
        if imm >= self.loader.l_codelen_q || class == Class::Branch && imm > pc {
            return None;
        }
        self.fetch.learn(pc, imm);
        Some(imm)
    }

    /// Moves the instruction from D to X.
    #[inline(always)]
    fn issue(&mut self, row: &isa::Decode) {
        let d = &mut self.decode;
        d.d_valid_q = false;
        d.d_fuel_q = d.d_fuel_q.wrapping_sub(if d.d_fault_q { 1 } else { row.fuel.into() });
        let x = &mut self.execute;
        x.x_valid_q = true;
        x.x_pc_q = d.d_pc_q;
        x.x_op_q = d.d_op_q;
        x.x_imm_q = d.d_imm_q;
        x.x_cnt_q = d.s_cnt_q;
        x.x_pred_q = d.d_redir_q;
        x.x_step_q = false;
        x.x_taken_q = self.unwind.u_state_q == unwind::LOOK;
        self.unwind.u_state_q = unwind::NONE;
        let exception = self.check(row);
        self.execute.x_exc_q = exception;
        if exception == 0 {
            self.prepare(row);
        }
    }

    /// The first check that fails: a cause or 29; 0 if none.
    #[inline(always)]
    fn check(&self, row: &isa::Decode) -> u8 {
        let d = &self.decode;
        let after = d.s_cnt_q + u32::from(row.pushes);
        if d.d_fuel_q < 0 {
            CallEnd::OutOfFuel as u8
        } else if d.d_fault_q {
            Cause::Fetch as u8
        } else if row.class == Class::Undefined {
            Cause::Opcode as u8
        } else if d.s_cnt_q < u32::from(row.pops) {
            Cause::Underflow as u8
        } else if after > STACK_LIMIT as u32 + u32::from(row.pops) {
            Cause::Overflow as u8
        } else {
            self.check_operand(row.class).map_or(0, |cause| cause as u8)
        }
    }

    #[inline(always)]
    fn check_operand(&self, class: Class) -> Option<Cause> {
        let d = &self.decode;
        let log_width = d.d_op_q & 3;
        match class {
            Class::Load | Class::Store => access(d.d_imm_q, log_width, self.calls.c_fbytes_q),
            Class::CLoad => access(d.d_imm_q, log_width, self.loader.l_constlen_q),
            Class::Arg => (d.argument(log_width) + (1 << log_width) > FRAME_MAX as u32).then_some(Cause::Range),
            Class::Jump => (d.d_imm_q as u32 >= self.loader.l_codelen_q).then_some(Cause::Target),
            Class::Invoke => (d.d_imm_q as u32 >= self.loader.l_methods_q).then_some(Cause::Method),
            _ => None,
        }
    }

    /// Counts the depth and starts the RAM reads of an instruction that passed the checks.
    #[inline(always)]
    fn prepare(&mut self, row: &isa::Decode) {
        let (d, x, c) = (&mut self.decode, &mut self.execute, &self.calls);
        let depth = d.s_cnt_q;
        d.s_cnt_q = depth.wrapping_add_signed(row.delta.into());
        let word = d.d_imm_q as u32 >> 3;
        if depth >= 3 && (row.delta == -1 || row.class == Class::StoreX) {
            self.stack.read(c.c_sbase_q + depth - 3);
        }
        match row.class {
            Class::Load | Class::Store => {
                x.x_word_q = frame_word(c.c_fbase_q, word);
                x.x_off_q = d.d_imm_q as u8 & 7;
                x.x_init_q = word < c.c_argw_q;
                self.frame.read(x.x_word_q);
                self.tag.read(x.x_word_q);
            }
            Class::Arg => {
                let log_width = d.d_op_q & 3;
                let p = d.argument(log_width);
                d.d_pend_q = p + (1 << log_width);
                x.x_word_q = frame_word(c.c_fbase_q, fwords(c.c_fbytes_q) + (p >> 3));
                x.x_off_q = p as u8 & 7;
                x.x_init_q = true;
                if x.x_off_q != 0 {
                    self.frame.read(x.x_word_q);
                    self.tag.read(x.x_word_q);
                }
            }
            Class::CLoad => {
                x.x_off_q = d.d_imm_q as u8 & 7;
                self.consts.read(word);
            }
            Class::Invoke => self.consts.read(1 + d.d_imm_q as u32),
            Class::Return if c.c_depth_q > 1 => {
                self.call.read(c.c_depth_q - 2);
                if c.c_sbase_q > 0 {
                    // The only stack read of this issue: the table gives returns a delta of 0.
                    self.stack.read(c.c_sbase_q - 1);
                }
            }
            _ => {}
        }
    }
}
