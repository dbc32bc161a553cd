//! The fictitious machine in lockstep: wide cells, no fuel, a stream with back-pressure.

#[path = "toy/model.rs"]
mod model;

use avm_cosim::failure;
use avm_cosim::lockstep::{Mismatch, Options, Run};
use model::ToySession;

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
