// SPDX-License-Identifier: MIT OR Apache-2.0
//! The undo log and its scopes (D20, D21, D31). Outside every scope nothing is logged: there, failure
//! discards the pages instead.

use super::super::exception::CallEnd;
use super::super::params::LOG_DEPTH;
use super::heap::Slot;
use super::{Stop, memory};

/// The undo log.
#[derive(Clone, Debug)]
pub(super) struct Log {
    /// Oldest first.
    changes: Vec<Change>,
    /// Open scopes, the outermost first: length of the log when each was opened.
    marks: Vec<usize>,
    limit: usize,
    high: usize,
}

/// One entry: what to put back in a slot.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// A store; `old` are the bytes that were there.
    Store { slot: usize, at: usize, log2: u8, old: u64 },
    /// An allocation.
    Alloc { slot: usize },
    /// A free; the page as it was.
    Free { slot: usize, page: Option<Vec<u8>> },
}

impl Log {
    /// An empty log for at most `limit` entries; above [`LOG_DEPTH`] the limit has no effect.
    pub(super) fn new(limit: usize) -> Log {
        Log { changes: Vec::new(), marks: Vec::new(), limit: limit.min(LOG_DEPTH), high: 0 }
    }

    /// Most entries that there were at once.
    pub(super) fn high(&self) -> u32 {
        self.high as u32 // at most LOG_DEPTH
    }

    /// Whether one more change can be made: *capacity* if it had to be logged and there is no free entry.
    pub(super) fn check_room(&self) -> Result<(), Stop> {
        if self.marks.is_empty() || self.changes.len() < self.limit { Ok(()) } else { Err(CallEnd::Capacity.into()) }
    }

    /// Logs a change if a scope is open. The caller has checked that there is room.
    pub(super) fn record(&mut self, change: impl FnOnce() -> Change) {
        if !self.marks.is_empty() {
            self.changes.push(change());
            self.high = self.high.max(self.changes.len());
        }
    }

    /// A scope is open.
    pub(super) fn is_open(&self) -> bool {
        !self.marks.is_empty()
    }

    pub(super) fn open(&mut self) {
        self.marks.push(self.changes.len());
    }

    /// Closes the innermost scope, its entries going to the one around it; the outermost has none.
    pub(super) fn merge(&mut self) {
        self.marks.pop();
        if self.marks.is_empty() {
            self.changes.clear();
        }
    }

    /// Closes the innermost scope and undoes its entries, newest first, in whatever segments they are.
    pub(super) fn roll_back(&mut self, slots: &mut [Slot]) {
        let mark = self.marks.pop().unwrap_or(0);
        for change in self.changes.drain(mark..).rev() {
            change.undo(slots);
        }
    }
}

impl Change {
    fn undo(self, slots: &mut [Slot]) {
        match self {
            Change::Store { slot, at, log2, old } => {
                if let Some(bytes) = &mut slots[slot].page {
                    memory::write(bytes, at, log2, old);
                }
            }
            Change::Alloc { slot } => slots[slot].page = None,
            Change::Free { slot, page } => {
                slots[slot].page = page;
                slots[slot].freed = false;
            }
        }
    }
}
