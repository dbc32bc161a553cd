// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unsigned numbers of `N` 64-bit limbs, the least significant first: what units and cores of wide machines compute
//! with.
//!
//! Pure functions, all modulo 2^(64 N). Multiplication and division are clocked units (`mul256.rs`, `div256.rs`).

use std::cmp::Ordering;

/// 256 bits.
pub type U256 = [u64; 4];

/// A small number.
#[inline(always)]
pub const fn small<const N: usize>(value: u64) -> [u64; N] {
    let mut limbs = [0; N];
    limbs[0] = value;
    limbs
}

/// The same number in `M` limbs; what does not fit is cut.
#[inline(always)]
pub fn resize<const N: usize, const M: usize>(a: [u64; N]) -> [u64; M] {
    std::array::from_fn(|i| if i < N { a[i] } else { 0 })
}

/// Whether it is 0.
#[inline(always)]
pub fn is_zero<const N: usize>(a: &[u64; N]) -> bool {
    a.iter().fold(0, |any, limb| any | limb) == 0
}

/// Sum, and the carry out of it.
#[inline(always)]
pub fn add_carry<const N: usize>(a: [u64; N], b: [u64; N], carry: bool) -> ([u64; N], bool) {
    let (mut sum, mut carry) = ([0; N], carry);
    for i in 0..N {
        (sum[i], carry) = {
            let (s, c0) = a[i].overflowing_add(b[i]);
            let (s, c1) = s.overflowing_add(carry.into());
            (s, c0 | c1)
        };
    }
    (sum, carry)
}

/// Sum.
#[inline(always)]
pub fn add<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    add_carry(a, b, false).0
}

/// Difference, and whether it borrows: `a < b`.
#[inline(always)]
pub fn sub_borrow<const N: usize>(a: [u64; N], b: [u64; N]) -> ([u64; N], bool) {
    let (mut difference, mut borrow) = ([0; N], false);
    for i in 0..N {
        (difference[i], borrow) = {
            let (d, b0) = a[i].overflowing_sub(b[i]);
            let (d, b1) = d.overflowing_sub(borrow.into());
            (d, b0 | b1)
        };
    }
    (difference, borrow)
}

/// Difference.
#[inline(always)]
pub fn sub<const N: usize>(a: [u64; N], b: [u64; N]) -> [u64; N] {
    sub_borrow(a, b).0
}

/// The negative, two's complement.
#[inline(always)]
pub fn neg<const N: usize>(a: [u64; N]) -> [u64; N] {
    sub([0; N], a)
}

/// Unsigned order.
#[inline(always)]
pub fn cmp<const N: usize>(a: &[u64; N], b: &[u64; N]) -> Ordering {
    a.iter().rev().cmp(b.iter().rev())
}

/// Whether `a < b`, unsigned.
#[inline(always)]
pub fn less<const N: usize>(a: [u64; N], b: [u64; N]) -> bool {
    sub_borrow(a, b).1
}

/// Sign bit of a two's complement number.
#[inline(always)]
pub fn negative<const N: usize>(a: &[u64; N]) -> bool {
    a[N - 1] >> 63 != 0
}

/// Bitwise operation, limb by limb.
#[inline(always)]
pub fn map<const N: usize>(a: [u64; N], b: [u64; N], f: impl Fn(u64, u64) -> u64) -> [u64; N] {
    std::array::from_fn(|i| f(a[i], b[i]))
}

/// Shifted to the left; by the number's width or more: 0.
#[inline]
pub fn shl<const N: usize>(a: [u64; N], by: u32) -> [u64; N] {
    let (limbs, bits) = ((by / 64) as usize, by % 64);
    std::array::from_fn(|i| {
        let limb = |k: usize| if i >= k { a[i - k] } else { 0 };
        let low = if bits == 0 { 0 } else { limb(limbs + 1) >> (64 - bits) };
        limb(limbs) << bits | low
    })
}

/// Shifted to the right, zeroes coming in; by the number's width or more: 0.
#[inline]
pub fn shr<const N: usize>(a: [u64; N], by: u32) -> [u64; N] {
    let (limbs, bits) = ((by / 64) as usize, by % 64);
    std::array::from_fn(|i| {
        let limb = |k: usize| if i + k < N { a[i + k] } else { 0 };
        let high = if bits == 0 { 0 } else { limb(limbs + 1) << (64 - bits) };
        limb(limbs) >> bits | high
    })
}

/// Product with a small factor.
#[inline(always)]
pub fn mul_small<const N: usize>(a: [u64; N], by: u64) -> [u64; N] {
    let (mut product, mut carry) = ([0; N], 0u64);
    for i in 0..N {
        let wide = u128::from(a[i]) * u128::from(by) + u128::from(carry);
        (product[i], carry) = (wide as u64, (wide >> 64) as u64);
    }
    product
}

/// Number of bits without leading zeroes; 0 for 0.
#[inline(always)]
pub fn bits<const N: usize>(a: &[u64; N]) -> u32 {
    match a.iter().rposition(|limb| *limb != 0) {
        Some(i) => 64 * (i as u32 + 1) - a[i].leading_zeros(),
        None => 0,
    }
}

/// Random numbers and edge cases for the tests of units; a third of the numbers is short.
#[cfg(test)]
pub(crate) mod samples {
    use super::*;

    /// Edge cases: around 0, powers of two, digit limits, the ends.
    pub fn edges() -> Vec<U256> {
        let mut edges = vec![[0; 4], [u64::MAX; 4], [0x1234_5678_9abc_def0, 0xfedc_ba98_7654_3210, 0, 1 << 63]];
        for bit in [0, 1, 15, 16, 17, 31, 63, 64, 65, 95, 127, 128, 159, 160, 223, 224, 239, 240, 254, 255] {
            let power = shl(small(1), bit);
            edges.extend([power, sub(power, small(1)), add(power, small(1)), neg(power)]);
        }
        edges
    }

    /// A splitmix64 stream.
    pub fn stream(mut state: u64) -> impl FnMut() -> u64 {
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        }
    }

    /// A number whose length is drawn, too.
    pub fn number(next: &mut impl FnMut() -> u64) -> U256 {
        let value = std::array::from_fn(|_| next());
        let cut = next();
        if cut.is_multiple_of(3) { shr(value, (cut >> 8) as u32 % 256) } else { value }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ruint::aliases::U256 as Ruint;

    fn big(a: U256) -> Ruint {
        Ruint::from_limbs(a)
    }

    /// `ruint` says the same of all pairs of edge cases and of random numbers.
    #[test]
    fn as_another_library_says() {
        let mut next = samples::stream(1);
        let edges = samples::edges();
        let pairs = edges.iter().flat_map(|a| edges.iter().map(|b| (*a, *b))).collect::<Vec<_>>();
        let random = (0..20_000).map(|_| (samples::number(&mut next), samples::number(&mut next)));
        for (a, b) in pairs.into_iter().chain(random.collect::<Vec<_>>()) {
            let (x, y) = (big(a), big(b));
            assert_eq!(add_carry(a, b, false), {
                let (s, c) = x.overflowing_add(y);
                (s.into_limbs(), c)
            });
            assert_eq!(big(add_carry(a, b, true).0), x.wrapping_add(y).wrapping_add(Ruint::ONE));
            assert_eq!(sub_borrow(a, b), {
                let (s, c) = x.overflowing_sub(y);
                (s.into_limbs(), c)
            });
            assert_eq!((big(neg(a)), cmp(&a, &b), less(a, b)), (x.wrapping_neg(), x.cmp(&y), x < y));
            let by = (b[0] % 258) as u32;
            assert_eq!((big(shl(a, by)), big(shr(a, by))), (x << by as usize, x >> by as usize), "{x:x} by {by}");
            assert_eq!(big(mul_small(a, b[0])), x.wrapping_mul(Ruint::from(b[0])));
            assert_eq!((bits(&a) as usize, is_zero(&a)), (x.bit_len(), x.is_zero()));
            assert_eq!((big(map(a, b, |p, q| p & !q)), negative(&a)), (x & !y, x.bit(255)));
            assert_eq!(resize::<5, 4>(resize::<4, 5>(a)), a);
        }
    }
}
