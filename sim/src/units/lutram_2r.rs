// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small memory with two asynchronous read ports and one write port; twin of `rtl/units/lutram_2r.sv`.
//!
//! A clock starts with [`Lutram2r::idle`]. A write is seen by reads of the model at once, by those of the hardware
//! one cycle later: the owner writes when everybody else has read. That there are two read ports is the owner's to
//! keep.

/// The memory and its capture registers. `T` is a word.
#[derive(Clone, Debug)]
pub struct Lutram2r<T, const DEPTH: usize> {
    mem: Box<[T; DEPTH]>,
    wd_q: T,
    wa_q: u32,
    wv_q: bool,
}

impl<T: Copy + Default, const DEPTH: usize> Lutram2r<T, DEPTH> {
    /// A memory filled word by word, in address order. The depth is a power of two.
    pub fn new(fill: impl FnMut(usize) -> T) -> Self {
        const { assert!(DEPTH.is_power_of_two() && DEPTH <= 1 << 31) };
        let words: Box<[T]> = (0..DEPTH).map(fill).collect();
        let Ok(mem) = words.try_into() else { unreachable!("as many words as the depth") };
        Lutram2r { mem, wd_q: T::default(), wa_q: 0, wv_q: false }
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
        self.mem[address] = data;
        self.wv_q = true;
        self.wa_q = address as u32;
        self.wd_q = data;
    }

    /// The word at an address, which wraps at the depth: a read port.
    #[inline(always)]
    pub fn rd(&self, address: u32) -> T {
        self.mem[address as usize & (DEPTH - 1)]
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

    /// The stored word, for comparison of whole memories; not a port.
    pub fn word(&self, address: usize) -> T {
        self.mem[address & (DEPTH - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_are_captured_and_stay() {
        let mut ram = Lutram2r::<u64, 8>::new(|i| 100 + i as u64);
        assert_eq!((ram.rd(3), ram.rd(12), ram.wv()), (103, 104, false));
        ram.idle();
        ram.write(11, 7);
        assert_eq!((ram.rd(3), ram.word(3), ram.wv(), ram.wa(), ram.wd()), (7, 7, true, 3, 7));
        ram.idle();
        assert_eq!((ram.rd(3), ram.wv(), ram.word(2)), (7, false, 102));
    }
}
