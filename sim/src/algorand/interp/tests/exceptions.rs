// SPDX-License-Identifier: MIT OR Apache-2.0
//! `athrow`, `catch` and unwinding.

use super::*;
use Cause::*;

/// Bits 63 and 62 of a thrown value are cleared; leaving the first frame sets bit 62 (D8).
#[test]
fn machine_codes_cannot_be_forged() {
    for (value, code) in [(5, 5), (MINUS_1, MINUS_1 >> 2), (Fetch.code() | CODE_CROSSED, 1)] {
        let athrow = [&push(&[value])[..], &[("athrow", 0)]].concat();
        let run = run_program(&athrow);
        assert_eq!((run.codes(), run.outcome), (vec![0, 28], Outcome::Exception(code | CODE_CROSSED)));
        assert_eq!((run.last().n_operands, run.last().operands[0]), (1, value));
        let caught = [&athrow[..], &[("catch", 9 + 1 + 3), ("ireturn", 0)]].concat();
        assert_eq!(run_program(&caught).outcome, Outcome::Returned(Some(code)));
    }
}

/// D7: pushes the code, branches, retires as one instruction.
#[test]
fn a_taken_catch() {
    let program = [("const_8", 1), ("const_8", 2), ("load_64", 1), ("catch", 11), ("nop", 0), ("nop", 0)];
    let image = image(code(&program));
    let mut interp = start(&image, &call());
    interp.run(2);
    let thrower = interp.step().unwrap();
    assert_eq!((thrower.exception, thrower.n_results), (Alignment as u8, 0));
    assert_eq!((interp.pc(), interp.stack()), (7, &[1, 2][..]));
    let catch = interp.step().unwrap();
    assert_eq!((catch.pc, catch.exception, catch.n_results), (7, 0, 1));
    assert_eq!(catch.results[0][0], Alignment.code());
    assert_eq!(catch.meter_before.unwrap() - catch.meter_after.unwrap(), 1, "the same price (D1)");
    assert_eq!((interp.pc(), interp.stack()), (11, &[1, 2, Alignment.code()][..]));
}

#[test]
fn a_catch_reached_normally_does_nothing() {
    let run = run_program(&[("const_8", 1), ("catch", 65_535), ("ireturn", 0)]);
    assert_eq!((run.codes(), run.outcome), (vec![0; 3], Outcome::Returned(Some(1))));
    assert_eq!(run.records[1].n_results, 0);
}

/// D7: the cells that the instruction pops are gone, or all, if there are fewer.
#[test]
fn a_catch_finds_the_stack_without_the_operands() {
    let throwers = [("load_64", 1), ("athrow", 0), ("idiv", 0), ("hstore_16", 0)];
    for (pops, thrower) in throwers.into_iter().enumerate() {
        for cells in 0..6 {
            // `hstore_16` finds an odd offset, `idiv` a zero; what underflows takes all.
            let stack: Vec<u64> =
                (1..=cells).rev().map(|c| if thrower.0 == "idiv" && c == 1 { 0 } else { 2 * c - 1 }).collect();
            let program = seq(&[&push(&stack), &[thrower, ("catch", NEXT)], RETURN]);
            let mut interp = scene(&[(7, &app(&[&program]))]).start();
            interp.run(cells + 2);
            let left = &stack[..stack.len().saturating_sub(pops)];
            assert_eq!(interp.stack().split_last().map(|(_, below)| below), Some(left), "{thrower:?} {cells}");
        }
    }
}

/// D7: a full stack throws at the `catch`, after a target outside.
#[test]
fn a_catch_needs_a_free_cell() {
    let full = |end: &[Ins]| run_program(&[&push(&[1; 128])[..], end].concat());
    let run = full(&[("dup", 0), ("catch", 128 * 9 + 4), ("ireturn", 0)]);
    assert_eq!(run.outcome, Outcome::Returned(Some(Overflow.code())), "the operand of `dup` is gone");
    for (target, cause) in [(0, Overflow), (65_535, Target)] {
        let run = full(&[("self", 0), ("catch", target), ("nop", 0)]);
        assert_eq!(run.codes()[128..], [Overflow as u8, cause as u8]);
        assert_eq!(run.outcome, uncaught(cause));
    }
}

/// D6, D7: the target is checked only if taken; it throws at the `catch`, and the next instruction
/// is the one after it.
#[test]
fn a_catch_with_a_target_outside() {
    let run = run_program(&[("athrow", 0), ("catch", 999), ("catch", 7), ("ireturn", 0)]);
    assert_eq!(run.codes(), [Underflow as u8, Target as u8, 0, 0]);
    assert_eq!(run.addresses(), [0, 1, 4, 7]);
    assert_eq!(run.outcome, Outcome::Returned(Some(Target.code())));
    let run = run_program(&[("athrow", 0), ("catch", 999), ("nop", 0)]);
    assert_eq!((run.codes(), run.outcome), (vec![3, 9], uncaught(Target)));
}

/// D4: textually next, also for branches, `switch`, returns and `athrow`.
#[test]
fn next_is_the_one_textually_after() {
    for thrower in [("br", 999), ("switch", table(1, 1)), ("ireturn", 0), ("athrow", 0), ("load_64", 3)] {
        let mut program = vec![("const_8", 0), ("pop", 0)];
        if thrower.0 == "switch" {
            program.push(("const_8", 0));
        }
        program.push(thrower);
        let handler = address(&program, program.len()) + 3 + 1;
        program.extend([("catch", handler), ("nop", 0), ("ireturn", 0)]);
        let run = run_program(&program);
        assert!(matches!(run.outcome, Outcome::Returned(Some(code)) if code & CODE_MACHINE != 0), "{thrower:?}");
    }
}

/// A `catch` elsewhere, one behind another instruction, and one that is cut short do not count.
#[test]
fn only_a_whole_catch_right_there_counts() {
    let thrower = [("pop", 0)];
    let not_next = [&thrower[..], &[("nop", 0), ("catch", 0)]].concat();
    assert_eq!(run_program(&not_next).outcome, uncaught(Underflow));
    for cut in 1..3 {
        let mut bytes = code(&[&thrower[..], &[("catch", 0)]].concat());
        bytes.truncate(bytes.len() - cut);
        assert_eq!(run(&image(bytes), &call()).outcome, uncaught(Underflow));
    }
    let whole_at_the_end = [&thrower[..], &[("catch", 0)]].concat();
    let run = run_program(&whole_at_the_end);
    assert_eq!((run.addresses(), run.outcome), (vec![0, 1, 0, 1, 4], uncaught(Fetch)));
}

/// An instruction that is not whole has no next one (D6); an undefined opcode has (D5).
#[test]
fn no_next_after_a_fetch_fault() {
    // brz whose second operand byte is missing: its first is a `catch` opcode, but no next.
    let catch = isa::code::CATCH;
    let run_bytes = |bytes: Vec<u8>| run(&image(bytes), &call()).outcome;
    assert_eq!(run_bytes(vec![isa::code::BRZ, catch]), uncaught(Fetch));
    assert_eq!(run_bytes(vec![isa::code::CONST_64, catch, 0, 0]), uncaught(Fetch));
    assert_eq!(run_bytes(vec![0xff, catch, 4, 0, isa::code::IRETURN]), Outcome::Returned(Some(Opcode.code())));
}

/// Through several methods to the return address of one whose next instruction is a `catch`.
#[test]
fn unwinding_stops_at_a_catch_at_the_return_address() {
    let main = [("const_8", 1), ("invoke_internal", 1), ("catch", 9), ("return", 0), ("ireturn", 0)];
    let middle = [("const_8", 2), ("invoke_internal", 2), ("nop", 0), ("catch", 0)];
    let inner = [("const_8", 3), ("invoke_internal", 3), ("pop", 0)];
    let thrower = [("const_8", 4), ("const_8", 77), ("athrow", 0)];
    let image = linked(&[(&main, 24, 0), (&middle, 8, 0), (&inner, 8, 0), (&thrower, 8, 0)]);
    let mut interp = start(&image, &call());
    interp.run(8);
    assert_eq!(interp.depth(), 4);
    let athrow = interp.step().unwrap();
    assert_eq!((athrow.exception, interp.depth(), interp.pc()), (28, 1, 5));
    assert_eq!((interp.stack(), interp.frame().len()), (&[1][..], 24));
    let tank = interp.fuel();
    let catch = interp.step().unwrap();
    assert_eq!((catch.order, catch.pc, catch.results[0][0]), (9, 5, 77));
    assert_eq!(catch.meter_before, Some(tank), "unwinding is free");
    assert_eq!(interp.stack(), [1, 77]);
    assert_eq!(interp.run(9), Some(Outcome::Returned(Some(77))));
}

/// Nobody catches: the call's outcome, whatever the depth.
#[test]
fn unwinding_to_the_end() {
    let main = [("invoke_internal", 1), ("nop", 0), ("catch", 0)];
    let middle = [("invoke_internal", 2)];
    let thrower = [("const_8", 1), ("const_8", 0), ("idiv", 0)];
    let run = run(&linked(&[(&main, 0, 0), (&middle, 0, 0), (&thrower, 0, 0)]), &call());
    assert_eq!(run.codes(), [0, 0, 0, 0, DivideByZero as u8]);
    assert_eq!(run.outcome, uncaught(DivideByZero));
}

/// A return address at the end of the code has no `catch`, and none past it.
#[test]
fn unwinding_to_the_end_of_the_code() {
    let mut bytes = code(&[("pop", 0)]);
    bytes.extend(code(&[("invoke_internal", 1)]));
    let run = run(&with_methods(bytes, &[method(1, 0, 0), method(0, 0, 0)]), &call());
    assert_eq!((run.addresses(), run.outcome), (vec![1, 0], uncaught(Underflow)));
}

/// The handler of a handler: an exception thrown right after a taken `catch`.
#[test]
fn exceptions_in_handlers() {
    let program = [
        ("pop", 0),
        ("catch", 4),  // 1
        ("athrow", 0), // 4: throws the machine's code, cleaned
        ("catch", 8),  // 5
        ("ireturn", 0),
    ];
    assert_eq!(run_program(&program).outcome, Outcome::Returned(Some(Underflow as u64)));
}

/// A loop of throws and catches ends with the fuel (D1).
#[test]
fn catching_forever_ends_out_of_fuel() {
    let program = [("load_64", 1), ("catch", 6), ("pop", 0), ("br", 0)];
    let run = run(&image(code(&program)), &Call { fuel: 1_008, ..call() });
    assert_eq!((run.outcome, run.records.len(), run.fuel), (Outcome::OutOfFuel, 1_001, -1));
}

/// What throws leaves the frame as it was, and of the stack what it did not pop; what ends the call both.
#[test]
fn throwing_has_no_effect_but_the_price() {
    for thrower in ["iadd", "imul", "idiv", "storex_64", "loadx_64", "cloadx_64"] {
        let operands = if thrower == "idiv" { [MIN, MINUS_1] } else { [MAX, MAX] };
        let pops = if thrower.ends_with("loadx_64") { 1 } else { 2 };
        let program = [&push(&operands)[..], &[(thrower, 0), ("catch", 0)]].concat();
        let image = image(code(&program));
        let mut interp = start(&image, &call());
        interp.run(2);
        assert_ne!(interp.step().unwrap().exception, 0, "{thrower}");
        assert_eq!((interp.stack(), interp.frame()), (&operands[..2 - pops], &[0; 64][..]));
        let mut interp = start(&image, &Call { fuel: 8 + 2, ..call() });
        assert_eq!(interp.run(3), Some(Outcome::OutOfFuel));
        assert_eq!((interp.stack(), interp.pc()), (&operands[..], 18));
    }
}
