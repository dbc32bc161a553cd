//! Planted RTL faults: the list from which the RTL's fault numbers, `avm faults` and the fault tests
//! are made. A fault is chosen at run time by its number on the core's `fault_i` input; 0 is none.

/// A planted fault.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// Name on the command line; upper-cased with the prefix `FAULT_` in the RTL.
    pub name: &'static str,
    /// What the RTL does wrong.
    pub what: &'static str,
    /// Failure class that lockstep must report.
    pub class: &'static str,
    /// Probe field that must be among the first to differ; empty where the class has none.
    pub field: &'static str,
    /// Scenario file that reaches it, below `testbenches/algorand/`.
    pub scenario: &'static str,
}

const fn f(
    name: &'static str,
    what: &'static str,
    class: &'static str,
    field: &'static str,
    scenario: &'static str,
) -> Fault {
    Fault { name, what, class, field, scenario }
}

/// All planted faults; the number of a fault is its index plus 1.
pub const FAULTS: &[Fault] = &[
    f("add_carry", "iadd and iaddw lose the carry from bit 31 to bit 32", "value", "s_tos_q", "units/alu.toml"),
    f("sub_overflow", "isub does not detect overflow", "value", "u_state_q", "units/alu.toml"),
    f("shift_amount", "ishr uses only 5 bits of the amount", "value", "s_tos_q", "units/alu.toml"),
    f("compare_sign", "ult compares as signed", "value", "s_tos_q", "units/alu.toml"),
    f("mul_row", "the multiplier drops its last row", "value", "m_lo_q", "units/muldiv.toml"),
    f("div_hang", "the divider never finishes when the divisor is 7", "hang", "v_cnt_q", "units/muldiv.toml"),
    f("div_digit", "the divider never selects digit 3", "value", "v_rem_q", "units/muldiv.toml"),
    f("lost_stall", "D issues during step 0 of a computed load", "value", "x_pc_q", "units/frame.toml"),
    f("stack_pointer", "a refill reads one cell too low", "value", "stack_rd", "units/stack.toml"),
    f("stale_forward", "the stack RAM's write-first forwarding is lost", "value", "stack_rd", "units/stack.toml"),
    f(
        "fuel_late",
        "an instruction issued in the last cycle of a two-step one is charged nothing",
        "value",
        "d_fuel_q",
        "units/frame.toml",
    ),
    f("catch_fallthrough", "a catch reached normally branches", "extra", "k_valid_q", "units/exceptions.toml"),
    f("catch_keeps_args", "a taken catch keeps the pending arguments", "value", "d_pend_q", "units/exceptions.toml"),
    f("stale_local", "the frame tag is not compared: old bytes are read", "value", "frame_hit", "units/calls.toml"),
    f("store_width", "store_16 writes 4 bytes", "value", "frame_wd_q", "units/frame.toml"),
    f("sign_extend", "load_i8 and loadx_i8 are zero-extended", "value", "s_tos_q", "units/frame.toml"),
    f("arg_align", "arg_32 does not align the pending pointer", "value", "d_pend_q", "units/calls.toml"),
    f("return_address", "the return address is one too large", "value", "c_ret_q", "units/calls.toml"),
    f("switch_bound", "switch takes an index equal to its count", "value", "const_rv_q", "units/branches.toml"),
    f("mispredict_kept", "a mispredicted backward branch does not kill D", "extra", "d_valid_q", "units/branches.toml"),
    f("athrow_forge", "athrow keeps bit 63", "value", "u_code_q", "units/exceptions.toml"),
    f("retire_lost", "ieqz does not retire", "missing", "r_valid_q", "units/alu.toml"),
    f("extra_cycle", "a computed load takes one cycle more", "shifted", "x_step_q", "units/frame.toml"),
    f(
        "wrong_outcome",
        "the value on the host port's DONE request is complemented",
        "outcome",
        "h_req_b_q",
        "units/calls.toml",
    ),
];

/// The number of a fault on `fault_i`, by name.
pub fn number(name: &str) -> Option<u8> {
    FAULTS.iter().position(|f| f.name == name).map(|i| i as u8 + 1)
}
