// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the cycles of calls are spent on, told from the RTL's registers: the second description of the model's bookkeeping,
//! made for `docs/arbitrum/core.md` ("Causes"; "X: steps") by somebody who had read the model's: it shows that the RTL's registers tell the same,
//! not that two readers of the page agree. What a cycle begins with says what X wanted; whether W got
//! the instruction says that it was done.

use avm_sim::arbitrum::core::Core;
use avm_sim::arbitrum::isa::code;
use avm_sim::arbitrum::numbers::{AUX_CELLS, DATA_CELLS, FILL_BELOW, SPILL_AT, class, loader, release, step, tag};
use avm_sim::trace::{Field, Registers};

use crate::lockstep::account::{self, Spent};

macro_rules! registers {
    ($($name:ident)*) => {
        /// Indices of the probe fields that are read here.
        #[allow(non_upper_case_globals, reason = "they are called as the registers are")]
        mod field {
            use avm_sim::trace::Core as _;
            $(pub const $name: usize = super::field_of(super::Core::FIELDS, stringify!($name));)*
        }

        /// Their low limbs after a clock.
        #[derive(Clone, Copy, Default)]
        struct State { $($name: u64),* }

        impl State {
            #[inline(always)]
            fn of<R: Registers>(rtl: &R) -> State {
                State { $($name: rtl.limb(field::$name, 0) & const { mask(field::$name) }),* }
            }
        }
    };
}

registers! {
    l_state_q w_v_q w_bad_q x_v_q x_step_q x_op_q x_dec_q x_imm_v_q x_had_q x_gas_q x_n_q x_na_q
    s_depth_q s_base_q t_depth_q t_und_q g_plenty_q p_state_q
    k_inc_v_q k_d0_v_q k_d1_v_q k_d2_v_q
}

/// The bits of a field of at most 64: above them may be anything.
const fn mask(field: usize) -> u64 {
    use avm_sim::trace::Core as _;
    u64::MAX >> (64 - Core::FIELDS[field].width)
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
    RETIRE BRANCH WINDOW AUX COUNT GAS SHIFT ARITH TUPLE RELEASE HASH KECCAK HOST ERROR IMMEDIATE LOAD
}

/// Where a name, here in capitals, is in a list.
const fn index_of(list: &[&str], name: &str) -> u8 {
    let mut i = 0;
    while !list[i].eq_ignore_ascii_case(name) {
        i += 1;
    }
    i as u8
}

/// The decoder's row of an instruction, as its register packs it (page, "Decoder row").
#[derive(Clone, Copy)]
struct Row(u64);

impl Row {
    fn bits(self, low: u32, width: u32) -> u64 {
        self.0 >> low & ((1 << width) - 1)
    }

    fn class(self) -> u8 {
        self.bits(17, 5) as u8
    }

    fn pops(self) -> u64 {
        self.bits(25, 3)
    }

    fn aux_pops(self) -> u64 {
        self.bits(24, 1)
    }

    fn grow(self) -> u64 {
        self.bits(28, 1)
    }

    fn split(self) -> bool {
        self.bits(29, 1) != 0
    }

    fn cheap(self) -> bool {
        self.bits(30, 1) != 0
    }
}

impl State {
    fn running(&self) -> bool {
        self.l_state_q == u64::from(loader::RUN)
    }

    /// Events that wait to be counted.
    fn waiting(&self) -> u64 {
        self.k_inc_v_q + self.k_d0_v_q + self.k_d1_v_q + self.k_d2_v_q
    }

    fn aux_ready(&self) -> bool {
        self.t_und_q != 0 || self.t_depth_q < 2
    }

    /// Cells between the base and the two top ones.
    fn window(&self) -> u64 {
        if self.s_depth_q < 2 { 0 } else { self.s_depth_q - 2 - self.s_base_q }
    }
}

/// The account.
#[derive(Clone, Default)]
pub struct Account {
    before: State,
    /// What X's operands were when the cycle began: whether `eq` goes by hash.
    by_hash: bool,
}

impl account::Account for Account {
    #[inline]
    fn clock<R: Registers>(&mut self, rtl: &R) -> Option<Spent> {
        let after = State::of(rtl);
        let before = std::mem::replace(&mut self.before, after);
        let by_hash = std::mem::replace(&mut self.by_hash, eq_by_hash(&after, rtl));
        if !after.running() && after.w_v_q == 0 {
            return None;
        }
        let (x, refused) = (before.x_v_q != 0, before.w_bad_q != 0);
        let cause = match () {
            () if !before.running() => cause::LOAD,
            () if refused => cause::RETIRE,
            () if !x => cause::BRANCH,
            () if after.w_v_q != 0 => {
                if after.w_bad_q != 0 {
                    cause::ERROR
                } else {
                    cause::RETIRE
                }
            }
            () => at_work(&before, by_hash),
        };
        Some(Spent { cause, empty: !x && !refused })
    }
}

/// `eq` of two values of one type that are no Integers and may be equal though they are not the same.
fn eq_by_hash<R: Registers>(s: &State, rtl: &R) -> bool {
    if s.x_op_q != u64::from(code::EQ) || s.x_v_q == 0 {
        return false;
    }
    let cell = |field: usize| [0, 1, 2, 3, 4].map(|l| rtl.limb(field, l) & if l == 4 { 3 } else { u64::MAX });
    let (a, b) = if s.x_imm_v_q != 0 {
        (cell(wide::x_imm_q), cell(wide::s_a_q))
    } else {
        (cell(wide::s_a_q), cell(wide::s_b_q))
    };
    let tags = [a[4] as u8, b[4] as u8];
    let lengths = tags[0] != tag::TUPLE || a[0] >> 16 == b[0] >> 16;
    tags[0] == tags[1] && tags[0] != tag::INT && a[..4] != b[..4] && lengths
}

/// Operands.
#[allow(non_upper_case_globals, reason = "they are called as the registers are")]
mod wide {
    use avm_sim::trace::Core as _;
    pub const x_imm_q: usize = super::field_of(super::Core::FIELDS, "x_imm_q");
    pub const s_a_q: usize = super::field_of(super::Core::FIELDS, "s_a_q");
    pub const s_b_q: usize = super::field_of(super::Core::FIELDS, "s_b_q");
}

/// What X does in a cycle in which its instruction is not done.
fn at_work(b: &State, by_hash: bool) -> u8 {
    let class = Row(b.x_dec_q).class();
    match b.x_step_q as u8 {
        step::BEGIN => begins(b, by_hash),
        step::GAS => cause::GAS,
        step::ENSURE => cause::RELEASE,
        step::ERROR => fails(b),
        step::S7 if b.x_op_q == u64::from(code::LOG) => cause::HASH,
        _ => of_class(class),
    }
}

/// Step 12.
fn fails(b: &State) -> u8 {
    let popping = b.x_imm_v_q != 0 || b.x_n_q != 0;
    match () {
        () if b.waiting() > 1 => cause::COUNT,
        () if !popping && b.x_na_q != 0 && !b.aux_ready() => cause::AUX,
        () => cause::ERROR,
    }
}

/// Step 0, in the order of the page.
fn begins(b: &State, by_hash: bool) -> u8 {
    let (row, immediate) = (Row(b.x_dec_q), b.x_imm_v_q);
    let depth = b.s_depth_q + immediate;
    let (auxpush, aux_full) = (b.x_op_q == u64::from(code::AUXPUSH), b.t_depth_q == AUX_CELLS as u64);
    let full = depth + row.grow() > DATA_CELLS as u64 || auxpush && aux_full;
    let window = b.window();
    let moves = window >= SPILL_AT.into() || window < FILL_BELOW.into() && b.s_base_q != 0;
    match () {
        () if full && b.x_had_q == 0 => cause::ERROR,
        () if moves => cause::WINDOW,
        () if b.waiting() > 1 => cause::COUNT,
        () if row.split() && immediate == 1 => cause::IMMEDIATE,
        () if depth < row.pops() || b.t_depth_q < row.aux_pops() => cause::ERROR,
        () if b.x_gas_q == 0 && !(row.cheap() && b.g_plenty_q != 0) => cause::GAS,
        () => class_begins(b, row.class(), by_hash),
    }
}

/// The class's own step 0, or what it waits for.
fn class_begins(b: &State, class: u8, by_hash: bool) -> u8 {
    let log = b.x_op_q == u64::from(code::LOG);
    let locks = match class {
        class::EQ => by_hash,
        class::HOST => log,
        class::SET2 | class::HASH | class::KECCAK | class::INSN | class::INBOX => true,
        _ => false,
    };
    let releases = b.p_state_q as u8;
    match class {
        class::PUSH => cause::AUX,
        class::GET if releases == release::TEST => cause::RELEASE,
        _ if locks && b.waiting() > 0 => cause::COUNT,
        _ if locks && ![release::IDLE, release::CELL].contains(&releases) => cause::RELEASE,
        class::HOST if log => cause::HASH,
        _ => of_class(class),
    }
}

/// What steps of a class are called.
fn of_class(class: u8) -> u8 {
    match class {
        class::SHIFT => cause::SHIFT,
        class::MUL | class::DIV | class::MOD | class::EXP | class::SHA => cause::ARITH,
        class::GAS => cause::GAS,
        class::GET | class::SET2 => cause::TUPLE,
        class::EQ | class::HASH | class::INSN => cause::HASH,
        class::KECCAK => cause::KECCAK,
        _ => cause::HOST,
    }
}
