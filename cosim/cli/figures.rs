//! `avm figures`: the project's figures, measured here and now, one per line: name, value, unit, target.
//!
//! Speeds are ratios of runs made side by side in this process, interleaved, median of [`ROUNDS`]. Every
//! side replays the stimulus of the same programs, so all execute the same cycles.

mod random;
mod window;

use std::path::Path;
use std::time::Instant;

use avm_sim::algorand::core::Core;
use avm_sim::trace::Core as _;

use super::faults;
use super::run::expand;
use super::{Failure, output};
use crate::lockstep::{CallFigures, Options, Run};
use crate::machines::Machine;
use crate::machines::algorand::generate;
use crate::machines::algorand::scenario::Scenario;
use crate::machines::algorand::{Room, Stimulus};
use crate::shrink;

/// Interleaved measurements of which the median counts.
const ROUNDS: usize = 9;
/// Random call graphs of at least four applications that run in lockstep.
const CALL_GRAPHS: u64 = 2_000;

fn line(name: &str, value: impl std::fmt::Display, unit: &str, target: &str) {
    say!("{name}\t{value}\t{unit}\t{target}");
}

/// Measures and prints everything, or only the speeds.
pub fn print(folder: &Path, speeds_only: bool) -> Result<(), Failure> {
    let load = |sub: &str| -> Result<Vec<Scenario>, Failure> {
        Ok(expand(&[folder.join(sub)])?.iter().map(|p| Scenario::load(p)).collect::<Result<_, _>>()?)
    };
    let programs = load("programs")?;
    let contracts = load("contracts")?;
    if speeds_only {
        speeds(&programs);
        random::rate();
        return Ok(());
    }
    let units = load("units")?;
    line("mismatches", mismatches(programs.iter().chain(&units).chain(&contracts)), "", "0");
    let graphs = generate::call_graphs(0..CALL_GRAPHS).filter(diverges).count();
    line("mismatches_call_graphs", graphs, &format!("of {CALL_GRAPHS} random call graphs"), "0");
    let found = faults::plant_all::<Room>(folder)?;
    line("faults", found.len(), "planted", ">= 12");
    line("faults_missed", found.iter().filter(|f| !f.as_listed).count(), "", "0");
    shrinking(folder)?;
    speeds(&programs);
    random::rate();
    random::faults();
    rates(&programs);
    let figure = |name: &str| Scenario::load(&folder.join("figures").join(name));
    invocations(&figure("invoke.toml")?, &figure("external.toml")?);
    heap(&figure("heap.toml")?);
    rollback(&figure("rollback.toml")?);
    window::seconds(&figure("long.toml")?)?;
    recorded(&folder.join("../synth/results.tsv"), "make synth");
    recorded(&folder.join("../mutants/results.tsv"), "make mutants-rtl");
    Ok(())
}

/// Size to which the failures of the planted faults shrink.
fn shrinking(folder: &Path) -> Result<(), Failure> {
    let sizes: Result<Vec<f64>, _> =
        Room::FAULTS.iter().map(|f| shrink::planted(f, folder).map(|s| s.after.instructions as f64)).collect();
    line("shrunk_median", median(sizes?), "instructions, over the planted faults", "<= 10");
    Ok(())
}

/// Mismatches and missed expectations over scenarios in lockstep.
fn mismatches<'a>(scenarios: impl Iterator<Item = &'a Scenario>) -> usize {
    scenarios.filter(|s| diverges(s)).count()
}

/// Whether the descriptions disagree, or an expectation is missed.
fn diverges(s: &Scenario) -> bool {
    let mut run = Run::new(Room::session(s), Options::default());
    let divergence = run.to_end();
    let row = output::Row::new::<Room>(s, std::mem::take(&mut run.calls), "lockstep");
    divergence.is_some() || row.failed()
}

/// Nanoseconds for one round of `work` over all programs.
fn time(stimuli: &[Stimulus<'_>], work: impl Fn(&Stimulus<'_>)) -> f64 {
    let start = Instant::now();
    stimuli.iter().for_each(work);
    start.elapsed().as_nanos() as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Time per cycle of each description and of lockstep. Cores are made anew for each run on all sides,
/// so that construction counts alike.
fn speeds(programs: &[Scenario]) {
    let stimuli: Vec<_> = programs.iter().map(Stimulus::record).collect();
    let cycles: f64 = stimuli.iter().map(|s| s.cycles() as f64).sum();
    let mut rounds: [Vec<f64>; 6] = Default::default();
    for _ in 0..ROUNDS {
        let sample = [
            time(&stimuli, |s| s.rtl()),
            time(&stimuli, |s| s.model(false)),
            time(&stimuli, |s| s.model(true)),
            time(&stimuli, |s| s.interpreter()),
            time(&stimuli, |s| s.lockstep(false)),
            time(&stimuli, |s| s.lockstep(true)),
        ];
        rounds.iter_mut().zip(sample).for_each(|(r, t)| r.push(t / cycles));
    }
    let ratio = |a: usize, b: usize| median(rounds[a].iter().zip(&rounds[b]).map(|(x, y)| x / y).collect());
    let ns = |a: usize| median(rounds[a].clone());
    line("lockstep_ratio", format!("{:.2}", ratio(5, 0)), "lockstep / bare RTL", "<= 1.5 now, 1.25 later");
    line("model_speedup", format!("{:.2}", ratio(0, 1)), "model / bare RTL", ">= 3 now, 5 later");
    line("rtl_mcycles", format!("{:.2}", 1e3 / ns(0)), "Mcycles/s", ">= 3");
    line("ns_rtl", format!("{:.0}", ns(0)), "ns/cycle", "");
    line("ns_model", format!("{:.0}", ns(1)), "ns/cycle", "");
    line("ns_pack", format!("{:.0}", ns(2) - ns(1)), "ns/cycle", "");
    line("ns_interpreter", format!("{:.0}", ns(3)), "ns/cycle", "");
    line("ns_compare", format!("{:.0}", ns(4) - ns(0) - ns(2)), "ns/cycle, host and mirrors included", "");
    line("ns_lockstep", format!("{:.0}", ns(5)), "ns/cycle", "");
}

/// Bytecodes per cycle, with and without the cycles that wait for multiplier and divider.
fn rates(programs: &[Scenario]) {
    let waits: Vec<_> =
        ["multiplier", "divider"].iter().filter_map(|w| Core::CAUSES.iter().position(|c| c == w)).collect();
    let (mut ipc, mut pure) = (Vec::new(), Vec::new());
    for s in programs {
        let calls = modelled(s);
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

/// The calls of a figure's scenario on the model alone.
fn modelled(scenario: &Scenario) -> Vec<CallFigures> {
    let options = Options { rtl: false, reference: false, mirrors: false, ..Options::default() };
    let mut run = Run::new(Room::session(scenario), options);
    run.to_end();
    run.calls
}

/// Cycles by which the calls of each pair differ, for each of their `n` repetitions.
fn differences(calls: &[CallFigures], n: f64) -> Vec<f64> {
    calls.chunks_exact(2).map(|pair| (pair[1].cycles as f64 - pair[0].cycles as f64) / n).collect()
}

fn invocations(internal: &Scenario, external: &Scenario) {
    let internal = differences(&modelled(internal), 100.0)[0];
    line("invoke_internal", format!("{internal:.1}"), "cycles, call and return", "<= 12 now, 9 later");
    // Two pops stand in the place of the call.
    let external = differences(&modelled(external), 100.0)[0] + 2.0;
    line("invoke_external", format!("{external:.1}"), "cycles, resident segment, call and return", "<= 18");
}

/// Heap instructions, eight in each of 100 rounds, against the pops that stand in their place.
fn heap(scenario: &Scenario) {
    let d = differences(&modelled(scenario), 800.0);
    let [load, used, store] = d[..] else { return };
    line("heap_access", format!("{:.2}", (load + 1.0).max(store + 3.0)), "cycles, resident page", "1");
    line("heap_use", format!("{used:.2}"), "extra cycles from a load to its use", "<= 2");
}

fn rollback(scenario: &Scenario) {
    let calls = modelled(scenario);
    let cause = Core::CAUSES.iter().position(|c| *c == "rollback");
    let cycles = cause.map_or(f64::NAN, |c| calls[0].causes[c] as f64);
    line("rollback", format!("{:.2}", cycles / 100.0), "cycles for each undone store", "<= 2");
}

/// Figures of `make synth` and `make mutants-rtl`, which take too long to be measured here.
fn recorded(file: &Path, by: &str) {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    for row in text.lines().filter(|l| !l.starts_with('#')) {
        let mut columns = row.split('\t');
        if let (Some(name), Some(value), unit) = (columns.next(), columns.next(), columns.next().unwrap_or("")) {
            let target = match name {
                "fmax_mhz" => ">= 50 now, 100 later",
                "mutants" => ">= 1000",
                "mutants_killed" => ">= 97 now, 99 later",
                _ => "",
            };
            line(name, value, &format!("{unit} (recorded by {by})"), target);
        }
    }
}
