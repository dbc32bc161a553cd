// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tables with one cell changed. This file is part of the mutated tree only.

use std::sync::LazyLock;

use crate::algorand::exception::Cause;
use crate::algorand::isa::{self, Class, Decode, Op};
use crate::algorand::natives::{NATIVES, Native};
use crate::mutant::cell;

/// A cell that is changed by one.
fn step(cell: u8, up: bool) -> u8 {
    if up { cell + 1 } else { cell - 1 }
}

/// The decoder's rows.
pub fn decode(mut rows: [Decode; 256]) -> [Decode; 256] {
    let Some((what, of)) = cell() else { return rows };
    for (code, row) in rows.iter_mut().enumerate() {
        if name(code as u8) != of {
            continue;
        }
        match what {
            "fuel+" => row.fuel += 1,
            "pops+" | "pops-" => row.pops = step(row.pops, what == "pops+"),
            "pushes+" | "pushes-" => row.pushes = step(row.pushes, what == "pushes+"),
            _ => {}
        }
        if what.starts_with('p') && !matches!(row.class, Class::Invoke | Class::InvokeExternal | Class::Return) {
            row.delta = row.pushes as i8 - row.pops as i8;
        }
    }
    rows
}

/// The table of natives.
pub fn natives() -> &'static [Native] {
    static CHANGED: LazyLock<Vec<Native>> = LazyLock::new(|| {
        let mut natives = NATIVES.to_vec();
        let Some((what, of)) = cell() else { return natives };
        for native in natives.iter_mut().filter(|n| n.name == of) {
            match what {
                "base+" => native.base += 1,
                "rate+" => native.rate_log2 += 1,
                "least+" => native.least += 1,
                "least-" => native.least -= 1,
                "results+" => native.results += 1,
                "results-" => native.results -= 1,
                _ => {}
            }
        }
        natives
    });
    &CHANGED
}

/// Fuel of the first invocation.
pub fn first_fuel(fuel: u8) -> u8 {
    fuel + u8::from(cell() == Some(("fuel+", "first")))
}

fn name(opcode: u8) -> &'static str {
    isa::by_code(opcode).map_or("undefined", |op| op.name)
}

/// What the interpreter throws where this instruction throws `cause`: the next cause, in the cell that is changed.
pub fn raised(opcode: u8, cause: Cause) -> Cause {
    let Some(("raises", of)) = cell() else { return cause };
    if of.split_once(' ') != Some((name(opcode), cause.name())) {
        return cause;
    }
    Cause::ALL[cause as usize % Cause::ALL.len()]
}

/// The column of exceptions, which is read by who counts coverage.
pub fn throws(op: &Op) -> Vec<Cause> {
    let gone = |cause: &Cause| match cell() {
        Some(("throws-", of)) => of.split_once(' ') == Some((op.name, cause.name())),
        _ => false,
    };
    op.throws.iter().copied().filter(|cause| !gone(cause)).collect()
}
