// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutants of the RTL, on one small module: what is wrong is killed in all three ways, the build without a mutant is
//! the machine, and a build that is not is refused.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::support::{avm, bench, root, temporary};
use avm_cosim::machines::algorand::Room;
use avm_cosim::machines::algorand::rtl::RTL as ALGORAND;
use avm_cosim::mutants::campaign::{Campaign, Plan, Quiet, Settings};
use avm_cosim::mutants::judge;
use avm_cosim::mutants::kept::Kept;
use avm_cosim::mutants::prepare::Module;
use avm_cosim::mutants::results::Category;
use avm_cosim::mutants::work::Work;
use avm_cosim::mutants::{doctor, miter};
use avm_cosim::rtl::design::Design;

const SET_ONCE: &str = "initial if (!$value$plusargs(\"mutsel=%d\", mutsel)) mutsel = 0;";

fn settings(module: &str, count: usize) -> Settings {
    // Verilator's runtime is compiled once for all runs of this test.
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mutants");
    fs::create_dir_all(&folder).expect("a folder");
    Settings {
        rtl: ALGORAND,
        modules: vec![module.into()],
        count,
        batch: count,
        seed: 1,
        jobs: 2,
        folder,
        miter: Duration::from_secs(300),
    }
}

#[test]
fn mutants_of_the_alu_are_killed_and_a_doctored_build_is_refused() {
    let settings = settings("alu", 12);
    let plan = Plan::new(&settings, &Quiet).expect("prepared");
    let again = Plan::new(&settings, &Quiet).expect("prepared");
    assert_eq!(plan.modules[0].1, again.modules[0].1, "the same seed, the same mutants");
    let (alu, branches) = (bench("units/alu.toml"), bench("units/branches.toml"));
    let work = Work::<Room>::of(&[&alu, &branches], 2).expect("the machine as it is");
    let campaign = Campaign::new(&settings, &work, &Quiet).expect("tools");
    let batches = plan.batches(settings.batch);
    let (batch, builder) = (&batches[0], campaign.builder());
    assert_eq!((batches.len(), batch.len()), (1, 12));

    let folder = temporary();
    let written = builder.mutate(batch, folder.path()).expect("written");
    let object = builder.object(&written, folder.path()).expect("compiled");
    let design = Design::load(&object, ALGORAND.name).expect("loaded");
    let rows = campaign.judge(batch, design, &Kept::default()).expect("without a mutant it is the machine");
    // A bit of the sum inverted: nothing can miss that.
    let sum = rows.iter().find(|r| r.mutant.line.contains("-mode inv") && r.mutant.line.contains("-port Y"));
    let sum = sum.unwrap_or_else(|| panic!("no inverted output among {rows:#?}"));
    assert!(sum.judged.kills.iter().all(Option::is_some), "{sum:?}");
    let killed = rows.iter().filter(|r| r.category == Category::Killed).count();
    assert!(killed >= 8, "{killed} of 12: {rows:#?}");

    // The same with mutant 1 chosen where none is: refused, and not counted as 12 kills.
    let text = written[0].1.replacen(SET_ONCE, "initial mutsel = 1;", 1);
    assert_ne!(text, written[0].1);
    let folder = temporary();
    let object = builder.object(&[(written[0].0, text)], folder.path()).expect("compiled");
    let said = campaign
        .judge(batch, Design::load(&object, ALGORAND.name).expect("loaded"), &Kept::default())
        .expect_err("not the machine")
        .to_string();
    assert!(said.contains("batch of alu:") && said.contains("without a mutant"), "{said}");
    assert!(judge::sane(&work, design, 1).is_ok());
}

#[test]
fn a_text_without_its_mutants_is_refused() {
    let settings = settings("retire", 4);
    let plan = Plan::new(&settings, &Quiet).expect("prepared");
    let work = Work::<Room>::of(&[&bench("units/alu.toml")], 1).expect("the machine as it is");
    let campaign = Campaign::new(&settings, &work, &Quiet).expect("tools");
    let (batches, folder) = (plan.batches(4), temporary());
    let module = batches[0].parts[0].0;
    campaign.builder().mutate(&batches[0], folder.path()).expect("written");
    let text = fs::read_to_string(folder.path().join(format!("{}.yosys.v", module.written))).expect("kept");
    assert!(doctor::module(&text, module, 1..5).is_ok());
    let said = doctor::module(&text, module, 1..6).expect_err("there is no fifth");
    assert!(said.contains("mutant 5 is not in"), "{said}");
    let without = text.replace("mutsel == 8'h02", "mutsel == 8'hff");
    assert!(doctor::module(&without, module, 1..5).is_err());
}

#[test]
fn a_miter_tells_equal_from_different() {
    let modules = ["alu", "calls", "retire", "table_1w"].map(String::from).to_vec();
    let settings = Settings { modules, ..settings("alu", 160) };
    let plan = Plan::new(&settings, &Quiet).expect("prepared");
    let folder = temporary();
    let ask = |module: &Module, line: &str| {
        let mutant = avm_cosim::mutants::Mutant::new(&module.name, 1, line);
        miter::ask(module, &mutant, folder.path(), settings.miter).expect("asked")
    };
    let differs = |name: &str, words: &[&str]| {
        let (module, mutants) = plan.modules.iter().find(|(m, _)| m.name == name).expect("a module");
        let mutant = mutants.iter().find(|m| words.iter().all(|w| m.line.contains(w)));
        let mutant = mutant.unwrap_or_else(|| panic!("{name} has no mutant with {words:?}"));
        assert_eq!(ask(module, &mutant.line), miter::Answer::Differs, "{}", mutant.what());
    };
    // Seen by the retirement records alone, by a RAM alone, by a table.
    differs("retire", &["-port D "]);
    differs("calls", &["-mode cnot1", "-wire call_wdata "]);
    differs("table_1w:u_seg", &["-port B "]);
    // A register that is 1 where the original's is 0.
    differs("calls", &["-mode const1", "-port Y "]);
    let alu = &plan.modules[0].0;
    assert_eq!(ask(alu, &equal(&alu.prepared())), miter::Answer::Equivalent);
}

/// A mutation that changes nothing: a bit of a comparison's constant that is 0 replaced by 0.
fn equal(prepared: &Path) -> String {
    let text = fs::read_to_string(prepared).expect("prepared");
    let cells = text.split("cell $eq ").skip(1).filter_map(|c| c.split("\n  end").next());
    let cell = cells.into_iter().find(|c| {
        let constant = c.lines().find_map(|l| l.trim().strip_prefix("connect \\B 8'"));
        constant.is_some_and(|bits| bits.ends_with('0'))
    });
    let cell = cell.and_then(|c: &str| c.lines().next()).expect("a comparison with a constant");
    format!("mutate -mode const0 -module alu -cell {cell} -port B -portbit 0")
}

#[test]
fn what_is_wrong_is_said_before_anything_is_built() {
    let folder = temporary();
    let out = folder.path().join("out");
    let out = out.to_str().expect("UTF-8");
    let unknown = avm(root(), &["mutants", "--list", "--module", "nothing", "--out", out]);
    assert!(
        unknown.code == 2 && unknown.err.contains("there is no module `nothing`; there are algorand_core, alu"),
        "{unknown:?}"
    );
    let marks = folder.path().join("marks.tsv");
    fs::write(&marks, "alu\t*\t*\tall of it\n").expect("written");
    let marks = marks.to_str().expect("UTF-8");
    let wrong = avm(root(), &["mutants", "--unobservable", marks, "--out", out]);
    assert!(wrong.code == 2 && wrong.err.contains("marks.tsv:1:1: error:"), "{wrong:?}");
    let listed = avm(root(), &["mutants", "--list", "--module", "retire", "--count", "4", "--out", out]);
    assert!(
        listed.code == 0 && listed.out.contains("4 mutants") && listed.out.contains("rtl/algorand/retire.sv:"),
        "{listed:?}"
    );
}
