// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failures become small and stay what they are; failure folders are replayed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Called, avm, bench, ends, load, root, temporary, tree};
use avm_cosim::failure::{self, Request};
use avm_cosim::lockstep::Options;
use avm_cosim::machines::algorand::generate::{self, Plan};
use avm_cosim::machines::algorand::scenario::Scenario;
use avm_cosim::machines::algorand::{Algorand, Room};
use avm_cosim::shrink::{self, Shrunk};
use avm_sim::algorand::faults::{FAULTS, Fault, number};
use serde_json::Value;

fn planted(fault: &Fault) -> Shrunk<Room> {
    shrink::planted(fault, &root().join("testbenches/algorand")).unwrap_or_else(|e| panic!("{}: {e}", fault.name))
}

fn fault(name: &str) -> &'static Fault {
    FAULTS.iter().find(|f| f.name == name).expect("listed")
}

/// The signature with which a scenario fails.
fn signature(scenario: &Scenario, options: Options) -> Option<String> {
    let (divergence, _) = ends(Algorand::new(scenario), options);
    divergence.map(|d| failure::report(|| Algorand::new(scenario), options, &d, "").signature)
}

/// Shrinks a planted fault: what comes out is small, loads, fails alone in the same way, and agrees without the fault.
fn becomes_small(name: &str, most: usize) {
    let s = planted(fault(name));
    assert!(s.after.instructions <= most, "{name}: {} instructions:\n{}", s.after.instructions, s.toml);
    assert!(!s.unfinished && s.after.bytes < s.before.bytes, "{name}: {s:?}");
    assert!(s.signature.starts_with(&format!("{}:", fault(name).class)), "{name}: {}", s.signature);
    let folder = temporary();
    let file = folder.path().join("shrunk.toml");
    fs::write(&file, &s.toml).expect("written");
    let scenario = load(&file);
    let options = Options { fault: number(name).expect("listed"), assertions: false, ..Options::default() };
    assert_eq!(signature(&scenario, options).as_ref(), Some(&s.signature), "{name}");
    assert_eq!(signature(&scenario, Options::default()), None, "{name} without the fault");
    // What is in memory is what is in the file.
    let world = |s: &Scenario| (s.world.apps.clone(), s.world.pages.clone());
    assert!(world(&scenario) == world(&s.scenario), "{name}");
    for (a, b) in scenario.calls.iter().zip(&s.scenario.calls) {
        assert_eq!((&a.call, a.app), (&b.call, b.app), "{name}");
    }
}

#[test]
fn planted_faults_of_all_classes_become_small() {
    for name in ["add_carry", "div_hang", "catch_fallthrough", "retire_lost", "extra_cycle", "wrong_outcome"] {
        becomes_small(name, 6);
    }
}

#[test]
fn faults_of_heap_segments_and_rollback_become_small() {
    for name in ["page_bound", "native_price", "btb_alias", "free_kept", "log_order", "undo_capacity"] {
        becomes_small(name, 15);
    }
}

/// All of them, with their sizes: for looking at. `FAULT=a,b` takes only these and prints what is left of them.
#[test]
#[ignore = "takes a minute; prints what `avm figures` sums up"]
fn all_planted_faults() {
    let only = std::env::var("FAULT").ok();
    let mut sizes = Vec::new();
    for fault in FAULTS.iter().filter(|f| only.as_ref().is_none_or(|o| o.split(',').any(|o| o == f.name))) {
        let began = Instant::now();
        let s = planted(fault);
        let (now, then, runs) = (s.after.instructions, s.before.instructions, s.runs);
        let took = began.elapsed().as_secs_f64();
        println!("{:<20} {now:>3} from {then:>5}, {runs:>5} runs, {took:>5.1} s {}", fault.name, s.signature);
        if only.is_some() {
            println!("{}", s.toml);
        }
        sizes.push(now);
    }
    sizes.sort_unstable();
    println!("median {}", sizes[sizes.len() / 2]);
    assert!(sizes[sizes.len() / 2] <= 10);
}

/// The one failure folder below `failures` of a folder.
fn only(folder: &Path) -> PathBuf {
    let mut found = fs::read_dir(folder.join("failures")).expect("written");
    found.next().expect("one").expect("an entry").path()
}

/// The failure folder of a fault in a scenario.
fn fail(folder: &Path, fault: &str, scenario: &Path) -> PathBuf {
    let called = avm(folder, &["cosim", "--fault", fault, scenario.to_str().expect("UTF-8")]);
    assert_eq!(called.code, 1, "{called:?}");
    only(folder)
}

/// The failure folder of a random program, its tree beside it.
fn random(folder: &Path, fault: &str, seeds: std::ops::Range<u64>) -> (PathBuf, Plan) {
    let options = Options { fault: number(fault).expect("listed"), ..Options::default() };
    for seed in seeds {
        let plan = generate::plan(seed, &generate::Options::default());
        let scenario = plan.build().expect("a program");
        let (Some(divergence), _) = ends(Algorand::new(&scenario), options) else { continue };
        let files = temporary();
        let mut texts = vec![("program.toml".to_string(), plan.scenario_toml())];
        texts.extend(plan.sources());
        texts.push(("program.plan.json".into(), serde_json::to_string(&plan).expect("JSON")));
        let copies = texts.iter().map(|(name, text)| {
            let path = files.path().join(name);
            fs::write(&path, text).expect("written");
            path
        });
        let request = Request {
            scenario: &format!("random-{seed}"),
            replay: format!("avm regress --fault {fault} --seeds {seed}"),
            copies: copies.collect(),
            root: &folder.join("failures"),
        };
        let (_, failure) =
            failure::write(|| Algorand::new(&scenario), options, &divergence, &request).expect("written");
        return (failure, plan);
    }
    panic!("{fault} hits none of the programs");
}

fn shrinks(folder: &Path, arguments: &[&str]) -> Called {
    avm(folder.parent().expect("a folder"), &[&["shrink", folder.to_str().expect("UTF-8")], arguments].concat())
}

fn replays(folder: &Path) -> Called {
    avm(folder.parent().expect("a folder"), &["replay", folder.to_str().expect("UTF-8")])
}

/// Instructions after shrinking, as printed.
fn after(called: &Called) -> usize {
    let line = called.out.lines().find_map(|l| l.strip_prefix("after ")).unwrap_or_else(|| panic!("{called:?}"));
    line.split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("{called:?}"))
}

/// Shrinks a folder; checks what is printed and written; gives how many instructions are left.
fn shrunk(failure: &Path, fault: &str) -> usize {
    let before = tree(failure);
    let called = shrinks(failure, &[]);
    assert_eq!((called.code, called.err.as_str()), (0, ""), "{called:?}");
    let with: Vec<_> = tree(failure).into_iter().filter(|(name, _)| name != Path::new("shrunk.toml")).collect();
    assert_eq!(with, before, "nothing else changes");
    let file = failure.join("shrunk.toml");
    let signature = report(failure)["signature"].as_str().expect("text").to_string();
    assert!(called.out.starts_with(&signature) && called.out.contains("executed until the failure"), "{}", called.out);
    // The command that it names; it fails in the same way.
    let elsewhere = temporary();
    let again = avm(elsewhere.path(), &["cosim", "--fault", fault, file.to_str().expect("UTF-8")]);
    assert_eq!(again.code, 1, "{again:?}");
    assert_eq!(report(&only(elsewhere.path()))["signature"], signature.as_str());
    let without = avm(elsewhere.path(), &["cosim", file.to_str().expect("UTF-8")]);
    assert_eq!(without.code, 0, "{without:?}");
    after(&called)
}

fn report(failure: &Path) -> Value {
    let text = fs::read_to_string(failure.join("report.json")).expect("a report");
    serde_json::from_str(&text).expect("JSON")
}

fn rewrite(failure: &Path, change: impl FnOnce(&mut Value)) {
    let mut value = report(failure);
    change(&mut value);
    fs::write(failure.join("report.json"), value.to_string()).expect("written");
}

#[test]
fn random_programs_become_small() {
    for name in ["compare_sign", "log_order", "stale_forward"] {
        let folder = temporary();
        let (failure, plan) = random(folder.path(), name, 0..300);
        let left = shrunk(&failure, name);
        // An undo in the wrong order takes two stores below an invocation that is left abruptly: 16 with their operands.
        assert!(left <= 20, "{name} in seed {}: {left} instructions", plan.seed);
        assert_eq!(replays(&failure).code, 1);
    }
}

#[test]
fn an_image_becomes_small() {
    let folder = temporary();
    let image = folder.path().join("mix.avmi");
    let called = avm(root(), &["asm", "testbenches/algorand/programs/mix.avm", "-o", image.to_str().expect("UTF-8")]);
    assert_eq!(called.code, 0, "{called:?}");
    let scenario = fs::read_to_string(bench("programs/mix.toml")).expect("there");
    let names = load(&bench("programs/mix.toml"));
    let mut text = scenario.replace("source = \"mix.avm\"", "image = \"mix.avmi\"");
    for planned in &names.calls {
        text = text.replace(&format!("method = \"{}\"", planned.name), &format!("method = {}", planned.call.method));
    }
    fs::write(folder.path().join("mix.toml"), text).expect("written");
    let failure = fail(folder.path(), "add_carry", &folder.path().join("mix.toml"));
    let left = shrunk(&failure, "add_carry");
    assert!(left <= 15, "{left} instructions");
}

#[test]
fn replay_says_reproduced_gone_or_different() {
    let folder = temporary();
    let failure = fail(folder.path(), "add_carry", &bench("units/alu.toml"));
    let report = report(&failure);
    assert_eq!(report["options"]["fault"], number("add_carry").expect("listed"));
    let called = replays(&failure);
    let (signature, cycle) = (report["signature"].as_str().expect("text"), &report["cycle"]);
    assert_eq!(called.code, 1, "{called:?}");
    assert!(called.out.contains(&format!("reproduced, {signature} at cycle {cycle}\n")), "{}", called.out);

    rewrite(&failure, |r| r["replay"] = "avm cosim --fault shift_amount alu.toml".into());
    let called = replays(&failure);
    assert_eq!(called.code, 1, "{called:?}");
    assert!(called.out.contains(": different\n"), "{}", called.out);
    assert!(called.out.contains(&format!("was  {signature} at cycle {cycle}, field s_tos_q")), "{}", called.out);
    assert!(called.out.contains("now  value:s_tos_q:ishr at cycle "), "{}", called.out);

    rewrite(&failure, |r| {
        r["replay"] = "avm cosim alu.toml".into();
        r["options"]["fault"] = 0.into();
    });
    let called = replays(&failure);
    assert_eq!(called.code, 0, "{called:?}");
    assert!(called.out.contains(": gone\n"), "{}", called.out);
    let called = shrinks(&failure, &[]);
    assert_eq!(called.code, 2, "{called:?}");
    assert!(called.err.contains("does not fail") && called.err.contains("avm replay"), "{}", called.err);
    assert!(!failure.join("shrunk.toml").exists());
}

/// The number of a fault moves when others are added; its name does not.
#[test]
fn a_fault_is_found_by_its_name() {
    let folder = temporary();
    let failure = fail(folder.path(), "add_carry", &bench("units/alu.toml"));
    rewrite(&failure, |r| r["options"]["fault"] = 99.into());
    assert_eq!(replays(&failure).code, 1);
    rewrite(&failure, |r| drop(r.as_object_mut().expect("a table").remove("options")));
    assert_eq!(replays(&failure).code, 1, "folders of before there were options");
}

#[test]
fn a_folder_stands_alone_although_sources_were_elsewhere() {
    let folder = temporary();
    let (here, there) = (folder.path().join("here"), folder.path().join("there"));
    fs::create_dir_all(here.join("below")).expect("made");
    fs::create_dir(&there).expect("made");
    let source = |value: &str| format!(".method go public\n const {value}\n const 1\n iadd\n ireturn\n");
    fs::write(here.join("below/a.avm"), source("1")).expect("written");
    fs::write(there.join("a.avm"), source("0xffffffff")).expect("written");
    let call = |app: u32| format!("[[call]]\napp = {app}\nmethod = \"go\"\nfuel = 100\n");
    let text = format!(
        "machine = \"algorand\"\n[[app]]\nid = 1\nsource = \"below/a.avm\"\n\
         [[app]]\nid = 2\nsource = '../there/a.avm'\n{}{}",
        call(1),
        call(2)
    );
    fs::write(here.join("two.toml"), text).expect("written");
    let failure = fail(folder.path(), "add_carry", &here.join("two.toml"));
    fs::remove_dir_all(&here).expect("removed");
    fs::remove_dir_all(&there).expect("removed");
    let called = replays(&failure);
    assert!(called.out.contains("reproduced"), "{called:?}");
    assert_eq!(shrunk(&failure, "add_carry"), 3);
}

/// Blocks and lines with several instructions are made smaller as if they were written out.
#[test]
fn what_stands_once_and_counts_often_becomes_small() {
    let folder = temporary();
    let file = folder.path().join("often.toml");
    let text = "machine = \"algorand\"\ndefaults = { method = \"go\", fuel = 10000 }\n\
        call = [{ args = [7], returns = 7 }, { args = [3] }]\n\n[[app]]\nid = 1\ntext = \"\"\"\n\
        .method go public\n.arg n 8\n load_64 n const 7 ieq brnz .last\n\
        .repeat i = 1, 50\n.l{i}: const {i} pop ; nothing\n brnz_{i}: nop\n.end\n\
        const 0xffffffff const 1 iadd pop\n.repeat 9\n nop nop\n.end\n.last: load_64 n ireturn\n\"\"\"\n";
    fs::write(&file, text).expect("written");
    let failure = fail(folder.path(), "add_carry", &file);
    assert_eq!(shrunk(&failure, "add_carry"), 3);
}

#[test]
fn a_program_without_an_end_stays_one() {
    let folder = temporary();
    let failure = folder.path().join("endless");
    fs::create_dir(&failure).expect("made");
    let text = "machine = \"algorand\"\n[[app]]\nid = 1\ntext = \"\"\"\n\
        .method go public\n const 3\n pop\n.l:\n nop\n br .l\n\"\"\"\n\n\
        [[call]]\nmethod = \"go\"\nfuel = 4000000000000\n";
    fs::write(failure.join("endless.toml"), text).expect("written");
    let report = r#"{"scenario": "endless.toml", "cycle": 30000, "signature": "hang:cycles:any", "summary": "not over",
        "replay": "avm regress --cycles 30000 endless.toml"}"#;
    fs::write(failure.join("report.json"), report).expect("written");
    let called = replays(&failure);
    assert!(called.code == 1 && called.out.contains("reproduced"), "{called:?}");
    let called = shrinks(&failure, &[]);
    assert_eq!((called.code, after(&called)), (0, 1), "{called:?}");
}

#[test]
fn a_limit_of_runs_gives_what_there_is() {
    let folder = temporary();
    let failure = fail(folder.path(), "sub_overflow", &bench("units/alu.toml"));
    let called = shrinks(&failure, &["--runs", "3"]);
    assert_eq!(called.code, 0, "{called:?}");
    assert!(called.out.contains("runs     3, the limit"), "{}", called.out);
    let (some, file) = (after(&called), failure.join("shrunk.toml"));
    assert!(Scenario::load(&file).is_ok());
    let called = shrinks(&failure, &["--clocks", "9000"]);
    assert!(called.code == 0 && after(&called) < some, "{called:?}");
    // What is smaller already stays, unless it does not fail any more.
    let small = fs::read(&file).expect("written");
    let called = shrinks(&failure, &["--runs", "3"]);
    assert!(called.code == 0 && after(&called) == some, "{called:?}");
    assert!(called.out.contains("shrunk.toml, which is smaller: ") && !called.out.contains("written"), "{called:?}");
    assert_eq!(fs::read(&file).expect("there"), small);
    fs::write(&file, "machine = \"algorand\"\n").expect("written");
    let called = shrinks(&failure, &["--runs", "3"]);
    assert!(called.code == 0 && called.out.contains("\nwritten  ") && Scenario::load(&file).is_ok(), "{called:?}");
}

#[test]
fn malformed_folders_are_refused() {
    let folder = temporary();
    let failure = fail(folder.path(), "add_carry", &bench("programs/mix.toml"));
    fs::write(folder.path().join("file"), "").expect("written");
    let report = report(&failure);
    let with = |change: &dyn Fn(&mut Value)| {
        let mut value = report.clone();
        change(&mut value);
        value.to_string()
    };
    let json = |change: &'static dyn Fn(&mut Value)| ("report.json", Some(with(change)));
    let cases: Vec<((&str, Option<String>), &str)> = vec![
        (("report.json", None), "no report.json"),
        (("report.json", Some("{".into())), "report.json:1:1: error: EOF"),
        (("report.json", Some("[]".into())), "report.json:1:"),
        (json(&|r| drop(r.as_object_mut().unwrap().remove("signature"))), "missing field `signature`"),
        (json(&|r| r["cycle"] = "x".into()), "invalid type"),
        (json(&|r| r["signature"] = "nothing".into()), "`nothing` is not a signature"),
        (json(&|r| r["options"]["fault"] = 900.into()), "invalid value"),
        (json(&|r| r["replay"] = "avm cosim --fault none x".into()), "no planted fault `none`"),
        (
            json(&|r| {
                r["replay"] = "".into();
                r["options"]["fault"] = 255.into();
            }),
            "no planted fault `number 255`",
        ),
        (json(&|r| r["scenario"] = "../../other.toml".into()), "no copy of the scenario"),
        (json(&|r| r["replay"] = "avm regress --seeds 0..9 --batch".into()), "programs that ran before it"),
        (("mix.toml", None), "no copy of the scenario"),
        (("mix.toml", Some("machine = 1".into())), "mix.toml:1:11: error"),
        (("mix.avm", None), "no such file"),
        (("mix.avm", Some("nonsense".into())), "mix.avm:1:1: error"),
        (("program.plan.json", Some("{\"seed\": 1}".into())), "program.plan.json:1:"),
        (("program.plan.json", Some("\u{1}".into())), "program.plan.json:1:1: error"),
    ];
    for ((name, text), expected) in cases {
        let file = failure.join(name);
        let good = fs::read(&file).ok();
        match &text {
            Some(text) => fs::write(&file, text).expect("written"),
            None => fs::remove_file(&file).expect("removed"),
        }
        let before = tree(folder.path());
        for called in [shrinks(&failure, &[]), replays(&failure)] {
            assert_eq!((called.code, called.out.as_str()), (2, ""), "{expected}: {called:?}");
            assert!(called.err.contains(expected), "{expected}: {}", called.err);
        }
        assert_eq!(tree(folder.path()), before, "{expected}");
        match good {
            Some(good) => fs::write(&file, good).expect("written"),
            None => fs::remove_file(&file).expect("removed"),
        }
    }
    for (name, expected) in [("none", "no such folder"), ("file", "not a folder"), ("failures", "no report.json")] {
        for called in [shrinks(&folder.path().join(name), &[]), replays(&folder.path().join(name))] {
            assert_eq!(called.code, 2, "{name}: {called:?}");
            assert!(called.err.contains(expected), "{name}: {}", called.err);
        }
    }
}

/// Killed at some moment: the folder is as it was, or has a whole result.
#[test]
fn an_interrupted_run_leaves_nothing_half_written() {
    let folder = temporary();
    let (failure, _) = random(folder.path(), "log_order", 0..300);
    let before = tree(&failure);
    for wait in [20, 150, 400] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_avm"))
            .args(["shrink", failure.to_str().expect("UTF-8")])
            .stdout(Stdio::null())
            .spawn()
            .expect("avm starts");
        std::thread::sleep(Duration::from_millis(wait));
        child.kill().expect("ended");
        child.wait().expect("ended");
        let after: Vec<_> = tree(&failure).into_iter().filter(|(name, _)| name != Path::new("shrunk.toml")).collect();
        assert_eq!(after, before, "after {wait} ms");
        let file = failure.join("shrunk.toml");
        assert!(!file.exists() || Scenario::load(&file).is_ok());
    }
    assert_eq!(shrinks(&failure, &["--runs", "20"]).code, 0);
}

#[test]
fn nothing_is_written_where_nothing_can_be() {
    let folder = temporary();
    let failure = fail(folder.path(), "add_carry", &bench("units/alu.toml"));
    fs::create_dir(failure.join("shrunk.toml")).expect("made");
    let before = tree(&failure);
    let called = shrinks(&failure, &["--runs", "10"]);
    assert_eq!(called.code, 3, "{called:?}");
    assert_eq!(tree(&failure), before);
}
