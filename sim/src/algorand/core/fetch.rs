// SPDX-License-Identifier: MIT OR Apache-2.0
//! F: prefetched words, alignment of the head instruction, branch target buffer.

use super::decode::Fire;
use super::frame::fwords;
use super::{Core, Signals, Spent};
use crate::algorand::isa::{Class, DECODE};
use crate::algorand::params::BTB_ENTRIES;

/// Bits of an address of the code area: one more than it has, for addresses beyond its end.
const PC: u32 = (1 << 17) - 1;
/// Bits of a word address.
const RA: u32 = (1 << 14) - 1;

/// The tag of a branch target buffer entry: `{slot 2, pc[13:4]}`.
#[inline(always)]
const fn tag(slot: u32, pc: u32) -> u32 {
    slot << 10 | pc >> 4 & 0x3ff
}

room! {
    /// The fetch stage.
    pub(super) Fetch
}

/// Registers of the fetch stage.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub f_run_q: bool,
    pub f_v0_q: bool,
    pub f_v1_q: bool,
    pub f_rv_q: bool,
    pub f_rz_q: bool,
    pub f_pc_q: u32,
    pub f_ra_q: u32,
    pub f_w0_q: u64,
    pub f_w1_q: u64,
    /// A redirect by X, unwind or the loader, one cycle later.
    pub k_valid_q: bool,
    pub k_pc_q: u32,
    /// Branch target buffer, `{tag 12, target 16}`.
    pub btb: [u32; BTB_ENTRIES],
    pub b_valid_q: u16,
    pub b_wv_q: bool,
    pub b_wa_q: u8,
    pub b_wd_q: u32,
}

impl Registers {
    /// The target buffered for the instruction at `pc` of the segment in `slot`.
    #[inline(always)]
    fn hit(&self, slot: u32, pc: u32) -> Option<u32> {
        let entry = self.btb[pc as usize % BTB_ENTRIES];
        (self.b_valid_q >> (pc & 15) & 1 != 0 && entry >> 16 == tag(slot, pc)).then_some(entry & 0xffff)
    }
}

impl Fetch {
    /// The stage after reset, the branch target buffer filled with a pattern.
    pub fn new(mut pattern: impl FnMut() -> u64) -> Fetch {
        let btb = std::array::from_fn(|_| pattern() as u32 >> 4);
        Fetch { q: Registers { btb, ..Registers::default() } }
    }

    /// A clock begins: the branch target buffer is not written unless D or X says so.
    #[inline(always)]
    pub fn idle(&mut self) {
        self.q.b_wv_q = false;
    }

    /// The cycle of F with the outcome of the call.
    pub fn stop(&mut self) {
        let f = &mut self.q;
        f.f_run_q = false;
        f.f_v0_q = false;
        f.f_v1_q = false;
        f.f_rv_q = false;
    }

    /// The first method begins at `target`.
    pub fn l_start(&mut self, target: u32) {
        self.q.f_run_q = true;
        self.redirect(target);
    }

    /// X, unwind, find or the loader redirects F, in the next cycle.
    #[inline(always)]
    pub fn redirect(&mut self, target: u32) {
        self.q.k_valid_q = true;
        self.q.k_pc_q = target;
    }

    /// Writes the branch target buffer: the instruction at `pc` of the segment in `slot` goes to `target`.
    #[inline(always)]
    pub fn b_we(&mut self, slot: u32, pc: u32, target: u32) {
        let (index, entry, b) = (pc & 15, tag(slot, pc) << 16 | target & 0xffff, &mut self.q);
        b.btb[index as usize] = entry;
        b.b_valid_q |= 1 << index;
        b.b_wv_q = true;
        b.b_wa_q = index as u8;
        b.b_wd_q = entry;
    }

    /// A segment has been filled: other code is at the same addresses.
    pub fn g_filled(&mut self) {
        self.q.b_valid_q = 0;
    }
}

impl Core {
    /// Drops all words and reads that of address `target`.
    #[inline(always)]
    fn refetch(&mut self, target: u32) {
        let f = &mut self.fetch.q;
        f.f_pc_q = target;
        f.f_v0_q = false;
        f.f_v1_q = false;
        self.read_code(target >> 3);
    }

    #[inline(always)]
    fn read_code(&mut self, word: u32) {
        let beyond = word >= fwords(self.segment.g_codelen_q);
        let f = &mut self.fetch.q;
        f.f_ra_q = word;
        f.f_rv_q = true;
        f.f_rz_q = beyond;
        if !beyond {
            self.code.read(self.segment.word(word));
        }
    }

    /// The cycle of F. D has run: if there is room in it, it is empty or a kill drops what it holds.
    #[inline(always)]
    pub(super) fn fetch(&mut self, s: &Signals) {
        let f = &mut self.fetch.q;
        if f.k_valid_q {
            debug_assert!(!s.redirect, "D is empty");
            f.k_valid_q = false;
            let target = f.k_pc_q;
            self.book.d_bubble = self.book.k_why;
            self.refetch(target);
            return;
        }
        if s.redirect {
            if s.b_we {
                self.fetch.b_we(self.segment.g_slot_q, self.decode.d_pc_q, s.target);
            }
            self.refetch(s.target);
            return;
        }
        let cw = if f.f_rz_q { 0 } else { self.code.rd() };
        // `f_v1_q` and `f_rv_q` exclude each other: a read is made only if at most one word remains.
        let (lo, has_lo, hi, has_hi) = if f.f_v0_q {
            (f.f_w0_q, true, if f.f_v1_q { f.f_w1_q } else { cw }, f.f_v1_q | f.f_rv_q)
        } else {
            (cw, f.f_rv_q, 0, false)
        };
        let (pc, off) = (f.f_pc_q, f.f_pc_q & 7);
        let op = (lo >> (8 * off)) as u8;
        let row = &DECODE[op as usize];
        let len = u32::from(row.len);
        let available = has_lo & (off + len <= 8 || has_hi);
        let mut used = 0;
        if f.f_run_q & available & s.room {
            if pc + len > self.segment.g_codelen_q {
                self.decode.f_fire(Fire { pc, op: 0, imm: 0, fault: true, hit: false });
                used = (off + 1) >> 3;
                f.f_pc_q = (pc + 1) & PC;
            } else {
                let bytes = ((u128::from(hi) << 64 | u128::from(lo)) >> (8 * (off + 1))) as u64;
                let imm = operand(bytes, len - 1, row.class == Class::Imm);
                // An Invoke that wrote the buffer in this cycle wrote another entry than that of its
                // successor, which is the head while it is in step 0 and D has room.
                let hit = f.hit(self.segment.g_slot_q, pc);
                self.decode.f_fire(Fire { pc, op, imm, fault: false, hit: hit.is_some() });
                if let Some(target) = hit {
                    self.refetch(target);
                    return;
                }
                used = (off + len) >> 3;
                f.f_pc_q = (pc + len) & PC;
            }
        } else if s.room {
            self.book.d_bubble = Spent::Fetch;
        }
        // What remains moves to the front.
        match used {
            0 => {
                if has_lo {
                    f.f_w0_q = lo;
                }
                if has_hi {
                    f.f_w1_q = hi;
                }
                f.f_v0_q = has_lo;
                f.f_v1_q = has_hi;
            }
            1 => {
                if has_hi {
                    f.f_w0_q = hi;
                }
                f.f_v0_q = has_hi;
                f.f_v1_q = false;
            }
            _ => {
                f.f_v0_q = false;
                f.f_v1_q = false;
            }
        }
        if f.f_run_q & !f.f_v1_q {
            let next = (f.f_ra_q + 1) & RA;
            self.read_code(next);
        } else {
            f.f_rv_q = false;
        }
    }
}

/// The operand: `n` bytes, extended to a cell.
#[inline(always)]
fn operand(bytes: u64, n: u32, signed: bool) -> u64 {
    if n == 0 {
        return 0;
    }
    let above = 64 - 8 * n;
    let top = bytes << above;
    if signed { (top.cast_signed() >> above).cast_unsigned() } else { top >> above }
}
