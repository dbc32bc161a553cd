// SPDX-License-Identifier: MIT OR Apache-2.0
//! The loader: a call from its image to its outcome.
//!
//! Not here: what runs (`execute.rs`); how requests are made (`port.rs`).

use super::cell::{Cell, Count};
use super::gas::MOST;
use super::{Core, Nets};
use crate::arbitrum::numbers::{COUNT_FOREVER, loader, request};
use crate::units::wide::U256;

room! {
    /// The loader.
    pub(super) Loader
}

/// Registers of the loader.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub l_state_q: u8,
    /// `inboxpeek` is valid.
    pub l_legacy_q: bool,
    pub l_codes_q: u16,
    pub l_pools_q: u16,
    /// First free cell of the heap.
    pub l_heap_q: u16,
    pub l_entry_q: u16,
    pub l_n_q: u16,
    /// Beats of a word or cell that have come.
    pub l_b_q: u8,
    pub l_cell_q: U256,
    pub l_word_q: u64,
    pub l_outcome_q: u8,
}

impl Loader {
    /// The call ends.
    pub fn finish(&mut self, outcome: u8) {
        (self.q.l_outcome_q, self.q.l_state_q) = (outcome, loader::END);
    }
}

impl Registers {
    fn shift(&mut self, data: u64) {
        let [_, b, c, d] = self.l_cell_q;
        self.l_cell_q = [b, c, d, data];
    }

    /// What follows the pool.
    fn behind_pool(&mut self) {
        self.l_n_q = 1;
        self.l_state_q = if self.l_heap_q == 1 { loader::STATIC } else { loader::HEAP };
    }
}

impl Core {
    /// A cycle of the loader outside of state run.
    #[inline(never)]
    pub(super) fn load(&mut self, n: &mut Nets) {
        let l = &mut self.loader.q;
        match l.l_state_q {
            loader::ASK => {
                if self.port.request(request::CALL, 0, 0) {
                    l.l_state_q = loader::HEAD;
                }
            }
            loader::START => self.start(n),
            loader::END => {
                self.heap.forget();
                self.counts.forget();
                if self.port.request(request::END, l.l_outcome_q.into(), 0) {
                    l.l_state_q = loader::ASK;
                }
            }
            _ => {
                if let Some(beat) = self.port.beat() {
                    self.load_beat(beat.data);
                }
            }
        }
    }

    fn load_beat(&mut self, data: u64) {
        let l = &mut self.loader.q;
        match l.l_state_q {
            loader::HEAD => {
                (l.l_codes_q, l.l_pools_q, l.l_heap_q) = (data as u16, (data >> 16) as u16, (data >> 32) as u16);
                l.l_legacy_q = data >> 48 & 1 != 0;
                l.l_state_q = loader::ENTRY;
            }
            loader::ENTRY => {
                (l.l_entry_q, l.l_n_q, l.l_b_q) = (data as u16, 0, 0);
                l.l_state_q = loader::CODE;
            }
            loader::CODE => {
                if l.l_b_q == 0 {
                    l.l_word_q = data & ((1 << 42) - 1);
                } else {
                    l.shift(data);
                }
                if l.l_b_q < 4 {
                    l.l_b_q += 1;
                } else {
                    self.load_word();
                }
            }
            _ if l.l_b_q < 4 => {
                l.shift(data);
                l.l_b_q += 1;
            }
            _ => self.load_cell(data),
        }
    }

    /// The fifth beat of a code word: its hash is complete.
    fn load_word(&mut self) {
        let l = &mut self.loader.q;
        l.l_b_q = 0;
        self.code_ram.write(l.l_n_q.into(), l.l_word_q);
        self.chash.write(l.l_n_q.into(), l.l_cell_q);
        l.l_n_q = l.l_n_q.wrapping_add(1);
        if l.l_n_q == l.l_codes_q {
            if l.l_pools_q == 0 {
                l.behind_pool();
            } else {
                (l.l_n_q, l.l_state_q) = (0, loader::POOL);
            }
        }
    }

    /// The fifth beat of a cell: its tag.
    fn load_cell(&mut self, data: u64) {
        let l = &mut self.loader.q;
        l.l_b_q = 0;
        let cell = Cell { payload: l.l_cell_q, tag: data as u8 & 3 };
        let at = u32::from(l.l_n_q);
        match l.l_state_q {
            loader::POOL => {
                self.pool.write(at, cell);
                l.l_n_q = l.l_n_q.wrapping_add(1);
                if l.l_n_q == l.l_pools_q {
                    l.behind_pool();
                }
            }
            loader::HEAP => {
                self.cells.write(at, cell);
                if data >> 2 & 1 != 0 {
                    self.count_ram.write(at, Count { hv: false, n: COUNT_FOREVER }.word());
                }
                l.l_n_q = l.l_n_q.wrapping_add(1);
                if l.l_n_q == l.l_heap_q {
                    l.l_state_q = loader::STATIC;
                }
            }
            _ => {
                self.state.set_static(cell);
                l.l_state_q = loader::START;
            }
        }
    }

    fn start(&mut self, n: &mut Nets) {
        let l = &mut self.loader.q;
        let (codes, pools, heap, entry) = (l.l_codes_q, l.l_pools_q, l.l_heap_q, l.l_entry_q);
        l.l_state_q = loader::RUN;
        self.state.set_register(Cell::EMPTY);
        self.state.set_error(0);
        self.gas.set(MOST);
        self.stack.start();
        self.aux.start();
        self.code.start(codes, pools);
        self.heap.start(heap);
        self.redirect(n, entry);
        (self.book.retired, self.book.cycles) = (0, 0);
    }
}
