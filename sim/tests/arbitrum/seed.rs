// SPDX-License-Identifier: MIT OR Apache-2.0
//! `docs/arbitrum/seed.md`: every sentence of the seed is there, in order; every row names modules that exist, and tests that
//! exist or a reason.

use std::fs;
use std::path::{Path, PathBuf};

const SENTENCES: usize = 81;
const DECISIONS: usize = 38;
/// Of the sentences, in order: see [`digest`]. The seed itself is not in the repository.
const DIGEST: u64 = 0x9685_85ee_de40_592f;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    fs::read_to_string(root().join("docs/arbitrum/seed.md")).expect("the page")
}

/// Rows of three cells: sentences, then decisions.
fn rows(page: &str) -> Vec<[&str; 3]> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
        .filter(|line| !["the seed |", "decision |", "--- |"].iter().any(|head| line.starts_with(head)))
        .map(|line| {
            let cells: Vec<&str> = line.split(" | ").collect();
            cells.try_into().unwrap_or_else(|_| panic!("three cells: {line}"))
        })
        .collect()
}

/// FNV-1a of the lines.
fn digest<'a>(lines: impl Iterator<Item = &'a str>) -> u64 {
    let bytes = lines.flat_map(|l| l.bytes().chain([b'\n']));
    bytes.fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn no_row_is_missing() {
    let page = page();
    let rows = rows(&page);
    assert_eq!(rows.len(), SENTENCES + DECISIONS);
    let found = digest(rows[..SENTENCES].iter().map(|r| r[0]));
    assert_eq!(found, DIGEST, "a sentence is not quoted as it is, or not in its place: {found:#018x}");
    for (i, row) in rows[SENTENCES..].iter().enumerate() {
        assert!(row[0].ends_with(&format!("</a>A{}", i + 1)), "{}", row[0]);
    }
    let rules = fs::read_to_string(root().join("docs/arbitrum/rules.md")).expect("the rules");
    let decided = rules.lines().filter(|l| l.starts_with("| A")).count();
    assert_eq!(decided, DECISIONS, "the rules page has others");
}

#[test]
fn the_sentences_are_all_of_the_seed() {
    let path = root().join("../shared/seeds/arbitrum-vm.md");
    let Ok(seed) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let text = seed.splitn(3, "---\n").nth(2).expect("a head");
    let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let body =
        text.lines().filter(|l| !l.trim().starts_with("![") && !l.starts_with('#')).map(squeeze).collect::<String>();
    let page = page();
    let quoted = rows(&page)[..SENTENCES].iter().map(|r| squeeze(r[0])).collect::<String>();
    assert!(quoted == body, "the page does not quote the whole seed");
}

#[test]
fn modules_and_tests_exist() {
    let page = page();
    let target = |name: &str| {
        page.lines()
            .find_map(|l| l.strip_prefix(&format!("[{name}]: ")))
            .unwrap_or_else(|| panic!("[{name}] is not defined"))
    };
    for [first, place, shown] in rows(&page) {
        let names: Vec<&str> = place.split('[').skip(1).filter_map(|part| part.split(']').next()).collect();
        assert!(!names.is_empty(), "no module: {first}");
        for name in names {
            let to = target(name);
            let there = to.starts_with("#a") || root().join("docs/arbitrum").join(to).is_file();
            assert!(there, "[{name}]: {to} does not exist");
        }
        let spans: Vec<&str> = shown.split('`').skip(1).step_by(2).filter(|s| s.contains(": ")).collect();
        assert!(!spans.is_empty() || shown.starts_with("reason"), "shown by nothing: {first}");
        for span in spans {
            let (file, tests) = span.split_once(": ").expect("a file");
            let text = fs::read_to_string(root().join("sim/tests/arbitrum").join(file))
                .unwrap_or_else(|e| panic!("{file}: {e}"));
            for test in tests.split(", ") {
                assert!(text.contains(&format!("#[test]\nfn {test}()")), "{file} has no test `{test}`");
            }
        }
    }
}
