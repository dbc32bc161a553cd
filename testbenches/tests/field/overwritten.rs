// SPDX-License-Identifier: MIT OR Apache-2.0
//! No output takes the place of what is read, or of another output: that is refused before anything is written.

use std::fs;

use super::folders;
use crate::support::{avm, tree};

/// Calls `avm` in a folder with a program, its image, two scenarios and a profile: refused, and all is as before.
fn refused(command: &str, says: &str) {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    let run = |source: &str| format!("machine = \"arbitrum\"\nsource = \"{source}\"\n\n[[run]]\nname = \"r\"\n");
    for (name, text) in [
        ("u.avm", ".include \"a/m.avm\"\n".into()),
        ("i.inc", ".const one = 1\n".into()),
        ("v.avma", ".include \"i.inc\"\n  push one  halt\n".into()),
        ("v.toml", run("v.avma")),
        ("w.avma", "  push 2  halt\n".into()),
        ("w.toml", run("w.avma")),
    ] {
        fs::write(at.join(name), text).expect("written");
    }
    assert_eq!(avm(at, &["asm", "a/m.avm", "-o", "a/m.avmi"]).code, 0);
    fs::copy(at.join("a/m.avm"), at.join("source.avmi")).expect("copied");
    fs::copy(at.join("a/sum.toml"), at.join("a/other.toml")).expect("copied");
    fs::write(at.join("before.json"), avm(at, &["profile", "--json", "a/sum.toml"]).out).expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink("sum.toml", at.join("a/link")).expect("made");
    let before = tree(at);
    let called = avm(at, &command.split(' ').collect::<Vec<_>>());
    assert_eq!((called.code, called.out.as_str()), (2, ""), "{command}: {called:?}");
    assert!(called.err.contains(says) && called.err.lines().count() == 1, "{command}: {called:?}");
    assert!(!called.err.contains(".writing-"), "{command}: {called:?}");
    assert_eq!(tree(at), before, "{command}");
}

#[test]
fn no_output_is_an_input() {
    for command in [
        "asm a/m.avm -o a/m.avm",
        "asm a/m.avm -o a/../a/m.avm",
        "asm source.avmi",
        "disasm a/m.avmi -o a/m.avmi",
        "cosim --konata a/sum.toml a/sum.toml",
        "cosim --konata a/m.avm a/sum.toml",
        "profile a --html a/m.avm",
        "profile a/sum.toml --konata a/sum.toml",
        "profile before.json --flame before.json",
        "profile a/sum.toml --against before.json --perfetto before.json",
        "regress --no-store --junit a/m.avm a",
        "regress --no-store --html a/sum.toml a",
        "regress --store a/m.avm a",
        "asm u.avm -o a/m.avm",
        "asm v.avma -o i.inc",
        "prove v.toml --step 0 -o v.avma",
        "prove v.toml --step 0 -o i.inc",
        "prove v.toml --claims -o i.inc",
        "bisect v.toml w.toml -o i.inc",
        "bisect v.toml w.toml -o w.avma",
    ] {
        refused(command, "the output is a file that this command reads");
    }
    #[cfg(unix)]
    refused("cosim --konata a/link a/sum.toml", "the output is a file that this command reads");
    // The option took the first scenario for its own file.
    refused("regress --no-store --html a/other.toml a/sum.toml", "that is a scenario, which --html would overwrite");
    refused("cosim --konata a/other.toml a/sum.toml", "that is a scenario, which --konata would overwrite");
}

#[test]
fn no_two_outputs_are_one_file() {
    for (command, says) in [
        ("regress --no-store --junit r --html r --json r a", "--junit and --html name the same file"),
        ("regress --no-store --json - --junit - a", "--junit and --json name the same file"),
        ("regress --no-store --cover a/../r --html r a", "--html and --cover name the same file"),
        ("regress --store r --html r a", "--html and --store name the same file"),
        ("profile --flame r --html ./r a", "--flame and --html name the same file"),
    ] {
        refused(command, says);
    }
}

#[test]
fn every_output_needs_its_folder() {
    for command in [
        "asm a/m.avm -o none/x",
        "disasm a/m.avmi -o none/x",
        "cosim --konata none/x a/sum.toml",
        "profile --html none/x a",
        "profile --perfetto none/x a/sum.toml",
        "regress --no-store --junit none/x a",
    ] {
        refused(command, "none/x: error: cannot write: no such folder: none");
    }
}

#[cfg(unix)]
#[test]
fn devices_take_several() {
    let folder = folders(&["a"], &[]);
    let sinks = ["--junit", "/dev/null", "--html", "/dev/null", "--json", "/dev/null"];
    let called = avm(folder.path(), &[&["regress", "--no-store", "a"][..], &sinks].concat());
    assert_eq!(called.code, 0, "{called:?}");
}
