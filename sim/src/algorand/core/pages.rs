// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages: the directory of page slots and the look for a page in it; which of the slots are there, touched, dirty or
//! freed; and the filling of slots by the host.
//!
//! Not here: what instructions do to pages and to the heap RAM (`heap.rs`).

use super::Core;

/// Bits of a page's name in the directory, `{ai 4, page 64}`.
pub(super) const NAME_BITS: u16 = 68;
/// Words of a slot, as a power of two.
const SLOT: u32 = 7;

room! {
    /// The page slots.
    pub(super) Pages
}

/// Slots that the cache of ways has, as a power of two.
const WAYS: u32 = 3;

/// Registers of the page slots; the first five have one bit per slot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub p_valid_q: u32,
    /// Its contents have arrived.
    pub p_ready_q: u32,
    /// Freed in this call, not rolled back (D29).
    pub p_freed_q: u32,
    pub p_touched_q: u32,
    pub p_dirty_q: u32,
    /// Listed pages that are still to come.
    pub p_left_q: u32,
    /// Beats of the page that is coming.
    pub p_word_q: u32,
    /// Words that a `palloc` has still to clear.
    pub p_clear_q: u32,
    /// The slot that was looked at last, and whether the page is there.
    pub p_slot_q: u32,
    pub p_hit_q: bool,
    /// The slot that is looked at next, of all.
    pub p_scan_q: u32,
    /// A slot of 5 bits for each value of a page index's low bits.
    pub p_way_q: u64,
}

impl Pages {
    /// The slot that a page is looked for in first.
    fn way(&self, page: u64) -> u32 {
        (self.p_way_q >> way_bit(page)) as u32 & 31
    }

    fn way_set(&mut self, page: u64, slot: u32) {
        let at = way_bit(page);
        self.q.p_way_q = self.p_way_q & !(31 << at) | u64::from(slot) << at;
    }

    /// A slot is looked at; whether the page is there.
    fn look(&mut self, slot: u32, same: bool) {
        self.q.p_slot_q = slot;
        self.q.p_hit_q = same && self.p_valid_q >> slot & 1 != 0;
    }

    /// The page that was looked for is found, and complete.
    #[inline(always)]
    pub fn here(&self) -> bool {
        self.p_hit_q && self.p_ready_q >> self.p_slot_q & 1 != 0
    }

    /// The slot of the page that was looked for.
    pub fn found(&self) -> Option<u32> {
        self.p_hit_q.then_some(self.p_slot_q)
    }

    /// Whether the page that was looked for is none of the `listed` ones: no slot is left to look at.
    pub fn lost(&self, listed: u32) -> bool {
        !self.p_hit_q && self.p_scan_q == listed
    }

    /// A new call: no pages.
    pub fn l_clear(&mut self) {
        let Registers { p_word_q, p_clear_q, p_slot_q, p_hit_q, p_scan_q, .. } = self.q;
        self.q = Registers { p_word_q, p_clear_q, p_slot_q, p_hit_q, p_scan_q, ..Registers::default() };
    }

    /// The page in a slot is listed, and will come.
    pub fn l_dir_we(&mut self, slot: u32, page: u64) {
        self.way_set(page, slot);
        self.q.p_valid_q |= 1 << slot;
        self.q.p_left_q = (self.p_left_q + 1) & 63;
    }

    pub fn a_touch(&mut self, slot: u32) {
        self.q.p_touched_q |= 1 << slot;
    }

    pub fn a_dirty(&mut self, slot: u32) {
        self.q.p_dirty_q |= 1 << slot;
    }

    /// A page of this many words is allocated: they are to be cleared.
    pub fn a_alloc(&mut self, words: u32) {
        self.q.p_clear_q = words;
    }

    /// The next word of it to clear.
    pub fn clear_next(&mut self) -> u32 {
        self.q.p_clear_q = self.p_clear_q.wrapping_sub(1) & 0xff;
        self.p_clear_q
    }

    pub fn a_free(&mut self, slot: u32) {
        self.q.p_freed_q |= 1 << slot;
    }

    /// The freeing is undone.
    pub fn u_unfree(&mut self, slot: u32) {
        self.q.p_freed_q &= !(1 << slot);
    }
}

/// Where a page's way is in `p_way_q`.
fn way_bit(page: u64) -> u32 {
    5 * (page as u32 & ((1 << WAYS) - 1))
}

/// A page's name in the directory.
pub(super) fn page_name(ai: u8, page: u64) -> u128 {
    u128::from(ai) << 64 | u128::from(page)
}

/// Address of a word of a page slot in the heap RAM.
#[inline(always)]
pub(super) fn page_word(slot: u32, word: u32) -> u32 {
    slot << SLOT | word & ((1 << SLOT) - 1)
}

impl Core {
    /// A heap instruction looks at a slot for the page in TOS.
    fn look_at(&mut self, slot: u32) {
        let name = page_name(self.segment.g_ai_q, self.execute.s_tos_q);
        self.pages.look(slot, self.dir.rd(slot) == name);
    }

    /// Its first look: where the cache says.
    pub(super) fn look_first(&mut self) {
        self.look_at(self.pages.way(self.execute.s_tos_q));
        self.pages.q.p_scan_q = 0;
    }

    /// Another look, if the page has not been found.
    pub(super) fn scan(&mut self) {
        if self.pages.p_hit_q {
            return;
        }
        let slot = self.pages.p_scan_q & 31;
        self.look_at(slot);
        self.pages.way_set(self.execute.s_tos_q, slot);
        self.pages.q.p_scan_q += 1;
    }

    /// The slot whose beat is consumed in this cycle: that of the page's beat which is there, unless somebody else
    /// could write the heap RAM or the sizes. Comes before all that could.
    #[inline(never)]
    pub(super) fn page_beat(&mut self, others: bool) -> Option<u32> {
        let slot = self.port.page().filter(|_| !others)?;
        if self.pages.p_word_q != 0 {
            self.heap_ram.write(page_word(slot, self.pages.p_word_q - 1), self.port.h_data_q);
        }
        Some(slot)
    }

    /// What a consumed beat does to the registers, which everybody else has read.
    pub(super) fn page_taken(&mut self, slot: u32) {
        let p = &mut self.pages.q;
        if p.p_word_q == 0 {
            self.size.write(slot, self.port.h_data_q as u8);
        }
        p.p_word_q = (p.p_word_q + 1) & 0xff;
        if self.port.h_last_q {
            p.p_ready_q |= 1 << slot;
            p.p_left_q = p.p_left_q.wrapping_sub(1) & 63;
            p.p_word_q = 0;
        }
    }
}
