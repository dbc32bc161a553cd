// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic of several cycles: who starts multiplier, divider and SHA-256, and what is done between.
//!
//! Not here: the units themselves (`units/`); what X makes of the result (`effect.rs`).

use super::Core;
use crate::arbitrum::isa::code;
use crate::arbitrum::numbers::arith;
use crate::units::sha256;
use crate::units::wide::{self, U256};

room! {
    /// Arithmetic.
    pub(super) Arith
}

/// Registers of arithmetic.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub e_state_q: u8,
    pub e_a_q: U256,
    pub e_b_q: U256,
    /// The result is to be negated.
    pub e_neg_q: bool,
    /// The upper half of the dividend has been divided alone.
    pub e_c_q: bool,
    /// Bits of the exponent that are left.
    pub e_n_q: u16,
}

fn magnitude(a: U256) -> U256 {
    if wide::negative(&a) { wide::neg(a) } else { a }
}

impl Registers {
    /// The exponent goes on to its next bit.
    fn shift(&mut self, by: u32, state: u8) {
        self.e_b_q = wide::shl(self.e_b_q, by);
        self.e_n_q -= by as u16;
        self.e_state_q = state;
    }
}

impl Core {
    /// Something is being computed.
    #[inline(always)]
    pub(super) fn arith_busy(&self) -> bool {
        self.arith.e_state_q != arith::IDLE || self.mul.m_busy_q | self.div.v_busy_q | self.sha.y_busy_q
    }

    /// Step 0 of X gives operands.
    pub(super) fn arith_start(&mut self, op: u8, [a, b, c]: [U256; 3]) {
        let e = &mut self.arith.q;
        match op {
            code::MUL => self.mul.start(false, a, b),
            code::DIV | code::MOD => self.div.start(Some([0; 4]), a, b),
            code::SDIV | code::SMOD => {
                let (x, y) = (wide::negative(&a), wide::negative(&b));
                e.e_neg_q = if op == code::SDIV { x != y } else { x };
                (e.e_a_q, e.e_b_q, e.e_state_q) = (magnitude(a), magnitude(b), arith::SIGNED);
            }
            code::ADDMOD => {
                let (sum, carry) = wide::add_carry(a, b, false);
                (e.e_a_q, e.e_b_q, e.e_c_q) = (sum, wide::small(carry.into()), false);
                e.e_state_q = arith::REDUCE;
            }
            code::MULMOD => {
                self.mul.start(true, a, b);
                (e.e_c_q, e.e_state_q) = (false, arith::PRODUCT);
            }
            code::EXP => {
                (e.e_a_q, e.e_b_q, e.e_n_q) = (wide::small(1), b, 256);
                e.e_state_q = arith::NORMALIZE;
            }
            _ => self.sha.start(sha256::words(&a), sha256::words(&[c[0], c[1], c[2], c[3], b[0], b[1], b[2], b[3]])),
        }
    }

    /// A cycle; says whether the result is there.
    #[inline(never)]
    pub(super) fn arith(&mut self) -> bool {
        let (m_done, v_done, y_done) = (self.mul.done(), self.div.done(), self.sha.done());
        let done = match self.arith.e_state_q {
            arith::IDLE => m_done | v_done | y_done,
            arith::RESULT => true,
            arith::LOWER => v_done && !self.again(),
            _ => false,
        };
        let again = self.again();
        if self.mul.m_busy_q {
            self.mul.clock();
        }
        if self.div.v_busy_q {
            self.div.clock();
        }
        if self.sha.y_busy_q {
            self.sha.clock();
        }
        match self.arith.e_state_q {
            arith::IDLE..arith::PRODUCT | arith::FOLLOW => self.divide(v_done, again),
            _ => self.multiply(m_done),
        }
        done
    }

    /// The divider does not take the upper half, which has not been divided alone yet.
    fn again(&self) -> bool {
        self.div.over() && !self.arith.e_c_q
    }

    /// The states of divisions.
    fn divide(&mut self, done: bool, again: bool) {
        let divisor = self.o2().payload;
        let (op, e) = (self.execute.x_op_q, &mut self.arith.q);
        match e.e_state_q {
            arith::SIGNED => {
                self.div.start(Some([0; 4]), e.e_a_q, e.e_b_q);
                e.e_state_q = arith::SIGNED_WAIT;
            }
            arith::SIGNED_WAIT if done => {
                let result = if op == code::SDIV { self.div.v_quo_q } else { self.div.v_rem_q };
                e.e_a_q = if e.e_neg_q { wide::neg(result) } else { result };
                e.e_state_q = arith::RESULT;
            }
            arith::RESULT => e.e_state_q = arith::IDLE,
            arith::REDUCE => {
                self.div.start(Some(e.e_b_q), e.e_a_q, divisor);
                e.e_state_q = arith::LOWER;
            }
            arith::LOWER if done => {
                e.e_c_q = again;
                e.e_state_q = if again { arith::UPPER } else { arith::IDLE };
            }
            arith::UPPER => {
                self.div.start(Some([0; 4]), e.e_b_q, divisor);
                e.e_state_q = arith::UPPER_WAIT;
            }
            arith::UPPER_WAIT if done => e.e_state_q = arith::FOLLOW,
            arith::FOLLOW => {
                self.div.start(None, e.e_a_q, divisor);
                e.e_state_q = arith::LOWER;
            }
            _ => {}
        }
    }

    /// The states of `mulmod` and `exp`.
    fn multiply(&mut self, done: bool) {
        let base = self.o0().payload;
        let e = &mut self.arith.q;
        match e.e_state_q {
            arith::PRODUCT if done => {
                (e.e_a_q, e.e_b_q) = (self.mul.m_lo_q, self.mul.m_hi_q);
                e.e_state_q = arith::REDUCE;
            }
            arith::NORMALIZE => match e.e_b_q {
                [0, 0, 0, 0] => e.e_state_q = arith::RESULT,
                [_, _, _, high] if high >> 32 == 0 => e.shift(32, arith::NORMALIZE),
                [_, _, _, high] if high >> 63 == 0 => e.shift(1, arith::NORMALIZE),
                _ => {
                    e.e_a_q = base;
                    e.shift(1, arith::SQUARE);
                }
            },
            arith::SQUARE if e.e_n_q == 0 => e.e_state_q = arith::RESULT,
            arith::SQUARE => {
                self.mul.start(false, e.e_a_q, e.e_a_q);
                e.e_state_q = arith::SQUARE_WAIT;
            }
            arith::SQUARE_WAIT if done => {
                e.e_a_q = self.mul.m_lo_q;
                if wide::negative(&e.e_b_q) {
                    e.e_state_q = arith::TIMES;
                } else {
                    e.shift(1, arith::SQUARE);
                }
            }
            arith::TIMES => {
                self.mul.start(false, e.e_a_q, base);
                e.e_state_q = arith::TIMES_WAIT;
            }
            arith::TIMES_WAIT if done => {
                e.e_a_q = self.mul.m_lo_q;
                e.shift(1, arith::SQUARE);
            }
            _ => {}
        }
    }
}
