//! Retire records: one type for all machines, one record per instruction that completed, normally
//! or with an exception.

/// Cells of up to 256 bits, little-endian limbs; narrower machines use the first limb.
pub type Cell = [u64; 4];

/// An instruction that completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retire {
    /// Number of the instruction in its call, from 0.
    pub order: u64,
    /// Cycle at which it retired; 0 where there is no clock (interpreter).
    pub cycle: u64,
    /// Address of the instruction.
    pub pc: u64,
    /// Which address space `pc` is in, for machines that have several and descriptions that know it; 0
    /// otherwise. For reports; not compared.
    pub segment: u64,
    /// Opcode.
    pub opcode: u16,
    /// Meter (fuel, gas) before the instruction was charged, for machines that have one and
    /// descriptions that know it.
    pub meter_before: Option<i64>,
    /// Meter after the charge.
    pub meter_after: Option<i64>,
    /// How many entries of `operands` count.
    pub n_operands: u8,
    /// How many entries of `results` count.
    pub n_results: u8,
    /// Operands, top of stack first. Filled where cheap; not compared.
    pub operands: [u64; 3],
    /// Results, top of stack first; low limbs.
    pub results: [u64; 3],
    /// 0 for normal completion, otherwise the machine's code for why not.
    pub exception: u8,
}

impl Retire {
    /// Whether two descriptions agree on this instruction: everything but cycle, segment, operands, and
    /// meters that only one of them knows.
    pub fn agrees(&self, other: &Retire) -> bool {
        let meters = |a: Option<i64>, b: Option<i64>| a.is_none() || b.is_none() || a == b;
        let n = self.n_results as usize;
        self.order == other.order
            && self.pc == other.pc
            && self.opcode == other.opcode
            && self.exception == other.exception
            && self.n_results == other.n_results
            && self.results[..n] == other.results[..n]
            && meters(self.meter_after, other.meter_after)
    }
}
