// SPDX-License-Identifier: MIT OR Apache-2.0
//! What an instruction in X does in this step, by class, and how it ends.
//!
//! Not here: the registers of X (`execute.rs`); arithmetic (`arith.rs`, `alu.rs`), the addresses and bytes of loads
//! and stores (`frame.rs`), the retirement port (`retire.rs`), invoke and return (`invoke.rs`), the heap (`heap.rs`),
//! natives (`native.rs`).

use super::arith::Arith;
use super::execute::Flow;
use super::frame::{access, extract, frame_word, merge};
use super::{Core, Signals, Spent, heap};
use crate::algorand::exception::{CODE_MACHINE, CallEnd, Cause, RETIRE_ATHROW, thrown_code};
use crate::algorand::isa::{self, Class, DECODE, code};
use crate::algorand::numbers::{late, mend};
use crate::algorand::params::STACK_LIMIT;

/// Whether the results of the class are late.
#[inline(always)]
fn heap_access(class: Class) -> bool {
    matches!(class, Class::HLoad | Class::HStore)
}

impl Core {
    /// The cycle of X, which holds an instruction.
    #[inline(always)]
    pub(super) fn execute(&mut self, s: &mut Signals) {
        let class = DECODE[self.execute.x_op_q as usize].class;
        let flow = match self.execute.x_exc_q {
            0 => self.effect(class, s),
            exception => {
                s.moving = matches!(class, Class::Invoke | Class::Return | Class::InvokeExternal);
                self.exceptional(exception)
            }
        };
        self.book.spent = Spent::Retire;
        // What throws or finishes early is a kill: D need not know that X is empty then.
        s.busy = match flow {
            Flow::Done(_) => heap_access(class) && self.too_early(),
            Flow::Wait | Flow::Stay => true,
            _ => !self.last_step(class),
        };
        match flow {
            Flow::Done(results) => self.complete(0, results),
            Flow::Wait => {
                self.execute.step_set(1);
                self.book.spent = self.waits_for(class);
            }
            Flow::Stay => self.book.spent = self.waits_for(class),
            Flow::Throw(cause) => {
                self.complete(cause as u8, 0);
                self.throw(cause.code(), cause == Cause::Fetch, s);
            }
            Flow::Athrow => {
                self.complete(RETIRE_ATHROW, 0);
                self.throw(thrown_code(self.execute.s_tos_q), false, s);
            }
            Flow::Returned(with_value) => {
                self.complete(0, 0);
                let value = if with_value { self.execute.s_tos_q } else { 0 };
                self.finish(with_value.into(), value, s);
            }
            Flow::End(end) => {
                self.complete(end as u8, 0);
                self.finish(end as u8, 0, s);
            }
        }
    }

    /// What a cycle of X is spent on that is not the last one of its instruction.
    #[inline(always)]
    fn waits_for(&self, class: Class) -> Spent {
        match class {
            Class::Mul => Spent::Multiplier,
            Class::Div => Spent::Divider,
            Class::Switch => Spent::Switch,
            Class::Invoke | Class::Return => Spent::Call,
            Class::InvokeExternal if self.execute.x_step_q == 0 => Spent::Segment,
            Class::InvokeExternal => Spent::Call,
            Class::InvokeNative => Spent::Native,
            Class::HLoad | Class::HStore => Spent::Page,
            Class::Page if self.execute.x_step_q == 2 => Spent::Heap,
            Class::Page => Spent::Page,
            _ => Spent::Memory,
        }
    }

    /// Whether D, behind an instruction in X with late results, holds one that could not be in X with them.
    #[inline(always)]
    fn too_early(&self) -> bool {
        !heap::pushes(DECODE[self.decode.d_op_q as usize].class)
    }

    /// Whether X, which throws or finishes now, would have ended its instruction now as far as its registers
    /// and the class in D tell.
    #[cold]
    fn last_step(&self, class: Class) -> bool {
        let x = &self.execute;
        match class {
            _ if x.x_exc_q != 0 => true,
            Class::Mul | Class::Div | Class::LoadX | Class::StoreX | Class::CLoadX => x.x_step_q != 0,
            Class::Switch | Class::Invoke | Class::Return => x.x_step_q != 0,
            Class::InvokeExternal => x.x_step_q == 3,
            Class::HLoad | Class::HStore => self.pages.p_hit_q && !self.too_early(),
            // Only its first step throws.
            Class::Page => self.pages.p_hit_q && x.x_op_q != code::PALLOC,
            _ => true,
        }
    }

    /// An instruction that failed a check of D.
    #[cold]
    fn exceptional(&self, exception: u8) -> Flow {
        if exception == CallEnd::OutOfFuel as u8 {
            return Flow::End(CallEnd::OutOfFuel);
        }
        let cause = Cause::ALL.iter().find(|c| **c as u8 == exception);
        Flow::Throw(*cause.expect("D writes causes and 29 only"))
    }

    #[inline(always)]
    fn effect(&mut self, class: Class, s: &mut Signals) -> Flow {
        match class {
            Class::Nop | Class::Jump => Flow::Done(0),
            Class::Imm => self.push(self.execute.x_imm_q),
            Class::Stack => self.shuffle(),
            Class::Alu => self.arithmetic(Class::Alu),
            Class::Mul => self.arithmetic(Class::Mul),
            Class::Div => self.arithmetic(Class::Div),
            Class::Load => self.push(self.extract(self.fword())),
            Class::Store => {
                self.store(self.fword(), self.calls.c_id_q);
                self.execute.drop_top(self.stack.rd());
                Flow::Done(0)
            }
            Class::Arg => {
                let old = if self.execute.x_off_q == 0 { 0 } else { self.frame.rd() };
                self.store(old, 0);
                self.execute.drop_top(self.stack.rd());
                Flow::Done(0)
            }
            Class::LoadX => self.load_computed(),
            Class::StoreX => self.store_computed(),
            Class::CLoad => self.push(self.extract(self.consts.rd())),
            Class::CLoadX => self.load_constant_computed(),
            Class::Branch => self.branch(s),
            Class::Switch => self.switch(s),
            Class::Invoke => self.invoke(s),
            Class::Return => self.return_(s),
            Class::Throw => Flow::Athrow,
            Class::Catch => self.catch(s),
            Class::Who => self.who(),
            Class::InvokeExternal => self.invoke_external(s),
            Class::InvokeNative => self.invoke_native(),
            Class::HLoad | Class::HStore | Class::Page => self.heap(class, s),
            Class::Undefined => unreachable!("D lets no undefined opcode through"),
        }
    }

    #[inline(always)]
    fn push(&mut self, value: u64) -> Flow {
        let x = &self.execute;
        // Behind a heap store the cell below the two top ones is in the RAM already.
        if x.x_cnt_q >= 2 && self.heap.a_state_q != late::STORE {
            self.stack.write(self.calls.c_sbase_q + x.x_cnt_q - 2, x.s_nos_q);
        }
        self.execute.push(value);
        Flow::Done(1)
    }

    #[inline(always)]
    fn shuffle(&mut self) -> Flow {
        match self.execute.x_op_q {
            code::DUP => {
                self.push(self.execute.s_tos_q);
                Flow::Done(2)
            }
            code::OVER => {
                self.push(self.execute.s_nos_q);
                Flow::Done(2)
            }
            code::SWAP => {
                self.execute.swap();
                Flow::Done(2)
            }
            _ => {
                self.execute.drop_top(self.stack.rd());
                Flow::Done(0)
            }
        }
    }

    /// Takes the result of `arith` into the top cell; an overflow throws with the result taken.
    #[inline(always)]
    fn arithmetic(&mut self, class: Class) -> Flow {
        match self.arith(class) {
            Arith::Wait => Flow::Wait,
            Arith::Refused(cause) => Flow::Throw(cause),
            Arith::Result(value, overflow) => {
                self.execute.tos_set(value);
                if !matches!(self.execute.x_op_q, code::INEG | code::INOT | code::IEQZ) {
                    self.execute.refill(self.stack.rd());
                }
                if overflow { Flow::Throw(Cause::Arithmetic) } else { Flow::Done(1) }
            }
        }
    }

    #[inline(always)]
    fn load_computed(&mut self) -> Flow {
        if self.execute.x_step_q == 0 {
            return self.address(self.execute.s_tos_q).map_or(Flow::Wait, Flow::Throw);
        }
        self.execute.tos_set(self.extract(self.fword()));
        Flow::Done(1)
    }

    #[inline(always)]
    fn store_computed(&mut self) -> Flow {
        if self.execute.x_step_q == 0 {
            if let Some(cause) = self.address(self.execute.s_nos_q) {
                return Flow::Throw(cause);
            }
            self.execute.refill(self.stack.rd());
            if self.execute.x_cnt_q >= 4 {
                self.stack.read(self.calls.c_sbase_q + self.execute.x_cnt_q - 4);
            }
            return Flow::Wait;
        }
        self.store(self.fword(), self.calls.c_id_q);
        let x = &mut self.execute;
        x.tos_set(x.s_nos_q);
        if x.x_cnt_q >= 4 {
            x.nos_set(self.stack.rd());
        }
        Flow::Done(0)
    }

    #[inline(always)]
    fn load_constant_computed(&mut self) -> Flow {
        let x = &mut self.execute;
        if x.x_step_q == 0 {
            if let Some(cause) = access(x.s_tos_q, x.x_op_q & 3, self.segment.g_constlen_q) {
                return Flow::Throw(cause);
            }
            x.d_off(x.s_tos_q as u8 & 7);
            self.consts.read(self.segment.word(x.s_tos_q as u32 >> 3));
            return Flow::Wait;
        }
        self.execute.tos_set(self.extract(self.consts.rd()));
        Flow::Done(1)
    }

    #[inline(always)]
    fn branch(&mut self, s: &mut Signals) -> Flow {
        let x = &self.execute;
        let (target, pred, next) = (x.x_imm_q as u32, x.x_pred_q, x.x_pc_q + 3);
        let taken = (x.s_tos_q == 0) == (x.x_op_q == code::BRZ);
        self.execute.drop_top(self.stack.rd());
        if taken && target >= self.segment.g_codelen_q {
            return Flow::Throw(Cause::Target);
        }
        if taken != pred {
            s.steer(if taken { target } else { next }, Spent::Mispredict);
        }
        Flow::Done(0)
    }

    #[inline(always)]
    fn switch(&mut self, s: &mut Signals) -> Flow {
        let x = &mut self.execute;
        if x.x_step_q != 0 {
            if !s.const_rv {
                return Flow::Done(0);
            }
            let entry = (self.consts.rd() >> (8 * x.x_off_q)) as u16;
            if u32::from(entry) >= self.segment.g_codelen_q {
                return Flow::Throw(Cause::Target);
            }
            s.steer(entry.into(), Spent::Refill);
            return Flow::Done(0);
        }
        let (index, base, count) = (x.s_tos_q, x.x_imm_q as u32 & 0xffff, x.x_imm_q >> 16 & 0xffff);
        self.execute.drop_top(self.stack.rd());
        if index >= count {
            return Flow::Wait;
        }
        let at = base + 2 * index as u32;
        if at & 1 != 0 {
            return Flow::Throw(Cause::Alignment);
        }
        if at + 2 > self.segment.g_constlen_q {
            return Flow::Throw(Cause::Range);
        }
        self.consts.read(self.segment.word(at >> 3));
        self.execute.d_off(at as u8 & 7);
        Flow::Wait
    }

    #[inline(always)]
    fn who(&mut self) -> Flow {
        let g = &self.segment;
        self.push(if self.execute.x_op_q == code::SELF { g.g_app_q } else { g.g_caller_q })
    }

    #[inline(always)]
    fn catch(&mut self, s: &mut Signals) -> Flow {
        let x = &self.execute;
        if !x.x_taken_q {
            return Flow::Done(0);
        }
        let target = x.x_imm_q as u32;
        if target >= self.segment.g_codelen_q {
            return Flow::Throw(Cause::Target);
        }
        let cnt = x.x_cnt_q;
        if cnt == STACK_LIMIT as u32 {
            return Flow::Throw(Cause::Overflow);
        }
        self.decode.s_cnt_set(cnt + 1);
        self.decode.d_pend_clear();
        s.steer(target, Spent::Refill);
        self.push(self.unwind.u_code_q)
    }

    /// A throw by X, in its done cycle.
    fn throw(&mut self, code: u64, no_next: bool, s: &mut Signals) {
        debug_assert!(code & CODE_MACHINE != 0 || code >> 62 == 0);
        self.unwind.x_throw(code);
        let row = &DECODE[self.execute.x_op_q as usize];
        self.decode.s_cnt_set(self.execute.x_cnt_q.saturating_sub(row.pops.into()));
        self.execute.mend_set(self.mend_from(row));
        if no_next {
            s.kill = true;
            self.give_up();
        } else {
            s.steer((self.execute.x_pc_q + u32::from(row.len)) & 0x1_ffff, Spent::Unwind);
        }
    }

    /// The first step of mending the two top cells behind an instruction that throws.
    fn mend_from(&self, row: &isa::Decode) -> u8 {
        let dropped = self.execute.x_exc_q == 0 && matches!(row.class, Class::Branch | Class::Switch);
        match row.pops {
            _ if dropped => mend::NONE,
            0 => mend::NONE,
            1 => mend::NEXT,
            _ => mend::TOP,
        }
    }

    /// Whether the frame word on the read port counts (D25): only then is it looked at.
    #[inline(always)]
    pub(super) fn frame_hit(&self) -> bool {
        self.frame.rv() && self.frame_counts()
    }

    #[inline(always)]
    fn frame_counts(&self) -> bool {
        self.execute.x_init_q || self.tag.rd() == self.calls.c_id_q
    }

    /// The frame word on the read port, 0 if this method has not written it (D25).
    #[inline(always)]
    fn fword(&self) -> u64 {
        if self.frame_counts() { self.frame.rd() } else { 0 }
    }

    /// The bytes of a word that the load in X reads.
    #[inline(always)]
    fn extract(&self, word: u64) -> u64 {
        extract(word, self.execute.x_op_q, self.execute.x_off_q)
    }

    /// Writes the top cell's low bytes into frame word `x_word_q`, which held `old`.
    #[inline(always)]
    fn store(&mut self, old: u64, tag: u32) {
        let x = &self.execute;
        self.frame.write(x.x_word_q, merge(old, x.s_tos_q, x.x_op_q, x.x_off_q));
        self.tag.write(x.x_word_q, tag);
    }

    /// Step 0 of a computed frame access: starts the read of the word at `offset`.
    #[inline(always)]
    fn address(&mut self, offset: u64) -> Option<Cause> {
        let c = &self.calls;
        let cause = access(offset, self.execute.x_op_q & 3, c.c_fbytes_q);
        if cause.is_none() {
            let word = offset as u32 >> 3;
            let at = frame_word(c.c_fbase_q, word);
            self.execute.d_word(at, offset as u8 & 7, word < c.c_argw_q);
            self.frame.read(at);
            self.tag.read(at);
        }
        cause
    }
}
