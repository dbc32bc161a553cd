// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fetch, branches and `switch`; the order of faults.

use super::*;
use Cause::*;

/// Every instruction longer than a byte, cut short everywhere (D6).
#[test]
fn truncated_instructions_throw_fetch_and_cost_1() {
    for op in isa::OPS.iter().filter(|o| o.len() > 1) {
        for cut in 1..usize::from(op.len()) {
            let run = run(&image(code(&[(op.name, 0)])[..cut].to_vec()), &call());
            assert_eq!(run.codes(), [Fetch as u8], "{} cut to {cut}", op.name);
            assert_eq!(run.last().opcode, 0);
            assert_eq!(run.fuel, 1_000_000 - 8 - 1);
            assert_eq!(run.outcome, uncaught(Fetch));
        }
    }
}

#[test]
fn falling_off_the_end_throws_fetch_there() {
    let run = run_program(&[("nop", 0)]);
    assert_eq!(run.addresses(), [0, 1]);
    assert_eq!((run.last().exception, run.last().opcode), (Fetch as u8, 0));
    assert_eq!(run.outcome, uncaught(Fetch));
}

/// The end of the largest code area is not its beginning.
#[test]
fn addresses_do_not_wrap() {
    let run = run(&image(vec![isa::code::NOP; 16_384]), &call());
    assert_eq!(run.records.len(), 16_385);
    assert_eq!((run.last().pc, run.last().exception), (16_384, Fetch as u8));
}

#[test]
fn branches() {
    let taken = |name: &'static str, cells: &[u64]| {
        let mut program = push(cells);
        let target = address(&program, cells.len()) + 3 + 3;
        program.extend([(name, target), ("const_8", 1), ("ireturn", 0)]);
        program.extend([("const_8", 2), ("ireturn", 0)]);
        run_program(&program).outcome == Outcome::Returned(Some(2))
    };
    assert!(taken("br", &[]));
    assert!(taken("brz", &[0]) && !taken("brz", &[MIN]) && !taken("brz", &[1 << 32]));
    assert!(!taken("brnz", &[0]) && taken("brnz", &[MIN]) && taken("brnz", &[1 << 32]));
}

#[test]
fn branches_take_their_cell() {
    assert_eq!(apply(&[4, 0], ("brz", 0)), Ok(vec![4]));
    assert_eq!(apply(&[4, 0], ("brnz", 0)), Ok(vec![4]));
}

/// Only a taken branch looks at its target (D6).
#[test]
fn targets_outside_the_code() {
    for target in [2 + 3 + 1, 65_535] {
        assert_eq!(run_program(&[("br", target)]).codes(), [Target as u8]);
        for (name, cell) in [("brz", 0), ("brnz", 1)] {
            let program = |cell| [("const_8", cell), (name, target), ("return", 0)];
            let (taken, not) = (run_program(&program(cell)), run_program(&program(1 - cell)));
            assert_eq!((taken.codes(), taken.outcome), (vec![0, Target as u8], uncaught(Target)));
            assert_eq!((not.codes(), not.outcome), (vec![0, 0, 0], Outcome::Returned(None)));
        }
    }
    // The last byte is inside.
    let run = run_program(&[("br", 3), ("return", 0)]);
    assert_eq!(run.outcome, Outcome::Returned(None));
}

#[test]
fn targets_in_the_middle_of_an_instruction_are_legal() {
    // The operand of const_16 is `self ireturn`.
    let hidden = i64::from(isa::by_name("ireturn").unwrap().code) << 8 | i64::from(isa::code::SELF);
    let run = run_program(&[("br", 4), ("const_16", hidden)]);
    assert_eq!(run.addresses(), [0, 4, 5]);
    assert_eq!(run.outcome, Outcome::Returned(Some(7)));
}

#[test]
fn an_empty_loop_ends_out_of_fuel() {
    let run = run(&image(code(&[("br", 0)])), &Call { fuel: 100, ..call() });
    assert_eq!((run.records.len(), run.outcome, run.fuel), (93, Outcome::OutOfFuel, -1));
}

/// The program `switch` on an index, and what follows if it falls through.
fn switch(index: u64, base: u16, count: u16, data: &[u8]) -> Result<u64, u8> {
    let program = [&push(&[index])[..], &[("switch", table(base, count)), ("const_8", 1), ("const_8", 2)]].concat();
    let image = Image::with_methods(code(&program), &[method(0, 0, 0)], data).unwrap();
    let mut interp = start(&image, &call());
    interp.step();
    match interp.step().unwrap().exception {
        0 => Ok(interp.pc() as u64),
        exception => Err(exception),
    }
}

/// Targets start at 16 in the constant area; the code has 18 bytes (D27).
#[test]
fn switch_entries() {
    let data = [0, 0, 17, 0, 18, 0, 16, 0, 9];
    assert_eq!(switch(0, 16, 4, &data), Ok(0));
    assert_eq!(switch(1, 16, 4, &data), Ok(17));
    assert_eq!(switch(2, 16, 4, &data), throws(Target));
    assert_eq!(switch(3, 16, 4, &data), Ok(16));
    assert_eq!(switch(4, 16, 4, &data), Ok(14), "falls through");
    assert_eq!(switch(4, 16, 5, &data), throws(Range), "one byte of the entry is missing");
    assert_eq!(switch(5, 16, 65_535, &data), throws(Range));
    assert_eq!(switch(MINUS_1, 16, 65_535, &data), Ok(14), "the index is unsigned");
    assert_eq!(switch(MIN, 16, 4, &data), Ok(14), "twice the index is not 0");
    assert_eq!(switch(1, 17, 4, &data), throws(Alignment));
    assert_eq!(switch(4, 17, 4, &data), Ok(14), "whatever base is");
    assert_eq!(switch(0, 65_534, 0, &data), Ok(14));
    assert_eq!(switch(0, 65_534, 1, &data), throws(Range));
    assert_eq!(switch(1, 65_534, 2, &data), throws(Range), "addresses do not wrap to 0");
    assert_eq!(switch(0, 65_535, 1, &data), throws(Alignment), "alignment before range");
    assert_eq!(switch(1, 14, 2, &data), Ok(0), "the table may be anywhere");
}

#[test]
fn switch_reaches_the_end_of_the_largest_constant_area() {
    let mut data = vec![0; 16_384 - 16];
    data[16_382 - 16] = 5;
    assert_eq!(switch(0, 16_382, 2, &data), Ok(5));
    assert_eq!(switch(1, 16_382, 2, &data), throws(Range));
}

/// Several faults at once: the first in the order of D9 counts.
#[test]
fn order_of_faults() {
    let first = |bytes: Vec<u8>, fuel: i64, steps: usize| {
        let image = image(bytes);
        let mut interp = start(&image, &Call { fuel: 8 + fuel, ..call() });
        (0..steps).filter_map(|_| interp.step()).last().unwrap().exception
    };
    let full = |more: &[Ins]| code(&[&push(&[1; 128])[..], more].concat());
    let cut = |mut bytes: Vec<u8>| {
        bytes.pop();
        bytes
    };
    // Fuel before fetch, opcode, underflow and all that follows.
    assert_eq!(first(cut(code(&[("br", 0)])), 0, 1), 29);
    assert_eq!(first(vec![0xff], 0, 1), 29);
    assert_eq!(first(code(&[("iadd", 0)]), 0, 1), 29);
    assert_eq!(first(full(&[("dup", 0)]), 128, 129), 29);
    assert_eq!(first(code(&[("load_64", 1)]), 0, 1), 29);
    assert_eq!(first(code(&[("invoke_internal", 9)]), 3, 1), 29);
    // Fetch before underflow and overflow.
    assert_eq!(first(cut(code(&[("brz", 9)])), 9, 1), Fetch as u8);
    assert_eq!(first(cut(full(&[("load_64", 1)])), 999, 129), Fetch as u8);
    // Underflow before a division by zero, an argument limit, a target.
    assert_eq!(first(code(&[("const_8", 0), ("idiv", 0)]), 99, 2), Underflow as u8);
    assert_eq!(first(code(&[("brz", 999)]), 9, 1), Underflow as u8);
    // Overflow before alignment, method, arguments.
    assert_eq!(first(full(&[("load_64", 1)]), 999, 129), Overflow as u8);
    assert_eq!(first(full(&[("cload_64", 65_535)]), 999, 129), Overflow as u8);
    assert_eq!(first(full(&[("invoke_internal", 9)]), 999, 129), Overflow as u8);
    // Alignment before range.
    assert_eq!(first(code(&[("load_64", 65_535)]), 9, 1), Alignment as u8);
    // Method before arguments, arguments before capacity.
    let invoke = |m| code(&[("const_8", 0), ("arg_8", 0), ("invoke_internal", m)]);
    assert_eq!(first(invoke(1), 99, 3), Method as u8);
    assert_eq!(first(invoke(0), 99, 3), Arguments as u8);
    let call = Call { limits: Limits { call_depth: 1, invocations: 1, ..Limits::default() }, ..call() };
    assert_eq!(run(&image(invoke(1)), &call).codes(), [0, 0, Method as u8]);
    assert_eq!(run(&image(invoke(0)), &call).codes(), [0, 0, Arguments as u8]);
}
