// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every class of failure, made to happen end to end: a planted fault, an interpreter whose words are altered, or a
//! host that falls silent; and what the failure folder says of it. The class *memory* is in `toy`.

use std::fs;

use avm_cosim::failure::{self, Class, Request};
use avm_cosim::lockstep::{Divergence, Mismatch, Options, Run, STUCK, Session};
use avm_cosim::machines::algorand::Algorand;
use avm_sim::algorand::faults::number;
use avm_sim::trace::Retire;
use serde_json::Value;

use super::Altered;
use crate::support::{bench, load, temporary};

/// Runs a session to its divergence, and writes the folder of that; divergence, class, `report.json`.
fn written<S: Session>(make: impl Fn() -> S, options: Options) -> (Divergence, Class, Value) {
    let divergence = Run::new(make(), options).to_end().expect("a divergence");
    let root = temporary();
    let request = Request { scenario: "x.toml", replay: "-".into(), copies: Vec::new(), root: root.path() };
    let (report, folder) = failure::write(make, options, &divergence, &request).expect("written");
    let logs = if S::STAGES.is_empty() { &[][..] } else { &["model.kanata", "rtl.kanata"] };
    for file in ["window.vcd", "window.gtkw", "report.txt"].iter().chain(logs) {
        assert!(fs::metadata(folder.join(file)).is_ok_and(|m| m.len() > 0), "{file} of {}", report.summary);
    }
    let json: Value = serde_json::from_slice(&fs::read(folder.join("report.json")).expect("a report")).expect("JSON");
    assert_eq!((json["class"].as_str(), json["cycle"].as_u64()), (Some(report.class.name()), Some(divergence.cycle)));
    (divergence, report.class, json)
}

/// The same of a planted fault in a scenario, with or without the RTL's assertions.
fn planted(fault: &str, scenario: &str, assertions: bool) -> (Class, Value) {
    let scenario = load(&bench(scenario));
    let options = Options { fault: number(fault).expect("listed"), assertions, ..Options::default() };
    let (_, class, report) = written(|| Algorand::new(&scenario), options);
    (class, report)
}

#[test]
fn each_class_of_a_difference_in_the_probe() {
    let model = "agrees with the model, not with the RTL: ";
    let late = "sees no difference in what retired";
    let cases = [
        ("add_carry", "units/alu.toml", Class::Value, "value:s_tos_q:iadd", model),
        ("extra_cycle", "units/frame.toml", Class::Shifted(1), "shifted:x_step_q:loadx_u8", late),
        ("retire_lost", "units/alu.toml", Class::Missing, "missing:r_fuel_q:ieqz", model),
        ("mispredict_kept", "units/branches.toml", Class::Extra, "extra:d_dec_q:brnz", model),
        (
            "div_hang",
            "units/muldiv.toml",
            Class::Hang,
            "hang:v_cnt_q:idiv",
            "agrees with the model; the RTL retired nothing more",
        ),
        ("wrong_outcome", "units/calls.toml", Class::Outcome, "outcome:h_req_b_q:load_64", late),
    ];
    for (fault, scenario, expected, signature, interpreter) in cases {
        let (class, report) = planted(fault, scenario, false);
        assert_eq!(class, expected, "{fault}");
        let text = |key: &str| report[key].as_str().expect("text");
        assert_eq!(text("signature"), signature, "{fault}");
        assert!(text("interpreter").starts_with(interpreter), "{fault}: {}", text("interpreter"));
    }
}

/// A heap access that does not wait for its page comes too early, by as many cycles as the host takes for the page.
#[test]
fn an_rtl_that_is_early_is_shifted_by_less_than_nothing() {
    let (class, report) = planted("page_stall", "units/heap_loads.toml", false);
    let Class::Shifted(k) = class else { panic!("{class:?}") };
    assert!(k < 0, "{k}");
    assert_eq!(report["by"].as_i64(), Some(k));
    assert!(report["summary"].as_str().expect("text").starts_with(&format!("shifted by {k} cycles at cycle ")));
}

#[test]
fn an_assertion_has_its_line_in_the_signature() {
    let (class, report) = planted("page_stall", "units/pages_latency.toml", true);
    assert_eq!(class, Class::Assertion);
    let signature = report["signature"].as_str().expect("text");
    assert!(signature.starts_with("assertion:isolation.sv@"), "{signature}");
}

#[test]
fn an_interpreter_that_disagrees_with_both_is_class_reference() {
    let scenario = load(&bench("programs/fib.toml"));
    let change = |mut r: Retire| {
        r.pc += 1;
        Some(r)
    };
    let altered = || Altered { at: 100, change, ..Altered::not(&scenario) };
    let denied = || Altered { end: |e| e.disagreement = Some("denied".into()), ..Altered::not(&scenario) };
    let (divergence, class, report) = written(altered, Options::default());
    assert!(matches!(divergence.what, Mismatch::Reference { .. }) && class == Class::Reference);
    assert!(report["summary"].as_str().expect("text").contains(": model and RTL retired pc "), "{}", report["summary"]);
    let (divergence, class, other) = written(denied, Options::default());
    assert!(matches!(divergence.what, Mismatch::Outcome(_)) && class == Class::Reference);
    assert!(other["summary"].as_str().expect("text").ends_with(": denied"), "{}", other["summary"]);
    for report in [report, other] {
        assert_eq!(report["interpreter"], "disagrees with both model and RTL: the seed decides");
        assert_eq!(report["fields"], Value::Array(Vec::new()));
    }
}

/// A host that falls silent while the core waits for it: neither side retires anything, and both agree on that.
#[test]
fn a_core_that_waits_for_ever_is_stuck() {
    let scenario = load(&bench("units/natives.toml"));
    let silent = || Altered { mute: true, ..Altered::not(&scenario) };
    let (divergence, class, report) = written(silent, Options::default());
    assert!(matches!(divergence.what, Mismatch::Stuck), "{:?}", divergence.what);
    assert_eq!(class, Class::Hang);
    let text = |key: &str| report[key].as_str().expect("text");
    assert!(text("signature").starts_with("hang:hang:"), "{}", text("signature"));
    assert!(text("summary").ends_with("nothing retired for a long time on either side"), "{}", text("summary"));
    assert_eq!(text("interpreter"), "no instruction to compare");
    // It is given up so many clocks after the last thing that core or host did, and listed are the instructions before.
    let last = report["model"].as_array().and_then(|m| m.last()).expect("instructions")["cycle"].as_u64();
    let silent = divergence.cycle - last.expect("a cycle");
    assert!((STUCK + 1..STUCK + 1000).contains(&silent), "given up after {silent} clocks");
    // Without the silence the scenario agrees.
    assert!(Run::new(Altered::not(&scenario), Options::default()).to_end().is_none());
}
