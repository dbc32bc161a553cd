// SPDX-License-Identifier: MIT OR Apache-2.0
//! Probe fields as bit slices, for reports and waveforms (not for the cycle loop: too slow there).

use avm_sim::trace::Layout;
use bitvec::prelude::{BitSlice, Lsb0};
use bitvec::view::BitView;

/// Bits of a packed probe, least significant first.
pub type Bits = BitSlice<u64, Lsb0>;

/// The bits of a field.
pub fn field<'a>(layout: &Layout, index: usize, words: &'a [u64]) -> &'a Bits {
    let at = layout.offset(index) as usize;
    &words.view_bits::<Lsb0>()[at..at + usize::from(layout.field(index).width)]
}

/// Hexadecimal in groups of 32 bits.
pub fn hex(bits: &Bits) -> String {
    let digit = |nibble: &Bits| {
        let value = nibble.iter().by_vals().enumerate().fold(0, |v, (i, b)| v | u32::from(b) << i);
        char::from_digit(value, 16).expect("four bits")
    };
    let mut text = String::from("0x");
    for (i, group) in bits.chunks(32).rev().enumerate() {
        text.extend((i > 0).then_some('_'));
        text.extend(group.chunks(4).rev().map(digit));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_grouped() {
        let words = [0x1_2345_6789_u64];
        assert_eq!(hex(&words.view_bits()[..33]), "0x1_23456789");
        assert_eq!(hex(&words.view_bits()[..3]), "0x1");
        assert_eq!(hex(&words.view_bits()[..32]), "0x23456789");
    }
}
