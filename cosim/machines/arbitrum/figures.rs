// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine's figures.

use std::path::Path;

use super::Room;
use super::scenario::Scenario;
use crate::figures::{self, diverges, line, modelled, profile, random};
use crate::lockstep::CallFigures;
use crate::machines::{Loaded as _, Machine as _};
use crate::rtl::object::Trouble;
use crate::scenario::expand;

/// Random programs that run in lockstep.
const RANDOM: u64 = 2_000;

/// Measures and prints everything, or only the speeds.
pub(super) fn print(folder: &Path, speeds_only: bool) -> Result<(), Trouble> {
    let load = |sub: &str| -> Result<Vec<Scenario>, Trouble> {
        Ok(expand(&[folder.join(sub)])?.iter().map(|p| Scenario::load(p)).collect::<Result<_, _>>()?)
    };
    let programs = load("programs")?;
    if !speeds_only {
        let units = load("units")?;
        let missed = programs.iter().chain(&units).filter(|s| diverges::<Room>(s)).count();
        line("mismatches", missed, "", "0");
        let missed = (0..RANDOM).map(Room::random).filter(diverges::<Room>).count();
        line("mismatches_random", missed, &format!("of {RANDOM} random programs"), "0");
        profile::sums::<Room>(programs.iter().chain(&units), 0..RANDOM).map_err(Trouble::Tool)?;
        figures::faults::<Room>(folder)?;
        figures::shrinking::<Room>(folder)?;
        rates(&programs);
    }
    figures::speeds::<Room>(&programs)?;
    random::rate::<Room>();
    Ok(())
}

/// Instructions per cycle.
fn rates(programs: &[Scenario]) {
    let mut all = Vec::new();
    for s in programs {
        let calls = modelled::<Room>(s);
        let sum = |f: &dyn Fn(&CallFigures) -> u64| calls.iter().map(f).sum::<u64>() as f64;
        let ipc = sum(&|c| c.retired) / sum(&|c| c.cycles);
        line(&format!("ipc_{}", s.name()), format!("{ipc:.3}"), "instructions/cycle", "");
        all.push(ipc.ln());
    }
    let mean = (all.iter().sum::<f64>() / all.len() as f64).exp();
    line("ipc", format!("{mean:.3}"), "instructions/cycle, geometric mean", ">= 0.6");
}
