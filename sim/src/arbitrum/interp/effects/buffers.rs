// SPDX-License-Identifier: MIT OR Apache-2.0
//! Buffers: bytes read and written, most significant first.

use super::super::{Cell, Effect, Halt, Machine};
use super::{BAD_TYPE, BAD_VALUE};
use crate::arbitrum::buffer::Buffer;
use crate::arbitrum::hash::be;
use ruint::aliases::U256;

/// An offset from which so many bytes can be reached.
fn offset(n: U256, width: usize) -> Result<u64, Halt> {
    let offset = u64::try_from(n).map_err(|_| BAD_VALUE)?;
    offset.checked_add(width as u64 - 1).map(|_| offset).ok_or(BAD_VALUE)
}

impl Machine {
    pub(super) fn newbuffer(&mut self) -> Effect {
        let buffer = self.heap.make_buffer(Buffer::new());
        self.push(buffer)
    }

    pub(super) fn getbuffer(&mut self, width: usize) -> Effect {
        let [Cell::Int(at), Cell::Buffer(buffer)] = self.top() else { return Err(BAD_TYPE) };
        let at = offset(at, width)?;
        let mut bytes = [0; 32];
        self.heap.buffer(buffer).get(at, &mut bytes[32 - width..]);
        self.heap.release(Cell::Buffer(buffer));
        self.replace(2, Cell::Int(U256::from_be_bytes(bytes)))
    }

    pub(super) fn setbuffer(&mut self, width: usize) -> Effect {
        let [Cell::Int(at), Cell::Int(value), Cell::Buffer(buffer)] = self.top() else { return Err(BAD_TYPE) };
        let at = offset(at, width)?;
        if value.bit_len() > 8 * width {
            return Err(BAD_VALUE);
        }
        let changed = self.heap.edit_buffer(buffer, at, &be(value)[32 - width..]);
        self.replace(3, changed)
    }
}
