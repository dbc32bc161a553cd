// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Arbitrum machine against what others have published: the hash of the machine after every step, as the registers and
//! memories of core model and RTL have it, in lockstep with the interpreter.

mod cli;
mod cycles;
mod fuzz;

use std::fs;
use std::path::{Path, PathBuf};

use avm_cosim::failure::planted;
use avm_cosim::figures::diverges;
use avm_cosim::figures::profile::compare;
use avm_cosim::lockstep::{Options, Run, Session};
use avm_cosim::machines::arbitrum::Arbitrum;
use avm_cosim::machines::arbitrum::Room;
use avm_cosim::machines::arbitrum::scenario::Scenario;
use avm_cosim::machines::arbitrum::state::State;
use avm_cosim::machines::{self, Machine as _};
use avm_cosim::profile::{END, START, take};
use avm_sim::arbitrum::hash::{Hash, text};
use avm_sim::arbitrum::isa;
use avm_sim::arbitrum::mexe::Image;
use avm_sim::trace::Core as _;

/// The folder of the vectors, beside the project.
fn vectors() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/arbitrum");
    if !folder.is_dir() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

/// Hashes after the steps of a program.
fn steps(table: &str, program: &str) -> Vec<String> {
    let rows = table.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    rows.filter(|row| row[0] == program).map(|row| row[7].to_string()).collect()
}

/// The hash of model or RTL.
fn hash(run: &Run<Arbitrum<'_>>, rtl: bool) -> Hash {
    let halt = isa::by_name("halt").expect("an instruction").code;
    let mut words = vec![0; run.layout.words()];
    let dut = run.dut.as_ref().expect("the RTL takes part");
    if rtl {
        dut.probe(&mut words)
    } else {
        run.core.pack(&mut words)
    }
    let memory = |m, a, l| if rtl { dut.memory(m, a, l) } else { run.core.memory(m, a, l) };
    State::new(&run.layout, &words, &memory, run.session.host()).machine_hash(halt)
}

/// Runs a program; the hashes after its steps, of which model and RTL agree.
fn hashes(scenario: &Scenario) -> Vec<String> {
    let mut run = Run::new(Arbitrum::new(scenario), Options::default());
    let mut found = Vec::new();
    while run.calls.is_empty() {
        let mismatch = run.clock();
        assert!(mismatch.is_none(), "{}: cycle {}: {mismatch:?}", scenario.about, run.cycle);
        if run.core.retired().is_some() {
            let (model, rtl) = (text(&hash(&run, false)), text(&hash(&run, true)));
            assert_eq!(model, rtl, "{}: step {}", scenario.about, found.len());
            found.push(model);
        }
    }
    found
}

#[test]
fn published_hashes_of_every_step_come_out_of_model_and_rtl() {
    let Some(folder) = vectors() else { return };
    let table = fs::read_to_string(folder.join("steps.tsv")).expect("steps");
    let (mut programs, mut all) = (0, 0);
    for entry in fs::read_dir(folder.join("mexe")).expect("programs") {
        let path = entry.expect("a program").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let image = Image::parse(&name, &fs::read_to_string(&path).expect("text")).expect("an image");
        let scenario = Scenario::of(path, name.clone(), image, Vec::new()).expect("it fits");
        let expected = steps(&table, &name);
        let found = hashes(&scenario);
        assert_eq!(found[..expected.len().min(found.len())], expected, "{name}");
        (programs, all) = (programs + 1, all + expected.len());
    }
    println!("{all} steps of {programs} programs");
    assert!(programs >= 14 && all >= 500, "{all} steps of {programs} programs");
}

/// The folder of the machine's scenarios.
fn suite() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(Room::SUITE)
}

#[test]
fn every_scenario_runs_in_lockstep_and_ends_as_it_says() {
    let folders = ["units", "programs"].map(|folder| suite().join(folder));
    let files = avm_cosim::scenario::expand(&folders).expect("scenarios");
    for file in &files {
        let scenario = machines::load::<Room>(file).expect("a scenario");
        assert!(!diverges::<Room>(&scenario), "{}", file.display());
    }
    assert!(files.len() >= 20, "{} scenarios", files.len());
}

#[test]
fn every_planted_fault_is_reported_as_it_is_listed() {
    let found = planted::plant_all::<Room>(&suite()).expect("scenarios of faults");
    let other: Vec<_> = found.iter().filter(|f| !f.as_listed).map(|f| f.name).collect();
    assert!(other.is_empty(), "reported otherwise: {other:?}");
    assert!(found.len() >= 20, "{} faults", found.len());
}

#[test]
fn random_programs_run_in_lockstep() {
    let other: Vec<_> = (0..200).filter(|seed| diverges::<Room>(&Room::random(*seed))).collect();
    assert!(other.is_empty(), "seeds {other:?}");
}

/// What waits at the end for a message that does not come is no instruction's, and not what a call begins with. The RTL's
/// registers say the same.
#[test]
fn an_instruction_that_never_completes_has_a_row_of_its_own() {
    let scenario = machines::load::<Room>(&suite().join("units/outside.toml")).expect("a scenario");
    let profile = take::<Room>(std::slice::from_ref(&scenario), |_| ()).expect("all cycles are accounted for").profile;
    let causes = |name: &str| &profile.opcodes.iter().find(|o| o.name == name).expect("a row").causes;
    assert!(causes(END)["host"] > 0 && !causes(START).contains_key("host"));
    let same = compare::<Room, <Arbitrum<'_> as Session>::Account>(&scenario);
    assert_eq!(same.expect("a profile"), (true, profile.cycles));
}
