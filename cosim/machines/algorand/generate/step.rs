// SPDX-License-Identifier: MIT OR Apache-2.0
//! One instruction, as text in a plan's file.

use std::fmt;
use std::str::FromStr;

use avm_sim::algorand::isa::{self, Class, DECODE, OPS, Operand};
use avm_sim::algorand::natives;
use serde::{Deserialize, Serialize};

/// An instruction with its operand, or a byte that is none. As text it is a line of assembler source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Step {
    /// Opcode byte.
    pub op: u8,
    /// Operand: sign-extended, zero-extended, or for `switch` base | count << 16. Bytes that do not fit are cut.
    pub arg: i64,
}

/// Row of an opcode byte in the instruction table, 255 if it has none: the table is searched by name and
/// number elsewhere, and here for every instruction.
static ROWS: [u8; 256] = {
    let mut rows = [255; 256];
    let mut i = 0;
    while i < OPS.len() {
        rows[OPS[i].code as usize] = i as u8;
        i += 1;
    }
    rows
};

static THROWS: [bool; 256] = {
    let mut throws = [true; 256];
    let mut i = 0;
    while i < OPS.len() {
        throws[OPS[i].code as usize] = match OPS[i].class {
            Class::Alu | Class::Mul | Class::Div => !OPS[i].throws.is_empty(),
            Class::Invoke | Class::InvokeExternal | Class::InvokeNative | Class::Throw => true,
            Class::HLoad | Class::HStore | Class::Page => OPS[i].code != isa::code::PSIZE,
            _ => false,
        };
        i += 1;
    }
    throws
};

// Opcodes whose low bits are log2 of the width (bit 2 of a load: signed), for widths that are chosen at random.
pub(super) const ARG_8: u8 = find("arg_8");
pub(super) const LOAD_8: u8 = find("load_u8");
pub(super) const STORE_8: u8 = find("store_8");
pub(super) const LOADX_8: u8 = find("loadx_u8");
pub(super) const STOREX_8: u8 = find("storex_8");
pub(super) const CLOAD_8: u8 = find("cload_u8");
pub(super) const CLOADX_8: u8 = find("cloadx_u8");
pub(super) const HLOAD_8: u8 = find("hload_u8");
pub(super) const HSTORE_8: u8 = find("hstore_8");
/// Of a cell that belongs to a snippet.
pub(super) const LOAD_64: u8 = LOAD_8 | 3;
/// See [`LOAD_64`].
pub(super) const STORE_64: u8 = STORE_8 | 3;

const fn find(name: &str) -> u8 {
    let mut i = 0;
    while i < OPS.len() {
        let (a, b) = (OPS[i].name.as_bytes(), name.as_bytes());
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        if at == a.len() && at == b.len() {
            return OPS[i].code;
        }
        i += 1;
    }
    panic!("no such mnemonic in the table")
}

impl Step {
    /// An instruction without operand.
    pub const fn op(op: u8) -> Step {
        Step { op, arg: 0 }
    }

    /// An instruction with one.
    pub const fn with(op: u8, arg: i64) -> Step {
        Step { op, arg }
    }

    /// The shortest instruction that pushes a cell.
    pub const fn push(cell: i64) -> Step {
        let log2 = if cell as i8 as i64 == cell {
            0
        } else if cell as i16 as i64 == cell {
            1
        } else if cell as i32 as i64 == cell {
            2
        } else {
            3
        };
        Step { op: isa::code::CONST_8 + log2, arg: cell }
    }

    /// Its row of the instruction table; `None` for a byte that is no instruction.
    pub fn row(self) -> Option<&'static isa::Op> {
        OPS.get(usize::from(ROWS[usize::from(self.op)]))
    }

    /// Cells that it takes, and cells that it leaves when it completes. Of invocations what they leave when they
    /// do not: a line only has those that cannot succeed.
    pub fn effect(self) -> (u32, u32) {
        let row = &DECODE[usize::from(self.op)];
        let results = match row.class {
            Class::Invoke | Class::InvokeExternal => 0,
            Class::InvokeNative => natives::by_number(self.arg as u16 as usize).map_or(0, |n| n.results),
            _ => row.pushes,
        };
        (row.pops.into(), results.into())
    }

    /// Whether it may throw where snippets are drawn without ill will: accesses to frame and constants, arguments
    /// and branches are right then.
    pub fn throws(self) -> bool {
        THROWS[usize::from(self.op)]
    }

    /// Writes its bytes.
    pub(super) fn put(self, code: &mut Vec<u8>) {
        let len = usize::from(DECODE[usize::from(self.op)].len);
        let mut bytes = [self.op; 9];
        bytes[1..].copy_from_slice(&self.arg.to_le_bytes());
        code.extend_from_slice(&bytes[..len]);
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(row) = self.row() else { return write!(f, ".u8 {:#04x}", self.op) };
        f.write_str(row.name)?;
        match row.operand {
            Operand::None => Ok(()),
            Operand::Imm(1) => write!(f, " {}", self.arg as i8),
            Operand::Imm(2) => write!(f, " {}", self.arg as i16),
            Operand::Imm(4) => write!(f, " {}", self.arg as i32),
            Operand::Imm(_) => write!(f, " {}", self.arg),
            Operand::Switch => write!(f, " {}, {}", self.arg as u16, (self.arg >> 16) as u16),
            _ => write!(f, " {}", self.arg as u16),
        }
    }
}

impl From<Step> for String {
    fn from(step: Step) -> String {
        step.to_string()
    }
}

impl TryFrom<String> for Step {
    type Error = String;

    fn try_from(text: String) -> Result<Step, String> {
        text.parse()
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Step, String> {
        let (name, operands) = text.split_once(' ').unwrap_or((text, ""));
        let wrong = || format!("not an instruction: `{text}`");
        if name == ".u8" {
            let byte = operands.strip_prefix("0x").and_then(|hex| u8::from_str_radix(hex, 16).ok());
            return byte.filter(|b| isa::by_code(*b).is_none()).map(Step::op).ok_or_else(wrong);
        }
        let row = isa::by_name(name).ok_or_else(wrong)?;
        let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
        let arg = match (row.operand, operands.split_once(", ")) {
            (Operand::None, _) if operands.is_empty() => 0,
            (Operand::Switch, Some((base, count))) => number(base)? & 0xffff | (number(count)? & 0xffff) << 16,
            _ => number(operands)?,
        };
        Ok(Step { op: row.code, arg })
    }
}
