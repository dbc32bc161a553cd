// SPDX-License-Identifier: MIT OR Apache-2.0
//! What coverage of the machine counts: the table of instructions says which of them can end how.

use avm_sim::arbitrum::isa::{OPS, Op, Ty};
use avm_sim::arbitrum::numbers::exception;

use crate::lockstep::cover::Table;

/// Rows: the instructions in the table's order after row 0, which is every invalid opcode.
const ROWS: usize = OPS.len() + 1;
static ROW: [u8; 256] = rows();

/// The table.
pub const TABLE: Table = Table {
    rows: &names(),
    row: |retire| usize::from(ROW[usize::from(retire.opcode as u8)]),
    codes: &[exception::NONE, exception::UNDERFLOW, exception::GAS, exception::ERROR],
    allowed,
    may_follow: |row, next| row == 0 || next == 0 || OPS[row - 1].name != "halt",
    depths: &["data stack", "aux stack", "live tuples"],
    ..Table::PLAIN
};

const fn rows() -> [u8; 256] {
    const { assert!(ROWS <= 256) };
    let (mut table, mut i) = ([0; 256], 0);
    while i < OPS.len() {
        // Not of the final machine.
        if !OPS[i].legacy() {
            table[OPS[i].code as usize] = i as u8 + 1;
        }
        i += 1;
    }
    table
}

const fn names() -> [&'static str; ROWS] {
    let (mut names, mut i) = (["(invalid)"; ROWS], 0);
    while i < OPS.len() {
        names[i + 1] = OPS[i].name;
        i += 1;
    }
    names
}

/// Whether the table of instructions allows a row to retire with a code.
fn allowed(row: usize, code: u8) -> bool {
    let Some(op) = row.checked_sub(1).map(|i| &OPS[i]) else {
        return matches!(code, exception::GAS | exception::ERROR);
    };
    // Beyond the hardware, or not there.
    if op.legacy() || op.name == "ecpairing" {
        return op.name == "ecpairing" && matches!(code, exception::GAS | exception::UNDERFLOW);
    }
    match code {
        exception::NONE => op.name != "error",
        exception::UNDERFLOW => op.pops() + op.aux_pops() > 0,
        exception::GAS => true,
        _ => wrong(op),
    }
}

/// Whether an instruction can be wrong beyond underflow and gas.
fn wrong(op: &Op) -> bool {
    op.name == "error" || op.value_errors || op.takes.iter().any(|operand| operand.ty != Ty::Any)
}
