// SPDX-License-Identifier: MIT OR Apache-2.0
//! Parts of an image as JSON has them: instructions and values, checked while they are read, so that errors have a place.

use std::fmt;

use ruint::aliases::U256;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Instruction, NESTING_MAX};
use crate::arbitrum::buffer::Buffer;
use crate::arbitrum::isa::SLOTS_MAX;
use crate::arbitrum::value::Value;

/// Whether an immediate of `instruction` (`None`: static) may refer to a word.
pub fn refers(word: u64, instruction: Option<usize>, words: usize) -> bool {
    word < words as u64 && instruction.is_none_or(|i| word > i as u64)
}

/// Reads instruction `at` of `words` - 1.
#[derive(Clone, Copy)]
pub struct InstructionSeed {
    pub at: usize,
    pub words: usize,
}

/// Reads a value; after an instruction it is its immediate.
#[derive(Clone, Copy)]
pub struct ValueSeed {
    pub after: Option<usize>,
    pub words: usize,
    pub depth: usize,
}

impl<'de> DeserializeSeed<'de> for InstructionSeed {
    type Value = Instruction;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Instruction, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for InstructionSeed {
    type Value = Instruction;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instruction, an object with opcode and immediate")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Instruction, M::Error> {
        let (mut opcode, mut immediate) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "opcode" if opcode.is_some() => return Err(M::Error::custom("a second opcode")),
                "immediate" if immediate.is_some() => return Err(M::Error::custom("a second immediate")),
                "opcode" => opcode = Some(map.next_value_seed(OpcodeSeed)?),
                "immediate" => {
                    let seed = ValueSeed { after: Some(self.at), words: self.words, depth: 0 };
                    immediate = Some(map.next_value_seed(OptionSeed(seed))?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let opcode = opcode.ok_or_else(|| M::Error::custom(format!("instruction {} has no opcode", self.at)))?;
        let immediate =
            immediate.ok_or_else(|| M::Error::custom(format!("instruction {} has no immediate", self.at)))?;
        Ok(Instruction { opcode, immediate })
    }
}

struct OpcodeSeed;

impl<'de> DeserializeSeed<'de> for OpcodeSeed {
    type Value = u8;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u8, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OpcodeSeed {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an opcode from 0 to 255")
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<u8, E> {
        byte(n)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<u8, M::Error> {
        let mut opcode = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "AVMOpcode" || opcode.is_some() {
                return Err(M::Error::custom(format!("an opcode has no key {key:?} here")));
            }
            opcode = Some(map.next_value_seed(OpcodeNumber)?);
        }
        opcode.ok_or_else(|| M::Error::custom("an opcode without AVMOpcode"))
    }
}

/// The number in an AVMOpcode.
struct OpcodeNumber;

impl<'de> DeserializeSeed<'de> for OpcodeNumber {
    type Value = u8;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u8, D::Error> {
        from.deserialize_u64(self)
    }
}

impl Visitor<'_> for OpcodeNumber {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an opcode from 0 to 255")
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<u8, E> {
        byte(n)
    }
}

fn byte<E: Error>(n: u64) -> Result<u8, E> {
    u8::try_from(n).map_err(|_| E::custom(format!("opcode {n} is no byte")))
}

/// A value or null.
struct OptionSeed(ValueSeed);

impl<'de> DeserializeSeed<'de> for OptionSeed {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Option<Value>, D::Error> {
        from.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for OptionSeed {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null or a value")
    }

    fn visit_none<E: Error>(self) -> Result<Option<Value>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Option<Value>, D::Error> {
        self.0.deserialize(from).map(Some)
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, an object with one key")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Value, M::Error> {
        let key = map.next_key::<String>()?.ok_or_else(|| M::Error::custom("a value needs a key"))?;
        let value = match key.as_str() {
            "Int" => Value::Int(integer(&map.next_value::<String>()?).map_err(M::Error::custom)?),
            "Buffer" => Value::Buffer(buffer(&map.next_value::<String>()?).map_err(M::Error::custom)?),
            "Tuple" if self.depth >= NESTING_MAX => {
                return Err(M::Error::custom(format!("more than {NESTING_MAX} levels of Tuples")));
            }
            "Tuple" => Value::Tuple(map.next_value_seed(SlotsSeed(self))?),
            "CodePoint" => Value::Code(map.next_value_seed(CodeSeed(self))?),
            _ => return Err(M::Error::custom(format!("{key:?} is no type of value"))),
        };
        match map.next_key::<String>()? {
            None => Ok(value),
            Some(key) => Err(M::Error::custom(format!("a value with a second key, {key:?}"))),
        }
    }
}

struct SlotsSeed(ValueSeed);

impl<'de> DeserializeSeed<'de> for SlotsSeed {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Vec<Value>, D::Error> {
        from.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for SlotsSeed {
    type Value = Vec<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of at most 8 slots")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Vec<Value>, S::Error> {
        let seed = ValueSeed { depth: self.0.depth + 1, ..self.0 };
        let mut slots = Vec::new();
        while let Some(slot) = seq.next_element_seed(seed)? {
            if slots.len() == SLOTS_MAX {
                return Err(S::Error::custom("a Tuple with more than 8 slots"));
            }
            slots.push(slot);
        }
        Ok(slots)
    }
}

/// The object inside a CodePoint.
struct CodeSeed(ValueSeed);

impl<'de> DeserializeSeed<'de> for CodeSeed {
    type Value = u32;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<u32, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for CodeSeed {
    type Value = u32;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the index of a word, {\"Internal\": index}")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<u32, M::Error> {
        let mut index = None;
        while let Some(key) = map.next_key::<String>()? {
            if key != "Internal" || index.is_some() {
                return Err(M::Error::custom(format!("a CodePoint names a word by Internal, not {key:?}")));
            }
            index = Some(map.next_value::<u64>().map_err(|e| M::Error::custom(format!("no index of a word: {e}")))?);
        }
        let index = index.ok_or_else(|| M::Error::custom("a CodePoint that names no word"))?;
        let error = self.0.words as u64 - 1;
        let index = if index == u64::MAX { error } else { index };
        if !refers(index, self.0.after, self.0.words) {
            let message = match self.0.after {
                Some(at) if index < self.0.words as u64 => {
                    format!("instruction {at} refers back to word {index}")
                }
                _ => format!("there is no word {index}"),
            };
            return Err(M::Error::custom(message));
        }
        Ok(index as u32)
    }
}

/// An Integer of 1 to 64 hexadecimal digits.
fn integer(digits: &str) -> Result<U256, &'static str> {
    if digits.is_empty() || digits.len() > 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err("an Int is 1 to 64 hexadecimal digits");
    }
    U256::from_str_radix(digits, 16).map_err(|_| "an Int is 1 to 64 hexadecimal digits")
}

/// Bytes of hexadecimal digits.
fn buffer(digits: &str) -> Result<Buffer, &'static str> {
    const WRONG: &str = "a Buffer is an even number of hexadecimal digits";
    if !digits.len().is_multiple_of(2) || !digits.is_ascii() {
        return Err(WRONG);
    }
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok().filter(|_| !digits[at..].starts_with('+'));
    let bytes: Option<Vec<u8>> = (0..digits.len()).step_by(2).map(byte).collect();
    Ok(Buffer::from_bytes(&bytes.ok_or(WRONG)?))
}
