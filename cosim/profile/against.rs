// SPDX-License-Identifier: MIT OR Apache-2.0
//! Two profiles: what got slower, by opcode and by cause.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Value, json};

use super::Profile;

/// Something that both may have, with its cycles and how often there was it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
struct Cost {
    /// Of a cause nobody counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    cycles: u64,
}

/// A row of the comparison: cycles before and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Opcode or cause.
    pub name: String,
    before: Cost,
    now: Cost,
}

impl Change {
    /// Cycles more than before.
    pub fn more(&self) -> i128 {
        i128::from(self.now.cycles) - i128::from(self.before.cycles)
    }
}

/// A profile against an earlier one.
#[derive(Clone, Debug)]
pub struct Comparison {
    before: u64,
    now: u64,
    /// By cause, those that grew most first.
    pub causes: Vec<Change>,
    /// By opcode, likewise.
    pub opcodes: Vec<Change>,
}

impl Comparison {
    /// `now` against `before`.
    pub fn new(now: &Profile, before: &Profile) -> Comparison {
        let causes = |p: &Profile| -> BTreeMap<String, Cost> {
            p.causes.iter().map(|(name, n)| (name.clone(), Cost { count: None, cycles: *n })).collect()
        };
        let opcodes = |p: &Profile| -> BTreeMap<String, Cost> {
            p.opcodes.iter().map(|o| (o.name.clone(), Cost { count: Some(o.count), cycles: o.cycles })).collect()
        };
        Comparison {
            before: before.cycles,
            now: now.cycles,
            causes: changes(&causes(before), &causes(now)),
            opcodes: changes(&opcodes(before), &opcodes(now)),
        }
    }

    /// Cycles more than before, in percent of before.
    pub fn percent(&self) -> f64 {
        100.0 * (self.now as f64 - self.before as f64) / self.before.max(1) as f64
    }

    /// All of it for other programs: cycles before, now, growth in percent, and what changed.
    pub fn json(&self) -> Value {
        let row = |c: &Change| json!({ "name": c.name, "before": c.before, "now": c.now, "more": c.more() as i64 });
        let rows = |changes: &[Change]| changes.iter().map(row).collect::<Vec<_>>();
        json!({
            "cycles": { "before": self.before, "now": self.now, "percent": self.percent() },
            "causes": rows(&self.causes),
            "opcodes": rows(&self.opcodes),
        })
    }

    /// The tables, of what changed.
    pub fn text(&self, top: usize) -> String {
        let mut s = format!("cycles: {} before, {} now, {:+.2} %\n", self.before, self.now, self.percent());
        for (title, changes, counted) in [("cause", &self.causes, false), ("opcode", &self.opcodes, true)] {
            if changes.is_empty() {
                continue;
            }
            let counts = if counted { format!(" {:>12} {:>12}", "count before", "now") } else { String::new() };
            let _ = writeln!(s, "\n{title:<24} {:>12} {:>12} {:>12}{counts}", "before", "now", "more");
            for c in changes.iter().take(top) {
                let counts = if counted {
                    format!(" {:>12} {:>12}", c.before.count.unwrap_or(0), c.now.count.unwrap_or(0))
                } else {
                    String::new()
                };
                let (before, now, more) = (c.before.cycles, c.now.cycles, c.more());
                let _ = writeln!(s, "{:<24} {before:>12} {now:>12} {more:>+12}{counts}", c.name);
            }
            if changes.len() > top {
                let _ = writeln!(s, "... and {} more; --top N prints more of them", changes.len() - top);
            }
        }
        s
    }
}

/// What differs, the largest growth first.
fn changes(before: &BTreeMap<String, Cost>, now: &BTreeMap<String, Cost>) -> Vec<Change> {
    let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    let of = |all: &BTreeMap<String, Cost>, name: &String| all.get(name).copied().unwrap_or_default();
    let change = |name: &String| Change { name: name.clone(), before: of(before, name), now: of(now, name) };
    let mut changes: Vec<_> = names.into_iter().map(change).filter(|c| c.before != c.now).collect();
    changes.sort_by_key(|c| std::cmp::Reverse(c.more()));
    changes
}
