// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm regress` and `avm random` as built: what fails is found, grouped, reported and remembered; the result does
//! not depend on the number of threads; it ends when it is asked to, with valid reports.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Called, avm, bench, heeds_signals, root, send, temporary, tree};
use serde_json::Value;

/// Seeds among which the planted fault shows in several programs.
const SEEDS: &str = "0..96";
const FAULT: [&str; 2] = ["--fault", "add_carry"];

fn regress(folder: &Path, arguments: &[&str]) -> Called {
    let mut all = vec!["regress"];
    all.extend(arguments);
    avm(folder, &all)
}

/// Runs the planted fault over [`SEEDS`], with more arguments.
fn faulty(folder: &Path, more: &[&str]) -> Called {
    let mut all = vec!["--seeds", SEEDS];
    all.extend(FAULT);
    all.extend(more);
    regress(folder, &all)
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("written");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn of_type<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|l| l["type"] == kind).collect()
}

/// Parses as XML; the page is written so that it is XML too.
fn xml(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("written");
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    roxmltree::Document::parse_with_options(&text, options).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text
}

#[test]
fn a_fault_is_found_and_grouped_and_in_every_report() {
    let folder = temporary();
    let at = folder.path();
    let reports = ["--junit", "r.xml", "--json", "r.jsonl", "--html", "r.html", "--cover", "c.json"];
    let called = faulty(at, &reports);
    assert_eq!(called.code, 1, "{called:?}");

    let all = lines(&at.join("r.jsonl"));
    let end = of_type(&all, "end")[0];
    assert_eq!((&end["programs"], &end["passed"]), (&96.into(), &false.into()));
    let failures = of_type(&all, "failure");
    let failure = failures.iter().find(|f| f["count"].as_u64() > Some(1)).expect("several programs, one signature");
    let (signature, replay) = (failure["signature"].as_str().expect("text"), failure["replay"].as_str().expect("text"));
    assert!(signature.starts_with("value:s_tos_q:iadd"), "{signature}");
    let counts: u64 = failures.iter().map(|f| f["count"].as_u64().expect("a number")).sum();
    assert_eq!(Some(counts), end["failed"].as_u64());

    let junit = xml(&at.join("r.xml"));
    let document = roxmltree::Document::parse(&junit).expect("parsed before");
    let number = |name: &str| document.root_element().attribute(name).and_then(|n| n.parse().ok());
    assert_eq!(number("failures"), Some(failures.len()), "one test case for each distinct failure");
    let page = xml(&at.join("r.html"));
    for (what, text) in [("JUnit", &junit), ("page", &page), ("terminal", &called.out)] {
        assert!(text.contains(signature) && text.contains(replay), "{what}: {signature}, {replay}");
    }
    for bad in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!page.contains(bad), "the page needs {bad}");
    }
    let cover: Value = serde_json::from_str(&fs::read_to_string(at.join("c.json")).expect("written")).expect("JSON");
    assert!(cover["cells"]["iadd normal"].as_u64() > Some(0), "{cover}");
    assert!(cover["pair_counts"].as_object().expect("pairs").len() > 100);

    // The folder of the first program has everything that replaying and shrinking need.
    let first = at.join(failure["folder"].as_str().expect("a folder"));
    for file in ["report.json", "report.txt", "window.vcd", "program.toml", "app0.avm", "program.plan.json"] {
        assert!(first.join(file).is_file(), "{file}");
    }
    let report: Value =
        serde_json::from_str(&fs::read_to_string(first.join("report.json")).expect("there")).expect("JSON");
    assert_eq!(report["signature"], signature);
    let program = first.join("program.toml");
    let again = avm(at, &["cosim", "--fault", "add_carry", program.to_str().expect("UTF-8")]);
    let summary = failure["summary"].as_str().expect("text");
    assert!(again.code == 1 && again.out.contains(summary), "{again:?}");
    // And the command does what it says.
    let words: Vec<&str> = replay.split_whitespace().skip(1).collect();
    let again = avm(at, &words);
    assert!(again.code == 1 && again.out.contains(signature), "{again:?}");
}

#[test]
fn known_failures_do_not_fail_a_run_until_their_date_is_over() {
    let folder = temporary();
    let at = folder.path();
    assert_eq!(faulty(at, &["--json", "r.jsonl"]).code, 1);
    let all = lines(&at.join("r.jsonl"));
    let list = |until: &str| {
        let entry = |f: &&Value| {
            format!("[[known]]\nsignature = {}\nuntil = \"{until}\"\nreason = \"issue 17\"\n", f["signature"])
        };
        of_type(&all, "failure").iter().map(entry).collect::<String>()
    };
    fs::write(at.join("known.toml"), list("2999-12-31")).expect("written");
    let called = faulty(at, &["--known", "known.toml", "--junit", "r.xml", "--failures", "none"]);
    assert_eq!(called.code, 0, "{called:?}");
    assert!(called.out.contains("until 2999-12-31: issue 17"), "{called:?}");
    assert!(!at.join("none").exists(), "known failures get no folders");
    assert!(xml(&at.join("r.xml")).contains("<skipped"));

    fs::write(at.join("known.toml"), list("2026-01-31")).expect("written");
    let called = faulty(at, &["--known", "known.toml"]);
    assert_eq!(called.code, 1, "{called:?}");
    assert!(called.out.contains("was known until 2026-01-31"), "{called:?}");
    let called = regress(at, &["--known", "known.toml", "--seeds", "0"]);
    assert!(called.code == 0 && called.out.contains("take it off the list"), "{called:?}");
}

#[test]
fn the_project_s_list_of_known_failures_is_right() {
    let called = regress(root(), &["--seeds", "0", "--no-store", "--known", "testbenches/known-failures.toml"]);
    assert_ne!(called.code, 2, "{called:?}");
}

#[test]
fn bad_lists_of_known_failures_are_refused_with_their_place() {
    let entry = |signature: &str, until: &str, reason: &str| {
        format!("# known\n[[known]]\nsignature = \"{signature}\"\nuntil = \"{until}\"\nreason = \"{reason}\"\n")
    };
    let cases = [
        ("[[known]]\nsignature = 7\n".to_string(), "k.toml:2:13: error: "),
        ("[[known]]\nsignature = \"a:b:c\"\n".to_string(), "k.toml:1:1: error: "),
        ("[[unknown]]\n".to_string(), "k.toml:1:3: error: "),
        ("[[known\n".to_string(), "k.toml:1:8: error: "),
        (entry("iadd", "2027-01-31", "x"), "k.toml:3:13: error: "),
        (entry("a:b:c", "2027-02-31", "x"), "k.toml:4:9: error: "),
        (entry("a:b:c", "soon", "x"), "k.toml:4:9: error: "),
        (entry("a:b:c", "2027-01-31", " "), "k.toml:5:10: error: "),
        (entry("a:b:c", "2027-01-31", "x") + &entry("a:b:c", "2027-01-31", "x"), "k.toml:8:13: error: "),
    ];
    for (text, says) in cases {
        let folder = temporary();
        fs::write(folder.path().join("k.toml"), &text).expect("written");
        let called = regress(folder.path(), &["--seeds", "0", "--no-store", "--known", "k.toml"]);
        assert_eq!(called.code, 2, "{text}\n{called:?}");
        assert!(called.err.starts_with(says), "{text}\n{called:?}");
        assert_eq!(called.err.trim_end().lines().count(), 1, "{called:?}");
    }
}

/// Everything in the JSON lines but times.
fn without_times(path: &Path) -> Vec<Value> {
    let mut all = lines(path);
    all.retain(|l| l["type"] != "run");
    for line in &mut all {
        let object = line.as_object_mut().expect("an object");
        object.retain(|key, _| !key.contains("second"));
    }
    all
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let folder = temporary();
    let at = folder.path();
    let scenario = bench("units/alu.toml");
    let run = |jobs: &str| {
        let (json, cover) = (format!("{jobs}.jsonl"), format!("{jobs}.cover"));
        let seeds = ["--seeds", "0..300", "--jobs", jobs, "--json", &json, "--cover", &cover, "--no-store"];
        let called = regress(at, &[&seeds[..], &FAULT[..], &[scenario.to_str().expect("UTF-8")]].concat());
        assert_eq!(called.code, 1, "{called:?}");
        (without_times(&at.join(json)), fs::read(at.join(cover)).expect("written"))
    };
    let (one, two, five) = (run("1"), run("2"), run("5"));
    assert_eq!(one, two);
    assert_eq!(one, five);
}

#[test]
fn runs_are_kept_and_compared() {
    let folder = temporary();
    let at = folder.path();
    let unknown = regress(at, &["--seeds", SEEDS, "--against", "3"]);
    assert!(unknown.code == 2 && unknown.err.contains("none is kept there yet"), "{unknown:?}");
    assert_eq!(regress(at, &["--seeds", SEEDS]).code, 0);
    let called = faulty(at, &["--against", "1", "--json", "2.jsonl", "--html", "2.html"]);
    assert!(called.out.contains("against run 1") && called.out.contains("  new "), "{called:?}");
    xml(&at.join("2.html"));
    let all = lines(&at.join("2.jsonl"));
    let comparison = of_type(&all, "comparison")[0];
    assert!(!comparison["new"].as_array().expect("a list").is_empty(), "{comparison}");
    let called = regress(at, &["--seeds", SEEDS, "--against", "last"]);
    assert!(called.code == 0 && called.out.contains("against run 2") && called.out.contains("  gone "), "{called:?}");
    let called = faulty(at, &["--against", "2", "--no-store"]);
    assert!(called.out.contains("the same failures"), "{called:?}");
    let unknown = regress(at, &["--seeds", SEEDS, "--against", "77"]);
    assert_eq!(unknown.code, 2);
    for part in ["no run `77`", "     3  ", "     1  ", "seeds 0..96"] {
        assert!(unknown.err.contains(part), "{part}: {unknown:?}");
    }
    fs::write(at.join("text"), "no database, but long enough to be looked at as one".repeat(40)).expect("written");
    let other = regress(at, &["--seeds", SEEDS, "--store", "text"]);
    assert!(other.code == 2 && other.err.contains("no SQLite file"), "{other:?}");
}

#[test]
fn runs_at_the_same_time_are_all_kept() {
    let folder = temporary();
    let at = folder.path();
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| assert_eq!(regress(at, &["--seeds", "0..3", "--jobs", "1"]).code, 0));
        }
    });
    let store = rusqlite::Connection::open(at.join("target/regress.sqlite")).expect("opened");
    let count = |sql: &str| store.query_row(sql, [], |r| r.get::<_, i64>(0)).expect("a number");
    assert_eq!((count("SELECT count(*) FROM run"), count("SELECT max(id) FROM run")), (6, 6));
    let check: String = store.query_row("PRAGMA integrity_check", [], |r| r.get(0)).expect("text");
    assert_eq!(check, "ok");
}

#[test]
fn a_time_ends_a_run() {
    let folder = temporary();
    let began = Instant::now();
    let called = regress(folder.path(), &["--time", "1s", "--json", "r.jsonl"]);
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    let all = lines(&folder.path().join("r.jsonl"));
    let end = of_type(&all, "end")[0];
    assert_eq!(end["interrupted"], false, "{called:?}");
    assert!(end["programs"].as_u64() > Some(0) && end["seconds"].as_f64() >= Some(1.0), "{end}");
}

#[test]
#[cfg(unix)]
fn ctrl_c_leaves_valid_reports() {
    let folder = temporary();
    let at = folder.path();
    let reports = ["--junit", "r.xml", "--json", "r.jsonl", "--html", "r.html"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
    command.args(["regress", "--time", "10m"]).args(reports).current_dir(at);
    let child = heeds_signals(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("avm starts");
    std::thread::sleep(Duration::from_millis(1_500));
    send(&child, "INT");
    let asked = Instant::now();
    let output = child.wait_with_output().expect("it ends");
    assert!(asked.elapsed() < Duration::from_secs(60), "{:?}", asked.elapsed());
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(matches!(output.status.code(), Some(4 | 1)) && out.contains("(interrupted)"), "{output:?}");
    xml(&at.join("r.xml"));
    xml(&at.join("r.html"));
    let all = lines(&at.join("r.jsonl"));
    let end = of_type(&all, "end")[0];
    assert_eq!(end["interrupted"], true);
    assert!(end["programs"].as_u64() > Some(0), "{end}");
    let left: Vec<_> = tree(at).into_iter().filter(|(p, _)| p.to_string_lossy().contains(".writing-")).collect();
    assert!(left.is_empty(), "{left:?}");
}

/// A program that does not end is ended by its clocks: one signature, whatever it executed last.
#[test]
fn a_hang_is_ended_by_the_limit_of_clocks() {
    let folder = temporary();
    let at = folder.path();
    let source = ".method m public\nagain:\n    br again\n";
    fs::write(at.join("m.avm"), source).expect("written");
    let scenario =
        "machine = \"algorand\"\n[[app]]\nid = 7\nsource = \"m.avm\"\n[[call]]\nmethod = \"m\"\nfuel = 1000000000\n";
    fs::write(at.join("loop.toml"), scenario).expect("written");
    let called = regress(at, &["--cycles", "100000", "--json", "r.jsonl", "loop.toml"]);
    assert_eq!(called.code, 1, "{called:?}");
    let all = lines(&at.join("r.jsonl"));
    let failure = of_type(&all, "failure")[0];
    assert_eq!((&failure["class"], &failure["signature"]), (&"hang".into(), &"hang:cycles:any".into()));
    let replay = failure["replay"].as_str().expect("text");
    assert_eq!(replay, "avm regress --cycles 100000 loop.toml");
    let kept = at.join(failure["folder"].as_str().expect("a folder"));
    assert!(kept.join("report.json").is_file() && kept.join("loop.toml").is_file() && kept.join("m.avm").is_file());
    // Its folder is like every other: it says with what options it is replayed.
    let report = fs::read_to_string(kept.join("report.json")).expect("readable");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["options"]["rtl"], true);
    // One that hangs in the RTL alone is a difference long before.
    let muldiv = bench("units/muldiv.toml");
    let arguments = ["--fault", "div_hang", "--json", "h.jsonl", muldiv.to_str().expect("UTF-8")];
    assert_eq!(regress(at, &arguments).code, 1);
    let all = lines(&at.join("h.jsonl"));
    assert_eq!(of_type(&all, "failure")[0]["class"], "hang");
}

#[test]
fn the_first_divergence_or_hang_can_end_a_run_without_the_rtl() {
    let folder = temporary();
    let at = folder.path();
    let scenario =
        "machine = \"algorand\"\n[[app]]\nid = 7\nsource = \"m.avm\"\n[[call]]\nmethod = \"m\"\nfuel = 1000000000\n";
    fs::write(at.join("m.avm"), ".method m public\nagain:\n    br again\n").expect("written");
    for name in ["a.toml", "b.toml"] {
        fs::write(at.join(name), scenario).expect("written");
    }
    let run = |more: &[&str]| {
        let all = ["--no-rtl", "--jobs", "1", "--cycles", "100000", "--json", "r.jsonl", "a.toml", "b.toml"];
        let called = regress(at, &[&all, more].concat());
        assert_eq!(called.code, 1, "{called:?}");
        let all = lines(&at.join("r.jsonl"));
        assert!(of_type(&all, "failure")[0]["folder"].is_null(), "a folder shows what the RTL did");
        of_type(&all, "end")[0]["programs"].as_u64()
    };
    assert_eq!((run(&[]), run(&["--first"])), (Some(2), Some(1)));
    let called = regress(at, &["--no-rtl", "--jobs", "1", "--seeds", "0..20"]);
    assert_eq!(called.code, 0, "{called:?}");
    assert_eq!(regress(at, &["--no-rtl", "--fault", "add_carry", "--seeds", "1"]).code, 2);
}

#[test]
fn a_missed_expectation_fails_a_run() {
    let folder = temporary();
    let at = folder.path();
    fs::write(at.join("m.avm"), ".method m public\n    const_8 5\n    ireturn\n").expect("written");
    let scenario = "machine = \"algorand\"\n[[app]]\nid = 7\nsource = \"m.avm\"\n[[call]]\nmethod = \"m\"\nfuel = 100\n\
                    expect = { outcome = \"returned\", value = 6 }\n";
    fs::write(at.join("six.toml"), scenario).expect("written");
    let called = regress(at, &["six.toml", "--junit", "r.xml"]);
    assert_eq!(called.code, 1, "{called:?}");
    assert!(called.out.contains("expectation:") && called.out.contains("replay: avm cosim six.toml"), "{called:?}");
    assert!(xml(&at.join("r.xml")).contains("<failure"));
}

#[test]
fn bad_usage_is_refused_before_anything_runs() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "no suite there"),
        (&["--seeds", "5..5"], "needs A < B"),
        (&["--seeds", "x"], "`x` is not a seed"),
        (&["--seeds", "5.."], "needs --time"),
        (&["--time", "10 m"], "write a time"),
        (&["--time", "0s"], "write a time"),
        (&["--jobs", "0", "--seeds", "1"], "--jobs"),
        (&["--fault", "nothing", "--seeds", "1"], "unknown fault `nothing`"),
        (&["--html", "no/such/x.html", "--seeds", "1"], "no such folder"),
        (&["--known", "no.toml", "--seeds", "1"], "no.toml: no such file"),
        (&["--batch"], "--seeds"),
        (&["--batch", "--seeds", "0..100000"], "at most 4096"),
        (&["no.toml"], "no.toml: no such file"),
    ];
    for (arguments, says) in cases {
        let folder = temporary();
        let called = regress(folder.path(), &[arguments, &["--no-store"][..]].concat());
        assert_eq!(called.code, 2, "{arguments:?}: {called:?}");
        assert!(called.err.contains(says) && called.out.is_empty(), "{arguments:?}: {called:?}");
        assert!(tree(folder.path()).is_empty(), "{arguments:?} left something behind");
    }
}

/// What fails only after other programs on the core says so, and its replay command runs those before it.
#[test]
fn what_depends_on_programs_before_is_replayed_with_them() {
    let folder = temporary();
    let at = folder.path();
    let mut dependent = 0;
    for fault in ["page_stall", "listed_rejected"] {
        let arguments = ["--seeds", "0..256", "--fault", fault, "--no-store", "--json", "r.jsonl"];
        assert_eq!(regress(at, &arguments).code, 1);
        let all = lines(&at.join("r.jsonl"));
        let failures = of_type(&all, "failure");
        let batches = failures.iter().filter(|f| f["replay"].as_str().is_some_and(|r| r.ends_with(" --batch")));
        for failure in batches.take(2) {
            dependent += 1;
            assert!(failure["depends_on_what_ran_before"].as_u64() > Some(0), "{failure}");
            let words: Vec<&str> = failure["replay"].as_str().expect("text").split_whitespace().skip(1).collect();
            let again = avm(at, &words);
            let said = |part: &str| again.out.contains(part);
            let signature = failure["signature"].as_str().expect("text");
            assert!(again.code == 1 && said(signature) && said("depend on what ran before"), "{failure}: {again:?}");
            let report = at.join(failure["folder"].as_str().expect("a folder")).join("report.json");
            let report: Value = serde_json::from_slice(&fs::read(report).expect("there")).expect("JSON");
            assert_eq!((&report["signature"], &report["replay"]), (&failure["signature"], &failure["replay"]));
        }
    }
    assert!(dependent > 0, "no failure depends on what ran before: nothing was tested");
}

#[test]
fn a_batch_runs_on_one_core() {
    let folder = temporary();
    let called = regress(folder.path(), &["--seeds", "0..30", "--batch", "--no-store", "--json", "-"]);
    assert_eq!(called.code, 0, "{called:?}");
    let all: Vec<Value> = called.out.lines().map(|l| serde_json::from_str(l).expect("JSON lines only")).collect();
    assert_eq!(of_type(&all, "end")[0]["programs"], 30);
}

#[test]
fn random_prints_and_writes_the_same_program() {
    let folder = temporary();
    let at = folder.path();
    let printed = avm(at, &["random", "7"]);
    assert_eq!(printed.code, 0);
    let called = avm(at, &["random", "7", "--write", "seven"]);
    assert_eq!(called.code, 0, "{called:?}");
    for (name, text) in tree(&at.join("seven")) {
        let text = String::from_utf8(text.expect("a file")).expect("UTF-8");
        let name = name.display().to_string();
        assert!(name.ends_with(".json") || printed.out.contains(text.trim_end()), "{name}");
        assert!(name.ends_with(".json") || printed.out.contains(&format!("==> {name} <==")), "{name}");
    }
    assert_eq!(avm(at, &["run", "seven/program.toml"]).code, 0);
    let json: Value = serde_json::from_str(&avm(at, &["random", "7", "--json"]).out).expect("JSON");
    assert_eq!(json["seed"], 7);

    let before = tree(at);
    for used in ["seven", ".", "seven/program.toml"] {
        let called = avm(at, &["random", "8", "--write", used]);
        assert!(called.code == 2 && called.err.contains(used), "{used}: {called:?}");
    }
    assert_eq!(avm(at, &["random", "8", "--write", "no/such/eight"]).code, 2);
    assert_eq!(tree(at), before);
    fs::create_dir(at.join("empty")).expect("made");
    assert_eq!(avm(at, &["random", "8", "--write", "empty"]).code, 0);
    assert!(at.join("empty/program.toml").is_file());
    assert_eq!(avm(at, &["random", "x"]).code, 2);
}
