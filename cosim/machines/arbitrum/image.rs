// SPDX-License-Identifier: MIT OR Apache-2.0
//! An image as the core's loader takes it: code words with their hashes, pool, heap, static (`docs/arbitrum/core.md`,
//! "Loader" and "Cells and sizes"). Word i of the image is the core's word i + 1; the error CodePoint is its word 0.

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::hash::{self, Hash, PreImage};
use avm_sim::arbitrum::mexe::Image;
use avm_sim::arbitrum::numbers::{CODE_WORDS, HEAP_CELLS, POOL_CELLS, kind, tag};
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

/// A cell: payload and tag.
type Cell = (U256, u8);

/// What the host sends for CALL.
#[derive(Clone, Debug, Default)]
pub struct Load {
    /// The beats.
    pub beats: Vec<u64>,
    /// Buffers of the image, by number from 1 on.
    pub buffers: Vec<Buffer>,
    /// Instructions of the image.
    pub words: u32,
    /// Pool cells taken.
    pub pool: usize,
    /// First free heap address.
    pub heap: usize,
}

impl Load {
    /// Lays out an image; `legacy`: `inboxpeek` is there.
    ///
    /// # Errors
    /// In words: what of it does not fit the core's memories.
    pub fn new(image: &Image, legacy: bool) -> Result<Load, String> {
        let words = image.code().len();
        let mut layout = Layout { words, ..Layout::default() };
        layout.hashes = hashes(image);
        let code: Vec<_> =
            image.code().iter().enumerate().map(|(i, w)| layout.word(i, w.opcode, w.immediate.as_ref())).collect();
        let fixed = layout.cell(image.static_value());
        let fits = |what: &str, n: usize, most: usize| match n > most {
            true => Err(format!("{n} {what}, the core has room for {most}")),
            false => Ok(()),
        };
        fits("code words", words + 1, CODE_WORDS)?;
        fits("immediates that need the pool", layout.pool.len(), POOL_CELLS)?;
        fits("cells of tuples", layout.heap.len(), HEAP_CELLS - 1)?;
        Ok(layout.load(&code, fixed, legacy))
    }

    /// The core's index of a word.
    pub fn index(&self, word: u32) -> u32 {
        index(word, self.words as usize)
    }
}

fn index(word: u32, words: usize) -> u32 {
    match (word as usize).cmp(&words) {
        std::cmp::Ordering::Less => word + 1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => word,
    }
}

/// Hash of a value whose CodePoints have these hashes, and its size.
fn value(v: &Value, codes: &[Hash]) -> (Hash, U256) {
    match v {
        Value::Int(n) => (hash::hash_int(*n), U256::ONE),
        Value::Code(word) => (codes[*word as usize], U256::ONE),
        Value::Buffer(buffer) => (buffer.hash(), U256::ONE),
        Value::Tuple(slots) => {
            let image = PreImage::new(slots.iter().map(|slot| value(slot, codes)));
            (image.hash(), image.size)
        }
    }
}

/// Hashes of the words of an image, that of the error CodePoint last.
fn hashes(image: &Image) -> Vec<Hash> {
    let words = image.code().len();
    let mut all = vec![hash::hash_error_code(); words + 1];
    for (i, word) in image.code().iter().enumerate().rev() {
        let immediate = word.immediate.as_ref().map(|v| value(v, &all).0);
        all[i] = hash::hash_code(word.opcode, immediate, &all[i + 1]);
    }
    all
}

/// Memories being laid out.
#[derive(Default)]
struct Layout {
    words: usize,
    hashes: Vec<Hash>,
    pool: Vec<Cell>,
    /// From address 1 on; whether a tuple begins there.
    heap: Vec<(Cell, bool)>,
    buffers: Vec<Buffer>,
}

impl Layout {
    fn word(&mut self, i: usize, opcode: u8, immediate: Option<&Value>) -> u64 {
        let next = index(i as u32 + 1, self.words);
        let (kind, imm) = match immediate {
            None => (kind::NONE, 0),
            Some(Value::Int(n)) if *n < U256::from(1 << 16) => (kind::INT, n.as_limbs()[0]),
            Some(Value::Code(word)) => (kind::CODE, index(*word, self.words).into()),
            Some(v) => {
                let cell = self.cell(v);
                self.pool.push(cell);
                (kind::POOL, self.pool.len() as u64 - 1)
            }
        };
        u64::from(opcode) << 34 | u64::from(kind) << 32 | imm << 16 | u64::from(next)
    }

    fn cell(&mut self, v: &Value) -> Cell {
        match v {
            Value::Int(n) => (*n, tag::INT),
            Value::Code(word) => (U256::from(index(*word, self.words)), tag::CODE),
            Value::Buffer(buffer) if buffer.last().is_none() => (U256::ZERO, tag::BUFFER),
            Value::Buffer(buffer) => {
                self.buffers.push(buffer.clone());
                (U256::from(self.buffers.len()), tag::BUFFER)
            }
            Value::Tuple(slots) if slots.is_empty() => (U256::ZERO, tag::TUPLE),
            Value::Tuple(slots) => {
                let cells: Vec<_> = slots.iter().map(|slot| self.cell(slot)).collect();
                let address = self.heap.len() + 1;
                self.heap.extend(cells.iter().enumerate().map(|(i, cell)| (*cell, i == 0)));
                self.heap.resize(address - 1 + slots.len().next_power_of_two(), ((U256::ZERO, tag::INT), false));
                (U256::from(slots.len() << 16 | address), tag::TUPLE)
            }
        }
    }

    fn load(self, code: &[u64], fixed: Cell, legacy: bool) -> Load {
        let (codes, pools, heap) = (self.words + 1, self.pool.len(), self.heap.len() + 1);
        let head = codes as u64 | (pools as u64) << 16 | (heap as u64) << 32 | u64::from(legacy) << 48;
        let mut beats = vec![head, index(0, self.words).into()];
        let mut five = |first: &[u64], n: U256, last: &[u64]| {
            beats.extend_from_slice(first);
            beats.extend_from_slice(n.as_limbs());
            beats.extend_from_slice(last);
        };
        let hash = |i: usize| hash::int(&self.hashes[i]);
        five(&[0], hash(self.words), &[]);
        code.iter().enumerate().for_each(|(i, word)| five(&[*word], hash(i), &[]));
        self.pool.iter().for_each(|(n, tag)| five(&[], *n, &[(*tag).into()]));
        self.heap.iter().for_each(|((n, tag), begins)| five(&[], *n, &[u64::from(*tag) | u64::from(*begins) << 2]));
        five(&[], fixed.0, &[fixed.1.into()]);
        Load { beats, buffers: self.buffers, words: self.words as u32, pool: pools, heap }
    }
}
