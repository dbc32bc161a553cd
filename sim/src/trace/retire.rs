// SPDX-License-Identifier: MIT OR Apache-2.0
//! Retire records: one type for all machines, one record per instruction that completed, normally
//! or with an exception.

/// Cells of up to 256 bits, little-endian limbs; narrower machines use the first limb.
pub type Cell = [u64; 4];

/// A cell as a hexadecimal number.
pub fn cell_text(cell: &Cell) -> String {
    match cell.iter().rposition(|limb| *limb != 0) {
        None | Some(0) => format!("{:#x}", cell[0]),
        Some(high) => {
            cell[..high].iter().rev().fold(format!("{:#x}", cell[high]), |s, limb| format!("{s}_{limb:016x}"))
        }
    }
}

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
    /// Results, top of stack first.
    pub results: [Cell; 3],
    /// 0 for normal completion, otherwise the machine's code for why not.
    pub exception: u8,
}

impl Retire {
    /// Results of a machine whose cells are of at most 64 bits.
    #[inline(always)]
    pub const fn narrow(results: [u64; 3]) -> [Cell; 3] {
        [[results[0], 0, 0, 0], [results[1], 0, 0, 0], [results[2], 0, 0, 0]]
    }

    /// The results that count, top of stack first.
    pub fn pushed(&self) -> &[Cell] {
        &self.results[..self.n_results as usize]
    }

    /// The results in hexadecimal.
    pub fn results_text(&self) -> Vec<String> {
        self.pushed().iter().map(cell_text).collect()
    }

    /// Whether two descriptions agree on this instruction: everything but cycle, segment, operands, and
    /// meters that only one of them knows.
    pub fn agrees(&self, other: &Retire) -> bool {
        let meters = |a: Option<i64>, b: Option<i64>| a.is_none() || b.is_none() || a == b;
        self.order == other.order
            && self.pc == other.pc
            && self.opcode == other.opcode
            && self.exception == other.exception
            && self.n_results == other.n_results
            && self.pushed() == other.pushed()
            && meters(self.meter_after, other.meter_after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limb_of_a_result_counts_and_no_other_result() {
        let record = Retire { n_results: 2, results: [[1, 2, 3, 4], [5, 6, 7, 8], [0; 4]], ..Retire::default() };
        for bit in 0..3 * 256 {
            let mut other = record;
            other.results[bit / 256][bit % 256 / 64] ^= 1 << (bit % 64);
            assert_eq!(record.agrees(&other), bit >= 512, "bit {bit}");
        }
    }

    #[test]
    fn cells_read_as_numbers() {
        let texts = [[0; 4], [255, 0, 0, 0], [1, 0, 2, 0]].map(|c| cell_text(&c));
        assert_eq!(texts, ["0x0", "0xff", "0x2_0000000000000000_0000000000000001"]);
    }
}
