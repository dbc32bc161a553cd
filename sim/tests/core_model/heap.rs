// SPDX-License-Identifier: MIT OR Apache-2.0
//! The heap: cells around accesses, cycles, pages in flight, the undo log, natives.

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::world::{AccessList, World};

use super::host::*;

/// Pages 5 (64 bytes 1, 2, ...) and 6 (absent) of application 1, which is installed as `image`.
pub fn paged(images: impl IntoIterator<Item = Image>) -> (World, Call) {
    let mut world = world(images);
    world.pages.insert(page(1, 5), (1..=64).collect());
    let apps: Vec<u64> = world.apps.keys().copied().collect();
    let access = AccessList::new(apps, [page(1, 5), page(1, 6)]).unwrap();
    (world, Call { access, ..a_call(1_000_000) })
}

fn run_paged(program: &[(&str, i64)]) -> Run {
    let (world, call) = paged([single(program)]);
    Bench::new().call_in(&world, &call)
}

/// A heap instruction above `live` cells, what follows it, and then all cells that are left.
fn above(live: i64, access: &[(&str, i64)], then: &str) -> Vec<u64> {
    let mut program: Vec<(&str, i64)> = (0..live).map(|i| ("const_8", 10 + i)).collect();
    program.extend(access);
    program.push((then, 0));
    let start = program.len();
    program.extend([("dup", 0), ("pop", 0), ("pop", 0)].repeat(12));
    let r = run_paged(&program);
    r.retires[start..].iter().filter(|r| r.n_results == 2).map(|r| r.results[0][0]).collect()
}

#[test]
fn cells_around_heap_accesses() {
    let load = [("const_8", 8), ("const_8", 5), ("hload_u8", 0)];
    let store = [("const_8", 77), ("const_8", 8), ("const_8", 5), ("hstore_8", 0)];
    let alloc = [("const_8", 16), ("const_8", 6), ("palloc", 0)];
    let free = [("const_8", 5), ("pfree", 0)];
    let size = [("const_8", 5), ("psize", 0)];
    let cases = [(&load[..], Some(9)), (&store, None), (&alloc, None), (&free, None), (&size, Some(64))];
    for (live, (access, result)) in (0..7).flat_map(|live| cases.map(|case| (live, case))) {
        let mut cells: Vec<u64> = (0..live as u64).map(|i| 10 + i).chain(result).collect();
        cells.reverse();
        let pushed = |cell| [vec![cell], cells.clone()].concat();
        assert_eq!(above(live, access, "nop"), cells, "{access:?} above {live} cells");
        assert_eq!(above(live, access, "load_64"), pushed(0), "{access:?} above {live} cells, a load behind it");
        assert_eq!(above(live, access, "self"), pushed(1), "{access:?} above {live} cells, self behind it");
        if !cells.is_empty() {
            assert_eq!(above(live, access, "dup"), pushed(cells[0]), "{access:?} above {live} cells, dup behind it");
            assert_eq!(above(live, access, "pop"), cells[1..], "{access:?} above {live} cells, pop behind it");
        }
    }
}

#[test]
fn loads_extend_and_stores_merge() {
    let load = |offset, name| [("const_8", offset), ("const_8", 5), (name, 0)];
    let store = [("const_8", -2), ("const_8", 10), ("const_8", 5), ("hstore_16", 0)];
    let mut program = store.to_vec();
    for (offset, name) in [(8, "hload_64"), (10, "hload_i16"), (10, "hload_u16"), (11, "hload_i8"), (8, "hload_u32")] {
        program.extend(load(offset, name));
    }
    program.push(("return", 0));
    let r = run_paged(&program);
    let got: Vec<u64> = (4..19).filter(|i| r.retires[*i].opcode >= 0xa0).map(|i| r.top(i)).collect();
    let minus_2 = -2i64 as u64;
    assert_eq!(got, [0x100f_0e0d_fffe_0a09, minus_2, minus_2 & 0xffff, u64::MAX, 0xfffe_0a09]);
    let mut contents: Vec<u8> = (1..=64).collect();
    contents[10..12].copy_from_slice(&[0xfe, 0xff]);
    assert_eq!(r.effects.written, [(page(1, 5), Some(contents))].into());
    assert_eq!((r.effects.log_high, r.effects.touched.len()), (0, 1));
}

#[test]
fn a_heap_access_costs_2_its_use_1_more() {
    let costs = |program: &[(&str, i64)]| {
        let r = run_paged(program);
        assert!(r.codes().iter().all(|c| *c == 0));
        (1..r.retires.len()).map(|i| r.cost(i)).collect::<Vec<_>>()
    };
    let load = [("const_8", 8), ("const_8", 5), ("hload_64", 0)];
    let store = [("const_8", 1), ("const_8", 8), ("const_8", 5), ("hstore_64", 0)];
    assert_eq!(costs(&[&load[..], &[("const_8", 1), ("return", 0)]].concat()), [1, 2, 1, 1]);
    assert_eq!(costs(&[&load[..], &[("nop", 0), ("return", 0)]].concat()), [1, 2, 2, 1]);
    assert_eq!(costs(&[&store[..], &[("self", 0), ("return", 0)]].concat()), [1, 1, 2, 1, 1]);
    assert_eq!(costs(&[&store[..], &[("nop", 0), ("return", 0)]].concat()), [1, 1, 2, 3, 1]);
    let alloc = [("const_16", 1024), ("const_8", 6), ("palloc", 0), ("const_8", 6), ("psize", 0)];
    let free = [("const_8", 5), ("pfree", 0), ("return", 0)];
    assert_eq!(costs(&[&alloc[..], &free[..]].concat()), [1, 130, 1, 2, 1, 2, 1]);
}

#[test]
fn an_access_waits_for_its_page_and_for_no_other() {
    // Page 6 of two comes first or last; the access is to page 5.
    let access: &[(&str, &[(&str, i64)])] = &[
        ("hload_64", &[("const_8", 8), ("const_8", 5)]),
        ("hstore_64", &[("const_8", 1), ("const_8", 8), ("const_8", 5)]),
        ("psize", &[("const_8", 5)]),
        ("pfree", &[("const_8", 5)]),
        ("palloc", &[("const_8", 8), ("const_8", 5)]),
    ];
    for (name, operands) in access {
        let program = [*operands, &[(*name, 0), ("catch", 0), ("return", 0)]].concat();
        let (world, call) = paged([single(&program)]);
        let (mut early, mut waited) = (false, false);
        for seed in 1..10 {
            let mut before = 0;
            let r = Bench::with_latency(seed, 300).watch(&world, &call, |b| {
                if b.register("r_valid_q") != 0 && b.register("r_op_q") >= 0xa0 {
                    assert!(before & 1 != 0, "{name} went while its page was in flight");
                    early |= b.register("p_left_q") != 0;
                }
                before = b.register("p_ready_q");
            });
            assert_eq!(r.codes()[operands.len()], if *name == "palloc" { 14 } else { 0 });
            waited |= r.spent_on("page") > 20;
        }
        assert!(early && waited, "{name}: {early} {waited}");
    }
}

#[test]
fn pages_in_flight_are_waited_for_when_the_call_is_over() {
    let (world, call) = paged([single(&[("return", 0)])]);
    let mut bench = Bench::with_latency(3, 2000);
    for _ in 0..3 {
        assert_eq!(bench.call_in(&world, &call).outcome, Outcome::Returned(None));
    }
}

#[test]
fn an_arg_behind_a_native_counts_from_zero() {
    // The `arg` issues in the cycle in which the last result comes.
    let program = [
        ("const_8", 1),
        ("arg_8", 0),
        ("invoke_native", 0),
        ("arg_64", 0),
        ("invoke_native", 2),
        ("pop", 0),
        ("return", 0),
    ];
    for mut bench in [Bench::new(), Bench::with_noise(7)] {
        let r = bench.call(&single(&program), &a_call(10_000));
        assert_eq!((r.codes(), r.outcome), (vec![0; 7], Outcome::Returned(None)));
        assert_eq!(r.retires[4].n_results, 2);
        assert_eq!(r.fuel, 10_000 - 8 - 1 - 1 - 72 - 1 - 160 - 1 - 2);
    }
}
