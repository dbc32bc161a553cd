// SPDX-License-Identifier: MIT OR Apache-2.0
//! Snapshots: a run put back to one goes on as the undisturbed run did, at every clock and in every memory, and a
//! failure folder made from one is that made from reset.

#[path = "../../cosim/rtl/shim/plain.rs"]
#[allow(dead_code, reason = "the build script uses the rest of it")]
mod plain;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::support::{bench, load, temporary, tree};
use avm_cosim::failure::{self, Request};
use avm_cosim::lockstep::snapshot::{Snapshot, Snapshots};
use avm_cosim::lockstep::{Mismatch, Options, RTL_SEED, Run, Session};
use avm_cosim::machines::algorand::scenario::Scenario;
use avm_cosim::machines::algorand::{ALGORAND, Algorand};
use avm_cosim::rtl::design::Dut;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::faults::number;
use avm_sim::trace::{Core as _, HostIn};

type AlgorandRun<'a> = Run<Algorand<'a>>;

/// One clock of lockstep, which agrees; the RTL's probe after it.
fn clock(run: &mut AlgorandRun<'_>) -> Vec<u64> {
    let mismatch = run.clock();
    assert!(mismatch.is_none(), "cycle {}: {mismatch:?}", run.cycle);
    let mut words = vec![0; run.layout.words()];
    run.dut.as_ref().expect("the RTL takes part").probe(&mut words);
    words
}

/// The rest of a run: probes clock by clock, then all that it leaves.
fn rest(run: &mut AlgorandRun<'_>) -> (Vec<Vec<u64>>, Vec<u64>, String) {
    let mut probes = Vec::new();
    while !run.session.finished() {
        probes.push(clock(run));
    }
    let dut = run.dut.as_ref().expect("the RTL takes part");
    let mut memories = Vec::new();
    for (m, memory) in Core::MEMORIES.iter().enumerate() {
        for (address, limb) in (0..memory.depth).flat_map(|a| (0..memory.limbs()).map(move |l| (a, l))) {
            memories.extend([dut.memory(m, address, limb), run.core.memory(m, address, limb)]);
        }
    }
    (probes, memories, format!("{} {} {:?}", run.cycle, run.retired, run.calls))
}

/// Clocks of a whole run.
fn length(scenario: &Scenario) -> u64 {
    let mut run = Run::new(Algorand::new(scenario), Options::default());
    assert!(run.to_end().is_none());
    run.cycle
}

#[test]
fn a_run_put_back_goes_on_as_the_undisturbed_one() {
    // Heap, external calls with rollback, natives; several calls, and a host with random latencies.
    for file in ["contracts/escrow.toml", "units/natives.toml", "programs/quicksort.toml"] {
        let scenario = load(&bench(file));
        let clocks = length(&scenario);
        for at in [clocks / 7, clocks / 2, clocks - clocks / 9] {
            let mut run = Run::new(Algorand::new(&scenario), Options::default());
            assert!(run.until(at).is_none());
            let snapshot = Snapshot::of(&run);
            let undisturbed = rest(&mut run);
            assert!(undisturbed.0.len() as u64 > clocks / 10 - 1, "{file}: something is left to run");
            snapshot.put_back(&mut run);
            assert_eq!(run.cycle, at);
            let again = rest(&mut run);
            let differs = undisturbed.0.iter().zip(&again.0).position(|(a, b)| a != b);
            assert_eq!(differs, None, "{file}, put back to clock {at}: clocks after it until the probe differs");
            assert!(undisturbed.1 == again.1, "{file}, put back to clock {at}: a memory differs");
            assert_eq!(undisturbed.2, again.2, "{file}, put back to clock {at}");
        }
    }
}

/// The VCD of clocks `range` of a run that has not come to them.
fn trace(run: &mut AlgorandRun<'_>, range: std::ops::Range<u64>, file: &Path) -> Vec<u8> {
    assert!(run.until(range.start).is_none());
    run.dut.as_mut().expect("the RTL takes part").trace_open(file);
    assert!(run.until(range.end).is_none());
    run.dut.as_mut().expect("the RTL takes part").trace_close();
    fs::read(file).expect("a VCD")
}

#[test]
fn a_trace_opened_after_it_is_that_of_a_run_from_reset() {
    let scenario = load(&bench("contracts/escrow.toml"));
    let folder = temporary();
    let window = length(&scenario) / 2..length(&scenario) / 2 + 400;
    let mut run = Run::new(Algorand::new(&scenario), Options::default());
    assert!(run.until(window.start - 300).is_none());
    let snapshot = Snapshot::of(&run);
    // The run goes on with a trace that is open when it is put back.
    run.dut.as_mut().expect("the RTL takes part").trace_open(&folder.path().join("open.vcd"));
    assert!(run.to_end().is_none());
    snapshot.put_back(&mut run);
    let after = trace(&mut run, window.clone(), &folder.path().join("after.vcd"));
    let from_reset = &mut Run::new(Algorand::new(&scenario), Options::default());
    let whole = trace(from_reset, window, &folder.path().join("whole.vcd"));
    assert!(whole.len() > 10_000, "a trace of {} bytes", whole.len());
    assert!(after == whole, "the traces differ");
}

/// Makes the failure of a planted fault, with snapshots every so many clocks; the clocks of those kept, the failure
/// folders from snapshot and from reset.
fn both_folders(file: &str, fault: &str, every: u64, root: &Path) -> (Vec<u64>, u64, [PathBuf; 2]) {
    let scenario = load(&bench(file));
    let options = Options { fault: number(fault).expect("listed"), ..Options::default() };
    let mut run = Run::new(Algorand::new(&scenario), options);
    let mut snapshots = Snapshots::every(every);
    let divergence = snapshots.to_end(&mut run).expect("the fault shows");
    let kept = snapshots.cycles();
    let roots = [root.join("snapshot"), root.join("reset")];
    let request = |root| Request { scenario: file, replay: "-".into(), copies: Vec::new(), root };
    let make = || Algorand::new(&scenario);
    let long = failure::write_long(run, snapshots, make, &divergence, &request(&roots[0])).expect("written");
    let reset = failure::write(make, options, &divergence, &request(&roots[1])).expect("written");
    (kept, divergence.cycle, [long.1, reset.1])
}

/// What registers hold that reset does not set: random, and the same in every instance, whatever other threads do.
#[test]
fn instances_made_at_the_same_time_are_equal() {
    let root = temporary();
    let first_clocks = |name: String| {
        let file = root.path().join(name);
        let mut dut = Dut::new(&ALGORAND, RTL_SEED, 0);
        dut.trace_open(&file);
        dut.step(&HostIn::default());
        dut.trace_close();
        fs::read(&file).expect("written")
    };
    let alone = first_clocks("alone".into());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (alone, first_clocks) = (&alone, &first_clocks);
            scope.spawn(move || {
                for i in 0..60 {
                    assert!(first_clocks(format!("{thread}")) == *alone, "instance {i} of thread {thread}");
                }
            });
        }
    });
}

#[test]
fn a_failure_folder_from_a_snapshot_is_that_from_reset() {
    let cases = [
        ("programs/sha256.toml", "add_carry", 2_000),
        ("contracts/escrow.toml", "listed_rejected", 900),
        ("units/alu.toml", "retire_lost", 1_000),
        // No snapshot is far enough from the mismatch, and none is there at all.
        ("units/alu.toml", "retire_lost", 20),
        ("units/alu.toml", "retire_lost", 1_000_000),
    ];
    for (file, fault, every) in cases {
        let root = temporary();
        let (kept, cycle, [long, reset]) = both_folders(file, fault, every, root.path());
        assert_eq!(kept.is_empty(), every > cycle, "{file}: {kept:?}, failure at {cycle}");
        let names = |folder: &Path| tree(folder).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        assert_eq!(names(&long), names(&reset), "{file}");
        for ((name, long), (_, reset)) in tree(&long).into_iter().zip(tree(&reset)) {
            assert!(long == reset, "{file} with {fault}: {} differs", name.display());
        }
        assert!(long.file_name() == reset.file_name());
    }
}

#[test]
fn the_last_snapshot_that_leaves_enough_is_taken() {
    let scenario = load(&bench("programs/fib.toml"));
    let clocks = length(&scenario);
    // Which of the two kept it goes back to.
    let rewound = |every: u64, clocks: u64, instructions: u64| {
        let mut run = Run::new(Algorand::new(&scenario), Options::default());
        let mut snapshots = Snapshots::every(every);
        assert!(snapshots.to_end(&mut run).is_none());
        let kept = snapshots.cycles();
        assert_eq!(kept, [run.cycle / every * every - every, run.cycle / every * every]);
        let now = run.cycle;
        let found = snapshots.rewind(&mut run, clocks, instructions);
        assert_eq!(run.cycle != now, found);
        found.then(|| kept.iter().position(|c| *c == run.cycle).expect("one of those kept"))
    };
    let every = clocks / 4 - 1;
    let left = clocks - clocks / every * every;
    assert_eq!(rewound(every, left, 0), Some(1));
    assert_eq!(rewound(every, left + 1, 0), Some(0));
    assert_eq!(rewound(every, left + every + 1, 0), None);
    assert_eq!(rewound(every, 0, left + 1), Some(0), "no more instructions than clocks");
    assert_eq!(rewound(every, 0, clocks), None);
}

#[test]
fn nothing_is_taken_of_a_run_without_rtl_or_interpreter() {
    let scenario = load(&bench("programs/fib.toml"));
    let off = [Options { rtl: false, ..Options::default() }, Options { reference: false, ..Options::default() }];
    for options in off {
        let mut snapshots = Snapshots::every(1_000);
        assert!(snapshots.to_end(&mut Run::new(Algorand::new(&scenario), options)).is_none());
        assert!(snapshots.cycles().is_empty());
    }
}

#[test]
fn a_state_goes_back_to_its_own_instance_only() {
    let (mut first, second) = (Dut::new(&ALGORAND, 1, 0), Dut::new(&ALGORAND, 1, 0));
    let (own, foreign) = (first.save(), second.save());
    first.restore(&own);
    assert!(catch_unwind(AssertUnwindSafe(|| first.restore(&foreign))).is_err());
}

/// A failure that the run made again does not show is a fault of the tool: no folder claims it.
#[test]
fn a_failure_that_is_not_reproduced_is_not_written() {
    let scenario = load(&bench("units/alu.toml"));
    let options = Options { fault: number("add_carry").expect("listed"), ..Options::default() };
    let divergence = Run::new(Algorand::new(&scenario), options).to_end().expect("the fault shows");
    let Mismatch::Probe { fields, model, rtl } = &divergence.what else { panic!("{divergence:?}") };
    let mut other = rtl.clone();
    other[0] ^= 1;
    let probe = |rtl: &Vec<u64>| Mismatch::Probe { fields: fields.clone(), model: model.clone(), rtl: rtl.clone() };
    let root = temporary();
    let write = |options, cycle, what| {
        let divergence = avm_cosim::lockstep::Divergence { cycle, what, ..divergence.clone() };
        let request = Request { scenario: "alu.toml", replay: "-".into(), copies: Vec::new(), root: root.path() };
        failure::write(|| Algorand::new(&scenario), options, &divergence, &request).map(drop)
    };
    let cases = [
        (options, divergence.cycle, probe(&other)),
        (options, divergence.cycle - 1, probe(rtl)),
        (options, divergence.cycle + 1, Mismatch::Outcome("later".into())),
        (Options { fault: 0, ..options }, divergence.cycle, probe(rtl)),
    ];
    for (options, cycle, what) in cases {
        let error = write(options, cycle, what).expect_err("not reproduced").to_string();
        assert!(error.contains(&format!("does not fail as it did at cycle {cycle}")), "{error}");
        assert!(tree(root.path()).is_empty(), "{:?}", tree(root.path()));
    }
    write(options, divergence.cycle, probe(rtl)).expect("reproduced");
}

/// What Verilator writes of a root object, shortened.
const HEADER: &str = r#"
#include "verilated.h"
class Vx__Syms;
class Vx___024root final : public VerilatedModule {
  public:
    // DESIGN SPECIFIC STATE
    struct {
        VL_IN8(clk_i,0,0);
        CData/*0:0*/ a;
    };
    VL_OUTW(probe_o,639,0,20);
    VlUnpacked<VlUnpacked<VlWide<3>/*77:0*/, 4>, 2> m;
    VlTriggerVec<1> __VactTriggered;
    MEMBER

    // INTERNAL VARIABLES
    Vx__Syms* const vlSymsp;

    // CONSTRUCTORS
    Vx___024root(Vx__Syms* symsp, const char* v__name);
    ~Vx___024root();
};
"#;

#[test]
fn state_that_is_not_plain_data_is_found() {
    let header = |member: &str| HEADER.replace("MEMBER", member);
    assert_eq!(plain::first_not_plain(&header("IData/*31:0*/ b;")), None);
    for member in [
        "std::string s;",
        "VlQueue<IData/*31:0*/> q;",
        "VlAssocArray<IData/*31:0*/, QData/*63:0*/> a;",
        "VlUnpacked<std::string, 4> names;",
        "VlUnpacked<VlQueue<CData/*7:0*/>, 2> queues;",
        "Vx_ram_1r1w* u_code;",
        "VlClassRef<Vx_item> item;",
    ] {
        assert_eq!(plain::first_not_plain(&header(member)), Some(member));
    }
}
