// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Arbitrum core's pipeline as a packed probe shows it (`docs/arbitrum/core.md`): the retire record, what the stages
//! hold, outputs. The same for model and RTL.

use std::sync::LazyLock;

use avm_sim::arbitrum::core::Core;
use avm_sim::arbitrum::isa;
use avm_sim::arbitrum::numbers::{exception, tag};
use avm_sim::arbitrum::value::type_code;
use avm_sim::trace::{Core as _, HostOut, Layout, Request, Retire};

use crate::lockstep::view::{Held, Late};

/// D has the code word, I fetches the immediate, X executes.
pub(super) const STAGES: [&str; 3] = ["D", "I", "X"];
/// Fields in wave viewers, by what they begin with.
pub(super) const GROUPS: [(&str, &str); 16] = [
    ("retire", "w_"),
    ("code word", "d_"),
    ("immediate", "i_"),
    ("execute", "x_"),
    ("data stack", "s_"),
    ("aux stack", "t_"),
    ("gas", "g_"),
    ("state", "n_"),
    ("arithmetic", "e_"),
    ("counts", "k"),
    ("heap", "p_"),
    ("hash", "z_"),
    ("code", "c_"),
    ("host port", "h_"),
    ("loader", "l_"),
    ("keccak", "q_"),
];

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
    d_v_q d_pc_q i_v_q i_pc_q i_op_q x_v_q x_pc_q x_op_q x_step_q
    w_v_q w_pc_q w_op_q w_exc_q w_bad_q n_err_q
    s_a_q s_depth_q t_depth_q g_lo_q g_hi_q g_borrow_q p_top_q
}

/// Opcodes that only their own class has.
const HALT: u8 = 0x74;

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

/// The retire record that a probe shows (rules, A21; page, "W").
pub(super) fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    let limb = |index, limb| layout.limb(words, index, limb);
    if value(f.w_v_q) == 0 || value(f.w_bad_q) != 0 {
        return None;
    }
    let (depth, opcode, code) = (value(f.s_depth_q), value(f.w_op_q) as u8, value(f.w_exc_q) as u8);
    let payload = [0, 1, 2, 3].map(|l| limb(f.s_a_q, l));
    let (kind, top) = match limb(f.s_a_q, 4) as u8 {
        _ if depth == 0 => (type_code::NONE, [0; 4]),
        tag::INT => (type_code::INT, payload),
        tag::CODE => (type_code::CODE, payload),
        tag::TUPLE => (type_code::TUPLE, [payload[0] >> 16, 0, 0, 0]),
        _ => (type_code::BUFFER, [0; 4]),
    };
    let (borrow, gas) = (value(f.g_borrow_q), [limb(f.g_hi_q, 0), limb(f.g_hi_q, 1), limb(f.g_hi_q, 2)]);
    let mut carry = borrow;
    let high = gas.map(|limb| {
        let (less, under) = limb.overflowing_sub(carry);
        carry = under.into();
        less
    });
    let status = match code {
        exception::NONE => 2 * u64::from(opcode == HALT),
        _ => u64::from(value(f.n_err_q) == 0),
    };
    Some(Retire {
        pc: value(f.w_pc_q),
        opcode: opcode.into(),
        exception: code,
        n_results: 3,
        results: [top, [value(f.g_lo_q), high[0], high[1], high[2]], [kind.into(), depth, value(f.t_depth_q), status]],
        ..Retire::default()
    })
}

/// Mnemonic of an opcode.
pub(super) fn name(opcode: u8) -> &'static str {
    isa::by_code(opcode).map_or("invalid", |op| op.name)
}

/// Mnemonic of what X holds.
pub(super) fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    if value(f.x_v_q) == 0 { "" } else { name(value(f.x_op_q) as u8) }
}

/// What D, I and X hold.
pub(super) fn held(layout: &Layout, words: &[u64], stages: &mut [Option<Held>]) -> Late {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    let in_x = (value(f.x_v_q) != 0).then(|| Held {
        pc: value(f.x_pc_q),
        opcode: Some(value(f.x_op_q) as u16),
        stall: if value(f.x_step_q) == 0 { "" } else { "steps" },
        ..Held::default()
    });
    let stall = in_x.map_or("", |x| x.stall);
    let in_i = (value(f.i_v_q) != 0).then(|| Held {
        pc: value(f.i_pc_q),
        opcode: Some(value(f.i_op_q) as u16),
        stall,
        ..Held::default()
    });
    let in_d = (value(f.d_v_q) != 0).then(|| Held { pc: value(f.d_pc_q), opcode: None, stall, ..Held::default() });
    stages.copy_from_slice(&[in_d, in_i, in_x]);
    Late::Over
}

/// Depths of the stacks and the heap's height over time.
pub(super) fn curves(layout: &Layout, words: &[u64]) -> Vec<(&'static str, u64)> {
    let (f, value) = (&*FIELDS, |index| layout.value(words, index));
    vec![("data stack", value(f.s_depth_q)), ("aux stack", value(f.t_depth_q)), ("heap cells", value(f.p_top_q))]
}
