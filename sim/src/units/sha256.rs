// SPDX-License-Identifier: MIT OR Apache-2.0
//! SHA-256 compression of one block, a round a clock; twin of `rtl/units/sha256.sv`.
//!
//! The start cycle takes state and block; 64 cycles make a round each; one adds the state at the start; in the next
//! the unit is done. Words are in the order of FIPS 180-4: the first of the state, of the block, comes first here
//! and is the most significant of the register.

/// The unit is done when this many cycles have followed the start.
const DONE: u8 = 65;

/// Constants of the rounds (FIPS 180-4, 4.2.2).
pub const ROUND_CONSTANTS: [u32; 64] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
    0x983e_5152,
    0xa831_c66d,
    0xb003_27c8,
    0xbf59_7fc7,
    0xc6e0_0bf3,
    0xd5a7_9147,
    0x06ca_6351,
    0x1429_2967,
    0x27b7_0a85,
    0x2e1b_2138,
    0x4d2c_6dfc,
    0x5338_0d13,
    0x650a_7354,
    0x766a_0abb,
    0x81c2_c92e,
    0x9272_2c85,
    0xa2bf_e8a1,
    0xa81a_664b,
    0xc24b_8b70,
    0xc76c_51a3,
    0xd192_e819,
    0xd699_0624,
    0xf40e_3585,
    0x106a_a070,
    0x19a4_c116,
    0x1e37_6c08,
    0x2748_774c,
    0x34b0_bcb5,
    0x391c_0cb3,
    0x4ed8_aa4a,
    0x5b9c_ca4f,
    0x682e_6ff3,
    0x748f_82ee,
    0x78a5_636f,
    0x84c8_7814,
    0x8cc7_0208,
    0x90be_fffa,
    0xa450_6ceb,
    0xbef9_a3f7,
    0xc671_78f2,
];

room! {
    /// The compression.
    pub Sha256
}

/// Registers of the compression; they count while it is busy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Registers {
    /// A block is being compressed.
    pub y_busy_q: bool,
    /// 0 to 63: the round; 64: the addition; 65: done.
    pub y_cnt_q: u8,
    /// State at the start, H0 first.
    pub y_in_q: [u32; 8],
    /// a to h, then the new state.
    pub y_s_q: [u32; 8],
    /// The 16 next words of the schedule.
    pub y_w_q: [u32; 16],
}

/// Words as limbs of a number whose most significant one is the first.
pub fn limbs<const W: usize, const N: usize>(words: &[u32; W]) -> [u64; N] {
    const { assert!(W == 2 * N) };
    std::array::from_fn(|i| u64::from(words[W - 2 - 2 * i]) << 32 | u64::from(words[W - 1 - 2 * i]))
}

/// The words of a number, the most significant one first.
pub fn words<const W: usize, const N: usize>(limbs: &[u64; N]) -> [u32; W] {
    const { assert!(W == 2 * N) };
    std::array::from_fn(|i| (limbs[N - 1 - i / 2] >> (32 * (1 - i % 2))) as u32)
}

impl Sha256 {
    /// The start cycle of an idle unit.
    pub fn start(&mut self, state: [u32; 8], block: [u32; 16]) {
        debug_assert!(!self.y_busy_q, "started while idle");
        self.q = Registers { y_busy_q: true, y_cnt_q: 0, y_in_q: state, y_s_q: state, y_w_q: block };
    }

    /// The new state is in `y_s_q`.
    #[inline(always)]
    pub fn done(&self) -> bool {
        self.y_cnt_q == DONE
    }

    /// A cycle of a busy unit.
    pub fn clock(&mut self) {
        debug_assert!(self.y_busy_q, "clocked while busy");
        let y = &mut self.q;
        match y.y_cnt_q {
            0..64 => y.round(),
            64 => {
                for (word, start) in y.y_s_q.iter_mut().zip(y.y_in_q) {
                    *word = word.wrapping_add(start);
                }
            }
            _ => {
                (y.y_busy_q, y.y_cnt_q) = (false, 0);
                return;
            }
        }
        y.y_cnt_q += 1;
    }
}

impl Registers {
    fn round(&mut self) {
        let ([a, b, c, d, e, f, g, h], w) = (self.y_s_q, &mut self.y_w_q);
        let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let t1 = [s1, e & f ^ !e & g, ROUND_CONSTANTS[usize::from(self.y_cnt_q)], w[0]]
            .iter()
            .fold(h, |t, x| t.wrapping_add(*x));
        let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t2 = s0.wrapping_add(a & b ^ a & c ^ b & c);
        self.y_s_q = [t1.wrapping_add(t2), a, b, c, d.wrapping_add(t1), e, f, g];
        let g0 = w[1].rotate_right(7) ^ w[1].rotate_right(18) ^ w[1] >> 3;
        let g1 = w[14].rotate_right(17) ^ w[14].rotate_right(19) ^ w[14] >> 10;
        let next = g1.wrapping_add(w[9]).wrapping_add(g0).wrapping_add(w[0]);
        w.copy_within(1.., 0);
        w[15] = next;
    }
}

#[cfg(test)]
mod tests {
    use super::super::wide::samples;
    use super::*;
    use sha2::Digest;

    const START: [u32; 8] =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

    fn compress(unit: &mut Sha256, state: [u32; 8], block: [u32; 16]) -> [u32; 8] {
        unit.start(state, block);
        let mut cycles = 2;
        while !unit.done() {
            assert!(unit.y_busy_q);
            unit.clock();
            cycles += 1;
        }
        assert_eq!(cycles, 67, "from start to done, both counted");
        let out = unit.y_s_q;
        unit.clock();
        assert_eq!((unit.y_busy_q, unit.y_cnt_q), (false, 0));
        out
    }

    #[test]
    fn hashes_of_all_lengths_around_a_block() {
        let mut next = samples::stream(6);
        let mut unit = Sha256::default();
        for len in 0..200 {
            let bytes: Vec<u8> = (0..len).map(|_| next() as u8).collect();
            let mut padded = bytes.clone();
            padded.push(0x80);
            padded.resize((padded.len() + 8).next_multiple_of(64) - 8, 0);
            padded.extend((8 * len as u64).to_be_bytes());
            let state = padded.chunks(64).fold(START, |state, block| {
                let word = |i: usize| u32::from_be_bytes(block[4 * i..4 * i + 4].try_into().expect("4 bytes"));
                compress(&mut unit, state, std::array::from_fn(word))
            });
            let digest: Vec<u8> = state.iter().flat_map(|w| w.to_be_bytes()).collect();
            assert_eq!(digest, sha2::Sha256::digest(&bytes).to_vec(), "{len} bytes");
        }
    }

    #[test]
    fn the_first_word_is_the_most_significant() {
        let numbered: [u32; 8] = std::array::from_fn(|i| i as u32);
        assert_eq!(limbs::<8, 4>(&numbered), [6 << 32 | 7, 4 << 32 | 5, 2 << 32 | 3, 1]);
        assert_eq!(words::<8, 4>(&limbs(&numbered)), numbered);
    }
}
