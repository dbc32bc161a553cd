// SPDX-License-Identifier: MIT OR Apache-2.0
//! All scenarios in lockstep of interpreter, core model and RTL; and proof that each comparison which
//! lockstep makes beside the probe's (retire records, outcomes, expectations) reports a difference.

mod classes;

use crate::support::{all_scenarios, avm, bench, ends, load, lockstep, root, scenarios};
use avm_cosim::lockstep::{CallEnd, CallFigures, Mismatch, Options, Run, Session};
use avm_cosim::machines::algorand::scenario::{Expect, ExpectOutcome, Latency, Scenario};
use avm_cosim::machines::algorand::{ALGORAND, Algorand};
use avm_cosim::rtl::design::{Design, Dut};
use avm_sim::algorand::core::Core;
use avm_sim::trace::{Core as _, HostIn, HostOut, Layout, Retire};

/// A scenario of ten million cycles, which `make figures` runs in lockstep.
const LONG: &str = "long";

/// One line for each scenario of a folder that diverges or misses an expectation.
fn failures(folder: &str) -> Vec<String> {
    let mut failures = Vec::new();
    for s in scenarios(folder).into_iter().filter(|s| s.name() != LONG) {
        let (divergence, calls) = lockstep(&s);
        if let Some(d) = divergence {
            let name = s.calls.get(d.call).map_or("?", |c| &c.name);
            failures.push(format!("{}, {name}: diverges at cycle {}", s.path.display(), d.cycle));
        } else if calls.len() != s.calls.len() {
            failures.push(format!("{}: {} of {} calls", s.path.display(), calls.len(), s.calls.len()));
        }
        for c in calls.iter().filter(|c| !c.end.missed.is_empty()) {
            failures.push(format!("{}, {}: {}", s.path.display(), c.end.name, c.end.missed.join("; ")));
        }
    }
    failures
}

#[test]
fn programs_agree() {
    let found = failures("programs");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn contracts_agree() {
    let found = failures("contracts");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn unit_scenarios_agree() {
    let found = failures("units");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn figure_scenarios_agree() {
    let found = failures("figures");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_long_scenario_is_right_in_the_interpreter() {
    let called = avm(root(), &["run", bench("figures/long.toml").to_str().expect("UTF-8")]);
    assert!(called.code == 0 && called.out.contains(LONG), "{called:?}");
}

/// A scenario that expects nothing proves little: each call says how it ends.
#[test]
fn every_call_has_an_expected_outcome() {
    for s in all_scenarios() {
        for c in &s.calls {
            assert!(c.expect.outcome.is_some(), "{}, {}: no expected outcome", s.path.display(), c.name);
        }
    }
}

/// Causes of cycles in which the core waits for the host.
const WAITS: [&str; 3] = ["segment", "page", "native"];

/// Calls of a scenario, each with what must not depend on the host's latency: everything but the cycles in which
/// the core waits for it. With the RTL beside the model, or without.
fn essence(s: &Scenario, rtl: bool) -> Vec<String> {
    let (divergence, calls) = ends(Algorand::new(s), Options { rtl, ..Options::default() });
    assert!(divergence.is_none(), "{} diverges with {:?}", s.path.display(), s.latency);
    let of = |c: &CallFigures| {
        assert!(c.end.missed.is_empty(), "{} with {:?}: {:?}", s.path.display(), s.latency, c.end.missed);
        let causes: Vec<_> = Core::CAUSES.iter().zip(&c.causes).filter(|(name, _)| !WAITS.contains(name)).collect();
        format!(
            "{}: {}, fuel {}, {} instructions, {:?}, causes {causes:?}",
            c.end.name, c.end.outcome, c.end.fuel_used, c.retired, c.end.pages
        )
    };
    calls.iter().map(of).collect()
}

#[test]
fn latency_changes_no_outcome_and_no_cycle_but_waits() {
    let mut wrong = Vec::new();
    for mut s in all_scenarios() {
        // Cycles that a scenario expects are those of its own latency.
        s.calls.iter_mut().for_each(|c| c.expect.cycles = None);
        // With its own latency the RTL runs in the tests above; the shortest one is a matter of the host's side.
        let first = essence(&s, false);
        for (latency, rtl) in
            [(Latency { seed: 0xfeed, min: 1, max: 1 }, false), (Latency { seed: 2, min: 3, max: 90 }, true)]
        {
            assert_ne!(latency, s.latency);
            s.latency = latency;
            let differ = first.iter().zip(essence(&s, rtl)).find(|(a, b)| *a != b);
            wrong.extend(differ.map(|(a, b)| format!("{} with {latency:?}\n  {a}\n  {b}", s.path.display())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Cycles from reset to the end of a scenario, host included.
fn clocks(s: &Scenario) -> u64 {
    let mut run = Run::new(Algorand::new(s), Options::default());
    assert!(run.to_end().is_none());
    run.cycle
}

/// The test above compares runs that really differ: the host takes longer.
#[test]
fn latency_changes_the_length_of_a_run() {
    let mut s = load(&bench("programs/fib.toml"));
    s.latency = Latency { seed: 1, min: 1, max: 1 };
    let short = clocks(&s);
    s.latency = Latency { seed: 1, min: 300, max: 400 };
    assert!(clocks(&s) > short + 300);
}

/// What lockstep says is missed when call 3 of `programs/fib.toml` expects this.
fn missed_of_fib(expect: Expect) -> Vec<String> {
    let mut s = load(&bench("programs/fib.toml"));
    s.calls[3].expect = expect;
    let (divergence, calls) = lockstep(&s);
    assert!(divergence.is_none());
    for (i, c) in calls.iter().enumerate() {
        assert!(i == 3 || c.end.missed.is_empty(), "call {i}: {:?}", c.end.missed);
    }
    calls[3].end.missed.clone()
}

#[test]
fn an_expectation_made_wrong_is_missed() {
    let right = load(&bench("programs/fib.toml")).calls[3].expect.clone();
    let cycles = lockstep(&load(&bench("programs/fib.toml"))).1[3].cycles;
    assert!(missed_of_fib(Expect { cycles: Some(cycles), ..right.clone() }).is_empty());

    let outcome = |o| Expect { outcome: Some(o), ..right.clone() };
    let wrong = [
        (outcome(ExpectOutcome::Returned(Some(Some(56)))), "outcome: expected returned 56"),
        (outcome(ExpectOutcome::Returned(Some(None))), "outcome: expected returned, no value"),
        (outcome(ExpectOutcome::Exception(None)), "outcome: expected an exception"),
        (outcome(ExpectOutcome::OutOfFuel), "outcome: expected out of fuel"),
        (outcome(ExpectOutcome::Capacity), "outcome: expected capacity"),
        (Expect { fuel_used: right.fuel_used.map(|f| f + 1), ..right.clone() }, "fuel used: expected 2656, got 2655"),
        (Expect { cycles: Some(cycles + 1), ..right.clone() }, "cycles: expected"),
    ];
    for (expect, says) in wrong {
        let missed = missed_of_fib(expect);
        assert_eq!(missed.len(), 1, "{missed:?}");
        assert!(missed[0].starts_with(says), "{} does not start with {says}", missed[0]);
    }
}

#[test]
fn a_wrong_exception_code_is_missed() {
    let mut s = load(&bench("units/alu.toml"));
    let thrown = |c: &avm_cosim::machines::algorand::scenario::Planned| {
        matches!(c.expect.outcome, Some(ExpectOutcome::Exception(Some(_))))
    };
    let at = s.calls.iter().position(thrown).expect("a call that throws");
    let Some(ExpectOutcome::Exception(Some(code))) = s.calls[at].expect.outcome else { unreachable!() };
    s.calls[at].expect.outcome = Some(ExpectOutcome::Exception(Some(code ^ 1)));
    let (divergence, calls) = lockstep(&s);
    assert!(divergence.is_none());
    assert!(calls[at].end.missed[0].starts_with("outcome: expected exception"), "{:?}", calls[at].end.missed);
    assert_eq!(calls.iter().filter(|c| !c.end.missed.is_empty()).count(), 1);
}

/// What becomes of an interpreter's record.
type Change = fn(Retire) -> Option<Retire>;

/// The Algorand machine with an interpreter whose words are altered.
struct Altered<'a> {
    inner: Algorand<'a>,
    /// Changes the reference's record with this order number of the first call.
    at: u64,
    change: Change,
    /// Changes how the first call ended.
    end: fn(&mut CallEnd),
    /// The host says nothing more once an instruction retired.
    mute: bool,
    begun: bool,
}

impl<'a> Altered<'a> {
    /// Nothing is altered.
    fn not(scenario: &'a Scenario) -> Altered<'a> {
        Altered { inner: Algorand::new(scenario), at: 0, change: Some, end: |_| {}, mute: false, begun: false }
    }
}

impl Session for Altered<'_> {
    type Core = Core;
    type Account = <Algorand<'static> as Session>::Account;
    const DESIGN: &'static Design = &ALGORAND;
    const OUTCOME_FIELDS: &'static [&'static str] = Algorand::OUTCOME_FIELDS;

    fn drive(&mut self, out: &HostOut) -> HostIn {
        let inputs = self.inner.drive(out);
        if self.mute && self.begun { HostIn { rsp_valid: false, ..inputs } } else { inputs }
    }
    fn reference(&mut self) -> Option<Retire> {
        self.begun = true;
        let r = self.inner.reference()?;
        if r.order == self.at { (self.change)(r) } else { Some(r) }
    }
    fn ended(&mut self) -> Option<CallEnd> {
        let mut end = self.inner.ended()?;
        (self.end)(&mut end);
        Some(end)
    }
    fn finished(&self) -> bool {
        self.inner.finished()
    }
    fn call_name(&self, call: usize) -> String {
        self.inner.call_name(call)
    }
    fn running(core: &Core) -> bool {
        Algorand::running(core)
    }
    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
        Algorand::retired(layout, words)
    }
    fn instruction(&self, retire: &Retire) -> String {
        self.inner.instruction(retire)
    }
    fn place(&self, retire: &Retire) -> String {
        self.inner.place(retire)
    }
    fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
        Algorand::mnemonic(layout, words)
    }
    fn exception(code: u8) -> &'static str {
        Algorand::exception(code)
    }
}

#[test]
fn every_part_of_a_retire_record_is_compared_with_the_interpreter() {
    let s = load(&bench("programs/mix.toml"));
    // Record 0 of `mix` pushes a cell.
    let first_result = |mut r: Retire| {
        assert!(r.n_results > 0, "the record altered has a result");
        r.results[0][0] ^= 1 << 63;
        Some(r)
    };
    let changes: [(&str, Change); 8] = [
        ("order", |r| Some(Retire { order: r.order + 1, ..r })),
        ("pc", |r| Some(Retire { pc: r.pc ^ 1, ..r })),
        ("opcode", |r| Some(Retire { opcode: r.opcode ^ 1, ..r })),
        ("exception", |r| Some(Retire { exception: r.exception ^ 1, ..r })),
        ("number of results", |r| Some(Retire { n_results: r.n_results ^ 1, ..r })),
        ("a result", first_result),
        ("meter", |r| Some(Retire { meter_after: r.meter_after.map(|m| m - 1), ..r })),
        ("nothing retired", |_| None),
    ];
    for (what, change) in changes {
        let altered = Altered { change, ..Altered::not(&s) };
        let divergence = ends(altered, Options::default()).0.unwrap_or_else(|| panic!("{what}: not reported"));
        let Mismatch::Reference { model, reference } = divergence.what else { panic!("{what}: {:?}", divergence.what) };
        assert_eq!((divergence.call, model.order), (0, 0), "{what}");
        assert_ne!(reference, Some(model), "{what}");
    }
    // Unaltered, and altered with the interpreter left out, nothing is reported.
    let unaltered = Altered::not(&s);
    assert!(ends(unaltered, Options::default()).0.is_none());
    let alone = Altered { change: |_| None, ..Altered::not(&s) };
    assert!(ends(alone, Options { reference: false, ..Options::default() }).0.is_none());
}

#[test]
fn a_later_record_is_compared_too() {
    let s = load(&bench("programs/fib.toml"));
    let change = |mut r: Retire| {
        r.pc += 1;
        Some(r)
    };
    let altered = Altered { at: 100, change, ..Altered::not(&s) };
    let divergence = ends(altered, Options::default()).0.expect("reported");
    // The first calls are shorter than 100 instructions.
    assert_eq!(divergence.call, 3);
    assert!(matches!(divergence.what, Mismatch::Reference { model, .. } if model.order == 100));
}

#[test]
fn an_outcome_that_the_interpreter_denies_is_reported() {
    let s = load(&bench("programs/fib.toml"));
    let end = |e: &mut CallEnd| e.disagreement = Some("denied".into());
    let altered = Altered { end, ..Altered::not(&s) };
    let divergence = ends(altered, Options::default()).0.expect("reported");
    assert!(matches!(divergence.what, Mismatch::Outcome(ref text) if text == "denied"), "{:?}", divergence.what);
    assert_eq!(divergence.call, 0);
}

/// Verilator keeps a context for each thread: instances that live side by side, die in any order or on
/// another thread must not reach into each other's.
#[test]
fn instances_live_side_by_side_and_die_in_any_order() {
    let dut = |fault| Dut::new(&ALGORAND, 1, fault);
    for _ in 0..4 {
        let (first, mut second, third) = (dut(0), dut(1), dut(0));
        drop(third);
        drop(first);
        second.step(&HostIn::default());
        std::thread::spawn(move || drop(second)).join().expect("dropped");
        let (outer, inner) = (dut(0), dut(0));
        drop(inner);
        drop(outer);
    }
}
