//! Pages: the directory of page slots, which of them are there, touched, dirty or freed, and the filling of
//! slots by the host.
//!
//! Not here: what instructions do to pages and to the heap RAM (`heap.rs`).

use super::Core;
use crate::units::table_1w::Table1w;

/// Bits of a page's name in the directory, `{ai 4, page 64}`.
pub(super) const NAME_BITS: u16 = 68;
/// Words of a slot, as a power of two.
const SLOT: u32 = 7;

room! {
    /// The page slots.
    pub(super) Pages
}

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
    /// Not hardware: the slot found last, looked at first.
    last: u32,
}

impl Pages {
    /// The slot of page `page` of the application with access-list index `ai`.
    pub fn find(&mut self, dir: &Table1w<u128, 32>, ai: u8, page: u64) -> Option<u32> {
        let name = page_name(ai, page);
        let is = |slot: u32| self.p_valid_q >> slot & 1 != 0 && dir.word(slot as usize) == name;
        let found = if is(self.last) { Some(self.last) } else { (0..32).find(|&slot| is(slot)) };
        self.q.last = found.unwrap_or(self.last);
        found
    }

    /// Whether the page in a slot has arrived.
    #[inline(always)]
    pub fn ready(&self, slot: u32) -> bool {
        self.p_ready_q >> slot & 1 != 0
    }

    /// A new call: no pages.
    pub fn l_clear(&mut self) {
        self.q = Registers { p_word_q: self.p_word_q, p_clear_q: self.p_clear_q, ..Registers::default() };
    }

    /// The page in a slot is listed, and will come.
    pub fn l_dir_we(&mut self, slot: u32) {
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
