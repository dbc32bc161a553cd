// SPDX-License-Identifier: MIT OR Apache-2.0
//! X: takes an instruction, checks what can be checked before its class looks at operands, commits it when it is
//! done, and cleans up when it fails.
//!
//! What the classes do is in files of this room: `effect.rs`, `tuple.rs`, `digest.rs`, `outside.rs`.

mod alu;
mod digest;
mod effect;
mod outside;
mod tuple;

use super::cell::Cell;
use super::gas::{Charge, MOST};
use super::stack::Update;
use super::{Core, Nets, Spent};
use crate::arbitrum::decode::{Row, decode};
use crate::arbitrum::isa::code;
use crate::arbitrum::numbers::{AUX_CELLS, DATA_CELLS, class, exception, kind, outcome, step};
use crate::units::wide::U256;

room! {
    /// X.
    pub(super) Execute
}

/// Registers of X.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub x_v_q: bool,
    pub x_pc_q: u16,
    pub x_op_q: u8,
    pub x_kind_q: u8,
    /// The immediate is not on the stack yet.
    pub x_imm_v_q: bool,
    /// It was pushed in a cycle of its own.
    pub x_had_q: bool,
    pub x_imm_q: Cell,
    pub x_next_q: u16,
    pub x_dec_q: Row,
    pub x_step_q: u8,
    /// There is enough gas: that was looked at exactly.
    pub x_gas_q: bool,
    /// The operands are wrong.
    pub x_bad_q: bool,
    pub x_exc_q: u8,
    /// Cells to drop; beats modulo 4.
    pub x_n_q: u8,
    /// A cell of the aux stack to drop.
    pub x_na_q: bool,
    /// The tuple has one reference.
    pub x_one_q: bool,
    /// What was in a slot: `{counted 1, length 4, address 16}`.
    pub x_old_q: u32,
    /// Address of the block that was taken.
    pub x_new_q: u16,
    pub x_i_q: u8,
    pub x_r_q: U256,
}

impl Core {
    /// First operand.
    #[inline(always)]
    pub(super) fn o0(&self) -> Cell {
        if self.execute.x_imm_v_q { self.execute.x_imm_q } else { self.stack.s_a_q }
    }

    /// Second operand.
    #[inline(always)]
    pub(super) fn o1(&self) -> Cell {
        if self.execute.x_imm_v_q { self.stack.s_a_q } else { self.stack.s_b_q }
    }

    /// Third operand.
    #[inline(always)]
    pub(super) fn o2(&self) -> Cell {
        if self.execute.x_imm_v_q { self.stack.s_b_q } else { self.w0() }
    }

    /// A cycle of X, or of the repair of what W refuses.
    #[inline(always)]
    pub(super) fn execute(&mut self, n: &mut Nets) {
        if self.retire.w_bad_q {
            return self.repair(n);
        }
        self.retire.idle();
        if self.execute.x_v_q {
            match self.execute.x_step_q {
                step::BEGIN => self.begin(n),
                step::ERROR => self.fail_on(n),
                step => self.step_of_class(n, step),
            }
        } else {
            self.book.spent = Spent::Branch;
            n.takes = true;
        }
        if n.takes {
            self.take();
        }
    }

    /// X takes what I holds.
    #[inline(always)]
    fn take(&mut self) {
        let (x, i) = (&mut self.execute.q, &self.front);
        x.x_v_q = i.i_v_q;
        if !i.i_v_q {
            return;
        }
        x.x_pc_q = i.i_pc_q;
        x.x_op_q = i.i_op_q;
        x.x_kind_q = i.i_kind_q;
        x.x_next_q = i.i_next_q;
        x.x_dec_q = *decode(i.i_op_q, self.loader.l_legacy_q);
        x.x_imm_v_q = i.i_kind_q != kind::NONE;
        x.x_imm_q = match i.i_kind_q {
            kind::NONE => Cell::default(),
            kind::INT => Cell::small(i.i_imm_q.into()),
            kind::CODE => Cell::code(i.i_imm_q),
            _ => self.pool.rd(),
        };
        x.x_had_q = false;
        x.x_step_q = step::BEGIN;
        x.x_gas_q = false;
        x.x_bad_q = false;
    }

    /// Step 0: what comes before the class.
    #[inline(always)]
    fn begin(&mut self, n: &mut Nets) {
        let x = &self.execute;
        let row = x.x_dec_q;
        let (depth, imm) = (self.stack.s_depth_q, u16::from(x.x_imm_v_q));
        let full = usize::from(depth + imm + u16::from(row.grow)) > DATA_CELLS
            || x.x_op_q == code::AUXPUSH && usize::from(self.aux.t_depth_q) == AUX_CELLS;
        if full && !x.x_had_q {
            self.book.spent = Spent::Error;
            return self.finish(n, outcome::CAPACITY);
        }
        if self.maintain() {
            self.book.spent = Spent::Window;
        } else if self.counts.k_many() {
            self.book.spent = Spent::Count;
        } else if row.split && self.execute.x_imm_v_q {
            self.book.spent = Spent::Immediate;
            let cell = self.execute.x_imm_q;
            n.events.inc(&cell);
            self.update(Update::Push(cell));
            let x = &mut self.execute.q;
            (x.x_imm_v_q, x.x_had_q) = (false, true);
        } else if depth + imm < row.pops.into() || self.aux.t_depth_q < row.auxpops.into() {
            self.book.spent = Spent::Error;
            self.fails(n, exception::UNDERFLOW);
        } else if !(self.execute.x_gas_q || row.cheap && self.gas.g_plenty_q) {
            self.book.spent = Spent::Gas;
            if !self.gas.g_borrow_q {
                self.gas.check(row.gas);
                let x = &mut self.execute.q;
                (x.x_gas_q, x.x_step_q) = (true, step::GAS);
            }
        } else {
            self.first_of_class(n, row.class);
        }
    }

    /// The other steps, by class.
    #[inline(never)]
    fn step_of_class(&mut self, n: &mut Nets, step: u8) {
        if step == step::GAS {
            self.book.spent = Spent::Gas;
            if self.gas.g_short_q {
                self.fails(n, exception::GAS);
            } else {
                self.execute.q.x_step_q = step::BEGIN;
            }
            return;
        }
        if step == step::ENSURE {
            self.book.spent = Spent::Release;
            return self.ensure(n);
        }
        match self.execute.x_dec_q.class {
            class::SHIFT => self.shift_on(n),
            class::MUL | class::DIV | class::MOD | class::EXP | class::SHA => self.arith_on(n),
            class::GAS => self.gas_on(n),
            class::GET => self.get_on(n),
            class::SET2 => self.set_on(n, step),
            class::EQ | class::HASH => self.hash_on(n, step),
            class::KECCAK => self.keccak_on(n, step),
            class::INSN => self.insn_on(n, step),
            class::HOST => self.host_on(n, step),
            _ => self.inbox_on(n, step),
        }
    }

    /// What an instruction takes off and puts on: `pops`, less the immediate, for `push`.
    #[inline(always)]
    pub(super) fn shape(&self, r: Cell) -> Update {
        let x = &self.execute;
        match (x.x_dec_q.pops.wrapping_sub(x.x_imm_v_q.into()), x.x_dec_q.push) {
            (0, 0) => Update::None,
            (0, _) => Update::Push(r),
            (1, 0) => Update::Drop,
            (1, _) => Update::Replace(r),
            (2, 0) => Update::Drop2,
            (2, _) => Update::Binary(r),
            (3, _) => Update::Ternary(r),
            _ => Update::Push(x.x_imm_q),
        }
    }

    /// The references of counted operands are dropped, but for an immediate's, which never was one. Instructions that
    /// take three or four drop them in their own ways, or have integers only when they are done.
    #[inline(always)]
    pub(super) fn drops(&self, n: &mut Nets) {
        let x = &self.execute;
        let pops = x.x_dec_q.pops;
        if pops > 0 && !x.x_imm_v_q {
            n.events.dec(&self.stack.s_a_q);
        }
        if pops > 1 {
            n.events.dec(&self.o1());
        }
    }

    /// An immediate that is kept is a copy of the pool's.
    #[inline(always)]
    pub(super) fn keeps(&self, n: &mut Nets) {
        if self.execute.x_imm_v_q {
            n.events.inc(&self.execute.x_imm_q);
        }
    }

    /// X is done: gas is charged, the stack changes, W gets the instruction.
    #[inline(always)]
    pub(super) fn done(&mut self, n: &mut Nets, update: Update, verdict: bool) {
        let next = self.execute.x_next_q;
        let row = self.execute.x_dec_q;
        n.charge = Charge::Gas(row.gas, row.cheap);
        self.done_uncharged(n, update, verdict, next);
    }

    /// The same for what goes on elsewhere, or has its own way with the gas.
    #[inline(always)]
    pub(super) fn done_uncharged(&mut self, n: &mut Nets, update: Update, verdict: bool, next: u16) {
        self.update(update);
        let x = &self.execute;
        self.retire.done(x.x_pc_q, x.x_op_q, !verdict, x.x_dec_q.push != 0, next);
        self.book.spent = if verdict { Spent::Retire } else { Spent::Error };
        n.takes = n.redirect.is_none() && !n.stop;
    }

    /// The instruction fails: step 12 follows.
    #[inline(never)]
    pub(super) fn fails(&mut self, n: &mut Nets, exc: u8) {
        let x = &mut self.execute.q;
        let row = x.x_dec_q;
        n.charge = match exc {
            exception::UNDERFLOW => Charge::FiveOrAll,
            exception::GAS => Charge::Set(MOST),
            _ => Charge::Gas(row.gas, row.cheap),
        };
        let depth = self.stack.s_depth_q + u16::from(x.x_imm_v_q);
        x.x_exc_q = exc;
        x.x_step_q = step::ERROR;
        x.x_n_q = depth.min(row.pops.into()) as u8;
        x.x_na_q = self.aux.t_depth_q.min(row.auxpops.into()) != 0;
    }

    /// Step 12: the operands go, then the error is raised.
    #[inline(never)]
    fn fail_on(&mut self, n: &mut Nets) {
        self.book.spent = Spent::Error;
        if self.counts.k_many() {
            self.book.spent = Spent::Count;
            return;
        }
        let x = &mut self.execute.q;
        if x.x_imm_v_q {
            x.x_imm_v_q = false;
            let cell = x.x_imm_q;
            n.events.inc(&cell);
            self.update(Update::Push(cell));
        } else if x.x_n_q != 0 {
            x.x_n_q -= 1;
            n.events.dec(&self.stack.s_a_q);
            self.update(Update::Drop);
        } else if x.x_na_q {
            if self.aux.ready() {
                x.x_na_q = false;
                n.events.dec(&self.aux.t_top_q);
                self.aux_pop(n);
            } else {
                self.book.spent = Spent::Aux;
            }
        } else {
            self.retire.failed(x.x_pc_q, x.x_op_q, x.x_exc_q, self.state.n_err_q);
            self.book.spent = Spent::Retire;
            self.raise(n);
        }
    }

    /// W refuses what X was done with in the cycle before: its result goes, the error is raised.
    #[inline(never)]
    fn repair(&mut self, n: &mut Nets) {
        if self.retire.w_drop_q {
            self.update(Update::Drop);
        }
        self.retire.repaired(self.state.n_err_q);
        self.book.spent = Spent::Retire;
        self.raise(n);
    }

    fn raise(&mut self, n: &mut Nets) {
        match self.state.n_err_q {
            0 => self.finish(n, outcome::ERROR_STOP),
            target => self.redirect(n, target),
        }
    }

    /// The front goes on at a target; X is empty in the next cycle.
    pub(super) fn redirect(&mut self, n: &mut Nets, target: u16) {
        n.redirect = Some(target);
        self.execute.q.x_v_q = false;
    }

    /// The call ends.
    #[inline(never)]
    pub(super) fn finish(&mut self, n: &mut Nets, outcome: u8) {
        n.stop = true;
        self.execute.q.x_v_q = false;
        self.loader.finish(outcome);
    }
}
