// SPDX-License-Identifier: MIT OR Apache-2.0
//! References of tuples: X's events wait here for the count RAM, which takes one a cycle.
//!
//! Not here: what becomes of a dead tuple (`heap.rs`).

use super::cell::{Cell, Count, Link};
use super::{Core, Nets};
use crate::arbitrum::numbers::{COUNT_FOREVER, release};

room! {
    /// The counts.
    pub(super) Counts
}

/// Registers of the counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub k_inc_v_q: bool,
    pub k_inc_a_q: u16,
    pub k_d0_v_q: bool,
    pub k_d0_a_q: u16,
    pub k_d0_l_q: u8,
    pub k_d1_v_q: bool,
    pub k_d1_a_q: u16,
    pub k_d1_l_q: u8,
    pub k_d2_v_q: bool,
    pub k_d2_a_q: u16,
    pub k_d2_l_q: u8,
    /// A count is on the RAM's output: it goes up or down.
    pub k1_v_q: bool,
    pub k1_inc_q: bool,
    pub k1_a_q: u16,
    pub k1_l_q: u8,
}

/// What X says about references in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Events {
    inc: Option<u16>,
    decs: [(u16, u8); 3],
    n: u8,
}

impl Events {
    /// A copy was made, if it is counted.
    #[inline(always)]
    pub fn inc(&mut self, cell: &Cell) {
        if cell.counted() {
            debug_assert!(self.inc.is_none(), "one copy a cycle");
            self.inc = Some(cell.low());
        }
    }

    /// A cell was dropped, if it is counted.
    #[inline(always)]
    pub fn dec(&mut self, cell: &Cell) {
        if cell.counted() {
            self.decs[usize::from(self.n)] = (cell.low(), cell.len());
            self.n += 1;
        }
    }
}

/// What counts tell release in a cycle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    /// Release's dec is taken.
    pub fed: bool,
    /// A tuple dies.
    pub dies: bool,
}

impl Counts {
    /// Two events or more wait.
    #[inline(always)]
    pub fn k_many(&self) -> bool {
        let waiting = [self.k_inc_v_q, self.k_d0_v_q, self.k_d1_v_q, self.k_d2_v_q].map(u8::from);
        waiting[0] + waiting[1] + waiting[2] + waiting[3] >= 2
    }

    /// Nothing waits.
    #[inline(always)]
    pub fn k_none(&self) -> bool {
        !(self.k_inc_v_q | self.k_d0_v_q | self.k_d1_v_q | self.k_d2_v_q)
    }

    /// Nothing waits, nothing is counted.
    #[inline(always)]
    pub fn k_idle(&self) -> bool {
        self.k_none() && !self.k1_v_q
    }

    /// The call is over.
    pub fn forget(&mut self) {
        let k = &mut self.q;
        k.k_inc_v_q = false;
        (k.k_d0_v_q, k.k_d1_v_q, k.k_d2_v_q, k.k1_v_q) = (false, false, false, false);
    }
}

impl Registers {
    /// The first event that waits, which waits no longer: up or down, address, length.
    #[inline(always)]
    fn first(&mut self) -> Option<(bool, u16, u8)> {
        if std::mem::take(&mut self.k_inc_v_q) {
            Some((true, self.k_inc_a_q, 0))
        } else if std::mem::take(&mut self.k_d0_v_q) {
            Some((false, self.k_d0_a_q, self.k_d0_l_q))
        } else if std::mem::take(&mut self.k_d1_v_q) {
            Some((false, self.k_d1_a_q, self.k_d1_l_q))
        } else if std::mem::take(&mut self.k_d2_v_q) {
            Some((false, self.k_d2_a_q, self.k_d2_l_q))
        } else {
            None
        }
    }

    fn put(&mut self, events: &Events) {
        if let Some(address) = events.inc {
            (self.k_inc_v_q, self.k_inc_a_q) = (true, address);
        }
        let [d0, d1, d2] = events.decs;
        if events.n > 0 {
            (self.k_d0_v_q, self.k_d0_a_q, self.k_d0_l_q) = (true, d0.0, d0.1);
        }
        if events.n > 1 {
            (self.k_d1_v_q, self.k_d1_a_q, self.k_d1_l_q) = (true, d1.0, d1.1);
        }
        if events.n > 2 {
            (self.k_d2_v_q, self.k_d2_a_q, self.k_d2_l_q) = (true, d2.0, d2.1);
        }
    }
}

impl Core {
    /// The count that was read is written back, before X, which may look at the word in this cycle; says whether the
    /// tuple dies.
    #[inline(always)]
    pub(super) fn count_back(&mut self) -> bool {
        self.counts.k1_v_q && self.counted()
    }

    /// The rest of a cycle of the counts: the next read, then X's events.
    #[inline(always)]
    pub(super) fn count(&mut self, n: &Nets, dies: bool) -> Counted {
        let offer = if self.heap.p_state_q == release::TEST { Some(self.cells.rd()) } else { None };
        let offer = offer.filter(Cell::counted);
        let mut out = Counted { dies, ..Counted::default() };
        let k = &mut self.counts.q;
        let fed = k.first().or_else(|| {
            let feed = n.feed.map(|address| (true, address, 0));
            debug_assert!(feed.is_none() || offer.is_none(), "never both");
            out.fed = feed.is_none() && offer.is_some();
            feed.or(offer.map(|cell| (false, cell.low(), cell.len())))
        });
        k.k1_v_q = fed.is_some();
        if let Some((inc, address, len)) = fed {
            self.count_ram.read(address.into());
            (k.k1_inc_q, k.k1_a_q, k.k1_l_q) = (inc, address, len);
        }
        k.put(&n.events);
        out
    }

    /// The count that was read goes up or down; says whether the tuple dies.
    fn counted(&mut self) -> bool {
        let k = &self.counts;
        let Count { hv, n } = Count::of(self.count_ram.rd());
        if n == COUNT_FOREVER {
            return false;
        }
        let n = if k.k1_inc_q { n.wrapping_add(1) } else { n.wrapping_sub(1) };
        self.count_ram.write(k.k1_a_q.into(), Count { hv, n }.word());
        let dies = !k.k1_inc_q && n == 0;
        if dies {
            let link = Link { len: k.k1_l_q, pos: 0, next: self.heap.p_dead_q };
            self.link.write(k.k1_a_q.into(), link.word());
            self.heap.dies(k.k1_a_q);
        }
        dies
    }
}
