// SPDX-License-Identifier: MIT OR Apache-2.0
//! What came of a campaign, in text: a line for each module and each tier, the figure, and what survived.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::judge::{END, PROBE, RETIRE};
use super::results::{Category, Row};

/// Counts of some mutants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub mutants: usize,
    /// Killed, by way.
    pub killed: [usize; 3],
    /// Cannot be told from the original.
    pub equivalent: usize,
    /// Not observable, for a written reason.
    pub marked: usize,
    /// Only clocks differ.
    pub timing: usize,
    /// Only the probe sees a difference, clocks are the same.
    pub internal: usize,
    /// Nothing sees a difference.
    pub silent: usize,
}

impl Counts {
    /// Of these rows.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Row>) -> Counts {
        let mut counts = Counts::default();
        for row in rows {
            counts.mutants += 1;
            for (way, kill) in row.judged.kills.iter().enumerate() {
                counts.killed[way] += usize::from(kill.is_some());
            }
            match row.category {
                Category::Killed => {}
                Category::Equivalent => counts.equivalent += 1,
                Category::Marked(_) => counts.marked += 1,
                Category::Timing => counts.timing += 1,
                Category::Internal => counts.internal += 1,
                Category::Silent => counts.silent += 1,
            }
        }
        counts
    }

    /// Those that are shown, or said, to be the same to a program: equivalent and marked ones.
    fn excused(&self) -> usize {
        self.equivalent + self.marked
    }

    /// `mutants_killed`: by retirements, in per cent of the observable ones, which those whose clocks alone differ are
    /// not.
    pub fn figure(&self) -> f64 {
        percent(self.killed[RETIRE], self.mutants - self.excused() - self.timing)
    }

    /// The same with those whose clocks alone differ counted as observable.
    pub fn strict(&self) -> f64 {
        percent(self.killed[RETIRE], self.mutants - self.excused())
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 100.0 } else { 100.0 * part as f64 / whole as f64 }
}

/// Module names without instances, so that variants of one are one line.
fn plain(module: &str) -> &str {
    module.split(':').next().unwrap_or(module)
}

/// The summary.
pub fn summary(rows: &[Row], tiers: &[String]) -> String {
    let mut by_module: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|r| by_module.entry(plain(&r.mutant.module)).or_default().push(r));
    let mut out = String::new();
    let heads = ["mutants", "probe", "retire", "end", "equal", "marked", "timing", "internal", "silent", "of obs."];
    let _ = writeln!(out, "{:<14}{}", "module", heads.map(|h| format!("{h:>9}")).concat());
    for (module, rows) in &by_module {
        let _ = writeln!(out, "{}", line(module, &Counts::of(rows.iter().copied())));
    }
    let all = Counts::of(rows);
    let _ = writeln!(out, "{}\n", line("all", &all));
    let _ = writeln!(out, "{:<26}{:>9}{:>9}{:>9}", "killed first in", "probe", "retire", "end");
    for tier in tiers {
        let in_tier = |way: usize| {
            let kills = rows.iter().filter_map(|r| r.judged.kills[way].as_ref());
            percent(kills.filter(|k| k.tier == *tier).count(), rows.len())
        };
        let [probe, retire, end] = [PROBE, RETIRE, END].map(in_tier);
        let _ = writeln!(out, "{tier:<26}{probe:>8.1}%{retire:>8.1}%{end:>8.1}%");
    }
    let _ = writeln!(out, "\nmutants_killed\t{:.1}\t%\t>= 97\tof the observable ones, by retirements", all.figure());
    let _ = writeln!(out, "with those that change only clocks counted as observable\t{:.1}\t%", all.strict());
    out
}

/// What is kept in the repository for `avm figures`: name, value, unit.
pub fn figures(rows: &[Row]) -> String {
    let all = Counts::of(rows);
    let mut out = String::from("# make mutants-rtl writes this file.\n");
    let _ = writeln!(out, "mutants\t{}\tof the RTL", all.mutants);
    let _ = writeln!(out, "mutants_killed\t{:.1}\t% of the observable ones, by retirements", all.figure());
    let _ =
        writeln!(out, "mutants_killed_probe\t{:.1}\t% of all, by the probe", percent(all.killed[PROBE], all.mutants));
    let _ =
        writeln!(out, "mutants_killed_end\t{:.1}\t% of all, by ends of calls", percent(all.killed[END], all.mutants));
    out
}

fn line(name: &str, c: &Counts) -> String {
    let share = |n: usize| format!("{:>8.1}%", percent(n, c.mutants));
    let killed = c.killed.map(share).concat();
    let rest = [c.equivalent, c.marked, c.timing, c.internal, c.silent].map(|n| format!("{n:>9}")).concat();
    format!("{name:<14}{:>9}{killed}{rest}{:>8.1}%", c.mutants, c.figure())
}

/// Mutants that no retirement kills and that count: a line each, by place.
pub fn survivors(rows: &[Row]) -> String {
    let counts = |r: &&Row| matches!(r.category, Category::Timing | Category::Internal | Category::Silent);
    let mut left: Vec<_> = rows.iter().filter(counts).collect();
    left.sort_by_key(|r| (r.category.name(), r.mutant.module.clone(), r.mutant.source.clone(), r.mutant.number));
    let text = |r: &&Row| {
        let m = &r.mutant;
        format!("{:<9} {} {}: {}: {}\n", r.category.name(), m.module, m.number, m.source, m.what())
    };
    left.iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::Mutant;
    use crate::mutants::judge::{Judged, Kill};

    #[test]
    fn the_figure_leaves_out_what_no_program_can_see() {
        let kill = || Some(Kill { tier: "units".into(), scenario: "a".into() });
        let row = |retire: bool, probe: bool, clocks: bool| {
            let kills = [probe.then(kill).flatten(), retire.then(kill).flatten(), None];
            Row::new(Mutant::new("alu", 1, "mutate -mode inv"), Judged { kills, other_clocks: clocks })
        };
        let mut rows =
            vec![row(true, true, false), row(false, true, true), row(false, true, false), row(false, false, false)];
        rows[3].category = Category::Equivalent;
        let counts = Counts::of(&rows);
        assert_eq!((counts.mutants, counts.timing, counts.internal, counts.equivalent), (4, 1, 1, 1));
        assert!((counts.figure() - 50.0).abs() < 1e-9, "one of two: {}", counts.figure());
        assert!((counts.strict() - 100.0 / 3.0).abs() < 1e-9, "one of three: {}", counts.strict());
        assert_eq!(survivors(&rows).lines().count(), 2);
        assert!(summary(&rows, &["units".into()]).contains("mutants_killed\t50.0\t%"));
        assert!(figures(&rows).contains("\nmutants_killed\t50.0\t%"));
    }
}
