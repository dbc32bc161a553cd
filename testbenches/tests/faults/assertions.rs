// SPDX-License-Identifier: MIT OR Apache-2.0
//! The RTL's own assertions, at work: what isolates applications, methods and scopes from each other is claimed in
//! `rtl/algorand/isolation.sv`, and faults that break a claim are noticed there, by the RTL alone.

use avm_cosim::failure::{self, Class};
use avm_cosim::lockstep::{Mismatch, Options, RTL_SEED};
use avm_cosim::machines::algorand::Stimulus;
use avm_cosim::machines::algorand::{ALGORAND, Algorand};
use avm_cosim::rtl::design::Dut;
use avm_sim::algorand::faults::number;

use crate::support::{bench, ends, load, root};

/// A planted fault, a scenario, and what the assertion's source says that must notice it there.
const NOTICED: &[(&str, &str, &str)] = &[
    // A page of another application answers.
    ("segment_compare", "units/heap_loads.toml", "assert (known[name_of[hit][67:64]]"),
    ("segment_compare", "units/heap_pages.toml", "assert (known[name_of[hit][67:64]]"),
    // A page is there when it is used.
    ("page_stall", "units/pages_latency.toml", "assert (p_ready_q[hit])"),
    // What a method reads was written by itself (D25).
    ("stale_local", "units/calls.toml", "assert (owner[read_at] == {1'b0, call_now, c_id_q}"),
    // A page is 0 when it is allocated (D28).
    ("alloc_dirty", "units/heap_pages.toml", "if (heap_now[{new_page, w[6:0]}] != 64'd0) same = 1'b0"),
    // An abruptly completed scope leaves what it found (D21, D29).
    ("log_lost", "units/rollback_orders.toml", ROLLBACK),
    ("log_order", "units/rollback_log_2.toml", ROLLBACK),
    ("scope_mark", "units/rollback.toml", ROLLBACK),
    ("free_kept", "units/rollback_pages.toml", ROLLBACK),
];
const ROLLBACK: &str = "same = freed_then[level] == p_freed_q";
/// Lines above an assertion that say what it asserts.
const ABOVE: usize = 12;

/// Clock and place of the first assertion that fires while the RTL alone gets a scenario's inputs.
fn fires(scenario: &str, fault: u8, on: bool) -> Option<(usize, String)> {
    let scenario = load(&bench(scenario));
    let stimulus = Stimulus::record(&scenario);
    let mut dut = Dut::new(&ALGORAND, RTL_SEED, fault);
    dut.assertions(on);
    stimulus.inputs().iter().enumerate().find_map(|(clock, input)| {
        dut.step(input);
        dut.assertion().map(|place| (clock, place))
    })
}

/// The source of the assertion at a place (`file:line ...`), with the lines above it.
fn source(place: &str) -> String {
    let (file, rest) = place.split_once(".sv:").unwrap_or_else(|| panic!("no file in {place}"));
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let line: usize = rest[..digits].parse().expect("a line");
    assert!(file.ends_with("rtl/algorand/isolation"), "{place}");
    let text = std::fs::read_to_string(root().join("rtl/algorand/isolation.sv")).expect("the RTL");
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[line - 1].contains("assert ("), "{place}: {}", lines[line - 1]);
    lines[line.saturating_sub(ABOVE)..line].join("\n")
}

#[test]
fn isolation_notices_what_breaks_it() {
    let mut wrong = Vec::new();
    for (fault, scenario, claim) in NOTICED {
        match fires(scenario, number(fault).expect("listed"), true) {
            None => wrong.push(format!("{fault} in {scenario}: nothing fires")),
            Some((_, place)) if !source(&place).contains(claim) => {
                wrong.push(format!("{fault} in {scenario}: {place} says\n{}", source(&place)));
            }
            Some(_) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without the fault nothing fires; with it and with assertions off, neither.
#[test]
fn isolation_is_silent_otherwise() {
    for (fault, scenario, _) in NOTICED {
        assert_eq!(fires(scenario, 0, true), None, "{scenario} without a fault");
        assert_eq!(
            fires(scenario, number(fault).expect("listed"), false),
            None,
            "{fault} in {scenario}, assertions off"
        );
    }
}

/// In lockstep an assertion goes before the comparison of the same clock, and the report names it.
#[test]
fn lockstep_reports_the_isolation_assertion() {
    // Of a page that is another's, the register with the verdict tells a clock before the access would.
    let file = "units/pages_latency.toml";
    let options = Options { fault: number("page_stall").expect("listed"), ..Options::default() };
    let scenario = load(&bench(file));
    let divergence = ends(Algorand::new(&scenario), options).0.unwrap_or_else(|| panic!("{file}: not noticed"));
    let Mismatch::Assertion(place) = &divergence.what else { panic!("{file}: {:?}", divergence.what) };
    assert!(place.contains("rtl/algorand/isolation.sv:"), "{place}");
    let report = failure::report(|| Algorand::new(&scenario), options, &divergence, file);
    assert_eq!((report.class, report.fields.len()), (Class::Assertion, 0));
    assert!(report.summary.contains("RTL assertion") && report.summary.contains("isolation.sv"), "{}", report.summary);
    assert!(report.interpreter.starts_with("not concerned"), "{}", report.interpreter);
}
