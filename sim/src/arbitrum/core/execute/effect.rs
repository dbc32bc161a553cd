// SPDX-License-Identifier: MIT OR Apache-2.0
//! What instructions of one cycle do, and those that a second cycle or arithmetic ends.
//!
//! Not here: tuples (`tuple.rs`), hashes (`digest.rs`), the host (`outside.rs`).

use super::alu;
use crate::arbitrum::core::cell::Cell;
use crate::arbitrum::core::gas::Charge;
use crate::arbitrum::core::stack::Update;
use crate::arbitrum::core::{Core, Nets, Spent};
use crate::arbitrum::isa::code;
use crate::arbitrum::numbers::{class, exception, kind, outcome, release, step, tag};
use crate::units::sha256;
use crate::units::wide::U256;

const fn truth(value: bool) -> Cell {
    Cell::small(value as u64)
}

/// Values of the tags, for `type`.
const TYPES: [u64; 4] = [0, 1, 3, 12];

impl Core {
    /// A class's own step 0.
    #[inline(always)]
    pub(super) fn first_of_class(&mut self, n: &mut Nets, class: u8) {
        match class {
            class::ALU2 => {
                let (a, b) = (self.o0(), self.o1());
                let r = Cell::int(alu::binary(self.execute.x_op_q, a.payload, b.payload));
                self.drops(n);
                self.done(n, self.shape(r), a.is_int() && b.is_int());
            }
            class::NOP => self.leave(n, true),
            class::ALU1 => self.alu1(n),
            class::POP => {
                self.drops(n);
                self.done(n, self.shape(Cell::default()), true);
            }
            class::PUSH => self.push(n),
            class::DUP => {
                let r = match self.execute.x_op_q {
                    code::DUP0 => self.stack.s_a_q,
                    code::DUP1 => self.stack.s_b_q,
                    _ => self.w0(),
                };
                n.events.inc(&r);
                self.done(n, Update::Push(r), true);
            }
            class::SWAP => {
                let swap = if self.execute.x_op_q == code::SWAP1 { Update::Swap1 } else { Update::Swap2 };
                self.done(n, swap, true);
            }
            class::JUMP => self.jump(n),
            class::CJUMP => self.cjump(n),
            class::EQ => self.equal(n),
            class::SET => self.set(n),
            _ => self.first_of_many(n, class),
        }
    }

    /// Step 0 of instructions of several cycles, and what is rare.
    #[inline(never)]
    fn first_of_many(&mut self, n: &mut Nets, class: u8) {
        match class {
            class::INVALID => self.leave(n, false),
            class::HALT => {
                self.leave(n, true);
                n.takes = false;
                self.finish(n, outcome::HALTED);
            }
            class::SHIFT => self.shift(),
            class::MUL | class::DIV | class::MOD | class::EXP | class::SHA => self.arith_first(class),
            class::GAS => self.gas_first(n),
            class::GET if self.heap.p_state_q == release::TEST => self.book.spent = Spent::Release,
            class::GET => self.get(),
            class::HOST if self.execute.x_op_q != code::LOG => self.host(),
            class::PAIRING => {
                self.book.spent = Spent::Host;
                self.finish(n, outcome::CAPACITY);
            }
            _ if !self.locked() => {}
            class::SET2 => self.set2(),
            class::HASH => self.hash(),
            class::KECCAK => self.keccak_first(),
            class::INSN => self.insn(),
            class::HOST => self.log(),
            _ => self.inbox(n),
        }
    }

    /// No event waits, and release stands still: from here on it begins nothing.
    pub(super) fn locked(&mut self) -> bool {
        let (none, rests) = (self.counts.k_none(), self.heap.rests());
        if !(none && rests) {
            self.book.spent = if none { Spent::Release } else { Spent::Count };
        }
        none && rests
    }

    /// Nothing but that an immediate stays on the stack.
    #[inline(always)]
    fn leave(&mut self, n: &mut Nets, verdict: bool) {
        self.keeps(n);
        self.done(n, self.shape(Cell::default()), verdict);
    }

    fn alu1(&mut self, n: &mut Nets) {
        let a = self.o0();
        let (r, verdict) = match self.execute.x_op_q {
            code::ISZERO => (truth(a.is_zero()), a.is_int()),
            code::NOT => (Cell::int(a.payload.map(|limb| !limb)), a.is_int()),
            code::TYPE => (Cell::small(TYPES[usize::from(a.tag)]), true),
            code::TLEN => (Cell::small(a.len().into()), a.is_tuple()),
            _ => (Cell::EMPTY, a.is_int()),
        };
        self.drops(n);
        self.done(n, self.shape(r), verdict);
    }

    fn push(&mut self, n: &mut Nets) {
        let op = self.execute.x_op_q;
        if op == code::AUXPOP {
            if !self.aux.ready() {
                self.book.spent = Spent::Aux;
                return;
            }
            let r = self.aux.t_top_q;
            self.aux_pop(n);
            return self.done(n, Update::Push(r), true);
        }
        let r = match op {
            code::SPUSH => self.state.n_static_q,
            code::RPUSH => self.state.n_reg_q,
            code::STACKEMPTY => truth(self.stack.s_depth_q == 0),
            code::AUXSTACKEMPTY => truth(self.aux.t_depth_q == 0),
            code::PCPUSH => Cell::code(self.execute.x_pc_q),
            code::ERRPUSH => Cell::code(self.state.n_err_q),
            code::NEWBUFFER => Cell { payload: [0; 4], tag: tag::BUFFER },
            _ => Cell::code(0),
        };
        n.events.inc(&r);
        self.done(n, Update::Push(r), true);
    }

    /// Where a redirect goes: ERRCP if the operand is no code point.
    fn target(&self) -> u16 {
        let a = self.o0();
        if a.is_code() { a.low() } else { 0 }
    }

    fn jump(&mut self, n: &mut Nets) {
        let (x, verdict, target) = (&self.execute, self.o0().is_code(), self.target());
        let followed = x.x_imm_v_q && x.x_kind_q == kind::CODE;
        self.drops(n);
        if !followed {
            self.redirect(n, target);
        }
        self.done_to(n, verdict, target);
    }

    fn cjump(&mut self, n: &mut Nets) {
        let (a, b) = (self.o0(), self.o1());
        let mut next = self.execute.x_next_q;
        self.drops(n);
        if !b.is_zero() {
            next = self.target();
            self.redirect(n, next);
        }
        self.done_to(n, a.is_code() && b.is_int(), next);
    }

    /// Done, and W says that this one is next.
    fn done_to(&mut self, n: &mut Nets, verdict: bool, next: u16) {
        let row = self.execute.x_dec_q;
        n.charge = Charge::Gas(row.gas, row.cheap);
        self.done_uncharged(n, self.shape(Cell::default()), verdict, next);
    }

    fn equal(&mut self, n: &mut Nets) {
        let (a, b) = (self.o0(), self.o1());
        let same = a == b;
        let hashes = a.tag == b.tag && !same && !a.is_int() && (!a.is_tuple() || a.len() == b.len());
        if hashes {
            if self.locked() {
                self.hash_value(a);
                self.book.spent = Spent::Hash;
                let x = &mut self.execute.q;
                (x.x_bad_q, x.x_step_q) = (false, step::S7);
            }
            return;
        }
        self.drops(n);
        self.done(n, self.shape(truth(same)), true);
    }

    fn set(&mut self, n: &mut Nets) {
        let a = self.o0();
        let mut verdict = true;
        match self.execute.x_op_q {
            code::RSET => {
                self.keeps(n);
                n.events.dec(&self.state.n_reg_q);
                self.state.set_register(a);
            }
            code::AUXPUSH => {
                self.keeps(n);
                self.aux_push(n, a);
            }
            _ => {
                verdict = a.is_code();
                self.drops(n);
                if verdict {
                    self.state.set_error(a.low());
                }
            }
        }
        self.done(n, self.shape(Cell::default()), verdict);
    }

    /// Step 0 of SHIFT.
    fn shift(&mut self) {
        self.book.spent = Spent::Shift;
        let (a, b) = (self.o0(), self.o1());
        let x = &mut self.execute.q;
        x.x_bad_q = !(a.is_int() && b.is_int());
        x.x_r_q = alu::coarse(x.x_op_q, a.payload, b.payload);
        x.x_step_q = step::S2;
    }

    /// Step 2 of SHIFT.
    pub(super) fn shift_on(&mut self, n: &mut Nets) {
        self.book.spent = Spent::Shift;
        let r = alu::fine(self.execute.x_op_q, self.o0().payload, self.execute.x_r_q);
        self.done_if_good(n, r);
    }

    /// Fails if the operands were wrong, else is done with an integer.
    pub(super) fn done_if_good(&mut self, n: &mut Nets, r: U256) {
        if self.execute.x_bad_q {
            self.fails(n, exception::ERROR);
        } else {
            self.done(n, self.shape(Cell::int(r)), true);
        }
    }

    fn arith_first(&mut self, class: u8) {
        self.book.spent = Spent::Arith;
        let (a, b) = (self.o0(), self.o1());
        let three = matches!(class, class::MOD | class::SHA);
        let c = if three { self.o2() } else { Cell::default() };
        let zero = class == class::DIV && b.is_zero() || class == class::MOD && c.is_zero();
        let x = &mut self.execute.q;
        x.x_bad_q = !(a.is_int() && b.is_int() && c.is_int()) || zero;
        x.x_step_q = step::S3;
        let op = x.x_op_q;
        self.arith_start(op, [a.payload, b.payload, c.payload]);
    }

    /// Step 3 of arithmetic: waits for the result.
    pub(super) fn arith_on(&mut self, n: &mut Nets) {
        self.book.spent = Spent::Arith;
        if !n.e_done {
            return;
        }
        let r = match self.execute.x_op_q {
            code::MUL => self.mul.m_lo_q,
            code::DIV => self.div.v_quo_q,
            code::MOD | code::ADDMOD | code::MULMOD => self.div.v_rem_q,
            code::SHA256F => sha256::limbs(&self.sha.y_s_q),
            _ => self.arith.e_a_q,
        };
        self.done_if_good(n, r);
    }

    fn gas_first(&mut self, n: &mut Nets) {
        self.book.spent = Spent::Gas;
        let is_int = self.o0().is_int();
        let x = &mut self.execute.q;
        x.x_step_q = step::S2;
        if x.x_op_q == code::SETGAS {
            x.x_bad_q = !is_int;
        } else {
            n.charge = Charge::Gas(x.x_dec_q.gas, x.x_dec_q.cheap);
        }
    }

    /// Step 2 of `setgas` and `pushgas`.
    pub(super) fn gas_on(&mut self, n: &mut Nets) {
        self.book.spent = Spent::Gas;
        let next = self.execute.x_next_q;
        if self.execute.x_op_q == code::SETGAS {
            if self.execute.x_bad_q {
                return self.fails(n, exception::ERROR);
            }
            n.charge = Charge::Set(self.o0().payload);
            self.done_uncharged(n, self.shape(Cell::default()), true, next);
        } else if !self.gas.g_borrow_q {
            let r = Cell::int(self.gas.remaining());
            self.done_uncharged(n, self.shape(r), true, next);
        }
    }
}
