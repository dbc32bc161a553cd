//! Planted faults of the core's RTL, by number on `fault_i`; 0 is none. The names and what each does wrong are the RTL's.
//!
//! Class, field and scenario are what lockstep's tests hold against it; empty where nobody has said it yet.

use crate::trace::Fault;

const fn fault(name: &'static str, what: &'static str) -> Fault {
    Fault { name, what, class: "", field: "", scenario: "" }
}

/// All faults; number 1 comes first.
pub const FAULTS: &[Fault] = &[
    fault("add_carry", "an addition loses the carry from bit 127 to bit 128"),
    fault("compare_sign", "slt and sgt compare as unsigned"),
    fault("sar_fill", "sar fills with 0"),
    fault("sign_bound", "signextend takes a size of 30 as if it were no size"),
    fault("mul_row", "the multiplier leaves out its last row, unless the product is wide"),
    fault("div_digit", "the divider never selects digit 3"),
    fault("mod_carry", "addmod drops the carry of its sum"),
    fault("exp_bit", "exp leaves out the last bit of the exponent"),
    fault("sha_schedule", "the schedule of sha256f leaves a shift out"),
    fault("keccak_iota", "Keccak's last round adds no constant"),
    fault("gas_borrow", "a borrow of the low half of the gas is lost"),
    fault("gas_plenty", "the core thinks that there is plenty of gas as soon as there is any"),
    fault("underflow_price", "an underflow is charged the instruction's gas"),
    fault("pair_order", "ethhash2 hashes its operands the other way round"),
    fault("bad_kept", "the result of an instruction that failed stays"),
    fault("fill_word", "a cell that comes back to the window goes one word too high"),
    fault("aux_stale", "auxpop does not wait for the cell under the top"),
    fault("count_lost", "dup0 does not count its copy"),
    fault("count_one", "tset and xset change every tuple in place"),
    fault("hash_kept", "a tuple that is changed in place keeps its hash"),
    fault("release_last", "release forgets the last cell of a tuple"),
    fault("hash_size", "a tuple in a tuple adds 1 to the size"),
    fault("hash_slot", "after a nested tuple the hash goes on with the slot behind the next one"),
    fault("jump_target", "an immediate of a jump is not followed"),
    fault("insn_next", "pushinsn makes its code point go on with ERRCP"),
    fault("insn_pool", "pushinsnimm keeps an Integer of 17 bits in the code word"),
    fault("host_order", "the two halves of an operand go to the host the other way round"),
    fault("wrong_outcome", "the core reports HALTED as ERROR_STOP"),
    fault("retire_lost", "debugprint does not retire"),
];
