// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hash of the machine as a core's registers and memories show it: of the model or of the RTL, at any cycle in which
//! an instruction retires (`docs/arbitrum/core.md`, "W"). Values are hashed from their cells; of hashes that the core has
//! made itself only those of code words are taken.

use std::collections::HashMap;

use avm_sim::arbitrum::core::Core;
use avm_sim::arbitrum::hash::{self, Hash, PreImage};
use avm_sim::arbitrum::numbers::{DATA_CELLS, WINDOW, exception, tag};
use avm_sim::trace::{Core as _, Layout};
use ruint::aliases::U256;

use super::host::Host;

/// A cell: payload and tag.
type Cell = (U256, u8);

/// A core at a cycle.
pub struct State<'a> {
    layout: &'a Layout,
    /// Its packed probe.
    words: &'a [u64],
    /// Limb of a word of a memory, by their numbers.
    memory: &'a dyn Fn(usize, usize, usize) -> u64,
    host: &'a Host,
    /// Tuples already hashed, by address.
    known: HashMap<u64, (Hash, U256)>,
}

impl<'a> State<'a> {
    /// A core with this packed probe and these memories, whose buffers the host has.
    pub fn new(
        layout: &'a Layout,
        words: &'a [u64],
        memory: &'a dyn Fn(usize, usize, usize) -> u64,
        host: &'a Host,
    ) -> State<'a> {
        State { layout, words, memory, host, known: HashMap::new() }
    }

    fn field(&self, name: &str) -> usize {
        self.layout.find(name).unwrap_or_else(|| panic!("no field {name}"))
    }

    fn value(&self, name: &str) -> u64 {
        self.layout.limb(self.words, self.field(name), 0)
    }

    fn register(&self, name: &str) -> Cell {
        let field = self.field(name);
        let limb = |l| self.layout.limb(self.words, field, l);
        (U256::from_limbs([limb(0), limb(1), limb(2), limb(3)]), limb(4) as u8 & 3)
    }

    fn word(&self, memory: &str, address: usize) -> Cell {
        let number = Core::MEMORIES.iter().position(|m| m.name == memory);
        let number = number.unwrap_or_else(|| panic!("no memory {memory}"));
        let limb = |l| (self.memory)(number, address, l);
        let tag = if Core::MEMORIES[number].width > 256 { limb(4) as u8 & 3 } else { 0 };
        (U256::from_limbs([limb(0), limb(1), limb(2), limb(3)]), tag)
    }

    /// Hash and size of a cell. Recursion is as deep as the value.
    fn hashed(&mut self, (payload, kind): Cell) -> (Hash, U256) {
        let low = payload.as_limbs()[0];
        match kind {
            tag::INT => (hash::hash_int(payload), U256::ONE),
            tag::CODE => (self.code(low as usize), U256::ONE),
            tag::BUFFER => (self.host.buffer(low).hash(), U256::ONE),
            _ if low == 0 => (PreImage::empty().hash(), U256::ONE),
            _ => {
                if let Some(known) = self.known.get(&low) {
                    return *known;
                }
                let (address, length) = ((low & 0xffff) as usize, (low >> 16) as usize);
                let slots: Vec<_> = (0..length).map(|i| self.hashed(self.word("cells", address + i))).collect();
                let image = PreImage::new(slots);
                self.known.insert(low, (image.hash(), image.size));
                (image.hash(), image.size)
            }
        }
    }

    fn code(&self, word: usize) -> Hash {
        self.word("chash", word).0.to_be_bytes()
    }

    fn data(&self, index: usize, depth: usize) -> Cell {
        match depth - index {
            1 => self.register("s_a_q"),
            2 => self.register("s_b_q"),
            _ if index >= self.value("s_base_q") as usize => self.word("win", index % WINDOW),
            _ => self.word("data", index % DATA_CELLS),
        }
    }

    fn aux(&self, index: usize, depth: usize) -> Cell {
        if index + 1 == depth { self.register("t_top_q") } else { self.word("aux", index) }
    }

    fn stack(&mut self, depth: usize, cell: impl Fn(&Self, usize, usize) -> Cell) -> Hash {
        let mut image = PreImage::empty();
        for index in 0..depth {
            let value = cell(self, index, depth);
            image = image.push(self.hashed(value));
        }
        image.hash()
    }

    fn gas(&self) -> U256 {
        let high = self.field("g_hi_q");
        let limb = |l| self.layout.limb(self.words, high, l);
        let gas = U256::from_limbs([self.value("g_lo_q"), limb(0), limb(1), limb(2)]);
        gas.wrapping_sub(U256::from(self.value("g_borrow_q")) << 64)
    }

    /// The hash of the machine after the instruction that retires in this cycle; `halt`: its opcode.
    pub fn machine_hash(&mut self, halt: u8) -> Hash {
        let failed = self.value("w_exc_q") != u64::from(exception::NONE);
        if !failed && self.value("w_op_q") == u64::from(halt) {
            return hash::ZERO;
        }
        if failed && self.value("n_err_q") == 0 {
            return U256::ONE.to_be_bytes();
        }
        let pc = self.code(self.value("w_next_q") as usize);
        let data = self.stack(self.value("s_depth_q") as usize, Self::data);
        let aux = self.stack(self.value("t_depth_q") as usize, Self::aux);
        let register = self.hashed(self.register("n_reg_q")).0;
        let fixed = self.hashed(self.register("n_static_q")).0;
        let gas = hash::be(self.gas());
        let handler = self.code(self.value("n_err_q") as usize);
        hash::hash_machine(&[pc, data, aux, register, fixed, gas, handler])
    }
}
