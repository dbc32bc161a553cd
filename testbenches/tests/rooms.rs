//! A machine is one room: nothing shared names one. Every folder of `cosim/machines` is a machine; only it, its twins
//! in `sim/src` and `rtl`, and the registry may say its name.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What is shared.
const SHARED: [&str; 4] = ["cosim", "sim/src/trace", "sim/src/units", "rtl/units"];
/// Where the machines are.
const ROOMS: &str = "cosim/machines";
/// Shared files that still name a machine, and in how many lines: counts only become smaller, and a file that names
/// none any more leaves the list.
const STILL: &[(&str, usize)] = &[
    ("cosim/cli/figures.rs", 4),
    ("cosim/cli/figures/random.rs", 2),
    ("cosim/cli/figures/window.rs", 2),
    ("cosim/cli/mod.rs", 7),
    ("cosim/cli/mutants.rs", 2),
    ("cosim/cli/random.rs", 1),
    ("cosim/cli/regress.rs", 4),
    ("cosim/mutants/driven.rs", 1),
    ("cosim/mutants/group.rs", 1),
    ("cosim/mutants/judge.rs", 1),
    ("cosim/mutants/work.rs", 2),
    ("cosim/regress/batch.rs", 3),
    ("cosim/regress/farm/part.rs", 1),
    ("cosim/regress/mod.rs", 1),
    ("cosim/regress/page.rs", 1),
    ("cosim/regress/report.rs", 1),
    ("cosim/regress/store.rs", 1),
    ("cosim/regress/work.rs", 1),
    ("cosim/shrink/folder.rs", 1),
    ("cosim/shrink/judge.rs", 3),
    ("cosim/shrink/mod.rs", 6),
    ("cosim/shrink/search.rs", 1),
];

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
        let text = fs::read_to_string(&path).expect("text").to_lowercase();
        let declared = name == format!("{ROOMS}/mod.rs");
        // Rust wants a folder declared as a module where it lies.
        let declares = |line: &str| declared && machines.iter().any(|m| line == format!("pub mod {m};"));
        let names = |line: &&str| machines.iter().any(|m| line.contains(m.as_str())) && !declares(line);
        let count = text.lines().filter(names).count();
        if count > 0 {
            found.insert(name, count);
        }
    }
    found
}

#[test]
fn nothing_shared_names_a_machine() {
    let found = naming(Path::new(env!("CARGO_MANIFEST_DIR")));
    let still: BTreeMap<String, usize> = STILL.iter().map(|(f, n)| ((*f).to_string(), *n)).collect();
    let more: Vec<_> = found.iter().filter(|(f, n)| still.get(*f).is_none_or(|s| s < n)).collect();
    assert!(more.is_empty(), "these name a machine: {more:?}");
    let stale: Vec<_> = still.iter().filter(|(f, n)| found.get(*f).is_none_or(|now| now < n)).collect();
    assert!(stale.is_empty(), "the list must become shorter, these name it in fewer lines now: {stale:?}, {found:?}");
}
