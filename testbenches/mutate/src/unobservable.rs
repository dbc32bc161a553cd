// SPDX-License-Identifier: MIT OR Apache-2.0
//! The list of mutants that no program can see, with reasons: `unobservable.tsv`.

use std::fs;
use std::path::Path;

use crate::Trouble;
use crate::point::Mutant;

/// A line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Line in the list, from 1.
    pub line: usize,
    file: String,
    function: String,
    text: String,
    change: String,
    /// Why no program can see it.
    pub reason: String,
}

impl Entry {
    /// Whether it is about this mutant. Lines move, so it goes by the line's text.
    pub fn is_of(&self, mutant: &Mutant) -> bool {
        (&self.file, &self.function, &self.text, &self.change)
            == (&mutant.file, &mutant.function, &mutant.text, &mutant.change)
    }
}

/// Reads the list: file, function, text of the line, change and reason, separated by tabs; `#` begins a comment.
///
/// # Errors
/// The file cannot be read, or a line has other columns.
pub fn read(path: &Path) -> Result<Vec<Entry>, Trouble> {
    let text = fs::read_to_string(path).map_err(|e| Trouble::at(path, e))?;
    parse(&text).map_err(|(line, why)| Trouble(format!("{}:{line}: error: {why}", path.display())))
}

fn parse(text: &str) -> Result<Vec<Entry>, (usize, &'static str)> {
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|(line, text)| match text.split('\t').collect::<Vec<_>>()[..] {
            [file, function, text, change, reason] if !reason.trim().is_empty() => {
                let own = str::to_string;
                Ok(Entry {
                    line,
                    file: own(file),
                    function: own(function),
                    text: own(text),
                    change: own(change),
                    reason: own(reason),
                })
            }
            _ => Err((line, "write file, function, text of the line, change and reason, separated by tabs")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::point::Switch;

    #[test]
    fn an_entry_needs_a_reason_and_finds_its_mutant_wherever_the_line_is() {
        assert!(parse("a.rs\tf\tx + 1\tx + 1 -> x - 1\t \n").is_err_and(|(line, _)| line == 1));
        assert!(parse("# comment\n\na.rs\tx + 1\n").is_err_and(|(line, _)| line == 3));
        let list = parse("# comment\na.rs\tf\tlet y = x + 1;\tx + 1 -> x - 1\tx is 0\n").expect("right");
        let mutant = |line, change: &str| Mutant {
            switch: Switch::Point(1),
            file: "a.rs".into(),
            function: "f".into(),
            line,
            column: 9,
            text: "let y = x + 1;".into(),
            change: change.into(),
        };
        assert!(list[0].is_of(&mutant(3, "x + 1 -> x - 1")) && list[0].is_of(&mutant(4, "x + 1 -> x - 1")));
        assert!(!list[0].is_of(&mutant(3, "1 -> 2")));
    }
}
