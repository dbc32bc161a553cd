// SPDX-License-Identifier: MIT OR Apache-2.0
//! Mutants that are not observable by retirements, each with a reason: a file that people write.
//!
//! Four columns, separated by tabs: module, source (`file:line`, or `*`), words that all occur in Yosys's line for the
//! mutant (or `*`), reason. `#` begins a comment. A mark that fits a killed mutant is wrong, and an error.

use std::path::{Path, PathBuf};

use super::Trouble;
use super::results::{Category, Row};
use crate::input::Input;
use crate::names::Shown;

/// A line of the file.
#[derive(Clone, Debug)]
struct Mark {
    line: usize,
    module: String,
    source: String,
    words: Vec<String>,
    reason: String,
}

/// The file.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    path: PathBuf,
    marks: Vec<Mark>,
}

impl Marks {
    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or a line has no four columns.
    pub fn read(path: &Path) -> Result<Marks, Trouble> {
        let input = Input::read(path)?;
        let mut marks = Vec::new();
        for (number, line) in input.text().lines().enumerate() {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let columns: Vec<_> = line.split('\t').map(str::trim).collect();
            let [module, source, words, reason] = columns[..] else {
                return Err(wrong(path, number + 1, "needs module, source, words and reason, separated by tabs"));
            };
            if reason.is_empty() || (source == "*" && words == "*") {
                return Err(wrong(path, number + 1, "needs a reason, and a source or words that say which mutants"));
            }
            marks.push(Mark {
                line: number + 1,
                module: module.into(),
                source: source.into(),
                words: words.split_whitespace().filter(|w| *w != "*").map(String::from).collect(),
                reason: reason.into(),
            });
        }
        Ok(Marks { path: path.into(), marks })
    }

    /// Marks the rows that a line fits.
    ///
    /// # Errors
    /// A line fits a mutant that a retirement killed.
    pub fn apply(&self, rows: &mut [Row]) -> Result<(), Trouble> {
        for row in rows.iter_mut() {
            let Some(mark) = self.marks.iter().find(|m| m.fits(row)) else { continue };
            if row.category == Category::Killed {
                let mutant = &row.mutant;
                let text = format!("says not observable, but mutant {} of {} was killed", mutant.number, mutant.module);
                return Err(wrong(&self.path, mark.line, &text));
            }
            row.category = Category::Marked(mark.reason.clone());
        }
        Ok(())
    }

    /// Lines that fit none of the rows, where rows of their module are there.
    pub fn unused(&self, rows: &[Row]) -> Vec<String> {
        let of_module = |m: &&Mark| rows.iter().any(|r| r.mutant.module == m.module);
        let unused = self.marks.iter().filter(of_module).filter(|m| !rows.iter().any(|r| m.fits(r)));
        unused.map(|m| format!("{}:{}", self.path.shown(), m.line)).collect()
    }
}

impl Mark {
    fn fits(&self, row: &Row) -> bool {
        let line: Vec<&str> = row.mutant.line.split_whitespace().collect();
        // Words in a row, so that `-port A -portbit 3` means what it says.
        let words = || line.windows(self.words.len()).any(|w| w.iter().zip(&self.words).all(|(a, b)| a == b));
        self.module == row.mutant.module
            && (self.source == "*" || self.source == row.mutant.source)
            && (self.words.is_empty() || words())
    }
}

fn wrong(path: &Path, line: usize, what: &str) -> Trouble {
    Trouble::input(format!("{}:{line}:1: error: {what}", path.shown()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::Mutant;
    use crate::mutants::judge::{Judged, Kill};

    fn marks(text: &str) -> Result<Marks, Trouble> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("marks.tsv");
        std::fs::write(&path, text).expect("written");
        Marks::read(&path)
    }

    fn row(port: &str, killed: bool) -> Row {
        let line = format!("mutate -mode const1 -cell x -port {port} -portbit 3 -src rtl/a.sv:5.1-5.2");
        let kill = || killed.then(|| Kill { tier: "units".into(), scenario: "a".into() });
        Row::new(Mutant::new("alu", 1, &line), Judged { kills: [None, kill(), None], other_clocks: false })
    }

    #[test]
    fn a_mark_fits_what_it_names_and_no_killed_mutant() {
        let list = marks("# why\nalu\trtl/a.sv:5\t-port A -portbit 3\tidle\n").expect("right");
        let mut rows = [row("A", false), row("B", true)];
        list.apply(&mut rows).expect("no killed one");
        assert_eq!(rows[0].category, Category::Marked("idle".into()));
        assert_eq!(rows[1].category, Category::Killed);
        assert!(list.unused(&rows).is_empty());
        let said = list.apply(&mut [row("A", true)]).expect_err("killed").to_string();
        assert!(said.contains(":2:1: error:") && said.contains("was killed"), "{said}");
        assert_eq!(list.unused(&rows[1..]).len(), 1);
    }

    #[test]
    fn a_line_that_says_too_little_is_refused() {
        for bad in ["alu\trtl/a.sv:5\t*\n", "alu\t*\t*\tall of it\n", "alu\trtl/a.sv:5\t*\t\n"] {
            assert!(marks(bad).is_err(), "{bad}");
        }
    }
}
