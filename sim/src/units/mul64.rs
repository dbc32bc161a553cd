// SPDX-License-Identifier: MIT OR Apache-2.0
//! 64 x 64 bit multiplier, one 65 x 17 bit row per clock; twin of `rtl/units/mul64.sv`.
//!
//! The factors stay on the inputs. The start cycle makes the first row; four cycles add a row to
//! the upper part and shift 16 bits into the lower; in the next cycle the unit is done. Signed
//! products come from a sign-extended first factor and a signed last digit.

room! {
    /// The multiplier.
    pub Mul64
}

/// Registers of the multiplier. Row and upper part hold 82 and 66 bit signed numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    /// A product is being made.
    pub m_busy_q: bool,
    /// 1 to 4: the row to add; 5: done.
    pub m_cnt_q: u8,
    /// The row, 82 bits, signed.
    pub m_row_q: i128,
    /// Upper part of the sum, 66 bits, signed.
    pub m_hi_q: i128,
    /// Lower 64 bits of the product, complete when done.
    pub m_lo_q: u64,
}

impl Mul64 {
    /// First factor times digit `k` of the second.
    #[inline(always)]
    fn row(a: u64, b: u64, signed: bool, k: u32) -> i128 {
        let a = if signed { i128::from(a.cast_signed()) } else { i128::from(a) };
        let digit = (b >> (16 * k)) as u16;
        let digit = if signed && k == 3 { i128::from(digit.cast_signed()) } else { i128::from(digit) };
        a * digit
    }

    /// The start cycle.
    pub fn start(&mut self, a: u64, b: u64, signed: bool) {
        let m_row_q = Mul64::row(a, b, signed, 0);
        self.q = Registers { m_busy_q: true, m_cnt_q: 1, m_row_q, m_hi_q: 0, m_lo_q: 0 };
    }

    /// A cycle of a busy unit; in the last one, upper and lower half of the product.
    pub fn clock(&mut self, a: u64, b: u64, signed: bool) -> Option<(u64, u64)> {
        let m = &mut self.q;
        if m.m_cnt_q == 5 {
            m.m_busy_q = false;
            m.m_cnt_q = 0;
            return Some((m.m_hi_q as u64, m.m_lo_q));
        }
        let sum = m.m_row_q + m.m_hi_q;
        m.m_lo_q = (sum as u64) << 48 | m.m_lo_q >> 16;
        m.m_hi_q = sum >> 16;
        if m.m_cnt_q <= 3 {
            m.m_row_q = Mul64::row(a, b, signed, u32::from(m.m_cnt_q));
        }
        m.m_cnt_q += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [u64; 9] =
        [0, 1, 0xffff, 0x8000, 0xdead_beef_8001_7fff, 1 << 63, (1 << 63) - 1, u64::MAX, u64::MAX - 1];

    #[test]
    fn products_of_edge_cases_in_five_clocks_after_the_start() {
        for (a, b, signed) in EDGES.iter().flat_map(|a| EDGES.map(|b| [(*a, b, false), (*a, b, true)])).flatten() {
            let mut unit = Mul64::default();
            unit.start(a, b, signed);
            for _ in 0..4 {
                assert_eq!(unit.clock(a, b, signed), None);
            }
            let wide = if signed {
                (i128::from(a as i64) * i128::from(b as i64)) as u128
            } else {
                u128::from(a) * u128::from(b)
            };
            assert_eq!(unit.clock(a, b, signed), Some(((wide >> 64) as u64, wide as u64)), "{a:x} {b:x} {signed}");
            assert!(!unit.m_busy_q);
        }
    }
}
