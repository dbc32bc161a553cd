// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unsigned 64-bit divider, radix 4, restoring; twin of `rtl/units/div64.sv`.
//!
//! The start cycle takes dividend and divisor; one cycle makes three times the divisor; 32 cycles
//! make two quotient bits each; in the next cycle the unit is done. The divisor is not 0.

room! {
    /// The divider.
    pub Div64
}

/// Registers of the divider.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    /// A division is being made.
    pub v_busy_q: bool,
    /// 0: triple the divisor; 1 to 32: the quotient digit; 33: done.
    pub v_cnt_q: u8,
    /// Partial remainder, below the divisor.
    pub v_rem_q: u64,
    /// Dividend bits still to come, above the quotient bits made.
    pub v_quo_q: u64,
    /// Divisor.
    pub v_dv_q: u64,
    /// Three times the divisor, 66 bits.
    pub v_dv3_q: u128,
}

impl Div64 {
    /// The start cycle.
    pub fn start(&mut self, dividend: u64, divisor: u64) {
        let v = &mut self.q;
        v.v_quo_q = dividend;
        v.v_dv_q = divisor;
        v.v_rem_q = 0;
        v.v_cnt_q = 0;
        v.v_busy_q = true;
    }

    /// A cycle of a busy unit; in the last one, quotient and remainder.
    pub fn clock(&mut self) -> Option<(u64, u64)> {
        let v = &mut self.q;
        match v.v_cnt_q {
            0 => v.v_dv3_q = 3 * u128::from(v.v_dv_q),
            33 => {
                v.v_busy_q = false;
                v.v_cnt_q = 0;
                return Some((v.v_quo_q, v.v_rem_q));
            }
            _ => {
                let t = u128::from(v.v_rem_q) << 2 | u128::from(v.v_quo_q >> 62);
                let dv = u128::from(v.v_dv_q);
                let (k, part) = match t {
                    _ if t >= v.v_dv3_q => (3, v.v_dv3_q),
                    _ if t >= dv << 1 => (2, dv << 1),
                    _ if t >= dv => (1, dv),
                    _ => (0, 0),
                };
                v.v_rem_q = (t - part) as u64;
                v.v_quo_q = v.v_quo_q << 2 | k;
            }
        }
        v.v_cnt_q += 1;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EDGES: [u64; 9] = [1, 2, 3, 7, 0xffff_ffff, 0xdead_beef_8001_7fff, 1 << 63, (1 << 63) - 1, u64::MAX];

    #[test]
    fn quotients_of_edge_cases_in_34_clocks_after_the_start() {
        for (n, d) in EDGES.iter().flat_map(|n| EDGES.map(|d| (*n, d))).chain([(0, 5)]) {
            let mut unit = Div64::default();
            unit.start(n, d);
            for _ in 0..33 {
                assert_eq!(unit.clock(), None);
            }
            assert_eq!(unit.clock(), Some((n / d, n % d)), "{n:x} {d:x}");
            assert!(!unit.v_busy_q);
        }
    }
}
