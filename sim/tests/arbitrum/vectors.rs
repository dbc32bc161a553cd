// SPDX-License-Identifier: MIT OR Apache-2.0
//! Everything that other implementations have printed.

use avm_sim::arbitrum::hash::{Hash, keccakf, sha256f, text};
use avm_sim::arbitrum::interp::{Config, End, Machine, Status, Step};
use avm_sim::arbitrum::isa::{self, code};
use avm_sim::arbitrum::value::Value;
use serde_json::Value as Json;

use crate::support::{hash, image, imm, machine, n, op, program, rows, vector};

#[test]
fn every_step_has_the_hash_the_gas_and_the_outputs_of_the_vectors() {
    let Some(rows) = rows() else { return };
    let mut done = 0;
    for file in rows.chunk_by(|a, b| a.file == b.file) {
        let name = &file[0].file;
        let mut machine = machine(&image(name).expect("its image"));
        for row in file {
            let at = format!("{name} step {}", row.step);
            assert_eq!(text(&machine.hash()), text(&row.hashes[0]), "{at}: before");
            let (opcode, immediate, _) = machine.word(machine.pc());
            assert_eq!((opcode, immediate.is_some()), (row.opcode, row.immediate), "{at}");
            assert_eq!(machine.counters().gas_used, row.gas[0], "{at}");
            assert!(matches!(machine.step(), Step::Done | Step::Error(_)), "{at}");
            assert_eq!(text(&machine.hash()), text(&row.hashes[1]), "{at}: after");
            let counters = machine.counters();
            assert_eq!((counters.gas_used, counters.logs, counters.sends), (row.gas[1], row.logs, row.sends), "{at}");
            assert_eq!(text(&counters.log_acc), text(&row.log_acc), "{at}");
            machine.audit().unwrap_or_else(|e| panic!("{at}: {e}"));
            done += 1;
        }
        match name.as_str() {
            "dupsegments.mexe" => assert_eq!(machine.step(), Step::Blocked, "{name} waits for its inbox"),
            "sideloadtest.mexe" => assert_eq!(machine.counters().gas_used, 13, "{name}: the figure of upstream's test"),
            _ => assert_eq!(machine.run(1_000), End::Halted, "{name}"),
        }
    }
    assert_eq!(done, rows.len());
    eprintln!("{done}/{} steps", rows.len());
}

#[test]
fn counts_and_accumulators_are_those_of_the_proof_records() {
    let Some(rows) = rows() else { return };
    for file in rows.chunk_by(|a, b| a.file == b.file) {
        let name = &file[0].file;
        let records: Vec<Json> =
            serde_json::from_str(&vector(&format!("proofs/{name}-proofs.json")).expect("a file")).expect("JSON");
        assert_eq!(records.len(), file.len(), "{name}");
        let mut machine = machine(&image(name).expect("its image"));
        for record in records {
            assert_state(&machine, &record["Assertion"]["beforeState"]);
            machine.step();
            assert_state(&machine, &record["Assertion"]["afterState"]);
        }
    }
}

fn assert_state(machine: &Machine, state: &Json) {
    let acc = |key: &str| -> Hash { serde_json::from_value(state[key].clone()).expect("32 bytes") };
    let count = |key: &str| state[key].as_u64().expect("a number");
    let c = machine.counters();
    assert_eq!([c.inbox_acc, c.send_acc, c.log_acc], ["inboxAcc", "sendAcc", "logAcc"].map(acc));
    let counts = ["inboxCount", "gasUsed", "sendCount", "logCount"].map(count);
    assert_eq!([c.messages, c.gas_used, c.sends, c.logs], counts);
}

/// The result of a program that halts with one value on the stack.
fn result(opcode: u8, arguments: &[Value]) -> Value {
    let mut code: Vec<_> = arguments.iter().rev().map(|v| imm(code::NOP, v.clone())).collect();
    code.extend([op(opcode), op(code::HALT)]);
    let mut machine = machine(&program(code));
    assert_eq!(machine.run(100), End::Halted);
    let [cell] = machine.data_stack() else { panic!("{} values", machine.data_stack().len()) };
    machine.export(*cell).expect("a small value")
}

#[test]
fn unit_constants_hold() {
    let Some(file) = vector("unit_constants.json") else { return };
    let file: Json = serde_json::from_str(&file).expect("JSON");
    let int = |v: &Json| n(v.as_str().expect("digits"));
    let ints = |v: &Json| -> Vec<_> { v.as_array().expect("a list").iter().map(int).collect() };
    let list = |key: &str| file[key].as_array().expect("a list");
    for case in list("alu") {
        let opcode = case["opcode"].as_u64().expect("a number") as u8;
        let arguments: Vec<Value> = ints(&case["args_top_first"]).into_iter().map(Value::Int).collect();
        assert_eq!(result(opcode, &arguments), Value::Int(int(&case["result"])), "{case}");
        assert_eq!(isa::by_code(opcode).map(|o| o.name), case["mnemonic"].as_str());
    }
    for case in list("keccakf") {
        let [before, after] = ["in", "out"].map(|key| ints(&case[key]));
        assert_eq!(keccakf(before.clone().try_into().expect("seven")).to_vec(), after);
        let [before, after] = [before, after].map(|s| Value::Tuple(s.into_iter().map(Value::Int).collect()));
        assert_eq!(result(code::KECCAKF, &[before]), after);
    }
    for case in list("sha256f") {
        let part = |key: &str| int(&case[key]);
        let [state, high, low] = [part("digest_in_top"), part("block_hi"), part("block_lo")];
        assert_eq!(sha256f(state, high, low), part("digest_out"));
    }
    let cases = ["alu", "keccakf", "sha256f"].map(|key| list(key).len());
    eprintln!("{cases:?} unit cases");
}

#[test]
fn known_hashes_hold() {
    let Some(table) = vector("known_hashes.tsv") else { return };
    let find = |begin: &str| {
        let line = table.lines().find(|l| l.starts_with(begin)).unwrap_or_else(|| panic!("{begin}"));
        hash(line.split('\t').nth(1).expect("a hash"))
    };
    let hash_of = |value: Value| {
        let mut machine = machine(&program(vec![imm(code::NOP, value)]));
        machine.step();
        let top = machine.data_stack()[0];
        machine.hash_of(top)
    };
    let zeros = |n: usize| Value::Tuple(vec![Value::int(0); n]);
    assert_eq!(hash_of(Value::int(0)), find("int 0"));
    assert_eq!(hash_of(Value::int(10)), find("int 10"));
    assert_eq!(hash_of(zeros(0)), find("empty tuple, value hash"));
    for slots in [1_usize, 2, 8] {
        let name = ["tuple (0)\t", "tuple (0,0)\t", "tuple (0)*8\t"][slots.ilog2().min(2) as usize];
        assert_eq!(hash_of(zeros(slots)), find(name));
    }
    assert_eq!(hash_of(Value::Code(1)), find("error codepoint"));
    let halt = image("opcodehalt.mexe").expect("an image");
    assert_eq!(machine(&halt).hash(), find("opcodehalt.mexe initial machine hash\t"));
    let legacy = Config { legacy_inboxpeek: true, ..Config::default() };
    let mut legacy = Machine::new(&halt, legacy).expect("no limits");
    assert_eq!(legacy.hash(), find("opcodehalt.mexe initial machine hash, 8-word"));
    assert_eq!((legacy.run(10), legacy.status()), (End::Halted, Status::Halted));
    assert_eq!(legacy.hash(), find("Halted machine"));
    let mut error = machine(&program(vec![op(code::ERROR)]));
    assert_eq!((error.run(10), error.hash()), (End::ErrorStop, find("ErrorStop machine")));
}
