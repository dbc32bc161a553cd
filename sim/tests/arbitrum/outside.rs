// SPDX-License-Identifier: MIT OR Apache-2.0
//! What goes in and out: messages, blocked and resumed; sends, logs; the legacy configuration; step records.

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::hash::{ZERO, be, hash_int, keccak};
use avm_sim::arbitrum::interp::{Cell, Config, End, Limits, Machine, Step};
use avm_sim::arbitrum::isa::code;
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

use crate::support::{Setup, before, imm, int, machine, message, op, program, stack, tuple};

const LEGACY: Config = Config {
    legacy_inboxpeek: true,
    limits: Limits { data: None, aux: None, code: None, immediates: None, heap: None, plain: false },
};

#[test]
fn a_machine_without_messages_waits_as_it_was() {
    let mut m = machine(&program(vec![imm(code::INBOX, int(5)), op(code::HALT)]));
    let (hash, counters) = (m.hash(), *m.counters());
    for _ in 0..3 {
        assert_eq!(m.step(), Step::Blocked);
        assert_eq!((m.hash(), *m.counters(), m.depths()), (hash, counters, (0, 0)));
    }
    assert_eq!(m.run(10), End::Blocked);
    m.give(message(7));
    assert_eq!(m.step(), Step::Done);
    let counters = m.counters();
    assert_eq!((counters.steps, counters.gas_used, counters.messages), (1, 40, 1));
    let bytes = vec![7; 7];
    let expected = [U256::from(7), U256::from(1007), U256::from(2007)].map(Value::Int);
    let sender = Value::Int(U256::from_be_slice(&[7; 20]));
    let rest = [int(7), Value::Int(U256::from(7) << 200), int(7), Value::Buffer(Buffer::from_bytes(&bytes))];
    let slots: Vec<Value> = expected.into_iter().chain([sender]).chain(rest).collect();
    assert_eq!(m.data_stack().len(), 2);
    assert_eq!(m.export(m.data_stack()[1]), Some(Value::Tuple(slots)));
    // kind, sender, block, time, sequence number, gas price, hash of the data
    let mut preimage = vec![7];
    preimage.extend([7; 20]);
    for word in [U256::from(1007), U256::from(2007), U256::from(7), U256::from(7) << 200] {
        preimage.extend(be(word));
    }
    preimage.extend(keccak(&[&bytes]));
    assert_eq!(counters.inbox_acc, keccak(&[&ZERO, &keccak(&[&preimage])]));
    assert_eq!(m.run(10), End::Halted);
}

#[test]
fn messages_come_in_order() {
    let mut m = machine(&program(vec![op(code::INBOX), op(code::INBOX), op(code::INBOX), op(code::HALT)]));
    m.give(message(1));
    m.give(message(2));
    assert_eq!((m.run(10), m.waiting()), (End::Blocked, 0));
    m.give(message(3));
    assert_eq!(m.run(10), End::Halted);
    let kinds: Vec<_> = m.data_stack().iter().map(|c| m.export(*c)).collect();
    for (i, value) in kinds.iter().enumerate() {
        let Some(Value::Tuple(slots)) = value else { panic!("{value:?}") };
        assert_eq!(slots[0], int(i as u64 + 1));
    }
    let acc = [1, 2, 3].iter().fold(ZERO, |acc, seed| keccak(&[&acc, &message(*seed).hash()]));
    assert_eq!(m.counters().inbox_acc, acc);
    m.audit().expect("counts");
}

#[test]
fn bytes_are_sent_with_zeros_behind_them() {
    for (length, bytes) in [(1, vec![9]), (3, vec![1, 2, 3]), (40, vec![1, 2, 3]), (10_000, vec![]), (1, vec![])] {
        let data = vec![Value::Buffer(Buffer::from_bytes(&bytes)), int(length)];
        let mut probe = before(&Setup { data, ..Setup::default() }, op(code::SEND));
        assert_eq!(probe.machine.step(), Step::Done, "{length}");
        let mut sent = bytes.clone();
        sent.resize(length as usize, 0);
        assert_eq!(probe.machine.sends(), std::slice::from_ref(&sent));
        let acc = keccak(&[&ZERO, &keccak(&[&sent])]);
        assert_eq!((probe.machine.counters().send_acc, probe.machine.counters().sends), (acc, 1));
        assert_eq!(probe.machine.depths(), (0, 0));
        probe.machine.audit().expect("counts");
    }
}

#[test]
fn sends_and_logs_chain() {
    let one = Value::Buffer(Buffer::from_bytes(&[1]));
    let mut m = machine(&program(vec![
        imm(code::NOP, one.clone()),
        imm(code::SEND, int(1)),
        imm(code::NOP, one),
        imm(code::SEND, int(2)),
        imm(code::LOG, int(5)),
        imm(code::LOG, tuple(&[int(5)])),
        op(code::HALT),
    ]));
    assert_eq!(m.run(10), End::Halted);
    let sent = [vec![1], vec![1, 0]];
    let send_acc = sent.iter().fold(ZERO, |acc, s| keccak(&[&acc, &keccak(&[s])]));
    assert_eq!((m.sends(), m.counters().send_acc), (&sent[..], send_acc));
    // By the rules: inner = K(01 || H(5)), then K(03 || inner || be(2)).
    let inner = keccak(&[&[1], &hash_int(U256::from(5))]);
    let pair = keccak(&[&[3], &inner, &be(U256::from(2))]);
    let hashes: Vec<_> = m.logs().iter().map(|l| l.hash).collect();
    assert_eq!(hashes, [hash_int(U256::from(5)), pair]);
    assert_eq!(m.counters().log_acc, hashes.iter().fold(ZERO, |acc, h| keccak(&[&acc, h])));
    assert_eq!(m.logs()[1].value, Some(tuple(&[int(5)])));
}

/// A graph of 2^15 parts, logged often: hashes are kept of all, values of as many as the host has room for.
#[test]
fn what_is_logged_is_written_out_up_to_a_bound() {
    let pair = tuple(&[int(0), int(0)]);
    let double = [op(code::DUP0), imm(code::NOP, pair), imm(code::TSET, int(0)), imm(code::TSET, int(1))];
    let mut all = vec![imm(code::NOP, int(1))];
    all.extend(std::iter::repeat_n(double, 14).flatten());
    all.extend(std::iter::repeat_n([op(code::DUP0), op(code::LOG)], 100).flatten());
    all.push(op(code::HALT));
    let mut m = machine(&program(all));
    assert_eq!(m.run(1000), End::Halted);
    assert!(m.logs().len() == 100 && m.logs().iter().all(|log| log.hash == m.logs()[0].hash));
    let written = m.logs().iter().filter(|log| log.value.is_some()).count();
    assert!((1..100).contains(&written), "{written}");
}

#[test]
fn peeking_keeps_the_message_for_inbox() {
    let image = program(vec![
        imm(code::INBOXPEEK, int(1001)),  // 1: message 1 is of block 1001
        imm(code::INBOXPEEK, int(1002)),  // 0: it is still message 1
        imm(code::INBOXPEEK, tuple(&[])), // 0: another type
        op(code::INBOX),
        op(code::POP),
        op(code::INBOX),
        op(code::POP),
        op(code::HALT),
    ]);
    let mut m = Machine::new(&image, LEGACY).expect("no limits");
    let hash = m.hash();
    assert_eq!((m.step(), m.hash(), m.counters().gas_used), (Step::Blocked, hash, 0));
    assert_eq!(m.depths(), (0, 0), "the immediate is taken back");
    m.give(message(1));
    assert_eq!(m.step(), Step::Done);
    assert!(m.pending().is_some());
    assert_eq!(m.counters().messages, 1);
    let peeked = m.hash();
    m.audit().expect("the pending message has a reference");
    assert_eq!((m.step(), m.step(), m.step()), (Step::Done, Step::Done, Step::Done));
    assert_ne!(m.hash(), peeked);
    assert!(m.pending().is_none());
    assert_eq!(m.counters().messages, 1, "inbox took the pending one");
    assert_eq!(m.run(10), End::Blocked);
    m.give(message(2));
    assert_eq!(m.run(10), End::Halted);
    assert_eq!(stack(&m), [1, 0, 0].map(U256::from));
    assert_eq!((m.counters().messages, m.counters().gas_used), (2, 5 * 40 + 2 + 10));
    m.audit().expect("counts");
}

#[test]
fn the_legacy_hash_has_the_pending_message_as_eighth_word() {
    let image = program(vec![imm(code::INBOXPEEK, int(0)), op(code::POP), op(code::HALT)]);
    let mut legacy = Machine::new(&image, LEGACY).expect("no limits");
    legacy.give(message(1));
    legacy.step();
    legacy.step();
    let words = |m: &mut Machine| {
        let code = [m.pc(), m.error_handler()].map(Cell::Code);
        let empty = avm_sim::arbitrum::hash::PreImage::empty().hash();
        let [pc, err] = code.map(|c| m.hash_of(c));
        vec![pc, empty, empty, empty, empty, be(m.gas()), err]
    };
    let mut expected = words(&mut legacy);
    let pending = legacy.pending().expect("a message");
    expected.push(legacy.hash_of(pending));
    let parts: Vec<&[u8]> = expected.iter().map(|w| &w[..]).collect();
    assert_eq!(legacy.hash(), keccak(&parts));
    // The other configuration: the opcode is invalid, seven words.
    let mut m = machine(&image);
    m.give(message(1));
    assert_eq!(m.run(10), End::ErrorStop);
}

#[test]
fn sideload_is_always_empty() {
    let mut m = machine(&program(vec![imm(code::SIDELOAD, int(3)), op(code::TLEN), op(code::HALT)]));
    assert_eq!((m.run(10), stack(&m)), (End::Halted, vec![U256::ZERO]));
}

#[test]
fn records_show_top_gas_depths_and_status() {
    let mut m = machine(&program(vec![
        imm(code::NOP, int(9)),
        imm(code::AUXPUSH, Value::Code(4)),
        imm(code::NOP, tuple(&[int(1), int(2)])),
        op(code::ERROR),
    ]));
    let records: Vec<_> = (0..4).map(|_| m.step_recorded().1.expect("a record")).collect();
    let gas = |used: u64| *(U256::MAX - U256::from(used)).as_limbs();
    let expected = [
        (0, 0x3b, [9, 0, 0, 0], gas(1), [0, 1, 0, 0]),
        (1, 0x38, [9, 0, 0, 0], gas(2), [0, 1, 1, 0]),
        (2, 0x3b, [2, 0, 0, 0], gas(3), [3, 2, 1, 0]),
        (3, 0x73, [2, 0, 0, 0], gas(8), [3, 2, 1, 1]),
    ];
    for (i, (record, (pc, opcode, top, gas, state))) in records.iter().zip(expected).enumerate() {
        assert_eq!((record.order, record.pc, record.opcode), (i as u64, pc, opcode));
        assert_eq!(record.pushed(), [top, gas, state], "{i}");
        assert_eq!(record.exception, u8::from(i == 3));
    }
    assert_eq!(m.step_recorded(), (Step::Stopped, None));
}
