// SPDX-License-Identifier: MIT OR Apache-2.0
//! Errors: underflow, gas, opcodes, types, values; what they cost and what they leave.

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::interp::{Cause, End, Status, Step};
use avm_sim::arbitrum::isa::{OPS, Op, Ty, by_code, code};
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

use crate::support::{Probe, Setup, before, imm, int, machine, message, op, operands, program, stack, tuple};

/// Instructions of the default configuration.
fn ops() -> impl Iterator<Item = &'static Op> {
    OPS.iter().filter(|o| !o.legacy())
}

/// Steps, and checks all that an error must have done: the handler runs, these depths are left, so much gas is used.
fn assert_error(probe: Probe, cause: Cause, depths: (usize, usize), used: u64, gas: Option<U256>, what: &str) {
    let Probe { mut machine, handler, .. } = probe;
    let (before, had) = (*machine.counters(), machine.gas());
    assert_eq!(machine.step(), Step::Error(cause), "{what}");
    assert_eq!(machine.depths(), depths, "{what}: depths");
    assert_eq!((machine.pc(), machine.status()), (handler, Status::Extensive), "{what}");
    assert_eq!(machine.error_handler(), handler, "{what}: errCodePoint stays");
    let after = machine.counters();
    assert_eq!(after.gas_used - before.gas_used, used, "{what}: gas used");
    assert_eq!(machine.gas(), gas.unwrap_or(had.wrapping_sub(U256::from(used))), "{what}: gas");
    assert_eq!(after.steps, before.steps + 1, "{what}");
    let same = (after.sends, after.logs, after.messages) == (before.sends, before.logs, before.messages);
    assert!(same, "{what}: nothing goes out or in");
    machine.audit().expect(what);
}

#[test]
fn too_few_values_underflow() {
    for o in ops() {
        let (data, aux) = operands(o);
        // Two more on the stack that is not short: they stay, except what the instruction takes.
        for have in 0..data.len() {
            let setup = Setup { data: data[data.len() - have..].to_vec(), aux: vec![int(8); 2], ..Setup::default() };
            let left = 2 - aux.len();
            assert_error(before(&setup, op(o.code)), Cause::Underflow, (0, left), 5, None, o.name);
            // An immediate counts as a value.
            if have > 0 {
                let setup = Setup { data: data[data.len() - have..data.len() - 1].to_vec(), ..setup };
                let top = data[data.len() - 1].clone();
                assert_error(before(&setup, imm(o.code, top)), Cause::Underflow, (0, left), 5, None, o.name);
            }
        }
        if !aux.is_empty() {
            let setup = Setup { data: [vec![int(8); 2], data.clone()].concat(), ..Setup::default() };
            assert_error(before(&setup, op(o.code)), Cause::Underflow, (2, 0), 5, None, o.name);
        }
    }
}

#[test]
fn underflow_comes_before_gas_and_costs_5_of_whatever_there_is() {
    for (gas, left) in [(4, Some(U256::MAX)), (5, Some(U256::ZERO)), (6, Some(U256::from(1)))] {
        let setup = Setup { gas: Some(gas), ..Setup::default() };
        assert_error(before(&setup, op(code::ECADD)), Cause::Underflow, (0, 0), 5, left, "ecadd");
    }
}

#[test]
fn without_gas_nothing_runs_and_operands_go() {
    for o in ops() {
        let (data, aux) = operands(o);
        let data = [vec![int(8)], data].concat();
        let aux = [vec![int(8)], aux].concat();
        let setup = Setup { data, aux, gas: Some(u64::from(o.gas) - 1), ..Setup::default() };
        assert_error(before(&setup, op(o.code)), Cause::Gas, (1, 1), 5, Some(U256::MAX), o.name);
        // With an immediate there is one value more than it takes.
        assert_error(before(&setup, imm(o.code, int(1))), Cause::Gas, (2, 1), 5, Some(U256::MAX), o.name);
    }
}

#[test]
fn exactly_enough_gas_is_enough_and_results_are_as_many_as_the_table_says() {
    for o in ops().filter(|o| o.code != code::ERROR) {
        let (data, aux) = operands(o);
        let data = [vec![int(8)], data].concat();
        let setup = Setup { data, aux, gas: Some(o.gas.into()), ..Setup::default() };
        let mut probe = before(&setup, op(o.code));
        probe.machine.give(message(3));
        let used = probe.machine.counters().gas_used;
        assert_eq!(probe.machine.step(), Step::Done, "{}", o.name);
        assert_eq!(probe.machine.counters().gas_used - used, u64::from(o.gas), "{}", o.name);
        let gas = if o.code == code::SETGAS { 1 } else { 0 };
        assert_eq!(probe.machine.gas(), U256::from(gas), "{}", o.name);
        let depths = (1 + usize::from(o.pushes), usize::from(o.aux_pushes));
        assert_eq!(probe.machine.depths(), depths, "{}", o.name);
        let next = match o.code {
            code::HALT => probe.at,
            code::JUMP | code::CJUMP => probe.handler,
            _ => probe.at + 1,
        };
        assert_eq!(probe.machine.pc(), next, "{}", o.name);
        probe.machine.audit().expect(o.name);
    }
}

#[test]
fn every_operand_has_its_type() {
    let kinds = [
        (Ty::Int, int(1)),
        (Ty::Code, Value::Code(u32::MAX)),
        (Ty::Tuple, tuple(&[])),
        (Ty::Buffer, Value::Buffer(Buffer::new())),
    ];
    let mut tried = 0;
    for o in ops() {
        let (data, aux) = operands(o);
        for (i, operand) in o.takes.iter().enumerate().filter(|(_, t)| t.ty != Ty::Any) {
            for (_, wrong) in kinds.iter().filter(|(ty, _)| *ty != operand.ty) {
                let mut data = data.clone();
                let at = data.len() - 1 - i;
                data[at] = wrong.clone();
                let setup = Setup { data, aux: aux.clone(), ..Setup::default() };
                assert_error(before(&setup, op(o.code)), Cause::Type, (0, 0), o.gas.into(), None, o.name);
                tried += 1;
            }
        }
        for operand in o.aux_takes.iter().filter(|t| t.ty != Ty::Any) {
            for (_, wrong) in kinds.iter().filter(|(ty, _)| *ty != operand.ty) {
                let setup = Setup { data: data.clone(), aux: vec![wrong.clone()], ..Setup::default() };
                assert_error(before(&setup, op(o.code)), Cause::Type, (0, 0), o.gas.into(), None, o.name);
                tried += 1;
            }
        }
    }
    assert!(tried > 250, "{tried}");
}

#[test]
fn instructions_that_take_anything_take_anything() {
    let values = [int(1), Value::Code(u32::MAX), tuple(&[int(1)]), Value::Buffer(Buffer::from_bytes(&[1]))];
    for o in ops().filter(|o| !o.takes.is_empty() && o.takes.iter().all(|t| t.ty == Ty::Any)) {
        for value in &values {
            let setup = Setup { data: vec![value.clone(); o.takes.len()], ..Setup::default() };
            let mut probe = before(&setup, op(o.code));
            assert_eq!(probe.machine.step(), Step::Done, "{}", o.name);
            probe.machine.audit().expect(o.name);
        }
    }
}

#[test]
fn values_can_be_wrong() {
    let buffer = |bytes: &[u8]| Value::Buffer(Buffer::from_bytes(bytes));
    let wide = |shift: usize| Value::Int(U256::from(1) << shift);
    let last = |below: u64| Value::Int((U256::from(1) << 64) - U256::from(below));
    let seven = tuple(&[(); 7].map(|()| int(1)));
    let mut eighth = vec![int(1); 6];
    eighth.push(Value::empty());
    // Operands top first.
    let cases: Vec<(u8, Vec<Value>)> = vec![
        (code::DIV, vec![int(1), int(0)]),
        (code::SDIV, vec![int(1), int(0)]),
        (code::MOD, vec![int(1), int(0)]),
        (code::SMOD, vec![int(1), int(0)]),
        (code::ADDMOD, vec![int(1), int(1), int(0)]),
        (code::MULMOD, vec![int(1), int(1), int(0)]),
        (code::KECCAKF, vec![tuple(&[(); 6].map(|()| int(1)))]),
        (code::KECCAKF, vec![tuple(&[(); 8].map(|()| int(1)))]),
        (code::KECCAKF, vec![Value::Tuple(eighth)]),
        (code::TGET, vec![int(7), seven.clone()]),
        (code::TGET, vec![int(0), tuple(&[])]),
        (code::TGET, vec![wide(64), seven.clone()]),
        (code::TSET, vec![int(7), seven.clone(), int(1)]),
        (code::TSET, vec![wide(255), seven.clone(), int(1)]),
        (code::SEND, vec![int(0), buffer(&[])]),
        (code::SEND, vec![int(10_001), buffer(&[1])]),
        (code::SEND, vec![wide(64), buffer(&[1])]),
        (code::SEND, vec![int(2), buffer(&[0, 0, 1])]),
        (code::GETBUFFER8, vec![last(0), buffer(&[])]),
        (code::GETBUFFER64, vec![last(7), buffer(&[])]),
        (code::GETBUFFER256, vec![last(31), buffer(&[])]),
        (code::SETBUFFER8, vec![last(0), int(1), buffer(&[])]),
        (code::SETBUFFER64, vec![last(7), int(1), buffer(&[])]),
        (code::SETBUFFER256, vec![last(31), int(1), buffer(&[])]),
        (code::SETBUFFER8, vec![int(0), int(256), buffer(&[])]),
        (code::SETBUFFER64, vec![int(0), wide(64), buffer(&[])]),
        (code::ECADD, [1, 1, 1, 2].map(int).to_vec()),
        (code::ECADD, [1, 2, 1, 3].map(int).to_vec()),
        (code::ECMUL, [0, 1, 1].map(int).to_vec()),
    ];
    for (opcode, operands) in &cases {
        let o = by_code(*opcode).expect("a row");
        let setup = Setup { data: operands.iter().rev().cloned().collect(), ..Setup::default() };
        let what = format!("{} {operands:?}", o.name);
        assert_error(before(&setup, op(*opcode)), Cause::Value, (0, 0), o.gas.into(), None, &what);
    }
    for (opcode, data) in [(code::XGET, vec![int(7)]), (code::XSET, vec![int(1), int(7)])] {
        let setup = Setup { data, aux: vec![int(4), seven.clone()], ..Setup::default() };
        let gas = by_code(opcode).expect("a row").gas;
        assert_error(before(&setup, op(opcode)), Cause::Value, (0, 1), gas.into(), None, "the aux top goes");
    }
    let covered = |o: &&Op| cases.iter().any(|(opcode, _)| *opcode == o.code);
    let rest: Vec<_> = ops().filter(|o| o.value_errors && !covered(o)).map(|o| o.name).collect();
    assert_eq!(rest, ["xget", "xset", "error", "ecpairing"], "the others are elsewhere");
}

#[test]
fn invalid_opcodes_cost_5_and_leave_their_immediates() {
    let invalid: Vec<u8> = (0..=255).filter(|c| by_code(*c).is_none_or(Op::legacy)).collect();
    assert_eq!(invalid.len(), 256 - 78);
    for opcode in invalid {
        let what = format!("{opcode:02x}");
        let setup = Setup { data: vec![int(1)], aux: vec![int(1)], ..Setup::default() };
        assert_error(before(&setup, op(opcode)), Cause::Opcode, (1, 1), 5, None, &what);
        assert_error(before(&setup, imm(opcode, int(1))), Cause::Opcode, (2, 1), 5, None, &what);
        let poor = Setup { gas: Some(4), ..setup };
        assert_error(before(&poor, op(opcode)), Cause::Gas, (1, 1), 5, Some(U256::MAX), &what);
    }
}

#[test]
fn the_error_instruction_leaves_its_immediate() {
    let setup = Setup { data: vec![int(1)], aux: vec![int(1)], ..Setup::default() };
    assert_error(before(&setup, op(code::ERROR)), Cause::Raised, (1, 1), 5, None, "error");
    assert_error(before(&setup, imm(code::ERROR, int(3))), Cause::Raised, (2, 1), 5, None, "error");
}

#[test]
fn without_a_handler_an_error_stops_the_machine() {
    let mut m = machine(&program(vec![imm(code::NOP, int(7)), imm(code::DIV, int(7))]));
    // Underflow does not happen: 7 / 7 is 1; then word 2 is the error CodePoint.
    assert_eq!(m.run(10), End::ErrorStop);
    assert_eq!((m.pc(), m.status()), (2, Status::ErrorStop));
    assert_eq!(stack(&m), [U256::from(1)]);
    let counters = *m.counters();
    assert_eq!((counters.steps, counters.gas_used), (3, 1 + 4 + 5));
    assert_eq!((m.step(), *m.counters()), (Step::Stopped, counters));
}

#[test]
fn handlers_are_read_and_taken_back() {
    let mut m = machine(&program(vec![
        op(code::ERRPUSH),                 // 0: not set, the error CodePoint
        imm(code::ERRSET, Value::Code(4)), // 1
        op(code::ERRPUSH),                 // 2: word 4
        op(code::ERROR),                   // 3
        op(code::ERRPUSH),                 // 4: word 4 still
        imm(code::ERRSET, Value::Code(7)), // 5: word 7 is the error CodePoint: no handler
        op(code::ERROR),                   // 6
    ]));
    assert_eq!(m.run(100), End::ErrorStop);
    let indices: Vec<_> = m.data_stack().iter().map(|c| c.payload()).collect();
    assert_eq!(indices, [7, 4, 4].map(U256::from));
    assert_eq!(m.pc(), 6, "pc stays at the instruction that ended the run");
}

#[test]
fn an_empty_image_is_an_error_at_once() {
    let mut m = machine(&program(vec![]));
    assert_eq!(m.step(), Step::Error(Cause::Opcode));
    assert_eq!(m.status(), Status::ErrorStop);
}
