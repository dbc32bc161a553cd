// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images: how code, immediates and static lie in the core, and the beats that load them (`docs/arbitrum/core.md`,
//! "Loader").

use avm_sim::arbitrum::isa;
use avm_sim::units::wide::{self, U256};

use crate::value::{V, hash_code, hash_int, hash_tuple};

/// An instruction: opcode and immediate.
#[derive(Clone, Debug)]
pub struct Ins(pub u8, pub Option<V>);

/// An instruction without an immediate, by name.
pub fn op(name: &str) -> Ins {
    Ins(isa::by_name(name).unwrap_or_else(|| panic!("no {name}")).code, None)
}

/// An instruction with an immediate.
pub fn with(name: &str, imm: V) -> Ins {
    Ins(op(name).0, Some(imm))
}

/// A constant on the stack.
pub fn push(value: V) -> Ins {
    with("nop", value)
}

/// A cell: payload and tag.
pub type Cell = (U256, u64);

/// An image as the core has it.
pub struct Image {
    pub words: Vec<(u64, U256)>,
    pub pool: Vec<Cell>,
    /// Cells from address 1 on, and whether a tuple begins there.
    pub heap: Vec<(Cell, bool)>,
    pub statics: Cell,
}

impl Image {
    /// Word 0 is ERRCP, instruction `i` is word `i + 1`.
    pub fn new(code: &[Ins], statics: &V) -> Image {
        let errcp = hash_code(0, None, [0; 4]);
        let mut image = Image { words: vec![(0, errcp)], pool: Vec::new(), heap: Vec::new(), statics: ([0; 4], 0) };
        let mut hashes = vec![[0; 4]; code.len() + 1];
        hashes[0] = errcp;
        // Immediates speak of later words only.
        for (i, Ins(op, imm)) in code.iter().enumerate().rev() {
            let next = hashes[if i + 1 < code.len() { i + 2 } else { 0 }];
            let imm = imm.as_ref().map(|v| image.hash(v, &hashes).0);
            hashes[i + 1] = hash_code(*op, imm, next);
        }
        for (i, Ins(op, imm)) in code.iter().enumerate() {
            let next = if i + 1 < code.len() { i as u64 + 2 } else { 0 };
            let (kind, bits) = match imm {
                None => (0, 0),
                Some(V::Int([n @ 0..0x1_0000, 0, 0, 0])) => (1, *n),
                Some(V::Code(index)) => (2, u64::from(*index)),
                Some(value) => {
                    let cell = image.cell(value);
                    image.pool.push(cell);
                    (3, image.pool.len() as u64 - 1)
                }
            };
            image.words.push((u64::from(*op) << 34 | kind << 32 | bits << 16 | next, hashes[i + 1]));
        }
        image.statics = image.cell(statics);
        image
    }

    /// Hash and size of a value, by the hashes of code words.
    fn hash(&self, value: &V, hashes: &[U256]) -> (U256, U256) {
        match value {
            V::Int(n) => (hash_int(*n), wide::small(1)),
            V::Code(i) => (hashes[usize::from(*i)], wide::small(1)),
            V::Tuple(slots) => hash_tuple(&slots.iter().map(|s| self.hash(s, hashes)).collect::<Vec<_>>()),
            V::Buffer(_) => panic!("buffers are no immediates here"),
        }
    }

    /// The cell of a value, whose tuples get blocks.
    fn cell(&mut self, value: &V) -> Cell {
        match value {
            V::Int(n) => (*n, 0),
            V::Code(i) => (wide::small((*i).into()), 1),
            V::Buffer(n) => (wide::small((*n).into()), 3),
            V::Tuple(slots) if slots.is_empty() => ([0; 4], 2),
            V::Tuple(slots) => {
                let cells: Vec<Cell> = slots.iter().map(|s| self.cell(s)).collect();
                let (at, len) = (self.heap.len() as u64 + 1, slots.len());
                for i in 0..len.next_power_of_two() {
                    self.heap.push((cells.get(i).copied().unwrap_or_default(), i == 0));
                }
                (wide::small((len as u64) << 16 | at), 2)
            }
        }
    }

    /// What the host answers to CALL; `legacy`: `inboxpeek` is valid.
    pub fn beats(&self, legacy: bool) -> Vec<u64> {
        let sizes = [self.words.len(), self.pool.len(), self.heap.len() + 1].map(|n| n as u64);
        let head = sizes[0] | sizes[1] << 16 | sizes[2] << 32 | u64::from(legacy) << 48;
        let mut beats = vec![head, u64::from(self.words.len() > 1)];
        for (word, hash) in &self.words {
            beats.push(*word);
            beats.extend(hash);
        }
        let cell = |c: &Cell, begins: bool| [c.0[0], c.0[1], c.0[2], c.0[3], c.1 | u64::from(begins) << 2];
        self.pool.iter().for_each(|c| beats.extend(cell(c, false)));
        self.heap.iter().for_each(|(c, begins)| beats.extend(cell(c, *begins)));
        beats.extend(cell(&self.statics, false));
        beats
    }
}
