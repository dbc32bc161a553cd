// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small source, rewritten: its text, that it compiles, and how each of its mutants behaves.

use std::fs;
use std::process::Command;

use super::*;

const SOURCE: &str = "
/// Not changed: constants, patterns, macros, what is no hardware.
const LIMIT: u32 = 5;

pub struct Counter {
    pub count: u32,
    pub book: u32,
}

impl Counter {
    pub const fn masked(self) -> u32 {
        self.count & 7
    }

    pub fn clock(&mut self, up: bool) {
        self.book = 1;
        if up && self.count < LIMIT {
            self.count += 1;
        }
        match self.count {
            2 if !up => self.clear(),
            _ => {}
        }
    }

    pub fn clear(&mut self) {
        self.count = 0;
    }
}
";

/// What each mutant changes, and the counts of a run with it (see `MAIN`).
const MUTANTS: &[(&str, [u32; 4])] = &[
    ("7 -> 3", [1, 2, 0, 1]),
    ("self.count & 7 -> self.count | 7", [7, 7, 7, 7]),
    ("self.count < LIMIT -> self.count <= LIMIT", [1, 2, 0, 6]),
    ("up && self.count < LIMIT -> up || self.count < LIMIT", [1, 2, 3, 1]),
    ("1 -> 2", [2, 4, 4, 6]),
    ("self.count += 1 -> nothing", [0, 0, 0, 0]),
    ("self.count += 1 -> self.count -= 1", [7, 7, 7, 7]),
    ("if up && self.count < LIMIT -> if !(up && self.count < LIMIT)", [0, 0, 1, 1]),
    ("!up -> up", [1, 0, 0, 0]),
    ("0 -> 1", [1, 2, 1, 5]),
    ("self.count = 0 -> nothing", [1, 2, 2, 5]),
];

const UNCHANGED: [u32; 4] = [1, 2, 0, 5];

/// Up, up, down, then up until it is at its end: the counts after each.
const MAIN: &str = "
fn main() {
    mutant::arm();
    let mut c = Counter { count: 0, book: 0 };
    let mut see = |ups: &[bool]| {
        for up in ups {
            c.clock(*up);
        }
        print!(\"{} \", Counter { ..Counter { count: c.count, book: 0 } }.masked());
    };
    see(&[true]);
    see(&[true]);
    see(&[false]);
    see(&[true; 6]);
}
";

#[test]
fn every_change_is_listed_with_its_place() {
    let rewritten = rewrite("core/counter.rs", SOURCE, 40).expect("Rust");
    let changes: Vec<&str> = rewritten.mutants.iter().map(|m| m.change.as_str()).collect();
    assert_eq!(changes, MUTANTS.iter().map(|(change, _)| *change).collect::<Vec<_>>());
    let first = &rewritten.mutants[0];
    assert_eq!((first.line, first.column, first.text.as_str()), (12, 22, "self.count & 7"));
    let numbers = (41..).take(MUTANTS.len()).map(Switch::Point);
    assert!(rewritten.mutants.iter().map(|m| m.switch.clone()).eq(numbers));
    // The text: a function that is constant no more, a part that is changed inside one that is not.
    let text: String = rewritten.text.split_whitespace().collect();
    let masked = "pubfnmasked(self)->u32{(ifcrate::mutant::is(42u32){(self.count)|(7)}else{\
        self.count&(ifcrate::mutant::is(41u32){3}else{7})})}";
    assert!(text.contains(masked), "{}", rewritten.text);
    assert!(text.contains("constLIMIT:u32=5;") && text.contains("self.book=1;"), "{}", rewritten.text);
}

#[test]
fn what_is_not_judged_stays() {
    let source = "fn pattern() -> u32 { 1 + 2 }\nfn why() -> Spent { if true { Spent::A } else { Spent::B } }\n";
    assert!(rewrite("core/mod.rs", source, 0).expect("Rust").mutants.is_empty());
    assert_eq!(rewrite("core/other.rs", source, 0).expect("Rust").mutants.len(), 3);
    assert!(rewrite("core/other.rs", "fn f( {", 0).is_err());
}

#[test]
fn each_mutant_compiles_and_behaves_as_it_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let (source, binary) = (folder.path().join("main.rs"), folder.path().join("main"));
    let rewritten = rewrite("core/counter.rs", SOURCE, 0).expect("Rust");
    fs::write(folder.path().join("mutant.rs"), include_str!("../../runtime/mutant.rs")).expect("written");
    fs::write(&source, format!("#![allow(warnings)]\nmod mutant;\n{}{MAIN}", rewritten.text)).expect("written");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let built = Command::new(rustc)
        .args(["--edition", "2024", "-C", "overflow-checks=off", "-o"])
        .arg(&binary)
        .arg(&source)
        .output();
    let built = built.expect("rustc starts");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let run = |mutant: usize| -> Vec<u32> {
        let out = Command::new(&binary).env("AVM_MUTANT", mutant.to_string()).output().expect("starts").stdout;
        String::from_utf8_lossy(&out).split_whitespace().map(|n| n.parse().expect("a number")).collect()
    };
    assert_eq!(run(0), UNCHANGED);
    for (i, (change, counts)) in MUTANTS.iter().enumerate() {
        assert_eq!(run(i + 1), counts, "{change}");
        assert_ne!(*counts, UNCHANGED, "{change}");
    }
}
