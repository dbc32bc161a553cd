// SPDX-License-Identifier: MIT OR Apache-2.0
//! Cycles per instruction, straight from the microarchitecture page.

use avm_sim::algorand::core::Core;
use avm_sim::algorand::image::Image;
use avm_sim::trace::Core as _;

use super::host::*;

/// Costs of all records but the first.
fn costs(program: &[(&str, i64)]) -> Vec<u64> {
    let r = run(&single(program));
    (1..r.retires.len()).map(|i| r.cost(i)).collect()
}

#[test]
fn the_first_instruction_retires_in_the_fourth_cycle() {
    // The K registers redirect F in cycle 1, F fires in 2, D issues in 3, X is done in 4; the loader
    // sees the outcome in 5.
    let r = run(&single(&[("return", 0)]));
    assert_eq!((r.retires[0].cycle, r.cycles), (4, 5));
}

#[test]
fn plain_instructions_take_one_cycle() {
    let c = costs(&[
        ("const_8", 1),
        ("const_8", 2),
        ("const_8", 3),
        ("over", 0),
        ("dup", 0),
        ("swap", 0),
        ("iadd", 0),
        ("ineg", 0),
        ("pop", 0),
        ("store_64", 8),
        ("load_u8", 8),
        ("cload_64", 16),
        ("arg_8", 0),
        ("self", 0),
        ("caller", 0),
        ("ieq", 0),
        ("catch", 0),
        ("nop", 0),
        ("return", 0),
    ]);
    assert_eq!(c, vec![1; 18]);
}

#[test]
fn multiplier_6_divider_35_computed_access_2() {
    let c = costs(&[
        ("const_8", 3),
        ("const_8", 5),
        ("imul", 0),
        ("dup", 0),
        ("imulw", 0),
        ("dup", 0),
        ("umulh", 0),
        ("const_8", 7),
        ("idiv", 0),
        ("const_8", 3),
        ("urem", 0),
        ("loadx_64", 0),
        ("dup", 0),
        ("storex_8", 0),
        ("const_8", 16),
        ("cloadx_u8", 0),
        ("return", 0),
    ]);
    assert_eq!(c, [1, 6, 1, 6, 1, 6, 1, 35, 1, 35, 2, 1, 2, 1, 2, 1]);
}

#[test]
fn throwing_early_costs_one_cycle() {
    let r = run(&single(&[("const_8", 1), ("const_8", 0), ("idiv", 0), ("catch", 8), ("return", 0)]));
    // Redirect, F, D, X: the catch retires four cycles after the division; its target likewise.
    assert_eq!((r.cost(2), r.cost(3), r.cost(4)), (1, 4, 4));
    assert_eq!(r.codes(), [0, 0, 8, 0, 0]);
}

/// A loop that counts 3 down: 2 taken backward branches.
const LOOP: &[(&str, i64)] = &[("const_8", 3), ("const_8", 1), ("isub", 0), ("dup", 0), ("brnz", 2), ("return", 0)];

#[test]
fn backward_branches_cost_a_bubble_once() {
    let r = run(&single(LOOP));
    // 0: const, 1-4: first round, 5-8, 9-12, 13: return.
    assert_eq!(r.cost(5), 2, "first time: one bubble");
    assert_eq!(r.cost(9), 1, "hit of the branch target buffer");
    assert_eq!(r.cost(13), 4, "mispredicted at the loop's end: three bubbles");
    let at = |name| Core::CAUSES.iter().position(|c| *c == name).unwrap();
    assert_eq!((r.spent[at("branch")], r.spent[at("mispredict")], r.spent[at("retire")]), (1, 3, 14));
}

#[test]
fn jumps_cost_a_bubble_and_forward_branches_are_not_predicted() {
    // 0 br 3; 3 const; 5 brz 8 (taken, to the next instruction); 8 const; 10 brnz 13 (not taken).
    let r = run(&single(&[("br", 3), ("const_8", 0), ("brz", 8), ("const_8", 0), ("brnz", 0x20), ("return", 0)]));
    assert_eq!((1..6).map(|i| r.cost(i)).collect::<Vec<_>>(), [2, 1, 4, 1, 1]);
}

#[test]
fn a_jump_that_is_killed_in_d_is_learnt_all_the_same() {
    // 0 const; 2 brz 8 (taken, not predicted: kills 5 in D); 5 br 11; 8 br 5; 11 return.
    let r = run(&single(&[("const_8", 0), ("brz", 8), ("br", 11), ("br", 5), ("return", 0)]));
    assert_eq!(r.retires.iter().map(|r| r.pc).collect::<Vec<_>>(), [0, 2, 8, 5, 11]);
    assert_eq!((1..5).map(|i| r.cost(i)).collect::<Vec<_>>(), [1, 4, 2, 1]);
}

#[test]
fn the_branch_target_buffer_compares_whole_addresses() {
    // For each upper address bit, a jump whose target has the same entry and is no jump.
    for bit in 4..14 {
        let (jump, target) = (8usize, 8usize | 1 << bit);
        let mut bytes = vec![code(&[("nop", 0)])[0]; target + 2];
        bytes[..3].copy_from_slice(&code(&[("br", jump as i64)]));
        bytes[jump..jump + 3].copy_from_slice(&code(&[("br", target as i64)]));
        bytes[target + 1] = code(&[("return", 0)])[0];
        let r = run(&Image::with_methods(bytes, &[method(0, 0, 0)], &[]).unwrap());
        assert_eq!(r.retires.iter().map(|r| r.pc as usize).collect::<Vec<_>>(), [0, jump, target, target + 1]);
    }
}

#[test]
fn switch_takes_two_cycles_and_three_bubbles() {
    let program = code(&[("const_8", 1), ("switch", 16 | 2 << 16), ("nop", 0), ("return", 0)]);
    let table = [7, 0, 8, 0];
    let image = Image::with_methods(program, &[method(0, 0, 0)], &table).unwrap();
    let r = run(&image);
    assert_eq!((r.retires.len(), r.cost(1), r.cost(2)), (3, 2, 4));
    // Beyond the count it falls through.
    let r = run(&single(&[("const_8", 2), ("switch", 16 | 2 << 16), ("return", 0)]));
    assert_eq!((r.cost(1), r.cost(2)), (2, 1));
}

#[test]
fn nine_byte_instructions_arrive_at_the_speed_of_the_code_memory() {
    let mut program = vec![("const_64", 0x0123_4567_89ab_cdef); 16];
    program.push(("return", 0));
    let r = run(&single(&program));
    let total: u64 = (1..=16).map(|i| r.cost(i)).sum();
    // 145 bytes are 19 words, one per cycle; the first instruction has used up two.
    assert_eq!(total, 17);
    assert!((0..16).all(|i| r.top(i) == 0x0123_4567_89ab_cdef));
}

#[test]
fn invoke_and_return_cost_two_each_and_two_bubbles_without_a_hit() {
    // main: const 3; loop at 2: invoke 1; const 1; isub; dup; brnz 2; return. callee: return.
    let main = [("const_8", 3), ("invoke_internal", 1), ("const_8", 1), ("isub", 0), ("dup", 0), ("brnz", 2)];
    let mut bytes = code(&main);
    bytes.extend(code(&[("return", 0)]));
    let callee = bytes.len();
    bytes.extend(code(&[("return", 0)]));
    let methods = [method(0, 8, 0), method(callee, 0, 0)];
    let r = run(&Image::with_methods(bytes, &methods, &[]).unwrap());
    // 0 const; 1 invoke, 2 return, 3 const, 4 isub, 5 dup, 6 brnz; 7 invoke, 8 return, 9 const ...
    assert_eq!((r.cost(1), r.cost(2), r.cost(3)), (2, 4, 1), "two bubbles before the callee");
    assert_eq!((r.cost(7), r.cost(8), r.cost(9)), (3, 2, 1), "the branch's bubble, then none");
    assert_eq!((r.cost(13), r.cost(14), r.cost(15)), (2, 2, 1), "no bubble at all");
    assert_eq!(r.invocations, 4);
}

#[test]
fn the_call_costs_what_the_causes_say() {
    let r = run(&single(LOOP));
    assert_eq!(r.spent.iter().sum::<u64>(), r.cycles);
    assert_eq!(r.spent[0], r.retires.len() as u64);
    assert_eq!(r.spent_on("host"), 1, "the cycle that sees the outcome");
}
