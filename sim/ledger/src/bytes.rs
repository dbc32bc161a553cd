// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading of encodings that somebody else wrote, in files and from the network: little-endian, nothing padded. A
//! reader never goes beyond its bytes and never panics; what it cannot read it names.

use crate::ids::{Hash, Root, Round};
use crate::keys::{PublicKey, Signature};

/// Why bytes are not what they should be: no transaction, no block, no proof, no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed at byte {at}: {what}")]
pub struct Malformed {
    /// Offset of the field.
    pub at: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// Bytes, and how far they have been read.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the last field began, for messages.
    field: usize,
}

impl<'a> Reader<'a> {
    /// From the first byte on.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0, field: 0 }
    }

    /// Bytes read so far.
    pub fn at(&self) -> usize {
        self.at
    }

    /// The next field cannot be this.
    pub fn refuse<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed { at: self.field, what })
    }

    /// So many bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        self.field = self.at;
        let rest = &self.bytes[self.at..];
        let taken = rest.get(..n).ok_or(Malformed { at: self.at, what: "the end is missing" })?;
        self.at += n;
        Ok(taken)
    }

    /// As many bytes as the type says.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        Ok(self.take(N)?.try_into().expect("as many as asked for"))
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// Two bytes.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    /// A round.
    pub fn round(&mut self) -> Result<Round, Malformed> {
        self.u64().map(Round)
    }

    /// A commitment.
    pub fn root(&mut self) -> Result<Root, Malformed> {
        self.array().map(Root)
    }

    /// A digest.
    pub fn hash(&mut self) -> Result<Hash, Malformed> {
        self.array().map(Hash)
    }

    /// A key.
    pub fn key(&mut self) -> Result<PublicKey, Malformed> {
        self.array().map(PublicKey)
    }

    /// A signature.
    pub fn signature(&mut self) -> Result<Signature, Malformed> {
        self.array().map(Signature)
    }

    /// One byte that counts something, at most `most`.
    pub fn count(&mut self, most: usize, what: &'static str) -> Result<usize, Malformed> {
        let n = usize::from(self.u8()?);
        if n > most { self.refuse(what) } else { Ok(n) }
    }

    /// Nothing is left.
    pub fn end(&self) -> Result<(), Malformed> {
        match self.at == self.bytes.len() {
            true => Ok(()),
            false => Err(Malformed { at: self.at, what: "bytes follow the end" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_to_the_end_and_not_further() {
        let mut from = Reader::new(&[1, 2, 0, 3, 0, 0, 0, 9]);
        let missing = |at| Malformed { at, what: "the end is missing" };
        assert_eq!((from.u8(), from.u16(), from.u32()), (Ok(1), Ok(2), Ok(3)));
        assert_eq!(from.end(), Err(Malformed { at: 7, what: "bytes follow the end" }));
        assert_eq!(from.take(2), Err(missing(7)));
        assert_eq!(from.take(usize::MAX), Err(missing(7)));
        assert_eq!((from.u8(), from.u8(), from.end()), (Ok(9), Err(missing(8)), Ok(())));
    }

    #[test]
    fn what_is_refused_is_the_field_that_was_read_last() {
        let mut from = Reader::new(&[1, 2, 0, 5]);
        assert_eq!((from.u8(), from.u16()), (Ok(1), Ok(2)));
        assert_eq!(from.refuse::<()>("no such number"), Err(Malformed { at: 1, what: "no such number" }));
        assert_eq!(from.count(4, "more than four"), Err(Malformed { at: 3, what: "more than four" }));
    }
}
