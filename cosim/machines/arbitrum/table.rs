// SPDX-License-Identifier: MIT OR Apache-2.0
//! The table of instructions as text and JSON.

use std::fmt::Write as _;

use avm_sim::arbitrum::isa;
use serde::Serialize;

#[derive(Serialize)]
struct JsonOp {
    opcode: u8,
    mnemonic: &'static str,
    gas: u32,
    pops: u8,
    aux_pops: u8,
    pushes: u8,
    legacy: bool,
    meaning: &'static str,
}

/// Columns for a terminal.
pub(super) fn text() -> String {
    let mut s = String::from("op  mnemonic         gas  stack    aux  meaning\n");
    for o in isa::OPS {
        let stack = format!("{} -> {}", o.pops(), o.pushes);
        let legacy = if o.legacy() { " (legacy only)" } else { "" };
        let (aux, meaning) = (o.aux_pops(), o.meaning);
        let _ = writeln!(s, "{:02x}  {:<13} {:>6}  {stack:<7} {aux:>4}  {meaning}{legacy}", o.code, o.name, o.gas);
    }
    s
}

/// JSON.
pub(super) fn json() -> String {
    let op = |o: &isa::Op| JsonOp {
        opcode: o.code,
        mnemonic: o.name,
        gas: o.gas,
        pops: o.pops(),
        aux_pops: o.aux_pops(),
        pushes: o.pushes,
        legacy: o.legacy(),
        meaning: o.meaning,
    };
    let ops: Vec<_> = isa::OPS.iter().map(op).collect();
    serde_json::to_string_pretty(&ops).map_or_else(|e| format!("{{\"error\": \"{e}\"}}\n"), |s| s + "\n")
}
