// SPDX-License-Identifier: MIT OR Apache-2.0
//! Reading what somebody else wrote, byte by byte, without ever reading past its end.

/// What is wrong with bytes that should have been a message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// They end too early.
    #[error("it ends at byte {0}, in the middle of something")]
    Short(usize),
    /// They go on after the end.
    #[error("{0} bytes follow its end")]
    Long(usize),
    /// A field has a value that it cannot have.
    #[error("{field} is {found}, {limit}")]
    Field {
        /// Which field.
        field: &'static str,
        /// What it is.
        found: u64,
        /// What it may be.
        limit: &'static str,
    },
}

/// A place in bytes.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// At their beginning.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// The next `n` bytes.
    pub fn take(&mut self, n: usize) -> Result<&'a [u8], Malformed> {
        let end = self.at.checked_add(n).ok_or(Malformed::Short(self.bytes.len()))?;
        let taken = self.bytes.get(self.at..end).ok_or(Malformed::Short(self.bytes.len()))?;
        self.at = end;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, Malformed> {
        Ok(self.array::<1>()?[0])
    }

    /// 16 bits, little-endian.
    pub fn u16(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// 32 bits, little-endian.
    pub fn u32(&mut self) -> Result<u32, Malformed> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// 64 bits, little-endian.
    pub fn u64(&mut self) -> Result<u64, Malformed> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// Nothing may follow.
    pub fn end(self) -> Result<(), Malformed> {
        match self.bytes.len() - self.at {
            0 => Ok(()),
            rest => Err(Malformed::Long(rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_to_the_end_and_not_further() {
        let mut from = Reader::new(&[1, 2, 0, 3, 0, 0, 0, 9]);
        assert_eq!((from.u8(), from.u16(), from.u32()), (Ok(1), Ok(2), Ok(3)));
        assert_eq!(from.clone().end(), Err(Malformed::Long(1)));
        assert_eq!(from.take(2), Err(Malformed::Short(8)));
        assert_eq!(from.take(usize::MAX), Err(Malformed::Short(8)));
        assert_eq!((from.u8(), from.u8(), from.end()), (Ok(9), Err(Malformed::Short(8)), Ok(())));
    }
}
