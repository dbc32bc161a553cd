// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the tests share: vectors, small programs, hexadecimal digits.

use std::path::PathBuf;

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::hash::Hash;
use avm_sim::arbitrum::inbox::Message;
use avm_sim::arbitrum::interp::{Cell, Config, Machine, Step};
use avm_sim::arbitrum::isa::code::*;
use avm_sim::arbitrum::isa::{OPS, Op, Operand, Ty};
use avm_sim::arbitrum::mexe::{Image, Instruction};
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

/// A file of the outside vectors; `None`, with a message, where they are not.
pub fn vector(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors/arbitrum").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(std::fs::read_to_string(path).expect("text"))
}

/// The image of a `.mexe` of the vectors.
pub fn image(name: &str) -> Option<Image> {
    let text = vector(&format!("mexe/{name}"))?;
    Some(Image::parse(name, &text).unwrap_or_else(|e| panic!("{e}")))
}

pub fn machine(image: &Image) -> Machine {
    Machine::new(image, Config::default()).expect("no limits")
}

pub fn bytes(digits: &str) -> Vec<u8> {
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits")).collect()
}

pub fn hash(digits: &str) -> Hash {
    bytes(digits).try_into().expect("32 bytes")
}

pub fn n(digits: &str) -> U256 {
    U256::from_str_radix(digits, 16).expect("digits")
}

/// An instruction without and with an immediate.
pub fn op(opcode: u8) -> Instruction {
    Instruction { opcode, immediate: None }
}

pub fn imm(opcode: u8, value: Value) -> Instruction {
    Instruction { opcode, immediate: Some(value) }
}

pub fn int(n: u64) -> Value {
    Value::int(n)
}

pub fn tuple(slots: &[Value]) -> Value {
    Value::Tuple(slots.to_vec())
}

pub fn program(code: Vec<Instruction>) -> Image {
    Image::new(code, Value::empty()).unwrap_or_else(|e| panic!("{e}"))
}

/// A step of steps.tsv.
pub struct Row {
    pub file: String,
    pub step: usize,
    pub opcode: u8,
    pub immediate: bool,
    pub gas: [u64; 2],
    pub hashes: [Hash; 2],
    pub logs: u64,
    pub sends: u64,
    pub log_acc: Hash,
}

pub fn rows() -> Option<Vec<Row>> {
    let text = vector("steps.tsv")?;
    let row = |line: &str| {
        let c: Vec<&str> = line.split('\t').collect();
        let number = |i: usize| c[i].parse::<u64>().expect("a number");
        Row {
            file: c[0].into(),
            step: number(1) as usize,
            opcode: u8::from_str_radix(c[2], 16).expect("an opcode"),
            immediate: c[3] == "1",
            gas: [number(4), number(5)],
            hashes: [hash(c[6]), hash(c[7])],
            logs: number(8),
            sends: number(9),
            log_acc: hash(c[10]),
        }
    };
    Some(text.lines().skip(1).map(row).collect())
}

/// A machine just before an instruction, with errCodePoint set.
pub struct Probe {
    pub machine: Machine,
    /// Word that errCodePoint names.
    pub handler: u32,
    /// Word of the instruction.
    pub at: u32,
}

/// What lies on the stacks (bottom first), how much gas there is, and what runs next.
#[derive(Clone, Default)]
pub struct Setup {
    pub data: Vec<Value>,
    pub aux: Vec<Value>,
    pub gas: Option<u64>,
    pub config: Config,
}

/// Puts a machine before an instruction, which `halt` follows. `Value::Code(u32::MAX)` stands for the handler, a `nop`.
pub fn before(setup: &Setup, instruction: Instruction) -> Probe {
    let words = 2 * setup.aux.len() + setup.data.len() + usize::from(setup.gas.is_some()) + 4;
    let handler = words as u32 - 1;
    let known = |value: &Value| match value {
        Value::Code(u32::MAX) => Value::Code(handler),
        other => other.clone(),
    };
    let mut code = vec![imm(ERRSET, Value::Code(handler))];
    for value in &setup.aux {
        code.extend([imm(NOP, known(value)), op(AUXPUSH)]);
    }
    code.extend(setup.data.iter().map(|value| imm(NOP, known(value))));
    code.extend(setup.gas.map(|gas| imm(SETGAS, int(gas))));
    let at = code.len() as u32;
    let immediate = instruction.immediate.as_ref().map(known);
    code.extend([Instruction { immediate, ..instruction }, op(HALT), op(NOP)]);
    let mut machine = Machine::new(&program(code), setup.config).expect("room");
    while machine.pc() != at {
        assert_eq!(machine.step(), Step::Done, "setup");
    }
    Probe { machine, handler, at }
}

/// Operands that suit an instruction, bottom first: what it takes from the data stack and from the aux stack.
pub fn operands(op: &Op) -> (Vec<Value>, Vec<Value>) {
    let suits = |operand: &Operand| match operand.ty {
        Ty::Any => int(5),
        Ty::Int => int(1),
        Ty::Code => Value::Code(u32::MAX),
        Ty::Tuple if op.code == ECPAIRING => Value::empty(),
        Ty::Tuple => tuple(&[(); 7].map(|()| int(3))),
        Ty::Buffer => Value::Buffer(Buffer::from_bytes(&[9])),
    };
    let mut data: Vec<Value> = op.takes.iter().rev().map(suits).collect();
    if matches!(op.code, ECADD | ECMUL) {
        // The generator, (1, 2).
        data = [2, 1, 2, 1].map(int)[4 - data.len()..].to_vec();
    }
    (data, op.aux_takes.iter().map(suits).collect())
}

/// A message.
pub fn message(seed: u8) -> Message {
    Message {
        kind: seed,
        sender: [seed; 20],
        block: U256::from(seed) + U256::from(1000),
        timestamp: U256::from(seed) + U256::from(2000),
        sequence: U256::from(seed),
        gas_price: U256::from(seed) << 200,
        data: vec![seed; usize::from(seed)],
    }
}

/// The Integers of a stack, bottom first.
pub fn stack(machine: &Machine) -> Vec<U256> {
    let int = |cell: &Cell| match cell {
        Cell::Int(n) => *n,
        other => panic!("{other:?} is no Integer"),
    };
    machine.data_stack().iter().map(int).collect()
}

/// Reproducible numbers.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `n`.
    pub fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// A program of any instructions except `halt` and the slow ones, often of stacks, tuples and code.
pub fn random(dice: &mut Dice) -> Image {
    let ops: Vec<u8> =
        OPS.iter().map(|o| o.code).filter(|c| *c != HALT && !(ECRECOVER..=ECPAIRING).contains(c)).collect();
    let words = 80_usize;
    let mut code = Vec::new();
    for at in 0..words {
        // An error goes on with the next of these, the last one to the end.
        if at % 4 == 0 {
            code.push(imm(ERRSET, Value::Code((at + 4) as u32)));
            continue;
        }
        let value = match dice.roll(12) {
            0 | 3 => Value::Code((at + 1 + dice.roll(words - at)) as u32),
            1 => Value::Buffer(Buffer::from_bytes(&vec![1; dice.roll(70)])),
            2 => int(dice.roll(200) as u64),
            11 => tuple(&vec![tuple(&[int(1), tuple(&[])]); dice.roll(9)]),
            4 => tuple(&vec![int(7); dice.roll(9)]),
            _ => int(dice.roll(3) as u64),
        };
        let opcode = match dice.roll(4) {
            0 => [TGET, TSET, XGET, XSET, AUXPUSH, DUP0, NOP][dice.roll(7)],
            1 => [PUSHINSN, PUSHINSNIMM, NOP, NOP][dice.roll(4)],
            _ => ops[dice.roll(ops.len())],
        };
        code.push(if dice.roll(2) == 0 { imm(opcode, value) } else { op(opcode) });
    }
    program(code)
}
