// SPDX-License-Identifier: MIT OR Apache-2.0
//! Invocations: cells and frames across them, capacity.

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::image::Image;

use super::host::*;

/// Main pushes `live` cells, invokes a method that pushes `deep` more and returns, then pops all.
fn across(live: i64, deep: i64, with_value: bool) -> (Run, Image) {
    let mut main: Vec<(&str, i64)> = (0..live).map(|i| ("const_8", 10 + i)).collect();
    main.push(("invoke_internal", 1));
    let kept = live + i64::from(with_value);
    main.extend((0..kept).map(|i| ("store_64", 8 * i)));
    main.extend((0..kept).map(|i| ("load_64", 8 * i)));
    main.push(("return", 0));
    let mut bytes = code(&main);
    let callee = bytes.len();
    let mut body: Vec<(&str, i64)> = (0..deep).map(|i| ("const_8", 90 + i)).collect();
    if with_value {
        body.extend([("const_8", 77), ("ireturn", 0)]);
    } else {
        body.push(("return", 0));
    }
    bytes.extend(code(&body));
    let image = Image::with_methods(bytes, &[method(0, 64, 0), method(callee, 0, 0)], &[]).unwrap();
    (run(&image), image)
}

#[test]
fn cells_survive_an_invocation() {
    for (live, deep, with_value) in (0..7).flat_map(|l| (0..5).flat_map(move |d| [(l, d, false), (l, d, true)])) {
        let (r, _) = across(live, deep, with_value);
        assert_eq!(r.outcome, Outcome::Returned(None));
        let kept = (live + i64::from(with_value)) as usize;
        let n = r.retires.len();
        let mut got: Vec<u64> = (n - 1 - kept..n - 1).map(|i| r.top(i)).collect();
        if with_value {
            assert_eq!(got.remove(0), 77);
        }
        let expected: Vec<u64> = (0..live as u64).rev().map(|i| 10 + i).collect();
        assert_eq!(got, expected, "{live} live, {deep} deep, value {with_value}");
    }
}

#[test]
fn arguments_arrive_and_gaps_and_locals_are_zero() {
    // The first callee fills its frame; the second finds its arguments and zeros.
    let main = [
        ("invoke_internal", 1),
        ("const_64", -1),
        ("arg_8", 0),
        ("const_64", -2),
        ("arg_32", 0),
        ("const_64", -3),
        ("arg_16", 0),
        ("invoke_internal", 2),
        ("return", 0),
    ];
    let mut bytes = code(&main);
    let fill = bytes.len();
    for i in 0..4 {
        bytes.extend(code(&[("const_64", -1), ("store_64", 8 * i)]));
    }
    bytes.extend(code(&[("return", 0)]));
    let look = bytes.len();
    let body = [("load_64", 0), ("load_64", 8), ("load_64", 16), ("const_8", 24), ("loadx_64", 0)];
    bytes.extend(code(&body));
    bytes.extend(code(&[("const_8", 5), ("store_8", 17), ("load_64", 16), ("const_8", 1), ("store_16", 8)]));
    bytes.extend(code(&[("load_64", 8), ("return", 0)]));
    let methods = [method(0, 16, 0), method(fill, 32, 0), method(look, 32, 10)];
    let r = run(&Image::with_methods(bytes, &methods, &[]).unwrap());
    let body = r.retires.iter().filter(|r| r.pc >= look as u64 && r.n_results == 1);
    let seen: Vec<u64> = body.map(|r| r.results[0][0]).collect();
    let minus = |n: i64| n as u64;
    assert_eq!(seen[..2], [0xff | (minus(-2) & 0xffff_ffff) << 32, minus(-3) & 0xffff]);
    assert_eq!(seen[2..], [0, 24, 0, 5, 5 << 8, 1, 1]);
    assert_eq!(r.outcome, Outcome::Returned(None));
}

#[test]
fn stale_frames_of_another_call_are_not_seen() {
    let fill: Vec<_> = (0..8).flat_map(|i| [("const_64", -1), ("store_64", 8 * i)]).chain([("return", 0)]).collect();
    let look: Vec<_> = (0..8).map(|i| ("load_64", 8 * i)).chain([("return", 0)]).collect();
    let mut bench = Bench::with_noise(5);
    for _ in 0..2 {
        assert_eq!(bench.call(&single(&fill), &a_call(1000)).outcome, Outcome::Returned(None));
        let r = bench.call(&single(&look), &a_call(1000));
        assert!((0..8).all(|i| r.top(i) == 0));
    }
}

#[test]
fn pending_arguments_of_another_call_are_not_seen() {
    let methods = |frame| [method(0, frame, 0)];
    let leave = Image::with_methods(code(&[("const_8", -1), ("arg_64", 0), ("return", 0)]), &methods(0), &[]).unwrap();
    let look = Image::with_methods(code(&[("load_64", 0), ("ireturn", 0)]), &methods(8), &[]).unwrap();
    let mut bench = Bench::new();
    bench.call(&leave, &a_call(1000));
    assert_eq!(bench.call(&look, &a_call(1000)).outcome, Outcome::Returned(Some(0)));
}

fn recursion(pushes: usize, frame: u16) -> Image {
    let mut program = vec![("const_8", 1); pushes];
    program.extend([("invoke_internal", 0), ("return", 0)]);
    Image::with_methods(code(&program), &[method(0, frame, 0)], &[]).unwrap()
}

#[test]
fn capacity_ends_the_call() {
    // Methods active when it ends: by depth, by frame memory, by stack memory.
    for (pushes, frame, active) in [(0, 0, 512), (0, 2048, 15), (0, 1024, 30), (0, 65, 426), (127, 0, 32), (1, 0, 512)]
    {
        let r = run(&recursion(pushes, frame));
        assert_eq!(r.outcome, Outcome::Capacity);
        assert_eq!(r.invocations, active, "{pushes} {frame}");
        assert_eq!(*r.codes().last().unwrap(), 31);
        assert_eq!(r.fuel, r.retires.last().unwrap().meter_after.unwrap());
    }
}

#[test]
fn limits_of_a_scenario() {
    let mut call = a_call(1_000_000);
    call.limits.call_depth = 3;
    assert_eq!(Bench::new().call(&recursion(1, 8), &call).invocations, 3);
    call.limits.call_depth = 512;
    call.limits.invocations = 2;
    let r = Bench::new().call(&recursion(1, 8), &call);
    assert_eq!((r.invocations, r.outcome), (2, Outcome::Capacity));
}
