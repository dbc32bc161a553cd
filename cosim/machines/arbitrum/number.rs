// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers of 256 bits and bytes as scenarios write them.

use avm_sim::arbitrum::hash::Hash;
use ruint::aliases::U256;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::input::{Input, InputError};
use crate::scenario::integer::IntOrText;

/// A number as written: a TOML integer, or a string of one, decimal or `0x`, up to 256 bits.
#[derive(Clone, Debug)]
pub struct Number(IntOrText);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Number, D::Error> {
        IntOrText::deserialize(deserializer).map(Number)
    }
}

impl Number {
    /// What it says; negative numbers in two's complement.
    ///
    /// # Errors
    /// It is no integer of at most 256 bits.
    pub fn value(input: &Input, written: &Spanned<Number>) -> Result<U256, InputError> {
        let found = match &written.get_ref().0 {
            IntOrText::Int(i) if *i < 0 => Some(U256::ZERO.wrapping_sub(U256::from(i.unsigned_abs()))),
            IntOrText::Int(i) => Some(U256::from(i.unsigned_abs())),
            IntOrText::Text(text) => parse(text),
        };
        found.ok_or_else(|| {
            let help = "decimal, or hexadecimal behind 0x, with _ between digits".into();
            input.error(written.span(), "not an integer of at most 256 bits".into(), help)
        })
    }
}

fn parse(text: &str) -> Option<U256> {
    let text = text.trim().replace('_', "");
    let (negative, digits) = text.strip_prefix('-').map_or((false, text.as_str()), |rest| (true, rest));
    let (digits, radix) = digits.strip_prefix("0x").map_or((digits, 10), |hex| (hex, 16));
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    let n = U256::from_str_radix(digits, radix.into()).ok()?;
    match negative {
        true if n > U256::ONE << 255 => None,
        true => Some(U256::ZERO.wrapping_sub(n)),
        false => Some(n),
    }
}

/// Bytes: `"hex:00ff"`.
///
/// # Errors
/// They are not written so.
pub fn hex(input: &Input, written: &Spanned<String>) -> Result<Vec<u8>, InputError> {
    let digits = |text: &str| bytes(&text.split_whitespace().collect::<String>());
    written.get_ref().strip_prefix("hex:").and_then(digits).ok_or_else(|| {
        input.error(written.span(), "not bytes".into(), "write hex: and an even number of digits".into())
    })
}

/// A hash: `"0x"` and 64 digits, or a number.
///
/// # Errors
/// It is no number of 256 bits.
pub fn hash(input: &Input, written: &Spanned<Number>) -> Result<Hash, InputError> {
    Ok(Number::value(input, written)?.to_be_bytes())
}

/// Bytes of hexadecimal digits.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|d| (d[0] * 16 + d[1]) as u8).collect())
}
