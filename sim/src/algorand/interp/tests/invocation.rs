// SPDX-License-Identifier: MIT OR Apache-2.0
//! Invocation and completion.

use super::*;
use Cause::{Arguments, Fetch, Overflow, Underflow};

#[test]
fn arguments_and_result() {
    let main = [
        ("const_8", 40),
        ("const_8", 9),
        ("arg_64", 0),
        ("const_8", 4),
        ("arg_64", 0),
        ("invoke_internal", 1),
        ("isub", 0),
        ("ireturn", 0),
    ];
    let callee = [("load_64", 0), ("load_64", 8), ("isub", 0), ("ireturn", 0)];
    let run = run(&linked(&[(&main, 8, 0), (&callee, 16, 16)]), &call());
    assert_eq!(run.outcome, Outcome::Returned(Some(35)));
    let invoke = run.records[5];
    assert_eq!((invoke.n_results, invoke.meter_before.unwrap() - invoke.meter_after.unwrap()), (0, 4));
    let returned = run.records[9];
    assert_eq!((returned.n_results, returned.results[0][0]), (1, 5), "to an invoker: the value");
    assert_eq!(run.last().n_results, 0, "from the first method: none");
    assert_eq!(run.last().operands[0], 35);
}

/// A return drops what is left on the stack and restores the invoker's (D16).
#[test]
fn returns_discard_the_rest() {
    let main = [("const_8", 1), ("invoke_internal", 1), ("invoke_internal", 2), ("nop", 0)];
    let without = [("const_8", 5), ("const_8", 6), ("return", 0)];
    let with = [("const_8", 5), ("const_8", 6), ("ireturn", 0)];
    let image = linked(&[(&main, 16, 0), (&without, 8, 0), (&with, 0, 0)]);
    let mut interp = start(&image, &call());
    interp.run(4);
    assert_eq!((interp.depth(), interp.stack(), interp.frame().len()), (2, &[5, 6][..], 8));
    interp.run(1);
    assert_eq!((interp.depth(), interp.stack(), interp.frame().len()), (1, &[1][..], 16));
    interp.run(4);
    assert_eq!((interp.depth(), interp.stack(), interp.pc()), (1, &[1, 6][..], 8));
}

#[test]
fn outcomes_of_the_first_method() {
    assert_eq!(run_program(&[("return", 0)]).outcome, Outcome::Returned(None));
    assert_eq!(run_program(&push(&[1, 2])).outcome, uncaught(Fetch));
    let run = run_program(&[("const_8", -1), ("ireturn", 0)]);
    assert_eq!((run.outcome, run.fuel), (Outcome::Returned(Some(MINUS_1)), 1_000_000 - 8 - 3));
}

/// A missing operand throws in the callee, whose own `catch` serves it; the invoker's cells are
/// not reached (D16).
#[test]
fn ireturn_underflows_in_the_callee() {
    let main = [("const_8", 1), ("invoke_internal", 1), ("ireturn", 0)];
    let callee = [("ireturn", 0), ("catch", 5 + 1 + 4), ("const_8", 3), ("ireturn", 0)];
    let run = run(&linked(&[(&main, 0, 0), (&callee, 0, 0)]), &call());
    assert_eq!(run.codes(), [0, 0, Underflow as u8, 0, 0, 0, 0]);
    assert_eq!(run.outcome, Outcome::Returned(Some(3)));
}

#[test]
fn private_methods_may_be_invoked_and_recursion_works() {
    // sum(n) = n = 0 ? 0 : n + sum(n - 1)
    let main = [("const_8", 50), ("arg_64", 0), ("invoke_internal", 1), ("ireturn", 0)];
    let base = code(&main).len() as i64;
    let mut sum = vec![("load_64", 0), ("brz", 0), ("load_64", 0), ("load_64", 0), ("const_8", -1)];
    sum.extend([("iadd", 0), ("arg_64", 0), ("invoke_internal", 1), ("iadd", 0), ("ireturn", 0)]);
    sum[1].1 = base + address(&sum, sum.len());
    sum.extend([("load_64", 0), ("ireturn", 0)]);
    let private = Method { public: false, ..method(base as usize, 8, 8) };
    let bytes = code(&[&main[..], &sum].concat());
    let run = run(&with_methods(bytes, &[method(0, 0, 0), private]), &call());
    assert_eq!(run.outcome, Outcome::Returned(Some(50 * 51 / 2)));
}

/// D12, D13: thrown in the invoker, whose `catch` serves it, before any callee state exists.
#[test]
fn failed_invocations_throw_in_the_invoker() {
    let run_with = |program: &[Ins], index: i64| {
        let mut main = program.to_vec();
        main.push(("invoke_internal", index));
        let handler = address(&main, main.len()) + 3 + 1;
        main.extend([("catch", handler), ("return", 0), ("ireturn", 0)]);
        run(&linked(&[(&main, 8, 0), (&[("return", 0)], 8, 8)]), &call())
    };
    let arg = |name| vec![("const_8", 1), (name, 0)];
    for program in [vec![], arg("arg_8"), arg("arg_32"), [arg("arg_64"), arg("arg_8")].concat()] {
        let run = run_with(&program, 1);
        assert_eq!(run.outcome, Outcome::Returned(Some(Arguments.code())));
        assert_eq!(run.records[program.len()].exception, Arguments as u8);
    }
    assert_eq!(run_with(&arg("arg_64"), 1).outcome, Outcome::Returned(None));
    assert_eq!(run_with(&[], 2).outcome, Outcome::Returned(Some(Cause::Method.code())));
    assert_eq!(run_with(&[], 65_535).outcome, Outcome::Returned(Some(Cause::Method.code())));
}

/// D14: the cell must be free although the callee may return none.
#[test]
fn an_invocation_needs_a_free_cell() {
    for (cells, exception) in [(127, 0), (128, Overflow as u8)] {
        let main = [&push(&vec![1; cells])[..], &[("invoke_internal", 1), ("return", 0)]].concat();
        let run = run(&linked(&[(&main, 0, 0), (&[("return", 0)], 0, 0)]), &call());
        assert_eq!(run.records[cells].exception, exception);
    }
}

/// D17: the callee has its full stack, whatever the invoker holds.
#[test]
fn every_method_has_its_own_stack_limit() {
    let main = [&push(&[1; 127])[..], &[("invoke_internal", 1)]].concat();
    let callee = push(&[2; 129]);
    let run = run(&linked(&[(&main, 0, 0), (&callee, 0, 0)]), &call());
    assert_eq!(run.records.len(), 127 + 1 + 129);
    assert_eq!((run.last().exception, run.outcome), (Overflow as u8, uncaught(Overflow)));
}

/// Every invocation attempt, taken `catch` and return resets the pending arguments (D11).
#[test]
fn what_resets_pending_arguments() {
    let invoke_after = |program: &[Ins]| {
        let main = [program, &[("invoke_internal", 1), ("return", 0)]].concat();
        let two = ("return", 0);
        let pends = [("const_8", 1), ("arg_8", 0), two];
        let image = linked(&[(&main, 8, 0), (&[two], 0, 0), (&pends, 0, 0), (&[two], 4, 4)]);
        run(&image, &call()).outcome
    };
    let fine = Outcome::Returned(None);
    assert_eq!(invoke_after(&[]), fine);
    assert_eq!(invoke_after(&[("const_8", 1), ("arg_8", 0)]), uncaught(Arguments));
    // A successful invocation used them; what the callee left pending is gone.
    let used = [("const_8", 1), ("arg_32", 0), ("invoke_internal", 3)];
    assert_eq!(invoke_after(&used), fine);
    assert_eq!(invoke_after(&[("invoke_internal", 2)]), fine);
    // A failed one, and a taken `catch` after an instruction that is none.
    for thrower in ["invoke_internal", "br"] {
        let failed = [("const_8", 1), ("arg_8", 0), (thrower, 65_535), ("catch", 9)];
        assert_eq!(invoke_after(&failed), fine, "{thrower}");
    }
    // A `catch` that is not taken does not.
    let passed = [("const_8", 1), ("arg_8", 0), ("catch", 0)];
    assert_eq!(invoke_after(&passed), uncaught(Arguments));
}

/// Locals beyond the arguments read 0 although earlier callees left bytes there (D25).
#[test]
fn locals_read_zero_after_another_callee() {
    let main = [("invoke_internal", 1), ("const_8", -1), ("arg_8", 0), ("invoke_internal", 2), ("ireturn", 0)];
    let mut dirty: Vec<Ins> = Vec::new();
    for at in 0..8 {
        dirty.extend([("const_8", -1), ("store_64", at * 8), ("const_8", -1), ("arg_64", 0)]);
    }
    dirty.push(("return", 0));
    let mut clean: Vec<Ins> = vec![("load_64", 0)];
    for at in 1..16 {
        clean.extend([("load_64", at * 8), ("iadd", 0)]);
    }
    clean.push(("ireturn", 0));
    let image = linked(&[(&main, 3, 0), (&dirty, 64, 0), (&clean, 128, 1)]);
    assert_eq!(run(&image, &call()).outcome, Outcome::Returned(Some(0xff)));
}

/// The callee's frame does not overlap the invoker's, and the invoker's survives.
#[test]
fn frames_are_separate() {
    let main = [("const_8", -1), ("store_8", 4), ("invoke_internal", 1), ("pop", 0), ("load_i8", 4), ("ireturn", 0)];
    let callee = [("const_8", 9), ("store_8", 0), ("load_u8", 0), ("ireturn", 0)];
    let run = run(&linked(&[(&main, 5, 0), (&callee, 1, 0)]), &call());
    assert_eq!(run.outcome, Outcome::Returned(Some(MINUS_1)));
}

/// Methods may start anywhere inside the code, 0 included (D15), and share code.
#[test]
fn methods_may_share_code() {
    let bytes = code(&[("const_8", 1), ("const_8", 2), ("ireturn", 0)]);
    let image = with_methods(bytes, &[method(0, 0, 0), method(2, 0, 0), method(4, 0, 0)]);
    let outcome = |method| run(&image, &Call { method, ..call() }).outcome;
    assert_eq!(outcome(0), Outcome::Returned(Some(2)));
    assert_eq!(outcome(1), Outcome::Returned(Some(2)));
    assert_eq!(outcome(2), uncaught(Underflow));
}
