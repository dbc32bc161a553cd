// SPDX-License-Identifier: MIT OR Apache-2.0
//! What every machine reports, whatever its words, opcodes or memories: probes, retire records,
//! host-port traffic, cycle causes. Knows no machine.

pub mod fault;
pub mod host;
pub mod probe;
pub mod retire;

pub use fault::Fault;
pub use host::{HostIn, HostOut, Request, Stream};
pub use probe::{Field, Layout, Packed, Registers};
pub use retire::Retire;

/// A memory of a core: an RTL array with one write port, whose last write the probe shows, and its twin in the model.
///
/// Lockstep keeps a mirror of the RTL array, fed from the write port, and compares it with the
/// model's contents at the end of each call.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Name, also the prefix of its probe fields: `<name>_wv_q`, `<name>_wa_q`, `<name>_wd_q`
    /// (and `<name>_wdx_q` for the bits above 64).
    pub name: &'static str,
    /// Bits of a word.
    pub width: u16,
    /// Words.
    pub depth: usize,
}

impl Memory {
    /// 64-bit limbs of a word.
    pub const fn limbs(&self) -> usize {
        (self.width as usize).div_ceil(64)
    }
}

/// A cycle-level core model as lockstep sees it: one clock at a time, registers visible through a
/// probe, the outside reached through the host port only.
pub trait Core {
    /// Probe fields, in packing order.
    const FIELDS: &'static [Field];
    /// Memories, compared by mirror.
    const MEMORIES: &'static [Memory];

    /// Payload of a beat of its stream, such as `[u64; 6]`; `()` without one.
    type Beat: Copy + std::fmt::Debug + Default + PartialEq;

    /// A core just out of reset, memories filled with a pattern that depends on `seed`.
    fn new(seed: u64) -> Self
    where
        Self: Sized;
    /// Advances one clock with these inputs.
    fn step(&mut self, inputs: &HostIn);
    /// The registered outputs after the last clock.
    fn outputs(&self) -> HostOut<Self::Beat>;
    /// Packs the probe into `words` ([`Layout::words`] of them), every bit written.
    fn pack(&self, words: &mut [u64]);
    /// Whether another description's registers are as this core's, masked as the probe is: what [`Core::pack`] would
    /// give on both sides, without packing either.
    /// The rule; a core whose fields come from [`crate::probe!`] has it faster.
    fn same<R: Registers>(&self, rtl: &R) -> bool {
        let layout = Layout::new(Self::FIELDS);
        let mut words = vec![0; layout.words()];
        self.pack(&mut words);
        layout.same(&words, rtl)
    }
    /// Limb `limb` of a memory word.
    fn memory(&self, memory: usize, address: usize, limb: usize) -> u64;
    /// The instruction that retired at the last clock, if any.
    fn retired(&self) -> Option<Retire>;
    /// What the last cycle was spent on: an index into [`Core::CAUSES`].
    fn cause(&self) -> u8;
    /// No instruction was in the last stage in the last cycle: what it was spent on belongs to the instruction before.
    fn empty(&self) -> bool {
        false
    }
    /// Methods that are active after the last clock, for machines that have them.
    fn depth(&self) -> usize {
        1
    }
    /// Address space of what was in the last stage at the last clock, as in [`Retire::segment`]; of what has retired at it, too.
    fn segment(&self) -> u64 {
        0
    }
    /// Names of the cycle causes; index 0 is an instruction retiring.
    const CAUSES: &'static [&'static str];
}
