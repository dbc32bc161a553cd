// SPDX-License-Identifier: MIT OR Apache-2.0
//! Every planted RTL fault is reported by lockstep, in its scenario, with the class and a first field as
//! listed; without the fault the same scenario agrees.

mod assertions;

use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{avm, bench, ends, load, lockstep, root};
use avm_cosim::failure;
use avm_cosim::lockstep::{Mismatch, Options};
use avm_cosim::machines::algorand::Algorand;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::faults::{FAULTS, Fault, number};
use avm_sim::trace::Core as _;

/// What is wrong about the report of a planted fault, if anything.
fn planted(fault: &Fault) -> Result<(), String> {
    let scenario = load(&bench(fault.scenario));
    // The fault must be found by comparison, not by the RTL's own assertions.
    let fault_number = number(fault.name).expect("listed");
    let options = Options { fault: fault_number, assertions: false, ..Options::default() };
    let (divergence, _) = ends(Algorand::new(&scenario), options);
    let divergence = divergence.ok_or("not reported")?;
    let report = failure::report(|| Algorand::new(&scenario), options, &divergence, fault.scenario);
    if report.class.name() != fault.class {
        return Err(format!("class {} instead of {}: {}", report.class.name(), fault.class, report.summary));
    }
    let Mismatch::Probe { fields, .. } = &divergence.what else {
        return Err(format!("not seen in the probe: {}", report.summary));
    };
    let names: Vec<_> = fields.iter().map(|&i| Core::FIELDS[i].name).collect();
    let reported: Vec<_> = report.fields.iter().map(|f| f.field.as_str()).collect();
    if names != reported {
        return Err(format!("lockstep found {names:?}, the report says {reported:?}"));
    }
    if !fault.field.is_empty() && !names.contains(&fault.field) {
        return Err(format!("{} is not among {names:?}", fault.field));
    }
    if !report.summary.starts_with(fault.class) || !report.signature.starts_with(&format!("{}:", fault.class)) {
        return Err(format!("summary `{}`, signature `{}`", report.summary, report.signature));
    }
    Ok(())
}

#[test]
fn every_planted_fault_is_reported_as_listed() {
    let wrong: Vec<_> =
        FAULTS.iter().filter_map(|f| planted(f).err().map(|e| format!("{} in {}: {e}", f.name, f.scenario))).collect();
    assert!(wrong.is_empty(), "{} of {} faults:\n{}", wrong.len(), FAULTS.len(), wrong.join("\n"));
}

/// Says of a fault what is not true, so that [`planted`] is seen to object.
#[test]
fn a_wrong_listing_is_noticed() {
    let right = FAULTS.iter().find(|f| f.name == "add_carry").expect("listed");
    assert_eq!(planted(right), Ok(()));
    assert!(planted(&Fault { class: "hang", ..*right }).unwrap_err().starts_with("class value instead of hang"));
    assert!(planted(&Fault { field: "v_cnt_q", ..*right }).unwrap_err().starts_with("v_cnt_q is not among"));
    assert_eq!(
        planted(&Fault { scenario: "programs/fib.toml", name: "div_hang", ..*right }).unwrap_err(),
        "not reported"
    );
}

#[test]
fn without_a_fault_their_scenarios_agree() {
    let scenarios: BTreeSet<_> = FAULTS.iter().map(|f| f.scenario).collect();
    for scenario in scenarios {
        let (divergence, calls) = lockstep(&load(&bench(scenario)));
        assert!(divergence.is_none(), "{scenario}: {divergence:?}");
        assert!(calls.iter().all(|c| c.end.missed.is_empty()), "{scenario}");
    }
}

#[test]
fn the_list_is_sound() {
    assert!(FAULTS.len() >= 12);
    let names: BTreeSet<_> = FAULTS.iter().map(|f| f.name).collect();
    assert_eq!(names.len(), FAULTS.len(), "names are unique");
    for (i, f) in FAULTS.iter().enumerate() {
        assert_eq!(number(f.name).map(usize::from), Some(i + 1));
        assert!(!f.what.is_empty() && bench(f.scenario).is_file(), "{}", f.name);
        assert!(f.field.is_empty() || Core::FIELDS.iter().any(|p| p.name == f.field), "{}: {}", f.name, f.field);
    }
    assert_eq!(number("none"), None);
    let classes: BTreeSet<_> = FAULTS.iter().map(|f| f.class).collect();
    for class in ["value", "shifted", "missing", "extra", "hang", "outcome"] {
        assert!(classes.contains(class), "no fault of class {class}");
    }
}

#[test]
fn the_command_lists_them() {
    let text = avm(root(), &["faults"]);
    let json = avm(root(), &["faults", "--json"]);
    assert_eq!((text.code, json.code), (0, 0));
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(FAULTS.len()));
    for (i, f) in FAULTS.iter().enumerate() {
        assert!(text.out.lines().any(|l| l.starts_with(f.name) && l.contains(f.what)), "{}", f.name);
        assert_eq!((json[i]["name"].as_str(), json[i]["class"].as_str()), (Some(f.name), Some(f.class)));
    }
}

#[test]
fn the_command_checks_them() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_avm"))
        .args(["faults", "--check"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .spawn()
        .expect("avm starts");
    let start = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("waits") {
            break status;
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().expect("ends");
            child.wait().expect("ended");
            panic!("avm faults --check does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let mut out = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().expect("piped"), &mut out).expect("UTF-8");
    assert_eq!(status.code(), Some(0), "{out}");
    assert_eq!(out.lines().filter(|l| l.contains(" as listed ")).count(), FAULTS.len(), "{out}");
}
