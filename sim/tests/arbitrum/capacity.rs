// SPDX-License-Identifier: MIT OR Apache-2.0
//! Capacity: every limit is met exactly, a step that finds no room has no effect.

use avm_sim::arbitrum::interp::{Cause, Config, End, Limits, Machine, Resource, Step};
use avm_sim::arbitrum::isa::{OPS, code};
use avm_sim::arbitrum::mexe::Instruction;
use avm_sim::arbitrum::value::Value;

use crate::support::{Setup, before, imm, int, message, op, operands, program, tuple};

fn limited(limits: Limits) -> Config {
    Config { limits, ..Config::default() }
}

fn machine(code: Vec<Instruction>, limits: Limits) -> Machine {
    Machine::new(&program(code), limited(limits)).unwrap_or_else(|e| panic!("{e}"))
}

/// Steps until capacity; the step before left everything as it is.
fn assert_capacity(m: &mut Machine, resource: Resource, steps: u64) {
    for step in 0..steps {
        assert!(matches!(m.step(), Step::Done | Step::Error(_)), "step {step}");
    }
    let (hash, counters, depths, pc) = (m.hash(), *m.counters(), m.depths(), m.pc());
    for _ in 0..2 {
        assert_eq!(m.step(), Step::Capacity(resource));
        assert_eq!((m.hash(), *m.counters(), m.depths(), m.pc()), (hash, counters, depths, pc));
    }
    assert_eq!(m.run(10), End::Capacity(resource));
    m.audit().expect("counts");
}

#[test]
fn the_data_stack_has_a_last_cell() {
    let limits = Limits { data: Some(3), ..Limits::default() };
    let mut m = machine(vec![imm(code::NOP, int(1)); 9], limits);
    assert_capacity(&mut m, Resource::Data, 3);
    // An immediate needs a cell even if the instruction would free it at once.
    let mut m = machine([vec![imm(code::NOP, int(1)); 3], vec![imm(code::ADD, int(1))]].concat(), limits);
    assert_capacity(&mut m, Resource::Data, 3);
    let mut m =
        machine([vec![imm(code::NOP, int(1)); 2], vec![imm(code::ADD, int(1)), op(code::HALT)]].concat(), limits);
    assert_eq!(m.run(10), End::Halted);
}

#[test]
fn instructions_that_grow_the_stack_need_a_cell_and_no_others() {
    for o in OPS.iter().filter(|o| !o.legacy()) {
        let (data, aux) = operands(o);
        // One cell is left for the immediate of setup's errset; fill up to the limit.
        let fill = 6 - data.len();
        let data = [vec![int(1); fill], data].concat();
        let config = limited(Limits { data: Some(6), aux: Some(9), ..Limits::default() });
        let mut probe = before(&Setup { data, aux, config, ..Setup::default() }, op(o.code));
        probe.machine.give(message(1));
        let expected = if o.grows() {
            Step::Capacity(Resource::Data)
        } else if o.code == code::ERROR {
            Step::Error(Cause::Raised)
        } else {
            Step::Done
        };
        assert_eq!(probe.machine.step(), expected, "{}", o.name);
    }
}

#[test]
fn room_on_the_stacks_comes_before_errors_and_before_the_inbox() {
    let config = limited(Limits { data: Some(1), aux: Some(0), ..Limits::default() });
    let setup = Setup { data: vec![int(1)], config, ..Setup::default() };
    for opcode in [code::AUXPOP, code::DUP1, code::INBOX] {
        assert_eq!(before(&setup, op(opcode)).machine.step(), Step::Capacity(Resource::Data));
    }
    assert_eq!(before(&setup, op(code::AUXPUSH)).machine.step(), Step::Capacity(Resource::Aux));
    assert_eq!(before(&setup, imm(0xff, int(1))).machine.step(), Step::Capacity(Resource::Data));
}

#[test]
fn the_aux_stack_has_a_last_cell() {
    let limits = Limits { aux: Some(2), ..Limits::default() };
    let mut m = machine(vec![imm(code::AUXPUSH, int(1)); 4], limits);
    assert_capacity(&mut m, Resource::Aux, 2);
}

#[test]
fn words_and_immediates_are_never_given_back() {
    // Long: an Integer from 2^16 on. Three in the image, and the one of pushinsnimm.
    let long = || int(1 << 16);
    let make = [
        op(code::ERRCODEPOINT),
        imm(code::PUSHINSN, long()),
        op(code::POP),
        op(code::ERRCODEPOINT),
        imm(code::NOP, long()),
        imm(code::PUSHINSNIMM, long()),
        op(code::POP),
        op(code::HALT),
    ]
    .to_vec();
    let words = |code| Limits { code: Some(code), ..Limits::default() };
    let immediates = |n| Limits { immediates: Some(n), ..Limits::default() };
    assert_capacity(&mut machine(make.clone(), words(9)), Resource::Code, 1);
    assert_capacity(&mut machine(make.clone(), words(10)), Resource::Code, 5);
    assert_eq!(machine(make.clone(), words(11)).run(10), End::Halted);
    assert_capacity(&mut machine(make.clone(), immediates(3)), Resource::Immediates, 5);
    assert_eq!(machine(make.clone(), immediates(4)).run(10), End::Halted);
    let refused = |limits| Machine::new(&program(make.clone()), limited(limits)).map(|_| ()).expect_err("no room");
    let full = refused(words(8));
    assert_eq!((full.resource, full.needs, full.has), (Resource::Code, 9, 8));
    assert_eq!(full.to_string(), "the image does not fit: code holds 8, it needs at least 9");
    assert_eq!(refused(immediates(2)).resource, Resource::Immediates);
}

#[test]
fn immediates_that_fit_their_words_do_not_count() {
    let count = |value: Value| {
        let make = [op(code::ERRCODEPOINT), imm(code::NOP, value), imm(code::PUSHINSNIMM, int(1)), op(code::HALT)];
        let mut m = machine(make.to_vec(), Limits::default());
        assert_eq!(m.run(10), End::Halted);
        m.used(Resource::Immediates)
    };
    assert_eq!([int(0), int((1 << 16) - 1), Value::Code(4)].map(count), [0, 0, 0]);
    let buffer = Value::Buffer(avm_sim::arbitrum::buffer::Buffer::new());
    assert_eq!([int(1 << 16), tuple(&[]), buffer].map(count), [2, 2, 2]);
}

#[test]
fn without_their_units_two_instructions_are_capacity() {
    let limits = Limits { plain: true, ..Limits::default() };
    assert_capacity(&mut machine(vec![imm(code::ECPAIRING, tuple(&[]))], limits), Resource::Units, 0);
    assert_capacity(&mut machine(vec![imm(code::ECPAIRING, int(1))], limits), Resource::Units, 0);
    // Gas comes first, of the pairing without its pairs.
    for (gas, step) in [(1000, Step::Capacity(Resource::Units)), (999, Step::Error(Cause::Gas))] {
        let item = tuple(&[(); 6].map(|()| int(0)));
        let data = vec![tuple(&[item, tuple(&[])])];
        let setup = Setup { data, gas: Some(gas), config: limited(limits), ..Setup::default() };
        assert_eq!(before(&setup, op(code::ECPAIRING)).machine.step(), step);
    }
    let legacy = Config { legacy_inboxpeek: true, limits };
    let mut m = Machine::new(&program(vec![imm(code::INBOXPEEK, int(1))]), legacy).expect("no other limits");
    assert_capacity(&mut m, Resource::Units, 0);
}

#[test]
fn errors_come_before_room_for_code() {
    let config = limited(Limits { code: Some(7), ..Limits::default() });
    let mut probe = before(&Setup { data: vec![int(1), int(1)], config, ..Setup::default() }, op(code::PUSHINSN));
    assert!(matches!(probe.machine.step(), Step::Error(_)));
}

fn heap(cells: u32) -> Limits {
    Limits { heap: Some(cells), ..Limits::default() }
}

#[test]
fn image_tuples_take_blocks_of_the_next_power_of_two() {
    for (slots, cells) in [(0, 0), (1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (7, 8), (8, 8)] {
        let image = program(vec![imm(code::NOP, Value::Tuple(vec![int(1); slots]))]);
        let m = Machine::new(&image, limited(heap(cells))).expect("it fits");
        assert_eq!(m.used(Resource::Heap), cells as usize);
        if cells > 0 {
            let full = Machine::new(&image, limited(heap(cells - 1))).map(|_| ()).expect_err("it does not fit");
            assert_eq!((full.resource, full.needs, full.has), (Resource::Heap, cells as usize, cells as usize - 1));
        }
    }
    // Equal tuples are not shared, nested ones count.
    let image = program(vec![imm(code::NOP, tuple(&[tuple(&[int(1)]), tuple(&[int(1)])])); 2]);
    assert_eq!(Machine::new(&image, Config::default()).expect("no limits").used(Resource::Heap), 2 * (2 + 1 + 1));
}

#[test]
fn copies_take_blocks_and_changes_in_place_do_not() {
    let two = tuple(&[int(1), int(2)]);
    let set = [imm(code::NOP, two), imm(code::NOP, int(5)), op(code::SWAP1), imm(code::TSET, int(0))];
    // 2 cells of the image, 2 of the copy; a second change is in place; a third, with a twin on the stack, is not.
    let again = [imm(code::NOP, int(6)), op(code::SWAP1), imm(code::TSET, int(1))];
    let twin = [op(code::DUP0), imm(code::NOP, int(6)), op(code::SWAP1), imm(code::TSET, int(1))];
    let code = [&set[..], &again, &twin, &[op(code::HALT)]].concat();
    assert_capacity(&mut machine(code.clone(), heap(3)), Resource::Heap, 3);
    assert_capacity(&mut machine(code.clone(), heap(5)), Resource::Heap, 10);
    let mut m = machine(code, heap(6));
    assert_eq!((m.run(20), m.used(Resource::Heap), m.live_tuples()), (End::Halted, 6, 3));
}

#[test]
fn a_wrong_index_is_an_error_even_without_room() {
    let code = vec![imm(code::NOP, int(5)), imm(code::NOP, tuple(&[int(1)])), imm(code::TSET, int(1))];
    assert_eq!(machine(code, heap(1)).run(10), End::ErrorStop);
}

#[test]
fn free_blocks_are_used_again_by_their_size_only() {
    let copy = |slots: usize| {
        [imm(code::NOP, int(5)), imm(code::NOP, Value::Tuple(vec![int(1); slots])), imm(code::TSET, int(0))]
    };
    let drop = [op(code::POP)];
    let halt = [op(code::HALT)];
    // Images 1 + 1, then one block of 1 cell, twice.
    let same = [&copy(1)[..], &drop, &copy(1), &drop, &halt].concat();
    assert_eq!(machine(same.clone(), heap(3)).run(20), End::Halted);
    // Held at once: two blocks.
    let held = [&copy(1)[..], &copy(1), &halt].concat();
    assert_capacity(&mut machine(held, heap(3)), Resource::Heap, 5);
    // A free block of 2 cells is none of 1.
    let other = [&copy(2)[..], &drop, &copy(1), &halt].concat();
    assert_capacity(&mut machine(other.clone(), heap(5)), Resource::Heap, 6);
    assert_eq!(machine(other, heap(6)).run(20), End::Halted);
}

#[test]
fn what_a_freed_tuple_held_is_free_too() {
    // (copy of a pair, whose slot 0 is a copy of a pair), dropped: both blocks come back.
    let pair = || imm(code::NOP, tuple(&[int(1), int(2)]));
    let nest =
        [imm(code::NOP, int(5)), pair(), imm(code::TSET, int(0)), pair(), imm(code::TSET, int(0)), op(code::POP)];
    let code = [&nest[..], &nest, &[op(code::HALT)]].concat();
    let mut m = machine(code.clone(), heap(4 * 2 + 2 * 2));
    assert_eq!((m.run(20), m.live_tuples()), (End::Halted, 4));
    assert_capacity(&mut machine(code, heap(4 * 2 + 2)), Resource::Heap, 4);
}

#[test]
fn a_message_takes_eight_cells_once_there_is_one() {
    let mut m = machine(vec![op(code::INBOX), op(code::HALT)], heap(7));
    assert_eq!(m.step(), Step::Blocked);
    m.give(message(1));
    assert_capacity(&mut m, Resource::Heap, 0);
    assert_eq!((m.waiting(), m.counters().messages), (1, 0));
    let mut m = machine(vec![op(code::INBOX), op(code::HALT)], heap(8));
    m.give(message(1));
    assert_eq!(m.run(10), End::Halted);
}

#[test]
fn keccakf_changes_in_place_what_nobody_else_has() {
    let seven = Value::Tuple(vec![int(1); 7]);
    let twice = vec![imm(code::KECCAKF, seven), op(code::KECCAKF), op(code::HALT)];
    assert_capacity(&mut machine(twice.clone(), heap(15)), Resource::Heap, 0);
    assert_eq!(machine(twice, heap(16)).run(10), End::Halted);
}
