// SPDX-License-Identifier: MIT OR Apache-2.0
//! Results of one cycle, and the two halves of a shift: pure functions of payloads.

use crate::arbitrum::isa::code;
use crate::units::wide::{self, U256};

const fn bit(value: bool) -> U256 {
    [value as u64, 0, 0, 0]
}

/// Signed order is unsigned order of numbers whose sign bit is turned.
fn turned(a: U256) -> U256 {
    [a[0], a[1], a[2], a[3] ^ 1 << 63]
}

/// Class ALU2.
#[inline(always)]
pub(super) fn binary(op: u8, a: U256, b: U256) -> U256 {
    match op {
        code::ADD => wide::add(a, b),
        code::SUB => wide::sub(a, b),
        code::LT => bit(wide::less(a, b)),
        code::GT => bit(wide::less(b, a)),
        code::SLT => bit(wide::less(turned(a), turned(b))),
        code::SGT => bit(wide::less(turned(b), turned(a))),
        code::AND => wide::map(a, b, |a, b| a & b),
        code::OR => wide::map(a, b, |a, b| a | b),
        _ => wide::map(a, b, |a, b| a ^ b),
    }
}

/// All ones if the number is negative.
fn sign(a: &U256) -> u64 {
    0u64.wrapping_sub(u64::from(wide::negative(a)))
}

/// Shifted to the right by less than 256, the sign coming in.
fn sar(a: U256, by: u32) -> U256 {
    let ones = sign(&a);
    let inverted = a.map(|limb| limb ^ ones);
    wide::shr(inverted, by).map(|limb| limb ^ ones)
}

/// A number above 255, as of a shift.
fn far(n: &U256) -> bool {
    n[0] >> 8 | n[1] | n[2] | n[3] != 0
}

/// The first half of class SHIFT: `b` by multiples of 16.
pub(super) fn coarse(op: u8, n: U256, b: U256) -> U256 {
    let by = n[0] as u32 & 0xf0;
    match op {
        code::SHL if far(&n) => [0; 4],
        code::SHL => wide::shl(b, by),
        code::SHR if far(&n) => [0; 4],
        code::SHR => wide::shr(b, by),
        code::SAR if far(&n) => [sign(&b); 4],
        code::SAR => sar(b, by),
        code::BYTE if far(&n) || n[0] >= 32 => [0; 4],
        code::BYTE => wide::shr(b, byte_shift(&n) & 0xf0),
        _ => b,
    }
}

/// How far byte `n` is above the lowest.
fn byte_shift(n: &U256) -> u32 {
    248u32.wrapping_sub(8 * (n[0] as u32 & 31))
}

/// The second half: what is left to do to the result of the first.
pub(super) fn fine(op: u8, n: U256, r: U256) -> U256 {
    let by = if far(&n) { 0 } else { n[0] as u32 & 0xf };
    match op {
        code::SHL => wide::shl(r, by),
        code::SHR => wide::shr(r, by),
        code::SAR => sar(r, by),
        code::BYTE => [wide::shr(r, byte_shift(&n) & 0xf)[0] & 0xff, 0, 0, 0],
        _ if far(&n) || n[0] >= 31 => r,
        _ => {
            let up = 248 - 8 * n[0] as u32;
            sar(wide::shl(r, up), up)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::wide::samples;
    use ruint::aliases::U256 as Ruint;

    fn big(a: U256) -> Ruint {
        Ruint::from_limbs(a)
    }

    #[test]
    fn shifts_as_another_library_says() {
        let mut next = samples::stream(7);
        let mut numbers = samples::edges();
        numbers.extend((0..200).map(|_| samples::number(&mut next)));
        let counts = (0..=300u64).map(|n| [n, 0, 0, 0]).chain([[3, 1, 0, 0], [8, 0, 0, 1 << 63], [u64::MAX; 4]]);
        for n in counts {
            let by = if far(&n) { 256 } else { n[0] as usize };
            for b in &numbers {
                let (x, all) = (big(*b), |op| big(fine(op, n, coarse(op, n, *b))));
                assert_eq!(all(code::SHL), if by < 256 { x << by } else { Ruint::ZERO }, "{n:?} {x:x}");
                assert_eq!(all(code::SHR), if by < 256 { x >> by } else { Ruint::ZERO }, "{n:?} {x:x}");
                assert_eq!(all(code::SAR), x.arithmetic_shr(by), "{n:?} {x:x}");
                let byte = if by < 32 { x.byte(31 - by) } else { 0 };
                assert_eq!(all(code::BYTE), Ruint::from(byte), "{n:?} {x:x}");
                let extended = if by < 31 { (x << (248 - 8 * by)).arithmetic_shr(248 - 8 * by) } else { x };
                assert_eq!(all(code::SIGNEXTEND), extended, "{n:?} {x:x}");
            }
        }
    }

    #[test]
    fn comparisons_of_signs() {
        let (minus, plus) = ([u64::MAX; 4], [1, 0, 0, 0]);
        let all = |a, b| [code::LT, code::GT, code::SLT, code::SGT].map(|op| binary(op, a, b)[0]);
        assert_eq!(all(minus, plus), [0, 1, 1, 0]);
        assert_eq!(all(plus, minus), [1, 0, 0, 1]);
        assert_eq!(all(plus, plus), [0; 4]);
    }
}
