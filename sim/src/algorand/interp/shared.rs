// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the fast interpreter uses of this one: its state, which is the same for both. Between two instructions, either can
//! go on where the other has stopped.

use std::sync::Arc;

use super::super::image::Image;
use super::super::world::PageId;
use super::invoke::Invoker;
use super::memory::Extent;
use super::undo::Change;
use super::{Interp, Limits};

/// Where the running method is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Position {
    pub pc: usize,
    /// Index of its first cell, and after its last.
    pub base: usize,
    pub top: usize,
    /// Where its frame begins, and its bytes.
    pub frame: usize,
    pub frame_bytes: usize,
    /// Argument bytes pending.
    pub pending: usize,
}

/// The memories.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Memories {
    pub cells: *mut u64,
    pub n_cells: usize,
    pub frames: *mut u8,
    pub n_frames: usize,
}

/// A method that waits for one that it has invoked in its own application.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Waiting {
    /// Address after the invocation.
    pub return_to: usize,
    pub base: usize,
    pub frame: usize,
    pub frame_bytes: usize,
}

impl Interp {
    pub(in super::super) fn position(&self) -> Position {
        let Extent { base: frame, len: frame_bytes } = self.frames.extent();
        let pending = self.frames.pending_bytes();
        Position { pc: self.pc, base: self.stack.base(), top: self.stack.top(), frame, frame_bytes, pending }
    }

    /// Makes another position the present one. What is in its cells, frame and arguments is in the memories already.
    pub(in super::super) fn set_position(&mut self, at: Position) {
        self.pc = at.pc;
        self.stack.place(at.base, at.top);
        self.frames.place(Extent { base: at.frame, len: at.frame_bytes }, at.pending);
    }

    pub(in super::super) fn memories(&mut self) -> Memories {
        let (cells, frames) = (self.stack.memory(), self.frames.memory());
        Memories {
            cells: cells.as_mut_ptr(),
            n_cells: cells.len(),
            frames: frames.as_mut_ptr(),
            n_frames: frames.len(),
        }
    }

    /// Code and constants of the working segment.
    pub(in super::super) fn image(&self) -> &Arc<Image> {
        &self.segment.image
    }

    /// `applicationID` of the working segment's external invoker.
    pub(in super::super) fn caller(&self) -> u64 {
        self.segment.caller
    }

    pub(in super::super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether the next instruction is a `catch` that an exception is on its way to.
    pub(in super::super) fn catches(&self) -> bool {
        self.caught.is_some()
    }

    /// Suspended methods.
    pub(in super::super) fn suspended(&self) -> usize {
        self.invokers.len()
    }

    /// The innermost suspended methods beyond the first `keep` have completed, and others wait instead.
    pub(in super::super) fn suspend_instead(&mut self, keep: usize, others: impl Iterator<Item = Waiting>) {
        self.invokers.truncate(keep);
        self.invokers.extend(others.map(|w| Invoker::internal(w.return_to, (w.frame, w.frame_bytes), w.base)));
        self.depth = self.invokers.len() + 1;
    }

    /// Instructions have been made, at a price, and methods invoked.
    pub(in super::super) fn account(&mut self, instructions: u64, price: i64, invocations: u32) {
        self.order += instructions;
        self.fuel -= price;
        self.invocations += invocations;
    }

    /// A rollback scope is open: stores must be logged.
    pub(in super::super) fn logs(&self) -> bool {
        self.heap.log.is_open()
    }

    /// A page of the working application that is listed, exists and has a size that `fits`: slot and contents. It is
    /// touched by this; of another nothing is changed.
    pub(in super::super) fn find_page(
        &mut self,
        page: u64,
        fits: impl FnOnce(usize) -> bool,
    ) -> Option<(usize, &mut [u8])> {
        let slot = self.access.page_index(PageId { app: self.segment.app, page })?;
        Some((slot, self.heap.touch_if(slot, fits)?))
    }

    /// Logs a store to a page that was found, where `old` was. False if there is no room, and then nothing is changed.
    pub(in super::super) fn log_store(&mut self, slot: usize, at: usize, log2: u8, old: u64) -> bool {
        if self.heap.log.check_room().is_err() {
            return false;
        }
        self.heap.log.record(|| Change::Store { slot, at, log2, old });
        true
    }

    /// Instructions made so far.
    pub fn retired(&self) -> u64 {
        self.order
    }
}
