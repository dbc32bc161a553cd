// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm regress --engine slurm` without Slurm: scripts named `sbatch`, `squeue` and `scancel` stand for it. What comes
//! of jobs is what one process gives; lost jobs are done again, or the report says what is missing. With Slurm itself:
//! `make test-slurm`.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Called, bench, heeds_signals, send, temporary, tree};
use serde_json::Value;

/// Runs each job of an array in the background, in the order of their numbers. A job is lost as
/// often as `drop` has files `JOB.*`. With `refuse` nothing is taken, with `idle` nothing begins.
const SBATCH: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
echo "sbatch $*" >> calls
[ ! -e refuse ] || { echo "sbatch: error: invalid partition specified: nowhere" >&2; exit 1; }
id=$(($(cat id 2>/dev/null || echo 40) + 1))
echo $id > id
for word; do
  case $word in --array=*) list=${word#--array=};; esac
  script=$word
done
jobs=$(echo "$list" | tr , '\n' | while IFS=- read -r a b; do seq "$a" "${b:-$a}"; done)
for job in $jobs; do : > "queue/${id}_$job"; done
[ ! -e idle ] || { echo $id; exit 0; }
(
  for job in $jobs; do
    lost=
    for once in drop/"$job".*; do rm "$once" 2> /dev/null && lost=yes && break; done
    if [ "$lost" ]; then
      echo "slurmstepd: error: node lost" > "$(dirname "$script")/log/$job.log"
    else
      SLURM_ARRAY_TASK_ID=$job sh "$script" >> "$(dirname "$script")/log/$job.log" 2>&1
    fi
    rm -f "queue/${id}_$job"
  done
) > /dev/null 2>&1 &
echo $id
"#;
const SQUEUE: &str = r#"#!/bin/sh
cd "$(dirname "$0")/queue"
for job in *_*; do [ ! -e "$job" ] || echo "$job|PENDING|Priority"; done
"#;
const SCANCEL: &str = r#"#!/bin/sh
cd "$(dirname "$0")"
echo "scancel $*" >> calls
for job; do rm -f "queue/$job"; done
"#;

/// A folder with a queue of its own.
struct Farm {
    folder: tempfile::TempDir,
}

impl Farm {
    fn new() -> Farm {
        let farm = Farm { folder: temporary() };
        ["slurm/queue", "slurm/drop"].iter().for_each(|f| fs::create_dir_all(farm.at().join(f)).expect("made"));
        for (name, text) in [("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL), ("calls", "")] {
            let path = farm.at().join("slurm").join(name);
            fs::write(&path, text).expect("written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made executable");
        }
        farm
    }

    fn at(&self) -> &Path {
        self.folder.path()
    }

    fn put(&self, name: &str, text: &str) {
        fs::write(self.at().join("slurm").join(name), text).expect("written");
    }

    /// These jobs get lost so often.
    fn lose(&self, jobs: &[(u64, usize)]) {
        let files = jobs.iter().flat_map(|(job, times)| (0..*times).map(move |n| format!("drop/{job}.{n}")));
        files.for_each(|name| self.put(&name, ""));
    }

    /// What was submitted and cancelled, by line.
    fn calls(&self) -> Vec<String> {
        let text = fs::read_to_string(self.at().join("slurm/calls")).expect("there");
        text.lines().map(str::to_string).collect()
    }

    /// How often a job was submitted.
    fn tries(&self, job: u64) -> usize {
        let calls = self.calls();
        let words = calls.iter().flat_map(|c| c.split(' ')).filter_map(|w| w.strip_prefix("--array="));
        let runs = words.flat_map(|w| w.split(',')).map(|r| r.split_once('-').unwrap_or((r, r)));
        let number = |n: &str| n.parse::<u64>().expect("a number");
        runs.filter(|(a, b)| (number(a)..=number(b)).contains(&job)).count()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let path = format!("{}:{}", self.at().join("slurm").display(), std::env::var("PATH").expect("set"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
        heeds_signals(command.arg("regress").args(arguments).current_dir(self.at()).env("PATH", path));
        command
    }

    fn regress(&self, arguments: &[&str]) -> Called {
        called(self.command(arguments).output().expect("avm starts"))
    }

    /// Runs [`SEEDS`] in jobs of 64 in the folder `farm`, with more arguments.
    fn run(&self, more: &[&str]) -> Called {
        self.regress(&[&["--engine", "slurm", "--per-job", "64", "--dir", "farm"], &SEEDS[..], more].concat())
    }

    fn result(&self, job: u64) -> PathBuf {
        self.at().join(format!("farm/results/{job}.json"))
    }
}

fn called(output: std::process::Output) -> Called {
    Called {
        code: output.status.code().expect("not ended by a signal"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Five jobs of 64, the last with fewer.
const SEEDS: [&str; 2] = ["--seeds", "3..300"];
const FAULT: [&str; 2] = ["--fault", "add_carry"];

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).expect("written");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn end(path: &Path) -> Value {
    lines(path).into_iter().find(|l| l["type"] == "end").expect("an end")
}

/// Everything in the JSON lines but times, threads and the command itself.
fn without_times(path: &Path) -> Vec<Value> {
    let mut all = lines(path);
    for line in &mut all {
        let object = line.as_object_mut().expect("an object");
        object.retain(|key, _| !key.contains("second") && !["started", "arguments", "jobs"].contains(&key.as_str()));
    }
    all
}

/// Attributes and text of everything in a JUnit report, without times and the folder of failures.
fn junit(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("written");
    let document = roxmltree::Document::parse(&text).expect("XML");
    let all = document.descendants().map(|n| {
        let attributes = n.attributes().filter(|a| !["time", "timestamp", "uuid"].contains(&a.name()));
        let attributes: Vec<_> = attributes.map(|a| format!("{}={}", a.name(), a.value())).collect();
        let text = n.text().unwrap_or_default().replace("many.failures", "one.failures");
        format!("{:?} {} {text}", n.tag_name(), attributes.join(" "))
    });
    all.collect()
}

#[test]
fn jobs_make_the_report_that_one_process_makes() {
    let farm = Farm::new();
    let at = farm.at();
    let file = bench("units/fuel.toml");
    let reports = |name: &str| {
        let files = ["json", "cover", "junit", "html", "failures"].map(|kind| format!("{name}.{kind}"));
        let options = ["--json", "--cover", "--junit", "--html", "--failures"];
        options.into_iter().map(String::from).zip(files).flat_map(|(a, b)| [a, b]).collect::<Vec<_>>()
    };
    let run = |name: &str, engine: &[&str]| {
        let reports = reports(name);
        let reports: Vec<&str> = reports.iter().map(String::as_str).collect();
        let common = [&SEEDS[..], &FAULT[..], &[file.to_str().expect("UTF-8"), "--no-store"]].concat();
        farm.regress(&[&common[..], engine, &reports].concat())
    };
    let one = run("one", &[]);
    let many = run("many", &["--engine", "slurm", "--per-job", "64", "--jobs", "2"]);
    assert_eq!((one.code, many.code), (1, 1), "{one:?}\n{many:?}");
    assert!(!without_times(&at.join("one.json")).is_empty());
    let same_folders = |line: &mut Value| {
        if let Some(folder) = line["folder"].as_str() {
            line["folder"] = folder.replace("many.failures", "one.failures").into();
        }
    };
    let mut lines = without_times(&at.join("many.json"));
    lines.iter_mut().for_each(same_folders);
    assert_eq!(lines, without_times(&at.join("one.json")));
    assert_eq!(fs::read(at.join("many.cover")).expect("written"), fs::read(at.join("one.cover")).expect("written"));
    assert_eq!(junit(&at.join("many.junit")), junit(&at.join("one.junit")));
    assert_eq!(tree(&at.join("many.failures")), tree(&at.join("one.failures")));
    assert!(tree(&at.join("one.failures")).len() > 10, "there are failure folders to compare");
    let calls = farm.calls();
    assert_eq!(calls.len(), 1, "{calls:?}");
    for option in ["--array=0-4", "--requeue", "--cpus-per-task=2", "--open-mode=append"] {
        assert!(calls[0].contains(option), "{option}: {calls:?}");
    }
    // In a folder of its own: the binary by its digest, the list, the script, five results.
    let folder = fs::read_dir(at.join("target/farm")).expect("there").flatten().next().expect("one").path();
    assert!(folder.display().to_string().ends_with("-3-300-add_carry"), "{folder:?}");
    let list: Value = serde_json::from_slice(&fs::read(folder.join("jobs.json")).expect("there")).expect("JSON");
    let digest = list["task"]["digest"].as_str().expect("text");
    let copy = Command::new("sha256sum").arg(folder.join(format!("avm-{}", &digest[..16]))).output().expect("run");
    assert!(String::from_utf8_lossy(&copy.stdout).starts_with(digest), "{copy:?}");
    assert_eq!(list["jobs"].as_array().map(Vec::len), Some(5));
    assert_eq!(list["jobs"][4]["seeds"], serde_json::json!([259, 300]));
    assert_eq!(fs::read_dir(folder.join("results")).expect("there").count(), 5);
    // The same command again finds everything.
    let again = run("again", &["--engine", "slurm", "--per-job", "64"]);
    assert!(again.code == 1 && again.err.contains("5 of 5 results are there already"), "{again:?}");
    assert_eq!(farm.calls().len(), 1);
}

#[test]
fn lost_jobs_are_submitted_again() {
    let farm = Farm::new();
    farm.lose(&[(1, 2), (4, 1)]);
    let called = farm.run(&["--json", "r.jsonl"]);
    assert_eq!(called.code, 0, "{called:?}");
    assert_eq!((farm.tries(0), farm.tries(1), farm.tries(4)), (1, 3, 2), "{called:?}");
    let end = end(&farm.at().join("r.jsonl"));
    assert_eq!((&end["programs"], &end["missing"], &end["passed"]), (&297.into(), &Value::Array(vec![]), &true.into()));
    assert!(called.err.contains("left the queue without a result") && called.err.contains("node lost"), "{called:?}");
}

#[test]
fn what_never_comes_is_named_and_a_later_command_goes_on() {
    let farm = Farm::new();
    let at = farm.at();
    farm.lose(&[(1, 3), (2, 3), (4, 3)]);
    let called = farm.run(&["--json", "r.jsonl", "--junit", "r.xml", "--html", "r.html"]);
    assert_eq!(called.code, 3, "{called:?}");
    assert!(called.err.contains("incomplete: seeds 67..195, 259..300 never came back; job 1, "), "{called:?}");
    assert!(called.err.contains("node lost"), "{called:?}");
    assert!(called.out.starts_with("128 programs agree (incomplete)"), "{called:?}");
    assert!(called.out.contains("seeds 3..259 without 67..195, 259..300"), "{called:?}");
    let incomplete = end(&at.join("r.jsonl"));
    assert_eq!((&incomplete["programs"], &incomplete["passed"]), (&128.into(), &false.into()));
    assert_eq!(incomplete["missing"], serde_json::json!([[67, 195], [259, 300]]));
    let junit = fs::read_to_string(at.join("r.xml")).expect("written");
    assert!(junit.contains("errors=\"2\"") && junit.contains("seeds 67..195: not run"), "{junit}");
    let page = fs::read_to_string(at.join("r.html")).expect("written");
    assert!(page.contains(">INCOMPLETE<") && page.contains("seeds 67..195, 259..300"));
    assert_eq!([0, 1, 2, 3, 4].map(|job| farm.tries(job)), [1, 3, 3, 1, 3], "{:?}", farm.calls());

    let done = fs::read(farm.result(0)).expect("there");
    let called = farm.run(&["--json", "r.jsonl"]);
    assert_eq!(called.code, 0, "{called:?}");
    assert!(called.err.contains("2 of 5 results are there already"), "{called:?}");
    assert!(farm.calls().last().is_some_and(|c| c.contains("--array=1-2,4 ")), "{:?}", farm.calls());
    assert_eq!(end(&at.join("r.jsonl"))["programs"], 297);
    assert_eq!(fs::read(farm.result(0)).expect("there"), done, "what was done is not done again");
}

#[test]
fn a_broken_result_is_refused_and_its_job_done_again() {
    let farm = Farm::new();
    let at = farm.at();
    // Known failures get no folders: these take time.
    assert_eq!(farm.run(&[&FAULT[..], &["--json", "r.jsonl"]].concat()).code, 1);
    let entry = |f: &Value| {
        format!("[[known]]\nsignature = {}\nuntil = \"2999-12-31\"\nreason = \"planted\"\n", f["signature"])
    };
    let all = lines(&at.join("r.jsonl"));
    let known: String = all.iter().filter(|l| l["type"] == "failure").map(entry).collect();
    fs::write(at.join("known.toml"), known).expect("written");
    let whole = fs::read_to_string(farm.result(2)).expect("there");
    let value: Value = serde_json::from_str(&whole).expect("JSON");
    let changed = |change: fn(&mut Value)| {
        let mut value = value.clone();
        change(&mut value);
        value.to_string()
    };
    let broken = [
        whole[..whole.len() / 2].to_string(),
        String::new(),
        "[]".into(),
        whole.replace("\"clocks\"", "\"clucks\""),
        changed(|v| drop(v["blocks"].as_array_mut().expect("a list").pop())),
        changed(|v| drop(v["failures"].as_array_mut().expect("a list").pop())),
        changed(|v| v["failures"][0]["seeds"][0] = 3.into()),
        changed(|v| v["clocks"] = u64::MAX.into()),
        changed(|v| v["started"] = u64::MAX.into()),
        changed(|v| v["cover"]["pairs"][0][0] = 1_000_000.into()),
        changed(|v| v["cover"]["cells"][0][1] = u64::MAX.into()),
    ];
    for text in broken {
        fs::write(farm.result(2), &text).expect("written");
        let calls = farm.calls().len();
        let called = farm.run(&[&FAULT[..], &["--json", "r.jsonl", "--known", "known.toml"]].concat());
        let what = &text[..text.len().min(200)];
        assert_eq!(called.code, 0, "{what}: {called:?}");
        assert!(called.err.contains("2.json: no whole result") && called.err.contains("done again"), "{called:?}");
        assert!(farm.calls()[calls..].iter().any(|c| c.contains("--array=2 ")), "{what}: {:?}", farm.calls());
        assert_eq!(end(&at.join("r.jsonl"))["programs"], 297, "{what}");
        let again: Value = serde_json::from_slice(&fs::read(farm.result(2)).expect("there")).expect("JSON");
        assert_eq!(again["failures"], value["failures"], "{what}");
    }
}

/// A node that computes wrongly: what it reports does not happen here.
#[test]
fn what_does_not_fail_here_is_named() {
    let farm = Farm::new();
    assert_eq!(farm.run(&FAULT).code, 1);
    let whole = fs::read_to_string(farm.result(0)).expect("there");
    let value: Value = serde_json::from_str(&whole).expect("JSON");
    let all = value["failures"].as_array().expect("a list").iter().flat_map(|f| f["seeds"].as_array().expect("a list"));
    let failing: Vec<u64> = all.filter_map(Value::as_u64).collect();
    let agrees = (3..67).find(|seed| !failing.contains(seed)).expect("one that agrees");
    let changed = |key: &str, new: Value| {
        let mut value = value.clone();
        value["failures"][0][key] = new;
        fs::write(farm.result(0), value.to_string()).expect("written");
        let called = farm.run(&FAULT);
        assert_eq!(called.code, 3, "{called:?}");
        called.err
    };
    let mut seeds = value["failures"][0]["seeds"].as_array().expect("a list").clone();
    seeds[0] = agrees.into();
    seeds.sort_by_key(Value::as_u64);
    assert_eq!(seeds[0], agrees, "only the first is run again");
    let said = changed("seeds", seeds.into());
    assert!(said.contains("failed in its job and agrees here: suspect that machine"), "{said}");
    let said = changed("signature", "value:other:iadd".into());
    assert!(said.contains("failed with value:other:iadd in its job, and here with value:s_tos_q:iadd"), "{said}");
}

#[test]
fn results_of_something_else_are_refused_and_kept() {
    let farm = Farm::new();
    assert_eq!(farm.run(&[]).code, 0);
    let whole: Value = serde_json::from_slice(&fs::read(farm.result(2)).expect("there")).expect("JSON");
    let cases: [(&str, Value, &str); 6] = [
        ("version", 7.into(), "it is of version 7, not 1"),
        ("digest", "0123456789abcdef0123".into(), "it is of binary 0123456789abcdef, not "),
        ("rtl", false.into(), "it is of rtl false, not true"),
        ("fault", "add_carry".into(), "it is of fault add_carry, not none"),
        ("cycles", 5.into(), "it is of cycles 5, not 20000000"),
        ("seeds", serde_json::json!([0, 64]), "it is of seeds 0..64, not 131..195"),
    ];
    for (key, value, says) in cases {
        let mut other = whole.clone();
        other["task"][key] = value;
        fs::write(farm.result(2), other.to_string()).expect("written");
        let called = farm.run(&[]);
        assert_eq!(called.code, 2, "{key}: {called:?}");
        assert!(called.err.contains("results/2.json: error: ") && called.err.contains(says), "{key}: {called:?}");
        // A job refuses it too, and does not overwrite it.
        let job = farm.regress(&["--seeds", "131..195", "--result", "farm/results/2.json"]);
        assert!(job.code == 2 && job.err.contains(says) && job.err.trim_end().lines().count() == 1, "{key}: {job:?}");
        assert_eq!(fs::read_to_string(farm.result(2)).expect("there"), other.to_string());
    }
    assert_eq!(farm.calls().len(), 1);
    // So is the folder of something else.
    for (arguments, says) in [
        (&["--fault", "add_carry"][..], "jobs.json: error: it is of fault none, not add_carry"),
        (&["--cycles", "7"], "it is of cycles 20000000, not 7"),
    ] {
        let called = farm.run(arguments);
        assert!(called.code == 2 && called.err.contains(says), "{called:?}");
    }
    let called = farm.regress(&["--engine", "slurm", "--dir", "farm", "--seeds", "3..300", "--per-job", "65"]);
    assert!(called.code == 2 && called.err.contains("its jobs have 64 seeds each, not 128"), "{called:?}");
    // A job whose result is there does nothing.
    let job = farm.regress(&["--seeds", "67..131", "--result", "farm/results/1.json"]);
    assert!(job.code == 0 && job.out.contains("there already"), "{job:?}");
}

#[test]
fn ctrl_c_cancels_the_array_and_reports_what_is_there() {
    let farm = Farm::new();
    let at = farm.at();
    // Some of the jobs are done, the others wait.
    farm.lose(&[(3, 3), (4, 3)]);
    assert_eq!(farm.run(&[]).code, 3);
    farm.put("idle", "");
    let common = ["--engine", "slurm", "--dir", "farm", "--json", "r.jsonl"];
    let child = farm
        .command(&[&common[..], &SEEDS[..]].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("avm starts");
    let began = Instant::now();
    while fs::read_dir(at.join("slurm/queue")).expect("there").count() < 2 {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing was submitted");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Meanwhile the folder is in use.
    let other = farm.run(&[]);
    assert!(other.code == 2 && other.err.contains("another avm regress works on this folder"), "{other:?}");
    std::thread::sleep(Duration::from_millis(500));
    send(&child, "INT");
    let called = called(child.wait_with_output().expect("it ends"));
    assert_eq!(called.code, 4, "{called:?}");
    assert!(called.out.starts_with("192 programs agree (interrupted)"), "{called:?}");
    assert!(called.err.contains("avm: interrupted: 105 programs of 297 did not run"), "{called:?}");
    let calls = farm.calls();
    let last = calls.last().expect("some");
    assert!(last.starts_with("scancel ") && last.contains("_3 ") && last.ends_with("_4"), "{calls:?}");
    assert_eq!(fs::read_dir(at.join("slurm/queue")).expect("there").count(), 0);
    let end = end(&at.join("r.jsonl"));
    assert_eq!((&end["interrupted"], &end["missing"]), (&true.into(), &serde_json::json!([[195, 300]])));
    assert_eq!(end["passed"], false);
}

#[test]
fn jobs_in_the_queue_are_not_submitted_again() {
    let farm = Farm::new();
    let at = farm.at();
    farm.put("idle", "");
    let mut child = farm
        .command(&[&["--engine", "slurm", "--per-job", "64", "--dir", "farm"], &SEEDS[..]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("avm starts");
    let began = Instant::now();
    while fs::read_dir(at.join("slurm/queue")).expect("there").count() < 5 {
        assert!(began.elapsed() < Duration::from_secs(60), "nothing was submitted");
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().expect("ended without a word");
    child.wait().expect("ended");
    fs::remove_file(at.join("slurm/idle")).expect("there");
    // Two were cancelled by hand, the others begin while the next command waits.
    for job in [1, 2] {
        fs::remove_file(at.join(format!("slurm/queue/41_{job}"))).expect("there");
    }
    let waiting = at.to_path_buf();
    let jobs = std::thread::spawn(move || {
        // Once the two are submitted again.
        let calls = || fs::read_to_string(waiting.join("slurm/calls")).expect("there").lines().count();
        let began = Instant::now();
        while calls() < 2 && began.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(20));
        }
        for job in [0, 3, 4] {
            let script = waiting.join("farm/job.sh");
            let ran = Command::new(script).arg(job.to_string()).stdout(Stdio::null()).status().expect("job.sh starts");
            assert!(ran.success());
            fs::remove_file(waiting.join(format!("slurm/queue/41_{job}"))).expect("there");
        }
    });
    let called = farm.run(&[]);
    jobs.join().expect("jobs ran");
    assert_eq!(called.code, 0, "{called:?}");
    assert!(called.err.contains("3 jobs in the queue already"), "{called:?}");
    let calls = farm.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[1].contains("--array=1-2 "), "{calls:?}");
}

#[test]
fn errors_are_said_in_one_line() {
    let farm = Farm::new();
    let at = farm.at();
    let refused = |called: Called, says: &str| {
        assert_eq!(called.code, 2, "{says}: {called:?}");
        let last = called.err.trim_end().lines().last().unwrap_or_default();
        assert!(last.contains(says) && called.out.is_empty(), "{says}: {called:?}");
    };
    farm.put("refuse", "");
    refused(farm.run(&["--partition", "nowhere"]), "sbatch: error: invalid partition specified: nowhere");
    assert!(farm.calls()[0].contains("--partition=nowhere"));
    fs::remove_file(at.join("slurm/refuse")).expect("there");
    fs::write(at.join("file"), "").expect("written");
    let common = ["--engine", "slurm", "--seeds", "0..64"];
    refused(farm.regress(&[&common[..], &["--dir", "file"]].concat()), "file: error: ");
    refused(farm.regress(&[&common[..], &["--dir", "/proc/1/no"]].concat()), "/proc/1/no: error: ");
    for (arguments, says) in [
        (&["--engine", "slurm", "--time", "5m"][..], "needs its seeds"),
        (&["--engine", "slurm", "--seeds", "0..64", "--batch"], "leave out --batch"),
        (&["--engine", "slurm", "x.toml"], "add --seeds A..B"),
        (&["--engine", "slurm", "--seeds", "0..1000000", "--per-job", "64"], "--per-job 1024 makes at most 1000"),
        (&["--engine", "slurm", "--seeds", "0..18446744073709551614", "--per-job", "64"], "takes seeds up to"),
        (&["--seeds", "0..64", "--dir", "x"], "are for --engine slurm"),
        (&["--seeds", "0..64", "--per-job", "64"], "are for --engine slurm"),
        (&["--seeds", "0..64", "--result", "no/such/x.json"], "no such folder"),
    ] {
        refused(farm.regress(arguments), says);
    }
    assert!(!at.join("target/farm").exists() && !at.join("x").exists(), "bad usage leaves nothing behind");
    // Without Slurm the jobs can be run by hand, and the same command makes the report.
    let away = |arguments: &[&str]| called(farm.command(arguments).env("PATH", "/nowhere").output().expect("starts"));
    let by_hand = [&common[..], &["--dir", "by hand's", "--no-store"]].concat();
    let called = away(&by_hand);
    refused(called, "no `squeue` in PATH (seq 0 0 | parallel ");
    let script = at.join("by hand's/job.sh");
    assert!(Command::new(script).arg("0").stdout(Stdio::null()).status().expect("starts").success());
    assert_eq!(away(&by_hand).code, 0);
}
