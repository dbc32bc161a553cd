// SPDX-License-Identifier: MIT OR Apache-2.0
//! Synchronous memory with one read and one write port, write-first; twin of `rtl/units/ram_1r1w.sv`.
//!
//! A clock starts with [`Ram1r1w::idle`] (both enables low); then the owner drives the write port
//! and the read port, each at most once. A read of the word written at the same edge returns the new
//! data: then, and only then, the order matters. Addresses wrap at the depth, a power of two.

/// The memory and its capture registers. `T` is a word.
#[derive(Clone, Debug)]
pub struct Ram1r1w<T, const DEPTH: usize> {
    mem: Box<[T; DEPTH]>,
    rd_q: T,
    wd_q: T,
    wa_q: u32,
    rv_q: bool,
    wv_q: bool,
    #[cfg(debug_assertions)]
    ra: usize,
}

impl<T: Copy + Default, const DEPTH: usize> Ram1r1w<T, DEPTH> {
    /// A memory filled word by word, in address order.
    ///
    /// # Panics
    /// If the depth is not a power of two of at most 2^31.
    pub fn new(fill: impl FnMut(usize) -> T) -> Self {
        assert!(DEPTH.is_power_of_two() && DEPTH <= 1 << 31);
        let words: Box<[T]> = (0..DEPTH).map(fill).collect();
        let Ok(mem) = words.try_into() else { unreachable!("as many words as the depth") };
        Ram1r1w {
            mem,
            rd_q: T::default(),
            wd_q: T::default(),
            wa_q: 0,
            rv_q: false,
            wv_q: false,
            #[cfg(debug_assertions)]
            ra: 0,
        }
    }

    /// Starts a clock: no port is enabled yet.
    #[inline(always)]
    pub fn idle(&mut self) {
        self.rv_q = false;
        self.wv_q = false;
    }

    /// Enables the write port at this edge.
    #[inline(always)]
    pub fn write(&mut self, address: u32, data: T) {
        debug_assert!(!self.wv_q, "one write per clock");
        let address = address as usize & (DEPTH - 1);
        #[cfg(debug_assertions)]
        assert!(!self.rv_q || self.ra != address, "the write port is driven before the read of its word");
        self.mem[address] = data;
        self.wv_q = true;
        self.wa_q = address as u32;
        self.wd_q = data;
    }

    /// Enables the read port at this edge; the word is on [`Ram1r1w::rd`] from the next cycle on.
    #[inline(always)]
    pub fn read(&mut self, address: u32) {
        debug_assert!(!self.rv_q, "one read per clock");
        let address = address as usize & (DEPTH - 1);
        #[cfg(debug_assertions)]
        {
            self.ra = address;
        }
        self.rd_q = self.mem[address];
        self.rv_q = true;
    }

    /// The word read last.
    #[inline(always)]
    pub fn rd(&self) -> T {
        self.rd_q
    }

    /// Whether the last edge read.
    #[inline(always)]
    pub fn rv(&self) -> bool {
        self.rv_q
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
    fn reads_are_write_first_and_stay() {
        let mut ram = Ram1r1w::<u64, 8>::new(|i| 100 + i as u64);
        ram.idle();
        ram.write(3, 7);
        ram.read(3);
        assert_eq!((ram.rv(), ram.rd(), ram.wv(), ram.wa(), ram.wd()), (true, 7, true, 3, 7));
        ram.idle();
        assert_eq!((ram.rv(), ram.rd(), ram.wv()), (false, 7, false));
        ram.write(9, 5);
        assert_eq!((ram.rd(), ram.wa(), ram.word(1), ram.word(2)), (7, 1, 5, 102));
    }
}
