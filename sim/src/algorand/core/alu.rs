// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic of one cycle: class alu as a function of the two top cells.
//!
//! No state, no clock. Not here: products and quotients (`arith.rs`); what becomes of the result
//! (`execute.rs`).

use crate::algorand::isa::code;
use crate::units::alu;

/// The result of operation `op` on `a`, the cell below the top, and `b`, the top; whether it
/// overflows. An operation on one cell reads `b`.
#[inline(always)]
pub(super) fn alu(op: u8, a: u64, b: u64) -> (u64, bool) {
    let (sa, sb) = (a.cast_signed(), b.cast_signed());
    let plain = |value: u64| (value, false);
    let checked = |(value, overflow): (i64, bool)| (value.cast_unsigned(), overflow);
    match op {
        code::IADD => checked(sa.overflowing_add(sb)),
        code::ISUB => checked(sa.overflowing_sub(sb)),
        code::INEG => checked(sb.overflowing_neg()),
        code::IADDW => plain(alu::add_wrapping(a, b)),
        code::ISUBW => plain(alu::sub_wrapping(a, b)),
        code::IAND => plain(a & b),
        code::IOR => plain(a | b),
        code::IXOR => plain(a ^ b),
        code::INOT => plain(!b),
        code::ISHL => plain(alu::shl(a, b)),
        code::ISHR => plain(alu::shr_signed(a, b)),
        code::USHR => plain(alu::shr_unsigned(a, b)),
        code::IEQ => plain((a == b).into()),
        code::INE => plain((a != b).into()),
        code::ILT => plain(alu::lt_signed(a, b).into()),
        code::ILE => plain(alu::le_signed(a, b).into()),
        code::IGT => plain(alu::lt_signed(b, a).into()),
        code::IGE => plain(alu::le_signed(b, a).into()),
        code::ULT => plain(alu::lt_unsigned(a, b).into()),
        code::ULE => plain(alu::le_unsigned(a, b).into()),
        code::UGT => plain(alu::lt_unsigned(b, a).into()),
        code::UGE => plain(alu::le_unsigned(b, a).into()),
        _ => plain((b == 0).into()),
    }
}
