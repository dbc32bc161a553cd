// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutants of the RTL: is what judges the core able to see that it is wrong? (`docs/mutants.md`)
//!
//! | file | |
//! | --- | --- |
//! | `yosys` | the tool |
//! | `prepare` | the modules as Yosys sees them, and the list of mutants of each |
//! | `netlist` | which signals somebody reads |
//! | `doctor` | text edits of the Verilog that Yosys writes |
//! | `build` | a batch of mutants as a shared object |
//! | `group` | scenarios that share a core |
//! | `work` | the scenarios that mutants are tried on, in tiers |
//! | `driven` | the RTL with a host that listens to it alone |
//! | `judge` | one mutant: three ways to kill it |
//! | `miter` | survivors that no input can tell from the original |
//! | `marks` | survivors that are not observable, with a reason each |
//! | `kept` | what runs before have found out |
//! | `results` | one row for each mutant, as a table in a file |
//! | `report` | the summary |
//! | `campaign` | all of it in order, resumable |

pub mod build;
pub mod campaign;
pub mod doctor;
pub mod driven;
pub mod group;
pub mod judge;
pub mod kept;
pub mod marks;
pub mod miter;
pub mod netlist;
pub mod prepare;
pub mod report;
pub mod results;
pub mod work;
pub mod yosys;

use std::sync::atomic::{AtomicUsize, Ordering};

pub use crate::rtl::object::Trouble;
pub use crate::rtl::verilate::digest;

/// A mutant: one bit of one port of one cell inverted or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Module, as in reports.
    pub module: String,
    /// Number in its module, from 1.
    pub number: usize,
    /// Yosys's command for it.
    pub line: String,
    /// File and line of the source: the narrowest place that Yosys names.
    pub source: String,
}

impl Mutant {
    /// From a line of `mutate -list`.
    pub fn new(module: &str, number: usize, line: &str) -> Mutant {
        Mutant { module: module.into(), number, line: line.into(), source: narrowest(places(line)) }
    }

    /// As reports name it.
    pub fn name(&self) -> String {
        format!("{} {}", self.module, self.number)
    }

    /// What the mutation does, shortly: mode, signal or port.
    pub fn what(&self) -> String {
        let word = |option| word(&self.line, option).unwrap_or("?");
        let bit = |name: &str, bit: &str| format!("{name}[{bit}]");
        let port = format!("{} of {}", bit(word("-port"), word("-portbit")), word("-cell"));
        let control = self.line.contains("-ctrlbit").then(|| format!(" (by bit {})", word("-ctrlbit")));
        let wire = self.line.contains("-wire ").then(|| format!(", {}", bit(word("-wire"), word("-wirebit"))));
        format!("{}{} {port}{}", word("-mode"), control.unwrap_or_default(), wire.unwrap_or_default())
    }
}

/// The word after an option in a line of Yosys.
pub fn word<'a>(line: &'a str, option: &str) -> Option<&'a str> {
    let mut words = line.split_whitespace();
    words.find(|w| *w == option)?;
    words.next()
}

/// The places `-src file:line.column-line.column` in a line of Yosys.
fn places(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split_whitespace();
    words.clone().zip(words.skip(1)).filter(|(option, _)| *option == "-src").map(|(_, place)| place)
}

/// File and line of the place that spans the fewest lines, of several the last; empty if none names a line.
fn narrowest<'a>(places: impl IntoIterator<Item = &'a str>) -> String {
    let mut best: Option<(usize, String)> = None;
    for (file, span) in places.into_iter().filter_map(|p| p.rsplit_once(':')) {
        let lines: Vec<usize> = span.split('-').filter_map(|p| p.split('.').next()?.parse().ok()).collect();
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else { continue };
        let span = last.saturating_sub(*first);
        if *first > 0 && best.as_ref().is_none_or(|(s, _)| span <= *s) {
            best = Some((span, format!("{file}:{first}")));
        }
    }
    best.map_or_else(String::new, |(_, place)| place)
}

/// Does something with each item on `jobs` threads; the results in the order of the items.
pub fn parallel<T: Sync, R: Send>(jobs: usize, items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let one_thread = || {
        let mut done = Vec::new();
        loop {
            let i = next.fetch_add(1, Ordering::Relaxed);
            match items.get(i) {
                None => break done,
                Some(item) => done.push((i, work(item))),
            }
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..jobs.clamp(1, items.len().max(1))).map(|_| scope.spawn(one_thread)).collect();
        let ended = threads.into_iter().map(|t| t.join().unwrap_or_else(|e| std::panic::resume_unwind(e)));
        ended.flatten().collect()
    });
    all.sort_by_key(|(i, _)| *i);
    all.into_iter().map(|(_, r)| r).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "mutate -mode cnot0 -module alu -cell $eq$rtl/a.sv:5$1 -port B -portbit 7 -ctrlbit 3 -wire right -wirebit 7 \
                        -src rtl/a.sv:0.0-0.0 -src rtl/a.sv:64.7-93.14 -src rtl/a.sv:72.3-72.9";

    #[test]
    fn a_line_says_what_and_where() {
        let mutant = Mutant::new("alu", 1, LINE);
        assert_eq!(mutant.source, "rtl/a.sv:72");
        assert_eq!(mutant.what(), "cnot0 (by bit 3) B[7] of $eq$rtl/a.sv:5$1, right[7]");
    }

    #[test]
    fn results_come_in_order() {
        assert_eq!(parallel(3, &[1, 2, 3, 4, 5], |n| n * n), [1, 4, 9, 16, 25]);
        assert!(parallel(2, &[] as &[u8], |n| *n).is_empty());
    }
}
