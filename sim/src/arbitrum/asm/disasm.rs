// SPDX-License-Identifier: MIT OR Apache-2.0
//! Disassembly: text that assembles to the same values, and one instruction for reports.

use super::super::isa;
use super::super::mexe::{Image, Instruction};
use super::super::value::Value;
use ruint::aliases::U256;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Source text that assembles to the same values: one instruction per line, with labels where CodePoints lead.
pub fn disassemble(image: &Image) -> String {
    let last = image.code().len() as u32;
    let mut targets = BTreeSet::new();
    let immediates = image.code().iter().filter_map(|i| i.immediate.as_ref());
    immediates.chain([image.static_value()]).for_each(|value| codes(value, &mut targets));
    let mut out = format!("; {last} words\n");
    let _ = writeln!(out, ".static {}", value_text(image.static_value(), last));
    for (word, instruction) in (0..).zip(image.code()) {
        if targets.contains(&word) {
            let _ = writeln!(out, "L{word}:");
        }
        let line = instruction_text(instruction, last);
        let _ = writeln!(out, "    {line:<40}; {word}");
    }
    out
}

/// An instruction as the assembler takes it: `add 5`, `cjump L7`, `.op 0x7a, []`. `last` is the index of the error CodePoint.
pub fn instruction_text(instruction: &Instruction, last: u32) -> String {
    let immediate = instruction.immediate.as_ref().map(|value| value_text(value, last));
    match (isa::by_code(instruction.opcode), immediate) {
        (Some(op), None) => op.name.into(),
        (Some(op), Some(value)) => format!("{} {value}", op.name),
        (None, None) => format!(".op {:#04x}", instruction.opcode),
        (None, Some(value)) => format!(".op {:#04x}, {value}", instruction.opcode),
    }
}

/// A value as the assembler takes it; CodePoints are `L` and their word.
pub fn value_text(value: &Value, last: u32) -> String {
    let mut out = String::new();
    put(value, last, &mut out);
    out
}

/// Integers up to here are written in decimal, also below 0.
const DECIMAL: u64 = 1 << 32;

fn put(value: &Value, last: u32, out: &mut String) {
    let _ = match value {
        Value::Int(n) if *n <= U256::from(DECIMAL) => write!(out, "{n}"),
        Value::Int(n) if n.wrapping_neg() <= U256::from(DECIMAL) => write!(out, "-{}", n.wrapping_neg()),
        Value::Int(n) => write!(out, "{n:#x}"),
        Value::Code(word) if *word >= last => write!(out, "errcp"),
        Value::Code(word) => write!(out, "L{word}"),
        Value::Buffer(buffer) => {
            let length = buffer.last().map_or(0, |last| last as usize + 1);
            let bytes: String = buffer.prefix(length).iter().map(|b| format!("{b:02x}")).collect();
            if bytes.is_empty() { write!(out, "buffer()") } else { write!(out, "buffer(x\"{bytes}\")") }
        }
        Value::Tuple(slots) => {
            out.push('[');
            for (index, slot) in slots.iter().enumerate() {
                if index > 0 {
                    out.push_str(", ");
                }
                put(slot, last, out);
            }
            out.push(']');
            Ok(())
        }
    };
}

fn codes(value: &Value, out: &mut BTreeSet<u32>) {
    match value {
        Value::Code(word) => drop(out.insert(*word)),
        Value::Tuple(slots) => slots.iter().for_each(|slot| codes(slot, out)),
        Value::Int(_) | Value::Buffer(_) => {}
    }
}
