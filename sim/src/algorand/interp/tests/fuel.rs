// SPDX-License-Identifier: MIT OR Apache-2.0
//! Fuel running out at every point of a program with invocations and catches (D1, D2).

use super::*;

#[test]
fn fuel_runs_out_anywhere() {
    let main = [
        ("const_8", 6),
        ("arg_64", 0),
        ("invoke_internal", 1),
        ("catch", 11), // the callee divides by zero
        ("nop", 0),
        ("nop", 0),
        ("nop", 0),     // 11
        ("load_64", 1), // throws
        ("catch", 18),
        ("pop", 0),             // 18
        ("invoke_internal", 9), // throws
        ("catch", 25),
        ("pop", 0), // 25
        ("const_8", 5),
        ("ireturn", 0),
    ];
    assert_eq!([6, 9, 12].map(|index| address(&main, index)), [11, 18, 25]);
    let callee = [("load_64", 0), ("const_8", 3), ("imul", 0), ("const_8", 0), ("udiv", 0), ("ireturn", 0)];
    let image = linked(&[(&main, 8, 0), (&callee, 8, 8)]);
    let whole = run(&image, &call());
    assert_eq!(whole.outcome, Outcome::Returned(Some(5)));
    assert_eq!(whole.codes().iter().filter(|c| **c != 0).count(), 3);
    let total = 1_000_000 - whole.fuel;

    for fuel in 0..total {
        let short = run(&image, &Call { fuel, ..call() });
        assert_eq!(short.outcome, Outcome::OutOfFuel, "{fuel}");
        assert!(short.fuel < 0, "the tank stays negative");
        let Some((last, before)) = short.records.split_last() else {
            assert!(fuel < 8, "only the first invocation retires nothing");
            continue;
        };
        // The same instructions up to one that cannot be paid; nothing after it.
        let same = &whole.records[short.records.len() - 1];
        assert_eq!((last.pc, last.opcode, last.exception), (same.pc, same.opcode, 29));
        assert_eq!(last.n_results, 0);
        let used = |r: &Retire| r.meter_before.unwrap() - r.meter_after.unwrap();
        assert_eq!(used(last), used(same));
        assert!(last.meter_before.unwrap() >= 0);
        for (a, b) in before.iter().zip(&whole.records) {
            assert_eq!((a.pc, a.exception, a.n_results, a.results), (b.pc, b.exception, b.n_results, b.results));
        }
    }
    let exact = run(&image, &Call { fuel: total, ..call() });
    assert_eq!((exact.outcome, exact.fuel), (whole.outcome, 0), "an empty tank is not negative");
}

/// The price comes before every fault, and no `catch` is looked at.
#[test]
fn no_catch_for_an_empty_tank() {
    let program = [("load_64", 1), ("catch", 6), ("nop", 0), ("return", 0)];
    let image = image(code(&program));
    let run_with = |fuel: i64| run(&image, &Call { fuel: 8 + fuel, ..call() }).codes();
    assert_eq!(run_with(0), [29]);
    assert_eq!(run_with(1), [5, 29], "a taken catch has its price first (D7)");
    assert_eq!(run_with(2), [5, 0, 29]);
}

/// A fault of fetch costs 1 like every other one.
#[test]
fn fetch_faults_have_a_price() {
    let image = image(vec![isa::code::CONST_64]);
    assert_eq!(run(&image, &Call { fuel: 9, ..call() }).codes(), [1]);
    let run = run(&image, &Call { fuel: 8, ..call() });
    assert_eq!((run.codes(), run.last().opcode, run.outcome), (vec![29], 0, Outcome::OutOfFuel));
}

#[test]
fn run_stops_where_it_is_told() {
    let image = image(code(&[("nop", 0), ("nop", 0), ("return", 0)]));
    let mut interp = start(&image, &call());
    assert_eq!((interp.run(0), interp.pc()), (None, 0));
    assert_eq!((interp.run(2), interp.pc()), (None, 2));
    assert_eq!(interp.run(1), Some(Outcome::Returned(None)));
    assert_eq!(interp.run(1), Some(Outcome::Returned(None)));
    assert_eq!((interp.depth(), interp.stack().len(), interp.frame().len()), (0, 0, 0));
}
