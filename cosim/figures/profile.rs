// SPDX-License-Identifier: MIT OR Apache-2.0
//! The figure of profiles: whether their sums are the RTL's. Lockstep compares what each cycle is spent on, clock by clock
//! ([`crate::lockstep::account`]); here the sums that a profile prints are made a second time, from the RTL's registers
//! alone.

use std::collections::BTreeMap;
use std::ops::Range;

use avm_sim::trace::Core as _;

use super::line;
use crate::lockstep::account::Account;
use crate::lockstep::{Options, Run, Session};
use crate::machines::Machine;
use crate::profile::{Causes, END, START, take};

/// Cycles by opcode and cause.
type Sums = BTreeMap<&'static str, Causes>;

/// Prints how many scenarios have other sums in the RTL than in their profile, `files` and random programs of `seeds`.
///
/// # Errors
/// In words: a profile could not be taken.
pub fn sums<'a, M: Machine>(
    mut files: impl Iterator<Item = &'a M::Scenario>,
    mut seeds: Range<u64>,
) -> Result<(), String> {
    let (mut scenarios, mut differing, mut cycles) = (0, 0, 0);
    let mut count = |scenario: &M::Scenario| {
        let (same, of) = compare::<M, <M::Session<'_> as Session>::Account>(scenario)?;
        (scenarios, differing, cycles) = (scenarios + 1, differing + u64::from(!same), cycles + of);
        Ok::<(), String>(())
    };
    files.try_for_each(&mut count)?;
    let random = seeds.end - seeds.start;
    seeds.try_for_each(|seed| count(&M::random(seed)))?;
    let of = format!("of {scenarios} scenarios, {random} of them random programs");
    let what = format!("whose cycles by opcode and cause are others in the RTL ({cycles} cycles)");
    line("profile_sums", differing, &format!("{of}, {what}"), "0");
    Ok(())
}

/// Whether a scenario's profile adds up, by opcode and cause, to what `A` reads off the RTL's registers, and its cycles.
///
/// # Errors
/// In words: the profile could not be taken.
pub fn compare<M: Machine, A: Account>(scenario: &M::Scenario) -> Result<(bool, u64), String> {
    let profile = take::<M>(std::slice::from_ref(scenario), |_| ())?.profile;
    let Some(rtl) = of_rtl::<M, A>(scenario) else { return Ok((false, profile.cycles)) };
    let rows = profile.opcodes.iter().filter(|o| !o.causes.is_empty());
    let same = rows.map(|o| (o.name.as_str(), &o.causes)).collect::<BTreeMap<_, _>>()
        == rtl.iter().map(|(name, causes)| (*name, causes)).collect();
    Ok((same, profile.cycles))
}

/// An instruction's row, and what was spent on it.
type Row = (&'static str, Causes);

fn add(sums: &mut Sums, (name, causes): Row) {
    let sum = sums.entry(name).or_default();
    causes.into_iter().for_each(|(cause, n)| *sum.entry(cause).or_default() += n);
}

/// Cycles by opcode and cause, from the RTL's registers; `None` if lockstep finds that the two sides differ.
fn of_rtl<M: Machine, A: Account>(scenario: &M::Scenario) -> Option<Sums> {
    let mut run = Run::new(M::session(scenario), Options::default());
    let (mut account, mut words) = (A::default(), vec![0; run.layout.words()]);
    // What was spent before the first instruction of a call, on the one that has retired last, and on the next one.
    let (mut sums, mut last, mut held, mut ended) = (Sums::new(), None::<Row>, Causes::new(), 0);
    while !run.session.finished() {
        if run.clock().is_some() {
            return None;
        }
        let dut = run.dut.as_ref()?;
        if let Some(spent) = account.clock(&dut.registers()) {
            // The next one is in the last stage: the one before is over.
            if !spent.empty {
                last.take().into_iter().for_each(|row| add(&mut sums, row));
            }
            let to = if spent.empty { &mut last.get_or_insert((START, Causes::new())).1 } else { &mut held };
            *to.entry(M::Core::CAUSES[usize::from(spent.cause)].into()).or_default() += 1;
            dut.probe(&mut words);
            if let Some(retire) = M::Session::retired(&run.layout, &words) {
                let name = M::COVER.rows[(M::COVER.row)(&retire)];
                last.replace((name, std::mem::take(&mut held))).into_iter().for_each(|row| add(&mut sums, row));
            }
        }
        if run.calls.len() > ended {
            ended = run.calls.len();
            // The last one ends with the call; what the last stage held behind it belongs to none that retired.
            last.take().into_iter().for_each(|row| add(&mut sums, row));
            add(&mut sums, (END, std::mem::take(&mut held)));
        }
    }
    sums.retain(|_, causes| !causes.is_empty());
    Some(sums)
}
