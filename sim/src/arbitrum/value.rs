// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values as the outside has them: in images, messages, logs and tests. Trees that own their parts.
//!
//! The interpreter keeps values as handles into its heap instead; `interp::cell` translates.

use ruint::aliases::U256;

use super::buffer::Buffer;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// 256 bits.
    Int(U256),
    /// Index of a word of code.
    Code(u32),
    /// 0 to 8 slots.
    Tuple(Vec<Value>),
    /// Bytes.
    Buffer(Buffer),
}

impl Value {
    /// An Integer of 64 bits.
    pub fn int(n: u64) -> Value {
        Value::Int(U256::from(n))
    }

    /// The empty Tuple.
    pub fn empty() -> Value {
        Value::Tuple(Vec::new())
    }

    /// Code that `type` gives.
    pub fn type_code(&self) -> u8 {
        match self {
            Value::Int(_) => type_code::INT,
            Value::Code(_) => type_code::CODE,
            Value::Tuple(_) => type_code::TUPLE,
            Value::Buffer(_) => type_code::BUFFER,
        }
    }
}

impl From<U256> for Value {
    fn from(n: U256) -> Value {
        Value::Int(n)
    }
}

/// Codes of the types, as `type` gives them.
pub mod type_code {
    /// Integer.
    pub const INT: u8 = 0;
    /// CodePoint.
    pub const CODE: u8 = 1;
    /// Tuple.
    pub const TUPLE: u8 = 3;
    /// Buffer.
    pub const BUFFER: u8 = 12;
    /// No value: the top of an empty stack in a step record.
    pub const NONE: u8 = 15;
}
