// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine's figures, as `docs/figures.md` lists them.

use std::path::Path;

use avm_sim::algorand::core::Core;
use avm_sim::trace::Core as _;

use super::Room;
use super::compare::Comparison;
use super::generate;
use super::scenario::Scenario;
use crate::figures::{self, diverges, line, modelled, profile, random, window};
use crate::lockstep::CallFigures;
use crate::machines::{Figures, Machine as _};
use crate::rtl::object::Trouble;
use crate::scenario::expand;

/// Random call graphs of at least four applications that run in lockstep.
const CALL_GRAPHS: u64 = 2_000;

/// Random programs whose profiles are compared with the RTL.
const PROFILED: u64 = 2_000;

/// Random programs that run in both interpreters.
const RANDOM: u64 = 200_000;

/// Values of the fuel that a call of a scenario is made with, at most.
const SWEEP: u32 = 200;

/// Fuel of a call that begins somewhere in the code.
const INSIDE: i64 = 300;

/// Differences that are printed.
const SHOWN: usize = 20;

/// Measures and prints.
pub fn print(folder: &Path, which: Figures) -> Result<(), Trouble> {
    let load = |sub: &str| -> Result<Vec<Scenario>, Trouble> {
        Ok(expand(&[folder.join(sub)])?.iter().map(|p| Scenario::load(p)).collect::<Result<_, _>>()?)
    };
    let programs = load("programs")?;
    let contracts = load("contracts")?;
    if which == Figures::Speeds {
        figures::speeds::<Room>(&programs)?;
        random::rate::<Room>();
        return Ok(());
    }
    let units = load("units")?;
    let all = programs.iter().chain(&units).chain(&contracts);
    if which == Figures::Fast {
        fast(all);
        return Ok(());
    }
    line("mismatches", all.clone().filter(|s| diverges::<Room>(s)).count(), "", "0");
    let graphs = generate::call_graphs(0..CALL_GRAPHS).filter(diverges::<Room>).count();
    line("mismatches_call_graphs", graphs, &format!("of {CALL_GRAPHS} random call graphs"), "0");
    fast(all.clone());
    profile::sums::<Room>(all, 0..PROFILED).map_err(Trouble::Tool)?;
    figures::faults::<Room>(folder)?;
    figures::shrinking::<Room>(folder)?;
    figures::speeds::<Room>(&programs)?;
    random::rate::<Room>();
    random::faults::<Room>();
    rates(&programs);
    let figure = |name: &str| Scenario::load(&folder.join("figures").join(name));
    invocations(&figure("invoke.toml")?, &figure("external.toml")?);
    heap(&figure("heap.toml")?);
    rollback(&figure("rollback.toml")?);
    window::seconds::<Room>(&figure("long.toml")?, "shift_amount")?;
    figures::recorded(&folder.join("../synth/results.tsv"), "make synth");
    figures::recorded(&folder.join("../mutants/algorand/results.tsv"), "make mutants-rtl");
    Ok(())
}

/// Calls that end otherwise in the fast interpreter than in the plain one.
fn fast<'a>(scenarios: impl Iterator<Item = &'a Scenario>) {
    let differ = |name: &str, what: &str, work: &dyn Fn(&mut Comparison)| {
        let mut comparison = Comparison::default();
        work(&mut comparison);
        comparison.differences.iter().take(SHOWN).for_each(|d| tell!("{d}"));
        let (calls, millions) = (comparison.calls, comparison.instructions as f64 / 1e6);
        let share = 100.0 * comparison.operations() as f64 / comparison.instructions as f64;
        let unit = format!("of {calls} calls {what}, {millions:.1} million instructions, {share:.1} % by operations");
        line(name, comparison.differences.len(), &unit, "0");
    };
    let scenarios: Vec<_> = scenarios.collect();
    differ("mismatches_fast", "of scenarios, with a sweep of their fuel", &|c| {
        scenarios.iter().for_each(|s| c.sweep(s, SWEEP));
    });
    differ("mismatches_fast_inside", "that begin at each byte of their code", &|c| {
        let apps = scenarios.iter().flat_map(|s| &s.apps);
        apps.for_each(|app| c.everywhere(&format!("application {}", app.id), &app.image, INSIDE));
    });
    differ("mismatches_fast_random", &format!("of {RANDOM} random programs"), &|c| {
        (0..RANDOM).for_each(|seed| c.scenario(&Room::random(seed)));
    });
}

/// Bytecodes per cycle, with and without the cycles that wait for multiplier and divider.
fn rates(programs: &[Scenario]) {
    let waits: Vec<_> =
        ["multiplier", "divider"].iter().filter_map(|w| Core::CAUSES.iter().position(|c| c == w)).collect();
    let (mut ipc, mut pure) = (Vec::new(), Vec::new());
    for s in programs {
        let calls = modelled::<Room>(s);
        let sum = |f: &dyn Fn(&CallFigures) -> u64| calls.iter().map(f).sum::<u64>() as f64;
        let (retired, cycles) = (sum(&|c| c.retired), sum(&|c| c.cycles));
        let waiting = sum(&|c| waits.iter().map(|w| c.causes[*w]).sum());
        ipc.push(retired / cycles);
        pure.push(retired / (cycles - waiting));
        line(&format!("ipc_{}", s.name()), format!("{:.3}", retired / cycles), "bytecodes/cycle", "");
        line(&format!("ipc_pure_{}", s.name()), format!("{:.3}", retired / (cycles - waiting)), "bytecodes/cycle", "");
    }
    let mean = |v: &[f64]| (v.iter().map(|x| x.ln()).sum::<f64>() / v.len() as f64).exp();
    line("ipc", format!("{:.3}", mean(&ipc)), "bytecodes/cycle, geometric mean", "");
    line("ipc_pure", format!("{:.3}", mean(&pure)), "bytecodes/cycle, geometric mean", ">= 0.8 now, 0.9 later");
}

/// Cycles by which the calls of each pair differ, for each of their `n` repetitions.
fn differences(calls: &[CallFigures], n: f64) -> Vec<f64> {
    calls.chunks_exact(2).map(|pair| (pair[1].cycles as f64 - pair[0].cycles as f64) / n).collect()
}

fn invocations(internal: &Scenario, external: &Scenario) {
    let internal = differences(&modelled::<Room>(internal), 100.0)[0];
    line("invoke_internal", format!("{internal:.1}"), "cycles, call and return", "<= 12 now, 9 later");
    // Two pops stand in the place of the call.
    let external = differences(&modelled::<Room>(external), 100.0)[0] + 2.0;
    line("invoke_external", format!("{external:.1}"), "cycles, resident segment, call and return", "<= 18");
}

/// Heap instructions, eight in each of 100 rounds, against the pops that stand in their place.
fn heap(scenario: &Scenario) {
    let d = differences(&modelled::<Room>(scenario), 800.0);
    let [load, used, store] = d[..] else { return };
    line("heap_access", format!("{:.2}", (load + 1.0).max(store + 3.0)), "cycles, resident page", "2");
    line("heap_use", format!("{used:.2}"), "extra cycles from a load to its use", "<= 2");
}

fn rollback(scenario: &Scenario) {
    let calls = modelled::<Room>(scenario);
    let cause = Core::CAUSES.iter().position(|c| *c == "rollback");
    let cycles = cause.map_or(f64::NAN, |c| calls[0].causes[c] as f64);
    line("rollback", format!("{:.2}", cycles / 100.0), "cycles for each undone store", "<= 2");
}
