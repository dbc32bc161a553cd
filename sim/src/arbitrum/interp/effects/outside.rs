// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes out and comes in: logs, sends, messages.

use super::super::{Cell, Effect, Halt, Log, Machine, Resource};
use super::{BAD_TYPE, BAD_VALUE};
use crate::arbitrum::hash::keccak;
use crate::arbitrum::inbox::Message;
use crate::arbitrum::isa::SEND_MAX;
use ruint::aliases::U256;

impl Machine {
    pub(super) fn log(&mut self) -> Effect {
        let [a] = self.top();
        let hash = self.hash_of(a);
        self.counters.log_acc = keccak(&[&self.counters.log_acc, &hash]);
        self.counters.logs += 1;
        let value = self.export_log(a);
        self.logs.push(Log { hash, value });
        self.drop_top();
        Ok(())
    }

    pub(super) fn send(&mut self) -> Effect {
        let [Cell::Int(length), Cell::Buffer(at)] = self.top() else { return Err(BAD_TYPE) };
        if length.is_zero() || length > U256::from(SEND_MAX) {
            return Err(BAD_VALUE);
        }
        let length = length.as_limbs()[0];
        let buffer = self.heap.buffer(at);
        if buffer.last().is_some_and(|last| last >= length) {
            return Err(BAD_VALUE);
        }
        let bytes = buffer.prefix(length as usize);
        self.counters.send_acc = keccak(&[&self.counters.send_acc, &keccak(&[&bytes])]);
        self.counters.sends += 1;
        self.sends.push(bytes);
        self.heap.release(Cell::Buffer(at));
        self.take(2)
    }

    pub(super) fn inbox(&mut self) -> Effect {
        let message = match self.pending.take() {
            Some(message) => message,
            None => self.receive()?,
        };
        self.push(message)
    }

    /// Legacy (A2).
    pub(super) fn inboxpeek(&mut self) -> Effect {
        if self.room.plain {
            return Err(Halt::Capacity(Resource::Units));
        }
        let message = match self.pending {
            Some(message) => message,
            None => self.receive()?,
        };
        self.pending = Some(message);
        let [a] = self.top();
        let block = match message {
            Cell::Tuple(tuple) => self.heap.slots(tuple)[1],
            other => other,
        };
        let equal = self.same(a, block);
        self.heap.release(a);
        self.replace(1, Cell::flag(equal))
    }

    /// Takes a message from the inbox: blocked without one, and a block has to be free.
    fn receive(&mut self) -> Result<Cell, Halt> {
        if self.inbox.is_empty() {
            return Err(Halt::Blocked);
        }
        if !self.heap.room(8) {
            return Err(Halt::Capacity(Resource::Heap));
        }
        let message: Message = self.inbox.pop_front().ok_or(Halt::Blocked)?;
        self.counters.inbox_acc = message.accumulate(&self.counters.inbox_acc);
        self.counters.messages += 1;
        let slots = message.slots().map(|slot| self.import_leaf(slot));
        Ok(Cell::Tuple(self.heap.make(&slots)))
    }

    pub(super) fn sideload(&mut self) -> Effect {
        let [_] = self.ints()?;
        self.replace(1, Cell::EMPTY)
    }
}
