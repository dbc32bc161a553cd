// SPDX-License-Identifier: MIT OR Apache-2.0
//! Frame, constants and pending arguments, and cells that are put where they belong.

use std::marker::PhantomData;

use super::op::{Act, Handler, Regs, run};
use super::source::*;
use crate::units::alu;

/// The cell at `b` is set to `A`.
struct Put<A>(PhantomData<A>);

impl<A: Source> Act for Put<A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; `b` is inside the method's cells.
        unsafe {
            let op = r.op();
            r.sp.byte_add(op.b.into()).write(A::get(r, op.a, op.imm));
            r.next(r.acc);
        }
    }
}

/// `acc = A`.
struct Take<A>(PhantomData<A>);

impl<A: Source> Act for Take<A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe { r.next(A::get(r, r.op().a, r.op().imm)) }
    }
}

/// Reads `1 << (OPCODE & 3)` bytes, extended as the opcode of the load says.
///
/// # Safety
///
/// The bytes are there.
#[inline(always)]
pub(super) unsafe fn read<const OPCODE: u8>(at: *const u8) -> u64 {
    let log2 = OPCODE & 3;
    // SAFETY: the same condition.
    let raw = unsafe {
        match log2 {
            0 => at.read().into(),
            1 => u16::from_le(at.cast::<u16>().read_unaligned()).into(),
            2 => u32::from_le(at.cast::<u32>().read_unaligned()).into(),
            _ => u64::from_le(at.cast::<u64>().read_unaligned()),
        }
    };
    if OPCODE & 4 == 0 { raw } else { alu::sign_extend(raw, 1 << log2) }
}

/// Writes the low `1 << LOG2` bytes of a cell.
///
/// # Safety
///
/// The bytes are there.
#[inline(always)]
pub(super) unsafe fn write<const LOG2: u8>(at: *mut u8, cell: u64) {
    // SAFETY: the same condition.
    unsafe {
        match LOG2 {
            0 => at.write(cell as u8),
            1 => at.cast::<u16>().write_unaligned((cell as u16).to_le()),
            2 => at.cast::<u32>().write_unaligned((cell as u32).to_le()),
            _ => at.cast::<u64>().write_unaligned(cell.to_le()),
        }
    }
}

/// Whether a load or store of `1 << log2` bytes at this offset is aligned and inside an area of `len` bytes.
#[inline(always)]
pub(super) fn fits(offset: u64, log2: u8, len: u64) -> bool {
    let width = 1 << log2;
    offset & (width - 1) == 0 && offset < len && width <= len - offset
}

/// `acc` = what is at `a` in the frame.
struct Load<const OPCODE: u8>;

impl<const OPCODE: u8> Act for Load<OPCODE> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; `a` is inside the frame.
        unsafe { r.next(read::<OPCODE>(r.fp.add(r.op().a.into()))) }
    }
}

/// `acc` = what is at offset `A` of the frame, which has as many bytes as the link says.
struct LoadX<const OPCODE: u8, A>(PhantomData<A>);

impl<const OPCODE: u8, A: Source> Act for LoadX<OPCODE, A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; what fits is inside the frame.
        unsafe {
            let op = r.op();
            let offset = A::get(r, op.a, op.imm);
            if fits(offset, OPCODE & 3, op.link.number) {
                r.next(read::<OPCODE>(r.fp.add(offset as usize)))
            } else {
                r.leave()
            }
        }
    }
}

/// `acc` = what is at offset `A` of the constants, which begin at `imm` and have as many bytes as the link says.
struct CLoadX<const OPCODE: u8, A>(PhantomData<A>);

impl<const OPCODE: u8, A: Source> Act for CLoadX<OPCODE, A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; the constants live as long as the code, and what fits is inside them.
        unsafe {
            let op = r.op();
            let offset = A::get(r, op.a, op.imm);
            if fits(offset, OPCODE & 3, op.link.number) {
                r.next(read::<OPCODE>(std::ptr::with_exposed_provenance::<u8>(op.imm as usize).add(offset as usize)))
            } else {
                r.leave()
            }
        }
    }
}

/// The low bytes of `A` are stored at `b` bytes from the frame's base: in it, or in the pending arguments above.
struct Store<const LOG2: u8, A>(PhantomData<A>);

impl<const LOG2: u8, A: Source> Act for Store<LOG2, A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; above a frame there is room for arguments.
        unsafe {
            let op = r.op();
            write::<LOG2>(r.fp.add(op.b.into()), A::get(r, op.a, op.imm));
            r.next(r.acc);
        }
    }
}

/// The low bytes of the cell at `b` are stored at offset `A` of the frame, which has as many bytes as the link says.
struct StoreX<const LOG2: u8, A, B>(PhantomData<(A, B)>);

impl<const LOG2: u8, A: Source, B: Source> Act for StoreX<LOG2, A, B> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; what fits is inside the frame.
        unsafe {
            let op = r.op();
            let offset = A::get(r, op.a, op.imm);
            if fits(offset, LOG2, op.link.number) {
                write::<LOG2>(r.fp.add(offset as usize), B::get(r, op.b, op.imm));
                r.next(r.acc)
            } else {
                r.leave()
            }
        }
    }
}

/// `acc` = the working application, or its caller.
struct Who<const CALLER: bool>;

impl<const CALLER: bool> Act for Who<CALLER> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe { r.next(if CALLER { (*r.m).caller } else { (*r.m).app }) }
    }
}

/// A width as a type parameter.
macro_rules! with_log2 {
    ($log2:expr, $L:ident, $e:expr) => {
        match $log2 & 3 {
            0 => {
                const $L: u8 = 0;
                $e
            }
            1 => {
                const $L: u8 = 1;
                $e
            }
            2 => {
                const $L: u8 = 2;
                $e
            }
            _ => {
                const $L: u8 = 3;
                $e
            }
        }
    };
}

/// The low bits of a load's opcode as a type parameter.
macro_rules! with_load {
    ($opcode:expr, $L:ident, $e:expr) => {
        match $opcode & 7 {
            4 => {
                const $L: u8 = 4;
                $e
            }
            5 => {
                const $L: u8 = 5;
                $e
            }
            6 => {
                const $L: u8 = 6;
                $e
            }
            low => with_log2!(low, $L, $e),
        }
    };
}
pub(super) use {with_load, with_log2};

pub(super) fn put(kind: Kind) -> Handler {
    with_source!(kind, A, run::<Put<A>>)
}

pub(super) fn take(kind: Kind) -> Handler {
    with_source!(kind, A, run::<Take<A>>)
}

pub(super) fn load(opcode: u8) -> Handler {
    with_load!(opcode, L, run::<Load<L>>)
}

pub(super) fn load_x(opcode: u8, kind: Kind) -> Handler {
    with_load!(opcode, L, with_source!(kind, A, run::<LoadX<L, A>>))
}

/// The offset is no constant.
pub(super) fn constant_x(opcode: u8, kind: Kind) -> Handler {
    with_load!(opcode, L, with_source!(kind, A, run::<CLoadX<L, A>>))
}

pub(super) fn store(log2: u8, kind: Kind) -> Handler {
    with_log2!(log2, L, with_source!(kind, A, run::<Store<L, A>>))
}

/// The offset is the first; not both are constant.
pub(super) fn store_x(log2: u8, kinds: (Kind, Kind)) -> Handler {
    with_log2!(log2, L, with_sources!(kinds, A, B, run::<StoreX<L, A, B>>))
}

pub(super) fn who(caller: bool) -> Handler {
    if caller { run::<Who<true>> } else { run::<Who<false>> }
}
