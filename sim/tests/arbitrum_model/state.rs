// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reads the machine's state out of the model: registers by name, words of memories; and hashes it by the rules.

use avm_sim::arbitrum::core::Core;
use avm_sim::trace::{Core as _, Layout};
use avm_sim::units::wide::{self, U256};

use crate::value::{bytes, hash_int, hash_tuple, keccak};

/// The model after a clock.
pub struct State<'a> {
    core: &'a Core,
    layout: Layout,
    words: Vec<u64>,
}

/// A cell: payload and tag.
pub type Cell = (U256, u64);

impl State<'_> {
    pub fn of(core: &Core) -> State<'_> {
        let layout = Layout::new(Core::FIELDS);
        let mut words = vec![0; layout.words()];
        core.pack(&mut words);
        State { core, layout, words }
    }

    /// A limb of a register.
    pub fn limb(&self, name: &str, limb: usize) -> u64 {
        let index = self.layout.find(name).unwrap_or_else(|| panic!("no {name}"));
        self.layout.limb(&self.words, index, limb)
    }

    /// A register of at most 64 bits.
    pub fn value(&self, name: &str) -> u64 {
        self.limb(name, 0)
    }

    pub fn cell(&self, name: &str) -> Cell {
        ([0, 1, 2, 3].map(|i| self.limb(name, i)), self.limb(name, 4))
    }

    /// A word of a memory.
    pub fn word(&self, memory: &str, address: u64) -> Cell {
        let m = Core::MEMORIES.iter().position(|m| m.name == memory).expect("a memory");
        let limbs = Core::MEMORIES[m].limbs();
        let limb = |i: usize| if i < limbs { self.core.memory(m, address as usize, i) } else { 0 };
        ([0, 1, 2, 3].map(limb), limb(4))
    }

    /// The data stack, from the bottom.
    pub fn data(&self) -> Vec<Cell> {
        let (depth, base) = (self.value("s_depth_q"), self.value("s_base_q"));
        let cell = |j: u64| match depth - j {
            1 => self.cell("s_a_q"),
            2 => self.cell("s_b_q"),
            _ if j >= base => self.word("win", j % 32),
            _ => self.word("data", j),
        };
        (0..depth).map(cell).collect()
    }

    /// The aux stack, from the bottom.
    pub fn aux(&self) -> Vec<Cell> {
        let depth = self.value("t_depth_q");
        (0..depth).map(|j| if j + 1 == depth { self.cell("t_top_q") } else { self.word("aux", j) }).collect()
    }

    /// Slots of a tuple.
    pub fn slots(&self, cell: &Cell) -> Vec<Cell> {
        let (address, len) = (cell.0[0] & 0xffff, cell.0[0] >> 16 & 15);
        (0..len).map(|i| self.word("cells", address + i)).collect()
    }

    /// Hash and size of a cell's value.
    pub fn hash(&self, cell: &Cell) -> (U256, U256) {
        let one = wide::small(1);
        match cell.1 {
            0 => (hash_int(cell.0), one),
            1 => (self.word("chash", cell.0[0]).0, one),
            2 => hash_tuple(&self.slots(cell).iter().map(|s| self.hash(s)).collect::<Vec<_>>()),
            _ => panic!("a buffer"),
        }
    }

    fn stack(&self, cells: &[Cell]) -> U256 {
        cells.iter().fold(hash_tuple(&[]), |rest, cell| hash_tuple(&[self.hash(cell), rest])).0
    }

    /// Hash of the machine after the instruction that retires.
    pub fn machine(&self) -> U256 {
        if self.value("l_state_q") == 9 {
            return wide::small(self.value("l_outcome_q") - 1);
        }
        let gas = self.core.retired().expect("an instruction").results[1];
        keccak(&[
            &bytes(self.word("chash", self.value("w_next_q")).0),
            &bytes(self.stack(&self.data())),
            &bytes(self.stack(&self.aux())),
            &bytes(self.hash(&self.cell("n_reg_q")).0),
            &bytes(self.hash(&self.cell("n_static_q")).0),
            &bytes(gas),
            &bytes(self.word("chash", self.value("n_err_q")).0),
        ])
    }

    /// References of each tuple that something refers to, counted by walking all of them; by address.
    pub fn references(&self) -> std::collections::BTreeMap<u64, u64> {
        let mut roots = self.data();
        roots.extend(self.aux());
        roots.extend([self.cell("n_reg_q"), self.cell("n_static_q")]);
        roots.extend((0..self.value("c_pool_q")).map(|i| self.word("pool", i)));
        let mut counts = std::collections::BTreeMap::new();
        while let Some(cell) = roots.pop() {
            if cell.1 == 2 && cell.0[0] >> 16 & 15 != 0 {
                let count = counts.entry(cell.0[0] & 0xffff).or_insert(0);
                *count += 1;
                if *count == 1 {
                    roots.extend(self.slots(&cell));
                }
            }
        }
        counts
    }
}
