// SPDX-License-Identifier: MIT OR Apache-2.0
//! Memory operands: addresses and bounds, the bytes of a word that an access reads or writes.
//!
//! No state, no clock. Not here: when an access is made (`decode.rs` for immediate offsets, `effect.rs` for computed
//! ones, `heap.rs` for pages); where frames begin and end (`calls.rs`).

use crate::algorand::exception::Cause;

/// Words of 64 bits that hold this many bytes.
#[inline(always)]
pub(super) const fn fwords(bytes: u32) -> u32 {
    (bytes + 7) >> 3
}

/// The address of a word of the frame that begins at word `fbase`.
#[inline(always)]
pub(super) const fn frame_word(fbase: u32, word: u32) -> u32 {
    (fbase + word) & 0xfff
}

/// Why an access of `1 << log_width` bytes at `offset` to an area of `bytes` bytes is refused.
#[inline(always)]
pub(super) fn access(offset: u64, log_width: u8, bytes: u32) -> Option<Cause> {
    let width = 1u64 << log_width;
    if offset & (width - 1) != 0 {
        Some(Cause::Alignment)
    } else if offset > u64::from(bytes) || offset + width > u64::from(bytes) {
        Some(Cause::Range)
    } else {
        None
    }
}

/// The bytes at `off` of a word that the load `op` reads, extended to a cell.
#[inline(always)]
pub(super) fn extract(word: u64, op: u8, off: u8) -> u64 {
    let above = 64 - (8 << (op & 3));
    let top = word >> (8 * off) << above;
    if op & 4 != 0 { (top.cast_signed() >> above).cast_unsigned() } else { top >> above }
}

/// The word `old` with the low bytes of `cell` at `off`, where the store `op` writes them.
#[inline(always)]
pub(super) fn merge(old: u64, cell: u64, op: u8, off: u8) -> u64 {
    let shift = 8 * off;
    let mask = u64::MAX >> (64 - (8 << (op & 3))) << shift;
    old & !mask | cell << shift & mask
}
