// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fictitious machine in lockstep: wide cells, no fuel, a stream with back-pressure.

#[path = "../toy/rtl.rs"]
mod design;
#[path = "../toy/machine.rs"]
mod machine;
#[path = "../toy/model.rs"]
mod model;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use avm_cosim::cli;
use avm_cosim::failure::{self, Class};
use avm_cosim::lockstep::snapshot::Snapshot;
use avm_cosim::lockstep::{Mismatch, Options, Run, Session};
use avm_cosim::machines::registry::All;
use avm_cosim::machines::{Machine as _, Registry, Visitor};
use avm_cosim::mutants::judge::{Judged, judge};
use avm_cosim::mutants::work::Work;
use avm_cosim::profile::Profile;
use avm_cosim::rtl::fields;
use avm_sim::trace::{Core as _, Registers};
use model::{Toy, ToySession};
use serde_json::Value;

avm_cosim::registry! {
    /// The machines of this test's command line.
    Machines:
    machine::Room,
}

/// The same behind another name, which is meant where none is named: what says `toy`, or reads it, works; nothing else.
struct Second;

impl Registry for Second {
    const NAMES: &'static [&'static str] = &["other", "toy"];

    fn visit<V: Visitor>(name: &str, visitor: V) -> Option<V::Output> {
        Machines::visit(name, visitor)
    }
}

/// What its room may cost, in lines of Rust.
const ROOM: usize = 600;
/// Words that are separated by this are the arguments of [`command_line`].
const BETWEEN: char = '\n';

#[test]
fn the_room_is_small() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testbenches/toy");
    let files = fs::read_dir(folder).expect("the room").map(|e| e.expect("an entry").path());
    let rust = files.filter(|f| f.extension().is_some_and(|e| e == "rs"));
    let lines: usize = rust.map(|f| fs::read_to_string(f).expect("text").lines().count()).sum();
    assert!(lines < ROOM, "{lines} lines");
}

/// Not a test by itself: `avm` with the fictitious machine, when [`avm`] starts this program for it.
#[test]
fn command_line() {
    if let Ok(arguments) = std::env::var("TOY_ARGUMENTS") {
        let arguments = arguments.split(BETWEEN);
        let second = std::env::var("TOY_REGISTRY").is_ok_and(|name| name == "second");
        let code = if second { cli::run::<Second>(arguments) } else { cli::run::<Machines>(arguments) };
        std::process::exit(code.into());
    }
}

/// Runs a command in a folder: its exit code, and all that it says.
fn avm(folder: &Path, arguments: &[&str]) -> (i32, String) {
    call(folder, "only", arguments)
}

/// The same where it is the second machine.
fn second(folder: &Path, arguments: &[&str]) -> (i32, String) {
    call(folder, "second", arguments)
}

fn call(folder: &Path, registry: &str, arguments: &[&str]) -> (i32, String) {
    let name = format!("{}::command_line", module_path!());
    let name = name.split_once("::").map_or("", |(_, name)| name);
    let arguments = [&["avm"], arguments].concat().join(&BETWEEN.to_string());
    let me = std::env::current_exe().expect("this program");
    let mut command = std::process::Command::new(me);
    // No other program takes part: no queue, even where there is one.
    command.args(["--exact", name, "--nocapture"]).current_dir(folder).env("PATH", "");
    let out = command.env("TOY_ARGUMENTS", arguments).env("TOY_REGISTRY", registry).output().expect("it runs");
    let text = [out.stdout, out.stderr].map(|t| String::from_utf8_lossy(&t).into_owned()).concat();
    (out.status.code().unwrap_or(-1), text)
}

#[test]
fn commands_need_nothing_but_its_room() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
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
    // Traces of records alone.
    for command in ["run", "sim", "cosim"] {
        right(&[command, "--trace", "words.toml"], "words, call 0: ");
        right(&[command, "--trace=invocations", "words.toml"], "words, call 0: ");
        let (code, text) = avm(folder.path(), &[command, "--trace", "--json", "words.toml"]);
        let objects = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        assert_eq!((code, objects.filter(|o| o["event"] == "step").count()), (0, 5), "{text}");
    }
    let (code, text) = avm(folder.path(), &["cosim", "--fault", "half", "words.toml"]);
    assert!(code == 1 && text.contains("MISMATCH"), "{text}");
    assert!(folder.path().join("failures/words-value-t-acc-q-word/report.json").is_file(), "{text}");
    let refused: [(&[&str], &str); 6] = [
        (&["cosim", "other.toml"], "other.toml:1:11: error: unknown machine `pdp11` (this build has: toy)"),
        (&["cosim", "wrong.toml"], "the word 0 ends a call"),
        (&["cosim", "--machine", "pdp11", "words.toml"], "unknown machine `pdp11`; this build has: toy"),
        (&["isa"], "the machine `toy` has no table of its instructions"),
        (&["asm", "words.toml"], "the machine `toy` has no assembler"),
        (&["figures"], "no suite there (run this in the repository)"),
    ];
    for (arguments, says) in refused {
        let (code, text) = avm(folder.path(), arguments);
        assert!(code == 2 && text.contains(says), "{arguments:?} gave {code}: {text}");
    }
    let (code, text) = avm(std::path::Path::new(env!("CARGO_MANIFEST_DIR")), &["figures"]);
    assert!(code == 2 && text.contains("the machine `toy` has no figures"), "{text}");
}

/// A file is run by no machine but its own, whichever command reads it.
#[test]
fn scenarios_of_another_machine_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let put = |name: &str, text: &str| fs::write(at.join(name), text).expect("written");
    put("words.toml", "machine = \"toy\"\nwords = [3, 9, 5, 7]\n");
    put("pd.toml", "# old\nmachine = \"pdp11\"\nwords = [3]\n");
    put("none.toml", "words = [3]\n");
    let refused = |arguments: &[&str], says: &str| {
        let (code, text) = second(at, arguments);
        assert!(code == 2 && text.contains(says), "{arguments:?} gave {code}: {text}");
    };
    let other = "pd.toml:2:11: error: for the machine `pdp11`, this run is of `toy`\n";
    let none = "none.toml:1:1: error: the file names no machine (begin it with machine = \"toy\", if ";
    for command in ["run", "sim", "cosim", "profile", "regress"] {
        let more: &[&str] = if command == "regress" { &["--no-store"] } else { &[] };
        for (file, says) in [("pd.toml", other), ("none.toml", none)] {
            refused(&[&[command, "--machine", "toy", file], more].concat(), says);
            // Behind one of the machine of the run: that one runs all the same.
            refused(&[&[command, "words.toml", file], more].concat(), says);
        }
    }
    let (code, text) = avm(at, &["run", "none.toml"]);
    assert!(code == 2 && text.contains(none), "{text}");

    let found = failures(at, avm(at, &["regress", "--seeds", "0..3", "--fault", "half", "--no-store"]));
    let program = found[0].join("program.toml");
    let text = fs::read_to_string(&program).expect("written").replace("toy", "pdp11");
    fs::write(program, text).expect("written");
    // Its fault is of no interest then.
    let report = found[0].join("report.json");
    let text = fs::read_to_string(&report).expect("written").replace("--fault half", "--fault gremlin");
    fs::write(report, text).expect("written");
    let name = found[0].to_str().expect("UTF-8");
    for command in ["replay", "shrink"] {
        refused(&[command, "--machine", "toy", name], "program.toml:1:11: error: for the machine `pdp11`");
    }
    for command in ["cosim", "regress"] {
        let says = "unknown fault `gremlin`; `avm faults --machine toy` lists them";
        refused(&[command, "--fault", "gremlin", "words.toml"], says);
    }
}

/// What is known of one machine excuses no other; its runs are compared with its own.
#[test]
fn known_failures_and_kept_runs_are_of_one_machine() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let known = |machine: &str| {
        let what = "signature = \"value:t_acc_q:word\"\nuntil = \"2999-12-31\"\nreason = \"issue 17\"\n";
        fs::write(at.join("known.toml"), format!("[[known]]\n{what}{machine}")).expect("written");
    };
    let run = ["regress", "--machine", "toy", "--fault", "half", "--seeds", "0..3", "--known", "known.toml"];
    known("");
    let (code, text) = avm(at, &run);
    assert!(code == 0 && text.contains("known"), "the first machine: {text}");
    assert_eq!(second(at, &run).0, 1, "an entry without a machine is the first one's");
    known("machine = \"toy\"\n");
    assert_eq!(second(at, &run).0, 0);
    known("machine = \"other\"\n");
    assert_eq!(second(at, &run).0, 1);
    known("machine = \"pdp11\"\n");
    let (code, text) = second(at, &run);
    assert!(code == 2 && text.contains("known.toml:5:11: error: unknown machine `pdp11`"), "{text}");

    // Run 1 was the first machine's, runs 2 to 4 are of the second one.
    let compared = |by: fn(&Path, &[&str]) -> (i32, String), which: &str| {
        by(at, &["regress", "--machine", "toy", "--seeds", "0..3", "--against", which])
    };
    let (code, text) = compared(avm, "last");
    assert!(code == 0 && text.contains("run 1"), "{text}");
    let (code, text) = compared(second, "last");
    assert!(code == 0 && text.contains("run 4"), "{text}");
    let (code, text) = compared(second, "1");
    assert!(code == 2 && text.contains("no run `1`"), "{text}");
}

fn json(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).expect("written")).expect("JSON")
}

/// Programs that share a core in batches, so each but the first finds it as another has left it.
#[test]
fn random_programs_agree_and_are_covered() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let regress = ["regress", "--seeds", "0..100", "--cover", "c.json", "--html", "r.html", "--junit", "r.xml"];
    let (code, text) = avm(at, &regress);
    assert!(code == 0 && text.contains("100 programs agree"), "{text}");
    assert!(text.contains("3 of 3 opcode x exception cells, "), "{text}");
    let cover = json(&at.join("c.json"));
    let count = |cell: &str| cover["cells"][cell].as_u64().unwrap_or(0);
    assert_eq!(count("zero normal") + count("even normal") + count("odd normal"), 100 * 41);
    assert!(count("zero normal") >= 100 && count("odd normal") > 1_000, "{cover}");
    let (code, text) = avm(at, &["regress", "--seeds", "5", "--no-store"]);
    assert!(code == 0 && text.contains("1 program agrees\n"), "{text}");
    // 40 words and the end: one retires after 1 word, two after 2 and 3, and 10 after 32 to 41.
    assert_eq!(cover["depths"]["words"][1], serde_json::json!([1, 100]));
    assert_eq!(cover["depths"]["words"][6], serde_json::json!([32, 1_000]));
    assert_eq!(cover["causes"]["retire"], 100 * 41);
    assert_eq!(cover["pair_counts"]["zero odd"].as_u64().unwrap_or(0), 0, "a pair over two calls: {cover}");
    let page = fs::read_to_string(at.join("r.html")).expect("written");
    assert!(page.contains("Opcode x exception: 3 of 3 cells") && page.contains(">words<"), "{page}");
}

/// The failure folders of a run, which says that there are some.
fn failures(at: &Path, called: (i32, String)) -> Vec<PathBuf> {
    let (code, text) = called;
    assert!(code == 1 && text.contains("distinct failure"), "{code}: {text}");
    let entries = fs::read_dir(at.join("failures")).expect("written");
    entries.map(|e| e.expect("an entry").path()).collect()
}

#[test]
fn a_random_program_finds_a_fault_and_its_folder_shrinks_and_replays() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let seeds = ["regress", "--seeds", "0..20", "--no-store"];
    assert_eq!(avm(at, &seeds).0, 0, "without the fault they agree");
    let found = failures(at, avm(at, &[&seeds[..], &["--fault", "half"]].concat()));
    let [failure] = &found[..] else { panic!("one signature: {found:?}") };
    let name = failure.to_str().expect("UTF-8");
    let report = json(&failure.join("report.json"));
    assert_eq!((&report["signature"], &report["class"]), (&"value:t_acc_q:word".into(), &"value".into()));
    for file in ["program.toml", "report.txt", "window.vcd"] {
        assert!(failure.join(file).is_file(), "{file}");
    }
    let (code, text) = avm(at, &["replay", name]);
    assert!(code == 1 && text.contains("reproduced, value:t_acc_q:word"), "{text}");

    // A word gets to the upper half in two steps; then comes one that is odd.
    let (code, text) = avm(at, &["shrink", name]);
    assert!(code == 0 && text.contains("before   40 instructions, 320 bytes, 1 calls"), "{text}");
    assert!(text.contains("after    3 instructions, 24 bytes, 1 calls; 2 executed until the failure"), "{text}");
    let shrunk = failure.join("shrunk.toml");
    let shrunk = shrunk.to_str().expect("UTF-8");
    let (code, text) = avm(at, &["cosim", "--fault", "half", "--failures", "again", shrunk]);
    assert!(code == 1 && at.join("again/shrunk-value-t-acc-q-word").is_dir(), "{text}");
    assert_eq!(avm(at, &["cosim", shrunk]).0, 0, "without the fault it agrees");

    let mut report = report;
    (report["options"]["fault"], report["replay"]) = (0.into(), "".into());
    fs::write(failure.join("report.json"), report.to_string()).expect("written");
    let (code, text) = avm(at, &["replay", name]);
    assert!(code == 0 && text.contains(": gone"), "{text}");
}

/// The RTL alone drives the host, as for mutants; a planted fault stands for one.
#[test]
fn mutants_are_judged_by_what_its_registers_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("words.toml");
    fs::write(&file, "machine = \"toy\"\nwords = [3, 9, 5, 7]\n").expect("written");
    let work = Work::<machine::Room>::of(&[file], 1).expect("without a fault it agrees");
    assert_eq!(work.groups[0].retired, 5);
    let judged = |fault| judge(&work, ToySession::DESIGN, fault, &Judged::default(), &HashSet::new());
    assert_eq!(judged(0), Judged::default());
    for fault in ["half", "top"] {
        let judged = judged(machine::Room::fault(fault).expect("listed"));
        assert!(judged.kills.iter().all(Option::is_some), "{fault}: {judged:?}");
    }
}

#[test]
fn random_programs_are_files_that_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (code, text) = avm(folder.path(), &["random", "7"]);
    assert!(code == 0 && text.contains("==> program.toml <==\nmachine = \"toy\""), "{text}");
    assert_eq!(avm(folder.path(), &["random", "7", "--write", "seven"]).0, 0);
    let (code, text) = avm(folder.path(), &["cosim", "seven/program.toml"]);
    assert!(code == 0 && text.contains("41"), "{text}");
}

/// Commands that are printed work as they are, although another machine is meant where none is named.
#[test]
fn what_is_printed_names_the_machine_where_it_must() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let (code, text) = second(at, &["regress", "--seeds", "0..3", "--no-store"]);
    assert!(code == 2 && text.contains("unknown machine `other`"), "{text}");
    let run = ["regress", "--machine", "toy", "--fault", "half", "--seeds", "0..3", "--json", "r.jsonl"];
    let found = failures(at, second(at, &run));
    let lines = fs::read_to_string(at.join("r.jsonl")).expect("written");
    let lines: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines[0]["what"], "toy: 3 random, seeds 0..3");
    let failure = lines.iter().find(|l| l["type"] == "failure").expect("a failure");
    let replay = failure["replay"].as_str().expect("a command");
    assert_eq!(replay, "avm regress --machine toy --fault half --seeds 0");
    let words: Vec<&str> = replay.split(' ').skip(1).collect();
    assert_eq!(second(at, &words).0, 1, "{replay}");
    let name = found[0].to_str().expect("UTF-8");
    assert_eq!((second(at, &["replay", name]).0, second(at, &["shrink", name]).0), (1, 0), "the folder says it");

    // No Slurm here: the folder of the array is written, and the command says what to do.
    let array = ["regress", "--machine", "toy", "--engine", "slurm", "--seeds", "0..64", "--per-job", "64"];
    let (code, text) = second(at, &[&array[..], &["--dir", "array", "--no-store"]].concat());
    assert!(code == 2 && text.contains("does the jobs without Slurm"), "{code}: {text}");
    let script = fs::read_to_string(at.join("array/job.sh")).expect("written");
    assert!(script.contains(" regress --machine 'toy' --seeds "), "{script}");
    assert_eq!(json(&at.join("array/jobs.json"))["task"]["machine"], "toy");
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
    let mappings = fs::read_dir(written.join(".surfer/mappings")).expect("a folder");
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

/// Checks a machine, whichever it is: its registers are those of its model, the scenarios of its faults are there.
struct Whole;

impl Visitor for Whole {
    type Output = ();

    fn visit<M: avm_cosim::machines::Machine>(self) {
        assert_eq!(fields::check::<M>(), Ok(()));
        let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join(M::SUITE);
        for fault in M::FAULTS {
            assert!(suite.join(fault.scenario).is_file(), "{}: no {} in {}", fault.name, fault.scenario, M::SUITE);
        }
    }
}

#[test]
fn every_machine_has_the_registers_of_its_model_and_scenarios_for_its_faults() {
    for name in All::NAMES {
        All::visit(name, Whole).expect("registered");
    }
    Machines::visit("toy", Whole).expect("registered");
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

/// Nothing in the registers differs: only what the model says of its cycles.
#[test]
fn a_wrong_counter_is_caught() {
    let mut run = Run::new(ToySession::new(3), Options::default());
    run.core.miscounts_cycles = true;
    let divergence = run.to_end().expect("the counter is wrong");
    let Mismatch::Spent(text) = &divergence.what else { panic!("{divergence:?}") };
    assert!(text.ends_with("model other; RTL's registers retire"), "{text}");
    assert_eq!(run.retired, 4, "it is caught in the very cycle");
    let report = failure::report(|| ToySession::new(3), Options::default(), &divergence, "toy.toml");
    assert_eq!(report.class, Class::Profile);
    let mut run = Run::new(ToySession::new(3), Options { account: false, ..Options::default() });
    run.core.miscounts_cycles = true;
    assert!(run.to_end().is_none(), "nobody else looks");
}

#[test]
fn its_cycles_have_a_profile() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("words.toml"), "machine = \"toy\"\nwords = [3, 9, 4, 7]\n").expect("written");
    let right = |arguments: &[&str]| {
        let (code, text) = second(folder.path(), &[&["profile", "words.toml"], arguments].concat());
        assert_eq!(code, 0, "{arguments:?}: {text}");
        text
    };
    let text = right(&[]);
    assert!(text.contains("words.toml: 1 call, 5 instructions") && text.contains("odd"), "{text}");
    for option in ["--csv", "--folded", "--annotate"] {
        right(&[option]);
    }
    for option in ["--flame", "--html", "--perfetto", "--konata"] {
        right(&[option, "out"]);
        assert!(folder.path().join("out").is_file(), "{option}");
    }
    let json = right(&["--json"]);
    let json = &json[json.find('{').expect("JSON")..=json.rfind('}').expect("JSON")];
    let profile: Profile = serde_json::from_str(json).expect("a profile");
    let counts: Vec<_> = ["zero", "even", "odd"]
        .map(|name| profile.opcodes.iter().find(|o| o.name == name).map_or(0, |o| o.count))
        .into();
    assert_eq!((profile.check(), counts), (Ok(()), vec![1, 1, 3]));
    // A profile says its machine, too.
    fs::write(folder.path().join("before.json"), json).expect("written");
    let (code, text) =
        second(folder.path(), &["profile", "before.json", "--against", "words.toml", "--threshold", "0"]);
    assert!(code == 0 && text.contains("+0.00 %"), "{text}");
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
