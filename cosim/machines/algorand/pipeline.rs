// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Algorand core's pipeline as a packed probe shows it (`docs/algorand/core.md`): the retire record, what the
//! stages hold and why it stays there, names of codes. The same for model and RTL.

use std::sync::LazyLock;

use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::{Cause, Outcome, RETIRE_ATHROW, retire_code_name};
use avm_sim::algorand::isa::{self, Class};
use avm_sim::trace::{Core as _, HostOut, Layout, Request, Retire};

use crate::lockstep::view::{Held, Late, Mapping};

/// F holds the instruction at its head, D and X what is in them.
pub(super) const STAGES: [&str; 3] = ["F", "D", "X"];
/// Fields in wave viewers, by what they begin with.
pub(super) const GROUPS: [(&str, &str); 13] = [
    ("retire", "r_"),
    ("fetch", "f_"),
    ("decode", "d_"),
    ("execute", "x_"),
    ("stack", "s_"),
    ("calls", "c_"),
    ("unwind", "u_"),
    ("outcome", "o_"),
    ("host port", "h_"),
    ("loader", "l_"),
    ("multiplier", "m_"),
    ("divider", "v_"),
    ("branch target buffer", "b_"),
];
/// The heap access behind X.
const HEAP_ACCESS: &str = "A";

/// Values of `a_state_q`.
mod access {
    pub const LOAD: u64 = 1;
    pub const STORE: u64 = 2;
    pub const REFILL: u64 = 3;
    pub const FREE: u64 = 5;
}

macro_rules! fields {
    ($($name:ident)*) => {
        /// Indices of the probe fields that are read here: looked up once, as names are compared one by one.
        struct Fields { $($name: usize),* }

        static FIELDS: LazyLock<Fields> = LazyLock::new(|| {
            let find = |name: &str| Core::FIELDS.iter().position(|f| f.name == name);
            Fields { $($name: find(stringify!($name)).unwrap_or_else(|| panic!("no field {}", stringify!($name)))),* }
        });
    };
}

fields! {
    h_req_valid_q h_req_kind_q h_req_tag_q h_req_a_q h_req_b_q h_rsp_ready_q
    r_valid_q r_pc_q r_op_q r_code_q r_fuel_q r_push_q r_late_q
    f_run_q f_pc_q f_v0_q f_w0_q f_rv_q f_rz_q code_rd
    d_valid_q d_pc_q d_op_q x_valid_q x_pc_q x_op_q x_step_q
    s_tos_q s_nos_q a_value a_state_q u_state_q
    g_app_q g_caller_q g_state_q g_fill_q
    c_depth_q s_cnt_q p_ready_q u_log_q
}

/// The registered outputs that a probe shows.
pub(super) fn outputs(layout: &Layout, words: &[u64]) -> HostOut {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    let (kind, tag) = (value(f.h_req_kind_q) as u8, value(f.h_req_tag_q) as u8);
    let request = || Request { kind, tag, a: value(f.h_req_a_q), b: value(f.h_req_b_q) };
    HostOut {
        request: (value(f.h_req_valid_q) != 0).then(request),
        rsp_ready: value(f.h_rsp_ready_q) != 0,
        stream: None,
    }
}

/// The retire record that a probe shows.
pub(super) fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    if value(f.r_valid_q) == 0 {
        return None;
    }
    let (opcode, code) = (value(f.r_op_q) as u8, value(f.r_code_q) as u8);
    // Segment registers already show what the instruction made of them.
    let segment = match opcode {
        isa::code::INVOKE_EXTERNAL if code == 0 => value(f.g_caller_q),
        isa::code::RETURN | isa::code::IRETURN if value(f.g_state_q) != 0 => 0,
        _ => value(f.g_app_q),
    };
    let top = if value(f.r_late_q) != 0 { value(f.a_value) } else { value(f.s_tos_q) };
    Some(Retire {
        pc: value(f.r_pc_q),
        segment,
        opcode: opcode.into(),
        exception: code,
        meter_after: Some(value(f.r_fuel_q) as i64),
        n_results: value(f.r_push_q) as u8,
        results: Retire::narrow([top, value(f.s_nos_q), 0]),
        ..Retire::default()
    })
}

/// Mnemonic of what X holds.
pub(super) fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    match value(f.x_valid_q) {
        0 => "",
        _ => isa::by_code(value(f.x_op_q) as u8).map_or("?", |o| o.name),
    }
}

/// What F, D and X hold, and whether A is at work.
pub(super) fn held(layout: &Layout, words: &[u64], stages: &mut [Option<Held>]) -> Late {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    let segment = value(f.g_app_q);
    let in_x = (value(f.x_valid_q) != 0).then(|| Held {
        pc: value(f.x_pc_q),
        segment,
        opcode: Some(value(f.x_op_q) as u16),
        stall: executes(value(f.x_op_q) as u8, value(f.x_step_q), value(f.g_fill_q) != 0),
    });
    let in_d = (value(f.d_valid_q) != 0).then(|| Held {
        pc: value(f.d_pc_q),
        segment,
        opcode: Some(value(f.d_op_q) as u16),
        stall: match in_x {
            Some(x) => x.stall,
            None if value(f.u_state_q) != 0 => "unwind",
            None => "heap",
        },
    });
    let in_f = (value(f.f_run_q) != 0).then(|| Held {
        pc: value(f.f_pc_q),
        segment,
        opcode: fetched(layout, words),
        stall: in_d.map_or("fetch", |d| d.stall),
    });
    stages.copy_from_slice(&[in_f, in_d, in_x]);
    match value(f.a_state_q) {
        // An allocation is X's work still.
        access::LOAD | access::STORE | access::FREE => Late::Begins(HEAP_ACCESS),
        access::REFILL => Late::Continues,
        _ => Late::Over,
    }
}

/// The opcode at F's head, if its word is there.
fn fetched(layout: &Layout, words: &[u64]) -> Option<u16> {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    let word = match (value(f.f_v0_q), value(f.f_rv_q), value(f.f_rz_q)) {
        (1, _, _) => value(f.f_w0_q),
        (_, 1, 0) => value(f.code_rd),
        (_, 1, _) => 0,
        _ => return None,
    };
    Some((word >> (8 * (value(f.f_pc_q) % 8)) & 0xff) as u16)
}

/// What an instruction that stays in X waits for: a cause of cycles by its name.
fn executes(opcode: u8, step: u64, fills: bool) -> &'static str {
    match isa::DECODE[usize::from(opcode)].class {
        Class::Mul => "multiplier",
        Class::Div => "divider",
        Class::Switch => "switch",
        Class::Invoke | Class::Return => "call",
        Class::InvokeExternal if fills => "segment",
        Class::InvokeExternal => "call",
        Class::InvokeNative => "native",
        Class::Page if step == 2 => "heap",
        Class::HLoad | Class::HStore | Class::Page => "page",
        _ => "memory",
    }
}

/// Depths and pages, over time.
pub(super) fn curves(layout: &Layout, words: &[u64]) -> Vec<(&'static str, u64)> {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    vec![
        ("stack depth", value(f.s_cnt_q)),
        ("active methods", value(f.c_depth_q)),
        ("resident pages", value(f.p_ready_q).count_ones().into()),
        ("log entries", value(f.u_log_q)),
    ]
}

/// Opcodes, exception codes and outcomes.
pub(super) fn mappings() -> Vec<Mapping> {
    let opcodes = isa::OPS.iter().map(|o| (o.code.into(), o.name.into())).collect();
    let code = |n: u8| (n.into(), if n == 0 { "none" } else { retire_code_name(n) }.to_string());
    let is_code = |n: &u8| *n == 0 || *n >= RETIRE_ATHROW || Cause::ALL.iter().any(|c| *c as u8 == *n);
    let outcome = |n: u8| match n {
        0 => (0, "returned".to_string()),
        1 => (1, "returned a value".to_string()),
        2 => (2, "exception".to_string()),
        n => code(n),
    };
    let is_outcome = |n: &u8| Outcome::from_number(*n, 0).is_some();
    let mapping = |file, name, bits, values| Mapping { file, name, bits, values };
    vec![
        mapping("algorand-opcode", "Algorand opcode", 8, opcodes),
        mapping("algorand-exception", "Algorand exception", 5, (0..32).filter(is_code).map(code).collect()),
        mapping("algorand-outcome", "Algorand outcome", 5, (0..32).filter(is_outcome).map(outcome).collect()),
    ]
}
