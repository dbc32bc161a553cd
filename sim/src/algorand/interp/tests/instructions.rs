// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every instruction that acts on one stack only, with its edges.

use super::*;
use Cause::*;

/// Checks rows of (mnemonic, cells, resulting top cell or cause).
fn check(rows: &[(&'static str, &[u64], Result<u64, Cause>)]) {
    for (name, cells, expected) in rows {
        let expected = expected.map(|cell| vec![cell]).map_err(|cause| cause as u8);
        assert_eq!(apply(cells, (name, 0)), expected, "{name} {cells:x?}");
    }
}

#[test]
fn checked_and_wrapping_arithmetic() {
    check(&[
        ("iadd", &[2, 3], Ok(5)),
        ("iadd", &[MAX, 1], Err(Arithmetic)),
        ("iadd", &[MIN, MINUS_1], Err(Arithmetic)),
        ("iadd", &[MINUS_1, 1], Ok(0)),
        ("isub", &[2, 3], Ok(MINUS_1)),
        ("isub", &[MIN, 1], Err(Arithmetic)),
        ("isub", &[0, MIN], Err(Arithmetic)),
        ("isub", &[MINUS_1, MIN], Ok(MAX)),
        ("ineg", &[1], Ok(MINUS_1)),
        ("ineg", &[MIN], Err(Arithmetic)),
        ("iaddw", &[MAX, 1], Ok(MIN)),
        ("iaddw", &[MINUS_1, 2], Ok(1)),
        ("isubw", &[0, 1], Ok(MINUS_1)),
        ("isubw", &[MIN, 1], Ok(MAX)),
        ("imul", &[7, 6], Ok(42)),
        ("imul", &[MINUS_1, 6], Ok(6u64.wrapping_neg())),
        ("imul", &[MIN, MINUS_1], Err(Arithmetic)),
        ("imul", &[1 << 32, 1 << 31], Err(Arithmetic)),
        ("imulw", &[1 << 32, 1 << 32], Ok(0)),
        ("imulw", &[MIN, MINUS_1], Ok(MIN)),
        ("umulh", &[MINUS_1, MINUS_1], Ok(MINUS_1 - 1)),
        ("umulh", &[1 << 32, 1 << 32], Ok(1)),
    ]);
}

#[test]
fn division() {
    let minus = |n: u64| n.wrapping_neg();
    check(&[
        ("idiv", &[7, 2], Ok(3)),
        ("idiv", &[minus(7), 2], Ok(minus(3))),
        ("idiv", &[7, 0], Err(DivideByZero)),
        ("idiv", &[MIN, 0], Err(DivideByZero)),
        ("idiv", &[MIN, MINUS_1], Err(Arithmetic)),
        ("idiv", &[MIN, 1], Ok(MIN)),
        ("irem", &[minus(7), 2], Ok(MINUS_1)),
        ("irem", &[7, minus(2)], Ok(1)),
        ("irem", &[7, 0], Err(DivideByZero)),
        ("irem", &[MIN, MINUS_1], Ok(0)),
        ("udiv", &[MINUS_1, 2], Ok(MAX)),
        ("udiv", &[MIN, MINUS_1], Ok(0)),
        ("udiv", &[7, 0], Err(DivideByZero)),
        ("urem", &[MINUS_1, 10], Ok(5)),
        ("urem", &[MIN, MINUS_1], Ok(MIN)),
        ("urem", &[0, 0], Err(DivideByZero)),
    ]);
}

#[test]
fn logic_and_shifts() {
    check(&[
        ("iand", &[0b1100, 0b1010], Ok(0b1000)),
        ("ior", &[0b1100, 0b1010], Ok(0b1110)),
        ("ixor", &[0b1100, 0b1010], Ok(0b0110)),
        ("inot", &[0], Ok(MINUS_1)),
        ("ishl", &[1, 63], Ok(MIN)),
        ("ishl", &[1, 64], Ok(1)),
        ("ishl", &[3, MINUS_1], Ok(MIN)),
        ("ishr", &[MIN, 63], Ok(MINUS_1)),
        ("ishr", &[MIN, 128], Ok(MIN)),
        ("ishr", &[MAX, 62], Ok(1)),
        ("ushr", &[MIN, 63], Ok(1)),
        ("ushr", &[MIN, 65], Ok(1 << 62)),
    ]);
}

#[test]
fn comparisons_push_0_or_1() {
    let (small, large) = (5, 9);
    // Cells, then eq ne ilt ile igt ige ult ule ugt uge.
    let rows: &[(u64, u64, [u64; 10])] = &[
        (small, small, [1, 0, 0, 1, 0, 1, 0, 1, 0, 1]),
        (small, large, [0, 1, 1, 1, 0, 0, 1, 1, 0, 0]),
        (large, small, [0, 1, 0, 0, 1, 1, 0, 0, 1, 1]),
        (MIN, MAX, [0, 1, 1, 1, 0, 0, 0, 0, 1, 1]),
        (0, MINUS_1, [0, 1, 0, 0, 1, 1, 1, 1, 0, 0]),
        (MIN, MINUS_1, [0, 1, 1, 1, 0, 0, 1, 1, 0, 0]),
    ];
    let names = ["ieq", "ine", "ilt", "ile", "igt", "ige", "ult", "ule", "ugt", "uge"];
    for (a, b, expected) in rows {
        for (name, expected) in names.iter().zip(expected) {
            assert_eq!(apply(&[*a, *b], (name, 0)), Ok(vec![*expected]), "{name} {a:x} {b:x}");
        }
    }
    check(&[("ieqz", &[0], Ok(1)), ("ieqz", &[MIN], Ok(0)), ("ieqz", &[1], Ok(0))]);
}

#[test]
fn constants_are_sign_extended() {
    assert_eq!(eval(&[("const_8", 0x7f)]), Ok(vec![0x7f]));
    assert_eq!(eval(&[("const_8", -2)]), Ok(vec![MINUS_1 - 1]));
    assert_eq!(eval(&[("const_16", 0x8000)]), Ok(vec![0xffff_ffff_ffff_8000]));
    assert_eq!(eval(&[("const_32", 0x8000_0001)]), Ok(vec![0xffff_ffff_8000_0001]));
    let cell = 0x0123_4567_89ab_cdef;
    assert_eq!(eval(&[("const_64", cell)]), Ok(vec![cell.cast_unsigned()]));
}

#[test]
fn stack_instructions_move_cells_and_report_them() {
    // Instruction on cells 1 2 3 (top), the stack after it, what it reports.
    let rows: [(&str, &[u64], &[u64]); 4] = [
        ("dup", &[1, 2, 3, 3], &[3, 3]),
        ("swap", &[1, 3, 2], &[2, 3]),
        ("pop", &[1, 2], &[]),
        ("over", &[1, 2, 3, 2], &[2, 3]),
    ];
    for (name, after, results) in rows {
        let mut program = push(&[1, 2, 3]);
        program.push((name, 0));
        let image = image(code(&program));
        let mut interp = start(&image, &call());
        interp.run(3);
        let record = interp.step().unwrap();
        assert_eq!(interp.stack(), after, "{name}");
        assert_eq!(record.pushed().iter().map(|c| c[0]).collect::<Vec<_>>(), *results, "{name}");
        assert_eq!(record.operands[0], 3);
    }
}

#[test]
fn who() {
    assert_eq!(eval(&[("self", 0), ("caller", 0), ("nop", 0)]), Ok(vec![7, 0]));
}

/// Whatever the instruction, as long as it stays in its method: the record has the address,
/// opcode, price, operands and results that the table announces.
#[test]
fn records_follow_the_table() {
    for op in isa::OPS {
        if matches!(
            op.class,
            Class::Invoke | Class::InvokeExternal | Class::InvokeNative | Class::Return | Class::Throw
        ) {
            continue;
        }
        let mut program = push(&[11, 8, 8]);
        program.push((op.name, 8));
        let apps = [(7, Arc::new(image(code(&program))))].into();
        let mut world = World { apps, ..World::default() };
        if op.name != "palloc" {
            world.pages.insert(PageId { app: 7, page: 8 }, vec![0; 16]);
        }
        let mut interp = Interp::start(&world, &Call { access: list(&[], &[(7, 8)]), ..call() });
        interp.run(3);
        let (cells, tank) = (interp.stack().to_vec(), interp.fuel());
        let record = interp.step().unwrap();
        let after: Vec<u64> = interp.stack().iter().rev().copied().collect();
        assert_eq!((record.order, record.pc, record.exception), (3, 27, 0), "{}", op.name);
        assert_eq!(record.opcode, u16::from(op.code));
        assert_eq!(record.meter_before, Some(tank));
        assert_eq!(record.meter_after, Some(tank - i64::from(op.fuel)));
        assert_eq!(record.n_operands, op.pops);
        for n in 0..usize::from(op.pops) {
            assert_eq!(record.operands[n], cells[2 - n]);
        }
        assert_eq!(record.n_results, op.pushes.min(2));
        let n = usize::from(record.n_results);
        assert_eq!(record.pushed().iter().map(|c| c[0]).collect::<Vec<_>>(), after[..n]);
        assert_eq!(after.len(), 3 + usize::from(op.pushes) - usize::from(op.pops));
    }
}

#[test]
fn every_instruction_underflows_and_overflows_by_its_table_row() {
    for op in isa::OPS {
        if op.pops > 0 {
            let cells = vec![8; usize::from(op.pops) - 1];
            assert_eq!(apply(&cells, (op.name, 0)), throws(Underflow), "{}", op.name);
        }
        if op.pushes > op.pops {
            assert_eq!(apply(&[8; 128], (op.name, 0)), throws(Overflow), "{}", op.name);
        } else if op.class == Class::Alu {
            assert_eq!(apply(&[8; 128], (op.name, 0)).map(|s| s.len() <= 128), Ok(true));
        }
    }
    // 128 cells are the limit, not 127.
    assert_eq!(apply(&[8; 127], ("dup", 0)).map(|s| s.len()), Ok(128));
    assert_eq!(apply(&[8; 128], ("swap", 0)).map(|s| s.len()), Ok(128));
}

#[test]
fn undefined_opcodes_have_length_1_and_cost_1() {
    for opcode in 0..=255u8 {
        if isa::by_code(opcode).is_some() {
            continue;
        }
        // The `catch` right after it is the next instruction (D5).
        let mut bytes = vec![opcode];
        bytes.extend(code(&[("catch", 4), ("ireturn", 0)]));
        let run = run(&image(bytes), &call());
        assert_eq!(run.codes(), [Opcode as u8, 0, 0], "{opcode:#x}");
        assert_eq!(run.records[0].opcode, u16::from(opcode));
        assert_eq!(run.records[0].meter_after, Some(1_000_000 - 8 - 1));
        assert_eq!(run.outcome, Outcome::Returned(Some(Opcode.code())));
    }
}
