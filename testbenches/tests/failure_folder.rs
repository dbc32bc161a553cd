// SPDX-License-Identifier: MIT OR Apache-2.0
//! Failure folders and waveform windows, as the built binary writes them, read back by another crate.

mod konata;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Called, avm, bench, root, temporary, tree};
use avm_cosim::failure::{AFTER, BEFORE};
use avm_sim::algorand::core::Core;
use avm_sim::algorand::isa;
use avm_sim::trace::Core as _;
use serde_json::Value;
use wellen::simple::Waveform;
use wellen::{Hierarchy, SignalRef};

const FAULT: &str = "add_carry";

/// The failure of [`FAULT`] in `units/alu.toml`, written in `folder`: what the command said, the failure
/// folder, its report.
fn fail_in(folder: &Path) -> (Called, PathBuf, Value) {
    let scenario = bench("units/alu.toml");
    let called = avm(folder, &["cosim", "--fault", FAULT, scenario.to_str().expect("UTF-8")]);
    let failure = only_failure(folder);
    let report = report_of(&failure);
    (called, failure, report)
}

/// The only failure folder below `folder`.
fn only_failure(folder: &Path) -> PathBuf {
    let folders: Vec<_> =
        fs::read_dir(folder.join("failures")).expect("written").map(|e| e.expect("one").path()).collect();
    assert_eq!(folders.len(), 1, "one folder, nothing beside it: {folders:?}");
    folders[0].clone()
}

/// The report in a failure folder.
fn report_of(failure: &Path) -> Value {
    let report = fs::read_to_string(failure.join("report.json")).expect("a report");
    serde_json::from_str(&report).expect("JSON")
}

/// A VCD with all its signals loaded, by full name.
struct Wave {
    wave: Waveform,
    /// Full name (scopes joined by dots) to signal and index as viewers write it.
    signals: BTreeMap<String, (SignalRef, String)>,
}

impl Wave {
    fn read(file: &Path) -> Wave {
        let mut wave = wellen::simple::read(file).expect("a VCD");
        let h: &Hierarchy = wave.hierarchy();
        let mut signals = BTreeMap::new();
        for var in h.all_vars().map(|v| &h[v]) {
            // GTKWave gives a vector declared without a range the one that its width implies.
            let index = match (var.index(), var.length(h).expect("a vector")) {
                (Some(i), _) => format!("[{}:{}]", i.msb(), i.lsb()),
                (None, 1) => String::new(),
                (None, width) => format!("[{}:0]", width - 1),
            };
            signals.insert(var.full_name(h), (var.signal_ref(), index));
        }
        let all: Vec<_> = signals.values().map(|(s, _)| *s).collect();
        wave.load_signals(&all);
        Wave { wave, signals }
    }

    /// Value of a signal at a time, as bits.
    fn at(&self, name: &str, time: u64) -> String {
        let signal = self.signals.get(name).unwrap_or_else(|| panic!("no signal {name}")).0;
        let index =
            self.wave.time_table().partition_point(|t| *t <= time).checked_sub(1).expect("not before the start");
        let signal = self.wave.get_signal(signal).expect("loaded");
        let offset = signal.get_offset(index as u32).unwrap_or_else(|| panic!("{name} has no value at {time}"));
        signal.get_value_at(&offset, 0).to_bit_string().expect("bits")
    }

    fn number(&self, name: &str, time: u64) -> u64 {
        u64::from_str_radix(&self.at(name, time), 2).unwrap_or_else(|e| panic!("{name} at {time}: {e}"))
    }

    fn text(&self, name: &str, time: u64) -> String {
        let bits = self.at(name, time);
        let bytes = bits.as_bytes().chunks(8).map(|b| u8::from_str_radix(std::str::from_utf8(b).expect("bits"), 2));
        String::from_utf8(bytes.map(|b| b.expect("a byte")).collect()).expect("ASCII").trim_end().to_string()
    }

    /// The RTL's signal of this name.
    fn rtl(&self, register: &str) -> Option<&String> {
        let ending = format!(".{register}");
        self.signals.keys().find(|n| n.starts_with("top.") && n.ends_with(&ending))
    }

    /// Clocks shown, by number.
    fn clocks(&self) -> std::ops::Range<u64> {
        let times = self.wave.time_table();
        assert!(times.windows(2).all(|t| t[0] < t[1]), "times rise");
        let edges: Vec<_> = times.iter().filter(|t| *t % 10 == 0).collect();
        assert!(edges.windows(2).all(|t| *t[1] == *t[0] + 10), "an edge every ten units");
        *edges[0] / 10..*edges[edges.len() - 1] / 10 + 1
    }
}

#[test]
fn the_folder_is_complete_and_the_report_right() {
    let folder = temporary();
    let (called, failure, report) = fail_in(folder.path());
    assert_eq!(called.code, 1, "{called:?}");
    let names: Vec<_> = tree(&failure).into_iter().map(|(n, _)| n.display().to_string()).collect();
    let files =
        ["alu.toml", "model.kanata", "report.json", "report.txt", "rtl.kanata", "window.gtkw", "window.vcd", ".surfer"];
    for name in files {
        assert!(names.iter().any(|n| n == name), "{name} is missing: {names:?}");
    }
    assert!(!names.iter().any(|n| n.contains("rtl.vcd")), "the raw trace is left: {names:?}");
    assert_eq!(fs::read(failure.join("alu.toml")).expect("read"), fs::read(bench("units/alu.toml")).expect("read"));

    assert_eq!((&report["class"], &report["mnemonic"]), (&"value".into(), &"iadd".into()));
    assert_eq!(report["signature"], "value:s_tos_q:iadd");
    let field = &report["fields"][0];
    assert_eq!(field["field"], "s_tos_q");
    let value = |key: &str| {
        let text = field[key].as_str().expect("text").trim_start_matches("0x").replace('_', "");
        u64::from_str_radix(&text, 16).expect("hexadecimal")
    };
    assert_eq!(value("differing"), value("model") ^ value("rtl"));
    assert_eq!(value("model") ^ value("rtl"), 0xffff_ffff_0000_0000, "the carry into bit 32 is lost");
    let cycle = report["cycle"].as_u64().expect("a cycle");
    assert_eq!(report["call"], "m_iadd");
    assert!(report["interpreter"].as_str().expect("text").starts_with("agrees with the model, not with the RTL"));
    // Both sides retired the same before the failing cycle, and differ in it.
    let lines = |side: &str| report[side].as_array().expect("lines").clone();
    let before = |l: &Value| l["cycle"].as_u64() < Some(cycle);
    let (model, rtl) = (lines("model"), lines("rtl"));
    let history = model.iter().take_while(|l| before(l)).count();
    assert_eq!(model[..history], rtl[..history]);
    assert_eq!(report["retired"].as_u64(), Some(history as u64));
    assert_eq!((&model[history]["cycle"], &model[history]["instruction"]), (&cycle.into(), &"iadd".into()));
    assert_ne!(model[history]["results"], rtl[history]["results"]);

    let text = fs::read_to_string(failure.join("report.txt")).expect("a report");
    for part in ["summary", "signature", "interpreter", "replay", "place"] {
        let part = report[part].as_str().expect("text");
        assert!(text.contains(part), "report.txt lacks `{part}`");
    }
    assert!(called.out.contains(report["summary"].as_str().expect("text")), "{}", called.out);
}

/// The page match never finds slot 1: the token's record of the weak escrow, first needed when a wallet invokes
/// that escrow and it invokes the token.
#[test]
fn a_failure_in_a_nested_invocation_is_placed_in_its_application() {
    let folder = temporary();
    let scenario = bench("contracts/escrow.toml");
    let called = avm(folder.path(), &["cosim", "--fault", "listed_rejected", scenario.to_str().expect("UTF-8")]);
    assert_eq!(called.code, 1, "{called:?}");
    let failure = only_failure(folder.path());
    let report = report_of(&failure);

    // `20: method+offset (line n)`: what retires there is on that line of the token's source, below that method.
    let text = |key: &str| report[key].as_str().expect("text");
    let (method, line) = text("place").split_once(" (line ").expect("a line");
    let method = method.strip_prefix("20: ").expect("the token").split('+').next().expect("a method");
    let line: usize = line.trim_end_matches(')').parse().expect("a number");
    let source = fs::read_to_string(bench("contracts/token.avm")).expect("the token");
    let above: Vec<_> = source.lines().take(line).collect();
    let mnemonic = text("mnemonic");
    assert!(above[line - 1].split_whitespace().any(|w| w == mnemonic), "`{}` is no {mnemonic}", above[line - 1]);
    let last = above.iter().rev().find_map(|l| l.strip_prefix(".method ")).expect("a method");
    assert_eq!(last.split_whitespace().next(), Some(method));

    let model = report["model"].as_array().expect("lines");
    assert_eq!(report["call"], "act");
    let cycle = report["cycle"].as_u64();
    // The verdict on a page differs while its instruction waits: it is the next to retire.
    let at = model.iter().find(|l| l["cycle"].as_u64() >= cycle).expect("what retires at the failure");
    assert!(at["instruction"].as_str().expect("text").starts_with(mnemonic));

    let verdict = text("interpreter");
    assert!(verdict.starts_with("agrees with the model, not with the RTL: pc "), "{verdict}");
    assert!(verdict.contains(&format!("pc {} ", at["pc"])), "{verdict}");
    let written = fs::read_to_string(failure.join("report.txt")).expect("a report");
    for part in ["place", "interpreter"] {
        assert!(written.contains(text(part)), "report.txt lacks `{part}`");
    }
    assert!(written.contains(&format!("\nwhere        20: {method}+")), "{written}");
    // All methods that are active, as `run` prints them: the token, whoever invoked it, the wallet that the call is for.
    let frames = report["active"]["frames"].as_array().expect("frames");
    let at = |i: usize| format!("{} {}", frames[i]["application"], frames[i]["method"].as_str().expect("a name"));
    assert_eq!((frames.len(), at(0)), (4, format!("20 {method}")), "{frames:?}");
    assert!(frames[0]["instruction"].as_str().expect("text").starts_with(mnemonic), "{frames:?}");
    let lines: Vec<_> = written.lines().skip_while(|l| !l.starts_with("backtrace    at 20 (token) ")).take(4).collect();
    for (line, says) in
        lines.iter().zip([" credit pc ", " transfer_from pc ", " 31 (escrow_weak) deposit pc ", " act pc "])
    {
        assert!(line.contains(says), "{written}");
    }
    assert!(at(3).ends_with(" act") && lines[3].ends_with("`invoke_external`"), "{written}");
    // Sources of all applications are there: the folder replays alone.
    for name in ["escrow.toml", "token.avm", "token_wallet.avm", "escrow_weak.avm"] {
        assert!(failure.join(name).is_file(), "{name} is missing");
    }
}

#[test]
fn the_window_shows_both_sides() {
    let folder = temporary();
    let (_, failure, report) = fail_in(folder.path());
    let cycle = report["cycle"].as_u64().expect("a cycle");
    let wave = Wave::read(&failure.join("window.vcd"));
    let clocks = wave.clocks();
    assert_eq!(clocks, cycle - BEFORE..cycle + AFTER);

    // The model's scope has the whole probe, the RTL's has its instances and their registers.
    for field in Core::FIELDS {
        let (_, index) = &wave.signals[&format!("model.{}", field.name)];
        let expected = if field.width == 1 { String::new() } else { format!("[{}:0]", field.width - 1) };
        assert_eq!(*index, expected, "{}", field.name);
    }
    assert_eq!(wave.signals.keys().filter(|n| n.starts_with("model.")).count(), Core::FIELDS.len());
    assert!(wave.signals.keys().filter(|n| n.starts_with("top.algorand_core.")).count() > Core::FIELDS.len());
    assert!(wave.signals.keys().any(|n| n.starts_with("top.algorand_core.u_stack.")), "instances are shown");

    // The mismatch bit rises on the failing edge.
    for clock in clocks.clone() {
        assert_eq!(wave.number("lockstep.cycle", clock * 10), clock);
        if clock <= cycle {
            assert_eq!(wave.number("lockstep.mismatch", clock * 10), u64::from(clock == cycle), "clock {clock}");
        }
    }
    assert_eq!(wave.number("lockstep.mismatch", cycle * 10 - 1), 0);

    // Same-named registers are equal before it; the failing one differs at it, as reported.
    let mut compared = 0;
    for field in Core::FIELDS.iter().filter(|f| f.valid.is_none()) {
        let Some(rtl) = wave.rtl(field.name) else { continue };
        compared += 1;
        for clock in clocks.start..cycle {
            let (m, r) = (wave.at(&format!("model.{}", field.name), clock * 10), wave.at(rtl, clock * 10));
            assert_eq!(m, r, "{} at clock {clock}", field.name);
        }
    }
    assert!(compared > 20, "only {compared} registers have a twin");
    for name in ["s_tos_q", "s_nos_q", "f_pc_q", "d_fuel_q", "x_valid_q", "r_valid_q"] {
        assert!(wave.rtl(name).is_some(), "{name} has a twin");
    }
    let tos = |side: &str| wave.number(side, cycle * 10);
    let rtl = wave.rtl("s_tos_q").expect("there");
    assert_eq!(tos("model.s_tos_q") ^ tos(rtl), 0xffff_ffff_0000_0000);
    // Masked payload equals where it is valid.
    for clock in (clocks.start..cycle).map(|c| c * 10).filter(|t| wave.number("model.r_valid_q", *t) == 1) {
        assert_eq!(wave.at("model.r_pc_q", clock), wave.at(wave.rtl("r_pc_q").expect("there"), clock));
    }

    // Mnemonics: those of the instruction set, and the failing one in execution before the edge.
    let mut seen = Vec::new();
    for clock in clocks.clone() {
        let (m, r) = (wave.text("lockstep.model_ascii", clock * 10), wave.text("lockstep.rtl_ascii", clock * 10));
        assert!(clock >= cycle || m == r, "clock {clock}: {m} and {r}");
        assert!(m.is_empty() || isa::OPS.iter().any(|o| o.name == m), "`{m}` is no mnemonic");
        seen.push(m);
    }
    assert_eq!(seen[(cycle - clocks.start) as usize - 1], "iadd");
    assert!(seen.iter().any(String::is_empty) && seen.iter().any(|m| m == "ireturn"), "{seen:?}");
}

/// Checks a viewer layout against the VCD beside it; returns the marker's time.
fn check_layout(folder: &Path) -> u64 {
    let wave = Wave::read(&folder.join("window.vcd"));
    let text = fs::read_to_string(folder.join("window.gtkw")).expect("a layout");
    let (mut shown, mut marker) = (0, None);
    for line in text.lines() {
        assert!(!line.contains('/') && !line.contains('\\'), "a path in `{line}`");
        if let Some(file) = line.strip_prefix("[dumpfile] ") {
            assert_eq!(file, "\"window.vcd\"");
        }
        if let Some(times) = line.strip_prefix("*-") {
            marker = times.split_whitespace().nth(1).map(|t| t.parse().expect("a time"));
        }
        if line.is_empty() || line.starts_with(['[', '@', '-', '*', '^']) {
            continue;
        }
        // `+{shown name} signal`.
        let line = line.strip_prefix("+{").map_or(line, |alias| alias.split_once("} ").expect("an alias").1);
        let (name, index) = line.split_at(line.find('[').unwrap_or(line.len()));
        let (_, declared) = wave.signals.get(name).unwrap_or_else(|| panic!("{name} is not in the VCD"));
        assert!(index == declared, "{name}: `{index}`, the VCD has `{declared}`");
        shown += 1;
    }
    assert!(text.contains("[dumpfile]") && text.contains("lockstep.mismatch\n"));
    assert!(shown > 80, "{shown} signals");
    marker.expect("a marker")
}

#[test]
fn the_layout_names_what_is_there_and_marks_the_edge() {
    let folder = temporary();
    let (_, failure, report) = fail_in(folder.path());
    assert_eq!(Some(check_layout(&failure)), report["cycle"].as_u64().map(|c| c * 10));
    let text = fs::read_to_string(failure.join("window.gtkw")).expect("a layout");
    let group = text.split("-first difference\n").nth(1).expect("the differing fields come first");
    let names: Vec<_> = group.lines().filter(|l| !l.starts_with('@')).take(2).collect();
    assert!(
        names[0].ends_with("top.algorand_core.s_tos_q[63:0]") && names[1].ends_with("model.s_tos_q[63:0]"),
        "{names:?}"
    );
}

/// A mapping file of Surfer: name, bits, names by value.
fn mapping(file: &Path) -> (String, u32, BTreeMap<u64, String>) {
    let text = fs::read_to_string(file).expect("a mapping");
    let mut lines = text.lines();
    let mut head = |key: &str| lines.next().and_then(|l| l.strip_prefix(key)).unwrap_or_else(|| panic!("no {key}"));
    let (name, bits) = (head("Name = ").to_string(), head("Bits = ").parse().expect("a number"));
    let mut values = BTreeMap::new();
    for line in lines {
        let (value, name) = line.split_once(' ').expect("value and name");
        let value = u64::from_str_radix(value.strip_prefix("0x").expect("hexadecimal"), 16).expect("a number");
        // A `#` would begin a comment, a `[` a colour.
        assert!(value >> bits == 0 && !name.is_empty() && !name.contains(['#', '[']), "{line}");
        assert!(values.insert(value, name.to_string()).is_none(), "{line}: twice");
    }
    (name, bits, values)
}

#[test]
fn surfer_finds_the_names_of_codes() {
    let folder = temporary();
    let (_, failure, report) = fail_in(folder.path());
    let found = tree(&failure.join(".surfer/mappings"));
    let wave = Wave::read(&failure.join("window.vcd"));
    let width = |signal: &str| wave.at(signal, report["cycle"].as_u64().expect("a cycle") * 10).len() as u32;
    let mut names = Vec::new();
    for (file, _) in &found {
        let (name, bits, values) = mapping(&failure.join(".surfer/mappings").join(file));
        match name.as_str() {
            "Algorand opcode" => {
                assert_eq!(bits, width("model.x_op_q"));
                let all = isa::OPS.iter().map(|o| (u64::from(o.code), o.name.to_string()));
                assert_eq!(values, all.collect());
            }
            "Algorand exception" => {
                assert_eq!((bits, bits), (width("model.r_code_q"), width("model.x_exc_q")));
                assert_eq!((values[&0].as_str(), values[&15].as_str()), ("none", "page_bounds"));
                assert_eq!((values[&28].as_str(), values[&29].as_str()), ("athrow", "out_of_fuel"));
                assert_eq!(values.len(), 20);
            }
            "Algorand outcome" => {
                assert_eq!(bits, width("model.o_kind_q"));
                assert_eq!((values[&2].as_str(), values[&31].as_str()), ("exception", "capacity"));
            }
            "Cause of cycle" => {
                assert_eq!(bits, width("lockstep.cause"));
                assert!(values.into_values().eq(Core::CAUSES.iter().map(|c| c.to_string())));
            }
            other => panic!("{other}"),
        }
        names.push(name);
    }
    assert_eq!(names.len(), 4, "{names:?}");
    // What the cycles of the window were spent on: each that retired something says so.
    let cause = |clock: u64| Core::CAUSES[wave.number("lockstep.cause", clock * 10) as usize];
    let retires = |clock: u64| wave.number("model.r_valid_q", clock * 10) == 1;
    assert!(wave.clocks().all(|c| retires(c) == (cause(c) == "retire")));
    assert!(wave.clocks().any(|c| cause(c) == "host"));
    // In words for viewers without such lists, and shown so.
    assert!(wave.clocks().all(|c| wave.text("lockstep.cause_ascii", 10 * c) == cause(c)));
    let layout = fs::read_to_string(failure.join("window.gtkw")).expect("a layout");
    assert!(layout.contains("\n@820\n+{cause} lockstep.cause_ascii[127:0]\n"), "{layout}");
}

/// Runs a command line as a shell would, with this build's `avm` in the path.
fn shell(folder: &Path, line: &str) -> Called {
    let binary = Path::new(env!("CARGO_BIN_EXE_avm")).parent().expect("a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("sh").args(["-c", line]).env("PATH", path).current_dir(folder).output().expect("a shell");
    let text = |b: Vec<u8>| String::from_utf8(b).expect("UTF-8");
    Called { code: output.status.code().expect("ended"), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn the_replay_command_reproduces() {
    let folder = temporary();
    let (called, failure, report) = fail_in(folder.path());
    let first = tree(&failure);
    let again = shell(folder.path(), report["replay"].as_str().expect("a command"));
    assert_eq!((again.code, &again.out), (1, &called.out), "{}", again.err);
    // It writes the same folder again, byte for byte: runs and reports are deterministic.
    assert_eq!(tree(&failure), first);
    assert_eq!(fs::read_dir(folder.path().join("failures")).expect("a folder").count(), 1);
}

#[test]
fn the_replay_command_survives_a_space_in_a_name() {
    let folder = temporary();
    let spaced = folder.path().join("my scenarios");
    fs::create_dir(&spaced).expect("made");
    fs::copy(bench("units/alu.toml"), spaced.join("the alu.toml")).expect("copied");
    let called = avm(folder.path(), &["cosim", "--fault", FAULT, "my scenarios/the alu.toml"]);
    assert_eq!(called.code, 1, "{called:?}");
    let report = report_of(&only_failure(folder.path()));
    let again = shell(folder.path(), report["replay"].as_str().expect("a command"));
    assert_eq!((again.code, &again.out), (1, &called.out), "{}", again.err);
}

#[test]
fn the_scenario_in_the_folder_replays_alone() {
    let folder = temporary();
    // A scenario with its program in a file of its own.
    let called = avm(folder.path(), &["cosim", "--fault", FAULT, bench("programs/mix.toml").to_str().expect("UTF-8")]);
    assert_eq!(called.code, 1, "{called:?}");
    let failure = only_failure(folder.path());
    let moved = temporary();
    for (name, bytes) in tree(&failure) {
        let to = moved.path().join(name);
        match bytes {
            Some(bytes) => fs::write(to, bytes),
            None => fs::create_dir(to),
        }
        .expect("copied");
    }
    let again = avm(moved.path(), &["cosim", "--fault", FAULT, "mix.toml"]);
    assert_eq!(again.code, 1, "{again:?}");
    let written = only_failure(moved.path());
    for key in ["cycle", "signature", "summary", "fields", "model", "rtl"] {
        assert_eq!(report_of(&failure)[key], report_of(&written)[key], "{key}");
    }
}

#[test]
fn nothing_is_half_written_where_no_folder_can_be() {
    let folder = temporary();
    fs::write(folder.path().join("file"), "mine").expect("written");
    let before = tree(folder.path());
    for failures in ["file", "file/below", "/proc/failures"] {
        let scenario = bench("units/alu.toml");
        let scenario = scenario.to_str().expect("UTF-8");
        let called = avm(folder.path(), &["cosim", "--fault", FAULT, "--failures", failures, scenario]);
        assert_eq!(called.code, 3, "{failures}: {called:?}");
        assert_eq!(called.err.trim_end().lines().count(), 1, "one message: {}", called.err);
        assert!(called.err.contains(failures), "it names the folder: {}", called.err);
        assert_eq!(tree(folder.path()), before, "{failures}");
    }
}

#[test]
fn another_failure_replaces_only_its_own_folder() {
    let folder = temporary();
    let (_, failure, _) = fail_in(folder.path());
    let other = folder.path().join("failures/other");
    fs::create_dir(&other).expect("made");
    let scenario = bench("units/alu.toml");
    avm(folder.path(), &["cosim", "--fault", FAULT, scenario.to_str().expect("UTF-8")]);
    assert!(other.is_dir() && failure.is_dir());
    assert_eq!(fs::read_dir(folder.path().join("failures")).expect("a folder").count(), 2);
}

#[test]
fn no_failure_no_wave_and_the_tool_says_so() {
    let folder = temporary();
    let called = avm(folder.path(), &["cosim", bench("programs/fib.toml").to_str().expect("UTF-8")]);
    assert_eq!(called.code, 0, "{called:?}");
    assert!(called.err.contains("no failure, no wave; --wave A..B"), "{}", called.err);
    assert!(tree(folder.path()).is_empty());
}

#[test]
fn a_window_on_demand() {
    let folder = temporary();
    let scenario = bench("programs/fib.toml");
    let called = avm(folder.path(), &["cosim", "--wave", "4200..4300", scenario.to_str().expect("UTF-8")]);
    assert_eq!(called.code, 0, "{called:?}");
    assert!(called.err.contains("100 clocks") && !called.err.contains("no wave"), "{}", called.err);
    let window = folder.path().join("waves/fib");
    let names: Vec<_> = tree(&window).into_iter().map(|(n, _)| n.display().to_string()).collect();
    assert!(names.contains(&"window.vcd".into()) && names.contains(&"window.gtkw".into()), "{names:?}");
    let wave = Wave::read(&window.join("window.vcd"));
    assert_eq!(wave.clocks(), 4200..4300);
    assert!(wave.clocks().all(|c| wave.number("lockstep.mismatch", 10 * c) == 0));
    assert_eq!(check_layout(&window), 42_000);
    let ran = wave.clocks().any(|c| wave.text("lockstep.model_ascii", 10 * c) == "load_64");
    assert!(ran, "the window shows instructions");
    // Again, over the old one: the same bytes.
    let first = tree(&window);
    avm(folder.path(), &["cosim", "--wave", "4200..4300", scenario.to_str().expect("UTF-8")]);
    assert_eq!(tree(&window), first);
}

#[test]
fn a_window_after_the_end_is_none() {
    let folder = temporary();
    let scenario = bench("programs/fib.toml");
    let called = avm(folder.path(), &["cosim", "--wave", "900000000..900000010", scenario.to_str().expect("UTF-8")]);
    assert_eq!(called.code, 2, "{called:?}");
    assert!(called.out.contains("match"), "what came out is said first: {called:?}");
    assert!(called.err.contains("fib: error: the run ends before clock 900000000"), "{}", called.err);
    assert!(tree(folder.path()).is_empty(), "{:?}", tree(folder.path()));
}

#[test]
fn equal_runs_print_equal_bytes() {
    for format in [&["--calls"][..], &["--json"][..]] {
        let folder = bench("programs/mix.toml");
        let mut arguments = vec!["cosim", folder.to_str().expect("UTF-8")];
        arguments.extend(format);
        let (first, second) = (avm(root(), &arguments), avm(root(), &arguments));
        assert_eq!((first.code, &first.out), (0, &second.out));
        assert!(!first.out.is_empty());
    }
}
