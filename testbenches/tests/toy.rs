//! The fictitious machine in lockstep: wide cells, no fuel, a stream with back-pressure.

#[path = "../toy/rtl.rs"]
mod design;
#[path = "../toy/machine.rs"]
mod machine;
#[path = "../toy/model.rs"]
mod model;

use avm_cosim::failure::{self, Class};
use avm_cosim::lockstep::snapshot::Snapshot;
use avm_cosim::lockstep::{Mismatch, Options, Run, Session};
use avm_cosim::rtl::registers;
use avm_sim::trace::{Core as _, Layout, Registers};
use model::{Toy, ToySession};

avm_cosim::registry! {
    /// The machines of this test's command line.
    Machines:
    machine::Room,
}

/// What its room may cost, in lines of Rust.
const ROOM: usize = 600;
/// Words that are separated by this are the arguments of [`command_line`].
const BETWEEN: char = '\n';

#[test]
fn the_room_is_small() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testbenches/toy");
    let files = std::fs::read_dir(folder).expect("the room").map(|e| e.expect("an entry").path());
    let rust = files.filter(|f| f.extension().is_some_and(|e| e == "rs"));
    let lines: usize = rust.map(|f| std::fs::read_to_string(f).expect("text").lines().count()).sum();
    assert!(lines < ROOM, "{lines} lines");
}

/// Not a test by itself: `avm` with the fictitious machine, when [`avm`] starts this program for it.
#[test]
fn command_line() {
    if let Ok(arguments) = std::env::var("TOY_ARGUMENTS") {
        std::process::exit(avm_cosim::cli::run::<Machines>(arguments.split(BETWEEN)).into());
    }
}

/// Runs a command in a folder: its exit code, and all that it says.
fn avm(folder: &std::path::Path, arguments: &[&str]) -> (i32, String) {
    let name = format!("{}::command_line", module_path!());
    let name = name.split_once("::").map_or("", |(_, name)| name);
    let arguments = [&["avm"], arguments].concat().join(&BETWEEN.to_string());
    let me = std::env::current_exe().expect("this program");
    let mut command = std::process::Command::new(me);
    let out =
        command.args(["--exact", name, "--nocapture"]).env("TOY_ARGUMENTS", arguments).current_dir(folder).output();
    let out = out.expect("it runs");
    let text = [out.stdout, out.stderr].map(|t| String::from_utf8_lossy(&t).into_owned()).concat();
    (out.status.code().unwrap_or(-1), text)
}

#[test]
fn commands_need_nothing_but_its_room() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("written");
    put("words.toml", "machine = \"toy\"\nwords = [3, 9, 5, 7]\nends = 3\n");
    put("missed.toml", "machine = \"toy\"\nwords = [3]\nends = 4\n");
    put("other.toml", "machine = \"pdp11\"\nwords = [3]\n");
    put("wrong.toml", "machine = \"toy\"\nwords = [3, 0]\n");
    let right = |arguments: &[&str], says: &str| {
        let (code, text) = avm(folder.path(), arguments);
        assert!(code == 0 && text.contains(says), "{arguments:?} gave {code}: {text}");
    };
    for (command, verdict) in [("run", "ok"), ("sim", "ok"), ("cosim", "match")] {
        right(&[command, "words.toml"], verdict);
        let (code, text) = avm(folder.path(), &[command, "missed.toml"]);
        assert!(code == 1 && text.contains("1 MISSED"), "{text}");
    }
    right(&["cosim", "--wave", "2..20", "words.toml"], "18 clocks in waves/words/window.vcd");
    assert!(folder.path().join("waves/words/window.vcd").is_file());
    right(&["cosim", "--konata", "log.kanata", "words.toml"], "5 instructions in log.kanata");
    right(&["faults", "--machine", "toy"], "claim");
    let (code, text) = avm(folder.path(), &["cosim", "--fault", "half", "words.toml"]);
    assert!(code == 1 && text.contains("MISMATCH"), "{text}");
    assert!(folder.path().join("failures/words-value-t-acc-q-word/report.json").is_file(), "{text}");
    let refused: [(&[&str], &str); 5] = [
        (&["cosim", "other.toml"], "other.toml:1:11: error: unknown machine `pdp11` (this build has: toy)"),
        (&["cosim", "wrong.toml"], "the word 0 ends a call"),
        (&["cosim", "--machine", "pdp11", "words.toml"], "unknown machine `pdp11`; this build has: toy"),
        (&["isa"], "the machine `toy` has no table of its instructions"),
        (&["asm", "words.toml"], "the machine `toy` has no assembler"),
    ];
    for (arguments, says) in refused {
        let (code, text) = avm(folder.path(), arguments);
        assert!(code == 2 && text.contains(says), "{arguments:?} gave {code}: {text}");
    }
}

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
    assert!(written.join("model.kanata").is_file() && written.join("rtl.kanata").is_file());
    // It names no codes but the causes of cycles.
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
    let said = registers::parse(design::RTL.registers).expect("a list");
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
