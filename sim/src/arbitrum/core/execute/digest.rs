// SPDX-License-Identifier: MIT OR Apache-2.0
//! What X does with hashes: `eq` of values that are not at hand, `hash`, `ethhash2`, `pushinsn`, `pushinsnimm`.
//!
//! Not here: the engine that makes them (`hash.rs`).

use crate::arbitrum::core::cell::{Cell, CodeWord};
use crate::arbitrum::core::{Core, Nets, Spent};
use crate::arbitrum::isa::code;
use crate::arbitrum::numbers::{CODE_WORDS, POOL_CELLS, class, exception, outcome, step};

impl Core {
    /// Step 0 of HASH.
    pub(super) fn hash(&mut self) {
        self.book.spent = Spent::Hash;
        let (a, b) = (self.o0(), self.o1());
        self.execute.q.x_step_q = step::S7;
        if self.execute.x_op_q == code::HASH {
            self.hash_value(a);
        } else {
            self.execute.q.x_bad_q = !(a.is_int() && b.is_int());
            self.hash_pair(a, b);
        }
    }

    /// Steps 7 and 8 of EQ and HASH: when the hash is there.
    pub(super) fn hash_on(&mut self, n: &mut Nets, step: u8) {
        self.book.spent = Spent::Hash;
        if !n.z_done {
            return;
        }
        let hash = self.hash.z_r_q;
        if self.execute.x_dec_q.class == class::HASH {
            if self.execute.x_bad_q {
                return self.fails(n, exception::ERROR);
            }
            self.drops(n);
            self.done(n, self.shape(Cell::int(hash)), true);
        } else if step == step::S7 {
            let x = &mut self.execute.q;
            (x.x_r_q, x.x_step_q) = (hash, step::S8);
            self.hash_value(self.o1());
        } else {
            let same = self.execute.x_r_q == hash;
            self.drops(n);
            self.done(n, self.shape(Cell::small(same.into())), true);
        }
    }

    /// Step 0 of INSN.
    pub(super) fn insn(&mut self) {
        self.book.spent = Spent::Hash;
        let good = self.o0().is_int() && self.insn_next().is_code();
        let x = &mut self.execute.q;
        (x.x_bad_q, x.x_step_q) = (!good, step::S7);
    }

    fn insn_imm(&self) -> Option<Cell> {
        (self.execute.x_op_q == code::PUSHINSNIMM).then(|| self.o1())
    }

    fn insn_next(&self) -> Cell {
        if self.execute.x_op_q == code::PUSHINSNIMM { self.o2() } else { self.o1() }
    }

    /// The other steps of INSN.
    pub(super) fn insn_on(&mut self, n: &mut Nets, step: u8) {
        self.book.spent = Spent::Hash;
        let (op, imm, next) = (self.o0().payload[0] as u8, self.insn_imm(), self.insn_next().low());
        match step {
            step::S7 if self.execute.x_bad_q => self.fails(n, exception::ERROR),
            step::S7 => {
                let long = imm.is_some_and(|value| CodeWord::short(&value).is_none());
                let full = usize::from(self.code.c_top_q) == CODE_WORDS
                    || long && usize::from(self.code.c_pool_q) == POOL_CELLS;
                if full {
                    return self.finish(n, outcome::CAPACITY);
                }
                match imm {
                    Some(value) => self.hash_value(value),
                    None => self.hash_code(op, false, next),
                }
                self.execute.q.x_step_q = if imm.is_some() { step::S8 } else { step::S9 };
            }
            _ if !n.z_done => {}
            step::S8 => {
                self.hash_code(op, true, next);
                self.execute.q.x_step_q = step::S9;
            }
            _ => {
                let r = Cell::code(self.code.c_top_q);
                self.append(op, imm, next, self.hash.z_r_q);
                self.done(n, self.shape(r), true);
            }
        }
    }
}
