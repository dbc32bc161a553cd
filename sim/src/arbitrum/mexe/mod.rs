// SPDX-License-Identifier: MIT OR Apache-2.0
//! Images: what a `.mexe` file holds, and its reader and writer. Rules: "Images".
//!
//! Writing the parts of JSON as values is `json`; loading an image into a machine is `interp::load`.

mod json;
mod write;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde_json::value::RawValue;
use thiserror::Error;

use super::isa::SLOTS_MAX;
use super::value::Value;

/// Levels of nesting of a value in an image (A24).
pub const NESTING_MAX: usize = 60;

/// An instruction of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Opcode byte; may be invalid.
    pub opcode: u8,
    /// Pushed before the instruction.
    pub immediate: Option<Value>,
}

/// A program: code and the static value. `Value::Code` holds word indices; `code.len()` is the error CodePoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    code: Vec<Instruction>,
    static_value: Value,
}

/// Why code and static make no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum BadImage {
    /// A CodePoint refers to a word that there is not, or backwards (A23).
    #[error("{} refers to word {word} of {words}", place(.instruction))]
    Reference {
        /// In whose immediate; `None`: in static.
        instruction: Option<usize>,
        /// What it refers to.
        word: u32,
        /// Words that there are, the error CodePoint included.
        words: usize,
    },
    /// A Tuple of more than 8 slots, or more than 60 levels of them (A24).
    #[error("{} holds a Tuple that is too large or nested too deep", place(.instruction))]
    Tuple {
        /// In whose immediate; `None`: in static.
        instruction: Option<usize>,
    },
}

fn place(instruction: &Option<usize>) -> String {
    instruction.map_or("static".into(), |i| format!("the immediate of instruction {i}"))
}

/// Why a file is no image.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}:{column}: error: {message} ({help})")]
pub struct MexeError {
    /// File, as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

/// The keys that count.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    code: Vec<&'a RawValue>,
    #[serde(borrow)]
    static_val: &'a RawValue,
}

impl Image {
    /// An image of code and static, for programs that come from elsewhere than a file.
    pub fn new(code: Vec<Instruction>, static_value: Value) -> Result<Image, BadImage> {
        let words = code.len() + 1;
        for (i, instruction) in code.iter().enumerate() {
            instruction.immediate.iter().try_for_each(|v| fits(v, Some(i), words, 0))?;
        }
        fits(&static_value, None, words, 0)?;
        Ok(Image { code, static_value })
    }

    /// Reads the text of a `.mexe` file; `file` is for messages.
    pub fn parse(file: &str, text: &str) -> Result<Image, MexeError> {
        let reader = Reader { file, text };
        // Arrays would do for the derived reader.
        let begin = text.len() - text.trim_start().len();
        if !text[begin..].starts_with('{') {
            return Err(reader.at(begin, "this is no object".into(), "an image is an object with code and static_val"));
        }
        let raw: Raw<'_> = serde_json::from_str(text).map_err(|e| reader.error(text, &e))?;
        let words = raw.code.len() + 1;
        // Indices are 32 bits, and the largest stands for the error CodePoint while reading.
        if words >= u32::MAX as usize {
            return Err(reader.at(0, "too many instructions".into(), "an image has less than 2^32 - 1"));
        }
        let mut code = Vec::with_capacity(raw.code.len());
        for (i, part) in raw.code.iter().enumerate() {
            let seed = json::InstructionSeed { at: i, words };
            code.push(reader.part(part, seed)?);
        }
        let static_value = reader.part(raw.static_val, json::ValueSeed { after: None, words, depth: 0 })?;
        Ok(Image { code, static_value })
    }

    /// Instructions; the first is word 0.
    pub fn code(&self) -> &[Instruction] {
        &self.code
    }

    /// The static value.
    pub fn static_value(&self) -> &Value {
        &self.static_value
    }
}

/// Checks a value that no reader has checked.
fn fits(value: &Value, instruction: Option<usize>, words: usize, depth: usize) -> Result<(), BadImage> {
    match value {
        Value::Int(_) | Value::Buffer(_) => Ok(()),
        Value::Tuple(slots) if slots.len() > SLOTS_MAX || depth >= NESTING_MAX => Err(BadImage::Tuple { instruction }),
        Value::Tuple(slots) => slots.iter().try_for_each(|slot| fits(slot, instruction, words, depth + 1)),
        Value::Code(word) if json::refers(u64::from(*word), instruction, words) => Ok(()),
        Value::Code(word) => Err(BadImage::Reference { instruction, word: *word, words }),
    }
}

/// A file being read.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn part<S: DeserializeSeed<'a>>(&self, part: &'a RawValue, seed: S) -> Result<S::Value, MexeError> {
        let mut from = serde_json::Deserializer::from_str(part.get());
        seed.deserialize(&mut from).map_err(|e| self.error(part.get(), &e))
    }

    /// What JSON says of a part of the text, as an error at its place in the file.
    fn error(&self, part: &str, error: &serde_json::Error) -> MexeError {
        let start = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let whole = error.to_string();
        let message = whole.rsplit_once(" at line ").map_or(whole.as_str(), |(message, _)| message);
        let mut at = self.at(start, message.to_string(), help(message));
        if error.line() > 1 {
            (at.line, at.column) = (at.line + error.line() - 1, error.column().max(1));
        } else {
            at.column += error.column().saturating_sub(1);
        }
        at
    }

    fn at(&self, offset: usize, message: String, help: &'static str) -> MexeError {
        let before = &self.text.as_bytes()[..offset];
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|b| **b != b'\n').count() + 1;
        MexeError { file: self.file.into(), line, column, message, help }
    }
}

/// What to do about a message of the JSON reader.
fn help(message: &str) -> &'static str {
    let known = [
        ("missing field `code`", "an image is an object with the keys code and static_val"),
        ("missing field `static_val`", "an image is an object with the keys code and static_val"),
        ("an instruction, an object", "an instruction is {\"opcode\": .., \"immediate\": ..}"),
        ("expected a string", "numbers stand in quotes, in hexadecimal: {\"Int\": \"ff\"}, {\"Buffer\": \"00ff\"}"),
        ("second opcode", "leave one of the two out"),
        ("second immediate", "leave one of the two out"),
        ("immediate", "write \"immediate\": null or a value"),
        ("opcode", "write \"opcode\": 0 to 255 or {\"AVMOpcode\": 0 to 255}"),
        ("hexadecimal", "write digits 0-9, a-f without 0x: at most 64 in an Int, an even number in a Buffer"),
        ("word", "Internal is an index of the code, 2^64 - 1 for the error CodePoint; immediates refer to later words"),
        ("slots", "a Tuple has at most 8 slots"),
        ("levels", "make deeper values at run time"),
        ("recursion", "make deeper values at run time"),
        (
            "value",
            "a value is {\"Int\": ..}, {\"Tuple\": [..]}, {\"CodePoint\": {\"Internal\": ..}} or {\"Buffer\": ..}",
        ),
    ];
    let found = known.iter().find(|(part, _)| message.contains(part));
    found.map_or("correct the JSON there (docs/arbitrum/rules.md, Images)", |(_, help)| help)
}
