// SPDX-License-Identifier: MIT OR Apache-2.0
//! 256 x 256 bit multiplier, 16 bits of one factor a clock; twin of `rtl/units/mul256.sv`.
//!
//! After the start cycle one cycle finds how many digits count; then a row is made in each cycle and taken in
//! during the next. A full product takes the digits from the least significant on, a product modulo 2^256 those of
//! the shorter factor from the most significant on, without leading zeroes. From start to done, both counted: 4 +
//! digits, 3 without a digit.

use super::wide::{self, U256};

/// States, `m_state_q`.
mod state {
    pub const IDLE: u8 = 0;
    pub const SIZE: u8 = 1;
    pub const ROWS: u8 = 2;
    pub const DONE: u8 = 3;
}

room! {
    /// The multiplier.
    pub Mul256
}

/// Registers of the multiplier; all but the state count while it is busy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    /// A product is being made.
    pub m_busy_q: bool,
    /// 0 idle, 1 size, 2 rows, 3 done.
    pub m_state_q: u8,
    /// The product has 512 bits.
    pub m_wide_q: bool,
    /// Digits to come.
    pub m_cnt_q: u8,
    /// No row was made yet.
    pub m_first_q: bool,
    /// The factor of each row.
    pub m_a_q: U256,
    /// The factor of the digits.
    pub m_b_q: U256,
    /// The row, 272 bits.
    pub m_row_q: [u64; 5],
    /// Upper half of a full product.
    pub m_hi_q: U256,
    /// Lower half, or the product modulo 2^256.
    pub m_lo_q: U256,
}

/// Number of 16-bit digits without leading zero digits.
fn digits(a: &U256) -> u8 {
    wide::bits(a).div_ceil(16) as u8
}

impl Mul256 {
    /// The start cycle of an idle unit.
    pub fn start(&mut self, wide: bool, a: U256, b: U256) {
        debug_assert!(!self.m_busy_q, "started while idle");
        let m = &mut self.q;
        (m.m_a_q, m.m_b_q, m.m_wide_q) = (a, b, wide);
        (m.m_hi_q, m.m_lo_q) = ([0; 4], [0; 4]);
        (m.m_busy_q, m.m_state_q) = (true, state::SIZE);
    }

    /// The product is there: upper and lower half in `m_hi_q`, `m_lo_q`.
    #[inline(always)]
    pub fn done(&self) -> bool {
        self.m_state_q == state::DONE
    }

    /// A cycle of a busy unit.
    pub fn clock(&mut self) {
        match self.m_state_q {
            state::SIZE => self.size(),
            state::ROWS => self.rows(),
            _ => {
                debug_assert!(self.done(), "clocked while busy");
                self.q.m_busy_q = false;
                self.q.m_state_q = state::IDLE;
            }
        }
    }

    fn size(&mut self) {
        let m = &mut self.q;
        m.m_first_q = true;
        m.m_state_q = state::ROWS;
        if m.m_wide_q {
            m.m_cnt_q = 16;
            return;
        }
        let (a, b) = (digits(&m.m_a_q), digits(&m.m_b_q));
        if a < b {
            std::mem::swap(&mut m.m_a_q, &mut m.m_b_q);
        }
        m.m_cnt_q = a.min(b);
        if m.m_cnt_q == 0 {
            m.m_state_q = state::DONE;
        }
    }

    fn rows(&mut self) {
        let m = &mut self.q;
        if !m.m_first_q {
            m.take();
        }
        if m.m_cnt_q == 0 {
            m.m_state_q = state::DONE;
            return;
        }
        let number = if m.m_wide_q { 16 - m.m_cnt_q } else { m.m_cnt_q - 1 };
        let digit = m.m_b_q[usize::from(number / 4)] >> (16 * (number % 4)) & 0xffff;
        m.m_row_q = wide::mul_small(wide::resize(m.m_a_q), digit);
        m.m_cnt_q -= 1;
        m.m_first_q = false;
    }
}

impl Registers {
    /// Takes in the row that the cycle before made.
    fn take(&mut self) {
        if self.m_wide_q {
            let sum = wide::add(self.m_row_q, wide::resize(self.m_hi_q));
            self.m_lo_q = wide::shr(self.m_lo_q, 16);
            self.m_lo_q[3] |= sum[0] << 48;
            self.m_hi_q = wide::resize(wide::shr(sum, 16));
        } else {
            self.m_lo_q = wide::add(wide::shl(self.m_lo_q, 16), wide::resize(self.m_row_q));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wide::samples;
    use super::*;
    use ruint::aliases::{U256 as Ruint, U512};

    /// Cycles from start to done, both counted; the unit is idle in the next one.
    fn multiply(unit: &mut Mul256, wide: bool, a: U256, b: U256) -> (u32, U256, U256) {
        unit.start(wide, a, b);
        let mut cycles = 2;
        while !unit.done() {
            assert!(unit.m_busy_q && cycles < 40);
            unit.clock();
            cycles += 1;
        }
        let (hi, lo) = (unit.m_hi_q, unit.m_lo_q);
        unit.clock();
        assert_eq!((unit.m_busy_q, unit.m_state_q), (false, 0));
        (cycles, hi, lo)
    }

    #[test]
    fn products_and_cycles() {
        let mut next = samples::stream(2);
        let edges = samples::edges();
        let pairs = edges.iter().flat_map(|a| edges.iter().map(|b| (*a, *b))).collect::<Vec<_>>();
        let random = (0..20_000).map(|_| (samples::number(&mut next), samples::number(&mut next))).collect::<Vec<_>>();
        let mut unit = Mul256::default();
        for (a, b) in pairs.into_iter().chain(random) {
            let full: U512 = Ruint::from_limbs(a).widening_mul(Ruint::from_limbs(b));
            let full = full.into_limbs();
            let halves = |k: usize| [full[k], full[k + 1], full[k + 2], full[k + 3]];
            assert_eq!(multiply(&mut unit, true, a, b), (20, halves(4), halves(0)), "{a:x?} {b:x?}");
            let n = Ruint::from_limbs(a).bit_len().min(Ruint::from_limbs(b).bit_len()).div_ceil(16) as u32;
            let cycles = if n == 0 { 3 } else { 4 + n };
            assert_eq!(multiply(&mut unit, false, a, b), (cycles, [0; 4], halves(0)), "{a:x?} {b:x?}");
        }
    }

    /// The shorter factor gives the digits, whichever it is.
    #[test]
    fn registers_along_the_way() {
        let mut unit = Mul256::default();
        unit.start(false, small(7), [1, 2, 3, 4]);
        assert_eq!((unit.m_busy_q, unit.m_state_q, unit.m_cnt_q), (true, state::SIZE, 0));
        unit.clock();
        assert_eq!((unit.m_a_q, unit.m_b_q), ([1, 2, 3, 4], small(7)));
        assert_eq!((unit.m_state_q, unit.m_cnt_q, unit.m_first_q), (state::ROWS, 1, true));
        unit.clock();
        assert_eq!((unit.m_row_q, unit.m_cnt_q, unit.m_first_q), ([7, 14, 21, 28, 0], 0, false));
        assert_eq!((unit.m_lo_q, unit.m_state_q), ([0; 4], state::ROWS));
        unit.clock();
        assert_eq!((unit.m_lo_q, unit.m_state_q, unit.m_busy_q), ([7, 14, 21, 28], state::DONE, true));
    }

    use super::super::wide::small;
}
