//! Loads and stores: addresses and bounds, the bytes of a word that an access reads or writes,
//! whether a frame word counts.
//!
//! Not here: when an access is made (`decode.rs` for immediate offsets, `execute.rs` for computed
//! ones); where frames begin and end (`calls.rs`).

use super::Core;
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

impl Core {
    /// Whether the frame word on the read port counts (D25): only then is it looked at.
    #[inline(always)]
    pub(super) fn frame_hit(&self) -> bool {
        self.frame.rv() && (self.execute.x_init_q || self.tag.rd() == self.calls.c_id_q)
    }

    /// The frame word on the read port, 0 if this method has not written it (D25).
    #[inline(always)]
    pub(super) fn fword(&self) -> u64 {
        let counts = self.execute.x_init_q || self.tag.rd() == self.calls.c_id_q;
        if counts { self.frame.rd() } else { 0 }
    }

    /// The bytes of a word that a load reads, extended to a cell.
    #[inline(always)]
    pub(super) fn extract(&self, word: u64) -> u64 {
        let x = &self.execute;
        let above = 64 - (8 << (x.x_op_q & 3));
        let top = word >> (8 * x.x_off_q) << above;
        if x.x_op_q & 4 != 0 { (top.cast_signed() >> above).cast_unsigned() } else { top >> above }
    }

    /// Writes the top cell's low bytes into frame word `x_word_q`, which held `old`.
    #[inline(always)]
    pub(super) fn store(&mut self, old: u64, tag: u32) {
        let x = &self.execute;
        let shift = 8 * x.x_off_q;
        let mask = u64::MAX >> (64 - (8 << (x.x_op_q & 3))) << shift;
        self.frame.write(x.x_word_q, old & !mask | x.s_tos_q << shift & mask);
        self.tag.write(x.x_word_q, tag);
    }

    /// Step 0 of a computed frame access: starts the read of the word at `offset`.
    #[inline(always)]
    pub(super) fn address(&mut self, offset: u64) -> Option<Cause> {
        let (x, c) = (&mut self.execute, &self.calls);
        let cause = access(offset, x.x_op_q & 3, c.c_fbytes_q);
        if cause.is_none() {
            let word = offset as u32 >> 3;
            x.x_word_q = frame_word(c.c_fbase_q, word);
            x.x_off_q = offset as u8 & 7;
            x.x_init_q = word < c.c_argw_q;
            self.frame.read(x.x_word_q);
            self.tag.read(x.x_word_q);
        }
        cause
    }
}
