// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keccak-f[1600], a round a clock; twin of `rtl/units/keccak.sv`.
//!
//! The state is cleared and data is xored into selected lanes while the unit is idle; a start may come together
//! with both, in this order. The rounds take 24 cycles.
//!
//! Not here: padding and what is hashed.

use super::wide::U256;

/// Rotation of lane x + 5y in rho.
const ROTATIONS: [u32; 25] =
    [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];

/// What iota xors into lane 0, by round.
pub const ROUND_CONSTANTS: [u64; 24] = [
    0x0000_0000_0000_0001,
    0x0000_0000_0000_8082,
    0x8000_0000_0000_808a,
    0x8000_0000_8000_8000,
    0x0000_0000_0000_808b,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8009,
    0x0000_0000_0000_008a,
    0x0000_0000_0000_0088,
    0x0000_0000_8000_8009,
    0x0000_0000_8000_000a,
    0x0000_0000_8000_808b,
    0x8000_0000_0000_008b,
    0x8000_0000_0000_8089,
    0x8000_0000_0000_8003,
    0x8000_0000_0000_8002,
    0x8000_0000_0000_0080,
    0x0000_0000_0000_800a,
    0x8000_0000_8000_000a,
    0x8000_0000_8000_8081,
    0x8000_0000_0000_8080,
    0x0000_0000_8000_0001,
    0x8000_0000_8000_8008,
];

room! {
    /// The permutation.
    pub Keccak
}

/// Registers of the permutation; the state counts while it is busy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    /// Rounds are being made.
    pub q_busy_q: bool,
    /// The round of this cycle; 0 while idle.
    pub q_round_q: u8,
    /// Lane x + 5y is in element x + 5y.
    pub q_s_q: [u64; 25],
}

impl Keccak {
    /// Clears the state of an idle unit.
    pub fn clear(&mut self) {
        debug_assert!(!self.q_busy_q, "cleared while idle");
        self.q.q_s_q = [0; 25];
    }

    /// Xors data into the lanes `l` of an idle unit with bit `l` of `lanes`: word `l % 4` of the data each.
    pub fn xor(&mut self, lanes: u32, data: U256) {
        debug_assert!(!self.q_busy_q, "changed while idle");
        debug_assert!(lanes >> 25 == 0, "25 lanes");
        for (l, lane) in self.q.q_s_q.iter_mut().enumerate().filter(|(l, _)| lanes >> l & 1 != 0) {
            *lane ^= data[l % 4];
        }
    }

    /// The start cycle of an idle unit.
    pub fn start(&mut self) {
        debug_assert!(!self.q_busy_q, "started while idle");
        (self.q.q_busy_q, self.q.q_round_q) = (true, 0);
    }

    /// A cycle of a busy unit.
    pub fn clock(&mut self) {
        debug_assert!(self.q_busy_q, "clocked while busy");
        let q = &mut self.q;
        q.q_s_q = round(&q.q_s_q, q.q_round_q);
        q.q_round_q += 1;
        if q.q_round_q == 24 {
            (q.q_busy_q, q.q_round_q) = (false, 0);
        }
    }
}

/// Theta, rho, pi, chi and iota.
fn round(a: &[u64; 25], number: u8) -> [u64; 25] {
    let column: [u64; 5] = std::array::from_fn(|x| a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
    let mut b = [0; 25];
    for x in 0..5 {
        let theta = column[(x + 4) % 5] ^ column[(x + 1) % 5].rotate_left(1);
        for y in 0..5 {
            let l = x + 5 * y;
            b[y + 5 * ((2 * x + 3 * y) % 5)] = (a[l] ^ theta).rotate_left(ROTATIONS[l]);
        }
    }
    let chi = |l: usize| {
        let (x, row) = (l % 5, l - l % 5);
        b[l] ^ !b[row + (x + 1) % 5] & b[row + (x + 2) % 5]
    };
    let mut out: [u64; 25] = std::array::from_fn(chi);
    out[0] ^= ROUND_CONSTANTS[usize::from(number)];
    out
}

#[cfg(test)]
mod tests {
    use super::super::wide::samples;
    use super::*;
    use sha3::{Digest, Keccak256};

    fn permute(unit: &mut Keccak) -> u32 {
        unit.start();
        let mut cycles = 0;
        while unit.q_busy_q {
            assert_eq!(u32::from(unit.q_round_q), cycles);
            unit.clock();
            cycles += 1;
        }
        cycles
    }

    /// The hash of bytes, absorbed in pieces of four lanes.
    fn hash(unit: &mut Keccak, bytes: &[u8]) -> [u8; 32] {
        let mut padded = bytes.to_vec();
        padded.push(1);
        padded.resize(padded.len().next_multiple_of(136), 0);
        *padded.last_mut().expect("padding") |= 0x80;
        unit.clear();
        for block in padded.chunks(136) {
            for (i, piece) in block.chunks(32).enumerate() {
                let mut data = [0; 4];
                for (word, b) in data.iter_mut().zip(piece.chunks(8)) {
                    *word = u64::from_le_bytes(b.try_into().expect("8 bytes"));
                }
                unit.xor((0xf << (4 * i)) & 0x1_ffff, data);
            }
            assert_eq!(permute(unit), 24);
        }
        let digest: Vec<u8> = unit.q_s_q[..4].iter().flat_map(|w| w.to_le_bytes()).collect();
        digest.try_into().expect("32 bytes")
    }

    #[test]
    fn hashes_of_all_lengths_around_a_block() {
        let mut next = samples::stream(5);
        let mut unit = Keccak::default();
        for len in (0..300).chain([543, 544, 545]) {
            let bytes: Vec<u8> = (0..len).map(|_| next() as u8).collect();
            assert_eq!(hash(&mut unit, &bytes), <[u8; 32]>::from(Keccak256::digest(&bytes)), "{len} bytes");
        }
    }

    /// All 25 lanes, of which a hash reaches 17 from outside: the states that follow 0, and random ones.
    #[test]
    fn permutations_of_whole_states() {
        let mut next = samples::stream(6);
        let mut unit = Keccak::default();
        for n in 0..500 {
            let mut said = unit.q_s_q;
            keccak::Keccak::new().with_f1600(|f| f(&mut said));
            permute(&mut unit);
            assert_eq!(unit.q_s_q, said, "permutation {n}");
            if n > 20 {
                (0..25).for_each(|l| unit.xor(1 << l, [next(); 4]));
            }
        }
    }

    #[test]
    fn lanes_are_selected_one_by_one() {
        let mut unit = Keccak::default();
        for l in 0..25 {
            unit.clear();
            unit.xor(1 << l, [1, 2, 3, 4]);
            unit.xor(1 << l, [8, 8, 8, 8]);
            let said: [u64; 25] = std::array::from_fn(|i| if i == l { (l as u64 % 4 + 1) ^ 8 } else { 0 });
            assert_eq!(unit.q_s_q, said);
        }
    }
}
