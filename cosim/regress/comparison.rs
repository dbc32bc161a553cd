// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is different between two runs: made by `store`, shown by reports.

use serde::Serialize;

/// What is different from another run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Comparison {
    /// The other run.
    pub run: i64,
    /// When it began.
    pub started: String,
    /// What it ran, if that was something else.
    pub other_programs: Option<String>,
    /// Signatures that it did not have, with programs.
    pub new: Vec<(String, u64)>,
    /// Signatures that only it had.
    pub gone: Vec<(String, u64)>,
    /// Signatures of both that hit another number of programs: then, now.
    pub changed: Vec<(String, u64, u64)>,
    /// Programs in a second: then, now.
    pub rate: (f64, f64),
    /// Cells covered now and not then.
    pub covered: Vec<String>,
    /// Cells covered then and not now.
    pub uncovered: Vec<String>,
}
