// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table of instructions as text and JSON.

use std::fmt::Write as _;

use avm_sim::algorand::isa;
use serde::Serialize;

#[derive(Serialize)]
struct JsonOp {
    opcode: u8,
    mnemonic: &'static str,
    length: u8,
    pops: u8,
    pushes: u8,
    fuel: u8,
    throws: Vec<&'static str>,
    meaning: &'static str,
}

/// Columns for a terminal.
pub(super) fn text() -> String {
    let mut s = String::from("op  mnemonic         bytes  stack    fuel  meaning\n");
    for o in isa::OPS {
        let stack = format!("{} -> {}", o.pops, o.pushes);
        let _ = writeln!(s, "{:02x}  {:<16} {:>5}  {stack:<7} {:>5}  {}", o.code, o.name, o.len(), o.fuel, o.meaning);
    }
    s
}

/// JSON.
pub(super) fn json() -> String {
    let ops: Vec<_> = isa::OPS
        .iter()
        .map(|o| JsonOp {
            opcode: o.code,
            mnemonic: o.name,
            length: o.len(),
            pops: o.pops,
            pushes: o.pushes,
            fuel: o.fuel,
            throws: o.throws.iter().map(|c| c.name()).collect(),
            meaning: o.meaning,
        })
        .collect();
    serde_json::to_string_pretty(&ops).map_or_else(|e| format!("{{\"error\": \"{e}\"}}\n"), |s| s + "\n")
}
