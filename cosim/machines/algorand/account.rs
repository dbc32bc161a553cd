// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the cycles of a call are spent on, told from the RTL's registers: the second description of the model's
//! bookkeeping (`sim/src/algorand/core/mod.rs`), made from `docs/algorand/core.md`.
//!
//! In a cycle that X begins with an instruction, the instruction says. Otherwise X is empty because of what happened in
//! the cycle before: D was killed, or was empty itself, or had to wait for late results; and D was empty because it was
//! killed, or F was being redirected, or had no whole instruction.

use avm_sim::algorand::core::Core;
use avm_sim::algorand::isa::{Class, DECODE};
use avm_sim::algorand::numbers::{loader, unwind};
use avm_sim::trace::{Field, Registers};

use crate::lockstep::account::{self, Spent};

macro_rules! fields {
    ($($name:ident)*) => {
        /// Indices of the probe fields that are read here.
        #[allow(non_upper_case_globals, reason = "they are called as the registers are")]
        mod field {
            use avm_sim::trace::Core as _;
            $(pub const $name: usize = super::field_of(super::Core::FIELDS, stringify!($name));)*
        }
    };
}

fields! {
    l_state_q r_valid_q r_op_q x_valid_q x_op_q x_step_q x_pred_q
    d_valid_q d_redir_q k_valid_q u_state_q g_state_q o_valid_q
}

/// Where a field is in the probe.
const fn field_of(fields: &[Field], name: &str) -> usize {
    let mut i = 0;
    while !fields[i].name.eq_ignore_ascii_case(name) {
        i += 1;
    }
    i
}

macro_rules! causes {
    ($($name:ident)*) => {
        /// Indices of the causes.
        mod cause {
            use super::{Core, index_of};
            use avm_sim::trace::Core as _;
            $(pub const $name: u8 = index_of(Core::CAUSES, stringify!($name));)*
        }
    };
}

causes! {
    RETIRE MULTIPLIER DIVIDER MEMORY CALL SWITCH BRANCH MISPREDICT REFILL FETCH UNWIND HOST SEGMENT PAGE HEAP ROLLBACK
    NATIVE
}

/// Where a name, here in capitals, is in a list.
const fn index_of(list: &[&str], name: &str) -> u8 {
    let mut i = 0;
    while !list[i].eq_ignore_ascii_case(name) {
        i += 1;
    }
    i as u8
}

/// The registers that say what a cycle begins with.
#[derive(Clone, Copy, Default)]
struct State {
    running: bool,
    x: bool,
    d: bool,
    d_redirected: bool,
    k: bool,
    unwind: u8,
    finds: bool,
}

/// The account.
#[derive(Clone)]
pub struct Account {
    before: State,
    /// Why X is empty, why D is, why the K registers redirect F.
    x_why: u8,
    d_why: u8,
    k_why: u8,
}

impl Default for Account {
    fn default() -> Account {
        let why = cause::HOST;
        Account { before: State::default(), x_why: why, d_why: why, k_why: why }
    }
}

#[inline(always)]
fn bit<R: Registers>(rtl: &R, field: usize) -> bool {
    rtl.limb(field, 0) & 1 != 0
}

impl account::Account for Account {
    #[inline]
    fn clock<R: Registers>(&mut self, rtl: &R) -> Option<Spent> {
        let retires = bit(rtl, field::r_valid_q);
        let (x, d) = (bit(rtl, field::x_valid_q), bit(rtl, field::d_valid_q));
        let d_redirected = bit(rtl, field::d_redir_q);
        if retires & x & d {
            // Most cycles: one instruction has left X, the next one is in it. So a call runs, and nobody has killed D.
            self.before = State { running: true, x, d, d_redirected, k: false, unwind: unwind::NONE, finds: false };
            return Some(Spent { cause: cause::RETIRE, empty: false });
        }
        let after = State {
            running: rtl.limb(field::l_state_q, 0) as u8 & 15 == loader::RUN,
            x,
            d,
            d_redirected,
            k: bit(rtl, field::k_valid_q),
            unwind: rtl.limb(field::u_state_q, 0) as u8 & 3,
            finds: bit(rtl, field::g_state_q),
        };
        self.waits(rtl, after, retires)
    }
}

/// What an instruction that stays in X waits for.
fn executes<R: Registers>(rtl: &R) -> u8 {
    let (opcode, step) = (rtl.limb(field::x_op_q, 0) as u8, rtl.limb(field::x_step_q, 0) & 3);
    match DECODE[usize::from(opcode)].class {
        Class::Mul => cause::MULTIPLIER,
        Class::Div => cause::DIVIDER,
        Class::Switch => cause::SWITCH,
        Class::Invoke | Class::Return => cause::CALL,
        Class::InvokeExternal if step == 0 => cause::SEGMENT,
        Class::InvokeExternal => cause::CALL,
        Class::InvokeNative => cause::NATIVE,
        Class::HLoad | Class::HStore => cause::PAGE,
        Class::Page if step == 2 => cause::HEAP,
        Class::Page => cause::PAGE,
        _ => cause::MEMORY,
    }
}

impl Account {
    /// A cycle in which the pipeline is not full.
    #[inline(never)]
    fn waits<R: Registers>(&mut self, rtl: &R, after: State, retires: bool) -> Option<Spent> {
        let before = std::mem::replace(&mut self.before, after);
        if !after.running {
            return None;
        }
        if !before.running {
            // The first method begins.
            (self.x_why, self.d_why, self.k_why) = (cause::REFILL, cause::REFILL, cause::REFILL);
            return Some(Spent { cause: cause::HOST, empty: true });
        }
        let cause = match before {
            _ if retires => cause::RETIRE,
            State { x: true, .. } => executes(rtl),
            State { unwind: unwind::UNDO, .. } => cause::ROLLBACK,
            State { unwind: unwind::NONE, .. } => self.x_why,
            State { finds: true, .. } => cause::SEGMENT,
            _ => cause::UNWIND,
        };
        if !(after.x && after.d) {
            self.emptied(rtl, &before, &after, retires);
        }
        Some(Spent { cause, empty: !before.x })
    }

    /// X or D is empty after this cycle, and why.
    fn emptied<R: Registers>(&mut self, rtl: &R, before: &State, after: &State, retires: bool) {
        let killed = killer(rtl, before, after);
        if !after.x {
            self.x_why = match killed {
                Some(why) => why,
                None if before.d => cause::HEAP,
                None => self.d_why,
            };
        }
        // D redirects F for the instruction that it issues to X.
        let issued = before.d && after.x && (retires || !before.x);
        let redirects = issued && !before.d_redirected && bit(rtl, field::x_pred_q);
        if !after.d {
            self.d_why = match killed {
                Some(why) => why,
                None if before.k => self.k_why,
                None if redirects && in_x(rtl) == Class::Return => cause::REFILL,
                None if redirects => cause::BRANCH,
                None => cause::FETCH,
            };
        }
        if let Some(why) = killed.filter(|_| after.k) {
            self.k_why = why;
        }
    }
}

/// Class of the instruction in X.
fn in_x<R: Registers>(rtl: &R) -> Class {
    DECODE[usize::from(rtl.limb(field::x_op_q, 0) as u8)].class
}

/// Why D was killed in this cycle, if it was.
fn killer<R: Registers>(rtl: &R, before: &State, after: &State) -> Option<u8> {
    match before {
        // The second step of a return goes on beside it.
        State { finds: true, .. } => Some(cause::SEGMENT),
        State { x: true, .. } if after.unwind != unwind::NONE => Some(cause::UNWIND),
        State { x: true, .. } if bit(rtl, field::o_valid_q) => Some(cause::HOST),
        State { x: true, .. } if after.finds => Some(cause::SEGMENT),
        State { x: true, .. } if after.k => {
            // An instruction that has retired is in X no more.
            let retired = || DECODE[usize::from(rtl.limb(field::r_op_q, 0) as u8)].class;
            let class = if bit(rtl, field::r_valid_q) { retired() } else { in_x(rtl) };
            Some(if class == Class::Branch { cause::MISPREDICT } else { cause::REFILL })
        }
        State { x: true, .. } => None,
        State { unwind: unwind::UNDO, .. } => Some(cause::ROLLBACK),
        State { unwind, .. } if *unwind != unwind::NONE => Some(cause::UNWIND),
        _ => None,
    }
}
