// SPDX-License-Identifier: MIT OR Apache-2.0
//! A profile for other programs: comma-separated values and folded stacks.

use super::{Causes, Profile, full_name};

/// One table of everything: `table,name,at,count,cycles,min,median,max,inclusive`, then a column for each cause. What a
/// table does not have is empty.
///
/// # Errors
/// Does not happen: it is written to memory.
pub fn csv(p: &Profile) -> Result<String, csv::Error> {
    let mut out = csv::Writer::from_writer(Vec::new());
    let fixed = ["table", "name", "at", "count", "cycles", "min", "median", "max", "inclusive"].map(String::from);
    out.write_record(fixed.iter().chain(&p.cause_names))?;
    let by = |causes: &Causes| -> Vec<String> {
        p.cause_names.iter().map(|name| causes.get(name).copied().unwrap_or(0).to_string()).collect()
    };
    let none = || vec![String::new(); p.cause_names.len()];
    let mut row = |fixed: [&str; 4], numbers: [Option<u64>; 5], causes: Vec<String>| {
        let number = |n: Option<u64>| n.map_or_else(String::new, |n| n.to_string());
        let fields = fixed.map(String::from).into_iter().chain(numbers.map(number)).chain(causes);
        out.write_record(fields)
    };
    let total = [Some(p.cycles), None, None, None, None];
    row(["total", "", "", &p.instructions.to_string()], total, by(&p.causes))?;
    for o in &p.opcodes {
        let numbers = [Some(o.cycles), Some(o.min), Some(o.median), Some(o.max), None];
        row(["opcode", &o.name, "", &o.count.to_string()], numbers, by(&o.causes))?;
    }
    for m in &p.methods {
        let numbers = [Some(m.cycles), None, None, None, Some(m.inclusive)];
        row(["method", &full_name(&m.application, &m.name), "", &m.calls.to_string()], numbers, by(&m.causes))?;
    }
    for c in &p.call_sites {
        let (name, at) = (format!("{} > {}", c.caller, c.callee), at(c.line, c.pc));
        row(["call site", &name, &at, &c.calls.to_string()], [None, None, None, None, Some(c.inclusive)], none())?;
    }
    for l in &p.lines {
        let name = if l.file.is_empty() { &l.text } else { &l.file };
        let numbers = [Some(l.cycles), None, None, None, None];
        row(["line", name, &at(l.line, l.pc), &l.count.to_string()], numbers, by(&l.causes))?;
    }
    let bytes = out.into_inner().map_err(csv::IntoInnerError::into_error)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A line of the source, or an address.
fn at(line: u32, pc: u64) -> String {
    if line > 0 { line.to_string() } else { format!("@{pc}") }
}

/// Folded stacks: frames separated by semicolons, a space, cycles. What flame graph tools read.
pub fn folded(p: &Profile) -> String {
    // Both separators mean something.
    let frame = |f: &String| f.replace([';', ' ', '\n'], "_");
    let line =
        |s: &super::Stack| format!("{} {}\n", s.frames.iter().map(frame).collect::<Vec<_>>().join(";"), s.cycles);
    p.stacks.iter().map(line).collect()
}
