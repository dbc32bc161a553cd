// SPDX-License-Identifier: MIT OR Apache-2.0
//! `invoke_native`.

use super::*;
use Cause::*;

const ED25519: i64 = 3;

/// `arg_8` of each byte.
fn args(bytes: &[u8]) -> Vec<Ins> {
    bytes.iter().flat_map(|b| [("const_8", i64::from(*b)), ("arg_8", 0)]).collect()
}

/// A program of one application whose method 1 takes no arguments.
fn run_native(program: &[Ins]) -> Run {
    scene(&[(7, &app(&[program, RETURN]))]).run()
}

/// FIPS 180-4, "abc": ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad.
#[test]
fn first_bytes_are_on_top() {
    let program = seq(&[&args(b"abc"), &[("invoke_native", 0), ("nop", 0)]]);
    let mut interp = scene(&[(7, &app(&[&program]))]).start();
    interp.run(6);
    let record = interp.step().unwrap();
    let digest = [0xad15_00f2_61ff_10b4, 0x9c7a_1796_a361_03b0, 0x2322_ae5d_de40_4141, 0xeacf_018f_bf16_78ba];
    assert_eq!(interp.stack(), digest);
    assert_eq!((record.exception, record.n_results, record.n_operands), (0, 2, 0));
    assert_eq!(record.results, Retire::narrow([digest[3], digest[2], 0]));
    assert_eq!((interp.depth(), interp.pc(), interp.app()), (1, 6 * 2 - 3 + 3, 7));
}

/// A signature that is none gives 0; one result.
#[test]
fn a_verifier_gives_one_cell() {
    let program = seq(&[&push(&[9]), &args(&[0x55; 97]), &[("invoke_native", ED25519)], IRETURN]);
    let run = run_native(&program);
    let native = run.records[1 + 2 * 97];
    assert_eq!((native.exception, native.n_results, native.results[0][0]), (0, 1, 0));
    assert_eq!(run.outcome, Outcome::Returned(Some(0)));
}

/// D23: base + rate x ceil(bytes / 8), paid first, also by an attempt that throws.
#[test]
fn price() {
    let rows: &[(i64, usize, i64)] = &[
        (0, 0, 64),
        (0, 1, 64 + 8),
        (0, 8, 64 + 8),
        (0, 9, 64 + 16),
        (1, 0, 96),
        (1, 17, 96 + 3 * 16),
        (2, 0, 128),
        (2, 64, 128 + 8 * 32),
        (ED25519, 0, 4_096),
        (ED25519, 96, 4_096 + 12 * 16),
        (4, 0, 64),
        (4, 32, 64 + 4 * 8),
        (5, 0, 8),
        (5, 100, 8),
        (65_535, 3, 8),
    ];
    for (number, bytes, price) in rows {
        let program = seq(&[&args(&vec![1; *bytes]), &[("invoke_native", *number)], RETURN]);
        let before = 2 * *bytes;
        let native = run_native(&program).records[before];
        assert_eq!(native.meter_before.unwrap() - native.meter_after.unwrap(), *price, "{number} {bytes}");
        let short = scene(&[(7, &app(&[&program]))]).fuel(8 + before as i64 + price - 1).run();
        assert_eq!((short.last().exception, short.fuel, short.records.len()), (29, -1, before + 1));
    }
    // A gap counts: 1 byte, then 8 at offset 8.
    let program = [("const_8", 1), ("arg_8", 0), ("const_8", 1), ("arg_64", 0), ("invoke_native", 0)];
    assert_eq!(run_native(&program).records[4].meter_after, Some(1_000_000 - 8 - 4 - 80));
    // The most there can be.
    let program = seq(&[&[("const_8", 1), ("arg_64", 0)].repeat(256), &[("invoke_native", 2)]]);
    assert_eq!(run_native(&program).records[512].meter_after, Some(1_000_000 - 8 - 512 - 128 - 256 * 32));
}

/// Fuel, fetch, overflow, method, arguments.
#[test]
fn order_of_checks() {
    let attempt = |cells: usize, number: i64, bytes: usize| {
        let program = seq(&[&args(&vec![1; bytes]), &push(&vec![1; cells]), &[("invoke_native", number)], RETURN]);
        run_native(&program).records[2 * bytes + cells].exception
    };
    assert_eq!(attempt(124, 0, 0), 0);
    assert_eq!(attempt(125, 0, 0), Overflow as u8);
    assert_eq!(attempt(128, 2, 0), Overflow as u8);
    assert_eq!(attempt(128, ED25519, 95), Overflow as u8, "overflow before arguments");
    assert_eq!(attempt(127, ED25519, 95), Arguments as u8);
    assert_eq!(attempt(127, ED25519, 0), Arguments as u8);
    assert_eq!(attempt(127, ED25519, 96), 0);
    assert_eq!(attempt(128, 5, 0), Method as u8, "an unknown one has no results");
    assert_eq!(attempt(128, 4, 31), Overflow as u8);
    assert_eq!(attempt(127, 4, 31), Arguments as u8);
    assert_eq!(attempt(0, 65_535, 0), Method as u8);
    for cut in 1..3 {
        let mut bytes = code(&[("invoke_native", 0)]);
        bytes.truncate(3 - cut);
        let run = run(&image(bytes), &call());
        assert_eq!((run.codes(), run.fuel), (vec![Fetch as u8], 1_000_000 - 8 - 1));
    }
}

/// What it throws is thrown in the invoker, uncrossed, the cells as they were.
#[test]
fn throwing() {
    let run = run_native(&[("invoke_native", 9), ("catch", NEXT), ("ireturn", 0)]);
    assert_eq!(run.outcome, Outcome::Returned(Some(Method.code())));
    let mut interp = scene(&[(7, &app(&[&seq(&[&push(&[1; 126]), &[("invoke_native", 0), ("catch", 0)]])]))]).start();
    interp.run(127);
    assert_eq!(interp.stack(), [1; 126]);
}

/// The pending arguments are dropped, whether it succeeds or throws.
#[test]
fn pending_arguments_are_used_up() {
    for number in [0, 9, ED25519] {
        let program =
            [("const_8", 1), ("arg_8", 0), ("invoke_native", number), ("catch", NEXT), ("invoke_internal", 1)];
        let run = run_native(&seq(&[&program, RETURN]));
        assert_eq!(run.outcome, Outcome::Returned(None), "{number}");
    }
}

/// It makes no frame and is not counted.
#[test]
fn natives_are_no_invocations() {
    let limits = Limits { call_depth: 1, invocations: 1, log: 0 };
    let program = seq(&[&[("invoke_native", 0)], IRETURN]);
    // FIPS 180-4, no bytes: e3b0c442 98fc1c14 ...
    let run = scene(&[(7, &app(&[&program]))]).limits(limits).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(0x141c_fc98_42c4_b0e3)));
}
