// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fast interpreter of the Algorand machine ends every call as the plain one does: scenarios and their fuel, code begun
//! at every byte of it, random programs of all generators. Each comparison is seen to fail when a fault is planted in the
//! translation. `avm figures --fast` compares more.

use avm_cosim::machines::Machine as _;
use avm_cosim::machines::algorand::Room;
use avm_cosim::machines::algorand::compare::Comparison;
use avm_cosim::machines::algorand::generate;
use avm_sim::algorand::isa;

use crate::random::{generated, number};
use crate::support::{all_scenarios, scenarios};

/// Opcodes of which one is translated as the other, of the same length.
fn fault(from: &str, to: &str) -> Comparison {
    let code = |name: &str| isa::by_name(name).expect("an instruction").code;
    Comparison::planted(code(from), code(to))
}

/// Nothing differs, and at least so many in 100 instructions were made by operations.
fn agree(comparison: &Comparison, share: u64) {
    let Comparison { calls, instructions, differences, .. } = comparison;
    let shown = &differences[..differences.len().min(5)];
    assert!(differences.is_empty(), "{} of {calls} calls differ: {shown:#?}", differences.len());
    let operations = comparison.operations();
    assert!(operations * 100 >= instructions * share, "{operations} of {instructions} instructions in {calls} calls");
}

/// Each of the faults is noticed.
fn noticed(faults: &[(&str, &str)], compare: impl Fn(&mut Comparison)) {
    for (from, to) in faults {
        let mut planted = fault(from, to);
        compare(&mut planted);
        assert!(!planted.differences.is_empty(), "{from} translated as {to}");
    }
}

#[test]
fn scenarios_end_alike_with_any_fuel() {
    let mut comparison = Comparison::default();
    all_scenarios().iter().for_each(|s| comparison.sweep(s, 20));
    agree(&comparison, 10);
}

#[test]
fn a_fault_shows_in_scenarios() {
    let scenarios = scenarios("units");
    noticed(
        &[
            ("iadd", "isub"),
            ("brz", "brnz"),
            ("ult", "ule"),
            ("load_u8", "load_i8"),
            ("hstore_64", "hstore_32"),
            ("arg_32", "arg_64"),
            ("return", "nop"),
            ("swap", "nop"),
            ("over", "dup"),
            ("iaddw", "imulw"),
        ],
        |c| scenarios.iter().for_each(|s| c.scenario(s)),
    );
}

/// A sweep notices what the end of a call hides.
#[test]
fn a_fault_shows_in_a_sweep() {
    let fib = scenarios("programs").into_iter().find(|s| s.name() == "fib").expect("fib");
    noticed(&[("iadd", "iaddw"), ("isub", "ior")], |c| {
        // The first two differ in nothing but what they throw.
        c.sweep(&fib, 400);
        if c.differences.is_empty() {
            scenarios("units").iter().for_each(|s| c.sweep(s, 20));
        }
    });
}

#[test]
fn code_begun_anywhere_ends_alike() {
    let mut comparison = Comparison::default();
    let scenarios = ["programs", "contracts"].into_iter().flat_map(scenarios);
    scenarios.flat_map(|s| s.apps).for_each(|a| comparison.everywhere(&a.id.to_string(), &a.image, 100));
    assert!(comparison.calls > 1_000, "{} calls", comparison.calls);
    agree(&comparison, 1);
}

#[test]
fn a_fault_shows_in_code_begun_anywhere() {
    let images: Vec<_> = scenarios("contracts").into_iter().flat_map(|s| s.apps).map(|a| a.image).collect();
    noticed(&[("ult", "ugt"), ("dup", "swap")], |c| {
        images.iter().for_each(|image| c.everywhere("", image, 100));
    });
}

#[test]
fn random_programs_end_alike() {
    let mut comparison = Comparison::default();
    let first = number("AVM_RANDOM_SEED").unwrap_or(0);
    let seeds = first..first + number("AVM_RANDOM_PROGRAMS").unwrap_or(2_000);
    seeds.clone().for_each(|seed| comparison.scenario(&Room::random(seed)));
    generate::call_graphs(seeds).for_each(|s| comparison.scenario(&s));
    agree(&comparison, 10);
}

#[test]
fn random_programs_end_alike_with_any_fuel() {
    let mut comparison = Comparison::default();
    (0..60).for_each(|seed| comparison.sweep(&Room::random(seed), 400));
    agree(&comparison, 1);
}

#[test]
fn a_fault_shows_in_random_programs() {
    noticed(&[("imul", "imulw"), ("hload_u16", "hload_i16"), ("psize", "nop"), ("ireturn", "return")], |c| {
        (0..600).for_each(|seed| c.scenario(&Room::random(seed)));
    });
}

#[test]
fn structured_and_senseless_code_ends_alike() {
    let mut comparison = Comparison::default();
    generated(3_000, |s| comparison.scenario(s));
    assert!(comparison.calls > 10_000, "{} calls", comparison.calls);
    agree(&comparison, 1);
}

#[test]
fn a_fault_shows_in_structured_and_senseless_code() {
    noticed(&[("dup", "pop"), ("brz", "brnz"), ("store_16", "store_32"), ("iaddw", "isubw")], |c| {
        generated(1_000, |s| c.scenario(s))
    });
}
