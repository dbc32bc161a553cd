// SPDX-License-Identifier: MIT OR Apache-2.0
//! Numbers and digests that have a meaning of their own, so that none is taken for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Bytes of a [`Root`] and of a [`Hash`].
pub const DIGEST: usize = 32;

/// A round of the blockchain: the number of its block. The state before any block is that of round 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Round(pub u64);

/// The commitment C to one state of a database (seed, "Persistence"). All zeros commit to the empty one.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Root(pub [u8; DIGEST]);

/// A digest of anything that is no database: a block, a set of transactions, a value.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; DIGEST]);

/// An `applicationID`, 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AppId(pub u64);

/// Why a text is none of these.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Too short, too long, or with other characters.
    #[error("`{0}` is not 64 hexadecimal digits")]
    Digest(String),
    /// Not a decimal number of 64 bits.
    #[error("`{0}` is not a round: a decimal number below 2^64")]
    Round(String),
}

impl Round {
    /// The round after this one; `None` after the last of 64 bits.
    pub fn next(self) -> Option<Round> {
        self.0.checked_add(1).map(Round)
    }
}

impl Root {
    /// The commitment to the empty database.
    pub const EMPTY: Root = Root([0; DIGEST]);
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AppId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Round {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Round, IdError> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten().map(Round).ok_or_else(|| IdError::Round(shown(text)))
    }
}

/// The 64 lower-case or upper-case digits of a digest.
fn parse_digest(text: &str) -> Result<[u8; DIGEST], IdError> {
    let nibble = |digit: u8| char::from(digit).to_digit(16).map(|n| n as u8);
    let mut bytes = [0; DIGEST];
    if text.len() != 2 * DIGEST {
        return Err(IdError::Digest(shown(text)));
    }
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        match (nibble(pair[0]), nibble(pair[1])) {
            (Some(high), Some(low)) => *byte = high << 4 | low,
            _ => return Err(IdError::Digest(shown(text))),
        }
    }
    Ok(bytes)
}

/// What a message repeats of a text that somebody else wrote.
fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

/// Both kinds of digest are written as 64 lower-case hexadecimal digits, and read in either case.
macro_rules! digest {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<$name, IdError> {
                parse_digest(text).map($name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<$name, D::Error> {
                let text = <std::borrow::Cow<'_, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

digest!(Root Hash);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_read_as_they_are_written() {
        let root = Root(std::array::from_fn(|n| n as u8 * 7));
        assert_eq!(root.to_string().parse(), Ok(root));
        assert_eq!(root.to_string().to_uppercase().parse(), Ok(root));
        assert_eq!(Hash::default().to_string(), "0".repeat(64));
        for wrong in ["", "0", &"0".repeat(63), &"0".repeat(65), &"g".repeat(64), &"é".repeat(32)] {
            assert!(wrong.parse::<Root>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn rounds_are_decimal() {
        assert_eq!("18446744073709551615".parse(), Ok(Round(u64::MAX)));
        assert_eq!((Round(4).next(), Round(u64::MAX).next()), (Some(Round(5)), None));
        for wrong in ["", "-1", "+1", "0x1", " 1", "18446744073709551616"] {
            assert!(wrong.parse::<Round>().is_err(), "{wrong}");
        }
    }
}
