// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names: which are taken by the language, and which one was probably meant.

use super::super::isa;
use super::lexer::{Fault, Place, clip};

/// Instructions that stand for several of the machine's: see `layout`.
pub(super) const SHORTHANDS: [&str; 5] = ["push", "goto", "cgoto", "call", "slot"];
/// Words of values.
pub(super) const VALUES: [&str; 4] = ["errcp", "buffer", "keccak", "opcode"];
/// Words that begin a line.
pub(super) const DIRECTIVES: [&str; 8] = [".const", ".static", ".slot", ".op", ".macro", ".repeat", ".end", ".include"];

/// The name is an instruction or a shorthand.
pub(super) fn instruction(name: &str) -> bool {
    isa::by_name(name).is_some() || SHORTHANDS.contains(&name)
}

/// The language has a use of its own for a name.
pub(super) fn reserved(name: &str) -> bool {
    instruction(name) || VALUES.contains(&name) || DIRECTIVES.contains(&name)
}

/// All instructions and shorthands.
pub(super) fn instructions() -> impl Iterator<Item = &'static str> {
    isa::OPS.iter().map(|op| op.name).chain(SHORTHANDS)
}

/// The fault for a name that the language has.
pub(super) fn taken(name: &str, place: Place) -> Fault {
    let what = if instruction(name) { "an instruction" } else { "a word of the language" };
    Fault::new(place, format!("`{}` is {what}", clip(name)), "take another name")
}

/// The fault for a second definition.
pub(super) fn duplicate(name: &str, place: Place, first: Place) -> Fault {
    let message = format!("`{}` is defined a second time", clip(name));
    let help = "rename one of them; labels of a macro start with `.`";
    Fault { first: Some(first), ..Fault::new(place, message, help) }
}

/// The candidate that differs least from `name`, if it differs little. One that is the same is no help: there is a name,
/// but it cannot stand there.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match name.trim_start_matches('.').len() {
        0..=2 => 1,
        3..=5 => 2,
        6..=40 => 3,
        _ => return None,
    };
    let (own, name) = (name, name.to_ascii_lowercase());
    let close = candidates.into_iter().filter(|c| *c != own && c.len().abs_diff(name.len()) <= limit);
    let scored = close.map(|c| (distance(name.as_bytes(), c.to_ascii_lowercase().as_bytes()), c));
    scored.filter(|(d, c)| *d <= limit && *d < c.len()).min().map(|(_, c)| c)
}

/// Edits (insert, remove, replace, exchange neighbours) from one to the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1; b.len() + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            row[j + 1] = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}
