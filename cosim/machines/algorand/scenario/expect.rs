// SPDX-License-Identifier: MIT OR Apache-2.0
//! What must come out of a call, compared with what did.

use std::collections::BTreeSet;

use avm_sim::algorand::exception::{CODE_CROSSED, Cause, Outcome};
use avm_sim::algorand::world::{Effects, PageId, World};

use crate::lockstep::PageReport;

/// What must come out of a call; `None` is not checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expect {
    /// Outcome kind and value.
    pub outcome: Option<ExpectOutcome>,
    /// Fuel used.
    pub fuel_used: Option<i64>,
    /// Cycles of the core.
    pub cycles: Option<u64>,
    /// Exactly the touched pages (D33).
    pub touched: Option<BTreeSet<PageId>>,
    /// Exactly the written pages (D33).
    pub written: Option<BTreeSet<PageId>>,
    /// Most entries that the undo log had at once.
    pub log: Option<u32>,
    /// Pages of the world after the call; without contents: absent ones.
    pub pages: Vec<(PageId, Option<Vec<u8>>)>,
}

/// Expected outcome; an inner `None` leaves the value open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectOutcome {
    /// Normal completion; `Some(None)`: no value may be returned.
    Returned(Option<Option<u64>>),
    /// An exception with this code.
    Exception(Option<u64>),
    /// Out of fuel.
    OutOfFuel,
    /// Something outside the access list.
    Rejected,
    /// A limit of the hardware.
    Capacity,
}

/// What came out of a call.
#[derive(Clone, Copy, Debug)]
pub struct CallResult<'a> {
    /// How it ended.
    pub outcome: Outcome,
    /// Fuel used.
    pub fuel_used: i64,
    /// What it did to the heap.
    pub effects: &'a Effects,
    /// The world after the call.
    pub world: &'a World,
}

impl Expect {
    /// What differs from the expectation, in words; empty if nothing does. `cycles`: of a core, if there is one.
    pub fn missed(&self, result: &CallResult, cycles: Option<u64>) -> Vec<String> {
        let outcome = self.outcome.filter(|e| !e.admits(result.outcome));
        let outcome = outcome.map(|e| format!("outcome: expected {e}, got {}", outcome_text(result.outcome)));
        let cycles = self.cycles.zip(cycles);
        let scalars = [
            outcome,
            differs("fuel used", self.fuel_used, result.fuel_used),
            cycles.and_then(|(expected, got)| differs("cycles", Some(expected), got)),
            pages_differ("touched", self.touched.as_ref(), result.effects.touched.iter()),
            pages_differ("written", self.written.as_ref(), result.effects.written.keys()),
            differs("log", self.log, result.effects.log_high),
        ];
        let pages = self.pages.iter().filter_map(|(id, expected)| {
            contents_differ(*id, expected.as_deref(), result.world.pages.get(id).map(Vec::as_slice))
        });
        scalars.into_iter().flatten().chain(pages).collect()
    }
}

fn differs<T: PartialEq + std::fmt::Display>(what: &str, expected: Option<T>, got: T) -> Option<String> {
    let expected = expected.filter(|e| *e != got)?;
    Some(format!("{what}: expected {expected}, got {got}"))
}

fn pages_differ<'a>(
    what: &str,
    expected: Option<&BTreeSet<PageId>>,
    got: impl Iterator<Item = &'a PageId>,
) -> Option<String> {
    let text = |pages: &BTreeSet<PageId>| match pages.is_empty() {
        true => "none".into(),
        false => pages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
    };
    let got = got.copied().collect();
    let expected = expected.filter(|e| **e != got)?;
    Some(format!("{what}: expected {}, got {}", text(expected), text(&got)))
}

/// The size if it differs, else the first cell that does.
fn contents_differ(id: PageId, expected: Option<&[u8]>, got: Option<&[u8]>) -> Option<String> {
    let size = |page: Option<&[u8]>| page.map_or_else(|| "absent".into(), |bytes| format!("{} bytes", bytes.len()));
    let (Some(e), Some(g)) = (expected, got) else {
        return (expected != got).then(|| format!("page {id}: expected {}, got {}", size(expected), size(got)));
    };
    if e.len() != g.len() {
        return Some(format!("page {id}: expected {}, got {}", size(expected), size(got)));
    }
    let at = e.iter().zip(g).position(|(a, b)| a != b)? / 8 * 8;
    let cell = |page: &[u8]| page[at..].iter().take(8).rev().fold(0_u64, |v, b| v << 8 | u64::from(*b));
    Some(format!("page {id} at {at}: expected {:#x}, got {:#x}", cell(e), cell(g)))
}

impl ExpectOutcome {
    fn admits(self, outcome: Outcome) -> bool {
        match (self, outcome) {
            (ExpectOutcome::Returned(e), Outcome::Returned(v)) => e.is_none_or(|e| e == v),
            (ExpectOutcome::Exception(e), Outcome::Exception(c)) => e.is_none_or(|e| e == c),
            (ExpectOutcome::OutOfFuel, Outcome::OutOfFuel)
            | (ExpectOutcome::Rejected, Outcome::Rejected)
            | (ExpectOutcome::Capacity, Outcome::Capacity) => true,
            _ => false,
        }
    }
}

impl std::fmt::Display for ExpectOutcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            ExpectOutcome::Returned(None) => write!(f, "a return"),
            ExpectOutcome::Exception(None) => write!(f, "an exception"),
            ExpectOutcome::Returned(Some(v)) => f.write_str(&outcome_text(Outcome::Returned(v))),
            ExpectOutcome::Exception(Some(c)) => f.write_str(&outcome_text(Outcome::Exception(c))),
            ExpectOutcome::OutOfFuel => f.write_str(&outcome_text(Outcome::OutOfFuel)),
            ExpectOutcome::Rejected => f.write_str(&outcome_text(Outcome::Rejected)),
            ExpectOutcome::Capacity => f.write_str(&outcome_text(Outcome::Capacity)),
        }
    }
}

/// An outcome in words.
pub fn outcome_text(outcome: Outcome) -> String {
    match outcome {
        Outcome::Returned(None) => "returned, no value".into(),
        Outcome::Returned(Some(v)) if (v as i64) < 0 => format!("returned {v:#x} ({})", v as i64),
        Outcome::Returned(Some(v)) => format!("returned {v} ({v:#x})"),
        Outcome::Exception(code) => {
            let low = code & !(1 << 63 | CODE_CROSSED);
            let cause = Cause::ALL.iter().find(|c| code >> 63 == 1 && **c as u64 == low);
            let crossed = if code & CODE_CROSSED == 0 { ", raised by the host's invocation" } else { "" };
            match cause {
                Some(c) => format!("exception {} ({code:#x}{crossed})", c.name()),
                None => format!("exception, thrown {low} ({code:#x})"),
            }
        }
        Outcome::OutOfFuel => "out of fuel".into(),
        Outcome::Rejected => "rejected".into(),
        Outcome::Capacity => "capacity".into(),
    }
}

/// What a call did to the heap, for tables.
pub fn page_report(effects: &Effects) -> PageReport {
    PageReport {
        touched: effects.touched.iter().map(ToString::to_string).collect(),
        written: effects.written.keys().map(ToString::to_string).collect(),
        log: effects.log_high,
    }
}
