// SPDX-License-Identifier: MIT OR Apache-2.0
//! Faults from the field: what people met who used the tool where its authors had not. Each is one of a kind; the right
//! answer is kept here.

mod interrupted;
mod junit;
mod messages;
mod names;
mod outputs;
mod overwritten;
mod places;
mod shown;
mod tools;

use std::fs;
use std::path::Path;

use crate::support::{avm, temporary};

/// A program of one method, which returns a sum.
const SUM: &str = ".method m public\n    const_64 0xffffffff\n    const_8 1\n    iadd\n    ireturn\n";

/// A scenario of `source` that expects a value.
fn sum(source: &str, value: &str) -> String {
    let call = "[[call]]\nmethod = \"m\"\nfuel = 100\n";
    format!(
        "machine = \"algorand\"\n[[app]]\nid = 7\nsource = {source}\n{call}expect = {{ outcome = \"returned\", value = {value} }}\n"
    )
}

/// A folder with [`SUM`] and a scenario of it in each of these folders; only the values of `wrong` ones are not.
fn folders(names: &[&str], wrong: &[&str]) -> tempfile::TempDir {
    let folder = temporary();
    for name in names {
        let at = folder.path().join(name);
        fs::create_dir_all(&at).expect("made");
        fs::write(at.join("m.avm"), SUM).expect("written");
        let value = if wrong.contains(name) { format!("{}", name.len() + 1) } else { "\"0x1_0000_0000\"".into() };
        fs::write(at.join("sum.toml"), sum("\"m.avm\"", &value)).expect("written");
    }
    folder
}

/// Failure folders below `folder`, by name; nothing else is there.
fn failures(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder.join("failures")).expect("there").map(|e| e.expect("an entry"));
    let mut names: Vec<_> = entries.map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert!(!names.iter().any(|n| n.starts_with('.')), "left behind: {names:?}");
    names
}

#[test]
fn the_program_of_these_tests_is_right() {
    let folder = folders(&["a"], &[]);
    let called = avm(folder.path(), &["cosim", "a"]);
    assert_eq!(called.code, 0, "{called:?}");
}
