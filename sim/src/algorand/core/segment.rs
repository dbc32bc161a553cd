// SPDX-License-Identifier: MIT OR Apache-2.0
//! Segments: the table of resident ones, the working one, the filling of a slot by the host, and the way
//! back to the segment of an invoker.
//!
//! Not here: the code and constants of the slots (`mod.rs`); what an external invocation does with the slot
//! that it gets (`calls.rs`).

use super::calls::Scope;
use super::frame::fwords;
use super::{Core, Signals, Spent};
use crate::algorand::numbers::fill::*;
use crate::algorand::numbers::request;

/// Bits of an entry of the table of resident segments.
pub(super) const SEGMENT_BITS: u16 = 114;
/// Words of a slot, in the code RAM and in the constant RAM, as a power of two.
const SLOT: u32 = 11;

room! {
    /// The working segment and the resident ones.
    pub(super) Segment
}

/// Registers of the working segment and of the fill.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    /// Slot of the working segment.
    pub g_slot_q: u32,
    /// Application of the working segment.
    pub g_app_q: u64,
    /// Its index in the access list.
    pub g_ai_q: u8,
    pub g_codelen_q: u32,
    pub g_constlen_q: u32,
    pub g_methods_q: u32,
    /// Application of the external invoker, 0 at the base (D22).
    pub g_caller_q: u64,
    /// Resident slots, one bit each.
    pub g_valid_q: u8,
    /// Slot that the next fill replaces, if it is not the working one.
    pub g_victim_q: u32,
    /// A return looks for its segment.
    pub g_state_q: bool,
    /// Where it goes on there.
    pub g_back_q: u32,
    pub g_fill_q: u8,
    /// Application that the fill asks for.
    pub g_want_q: u64,
    /// Slot that is filled.
    pub g_into_q: u32,
    /// Words of the body so far.
    pub g_word_q: u32,
    pub g_newcode_q: u32,
    pub g_newconst_q: u32,
    pub g_newai_q: u8,
    pub g_newmethods_q: u32,
    /// Status of a fill that failed, for one cycle.
    pub g_fail_q: u8,
}

impl Registers {
    /// The entry of the segment that has been filled.
    fn filled(&self, methods: u32) -> u128 {
        let lengths = u128::from(self.g_newcode_q) << 68 | u128::from(self.g_newconst_q) << 83;
        u128::from(self.g_want_q) | u128::from(self.g_newai_q) << 64 | lengths | u128::from(methods) << 98
    }
}

/// An entry of the table of resident segments: `{methods 16, constlen 15, codelen 15, ai 4, app 64}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resident(u128);

impl Resident {
    fn app(self) -> u64 {
        self.0 as u64
    }

    fn ai(self) -> u8 {
        (self.0 >> 64) as u8 & 15
    }

    fn codelen(self) -> u32 {
        (self.0 >> 68) as u32 & 0x7fff
    }

    fn constlen(self) -> u32 {
        (self.0 >> 83) as u32 & 0x7fff
    }

    pub fn methods(self) -> u32 {
        (self.0 >> 98) as u32 & 0xffff
    }
}

impl Segment {
    /// The segment registers after reset.
    pub fn new() -> Segment {
        Segment { q: Registers { g_slot_q: 3, ..Registers::default() } }
    }

    /// Whether a fill is under way.
    pub fn filling(&self) -> bool {
        self.g_fill_q != NONE
    }

    /// Address of a word of the working segment, in the code RAM or in the constant RAM.
    #[inline(always)]
    pub fn word(&self, word: u32) -> u32 {
        slot_word(self.g_slot_q, word)
    }

    /// Starts a fill of an application.
    pub fn start_fill(&mut self, app: u64) {
        self.q.g_fill_q = ASK;
        self.q.g_want_q = app;
    }

    /// A new call: nothing is resident.
    pub fn l_clear(&mut self) {
        self.q.g_valid_q = 0;
        self.q.g_victim_q = 0;
        self.q.g_slot_q = 3;
    }

    /// The first method begins: nobody has invoked it externally.
    pub fn l_start(&mut self) {
        self.q.g_caller_q = 0;
    }

    /// An external invocation: the working segment is the invoker.
    pub fn c_entext(&mut self) {
        self.q.g_caller_q = self.g_app_q;
    }

    /// A method is left whose invoker has this scope. If it was invoked externally, `back` is where that is to go on
    /// in its segment, to which the way begins.
    #[inline(always)]
    pub fn leave(&mut self, scope: Scope, back: Option<u32>) {
        let g = &mut self.q;
        if let Some(back) = back {
            g.g_app_q = g.g_caller_q;
            g.g_back_q = back;
            g.g_state_q = true;
        }
        g.g_ai_q = scope.ai();
        g.g_caller_q = scope.caller();
    }
}

/// Address of a word of a slot.
#[inline(always)]
pub(super) fn slot_word(slot: u32, word: u32) -> u32 {
    slot << SLOT | word & ((1 << SLOT) - 1)
}

impl Core {
    /// The entry of a slot.
    pub(super) fn slot(&self, slot: u32) -> Resident {
        Resident(self.seg.word(slot as usize))
    }

    fn resident(&self, is: impl Fn(Resident) -> bool) -> Option<u32> {
        (0..4).find(|&slot| self.segment.g_valid_q >> slot & 1 != 0 && is(self.slot(slot)))
    }

    /// The slot in which an application is resident.
    pub(super) fn resident_app(&self, app: u64) -> Option<u32> {
        self.resident(|r| r.app() == app)
    }

    /// Makes the segment in a slot the working one.
    #[inline(never)]
    pub(super) fn switch_segment(&mut self, slot: u32) {
        let (entry, g) = (self.slot(slot), &mut self.segment.q);
        g.g_slot_q = slot;
        g.g_app_q = entry.app();
        g.g_ai_q = entry.ai();
        g.g_codelen_q = entry.codelen();
        g.g_constlen_q = entry.constlen();
        g.g_methods_q = entry.methods();
    }

    /// A cycle in which a return looks for its segment. F has run: what it does with the segment that is
    /// left is dropped.
    #[inline(never)]
    pub(super) fn find(&mut self, s: &mut Signals) {
        s.kill = true;
        s.why = Spent::Segment;
        let ai = self.segment.g_ai_q;
        if let Some(slot) = self.resident(|r| r.ai() == ai) {
            self.switch_segment(slot);
            self.segment.q.g_state_q = false;
            s.steer(self.segment.g_back_q, Spent::Segment);
        } else if self.segment.g_fill_q == NONE {
            self.segment.start_fill(self.segment.g_app_q);
        }
    }

    /// A cycle of the fill, whose state was `state` when the cycle began; whether it ends. Everybody else has run.
    #[inline(never)]
    pub(super) fn fill(&mut self, state: u8) -> bool {
        let g = &mut self.segment.q;
        g.g_fail_q = 0;
        match state {
            ASK if self.port.request(request::SEGMENT, g.g_want_q, 0) => {
                let victim = if g.g_victim_q == g.g_slot_q { (g.g_victim_q + 1) & 3 } else { g.g_victim_q };
                g.g_into_q = victim;
                g.g_victim_q = (victim + 1) & 3;
                g.g_valid_q &= !(1 << victim);
                g.g_word_q = 0;
                g.g_fill_q = HEADER;
            }
            HEADER => self.fill_header(),
            BODY => return self.fill_body(),
            _ => {}
        }
        false
    }

    fn fill_header(&mut self) {
        let Some(beat) = self.port.beat() else { return };
        let g = &mut self.segment.q;
        let status = beat.data as u8 & 3;
        if status != 0 {
            g.g_fail_q = status;
            g.g_fill_q = NONE;
            return;
        }
        g.g_newai_q = (beat.data >> 4) as u8 & 15;
        g.g_newcode_q = (beat.data >> 16) as u32 & 0x7fff;
        g.g_newconst_q = (beat.data >> 32) as u32 & 0x7fff;
        g.g_fill_q = BODY;
    }

    fn fill_body(&mut self) -> bool {
        let Some(beat) = self.port.beat() else { return false };
        let g = &mut self.segment.q;
        let (n, code) = (g.g_word_q, fwords(g.g_newcode_q));
        g.g_word_q = (n + 1) & 0x1fff;
        if n < code {
            self.code.write(slot_word(g.g_into_q, n), beat.data);
        } else {
            if n == code {
                g.g_newmethods_q = beat.data as u32 & 0xffff;
            }
            self.consts.write(slot_word(g.g_into_q, n - code), beat.data);
        }
        if beat.last {
            self.seg.write(g.g_into_q, g.filled(g.g_newmethods_q));
            g.g_valid_q |= 1 << g.g_into_q;
            g.g_fill_q = NONE;
        }
        beat.last
    }
}
