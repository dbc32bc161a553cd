// SPDX-License-Identifier: MIT OR Apache-2.0
//! Which mutant is active. This file is part of the mutated tree only.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Number of the active mutation point, 0 if none is.
static POINT: AtomicU32 = AtomicU32::new(0);
static CELL: OnceLock<(String, String)> = OnceLock::new();

/// Whether this mutation point is active.
#[inline(always)]
pub fn is(point: u32) -> bool {
    POINT.load(Ordering::Relaxed) == point
}

/// The active cell of the tables: what is changed, and in what.
pub fn cell() -> Option<(&'static str, &'static str)> {
    CELL.get().map(|(what, of)| (what.as_str(), of.as_str()))
}

/// Reads `AVM_MUTANT`: the number of a point, or a change of a cell such as `fuel+ iadd`. Called once, by `main`.
pub fn arm() {
    let Ok(text) = std::env::var("AVM_MUTANT") else { return };
    if let Ok(point) = text.parse() {
        POINT.store(point, Ordering::Relaxed);
    } else if let Some((what, of)) = text.split_once(' ') {
        CELL.set((what.into(), of.into())).expect("armed once");
    } else if !text.is_empty() {
        panic!("AVM_MUTANT is neither a number nor a cell: {text}");
    }
}
