// SPDX-License-Identifier: MIT OR Apache-2.0
//! The translated code of one image: blocks by the state in which they are begun.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr::NonNull;
use std::sync::Arc;

use super::super::image::Image;
use super::op::{Block, Link, Op, Stub, run};
use super::source::Kind;
use super::translate;

/// The state in which a block is begun: all that its translation takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub pc: u16,
    /// Bytes of the frame.
    pub frame: u16,
    /// Argument bytes pending.
    pub pending: u16,
    /// Cells on the method's stack, at most 128.
    pub depth: u8,
    /// The top cell is the value computed last, and not in memory yet.
    pub acc: bool,
}

impl Entry {
    fn key(self) -> u64 {
        let numbers = u64::from(self.pc) | u64::from(self.frame) << 16 | u64::from(self.pending) << 32;
        numbers | u64::from(self.depth) << 48 | u64::from(self.acc) << 56
    }
}

/// A cell of the stack while a block is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// The value computed last.
    Acc,
    /// That of a cell in memory: its own, or one below.
    Cell(u8),
    /// 8 bytes of the frame, here.
    Frame(u16),
    Const(u64),
}

impl Value {
    /// What an operation is told: kind, field, constant.
    pub fn operand(self) -> (Kind, u16, u64) {
        match self {
            Value::Acc => (Kind::Acc, 0, 0),
            Value::Cell(n) => (Kind::Cell, 8 * u16::from(n), 0),
            Value::Frame(at) => (Kind::Frame, at, 0),
            Value::Const(c) => (Kind::Const, 0, c),
        }
    }
}

/// How to get back to the state before an instruction in the middle of a block.
#[derive(Clone, Debug)]
pub(super) struct Back {
    pub pc: u16,
    pub frame: u16,
    pub pending: u16,
    pub depth: u8,
    /// What the block has charged for this instruction and those after it.
    pub refund: i64,
    /// Cells that are not in memory.
    pub cells: Box<[(u8, Value)]>,
}

impl Back {
    /// To the beginning of a block that is not entered.
    pub fn to(entry: Entry) -> Back {
        let Entry { pc, frame, pending, depth, acc } = entry;
        let cells = if acc { Box::from([(depth - 1, Value::Acc)]) } else { Box::default() };
        Back { pc, frame, pending, depth, refund: 0, cells }
    }
}

/// Translated code of an image.
#[derive(Debug)]
pub(super) struct Code {
    pub image: Arc<Image>,
    index: HashMap<u64, NonNull<Block>, BuildHasherDefault<Mix>>,
    pub backs: Vec<Back>,
    /// Records of operations and ways back, and how many there may be.
    weight: usize,
    most: usize,
    /// See [`super::Fast::plant`].
    pub planted: Option<(u8, u8)>,
}

impl Code {
    pub fn new(image: Arc<Image>, most: usize, planted: Option<(u8, u8)>) -> Code {
        Code { image, index: HashMap::default(), backs: Vec::new(), weight: 0, most, planted }
    }

    /// It has grown so large that it is better begun again.
    pub fn is_full(&self) -> bool {
        self.weight > self.most
    }

    /// Records of the longest block.
    #[cfg(test)]
    pub fn longest(&self) -> usize {
        // SAFETY: blocks live as long as the code.
        self.index.values().map(|block| unsafe { block.as_ref() }.ops.len()).max().unwrap_or(0)
    }

    /// The block of a state, which may not be translated yet.
    pub fn block(&mut self, entry: Entry) -> NonNull<Block> {
        let weight = &mut self.weight;
        *self.index.entry(entry.key()).or_insert_with(|| {
            *weight += 4;
            let none = Link { number: 0 };
            let stub = Op { run: run::<Stub>, imm: 0, link: none, a: 0, b: 0, back: 0 };
            let block =
                Box::into_raw(Box::new(Block { charge: 0, first: std::ptr::null(), stub, entry, ops: Box::default() }));
            // SAFETY: the block was just made. Only here are there references to it, so that links can be made of the pointer.
            unsafe {
                (*block).stub.link = Link { block };
                (*block).first = &raw const (*block).stub;
                NonNull::new_unchecked(block)
            }
        })
    }

    /// Translates a block of this code.
    pub fn translate(&mut self, block: NonNull<Block>) {
        // SAFETY: blocks live as long as the code, and no operation runs while there is a mutable reference to it.
        let entry = unsafe { block.as_ref() }.entry;
        let (ops, charge) = translate::block(self, entry);
        self.weight += ops.len();
        // SAFETY: the same.
        let block = unsafe { &mut *block.as_ptr() };
        block.ops = ops;
        block.charge = charge;
        block.first = block.ops.as_ptr();
    }

    /// Remembers a way back.
    pub fn back(&mut self, back: Back) -> u32 {
        self.weight += 2 + back.cells.len() / 2;
        self.backs.push(back);
        (self.backs.len() - 1) as u32
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        for block in self.index.values() {
            // SAFETY: each was made from a box, is in the index once, and goes nowhere else but to links between them.
            drop(unsafe { Box::from_raw(block.as_ptr()) });
        }
    }
}

/// Hashes one number: a multiplication.
#[derive(Debug, Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|b| self.write_u64((*b).into()));
    }

    fn write_u64(&mut self, n: u64) {
        let product = u128::from(self.0 ^ n ^ 0x243f_6a88_85a3_08d3) * 0x9e37_79b9_7f4a_7c15;
        self.0 = (product >> 64) as u64 ^ product as u64;
    }
}
