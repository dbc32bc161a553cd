// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the host does: logs, sends, curves, buffers, the inbox.

use avm_sim::units::wide;

use crate::host::Host;
use crate::image::{op, push, with};
use crate::state::State;
use crate::value::{V, code, hash_buffer, hash_int, hash_tuple, int, tuple};

const NOTHING: V = V::Tuple(Vec::new());

fn message(n: u64, buffer: u32) -> [V; 8] {
    [int(n), int(n + 1), int(n + 2), V::Int([1, 2, 3, n]), int(4), int(5), int(6), V::Buffer(buffer)]
}

#[test]
fn logs_say_hashes_and_sends_operands() {
    let program = [
        with("log", tuple(&[int(1), tuple(&[int(2)])])),
        with("log", int(3)),
        op("newbuffer"),
        with("send", int(7)),
        op("halt"),
    ];
    for seed in 0..4 {
        let run = Host::slow(seed).run(&program, &NOTHING);
        let one = wide::small(1);
        let inner = hash_tuple(&[(hash_int(wide::small(2)), one)]);
        let said = hash_tuple(&[(hash_int(one), one), inner]).0;
        let asked = [(0x61, vec![said]), (0x61, vec![hash_int(wide::small(3))]), (0x70, vec![wide::small(7), [0; 4]])];
        assert_eq!((run.outcome, run.asked), ("halted", asked.to_vec()), "{seed}");
    }
}

#[test]
fn curves_give_one_result_or_two() {
    let four = [push(int(4)), push(int(3)), push(int(2)), with("ecrecover", int(1))];
    let mut host = Host::default();
    host.results = vec![(0x80, vec![[9, 8, 7, 6]]), (0x81, vec![[1, 0, 0, 5], [2, 0, 0, 6]])];
    let mut program = four.to_vec();
    program.push(op("halt"));
    let run = host.run(&program, &NOTHING);
    assert_eq!((run.top(), run.asked[0].1.clone()), ([9, 8, 7, 6], [1, 2, 3, 4].map(wide::small).to_vec()));
    // The lower result comes first.
    program[3] = with("ecadd", int(1));
    let run = host.run(&program, &NOTHING);
    let stack: Vec<_> = State::of(&run.core).data().iter().map(|c| c.0).collect();
    assert_eq!(stack, [[1, 0, 0, 5], [2, 0, 0, 6]]);
    // A point that is not on the curve.
    program[3] = with("ecmul", int(1));
    let run = host.run(&program, &NOTHING);
    assert_eq!((run.outcome, run.failed()), ("error stop", vec![(3, 3)]));
    assert_eq!(State::of(&run.core).data().len(), 1);
}

#[test]
fn buffers() {
    let program = [
        op("newbuffer"),
        push(int(0xab)),
        with("setbuffer8", int(5)),
        push(V::Int([7, 0, 0, 0])),
        with("setbuffer256", int(64)),
        op("dup0"),
        with("getbuffer64", int(0)),
        op("auxpush"),
        op("dup0"),
        op("hash"),
        op("auxpush"),
        op("type"),
        op("halt"),
    ];
    let run = Host::slow(9).run(&program, &NOTHING);
    let aux: Vec<_> = State::of(&run.core).aux().iter().map(|c| c.0).collect();
    let mut bytes = [0; 96];
    (bytes[5], bytes[95]) = (0xab, 7);
    assert_eq!(aux, [wide::small(0xab_0000), hash_buffer(&bytes)]);
    assert_eq!(run.top(), wide::small(12));
    // A buffer in a tuple; equal ones that are not the same.
    let program = [
        op("newbuffer"),
        push(tuple(&[int(1), int(2)])),
        with("tset", int(1)),
        op("hash"),
        push(int(0)),
        op("newbuffer"),
        op("swap1"),
        with("setbuffer8", int(3)),
        op("newbuffer"),
        op("eq"),
        op("halt"),
    ];
    // The second operand of `setbuffer8` is the value: (3, 0, buffer).
    let program = [&program[..4], &[op("newbuffer"), push(int(0)), program[7].clone()], &program[8..]].concat();
    let run = Host::default().run(&program, &NOTHING);
    let one = wide::small(1);
    assert_eq!(run.tops()[3], hash_tuple(&[(hash_int(one), one), (hash_buffer(&[]), one)]).0);
    assert_eq!((run.top(), run.outcome), (one, "halted"));
}

#[test]
fn messages() {
    let program =
        [op("inbox"), op("dup0"), with("tget", int(3)), op("swap1"), op("hash"), with("inbox", int(5)), op("halt")];
    for seed in 0..4 {
        let mut host = Host::slow(seed);
        host.buffers.push(b"data".to_vec());
        host.messages = [message(10, 1), message(20, 0)].into();
        host.delay = 50 * seed;
        let run = host.run(&program, &NOTHING);
        assert_eq!(run.outcome, "halted");
        assert_eq!(run.tops()[2], [1, 2, 3, 10]);
        let one = wide::small(1);
        let mut slots = [10, 11, 12, 0, 4, 5, 6, 0].map(|n| (hash_int(wide::small(n)), one));
        slots[3].0 = hash_int([1, 2, 3, 10]);
        slots[7].0 = hash_buffer(b"data");
        assert_eq!(run.tops()[4], hash_tuple(&slots).0);
        let state = State::of(&run.core);
        assert_eq!(state.data().len(), 4, "the immediate is below the message");
        assert_eq!(state.slots(&state.cell("s_a_q"))[0], (wide::small(20), 0));
    }
}

/// Without a message the immediate is taken back, and no step is counted.
#[test]
fn blocked() {
    for imm in [int(5), tuple(&[int(1)])] {
        let run = Host::default().run(&[push(int(1)), with("inbox", imm)], &NOTHING);
        let stack: Vec<u64> = State::of(&run.core).data().iter().map(|c| c.0[0]).collect();
        assert_eq!((run.outcome, run.records.len(), stack), ("blocked", 1, vec![1]));
    }
    let run = Host::default().run(&[with("errset", code(1)), op("inbox")], &NOTHING);
    assert_eq!((run.outcome, run.records.len()), ("blocked", 1));
}

/// What the hardware does not do: `ecpairing`, and `inboxpeek` where it is valid. Underflow and gas come before.
#[test]
fn beyond_the_hardware() {
    let run = Host::default().run(&[with("ecpairing", NOTHING)], &NOTHING);
    assert_eq!((run.outcome, run.records.len()), ("capacity", 0));
    let run = Host::default().run(&[op("ecpairing")], &NOTHING);
    assert_eq!((run.outcome, run.failed()), ("error stop", vec![(0, 1)]));
    let legacy = || {
        let mut host = Host::default();
        host.legacy = true;
        host
    };
    let peek = [with("inboxpeek", int(3))];
    assert_eq!(legacy().run(&peek, &NOTHING).outcome, "capacity");
    assert_eq!(Host::default().run(&peek, &NOTHING).outcome, "error stop");
    let run = legacy().run(&[with("errset", code(2)), op("inboxpeek"), op("halt")], &NOTHING);
    assert_eq!((run.outcome, run.failed()), ("halted", vec![(1, 1)]));
}
