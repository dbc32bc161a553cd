// SPDX-License-Identifier: MIT OR Apache-2.0
//! What instructions leave, by the rules; each with and without its last operand as an immediate.

use avm_sim::units::wide::{self, U256};

use crate::host::{Host, run};
use crate::image::{Ins, op, push, with};
use crate::state::State;
use crate::value::{ERRCP, V, code, hash_int, hash_tuple, int, keccak, tuple};

const MINUS: U256 = [u64::MAX; 4];
const LEAST: U256 = [0, 0, 0, 1 << 63];

/// Instructions that push operands, the first one last.
fn operands(operands: &[V]) -> Vec<Ins> {
    operands.iter().rev().map(|v| push(v.clone())).collect()
}

/// The top after an instruction on these operands, first on top; the first is an immediate, too, in another run.
fn result(name: &str, values: &[V]) -> U256 {
    let mut plain = operands(values);
    plain.extend([op(name), op("halt")]);
    let (first, rest) = values.split_first().expect("an operand");
    let mut short = operands(rest);
    short.extend([with(name, first.clone()), op("halt")]);
    let [plain, short] = [plain, short].map(|p| {
        let run = run(&p);
        assert_eq!((run.outcome, run.failed()), ("halted", vec![]), "{name} {values:?}");
        (run.top(), run.records.last().expect("halt").results[2])
    });
    assert_eq!(plain, short, "{name} {values:?}");
    plain.0
}

fn big(value: U256) -> V {
    V::Int(value)
}

#[test]
fn arithmetic() {
    let minus_seven = wide::neg(wide::small(7));
    for (name, values, said) in [
        ("add", vec![big(MINUS), int(2)], wide::small(1)),
        ("sub", vec![int(1), int(2)], MINUS),
        ("mul", vec![big(MINUS), big(MINUS)], wide::small(1)),
        ("mul", vec![int(0), big(MINUS)], [0; 4]),
        ("div", vec![int(100), int(7)], wide::small(14)),
        ("mod", vec![int(100), int(7)], wide::small(2)),
        ("sdiv", vec![big(minus_seven), int(2)], wide::neg(wide::small(3))),
        ("smod", vec![big(minus_seven), int(2)], MINUS),
        ("smod", vec![int(7), big(wide::neg(wide::small(2)))], wide::small(1)),
        ("sdiv", vec![big(LEAST), big(MINUS)], LEAST),
        ("addmod", vec![big(MINUS), big(MINUS), int(10)], [0; 4]),
        ("addmod", vec![int(8), int(9), int(10)], wide::small(7)),
        ("mulmod", vec![big(MINUS), big(MINUS), int(12)], wide::small(9)),
        ("mulmod", vec![int(8), int(9), int(10)], wide::small(2)),
        ("exp", vec![int(3), int(5)], wide::small(243)),
        ("exp", vec![int(0), int(0)], wide::small(1)),
        ("exp", vec![int(2), int(255)], LEAST),
        ("exp", vec![int(2), int(256)], [0; 4]),
        ("exp", vec![int(3), big(MINUS)], exp_by_inverse()),
        ("signextend", vec![int(0), int(0x80)], wide::neg(wide::small(0x80))),
        ("signextend", vec![int(31), int(0x80)], wide::small(0x80)),
    ] {
        assert_eq!(result(name, &values), said, "{name} {values:?}");
    }
}

/// 3 to the power of 2^256 - 1: the inverse of 3, because the group's order divides 2^256; by Newton's steps.
fn exp_by_inverse() -> U256 {
    use ruint::aliases::U256 as Ruint;
    let (three, two) = (Ruint::from(3), Ruint::from(2));
    let mut x = Ruint::from(3);
    for _ in 0..8 {
        x = x.wrapping_mul(two.wrapping_sub(three.wrapping_mul(x)));
    }
    assert_eq!(three.wrapping_mul(x), Ruint::ONE);
    x.into_limbs()
}

#[test]
fn comparison_and_logic() {
    for (name, values, said) in [
        ("lt", vec![int(1), int(2)], 1),
        ("gt", vec![int(1), int(2)], 0),
        ("slt", vec![big(MINUS), int(2)], 1),
        ("sgt", vec![big(MINUS), int(2)], 0),
        ("iszero", vec![int(0)], 1),
        ("iszero", vec![big(LEAST)], 0),
        ("and", vec![int(12), int(10)], 8),
        ("or", vec![int(12), int(10)], 14),
        ("xor", vec![int(12), int(10)], 6),
        ("byte", vec![int(31), int(0xabcd)], 0xcd),
        ("byte", vec![int(32), big(MINUS)], 0),
        ("shl", vec![int(4), int(3)], 48),
        ("shr", vec![int(4), int(48)], 3),
        ("sar", vec![int(4), int(48)], 3),
        ("eq", vec![int(3), int(3)], 1),
        ("eq", vec![int(3), big([3, 0, 0, 1])], 0),
        ("eq", vec![int(0), tuple(&[])], 0),
        ("eq", vec![tuple(&[]), tuple(&[])], 1),
        ("eq", vec![tuple(&[int(1)]), tuple(&[int(1)])], 1),
        ("eq", vec![tuple(&[int(1)]), tuple(&[int(2)])], 0),
        ("eq", vec![tuple(&[int(1)]), tuple(&[int(1), int(1)])], 0),
        ("eq", vec![tuple(&[tuple(&[ERRCP]), int(9)]), tuple(&[tuple(&[ERRCP]), int(9)])], 1),
        ("eq", vec![ERRCP, ERRCP], 1),
        ("type", vec![int(5)], 0),
        ("type", vec![ERRCP], 1),
        ("type", vec![tuple(&[int(5)])], 3),
        ("tlen", vec![tuple(&[int(5), int(5)])], 2),
        ("tlen", vec![tuple(&[])], 0),
        ("tget", vec![int(1), tuple(&[int(5), int(6)])], 6),
    ] {
        assert_eq!(result(name, &values), wide::small(said), "{name} {values:?}");
    }
    assert_eq!(result("not", &[int(0)]), MINUS);
    assert_eq!(result("sar", &[int(300), big(LEAST)]), MINUS);
    assert_eq!(result("shl", &[int(256), big(MINUS)]), [0; 4]);
}

#[test]
fn hashes() {
    let nested = tuple(&[int(1), tuple(&[int(2), tuple(&[]), ERRCP]), int(3), int(4), int(5), int(6), int(7), int(8)]);
    let one = wide::small(1);
    let errcp = crate::value::hash_code(0, None, [0; 4]);
    let inner = hash_tuple(&[(hash_int(wide::small(2)), one), hash_tuple(&[]), (errcp, one)]);
    let mut slots: Vec<_> = (1..=8).map(|n| (hash_int(wide::small(n)), one)).collect();
    slots[1] = inner;
    assert_eq!(result("hash", &[nested]), hash_tuple(&slots).0);
    assert_eq!(result("hash", &[big(MINUS)]), hash_int(MINUS));
    assert_eq!(result("hash", &[tuple(&[])]), hash_tuple(&[]).0);
    let pair = [crate::value::bytes(wide::small(5)), crate::value::bytes(MINUS)];
    assert_eq!(result("ethhash2", &[int(5), big(MINUS)]), keccak(&[&pair[0], &pair[1]]));
}

/// A tuple in which one is used many times is hashed once; its size is that of the tree.
#[test]
fn shared_tuples_are_hashed_by_their_trees_size() {
    let mut program = vec![push(tuple(&[int(0), int(0)]))];
    let mut said = (hash_int([0; 4]), wide::small(1));
    said = hash_tuple(&[said, said]);
    for _ in 0..70 {
        // t, then (t, t): the template gets the tuple twice.
        program.extend([op("dup0"), push(tuple(&[int(0), int(0)])), with("tset", int(0)), with("tset", int(1))]);
        said = hash_tuple(&[said, said]);
    }
    program.extend([op("hash"), op("halt")]);
    assert_eq!(run(&program).top(), said.0);
    assert!(said.1 > wide::shl(wide::small(1), 64) || said.1[1] != 0, "the size needs more than 64 bits");
}

#[test]
fn stacks_and_registers() {
    let end = |program: &[Ins]| {
        let mut program = program.to_vec();
        program.push(op("halt"));
        let run = Host::default().run(&program, &int(77));
        assert_eq!(run.outcome, "halted");
        let state = State::of(&run.core);
        let numbers = |cells: Vec<crate::state::Cell>| cells.iter().map(|c| c.0[0]).collect::<Vec<_>>();
        (numbers(state.data()), numbers(state.aux()))
    };
    let three = [push(int(1)), push(int(2)), push(int(3))];
    let after = |more: &[Ins]| end(&[&three[..], more].concat());
    assert_eq!(after(&[op("dup0")]).0, [1, 2, 3, 3]);
    assert_eq!(after(&[op("dup1")]).0, [1, 2, 3, 2]);
    assert_eq!(after(&[op("dup2")]).0, [1, 2, 3, 1]);
    assert_eq!(after(&[op("swap1")]).0, [1, 3, 2]);
    assert_eq!(after(&[op("swap2")]).0, [3, 2, 1]);
    assert_eq!(after(&[with("swap2", int(4))]).0, [1, 4, 3, 2]);
    assert_eq!(after(&[with("dup2", int(4))]).0, [1, 2, 3, 4, 2]);
    assert_eq!(after(&[op("auxpush"), op("auxpush"), op("auxpop")]), (vec![1, 2], vec![3]));
    assert_eq!(after(&[with("auxpush", int(9)), op("auxstackempty")]), (vec![1, 2, 3, 0], vec![9]));
    assert_eq!(after(&[op("rset"), op("rpush"), op("spush")]).0, [1, 2, 3, 77]);
    assert_eq!(end(&[op("rpush"), op("stackempty")]).0, [0, 0]);
    assert_eq!(end(&[op("stackempty"), op("stackempty")]).0, [1, 0]);
    assert_eq!(end(&[with("stackempty", int(5))]).0, [5, 0]);
    assert_eq!(end(&[op("pcpush"), op("errpush"), op("errcodepoint"), op("newbuffer")]).0, [1, 0, 0, 0]);
    assert_eq!(end(&[with("errset", code(2)), op("errpush")]).0, [3]);
    assert_eq!(after(&[op("pop"), with("debugprint", int(3)), with("breakpoint", int(4))]).0, [1, 2, 4]);
}

/// Cells go to the data RAM and come back, in every order of pushes and pops.
#[test]
fn deep_stacks() {
    let mut program: Vec<Ins> = (0..1000).map(|i| push(int(i))).collect();
    program.extend((0..999).map(|_| op("add")));
    program.push(op("halt"));
    assert_eq!(run(&program).top(), wide::small(999 * 500));
    // Three off, one on: the window is emptied as fast as can be.
    let mut program: Vec<Ins> = (1001..=1801).map(|i| push(int(i))).collect();
    program.extend((0..400).map(|_| op("addmod")));
    program.push(op("halt"));
    let mut stack: Vec<u64> = (1001..=1801).collect();
    while stack.len() > 1 {
        let (a, b, c) = (stack.pop().expect("A"), stack.pop().expect("B"), stack.pop().expect("C"));
        stack.push((a + b) % c);
    }
    let folded = run(&program);
    assert_eq!((folded.outcome, folded.top()), ("halted", wide::small(stack[0])));
    let mut program: Vec<Ins> = (1..=800).map(|i| push(int(i))).collect();
    program.extend(
        (0..260).flat_map(|_| [op("dup2"), op("pop"), op("swap2"), op("pop"), op("swap1"), op("pop"), op("pop")]),
    );
    program.push(op("halt"));
    let mut model: Vec<u64> = (1..=800).collect();
    for _ in 0..260 {
        let n = model.len();
        model.swap(n - 1, n - 3);
        model.pop();
        let n = model.len();
        model.swap(n - 1, n - 2);
        model.truncate(n - 2);
    }
    let drained = run(&program);
    let stack: Vec<u64> = State::of(&drained.core).data().iter().map(|c| c.0[0]).collect();
    assert_eq!(stack, model);
    // Up and down by uneven steps.
    let (mut program, mut model) = (Vec::new(), Vec::new());
    for i in 0..190u64 {
        let (up, down) = (i * 7 % 41, i * 5 % 37);
        for k in 0..up {
            program.push(push(int(i * 1000 + k)));
            model.push(i * 1000 + k);
        }
        for _ in 0..down.min(model.len() as u64) {
            program.push(op("pop"));
            model.pop();
        }
        if model.len() >= 3 {
            program.push(op("swap2"));
            let n = model.len();
            model.swap(n - 1, n - 3);
        }
    }
    program.push(op("halt"));
    let run = run(&program);
    let stack: Vec<u64> = State::of(&run.core).data().iter().map(|c| c.0[0]).collect();
    assert_eq!((run.outcome, stack), ("halted", model));
}

#[test]
fn deep_aux_stacks() {
    let mut program: Vec<Ins> = (0..2000).map(|i| with("auxpush", int(i))).collect();
    program.extend((0..1990).flat_map(|_| [op("auxpop"), op("pop")]));
    program.push(op("halt"));
    let run = run(&program);
    let aux: Vec<u64> = State::of(&run.core).aux().iter().map(|c| c.0[0]).collect();
    assert_eq!(aux, (0..10).collect::<Vec<_>>());
}

/// A loop by a code point of the static; a jump over; a code point that is an immediate.
#[test]
fn jumps() {
    let program = [
        push(int(0)),
        // 1: counts to 10.
        with("add", int(1)),
        op("dup0"),
        with("lt", int(9)),
        op("iszero"),
        op("spush"),
        op("cjump"),
        with("jump", code(9)),
        op("error"),
        op("halt"),
    ];
    let run = Host::slow(5).run(&program, &code(1));
    assert_eq!((run.outcome, run.top(), run.failed()), ("halted", wide::small(10), vec![]));
    assert_eq!(run.records.len(), 1 + 10 * 6 + 2);
}

/// A code point made at run time runs; its immediate is of each kind.
#[test]
fn code_made_at_run_time() {
    for value in [int(5), int(0x1_0000), tuple(&[int(1), int(2)]), ERRCP] {
        let program = [
            with("errset", code(5)),
            push(code(4)),
            push(value.clone()),
            with("pushinsnimm", int(0x3b)),
            op("jump"),
            op("halt"),
        ];
        // Runs `jump` again, on the value: an error, whose handler halts.
        let run = run(&program);
        let made = run.records[4];
        assert_eq!((made.pc, run.records[5].pc, run.records[5].opcode), (5, 7, 0x3b), "{value:?}");
        let state = State::of(&run.core);
        let hash = |op, imm, next: u64| crate::value::hash_code(op, imm, state.word("chash", next).0);
        let imm = match &value {
            V::Int(n) => hash_int(*n),
            V::Tuple(_) => {
                hash_tuple(&[(hash_int([1, 0, 0, 0]), [1, 0, 0, 0]), (hash_int([2, 0, 0, 0]), [1, 0, 0, 0])]).0
            }
            _ => crate::value::hash_code(0, None, [0; 4]),
        };
        assert_eq!(state.word("chash", 7).0, hash(0x3b, Some(imm), 5), "{value:?}");
        assert_eq!(run.outcome, "halted");
    }
    let program = [push(ERRCP), push(int(0x174)), op("pushinsn"), op("jump")];
    let run = run(&program);
    assert_eq!((run.outcome, run.records.last().map(|r| r.pc)), ("halted", Some(5)));
}

#[test]
fn gas() {
    let program = [with("setgas", int(1000)), op("pushgas"), with("breakpoint", int(1)), op("pushgas"), op("halt")];
    let run = run(&program);
    let gas: Vec<u64> = run.records.iter().map(|r| r.results[1][0]).collect();
    assert_eq!(gas, [1000, 999, 899, 898, 888]);
    assert_eq!((run.records[1].results[0], run.records[3].results[0]), (wide::small(999), wide::small(898)));
    // A borrow from the upper part.
    let program = [with("setgas", big([3, 1, 0, 0])), op("breakpoint"), op("pushgas"), op("halt")];
    let run = crate::host::run(&program);
    assert_eq!(run.records[1].results[1], [u64::MAX - 96, 0, 0, 0]);
    assert_eq!(run.records[2].results[0], [u64::MAX - 97, 0, 0, 0]);
}

/// Another call on the same core finds nothing of the first.
#[test]
fn calls_follow_each_other() {
    let program = [op("rpush"), op("stackempty"), op("auxstackempty"), op("errpush"), op("pushgas"), op("halt")];
    let first = [with("rset", int(3)), with("auxpush", int(4)), with("errset", code(0)), push(int(5)), op("halt")];
    let empty = V::Tuple(vec![]);
    let fresh = Host::default().run(&program, &empty);
    let mut host = Host::default();
    let used = host.run(&first, &empty);
    let again = host.run_with(used.core, &program, &empty, |_, _| ());
    assert_eq!((again.tops(), again.cycles), (fresh.tops(), fresh.cycles));
}

/// Results do not depend on what memories hold at first.
#[test]
fn memories_that_were_never_written_do_not_matter() {
    use avm_sim::arbitrum::core::Core;
    use avm_sim::trace::Core as _;
    let program: Vec<Ins> = (0..60)
        .flat_map(|i| [push(int(i)), push(tuple(&[int(i), ERRCP])), with("tset", int(1)), op("hash"), op("auxpush")])
        .chain([op("pop"), op("pop"), op("halt")])
        .collect();
    let packed = |seed| {
        let mut probes = Vec::new();
        let layout = avm_sim::trace::Layout::new(Core::FIELDS);
        Host::default().run_with(Core::new(seed), &program, &ERRCP, |core, _| {
            let mut words = vec![0; layout.words()];
            core.pack(&mut words);
            probes.push(words);
        });
        probes
    };
    assert!(packed(1) == packed(99), "registers depend on words that were never written");
}
