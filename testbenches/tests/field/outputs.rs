// SPDX-License-Identifier: MIT OR Apache-2.0
//! What cannot be written is said, and is no reason to panic; what is no regular file is written in place.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use super::folders;
use crate::support::{Called, avm, bench, temporary};

/// Runs a line of a shell, in which `avm` is the built binary.
fn shell(folder: &Path, line: &str) -> Called {
    let line = format!("avm() {{ '{}' \"$@\"; }}\n{line}", env!("CARGO_BIN_EXE_avm"));
    let output = Command::new("bash").args(["-c", &line]).current_dir(folder).output().expect("bash");
    Called {
        code: output.status.code().expect("not ended by a signal"),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

#[test]
fn what_could_not_be_printed_is_an_error() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    assert_eq!(avm(at, &["asm", "a/m.avm", "-o", "m.avmi"]).code, 0);
    let commands = [
        "random 7",
        "random 7 --json",
        "isa",
        "isa --format json",
        "disasm m.avmi",
        "asm a/m.avm",
        "faults",
        "faults --json",
        "run a",
        "sim --json a",
        "cosim a",
        "cosim --json a",
        "regress a --no-store",
        "regress a --no-store --json -",
        "--help",
        "--version",
    ];
    for command in commands {
        let called = shell(at, &format!("avm {command} > /dev/full"));
        assert_eq!(called.code, 3, "{command}: {called:?}");
        assert!(called.err.contains("cannot write standard output: "), "{command}: {called:?}");
        let called = shell(at, &format!("{{ sleep 0.2; avm {command} 2> err; echo $? > code; }} | true; cat code err"));
        assert!(called.out.starts_with("0\n") && !called.out.contains("cannot write"), "{command}: {called:?}");
    }
}

#[test]
fn messages_that_cannot_be_printed_change_nothing() {
    let folder = folders(&["a", "b"], &["b"]);
    for (command, code) in [
        ("cosim a", 0),
        ("cosim --wave 0..20 a", 0),
        ("cosim b", 1),
        ("cosim none.toml", 2),
        ("cosim --nothing", 2),
        ("random 7 --write seven", 0),
        ("regress --seeds 0..3 --no-store", 0),
        ("regress --seeds 0..64 --engine slurm --dir farm --per-job 64 --no-store", 2),
        ("replay a", 2),
    ] {
        let called = shell(folder.path(), &format!("PATH=/usr/bin:/bin avm {command} 2> /dev/full"));
        assert_eq!(called.code, code, "{command}: {called:?}");
    }
}

/// Commands that write a file, and what it holds.
const WRITERS: [(&str, &str); 7] = [
    ("regress a --no-store --junit", "<testsuites"),
    ("regress a --no-store --html", "<!DOCTYPE html>"),
    ("regress a --no-store --json", "\"type\":\"end\""),
    ("regress a --no-store --cover", "\"cells\""),
    ("cosim a/sum.toml --konata", "Kanata"),
    ("asm a/m.avm -o", "AVM"),
    ("disasm m.avmi -o", ".entry"),
];

#[test]
fn links_are_followed() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    assert_eq!(avm(at, &["asm", "a/m.avm", "-o", "m.avmi"]).code, 0);
    for (number, (command, _)) in WRITERS.iter().enumerate() {
        let (link, file) = (format!("link{number}"), format!("file{number}"));
        symlink(&file, at.join(&link)).expect("made");
        for there in [false, true] {
            assert_eq!(at.join(&file).exists(), there);
            let called = shell(at, &format!("avm {command} {link}"));
            assert_eq!(called.code, 0, "{command}: {called:?}");
            assert!(at.join(&link).is_symlink() && at.join(&file).is_file(), "{command}");
        }
    }
}

#[test]
fn pipes_and_devices_are_written_in_place() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    assert_eq!(avm(at, &["asm", "a/m.avm", "-o", "m.avmi"]).code, 0);
    let device = Command::new("mknod").args(["null", "c", "1", "3"]).current_dir(at).status();
    let device = device.is_ok_and(|s| s.success());
    for (command, holds) in WRITERS {
        let called = shell(at, &format!("avm {command} >(cat > got) > said && sleep 0.3 && cat got"));
        assert!(called.code == 0 && called.out.contains(holds), "{command}: {called:?}");
        let called = shell(at, &format!("avm {command} /dev/stdout | cat"));
        assert!(called.out.contains(holds), "{command}: {called:?}");
        let called = shell(at, &format!("avm {command} >(true) > said"));
        assert_eq!(called.code, 0, "a reader that has seen enough: {command}: {called:?}");
        let called = shell(at, &format!("avm {command} /dev/full"));
        assert!(called.code == 3 && called.err.contains("/dev/full: "), "{command}: {called:?}");
        if device {
            assert_eq!(shell(at, &format!("avm {command} null")).code, 0, "{command}");
            let kind = fs::metadata(at.join("null")).expect("there").file_type();
            assert!(kind.is_char_device(), "{command}: the device is gone");
        }
    }
}

#[test]
fn what_is_written_is_for_others_too() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    let mode = |name: &str| fs::metadata(at.join(name)).expect("there").permissions().mode() & 0o777;
    assert_eq!(shell(at, "umask 022; avm asm a/m.avm -o m.avmi").code, 0);
    assert_eq!(mode("m.avmi"), 0o644);
    fs::set_permissions(at.join("m.avmi"), fs::Permissions::from_mode(0o660)).expect("set");
    assert_eq!(shell(at, "umask 022; avm asm a/m.avm -o m.avmi").code, 0);
    assert_eq!(mode("m.avmi"), 0o660);
}

/// No room for the folder of a failure: what failed is known all the same.
#[test]
fn verdicts_come_before_folders() {
    let folder = temporary();
    let at = folder.path();
    fs::write(at.join("file"), "no folder").expect("written");
    let alu = bench("units/alu.toml").display().to_string();
    let fib = bench("programs/fib.toml").display().to_string();
    let called = avm(at, &["cosim", "--fault", "add_carry", "--failures", "file/x", &alu, &fib]);
    assert_eq!(called.code, 3, "{called:?}");
    assert!(called.out.contains("MISMATCH") && called.out.contains("value at cycle"), "{called:?}");
    assert!(called.out.contains("\nfib "), "{called:?}");
    assert!(called.err.contains("cannot write a failure folder in file/x: "), "{called:?}");
    let called = avm(at, &["cosim", "--json", "--fault", "add_carry", "--failures", "file/x", &alu]);
    assert!(called.code == 3 && called.out.contains("\"value:s_tos_q:iadd\""), "{called:?}");
    let called = avm(at, &["regress", "--no-store", "--fault", "add_carry", "--failures", "file/x", &alu]);
    assert!(called.code == 3 && called.out.contains("value:s_tos_q:iadd  1 program"), "{called:?}");
}

/// Files end at some kilobytes, as on a disk that is full: what was found out is printed all the same, each output that
/// is lost is named with the reason, and nothing is left behind.
#[test]
fn what_does_not_fit_is_said_after_the_rest() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    let small = |line: &str| shell(at, &format!("trap '' XFSZ; ulimit -f 40; {line}"));
    let (alu, exchange) = (bench("units/alu.toml"), bench("contracts/exchange.toml"));
    let before = crate::support::tree(at);
    let called = small(&format!("avm profile {} --html p.html --perfetto p.json", exchange.display()));
    assert_eq!(called.code, 3, "{called:?}");
    assert!(called.out.contains("opcode ") && called.out.contains("invoke_external"), "{called:?}");
    for file in ["p.html", "p.json"] {
        assert!(called.err.contains(&format!("{file}: cannot write: File too large")), "{called:?}");
    }
    let called = small(&format!("avm cosim --fault add_carry --failures . {}", alu.display()));
    assert!(called.code == 3 && called.out.contains("MISMATCH"), "{called:?}");
    assert!(called.err.contains("cannot write a failure folder in .: File too large"), "{called:?}");
    assert_eq!(small("ulimit -f 1; avm random 7 --write seven").code, 3);
    assert_eq!(crate::support::tree(at), before, "something is left behind");
    let called = small("ulimit -f 1; avm regress a --store s.sqlite");
    assert!(called.code == 3 && called.err.contains("s.sqlite: error: "), "{called:?}");
}

/// A file that is standard output has it for itself, and begins where that was; so has one that is open by a number.
#[test]
fn a_file_on_standard_output_is_whole() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    assert_eq!(avm(at, &["asm", "a/m.avm", "-o", "m.avmi"]).code, 0);
    let profiles = ["profile a --html", "profile a/sum.toml --perfetto", "profile a --json --flame"];
    for command in WRITERS.into_iter().map(|(command, _)| command).chain(profiles) {
        assert_eq!(shell(at, &format!("avm {command} file > said")).code, 0, "{command}");
        for (name, to) in [("/dev/stdout", "> got"), ("-", "> got"), ("/dev/fd/3", "3> got > said")] {
            let called = shell(at, &format!("(echo first; avm {command} {name}; echo last) {to}"));
            let mut got = fs::read(at.join("got")).expect("written");
            if name == "/dev/fd/3" {
                got = [b"first\n", &got[..], b"last\n"].concat();
            }
            // Times are others.
            let whole = [b"first\n", &fs::read(at.join("file")).expect("written")[..], b"last\n"].concat();
            let same = if command.starts_with("regress") { got.len().abs_diff(whole.len()) < 64 } else { got == whole };
            assert!(same && got.starts_with(b"first\n"), "{command} {name}: {called:?}");
            assert!(!at.join("-").exists());
        }
    }
}

/// Every program runs, whatever came of those before.
#[test]
fn a_planted_fault_does_not_end_a_folder() {
    let folder = folders(&["a", "b", "c"], &[]);
    let called = avm(folder.path(), &["cosim", "--json", "--fault", "add_carry", "a", "b", "c"]);
    assert_eq!(called.code, 1, "{called:?}");
    let rows: serde_json::Value = serde_json::from_str(&called.out).expect("JSON");
    let verdicts: Vec<_> = rows.as_array().expect("rows").iter().map(|r| &r["verdict"]).collect();
    assert_eq!(verdicts, ["MISMATCH"; 3]);
}

#[test]
fn the_size_of_a_window_is_said_and_limited() {
    let folder = temporary();
    let at = folder.path();
    let fib = bench("programs/fib.toml").display().to_string();
    // What is asked for is cut where the run ends.
    let called = avm(at, &["cosim", "--wave", "4200..900000", "--wave-limit", "1", &fib]);
    assert_eq!(called.code, 2, "{called:?}");
    assert!(called.out.contains("match"), "the verdict comes first: {called:?}");
    let (_, size) = called.err.split_once("a window of about ").expect("the size");
    let (size, help) = size.split_once(" MB (name fewer clocks, or allow it with --wave-limit ").expect("the way out");
    assert!(help.starts_with(size), "{called:?}");
    assert!(!at.join("waves").exists());
    assert!(size.parse::<u64>().is_ok_and(|mb| (100..7_000).contains(&mb)), "{called:?}");
    let called = avm(at, &["cosim", "--wave", "4200..7200", "--wave-limit", "24", &fib]);
    assert!(called.code == 0 && called.err.contains("writing a window of about 24 MB"), "{called:?}");
    let bytes = fs::metadata(at.join("waves/fib/window.vcd")).expect("written").len();
    assert!((8_000_000..72_000_000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn the_last_seed_has_its_own_message() {
    let folder = temporary();
    let called = avm(folder.path(), &["regress", "--no-store", "--seeds", "5..18446744073709551615"]);
    assert!(called.code == 2 && called.err.contains("seeds end at 18446744073709551614 at most"), "{called:?}");
}
