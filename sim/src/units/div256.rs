// SPDX-License-Identifier: MIT OR Apache-2.0
//! Unsigned 256-bit divider, radix 4, restoring; twin of `rtl/units/div256.sv`.
//!
//! After the start cycle one cycle makes three times the divisor, and looks whether the high half of the dividend is
//! below it: if not, the run is over. Then leading zeroes of the dividend are skipped, 128 or 32 bits a cycle, and two
//! quotient bits are made in each cycle. A run may go on where the one before ended: the dividend is then the
//! continuation of a longer one. At most 132 cycles from start to done, both counted. A division by 0 is over at once.

use super::wide::{self, U256};

/// States, `v_state_q`.
mod state {
    pub const IDLE: u8 = 0;
    pub const TRIPLE: u8 = 1;
    pub const SKIP: u8 = 2;
    pub const DIGIT: u8 = 3;
    pub const DONE: u8 = 4;
}

room! {
    /// The divider.
    pub Div256
}

/// Registers of the divider; state and remainder count always, the others while it is busy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    /// A division is being made.
    pub v_busy_q: bool,
    /// 0 idle, 1 triple, 2 skip, 3 digit, 4 done.
    pub v_state_q: u8,
    /// Quotient digits to come.
    pub v_left_q: u8,
    /// Partial remainder, below the divisor.
    pub v_rem_q: U256,
    /// Dividend bits still to come, above the quotient bits made.
    pub v_quo_q: U256,
    /// Divisor.
    pub v_dv_q: U256,
    /// Three times the divisor, 258 bits.
    pub v_dv3_q: [u64; 5],
}

impl Div256 {
    /// The start cycle of an idle unit; without a high half of the dividend that is the remainder of the run before.
    pub fn start(&mut self, high: Option<U256>, dividend: U256, divisor: U256) {
        debug_assert!(!self.v_busy_q, "started while idle");
        let v = &mut self.q;
        (v.v_quo_q, v.v_dv_q) = (dividend, divisor);
        v.v_rem_q = high.unwrap_or(v.v_rem_q);
        v.v_left_q = 128;
        (v.v_busy_q, v.v_state_q) = (true, state::TRIPLE);
    }

    /// Quotient and remainder are there, in `v_quo_q`, `v_rem_q`.
    #[inline(always)]
    pub fn done(&self) -> bool {
        self.v_state_q == state::DONE
    }

    /// In the cycle of `done`: the high half was not below the divisor, and no digit was made.
    pub fn over(&self) -> bool {
        self.v_left_q != 0
    }

    /// A cycle of a busy unit.
    pub fn clock(&mut self) {
        let v = &mut self.q;
        match v.v_state_q {
            state::TRIPLE => {
                v.v_dv3_q = wide::mul_small(wide::resize(v.v_dv_q), 3);
                v.v_state_q = if wide::less(v.v_rem_q, v.v_dv_q) { state::SKIP } else { state::DONE };
            }
            state::SKIP => v.skip(),
            state::DIGIT => v.digit(),
            _ => {
                debug_assert!(v.v_state_q == state::DONE, "clocked while busy");
                v.v_busy_q = false;
                v.v_state_q = state::IDLE;
            }
        }
    }
}

impl Registers {
    fn skip(&mut self) {
        let none = wide::is_zero(&self.v_rem_q);
        if none && self.v_quo_q[3] | self.v_quo_q[2] == 0 && self.v_left_q > 64 {
            self.v_quo_q = [0, 0, self.v_quo_q[0], self.v_quo_q[1]];
            self.v_left_q -= 64;
        } else if none && self.v_quo_q[3] >> 32 == 0 && self.v_left_q > 16 {
            self.v_quo_q = wide::shl(self.v_quo_q, 32);
            self.v_left_q -= 16;
        } else {
            self.v_state_q = state::DIGIT;
        }
    }

    fn digit(&mut self) {
        let mut t: [u64; 5] = wide::shl(wide::resize(self.v_rem_q), 2);
        t[0] |= self.v_quo_q[3] >> 62;
        let once: [u64; 5] = wide::resize(self.v_dv_q);
        let twice = wide::shl(once, 1);
        let (k, part) = match () {
            () if !wide::less(t, self.v_dv3_q) => (3, self.v_dv3_q),
            () if !wide::less(t, twice) => (2, twice),
            () if !wide::less(t, once) => (1, once),
            () => (0, [0; 5]),
        };
        self.v_rem_q = wide::resize(wide::sub(t, part));
        self.v_quo_q = wide::shl(self.v_quo_q, 2);
        self.v_quo_q[0] |= k;
        self.v_left_q -= 1;
        if self.v_left_q == 0 {
            self.v_state_q = state::DONE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wide::{samples, small};
    use super::*;
    use ruint::aliases::{U256 as Ruint, U512};

    /// The dividend has no high half.
    const NONE: Option<U256> = Some([0; 4]);

    /// Cycles from start to done, both counted, quotient and remainder; the unit is idle in the next cycle.
    fn divide(unit: &mut Div256, high: Option<U256>, dividend: U256, divisor: U256) -> (u32, U256, U256) {
        unit.start(high, dividend, divisor);
        let mut cycles = 2;
        while !unit.done() {
            assert!(unit.v_busy_q && cycles <= 132);
            unit.clock();
            cycles += 1;
        }
        let (quotient, remainder) = (unit.v_quo_q, unit.v_rem_q);
        unit.clock();
        assert_eq!((unit.v_busy_q, unit.v_state_q, unit.v_rem_q), (false, 0, remainder));
        (cycles, quotient, remainder)
    }

    /// Cycles of a division that starts without a remainder, counted from the dividend's length alone.
    fn cycles(dividend: U256) -> u32 {
        let (mut bits, mut left, mut skips) = (Ruint::from_limbs(dividend).bit_len() as u32, 256, 0);
        bits = bits.max(1);
        if bits <= 128 {
            (left, skips) = (128, 1);
        }
        while left > 32 && bits <= left - 32 {
            left -= 32;
            skips += 1;
        }
        4 + skips + left / 2
    }

    #[test]
    fn quotients_remainders_and_cycles() {
        let mut next = samples::stream(3);
        let edges = samples::edges();
        let pairs = edges.iter().flat_map(|a| edges.iter().map(|b| (*a, *b))).collect::<Vec<_>>();
        let random = (0..10_000).map(|_| (samples::number(&mut next), samples::number(&mut next))).collect::<Vec<_>>();
        let mut unit = Div256::default();
        for (a, b) in pairs.into_iter().chain(random).filter(|(_, b)| *b != [0; 4]) {
            let (q, r) = Ruint::from_limbs(a).div_rem(Ruint::from_limbs(b));
            let said = (cycles(a), q.into_limbs(), r.into_limbs());
            assert_eq!(divide(&mut unit, NONE, a, b), said, "{a:x?} {b:x?}");
        }
        assert_eq!(divide(&mut unit, NONE, [0; 4], small(1)).0, 3 + 4 + 1 + 16, "0 has 16 digits");
        assert_eq!(divide(&mut unit, NONE, [u64::MAX; 4], small(1)).0, 132);
    }

    #[test]
    fn what_has_no_quotient_of_256_bits_is_over() {
        let mut unit = Div256::default();
        for (high, divisor) in [(NONE, [0; 4]), (None, [0; 4]), (Some(small(7)), small(7)), (Some([9; 4]), small(7))] {
            let (cycles, ..) = divide(&mut unit, high, [5; 4], divisor);
            assert_eq!((cycles, unit.over()), (3, true), "{high:?}");
        }
        assert_eq!(divide(&mut unit, Some(small(6)), [0; 4], small(7)).0, 132);
        assert!(!unit.over());
    }

    /// A dividend of 512 bits in two runs, and in one if it can be.
    #[test]
    fn a_run_goes_on_where_the_one_before_ended() {
        let mut next = samples::stream(4);
        let mut unit = Div256::default();
        for _ in 0..2_000 {
            let [hi, lo, dv] = [(); 3].map(|()| samples::number(&mut next));
            if dv == [0; 4] {
                continue;
            }
            let full = U512::from_limbs([lo[0], lo[1], lo[2], lo[3], hi[0], hi[1], hi[2], hi[3]]);
            let (q, r) = full.div_rem(U512::from(Ruint::from_limbs(dv)));
            let once = divide(&mut unit, Some(hi), lo, dv);
            let fits = !unit.over();
            let (_, q1, _) = divide(&mut unit, NONE, hi, dv);
            let (cycles, q0, rem) = divide(&mut unit, None, lo, dv);
            assert_eq!((fits, !fits || once == (cycles, q0, rem)), (q1 == [0; 4], true));
            assert_eq!(q.into_limbs(), [q0[0], q0[1], q0[2], q0[3], q1[0], q1[1], q1[2], q1[3]]);
            assert_eq!((rem, cycles <= 132), (r.into_limbs()[..4].try_into().expect("four limbs"), true));
        }
    }
}
