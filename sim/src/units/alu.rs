// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic on 64-bit cells, as pure functions: what interpreters and core models of every
//! machine with such cells share.
//!
//! A cell is a `u64`; signed operations read it as two's complement. Nothing here panics: where a
//! result does not exist, the function says so.

/// Why a division has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivisionFault {
    /// The divisor is 0.
    ByZero,
    /// The quotient does not fit: the smallest signed number divided by -1.
    Overflow,
}

/// The cell as a signed number.
const fn signed(a: u64) -> i64 {
    a.cast_signed()
}

/// Signed sum; `None` if it does not fit.
#[inline]
pub fn add_checked(a: u64, b: u64) -> Option<u64> {
    signed(a).checked_add(signed(b)).map(i64::cast_unsigned)
}

/// Signed difference; `None` if it does not fit.
#[inline]
pub fn sub_checked(a: u64, b: u64) -> Option<u64> {
    signed(a).checked_sub(signed(b)).map(i64::cast_unsigned)
}

/// Signed negation; `None` for the smallest number.
#[inline]
pub fn neg_checked(a: u64) -> Option<u64> {
    signed(a).checked_neg().map(i64::cast_unsigned)
}

/// Signed product; `None` if it does not fit.
#[inline]
pub fn mul_checked(a: u64, b: u64) -> Option<u64> {
    signed(a).checked_mul(signed(b)).map(i64::cast_unsigned)
}

/// Sum modulo 2^64.
#[inline]
pub const fn add_wrapping(a: u64, b: u64) -> u64 {
    a.wrapping_add(b)
}

/// Difference modulo 2^64.
#[inline]
pub const fn sub_wrapping(a: u64, b: u64) -> u64 {
    a.wrapping_sub(b)
}

/// Negation modulo 2^64.
#[inline]
pub const fn neg_wrapping(a: u64) -> u64 {
    a.wrapping_neg()
}

/// Product modulo 2^64, the same for signed and unsigned factors.
#[inline]
pub const fn mul_wrapping(a: u64, b: u64) -> u64 {
    a.wrapping_mul(b)
}

/// Upper 64 bits of the unsigned product.
#[inline]
pub const fn mul_high_unsigned(a: u64, b: u64) -> u64 {
    ((a as u128 * b as u128) >> 64) as u64
}

/// Signed quotient, truncated towards zero.
#[inline]
pub const fn div_signed(a: u64, b: u64) -> Result<u64, DivisionFault> {
    match (b, signed(a).checked_div(signed(b))) {
        (0, _) => Err(DivisionFault::ByZero),
        (_, None) => Err(DivisionFault::Overflow),
        (_, Some(quotient)) => Ok(quotient.cast_unsigned()),
    }
}

/// Signed remainder, with the sign of the dividend; 0 for the smallest number by -1. `None` by 0.
#[inline]
pub const fn rem_signed(a: u64, b: u64) -> Option<u64> {
    match b {
        0 => None,
        _ => Some(signed(a).wrapping_rem(signed(b)).cast_unsigned()),
    }
}

/// Unsigned quotient; `None` by 0.
#[inline]
pub const fn div_unsigned(a: u64, b: u64) -> Option<u64> {
    a.checked_div(b)
}

/// Unsigned remainder; `None` by 0.
#[inline]
pub const fn rem_unsigned(a: u64, b: u64) -> Option<u64> {
    a.checked_rem(b)
}

/// `a` shifted left by `b` modulo 64, zeros in.
#[inline]
pub const fn shl(a: u64, b: u64) -> u64 {
    a << (b & 63)
}

/// `a` shifted right by `b` modulo 64, copies of the sign in.
#[inline]
pub const fn shr_signed(a: u64, b: u64) -> u64 {
    (signed(a) >> (b & 63)).cast_unsigned()
}

/// `a` shifted right by `b` modulo 64, zeros in.
#[inline]
pub const fn shr_unsigned(a: u64, b: u64) -> u64 {
    a >> (b & 63)
}

/// Whether `a < b` as signed numbers.
#[inline]
pub const fn lt_signed(a: u64, b: u64) -> bool {
    signed(a) < signed(b)
}

/// Whether `a <= b` as signed numbers.
#[inline]
pub const fn le_signed(a: u64, b: u64) -> bool {
    signed(a) <= signed(b)
}

/// Whether `a < b` as unsigned numbers.
#[inline]
pub const fn lt_unsigned(a: u64, b: u64) -> bool {
    a < b
}

/// Whether `a <= b` as unsigned numbers.
#[inline]
pub const fn le_unsigned(a: u64, b: u64) -> bool {
    a <= b
}

/// The low `bytes` bytes of a cell, zeros above. 8 or more keep the whole cell.
#[inline]
pub const fn zero_extend(a: u64, bytes: u8) -> u64 {
    match bytes {
        0..=7 => a & ((1 << (8 * bytes as u32)) - 1),
        _ => a,
    }
}

/// The low `bytes` bytes of a cell, copies of their sign above. 8 or more keep the whole cell; no
/// bytes are 0.
#[inline]
pub const fn sign_extend(a: u64, bytes: u8) -> u64 {
    match bytes {
        0 => 0,
        1..=7 => {
            let above = 64 - 8 * bytes as u32;
            (signed(a << above) >> above).cast_unsigned()
        }
        _ => a,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: u64 = 1 << 63;
    const MAX: u64 = MIN - 1;
    const MINUS_1: u64 = u64::MAX;

    #[test]
    fn checked_sums_stop_at_the_signed_range() {
        assert_eq!(add_checked(MAX, 1), None);
        assert_eq!(add_checked(MIN, MINUS_1), None);
        assert_eq!(add_checked(MAX, MIN), Some(MINUS_1));
        assert_eq!(add_checked(MINUS_1, 1), Some(0));
        assert_eq!(sub_checked(MIN, 1), None);
        assert_eq!(sub_checked(0, MIN), None);
        assert_eq!(sub_checked(MINUS_1, MIN), Some(MAX));
        assert_eq!(sub_checked(1, 2), Some(MINUS_1));
        assert_eq!(neg_checked(MIN), None);
        assert_eq!(neg_checked(MAX), Some(MIN + 1));
        assert_eq!(neg_checked(0), Some(0));
    }

    #[test]
    fn wrapping_forms_wrap() {
        assert_eq!(add_wrapping(u64::MAX, 2), 1);
        assert_eq!(add_wrapping(MAX, 1), MIN);
        assert_eq!(sub_wrapping(0, 1), MINUS_1);
        assert_eq!(neg_wrapping(MIN), MIN);
        assert_eq!(mul_wrapping(MIN, 2), 0);
        assert_eq!(mul_wrapping(MINUS_1, MINUS_1), 1);
    }

    #[test]
    fn products() {
        assert_eq!(mul_checked(MIN, MINUS_1), None);
        assert_eq!(mul_checked(MIN, 1), Some(MIN));
        assert_eq!(mul_checked(1 << 32, 1 << 31), None);
        assert_eq!(mul_checked(1 << 32, 1 << 30), Some(1 << 62));
        assert_eq!(mul_checked(MINUS_1 << 32, 1 << 31), Some(MIN));
        assert_eq!(mul_high_unsigned(u64::MAX, u64::MAX), u64::MAX - 1);
        assert_eq!(mul_high_unsigned(1 << 32, 1 << 32), 1);
        assert_eq!(mul_high_unsigned(u64::MAX, 1), 0);
    }

    #[test]
    fn divisions() {
        let minus = |n: u64| n.wrapping_neg();
        assert_eq!(div_signed(MIN, 0), Err(DivisionFault::ByZero));
        assert_eq!(div_signed(MIN, MINUS_1), Err(DivisionFault::Overflow));
        assert_eq!(div_signed(MIN, 1), Ok(MIN));
        assert_eq!(div_signed(minus(7), 2), Ok(minus(3)));
        assert_eq!(div_signed(7, minus(2)), Ok(minus(3)));
        assert_eq!(rem_signed(minus(7), 2), Some(minus(1)));
        assert_eq!(rem_signed(7, minus(2)), Some(1));
        assert_eq!(rem_signed(MIN, MINUS_1), Some(0));
        assert_eq!(rem_signed(MIN, 0), None);
        assert_eq!(div_unsigned(u64::MAX, 2), Some(MAX));
        assert_eq!(div_unsigned(1, u64::MAX), Some(0));
        assert_eq!(div_unsigned(1, 0), None);
        assert_eq!(rem_unsigned(u64::MAX, 10), Some(5));
        assert_eq!(rem_unsigned(1, 0), None);
    }

    #[test]
    fn shift_amounts_count_modulo_64() {
        assert_eq!(shl(1, 63), MIN);
        assert_eq!(shl(1, 64), 1);
        assert_eq!(shl(1, u64::MAX), MIN);
        assert_eq!(shr_signed(MIN, 63), MINUS_1);
        assert_eq!(shr_signed(MIN, 64), MIN);
        assert_eq!(shr_signed(MAX, 62), 1);
        assert_eq!(shr_unsigned(MIN, 63), 1);
        assert_eq!(shr_unsigned(MIN, 65), 1 << 62);
    }

    #[test]
    fn comparisons() {
        assert!(lt_signed(MIN, MAX) && !lt_signed(MAX, MIN) && !lt_signed(5, 5));
        assert!(le_signed(MIN, MAX) && !le_signed(0, MINUS_1) && le_signed(5, 5));
        assert!(lt_unsigned(MAX, MIN) && !lt_unsigned(MINUS_1, 0) && !lt_unsigned(5, 5));
        assert!(le_unsigned(0, MINUS_1) && !le_unsigned(MIN, MAX) && le_unsigned(5, 5));
    }

    #[test]
    fn extensions() {
        let a = 0x8182_8384_8586_8788;
        assert_eq!(zero_extend(a, 0), 0);
        assert_eq!(zero_extend(a, 1), 0x88);
        assert_eq!(zero_extend(a, 2), 0x8788);
        assert_eq!(zero_extend(a, 4), 0x8586_8788);
        assert_eq!(zero_extend(a, 7), 0x82_8384_8586_8788);
        assert_eq!(zero_extend(a, 8), a);
        assert_eq!(zero_extend(a, 255), a);
        assert_eq!(sign_extend(a, 0), 0);
        assert_eq!(sign_extend(a, 1), 0xffff_ffff_ffff_ff88);
        assert_eq!(sign_extend(a, 2), 0xffff_ffff_ffff_8788);
        assert_eq!(sign_extend(a, 4), 0xffff_ffff_8586_8788);
        assert_eq!(sign_extend(a, 8), a);
        assert_eq!(sign_extend(a, 255), a);
        assert_eq!(sign_extend(0x17f, 1), 0x7f);
    }
}
