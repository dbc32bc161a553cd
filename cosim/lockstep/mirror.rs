//! Mirrors of the RTL's memories, fed from the write ports in its probe, compared with the model's
//! memories at the end of each call. Knows no machine: the core's memory list names the fields.

use avm_sim::trace::{Core, Layout, Memory};

/// All mirrors of one run.
#[derive(Clone)]
pub struct Mirrors {
    memories: Vec<Mirror>,
    /// Probe words that hold write-valid bits, and these bits: most clocks write nothing.
    valid: Vec<(usize, u64)>,
}

#[derive(Clone)]
struct Mirror {
    memory: &'static Memory,
    valid_word: usize,
    valid_bit: u32,
    address: Port,
    data: Vec<Port>,
    contents: Vec<u64>,
    /// One bit for each word written since the last comparison.
    dirty: Vec<u64>,
}

/// A probe field, ready to be read without a search.
#[derive(Clone)]
struct Port {
    word: usize,
    shift: u32,
    mask: u64,
}

impl Port {
    fn new(layout: &Layout, name: &str, limb: usize) -> Port {
        let index = layout.find(name).unwrap_or_else(|| panic!("the probe has no field {name}"));
        let (bit, left) = (layout.offset(index), usize::from(layout.field(index).width) - 64 * limb);
        let mask = if left >= 64 { u64::MAX } else { (1 << left) - 1 };
        Port { word: bit as usize / 64 + limb, shift: bit % 64, mask }
    }

    /// The limbs of a memory's write data: one field, or `wd_q` and `wdx_q` where the RTL splits it.
    fn data(layout: &Layout, memory: &Memory) -> Vec<Port> {
        let (low, high) = (format!("{}_wd_q", memory.name), format!("{}_wdx_q", memory.name));
        let split = layout.find(&high).is_some();
        (0..memory.limbs())
            .map(|l| if split && l > 0 { Port::new(layout, &high, l - 1) } else { Port::new(layout, &low, l) })
            .collect()
    }

    fn read(&self, words: &[u64]) -> u64 {
        words[self.word] >> self.shift & self.mask
    }
}

impl Mirrors {
    /// Mirrors of `memories`, whose write ports are in `layout`.
    pub fn new(layout: &Layout, memories: &'static [Memory]) -> Mirrors {
        let memories = memories.iter().map(|memory| {
            let field = |suffix: &str| Port::new(layout, &format!("{}_{suffix}", memory.name), 0);
            let valid = field("wv_q");
            Mirror {
                memory,
                valid_word: valid.word,
                valid_bit: valid.shift,
                address: field("wa_q"),
                data: Port::data(layout, memory),
                contents: vec![0; memory.depth * memory.limbs()],
                dirty: vec![0; memory.depth.div_ceil(64)],
            }
        });
        let memories: Vec<Mirror> = memories.collect();
        let mut valid: Vec<(usize, u64)> = Vec::new();
        for m in &memories {
            match valid.iter_mut().find(|(word, _)| *word == m.valid_word) {
                Some((_, mask)) => *mask |= 1 << m.valid_bit,
                None => valid.push((m.valid_word, 1 << m.valid_bit)),
            }
        }
        Mirrors { memories, valid }
    }

    /// Applies the writes that a packed probe shows.
    #[inline]
    pub fn clock(&mut self, words: &[u64]) {
        if self.valid.iter().all(|(word, mask)| words[*word] & mask == 0) {
            return;
        }
        for m in &mut self.memories {
            if words[m.valid_word] >> m.valid_bit & 1 != 0 {
                m.write(words);
            }
        }
    }

    /// The first written word that differs from the model's memory, in words.
    pub fn compare<C: Core>(&mut self, core: &C) -> Option<String> {
        let mut found = None;
        for (index, m) in self.memories.iter_mut().enumerate() {
            for address in m.written() {
                for limb in 0..m.memory.limbs() {
                    let (mirror, model) =
                        (m.contents[address * m.memory.limbs() + limb], core.memory(index, address, limb));
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
        let m = &self.memories[memory];
        (m.contents[address * m.memory.limbs() + limb], m.dirty[address / 64] >> (address % 64) & 1 != 0)
    }
}

impl Mirror {
    fn write(&mut self, words: &[u64]) {
        let address = self.address.read(words) as usize % self.memory.depth;
        for (limb, port) in self.data.iter().enumerate() {
            self.contents[address * self.memory.limbs() + limb] = port.read(words);
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
