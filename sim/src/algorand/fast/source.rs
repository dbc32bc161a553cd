// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where an operation takes an operand from.

use super::op::Regs;

/// Where an operand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Acc,
    Cell,
    Frame,
    Const,
}

/// A place that operands are taken from.
pub(super) trait Source {
    /// The operand; `field` and `imm` are those of the operation that are meant for it.
    ///
    /// # Safety
    ///
    /// That of [`super::op::Act::act`]; `field` is inside the method's cells or its frame.
    unsafe fn get(r: Regs, field: u16, imm: u64) -> u64;
}

/// The value computed last.
pub(super) struct Acc;
/// A cell of the operand stack.
pub(super) struct Cell;
/// 8 bytes of the frame.
pub(super) struct Frame;
/// A constant.
pub(super) struct Const;

impl Source for Acc {
    #[inline(always)]
    unsafe fn get(r: Regs, _: u16, _: u64) -> u64 {
        r.acc
    }
}

impl Source for Cell {
    #[inline(always)]
    unsafe fn get(r: Regs, field: u16, _: u64) -> u64 {
        // SAFETY: inside the method's cells, and a multiple of 8.
        unsafe { r.sp.byte_add(field.into()).read() }
    }
}

impl Source for Frame {
    #[inline(always)]
    unsafe fn get(r: Regs, field: u16, _: u64) -> u64 {
        // SAFETY: inside the frame.
        u64::from_le(unsafe { r.fp.add(field.into()).cast::<u64>().read_unaligned() })
    }
}

impl Source for Const {
    #[inline(always)]
    unsafe fn get(_: Regs, _: u16, imm: u64) -> u64 {
        imm
    }
}

/// An expression with a type that stands for a [`Kind`].
macro_rules! with_source {
    ($kind:expr, $S:ident, $e:expr) => {
        match $kind {
            Kind::Acc => {
                type $S = Acc;
                $e
            }
            Kind::Cell => {
                type $S = Cell;
                $e
            }
            Kind::Frame => {
                type $S = Frame;
                $e
            }
            Kind::Const => {
                type $S = Const;
                $e
            }
        }
    };
}

/// An expression with two types that stand for two [`Kind`]s, not both constant.
macro_rules! with_sources {
    ($kinds:expr, $A:ident, $B:ident, $e:expr) => {
        match $kinds {
            (Kind::Acc, b) => {
                type $A = Acc;
                with_source!(b, $B, $e)
            }
            (Kind::Cell, b) => {
                type $A = Cell;
                with_source!(b, $B, $e)
            }
            (Kind::Frame, b) => {
                type $A = Frame;
                with_source!(b, $B, $e)
            }
            (Kind::Const, Kind::Acc) => {
                type $A = Const;
                type $B = Acc;
                $e
            }
            (Kind::Const, Kind::Cell) => {
                type $A = Const;
                type $B = Cell;
                $e
            }
            (Kind::Const, _) => {
                type $A = Const;
                type $B = Frame;
                $e
            }
        }
    };
}
pub(super) use {with_source, with_sources};
