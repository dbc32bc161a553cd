// SPDX-License-Identifier: MIT OR Apache-2.0
//! Errors and capacity, by the rules.

use avm_sim::units::wide;

use crate::host::{Host, Run, run};
use crate::image::{Ins, op, push, with};
use crate::state::State;
use crate::value::{ERRCP, V, code, int, tuple};

const UNDERFLOW: u8 = 1;
const GAS: u8 = 2;
const ERROR: u8 = 3;

/// Runs instructions with a handler that halts; where they are too many, the last one fails.
fn handled(program: &[Ins]) -> Run {
    let mut all = vec![with("errset", code(program.len() as u16 + 1))];
    all.extend_from_slice(program);
    all.push(op("halt"));
    // Without an error `halt` follows just so: the number of errors tells.
    run(&all)
}

fn stack(run: &Run) -> Vec<u64> {
    State::of(&run.core).data().iter().map(|c| c.0[0]).collect()
}

/// Each wrong type, as an immediate and on the stack; all operands go, what is below stays.
#[test]
fn wrong_types_drop_the_operands() {
    let (t, n) = (tuple(&[int(1), int(2)]), int(1));
    for (name, operands) in [
        ("add", vec![&t, &n]),
        ("add", vec![&n, &t]),
        ("mul", vec![&n, &t]),
        ("div", vec![&t, &n]),
        ("sdiv", vec![&n, &ERRCP]),
        ("addmod", vec![&n, &n, &t]),
        ("mulmod", vec![&t, &n, &n]),
        ("exp", vec![&n, &t]),
        ("sha256f", vec![&n, &n, &t]),
        ("shl", vec![&ERRCP, &n]),
        ("iszero", vec![&t]),
        ("not", vec![&ERRCP]),
        ("tlen", vec![&n]),
        ("sideload", vec![&t]),
        ("jump", vec![&n]),
        ("cjump", vec![&n, &n]),
        ("cjump", vec![&ERRCP, &t]),
        ("errset", vec![&t]),
        ("setgas", vec![&t]),
        ("tget", vec![&t, &t]),
        ("tget", vec![&n, &n]),
        ("tset", vec![&n, &n, &t]),
        ("ethhash2", vec![&n, &t]),
        ("keccakf", vec![&t]),
        ("keccakf", vec![&n]),
        ("pushinsn", vec![&n, &n]),
        ("pushinsnimm", vec![&t, &n, &ERRCP]),
        ("send", vec![&n, &n]),
        ("getbuffer8", vec![&t, &n]),
        ("setbuffer64", vec![&n, &n, &t]),
        ("ecrecover", vec![&n, &n, &n, &t]),
    ] {
        for imm in [false, true] {
            let mut program = vec![push(int(41)), push(int(42))];
            program.extend(operands.iter().skip(usize::from(imm)).rev().map(|v| push((*v).clone())));
            program.push(if imm { with(name, operands[0].clone()) } else { op(name) });
            let run = handled(&program);
            assert_eq!(run.failed(), [(program.len() as u64, ERROR)], "{name} {operands:?} {imm}");
            assert_eq!((run.outcome, stack(&run)), ("halted", vec![41, 42]), "{name} {operands:?} {imm}");
        }
    }
}

#[test]
fn wrong_values() {
    let t = tuple(&[int(1), int(2)]);
    for (name, operands) in [
        ("div", vec![int(1), int(0)]),
        ("mod", vec![int(1), int(0)]),
        ("sdiv", vec![int(1), int(0)]),
        ("smod", vec![V::Int([u64::MAX; 4]), int(0)]),
        ("addmod", vec![V::Int([u64::MAX; 4]), int(2), int(0)]),
        ("mulmod", vec![V::Int([u64::MAX; 4]), V::Int([u64::MAX; 4]), int(0)]),
        ("tget", vec![int(2), t.clone()]),
        ("tget", vec![V::Int([0, 0, 1, 0]), t.clone()]),
        ("tget", vec![int(0), tuple(&[])]),
        ("tset", vec![int(16), t.clone(), int(5)]),
        ("keccakf", vec![tuple(&[int(1), int(2), int(3), int(4), int(5), int(6), ERRCP])]),
        ("keccakf", vec![tuple(&(1..=8).map(int).collect::<Vec<_>>())]),
    ] {
        let mut program = vec![push(int(41))];
        program.extend(operands.iter().rev().map(|v| push(v.clone())));
        program.push(op(name));
        let run = handled(&program);
        assert_eq!(run.failed(), [(program.len() as u64, ERROR)], "{name} {operands:?}");
        assert_eq!(stack(&run), [41], "{name} {operands:?}");
    }
}

#[test]
fn invalid_opcodes_and_error_leave_their_immediate() {
    for opcode in [0x00, 0x71, 0x73, 0x7a, 0xff] {
        let run = handled(&[push(int(1)), Ins(opcode, Some(int(2)))]);
        assert_eq!((run.failed(), stack(&run)), (vec![(2, ERROR)], vec![1, 2]), "{opcode:02x}");
        assert_eq!(run.records[2].results[1][0], u64::MAX - 1 - 1 - 5, "{opcode:02x}");
    }
}

/// Underflow costs 5 and takes what there is, from both stacks; the immediate counts.
#[test]
fn underflow() {
    let run = handled(&[push(int(7)), op("add")]);
    assert_eq!((run.failed(), stack(&run)), (vec![(2, UNDERFLOW)], vec![]));
    assert_eq!(run.records[2].results[1][0], u64::MAX - 1 - 1 - 5);
    let run = handled(&[with("addmod", int(3))]);
    assert_eq!((run.failed(), stack(&run)), (vec![(1, UNDERFLOW)], vec![]));
    // `xset` with an empty aux stack takes two from the data stack; with an empty data stack, the aux top.
    let run = handled(&[push(int(1)), push(int(2)), push(int(3)), op("xset")]);
    assert_eq!((run.failed(), stack(&run)), (vec![(4, UNDERFLOW)], vec![1]));
    let run = handled(&[with("auxpush", int(5)), with("auxpush", int(6)), op("xget")]);
    let aux: Vec<u64> = State::of(&run.core).aux().iter().map(|c| c.0[0]).collect();
    assert_eq!((run.failed(), aux), (vec![(3, UNDERFLOW)], vec![5]));
    let run = handled(&[op("auxpop")]);
    assert_eq!(run.failed(), [(1, UNDERFLOW)]);
    // Less than 5 gas: all of it comes back.
    let run = handled(&[with("setgas", int(4)), op("pop")]);
    assert_eq!(run.records[2].results[1], [u64::MAX; 4]);
}

#[test]
fn out_of_gas() {
    for (gas, name, fails) in
        [(2, "add", true), (3, "add", false), (99, "breakpoint", true), (100, "breakpoint", false)]
    {
        let run = handled(&[push(int(1)), push(int(2)), with("setgas", int(gas)), op(name)]);
        let left = run.records[4].results[1];
        let last = run.records.last().expect("one").opcode;
        if fails {
            assert_eq!((run.failed(), left), (vec![(4, GAS)], [u64::MAX; 4]), "{name} {gas}");
            assert_eq!((run.outcome, last), ("halted", 0x74));
        } else {
            // Nothing is left for `halt`, whose handler is itself: then there is gas.
            assert_eq!((left, run.failed()), ([0; 4], vec![(5, GAS)]), "{name} {gas}");
        }
    }
    // What an expensive instruction leaves is looked at exactly: 50 is not enough.
    let seven = tuple(&(1..=7).map(int).collect::<Vec<_>>());
    let run = handled(&[push(seven), with("setgas", int(650)), op("keccakf"), op("breakpoint")]);
    assert_eq!(run.failed(), [(4, GAS)]);
    // `setgas` is charged before it sets, `pushgas` before it pushes.
    let run = handled(&[with("setgas", int(1)), with("setgas", int(7)), op("pushgas")]);
    assert_eq!((run.records[3].results[0], run.records[3].results[1]), (wide::small(6), wide::small(6)));
}

#[test]
fn without_a_handler_the_machine_stops() {
    let run = run(&[push(int(1)), with("jump", int(5))]);
    assert_eq!((run.outcome, run.failed()), ("error stop", vec![(1, ERROR)]));
    assert_eq!(run.records[1].results[2], [0, 1, 0, 1]);
    // Behind the last instruction there is ERRCP: opcode 0.
    let run = crate::host::run(&[push(int(1))]);
    let last = run.records.last().expect("one");
    assert_eq!((run.outcome, last.pc, last.opcode, last.exception), ("error stop", 0, 0, ERROR));
    let run = crate::host::run(&[push(int(1)), op("pop"), op("pop")]);
    assert_eq!((run.outcome, run.failed()), ("error stop", vec![(2, UNDERFLOW)]));
    // `errset` of ERRCP takes the handler away.
    let run = crate::host::run(&[with("errset", code(3)), with("errset", ERRCP), op("error"), op("halt")]);
    assert_eq!(run.outcome, "error stop");
}

/// Room on the stacks is looked at before anything else, from the opcode alone.
#[test]
fn capacity_of_stacks() {
    let full = |n: usize, last: &[Ins]| {
        let mut program: Vec<Ins> = (0..n).map(|_| push(int(1))).collect();
        program.extend_from_slice(last);
        program.push(op("halt"));
        let run = run(&program);
        (run.outcome, run.records.len())
    };
    assert_eq!(full(1024, &[]), ("halted", 1025));
    assert_eq!(full(1025, &[]), ("capacity", 1024));
    assert_eq!(full(1024, &[op("rpush")]), ("capacity", 1024));
    assert_eq!(full(1024, &[op("swap2"), op("dup0")]), ("capacity", 1025));
    assert_eq!(full(1023, &[with("rpush", int(1))]), ("capacity", 1023));
    assert_eq!(full(1024, &[with("pop", int(1))]), ("capacity", 1024), "the immediate has no room");
    assert_eq!(full(1024, &[op("pop"), op("pushgas")]), ("halted", 1027));
    let mut program: Vec<Ins> = (0..8190).map(|_| with("auxpush", int(1))).collect();
    program.push(with("jump", code(8188)));
    // The image has no room for more: code that was run already pushes again.
    let run = run(&program);
    assert_eq!((run.outcome, run.records.last().map(|r| r.results[2][2])), ("capacity", Some(8192)));
}

#[test]
fn capacity_of_code() {
    // A loop that makes code points until there is no room: 8192 words, 11 of them the image's.
    let program = [push(ERRCP), with("pushinsn", int(0x3b)), push(int(1)), op("spush"), op("cjump")];
    let run = Host::default().run(&program, &code(1));
    let made = run.records.iter().filter(|r| r.opcode == 0x78).count();
    assert_eq!((run.outcome, made), ("capacity", 8192 - 6));
}
