// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values: tuples that are shared, deep or vast; CodePoints made at run time; buffers; equality.

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::hash::{PreImage, hash_int};
use avm_sim::arbitrum::interp::{Cell, Config, End, Limits, Machine, Resource, Step};
use avm_sim::arbitrum::isa::code;
use avm_sim::arbitrum::mexe::Instruction;
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

use crate::support::{Dice, imm, int, machine, message, op, program, random, stack, tuple};

fn run(code: Vec<Instruction>) -> Machine {
    let mut m = machine(&program(code));
    assert_eq!(m.run(100_000), End::Halted);
    m.audit().expect("counts");
    m
}

fn values(m: &Machine) -> Vec<Value> {
    m.data_stack().iter().map(|c| m.export(*c).expect("a small value")).collect()
}

#[test]
fn a_changed_copy_leaves_the_original() {
    let m = run(vec![
        imm(code::NOP, tuple(&[int(1), int(2)])),
        op(code::DUP0),
        imm(code::NOP, int(9)),
        op(code::SWAP1),
        imm(code::TSET, int(1)),
        op(code::HALT),
    ]);
    assert_eq!(values(&m), [tuple(&[int(1), int(2)]), tuple(&[int(1), int(9)])]);
}

#[test]
fn the_aux_top_changes_in_place_where_nobody_else_has_it() {
    let set = |slot: u64, value: u64| [imm(code::NOP, int(value)), imm(code::XSET, int(slot))];
    let mut code = vec![imm(code::AUXPUSH, tuple(&[int(0), int(0), int(0)]))];
    code.extend(set(0, 5));
    code.extend(set(2, 7));
    code.extend([imm(code::XGET, int(2)), op(code::AUXPOP), op(code::HALT)]);
    let m = run(code);
    assert_eq!(values(&m), [int(7), tuple(&[int(5), int(0), int(7)])]);
    // The immediate and one copy: of two changes the second is in place.
    assert_eq!(m.live_tuples(), 2);
}

/// Two levels of 8: 64 words, word 13 written and read back, its neighbours as they were.
#[test]
fn trees_of_tuples_are_a_memory() {
    let leaf = tuple(&[(); 8].map(|()| int(1)));
    let mut code = vec![imm(code::AUXPUSH, tuple(&[(); 8].map(|()| leaf.clone())))];
    // new root = root with (root[1] with slot 5 = 99) in slot 1
    code.extend([imm(code::NOP, int(99)), imm(code::XGET, int(1)), imm(code::TSET, int(5)), imm(code::XSET, int(1))]);
    for word in [13, 12, 14, 5, 21] {
        code.extend([imm(code::XGET, int(word / 8)), imm(code::TGET, int(word % 8))]);
    }
    code.push(op(code::HALT));
    assert_eq!(stack(&run(code)), [99, 1, 1, 1, 1].map(U256::from));
}

#[test]
fn swaps_and_dups_reach_where_the_table_says() {
    for (opcode, expected) in [
        (code::DUP0, vec![1, 2, 3, 3]),
        (code::DUP1, vec![1, 2, 3, 2]),
        (code::DUP2, vec![1, 2, 3, 1]),
        (code::SWAP1, vec![1, 3, 2]),
        (code::SWAP2, vec![3, 2, 1]),
    ] {
        let mut code: Vec<_> = (1..4).map(|i| imm(code::NOP, int(i))).collect();
        code.extend([op(opcode), op(code::HALT)]);
        let expected: Vec<U256> = expected.into_iter().map(U256::from).collect();
        assert_eq!(stack(&run(code)), expected);
    }
}

#[test]
fn emptiness_counts_the_immediate() {
    let m = run(vec![
        op(code::STACKEMPTY),
        op(code::STACKEMPTY),
        op(code::AUXSTACKEMPTY),
        imm(code::AUXPUSH, int(1)),
        op(code::AUXSTACKEMPTY),
        op(code::HALT),
    ]);
    assert_eq!(stack(&m), [1, 0, 1, 0].map(U256::from));
    let m = run(vec![imm(code::STACKEMPTY, int(7)), op(code::HALT)]);
    assert_eq!(stack(&m), [7, 0].map(U256::from));
}

#[test]
fn equal_means_the_same_type_and_contents() {
    let words = |next: u64| [imm(code::NOP, Value::Code(9)), imm(code::PUSHINSN, int(next))];
    let cases = [
        (int(5), int(5), 1),
        (int(5), int(6), 0),
        (int(5), tuple(&[]), 0),
        (tuple(&[int(1), tuple(&[])]), tuple(&[int(1), tuple(&[])]), 1),
        (tuple(&[int(1)]), tuple(&[int(1), int(1)]), 0),
        (Value::Buffer(Buffer::from_bytes(&[1, 0])), Value::Buffer(Buffer::from_bytes(&[1])), 1),
        (Value::Buffer(Buffer::new()), int(0), 0),
    ];
    for (a, b, expected) in cases {
        let m = run(vec![imm(code::NOP, a.clone()), imm(code::EQ, b.clone()), op(code::HALT)]);
        assert_eq!(stack(&m), [U256::from(expected)], "{a:?} {b:?}");
    }
    // Made at different places with the same contents.
    for (second, expected) in [(3, 1), (4, 0)] {
        let mut code: Vec<Instruction> = words(3).into_iter().chain(words(second)).collect();
        code.extend([op(code::EQ), op(code::HALT), op(code::NOP), op(code::NOP), op(code::NOP), op(code::NOP)]);
        assert_eq!(stack(&run(code)), [U256::from(expected)]);
    }
}

#[test]
fn code_made_at_run_time_runs() {
    // halt, before it: nop with an immediate; opcodes are taken modulo 256.
    let m = run(vec![
        op(code::ERRCODEPOINT),
        imm(code::PUSHINSN, Value::Int(U256::from(256 + u64::from(code::HALT)))),
        imm(code::NOP, tuple(&[int(4)])),
        imm(code::PUSHINSNIMM, int(code::NOP.into())),
        op(code::JUMP),
    ]);
    assert_eq!(values(&m), [tuple(&[int(4)])]);
    assert_eq!(m.used(Resource::Code), 8);
    assert_eq!(m.pc(), 6);
}

#[test]
fn pc_is_the_instruction_itself() {
    let m = run(vec![op(code::NOP), op(code::PCPUSH), op(code::HALT)]);
    assert!(matches!(m.data_stack(), [Cell::Code(1)]));
}

#[test]
fn registers_keep_values() {
    let m = run(vec![
        op(code::RPUSH),
        imm(code::RSET, tuple(&[int(1)])),
        op(code::RPUSH),
        imm(code::RSET, int(2)),
        op(code::RPUSH),
        op(code::SPUSH),
        op(code::HALT),
    ]);
    assert_eq!(values(&m), [tuple(&[]), tuple(&[int(1)]), int(2), tuple(&[])]);
}

/// A program that nests the top of the stack in pairs, over and over.
fn nest(both: bool) -> Machine {
    let copy = if both { op(code::DUP0) } else { imm(code::NOP, int(1)) };
    machine(&program(vec![
        imm(code::NOP, tuple(&[])),               // 0
        imm(code::RSET, Value::Code(3)),          // 1
        op(code::NOP),                            // 2
        copy,                                     // 3: v, v or v, 1
        imm(code::NOP, tuple(&[int(0), int(0)])), // 4
        imm(code::TSET, int(0)),                  // 5
        imm(code::TSET, int(1)),                  // 6
        op(code::RPUSH),                          // 7
        op(code::JUMP),                           // 8
    ]))
}

const ROUND: u64 = 6;

#[test]
fn deep_values_are_hashed_and_dropped_without_recursion() {
    let depth = 100_000;
    let mut m = nest(false);
    assert_eq!(m.run(3 + depth * ROUND), End::Steps);
    assert_eq!(m.depths(), (1, 0));
    let top = m.data_stack()[0];
    let (hash, one) = (m.hash_of(top), (hash_int(U256::from(1)), U256::from(1)));
    let expected = (0..depth).fold(PreImage::empty(), |rest, _| PreImage::new([one, (rest.hash(), rest.size)]));
    assert_eq!(hash, expected.hash());
    assert_eq!(m.live_tuples() as u64, depth + 1);
    assert_eq!(m.export(top), None, "too deep to be written out");
    assert_eq!(m.step(), Step::Done);
    // Replaces the whole by an Integer: one step frees a million blocks.
    let mut dropped = m.clone();
    while dropped.opcode() != code::RPUSH {
        dropped.step();
    }
    m.audit().expect("counts");
    drop(m);
    dropped.audit().expect("counts");
}

#[test]
fn a_deep_value_is_freed_by_one_step() {
    let mut code = vec![imm(code::NOP, tuple(&[]))];
    // Unrolled: nested 2,000 times, then dropped.
    for _ in 0..2_000 {
        code.extend([imm(code::NOP, tuple(&[int(0), int(0)])), imm(code::TSET, int(0))]);
    }
    code.extend([op(code::POP), op(code::HALT)]);
    let m = run(code);
    assert_eq!(m.live_tuples(), 2_000, "the immediates");
}

#[test]
fn shared_values_of_any_size_are_hashed() {
    let mut m = nest(true);
    let rounds = 300;
    assert_eq!(m.run(3 + rounds * ROUND), End::Steps);
    let top = m.data_stack()[0];
    // The size is 2^(n + 1) - 1, modulo 2^256.
    let expected = (0..rounds).fold(PreImage::empty(), |v, _| PreImage::new([(v.hash(), v.size); 2]));
    assert_eq!(expected.size, U256::MAX);
    assert_eq!(m.hash_of(top), expected.hash());
}

#[test]
fn buffers_are_sparse_and_immutable() {
    let far = Value::Int(U256::from(u64::MAX));
    let m = run(vec![
        op(code::NEWBUFFER),
        op(code::DUP0),
        imm(code::NOP, int(0xab)),
        imm(code::SETBUFFER8, far.clone()),
        op(code::DUP0),
        imm(code::GETBUFFER8, far),
        op(code::HALT),
    ]);
    let [Value::Buffer(empty), Value::Buffer(full), byte] = &values(&m)[..] else { panic!() };
    assert_eq!((empty.last(), full.last(), byte), (None, Some(u64::MAX), &int(0xab)));
}

#[test]
fn buffer_words_are_big_endian_wherever_they_lie() {
    let word = U256::from_be_bytes(std::array::from_fn::<u8, 32, _>(|i| i as u8 + 1));
    for offset in [0_u64, 1, 24, 25, 31, 32, 1000, u64::MAX - 31] {
        let at = Value::Int(U256::from(offset));
        let m = run(vec![
            op(code::NEWBUFFER),
            imm(code::NOP, Value::Int(word)),
            imm(code::SETBUFFER256, at.clone()),
            op(code::DUP0),
            imm(code::GETBUFFER256, at.clone()),
            op(code::SWAP1),
            op(code::DUP0),
            imm(code::GETBUFFER64, at.clone()),
            op(code::SWAP1),
            imm(code::GETBUFFER8, at.clone()),
            op(code::HALT),
        ]);
        assert_eq!(stack(&m), [word, U256::from(0x0102_0304_0506_0708_u64), U256::from(1)], "{offset}");
        let m = run(vec![
            op(code::NEWBUFFER),
            imm(code::NOP, int(0x1122_3344_5566_7788)),
            imm(code::SETBUFFER64, at.clone()),
            imm(code::GETBUFFER256, at),
            op(code::HALT),
        ]);
        assert_eq!(stack(&m), [U256::from(0x1122_3344_5566_7788_u64) << 192], "{offset}");
    }
}

/// Runs any instructions in any order, and counts references after every step; a twin with limits says the same until it
/// ends, and is then as it was.
#[test]
fn references_are_counted_rightly_whatever_runs() {
    let mut dice = Dice(1);
    let (mut steps, mut ends) = (0, std::collections::HashSet::new());
    for round in 0..300 {
        let image = random(&mut dice);
        let config = Config { legacy_inboxpeek: round % 2 == 0, ..Config::default() };
        let mut m = Machine::new(&image, config).expect("no limits");
        let used = |resource, more| Some(m.used(resource) as u32 + more);
        // One limit at a time, so that none hides another.
        let mut limits = Limits::default();
        match round % 5 {
            0 => limits.data = Some(5),
            1 => limits.aux = Some(2),
            2 => limits.code = used(Resource::Code, 0),
            3 => limits.immediates = used(Resource::Immediates, 0),
            _ => limits.heap = used(Resource::Heap, 1),
        }
        let mut twin = Some(Machine::new(&image, Config { limits, ..config }).expect("room"));
        for i in 0..5 {
            m.give(message(i));
            twin.iter_mut().for_each(|t| t.give(message(i)));
        }
        for _ in 0..400 {
            let hash = m.hash();
            let other = twin.as_mut().map(Machine::step_recorded);
            if let (Some(t), Some((Step::Capacity(resource), _))) = (&mut twin, other) {
                assert_eq!(t.hash(), hash, "round {round}: {resource:?} has an effect");
                ends.insert(resource);
                twin = None;
            }
            let step = m.step_recorded();
            if let Some(t) = &mut twin {
                assert_eq!((Some(step), m.hash()), (other, t.hash()), "round {round}");
            }
            if step.1.is_none() {
                break;
            }
            steps += 1;
            m.audit().unwrap_or_else(|e| panic!("round {round}, before word {}: {e}", m.pc()));
        }
    }
    assert!(steps > 8_000, "{steps} steps");
    assert_eq!(ends.len(), 5, "every limit was met: {ends:?}");
}
