// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm replay`: a failure folder on this build.

use std::path::Path;

use super::Failure;
use crate::machines::Machine;
use crate::names::Shown;
use crate::shrink::folder::Folder;
use crate::shrink::judge::{self, ENDLESS, Failed};

/// Clocks after which a program that ended otherwise is said to have no end.
const CLOCKS: u64 = 20_000_000;

/// Runs what a folder holds as it was run; how it fails, if it does.
fn run<M: Machine>(folder: &Folder<M>) -> Option<Failed> {
    run_as(folder, &folder.scenario)
}

/// Runs a scenario as what a folder holds was run.
pub(super) fn run_as<M: Machine>(folder: &Folder<M>, scenario: &M::Scenario) -> Option<Failed> {
    let clocks = match folder.signature.as_str() {
        ENDLESS => folder.cycle,
        _ => CLOCKS.max(folder.cycle.saturating_mul(2)),
    };
    judge::run::<M>(scenario, folder.options, clocks)
}

/// `avm replay`.
pub fn replay<M: Machine>(path: &Path) -> Result<(), Failure> {
    let folder = Folder::<M>::load(path)?;
    let failed = run(&folder);
    let name = path.shown();
    let field = |signature: &str| signature.split(':').nth(1).unwrap_or("").to_string();
    let Some(failed) = failed else {
        say!("{name}: gone\n  was  {} at cycle {}: {}", folder.signature, folder.cycle, folder.summary);
        return Ok(());
    };
    if failed.signature() == folder.signature {
        let at = match failed.cycle() {
            cycle if cycle == folder.cycle => format!("at cycle {cycle}"),
            cycle => format!("at cycle {cycle} (was {})", folder.cycle),
        };
        say!("{name}: reproduced, {} {at}", folder.signature);
        return Err(Failure::Unexpected);
    }
    let line = |said: &str, signature: &str, cycle: u64, summary: &str| {
        say!("  {said}  {signature} at cycle {cycle}, field {}: {summary}", field(signature));
    };
    say!("{name}: different");
    line("was", &folder.signature, folder.cycle, &folder.summary);
    let summary = match &failed {
        Failed::Differs(report, _) => report.summary.clone(),
        Failed::Endless(clocks) => format!("not over after {clocks} clocks"),
    };
    line("now", failed.signature(), failed.cycle(), &summary);
    Err(Failure::Unexpected)
}
