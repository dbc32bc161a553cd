// SPDX-License-Identifier: MIT OR Apache-2.0
//! D: fuel, depth, the checks that need no operand value, RAM reads, static prediction.

use super::execute::Issue;
use super::frame::{access, frame_word, fwords};
use super::{Core, Signals, Spent};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::isa::{self, Class, DECODE, FIRST_INVOKE_FUEL, code};
use crate::algorand::natives;
use crate::algorand::params::{FRAME_MAX, STACK_LIMIT};

room! {
    /// The decode stage.
    pub(super) Decode
}

/// Registers of the decode stage, and the counters of everything issued.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
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

/// What F fires: the instruction that D takes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fire {
    pub pc: u32,
    pub op: u8,
    pub imm: u64,
    /// It is not wholly inside the code area.
    pub fault: bool,
    /// F goes on at the target buffered for it.
    pub hit: bool,
}

impl Decode {
    /// F fires an instruction.
    #[inline(always)]
    pub fn f_fire(&mut self, f: Fire) {
        let d = &mut self.q;
        d.d_valid_q = true;
        d.d_pc_q = f.pc;
        d.d_op_q = f.op;
        d.d_imm_q = f.imm;
        d.d_fault_q = f.fault;
        d.d_redir_q = f.hit;
    }

    /// X, unwind or find drops the instruction.
    #[inline(always)]
    pub fn kill(&mut self) {
        self.q.d_valid_q = false;
    }

    /// The depth of a method's stack that begins, goes on or catches.
    #[inline(always)]
    pub fn s_cnt_set(&mut self, cnt: u32) {
        self.q.s_cnt_q = cnt;
    }

    /// The pending arguments have been passed on, or are dropped.
    #[inline(always)]
    pub fn d_pend_clear(&mut self) {
        self.q.d_pend_q = 0;
    }

    /// The fuel of the call.
    pub fn l_fuel_set(&mut self, fuel: i64) {
        self.q.d_fuel_q = fuel;
    }

    /// The price of the first invocation.
    pub fn l_init(&mut self) {
        self.q.d_fuel_q = self.d_fuel_q.wrapping_sub(FIRST_INVOKE_FUEL.into());
    }

    /// Fuel of the instruction in D.
    #[inline(always)]
    fn cost(&self, row: &isa::Decode) -> i64 {
        if row.class == Class::InvokeNative {
            self.native_cost(row)
        } else if self.d_fault_q {
            1
        } else {
            row.fuel.into()
        }
    }

    /// Fuel of an `invoke_native`; one that is not wholly inside the code area is not of its class.
    #[cold]
    fn native_cost(&self, row: &isa::Decode) -> i64 {
        let native = natives::by_number(self.d_imm_q as usize);
        native.map_or(row.fuel.into(), |n| n.fuel(self.d_pend_q as usize))
    }

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
            self.decode.q.d_redir_q = true;
            s.redirect = true;
            s.target = target;
            s.b_we = row.class != Class::Return;
            self.book.d_bubble = if row.class == Class::Return { Spent::Refill } else { Spent::Branch };
        }
        if s.busy && !self.execute.x_valid_q {
            // Only late results keep D waiting while X is empty, if it is not killed.
            self.book.x_bubble = Spent::Heap;
        }
        if !(s.busy | s.kill) {
            debug_assert!(!self.execute.x_valid_q);
            self.issue(row, s.unwinding);
        }
    }

    /// Where D redirects F to, for an instruction that has not yet been redirected.
    #[inline(always)]
    fn predict(&self, class: Class, s: &Signals) -> Option<u32> {
        let d = &self.decode;
        if !matches!(class, Class::Jump | Class::Branch | Class::Return) || d.d_fault_q || s.unwinding || s.moving {
            return None;
        }
        if class == Class::Return {
            let c = &self.calls;
            return (c.c_depth_q > 1 && !c.c_ext_q).then_some(c.c_ret_q);
        }
        let (pc, imm) = (d.d_pc_q, d.d_imm_q as u32);
        if imm >= self.segment.g_codelen_q || class == Class::Branch && imm > pc {
            return None;
        }
        Some(imm)
    }

    /// Moves the instruction from D to X. `taken`: a throw is looking for it.
    #[inline(always)]
    fn issue(&mut self, row: &isa::Decode, taken: bool) {
        let cost = self.decode.cost(row);
        let d = &mut self.decode.q;
        d.d_valid_q = false;
        d.d_fuel_q = d.d_fuel_q.wrapping_sub(cost);
        let (pc, op, imm, cnt, pred) = (d.d_pc_q, d.d_op_q, d.d_imm_q, d.s_cnt_q, d.d_redir_q);
        self.execute.d_issue(Issue { pc, op, imm, cnt, pred, taken });
        let exc = self.check(row);
        self.execute.d_exc(exc);
        if exc == 0 {
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
            Class::CLoad => access(d.d_imm_q, log_width, self.segment.g_constlen_q),
            Class::Arg => (d.argument(log_width) + (1 << log_width) > FRAME_MAX as u32).then_some(Cause::Range),
            Class::Jump => (d.d_imm_q as u32 >= self.segment.g_codelen_q).then_some(Cause::Target),
            Class::Invoke => (d.d_imm_q as u32 >= self.segment.g_methods_q).then_some(Cause::Method),
            Class::InvokeNative => self.check_native(),
            _ => None,
        }
    }

    #[cold]
    fn check_native(&self) -> Option<Cause> {
        let d = &self.decode;
        let native = natives::by_number(d.d_imm_q as usize);
        match native {
            Some(n) if d.s_cnt_q + u32::from(n.results) > STACK_LIMIT as u32 => Some(Cause::Overflow),
            Some(n) if d.d_pend_q < n.least.into() => Some(Cause::Arguments),
            Some(_) => None,
            None => Some(Cause::Method),
        }
    }

    /// Counts the depth and starts the RAM reads of an instruction that passed the checks.
    #[inline(always)]
    fn prepare(&mut self, row: &isa::Decode) {
        let (d, x, c) = (&mut self.decode, &mut self.execute, &self.calls);
        let depth = d.s_cnt_q;
        d.q.s_cnt_q = depth.wrapping_add_signed(row.delta.into());
        let word = d.d_imm_q as u32 >> 3;
        let takes = row.delta == -1 || matches!(row.class, Class::StoreX | Class::HStore) || d.d_op_q == code::PALLOC;
        if depth >= 3 && takes {
            self.stack.read(c.c_sbase_q + depth - 3);
        }
        match row.class {
            Class::Load | Class::Store => {
                let at = frame_word(c.c_fbase_q, word);
                x.d_word(at, d.d_imm_q as u8 & 7, word < c.c_argw_q);
                self.frame.read(at);
                self.tag.read(at);
            }
            Class::Arg => {
                let log_width = d.d_op_q & 3;
                let p = d.argument(log_width);
                d.q.d_pend_q = p + (1 << log_width);
                let at = frame_word(c.c_fbase_q, fwords(c.c_fbytes_q) + (p >> 3));
                x.d_word(at, p as u8 & 7, true);
                if p & 7 != 0 {
                    self.frame.read(at);
                    self.tag.read(at);
                }
            }
            Class::CLoad => {
                x.d_off(d.d_imm_q as u8 & 7);
                self.consts.read(self.segment.word(word));
            }
            Class::Invoke => self.consts.read(self.segment.word(1 + d.d_imm_q as u32)),
            Class::InvokeNative => {
                x.d_init();
                let native = natives::by_number(d.d_imm_q as usize);
                d.q.s_cnt_q += native.map_or(0, |n| n.results.into());
            }
            Class::Return if c.c_depth_q > 1 => {
                self.call.read(c.c_depth_q - 2);
                self.scope.read(c.c_depth_q - 2);
                if c.c_sbase_q > 0 {
                    // The only stack read of this issue: the table gives returns a delta of 0.
                    self.stack.read(c.c_sbase_q - 1);
                }
            }
            _ => {}
        }
    }
}
