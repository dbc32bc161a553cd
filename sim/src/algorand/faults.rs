// SPDX-License-Identifier: MIT OR Apache-2.0
//! Planted RTL faults: the list from which the RTL's fault numbers, `avm faults` and the fault tests
//! are made. A fault is chosen at run time by its number on the core's `fault_i` input; 0 is none.

pub use crate::trace::Fault;

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
    f("segment_compare", "the page match ignores the application", "value", "p_hit_q", "units/heap_loads.toml"),
    f("log_lost", "a store of less than 8 bytes is not logged", "value", "log_wv_q", "units/rollback_orders.toml"),
    f(
        "log_order",
        "undo reads the log oldest entry first, if it was never longer",
        "value",
        "log_rd",
        "units/rollback_log_2.toml",
    ),
    f(
        "private_callable",
        "invoke_external does not look at the access byte",
        "value",
        "u_state_q",
        "units/segments_checks.toml",
    ),
    f("listed_rejected", "the page match never finds slot 1", "value", "p_hit_q", "units/heap_loads.toml"),
    f("page_bound", "an offset equal to the page's size is accepted", "value", "u_state_q", "units/heap_loads.toml"),
    f("scope_mark", "a scope's mark is one entry too high", "value", "c_mark_q", "units/segments.toml"),
    f("caller_kept", "an external return does not restore the caller", "value", "g_caller_q", "units/segments.toml"),
    f(
        "stale_segment",
        "a return takes the slot of its application's index, without looking who is there",
        "value",
        "g_slot_q",
        "units/segments_ring.toml",
    ),
    f("realloc_freed", "palloc does not look at the freed mark", "value", "u_state_q", "units/heap_pages.toml"),
    f("alloc_dirty", "palloc leaves the page's last word as it was", "value", "heap_wv_q", "units/heap_pages.toml"),
    f("native_price", "a native's price counts only whole 8 bytes", "value", "d_fuel_q", "units/natives.toml"),
    f(
        "fill_conflict",
        "a page's word that comes behind a store is lost",
        "value",
        "heap_wv_q",
        "units/heap_stores.toml",
    ),
    f("page_stall", "an access does not wait for a page in flight", "shifted", "x_step_q", "units/heap_loads.toml"),
    f("btb_alias", "branch targets are not told apart by segment", "value", "f_pc_q", "units/segments_predict.toml"),
    f("free_kept", "rollback does not clear the freed mark", "value", "p_freed_q", "units/rollback_pages.toml"),
    f("log_kept", "the log is not emptied when the outermost scope closes", "value", "u_log_q", "units/rollback.toml"),
    f(
        "late_push",
        "a push behind a heap load moves the old top down",
        "value",
        "s_nos_q",
        "units/heap_after_load_2.toml",
    ),
    f(
        "catch_empties",
        "a taken catch leaves the code alone on the stack",
        "value",
        "s_cnt_q",
        "units/catch_stack.toml",
    ),
    f("throw_keeps", "a throw leaves the operands on the stack", "value", "s_cnt_q", "units/catch_stack.toml"),
    f(
        "mend_lost",
        "the cell below the top does not come back after a throw",
        "value",
        "s_nos_q",
        "units/catch_stack.toml",
    ),
    f("undo_capacity", "the log's limit is tested one entry late", "value", "o_kind_q", "units/rollback_log_1.toml"),
];

/// The number of a fault on `fault_i`, by name.
pub fn number(name: &str) -> Option<u8> {
    FAULTS.iter().position(|f| f.name == name).map(|i| i as u8 + 1)
}
