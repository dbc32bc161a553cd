// SPDX-License-Identifier: MIT OR Apache-2.0
//! The heap: pages of the working segment, named by the access list (D28 to D33).
//!
//! Opcode bits `[1:0]` of a load or a store are log2 of the width, bit 2 of a load says signed.

use super::super::exception::{CallEnd, Cause};
use super::super::isa::code;
use super::super::params::PAGE_MAX;
use super::super::world::{Effects, PageId, World};
use super::undo::{Change, Log};
use super::{Interp, Stop, memory};

/// The listed pages and what happened to them. A page's slot is its index in the access list.
#[derive(Clone, Debug)]
pub(super) struct Heap {
    slots: Vec<Slot>,
    pub(super) log: Log,
}

/// A listed page.
#[derive(Clone, Debug, Default)]
pub(super) struct Slot {
    /// Contents; `None` for an absent page.
    pub(super) page: Option<Vec<u8>>,
    /// Contents before the call.
    before: Option<Vec<u8>>,
    /// Freed in this call, and that free was not rolled back: it cannot be allocated (D29).
    pub(super) freed: bool,
    /// A heap instruction found it listed; never rolled back (D33).
    touched: bool,
}

impl Heap {
    /// The listed pages as they are in the world; a log of at most `log` entries.
    pub(super) fn new(world: &World, listed: &[PageId], log: usize) -> Heap {
        let slot = |id: &PageId| {
            let page = world.pages.get(id).cloned();
            Slot { before: page.clone(), page, ..Slot::default() }
        };
        Heap { slots: listed.iter().map(slot).collect(), log: Log::new(log) }
    }

    /// Contents of all listed pages.
    pub(super) fn pages(&self) -> impl Iterator<Item = Option<&[u8]>> {
        self.slots.iter().map(|slot| slot.page.as_deref())
    }

    /// What a call did so far; what it wrote only if it `returned` (D33).
    pub(super) fn effects(&self, listed: &[PageId], returned: bool) -> Effects {
        let slots = || listed.iter().zip(&self.slots);
        let differs = |slot: &Slot| returned && slot.page != slot.before;
        Effects {
            touched: slots().filter(|(_, slot)| slot.touched).map(|(id, _)| *id).collect(),
            written: slots().filter(|(_, slot)| differs(slot)).map(|(id, slot)| (*id, slot.page.clone())).collect(),
            log_high: self.log.high(),
        }
    }

    /// Contents of a page that exists and has a size that `fits`; it is touched by this.
    pub(super) fn touch_if(&mut self, slot: usize, fits: impl FnOnce(usize) -> bool) -> Option<&mut [u8]> {
        let Slot { page, touched, .. } = &mut self.slots[slot];
        let bytes = page.as_deref_mut().filter(|bytes| fits(bytes.len()))?;
        *touched = true;
        Some(bytes)
    }

    /// An external invocation begins: from here on changes are logged.
    pub(super) fn open_scope(&mut self) {
        self.log.open();
    }

    /// An external invocation has completed normally: its changes are its invoker's now.
    pub(super) fn merge_scope(&mut self) {
        self.log.merge();
    }

    /// An external invocation has completed abruptly: its changes are undone, newest first.
    pub(super) fn roll_back(&mut self) {
        self.log.roll_back(&mut self.slots);
    }
}

impl Interp {
    /// The slot of a page of the working segment, which is *touched* by this (D30, D33).
    fn touch(&mut self, page: u64) -> Result<usize, Stop> {
        let id = PageId { app: self.segment.app, page };
        let slot = self.access.page_index(id).ok_or(CallEnd::Rejected)?;
        self.heap.slots[slot].touched = true;
        Ok(slot)
    }

    pub(super) fn hload(&mut self, opcode: u8) -> Result<(), Stop> {
        let (page, offset) = (self.stack.pop(), self.stack.pop());
        let log2 = opcode & 3;
        memory::aligned(offset, log2)?;
        let slot = self.touch(page)?;
        let bytes = self.heap.slots[slot].page.as_deref().ok_or(Cause::Page)?;
        let at = memory::inside(offset, log2, bytes.len()).ok_or(Cause::PageBounds)?;
        self.stack.push(memory::extended(bytes, opcode, at));
        Ok(())
    }

    pub(super) fn hstore(&mut self, opcode: u8) -> Result<(), Stop> {
        let (page, offset, cell) = (self.stack.pop(), self.stack.pop(), self.stack.pop());
        let log2 = opcode & 3;
        memory::aligned(offset, log2)?;
        let slot = self.touch(page)?;
        let bytes = self.heap.slots[slot].page.as_deref_mut().ok_or(Cause::Page)?;
        let at = memory::inside(offset, log2, bytes.len()).ok_or(Cause::PageBounds)?;
        self.heap.log.check_room()?;
        // Also if it changes nothing (D31).
        self.heap.log.record(|| Change::Store { slot, at, log2, old: memory::read(bytes, at, log2) });
        memory::write(bytes, at, log2, cell);
        Ok(())
    }

    /// `palloc`, `pfree`, `psize`.
    pub(super) fn page(&mut self, opcode: u8) -> Result<(), Stop> {
        match opcode {
            code::PALLOC => self.palloc(),
            code::PFREE => self.pfree(),
            _psize => self.psize(),
        }
    }

    fn palloc(&mut self) -> Result<(), Stop> {
        let (page, size) = (self.stack.pop(), self.stack.pop());
        memory::aligned(size, 3)?;
        if size == 0 || size > PAGE_MAX as u64 {
            return Err(Cause::Range.into());
        }
        let index = self.touch(page)?;
        let slot = &mut self.heap.slots[index];
        if slot.page.is_some() || slot.freed {
            return Err(Cause::Page.into());
        }
        self.heap.log.check_room()?;
        slot.page = Some(vec![0; size as usize]);
        self.heap.log.record(|| Change::Alloc { slot: index });
        Ok(())
    }

    fn pfree(&mut self) -> Result<(), Stop> {
        let page = self.stack.pop();
        let index = self.touch(page)?;
        let slot = &mut self.heap.slots[index];
        if slot.page.is_none() {
            return Err(Cause::Page.into());
        }
        self.heap.log.check_room()?;
        let page = slot.page.take();
        slot.freed = true;
        self.heap.log.record(|| Change::Free { slot: index, page });
        Ok(())
    }

    fn psize(&mut self) -> Result<(), Stop> {
        let page = self.stack.pop();
        let slot = self.touch(page)?;
        let size = self.heap.slots[slot].page.as_ref().map_or(0, Vec::len);
        self.stack.push(size as u64);
        Ok(())
    }
}
