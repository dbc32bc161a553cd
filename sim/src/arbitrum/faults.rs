// SPDX-License-Identifier: MIT OR Apache-2.0
//! Planted faults of the core's RTL, by number on `fault_i`; 0 is none. The names and what each does wrong are the RTL's.
//!
//! Class, field and scenario are what lockstep's tests hold against it.

use crate::trace::Fault;

/// Class and field that lockstep reports, and a scenario that shows it.
const fn fault(
    name: &'static str,
    what: &'static str,
    (class, field): (&'static str, &'static str),
    scenario: &'static str,
) -> Fault {
    Fault { name, what, class, field, scenario }
}

/// All faults; number 1 comes first.
pub const FAULTS: &[Fault] = &[
    fault(
        "add_carry",
        "an addition loses the carry from bit 127 to bit 128",
        ("value", "s_a_q"),
        "units/arithmetic.toml",
    ),
    fault("compare_sign", "slt and sgt compare as unsigned", ("value", "s_a_q"), "units/logic.toml"),
    fault("sar_fill", "sar fills with 0", ("value", "x_r_q"), "units/shifts.toml"),
    fault("sign_bound", "signextend takes a size of 30 as if it were no size", ("value", "s_a_q"), "units/shifts.toml"),
    fault(
        "mul_row",
        "the multiplier leaves out its last row, unless the product is wide",
        ("value", "m_lo_q"),
        "units/arithmetic.toml",
    ),
    fault("div_digit", "the divider never selects digit 3", ("value", "v_rem_q"), "units/arithmetic.toml"),
    fault("mod_carry", "addmod drops the carry of its sum", ("value", "e_b_q"), "units/modular.toml"),
    fault("exp_bit", "exp leaves out the last bit of the exponent", ("value", "e_b_q"), "units/powers.toml"),
    fault("sha_schedule", "the schedule of sha256f leaves a shift out", ("value", "y_w_q"), "units/hash.toml"),
    fault("keccak_iota", "Keccak's last round adds no constant", ("value", "zbuf_wd_q"), "units/tuples.toml"),
    fault("gas_borrow", "a borrow of the low half of the gas is lost", ("value", "g_hi_q"), "units/gas.toml"),
    fault(
        "gas_plenty",
        "the core thinks that there is plenty of gas as soon as there is any",
        ("value", "g_plenty_q"),
        "units/gas.toml",
    ),
    fault("underflow_price", "an underflow is charged the instruction's gas", ("value", "g_lo_q"), "units/errors.toml"),
    fault("pair_order", "ethhash2 hashes its operands the other way round", ("value", "zbuf_wa_q"), "units/hash.toml"),
    fault("bad_kept", "the result of an instruction that failed stays", ("value", "s_a_q"), "units/errors.toml"),
    fault(
        "fill_word",
        "a cell that comes back to the window goes one word too high",
        ("value", "win_wa_q"),
        "units/stack.toml",
    ),
    fault("aux_stale", "auxpop does not wait for the cell under the top", ("value", "s_a_q"), "units/aux.toml"),
    fault("count_lost", "dup0 does not count its copy", ("value", "k_inc_v_q"), "units/tuples.toml"),
    fault("count_one", "tset and xset change every tuple in place", ("value", "x_old_q"), "units/tuples.toml"),
    fault("hash_kept", "a tuple that is changed in place keeps its hash", ("value", "count_wd_q"), "units/tuples.toml"),
    fault("release_last", "release forgets the last cell of a tuple", ("shifted", "p_state_q"), "units/tuples.toml"),
    fault("hash_size", "a tuple in a tuple adds 1 to the size", ("value", "z_size_q"), "units/tuples.toml"),
    fault(
        "hash_slot",
        "after a nested tuple the hash goes on with the slot behind the next one",
        ("value", "z_size_q"),
        "units/tuples.toml",
    ),
    fault("jump_target", "an immediate of a jump is not followed", ("value", "code_rd"), "units/code.toml"),
    fault("insn_next", "pushinsn makes its code point go on with ERRCP", ("value", "code_wd_q"), "units/code.toml"),
    fault(
        "insn_pool",
        "pushinsnimm keeps an Integer of 17 bits in the code word",
        ("value", "c_pool_q"),
        "units/code.toml",
    ),
    fault(
        "host_order",
        "the two halves of an operand go to the host the other way round",
        ("value", "h_req_a_q"),
        "units/errors.toml",
    ),
    fault("wrong_outcome", "the core reports HALTED as ERROR_STOP", ("value", "h_req_a_q"), "units/arithmetic.toml"),
    fault("retire_lost", "debugprint does not retire", ("missing", "w_v_q"), "units/outside.toml"),
    fault("div_over", "the divider takes any high half of a dividend", ("value", "v_state_q"), "units/modular.toml"),
];
