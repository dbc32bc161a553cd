// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values as the interpreter keeps them: a tag and 256 bits or a handle. Copies are free; references are counted by
//! `heap`, and whoever copies a cell into a place that lasts says so there.

use ruint::aliases::U256;

use crate::arbitrum::value::type_code;

/// Handle of a Tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TupleRef {
    /// First cell of its block; 0 without one.
    pub at: u32,
    /// Slots, 0 to 8.
    pub len: u8,
}

impl TupleRef {
    /// The empty Tuple, which has no block.
    pub const EMPTY: TupleRef = TupleRef { at: 0, len: 0 };

    /// Has a block.
    #[inline(always)]
    pub fn blocked(self) -> bool {
        self.len != 0
    }

    /// Places of its slots.
    pub fn slots(self) -> std::ops::Range<usize> {
        self.at as usize..self.at as usize + usize::from(self.len)
    }
}

/// A value in a stack, a register, a slot or an immediate.
#[derive(Clone, Copy, Debug)]
pub enum Cell {
    /// 256 bits.
    Int(U256),
    /// Index of a word of code.
    Code(u32),
    /// A Tuple.
    Tuple(TupleRef),
    /// Index of a buffer.
    Buffer(u32),
}

impl Cell {
    /// The Integer 0.
    pub const ZERO: Cell = Cell::Int(U256::ZERO);
    /// The empty Tuple.
    pub const EMPTY: Cell = Cell::Tuple(TupleRef::EMPTY);

    /// 1 or 0.
    pub fn flag(b: bool) -> Cell {
        Cell::Int(U256::from(u64::from(b)))
    }

    /// Code that `type` gives.
    pub fn type_code(self) -> u8 {
        match self {
            Cell::Int(_) => type_code::INT,
            Cell::Code(_) => type_code::CODE,
            Cell::Tuple(_) => type_code::TUPLE,
            Cell::Buffer(_) => type_code::BUFFER,
        }
    }

    /// Fits a word of code as its immediate: an Integer below 2^16, a CodePoint (rules, "Capacity").
    pub fn short(self) -> bool {
        match self {
            Cell::Int(n) => n < U256::from(1 << 16),
            Cell::Code(_) => true,
            Cell::Tuple(_) | Cell::Buffer(_) => false,
        }
    }

    /// What a step record shows of it (A21): value, index, number of slots, 0.
    pub fn payload(self) -> U256 {
        match self {
            Cell::Int(n) => n,
            Cell::Code(index) => U256::from(index),
            Cell::Tuple(tuple) => U256::from(tuple.len),
            Cell::Buffer(_) => U256::ZERO,
        }
    }
}
