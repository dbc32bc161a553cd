// SPDX-License-Identifier: MIT OR Apache-2.0
//! `docs/ledger/seed.md`: no sentence is missing, every module and every test that it names exists. And the table of attacks
//! in `docs/ledger/blocks.md`: each has its test.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Sentences of the seed from "Implementation" on; rows of its table of blocks are four of them.
const SENTENCES: usize = 47;
/// FNV-1a of them, in order. The seed itself is not in the repository.
const DIGEST: u64 = 0xcdcd_4c01_e8f4_c32b;

fn docs() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/ledger")
}

fn page(name: &str) -> String {
    fs::read_to_string(docs().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Cells of the tables' rows, heads left out. `\|` is no end of a cell.
fn rows(page: &str, head: &str) -> Vec<Vec<String>> {
    let rows = page.lines().filter_map(|l| l.strip_prefix("| ")?.strip_suffix(" |"));
    let rows = rows.filter(|row| !row.starts_with(head) && !row.starts_with("---"));
    rows.map(|row| row.split(" | ").map(str::to_string).collect()).collect()
}

fn digest<'a>(lines: impl Iterator<Item = &'a str>) -> u64 {
    let bytes = lines.flat_map(|l| l.bytes().chain([b'\n']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn no_sentence_is_missing() {
    let page = page("seed.md");
    let rows = rows(&page, "the seed");
    assert_eq!(rows.len(), SENTENCES);
    let found = digest(rows.iter().map(|row| row[0].as_str()));
    assert_eq!(found, DIGEST, "a sentence is not quoted as it is, or not in its place: {found:#018x}");
}

#[test]
fn every_module_exists() {
    let page = page("seed.md");
    let defined: Vec<_> = page.lines().filter_map(|l| l.strip_prefix('[')?.split_once("]: ")).collect();
    for (name, target) in &defined {
        assert!(docs().join(target).is_file(), "[{name}]: {target} does not exist");
    }
    let mut used = BTreeSet::new();
    for row in rows(&page, "the seed") {
        let names = row[1].split('[').skip(1).filter_map(|part| part.split_once(']')).map(|(name, _)| name.to_string());
        let names: Vec<_> = names.collect();
        assert!(!names.is_empty(), "no module: {}", row[0]);
        used.extend(names);
    }
    let defined: BTreeSet<_> = defined.iter().map(|(name, _)| (*name).to_string()).collect();
    assert_eq!(used, defined);
}

/// A test in a file below `tests`.
fn test_exists(file: &str, name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{file}: {e}"));
    // A macro's name counts too.
    assert!(text.contains(&format!("fn {name}(")) || text.contains(&format!("{name},")), "{file} has no test `{name}`");
}

#[test]
fn every_test_exists() {
    for row in rows(&page("seed.md"), "the seed") {
        for span in row[2].split('`').skip(1).step_by(2) {
            let (file, names) = span.split_once(": ").unwrap_or_else(|| panic!("`{span}` names no test"));
            names.split(", ").for_each(|name| test_exists(file, name));
        }
    }
}

#[test]
fn every_attack_has_its_test() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/node/attacks");
    let files = fs::read_dir(folder).unwrap().map(|f| fs::read_to_string(f.unwrap().path()).unwrap());
    let text: String = files.collect();
    let page = page("blocks.md");
    let attacks: Vec<_> = rows(&page, "#").into_iter().filter(|row| row[0].starts_with('N')).collect();
    assert_eq!(attacks.len(), 15);
    for (n, row) in attacks.iter().enumerate() {
        assert_eq!(row[0], format!("N{}", n + 1));
        for name in row[3].split('`').skip(1).step_by(2) {
            assert!(name.starts_with(&format!("n{}_", n + 1)), "{name}");
            assert!(text.contains(&format!("fn {name}(")), "there is no test `{name}`");
        }
    }
}
