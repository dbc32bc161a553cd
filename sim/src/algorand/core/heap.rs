// SPDX-License-Identifier: MIT OR Apache-2.0
//! The heap: its instructions in X, and A, the half stage behind X in which heap words arrive and are
//! written, and in which the undo log is.
//!
//! Not here: where pages are (`pages.rs`); undoing (`unwind.rs`).

use super::execute::Flow;
use super::frame::{extract, merge};
use super::pages::page_word;
use super::{Core, Signals};
use crate::algorand::exception::{CallEnd, Cause};
use crate::algorand::isa::{Class, DECODE, code};
use crate::algorand::numbers::late::*;
use crate::algorand::numbers::log;
use crate::algorand::params::PAGE_MAX;

/// Bits of an entry of the undo log, `{kind 2, addr 12, data 64}`.
pub(super) const LOG_BITS: u16 = 78;

room! {
    /// A, the half stage behind X.
    pub(super) Heap
}

/// Registers of A.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    pub a_state_q: u8,
    /// A scope is open: what is done is logged.
    pub a_log_q: bool,
    /// Byte in the word.
    pub a_off_q: u8,
    /// Opcode bits 2..0: signed, log2 of the width.
    pub a_op_q: u8,
    /// Word of the heap RAM.
    pub a_addr_q: u32,
    /// Cells left on the stack.
    pub a_left_q: u32,
    /// The cell to store, or the size of a page that was freed.
    pub a_data_q: u64,
}

impl Heap {
    /// Whether A has something to do.
    pub fn busy(&self) -> bool {
        self.a_state_q != NONE
    }

    /// Whether the result of a load comes.
    pub fn loads(&self) -> bool {
        self.a_state_q == LOAD
    }

    /// X has pushed behind the store, which it has seen.
    #[inline(always)]
    pub fn x_pushes(&mut self) {
        self.q.a_state_q = NONE;
    }
}

/// Whether an instruction of this class can be in X while results are late.
#[inline(always)]
pub(super) fn pushes(class: Class) -> bool {
    matches!(class, Class::Imm | Class::Load | Class::CLoad | Class::Who)
}

impl Core {
    /// The late result of a load.
    #[inline(always)]
    pub(super) fn a_value(&self) -> u64 {
        let a = &self.heap;
        extract(self.heap_ram.rd(), a.a_op_q, a.a_off_q)
    }

    /// The cycle of A, before X. Where X pushes, what comes for the top cell is moved on by X.
    ///
    /// A store behind which X pushes leaves `a_state_q` for `Core::push` to see: [`Heap::x_pushes`] clears it.
    #[inline(never)]
    pub(super) fn late(&mut self) {
        let a = *self.heap;
        self.heap.q.a_state_q = NONE;
        match a.a_state_q {
            LOAD => self.execute.tos_set(self.a_value()),
            STORE => {
                let old = self.heap_ram.rd();
                self.heap_ram.write(a.a_addr_q, merge(old, a.a_data_q, a.a_op_q, a.a_off_q));
                self.log_entry(log::STORE, old);
                self.late_cells();
            }
            REFILL if a.a_left_q >= 2 => self.execute.nos_set(self.stack.rd()),
            ALLOCATION => self.log_entry(log::ALLOCATION, 0),
            FREE => self.log_entry(log::FREE, a.a_data_q),
            _ => {}
        }
    }

    /// The cells below the three that a store took.
    fn late_cells(&mut self) {
        let (x, left) = (&mut self.execute, self.heap.a_left_q);
        // `stack_rv_q`: the store has read this cell if there is one, and what D issued has read none.
        if left >= 1 {
            x.tos_set(self.stack.rd());
        }
        if x.x_valid_q && x.x_exc_q == 0 && pushes(DECODE[x.x_op_q as usize].class) {
            self.heap.q.a_state_q = STORE;
            return;
        }
        if left >= 2 {
            self.stack.read(self.calls.c_sbase_q + left - 2);
        }
        self.heap.q.a_state_q = REFILL;
    }

    fn log_entry(&mut self, kind: u8, data: u64) {
        if self.heap.a_log_q {
            let entry = u128::from(u32::from(kind) << 12 | self.heap.a_addr_q) << 64 | u128::from(data);
            self.log.write(self.unwind.u_log_q.wrapping_sub(1), entry);
        }
    }

    /// A heap instruction in X.
    #[inline(never)]
    pub(super) fn heap(&mut self, class: Class, s: &Signals) -> Flow {
        match self.execute.x_step_q {
            0 => {
                self.look_first();
                Flow::Wait
            }
            1 if self.pages.here() || self.pages.lost(self.loader.l_pages_q) => self.go(class, self.pages.found()),
            1 => {
                self.scan();
                Flow::Stay
            }
            _ => self.clear_page(s),
        }
    }

    fn go(&mut self, class: Class, slot: Option<u32>) -> Flow {
        let (x, p) = (&self.execute, &mut self.pages);
        if let Some(cause) = operand(class, x.x_op_q, x.s_nos_q) {
            return Flow::Throw(cause);
        }
        let Some(slot) = slot else { return Flow::End(CallEnd::Rejected) };
        p.a_touch(slot);
        let size = self.size.rd(slot);
        if let Some(cause) = presence(x.x_op_q, size, p.p_freed_q >> slot & 1 != 0) {
            return Flow::Throw(cause);
        }
        if class != Class::Page && x.s_nos_q >> 3 >= size.into() {
            return Flow::Throw(Cause::PageBounds);
        }
        match class {
            Class::HLoad => return self.load_heap(slot),
            Class::Page if x.x_op_q == code::PSIZE => {
                self.execute.tos_set(8 * u64::from(size));
                return Flow::Done(1);
            }
            _ => {}
        }
        if !self.log_room() {
            return Flow::End(CallEnd::Capacity);
        }
        self.pages.a_dirty(slot);
        match self.execute.x_op_q {
            code::PALLOC => self.allocate(slot),
            code::PFREE => self.free(slot, size),
            _ => self.store_heap(slot),
        }
    }

    /// Takes an entry of the undo log, if a scope is open; whether there was one.
    fn log_room(&mut self) -> bool {
        let (nest, u) = (self.calls.c_nest_q, &mut self.unwind);
        if nest && u.u_log_q >= self.loader.l_logmax_q {
            return false;
        }
        self.heap.q.a_log_q = nest;
        if nest {
            u.a_entry();
        }
        true
    }

    /// Starts an access to the word at the offset in NOS.
    fn access_heap(&mut self, slot: u32, state: u8) -> u32 {
        let (x, a) = (&self.execute, &mut self.heap.q);
        let word = page_word(slot, x.s_nos_q as u32 >> 3);
        self.heap_ram.read(word);
        a.a_state_q = state;
        a.a_off_q = x.s_nos_q as u8 & 7;
        a.a_op_q = x.x_op_q & 7;
        word
    }

    fn load_heap(&mut self, slot: u32) -> Flow {
        self.access_heap(slot, LOAD);
        self.execute.refill(self.stack.rd());
        Flow::Done(1)
    }

    fn store_heap(&mut self, slot: u32) -> Flow {
        let word = self.access_heap(slot, STORE);
        let a = &mut self.heap.q;
        a.a_addr_q = word;
        a.a_data_q = self.stack.rd();
        a.a_left_q = self.execute.x_cnt_q - 3;
        self.read_fourth();
        Flow::Done(0)
    }

    fn allocate(&mut self, slot: u32) -> Flow {
        let words = self.execute.s_nos_q as u32 >> 3;
        self.size.write(slot, words as u8);
        self.heap.q.a_state_q = ALLOCATION;
        self.heap.q.a_addr_q = page_word(slot, 0);
        self.pages.a_alloc(words);
        if self.execute.x_cnt_q >= 3 {
            self.execute.tos_set(self.stack.rd());
        }
        self.read_fourth();
        self.execute.step_set(2);
        Flow::Stay
    }

    /// Step 2 of `palloc`: contents are 0, one word per cycle, the last one first.
    fn clear_page(&mut self, s: &Signals) -> Flow {
        let x = &mut self.execute;
        // `stack_rv_q`: in the first cycle, if the cell was read.
        if s.late == ALLOCATION && x.x_cnt_q >= 4 {
            x.nos_set(self.stack.rd());
        }
        let word = self.pages.clear_next();
        self.heap_ram.write(page_word(self.heap.a_addr_q >> 7, word), 0);
        if word == 0 { Flow::Done(0) } else { Flow::Stay }
    }

    fn free(&mut self, slot: u32, size: u8) -> Flow {
        self.size.write(slot, 0);
        self.pages.a_free(slot);
        let a = &mut self.heap.q;
        a.a_state_q = FREE;
        a.a_addr_q = page_word(slot, 0);
        a.a_data_q = size.into();
        self.execute.drop_top(self.stack.rd());
        Flow::Done(0)
    }

    /// Reads the fourth cell, which is to be one of the two top ones.
    fn read_fourth(&mut self) {
        if self.execute.x_cnt_q >= 4 {
            self.stack.read(self.calls.c_sbase_q + self.execute.x_cnt_q - 4);
        }
    }
}

/// What is wrong with the operand below the page index.
fn operand(class: Class, op: u8, value: u64) -> Option<Cause> {
    let width = match class {
        Class::Page if op == code::PALLOC => 8,
        Class::Page => return None,
        _ => 1u64 << (op & 3),
    };
    if value & (width - 1) != 0 {
        Some(Cause::Alignment)
    } else {
        (class == Class::Page && (value == 0 || value > PAGE_MAX as u64)).then_some(Cause::Range)
    }
}

/// Whether the page is absent, or for `palloc`: there, or freed in this call (D28, D29).
fn presence(op: u8, size: u8, freed: bool) -> Option<Cause> {
    let wrong = match op {
        code::PALLOC => size != 0 || freed,
        code::PSIZE => false,
        _ => size == 0,
    };
    wrong.then_some(Cause::Page)
}
