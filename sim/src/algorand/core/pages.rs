//! Pages: the directory of page slots, which of them are there, touched, dirty or freed, and the filling of
//! slots by the host.
//!
//! Not here: what instructions do to pages and to the heap RAM (`heap.rs`).

use super::Core;
use crate::algorand::isa::{Class, DECODE};
use crate::algorand::numbers::{late, unwind};
use crate::units::table_1w::Table1w;

/// Bits of a page's name in the directory, `{ai 4, page 64}`.
pub(super) const NAME_BITS: u16 = 68;
/// Words of a slot, as a power of two.
const SLOT: u32 = 7;

/// Registers of the page slots; the first five have one bit per slot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pages {
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
        self.last = found.unwrap_or(self.last);
        found
    }

    /// Whether the page in a slot has arrived.
    #[inline(always)]
    pub fn ready(&self, slot: u32) -> bool {
        self.p_ready_q >> slot & 1 != 0
    }

    /// A new call: no pages.
    pub fn clear(&mut self) {
        *self = Pages { p_word_q: self.p_word_q, p_clear_q: self.p_clear_q, ..Pages::default() };
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
    /// The slot whose beat is consumed in this cycle: that of the page's beat which is there, if nobody else
    /// could write the heap RAM or the sizes. Comes before all that could.
    #[inline(never)]
    pub(super) fn page_beat(&mut self) -> Option<u32> {
        let slot = self.port.page()?;
        let x = &self.execute;
        // In step 0 a Page instruction waits while pages are still to come.
        let pages = x.x_valid_q && x.x_step_q != 0 && DECODE[x.x_op_q as usize].class == Class::Page;
        if pages || self.heap.a_state_q == late::STORE || self.unwind.u_state_q == unwind::UNDO {
            return None;
        }
        if self.pages.p_word_q != 0 {
            self.heap_ram.write(page_word(slot, self.pages.p_word_q - 1), self.port.h_data_q);
        }
        Some(slot)
    }

    /// What a consumed beat does to the registers, which everybody else has read.
    pub(super) fn page_taken(&mut self, slot: u32) {
        let p = &mut self.pages;
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
