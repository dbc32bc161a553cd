// SPDX-License-Identifier: MIT OR Apache-2.0
//! The heap: blocks of tuples and buffers, with reference counts. Rules: "Capacity", heap.
//!
//! Blocks lie in one array of cells, cut from its end in sizes 1, 2, 4, 8 and kept in a list per size when free: the
//! array's length is the sum of (size times most blocks ever live), which is what the limit is about. Nothing here recurses.

use std::collections::HashMap;

use super::cell::{Cell, TupleRef};
use crate::arbitrum::buffer::Buffer;
use crate::arbitrum::hash::{Hash, PreImage};

/// What is remembered of a hashed Tuple.
#[derive(Clone, Copy, Debug)]
pub struct Hashed {
    /// What proofs show of it closed.
    pub image: PreImage,
    /// Its hash.
    pub hash: Hash,
}

/// State of a block, at the index of its first cell.
#[derive(Clone, Copy, Debug, Default)]
struct Block {
    refs: u32,
    len: u8,
    hashed: bool,
}

#[derive(Clone, Debug)]
struct BufferSlot {
    buffer: Buffer,
    refs: u32,
}

/// Blocks and buffers.
#[derive(Clone, Debug)]
pub struct Heap {
    cells: Vec<Cell>,
    blocks: Vec<Block>,
    free: [Vec<u32>; 4],
    limit: usize,
    hashes: HashMap<u32, Hashed>,
    buffers: Vec<BufferSlot>,
    free_buffers: Vec<u32>,
    /// Blocks whose count has come to zero; empty between calls.
    dying: Vec<u32>,
}

/// log2 of the size of a block for so many slots, 1 to 8.
#[inline(always)]
fn class(len: usize) -> usize {
    len.next_power_of_two().trailing_zeros() as usize
}

impl Heap {
    /// An empty heap of at most so many cells.
    pub fn new(limit: usize) -> Heap {
        Heap {
            cells: Vec::new(),
            blocks: Vec::new(),
            free: Default::default(),
            limit,
            hashes: HashMap::new(),
            buffers: Vec::new(),
            free_buffers: Vec::new(),
            dying: Vec::new(),
        }
    }

    /// Cells that blocks take: the sum of size times most blocks ever live.
    pub fn used(&self) -> usize {
        self.cells.len()
    }

    /// Blocks that are live.
    pub fn live(&self) -> usize {
        self.blocks.iter().filter(|b| b.refs != 0).count()
    }

    /// Whether a Tuple of so many slots can be made.
    #[inline(always)]
    pub fn room(&self, len: usize) -> bool {
        len == 0 || !self.free[class(len)].is_empty() || self.cells.len() + (1 << class(len)) <= self.limit
    }

    /// Makes a Tuple with one reference; those to its slots pass to it. There must be room.
    #[inline(always)]
    pub fn make(&mut self, slots: &[Cell]) -> TupleRef {
        if slots.is_empty() {
            return TupleRef::EMPTY;
        }
        let class = class(slots.len());
        let at = match self.free[class].pop() {
            Some(at) => at,
            None => self.cut(class),
        };
        self.cells[at as usize..at as usize + slots.len()].copy_from_slice(slots);
        let len = slots.len() as u8;
        self.blocks[at as usize] = Block { refs: 1, len, hashed: false };
        TupleRef { at, len }
    }

    #[cold]
    fn cut(&mut self, class: usize) -> u32 {
        let at = self.cells.len();
        self.cells.resize(at + (1 << class), Cell::ZERO);
        self.blocks.resize(at + (1 << class), Block::default());
        at as u32
    }

    /// The slots of a Tuple.
    #[inline(always)]
    pub fn slots(&self, tuple: TupleRef) -> &[Cell] {
        &self.cells[tuple.slots()]
    }

    /// A slot that a Tuple has.
    #[inline(always)]
    pub fn slot(&self, tuple: TupleRef, slot: usize) -> Cell {
        self.cells[tuple.at as usize + slot]
    }

    /// Whether one reference is all there is.
    #[inline(always)]
    pub fn unique(&self, tuple: TupleRef) -> bool {
        tuple.blocked() && self.blocks[tuple.at as usize].refs == 1
    }

    /// Changes a slot in place and gives up the reference to what was there. Only for a unique Tuple.
    #[inline(always)]
    pub fn put(&mut self, tuple: TupleRef, slot: usize, cell: Cell) {
        let old = std::mem::replace(&mut self.cells[tuple.at as usize + slot], cell);
        let block = &mut self.blocks[tuple.at as usize];
        if block.hashed {
            block.hashed = false;
            self.hashes.remove(&tuple.at);
        }
        self.release(old);
    }

    /// A copy with one slot replaced; the reference to `tuple` is given up, which others hold too. There must be room.
    #[inline(always)]
    pub fn copy_with(&mut self, tuple: TupleRef, slot: usize, cell: Cell) -> TupleRef {
        let mut slots = [Cell::ZERO; 8];
        let slots = &mut slots[..usize::from(tuple.len)];
        slots.copy_from_slice(self.slots(tuple));
        slots[slot] = cell;
        for (i, other) in slots.iter().enumerate() {
            if i != slot {
                self.retain(*other);
            }
        }
        self.release(Cell::Tuple(tuple));
        self.make(slots)
    }

    /// Another reference to a value.
    #[inline(always)]
    pub fn retain(&mut self, cell: Cell) {
        match cell {
            Cell::Tuple(tuple) if tuple.blocked() => self.blocks[tuple.at as usize].refs += 1,
            Cell::Buffer(at) => self.buffers[at as usize].refs += 1,
            _ => {}
        }
    }

    /// One reference less.
    #[inline(always)]
    pub fn release(&mut self, cell: Cell) {
        match cell {
            Cell::Tuple(tuple) if tuple.blocked() => {
                let refs = &mut self.blocks[tuple.at as usize].refs;
                *refs -= 1;
                if *refs == 0 {
                    self.free_block(tuple.at);
                }
            }
            Cell::Buffer(at) => self.release_buffer(at),
            _ => {}
        }
    }

    fn free_block(&mut self, at: u32) {
        self.dying.push(at);
        while let Some(at) = self.dying.pop() {
            let block = self.blocks[at as usize];
            if block.hashed {
                self.hashes.remove(&at);
            }
            for i in at as usize..at as usize + usize::from(block.len) {
                match self.cells[i] {
                    Cell::Tuple(tuple) if tuple.blocked() => {
                        let refs = &mut self.blocks[tuple.at as usize].refs;
                        *refs -= 1;
                        if *refs == 0 {
                            self.dying.push(tuple.at);
                        }
                    }
                    Cell::Buffer(at) => self.release_buffer(at),
                    _ => {}
                }
            }
            self.free[class(block.len.into())].push(at);
        }
    }

    /// What is remembered of a Tuple's hash.
    pub fn hashed(&self, tuple: TupleRef) -> Option<&Hashed> {
        self.blocks.get(tuple.at as usize).filter(|b| b.hashed).and_then(|_| self.hashes.get(&tuple.at))
    }

    /// Remembers a Tuple's hash, until its block is changed or free.
    pub fn remember(&mut self, tuple: TupleRef, hashed: Hashed) {
        self.blocks[tuple.at as usize].hashed = true;
        self.hashes.insert(tuple.at, hashed);
    }

    /// A new buffer with one reference.
    pub fn make_buffer(&mut self, buffer: Buffer) -> Cell {
        let slot = BufferSlot { buffer, refs: 1 };
        match self.free_buffers.pop() {
            Some(at) => {
                self.buffers[at as usize] = slot;
                Cell::Buffer(at)
            }
            None => {
                self.buffers.push(slot);
                Cell::Buffer(self.buffers.len() as u32 - 1)
            }
        }
    }

    /// A buffer.
    pub fn buffer(&self, at: u32) -> &Buffer {
        &self.buffers[at as usize].buffer
    }

    /// Writes into a buffer: in place if one reference is all there is, otherwise that one goes to a changed copy.
    pub fn edit_buffer(&mut self, at: u32, offset: u64, bytes: &[u8]) -> Cell {
        let slot = &mut self.buffers[at as usize];
        if slot.refs == 1 {
            slot.buffer.set(offset, bytes);
            return Cell::Buffer(at);
        }
        slot.refs -= 1;
        let mut copy = slot.buffer.clone();
        copy.set(offset, bytes);
        self.make_buffer(copy)
    }

    #[cold]
    fn release_buffer(&mut self, at: u32) {
        let slot = &mut self.buffers[at as usize];
        slot.refs -= 1;
        if slot.refs == 0 {
            slot.buffer = Buffer::new();
            self.free_buffers.push(at);
        }
    }

    /// Counts references anew from `roots` and through live blocks; the first count that is not as kept.
    pub fn audit(&self, roots: impl Iterator<Item = Cell>) -> Result<(), String> {
        let mut blocks = vec![0_u32; self.blocks.len()];
        let mut buffers = vec![0_u32; self.buffers.len()];
        let mut todo: Vec<Cell> = roots.collect();
        while let Some(cell) = todo.pop() {
            match cell {
                Cell::Tuple(tuple) if tuple.blocked() => {
                    blocks[tuple.at as usize] += 1;
                    if blocks[tuple.at as usize] == 1 {
                        todo.extend(self.slots(tuple));
                    }
                }
                Cell::Buffer(at) => buffers[at as usize] += 1,
                _ => {}
            }
        }
        let wrong = blocks.iter().zip(&self.blocks).position(|(counted, kept)| *counted != kept.refs);
        let wrong_buffer = buffers.iter().zip(&self.buffers).position(|(counted, kept)| *counted != kept.refs);
        match (wrong, wrong_buffer) {
            (None, None) => Ok(()),
            (Some(at), _) => Err(format!("block {at}: {} references, {} kept", blocks[at], self.blocks[at].refs)),
            (_, Some(at)) => Err(format!("buffer {at}: {} references, {} kept", buffers[at], self.buffers[at].refs)),
        }
    }
}
