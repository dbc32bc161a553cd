// SPDX-License-Identifier: MIT OR Apache-2.0
//! The project's figures, measured here and now, one per line: name, value, unit, target. What can be measured of any
//! machine is here; which of it is, and what else, a machine says in its room.
//!
//! Speeds are ratios of runs made side by side in this process, interleaved, median of [`ROUNDS`]. Every
//! side replays the stimulus of the same programs, so all execute the same cycles.

pub mod profile;
pub mod random;
pub mod window;

use std::path::Path;
use std::time::Instant;

use crate::failure::planted;
use crate::input::InputError;
use crate::lockstep::stimulus::Stimulus;
use crate::lockstep::{CallFigures, Options, Run};
use crate::machines::Machine;
use crate::rtl::object::{self, Trouble};
use crate::shrink;

/// Interleaved measurements of which the median counts.
const ROUNDS: usize = 9;

/// Prints a figure.
pub fn line(name: &str, value: impl std::fmt::Display, unit: &str, target: &str) {
    say!("{name}\t{value}\t{unit}\t{target}");
}

/// Whether the descriptions disagree, or an expectation is missed.
pub fn diverges<M: Machine>(s: &M::Scenario) -> bool {
    let mut run = Run::new(M::session(s), Options::default());
    let divergence = run.to_end();
    divergence.is_some() || run.calls.iter().any(|c| !c.end.missed.is_empty())
}

/// The planted faults that lockstep reports otherwise than listed, in scenarios below `folder`.
///
/// # Errors
/// A scenario is not right.
pub fn faults<M: Machine>(folder: &Path) -> Result<(), InputError> {
    let found = planted::plant_all::<M>(folder)?;
    line("faults", found.len(), "planted", ">= 12");
    line("faults_missed", found.iter().filter(|f| !f.as_listed).count(), "", "0");
    Ok(())
}

/// Size to which the failures of the planted faults shrink.
///
/// # Errors
/// A scenario is not right, or does not fail.
pub fn shrinking<M: Machine>(folder: &Path) -> Result<(), InputError> {
    let size = |f| shrink::planted::<M>(f, folder).map(|s| s.after.instructions as f64);
    let sizes: Result<Vec<f64>, _> = M::FAULTS.iter().map(size).collect();
    line("shrunk_median", median(sizes?), "instructions, over the planted faults", "<= 10");
    Ok(())
}

/// Nanoseconds for one round of `work` over all programs.
fn time<M: Machine>(stimuli: &[Stimulus<'_, M>], work: impl Fn(&Stimulus<'_, M>)) -> f64 {
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
///
/// # Errors
/// The RTL cannot be built as it is without lockstep.
pub fn speeds<M: Machine>(programs: &[M::Scenario]) -> Result<(), Trouble> {
    let plain = object::plain(M::RTL, Path::new(object::KEPT))?;
    let stimuli: Vec<_> = programs.iter().map(Stimulus::<M>::record).collect();
    let cycles: f64 = stimuli.iter().map(|s| s.cycles() as f64).sum();
    let mut rounds: [Vec<f64>; 8] = Default::default();
    for _ in 0..ROUNDS {
        let sample = [
            time(&stimuli, |s| s.rtl(Some(plain))),
            time(&stimuli, |s| s.model(false)),
            time(&stimuli, |s| s.model(true)),
            time(&stimuli, |s| s.interpreter()),
            time(&stimuli, |s| s.lockstep(false)),
            time(&stimuli, |s| s.lockstep(true)),
            time(&stimuli, |s| s.rtl(None)),
            time(&stimuli, |s| s.uncounted()),
        ];
        rounds.iter_mut().zip(sample).for_each(|(r, t)| r.push(t / cycles));
    }
    let ratio = |a: usize, b: usize| median(rounds[a].iter().zip(&rounds[b]).map(|(x, y)| x / y).collect());
    let ns = |a: usize| median(rounds[a].clone());
    line("lockstep_ratio", format!("{:.2}", ratio(5, 0)), "lockstep / RTL of which nothing is kept for it", "<= 1.6");
    line("lockstep_ratio_kept", format!("{:.2}", ratio(5, 6)), "lockstep / RTL with its registers kept", "");
    line("model_speedup", format!("{:.2}", ratio(0, 1)), "model / RTL", ">= 3 now, 5 later");
    line("rtl_mcycles", format!("{:.2}", 1e3 / ns(0)), "Mcycles/s", ">= 3.3");
    line("ns_rtl", format!("{:.0}", ns(0)), "ns/cycle", "");
    line("ns_rtl_kept", format!("{:.0}", ns(6)), "ns/cycle, with registers kept", "");
    line("ns_model", format!("{:.0}", ns(1)), "ns/cycle", "");
    line("ns_pack", format!("{:.0}", ns(2) - ns(1)), "ns/cycle", "");
    line("ns_interpreter", format!("{:.0}", ns(3)), "ns/cycle", "");
    line("ns_compare", format!("{:.0}", ns(4) - ns(6) - ns(1)), "ns/cycle, host and mirrors included", "");
    line("ns_lockstep", format!("{:.0}", ns(5)), "ns/cycle", "");
    let cost = 100.0 * (ratio(5, 7) - 1.0);
    line("profile_check", format!("{cost:.2}"), "% of lockstep, to compare what cycles are spent on", "<= 2");
    Ok(())
}

/// The calls of a scenario on the model alone.
pub fn modelled<M: Machine>(scenario: &M::Scenario) -> Vec<CallFigures> {
    let options = Options { rtl: false, reference: false, mirrors: false, ..Options::default() };
    let mut run = Run::new(M::session(scenario), options);
    run.to_end();
    run.calls
}

/// Figures of `make synth` and `make mutants-rtl`, which take too long to be measured here.
pub fn recorded(file: &Path, by: &str) {
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
