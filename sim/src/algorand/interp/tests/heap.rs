// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pages: loads, stores, allocation; what a call touched and wrote.

use super::*;
use Cause::*;

const CELL: u64 = 0x8182_8384_8586_8788;

/// A program of application 7 with page 0 of two cells, page 1 listed but absent.
fn alone(program: &[Ins]) -> Scene {
    scene(&[(7, &app(&[program]))]).page(7, 0, &[CELL, 0]).listed(7, 1)
}

/// Applies a heap instruction to cells in a nested invocation with `log` free entries of the undo log: its exception
/// number and the touched pages.
fn nested(cells: &[u64], name: &'static str, log: usize) -> (u8, Vec<(u64, u64)>) {
    let callee = [&push(cells)[..], &[(name, 0)], RETURN].concat();
    let run = two(&ext(8, 0), &callee).page(8, 0, &[CELL, 0]).listed(8, 1).log(log).run();
    (run.records[3 + cells.len()].exception, run.touched())
}

#[test]
fn loads_extend() {
    let rows = [
        ("hload_u8", 1, 0x87),
        ("hload_u16", 2, 0x8586),
        ("hload_u32", 4, 0x8182_8384),
        ("hload_64", 0, CELL),
        ("hload_i8", 7, 0xffff_ffff_ffff_ff81),
        ("hload_i16", 0, 0xffff_ffff_ffff_8788),
        ("hload_i32", 0, 0xffff_ffff_8586_8788),
        ("hload_u8", 15, 0),
    ];
    for (name, offset, expected) in rows {
        let run = alone(&seq(&[&push(&[offset, 0]), &[(name, 0)], IRETURN])).run();
        assert_eq!((run.outcome, run.touched()), (Outcome::Returned(Some(expected)), vec![(7, 0)]), "{name}");
        assert_eq!((run.written(), run.records[2].results[0][0]), (vec![], expected));
    }
}

#[test]
fn narrow_stores_truncate_and_leave_the_rest() {
    let rows = [
        ("hstore_8", 9, 0x8800),
        ("hstore_16", 10, 0x8788_0000),
        ("hstore_32", 12, 0x8586_8788_0000_0000),
        ("hstore_64", 8, CELL),
    ];
    for (name, offset, expected) in rows {
        let run = alone(&seq(&[&push(&[CELL, offset, 0]), &[(name, 0)], RETURN])).run();
        assert_eq!(run.written(), [(7, 0, Some(vec![CELL, expected]))], "{name}");
        assert_eq!((run.records[3].n_results, run.records[3].n_operands), (0, 3));
    }
}

/// Alignment, *rejected*, page, page bounds, *capacity* (D9); only what got past *rejected* touches.
#[test]
fn order_of_checks_of_loads_and_stores() {
    let wrap = MINUS_1 - 7;
    // Offset, page; without and with a free entry in the log.
    let rows: &[(u64, u64, u8, u8)] = &[
        (17, 2, 5, 5),
        (17, 1, 5, 5),
        (17, 0, 5, 5),
        (MINUS_1, 0, 5, 5),
        (16, 2, 30, 30),
        (0, 2, 30, 30),
        (16, 1, 14, 14),
        (0, 1, 14, 14),
        (16, 0, 15, 15),
        (wrap, 0, 15, 15),
        (1 << 32, 0, 15, 15),
        (8, 0, 31, 0),
    ];
    for (offset, page, full, free) in rows {
        let touched = if [5, 30].contains(full) { vec![] } else { vec![(8, *page)] };
        let cells = [1, *offset, *page];
        assert_eq!(nested(&cells, "hstore_64", 0), (*full, touched.clone()), "store {offset} {page}");
        assert_eq!(nested(&cells, "hstore_64", 1), (*free, touched.clone()), "store {offset} {page}");
        assert_eq!(nested(&cells[1..], "hload_64", 0), (*free, touched), "load {offset} {page}");
    }
    for (name, width) in [("hload_u8", 1), ("hload_i16", 2), ("hload_u32", 4)] {
        assert_eq!(nested(&[16 - width, 0], name, 0).0, 0);
        assert_eq!(nested(&[16, 0], name, 0).0, 15);
        assert_eq!(nested(&[16 - width + 1, 0], name, 0).0, if width == 1 { 15 } else { 5 });
    }
}

/// Alignment and range of the size, *rejected*, page, *capacity*.
#[test]
fn order_of_checks_of_pages() {
    let rows: &[(u64, u64, u8, u8)] = &[
        (1_025, 2, 5, 5),
        (12, 0, 5, 5),
        (MINUS_1, 0, 5, 5),
        (0, 2, 6, 6),
        (0, 1, 6, 6),
        (1_032, 0, 6, 6),
        (MINUS_1 - 7, 1, 6, 6),
        (8, 2, 30, 30),
        (8, 0, 14, 14),
        (8, 1, 31, 0),
        (1_024, 1, 31, 0),
    ];
    for (size, page, full, free) in rows {
        let touched = if [5, 6, 30].contains(full) { vec![] } else { vec![(8, *page)] };
        assert_eq!(nested(&[*size, *page], "palloc", 0), (*full, touched.clone()), "{size} {page}");
        assert_eq!(nested(&[*size, *page], "palloc", 1), (*free, touched), "{size} {page}");
    }
    let rows: &[(u64, u8, u8, u8)] = &[(2, 30, 30, 30), (1, 14, 14, 0), (0, 31, 0, 0)];
    for (page, full, free, size) in rows {
        let touched = if *full == 30 { vec![] } else { vec![(8, *page)] };
        assert_eq!(nested(&[*page], "pfree", 0), (*full, touched.clone()), "{page}");
        assert_eq!(nested(&[*page], "pfree", 1), (*free, touched.clone()), "{page}");
        assert_eq!(nested(&[*page], "psize", 0), (*size, touched), "{page}");
    }
}

/// Before the price is paid, nothing is touched.
#[test]
fn fuel_comes_first() {
    let program = seq(&[&push(&[0]), &[("psize", 0)]]);
    let touched = |fuel| alone(&program).fuel(fuel).run().touched();
    assert_eq!(touched(8 + 1 + 1), []);
    assert_eq!(touched(8 + 1 + 2), [(7, 0)]);
}

#[test]
fn a_new_page() {
    for size in [8, 16, 1_016, 1_024] {
        let zero = seq(&[&palloc(1, size), &hload(1, size - 8), &psize(1), &[("iadd", 0)], IRETURN]);
        let run = alone(&zero).run();
        assert_eq!(run.outcome, Outcome::Returned(Some(size)));
        assert_eq!(run.written(), [(7, 1, Some(vec![0; size as usize / 8]))]);
        let beyond = alone(&seq(&[&palloc(1, size), &hload(1, size)])).run();
        assert_eq!((beyond.outcome, beyond.written()), (uncaught(PageBounds), vec![]));
    }
    assert_eq!(alone(&seq(&[&palloc(1, 8), &palloc(1, 8)])).run().outcome, uncaught(Page));
    let size = |page| alone(&seq(&[&psize(page), IRETURN])).run().outcome;
    assert_eq!((size(0), size(1)), (Outcome::Returned(Some(16)), Outcome::Returned(Some(0))));
}

/// D29: a freed page is absent, and stays so until the end of the call, whether it existed before or not.
#[test]
fn freed_pages() {
    for (page, before) in [(0, vec![]), (1, palloc(1, 8))] {
        for use_it in [hload(page, 0), hstore(page, 0, 1), pfree(page), palloc(page, 8), palloc(page, 16)] {
            let run = alone(&seq(&[&before, &pfree(page), &use_it])).run();
            assert_eq!((run.exceptions(), run.outcome), (vec![Page as u8], uncaught(Page)));
        }
        let run = alone(&seq(&[&before, &pfree(page), &psize(page), IRETURN])).run();
        assert_eq!((run.outcome, run.touched()), (Outcome::Returned(Some(0)), vec![(7, page)]));
        let gone = if page == 0 { vec![(7, 0, None)] } else { vec![] };
        assert_eq!(run.written(), gone);
    }
}

/// Between calls there is no freed mark.
#[test]
fn the_next_call_can_allocate() {
    let mut scene = alone(&seq(&[&pfree(0), RETURN]));
    scene.world.apply(&scene.run().effects);
    assert!(scene.world.pages.is_empty());
    scene.world.apps.insert(7, Arc::new(app(&[&seq(&[&palloc(0, 8), RETURN])])));
    let run = scene.run();
    assert_eq!((run.outcome, run.written()), (Outcome::Returned(None), vec![(7, 0, Some(vec![0]))]));
}

/// D33: the final difference, not the history.
#[test]
fn written_is_the_difference() {
    let written = |program: &[Ins]| alone(&seq(&[program, RETURN])).run().written();
    assert_eq!(written(&hstore(0, 0, CELL)), [], "the same value");
    assert_eq!(written(&seq(&[&hstore(0, 8, 5), &hstore(0, 8, 0)])), [], "and back");
    assert_eq!(written(&seq(&[&palloc(1, 8), &pfree(1)])), []);
    assert_eq!(written(&hstore(0, 8, 5)), [(7, 0, Some(vec![CELL, 5]))]);
    assert_eq!(written(&seq(&[&hstore(0, 8, 5), &pfree(0)])), [(7, 0, None)]);
    assert_eq!(written(&seq(&[&palloc(1, 8), &hstore(1, 0, 9)])), [(7, 1, Some(vec![9]))]);
}

/// Any other outcome than *returned* discards everything, but not what was touched.
#[test]
fn only_a_call_that_returned_wrote() {
    let store = hstore(0, 0, 1);
    let end = |end: &[Ins]| alone(&seq(&[&store, end])).run();
    for (run, outcome) in [
        (end(POP), uncaught(Underflow)),
        (end(&psize(2)), Outcome::Rejected),
        (alone(&seq(&[&store, &[("br", 28)]])).fuel(100).run(), Outcome::OutOfFuel),
        (
            alone(&seq(&[&store, &[("invoke_internal", 0)]]))
                .limits(Limits { call_depth: 1, ..Limits::default() })
                .run(),
            Outcome::Capacity,
        ),
    ] {
        assert_eq!((run.outcome, run.touched(), run.written()), (outcome, vec![(7, 0)], vec![]));
    }
    let mut interp = alone(&seq(&[&store, RETURN])).start();
    interp.run(4);
    assert_eq!(interp.effects().written, [].into(), "the call is not over");
    let now: Vec<_> = interp.pages().map(|(id, page)| (id.page, page.map(cells))).collect();
    assert_eq!(now, [(0, Some(vec![1, 0])), (1, None)]);
}

/// Each application has its own pages; their indices have 64 bits.
#[test]
fn pages_are_the_working_segments() {
    let main = seq(&[&ext(8, 0), &hload(0, 0), &[("isub", 0)], IRETURN]);
    let run = two(&main, &seq(&[&hload(0, 0), IRETURN])).page(7, 0, &[1]).page(8, 0, &[5]).run();
    assert_eq!((run.outcome, run.touched()), (Outcome::Returned(Some(4)), vec![(7, 0), (8, 0)]));
    // 8 runs, and (8, 0) is not listed: that (7, 0) is does not help.
    let run = two(&main, &seq(&[&hload(0, 0), IRETURN])).page(7, 0, &[1]).run();
    assert_eq!((run.outcome, run.touched()), (Outcome::Rejected, vec![]));
    let indices = [0, 1 << 16, 1 << 32, 1 << 63, MINUS_1];
    let mut scene = alone(RETURN);
    for index in &indices[1..] {
        scene = scene.page(7, *index, &[*index]);
    }
    for index in &indices[1..] {
        scene.world.apps.insert(7, Arc::new(app(&[&seq(&[&hload(*index, 0), IRETURN])])));
        assert_eq!(scene.run().outcome, Outcome::Returned(Some(*index)));
    }
    scene.world.apps.insert(7, Arc::new(app(&[&hload(1 << 48, 0)])));
    assert_eq!(scene.run().outcome, Outcome::Rejected);
}

/// A page that exists but is not listed, and one listed of an application that is not installed.
#[test]
fn the_list_decides() {
    let mut scene = alone(&seq(&[&psize(3), IRETURN]));
    scene.world.pages.insert(PageId { app: 7, page: 3 }, vec![0; 8]);
    assert_eq!(scene.run().outcome, Outcome::Rejected);
    let run = alone(&seq(&[&ext_caught(9, 0), IRETURN])).page(9, 0, &[1]).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(Application.code())));
}

/// What throws leaves the page as it was, and not its operands; what ends the call both.
#[test]
fn throwing_has_no_effect() {
    for (cells, name) in [
        (vec![1, 16, 0], "hstore_64"),
        (vec![1, 1, 0], "hstore_16"),
        (vec![8, 0], "palloc"),
        (vec![1], "pfree"),
        (vec![16, 0], "hload_64"),
        (vec![1, 0, 2], "hstore_64"),
    ] {
        let mut interp = alone(&seq(&[&push(&cells), &[(name, 0), ("catch", 0)]])).start();
        interp.run(cells.len() as u64);
        assert_ne!(interp.step().unwrap().exception, 0, "{name}");
        let rejected = interp.outcome() == Some(Outcome::Rejected);
        assert_eq!(interp.stack(), if rejected { &cells[..] } else { &[] }, "{name}");
        assert_eq!(interp.pages().next().unwrap().1.map(self::cells), Some(vec![CELL, 0]));
    }
}

/// D20: writes are visible at once, in both directions.
#[test]
fn reentrancy() {
    let main = seq(&[&hstore(0, 0, 1), &ext(8, 0), &hload(0, 0), &[("imul", 0)], IRETURN]);
    let again = seq(&[&hload(0, 0), &hstore(0, 0, 30), IRETURN]);
    let callee = seq(&[&ext(7, 1), &push(&[7]), &[("imul", 0)], IRETURN]);
    let run = scene(&[(7, &app(&[&main, &again])), (8, &app(&[&callee]))]).page(7, 0, &[0]).run();
    assert_eq!(run.outcome, Outcome::Returned(Some(7 * 30)), "saw 1, left 30");
    assert_eq!((run.written(), run.effects.log_high), (vec![(7, 0, Some(vec![30]))], 1));
}
