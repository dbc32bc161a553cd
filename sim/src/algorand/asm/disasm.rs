// SPDX-License-Identifier: MIT OR Apache-2.0
//! Disassembly: text that assembles to the same image, and one instruction for reports.

use super::super::image::{Image, Method};
use super::super::isa::{self, Op, Operand};
use super::super::natives;
use super::params::METHOD_ENTRY;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Source text that assembles to the same bytes: the methods as `.entry` lines, the code with
/// labels where branches lead to the start of an instruction, the constants after the table.
pub fn disassemble(image: &Image) -> String {
    let (code, methods, data) = (image.code(), image.methods(), image.data());
    let mut out = format!("; {} bytes of code, {} methods, {} bytes of data\n", code.len(), methods.len(), data.len());
    for (index, Method { offset, frame, args, public }) in methods.iter().enumerate() {
        let access = if *public { "public" } else { "private" };
        let _ = writeln!(out, ".entry m{index} {access} args={args} frame={frame} at={offset:#06x}");
    }
    if !code.is_empty() {
        out.push_str("\n.code\n");
        code_lines(code, methods, &mut out);
    }
    if !data.is_empty() {
        out.push_str("\n.data\n");
        data_lines(data, METHOD_ENTRY * (1 + methods.len()), &mut out);
    }
    out
}

/// The instruction at an offset of a code area: `load_64 8`, `.u8 0x00 (undefined)`,
/// `.u8 0x43, 0x08 (truncated)`, or `(outside the code area)`.
pub fn instruction_text(code: &[u8], pc: usize) -> String {
    let Some(&first) = code.get(pc) else { return "(outside the code area)".into() };
    match isa::by_code(first) {
        None => format!(".u8 {first:#04x} (undefined)"),
        Some(op) => match code[pc..].get(1..usize::from(op.len())) {
            None => format!(".u8 {} (truncated)", hex(&code[pc..])),
            Some(operand) => text(op, operand, |_| None),
        },
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:#04x}")).collect::<Vec<_>>().join(", ")
}

/// An instruction's mnemonic and operand; `name` may give a 16-bit operand a name.
fn text(op: &Op, operand: &[u8], name: impl Fn(u16) -> Option<String>) -> String {
    let word = |at: usize| u16::from_le_bytes([operand[at], operand[at + 1]]);
    let shown = match op.operand {
        Operand::None => return op.name.into(),
        Operand::Imm(n) => {
            let mut bytes = [0; 8];
            bytes[..operand.len()].copy_from_slice(operand);
            let unused = 64 - 8 * u32::from(n);
            (i64::from_le_bytes(bytes) << unused >> unused).to_string()
        }
        Operand::Switch => format!("{:#06x}, {}", word(0), word(2)),
        Operand::Target | Operand::Const => name(word(0)).unwrap_or_else(|| format!("{:#06x}", word(0))),
        Operand::Native => natives::by_number(word(0).into()).map_or_else(|| word(0).to_string(), |n| n.name.into()),
        Operand::Local | Operand::Method => name(word(0)).unwrap_or_else(|| word(0).to_string()),
    };
    format!("{} {shown}", op.name)
}

/// The instruction that starts at an offset and is wholly inside the code. One that would run
/// over the start of a method is taken for data.
fn decode(code: &[u8], at: usize, entries: &BTreeSet<u16>) -> Option<&'static Op> {
    let op = isa::by_code(code[at])?;
    let end = at + usize::from(op.len());
    let inside = |entry: &u16| usize::from(*entry) < end;
    let after = u16::try_from(at + 1).ok();
    let split = after.and_then(|after| entries.range(after..).next()).is_some_and(inside);
    (end <= code.len() && !split).then_some(op)
}

fn code_lines(code: &[u8], methods: &[Method], out: &mut String) {
    let entries: BTreeSet<u16> = methods.iter().map(|m| m.offset).collect();
    let mut items = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let op = decode(code, at, &entries);
        items.push((at, op));
        at += op.map_or(1, |op| usize::from(op.len()));
    }
    let starts = |target: u16| items.binary_search_by_key(&usize::from(target), |i| i.0).is_ok();
    let operand = |at: usize, op: &Op| &code[at + 1..at + usize::from(op.len())];
    let targets = items.iter().filter_map(|&(at, op)| {
        let op = op.filter(|op| op.operand == Operand::Target)?;
        let target = operand(at, op);
        Some(u16::from_le_bytes([target[0], target[1]])).filter(|t| starts(*t))
    });
    let targets: BTreeSet<u16> = targets.collect();
    let names = |op: &'static Op| {
        let (methods, targets) = (methods.len(), &targets);
        move |value: u16| match op.operand {
            Operand::Target => targets.contains(&value).then(|| format!("L_{value:04x}")),
            Operand::Method => (usize::from(value) < methods).then(|| format!("m{value}")),
            _ => None,
        }
    };
    for &(at, op) in &items {
        let here = at as u16;
        if entries.contains(&here) {
            let which = methods.iter().enumerate().filter(|m| m.1.offset == here);
            let which: Vec<String> = which.take(4).map(|m| format!("m{}", m.0)).collect();
            let _ = writeln!(out, "; {}", which.join(", "));
        }
        if targets.contains(&here) {
            let _ = writeln!(out, "L_{here:04x}:");
        }
        let line = match op {
            Some(op) => text(op, operand(at, op), names(op)),
            None => format!(".u8 {:#04x}", code[at]),
        };
        let _ = writeln!(out, "    {line:<32}; {here:#06x}");
    }
}

/// Shortest run of text that is written as text, and most bytes in a line.
const TEXT: usize = 4;
const LINE: usize = 32;

fn data_lines(data: &[u8], base: usize, out: &mut String) {
    let printable = |b: &u8| matches!(b, b' '..=b'~');
    let run = |at: usize| data[at..].iter().take(LINE).take_while(|b| printable(b)).count();
    let mut at = 0;
    while at < data.len() {
        let text = run(at);
        let (line, bytes) = if text >= TEXT {
            let shown = String::from_utf8_lossy(&data[at..at + text]).replace('\\', r"\\").replace('"', r#"\""#);
            (format!(".bytes \"{shown}\""), text)
        } else {
            let end = data.len().min((at + 1).next_multiple_of(8));
            let end = (at + 1..end).find(|next| run(*next) >= TEXT).unwrap_or(end);
            (format!(".u8 {}", hex(&data[at..end])), end - at)
        };
        let _ = writeln!(out, "    {line:<52}; {:#06x}", base + at);
        at += bytes;
    }
}
