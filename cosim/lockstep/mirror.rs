// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mirrors of the RTL's memories, fed from the registers of the write ports, compared with the model's
//! memories at the end of each call. Knows no machine: the core's memory list names the fields.

use avm_sim::trace::{Core, Layout, Memory, Registers};

/// All mirrors of one run.
#[derive(Clone)]
pub struct Mirrors {
    memories: Vec<Mirror>,
}

#[derive(Clone)]
struct Mirror {
    /// Index in the core's `MEMORIES`.
    index: usize,
    memory: &'static Memory,
    valid: Port,
    address: Port,
    data: Vec<Port>,
    contents: Vec<u64>,
    /// One bit for each word written since the last comparison.
    dirty: Vec<u64>,
}

/// A limb of a register, ready to be read without a search.
#[derive(Clone)]
struct Port {
    field: usize,
    limb: usize,
    mask: u64,
}

impl Port {
    fn new(layout: &Layout, name: &str, limb: usize) -> Port {
        let field = layout.find(name).unwrap_or_else(|| panic!("the probe has no field {name}"));
        let left = usize::from(layout.field(field).width) - 64 * limb;
        let mask = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
        Port { field, limb, mask }
    }

    /// The limbs of a memory's write data: one field, or `wd_q` and `wdx_q` where the RTL splits it.
    fn data(layout: &Layout, memory: &Memory) -> Vec<Port> {
        let (low, high) = (format!("{}_wd_q", memory.name), format!("{}_wdx_q", memory.name));
        let split = layout.find(&high).is_some();
        (0..memory.limbs())
            .map(|l| if split && l > 0 { Port::new(layout, &high, l - 1) } else { Port::new(layout, &low, l) })
            .collect()
    }

    #[inline]
    fn read<R: Registers>(&self, rtl: &R) -> u64 {
        rtl.limb(self.field, self.limb) & self.mask
    }
}

impl Mirrors {
    /// Mirrors of `memories`, whose write ports are in `layout`; of those only whose ports the design `has`.
    pub fn new(layout: &Layout, memories: &'static [Memory], has: impl Fn(usize) -> bool) -> Mirrors {
        let memories = memories.iter().enumerate().map(|(index, memory)| {
            let field = |suffix: &str| Port::new(layout, &format!("{}_{suffix}", memory.name), 0);
            Mirror {
                index,
                memory,
                valid: field("wv_q"),
                address: field("wa_q"),
                data: Port::data(layout, memory),
                contents: vec![0; memory.depth * memory.limbs()],
                dirty: vec![0; memory.depth.div_ceil(64)],
            }
        });
        let whole = |m: &Mirror| has(m.valid.field) && has(m.address.field) && m.data.iter().all(|p| has(p.field));
        Mirrors { memories: memories.filter(whole).collect() }
    }

    /// Applies the writes that the registers show.
    #[inline]
    pub fn clock<R: Registers>(&mut self, rtl: &R) {
        for m in &mut self.memories {
            if m.valid.read(rtl) != 0 {
                m.write(rtl);
            }
        }
    }

    /// The first written word that differs from the model's memory, in words.
    pub fn compare<C: Core>(&mut self, core: &C) -> Option<String> {
        let mut found = None;
        for m in &mut self.memories {
            for address in m.written() {
                for limb in 0..m.memory.limbs() {
                    let (mirror, model) =
                        (m.contents[address * m.memory.limbs() + limb], core.memory(m.index, address, limb));
                    if mirror != model && found.is_none() {
                        found = Some(format!("memory {}[{address}]: RTL {mirror:#x}, model {model:#x}", m.memory.name));
                    }
                }
            }
            m.dirty.fill(0);
        }
        found
    }

    /// A mirrored word's limb, and whether it was ever written since the last comparison.
    pub fn word(&self, memory: usize, address: usize, limb: usize) -> (u64, bool) {
        let m = self.memories.iter().find(|m| m.index == memory).expect("its ports are there");
        (m.contents[address * m.memory.limbs() + limb], m.dirty[address / 64] >> (address % 64) & 1 != 0)
    }
}

impl Mirror {
    #[cold]
    fn write<R: Registers>(&mut self, rtl: &R) {
        let address = self.address.read(rtl) as usize % self.memory.depth;
        for (limb, port) in self.data.iter().enumerate() {
            self.contents[address * self.memory.limbs() + limb] = port.read(rtl);
        }
        self.dirty[address / 64] |= 1 << (address % 64);
    }

    fn written(&self) -> Vec<usize> {
        let bits = |(i, word): (usize, &u64)| {
            let word = *word;
            (0..64).filter(move |b| word >> b & 1 != 0).map(move |b| i * 64 + b)
        };
        self.dirty.iter().enumerate().flat_map(bits).collect()
    }
}
