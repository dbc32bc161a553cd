// SPDX-License-Identifier: MIT OR Apache-2.0
//! Figures of random programs: how many run in a second, and how many it takes until a planted fault shows.

use std::time::Instant;

use super::{ROUNDS, line, median};
use crate::lockstep::chain::Chain;
use crate::lockstep::{Options, Run};
use crate::machines::Machine;
use crate::regress::work::BATCH;

/// Programs of a round of `random_rate`.
const RANDOM: u64 = 640;
/// Programs after which a planted fault counts as not found.
const PATIENCE: u64 = 2_048;

fn programs<M: Machine>(first: u64) -> Vec<M::Scenario> {
    (first..first + BATCH).map(M::random).collect()
}

/// Random programs in lockstep as `avm regress` runs them, drawing and building included, on one core: how many of
/// 500 retired bytecodes a second, without the RTL's assertions (as `lockstep_ratio`) and with them.
pub fn rate<M: Machine>() {
    let round = |round: u64, assertions: bool| {
        let (start, mut retired) = (Instant::now(), 0);
        for first in (0..RANDOM).step_by(BATCH as usize) {
            let programs = programs::<M>(round * RANDOM + first);
            let mut run = Run::new(Chain::<M>::new(&programs), Options { assertions, ..Options::default() });
            assert!(run.to_end().is_none(), "random programs agree");
            retired += run.calls.iter().map(|c| c.retired).sum::<u64>();
        }
        retired as f64 / 500.0 / start.elapsed().as_secs_f64()
    };
    let (bare, asserted): (Vec<_>, Vec<_>) = (0..ROUNDS as u64).map(|r| (round(r, false), round(r, true))).unzip();
    line("random_rate", format!("{:.0}", median(bare)), "programs of 500 bytecodes/s and core, in lockstep", ">= 1150");
    line("random_rate_asserted", format!("{:.0}", median(asserted)), "the same with the RTL's assertions", "");
}

/// Random programs until a planted fault shows, without the RTL's assertions.
pub fn faults<M: Machine>() {
    let until = |number: u8| {
        (0..PATIENCE).step_by(BATCH as usize).find_map(|first| {
            let programs = programs::<M>(first);
            let mut run = Run::new(
                Chain::<M>::new(&programs),
                Options { fault: number, assertions: false, ..Options::default() },
            );
            run.to_end()?;
            Some(first + run.session.ran() as u64)
        })
    };
    let needed: Vec<_> = (1..=M::FAULTS.len() as u8).map(until).collect();
    let missed: Vec<_> = M::FAULTS.iter().zip(&needed).filter(|(_, n)| n.is_none()).map(|(f, _)| f.name).collect();
    let found: Vec<f64> = needed.iter().flatten().map(|n| *n as f64).collect();
    let all = M::FAULTS.len();
    line(
        "random_faults",
        found.len(),
        &format!("of {all} planted faults, in {PATIENCE} random programs {}", missed.join(" ")),
        &all.to_string(),
    );
    line("random_faults_median", median(found), "random programs until a planted fault shows", "");
}
