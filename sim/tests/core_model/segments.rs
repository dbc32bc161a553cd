// SPDX-License-Identifier: MIT OR Apache-2.0
//! Several applications: external invocations, resident segments, rollback.

use avm_sim::algorand::exception::{CODE_CROSSED, Outcome};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::world::{AccessList, World};

use super::heap::paged;
use super::host::*;

fn all_listed(world: &World) -> Call {
    let apps: Vec<u64> = world.apps.keys().copied().collect();
    Call { access: AccessList::new(apps, []).unwrap(), ..a_call(1_000_000) }
}

/// An application whose method 0 invokes method 0 of `next`, if there is one, and adds its caller.
fn link(next: Option<i64>) -> Image {
    let mut program = vec![("const_8", 1), ("const_8", 2), ("const_8", 3)];
    match next {
        Some(app) => program.extend([("const_8", app), ("const_8", 0), ("invoke_external", 0)]),
        None => program.push(("self", 0)),
    }
    program.extend([("caller", 0), ("iaddw", 0), ("iaddw", 0), ("iaddw", 0), ("iaddw", 0), ("ireturn", 0)]);
    single(&program)
}

#[test]
fn a_chain_through_more_segments_than_slots() {
    // 1 to 7 invoke the next one; 7 pushes itself. Each adds 6 and its caller.
    let world = world((1..8).map(|i| link((i < 7).then_some(i + 1))));
    let call = all_listed(&world);
    for mut bench in [Bench::new(), Bench::with_noise(11)] {
        for _ in 0..2 {
            let r = bench.call_in(&world, &call);
            assert_eq!(r.outcome, Outcome::Returned(Some(7 + 7 * 6 + 21)));
            assert!(r.spent_on("segment") > 0);
            assert_eq!(r.invocations, 7);
        }
    }
}

#[test]
fn external_invocation_and_return_with_both_segments_resident() {
    // 1 invokes 2 twice; the second time both are resident.
    let twice = [("const_8", 2), ("const_8", 0), ("invoke_external", 0)];
    let main = single(&[&twice[..], &twice[..], &[("return", 0)]].concat());
    let world = world([main, single(&[("return", 0)])]);
    let call = all_listed(&world);
    let r = Bench::new().call_in(&world, &call);
    assert_eq!(r.codes(), [0; 9]);
    // Steps 0 to 3; then the K registers, F, D and X; two cycles of the return, its segment is found in the second.
    assert_eq!((r.cost(6), r.cost(7), r.cost(8)), (4, 5, 4));
    assert!(r.cost(2) > 4, "filled first");
    assert_eq!(r.cost(3), 5);
    assert_eq!(r.cost(4), 4, "the invoker's segment is resident");
}

#[test]
fn undoing_n_entries_takes_n_and_one_cycles() {
    // 1 invokes method 1 of its own, which stores n times and throws.
    let cycles = |n: i64| {
        let main = [("const_8", 1), ("const_8", 1), ("invoke_external", 0), ("catch", 10), ("nop", 0), ("nop", 0)];
        let mut bytes = code(&main);
        bytes.extend(code(&[("nop", 0), ("const_8", 24), ("const_8", 5), ("hload_64", 0), ("ireturn", 0)]));
        let callee = bytes.len();
        for i in 0..n {
            bytes.extend(code(&[("const_8", i), ("const_8", 8 * (i % 8)), ("const_8", 5), ("hstore_64", 0)]));
        }
        bytes.extend(code(&[("const_8", 9), ("athrow", 0), ("nop", 0)]));
        let image = Image::with_methods(bytes, &[method(0, 0, 0), method(callee, 0, 0)], &[]).unwrap();
        let (world, call) = paged([image]);
        let r = Bench::new().call_in(&world, &call);
        let third = u64::from_le_bytes(std::array::from_fn(|i| 25 + i as u8));
        assert_eq!(r.outcome, Outcome::Returned(Some(third)), "{n} stores are undone");
        let catch = r.retires.iter().position(|r| r.opcode == 0x91).unwrap();
        assert_eq!(r.top(catch), 9 | CODE_CROSSED);
        assert_eq!(r.spent_on("rollback"), n as u64 + 1);
        assert_eq!(r.effects.log_high, n as u32);
        assert!(r.effects.written.is_empty());
        r.cost(catch)
    };
    let none = cycles(0);
    for n in [1, 2, 3, 20] {
        assert_eq!(cycles(n), none + n as u64);
    }
}

#[test]
fn the_log_ends_the_call_and_only_in_a_scope() {
    let stores = |n: usize| [("const_8", 0), ("const_8", 0), ("const_8", 5), ("hstore_64", 0)].repeat(n);
    let mut bytes = code(&[stores(3), vec![("const_8", 1), ("const_8", 1), ("invoke_external", 0)]].concat());
    bytes.extend(code(&[("return", 0)]));
    let callee = bytes.len();
    bytes.extend(code(&[stores(4), vec![("return", 0)]].concat()));
    let image = Image::with_methods(bytes, &[method(0, 0, 0), method(callee, 0, 0)], &[]).unwrap();
    let (world, mut call) = paged([image]);
    for (limit, outcome) in [(4, Outcome::Returned(None)), (3, Outcome::Capacity), (0, Outcome::Capacity)] {
        call.limits.log = limit;
        let r = Bench::with_noise(3).call_in(&world, &call);
        assert_eq!((r.outcome, r.effects.log_high as usize), (outcome, limit.min(4)));
        assert_eq!(r.effects.written.is_empty(), outcome != Outcome::Returned(None));
    }
}

#[test]
fn who_is_not_there() {
    let external = |app: i64, method: i64| {
        let main = single(&[("const_8", app), ("const_64", method), ("invoke_external", 0), ("return", 0)]);
        let world = world([main]);
        let access = AccessList::new([1, 8], []).unwrap();
        let r = Bench::with_noise(17).call_in(&world, &Call { access, ..a_call(1000) });
        (r.codes()[2], r.outcome)
    };
    let exception = |cause: u64| Outcome::Exception(cause | 3 << 62);
    assert_eq!(external(9, 0), (30, Outcome::Rejected));
    assert_eq!(external(8, 0), (10, exception(10)));
    assert_eq!(external(1, 1), (11, exception(11)));
    assert_eq!(external(1, 1 << 40), (11, exception(11)));
    // The first invocation is refused likewise, without a boundary crossed.
    let world = world([single(&[("return", 0)])]);
    let mut bench = Bench::with_noise(18);
    let mut first = |app, listed: u64| {
        let access = AccessList::new([listed], []).unwrap();
        let r = bench.call_in(&world, &Call { app, access, args: vec![1; 9], ..a_call(9) });
        assert!(r.retires.is_empty() && r.fuel == 1);
        r.outcome
    };
    assert_eq!(first(2, 2), Outcome::Exception(10 | 1 << 63));
    assert_eq!(first(1, 2), Outcome::Rejected);
    assert_eq!(first(2, 1), Outcome::Rejected);
    assert_eq!(first(1, 1), Outcome::Exception(13 | 1 << 63));
}

#[test]
fn branch_targets_are_told_apart_by_segment() {
    // 1 has a jump at 8, learnt; 2 has a plain instruction there.
    let one = [("nop", 0); 8].into_iter().chain([("br", 11), ("const_8", 2), ("const_8", 0), ("invoke_external", 0)]);
    let one: Vec<_> = one.chain([("return", 0)]).collect();
    let two: Vec<_> = [("nop", 0); 20].into_iter().chain([("return", 0)]).collect();
    let world = world([single(&one), single(&two)]);
    let mut call = all_listed(&world);
    call.app = 1;
    let r = Bench::new().call_in(&world, &call);
    assert_eq!(r.retires.len(), one.len() + two.len());
}
