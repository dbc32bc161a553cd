// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small deterministic generator (SplitMix64), the same on every machine: host latencies and
//! test programs depend on it, so its sequence is part of a seed's meaning.

/// Generator state.
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// A generator for a seed.
    pub fn new(seed: u64) -> Rng {
        Rng(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// Uniform in `min..=max`.
    pub fn range(&mut self, min: u32, max: u32) -> u32 {
        min + (self.bits() % (u64::from(max - min) + 1)) as u32
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.bits().is_multiple_of(n)
    }
}
