// SPDX-License-Identifier: MIT OR Apache-2.0
//! What became of all mutants: `mutants.tsv` and the summary.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::Trouble;
use crate::judge::Fate;
use crate::point::{Mutant, Switch};
use crate::unobservable::Entry;

/// A mutant that was judged.
pub struct Judged {
    /// Its number.
    pub number: usize,
    /// The mutant.
    pub mutant: Mutant,
    /// What became of it.
    pub fate: Fate,
}

/// Writes all rows, complete or not at all.
///
/// # Errors
/// The file cannot be written.
pub fn write(path: &Path, rows: &[Judged], list: &[Entry]) -> Result<(), Trouble> {
    let mut text = String::from("number\tplace\tfunction\tline\tchange\tfate\ttier\tsignature\tprogram\treason\n");
    for r in rows {
        let kill = r.fate.kill();
        let (tier, signature) = kill.map_or(("", ""), |k| (k.tier, &k.signature));
        let program = kill.map_or("", |k| &k.program);
        let reason = list.iter().find(|e| e.is_of(&r.mutant)).map_or("", |e| &e.reason);
        let m = &r.mutant;
        let columns = [&m.place(), &m.function, &m.text, &m.change, r.fate.word(), tier, signature, program, reason];
        let _ = writeln!(text, "{}\t{}", r.number, columns.join("\t"));
    }
    let new = path.with_extension("new");
    fs::write(&new, text).and_then(|()| fs::rename(&new, path)).map_err(|e| Trouble::at(path, e))
}

/// Survivors that the list does not explain.
pub fn unexplained<'a>(rows: &'a [Judged], list: &[Entry]) -> Vec<&'a Judged> {
    let survived = rows.iter().filter(|r| r.fate == Fate::Survived);
    survived.filter(|r| !list.iter().any(|e| e.is_of(&r.mutant))).collect()
}

/// What is wrong with the list: entries without a mutant, and of mutants that were killed.
pub fn wrong(rows: &[Judged], all: &[Mutant], list: &[Entry]) -> Vec<(usize, String)> {
    let mut wrong = Vec::new();
    for entry in list {
        if !all.iter().any(|m| entry.is_of(m)) {
            wrong.push((entry.line, "there is no such mutant".into()));
        }
        if let Some(r) = rows.iter().find(|r| entry.is_of(&r.mutant) && r.fate != Fate::Survived) {
            wrong.push((entry.line, format!("mutant {} at {} is seen: {}", r.number, r.mutant.place(), r.fate.word())));
        }
    }
    wrong
}

/// The summary, by kind of mutant.
pub fn summary(rows: &[Judged], list: &[Entry]) -> String {
    let mut s = format!(
        "{:<22} {:>7} {:>7} {:>6} {:>5} {:>7} {:>13} {:>9} {:>9}\n",
        "", "mutants", "killed", "panic", "hang", "timing", "unobservable", "survivors", "killed, %"
    );
    let mut row = |name: &str, of: &dyn Fn(&Mutant) -> bool| {
        let rows: Vec<_> = rows.iter().filter(|r| of(&r.mutant)).collect();
        let count = |word: &str| rows.iter().filter(|r| r.fate.word() == word).count();
        let explained = |r: &&&Judged| r.fate == Fate::Survived && list.iter().any(|e| e.is_of(&r.mutant));
        let unobservable = rows.iter().filter(explained).count();
        let (timing, survived) = (count("timing"), count("survived") - unobservable);
        let dead = count("killed") + count("panic") + count("hang");
        let observable = dead + survived;
        let _ = writeln!(
            s,
            "{name:<22} {:>7} {:>7} {:>6} {:>5} {timing:>7} {unobservable:>13} {survived:>9} {:>9.1}",
            rows.len(),
            count("killed"),
            count("panic"),
            count("hang"),
            100.0 * dead as f64 / observable.max(1) as f64,
        );
    };
    row("core model", &|m| matches!(m.switch, Switch::Point(_)));
    for (name, kinds) in KINDS {
        row(name, &|m| matches!(m.switch, Switch::Cell(what, _) if kinds.contains(&what)));
    }
    s.push_str(&tiers(rows));
    s
}

const KINDS: [(&str, &[&str]); 4] = [
    ("table: fuel", &["fuel+", "base+", "rate+"]),
    ("table: stack effect", &["pops+", "pops-", "pushes+", "pushes-", "results+", "results-"]),
    ("table: exceptions", &["raises", "least+", "least-"]),
    ("table: their column", &["throws-"]),
];

/// What the tiers have killed first.
fn tiers(rows: &[Judged]) -> String {
    let mut s = String::from("\nkilled first by: ");
    let names = ["units", "programs", "random", "interpreter", "model", "coverage"];
    let counts = names.map(|tier| {
        let here = |r: &&Judged| !r.fate.is_left() && r.fate.kill().is_some_and(|k| k.tier == tier);
        format!("{tier} {}", rows.iter().filter(here).count())
    });
    s.push_str(&counts.join(", "));
    s.push('\n');
    s
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Kill;

    fn judged(change: &str, fate: Fate) -> Judged {
        let mutant = Mutant {
            switch: Switch::Point(1),
            file: "a.rs".into(),
            function: "f".into(),
            line: 1,
            column: 1,
            text: "x".into(),
            change: change.into(),
        };
        Judged { number: 1, mutant, fate }
    }

    #[test]
    fn the_list_is_held_against_the_mutants() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("list.tsv");
        fs::write(&path, "a.rs\tf\tx\tlives\tbecause\na.rs\tf\tx\tdies\tbecause\na.rs\tf\tx\tgone\tbecause\n")
            .expect("written");
        let list = crate::unobservable::read(&path).expect("right");
        let kill = Kill { tier: "units", signature: "reference".into(), program: "alu".into() };
        let rows =
            [judged("lives", Fate::Survived), judged("dies", Fate::Killed(kill)), judged("open", Fate::Survived)];
        let all: Vec<Mutant> = rows.iter().map(|r| r.mutant.clone()).collect();
        let lines: Vec<usize> = wrong(&rows, &all, &list).iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3]);
        let open: Vec<&str> = unexplained(&rows, &list).iter().map(|r| r.mutant.change.as_str()).collect();
        assert_eq!(open, ["open"]);
        assert!(summary(&rows, &list).contains("50.0"), "{}", summary(&rows, &list));
    }
}
