// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic, logic, shifts and comparisons (D34): which function of [`alu`] each opcode is.

use super::super::exception::Cause;
use super::super::isa::code::*;
use super::{Instruction, Interp};
use crate::units::alu::{self, DivisionFault};

impl Interp {
    pub(super) fn alu(&mut self, i: Instruction) -> Result<(), Cause> {
        let top = self.stack.pop();
        let (a, b) = match i.row.pops {
            1 => (top, 0),
            _ => (self.stack.pop(), top),
        };
        self.stack.push(one_cycle(i.opcode, a, b).ok_or(Cause::Arithmetic)?);
        Ok(())
    }

    pub(super) fn multiply(&mut self, opcode: u8) -> Result<(), Cause> {
        let (b, a) = (self.stack.pop(), self.stack.pop());
        self.stack.push(match opcode {
            IMUL => alu::mul_checked(a, b).ok_or(Cause::Arithmetic)?,
            IMULW => alu::mul_wrapping(a, b),
            _umulh => alu::mul_high_unsigned(a, b),
        });
        Ok(())
    }

    pub(super) fn divide(&mut self, opcode: u8) -> Result<(), Cause> {
        let (b, a) = (self.stack.pop(), self.stack.pop());
        let result = match opcode {
            IDIV => alu::div_signed(a, b).map_err(|fault| match fault {
                DivisionFault::ByZero => Cause::DivideByZero,
                DivisionFault::Overflow => Cause::Arithmetic,
            })?,
            IREM => alu::rem_signed(a, b).ok_or(Cause::DivideByZero)?,
            UDIV => alu::div_unsigned(a, b).ok_or(Cause::DivideByZero)?,
            _urem => alu::rem_unsigned(a, b).ok_or(Cause::DivideByZero)?,
        };
        self.stack.push(result);
        Ok(())
    }
}

/// The result of a one-cycle operation; `None` if a checked one does not fit. `b` is 0 for
/// operations on one cell.
fn one_cycle(opcode: u8, a: u64, b: u64) -> Option<u64> {
    Some(match opcode {
        IADD => return alu::add_checked(a, b),
        ISUB => return alu::sub_checked(a, b),
        INEG => return alu::neg_checked(a),
        IADDW => alu::add_wrapping(a, b),
        ISUBW => alu::sub_wrapping(a, b),
        IAND => a & b,
        IOR => a | b,
        IXOR => a ^ b,
        INOT => !a,
        ISHL => alu::shl(a, b),
        ISHR => alu::shr_signed(a, b),
        USHR => alu::shr_unsigned(a, b),
        IEQ => (a == b).into(),
        INE => (a != b).into(),
        ILT => alu::lt_signed(a, b).into(),
        ILE => alu::le_signed(a, b).into(),
        IGT => alu::lt_signed(b, a).into(),
        IGE => alu::le_signed(b, a).into(),
        ULT => alu::lt_unsigned(a, b).into(),
        ULE => alu::le_unsigned(a, b).into(),
        UGT => alu::lt_unsigned(b, a).into(),
        UGE => alu::le_unsigned(b, a).into(),
        _ieqz => (a == 0).into(),
    })
}
