// SPDX-License-Identifier: MIT OR Apache-2.0
//! Figures of failure folders after long runs: snapshots against a rerun from reset.

use std::time::Instant;

use super::{ROUNDS, line, median};
use crate::failure::{self, Request};
use crate::lockstep::snapshot::{self, Snapshot, Snapshots};
use crate::lockstep::{Options, Run};
use crate::machines::{Loaded, Machine};
use crate::names::Shown;
use crate::rtl::object::Trouble;

/// From a mismatch after ten million cycles to the written failure folder, with the snapshots that the run took and,
/// beside it, made again from reset; and what taking them costs.
pub fn seconds<M: Machine>(scenario: &M::Scenario, fault: &str) -> Result<(), Trouble> {
    let options = Options { fault: M::fault(fault).unwrap_or_default(), ..Options::default() };
    let root = tempfile::tempdir().map_err(|e| Trouble::Tool(format!("no temporary folder: {e}")))?;
    let unwritten = |e| Trouble::Tool(format!("cannot write a failure folder in {}: {e}", root.path().shown()));
    let make = || M::session(scenario);
    let mut run = Run::new(make(), options);
    let mut snapshots = Snapshots::default();
    let start = Instant::now();
    let divergence = snapshots.to_end(&mut run);
    let whole = start.elapsed().as_secs_f64();
    let Some(divergence) = divergence.filter(|d| d.cycle > 10_000_000) else {
        return Err(Trouble::Tool(format!("{} does not fail after ten million cycles", scenario.name())));
    };
    let samples = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        std::hint::black_box(Snapshot::of(&run));
        start.elapsed().as_secs_f64()
    });
    let taken = (divergence.cycle / snapshot::EVERY) as f64;
    let each = median(samples.collect());
    let share = 100.0 * taken * each / whole;
    let name = scenario.path().shown();
    let request = Request { scenario: &name, replay: String::new(), copies: Vec::new(), root: root.path() };
    let start = Instant::now();
    failure::write_long(run, snapshots, make, &divergence, &request).map_err(unwritten)?;
    let long = start.elapsed().as_secs_f64();
    let start = Instant::now();
    failure::write(make, options, &divergence, &request).map_err(unwritten)?;
    let reset = start.elapsed().as_secs_f64();
    let unit = format!("s, mismatch after {:.1} million cycles to written window", divergence.cycle as f64 / 1e6);
    line("window_seconds", format!("{long:.2}"), &unit, "< 2");
    line("window_seconds_rerun", format!("{reset:.2}"), "s, the same from reset", "");
    line("snapshot_ms", format!("{:.2}", 1e3 * each), &format!("ms each, {share:.3} % of the run"), "");
    Ok(())
}
