// SPDX-License-Identifier: MIT OR Apache-2.0
//! The buffer part of a proof, and the bytes of a send.
//!
//! A header of 32 bytes, whose first five say in words of 32 bytes where four lists begin and the last ends; then the
//! lists: path of the first leaf, shape of the tree, path of the second leaf, shape again.

use ruint::aliases::U256;

use super::Proof;
use crate::arbitrum::buffer::{Buffer, LEAF};
use crate::arbitrum::hash::{Hash, be};
use crate::arbitrum::interp::{Cell, Machine};
use crate::arbitrum::isa::{SEND_MAX, code};

/// Depth of a tree and the roots of its halves.
fn shape(buffer: &Buffer) -> Vec<Hash> {
    let (left, right) = buffer.halves();
    vec![be(U256::from(buffer.depth())), left, right]
}

fn part(lists: [Vec<Hash>; 4]) -> Vec<u8> {
    let mut out = vec![0; 32];
    let mut at = 1;
    for (byte, list) in out.iter_mut().zip(&lists) {
        *byte = at;
        at += list.len() as u8;
    }
    out[4] = at;
    out.extend(lists.iter().flatten().flatten());
    out
}

/// Bytes that an instruction moves.
fn width(opcode: u8) -> usize {
    match opcode {
        code::GETBUFFER8 | code::SETBUFFER8 => 1,
        code::GETBUFFER64 | code::SETBUFFER64 => 8,
        _ => 32,
    }
}

/// The paths of what is read.
fn read(buffer: &Buffer, offset: u64, width: usize) -> [Vec<Hash>; 4] {
    // The second path is there whenever there could be a second leaf.
    let last = if width == 1 { Vec::new() } else { buffer.path((offset + (width as u64 - 1)) / LEAF) };
    [buffer.path(offset / LEAF), Vec::new(), last, Vec::new()]
}

/// The paths and shapes of what is written (A38).
fn written(buffer: &Buffer, offset: u64, bytes: &[u8]) -> [Vec<Hash>; 4] {
    let path = buffer.path(offset / LEAF);
    let first = bytes.len().min((LEAF - offset % LEAF) as usize);
    let mut after = buffer.clone();
    after.set(offset, &bytes[..first]);
    if first == bytes.len() {
        // Of several bytes in one leaf upstream shows the shape before, unless the leaf became zero, where only the one
        // after proves anything.
        let before = bytes.len() > 1 && after.leaf(offset / LEAF) != [0; 32];
        return [path, shape(if before { buffer } else { &after }), Vec::new(), Vec::new()];
    }
    let second = offset / LEAF + 1;
    let (first_shape, second_path) = (shape(&after), after.path(second));
    after.set(second * LEAF, &bytes[first..]);
    [path, first_shape, second_path, shape(&after)]
}

impl Machine {
    /// Appends what the step has to show of buffers: nothing if its operands are wrong, except a send that is too long.
    pub(super) fn append_buffers(&self, opcode: u8, operands: &[Cell], proof: &mut Proof) {
        match *operands {
            [Cell::Int(length), Cell::Buffer(at)] if opcode == code::SEND => {
                let length = u64::try_from(length).ok().filter(|n| (1..=SEND_MAX).contains(n));
                length.into_iter().for_each(|length| self.append_send(length, at, proof));
            }
            [Cell::Int(at), Cell::Buffer(buffer)] => {
                if let Some(offset) = reach(at, width(opcode)) {
                    proof.buffer = part(read(self.buffer(buffer), offset, width(opcode)));
                }
            }
            [Cell::Int(at), Cell::Int(value), Cell::Buffer(buffer)] => {
                let width = width(opcode);
                if let Some(offset) = reach(at, width).filter(|_| value.bit_len() <= 8 * width) {
                    proof.buffer = part(written(self.buffer(buffer), offset, &be(value)[32 - width..]));
                }
            }
            _ => {}
        }
    }

    fn append_send(&self, length: u64, at: u32, proof: &mut Proof) {
        let buffer = self.buffer(at);
        if buffer.last().is_some_and(|last| last >= length) {
            proof.buffer = part([buffer.path(length / LEAF), Vec::new(), Vec::new(), Vec::new()]);
        } else {
            proof.standard.extend(buffer.prefix(length as usize));
        }
    }
}

/// An offset from which so many bytes can be reached.
fn reach(at: U256, width: usize) -> Option<u64> {
    let offset = u64::try_from(at).ok()?;
    offset.checked_add(width as u64 - 1).map(|_| offset)
}
