// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hash engine: hashes of values, pairs and code points. Of a tuple it first finds slots whose hashes are not
//! known, to any depth, with a list through the link RAM for the way back; then makes the tuple's own.
//!
//! Not here: who wants a hash (`digest.rs`, `outside.rs`); Keccak-f (`units/keccak.rs`).

use super::cell::{Cell, Count, Link};
use super::{Core, Nets};
use crate::arbitrum::numbers::{EMPTY_HASH, digest, hash, request, tag};
use crate::units::wide::{self, U256};

room! {
    /// The hash engine.
    pub(super) Hash
}

/// Registers of the hash engine.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub z_state_q: u8,
    pub z_v_q: Cell,
    /// The tuple that is looked at or made.
    pub z_cur_q: u16,
    pub z_len_q: u8,
    pub z_i_q: u8,
    /// The tuple that it is a slot of, or 0.
    pub z_par_q: u16,
    pub z_size_q: U256,
    pub z_r_q: U256,
    /// First word of the message.
    pub z_base_q: u8,
    /// Words of it.
    pub z_n_q: u8,
    /// Bytes before them.
    pub z_np_q: u8,
    /// Pieces of eight bytes that are done.
    pub z_j_q: u8,
    /// The lane that is next.
    pub z_pos_q: u8,
    pub z_carry_q: u16,
    pub z_ret_q: u8,
}

/// Word that an integer's hash is made of.
const NUMBER: u8 = 8;
/// Words of a message that has one block, whatever its prefix.
const SHORT: u8 = 4;
/// What ends the padding, for lane 16.
const PADDING: U256 = [0x80 << 56; 4];

/// Digest of a state: bytes of the first four lanes, the first byte most significant.
fn digest_of(lanes: &[u64; 25]) -> U256 {
    [3, 2, 1, 0].map(|l| lanes[l].swap_bytes())
}

impl Registers {
    /// A slot needs nothing more: goes on to the next, or makes the tuple.
    fn next_slot(&mut self, i: u8, len: u8) {
        if i + 1 == len {
            (self.z_i_q, self.z_size_q) = (0, wide::small(1));
            self.z_state_q = hash::BUILD;
        } else {
            self.z_i_q = i + 1;
            self.z_state_q = hash::SCAN;
        }
    }

    fn larger(&mut self, by: U256) {
        self.z_size_q = wide::add(self.z_size_q, by);
    }
}

impl Core {
    /// The hash of a value is wanted.
    pub(super) fn hash_value(&mut self, value: Cell) {
        self.hash_command(hash::VALUE, value);
    }

    /// The hash of two integers is wanted.
    pub(super) fn hash_pair(&mut self, a: Cell, b: Cell) {
        self.zbuf.write(0, a.payload);
        self.hash_command(hash::PAIR, b);
    }

    /// The hash of a code point is wanted, with or without the immediate whose hash is the engine's result.
    pub(super) fn hash_code(&mut self, op: u8, imm: bool, next: u16) {
        self.chash.read(next.into());
        let word = u64::from(op) << 24 | u64::from(imm) << 16 | u64::from(next);
        self.hash_command(hash::CODE, Cell::small(word));
    }

    fn hash_command(&mut self, state: u8, value: Cell) {
        let z = &mut self.hash.q;
        debug_assert!(z.z_state_q == hash::IDLE, "commands come while it is idle, or just done");
        (z.z_state_q, z.z_v_q) = (state, value);
    }

    /// A message: bytes of a prefix, then words from `base` on.
    fn sponge(&mut self, (base, n): (u8, u8), (np, prefix): (u8, u16), ret: u8) {
        let z = &mut self.hash.q;
        (z.z_base_q, z.z_n_q, z.z_np_q, z.z_carry_q) = (base, n, np, prefix);
        (z.z_j_q, z.z_pos_q, z.z_ret_q, z.z_state_q) = (0, 0, ret, hash::LANE);
        self.keccak.clear();
        if n <= SHORT {
            self.keccak.xor(1 << 16, PADDING);
        }
    }

    /// A slot's hash is in its word: goes on to the next slot, or makes the inner hash.
    fn next_built(&mut self) {
        let z = &mut self.hash.q;
        let len = z.z_len_q;
        if z.z_i_q + 1 == len {
            self.sponge((0, len), (1, len.into()), digest::INNER);
        } else {
            z.z_i_q += 1;
            z.z_state_q = hash::BUILD;
        }
    }

    /// A slot's hash of a value of size 1.
    fn built(&mut self, slot: U256) {
        self.zbuf.write(self.hash.z_i_q.into(), slot);
        self.hash.q.larger(wide::small(1));
        self.next_built();
    }

    fn to(&mut self, state: u8) {
        self.hash.q.z_state_q = state;
    }

    /// A cycle of the engine, before X commands it.
    #[inline(never)]
    pub(super) fn hash_engine(&mut self, n: &Nets) {
        match self.hash.z_state_q {
            hash::VALUE | hash::RDC | hash::HV | hash::RDT => self.hash_first(),
            hash::SCAN | hash::SCAN1 | hash::SCAN2 => self.hash_scan(),
            hash::BUILD..=hash::SLOTT => self.hash_build(),
            hash::SIZE | hash::MARK | hash::UP => self.hash_up(),
            hash::LANE => self.lane(),
            hash::PERM if !n.keccak_busy => self.to(hash::LANE),
            hash::PAD => {
                self.keccak.xor(1 << 16, PADDING);
                self.keccak.start();
                self.to(hash::DIGEST);
            }
            hash::DIGEST if !n.keccak_busy => self.digest(),
            hash::PAIR => {
                self.zbuf.write(1, self.hash.z_v_q.payload);
                self.sponge((0, 2), (0, 0), digest::RESULT);
            }
            hash::CODE | hash::CODE2 => self.hash_code_on(),
            hash::BUF | hash::SLOTB => self.hash_buffer(),
            hash::SLOTB2 => self.built(self.hash.z_r_q),
            hash::DONE => self.to(hash::IDLE),
            _ => {}
        }
    }

    /// The value itself, and hashes that are known.
    fn hash_first(&mut self) {
        let v = self.hash.z_v_q;
        let state = match self.hash.z_state_q {
            hash::RDC => {
                self.hash.q.z_r_q = self.chash.rd();
                hash::DONE
            }
            hash::HV if Count::of(self.count_ram.rd()).hv => {
                self.thash.read(v.low().into());
                hash::RDT
            }
            hash::HV => {
                let z = &mut self.hash.q;
                (z.z_cur_q, z.z_len_q, z.z_par_q, z.z_i_q) = (v.low(), v.len(), 0, 0);
                hash::SCAN
            }
            hash::RDT => {
                self.hash.q.z_r_q = self.thash.rd();
                hash::DONE
            }
            _ => match v.tag {
                tag::INT => {
                    self.zbuf.write(NUMBER.into(), v.payload);
                    return self.sponge((NUMBER, 1), (0, 0), digest::RESULT);
                }
                tag::CODE => {
                    self.chash.read(v.low().into());
                    hash::RDC
                }
                tag::TUPLE if v.len() == 0 => {
                    self.hash.q.z_r_q = EMPTY_HASH;
                    hash::DONE
                }
                tag::TUPLE => {
                    self.count_ram.read(v.low().into());
                    hash::HV
                }
                _ if self.port.request(request::HASH_BUFFER, u64::from(v.payload[0] as u32), 0) => hash::BUF,
                _ => hash::VALUE,
            },
        };
        self.to(state);
    }

    /// Looks for slots whose hashes are not known.
    fn hash_scan(&mut self) {
        let z = &mut self.hash.q;
        match z.z_state_q {
            hash::SCAN => {
                self.cells.read(z.z_cur_q.wrapping_add(z.z_i_q.into()).into());
                z.z_state_q = hash::SCAN1;
            }
            hash::SCAN1 => {
                let v = self.cells.rd();
                if v.counted() {
                    self.count_ram.read(v.low().into());
                    (z.z_v_q, z.z_state_q) = (v, hash::SCAN2);
                } else {
                    z.next_slot(z.z_i_q, z.z_len_q);
                }
            }
            _ if Count::of(self.count_ram.rd()).hv => z.next_slot(z.z_i_q, z.z_len_q),
            _ => {
                let link = Link { len: z.z_len_q, pos: z.z_i_q, next: z.z_par_q };
                self.link.write(z.z_cur_q.into(), link.word());
                z.z_par_q = z.z_cur_q;
                (z.z_cur_q, z.z_len_q, z.z_i_q) = (z.z_v_q.low(), z.z_v_q.len(), 0);
                z.z_state_q = hash::SCAN;
            }
        }
    }

    /// Gathers the hashes and sizes of slots.
    fn hash_build(&mut self) {
        let z = &mut self.hash.q;
        match z.z_state_q {
            hash::BUILD => {
                self.cells.read(z.z_cur_q.wrapping_add(z.z_i_q.into()).into());
                z.z_state_q = hash::BUILD1;
            }
            hash::BUILD1 => self.hash_slot(),
            hash::SLOTC => self.built(self.chash.rd()),
            _ => {
                z.larger(self.tsize.rd());
                self.zbuf.write(z.z_i_q.into(), self.thash.rd());
                self.next_built();
            }
        }
    }

    /// The slot that was read.
    fn hash_slot(&mut self) {
        let v = self.cells.rd();
        self.hash.q.z_v_q = v;
        match v.tag {
            tag::INT => {
                self.zbuf.write(NUMBER.into(), v.payload);
                self.hash.q.larger(wide::small(1));
                self.sponge((NUMBER, 1), (0, 0), digest::SLOT);
            }
            tag::CODE => {
                self.chash.read(v.low().into());
                self.to(hash::SLOTC);
            }
            tag::TUPLE if v.len() == 0 => self.built(EMPTY_HASH),
            tag::TUPLE => {
                self.thash.read(v.low().into());
                self.tsize.read(v.low().into());
                self.to(hash::SLOTT);
            }
            _ => {
                if self.port.request(request::HASH_BUFFER, u64::from(v.payload[0] as u32), 0) {
                    self.to(hash::SLOTB);
                }
            }
        }
    }

    /// The tuple's own hash, and the way back.
    fn hash_up(&mut self) {
        let z = &mut self.hash.q;
        match z.z_state_q {
            hash::SIZE => {
                self.zbuf.write(1, z.z_size_q);
                self.sponge((0, 2), (1, 3), digest::TUPLE);
            }
            hash::MARK => {
                let n = Count::of(self.count_ram.rd()).n;
                self.count_ram.write(z.z_cur_q.into(), Count { hv: true, n }.word());
                if z.z_par_q == 0 {
                    z.z_state_q = hash::DONE;
                } else {
                    self.link.read(z.z_par_q.into());
                    z.z_state_q = hash::UP;
                }
            }
            _ => {
                let link = Link::of(self.link.rd());
                (z.z_cur_q, z.z_len_q, z.z_par_q) = (z.z_par_q, link.len, link.next);
                z.next_slot(link.pos, link.len);
            }
        }
    }

    /// Bytes of the message: a word in the first block, where its lanes are in step with the message's, or a lane.
    fn lane(&mut self) {
        let z = &self.hash;
        if z.z_np_q < 2 && z.z_j_q < 16 && z.z_j_q & 3 == 0 && z.z_j_q != 4 * z.z_n_q {
            return self.four_lanes();
        }
        let z = &mut self.hash.q;
        let word = self.zbuf.rd(u32::from(z.z_base_q + z.z_j_q / 4));
        let piece = word[usize::from(3 - z.z_j_q % 4)].swap_bytes();
        let (shift, carry) = (8 * u32::from(z.z_np_q), u64::from(z.z_carry_q));
        let last = z.z_j_q == 4 * z.z_n_q;
        let lane = if last { carry | 1 << shift } else { piece << shift | carry };
        self.keccak.xor(1 << z.z_pos_q, [lane; 4]);
        if last && z.z_n_q <= SHORT {
            z.z_state_q = hash::DIGEST;
            return self.keccak.start();
        }
        if last {
            z.z_state_q = hash::PAD;
            return;
        }
        z.z_carry_q = if shift == 0 { 0 } else { (piece >> (64 - shift)) as u16 };
        z.z_j_q += 1;
        z.z_pos_q += 1;
        if z.z_pos_q == 17 {
            (z.z_pos_q, z.z_state_q) = (0, hash::PERM);
            self.keccak.start();
        }
    }

    /// A whole word, the first byte lowest, behind a byte of prefix or none.
    fn four_lanes(&mut self) {
        let z = &mut self.hash.q;
        let word = self.zbuf.rd(u32::from(z.z_base_q + z.z_j_q / 4));
        let mut lanes = [3, 2, 1, 0].map(|l: usize| word[l].swap_bytes());
        if z.z_np_q == 1 {
            let last = (lanes[3] >> 56) as u16;
            lanes = wide::shl(lanes, 8);
            lanes[0] |= u64::from(z.z_carry_q & 0xff);
            z.z_carry_q = last;
        } else {
            z.z_carry_q = 0;
        }
        self.keccak.xor(0xf << z.z_pos_q, lanes);
        z.z_j_q += 4;
        z.z_pos_q += 4;
    }

    /// The digest is there.
    fn digest(&mut self) {
        let d = digest_of(&self.keccak.q_s_q);
        let z = &mut self.hash.q;
        match z.z_ret_q {
            digest::RESULT => (z.z_r_q, z.z_state_q) = (d, hash::DONE),
            digest::SLOT => {
                self.zbuf.write(z.z_i_q.into(), d);
                self.next_built();
            }
            digest::INNER => {
                self.zbuf.write(0, d);
                z.z_state_q = hash::SIZE;
            }
            _ => {
                let cur = u32::from(z.z_cur_q);
                self.thash.write(cur, d);
                self.tsize.write(cur, z.z_size_q);
                self.count_ram.read(cur);
                (z.z_r_q, z.z_state_q) = (d, hash::MARK);
            }
        }
    }

    /// A code point, with or without the hash of its immediate.
    fn hash_code_on(&mut self) {
        let z = &mut self.hash.q;
        let word = z.z_v_q.payload[0];
        let (op, imm) = ((word >> 24) as u8, word >> 16 & 1 != 0);
        let (first, n) = match z.z_state_q {
            hash::CODE2 => ((1, self.chash.rd()), 2),
            _ if imm => ((0, z.z_r_q), 0),
            _ => ((0, self.chash.rd()), 1),
        };
        self.zbuf.write(first.0, first.1);
        if n == 0 {
            z.z_state_q = hash::CODE2;
        } else {
            self.sponge((0, n), (2, u16::from(op) << 8 | 1), digest::RESULT);
        }
    }

    /// The hash of a buffer comes from the host.
    fn hash_buffer(&mut self) {
        let Some(beat) = self.port.beat() else { return };
        let z = &mut self.hash.q;
        let [_, b, c, d] = z.z_r_q;
        z.z_r_q = [b, c, d, beat.data];
        if beat.last {
            z.z_state_q = if z.z_state_q == hash::BUF { hash::DONE } else { hash::SLOTB2 };
        }
    }
}
