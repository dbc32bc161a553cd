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
    assert!(found.is_empty(), "these name a machine, in so many lines: {found:?}");
}
