// SPDX-License-Identifier: MIT OR Apache-2.0
//! Runs with what must come out of them: as a scenario, and on the interpreter.

use super::value::V;
use avm_sim::arbitrum::asm::{AsmError, Sources, assemble_with, instruction_text};
use avm_sim::arbitrum::inbox;
use avm_sim::arbitrum::interp::{Cell, Config, End, Limits, Machine, Resource};
use avm_sim::arbitrum::isa;
use avm_sim::arbitrum::mexe::{Image, Instruction};
use avm_sim::arbitrum::numbers::{AUX_CELLS, CODE_WORDS, DATA_CELLS, HEAP_CELLS, POOL_CELLS};
use ruint::aliases::U256;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// What the hardware holds (`docs/arbitrum/core.md`).
const HARDWARE: Limits = Limits {
    data: Some(DATA_CELLS as u32),
    aux: Some(AUX_CELLS as u32),
    code: Some(CODE_WORDS as u32),
    immediates: Some(POOL_CELLS as u32),
    heap: Some(HEAP_CELLS as u32 - 1),
    plain: true,
};

/// A message of the inbox.
#[derive(Clone, Debug)]
pub struct Message {
    pub kind: u8,
    pub sender: [u8; 20],
    pub seq: u64,
    pub data: Vec<u8>,
}

/// A run, and what an oracle expects of it.
#[derive(Clone, Debug, Default)]
pub struct Run {
    pub name: String,
    pub inbox: Vec<Message>,
    pub outcome: &'static str,
    pub logs: Vec<V>,
    pub sends: Vec<Vec<u8>>,
    /// Integers, top first; `None` if there is something else.
    pub stack: Option<Vec<U256>>,
}

impl Run {
    pub fn new(name: &str) -> Run {
        Run { name: name.into(), outcome: "halted", stack: Some(Vec::new()), ..Run::default() }
    }

    /// Adds a message; sequence numbers count from 1.
    pub fn message(&mut self, kind: u8, sender: U256, data: &[&[u8]]) -> u64 {
        let seq = self.inbox.len() as u64 + 1;
        let sender = sender.to_be_bytes::<32>()[12..].try_into().expect("20 bytes");
        self.inbox.push(Message { kind, sender, seq, data: data.concat() });
        seq
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn block(seq: u64) -> u64 {
    1000 + seq / 3
}

fn timestamp(seq: u64) -> u64 {
    1_700_000_000 + 12 * seq
}

fn message_toml(m: &Message) -> String {
    format!(
        "  {{ kind = {}, block = {}, timestamp = {}, sender = \"0x{}\", seq = {}, gas_price = 7, data = \"hex:{}\" }},\n",
        m.kind,
        block(m.seq),
        timestamp(m.seq),
        hex(&m.sender),
        m.seq,
        hex(&m.data)
    )
}

/// The scenario file.
fn toml(program: &str, about: &str, runs: &[Run]) -> String {
    let mut out = format!(
        "# Written by sim/tests/arbitrum_programs: what is expected is its oracle's.\nmachine = \"arbitrum\"\nabout = \"{about}\"\nsource = \"{program}.avma\"\n"
    );
    let list = |name: &str, items: Vec<String>, out: &mut String| {
        let items: String = items.iter().map(|item| format!("\n  \"{item}\",")).collect();
        let end = if items.is_empty() { "" } else { "\n" };
        let _ = writeln!(out, "{name} = [{items}{end}]");
    };
    for run in runs {
        let _ = write!(out, "\n[[run]]\nname = \"{}\"\ninbox = [", run.name);
        if !run.inbox.is_empty() {
            out.push('\n');
            run.inbox.iter().for_each(|m| out.push_str(&message_toml(m)));
        }
        let _ = write!(out, "]\n\n[run.expect]\noutcome = \"{}\"\n", run.outcome);
        list("logs", run.logs.iter().map(|v| format!("0x{}", hex(&v.hash()))).collect(), &mut out);
        list("sends", run.sends.iter().map(|bytes| format!("hex:{}", hex(bytes))).collect(), &mut out);
        if let Some(stack) = &run.stack {
            list("stack", stack.iter().map(|n| format!("{n:#x}")).collect(), &mut out);
        }
    }
    out
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testbenches/arbitrum/programs")
}

/// The scenario beside the program says what the oracle says, and the interpreter does it.
pub fn check(program: &str, about: &str, runs: &[Run]) {
    let path = folder().join(format!("{program}.toml"));
    let text = toml(program, about, runs);
    if std::env::var_os("AVM_WRITE_SCENARIOS").is_some() {
        fs::write(&path, &text).expect("written");
    }
    let there = fs::read_to_string(&path).unwrap_or_default();
    assert!(there == text, "{} is not what the oracle says: run with AVM_WRITE_SCENARIOS=1", path.display());
    let image = image(program);
    let start = machine(&image);
    for run in runs {
        let machine = played(start.clone(), run).unwrap_or_else(|e| panic!("{program}: {e}"));
        let (c, code, heap) = (machine.counters(), machine.used(Resource::Code), machine.used(Resource::Heap));
        eprintln!("{program}, {}: {} steps, {} gas, {code} words, {heap} heap cells", run.name, c.steps, c.gas_used);
    }
    let missed = unnoticed(&image, runs);
    let text = missed.iter().map(|w| format!("{w} {}", instruction_text(&image.code()[*w], image.code().len() as u32)));
    assert!(missed.is_empty(), "{program}: no run needs these words: {:?}", text.collect::<Vec<_>>());
}

/// The program assembled.
fn image(program: &str) -> Image {
    let path = folder().join(format!("{program}.avma"));
    let source = fs::read_to_string(&path).expect("the source");
    let read = |path: &Path| fs::read(path);
    let around = Sources { folder: folder(), read: &read };
    let program = assemble_with(&path.display().to_string(), &source, &around).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(AsmError::to_string).collect();
        panic!("{}", errors.join("\n"))
    });
    program.image
}

/// A machine of the hardware's size.
fn machine(image: &Image) -> Machine {
    Machine::new(image, Config { limits: HARDWARE, ..Config::default() }).expect("it fits")
}

/// Steps that no run needs.
const FOREVER: u64 = 1_000_000;

/// Runs the messages; the machine then, or the first thing that is not as expected.
fn played(mut machine: Machine, run: &Run) -> Result<Machine, String> {
    for m in &run.inbox {
        machine.give(inbox::Message {
            kind: m.kind,
            sender: m.sender,
            block: U256::from(block(m.seq)),
            timestamp: U256::from(timestamp(m.seq)),
            sequence: U256::from(m.seq),
            gas_price: U256::from(7),
            data: m.data.clone(),
        });
    }
    let end = machine.run(FOREVER);
    let outcome = match end {
        End::Halted => "halted",
        End::ErrorStop => "error",
        End::Blocked => "blocked",
        End::Capacity(_) => "capacity",
        End::Steps => "goes on",
    };
    for (at, (log, expected)) in machine.logs().iter().zip(&run.logs).enumerate() {
        if log.hash != expected.hash() {
            return Err(format!("{}: log {at} is {:?}, not {expected:?}", run.name, log.value));
        }
    }
    let found = (outcome, machine.logs().len());
    if found != (run.outcome, run.logs.len()) {
        return Err(format!("{}: {found:?} at {}, not {} {}", run.name, machine.pc(), run.outcome, run.logs.len()));
    }
    if machine.sends() != run.sends {
        return Err(format!("{}: sent {:?}, not {:?}", run.name, machine.sends(), run.sends));
    }
    let ints = machine.data_stack().iter().rev().map(|cell| match cell {
        Cell::Int(n) => Some(*n),
        _ => None,
    });
    let ints = ints.collect::<Option<Vec<U256>>>();
    if ints != run.stack {
        return Err(format!("{}: stack {ints:?}, not {:?}", run.name, run.stack));
    }
    machine.audit()?;
    Ok(machine)
}

/// Words that can be a `halt` (a `halt` an `error`) without any run showing it: runs that reach all of a program have none.
fn unnoticed(image: &Image, runs: &[Run]) -> Vec<usize> {
    let spoiled = |word: usize| {
        let mut code = image.code().to_vec();
        let opcode = if code[word].opcode == isa::code::HALT { isa::code::ERROR } else { isa::code::HALT };
        code[word] = Instruction { opcode, immediate: None };
        Image::new(code, image.static_value().clone()).expect("references are as before")
    };
    let same = |word: &usize| {
        let machine = machine(&spoiled(*word));
        runs.iter().all(|run| played(machine.clone(), run).is_ok())
    };
    (0..image.code().len()).filter(same).collect()
}

#[test]
fn every_expectation_is_looked_at() {
    let source = "push 1  log  newbuffer  setbuffer8 0, 7\n";
    let source = source.replace("setbuffer8 0, 7", "push 7  swap1  push 0  setbuffer8  send 1  push 5  halt");
    let source = source.replace("newbuffer", "push 7  newbuffer  swap1").replace("push 7  swap1  push 0", "push 0");
    let image = assemble_with("t.avma", &source, &Sources::default()).expect("right").image;
    let run = Run {
        logs: vec![V::Int(U256::from(1))],
        sends: vec![vec![7]],
        stack: Some(vec![U256::from(5)]),
        ..Run::new("right")
    };
    let fails = |run: &Run| played(machine(&image), run).map(|_| ()).expect_err("not as expected");
    played(machine(&image), &run).map(|_| ()).expect("as expected");
    assert!(fails(&Run { logs: vec![V::Int(U256::from(2))], ..run.clone() }).contains("log 0 is"));
    assert!(fails(&Run { logs: Vec::new(), ..run.clone() }).contains("(\"halted\", 1)"));
    assert!(fails(&Run { outcome: "error", ..run.clone() }).contains("not error"));
    assert!(fails(&Run { sends: vec![vec![8]], ..run.clone() }).contains("sent [[7]]"));
    assert!(fails(&Run { stack: Some(Vec::new()), ..run.clone() }).contains("stack Some([5"));
    assert_eq!(unnoticed(&image, &[run]), Vec::<usize>::new());
    assert_eq!(unnoticed(&image, &[]).len(), image.code().len());
}
