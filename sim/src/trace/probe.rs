// SPDX-License-Identifier: MIT OR Apache-2.0
//! Probes: all registers of a core as one packed vector, in an order owned by a Rust table.
//!
//! A field never crosses a 64-bit word unless it is wider than one (then it starts on a word), so
//! that packing is constant shifts and the RTL's vector costs little; the few unused bits are 0.
//! Packing is for reports and tests: the cycle loop compares register by register ([`Registers`]).

/// One probe field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Register name, the same in RTL and model. The part before the first `_` names the stage.
    pub name: &'static str,
    /// Bits.
    pub width: u16,
    /// Name of the field that qualifies it: masked to 0 on both sides while that is 0.
    pub valid: Option<&'static str>,
}

/// Bit offsets of the fields, in declaration order: no field of at most 64 bits crosses a word.
pub const fn place<const N: usize>(widths: &[u16; N]) -> [u32; N] {
    let mut at = [0u32; N];
    let mut bit = 0u32;
    let mut i = 0;
    while i < N {
        let w = widths[i] as u32;
        if w > 64 || bit % 64 + w > 64 {
            bit = bit.next_multiple_of(64);
        }
        at[i] = bit;
        bit += w;
        if w > 64 {
            bit = bit.next_multiple_of(64);
        }
        i += 1;
    }
    at
}

/// Where the fields of a probe lie.
#[derive(Clone, Debug)]
pub struct Layout {
    fields: &'static [Field],
    offsets: Vec<u32>,
    words: usize,
}

impl Layout {
    /// The layout of a field list, by the same rule as [`place`].
    pub fn new(fields: &'static [Field]) -> Layout {
        let (mut offsets, mut bit) = (Vec::with_capacity(fields.len()), 0u32);
        for f in fields {
            let w = u32::from(f.width);
            if w > 64 || bit % 64 + w > 64 {
                bit = bit.next_multiple_of(64);
            }
            offsets.push(bit);
            bit += w;
            if w > 64 {
                bit = bit.next_multiple_of(64);
            }
        }
        Layout { fields, offsets, words: (bit as usize).div_ceil(64) }
    }

    /// Probe length in 64-bit words.
    pub fn words(&self) -> usize {
        self.words
    }

    /// The fields with their bit offsets.
    pub fn iter(&self) -> impl Iterator<Item = (&'static Field, u32)> + '_ {
        self.fields.iter().zip(self.offsets.iter().copied())
    }

    /// Index of a field by name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|f| f.name == name)
    }

    /// The field with this index.
    pub fn field(&self, index: usize) -> &'static Field {
        &self.fields[index]
    }

    /// Bit offset of the field with this index.
    pub fn offset(&self, index: usize) -> u32 {
        self.offsets[index]
    }

    /// A limb of a field's value (limb 0 for fields of at most 64 bits).
    pub fn limb(&self, words: &[u64], index: usize, limb: usize) -> u64 {
        let (bit, width) = (self.offsets[index] as usize + 64 * limb, usize::from(self.fields[index].width));
        let left = width - 64 * limb;
        let value = words[bit / 64] >> (bit % 64);
        if left >= 64 { value } else { value & ((1 << left) - 1) }
    }

    /// The value of a field of at most 64 bits.
    pub fn value(&self, words: &[u64], index: usize) -> u64 {
        self.limb(words, index, 0)
    }

    /// Whether registers are as in a packed probe, but for fields whose valid bit is 0.
    pub fn same<R: Registers>(&self, words: &[u64], rtl: &R) -> bool {
        self.fields.iter().enumerate().all(|(i, f)| {
            let valid = f.valid.and_then(|v| self.find(v)).is_none_or(|v| self.value(words, v) != 0);
            let width = usize::from(f.width);
            let mask = |limb: usize| if width - 64 * limb >= 64 { u64::MAX } else { (1 << (width - 64 * limb)) - 1 };
            !valid || (0..width.div_ceil(64)).all(|l| (rtl.limb(i, l) ^ self.limb(words, i, l)) & mask(l) == 0)
        })
    }

    /// Indices of the fields that differ between two packed probes.
    pub fn differing(&self, a: &[u64], b: &[u64]) -> Vec<usize> {
        (0..self.fields.len())
            .filter(|&i| {
                (0..usize::from(self.fields[i].width).div_ceil(64)).any(|l| self.limb(a, i, l) != self.limb(b, i, l))
            })
            .collect()
    }
}

/// A description's registers, read one by one: how lockstep sees the RTL.
pub trait Registers {
    /// A limb of the register behind a field, by its index in the core's `FIELDS`, not masked by its valid bit. Bits
    /// above the field's width are anything.
    fn limb(&self, field: usize, limb: usize) -> u64;
}

/// A packed probe, read as registers.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    /// Where its fields lie.
    pub layout: &'a Layout,
    /// The probe.
    pub words: &'a [u64],
}

impl Registers for Packed<'_> {
    fn limb(&self, field: usize, limb: usize) -> u64 {
        self.layout.limb(self.words, field, limb)
    }
}

/// A value of a probe's list, as limbs.
pub trait Bits {
    /// A limb of it; limb 0 of values of at most 64 bits. Bits above the field's width are anything.
    fn limb(&self, limb: usize) -> u64;
}

macro_rules! narrow {
    ($($kind:ty)*) => {$(
        impl Bits for $kind {
            #[inline(always)]
            fn limb(&self, _: usize) -> u64 {
                *self as u64
            }
        }
    )*};
}
narrow!(bool u8 u16 u32 u64 u128 usize i64 i128);

impl<const N: usize> Bits for [u64; N] {
    #[inline(always)]
    fn limb(&self, limb: usize) -> u64 {
        self[limb]
    }
}

/// Limbs of a field of this width.
pub const fn limbs(width: u16) -> usize {
    (width as usize).div_ceil(64)
}

/// The limbs of a field of this width but the last: all bits of them belong to it.
#[inline(always)]
pub const fn full(width: u16) -> std::ops::Range<usize> {
    0..limbs(width) - 1
}

/// Which bits of the last limb belong to a field of this width.
pub const fn last(width: u16) -> u64 {
    if width.is_multiple_of(64) { u64::MAX } else { (1 << (width % 64)) - 1 }
}

/// Declares a probe: the field table, the packing function and the comparison, from one list.
///
/// ```text
/// probe! { pub fn pack, same, idle(core: &Core) -> FIELDS:
///     f_pc_q: 16 = core.fetch.f_pc_q;
///     x_pc_q: 16 if x_valid_q = core.x.x_pc_q;
///     s_top_q: 256 = core.stack.s_top_q;
/// }
/// ```
/// Each value is a [`Bits`](crate::trace::probe::Bits): a number, or limbs if the field has more than 64 bits; bits
/// above the width are cut. `if` names an earlier or later field of the same list whose value qualifies this one.
/// `same` compares with registers whose fields begin at an index; `idle` says whether those are all 0, as they are
/// where nothing of the list is in use.
#[macro_export]
macro_rules! probe {
    ($(#[$meta:meta])* pub fn $pack:ident, $same:ident, $idle:ident($c:ident: &$core:ty) -> $fields:ident:
     $($name:ident: $width:literal $(if $valid:ident)? = $value:expr;)*) => {
        /// Probe fields, in packing order.
        pub const $fields: &[$crate::trace::Field] = &[
            $($crate::trace::Field {
                name: stringify!($name),
                width: $width,
                valid: $crate::probe!(@valid $($valid)?),
            }),*
        ];

        $(#[$meta])*
        #[inline]
        pub fn $pack($c: &$core, words: &mut [u64]) {
            use $crate::trace::probe::{Bits, full, last, limbs};
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[derive(Clone, Copy)]
            enum Index { $($name),* }
            const N: usize = $fields.len();
            const AT: [u32; N] = $crate::trace::probe::place(&[$($width),*]);
            const WORDS: usize = (AT[N - 1] as usize + $fields[N - 1].width as usize).div_ceil(64);
            let out: &mut [u64; WORDS] = (&mut words[..WORDS]).try_into().expect("the probe's length");
            $(let $name = $value;)*
            // Fields come in the order of their bits: a word is gathered in a register and stored once.
            let mut word = 0u64;
            $({
                const I: usize = Index::$name as usize;
                const LIMBS: usize = limbs($width);
                let on = u64::MAX $(& 0u64.wrapping_sub(u64::from($valid.limb(0) != 0)))?;
                let value = $name.limb(LIMBS - 1) & last($width) & on;
                if I > 0 && AT[I] % 64 == 0 {
                    out[AT[I] as usize / 64 - 1] = word;
                }
                for limb in full($width) {
                    out[AT[I] as usize / 64 + limb] = $name.limb(limb) & on;
                }
                if AT[I] % 64 == 0 {
                    word = value;
                } else {
                    word |= value << (AT[I] % 64);
                }
            })*
            out[WORDS - 1] = word;
        }

        /// Whether these registers of another description, from field `first` on, are as the core's.
        #[inline]
        pub fn $same<R: $crate::trace::Registers>($c: &$core, rtl: &R, first: usize) -> bool {
            use $crate::trace::probe::{Bits, full, last, limbs};
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[derive(Clone, Copy)]
            enum Index { $($name),* }
            $(let $name = $value;)*
            let mut differing = 0u64;
            $({
                const LIMBS: usize = limbs($width);
                let on = u64::MAX $(& 0u64.wrapping_sub(u64::from($valid.limb(0) != 0)))?;
                for limb in full($width) {
                    differing |= (rtl.limb(first + Index::$name as usize, limb) ^ $name.limb(limb)) & on;
                }
                let other = rtl.limb(first + Index::$name as usize, LIMBS - 1);
                differing |= (other ^ $name.limb(LIMBS - 1)) & last($width) & on;
            })*
            differing == 0
        }

        /// Whether these registers of another description, from field `first` on, are 0 where nothing qualifies them.
        #[inline]
        pub fn $idle<R: $crate::trace::Registers>(rtl: &R, first: usize) -> bool {
            use $crate::trace::probe::{full, last, limbs};
            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[derive(Clone, Copy)]
            enum Index { $($name),* }
            let mut set = 0u64;
            $(
                if $crate::probe!(@valid $($valid)?).is_none() {
                    const LIMBS: usize = limbs($width);
                    for limb in full($width) {
                        set |= rtl.limb(first + Index::$name as usize, limb);
                    }
                    set |= rtl.limb(first + Index::$name as usize, LIMBS - 1) & last($width);
                }
            )*
            set == 0
        }
    };
    (@valid) => { None::<&'static str> };
    (@valid $valid:ident) => { Some(stringify!($valid)) };
}

#[cfg(test)]
mod tests {
    use super::*;

    pub struct Toy {
        wide: u64,
        bit: bool,
        byte: u8,
    }

    probe! { pub fn pack, same, idle(t: &Toy) -> FIELDS:
        a_byte_q: 8 if a_bit_q = t.byte;
        a_wide_q: 60 = t.wide;
        a_bit_q: 1 = t.bit;
    }

    #[test]
    fn fields_do_not_cross_words_and_masked_payload_is_zero() {
        let layout = Layout::new(FIELDS);
        assert_eq!((layout.words(), layout.offset(1), layout.offset(2)), (2, 64, 124));
        let mut words = [0; 2];
        pack(&Toy { wide: u64::MAX, bit: false, byte: 7 }, &mut words);
        assert_eq!(words, [0, (1 << 60) - 1]);
        pack(&Toy { wide: 5, bit: true, byte: 7 }, &mut words);
        assert_eq!((layout.value(&words, 0), layout.value(&words, 1), layout.value(&words, 2)), (7, 5, 1));
        assert_eq!(layout.differing(&words, &[7, 5]), vec![2]);
    }

    #[test]
    fn registers_are_compared_where_they_count() {
        let layout = Layout::new(FIELDS);
        let same = |toy: &Toy, words: [u64; 2]| same(toy, &Packed { layout: &layout, words: &words }, 0);
        let valid = 1 << 60;
        let (off, on) = (Toy { wide: 5, bit: false, byte: 7 }, Toy { wide: 5, bit: true, byte: 7 });
        assert!(same(&off, [9, 5]) && same(&on, [7, 5 | valid]), "a byte that is not valid is of no interest");
        assert!(!same(&on, [9, 5 | valid]) && !same(&on, [7, 5]) && !same(&off, [7, 5 | valid]) && !same(&off, [7, 4]));
        let idle = |words: [u64; 2]| idle(&Packed { layout: &layout, words: &words }, 0);
        assert!(idle([7, 0]) && !idle([0, 1]) && !idle([0, valid]));
    }

    pub struct Wide {
        first: bool,
        long: [u64; 3],
        bit: bool,
        full: [u64; 2],
    }

    probe! { pub fn pack_wide, same_wide, idle_wide(w: &Wide) -> WIDE:
        w_first_q: 1 = w.first;
        w_long_q: 130 if w_bit_q = w.long;
        w_bit_q: 1 = w.bit;
        w_full_q: 128 = w.full;
    }

    #[test]
    fn long_fields_begin_words_and_every_limb_counts() {
        let layout = Layout::new(WIDE);
        assert_eq!((layout.words(), [0, 1, 2, 3].map(|i| layout.offset(i))), (7, [0, 64, 256, 320]));
        let mut wide = Wide { first: true, long: [1, 2, u64::MAX], bit: true, full: [3, 4] };
        let mut words = [0; 7];
        pack_wide(&wide, &mut words);
        assert_eq!(words, [1, 1, 2, 3, 1, 3, 4]);
        for bit in 0..7 * 64 {
            let mut other = words;
            other[bit / 64] ^= 1 << (bit % 64);
            let same = same_wide(&wide, &Packed { layout: &layout, words: &other }, 0);
            let counts = matches!(bit, 0 | 64..194 | 256 | 320..448);
            assert_eq!(same, !counts, "bit {bit}");
        }
        wide.bit = false;
        pack_wide(&wide, &mut words);
        assert_eq!(words, [1, 0, 0, 0, 0, 3, 4]);
        let rtl = |words: &[u64; 7], f: fn(&Packed<'_>) -> bool| f(&Packed { layout: &layout, words });
        assert!(same_wide(&wide, &Packed { layout: &layout, words: &[1, 9, 9, 1, 0, 3, 4] }, 0));
        assert!(rtl(&[0, 9, 9, 1, 0, 0, 0], |r| idle_wide(r, 0)) && !rtl(&[0, 0, 0, 0, 0, 0, 1], |r| idle_wide(r, 0)));
    }
}
