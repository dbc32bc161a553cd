// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cells and words of RAMs: how values lie in the core's registers (`docs/arbitrum/core.md`, "Cells and sizes").

use crate::arbitrum::numbers::{kind, tag};
use crate::trace::probe::Bits;
use crate::units::wide::{self, U256};

/// Bits of a cell.
pub(super) const CELL_BITS: u16 = 258;
/// Bits of a word of the code RAM.
pub(super) const CODE_BITS: u16 = 42;
/// Bits of a word of the count RAM.
pub(super) const COUNT_BITS: u16 = 17;
/// Bits of a word of the link RAM.
pub(super) const LINK_BITS: u16 = 23;

/// A value: `{tag 2, payload 256}`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub payload: U256,
    pub tag: u8,
}

impl Cell {
    /// Tuple().
    pub const EMPTY: Cell = Cell { payload: [0; 4], tag: tag::TUPLE };

    #[inline(always)]
    pub const fn int(payload: U256) -> Cell {
        Cell { payload, tag: tag::INT }
    }

    #[inline(always)]
    pub const fn small(value: u64) -> Cell {
        Cell::int([value, 0, 0, 0])
    }

    #[inline(always)]
    pub const fn code(index: u16) -> Cell {
        Cell { payload: [index as u64, 0, 0, 0], tag: tag::CODE }
    }

    #[inline(always)]
    pub const fn tuple(address: u16, len: u8) -> Cell {
        Cell { payload: [(len as u64) << 16 | address as u64, 0, 0, 0], tag: tag::TUPLE }
    }

    /// The low 16 bits: index of a code word, or address of a tuple's first cell.
    #[inline(always)]
    pub const fn low(&self) -> u16 {
        self.payload[0] as u16
    }

    /// Length of a tuple.
    #[inline(always)]
    pub const fn len(&self) -> u8 {
        (self.payload[0] >> 16) as u8 & 15
    }

    #[inline(always)]
    pub const fn is_int(&self) -> bool {
        self.tag == tag::INT
    }

    #[inline(always)]
    pub const fn is_code(&self) -> bool {
        self.tag == tag::CODE
    }

    #[inline(always)]
    pub const fn is_tuple(&self) -> bool {
        self.tag == tag::TUPLE
    }

    #[inline(always)]
    pub const fn is_buffer(&self) -> bool {
        self.tag == tag::BUFFER
    }

    /// A tuple that has cells, and so a count.
    #[inline(always)]
    pub const fn counted(&self) -> bool {
        self.is_tuple() && self.len() != 0
    }

    /// Whether all bits of the payload are 0.
    #[inline(always)]
    pub fn is_zero(&self) -> bool {
        wide::is_zero(&self.payload)
    }
}

impl Bits for Cell {
    #[inline(always)]
    fn limb(&self, limb: usize) -> u64 {
        if limb < 4 { self.payload[limb] } else { self.tag.into() }
    }
}

/// Class of a tuple's length: a block of class c has 2^c cells.
#[inline(always)]
pub(super) const fn class_of(len: u8) -> u8 {
    match len {
        0 | 1 => 0,
        2 => 1,
        3 | 4 => 2,
        _ => 3,
    }
}

/// A word of code, `{op 8, kind 2, imm 16, next 16}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct CodeWord {
    pub op: u8,
    pub kind: u8,
    pub imm: u16,
    pub next: u16,
}

impl CodeWord {
    #[inline(always)]
    pub const fn of(word: u64) -> CodeWord {
        CodeWord { op: (word >> 34) as u8, kind: (word >> 32) as u8 & 3, imm: (word >> 16) as u16, next: word as u16 }
    }

    pub const fn word(self) -> u64 {
        (self.op as u64) << 34 | (self.kind as u64) << 32 | (self.imm as u64) << 16 | self.next as u64
    }

    /// Kind and bits of an immediate that the word itself can hold.
    pub fn short(value: &Cell) -> Option<(u8, u16)> {
        match value.tag {
            tag::CODE => Some((kind::CODE, value.low())),
            tag::INT if wide::bits(&value.payload) <= 16 => Some((kind::INT, value.low())),
            _ => None,
        }
    }
}

/// A word of the count RAM, `{hv, n 16}`: the hash is known; references.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub hv: bool,
    pub n: u16,
}

impl Count {
    #[inline(always)]
    pub const fn of(word: u32) -> Count {
        Count { hv: word >> 16 & 1 != 0, n: word as u16 }
    }

    #[inline(always)]
    pub const fn word(self) -> u32 {
        (self.hv as u32) << 16 | self.n as u32
    }
}

/// The word of a tuple with one reference, whose hash is not known.
pub(super) const ONE: u32 = Count { hv: false, n: 1 }.word();

/// A word of the link RAM, `{len 4, pos 3, next 16}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub len: u8,
    pub pos: u8,
    pub next: u16,
}

impl Link {
    #[inline(always)]
    pub const fn of(word: u32) -> Link {
        Link { len: (word >> 19) as u8 & 15, pos: (word >> 16) as u8 & 7, next: word as u16 }
    }

    #[inline(always)]
    pub const fn word(self) -> u32 {
        (self.len as u32) << 19 | ((self.pos & 7) as u32) << 16 | self.next as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_the_page_s_order() {
        let word = CodeWord { op: 0xab, kind: 3, imm: 0x1234, next: 0x5678 }.word();
        assert_eq!(word, 0xab << 34 | 3 << 32 | 0x1234_5678);
        let back = CodeWord::of(word);
        assert_eq!((back.op, back.kind, back.imm, back.next), (0xab, 3, 0x1234, 0x5678));
        let link = Link { len: 8, pos: 5, next: 0xffff };
        assert_eq!(link.word(), 8 << 19 | 5 << 16 | 0xffff);
        assert_eq!(Link::of(link.word()).pos, 5);
        assert_eq!((Count { hv: true, n: 3 }.word(), ONE), (0x1_0003, 1));
    }

    #[test]
    fn classes_and_immediates() {
        assert_eq!([1, 2, 3, 4, 5, 8].map(class_of), [0, 1, 2, 2, 3, 3]);
        assert_eq!(CodeWord::short(&Cell::small(0xffff)), Some((kind::INT, 0xffff)));
        assert_eq!(CodeWord::short(&Cell::small(0x1_0000)), None);
        assert_eq!(CodeWord::short(&Cell::code(9)), Some((kind::CODE, 9)));
        assert_eq!(CodeWord::short(&Cell::EMPTY), None);
        let cell = Cell::tuple(0x123, 8);
        assert!(cell.counted() && !Cell::EMPTY.counted());
        assert_eq!((cell.low(), cell.len(), cell.limb(4)), (0x123, 8, 2));
    }
}
