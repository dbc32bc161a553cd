// SPDX-License-Identifier: MIT OR Apache-2.0
//! Heap pages: loads and stores of those that were found before.

use std::marker::PhantomData;

use super::super::params::PAGE_MAX;
use super::memory::{read, with_load, with_log2, write};
use super::op::{Act, Handler, Machine, Op, Regs, go, run};
use super::source::*;

/// Pages of the working application that exist, are listed and touched, by the low bits of their index. Whatever makes or
/// removes a page, or changes the application, is done by the plain interpreter, and empties it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pages([Known; Pages::N]);

/// A page; with 0 bytes none.
#[derive(Clone, Copy, Debug)]
struct Known {
    page: u64,
    bytes: *mut u8,
    len: u32,
    slot: u32,
}

impl Pages {
    /// As many as an access list can have.
    const N: usize = 32;
    const NONE: Known = Known { page: 0, bytes: std::ptr::null_mut(), len: 0, slot: 0 };

    pub const fn new() -> Pages {
        Pages([Pages::NONE; Pages::N])
    }
}

/// The page, if it is known.
#[inline(always)]
unsafe fn known(r: Regs, page: u64) -> Known {
    // SAFETY: nothing else uses the machine.
    let known = unsafe { (*r.m).pages.0[page as usize % Pages::N] };
    if known.page == page { known } else { Pages::NONE }
}

/// Whether an access is aligned and in the page, whose size is a multiple of every width.
#[inline(always)]
fn fits(offset: u64, log2: u8, len: u32) -> bool {
    offset < len.into() && offset & ((1 << log2) - 1) == 0
}

/// Looks for a page that is not known.
#[inline(always)]
unsafe fn find<const LOG2: u8>(r: Regs, page: u64, offset: u64) {
    // SAFETY: the same condition as of an operation.
    unsafe {
        (*r.m).wanted = (page, offset);
        look::<LOG2>(r.ip, r.acc, r.sp, r.fp, r.tank, r.m)
    }
}

/// Looks for the wanted page, and makes the operation again; leaves if there is none, or the access does not fit.
#[cold]
#[inline(never)]
unsafe extern "C" fn look<const LOG2: u8>(
    ip: *const Op,
    acc: u64,
    sp: *mut u64,
    fp: *mut u8,
    tank: i64,
    m: *mut Machine,
) {
    // SAFETY: nothing else uses the machine or the interpreter.
    unsafe {
        let r = Regs { ip, acc, sp, fp, tank, m };
        if learn(m, LOG2) { go(r) } else { r.leave() }
    }
}

/// Whether the wanted page is known now and was not before, and the access fits.
unsafe fn learn(m: *mut Machine, log2: u8) -> bool {
    // SAFETY: nothing else uses the machine or the interpreter.
    unsafe {
        let (page, offset) = (*m).wanted;
        let known = &mut (&mut (*m).pages.0)[page as usize % Pages::N];
        if known.len != 0 && known.page == page {
            return false; // it does not fit
        }
        let Some((slot, bytes)) = (*(*m).interp).find_page(page, |len| fits(offset, log2, len as u32)) else {
            return false;
        };
        debug_assert!(bytes.len() <= PAGE_MAX);
        *known = Known { page, bytes: bytes.as_mut_ptr(), len: bytes.len() as u32, slot: slot as u32 };
        true
    }
}

/// `acc` = what is at offset `B` of page `A`; the constant offset is the link's number.
struct HLoad<const OPCODE: u8, A, B>(PhantomData<(A, B)>);

impl<const OPCODE: u8, A: Source, B: Source> Act for HLoad<OPCODE, A, B> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; a known page has its bytes.
        unsafe {
            let op = r.op();
            let (page, offset) = (A::get(r, op.a, op.imm), B::get(r, op.b, op.link.number));
            let known = known(r, page);
            if fits(offset, OPCODE & 3, known.len) {
                r.next(read::<OPCODE>(known.bytes.add(offset as usize)))
            } else {
                match OPCODE & 3 {
                    0 => find::<0>(r, page, offset),
                    1 => find::<1>(r, page, offset),
                    2 => find::<2>(r, page, offset),
                    _ => find::<3>(r, page, offset),
                }
            }
        }
    }
}

/// The low bytes of `C` are stored at offset `B` of page `A`; `C` is in `a` and `imm` of the next record.
struct HStore<const LOG2: u8, A, B, C>(PhantomData<(A, B, C)>);

impl<const LOG2: u8, A: Source, B: Source, C: Source> Act for HStore<LOG2, A, B, C> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; a known page has its bytes; the interpreter's log is used by nothing else.
        unsafe {
            let (op, more) = (r.op(), r.data(1));
            let (page, offset) = (A::get(r, op.a, op.imm), B::get(r, op.b, op.link.number));
            let known = known(r, page);
            if !fits(offset, LOG2, known.len) {
                return find::<LOG2>(r, page, offset);
            }
            let at = known.bytes.add(offset as usize);
            if (*r.m).logging && !log(r.m, known.slot, offset, LOG2, read::<LOG2>(at)) {
                return r.leave();
            }
            write::<LOG2>(at, C::get(r, more.a, more.imm));
            r.skip(2, r.acc)
        }
    }
}

#[inline(never)]
unsafe fn log(m: *mut Machine, slot: u32, offset: u64, log2: u8, old: u64) -> bool {
    // SAFETY: nothing else uses the interpreter.
    unsafe { (*(*m).interp).log_store(slot as usize, offset as usize, log2, old) }
}

/// `acc` = bytes of page `A`, which exists.
struct PSize<A>(PhantomData<A>);

impl<A: Source> Act for PSize<A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe {
            let page = A::get(r, r.op().a, r.op().imm);
            match known(r, page).len {
                0 => find::<0>(r, page, 0),
                len => r.next(len.into()),
            }
        }
    }
}

/// Page, then offset.
pub(super) fn load(opcode: u8, (page, offset): (Kind, Kind)) -> Handler {
    with_load!(opcode, L, with_source!(page, A, with_source!(offset, B, run::<HLoad<L, A, B>>)))
}

/// Page, offset, value; those of narrow stores are all in cells.
pub(super) fn store(log2: u8, (page, offset, value): (Kind, Kind, Kind)) -> Handler {
    match log2 & 3 {
        3 => {
            with_source!(page, A, with_source!(offset, B, with_source!(value, C, run::<HStore<3, A, B, C>> as Handler)))
        }
        _ => with_log2!(log2, L, run::<HStore<L, Cell, Cell, Cell>>),
    }
}

pub(super) fn size(kind: Kind) -> Handler {
    with_source!(kind, A, run::<PSize<A>>)
}
