// SPDX-License-Identifier: MIT OR Apache-2.0
//! Invocation inside an application, completion, and branches by a table.

use std::marker::PhantomData;

use super::super::params::{FRAME_MAX, STACK_LIMIT};
use super::op::{Act, Handler, Regs, Suspended, run};
use super::source::*;

/// Invokes the method whose first block is the link. `a`: bytes from the running method's frame to the callee's; `b`: from its
/// cells to the callee's; `imm`: see [`Fill`]. The next record has in `a` the address to return to and in `b` the bytes of
/// the running method's frame; its link is where it goes on, that of the record after is where it goes on with a value.
struct Invoke;

/// What is known of a callee's frame: bytes to make it with, and from where on they are set to 0.
#[derive(Clone, Copy)]
pub(super) struct Fill {
    pub args: u16,
    pub frame: u16,
}

impl Fill {
    pub fn imm(self) -> u64 {
        u64::from(self.args) | u64::from(self.frame) << 16
    }

    #[inline(always)]
    fn of(imm: u64) -> Fill {
        Fill { args: imm as u16, frame: (imm >> 16) as u16 }
    }
}

impl Act for Invoke {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; there is room for a suspended method, a frame and a stack if the checks say so.
        unsafe {
            let (op, m) = (r.op(), r.m);
            let fill = Fill::of(op.imm);
            let (fp, sp) = (r.fp.add(op.a.into()), r.sp.byte_add(op.b.into()));
            let end = fp.wrapping_add(usize::from(fill.frame).next_multiple_of(8) + FRAME_MAX);
            let room = (*m).calls < (*m).calls_end
                && (*m).invocations_left != 0
                && end.cast_const() <= (*m).frames_end
                && sp.wrapping_add(STACK_LIMIT).cast_const() <= (*m).cells_end;
            if !room {
                return r.leave();
            }
            (*m).invocations_left -= 1;
            (*m).calls = (*m).calls.add(1);
            *(*m).calls = Suspended { site: r.ip, sp: r.sp, fp: r.fp };
            let mut at = fill.args;
            // Frames are short, most of them arguments: a call of the library's function costs more.
            while at + 8 <= fill.frame {
                fp.add(at.into()).cast::<u64>().write_unaligned(0);
                at += 8;
            }
            while at < fill.frame {
                fp.add(at.into()).write(0);
                at += 1;
            }
            Regs { sp, fp, ..r }.enter(op.link.block);
        }
    }
}

/// Completes the method.
struct Return;

impl Act for Return {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe { complete(r, r.acc, 1) }
    }
}

/// Completes the method with the value `A`.
struct ReturnValue<A>(PhantomData<A>);

impl<A: Source> Act for ReturnValue<A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe { complete(r, A::get(r, r.op().a, r.op().imm), 2) }
    }
}

/// Goes on in the invoker, by the `n`th record after its invocation.
#[inline(always)]
unsafe fn complete(r: Regs, value: u64, n: usize) {
    // SAFETY: the same condition; below the first method there is an entry without a site.
    unsafe {
        let m = r.m;
        let Suspended { site, sp, fp } = *(*m).calls;
        if site.is_null() {
            return r.leave();
        }
        (*m).calls = (*m).calls.sub(1);
        (*m).calls_low = (*m).calls_low.min((*m).calls);
        let invoker = Regs { sp, fp, acc: value, ..r };
        invoker.enter((*site.add(n)).link.block);
    }
}

/// Goes on by the `A`th of the records after the operation, of which there are `imm`; by the link if `A` is not below.
struct Switch<A>(PhantomData<A>);

impl<A: Source> Act for Switch<A> {
    #[inline(always)]
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; the records are there.
        unsafe {
            let op = r.op();
            let index = A::get(r, op.a, op.imm);
            r.enter(if index < op.imm { r.data(1 + index as usize).link.block } else { op.link.block });
        }
    }
}

pub(super) fn invoke() -> Handler {
    run::<Invoke>
}

pub(super) fn complete_with(kind: Option<Kind>) -> Handler {
    match kind {
        Some(kind) => with_source!(kind, A, run::<ReturnValue<A>>),
        None => run::<Return>,
    }
}

/// The index is no constant.
pub(super) fn switch(kind: Kind) -> Handler {
    with_source!(kind, A, run::<Switch<A>>)
}
