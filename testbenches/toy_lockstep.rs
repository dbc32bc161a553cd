//! The fictitious machine in lockstep: wide cells, no fuel, a stream with back-pressure.

#[path = "toy/model.rs"]
mod model;

use avm_cosim::failure::{self, Class};
use avm_cosim::lockstep::snapshot::Snapshot;
use avm_cosim::lockstep::{Mismatch, Options, Run, Session};
use avm_cosim::rtl::registers;
use avm_cosim::rtl::verilate::TOY;
use avm_sim::trace::{Core as _, Layout, Registers};
use model::{Toy, ToySession};

#[test]
fn toy_machine_agrees() {
    for seed in 0..50 {
        let mut run = Run::new(ToySession::new(seed), Options::default());
        assert!(run.to_end().is_none(), "seed {seed}");
        assert_eq!((run.calls.len(), run.calls[0].retired, run.session.beats), (1, 41, 41));
    }
}

#[test]
fn a_fault_in_a_wide_cell_is_reported_and_written() {
    let make = || ToySession::new(3);
    let options = Options { fault: 1, ..Options::default() };
    let divergence = Run::new(make(), options).to_end().expect("the fault shows");
    assert!(matches!(divergence.what, Mismatch::Probe { .. }));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let request =
        failure::Request { scenario: "toy.toml", replay: "-".into(), copies: Vec::new(), root: folder.path() };
    let (report, written) = failure::write(make, options, &divergence, &request).expect("written");
    assert!(report.fields.iter().any(|f| f.field == "t_acc_q" && f.width == 256), "{}", report.summary);
    assert!(written.join("window.vcd").is_file());
    // It says nothing of stages, so there are no pipeline logs, and names no codes but the causes of cycles.
    assert!(!written.join("model.kanata").exists() && !written.join("rtl.kanata").exists());
    let mappings = std::fs::read_dir(written.join(".surfer/mappings")).expect("a folder");
    assert_eq!(mappings.map(|m| m.expect("an entry").file_name()).collect::<Vec<_>>(), ["cause"]);
}

/// The RTL alone is wrong in limb 3: the report says so of the retired cell. RTL and model are wrong alike: the
/// interpreter sees it, although the call's outcome, the low limb, is right.
#[test]
fn a_fault_in_the_highest_limb_shows_in_what_retires() {
    let make = || ToySession::new(3);
    let options = Options { fault: 3, ..Options::default() };
    let divergence = Run::new(make(), options).to_end().expect("the fault shows");
    let report = failure::report(make, options, &divergence, "toy.toml");
    assert_eq!(report.class, Class::Value);
    assert!(report.interpreter.starts_with("agrees with the model, not with the RTL"), "{}", report.interpreter);
    let last = |lines: &[failure::Line]| lines.last().expect("retired").results[0];
    let (model, rtl) = (last(&report.model), last(&report.rtl));
    assert_eq!((model[..3] == rtl[..3], model[3] ^ rtl[3]), (true, 1 << 63));
    assert!(failure::text(&report).contains(&avm_sim::trace::retire::cell_text(&rtl)));
    assert!(serde_json::to_string(&report).expect("JSON").contains(&avm_sim::trace::retire::cell_text(&rtl)));

    let mut run = Run::new(make(), options);
    run.core.turns = true;
    let Some(Mismatch::Reference { model, reference: Some(reference) }) = run.to_end().map(|d| d.what) else {
        panic!("the interpreter sees it")
    };
    assert_eq!((model.results[0][0], model.order), (reference.results[0][0], reference.order));
}

/// A beat is as wide as the machine says, and its last word counts.
#[test]
fn a_beat_wider_than_four_words_is_compared_to_its_end() {
    let mut run = Run::new(ToySession::new(3), Options::default());
    run.core.miscounts = true;
    let Some(Mismatch::Outcome(text)) = run.to_end().map(|d| d.what) else { panic!("the host sees it") };
    assert!(text.starts_with("beat 1: ["), "{text}");
}

#[test]
fn a_list_of_registers_says_what_the_field_table_says() {
    let layout = Layout::new(Toy::FIELDS);
    let said = registers::parse(TOY.registers).expect("a list");
    let said: Vec<_> = said.iter().map(|r| (r.field, r.width, r.at, r.valid)).collect();
    let wanted: Vec<_> = layout.iter().map(|(f, at)| (f.name, u32::from(f.width), at, f.valid)).collect();
    assert_eq!(said, wanted);
}

#[test]
fn every_limb_of_a_wide_register_is_compared() {
    struct Other(usize, usize);
    impl Registers for Other {
        fn limb(&self, field: usize, limb: usize) -> u64 {
            u64::from((field, limb) == (self.0, self.1)) << 63
        }
    }
    let toy = Toy::default();
    assert!(toy.same(&Other(usize::MAX, 0)));
    for limb in 0..4 {
        assert!(!toy.same(&Other(0, limb)), "limb {limb} of the accumulator");
    }
}

#[test]
fn a_memory_that_differs_from_its_write_port_is_a_class_of_its_own() {
    let mut run = Run::new(ToySession::new(3), Options::default());
    run.core.forgets = true;
    let divergence = run.to_end().expect("the memory differs");
    assert!(matches!(divergence.what, Mismatch::Memory(_)), "{divergence:?}");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let request =
        failure::Request { scenario: "toy.toml", replay: "-".into(), copies: Vec::new(), root: folder.path() };
    let (report, written) =
        failure::write(|| ToySession::new(3), Options::default(), &divergence, &request).expect("written");
    assert_eq!((report.class, report.fields.len()), (Class::Memory, 0));
    assert!(report.signature.starts_with("memory:memory:"), "{}", report.signature);
    assert!(report.summary.contains("memory cells[0]: RTL 0x"), "{}", report.summary);
    assert!(report.interpreter.starts_with("not concerned"), "{}", report.interpreter);
    assert!(written.join("window.vcd").is_file());
}

#[test]
fn a_run_put_back_goes_on_alike() {
    for at in [7, 50, 90] {
        let mut run = Run::new(ToySession::new(3), Options::default());
        assert!(run.until(at).is_none());
        let snapshot = Snapshot::of(&run);
        let rest = |run: &mut Run<ToySession>| {
            let (mut probes, mut words) = (Vec::new(), vec![0; run.layout.words()]);
            while !run.session.finished() {
                assert!(run.clock().is_none());
                run.dut.as_ref().expect("the RTL takes part").probe(&mut words);
                probes.push(words.clone());
            }
            (probes, run.cycle, run.retired, run.session.beats)
        };
        let first = rest(&mut run);
        snapshot.put_back(&mut run);
        assert_eq!(rest(&mut run), first, "put back to clock {at}");
        assert!(first.0.len() > 30 && first.2 == 41);
    }
}

#[test]
fn an_assertion_in_the_rtl_is_a_mismatch_that_names_its_line() {
    let make = || ToySession::new(3);
    let options = Options { fault: 2, ..Options::default() };
    let divergence = Run::new(make(), options).to_end().expect("the assertion fires");
    let Mismatch::Assertion(place) = &divergence.what else { panic!("{divergence:?}") };
    assert!(place.contains("toy_core.sv:"), "{place}");
    let report = failure::report(make, options, &divergence, "toy.toml");
    assert_eq!(report.class.name(), "assertion");
    let silent = Options { assertions: false, ..options };
    assert!(Run::new(make(), silent).to_end().is_none(), "assertions can be switched off");
}

/// Words written before the snapshot are compared at the end of the call, although none of them is written after it.
#[test]
fn mirrors_go_back_too() {
    let mut run = Run::new(ToySession::new(3), Options::default());
    while run.retired < 36 {
        assert!(run.clock().is_none());
    }
    let snapshot = Snapshot::of(&run);
    assert!(run.to_end().is_none());
    snapshot.put_back(&mut run);
    run.core.forgets = true;
    let Some(Mismatch::Memory(text)) = run.to_end().map(|d| d.what) else { panic!("the memory differs") };
    assert!(text.starts_with("memory cells[0]:"), "{text}");
}
