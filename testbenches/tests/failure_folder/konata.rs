// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipeline logs: a strict reader of Kanata 0004, and what both sides' logs must say.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use avm_cosim::failure::konata::Konata;
use avm_cosim::lockstep::{Options, Run, Session};
use avm_cosim::machines::algorand::Algorand;
use avm_sim::algorand::core::Core;
use avm_sim::trace::{Core as _, Retire};
use serde_json::Value;

use super::{only_failure, report_of};
use crate::support::{avm, bench, load, lockstep, temporary, tree};

/// An instruction of a log.
#[derive(Clone, Debug, Default)]
struct Instruction {
    label: String,
    detail: String,
    /// Lane, name, first cycle, and the one after the last unless it is open.
    stages: Vec<(u8, String, u64, Option<u64>)>,
    /// Cycle, retire id, flushed.
    end: Option<(u64, u64, bool)>,
}

/// A log, read strictly.
struct Log {
    instructions: Vec<Instruction>,
    first: u64,
    last: u64,
}

fn read(text: &str) -> Result<Log, String> {
    let mut lines = text.lines();
    if lines.next() != Some("Kanata\t0004") {
        return Err("no header".into());
    }
    let first = lines.next().and_then(|l| l.strip_prefix("C=\t")?.parse().ok()).ok_or("no first cycle")?;
    let mut log = Log { instructions: Vec::new(), first, last: first };
    for (i, line) in lines.enumerate() {
        let columns: Vec<&str> = line.split('\t').collect();
        log.command(&columns).map_err(|e| format!("line {}, `{line}`: {e}", i + 3))?;
    }
    for (id, i) in log.instructions.iter().enumerate() {
        let open = i.stages.iter().filter(|s| s.3.is_none()).count();
        match i.end {
            Some(_) if open > 0 => return Err(format!("{id} is over and has an open stage")),
            None if i.stages.iter().filter(|s| s.0 == 0 && s.3.is_none()).count() != 1 => {
                return Err(format!("{id} is alive and in no stage"));
            }
            _ => {}
        }
    }
    Ok(log)
}

impl Log {
    fn command(&mut self, columns: &[&str]) -> Result<(), String> {
        let number = |n: usize| columns[n].parse::<u64>().map_err(|e| format!("column {n}: {e}"));
        let now = self.last;
        let expected = match columns[0] {
            "C" => 2,
            "I" | "L" | "S" | "E" | "R" => 4,
            other => return Err(format!("unknown command {other}")),
        };
        if columns.len() != expected {
            return Err(format!("{} columns", columns.len()));
        }
        if columns[0] == "C" {
            let clocks = number(1)?;
            self.last += clocks;
            return if clocks == 0 { Err("no time passes".into()) } else { Ok(()) };
        }
        let id = number(1)? as usize;
        if columns[0] == "I" {
            let next = self.instructions.len();
            self.instructions.push(Instruction::default());
            return if id == next { Ok(()) } else { Err(format!("the next id is {next}")) };
        }
        let of = self.instructions.get_mut(id).ok_or("not begun")?;
        if of.end.is_some() {
            return Err("over".into());
        }
        match columns[0] {
            "L" if columns[2] == "0" => of.label += columns[3],
            "L" if columns[2] == "1" => of.detail += columns[3],
            "R" => of.end = Some((now, number(2)?, matches!(columns[3], "1"))),
            _ => of.stage(columns[0] == "S", number(2)? as u8, columns[3], now)?,
        }
        let kinds = columns[0] != "R" || ["0", "1"].contains(&columns[3]);
        if kinds { Ok(()) } else { Err("neither retired nor flushed".into()) }
    }

    /// Those that retired, by retire id.
    fn retired(&self) -> BTreeMap<u64, &Instruction> {
        let all: Vec<_> = self.instructions.iter().filter(|i| i.end.is_some_and(|e| !e.2)).collect();
        let ids: BTreeMap<_, _> = all.iter().map(|i| (i.end.expect("retired").1, *i)).collect();
        assert_eq!(ids.len(), all.len(), "retire ids are unique");
        ids
    }

    fn flushed(&self) -> usize {
        self.instructions.iter().filter(|i| i.end.is_some_and(|e| e.2)).count()
    }
}

impl Instruction {
    fn stage(&mut self, starts: bool, lane: u8, name: &str, now: u64) -> Result<(), String> {
        let open = self.stages.iter_mut().find(|s| s.0 == lane && s.3.is_none());
        match (starts, open) {
            (true, None) => self.stages.push((lane, name.into(), now, None)),
            (false, Some(stage)) if stage.1 == name && stage.2 < now => stage.3 = Some(now),
            (false, Some(_)) => return Err("another stage is open, or it lasts no cycle".into()),
            (true, Some(_)) => return Err("a stage is open".into()),
            (false, None) => return Err("no stage is open".into()),
        }
        Ok(())
    }

    /// Names of the stages on a lane.
    fn lane(&self, lane: u8) -> Vec<&str> {
        self.stages.iter().filter(|s| s.0 == lane).map(|s| s.1.as_str()).collect()
    }

    /// First cycle of a stage.
    fn begins(&self, stage: &str) -> Option<u64> {
        self.stages.iter().find(|s| s.1 == stage).map(|s| s.2)
    }
}

#[test]
fn the_reader_is_strict() {
    let head = "Kanata\t0004\nC=\t7\n";
    let good =
        "I\t0\t0\t0\nS\t0\t0\tF\nC\t1\nE\t0\t0\tF\nS\t0\t0\tX\nC\t2\nE\t0\t0\tX\nR\t0\t0\t0\nI\t1\t1\t0\nS\t1\t0\tF\n";
    let log = read(&format!("{head}{good}")).expect("right");
    assert_eq!((log.first, log.last, log.retired().len(), log.flushed()), (7, 10, 1, 0));
    for (from, to) in [
        ("0004", "0003"),
        ("C=", "C"),
        ("C\t1", "C\t0"),
        ("C\t1", "C\t-1"),
        ("I\t1\t1\t0", "I\t2\t2\t0"),
        ("E\t0\t0\tF\n", ""),
        ("E\t0\t0\tX\n", ""),
        ("E\t0\t0\tX", "E\t0\t0\tF"),
        ("S\t1\t0\tF\n", ""),
        ("S\t1\t0\tF", "S\t0\t0\tF"),
        ("R\t0\t0\t0", "R\t0\t0\t2"),
        ("R\t0\t0\t0", "R\t0\t0"),
        ("C\t2", "Z\t2"),
    ] {
        let text = format!("{head}{good}").replacen(from, to, 1);
        assert!(read(&text).is_err(), "`{from}` as `{to}` is read");
    }
}

/// The log of a whole run, and what retired in it.
fn whole(scenario: &avm_cosim::machines::algorand::scenario::Scenario) -> (String, Vec<Retire>) {
    let mut run = Run::new(Algorand::new(scenario), Options { rtl: false, ..Options::default() });
    let mut text = Vec::new();
    let mut log = Konata::<Algorand<'_>, _>::new(&mut text, 0, 0, Box::new(|n| n)).expect("begun");
    let (mut words, mut records) = (vec![0; run.layout.words()], Vec::new());
    while !run.session.finished() {
        run.clock_apart(&mut words, &mut []);
        records.extend(Algorand::retired(&run.layout, &words));
        log.clock(&run.session, &run.layout, &words).expect("written");
    }
    assert_eq!(log.finish().expect("written"), records.len() as u64);
    (String::from_utf8(text).expect("UTF-8"), records)
}

/// Scenarios that between them stall for everything that an instruction can stall for.
const SHOWN: [&str; 12] = [
    "contracts/escrow",
    "units/branches",
    "units/calls",
    "units/exceptions",
    "units/frame",
    "units/heap_loads",
    "units/heap_pages",
    "units/muldiv",
    "units/natives",
    "units/rollback",
    "units/segments",
    "units/stack",
];

/// Each instruction that retired is in the log once, in order, with its address
/// and name, went through F, D and X, and each cycle more than one in a stage has a cause.
#[test]
fn logs_of_whole_runs_hold_what_retired() {
    let (mut flushed, mut causes, mut late) = (0, BTreeMap::new(), 0);
    for scenario in SHOWN.map(|s| load(&bench(&format!("{s}.toml")))) {
        let name = scenario.path.display().to_string();
        let (text, records) = whole(&scenario);
        let log = read(&text).unwrap_or_else(|e| panic!("{name}: {e}"));
        let retired = log.retired();
        assert!(retired.keys().copied().eq(0..records.len() as u64), "{name}: ids from 0 without a gap");
        for (instruction, record) in retired.values().zip(&records) {
            assert!(instruction.label.starts_with(&format!("{}: ", record.pc)), "{name}: {instruction:?}");
            assert!(
                instruction.lane(0).len() == 4 && instruction.lane(0)[..3] == ["F", "D", "X"],
                "{name}: {instruction:?}"
            );
            assert!(["R", "A"].contains(&instruction.lane(0)[3]), "{name}: {instruction:?}");
            late += usize::from(instruction.lane(0)[3] == "A");
            assert!(instruction.detail.contains("\\nnumber "), "{name}: {instruction:?}");
            assert!(stalls_fill_the_stages(instruction), "{name}: {instruction:?}");
            instruction.lane(1).into_iter().for_each(|cause| *causes.entry(cause.to_string()).or_insert(0) += 1);
        }
        flushed += log.flushed();
    }
    assert!(flushed > 1_000 && late > 100, "{flushed} flushed, {late} in A");
    for cause in causes.keys() {
        assert!(Core::CAUSES.contains(&cause.as_str()), "{cause} is no cause of cycles");
    }
    for cause in ["multiplier", "divider", "memory", "call", "switch", "fetch", "page", "native", "segment", "heap"] {
        assert!(causes.contains_key(cause), "no stall for {cause}: {causes:?}");
    }
}

/// Lane 1 has a cause for exactly the cycles of each stage after its first, F, D and X.
fn stalls_fill_the_stages(instruction: &Instruction) -> bool {
    let cycles = |lane: u8, skip: u64| {
        let of = instruction.stages.iter().filter(move |s| s.0 == lane && !["R", "A"].contains(&s.1.as_str()));
        of.flat_map(move |s| s.2 + skip..s.3.expect("over"))
    };
    cycles(1, 0).eq(cycles(0, 1))
}

/// Both logs of a failure folder, and its report.
fn logs_of(fault: &str, scenario: &str) -> (Log, Log, Value) {
    let folder = temporary();
    let scenario = bench(scenario);
    let called = avm(folder.path(), &["cosim", "--fault", fault, scenario.to_str().expect("UTF-8")]);
    assert_eq!(called.code, 1, "{called:?}");
    let failure = only_failure(folder.path());
    let log = |side: &str| {
        let text = fs::read_to_string(failure.join(format!("{side}.kanata"))).expect("a log");
        read(&text).unwrap_or_else(|e| panic!("{side} with {fault}: {e}"))
    };
    (log("model"), log("rtl"), report_of(&failure))
}

#[test]
fn both_sides_logs_of_a_failure_have_the_same_ids() {
    // What the RTL does after the failing cycle is the model's doing, but k cycles later: k for the ids from the
    // failure on, as far as both logs go.
    let cases = [
        ("add_carry", "units/alu.toml", "value", Some(0)),
        ("retire_lost", "units/alu.toml", "missing", Some(0)),
        ("extra_cycle", "units/frame.toml", "shifted", Some(1)),
        ("mispredict_kept", "units/branches.toml", "extra", None),
        ("div_hang", "units/muldiv.toml", "hang", None),
    ];
    for (fault, scenario, class, later) in cases {
        let (model, rtl, report) = logs_of(fault, scenario);
        assert_eq!(report["class"], class, "{fault}");
        let cycle = report["cycle"].as_u64().expect("a cycle");
        assert_eq!((model.first, rtl.first), (cycle - 48, cycle - 48), "{fault}");
        let (m, r) = (model.retired(), rtl.retired());
        let before = |log: &BTreeMap<u64, &Instruction>| {
            let of = log.iter().filter(|(_, i)| i.end.is_some_and(|e| e.0 <= cycle));
            of.map(|(id, i)| (*id, i.label.clone(), i.stages.clone())).collect::<Vec<_>>()
        };
        assert_eq!(before(&m), before(&r), "{fault}: what retired before is the same");
        assert!(!before(&m).is_empty() && before(&m)[0].0 == 0, "{fault}");
        let after: Vec<_> = m.keys().filter(|id| r.contains_key(id) && m[id].end.expect("retired").0 > cycle).collect();
        for id in &after {
            assert_eq!(m[id].label, r[id].label, "{fault}: retire id {id}");
            let shift = r[id].begins("X").zip(m[id].begins("X")).map(|(r, m)| r as i64 - m as i64);
            let failing = Some(id) == after.first();
            assert!(failing || later.is_none_or(|k| shift == Some(k)), "{fault}: retire id {id}: {shift:?}");
        }
        let only_model: Vec<_> = m.keys().filter(|id| !r.contains_key(id)).collect();
        let only_rtl: Vec<_> = r.keys().filter(|id| !m.contains_key(id)).collect();
        match class {
            // `ieqz` has an id in the model's log alone.
            "missing" => {
                assert!(only_rtl.is_empty() && m[only_model[0]].label.contains("ieqz"), "{fault}: {only_model:?}")
            }
            "extra" => assert_eq!(only_rtl.len(), 1, "{fault}"),
            "hang" => assert!(rtl.instructions.iter().any(|i| i.end.is_none() && i.lane(1).contains(&"divider"))),
            _ => assert!(only_model.len() <= 2 && only_rtl.is_empty(), "{fault}: {only_model:?} {only_rtl:?}"),
        }
        // As many as the retire records that the report lists in the window.
        let listed = |side: &str| {
            let in_window = |l: &&Value| (cycle - 48..cycle + 32).contains(&l["cycle"].as_u64().expect("a cycle"));
            report[side].as_array().expect("lines").iter().filter(in_window).count()
        };
        if report["retired"].as_u64() < Some(32) {
            assert_eq!((m.len(), r.len()), (listed("model"), listed("rtl")), "{fault}");
        }
    }
}

#[test]
fn the_command_writes_the_log_of_a_run() {
    let folder = temporary();
    let scenario = bench("programs/mix.toml");
    let arguments = ["cosim", "--konata", "mix.kanata", scenario.to_str().expect("UTF-8")];
    let called = avm(folder.path(), &arguments);
    assert_eq!(called.code, 0, "{called:?}");
    let text = fs::read_to_string(folder.path().join("mix.kanata")).expect("a log");
    let retired = read(&text).expect("right").retired().len();
    let calls = lockstep(&load(&scenario)).1;
    assert_eq!(retired as u64, calls.iter().map(|c| c.retired).sum::<u64>());
    assert!(called.err.contains(&format!("mix: {retired} instructions in mix.kanata")), "{}", called.err);
    assert_eq!(tree(folder.path()).len(), 1, "nothing beside it");
}

#[test]
fn the_command_says_why_it_writes_none() {
    let folder = temporary();
    let (two, one) = (bench("programs"), bench("units/alu.toml"));
    let call = |rest: &[&str]| {
        let mut arguments = vec!["cosim", "--konata"];
        arguments.extend(rest);
        avm(folder.path(), &arguments)
    };
    let (two, one) = (two.to_str().expect("UTF-8"), one.to_str().expect("UTF-8"));
    let several = call(&["log", two]);
    assert_eq!((several.code, several.out.as_str()), (2, ""), "{several:?}");
    assert!(several.err.contains("name one scenario"), "{}", several.err);
    let nowhere = call(&["no/such/folder/log", one]);
    assert_eq!(nowhere.code, 2, "{nowhere:?}");
    assert!(nowhere.err.contains("cannot write: no such folder: no/such/folder"), "{}", nowhere.err);
    assert!(tree(folder.path()).is_empty());
    let failing = call(&["log", "--fault", "add_carry", one]);
    assert!(failing.code == 1 && failing.err.contains("log is not written"), "{failing:?}");
    assert!(!Path::exists(&folder.path().join("log")));
}
