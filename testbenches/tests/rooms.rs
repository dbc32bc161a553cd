// SPDX-License-Identifier: MIT OR Apache-2.0
//! A machine is one room: nothing shared names one. Every folder of `cosim/machines` is a machine; only it, its twins
//! in `sim/src` and `rtl`, and the registry may say its name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is shared.
const SHARED: [&str; 4] = ["cosim", "sim/src/trace", "sim/src/units", "rtl/units"];
/// Where the machines are.
const ROOMS: &str = "cosim/machines";

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository").map(|e| e.expect("an entry")) {
        let path = entry.path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

fn machines(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join(ROOMS)).expect("the machines").map(|e| e.expect("an entry"));
    entries.filter(|e| e.path().is_dir()).map(|e| e.file_name().to_string_lossy().into_owned()).collect()
}

/// The words of a line, in small letters: parts of identifiers, which `_` and capitals set apart. So `ring` is in
/// `ring_core` and in `RingCore`, not in `String`.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut small) = (vec![String::new()], false);
    for c in line.chars() {
        if !c.is_ascii_alphanumeric() || (small && c.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric() {
            words.last_mut().expect("there is one").push(c.to_ascii_lowercase());
        }
        small = c.is_ascii_lowercase();
    }
    words
}

/// Whether a line names one of these machines, whose names may be of several words.
fn names(line: &str, machines: &[String]) -> bool {
    let line = words(line);
    machines.iter().any(|m| {
        let name = words(m);
        line.windows(name.len()).any(|part| part == name)
    })
}

/// Lines that name a machine, by file.
fn naming(root: &Path) -> BTreeMap<String, usize> {
    let machines = machines(root);
    assert!(!machines.is_empty(), "no machine in {ROOMS}");
    let mut all = Vec::new();
    SHARED.iter().for_each(|folder| files(&root.join(folder), &mut all));
    let registry = format!("{ROOMS}/registry.rs");
    let mut found = BTreeMap::new();
    for path in all {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
        let own = machines.iter().any(|m| name.starts_with(&format!("{ROOMS}/{m}/")));
        if own || name == registry {
            continue;
        }
        let text = fs::read_to_string(&path).expect("text");
        let declared = name == format!("{ROOMS}/mod.rs");
        // Rust wants a folder declared as a module where it lies.
        let declares = |line: &str| declared && machines.iter().any(|m| line == format!("pub mod {m};"));
        let count = text.lines().filter(|line| names(line, &machines) && !declares(line)).count();
        if count > 0 {
            found.insert(name, count);
        }
    }
    found
}

#[test]
fn nothing_shared_names_a_machine() {
    let found = naming(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert!(found.is_empty(), "these name a machine, in so many lines: {found:?}");
}

#[test]
fn a_name_is_a_word() {
    let machines = ["ring".to_string(), "pdp_11".to_string()];
    for line in
        ["use super::ring;", "let ring_core = 1;", "struct RingCore;", "// The RING's", "\"ring\"", "pdp_11_core"]
    {
        assert!(names(line, &machines), "{line}");
    }
    for line in ["let text = String::new();", "fn during(strings: &str)", "rings()", "a spring"] {
        assert!(!names(line, &machines), "{line}");
    }
}

#[test]
fn a_shared_file_that_names_a_machine_is_found() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, text).expect("written");
    };
    SHARED.iter().for_each(|shared| put(&format!("{shared}/other.rs"), "fn text() -> String"));
    put("cosim/machines/ring/mod.rs", "pub struct Ring;");
    put("cosim/machines/registry.rs", "super::ring::Room");
    put("cosim/machines/mod.rs", "pub mod ring;\npub mod registry;\n");
    assert_eq!(naming(folder.path()), BTreeMap::new());
    put("cosim/cli/mod.rs", "// as the ring does\nlet code = RingCore::new();\n");
    assert_eq!(naming(folder.path()), BTreeMap::from([("cosim/cli/mod.rs".to_string(), 2)]));
}
