// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bytes of proofs, read strictly: nothing is skipped, nothing is guessed.

use ruint::aliases::U256;

use super::{Refusal, Shown};
use crate::arbitrum::hash::{Hash, PreImage, int};
use crate::arbitrum::isa::SLOTS_MAX;

/// Values within values at most (A37).
const NESTING_MAX: usize = 1000;

/// The bytes, and how far they have been read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Refusal> {
        let end = self.at.checked_add(n).ok_or(Refusal::Short(self.at))?;
        let taken = self.bytes.get(self.at..end).ok_or(Refusal::Short(self.at))?;
        self.at = end;
        Ok(taken)
    }

    pub fn byte(&mut self) -> Result<u8, Refusal> {
        Ok(self.take(1)?[0])
    }

    pub fn hash(&mut self) -> Result<Hash, Refusal> {
        let bytes = self.take(32)?;
        bytes.try_into().map_err(|_| Refusal::Short(self.at))
    }

    pub fn int(&mut self) -> Result<U256, Refusal> {
        Ok(int(&self.hash()?))
    }

    pub fn image(&mut self) -> Result<PreImage, Refusal> {
        Ok(PreImage { inner: self.hash()?, size: self.int()? })
    }

    pub fn flag(&mut self) -> Result<bool, Refusal> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Refusal::Flag(self.at - 1)),
        }
    }

    /// Nothing is left.
    pub fn is_empty(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub fn end(&self) -> Result<(), Refusal> {
        if self.is_empty() { Ok(()) } else { Err(Refusal::Long(self.at)) }
    }

    /// A value and where it begins.
    pub fn value(&mut self) -> Result<(usize, Shown), Refusal> {
        let at = self.at;
        Ok((at, self.nested(0)?))
    }

    pub fn values(&mut self, n: usize) -> Result<Vec<(usize, Shown)>, Refusal> {
        (0..n).map(|_| self.value()).collect()
    }

    fn nested(&mut self, level: usize) -> Result<Shown, Refusal> {
        let at = self.at;
        if level > NESTING_MAX {
            return Err(Refusal::Deep(at));
        }
        match self.byte()? {
            0 => Ok(Shown::Int(self.int()?)),
            1 => {
                let immediate = self.flag()?;
                let opcode = self.byte()?;
                let immediate = if immediate { Some(Box::new(self.nested(level + 1)?)) } else { None };
                Ok(Shown::Code { opcode, immediate, next: self.hash()? })
            }
            2 => Ok(Shown::Closed(self.image()?)),
            kind @ 3.. if usize::from(kind) <= 3 + SLOTS_MAX => {
                let slots = (3..kind).map(|_| self.nested(level + 1));
                Ok(Shown::Tuple(slots.collect::<Result<_, _>>()?))
            }
            12 => Ok(Shown::Buffer(self.hash()?)),
            _ => Err(Refusal::Value(at)),
        }
    }
}

/// The value that bytes show, all of them.
///
/// # Errors
/// They show none, or more than one.
pub fn parse_value(bytes: &[u8]) -> Result<Shown, Refusal> {
    let mut reader = Reader::new(bytes);
    let (_, value) = reader.value()?;
    reader.end()?;
    Ok(value)
}
