// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic and logic on Integers, as pure functions. Instructions that can be wrong give `None`.
//!
//! Operands in the order of the rules page: `a` is the top of the stack.

use ruint::aliases::{U256, U512};

use super::isa::code::*;

/// Bit 255, the sign.
fn negative(n: U256) -> bool {
    n.bit(255)
}

/// Magnitude of a two's complement number; 2^255 for -2^255.
fn magnitude(n: U256) -> U256 {
    if negative(n) { n.wrapping_neg() } else { n }
}

fn flag(b: bool) -> U256 {
    U256::from(u64::from(b))
}

/// A / B, signed, truncated towards 0.
fn sdiv(a: U256, b: U256) -> U256 {
    let quotient = magnitude(a) / magnitude(b);
    if negative(a) == negative(b) { quotient } else { quotient.wrapping_neg() }
}

/// Remainder of A / B with the sign of A.
fn smod(a: U256, b: U256) -> U256 {
    let rest = magnitude(a) % magnitude(b);
    if negative(a) { rest.wrapping_neg() } else { rest }
}

fn addmod(a: U256, b: U256, c: U256) -> U256 {
    let wide = |n: U256| U512::from(n);
    let rest = (wide(a) + wide(b)) % wide(c);
    U256::from_limbs_slice(&rest.as_limbs()[..4])
}

fn mulmod(a: U256, b: U256, c: U256) -> U256 {
    let wide = |n: U256| U512::from(n);
    // 256 by 256 bits fit into 512.
    let rest = wide(a).wrapping_mul(wide(b)) % wide(c);
    U256::from_limbs_slice(&rest.as_limbs()[..4])
}

/// `n` as a number below `bound`.
fn below(n: U256, bound: u64) -> Option<usize> {
    if n < U256::from(bound) { Some(n.as_limbs()[0] as usize) } else { None }
}

fn signextend(a: U256, b: U256) -> U256 {
    let Some(byte) = below(a, 31) else { return b };
    let unused = 255 - (8 * byte + 7);
    (b << unused).arithmetic_shr(unused)
}

fn signed_less(a: U256, b: U256) -> bool {
    match (negative(a), negative(b)) {
        (true, false) => true,
        (false, true) => false,
        _ => a < b,
    }
}

/// The result of an instruction with one operand.
#[inline(always)]
pub fn one(opcode: u8, a: U256) -> U256 {
    match opcode {
        ISZERO => flag(a.is_zero()),
        _ => !a,
    }
}

/// The result of an instruction with two operands, `None` for a division by 0 (rules, "value errors").
#[inline(always)]
pub fn two(opcode: u8, a: U256, b: U256) -> Option<U256> {
    if matches!(opcode, DIV | SDIV | MOD | SMOD) && b.is_zero() {
        return None;
    }
    Some(match opcode {
        ADD => a.wrapping_add(b),
        MUL => a.wrapping_mul(b),
        SUB => a.wrapping_sub(b),
        DIV => a / b,
        SDIV => sdiv(a, b),
        MOD => a % b,
        SMOD => smod(a, b),
        EXP => a.wrapping_pow(b),
        SIGNEXTEND => signextend(a, b),
        LT => flag(a < b),
        GT => flag(a > b),
        SLT => flag(signed_less(a, b)),
        SGT => flag(signed_less(b, a)),
        AND => a & b,
        OR => a | b,
        XOR => a ^ b,
        BYTE => below(a, 32).map_or(U256::ZERO, |at| U256::from(b.byte(31 - at))),
        SHL => below(a, 256).map_or(U256::ZERO, |by| b << by),
        SHR => below(a, 256).map_or(U256::ZERO, |by| b >> by),
        _ => b.arithmetic_shr(below(a, 256).unwrap_or(256)),
    })
}

/// The result of `addmod` and `mulmod`, `None` if the modulus is 0.
#[inline(always)]
pub fn three(opcode: u8, a: U256, b: U256, c: U256) -> Option<U256> {
    if c.is_zero() {
        return None;
    }
    Some(if opcode == ADDMOD { addmod(a, b, c) } else { mulmod(a, b, c) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: U256 = U256::from_limbs([0, 0, 0, 1 << 63]);
    const ONES: U256 = U256::MAX;

    fn n(n: u64) -> U256 {
        U256::from(n)
    }

    fn minus(x: u64) -> U256 {
        n(x).wrapping_neg()
    }

    #[test]
    fn signs() {
        assert_eq!(two(SDIV, MIN, ONES), Some(MIN), "-2^255 / -1");
        assert_eq!(two(SMOD, MIN, ONES), Some(U256::ZERO));
        assert_eq!(two(SDIV, minus(7), n(2)), Some(minus(3)));
        assert_eq!(two(SMOD, minus(7), n(2)), Some(minus(1)));
        assert_eq!(two(SMOD, n(7), minus(2)), Some(n(1)));
        assert_eq!(two(SLT, MIN, n(0)), Some(n(1)));
        assert_eq!(two(SGT, n(0), ONES), Some(n(1)));
    }

    #[test]
    fn shifts_and_bytes_at_their_ends() {
        for far in [n(256), n(257), ONES] {
            assert_eq!(two(SHL, far, ONES), Some(n(0)));
            assert_eq!(two(SHR, far, ONES), Some(n(0)));
            assert_eq!(two(SAR, far, MIN), Some(ONES));
            assert_eq!(two(SAR, far, n(5)), Some(n(0)));
            assert_eq!(two(BYTE, far, ONES), Some(n(0)));
            assert_eq!(two(SIGNEXTEND, far, n(0xff)), Some(n(0xff)));
        }
        assert_eq!(two(SAR, n(255), MIN), Some(ONES));
        assert_eq!(two(BYTE, n(31), n(0xab)), Some(n(0xab)));
        assert_eq!(two(BYTE, n(32), n(0xab)), Some(n(0)));
        assert_eq!(two(SIGNEXTEND, n(0), n(0x180)), Some(ONES - n(127)));
        assert_eq!(two(SIGNEXTEND, n(30), MIN >> 8), Some(ONES << 247));
        assert_eq!(two(SIGNEXTEND, n(31), n(0x80)), Some(n(0x80)));
    }

    #[test]
    fn full_width_in_between() {
        assert_eq!(three(ADDMOD, ONES, ONES, n(10)), Some(n(0)), "2^257 - 2 modulo 10");
        assert_eq!(three(MULMOD, ONES, ONES, ONES - n(1)), Some(n(1)));
        assert_eq!(three(MULMOD, n(1), n(1), n(0)), None);
        assert_eq!(two(EXP, n(0), n(0)), Some(n(1)));
        assert_eq!(two(EXP, n(2), n(255)), Some(MIN));
        assert_eq!(two(EXP, n(2), n(256)), Some(n(0)));
    }
}
