// SPDX-License-Identifier: MIT OR Apache-2.0
//! One-step proofs: their bytes against the vectors, what the checker makes of them, and of altered ones.

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::check::{After, Before, Refusal, check, parse_value};
use avm_sim::arbitrum::hash::text;
use avm_sim::arbitrum::interp::{Cause, Config, Limits, Machine, Step};
use avm_sim::arbitrum::isa::{OPS, code};
use avm_sim::arbitrum::proof::{NoProof, Proof};
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;
use serde_json::Value as Json;

use crate::support::{
    Dice, Setup, before, bytes, image, imm, int, machine, message, op, operands, program, random, rows, tuple, vector,
};

/// Proof records of a program.
fn records(name: &str) -> Vec<Json> {
    serde_json::from_str(&vector(&format!("proofs/{name}-proofs.json")).expect("a file")).expect("JSON")
}

fn proof(record: &Json) -> Proof {
    let [standard, buffer] = ["Proof", "BufferProof"].map(|key| bytes(record[key].as_str().expect("digits")));
    Proof { standard, buffer }
}

/// Before and after, as the record says.
fn states(record: &Json) -> (Before, After) {
    let hash = |state: &str, key: &str| -> [u8; 32] {
        serde_json::from_value(record["Assertion"][state][key].clone()).expect("32 bytes")
    };
    let count = |state: &str, key: &str| record["Assertion"][state][key].as_u64().expect("a number");
    let b = |key| hash("beforeState", key);
    let a = |key| hash("afterState", key);
    let [machine, send_acc, log_acc, inbox_acc] = ["machineHash", "sendAcc", "logAcc", "inboxAcc"].map(b);
    let before = Before { machine, send_acc, log_acc, inbox_acc, next_message: None };
    let [machine, send_acc, log_acc, inbox_acc] = ["machineHash", "sendAcc", "logAcc", "inboxAcc"].map(a);
    let gas_used = count("afterState", "gasUsed") - count("beforeState", "gasUsed");
    (before, After { machine, gas_used, send_acc, log_acc, inbox_acc, messages: 0 })
}

fn files() -> Option<Vec<String>> {
    let mut names: Vec<String> = rows()?.into_iter().map(|row| row.file).collect();
    names.dedup();
    Some(names)
}

#[test]
fn proof_bytes_are_those_of_the_vectors() {
    let Some(files) = files() else { return };
    let mut exact = 0;
    for name in files {
        let mut machine = machine(&image(&name).expect("its image"));
        for (i, record) in records(&name).iter().enumerate() {
            assert_eq!(machine.prove(), Ok(proof(record)), "{name} step {i}");
            machine.step();
            exact += 1;
        }
    }
    assert_eq!(exact, rows().map_or(0, |rows| rows.len()));
    eprintln!("{exact}/{exact} proofs");
}

#[test]
fn the_checker_follows_every_proof_of_the_vectors() {
    let Some(files) = files() else { return };
    for name in files {
        for (i, record) in records(&name).iter().enumerate() {
            let (before, after) = states(record);
            assert_eq!(check(&proof(record), &before), Ok(after), "{name} step {i}");
        }
    }
}

#[test]
fn ten_thousand_altered_bytes_are_refused() {
    let Some(files) = files() else { return };
    let mut dice = Dice(7);
    let all: Vec<Json> = files.iter().flat_map(|name| records(name)).collect();
    let mut reasons = std::collections::HashMap::new();
    for i in 0..10_000 {
        let record = &all[i % all.len()];
        let (before, _) = states(record);
        let mut proof = proof(record);
        // Every byte of the heads of some, any byte of all.
        let at = if i % 4 == 0 { dice.roll(3) } else { dice.roll(proof.standard.len()) };
        proof.standard[at] ^= 1 + dice.roll(255) as u8;
        let refusal = check(&proof, &before).expect_err("an altered proof");
        *reasons.entry(std::mem::discriminant(&refusal)).or_insert(0) += 1;
    }
    assert!(reasons.len() >= 4, "{reasons:?}");
}

#[test]
fn proofs_are_refused_that_are_too_short_too_long_or_of_another_state() {
    let Some(files) = files() else { return };
    for name in files {
        for record in records(&name).iter().step_by(7) {
            let (before, _) = states(record);
            let whole = proof(record);
            for n in 0..whole.standard.len() {
                let cut = Proof { standard: whole.standard[..n].to_vec(), ..whole.clone() };
                assert!(check(&cut, &before).is_err());
            }
            let mut long = whole.clone();
            long.standard.push(0);
            assert!(matches!(check(&long, &before), Err(Refusal::Long(_) | Refusal::Buffer)));
            let extra = Proof { buffer: vec![0; 32], ..whole.clone() };
            assert_eq!(check(&extra, &before), Err(Refusal::Buffer));
            let mut other = before;
            other.machine[31] ^= 1;
            assert_eq!(check(&whole, &other), Err(Refusal::Before));
        }
    }
}

#[test]
fn value_hashes_are_those_of_the_vectors() {
    let Some(cases) = vector("value_test_cases.json") else { return };
    let cases: Vec<Json> = serde_json::from_str(&cases).expect("JSON");
    let part = |case: &Json, key: &str| bytes(case[key].as_str().expect("digits"));
    for case in &cases {
        for key in ["value", "proof_value"] {
            let value = parse_value(&part(case, key)).unwrap_or_else(|e| panic!("{case}: {e}"));
            assert_eq!(text(&value.hash()), case["hash"].as_str().expect("digits"), "{case}");
        }
    }
    eprintln!("{} value hashes", cases.len());
}

/// What an outsider knows of a machine.
fn known(machine: &mut Machine) -> Before {
    let c = *machine.counters();
    Before {
        machine: machine.hash(),
        send_acc: c.send_acc,
        log_acc: c.log_acc,
        inbox_acc: c.inbox_acc,
        next_message: machine.next_message().map(|m| m.hash()),
    }
}

/// Proves and makes a step, and has it checked.
fn follow(machine: &mut Machine, what: &str) -> (Proof, Before) {
    let (before, start) = (known(machine), *machine.counters());
    let proof = machine.prove().unwrap_or_else(|e| panic!("{what}: {e}"));
    assert!(matches!(machine.step(), Step::Done | Step::Error(_)), "{what}");
    let end = *machine.counters();
    let after = After {
        machine: machine.hash(),
        gas_used: end.gas_used - start.gas_used,
        send_acc: end.send_acc,
        log_acc: end.log_acc,
        inbox_acc: end.inbox_acc,
        messages: end.messages - start.messages,
    };
    assert_eq!(check(&proof, &before), Ok(after), "{what}");
    (proof, before)
}

/// Alters each byte of a proof in turn.
fn assert_bound(proof: &Proof, before: &Before, dice: &mut Dice, what: &str) {
    for at in 0..proof.standard.len() + proof.buffer.len() {
        let mut altered = proof.clone();
        let mask = 1 + dice.roll(255) as u8;
        match at.checked_sub(proof.standard.len()) {
            None => altered.standard[at] ^= mask,
            Some(at) => altered.buffer[at] ^= mask,
        }
        if let Ok(after) = check(&altered, before) {
            panic!("{what}: byte {at} of {}+{} changed, {after:?}", proof.standard.len(), proof.buffer.len());
        }
    }
}

#[test]
fn every_instruction_can_be_proved_and_every_byte_counts() {
    let mut dice = Dice(1);
    for o in OPS.iter().filter(|o| !o.legacy()) {
        let (data, aux) = operands(o);
        let whole =
            Setup { data: [vec![int(8)], data].concat(), aux: [vec![int(8)], aux].concat(), ..Setup::default() };
        let mut tries = vec![whole.clone(), Setup { gas: Some(u64::from(o.gas) - 1), ..whole.clone() }];
        // Too few operands, wrong types.
        tries.extend((0..o.takes.len()).map(|n| Setup { data: whole.data[1..=n].to_vec(), ..whole.clone() }));
        tries.push(Setup { aux: Vec::new(), ..whole.clone() });
        for wrong in [Value::Code(u32::MAX), tuple(&[int(1), tuple(&[])]), Value::Buffer(Buffer::new()), int(0)] {
            for i in 1..whole.data.len() {
                let mut other = whole.clone();
                other.data[i] = wrong.clone();
                tries.push(other);
            }
            if !o.aux_takes.is_empty() {
                tries.push(Setup { aux: vec![wrong], ..whole.clone() });
            }
        }
        for (i, setup) in tries.iter().enumerate() {
            let mut probes = vec![(before(setup, op(o.code)), "plain")];
            if let Some((top, rest)) = setup.data.split_last() {
                let setup = Setup { data: rest.to_vec(), ..setup.clone() };
                probes.push((before(&setup, imm(o.code, top.clone())), "with immediate"));
            }
            for (mut probe, how) in probes {
                probe.machine.give(message(40));
                let what = format!("{} {i} {how}", o.name);
                let (proof, known) = follow(&mut probe.machine, &what);
                if i < 3 {
                    assert_bound(&proof, &known, &mut dice, &what);
                }
            }
        }
    }
}

#[test]
fn invalid_opcodes_and_stops_can_be_proved() {
    for opcode in [0, 0x0c, 0x71, 0x7a, 0xff] {
        let setup = Setup { data: vec![int(1)], ..Setup::default() };
        for instruction in [op(opcode), imm(opcode, tuple(&[int(1)]))] {
            follow(&mut before(&setup, instruction.clone()).machine, "invalid");
            follow(&mut machine(&program(vec![instruction])), "ErrorStop");
        }
    }
    // The error CodePoint itself is executed.
    let mut m = machine(&program(vec![]));
    follow(&mut m, "ErrorStop");
    assert_eq!(m.prove(), Err(NoProof::Stopped));
}

#[test]
fn random_programs_can_be_proved() {
    let mut dice = Dice(3);
    let mut steps = 0;
    for round in 0..60 {
        let mut m = Machine::new(&random(&mut dice), Config::default()).expect("no limits");
        (0..5).for_each(|i| m.give(message(i)));
        for _ in 0..300 {
            let what = format!("round {round}, word {}", m.pc());
            match m.prove() {
                Err(NoProof::Stopped | NoProof::Blocked) => break,
                Err(e) => panic!("{what}: {e}"),
                Ok(_) => follow(&mut m, &what),
            };
            steps += 1;
        }
    }
    assert!(steps > 2_000, "{steps}");
}

/// Buffers of many sizes, read and written everywhere: in a leaf, across two, beyond the tree, zeros that make it shrink.
#[test]
fn buffers_can_be_proved_and_every_byte_counts() {
    let mut dice = Dice(5);
    let at_end = |n: u64| Value::Int(U256::from(u64::MAX - n));
    for round in 0..120 {
        let size = [0, 1, 32, 33, 64, 100, 300][dice.roll(7)];
        let mut bytes = vec![0_u8; size];
        for _ in 0..dice.roll(6) {
            if size > 0 {
                let at = dice.roll(size);
                bytes[at] = dice.roll(256) as u8;
            }
        }
        let offset = match dice.roll(6) {
            0 => at_end(dice.roll(40) as u64),
            1 => int(dice.roll(2000) as u64),
            _ => int(dice.roll(size + 40) as u64),
        };
        let value = match dice.roll(3) {
            0 => int(0),
            1 => int(dice.roll(300) as u64),
            _ => Value::Int(U256::MAX >> dice.roll(256)),
        };
        let buffer = Value::Buffer(Buffer::from_bytes(&bytes));
        for opcode in code::GETBUFFER8..=code::SETBUFFER256 {
            let data = match opcode {
                code::GETBUFFER8..=code::GETBUFFER256 => vec![buffer.clone(), offset.clone()],
                _ => vec![buffer.clone(), value.clone(), offset.clone()],
            };
            let setup = Setup { data, ..Setup::default() };
            let what = format!("round {round}: {opcode:02x} {:?}", setup.data);
            let (proof, known) = follow(&mut before(&setup, op(opcode)).machine, &what);
            if round % 8 == 0 {
                assert_bound(&proof, &known, &mut dice, &what);
            }
        }
        for length in [dice.roll(size + 40), size, 1] {
            let setup = Setup { data: vec![buffer.clone(), int(length as u64)], ..Setup::default() };
            let what = format!("round {round}: send {:?}", setup.data);
            let (proof, known) = follow(&mut before(&setup, op(code::SEND)).machine, &what);
            if round % 8 == 0 {
                assert_bound(&proof, &known, &mut dice, &what);
            }
        }
    }
}

#[test]
fn a_proof_is_as_long_whatever_the_machine_holds() {
    let large = (0..50).fold(int(1), |v, _| tuple(&[v, int(2)]));
    for opcode in [code::ADD, code::EQ, code::TYPE, code::XGET, code::SPUSH, code::HALT, 0xff] {
        let o = avm_sim::arbitrum::isa::by_code(opcode);
        let (data, aux) = o.map_or((Vec::new(), Vec::new()), operands);
        let small = Setup { data: data.clone(), aux: aux.clone(), ..Setup::default() };
        let full = |own: Vec<Value>| [vec![large.clone(); 300], own].concat();
        let big = Setup { data: full(data), aux: full(aux), ..Setup::default() };
        let [small, big] = [small, big].map(|s| before(&s, op(opcode)).machine.prove().expect("a proof"));
        assert_eq!((small.standard.len(), small.buffer.len()), (big.standard.len(), big.buffer.len()), "{opcode:02x}");
    }
}

#[test]
fn a_path_may_not_prove_what_is_beside_it() {
    let data = vec![Value::Buffer(Buffer::from_bytes(&[7; 100])), int(70)];
    let mut probe = before(&Setup { data, ..Setup::default() }, op(code::GETBUFFER8));
    let (mut proof, known) = follow(&mut probe.machine, "getbuffer8");
    // The path of another leaf, true in itself.
    let other = vec![Value::Buffer(Buffer::from_bytes(&[7; 100])), int(20)];
    let mut probe = before(&Setup { data: other, ..Setup::default() }, op(code::GETBUFFER8));
    proof.buffer = probe.machine.prove().expect("a proof").buffer;
    assert_eq!(check(&proof, &known), Err(Refusal::Buffer));
}

#[test]
fn a_message_counts_only_if_it_is_the_next() {
    let mut m = machine(&program(vec![op(code::INBOX), op(code::INBOX)]));
    assert_eq!(m.prove(), Err(NoProof::Blocked));
    m.give(message(3));
    let (proof, known) = follow(&mut m, "inbox");
    let consumed = Before { next_message: None, ..known };
    assert_eq!(check(&proof, &consumed), Err(Refusal::Message));
    let other = Before { next_message: Some(message(4).hash()), ..known };
    assert_eq!(check(&proof, &other), Err(Refusal::Message));
}

#[test]
fn values_are_shown_as_far_as_needed_and_no_further() {
    // `hash` needs a closed Tuple, `tlen` an open one.
    let value = tuple(&[int(1)]);
    let setup = Setup { data: vec![value], ..Setup::default() };
    let [mut closed, mut open] = [code::HASH, code::TLEN].map(|c| before(&setup, op(c)).machine);
    let (closed_proof, closed_known) = follow(&mut closed, "hash");
    let (open_proof, open_known) = follow(&mut open, "tlen");
    // Value first, 65 bytes against 34.
    let swap = |proof: &Proof, value: &[u8], old: usize| Proof {
        standard: [&proof.standard[..3], value, &proof.standard[3 + old..]].concat(),
        ..proof.clone()
    };
    let opened = swap(&closed_proof, &open_proof.standard[3..3 + 34], 65);
    assert_eq!(check(&opened, &closed_known), Err(Refusal::Value(3)));
    let shut = swap(&open_proof, &closed_proof.standard[3..3 + 65], 34);
    assert_eq!(check(&shut, &open_known), Err(Refusal::Value(3)));
}

#[test]
fn pairings_can_be_proved() {
    let infinity = tuple(&[(); 6].map(|()| int(0)));
    for (items, end) in
        [(0, tuple(&[])), (2, tuple(&[])), (30, tuple(&[])), (31, tuple(&[])), (1, int(1)), (2, infinity.clone())]
    {
        let list = (0..items).fold(end, |rest, _| tuple(&[infinity.clone(), rest]));
        let mut probe = before(&Setup::default(), imm(code::ECPAIRING, list.clone()));
        follow(&mut probe.machine, &format!("{items} items"));
        let poor = Setup { gas: Some(500_000), data: vec![list], ..Setup::default() };
        let mut probe = before(&poor, op(code::ECPAIRING));
        follow(&mut probe.machine, &format!("{items} items, little gas"));
    }
}

#[test]
fn vast_values_have_no_proof_and_deep_ones_are_refused() {
    // Immediates within immediates, made at run time: a CodePoint whose immediate is the one before.
    let mut m = machine(&program(vec![
        imm(code::RSET, Value::Code(2)),
        op(code::ERRCODEPOINT),
        op(code::ERRCODEPOINT), // 2: n, then (n, error, opcode)
        op(code::SWAP1),
        imm(code::PUSHINSNIMM, int(1)),
        op(code::RPUSH),
        op(code::JUMP),
    ]));
    assert_eq!(m.run(2 + 5 * 2_000 + 2), avm_sim::arbitrum::interp::End::Steps);
    let before = known(&mut m);
    let proof = m.prove().expect("a proof");
    assert!(matches!(check(&proof, &before), Err(Refusal::Deep(_))));
    assert_eq!(m.run(5 * 40_000), avm_sim::arbitrum::interp::End::Steps);
    assert_eq!(m.prove(), Err(NoProof::TooLarge));
    let legacy = Config { legacy_inboxpeek: true, limits: Limits::default() };
    let mut m = Machine::new(&program(vec![]), legacy).expect("no limits");
    assert_eq!((m.prove(), m.step()), (Err(NoProof::Legacy), Step::Error(Cause::Opcode)));
}
