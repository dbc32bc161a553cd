// SPDX-License-Identifier: MIT OR Apache-2.0
//! `invoke_external`, `self` and `caller`.

use super::*;
use Cause::{Access, Arguments, Fetch, Underflow};

/// A crossed machine code.
fn crossed(cause: Cause) -> u64 {
    cause.code() | CODE_CROSSED
}

/// The result is pushed where the two operands were; price and records.
#[test]
fn result_and_record() {
    let main = seq(&[&push(&[5]), &ext(8, 0), &[("isub", 0)], IRETURN]);
    let callee = seq(&[&push(&[1, 3]), IRETURN]);
    let run = two(&main, &callee).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(2)));
    let invoke = run.records[3];
    assert_eq!((invoke.exception, invoke.n_results, invoke.n_operands), (0, 0, 2));
    assert_eq!((invoke.operands[0], invoke.operands[1]), (0, 8));
    assert_eq!(invoke.meter_before.unwrap() - invoke.meter_after.unwrap(), 8);
    let returned = run.records[6];
    assert_eq!((returned.n_results, returned.results[0][0]), (1, 3));
}

/// Nothing of the invoker's frame and stack can be addressed.
#[test]
fn the_callee_has_its_own_stack_frame_code_and_segment() {
    let main = seq(&[&push(&[5]), &[("store_64", 0)], &push(&[6]), &ext(8, 1), &[("nop", 0)], RETURN]);
    let second = seq(&[&[("nop", 0), ("load_64", 0), ("pop", 0), ("pop", 0)], RETURN]);
    let scene = scene(&[(7, &app(&[&main])), (8, &app(&[RETURN, &second]))]);
    let mut interp = scene.start();
    assert_eq!((interp.app(), interp.depth()), (7, 1));
    interp.run(6);
    assert_eq!((interp.app(), interp.depth(), interp.pc()), (8, 2, 1), "its second method starts at 1");
    assert_eq!((interp.stack(), interp.frame()), (&[][..], &[0; 64][..]));
    interp.run(3);
    let underflow = interp.step().unwrap();
    assert_eq!((underflow.pc, underflow.exception), (6, Underflow as u8));
    assert_eq!((interp.app(), interp.outcome()), (7, Some(uncaught(Underflow))));
}

/// The invoker's are as they were, but for the operands, whether the callee completes normally or not.
#[test]
fn the_invokers_stack_and_frame_are_restored() {
    let main = seq(&[&push(&[5]), &[("store_64", 0)], &push(&[6]), &ext_caught(8, 0), &[("nop", 0)], RETURN]);
    for end in [RETURN, POP] {
        let callee = seq(&[&push(&[1]), &[("store_64", 0)], end]);
        let mut interp = two(&main, &callee).start();
        interp.run(6 + 3);
        assert_eq!((interp.app(), interp.depth(), interp.pc()), (7, 1, 9 + 3 + 9 + 19));
        assert_eq!((interp.stack(), &interp.frame()[..8]), (&[6][..], &[5, 0, 0, 0, 0, 0, 0, 0][..]));
    }
}

#[test]
fn arguments_are_the_start_of_the_frame() {
    let main = seq(&[&push(&[9, 3]), &[("arg_8", 0), ("arg_64", 0)], &ext(8, 0), IRETURN]);
    let callee = [("load_64", 0), ("load_64", 8), ("imul", 0), ("load_64", 16), ("iadd", 0), ("ireturn", 0)];
    let scene = scene(&[(7, &app(&[&main])), (8, &linked(&[(&callee, 24, 16)]))]);
    assert_eq!(scene.run().outcome, Outcome::Returned(Some(27)));
}

/// `self`, `caller`: 7 -> 8 -> (internally) 8 -> 9 -> 7, and back (D22).
#[test]
fn who_is_who() {
    let who: &[Ins] = &[("self", 0), ("caller", 0)];
    let drop: &[Ins] = &[("pop", 0), ("pop", 0)];
    let end = seq(&[who, drop, RETURN]);
    let main = seq(&[who, drop, &ext(8, 0), who, drop, RETURN]);
    let middle = seq(&[who, drop, &[("invoke_internal", 1)], who, drop, RETURN]);
    let inner = seq(&[who, drop, &ext(9, 0), who, drop, RETURN]);
    let last = seq(&[who, drop, &ext(7, 1), who, drop, RETURN]);
    let scene = scene(&[(7, &app(&[&main, &end])), (8, &app(&[&middle, &inner])), (9, &app(&[&last]))]);
    let run = scene.run();
    assert_eq!(run.outcome, Outcome::Returned(None));
    let of = |opcode: u8| -> Vec<u64> {
        run.records.iter().filter(|r| r.opcode == u16::from(opcode)).map(|r| r.results[0][0]).collect()
    };
    assert_eq!(of(isa::code::SELF), [7, 8, 8, 9, 7, 9, 8, 8, 7]);
    assert_eq!(of(isa::code::CALLER), [0, 7, 7, 8, 9, 8, 7, 7, 0]);
}

/// D19: allowed, but its private methods are private then too.
#[test]
fn ones_own_application() {
    let main = seq(&[&ext(7, 1), IRETURN]);
    let own = [("caller", 0), ("ireturn", 0)];
    let image = app(&[&main, &own]);
    assert_eq!(scene(&[(7, &image)]).run().outcome, Outcome::Returned(Some(7)));
    let mut methods = image.methods().to_vec();
    methods[1].public = false;
    let private = with_methods(image.code().to_vec(), &methods);
    let run = scene(&[(7, &private)]).run();
    assert_eq!((run.exceptions(), run.outcome), (vec![Access as u8], uncaught(Access)));
}

/// Every check beside those after it, in the order of the rules. Nothing but the invocation limit changes between the
/// two columns.
#[test]
fn order_of_checks() {
    let bytes = code(RETURN);
    let methods = [method(0, 8, 0), Method { public: false, ..method(0, 8, 0) }, method(0, 8, 8)];
    let callee = with_methods(bytes, &methods);
    let attempt = |cells: &[u64], pending: usize, invocations: u32, fuel: Option<i64>| {
        let args: Vec<Ins> = [("const_8", 1), ("arg_8", 0)].repeat(pending);
        let main = seq(&[&args, &push(cells), &[("invoke_external", 0)], RETURN]);
        // 8, 10: installed and listed, listed only. 9, 11: installed only, neither.
        let scene = scene(&[(7, &app(&[&main])), (8, &callee), (9, &callee)]).unlisted_app(9).listed_app(10);
        let before = (2 * pending + cells.len()) as i64;
        let scene = scene.limits(Limits { invocations, ..Limits::default() });
        let run = scene.fuel(fuel.map_or(1_000, |fuel| 8 + before + fuel)).run();
        run.records[before as usize].exception
    };
    let rows: &[(&[u64], usize, u8, u8)] = &[
        // Cells, pending bytes; what it throws or ends with, without and with the limit reached.
        (&[], 3, 3, 3),
        (&[11], 3, 3, 3),
        (&[11, 9], 3, 30, 30),
        (&[9, 9], 3, 30, 30),
        (&[9, 1], 3, 30, 30),
        (&[9, 0], 3, 30, 30),
        (&[9, 0], 0, 30, 30),
        (&[0, 0], 0, 30, 30),
        (&[10, 9], 3, 10, 10),
        (&[10, 0], 0, 10, 10),
        (&[8, 3], 3, 11, 11),
        (&[8, 3], 0, 11, 11),
        (&[8, 1], 3, 12, 12),
        (&[8, 1], 0, 12, 12),
        (&[8, 0], 3, 13, 13),
        (&[8, 2], 7, 13, 13),
        (&[8, 2], 9, 13, 13),
        (&[8, 2], 8, 0, 31),
        (&[8, 0], 0, 0, 31),
    ];
    for (cells, pending, free, full) in rows {
        assert_eq!(attempt(cells, *pending, 9, None), *free, "{cells:?} {pending}");
        assert_eq!(attempt(cells, *pending, 1, None), *full, "{cells:?} {pending}, limited");
        assert_eq!(attempt(cells, *pending, 1, Some(7)), 29, "{cells:?} {pending}, fuel comes first");
    }
}

/// D10: nothing is truncated.
#[test]
fn all_64_bits_count() {
    for index in [1, 1 << 16, 1 << 32, 1 << 63, MINUS_1] {
        assert_eq!(two(&ext(8, index), RETURN).run().outcome, uncaught(Cause::Method), "{index}");
    }
    for id in [8 + (1 << 16), 8 + (1 << 32), 8 + (1 << 63)] {
        let run = two(&ext(id, 0), RETURN).run();
        assert_eq!((run.codes(), run.outcome), (vec![0, 0, 30], Outcome::Rejected), "{id}");
        let high = app(&[&seq(&[&push(&[1]), IRETURN])]);
        let main = seq(&[&ext(id, 0), &[("self", 0), ("iadd", 0)], IRETURN]);
        let run = scene(&[(7, &app(&[&main])), (8, &app(&[RETURN])), (id, &high)]).run();
        assert_eq!(run.outcome, Outcome::Returned(Some(8)), "{id}");
    }
}

/// Two cells go before one comes: a full stack is no obstacle (D14).
#[test]
fn a_full_stack_has_room_for_the_result() {
    let main = seq(&[&push(&[1; 126]), &ext(8, 0), IRETURN]);
    let run = two(&main, &seq(&[&push(&[4]), IRETURN])).run();
    assert_eq!((run.exceptions(), run.outcome), (vec![], Outcome::Returned(Some(4))));
}

/// D13: thrown in the invoker, whose `catch` sees an uncrossed code. No rollback
/// scope was opened (an entry in a log without any would be *capacity*).
#[test]
fn failed_invocations_throw_in_the_invoker() {
    let main = seq(&[&[("const_8", 1), ("arg_8", 0)], &ext_caught(8, 0), &hstore(0, 0, 1), IRETURN]);
    let scene = two(&main, RETURN).page(7, 0, &[0]).log(0);
    let mut interp = scene.start();
    interp.run(5);
    assert_eq!((interp.app(), interp.depth(), interp.stack()), (7, 1, &[][..]));
    let run = scene.run();
    assert_eq!(run.exceptions(), [Arguments as u8]);
    assert_eq!(run.outcome, Outcome::Returned(Some(Arguments.code())));
    assert_eq!(run.written(), [(7, 0, Some(vec![1]))]);
}

/// Every attempt resets the pending arguments, a failed one too; a callee starts with none (D11).
#[test]
fn pending_arguments_are_used_up() {
    let arg: &[Ins] = &[("const_8", 1), ("arg_8", 0)];
    for method in [1, 0] {
        let main = seq(&[arg, &ext_caught(8, method), &[("invoke_internal", 1)], RETURN]);
        let callee = linked(&[(&[("invoke_internal", 1), ("return", 0)], 8, 1), (RETURN, 0, 0)]);
        let run = scene(&[(7, &app(&[&main, RETURN])), (8, &callee)]).run();
        assert_eq!(run.outcome, Outcome::Returned(None));
    }
    // What the callee leaves pending is gone, however it completes.
    for end in [RETURN, POP] {
        let main = seq(&[&ext_caught(8, 0), &[("invoke_internal", 1)], RETURN]);
        let run = scene(&[(7, &app(&[&main, RETURN])), (8, &app(&[&seq(&[arg, end])]))]).run();
        assert_eq!(run.outcome, Outcome::Returned(None));
    }
}

/// D8: bit 62 says that it came from another invocation's inside, whoever made it.
#[test]
fn crossing_sets_bit_62() {
    let caught = |callee: &[Ins]| two(&seq(&[&ext_caught(8, 0), IRETURN]), callee).run().outcome;
    assert_eq!(caught(POP), Outcome::Returned(Some(crossed(Underflow))));
    assert_eq!(caught(&athrow(5)), Outcome::Returned(Some(5 | CODE_CROSSED)));
    assert_eq!(caught(&athrow(MINUS_1)), Outcome::Returned(Some(MINUS_1 >> 1)), "bit 63 cannot be forged");
    assert_eq!(caught(&[("nop", 0)]), Outcome::Returned(Some(crossed(Fetch))));
    // Own application: an external boundary too.
    let main = seq(&[&ext_caught(7, 1), IRETURN]);
    let run = scene(&[(7, &app(&[&main, &athrow(5)]))]).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(5 | CODE_CROSSED)));
    // Within the callee it has not crossed yet; what is thrown again is clean until it crosses.
    let callee = seq(&[&[("invoke_internal", 1), ("catch", NEXT), ("store_64", 0), ("load_64", 0)], IRETURN]);
    let run = scene(&[(7, &app(&[&seq(&[&ext(8, 0), IRETURN])])), (8, &app(&[&callee, &athrow(5)]))]).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(5)));
    let again = seq(&[&ext_caught(8, 0), &[("athrow", 0), ("catch", NEXT)], IRETURN]);
    assert_eq!(two(&again, POP).run().outcome, Outcome::Returned(Some(Underflow as u64)));
}

/// The next instruction is the one after the invocation, in the invoker's code, not in the callee's.
#[test]
fn the_catch_is_looked_for_in_the_restored_segment() {
    let at = ext(8, 0).len();
    let offset = address(&ext(8, 0), at) as usize;
    let mut bytes = code(POP);
    bytes.resize(offset, isa::code::NOP);
    bytes.extend(code(&[("catch", 0)]));
    let callee = image(bytes);
    let main = app(&[&seq(&[&ext(8, 0), RETURN])]);
    let run = scene(&[(7, &main), (8, &callee)]).run();
    assert_eq!((run.exceptions(), run.outcome), (vec![Underflow as u8], uncaught(Underflow)));
    // The other way round, with a shorter callee.
    let run = two(&seq(&[&ext_caught(8, 0), IRETURN]), POP).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(crossed(Underflow))));
    assert_eq!(run.records.iter().map(|r| r.pc).collect::<Vec<_>>(), [0, 9, 18, 0, 19, 22]);
}

/// Through internal and external invocations at once.
#[test]
fn unwinding_through_segments() {
    let main = seq(&[&ext_caught(8, 0), &[("self", 0), ("iadd", 0)], IRETURN]);
    let outer = seq(&[&[("invoke_internal", 1), ("nop", 0)], RETURN]);
    let inner = seq(&[&ext(9, 0), RETURN]);
    let scene = scene(&[(7, &app(&[&main])), (8, &app(&[&outer, &inner])), (9, &app(&[&athrow(5)]))]);
    let mut interp = scene.start();
    while interp.step().unwrap().exception == 0 {}
    assert_eq!((interp.app(), interp.depth(), interp.pc(), interp.stack().len()), (7, 1, 19, 0));
    assert_eq!(scene.run().outcome, Outcome::Returned(Some((5 | CODE_CROSSED) + 7)));
}

/// Constants are the working segment's.
#[test]
fn constants_are_the_segments() {
    let image = |program: &[Ins], cell: u64| {
        Image::with_methods(code(program), &[method(0, 64, 0)], &cell.to_le_bytes()).unwrap()
    };
    let main = seq(&[
        &[("cload_64", 16)],
        &ext(8, 0),
        &[("isub", 0), ("const_8", 16), ("cloadx_64", 0), ("iadd", 0)],
        IRETURN,
    ]);
    let callee = [("cload_64", 16), ("ireturn", 0)];
    let run = scene(&[(7, &image(&main, 1_000)), (8, &image(&callee, 1))]).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(999 + 1_000)));
}

/// A method that invokes itself externally over and over; the invocations that succeeded, the first included.
fn recurse(program: &[Ins], frame: u16, limits: Limits) -> usize {
    let main = seq(&[program, &ext_caught(7, 0)]);
    let run = scene(&[(7, &linked_with_next(&[(&main, frame, 0)]))]).limits(limits).run();
    assert_eq!((run.exceptions(), run.outcome), (vec![31], Outcome::Capacity));
    run.records.iter().filter(|r| r.opcode == u16::from(isa::code::INVOKE_EXTERNAL)).count()
}

/// The same limits as for internal invocations; the invoker's depth is that without the two operands.
#[test]
fn capacity() {
    let limits = Limits::default();
    assert_eq!(recurse(&[], 0, limits), 512);
    assert_eq!(recurse(&[], 0, Limits { call_depth: 5, ..limits }), 5);
    assert_eq!(recurse(&[], 0, Limits { invocations: 5, ..limits }), 5);
    assert_eq!(recurse(&[], 2_048, limits), 15);
    assert_eq!(recurse(&[], 1_017, limits), 30);
    // 124 n + 128 <= 4,096 exactly up to n = 32; 125 n up to n = 31.
    assert_eq!(recurse(&push(&[1; 124]), 0, limits), 33);
    assert_eq!(recurse(&push(&[1; 125]), 0, limits), 32);
    assert_eq!(recurse(&push(&[1; 126]), 0, limits), 32);
    // Both kinds of invocation count.
    let main = seq(&[&ext(7, 1), RETURN]);
    let own = seq(&[&[("invoke_internal", 0)], RETURN]);
    let scene = scene(&[(7, &app(&[&main, &own]))]);
    for (limits, expected) in [(Limits { call_depth: 4, ..limits }, 3), (Limits { invocations: 4, ..limits }, 3)] {
        let run = scene.clone().limits(limits).run();
        let made = run.records.iter().filter(|r| [0x88, 0x89].contains(&r.opcode) && r.exception == 0).count();
        assert_eq!((run.outcome, made), (Outcome::Capacity, expected));
    }
}

/// The end of the call passes every `catch`, whatever ended it.
#[test]
fn the_end_of_the_call_is_not_caught() {
    let main = seq(&[&hstore(0, 0, 1), &ext_caught(8, 0), RETURN]);
    let middle = seq(&[&ext_caught(9, 0), RETURN]);
    let ends: [(&[Ins], Outcome); 3] =
        [(&psize(77), Outcome::Rejected), (&ext(77, 0), Outcome::Rejected), (&hstore(0, 0, 1), Outcome::Capacity)];
    for (end, outcome) in ends {
        let last = seq(&[end, &[("catch", NEXT)], RETURN]);
        let scene = scene(&[(7, &app(&[&main])), (8, &app(&[&middle])), (9, &app(&[&last]))]);
        let run = scene.page(7, 0, &[0]).page(9, 0, &[0]).log(0).run();
        assert_eq!((run.exceptions(), run.outcome), (vec![run.last().exception], outcome));
        assert_eq!(run.written(), []);
        assert!(run.touched().contains(&(7, 0)));
    }
}

/// With less fuel than the whole needs the call ends out of fuel, at whatever depth, and changes nothing.
#[test]
fn fuel_runs_out_anywhere() {
    let main = seq(&[&hstore(0, 0, 1), &ext_caught(8, 0), POP, &hload(0, 0), IRETURN]);
    let middle = seq(&[&hstore(0, 0, 2), &ext_caught(9, 0), &hstore(0, 0, 3), &athrow(4)]);
    let last =
        seq(&[&palloc(0, 8), &[("invoke_native", 0), ("pop", 0), ("pop", 0), ("pop", 0), ("pop", 0)], &athrow(5)]);
    let scene = scene(&[(7, &app(&[&main])), (8, &app(&[&middle])), (9, &app(&[&last]))]);
    let scene = scene.page(7, 0, &[0]).page(8, 0, &[0]).listed(9, 0);
    let whole = scene.run();
    assert_eq!(whole.outcome, Outcome::Returned(Some(1)));
    assert_eq!(whole.written(), [(7, 0, Some(vec![1]))]);
    assert_eq!(whole.touched(), [(7, 0), (8, 0), (9, 0)]);
    let total = 1_000_000 - whole.fuel;
    for fuel in 0..total {
        let short = scene.clone().fuel(fuel).run();
        assert_eq!(short.outcome, Outcome::OutOfFuel, "{fuel}");
        assert!(short.fuel < 0 && short.written().is_empty());
        assert!(short.effects.touched.is_subset(&whole.effects.touched));
        assert!(short.records.iter().rev().skip(1).all(|r| r.exception != 29));
    }
    assert_eq!(scene.fuel(total).run().outcome, whole.outcome);
}
