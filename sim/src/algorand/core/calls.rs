// SPDX-License-Identifier: MIT OR Apache-2.0
//! Methods: the registers of the current one, what of them goes to the call stack and comes back, and the room for
//! a callee.
//!
//! Not here: the steps of an invocation and of a return (`invoke.rs`); segments (`segment.rs`).

use super::frame::fwords;
use crate::algorand::params::{FRAME_MAX, FRAME_MEM, STACK_LIMIT, STACK_MEM};

/// Bits of a word of the call stack.
pub(super) const RECORD_BITS: u16 = 102;
/// Bits of its segment part, in the scope RAM.
pub(super) const SCOPE_BITS: u16 = 82;

room! {
    /// The current method.
    pub(super) Calls
}

/// Registers of the current method.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Registers {
    /// Return address.
    pub c_ret_q: u32,
    /// First word of the frame.
    pub c_fbase_q: u32,
    /// Bytes of the frame.
    pub c_fbytes_q: u32,
    /// Argument words of the frame.
    pub c_argw_q: u32,
    /// Number of the invocation in the call, from 1.
    pub c_id_q: u32,
    /// First cell of the operand stack.
    pub c_sbase_q: u32,
    /// Active methods.
    pub c_depth_q: u32,
    /// Number of the next invocation.
    pub c_next_q: u32,
    /// Entries of the undo log when the innermost scope opened.
    pub c_mark_q: u32,
    /// A scope is open.
    pub c_nest_q: bool,
    /// The method was invoked externally, by another method.
    pub c_ext_q: bool,
}

/// An entry of the method table, as the constant RAM delivers it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry(pub u64);

impl Entry {
    pub fn offset(self) -> u32 {
        self.0 as u32 & 0xffff
    }

    pub fn frame(self) -> u32 {
        (self.0 >> 16) as u32 & 0xffff
    }

    pub fn args(self) -> u32 {
        (self.0 >> 32) as u32 & 0xffff
    }

    pub fn public(self) -> bool {
        self.0 >> 48 & 1 != 0
    }
}

/// A method that an invocation enters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Callee {
    pub entry: Entry,
    /// Cells that the invoker keeps.
    pub cnt: u32,
    /// Where it goes on.
    pub ret: u32,
    /// Argument bytes.
    pub args: u32,
}

/// The segment part of a word of the call stack: `{mark 12, nest 1, ext 1, ai 4, caller 64}`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope(pub u128);

impl Scope {
    fn part(self) -> u32 {
        (self.0 >> 64) as u32
    }

    fn mark(self) -> u32 {
        self.part() >> 6
    }

    pub fn nest(self) -> bool {
        self.part() >> 5 & 1 != 0
    }

    fn ext(self) -> bool {
        self.part() >> 4 & 1 != 0
    }

    pub fn ai(self) -> u8 {
        self.part() as u8 & 15
    }

    pub fn caller(self) -> u64 {
        self.0 as u64
    }
}

impl Calls {
    /// `{cnt 8, sbase 12, id 32, argw 9, fbytes 12, fbase 12, ret 17}`.
    #[inline(always)]
    pub fn record(&self, cnt: u32) -> u128 {
        let low = u64::from(self.c_ret_q) | u64::from(self.c_fbase_q) << 17 | u64::from(self.c_fbytes_q) << 29;
        u128::from(low | u64::from(self.c_argw_q) << 41)
            | u128::from(self.c_id_q) << 50
            | u128::from(self.c_sbase_q | cnt << 12) << 82
    }

    /// The segment part, of the segment with this access-list index and external invoker.
    #[inline(always)]
    pub fn scope(&self, ai: u8, caller: u64) -> u128 {
        let flags = u32::from(self.c_nest_q) << 5 | u32::from(self.c_ext_q) << 4;
        u128::from(self.c_mark_q << 6 | flags | u32::from(ai)) << 64 | u128::from(caller)
    }

    /// Where the frame of a callee begins.
    #[inline(always)]
    fn next_frame(&self) -> u32 {
        self.c_fbase_q + fwords(self.c_fbytes_q)
    }

    /// Where it ends.
    #[inline(always)]
    fn top(&self, entry: Entry) -> u32 {
        self.next_frame() + fwords(entry.frame())
    }

    /// Whether no limit is in the way of a callee above the `cnt` cells that the invoker keeps: of the call's, most
    /// active methods and most invocations.
    #[inline(always)]
    pub fn has_room(&self, entry: Entry, cnt: u32, depth: u32, invocations: u32) -> bool {
        self.c_depth_q < depth
            && self.c_next_q <= invocations
            && self.top(entry) + FRAME_MAX as u32 / 8 <= FRAME_MEM as u32 / 8
            && self.c_sbase_q + cnt + STACK_LIMIT as u32 <= STACK_MEM as u32
    }

    /// Makes the frame and the stack of a callee, for which there is room; returns where the frame ends.
    #[inline(always)]
    pub fn c_enter(&mut self, callee: Callee) -> u32 {
        let (fbase, top) = (self.next_frame(), self.top(callee.entry));
        let c = &mut self.q;
        c.c_ret_q = callee.ret;
        c.c_ext_q = false;
        c.c_fbase_q = fbase;
        c.c_fbytes_q = callee.entry.frame() & 0xfff;
        c.c_argw_q = fwords(callee.args);
        c.c_id_q = c.c_next_q;
        c.c_next_q = c.c_next_q.wrapping_add(1);
        c.c_sbase_q += callee.cnt;
        c.c_depth_q += 1;
        top
    }

    /// The callee was invoked externally: it opens a scope, above the `log` entries that there are.
    pub fn c_entext(&mut self, log: u32) {
        self.q.c_ext_q = true;
        self.q.c_nest_q = true;
        self.q.c_mark_q = log;
    }

    /// Restores the invoker; returns the depth of its stack.
    #[inline(always)]
    pub fn leave(&mut self, record: u128, scope: Scope) -> u32 {
        let (low, high, c) = (record as u64, (record >> 82) as u32, &mut self.q);
        c.c_ret_q = low as u32 & 0x1_ffff;
        c.c_fbase_q = (low >> 17) as u32 & 0xfff;
        c.c_fbytes_q = (low >> 29) as u32 & 0xfff;
        c.c_argw_q = (low >> 41) as u32 & 0x1ff;
        c.c_id_q = (record >> 50) as u32;
        c.c_sbase_q = high & 0xfff;
        c.c_depth_q -= 1;
        c.c_ext_q = scope.ext();
        c.c_nest_q = scope.nest();
        c.c_mark_q = scope.mark();
        high >> 12
    }

    /// Numbers of invocations start again.
    pub fn l_init(&mut self) {
        self.q.c_next_q = 1;
    }

    /// The first method begins, with this many argument bytes.
    pub fn l_start(&mut self, entry: Entry, args: u32) {
        self.q = Registers {
            c_fbytes_q: entry.frame() & 0xfff,
            c_argw_q: fwords(args),
            c_id_q: 1,
            c_next_q: 2,
            c_depth_q: 1,
            ..Registers::default()
        };
    }
}
