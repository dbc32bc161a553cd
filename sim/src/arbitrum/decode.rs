// SPDX-License-Identifier: MIT OR Apache-2.0
//! The decoder of the core: a row for each opcode byte, from the instruction table. Contract: `docs/arbitrum/core.md`,
//! "Decoder row". The generated SystemVerilog package has the same rows (`emit.rs`).

use super::isa::{self, ERROR_GAS, OPS, Op, code};
use super::numbers::{CHEAP, class};

/// A row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The opcode is valid.
    pub valid: bool,
    /// Gas is at most [`CHEAP`].
    pub cheap: bool,
    /// The immediate is pushed in a cycle of its own.
    pub split: bool,
    /// It leaves more on the data stack than it takes.
    pub grow: bool,
    /// Cells that must be on the data stack, 0 to 4.
    pub pops: u8,
    /// Cells that must be on the aux stack, 0 or 1.
    pub auxpops: u8,
    /// Results that are put on the data stack, 0 to 2.
    pub push: u8,
    /// Class, 5 bits.
    pub class: u8,
    /// Gas, 17 bits; of `ecpairing` without the pairs.
    pub gas: u32,
}

/// Bits of a row.
pub const ROW_BITS: u16 = 32;

const INVALID: Row = Row {
    valid: false,
    cheap: true,
    split: false,
    grow: false,
    pops: 0,
    auxpops: 0,
    push: 0,
    class: class::INVALID,
    gas: ERROR_GAS,
};

/// The class of an opcode.
const fn class_of(op: u8) -> u8 {
    match op {
        code::NOP | code::BREAKPOINT => class::NOP,
        code::ISZERO | code::NOT | code::TYPE | code::TLEN | code::SIDELOAD => class::ALU1,
        code::ADD | code::SUB | code::LT | code::GT | code::SLT | code::SGT | code::AND | code::OR | code::XOR => {
            class::ALU2
        }
        code::EQ => class::EQ,
        code::POP | code::DEBUGPRINT => class::POP,
        code::SPUSH | code::RPUSH | code::STACKEMPTY | code::AUXSTACKEMPTY | code::PCPUSH => class::PUSH,
        code::ERRPUSH | code::NEWBUFFER | code::ERRCODEPOINT | code::AUXPOP => class::PUSH,
        code::DUP0 | code::DUP1 | code::DUP2 => class::DUP,
        code::SWAP1 | code::SWAP2 => class::SWAP,
        code::RSET | code::ERRSET | code::AUXPUSH => class::SET,
        code::JUMP => class::JUMP,
        code::CJUMP => class::CJUMP,
        code::HALT => class::HALT,
        code::SHL | code::SHR | code::SAR | code::BYTE | code::SIGNEXTEND => class::SHIFT,
        code::MUL => class::MUL,
        code::DIV | code::MOD | code::SDIV | code::SMOD => class::DIV,
        code::ADDMOD | code::MULMOD => class::MOD,
        code::EXP => class::EXP,
        code::SHA256F => class::SHA,
        code::SETGAS | code::PUSHGAS => class::GAS,
        code::TGET | code::XGET => class::GET,
        code::TSET | code::XSET => class::SET2,
        code::HASH | code::ETHHASH2 => class::HASH,
        code::KECCAKF => class::KECCAK,
        code::PUSHINSN | code::PUSHINSNIMM => class::INSN,
        code::LOG | code::SEND | code::ECRECOVER | code::ECADD | code::ECMUL => class::HOST,
        code::GETBUFFER8 | code::GETBUFFER64 | code::GETBUFFER256 => class::HOST,
        code::SETBUFFER8 | code::SETBUFFER64 | code::SETBUFFER256 => class::HOST,
        code::INBOX | code::INBOXPEEK => class::INBOX,
        code::ECPAIRING => class::PAIRING,
        _ => class::INVALID,
    }
}

const fn row(op: &Op) -> Row {
    let class = class_of(op.code);
    let split = matches!(
        class,
        class::PUSH
            | class::DUP
            | class::SWAP
            | class::SHA
            | class::GAS
            | class::HASH
            | class::KECCAK
            | class::INSN
            | class::HOST
            | class::INBOX
            | class::PAIRING
    );
    // Copies and exchanges leave their operands where they are.
    let push = match class {
        class::DUP => 1,
        class::SWAP => 0,
        _ => op.pushes,
    };
    Row {
        valid: class != class::INVALID || op.code == code::ERROR,
        cheap: op.gas <= CHEAP,
        split,
        grow: op.grows(),
        pops: op.pops(),
        auxpops: op.aux_pops(),
        push,
        class,
        gas: op.gas,
    }
}

const fn table(legacy: bool) -> [Row; 256] {
    let (mut rows, mut i) = ([INVALID; 256], 0);
    while i < OPS.len() {
        if legacy || !OPS[i].legacy() {
            rows[OPS[i].code as usize] = row(&OPS[i]);
        }
        i += 1;
    }
    rows
}

/// The rows, by opcode byte.
pub static ROWS: [Row; 256] = table(false);
/// The rows of the legacy configuration.
pub static ROWS_LEGACY: [Row; 256] = table(true);

impl Row {
    /// The row as the core's register holds it, valid in the most significant bit.
    pub const fn word(&self) -> u32 {
        let flags = (self.valid as u32) << 3 | (self.cheap as u32) << 2 | (self.split as u32) << 1 | self.grow as u32;
        let counts = (self.pops as u32) << 3 | (self.auxpops as u32) << 2 | self.push as u32;
        flags << 28 | counts << 22 | (self.class as u32) << 17 | self.gas
    }
}

/// The row of an opcode byte.
#[inline(always)]
pub fn decode(op: u8, legacy: bool) -> &'static Row {
    let rows = if legacy { &ROWS_LEGACY } else { &ROWS };
    &rows[op as usize]
}

/// Name of an opcode byte.
pub fn name(op: u8) -> &'static str {
    isa::by_code(op).map_or("invalid", |o| o.name)
}

#[cfg(test)]
mod tests {
    use super::super::numbers::NUMBERS;
    use super::*;

    const PAGE: &str = include_str!("../../../docs/arbitrum/core.md");

    /// The page's table of classes says the same: number, opcodes, split.
    #[test]
    fn the_page_has_the_same_classes() {
        let classes = NUMBERS.iter().find(|n| n.name == "class").expect("classes");
        let mut seen = 0;
        for (name, number, _) in classes.values {
            let begin = format!("| {number} {name} |");
            let line = PAGE.lines().find(|l| l.starts_with(&begin)).unwrap_or_else(|| panic!("no row {begin}"));
            let cells: Vec<_> = line[1..line.len() - 1].split('|').map(str::trim).collect();
            let split = cells[2] == "yes";
            for op in OPS.iter().filter(|o| !o.legacy() && ROWS[o.code as usize].class == *number) {
                let stem = op.name.trim_end_matches(|c: char| c.is_ascii_digit());
                let (whole, star) = (format!("`{}`", op.name), format!("`{stem}*`"));
                assert!(cells[1].contains(&whole) || cells[1].contains(&star), "{} is not in {begin}", op.name);
                assert_eq!(ROWS[op.code as usize].split, split, "{}", op.name);
                seen += 1;
            }
        }
        assert_eq!(seen, OPS.len() - 1, "all but the legacy one");
    }

    /// *cheap*, *grow* and what fits the register.
    #[test]
    fn rows_fit() {
        for (op, row) in ROWS.iter().enumerate() {
            assert!(
                row.gas < 1 << 17 && row.pops <= 4 && row.auxpops <= 1 && row.push <= 2 && row.class < 32,
                "{op:02x}"
            );
            assert_eq!(row.cheap, row.gas <= 100, "{op:02x}");
            let grow = matches!(row.class, class::PUSH | class::DUP | class::INBOX) || op == code::PUSHGAS as usize;
            assert_eq!(row.grow, grow, "{op:02x}");
        }
        assert_eq!(ROWS[0].word(), 0x4000_0005);
        assert_eq!(ROWS[code::ADD as usize].word(), 0b1100 << 28 | 0b01_0001 << 22 | 3 << 17 | 3);
        assert_eq!((ROWS[0x71], ROWS_LEGACY[0x71].class), (INVALID, class::INBOX));
    }
}
