// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutants of the tables: one for each cell of the instruction set and of the natives.
//!
//! Not here: what the mutated tree does with them (`runtime/cells.rs`).

use avm_sim::algorand::isa::{Class, OPS, Op};
use avm_sim::algorand::natives::{NATIVES, Native};

use crate::point::{Mutant, Switch};

/// The instruction table, in the repository.
pub const ISA: &str = "sim/src/algorand/isa.rs";
/// The table of natives, in the repository.
pub const TABLE_OF_NATIVES: &str = "sim/src/algorand/natives.rs";

/// All cells; `isa` and `natives` are the texts of the files that hold them.
pub fn all(isa: &str, natives: &str) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for op in OPS {
        let row = format!("\"{}\",", op.name);
        mutants.extend(of_op(op).into_iter().map(|(what, of)| mutant(ISA, isa, &row, what, of)));
    }
    for native in NATIVES {
        let row = format!("name: \"{}\"", native.name);
        let changes = of_native(native).into_iter();
        mutants.extend(changes.map(|what| mutant(TABLE_OF_NATIVES, natives, &row, what, native.name.into())));
    }
    let row = "const UNDEFINED_FUEL";
    for (what, of) in [("fuel+", "undefined"), ("raises", "undefined opcode"), ("raises", "undefined fetch")] {
        mutants.push(mutant(ISA, isa, row, what, of.into()));
    }
    mutants.push(mutant(ISA, isa, "const FIRST_INVOKE_FUEL", "fuel+", "first".into()));
    mutants
}

fn of_op(op: &Op) -> Vec<(&'static str, String)> {
    let mut changes = vec![("fuel+", op.name.to_string())];
    let mut effect = |what, there| {
        if there {
            changes.push((what, op.name.into()));
        }
    };
    effect("pops+", op.pops < 3);
    effect("pops-", op.pops > 0);
    // An invocation pushes nothing: this is the cell that must be free. Returns and natives push on other terms.
    let own = !matches!(op.class, Class::Return | Class::InvokeNative);
    effect("pushes+", own && op.pushes < 3);
    effect("pushes-", own && op.pushes > 0);
    for cause in op.throws {
        changes.push(("raises", format!("{} {}", op.name, cause.name())));
        changes.push(("throws-", format!("{} {}", op.name, cause.name())));
    }
    changes
}

fn of_native(native: &Native) -> Vec<&'static str> {
    let mut changes = vec!["base+", "rate+", "least+", "results+", "results-"];
    if native.least > 0 {
        changes.push("least-");
    }
    changes
}

fn mutant(file: &str, text: &str, row: &str, what: &'static str, of: String) -> Mutant {
    let found = text.lines().enumerate().find_map(|(i, line)| Some((i, line.find(row)?, line)));
    let (line, column, text) = found.unwrap_or((0, 0, ""));
    Mutant {
        change: format!("{what} {of}"),
        switch: Switch::Cell(what, of),
        file: file.into(),
        function: "table".into(),
        line: line + 1,
        column: column + 1,
        text: text.trim().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_has_a_mutant_with_its_row() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
        let read = |file| std::fs::read_to_string(format!("{root}/{file}")).expect("in the repository");
        let mutants = all(&read(ISA), &read(TABLE_OF_NATIVES));
        for op in OPS {
            let of = |what: &str| mutants.iter().filter(|m| m.change == format!("{what} {}", op.name)).count();
            assert_eq!((of("fuel+"), of("pops-")), (1, usize::from(op.pops > 0)), "{}", op.name);
        }
        for m in &mutants {
            assert!(m.line > 1 && !m.text.is_empty(), "{} is in no row", m.change);
        }
    }
}
