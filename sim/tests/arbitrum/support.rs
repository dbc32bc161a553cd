//! What the tests share: vectors, small programs, hexadecimal digits.

use std::path::PathBuf;

use avm_sim::arbitrum::hash::Hash;
use avm_sim::arbitrum::interp::{Config, Machine};
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
