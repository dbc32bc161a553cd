// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tuples: `tget`, `xget`, `tset`, `xset`, `keccakf`, and how a block is found for them.
//!
//! Not here: counts (`counts.rs`) and release (`heap.rs`).

use crate::arbitrum::core::cell::{Cell, Count, Link, ONE, class_of};
use crate::arbitrum::core::{Core, Nets, Spent};
use crate::arbitrum::isa::code;
use crate::arbitrum::numbers::{HEAP_CELLS, class, exception, outcome, step};

/// Slots of the tuple of `keccakf`.
const KECCAK_SLOTS: u8 = 7;
/// Class of blocks for it and for messages.
const LARGEST: u8 = 3;

impl Core {
    /// The tuple of GET and SET2.
    fn subject(&self) -> Cell {
        match self.execute.x_op_q {
            code::TGET | code::TSET => self.o1(),
            _ => self.aux.t_top_q,
        }
    }

    /// The value that SET2 puts into a slot.
    fn value(&self) -> Cell {
        if self.execute.x_op_q == code::TSET { self.o2() } else { self.o1() }
    }

    /// The slot that GET and SET2 want, if the operands are right: its number and address.
    fn slot(&self) -> Option<(u8, u16)> {
        let (index, tuple) = (self.o0(), self.subject());
        let p = &index.payload;
        let small = p[0] >> 4 | p[1] | p[2] | p[3] == 0;
        let i = p[0] as u8 & 15;
        (index.is_int() && small && tuple.is_tuple() && i < tuple.len())
            .then(|| (i, tuple.low().wrapping_add(i.into())))
    }

    /// Step 0 of GET.
    pub(super) fn get(&mut self) {
        self.book.spent = Spent::Tuple;
        let slot = self.slot();
        if let Some((_, address)) = slot {
            self.cells.read(address.into());
        }
        let x = &mut self.execute.q;
        (x.x_bad_q, x.x_step_q) = (slot.is_none(), step::S2);
    }

    /// Step 2 of GET.
    pub(super) fn get_on(&mut self, n: &mut Nets) {
        self.book.spent = Spent::Tuple;
        if self.execute.x_bad_q {
            return self.fails(n, exception::ERROR);
        }
        let r = self.cells.rd();
        n.events.inc(&r);
        if self.execute.x_op_q == code::TGET {
            n.events.dec(&self.o1());
        }
        self.done(n, self.shape(r), true);
    }

    /// Step 0 of SET2.
    pub(super) fn set2(&mut self) {
        self.book.spent = Spent::Tuple;
        let slot = self.slot();
        if let Some((_, address)) = slot {
            self.count_ram.read(self.subject().low().into());
            self.cells.read(address.into());
        }
        let x = &mut self.execute.q;
        (x.x_bad_q, x.x_step_q) = (slot.is_none(), step::S2);
    }

    /// The other steps of SET2.
    pub(super) fn set_on(&mut self, n: &mut Nets, step: u8) {
        self.book.spent = Spent::Tuple;
        let tuple = self.subject();
        let class = class_of(tuple.len());
        match step {
            step::S2 if self.execute.x_bad_q => self.fails(n, exception::ERROR),
            step::S2 => {
                let one = Count::of(self.count_ram.rd()).n == 1;
                let (free, old) = (self.heap.free(class), self.cells.rd());
                let x = &mut self.execute.q;
                if !one && free == 0 {
                    x.x_step_q = step::ENSURE;
                    return;
                }
                let counted = u32::from(old.counted()) << 20;
                x.x_one_q = one;
                x.x_old_q = counted | u32::from(old.len()) << 16 | u32::from(old.low());
                x.x_step_q = step::S3;
            }
            step::S3 if self.execute.x_one_q => self.set_in_place(n, &tuple),
            step::S3 => {
                self.link.read(self.heap.free(class).into());
                self.execute.q.x_step_q = step::S4;
            }
            step::S4 => {
                let new = self.take_block(class);
                self.cells.read(tuple.low().into());
                let x = &mut self.execute.q;
                (x.x_new_q, x.x_i_q, x.x_step_q) = (new, 0, step::S5);
            }
            _ => self.copy_slot(n, &tuple),
        }
    }

    /// The only reference is the operand: the slot itself changes.
    fn set_in_place(&mut self, n: &mut Nets, tuple: &Cell) {
        let (index, value) = (self.o0().low(), self.value());
        self.cells.write(tuple.low().wrapping_add(index).into(), value);
        self.count_ram.write(tuple.low().into(), ONE);
        let old = self.execute.x_old_q;
        if old >> 20 & 1 != 0 {
            n.events.dec(&Cell::tuple(old as u16, (old >> 16) as u8 & 15));
        }
        self.done(n, self.shape(*tuple), true);
    }

    /// Step 5: a slot goes to the new block.
    fn copy_slot(&mut self, n: &mut Nets, tuple: &Cell) {
        let (index, i, new) = (self.o0().low(), self.execute.x_i_q, self.execute.x_new_q);
        let v = if index == u16::from(i) { self.value() } else { self.cells.rd() };
        if index != u16::from(i) && v.counted() {
            n.feed = Some(v.low());
        }
        self.cells.write(new.wrapping_add(i.into()).into(), v);
        if i + 1 < tuple.len() {
            self.cells.read(tuple.low().wrapping_add(u16::from(i) + 1).into());
            self.execute.q.x_i_q = i + 1;
            return;
        }
        let r = Cell::tuple(new, tuple.len());
        n.events.dec(tuple);
        let update = self.shape(r);
        if self.execute.x_op_q == code::XSET {
            self.aux.replace(r);
        }
        self.done(n, update, true);
    }

    /// The first free block of a class is taken, with a count of one; the link RAM shows the next one.
    pub(super) fn take_block(&mut self, class: u8) -> u16 {
        let new = self.heap.free(class);
        self.heap.set_free(class, Link::of(self.link.rd()).next);
        self.count_ram.write(new.into(), ONE);
        new
    }

    /// Step 6: waits until a block is free, cuts one when nothing more can become free.
    pub(super) fn ensure(&mut self, n: &mut Nets) {
        let of = self.execute.x_dec_q.class;
        let class = if of == class::SET2 { class_of(self.subject().len()) } else { LARGEST };
        if self.heap.free(class) != 0 {
            self.execute.q.x_step_q = if of == class::INBOX { step::S14 } else { step::BEGIN };
        } else if self.counts.k_idle() && self.heap.clean() {
            let top = self.heap.p_top_q;
            if top as usize + (1 << class) > HEAP_CELLS {
                return self.finish(n, outcome::CAPACITY);
            }
            self.link.write(top, 0);
            self.heap.cut(class);
        }
    }

    /// Step 0 of `keccakf`.
    pub(super) fn keccak_first(&mut self) {
        self.book.spent = Spent::Keccak;
        let tuple = self.o0();
        let good = tuple.is_tuple() && tuple.len() == KECCAK_SLOTS;
        if good {
            self.count_ram.read(tuple.low().into());
        }
        self.keccak.clear();
        let x = &mut self.execute.q;
        (x.x_bad_q, x.x_i_q, x.x_step_q) = (!good, 0, step::S7);
    }

    /// The other steps of `keccakf`.
    pub(super) fn keccak_on(&mut self, n: &mut Nets, step: u8) {
        self.book.spent = Spent::Keccak;
        let address = self.o0().low();
        match step {
            step::S7 if self.execute.x_bad_q => self.fails(n, exception::ERROR),
            step::S7 => {
                let one = Count::of(self.count_ram.rd()).n == 1;
                let ensure = !one && self.heap.free(LARGEST) == 0;
                let x = &mut self.execute.q;
                (x.x_one_q, x.x_step_q) = (one, if ensure { step::ENSURE } else { step::S8 });
                if !ensure {
                    self.cells.read(address.into());
                }
            }
            step::S8 => self.absorb_slot(n, address),
            step::S9 if n.keccak_busy => {}
            step::S9 => {
                let new = if self.execute.x_one_q {
                    self.count_ram.write(address.into(), ONE);
                    address
                } else {
                    self.take_block(LARGEST)
                };
                let x = &mut self.execute.q;
                (x.x_new_q, x.x_step_q) = (new, step::S10);
            }
            _ => self.squeeze_slot(n),
        }
    }

    /// Step 8: a slot's four lanes, of the last slot one.
    fn absorb_slot(&mut self, n: &mut Nets, address: u16) {
        let (slot, i) = (self.cells.rd(), self.execute.x_i_q);
        if !slot.is_int() {
            return self.fails(n, exception::ERROR);
        }
        let last = i + 1 == KECCAK_SLOTS;
        self.keccak.xor(if last { 1 << 24 } else { 0xf << (4 * i) }, slot.payload);
        let one = self.execute.x_one_q;
        let x = &mut self.execute.q;
        if !last {
            x.x_i_q = i + 1;
            return self.cells.read(address.wrapping_add(u16::from(i) + 1).into());
        }
        (x.x_i_q, x.x_step_q) = (0, step::S9);
        self.keccak.start();
        if !one {
            self.link.read(self.heap.free(LARGEST).into());
        }
    }

    /// Step 10: a slot of the result.
    fn squeeze_slot(&mut self, n: &mut Nets) {
        let (i, new) = (self.execute.x_i_q, self.execute.x_new_q);
        let lane = |j: usize| self.keccak.q_s_q.get(4 * usize::from(i) + j).copied().unwrap_or(0);
        let payload = [0, 1, 2, 3].map(lane);
        self.cells.write(new.wrapping_add(i.into()).into(), Cell::int(payload));
        self.execute.q.x_i_q = i + 1;
        if i + 1 == KECCAK_SLOTS {
            if !self.execute.x_one_q {
                n.events.dec(&self.o0());
            }
            self.done(n, self.shape(Cell::tuple(new, KECCAK_SLOTS)), true);
        }
    }
}
