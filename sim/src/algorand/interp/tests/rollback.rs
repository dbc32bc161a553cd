// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rollback scopes and the undo log.

use super::*;
use Cause::Page;

/// 7 invokes 8 under a `catch`, then goes on with `after`. Page 0 of 8 has two cells, page 1 is absent, page 2 has one.
fn caught(callee: &[Ins], after: &[Ins]) -> Scene {
    let main = seq(&[&ext_caught(8, 0), after, RETURN]);
    two(&main, callee).page(8, 0, &[10, 20]).listed(8, 1).page(8, 2, &[30]).page(7, 0, &[70])
}

fn high(scene: &Scene) -> u32 {
    scene.run().effects.log_high
}

#[test]
fn an_external_invocation_that_throws_leaves_no_trace() {
    let changes = [
        hstore(0, 0, 1),
        seq(&[&hstore(0, 0, 1), &hstore(0, 0, 2), &hstore(0, 8, 3)]),
        // Overlapping, of different widths.
        seq(&[
            &push(&[MINUS_1, 1, 0]),
            &[("hstore_8", 0)],
            &hstore(0, 0, 9),
            &push(&[MINUS_1, 0, 0]),
            &[("hstore_16", 0)],
        ]),
        seq(&[&push(&[MINUS_1, 4, 0]), &[("hstore_32", 0)]]),
        palloc(1, 16),
        seq(&[&palloc(1, 16), &hstore(1, 8, 5)]),
        seq(&[&palloc(1, 16), &hstore(1, 8, 5), &pfree(1)]),
        pfree(0),
        seq(&[&hstore(0, 0, 4), &pfree(0), &pfree(2)]),
    ];
    for change in &changes {
        let run = caught(&seq(&[change, &athrow(1)]), POP).run();
        assert_eq!((run.exceptions(), run.outcome), (vec![28], Outcome::Returned(None)));
        assert_eq!(run.written(), []);
        assert!(!run.touched().is_empty(), "touched is never rolled back");
        // Without the throw it is all there.
        let kept = caught(&seq(&[change, RETURN]), &[]).run();
        assert_eq!((kept.touched(), kept.effects.log_high), (run.touched(), run.effects.log_high));
    }
    let kept = caught(&seq(&[&changes[2], RETURN]), &[]).run();
    assert_eq!(kept.written(), [(8, 0, Some(vec![0xffff, 20]))]);
}

/// Contents at the `catch`, before anything else runs; rollback has no price and no record.
#[test]
fn rollback_comes_before_the_invokers_next_instruction() {
    let callee = seq(&[&hstore(0, 0, 1), &pfree(2), &palloc(1, 8), &athrow(1)]);
    let mut interp = caught(&callee, POP).start();
    let thrower = loop {
        let record = interp.step().unwrap();
        if record.exception != 0 {
            break record;
        }
    };
    assert_eq!((interp.app(), interp.pc()), (7, 19));
    let pages: Vec<_> = interp.pages().map(|(_, page)| page.map(cells)).collect();
    assert_eq!(pages, [Some(vec![70]), Some(vec![10, 20]), None, Some(vec![30])]);
    assert_eq!((thrower.meter_after, Some(thrower.order + 1)), (Some(interp.fuel()), interp.step().map(|r| r.order)));
}

/// What the invoker wrote before and after the failed invocation stays.
#[test]
fn only_the_scope_is_undone() {
    let main = seq(&[&hstore(0, 0, 1), &ext_caught(8, 0), POP, &hstore(0, 8, 2), RETURN]);
    let again = seq(&[&hstore(0, 0, 5), &hstore(0, 8, 6), RETURN]);
    // 8 has 7 write, then throws: undone across segments (D20).
    let callee = seq(&[&hstore(0, 0, 9), &ext(7, 1), &athrow(1)]);
    let run = scene(&[(7, &app(&[&main, &again])), (8, &app(&[&callee]))]).page(7, 0, &[0, 0]).page(8, 0, &[0]).run();
    assert_eq!(run.written(), [(7, 0, Some(vec![1, 2]))]);
    assert_eq!(run.effects.log_high, 3);
}

/// 7 -> 8 -> 9.
fn three(middle: &[Ins], inner: &[Ins]) -> Scene {
    let main = seq(&[&ext_caught(8, 0), RETURN]);
    let scene = scene(&[(7, &app(&[&main])), (8, &app(&[middle])), (9, &app(&[inner]))]);
    scene.page(8, 0, &[0, 0]).page(9, 0, &[0, 0]).listed(9, 1)
}

#[test]
fn nested_scopes() {
    let middle = |end: &[Ins]| seq(&[&hstore(0, 0, 1), &ext_caught(9, 0), &hstore(0, 8, 2), end]);
    let inner = |end: &[Ins]| seq(&[&hstore(0, 0, 3), end]);
    let throw = athrow(1);
    let both = vec![(8, 0, Some(vec![1, 2])), (9, 0, Some(vec![3, 0]))];
    assert_eq!(three(&middle(RETURN), &inner(RETURN)).run().written(), both);
    assert_eq!(three(&middle(RETURN), &inner(&throw)).run().written(), both[..1], "the inner one is undone");
    assert_eq!(three(&middle(&throw), &inner(RETURN)).run().written(), [], "merged, then undone (D21)");
    assert_eq!(three(&middle(&throw), &inner(&throw)).run().written(), []);
    // Straight through both.
    let through = seq(&[&hstore(0, 0, 1), &ext(9, 0), RETURN]);
    let run = three(&through, &inner(&throw)).run();
    assert_eq!((run.outcome, run.written(), run.touched()), (Outcome::Returned(None), vec![], vec![(8, 0), (9, 0)]));
}

/// D21: abrupt internal completion undoes nothing, neither at the base nor in a scope.
#[test]
fn internal_failure_undoes_nothing() {
    let main = [("invoke_internal", 1), ("catch", NEXT), ("return", 0)];
    let thrower = seq(&[&hstore(0, 0, 1), &palloc(1, 8), &athrow(1)]);
    let image = app(&[&main, &thrower]);
    let run = scene(&[(7, &image)]).page(7, 0, &[0]).listed(7, 1).run();
    assert_eq!(run.written(), [(7, 0, Some(vec![1])), (7, 1, Some(vec![0]))]);
    assert_eq!(run.effects.log_high, 0);
    let outer = app(&[&seq(&[&ext(8, 0), RETURN])]);
    let run = scene(&[(7, &outer), (8, &image)]).page(8, 0, &[0]).listed(8, 1).run();
    assert_eq!(run.written(), [(8, 0, Some(vec![1])), (8, 1, Some(vec![0]))]);
    assert_eq!(run.effects.log_high, 2);
}

/// An exception caught within the invocation undoes nothing.
#[test]
fn a_caught_exception_undoes_nothing() {
    let callee = seq(&[&hstore(0, 0, 1), &[("pop", 0), ("catch", NEXT)], RETURN]);
    assert_eq!(caught(&callee, &[]).run().written(), [(8, 0, Some(vec![1, 20]))]);
}

/// D29: the mark of a free goes when the free is rolled back, and only then.
#[test]
fn freed_marks() {
    // Freed in an invocation that failed: it exists again, can be freed, and then not be allocated.
    let again = app(&[&seq(&[&pfree(0), &athrow(1)]), &seq(&[&pfree(0), RETURN]), &seq(&[&palloc(0, 8), RETURN])]);
    let main = |parts: &[&[Ins]]| app(&[&seq(&[&seq(parts), RETURN])]);
    let run = |parts: &[&[Ins]], callee: &Image| scene(&[(7, &main(parts)), (8, callee)]).page(8, 0, &[1]).run();
    let fails = run(&[&ext_caught(8, 0), POP, &ext_caught(8, 2)], &again);
    assert_eq!(fails.exceptions(), [28, Page as u8], "it exists");
    let freed = run(&[&ext_caught(8, 0), POP, &ext(8, 1), &ext_caught(8, 2)], &again);
    assert_eq!((freed.exceptions(), freed.written()), (vec![28, Page as u8], vec![(8, 0, None)]));
    // Allocated and freed in an invocation that failed: it can be allocated.
    let both = seq(&[&palloc(1, 8), &pfree(1), &athrow(1)]);
    let callee = app(&[&both, &seq(&[&palloc(1, 16), RETURN])]);
    let main = seq(&[&ext_caught(8, 0), POP, &ext(8, 1), RETURN]);
    let run = scene(&[(7, &app(&[&main])), (8, &callee)]).listed(8, 1).run();
    assert_eq!((run.exceptions(), run.written()), (vec![28], vec![(8, 1, Some(vec![0, 0]))]));
    // Freed at the base: nested failures do not clear that mark.
    let own = app(&[
        &seq(&[&pfree(0), &ext_caught(7, 1), POP, &ext_caught(7, 2), IRETURN]),
        &athrow(1),
        &seq(&[&palloc(0, 8), RETURN]),
    ]);
    let run = scene(&[(7, &own)]).page(7, 0, &[1]).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(Page.code() | CODE_CROSSED)));
    // Freed in an inner invocation that completed, in an outer one that failed: rolled back with the outer.
    let outer = seq(&[&ext(9, 0), &athrow(1)]);
    let main = seq(&[&ext_caught(8, 0), POP, &ext(9, 1), RETURN]);
    let last = app(&[&seq(&[&palloc(0, 8), &pfree(0), RETURN]), &seq(&[&palloc(0, 8), RETURN])]);
    let run = scene(&[(7, &app(&[&main])), (8, &app(&[&outer])), (9, &last)]).listed(9, 0).run();
    assert_eq!((run.exceptions(), run.written()), (vec![28], vec![(9, 0, Some(vec![0]))]));
}

/// D31: one entry per store, allocation and free in nested invocations, also for what changes nothing; loads, sizes and
/// what throws are none.
#[test]
fn what_is_logged() {
    let of = |callee: &[Ins]| high(&caught(&seq(&[callee, RETURN]), &[]));
    assert_eq!(of(&[]), 0);
    assert_eq!(of(&hstore(0, 0, 10)), 1, "the same value");
    assert_eq!(of(&seq(&[&push(&[1, 1, 0]), &[("hstore_8", 0)]])), 1);
    assert_eq!(of(&palloc(1, 1_024)), 1);
    assert_eq!(of(&pfree(0)), 1);
    assert_eq!(of(&seq(&[&palloc(1, 8), &hstore(1, 0, 1), &hstore(1, 0, 1), &pfree(1)])), 4);
    assert_eq!(of(&seq(&[&hload(0, 0), &psize(0), &psize(1)])), 0);
    assert_eq!(of(&seq(&[&hstore(0, 16, 1), &[("catch", NEXT)]])), 0);
    assert_eq!(of(&seq(&[&pfree(1), &[("catch", NEXT)], &palloc(0, 8), &[("catch", NEXT)]])), 0);
    // At the base: none.
    assert_eq!(high(&caught(RETURN, &seq(&[&hstore(0, 0, 1), &pfree(0)]))), 0);
}

/// The return that closes the outermost scope empties the log; an inner one does not; undone entries are free again.
#[test]
fn the_log_empties() {
    let three_stores = seq(&[&hstore(0, 0, 1), &hstore(0, 0, 2), &hstore(0, 0, 3)]);
    let main = |calls: usize| app(&[&seq(&[&ext_caught(8, 0).repeat(calls), RETURN])]);
    for end in [RETURN, &athrow(1)[..]] {
        let callee = app(&[&seq(&[&three_stores, end])]);
        let scene = scene(&[(7, &main(2)), (8, &callee)]).page(8, 0, &[0]).log(3);
        let run = scene.run();
        assert_eq!((run.outcome, run.effects.log_high), (Outcome::Returned(None), 3));
        assert_eq!(scene.log(2).run().outcome, Outcome::Capacity);
    }
    // Nested: 1, then 3 of the inner one, then 1.
    let middle = |calls: usize| {
        let calls = seq(&[&ext_caught(9, 0), &[("nop", 0)]]).repeat(calls);
        seq(&[&hstore(0, 0, 1), &calls, &hstore(0, 0, 2), RETURN])
    };
    let merged = seq(&[&three_stores, RETURN]);
    let undone = seq(&[&three_stores, &athrow(1)]);
    assert_eq!(high(&three(&middle(1), &merged)), 1 + 3 + 1);
    assert_eq!(high(&three(&middle(2), &merged)), 1 + 3 + 3 + 1);
    assert_eq!(high(&three(&middle(1), &undone)), 1 + 3);
    assert_eq!(high(&three(&middle(9), &undone)), 1 + 3);
    for (callee, need) in [(&merged, 8), (&undone, 4)] {
        assert_eq!(three(&middle(2), callee).log(need).run().outcome, Outcome::Returned(None));
        let short = three(&middle(2), callee).log(need - 1).run();
        assert_eq!((short.outcome, short.effects.log_high), (Outcome::Capacity, need as u32 - 1));
        assert_eq!((short.last().exception, short.written()), (31, vec![]));
    }
    // An internal return closes nothing.
    let callee = app(&[&seq(&[&hstore(0, 0, 1), &[("invoke_internal", 1)], &hstore(0, 0, 2), RETURN]), RETURN]);
    assert_eq!(high(&scene(&[(7, &main(1)), (8, &callee)]).page(8, 0, &[0])), 2);
}

/// 2,048 entries, and a scenario may only lower it.
#[test]
fn the_log_is_full() {
    // Stores until fuel or log runs out.
    let again = app(&[&seq(&[&hstore(0, 0, 1), &[("br", 0)]])]);
    let main = app(&[&seq(&[&ext_caught(8, 0), RETURN])]);
    let scene = scene(&[(7, &main), (8, &again)]).page(8, 0, &[0]);
    for (limit, stores) in [(usize::MAX, 2_048), (2_049, 2_048), (2_048, 2_048), (2_047, 2_047), (1, 1), (0, 0)] {
        let run = scene.clone().log(limit).run();
        assert_eq!((run.outcome, run.effects.log_high), (Outcome::Capacity, stores));
        assert_eq!((run.exceptions(), run.last().opcode), (vec![31], 0xab));
        assert_eq!(run.records.len(), 3 + stores as usize * 5 + 4);
        assert_eq!((run.touched(), run.written()), (vec![(8, 0)], vec![]));
    }
}

/// Rolled back after many entries, interleaved between two applications and many scopes.
#[test]
fn deep_rollback() {
    // 8: store depth to a page, invoke oneself with depth - 1; at 0 throw. Everybody but the base passes it on.
    let end = seq(&[&athrow(1)]);
    let mut callee = seq(&[&[("load_64", 0)], &push(&[0, 0]), &[("hstore_64", 0), ("load_64", 0)]]);
    let branch = callee.len();
    callee.extend(seq(&[
        &[("brz", 0)],
        &[("load_64", 0), ("const_8", 1), ("isub", 0), ("arg_64", 0)],
        &ext(8, 0),
        RETURN,
    ]));
    callee[branch].1 = address(&callee, callee.len());
    callee.extend(end);
    let main = seq(&[&[("const_8", 100), ("arg_64", 0)], &ext_caught(8, 0), IRETURN]);
    let scene = scene(&[(7, &app(&[&main])), (8, &linked(&[(&callee, 8, 8)]))]).page(8, 0, &[555]);
    let run = scene.run();
    assert_eq!((run.outcome, run.written()), (Outcome::Returned(Some(1 | CODE_CROSSED)), vec![]));
    assert_eq!(run.effects.log_high, 101);
}
