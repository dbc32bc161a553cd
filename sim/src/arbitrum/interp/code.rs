// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store of code: words with explicit followers (A3), and their hashes. Rules: "Values", CodePoints.

use super::cell::Cell;
use crate::arbitrum::hash::Hash;
use crate::arbitrum::isa::{DECODE, DECODE_LEGACY, Decode};

/// What a step needs of a word before its immediate.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Index of the following word.
    pub next: u32,
    /// Gas, without a variable part.
    pub gas: u32,
    /// Opcode byte.
    pub opcode: u8,
    /// Values that it takes from the data stack.
    pub pops: u8,
    /// Values that it takes from the aux stack.
    pub aux_pops: u8,
    /// 1 if it leaves more on the data stack than it takes.
    pub grows: u8,
    /// 1 if it leaves more on the aux stack than it takes.
    pub aux_grows: u8,
    /// 1 if it has an immediate.
    pub immediate: u8,
}

/// All words.
#[derive(Clone, Debug)]
pub struct Code {
    heads: Vec<Head>,
    immediates: Vec<Cell>,
    hashes: Vec<Option<Hash>>,
    error: u32,
    long: usize,
    decode: &'static [Decode; 256],
}

impl Code {
    /// An empty store, for an image of so many instructions.
    pub fn new(instructions: usize, legacy: bool) -> Code {
        Code {
            heads: Vec::with_capacity(instructions + 1),
            immediates: Vec::with_capacity(instructions + 1),
            hashes: Vec::with_capacity(instructions + 1),
            error: instructions as u32,
            long: 0,
            decode: if legacy { &DECODE_LEGACY } else { &DECODE },
        }
    }

    /// Adds a word; the reference to the immediate passes to it. Gives its index.
    pub fn add(&mut self, opcode: u8, immediate: Option<Cell>, next: u32) -> u32 {
        let row = self.decode[usize::from(opcode)];
        self.heads.push(Head {
            next,
            gas: row.gas,
            opcode,
            pops: row.pops,
            aux_pops: row.aux_pops,
            grows: row.grows.into(),
            aux_grows: (opcode == crate::arbitrum::isa::code::AUXPUSH).into(),
            immediate: immediate.is_some().into(),
        });
        self.long += usize::from(immediate.is_some_and(|cell| !cell.short()));
        self.immediates.push(immediate.unwrap_or(Cell::ZERO));
        self.hashes.push(None);
        self.heads.len() as u32 - 1
    }

    /// A word without its immediate.
    #[inline(always)]
    pub fn head(&self, at: u32) -> Head {
        self.heads[at as usize]
    }

    /// The immediate of a word that has one.
    #[inline(always)]
    pub fn immediate(&self, at: u32) -> Cell {
        self.immediates[at as usize]
    }

    /// The immediate of a word.
    pub fn immediate_of(&self, at: u32) -> Option<Cell> {
        (self.head(at).immediate == 1).then(|| self.immediate(at))
    }

    /// Index of the error CodePoint.
    pub fn error(&self) -> u32 {
        self.error
    }

    /// Words, the error CodePoint included.
    pub fn words(&self) -> usize {
        self.heads.len()
    }

    /// Words whose immediate is not short.
    pub fn long(&self) -> usize {
        self.long
    }

    /// Immediates that there are.
    pub fn immediates(&self) -> impl Iterator<Item = Cell> {
        self.heads.iter().zip(&self.immediates).filter(|(head, _)| head.immediate == 1).map(|(_, cell)| *cell)
    }

    /// What is remembered of a word's hash.
    pub fn hash(&self, at: u32) -> Option<Hash> {
        self.hashes[at as usize]
    }

    /// Remembers a word's hash; words never change.
    pub fn remember(&mut self, at: u32, hash: Hash) {
        self.hashes[at as usize] = Some(hash);
    }
}
