// SPDX-License-Identifier: MIT OR Apache-2.0
//! Small table in flip-flops: one write port, all words readable in the same cycle; twin of
//! `rtl/units/table_1w.sv`.
//!
//! A clock starts with [`Table1w::idle`]. A write is seen by reads of the model at once, by those of the
//! hardware one cycle later: the owner writes when everybody else has read.

/// The table and its capture registers. `T` is a word.
#[derive(Clone, Debug)]
pub struct Table1w<T, const DEPTH: usize> {
    words: [T; DEPTH],
    wd_q: T,
    wa_q: u32,
    wv_q: bool,
}

impl<T: Copy + Default, const DEPTH: usize> Table1w<T, DEPTH> {
    /// A table filled word by word, in address order. The depth is a power of two.
    pub fn new(fill: impl FnMut(usize) -> T) -> Self {
        const { assert!(DEPTH.is_power_of_two() && DEPTH <= 1 << 31) };
        Table1w { words: std::array::from_fn(fill), wd_q: T::default(), wa_q: 0, wv_q: false }
    }

    /// Starts a clock: the write port is not enabled yet.
    #[inline(always)]
    pub fn idle(&mut self) {
        self.wv_q = false;
    }

    /// Enables the write port at this edge. Addresses wrap at the depth.
    #[inline]
    pub fn write(&mut self, address: u32, data: T) {
        debug_assert!(!self.wv_q, "one write per clock");
        let address = address as usize & (DEPTH - 1);
        self.words[address] = data;
        self.wv_q = true;
        self.wa_q = address as u32;
        self.wd_q = data;
    }

    /// The word at an address, which wraps at the depth.
    #[inline(always)]
    pub fn word(&self, address: usize) -> T {
        self.words[address & (DEPTH - 1)]
    }

    /// Whether the last edge wrote.
    #[inline(always)]
    pub fn wv(&self) -> bool {
        self.wv_q
    }

    /// Address written last.
    #[inline(always)]
    pub fn wa(&self) -> u32 {
        self.wa_q
    }

    /// Data written last.
    #[inline(always)]
    pub fn wd(&self) -> T {
        self.wd_q
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_captured_and_stay() {
        let mut table = Table1w::<u8, 4>::new(|i| 10 + i as u8);
        assert_eq!((table.word(0), table.word(7), table.wv()), (10, 13, false));
        table.write(5, 99);
        assert_eq!((table.word(1), table.wv(), table.wa(), table.wd()), (99, true, 1, 99));
        table.idle();
        assert_eq!((table.word(1), table.wv()), (99, false));
    }
}
