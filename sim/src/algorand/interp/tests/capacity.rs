// SPDX-License-Identifier: MIT OR Apache-2.0
//! Exhausted resources end the call, whoever would catch (D3).

use super::*;

/// Runs a method that invokes itself over and over, a `catch` behind; the invocations that
/// succeeded, the first included.
fn recurse(program: &[Ins], frame: u16, limits: Limits) -> u64 {
    let main = [program, &[("invoke_internal", 0), ("catch", 0)]].concat();
    let image = with_methods(code(&main), &[method(0, frame, 0)]);
    let mut interp = start(&image, &Call { limits, ..call() });
    let mut records = Vec::new();
    while let Some(record) = interp.step() {
        records.push(record);
    }
    let last = records.last().unwrap();
    assert_eq!(interp.outcome(), Some(Outcome::Capacity));
    assert_eq!((last.exception, last.n_results), (31, 0));
    assert_eq!(u64::from(last.opcode), u64::from(isa::code::INVOKE_INTERNAL));
    assert_eq!(last.meter_before.unwrap() - last.meter_after.unwrap(), 4, "it was paid");
    let active = records.iter().filter(|r| r.opcode == last.opcode).count();
    assert_eq!(interp.depth(), active);
    active as u64
}

fn depth_limit(call_depth: usize) -> Limits {
    Limits { call_depth, ..Limits::default() }
}

#[test]
fn call_depth() {
    assert_eq!(recurse(&[], 0, Limits::default()), 512);
    assert_eq!(recurse(&[], 0, depth_limit(usize::MAX)), 512, "a scenario may only lower it");
    assert_eq!(recurse(&[], 0, depth_limit(1)), 1);
    assert_eq!(recurse(&[], 0, depth_limit(5)), 5);
}

/// Invocations count, completed or not; depth does not.
#[test]
fn invocations() {
    let main = [("invoke_internal", 1), ("br", 0)];
    let image = linked(&[(&main, 0, 0), (&[("return", 0)], 0, 0)]);
    let limits = Limits { invocations: 10, ..Limits::default() };
    let run = run(&image, &Call { limits, ..call() });
    assert_eq!(run.outcome, Outcome::Capacity);
    assert_eq!(run.records.len(), 9 * 3 + 1, "nine beside the first, then one that ends the call");
    assert_eq!(recurse(&[], 0, Limits { invocations: 3, ..Limits::default() }), 3);
}

/// An invocation that throws is none.
#[test]
fn failed_invocations_do_not_count() {
    let program = [("invoke_internal", 9), ("catch", 0)];
    let limits = Limits { invocations: 1, ..Limits::default() };
    let run = run(&image(code(&program)), &Call { limits, fuel: 500, ..call() });
    assert_eq!(run.outcome, Outcome::OutOfFuel);
}

/// base' + ceil8(frame) + 2,048 <= 32,768.
#[test]
fn frame_memory() {
    // n frames of 2,048 and the room for arguments: n + 1 <= 16.
    assert_eq!(recurse(&[], 2_048, Limits::default()), 15);
    // n x 1,024 <= 30,720: exactly 30.
    assert_eq!(recurse(&[], 1_024, Limits::default()), 30);
    // 1,017 and 1,018 count as 1,024.
    assert_eq!(recurse(&[], 1_017, Limits::default()), 30);
    assert_eq!(recurse(&[], 1_025, Limits::default()), 29);
    assert_eq!(recurse(&[], 1, Limits::default()), 512);
    // 30,720 / 64 = 480.
    assert_eq!(recurse(&[], 57, Limits::default()), 480);
}

/// Stack base + depth + 128 <= 4,096.
#[test]
fn stack_memory() {
    // 127 cells each: the callee of method n has base 127 n; 127 n + 128 <= 4,096 up to n = 31.
    assert_eq!(recurse(&push(&[1; 127]), 0, Limits::default()), 32);
    // 124 each: 124 n <= 3,968 exactly up to n = 32.
    assert_eq!(recurse(&push(&[1; 124]), 0, Limits::default()), 33);
    assert_eq!(recurse(&push(&[1; 8]), 0, Limits::default()), 497);
}

/// A victim's `catch` cannot hide that its callee hit a limit.
#[test]
fn capacity_is_not_caught_by_an_invoker() {
    let main = [("invoke_internal", 1), ("catch", 6), ("return", 0)];
    let inner = [("invoke_internal", 2), ("catch", 0)];
    let image = linked(&[(&main, 0, 0), (&inner, 0, 0), (&[("return", 0)], 0, 0)]);
    let run = run(&image, &Call { limits: depth_limit(2), ..call() });
    assert_eq!((run.codes(), run.outcome), (vec![0, 31], Outcome::Capacity));
}

/// The deepest stack and the highest frame can be used to their ends.
#[test]
fn the_last_frame_and_the_last_cells_work() {
    // Recurse 32 times, 124 cells left behind each time; then fill the last stack (it ends at
    // 32 x 124 + 128 = 4,096) and the arguments above the last frame (8 are pending).
    let mut main = push(&[1; 123]);
    main.extend([("load_64", 0), ("const_8", 1), ("iadd", 0), ("arg_64", 0)]);
    main.extend([("load_64", 0), ("const_8", 32), ("ieq", 0), ("brnz", 0)]);
    main.extend([("const_8", 1), ("invoke_internal", 0), ("ireturn", 0)]);
    let branch = 123 + 7;
    main[branch].1 = address(&main, main.len());
    main.extend(push(&[9; 5]));
    main.push(("pop", 0));
    for _ in 1..256 {
        main.extend([("dup", 0), ("arg_64", 0)]);
    }
    main.extend([("ireturn", 0)]);
    let image = with_methods(code(&main), &[method(0, 928, 8)]);
    let run = run(&image, &Call { args: vec![0; 8], ..call() });
    let depth = run.records.iter().filter(|r| r.opcode == u16::from(isa::code::INVOKE_INTERNAL)).count();
    assert_eq!((depth, run.outcome), (32, Outcome::Returned(Some(9))));
}
