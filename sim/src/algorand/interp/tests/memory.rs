// SPDX-License-Identifier: MIT OR Apache-2.0
//! Local frame, constants and pending arguments.

use super::*;
use Cause::*;

const CELL: u64 = 0x8182_8384_8586_8788;

/// Stores `CELL` at 8, then executes one instruction.
fn after_store(instruction: Ins) -> Result<Vec<u64>, u8> {
    eval(&[("const_64", CELL.cast_signed()), ("store_64", 8), instruction])
}

/// The same, with the offset on the stack.
fn after_store_x(name: &'static str, offset: u64) -> Result<Vec<u64>, u8> {
    eval(&[("const_64", CELL.cast_signed()), ("store_64", 8), ("const_64", offset.cast_signed()), (name, 0)])
}

#[test]
fn loads_are_little_endian_and_extend() {
    let rows = [
        ("load_u8", "loadx_u8", 9, 0x87),
        ("load_u16", "loadx_u16", 10, 0x8586),
        ("load_u32", "loadx_u32", 12, 0x8182_8384),
        ("load_64", "loadx_64", 8, CELL),
        ("load_i8", "loadx_i8", 15, 0xffff_ffff_ffff_ff81),
        ("load_i16", "loadx_i16", 8, 0xffff_ffff_ffff_8788),
        ("load_i32", "loadx_i32", 8, 0xffff_ffff_8586_8788),
    ];
    for (direct, computed, offset, expected) in rows {
        assert_eq!(after_store((direct, offset)), Ok(vec![expected]), "{direct}");
        assert_eq!(after_store_x(computed, offset as u64), Ok(vec![expected]), "{computed}");
    }
}

#[test]
fn narrow_stores_truncate_and_leave_the_rest() {
    let rows = [("store_8", "storex_8", 0xffff_ffff_ff88_ffff_u64), ("store_16", "storex_16", 0xffff_ffff_8788_ffff)];
    for (direct, computed, expected) in rows {
        let ones = [("const_8", -1), ("store_64", 0)];
        let direct = [&ones[..], &push(&[CELL]), &[(direct, 2), ("load_64", 0)]].concat();
        assert_eq!(eval(&direct), Ok(vec![expected]));
        let computed = [&ones[..], &push(&[2, CELL]), &[(computed, 0), ("load_64", 0)]].concat();
        assert_eq!(eval(&computed), Ok(vec![expected]));
    }
    let wide = [&push(&[CELL])[..], &[("store_32", 4), ("load_64", 0)]].concat();
    assert_eq!(eval(&wide), Ok(vec![0x8586_8788_0000_0000]));
    let wide = [&push(&[4, CELL])[..], &[("storex_32", 0), ("load_64", 0)]].concat();
    assert_eq!(eval(&wide), Ok(vec![0x8586_8788_0000_0000]));
    let whole = [&push(&[8, CELL])[..], &[("storex_64", 0), ("load_64", 8)]].concat();
    assert_eq!(eval(&whole), Ok(vec![CELL]));
}

/// The frame has 64 bytes (D24): alignment before range, offsets never wrap.
#[test]
fn frame_bounds() {
    for (bits, width) in [("8", 1u64), ("16", 2), ("32", 4), ("64", 8)] {
        let prefix = if width == 8 { "" } else { "u" };
        let name = |stem: &str| isa::by_name(&format!("{stem}{bits}")).unwrap().name;
        let (load, store) = (name(&format!("load_{prefix}")), name("store_"));
        let (loadx, storex) = (name(&format!("loadx_{prefix}")), name("storex_"));
        let end = 64 - width;
        let mut rows = vec![(end, None), (64, Some(Range)), (65_536 - width, Some(Range))];
        if width > 1 {
            rows.extend([(1, Some(Alignment)), (65, Some(Alignment)), (65_535, Some(Alignment))]);
        }
        for (offset, cause) in rows {
            let cause = cause.map(|c| c as u8);
            assert_eq!(eval(&[(load, offset as i64)]).err(), cause, "{load} {offset}");
            assert_eq!(apply(&[5], (store, offset as i64)).err(), cause, "{store} {offset}");
            assert_eq!(apply(&[offset], (loadx, 0)).err(), cause, "{loadx} {offset}");
            assert_eq!(apply(&[offset, 5], (storex, 0)).err(), cause, "{storex} {offset}");
        }
        // Offset + width is 2^64.
        let last = width.wrapping_neg();
        assert_eq!(apply(&[last], (loadx, 0)), throws(Range));
        assert_eq!(apply(&[last, 5], (storex, 0)), throws(Range));
        assert_eq!(apply(&[1 << 32], (loadx, 0)), throws(Range));
    }
}

/// The limit is the frame's declared size, also where memory is allocated in eights.
#[test]
fn frame_of_odd_size() {
    let image = with_methods(code(&[("load_u16", 2), ("load_u16", 4)]), &[method(0, 5, 0)]);
    assert_eq!(run(&image, &call()).codes(), [0, Range as u8]);
    let image = with_methods(code(&[("load_u8", 4), ("load_u8", 5)]), &[method(0, 5, 0)]);
    assert_eq!(run(&image, &call()).codes(), [0, Range as u8]);
    let image = with_methods(code(&[("load_u8", 0)]), &[method(0, 0, 0)]);
    assert_eq!(run(&image, &call()).codes(), [Range as u8]);
}

/// The constant area: 16 bytes of table, then the data (D26).
#[test]
fn constants_include_the_method_table() {
    let data = [CELL.to_le_bytes().as_slice(), &[0xfe, 0xff]].concat();
    let load = |program: &[Ins]| {
        let image = Image::with_methods(code(program), &[method(0, 64, 0)], &data).unwrap();
        let mut interp = start(&image, &call());
        let records: Vec<Retire> = program.iter().filter_map(|_| interp.step()).collect();
        match records.last().unwrap().exception {
            0 => Ok(*interp.stack().last().unwrap()),
            exception => Err(exception),
        }
    };
    let rows = [
        ("cload_u16", "cloadx_u16", 0, Ok(1)),
        ("cload_64", "cloadx_64", 8, Ok(64 << 16 | 1 << 48)),
        ("cload_u8", "cloadx_u8", 17, Ok(0x87)),
        ("cload_i8", "cloadx_i8", 17, Ok(0xffff_ffff_ffff_ff87)),
        ("cload_u16", "cloadx_u16", 24, Ok(0xfffe)),
        ("cload_i16", "cloadx_i16", 24, Ok(MINUS_1 - 1)),
        ("cload_u32", "cloadx_u32", 20, Ok(0x8182_8384)),
        ("cload_i32", "cloadx_i32", 20, Ok(0xffff_ffff_8182_8384)),
        ("cload_64", "cloadx_64", 16, Ok(CELL)),
        ("cload_u8", "cloadx_u8", 26, throws(Range)),
        ("cload_u32", "cloadx_u32", 24, throws(Range)),
        ("cload_u32", "cloadx_u32", 25, throws(Alignment)),
        ("cload_64", "cloadx_64", 24, throws(Range)),
    ];
    for (direct, computed, offset, expected) in rows {
        assert_eq!(load(&[(direct, offset)]), expected, "{direct} {offset}");
        assert_eq!(load(&[("const_64", offset), (computed, 0)]), expected, "{computed} {offset}");
    }
    assert_eq!(load(&[("const_8", -8), ("cloadx_64", 0)]), throws(Range));
    assert_eq!(load(&[("const_8", -1), ("cloadx_64", 0)]), throws(Alignment));
}

/// The frame that a callee finds after the given `arg` instructions.
fn arguments(args: &[(u64, &'static str)], bytes: u16) -> Vec<u8> {
    let mut main = Vec::new();
    for (cell, arg) in args {
        main.extend(push(&[*cell]));
        main.push((arg, 0));
    }
    let steps = main.len() as u64 + 1;
    main.push(("invoke_internal", 1));
    let image = linked(&[(&main, 8, 0), (&[("return", 0)], bytes, bytes)]);
    let mut interp = start(&image, &call());
    interp.run(steps);
    assert_eq!(interp.depth(), 2, "the invocation succeeded");
    interp.frame().to_vec()
}

/// Appended at their own width, gaps 0 (D11).
#[test]
fn arguments_are_aligned() {
    let ones = MINUS_1;
    assert_eq!(arguments(&[(CELL, "arg_8"), (CELL, "arg_8")], 2), [0x88, 0x88]);
    assert_eq!(arguments(&[(ones, "arg_8"), (CELL, "arg_16")], 4), [0xff, 0, 0x88, 0x87]);
    assert_eq!(
        arguments(&[(ones, "arg_16"), (CELL, "arg_32"), (ones, "arg_8")], 9),
        [0xff, 0xff, 0, 0, 0x88, 0x87, 0x86, 0x85, 0xff]
    );
    let wide = arguments(&[(ones, "arg_8"), (CELL, "arg_64")], 16);
    assert_eq!(wide[..8], [0xff, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(wide[8..], CELL.to_le_bytes());
}

/// Gap bytes are 0 although an earlier callee wrote there.
#[test]
fn gaps_are_zero_over_stale_bytes() {
    let main = [
        ("const_8", -1),
        ("arg_64", 0),
        ("invoke_internal", 1),
        ("const_8", -1),
        ("arg_8", 0),
        ("const_8", -1),
        ("arg_32", 0),
        ("invoke_internal", 1),
        ("ireturn", 0),
    ];
    let callee = [("load_64", 0), ("ireturn", 0)];
    let run = run(&linked(&[(&main, 0, 0), (&callee, 8, 8)]), &call());
    assert_eq!(run.outcome, Outcome::Returned(Some(0xffff_ffff_0000_00ff)));
}

/// 2,048 bytes can be pending; one more throws and leaves those pending.
#[test]
fn argument_limit() {
    let mut program: Vec<Ins> = Vec::new();
    for _ in 0..256 {
        program.extend([("const_8", 1), ("arg_64", 0)]);
    }
    assert_eq!(eval(&program), Ok(vec![]));
    for arg in ["arg_8", "arg_16", "arg_32", "arg_64"] {
        let more = [&program[..], &[("const_8", 1), (arg, 0)]].concat();
        assert_eq!(eval(&more), throws(Range), "{arg}");
    }
    // 2,041 bytes: 8 more would start at 2,048, 4 more fit at 2,044.
    let odd = [&program[2..], &[("const_8", 1), ("arg_8", 0), ("const_8", 1)]].concat();
    assert_eq!(eval(&[&odd[..], &[("arg_64", 0)]].concat()), throws(Range));
    assert_eq!(eval(&[&odd[..], &[("arg_32", 0)]].concat()), Ok(vec![]));
    program.push(("invoke_internal", 1));
    let image = linked(&[(&program, 2_048, 0), (&[("return", 0)], 2_048, 2_048)]);
    let mut interp = start(&image, &call());
    interp.run(513);
    assert_eq!((interp.depth(), interp.frame().len()), (2, 2_048));
}
