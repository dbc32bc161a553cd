// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycles of instructions, counted on the page.

use crate::host::{Host, run};
use crate::image::{Ins, op, push, with};
use crate::value::{V, code, int, tuple};

/// Cycles from one retirement to the next, by number of the instruction.
fn cycles(program: &[Ins]) -> Vec<u64> {
    let mut program = program.to_vec();
    program.push(op("halt"));
    let run = run(&program);
    assert_eq!(run.outcome, "halted", "{:?}", run.failed());
    run.records.windows(2).map(|pair| pair[1].cycle - pair[0].cycle).collect()
}

/// Cycles of the last instruction before `halt`.
fn last(program: &[Ins]) -> u64 {
    // The first instructions pay for the check of gas, as there was none a cycle before.
    let mut all = vec![op("nop"); 4];
    all.extend_from_slice(program);
    let cycles = cycles(&all);
    cycles[cycles.len() - 2]
}

#[test]
fn plain_instructions_take_one_cycle() {
    let program: Vec<Ins> = (0..20).map(|i| push(int(i))).chain((0..19).map(|_| op("add"))).collect();
    assert!(cycles(&program)[1..].iter().all(|c| *c == 1));
    for program in [
        vec![push(int(1)), op("dup0")],
        vec![push(tuple(&[int(1)])), op("tlen")],
        vec![push(int(1)), push(int(2)), op("swap1")],
        vec![with("auxpush", int(4)), op("auxpop")],
        vec![push(int(5)), op("rset")],
        vec![push(int(5)), with("eq", int(6))],
        vec![push(tuple(&[int(1)])), with("eq", tuple(&[int(1), int(2)]))],
        vec![push(int(5)), op("pop")],
    ] {
        assert_eq!(last(&program), 1, "{program:?}");
    }
    assert_eq!(last(&[with("rpush", int(1))]), 2, "the immediate is pushed in a cycle of its own");
}

#[test]
fn jumps() {
    // The instruction after a redirect retires three cycles later than it would have.
    let n = 5;
    let ahead = [op("nop"), op("nop"), op("nop"), with("jump", code(n)), op("error"), op("nop")];
    assert_eq!(cycles(&ahead)[3], 1, "a code point as immediate costs nothing");
    let program = [op("nop"), op("nop"), push(code(n)), op("jump"), op("error"), op("nop")];
    assert_eq!(cycles(&program)[3], 3);
    let taken = [op("nop"), push(int(1)), push(code(n)), op("cjump"), op("error"), op("nop")];
    assert_eq!(cycles(&taken)[3], 3);
    let not = [op("nop"), push(int(0)), push(code(n)), op("cjump"), op("nop"), op("nop")];
    assert_eq!(cycles(&not)[3], 1);
}

#[test]
fn arithmetic() {
    let n = |bits: u32| V::Int(avm_sim::units::wide::shl([1, 0, 0, 0], bits));
    // Step 0 and the unit's cycles, the first of which is the same: 4 + digits, 3 for 0.
    assert_eq!(last(&[push(n(255)), with("mul", int(3))]), 5);
    assert_eq!(last(&[push(n(255)), with("mul", n(255))]), 20);
    assert_eq!(last(&[push(n(255)), with("mul", int(0))]), 3);
    // Start, triple, skips of 128, 32, 32 and 32 bits and the one that ends, 16 digits, done.
    assert_eq!(last(&[push(int(3)), with("div", int(7))]), 2 + 4 + 1 + 16 + 1);
    assert_eq!(last(&[push(int(3)), with("div", n(255))]), 132);
    // Two cycles before and one after.
    assert_eq!(last(&[push(int(3)), with("sdiv", int(7))]), 24 + 2);
    assert_eq!(last(&[push(int(3)), push(int(4)), with("addmod", int(7))]), 24 + 1);
    // The carry: no skips, because the upper half is not 0.
    assert_eq!(last(&[push(int(3)), push(n(255)), with("addmod", n(255))]), 1 + 132);
    // The divider does not take the upper half, 1: start, triple, done; the upper half alone; it goes on with the lower
    // half, of which nothing is left, either.
    assert_eq!(last(&[push(int(1)), push(n(255)), with("addmod", n(255))]), 1 + 3 + 24 + 24);
    assert_eq!(last(&[push(int(3)), push(int(4)), with("mulmod", int(7))]), 20 + 24);
    // The same with an upper half of 2^254, which leaves 1.
    assert_eq!(last(&[push(int(3)), push(n(255)), with("mulmod", n(255))]), 20 + 3 + 132 + 132);
    // x^0: the exponent is 0 at once.
    assert_eq!(last(&[push(int(0)), with("exp", int(7))]), 3);
    // x^1: 7 skips of 32, 31 of 1, the first bit, no more bits, the result.
    assert_eq!(last(&[push(int(1)), with("exp", int(7))]), 1 + 7 + 31 + 1 + 1 + 1);
    // sha256f: 2 for the check of gas, 67 of the unit.
    assert_eq!(last(&[push(int(1)), push(int(2)), with("sha256f", int(7))]), 1 + 2 + 67);
    assert_eq!(last(&[push(int(1)), with("shl", int(7))]), 2);
}

#[test]
fn tuples() {
    let t = tuple(&[int(1), int(2), int(3)]);
    assert_eq!(last(&[push(t.clone()), with("tget", int(1))]), 2);
    // The count of the constant takes two cycles. A copy: ensure takes two cycles (cut, found), then again from the
    // first step; 3 slots.
    assert_eq!(
        last(&[push(int(9)), push(t.clone()), op("nop"), op("nop"), with("tset", int(1))]),
        2 + 2 + 2 + 1 + 1 + 3
    );
    // In place.
    let twice =
        [push(int(8)), push(int(9)), push(t.clone()), with("tset", int(1)), op("nop"), op("nop"), with("tset", int(0))];
    assert_eq!(last(&twice), 3);
}

#[test]
fn hashes() {
    // Step 0; VALUE; a word; the lane that ends; 24 rounds; DIGEST; DONE.
    assert_eq!(last(&[push(int(1)), op("hash")]), 1 + 1 + 1 + 1 + 24 + 1 + 1);
    // PAIR; two words.
    assert_eq!(last(&[push(int(1)), push(int(2)), op("ethhash2")]), 1 + 1 + 2 + 1 + 24 + 1 + 1);
    assert_eq!(last(&[push(tuple(&[])), op("hash")]), 1 + 1 + 1);
    // A tuple's hash is kept: VALUE, HV, RDT, DONE.
    let twice = [push(tuple(&[int(1)])), op("dup0"), op("hash"), op("pop"), op("nop"), op("nop"), op("hash")];
    assert_eq!(last(&twice), 1 + 1 + 1 + 1 + 1);
    assert_eq!(last(&[push(code(0)), op("hash")]), 1 + 2 + 1);
}

#[test]
fn gas_is_looked_at_exactly_when_it_may_be_short() {
    let few = |name: &str| cycles(&[with("setgas", int(5000)), op("nop"), op("nop"), op("nop"), op(name)])[3];
    assert_eq!(few("nop"), 1, "5000 is plenty");
    let low = cycles(&[with("setgas", int(120)), op("nop"), op("nop"), op("nop"), op("nop")]);
    assert_eq!(low[1..4], [3, 3, 3]);
    assert_eq!(last(&[op("nop"), op("breakpoint")]), 1);
}

/// Every instruction has one cycle in which it retires, also one that W refuses or that fails late.
#[test]
fn failed_instructions_retire_once() {
    let bad = [
        with("errset", code(2)),
        with("add", tuple(&[])),
        with("errset", code(4)),
        with("jump", int(1)),
        with("errset", code(6)),
        with("div", int(1)),
        with("errset", code(8)),
        op("xget"),
        op("halt"),
    ];
    let program = [&[push(int(0)), push(int(1))][..], &bad].concat();
    let program: Vec<Ins> = program
        .into_iter()
        .map(|ins| match ins.1 {
            Some(V::Code(i)) => Ins(ins.0, Some(V::Code(i + 2))),
            _ => ins,
        })
        .collect();
    let run = run(&program);
    assert_eq!((run.outcome, run.failed().len()), ("halted", 4));
    assert_eq!((run.causes[0], run.causes.iter().sum::<u64>()), (run.records.len() as u64, run.cycles));
}

#[test]
fn causes_add_up() {
    let t = tuple(&[int(1), int(2), int(3)]);
    let program = [
        push(int(9)),
        push(t),
        with("tset", int(1)),
        op("hash"),
        push(int(3)),
        op("mul"),
        with("log", int(1)),
        op("halt"),
    ];
    let run = Host::slow(3).run(&program, &int(0));
    assert_eq!(run.causes.iter().sum::<u64>(), run.cycles);
    assert_eq!((run.causes[0], run.causes[15]), (run.records.len() as u64, 0));
    for (cause, name) in [(7, "arith"), (8, "tuple"), (9, "release"), (10, "hash"), (12, "host"), (14, "immediate")] {
        assert!(run.causes[cause] > 0, "{name}");
    }
}
