// SPDX-License-Identifier: MIT OR Apache-2.0
//! The form that code is translated to: operations, blocks of them, and what travels between operations.
//!
//! An operation is a record with a function in it. The function does its work and ends by calling that of the next
//! operation with the same arguments, which the compiler turns into a jump ([`go`]): there is no loop around them, and
//! what they pass on stays in registers.

use super::super::interp::Interp;
use super::code::Entry;
use super::pages::Pages;

/// Function of an operation. Six arguments are what the calling convention has registers for.
pub(super) type Handler = unsafe extern "C" fn(*const Op, u64, *mut u64, *mut u8, i64, *mut Machine);

/// An operation. What the fields hold is said where each is made; a number that needs the room of a link is there.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Op {
    pub run: Handler,
    /// A constant operand.
    pub imm: u64,
    pub link: Link,
    /// Where the first operand is: bytes from the frame's base, or from the base of the cells.
    pub a: u16,
    /// The same of the second.
    pub b: u16,
    /// Index of the [`super::code::Back`] to leave by.
    pub back: u32,
}

/// A block to go on with, or a second number.
#[derive(Clone, Copy)]
pub(super) union Link {
    pub block: *const Block,
    pub number: u64,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link")
    }
}

/// A straight run of instructions, translated for one state in which it is begun. Its address never changes: links lead
/// here before it is translated.
#[derive(Debug)]
pub(super) struct Block {
    /// What is added to the tank: price and number of all its instructions, see [`Machine`].
    pub charge: i64,
    /// Its first operation; until it is translated, `stub`.
    pub first: *const Op,
    pub stub: Op,
    pub entry: Entry,
    pub ops: Box<[Op]>,
}

/// A suspended method whose invocation was made, or could have been made, by an operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspended {
    /// The operation `invoke`; null if the plain interpreter suspended it, and for the bottom of the stack.
    pub site: *const Op,
    pub sp: *mut u64,
    pub fp: *mut u8,
}

impl Suspended {
    pub const UNKNOWN: Suspended =
        Suspended { site: std::ptr::null(), sp: std::ptr::null_mut(), fp: std::ptr::null_mut() };
}

/// What operations know beside their registers.
///
/// The *tank* that they pass on is part of the fuel (in the upper 32 bits) and the number of instructions so far (in the
/// lower ones): one addition at the start of a block charges both, and the sum is negative just when the fuel would be.
/// Each instruction costs at least 1, so that the number never overflows into the fuel.
#[repr(C)]
pub(super) struct Machine {
    /// Innermost suspended method. Room for as many as the limits allow is above `calls_bottom`.
    pub calls: *mut Suspended,
    /// With this many suspended no more method can be invoked.
    pub calls_end: *mut Suspended,
    /// The lowest that `calls` was since the plain interpreter knew all of them.
    pub calls_low: *mut Suspended,
    /// Invocations that the limit leaves.
    pub invocations_left: u32,
    /// No frame can be made whose end, with room for arguments, is above.
    pub frames_end: *const u8,
    /// No method can be invoked from a stack whose top is above.
    pub cells_end: *const u64,
    pub app: u64,
    pub caller: u64,
    /// A rollback scope is open.
    pub logging: bool,
    pub pages: Pages,
    pub interp: *mut Interp,

    /// Operations were left.
    pub exit: bool,
    /// The block that was not entered, because it is not translated or the tank does not cover it. If there is none, the
    /// instruction is left to the plain interpreter.
    pub block: *const Block,
    /// Page and offset that [`super::pages`] looks for.
    pub wanted: (u64, u64),
    pub left: Regs,
    /// An address inside the stack frame of the operation that left: all of them use the same one.
    pub depth: usize,
    /// Most bytes between that and where operations were begun.
    pub deepest: usize,
}

/// What operations pass on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Regs {
    pub ip: *const Op,
    /// The value computed last.
    pub acc: u64,
    /// Base of the running method's cells.
    pub sp: *mut u64,
    /// Base of its frame.
    pub fp: *mut u8,
    pub tank: i64,
    pub m: *mut Machine,
}

/// What an operation does.
pub(super) trait Act {
    /// Does it, and ends by [`Regs::next`], [`Regs::enter`] or [`Regs::leave`].
    ///
    /// # Safety
    ///
    /// `r` is as the operations before have left it: `ip` lies in a block made by the translator for the state that the
    /// machine is in (depth of the stack, bytes of the frame, bytes pending), `sp` and `fp` are the bases of the running
    /// method's cells and frame, and `m` is the machine, which nothing else uses meanwhile.
    unsafe fn act(r: Regs);
}

/// The function of an operation that does `A`.
///
/// # Safety
///
/// That of [`Act::act`].
pub(super) unsafe extern "C" fn run<A: Act>(
    ip: *const Op,
    acc: u64,
    sp: *mut u64,
    fp: *mut u8,
    tank: i64,
    m: *mut Machine,
) {
    // SAFETY: the same condition.
    unsafe { A::act(Regs { ip, acc, sp, fp, tank, m }) }
}

/// Calls the function of the operation at `ip`; a jump, since it is the last thing that a function does.
///
/// # Safety
///
/// That of [`Act::act`].
#[cfg(all(tail_calls, not(debug_assertions)))]
#[inline(always)]
pub(super) unsafe fn go(r: Regs) {
    // SAFETY: `ip` is an operation's.
    unsafe { ((*r.ip).run)(r.ip, r.acc, r.sp, r.fp, r.tank, r.m) }
}

/// Where calls do not become jumps, a loop calls the next function ([`begin`]). So it is with debug assertions, which check
/// pointers in ways that keep a function's own memory in use to its end.
///
/// # Safety
///
/// That of [`Act::act`].
#[cfg(not(all(tail_calls, not(debug_assertions))))]
#[inline(always)]
pub(super) unsafe fn go(r: Regs) {
    // SAFETY: nothing else uses the machine.
    unsafe { (*r.m).left = r }
}

/// Runs operations from `r` on until they are left.
///
/// # Safety
///
/// That of [`Act::act`].
pub(super) unsafe fn begin(r: Regs) {
    // SAFETY: the same condition; the machine outlives the call.
    unsafe {
        (*r.m).exit = false;
        (*r.m).block = std::ptr::null();
        (*r.m).left = r;
        loop {
            let Regs { ip, acc, sp, fp, tank, m } = (*r.m).left;
            ((*ip).run)(ip, acc, sp, fp, tank, m);
            if (*r.m).exit {
                break;
            }
        }
    }
}

impl Regs {
    /// The operation.
    #[inline(always)]
    pub unsafe fn op(&self) -> &Op {
        // SAFETY: `ip` is an operation's.
        unsafe { &*self.ip }
    }

    /// The record `n` after the operation: more of its operands.
    #[inline(always)]
    pub unsafe fn data(&self, n: usize) -> &Op {
        // SAFETY: the translator has put it there.
        unsafe { &*self.ip.add(n) }
    }

    /// Goes on with the operation `n` records on.
    #[inline(always)]
    pub unsafe fn skip(self, n: usize, acc: u64) {
        // SAFETY: a block does not end here.
        unsafe { go(Regs { ip: self.ip.add(n), acc, ..self }) }
    }

    /// Goes on with the next operation.
    #[inline(always)]
    pub unsafe fn next(self, acc: u64) {
        // SAFETY: a block does not end here.
        unsafe { self.skip(1, acc) }
    }

    /// Goes on with a block, if the tank covers it.
    #[inline(always)]
    pub unsafe fn enter(self, block: *const Block) {
        // SAFETY: links lead to blocks, which live as long as the code.
        unsafe {
            let tank = self.tank.wrapping_add((*block).charge);
            if tank < 0 {
                (*self.m).block = block;
                return self.leave();
            }
            go(Regs { ip: (*block).first, tank, ..self })
        }
    }

    /// Leaves the instruction to the plain interpreter. Nothing of it has been done.
    #[inline(always)]
    pub unsafe fn leave(self) {
        // SAFETY: nothing else uses the machine.
        unsafe { stop(self.ip, self.acc, self.sp, self.fp, self.tank, self.m) }
    }
}

/// Leaves. It takes what a [`Handler`] takes, so that going there is a jump too; [`Regs`] would be passed by their address.
#[cold]
#[inline(never)]
unsafe extern "C" fn stop(ip: *const Op, acc: u64, sp: *mut u64, fp: *mut u8, tank: i64, m: *mut Machine) {
    let here = 0_u8;
    // SAFETY: nothing else uses the machine.
    unsafe {
        (*m).left = Regs { ip, acc, sp, fp, tank, m };
        (*m).exit = true;
        (*m).depth = std::hint::black_box(&raw const here).addr();
    }
}

/// First operation of a block that is not translated.
pub(super) struct Stub;

impl Act for Stub {
    unsafe fn act(r: Regs) {
        // SAFETY: a stub has a link to its block.
        unsafe {
            (*r.m).block = r.op().link.block;
            r.leave();
        }
    }
}

/// Leaves: the plain interpreter makes the next instruction.
pub(super) struct Leave;

impl Act for Leave {
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition.
        unsafe { r.leave() }
    }
}

/// Goes on with the block of the link.
pub(super) struct Jump;

impl Act for Jump {
    unsafe fn act(r: Regs) {
        // SAFETY: the same condition; a jump has a link.
        unsafe { r.enter(r.op().link.block) }
    }
}
