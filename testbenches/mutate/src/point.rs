// SPDX-License-Identifier: MIT OR Apache-2.0
//! A mutant: where it is and what it changes.

/// What makes a mutant active.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switch {
    /// A point of the core model, by number.
    Point(u32),
    /// A cell of a table: what is changed, and in what.
    Cell(&'static str, String),
}

/// One mutant.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// What makes it active.
    pub switch: Switch,
    /// File in the repository.
    pub file: String,
    /// Function, or table.
    pub function: String,
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// The line's text.
    pub text: String,
    /// What is changed, `old -> new`, with a number if that is done several times in such lines of a function; for a
    /// cell `fuel+ iadd`.
    pub change: String,
}

impl Mutant {
    /// `file:line:column`.
    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.file, self.line, self.column)
    }
}
