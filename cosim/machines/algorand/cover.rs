// SPDX-License-Identifier: MIT OR Apache-2.0
//! What coverage of the machine counts: the table of instructions says which of them can end how.

use avm_sim::algorand::exception::{Cause, RETIRE_ATHROW};
use avm_sim::algorand::isa::{Class, OPS, Op, code};
use avm_sim::trace::Retire;

use crate::lockstep::cover::{NO_DEPTH, Table};

/// Rows: the instructions in the table's order after row 0, which is everything that is none.
const ROWS: usize = OPS.len() + 1;
static ROW: [u8; 256] = rows();
/// Depths: these, the last of which taken `catch`es alone have, and the log of each call.
const DEPTHS: [&str; 4] = ["active methods", "rollback scopes", "operand stack", "cells kept by a catch"];

/// External invocations in progress, by the depths at which they have put their methods: each has a rollback scope.
#[derive(Clone, Debug, Default)]
pub struct Scopes(Vec<usize>);

impl Scopes {
    /// How many there are after an instruction that left so many methods active.
    #[inline]
    pub fn after(&mut self, retire: &Retire, methods: usize) -> usize {
        if retire.order == 0 {
            self.0.clear();
        }
        while self.0.last().is_some_and(|at| *at > methods) {
            self.0.pop();
        }
        if retire.opcode == u16::from(code::INVOKE_EXTERNAL) && retire.exception == 0 {
            self.0.push(methods);
        }
        self.0.len()
    }
}

/// Cells below the code that a taken `catch` has pushed onto a stack of `cells`.
#[inline]
pub fn kept(retire: &Retire, cells: usize) -> usize {
    let taken = retire.opcode == u16::from(code::CATCH) && retire.n_results == 1;
    if taken { cells - 1 } else { NO_DEPTH }
}

/// The table.
pub const TABLE: Table = Table {
    rows: &names(),
    row: |retire| usize::from(ROW[usize::from(retire.opcode as u8)]),
    codes: &codes(),
    allowed,
    may_follow,
    depths: &DEPTHS,
    log: true,
};

const fn rows() -> [u8; 256] {
    const { assert!(ROWS <= 256) };
    let (mut table, mut i) = ([0; 256], 0);
    while i < OPS.len() {
        table[OPS[i].code as usize] = i as u8 + 1;
        i += 1;
    }
    table
}

const fn names() -> [&'static str; ROWS] {
    let (mut names, mut i) = (["(none)"; ROWS], 0);
    while i < OPS.len() {
        names[i + 1] = OPS[i].name;
        i += 1;
    }
    names
}

/// All retire codes, in numeric order.
const fn codes() -> [u8; Cause::ALL.len() + 5] {
    let (mut codes, mut i) = ([0; Cause::ALL.len() + 5], 0);
    while i < Cause::ALL.len() {
        codes[i + 1] = Cause::ALL[i] as u8;
        i += 1;
    }
    let last = [RETIRE_ATHROW, 29, 30, 31];
    while i < codes.len() - 1 {
        codes[i + 1] = last[i - Cause::ALL.len()];
        i += 1;
    }
    codes
}

/// Whether the table of instructions allows a row to retire with a code.
fn allowed(row: usize, code: u8) -> bool {
    match row {
        // A fault of the fetch has opcode 0 in its record.
        0 => matches!(code, 1 | 2 | 29),
        _ => allowed_op(&OPS[row - 1], code),
    }
}

fn allowed_op(op: &Op, code: u8) -> bool {
    const UNDERFLOW: u8 = Cause::Underflow as u8;
    const OVERFLOW: u8 = Cause::Overflow as u8;
    let pages = matches!(op.class, Class::HLoad | Class::HStore | Class::Page);
    match code {
        0 => op.class != Class::Throw,
        RETIRE_ATHROW => op.class == Class::Throw,
        UNDERFLOW => op.pops > 0,
        // The results of a native are in its own table.
        OVERFLOW => op.pushes > op.pops || matches!(op.class, Class::InvokeNative | Class::Catch),
        29 => true,
        30 => pages || op.class == Class::InvokeExternal,
        31 => match op.class {
            Class::Invoke | Class::InvokeExternal | Class::HStore => true,
            Class::Page => op.code != self::code::PSIZE,
            _ => false,
        },
        _ => op.throws.iter().any(|cause| *cause as u8 == code),
    }
}

/// After what can only throw, nothing retires but a `catch`.
fn may_follow(row: usize, next: usize) -> bool {
    let throws = row == 0 || OPS[row - 1].class == Class::Throw;
    !throws || next > 0 && OPS[next - 1].class == Class::Catch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockstep::cover::Cover;
    use crate::machines::algorand::Room;

    fn retire(order: u64, opcode: u8, exception: u8) -> Retire {
        Retire { order, opcode: opcode.into(), exception, ..Retire::default() }
    }

    #[test]
    fn cells_follow_the_table() {
        let cover = Cover::of::<Room>();
        let names = |row| TABLE.codes.iter().filter(|c| TABLE.allows(row, **c)).map(|c| cover.code_name(*c)).collect();
        let of =
            |name: &str| -> Vec<&str> { names(1 + OPS.iter().position(|o| o.name == name).expect("an instruction")) };
        assert_eq!(of("nop"), ["normal", "out_of_fuel"]);
        assert_eq!(of("dup"), ["normal", "underflow", "overflow", "out_of_fuel"]);
        assert_eq!(of("idiv"), ["normal", "underflow", "arithmetic", "divide_by_zero", "out_of_fuel"]);
        assert_eq!(of("athrow"), ["underflow", "athrow", "out_of_fuel"]);
        assert_eq!(of("psize"), ["normal", "underflow", "out_of_fuel", "rejected"]);
        let store = ["normal", "underflow", "alignment", "page", "page_bounds", "out_of_fuel", "rejected", "capacity"];
        assert_eq!(of("hstore_64"), store);
        assert_eq!(names(0), ["fetch", "opcode", "out_of_fuel"]);
    }

    #[test]
    fn scopes_end_with_their_method_or_call() {
        let mut scopes = Scopes::default();
        let mut after = |order, opcode, methods| scopes.after(&retire(order, opcode, 0), methods);
        let (external, other) = (code::INVOKE_EXTERNAL, code::IADD);
        assert_eq!([after(0, other, 1), after(1, external, 2), after(2, external, 3)], [0, 1, 2]);
        assert_eq!([after(3, other, 2), after(4, other, 1)], [1, 0]);
        assert_eq!([after(5, external, 2), after(0, other, 2)], [1, 0]);
    }

    #[test]
    fn a_taken_catch_alone_keeps_cells() {
        let taken = Retire { n_results: 1, ..retire(3, code::CATCH, 0) };
        assert_eq!((kept(&taken, 1), kept(&taken, 128)), (0, 127));
        assert_eq!((kept(&retire(3, code::CATCH, 0), 9), kept(&retire(3, code::CATCH, 4), 128)), (NO_DEPTH, NO_DEPTH));
        assert_eq!(kept(&Retire { n_results: 1, ..retire(3, code::IADD, 0) }, 9), NO_DEPTH);
    }

    #[test]
    fn counts_add_up_and_pairs_end_with_their_call() {
        let (mut a, mut b) = (Cover::of::<Room>(), Cover::of::<Room>());
        a.retired(&retire(0, code::IADD, 0), &[1, 0, 1, NO_DEPTH]);
        a.retired(&retire(1, code::INVOKE_EXTERNAL, 0), &[2, 1, 0, NO_DEPTH]);
        a.retired(&retire(2, code::RETURN, 0), &[1, 0, 0, NO_DEPTH]);
        b.retired(&retire(0, code::IADD, 7), &[1, 0, 130, 5]);
        b.retired(&retire(0, 0xff, 0), &[1, 0, 0, NO_DEPTH]);
        a.merge(&b);
        let s = a.summary();
        assert_eq!((s.cells["iadd normal"], s.cells["iadd arithmetic"], s.outside["(none) normal"]), (1, 1, 1));
        assert_eq!((s.pairs.0, a.pairs().len()), (2, 2), "{:?}", a.pairs());
        assert_eq!(s.deepest("rollback scopes"), 1);
        assert_eq!(s.deepest("operand stack"), 128);
        assert_eq!(s.depths["rollback scopes"][..2], [(0, 4), (1, 1)]);
        assert_eq!(s.depths["cells kept by a catch"].iter().map(|(_, n)| n).sum::<u64>(), 1);
        assert_eq!(s.deepest("cells kept by a catch"), 4);
        // Through a file and back.
        let text = serde_json::to_string(&a.counts()).expect("JSON");
        let mut back = Cover::of::<Room>();
        back.add(&serde_json::from_str(&text).expect("counts")).expect("of this table");
        assert_eq!((serde_json::to_string(&back.counts()).expect("JSON"), back.pairs()), (text.clone(), a.pairs()));
        let outside = text.replacen("[[", "[[999999,1],[", 1);
        assert!(back.add(&serde_json::from_str(&outside).expect("counts")).is_err(), "{outside}");
    }
}
