// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic behind one interface: the ALU, the multiplier and the divider, each of which is
//! started and done in its own time, and gives a result or throws.
//!
//! Not here: the operations of one cycle (`alu.rs`); the machine-independent units
//! (`units/mul64.rs`, `units/div64.rs`); the cells, which `execute.rs` reads and writes.

use super::Core;
use super::alu::alu;
use crate::algorand::exception::Cause;
use crate::algorand::isa::{Class, code};

/// What a cycle of arithmetic comes to.
#[derive(Clone, Copy)]
pub(super) enum Arith {
    /// Not done: started, or going on.
    Wait,
    /// Done, with a result and whether it overflows.
    Result(u64, bool),
    /// Done without a result: throws.
    Refused(Cause),
}

impl Core {
    /// A cycle of class alu, mul or div on the two top cells.
    #[inline(always)]
    pub(super) fn arith(&mut self, class: Class) -> Arith {
        match class {
            Class::Mul => self.multiply(),
            Class::Div => self.divide(),
            _ => {
                let x = &self.execute;
                let (value, overflow) = alu(x.x_op_q, x.s_nos_q, x.s_tos_q);
                Arith::Result(value, overflow)
            }
        }
    }

    fn multiply(&mut self) -> Arith {
        let x = &self.execute;
        let (a, b, signed) = (x.s_nos_q, x.s_tos_q, x.x_op_q == code::IMUL);
        if x.x_step_q == 0 {
            self.mul.start(a, b, signed);
            return Arith::Wait;
        }
        let Some((high, low)) = self.mul.clock(a, b, signed) else {
            return Arith::Wait;
        };
        let value = if x.x_op_q == code::UMULH { high } else { low };
        let sign = (low.cast_signed() >> 63).cast_unsigned();
        Arith::Result(value, signed && high != sign)
    }

    fn divide(&mut self) -> Arith {
        let x = &self.execute;
        let (a, b, op) = (x.s_nos_q, x.s_tos_q, x.x_op_q);
        let signed = matches!(op, code::IDIV | code::IREM);
        let (minus_a, minus_b) = (signed && a.cast_signed() < 0, signed && b.cast_signed() < 0);
        if x.x_step_q == 0 {
            if b == 0 {
                return Arith::Refused(Cause::DivideByZero);
            }
            if op == code::IDIV && a == 1 << 63 && b == u64::MAX {
                return Arith::Refused(Cause::Arithmetic);
            }
            let magnitude = |v: u64, minus: bool| if minus { v.wrapping_neg() } else { v };
            self.div.start(magnitude(a, minus_a), magnitude(b, minus_b));
            return Arith::Wait;
        }
        let Some((quotient, remainder)) = self.div.clock() else {
            return Arith::Wait;
        };
        let (value, minus) = match op {
            code::IDIV | code::UDIV => (quotient, minus_a != minus_b),
            _ => (remainder, minus_a),
        };
        Arith::Result(if minus { value.wrapping_neg() } else { value }, false)
    }
}
