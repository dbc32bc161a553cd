// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hashes of values and of the state. Tuples and words remember theirs; what is missing is found without recursion.

use super::{Cell, Machine, Status, TupleRef};
use crate::arbitrum::hash::{self, Hash, PreImage, be, hash_code, hash_error_code, hash_int, hash_machine};
use ruint::aliases::U256;

pub use super::heap::Hashed;

impl Machine {
    /// Hash of the machine's state.
    pub fn hash(&mut self) -> Hash {
        match self.status {
            Status::Halted => return hash::ZERO,
            Status::ErrorStop => return be(U256::from(1)),
            Status::Extensive => {}
        }
        let (pc, err) = (Cell::Code(self.pc), Cell::Code(self.err));
        let data = self.stack_image(false, self.data.len()).hash();
        let aux = self.stack_image(true, self.aux.len()).hash();
        let mut words = vec![self.hash_of(pc), data, aux, self.hash_of(self.register), self.hash_of(self.fixed)];
        words.extend([be(self.gas()), self.hash_of(err)]);
        if self.config.legacy_inboxpeek {
            let pending = self.pending.unwrap_or(Cell::EMPTY);
            words.push(self.hash_of(pending));
        }
        hash_machine(&words)
    }

    /// The lowest `depth` values of a stack, as the Tuple that they hash as.
    pub(in crate::arbitrum) fn stack_image(&mut self, aux: bool, depth: usize) -> PreImage {
        (0..depth).fold(PreImage::empty(), |below, i| {
            let cell = if aux { self.aux[i] } else { self.data[i] };
            below.push(self.hash_and_size(cell))
        })
    }

    /// Hash of a value that the machine holds.
    pub fn hash_of(&mut self, cell: Cell) -> Hash {
        match cell {
            Cell::Int(n) => hash_int(n),
            Cell::Buffer(at) => self.heap.buffer(at).hash(),
            Cell::Code(at) => self.hash_of_word(at),
            Cell::Tuple(tuple) => self.hash_of_tuple(tuple).hash,
        }
    }

    /// Hash and size of a value.
    pub(in crate::arbitrum) fn hash_and_size(&mut self, cell: Cell) -> (Hash, U256) {
        match cell {
            Cell::Tuple(tuple) => {
                let hashed = self.hash_of_tuple(tuple);
                (hashed.hash, hashed.image.size)
            }
            _ => (self.hash_of(cell), U256::from(1)),
        }
    }

    /// Hash of a Tuple, and what proofs show of it closed.
    pub(in crate::arbitrum) fn hash_of_tuple(&mut self, tuple: TupleRef) -> Hashed {
        if !tuple.blocked() {
            let image = PreImage::empty();
            return Hashed { image, hash: image.hash() };
        }
        loop {
            if let Some(hashed) = self.heap.hashed(tuple) {
                return *hashed;
            }
            self.resolve(Cell::Tuple(tuple));
        }
    }

    /// Hash of a word.
    pub(in crate::arbitrum) fn hash_of_word(&mut self, at: u32) -> Hash {
        loop {
            if let Some(hash) = self.code.hash(at) {
                return hash;
            }
            self.resolve(Cell::Code(at));
        }
    }

    /// Hashes a value, and first whatever it is made of: depth first, with a stack of its own.
    #[cold]
    fn resolve(&mut self, cell: Cell) {
        let mut todo = vec![cell];
        while let Some(cell) = todo.last().copied() {
            let before = todo.len();
            match cell {
                Cell::Tuple(tuple) => {
                    let missing = self.heap.slots(tuple).iter().filter(|slot| self.unhashed(**slot));
                    todo.extend(missing);
                }
                Cell::Code(at) if at != self.code.error() => {
                    let next = Cell::Code(self.code.head(at).next);
                    let needs = self.code.immediate_of(at).into_iter().chain([next]);
                    todo.extend(needs.filter(|c| self.unhashed(*c)));
                }
                _ => {}
            }
            if todo.len() == before {
                self.remember(cell);
                todo.pop();
            }
        }
    }

    /// Has a hash that is remembered, but is not yet.
    fn unhashed(&self, cell: Cell) -> bool {
        match cell {
            Cell::Tuple(tuple) => tuple.blocked() && self.heap.hashed(tuple).is_none(),
            Cell::Code(at) => self.code.hash(at).is_none(),
            _ => false,
        }
    }

    /// Hashes a value all of whose parts are hashed.
    fn remember(&mut self, cell: Cell) {
        match cell {
            Cell::Tuple(tuple) if self.unhashed(cell) => {
                let mut parts = [Cell::ZERO; 8];
                let parts = &mut parts[..usize::from(tuple.len)];
                parts.copy_from_slice(self.heap.slots(tuple));
                let image = PreImage::new(parts.iter().map(|slot| self.hash_and_size(*slot)));
                self.heap.remember(tuple, Hashed { image, hash: image.hash() });
            }
            Cell::Code(at) if self.unhashed(cell) => {
                let hash = self.new_hash_of_word(at);
                self.code.remember(at, hash);
            }
            _ => {}
        }
    }

    fn new_hash_of_word(&mut self, at: u32) -> Hash {
        if at == self.code.error() {
            return hash_error_code();
        }
        let head = self.code.head(at);
        let immediate = self.code.immediate_of(at).map(|cell| self.hash_of(cell));
        let next = self.hash_of_word(head.next);
        hash_code(head.opcode, immediate, &next)
    }
}
