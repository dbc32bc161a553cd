// SPDX-License-Identifier: MIT OR Apache-2.0
//! Draws. Everything goes through [`Rng`], so that a seed means the same program on every machine.

use avm_sim::algorand::isa::code;

use super::step::Step;
use crate::rng::Rng;

/// Cells at which something changes.
const CELLS: &[i64] = &[0, 1, -1, 2, 3, 7, 8, 16, 63, 64, 255, -128, i64::MIN, i64::MAX, i64::MIN + 1, i64::MAX - 1];

/// A generator with the draws that programs need.
pub(super) struct Dice(Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(Rng::new(seed))
    }

    pub(super) fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// Uniform in `0..n`; 0 for `n` = 0. Without a division: drawing is what generation spends its time on.
    pub(super) fn below(&mut self, n: u32) -> u32 {
        (((self.0.bits() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Uniform in `min..=max`.
    pub(super) fn range(&mut self, min: u32, max: u32) -> u32 {
        min + self.below(max.max(min) - min + 1)
    }

    pub(super) fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }

    /// True `share` times in 1,000.
    pub(super) fn chance(&mut self, share: u32) -> bool {
        self.below(1000) < share
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize]
    }

    /// An index, drawn by weight; the weights are not all 0.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let mut at = self.below(weights.iter().sum());
        weights
            .iter()
            .position(|w| {
                at < *w || {
                    at -= w;
                    false
                }
            })
            .unwrap_or(0)
    }

    /// A cell, biased towards those at which something changes.
    pub(super) fn cell(&mut self) -> i64 {
        match self.below(10) {
            0..=4 => self.pick(CELLS),
            5 | 6 => {
                let near = (1_i64 << self.below(64)).wrapping_add(i64::from(self.below(3)) - 1);
                if self.one_in(2) { near.wrapping_neg() } else { near }
            }
            7 | 8 => self.below(32).into(),
            _ => self.bits() as i64,
        }
    }

    /// An instruction that pushes a constant, not always the shortest.
    pub(super) fn push(&mut self, cell: i64) -> Step {
        let shortest = Step::push(cell);
        let longer = code::CONST_64 - shortest.op;
        Step {
            op: if self.one_in(4) { shortest.op + self.below(u32::from(longer) + 1) as u8 } else { shortest.op },
            ..shortest
        }
    }

    /// A constant, biased.
    pub(super) fn constant(&mut self) -> Step {
        let cell = self.cell();
        self.push(cell)
    }
}
