// SPDX-License-Identifier: MIT OR Apache-2.0
//! ArbGasRemaining: 64 bits that are charged at once, 192 above them one cycle later.

use crate::units::wide::{self, U256};

room! {
    /// The gas.
    pub(super) Gas
}

/// Registers of the gas.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub g_lo_q: u64,
    pub g_hi_q: [u64; 3],
    /// The upper part is one too high.
    pub g_borrow_q: bool,
    /// Enough for a cheap instruction, a cycle ago and now.
    pub g_plenty_q: bool,
    /// Verdict of the exact check.
    pub g_short_q: bool,
}

/// What happens to the gas in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Charge {
    #[default]
    None,
    /// This much, of an instruction that is cheap or not.
    Gas(u32, bool),
    Set(U256),
    /// 5, or all that there is: it becomes the most again.
    FiveOrAll,
}

/// The most gas.
pub(super) const MOST: U256 = [u64::MAX; 4];

impl Gas {
    /// The gas that remains.
    pub fn remaining(&self) -> U256 {
        let [a, b, c] = self.g_hi_q;
        wide::sub([self.g_lo_q, a, b, c], [0, self.g_borrow_q.into(), 0, 0])
    }

    /// The exact check for an instruction, while nothing is borrowed.
    pub fn check(&mut self, gas: u32) {
        self.q.g_short_q = self.g_hi_q == [0; 3] && self.g_lo_q < u64::from(gas);
    }

    /// Everything else is forgotten.
    pub fn set(&mut self, [lo, a, b, c]: U256) {
        let g = &mut self.q;
        (g.g_lo_q, g.g_hi_q, g.g_borrow_q, g.g_plenty_q) = (lo, [a, b, c], false, false);
    }

    /// A clock.
    #[inline(always)]
    pub fn clock(&mut self, charge: Charge) {
        let g = &mut self.q;
        let few = g.g_hi_q == [0; 3] && !g.g_borrow_q && g.g_lo_q < 5;
        let plenty = g.g_hi_q[0] | g.g_hi_q[1] | g.g_hi_q[2] | g.g_lo_q >> 8 != 0;
        if g.g_borrow_q {
            g.g_hi_q = wide::sub(g.g_hi_q, [1, 0, 0]);
        }
        g.g_borrow_q = false;
        g.g_plenty_q = plenty;
        match charge {
            Charge::None => {}
            Charge::Gas(gas, cheap) => {
                (g.g_lo_q, g.g_borrow_q) = g.g_lo_q.overflowing_sub(gas.into());
                g.g_plenty_q &= cheap;
            }
            Charge::Set(gas) => self.set(gas),
            Charge::FiveOrAll if few => self.set(MOST),
            Charge::FiveOrAll => {
                (g.g_lo_q, g.g_borrow_q) = g.g_lo_q.overflowing_sub(5);
                g.g_plenty_q = false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borrows_reach_the_upper_part_a_cycle_later() {
        let mut gas = Gas::default();
        gas.set([2, 1, 0, 0]);
        gas.clock(Charge::Gas(5, true));
        assert_eq!((gas.g_lo_q, gas.g_hi_q, gas.g_borrow_q), (u64::MAX - 2, [1, 0, 0], true));
        assert_eq!(gas.remaining(), [u64::MAX - 2, 0, 0, 0]);
        gas.clock(Charge::Gas(1, true));
        assert_eq!((gas.g_lo_q, gas.g_hi_q, gas.g_borrow_q, gas.g_plenty_q), (u64::MAX - 3, [0; 3], false, true));
        gas.clock(Charge::Gas(600, false));
        assert!(!gas.g_plenty_q);
    }

    #[test]
    fn five_or_all() {
        for (lo, after) in [(4, MOST), (5, [0; 4]), (9, [4, 0, 0, 0])] {
            let mut gas = Gas::default();
            gas.set([lo, 0, 0, 0]);
            gas.clock(Charge::FiveOrAll);
            assert_eq!(gas.remaining(), after, "{lo}");
        }
    }
}
