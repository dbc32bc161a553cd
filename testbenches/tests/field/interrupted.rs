// SPDX-License-Identifier: MIT OR Apache-2.0
//! A run that was ended before all had run never passes; a signal that was ignored stays ignored.

#![cfg(unix)]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{heeds_signals, send, temporary};

/// What an interrupted run ends with.
const INTERRUPTED: i32 = 4;

fn start(folder: &Path, line: &str) -> Child {
    let binary = env!("CARGO_BIN_EXE_avm");
    let mut command = Command::new("sh");
    command.args(["-c", &line.replace("avm ", &format!("exec '{binary}' "))]).current_dir(folder);
    heeds_signals(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("sh")
}

fn end(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("r.jsonl")).expect("written");
    serde_json::from_str(text.lines().last().expect("a line")).expect("JSON")
}

#[test]
fn an_interrupted_run_never_passes() {
    let folder = temporary();
    let at = folder.path();
    let line = "avm regress -j1 --seeds 0..100000 --json r.jsonl --junit r.xml --html r.html";
    let child = start(at, line);
    std::thread::sleep(Duration::from_secs(2));
    send(&child, "TERM");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("(interrupted)") && out.contains("of 100,000 did not run"), "{out}");
    assert!(err.contains("avm: interrupted: "), "{err}");
    let end = end(at);
    assert_eq!((&end["passed"], &end["interrupted"]), (&false.into(), &true.into()), "{end}");
    let junit = fs::read_to_string(at.join("r.xml")).expect("written");
    assert!(junit.contains("errors=\"1\"") && junit.contains("name=\"interrupted\""), "{junit}");
    let page = fs::read_to_string(at.join("r.html")).expect("written");
    assert!(page.contains(">INTERRUPTED<") && page.contains("of 100,000 did not run"), "{page}");
    assert!(!page.contains(">PASSED<"));
    let store = rusqlite::Connection::open(at.join("target/regress.sqlite")).expect("opened");
    let kept = store.query_row("SELECT interrupted FROM run", [], |r| r.get::<_, bool>(0)).expect("a run");
    assert!(kept);
}

/// What is in the making goes with a process that a signal ends.
#[test]
fn half_a_file_is_not_left_behind() {
    let making = |at: &Path| {
        let names = fs::read_dir(at).expect("a folder").map(|e| e.expect("an entry").file_name());
        names.filter(|n| n.to_string_lossy().starts_with(".writing-")).count()
    };
    let scenario = crate::support::bench("contracts/recursion_depth.toml");
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let folder = temporary();
        let at = folder.path();
        let line = format!("avm profile --perfetto p.json --clocks 100000000 '{}'", scenario.display());
        // A shell without job control lets what it starts in the background ignore some signals.
        let mut child = start(at, &line);
        let since = Instant::now();
        while making(at) == 0 && since.elapsed() < Duration::from_secs(60) {
            std::thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(making(at), 1, "{name}: nothing was begun");
        send(&child, name);
        let ended = std::os::unix::process::ExitStatusExt::signal(&child.wait().expect("it ends"));
        assert_eq!((ended, making(at)), (Some(number), 0), "{name}");
        assert!(!at.join("p.json").exists());
    }
}

/// Nothing is left to run when the signal comes: then nothing was interrupted.
#[test]
fn a_job_that_is_interrupted_says_so() {
    let folder = temporary();
    let child = start(folder.path(), "avm regress -j1 --seeds 0..1000000 --result r.json");
    std::thread::sleep(Duration::from_millis(1_500));
    send(&child, "INT");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(INTERRUPTED), "{output:?}");
    assert!(!folder.path().join("r.json").exists(), "half a result is none");
}

#[test]
fn an_ignored_signal_stays_ignored() {
    for name in ["HUP", "INT", "TERM"] {
        let folder = temporary();
        let began = Instant::now();
        let line = format!("trap '' {name}; avm regress -j1 --time 2s --no-store --json r.jsonl");
        let child = start(folder.path(), &line);
        std::thread::sleep(Duration::from_secs(1));
        send(&child, name);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), Some(0), "{name}: {output:?}");
        assert!(began.elapsed() >= Duration::from_secs(2), "{name}: {:?}", began.elapsed());
        assert_eq!(end(folder.path())["interrupted"], false, "{name}");
    }
}
