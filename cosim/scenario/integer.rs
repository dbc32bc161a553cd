// SPDX-License-Identifier: MIT OR Apache-2.0
//! Integers as scenarios write them: a TOML integer, or a string of one, which reaches the full 64-bit range.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// An integer, or a text that may be one.
#[derive(Clone, Debug)]
pub enum IntOrText {
    /// As TOML has it.
    Int(i64),
    /// `"0x..."`, `"-1"`, or something else.
    Text(String),
}

impl IntOrText {
    /// The number, from -2^63 to 2^64 - 1.
    pub fn exact(&self) -> Option<i128> {
        match self {
            IntOrText::Int(i) => Some((*i).into()),
            IntOrText::Text(t) => exact(t),
        }
    }

    /// The number as a cell: negative ones in two's complement.
    pub fn value(&self) -> Option<u64> {
        self.exact().map(|n| n as u64)
    }
}

/// A text as a number, from -2^63 to 2^64 - 1.
pub fn exact(text: &str) -> Option<i128> {
    let t = text.trim().replace('_', "");
    let (negative, t) = match t.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, t.strip_prefix('+').unwrap_or(&t)),
    };
    let (digits, radix) = t.strip_prefix("0x").map_or((t, 10), |hex| (hex, 16));
    // The library would take another sign here.
    if !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let value = u64::from_str_radix(digits, radix).ok()?;
    match negative {
        false => Some(value.into()),
        true if value <= 1 << 63 => Some(-i128::from(value)),
        true => None,
    }
}

/// For fields of plain integers: they take strings too.
pub fn plain<'de, T: TryFrom<i128>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let number = IntOrText::deserialize(deserializer)?.exact().and_then(|n| T::try_from(n).ok());
    number.ok_or_else(|| {
        let most = 1_u128 << (8 * size_of::<T>());
        Error::custom(format!("not an integer, or outside 0 to {}", most - 1))
    })
}

// By hand, not `untagged`: that reports "did not match any variant", and loses the place.

struct IntOrTextVisitor;

impl Visitor<'_> for IntOrTextVisitor {
    type Value = IntOrText;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an integer or a string")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<IntOrText, E> {
        Ok(IntOrText::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<IntOrText, E> {
        Ok(i64::try_from(value).map_or_else(|_| IntOrText::Text(value.to_string()), IntOrText::Int))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<IntOrText, E> {
        Ok(IntOrText::Text(text.into()))
    }
}

impl<'de> Deserialize<'de> for IntOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<IntOrText, D::Error> {
        deserializer.deserialize_any(IntOrTextVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::exact;

    #[test]
    fn texts_reach_64_bits() {
        for (text, number) in [
            ("0xffff_ffff_ffff_ffff", Some(i128::from(u64::MAX))),
            ("-9223372036854775808", Some(i128::from(i64::MIN))),
            (" 1_0 ", Some(10)),
            ("-9223372036854775809", None),
            ("18446744073709551616", None),
            ("--1", None),
            ("0x-1", None),
            ("+5", Some(5)),
            ("-+5", None),
            ("+-5", None),
            ("0x+FF", None),
            ("", None),
        ] {
            assert_eq!(exact(text), number, "{text}");
        }
    }
}
