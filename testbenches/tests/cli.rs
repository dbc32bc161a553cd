// SPDX-License-Identifier: MIT OR Apache-2.0
//! The built binary: bad input gives one clear message and the right exit code, and leaves nothing
//! behind; images round-trip; JSON parses; every command has help with an example.

use std::fs;
use std::path::Path;

use crate::support::{Called, avm, bench, files, root, temporary, tree};
use avm_sim::algorand::image::Image;
use serde_json::Value;

/// A scenario of one application with source `m.avm`, and what comes after.
fn scenario(rest: &str) -> String {
    format!("machine = \"algorand\"\n\n[[app]]\nid = 7\nsource = \"m.avm\"\n{rest}")
}

const PROGRAM: &str = ".method m public\n.arg a 8\n    load_64 a\n    ireturn\n";
const CALL: &str = "[[call]]\nmethod = \"m\"\nargs = [5]\nfuel = 100\n";

/// A folder with these files and a right program.
fn folder_with(written: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = temporary();
    fs::write(folder.path().join("m.avm"), PROGRAM).expect("written");
    for (name, bytes) in written {
        fs::write(folder.path().join(name), bytes).expect("written");
    }
    folder
}

/// Calls `avm` on these files: exit code 2, one line that says all of this, the folder as before.
fn refused(written: &[(&str, &[u8])], arguments: &[&str], says: &[&str]) {
    let folder = folder_with(written);
    let before = tree(folder.path());
    let called = avm(folder.path(), arguments);
    assert_eq!(called.code, 2, "{arguments:?}: {called:?}");
    assert_eq!(called.err.trim_end().lines().count(), 1, "{arguments:?}: one message, not\n{}", called.err);
    for part in says {
        assert!(called.err.contains(part), "{arguments:?}: no `{part}` in\n{}", called.err);
    }
    assert!(called.out.is_empty(), "{arguments:?}: {}", called.out);
    assert_eq!(tree(folder.path()), before, "{arguments:?} left something behind");
}

#[test]
fn the_files_of_these_tests_are_right_unaltered() {
    let folder = folder_with(&[("s.toml", scenario(CALL).as_bytes())]);
    assert_eq!(avm(folder.path(), &["asm", "m.avm"]).code, 0);
    for command in ["run", "sim", "cosim"] {
        let called = avm(folder.path(), &[command, "s.toml"]);
        assert_eq!(called.code, 0, "{called:?}");
    }
}

#[test]
fn bad_source() {
    let cases = [
        ("    load_64 a\n    foo 1\n", "bad.avm:4:5: error: ", "`foo`"),
        ("    load_64 65536\n", "bad.avm:3:13: error: ", "65536"),
        ("    load_64 -1\n", "bad.avm:3:13: error: ", "-1"),
        ("    br .nowhere\n", "bad.avm:3:8: error: ", ".nowhere"),
        ("    invoke_internal nobody\n", "bad.avm:3:21: error: ", "nobody"),
        ("    iadd 3\n", "bad.avm:3:", "iadd"),
        ("    load_64\n", "bad.avm:3:5: error: ", "load_64"),
        ("    const 1 +\n", "bad.avm:3:", "error: "),
        (
            "    invoke_native sha265\n",
            "bad.avm:3:19: error: ",
            "native methods are sha256, sha512_256, keccak256, ed25519_verify",
        ),
        ("    const 0x1ffffffffffffffff\n", "bad.avm:3:11: error: ", "does not fit `const`"),
    ];
    for (lines, place, what) in cases {
        let source = format!(".method m public\n.arg a 8\n{lines}");
        let bad = ("bad.avm", source.as_bytes());
        refused(&[bad], &["asm", "bad.avm"], &[place, what]);
        // Over an image that exists: the old one stays.
        refused(&[bad, ("old.avmi", b"old")], &["asm", "bad.avm", "-o", "old.avmi"], &[place, what]);
        // The same from a scenario.
        let s = scenario(CALL).replace("m.avm", "bad.avm");
        for command in ["run", "sim", "cosim"] {
            refused(&[bad, ("s.toml", s.as_bytes())], &[command, "s.toml"], &[place, what]);
        }
    }
    refused(
        &[("bad.avm", b".method m\n  \xff\n")],
        &["asm", "bad.avm"],
        &["bad.avm:2:3: error: no UTF-8 text from line 2, byte 3 on"],
    );
    refused(&[], &["asm", "none.avm"], &["none.avm: ", "no such file"]);
    refused(&[], &["asm", "m.avm", "-o", "none/m.avmi"], &["none/m.avmi", "cannot write"]);
}

#[test]
fn every_error_of_a_source_is_reported() {
    let folder = folder_with(&[("bad.avm", b".method m public\n    foo\n    bar\n")]);
    let called = avm(folder.path(), &["asm", "bad.avm"]);
    assert_eq!(called.code, 2);
    let lines: Vec<_> = called.err.lines().collect();
    assert_eq!(lines.len(), 2, "{}", called.err);
    assert!(lines[0].starts_with("bad.avm:2:5: error: ") && lines[1].starts_with("bad.avm:3:5: error: "));
}

/// The image of [`PROGRAM`].
fn image() -> Vec<u8> {
    let folder = folder_with(&[]);
    assert_eq!(avm(folder.path(), &["asm", "m.avm", "-o", "m.avmi"]).code, 0);
    fs::read(folder.path().join("m.avmi")).expect("an image")
}

#[test]
fn bad_images() {
    let whole = image();
    assert!(Image::from_bytes(&whole).is_ok());
    let altered = |at: usize, bits: u8| {
        let mut bytes = whole.clone();
        bytes[at] ^= bits;
        bytes
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (whole[..whole.len() - 1].to_vec(), "truncated"),
        (whole[..10].to_vec(), "image"),
        (Vec::new(), "image"),
        ([&whole[..], b"x"].concat(), "appended"),
        (altered(0, 1), "not an image"),
        (altered(4, 2), "image version 3"),
        (altered(whole.len() - 1, 1), "corrupted"),
        (altered(20, 0x80), "corrupted"),
        (altered(16, 1), "corrupted"),
    ];
    let s = scenario(&CALL.replace("\"m\"", "0")).replace("source = \"m.avm\"", "image = \"bad.avmi\"");
    for (bytes, what) in cases {
        let bad = ("bad.avmi", &bytes[..]);
        refused(&[bad], &["disasm", "bad.avmi"], &["bad.avmi: ", what]);
        refused(&[bad, ("out.avm", b"old")], &["disasm", "bad.avmi", "-o", "out.avm"], &["bad.avmi: ", what]);
        for command in ["run", "sim", "cosim"] {
            refused(
                &[bad, ("s.toml", s.as_bytes())],
                &[command, "s.toml"],
                &["s.toml:5:9: error: ", "bad.avmi: ", what],
            );
        }
    }
    refused(&[], &["disasm", "none.avmi"], &["none.avmi: ", "no such file"]);
    refused(&[("m.avmi", PROGRAM.as_bytes())], &["disasm", "m.avmi"], &["not an image"]);
    // Any one byte altered is noticed.
    for at in 0..whole.len() {
        assert!(Image::from_bytes(&altered(at, 0x10)).is_err(), "byte {at}");
    }
    // The right one is taken, by index.
    let folder = folder_with(&[("bad.avmi", &whole), ("s.toml", s.as_bytes())]);
    assert_eq!(avm(folder.path(), &["cosim", "s.toml"]).code, 0);
}

#[test]
fn bad_scenarios() {
    let call = |from: &str, to: &str| scenario(CALL).replace(from, to);
    let cases = [
        (call("id = 7", "id = 7\nlabel = \"x\""), "s.toml:5:1: error: ", "unknown field `label`"),
        (call("fuel = 100", "fuel = 100\ngas = 1"), "s.toml:10:1: error: ", "unknown field `gas`"),
        (call("fuel = 100", "fuel = 100\nexpect = { result = 5 }"), "s.toml:10:12: error: ", "`result`"),
        (call("machine = \"algorand\"", "machine = \"pdp11\""), "s.toml:1:11: error: ", "unknown machine `pdp11`"),
        (call("m.avm", "none.avm"), "s.toml:5:10: error: ", "none.avm: no such file"),
        (call("source = \"m.avm\"", "image = \"none.avmi\""), "s.toml:5:9: error: ", "none.avmi: no such file"),
        (call("method = \"m\"", "method = \"n\""), "s.toml:7:10: error: ", "no method `n`"),
        (call("method = \"m\"", "method = -1"), "s.toml:7:10: error: ", "method index"),
        (call("args = [5]", "args = [5, \"u9:1\"]"), "s.toml:8:12: error: ", "not an argument"),
        (call("args = [5]", "args = [\"hex:0\"]"), "s.toml:8:9: error: ", "not an argument"),
        (call("fuel = 100", "fuel = -1"), "s.toml:9:8: error: ", "`fuel` must be 0 or more"),
        (call("fuel = 100", ""), "s.toml:6:1: error: ", "neither `fuel` nor `sweep`"),
        (
            call("fuel = 100", "fuel = 100\nexpect = { outcome = \"won\" }"),
            "s.toml:10:22: error: ",
            "unknown outcome `won`",
        ),
        (
            call("fuel = 100", "fuel = 100\nexpect = { exception = \"odd\" }"),
            "s.toml:10:24: error: ",
            "not an exception",
        ),
        (call("id = 7", "id = 0"), "s.toml:3:1: error: ", "`id`"),
        (call("id = 7", "id = 7\nimage = \"m.avmi\""), "s.toml:3:1: error: ", "exactly one of"),
        (call(CALL, ""), "s.toml:1:1: error: ", "no call"),
        (
            call("[[call]]", "[world]\nlatency = { seed = 1, min = 0, max = 3 }\n[[call]]"),
            "s.toml:7:11: error: ",
            "latency",
        ),
        (call("[[call]]", "[world]\nlimits = { call_depth = 513 }\n[[call]]"), "s.toml:7:25: error: ", "call_depth"),
        (call("machine = ", "machine "), "s.toml:1:", "error: "),
        (String::new(), "s.toml:1:1: error: ", "machine"),
    ];
    for (text, place, what) in &cases {
        for command in ["run", "sim", "cosim"] {
            refused(&[("s.toml", text.as_bytes())], &[command, "s.toml"], &[place, what]);
        }
    }
    refused(
        &[("s.toml", b"machine = \"\xff\"")],
        &["cosim", "s.toml"],
        &["s.toml:1:12: error: no UTF-8 text from line 1, byte 12 on"],
    );
    refused(&[], &["cosim", "none.toml"], &["none.toml: ", "no such file"]);
    // Several that are wrong: each is said.
    let folder = folder_with(&[("s.toml", b"machine = 1")]);
    let called = avm(folder.path(), &["cosim", "s.toml", "none.toml"]);
    assert_eq!((called.code, called.err.lines().count(), called.out.as_str()), (2, 2, ""), "{called:?}");
}

#[test]
fn bad_arguments() {
    let good = scenario(CALL);
    let good: &[(&str, &[u8])] = &[("s.toml", good.as_bytes())];
    refused(good, &["cosim", "--fault", "gremlin", "s.toml"], &["unknown fault `gremlin`", "avm faults"]);
    refused(good, &["isa", "pdp11"], &["unknown machine `pdp11`", "algorand"]);
    let folder = folder_with(good);
    fs::create_dir(folder.path().join("empty")).expect("made");
    let before = tree(folder.path());
    let empty = avm(folder.path(), &["cosim", "empty"]);
    assert_eq!((empty.code, empty.err.lines().count()), (2, 1), "{empty:?}");
    assert!(empty.err.contains("empty: error: no scenario"), "{}", empty.err);
    // Usage errors are the argument parser's: what is wrong in the first line, then how to get help.
    for (arguments, what) in [
        (&["cosim", "--wave", "5", "s.toml"][..], "two clock numbers"),
        (&["cosim", "--wave", "5..5", "s.toml"], "A < B"),
        (&["cosim", "--wave", "5..x", "s.toml"], "two clock numbers"),
        (&["cosim", "--wave", "0..1000001", "s.toml"], "1000000"),
        (&["cosim", "--waves", "1..2", "s.toml"], "--waves"),
        (&["cosim"], "required"),
        (&["frobnicate"], "frobnicate"),
        (&["isa", "--format", "xml"], "xml"),
    ] {
        let called = avm(folder.path(), arguments);
        assert_eq!(called.code, 2, "{arguments:?}: {called:?}");
        assert_eq!(called.err.matches("error: ").count(), 1, "{}", called.err);
        assert!(called.err.starts_with("error: ") && called.err.contains(what), "{}", called.err);
    }
    assert_eq!(tree(folder.path()), before);
}

#[test]
fn a_missed_expectation() {
    let wrong = |expect: &str| scenario(&format!("{CALL}expect = {{ {expect} }}\n"));
    let cases = [
        ("value = 6", "outcome: expected returned 6 (0x6), got returned 5 (0x5)"),
        ("value = \"none\"", "outcome: expected returned, no value, got returned 5"),
        ("exception = \"arithmetic\"", "outcome: expected exception arithmetic"),
        ("outcome = \"out_of_fuel\"", "outcome: expected out of fuel"),
        ("fuel_used = 1", "fuel used: expected 1, got 11"),
    ];
    for (expect, says) in cases {
        let folder = folder_with(&[("s.toml", wrong(expect).as_bytes())]);
        let before = tree(folder.path());
        for command in ["run", "sim", "cosim"] {
            let called = avm(folder.path(), &[command, "s.toml"]);
            assert_eq!(called.code, 1, "{command}, {expect}: {called:?}");
            assert_eq!(called.out.lines().filter(|l| l.contains("missed ")).count(), 1, "{}", called.out);
            assert!(called.out.contains(says) && called.out.contains("1 MISSED"), "{}", called.out);
        }
        assert_eq!(tree(folder.path()), before, "{expect}");
    }
    // Cycles are checked where there is a clock.
    let folder = folder_with(&[("s.toml", wrong("cycles = 1").as_bytes())]);
    for (command, code) in [("run", 0), ("sim", 1), ("cosim", 1)] {
        let called = avm(folder.path(), &[command, "s.toml"]);
        assert_eq!(
            (called.code, called.out.contains("cycles: expected 1")),
            (code, code == 1),
            "{command}: {called:?}"
        );
    }
}

fn right(called: Called) -> String {
    assert_eq!(called.code, 0, "{called:?}");
    called.out
}

#[test]
fn every_program_survives_disassembly() {
    let folder = temporary();
    for source in files(&bench("programs"), "avm") {
        let source = source.to_str().expect("UTF-8");
        right(avm(folder.path(), &["asm", source, "-o", "a.avmi"]));
        right(avm(folder.path(), &["disasm", "a.avmi", "-o", "b.avm"]));
        let printed = right(avm(folder.path(), &["disasm", "a.avmi"]));
        assert_eq!(fs::read_to_string(folder.path().join("b.avm")).expect("read"), printed, "{source}");
        right(avm(folder.path(), &["asm", "b.avm"]));
        let bytes = |name: &str| fs::read(folder.path().join(name)).expect("read");
        assert_eq!(bytes("a.avmi"), bytes("b.avmi"), "{source}");
        assert!(bytes("a.avmi").len() > 20);
    }
    let names: Vec<_> = tree(folder.path()).into_iter().map(|(n, _)| n.display().to_string()).collect();
    assert_eq!(names, ["a.avmi", "b.avm", "b.avmi"]);
}

fn json(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let called = avm(folder, arguments);
    let value = serde_json::from_str(&called.out).unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{}", called.out));
    (called.code, value)
}

#[test]
fn json_parses() {
    let fib = bench("programs/fib.toml");
    let fib = fib.to_str().expect("UTF-8");
    let mut cycles = Vec::new();
    for (command, mode) in [("run", "interp"), ("sim", "model"), ("cosim", "lockstep")] {
        let (code, rows) = json(root(), &[command, "--json", fib]);
        assert_eq!((code, &rows[0]["scenario"], &rows[0]["mode"]), (0, &"fib".into(), &mode.into()));
        let call = &rows[0]["calls"][4];
        assert_eq!((&call["call"], call["fuel"].as_i64()), (&"fib".into(), Some(125_415)));
        assert_eq!(call["outcome"], "returned 2584 (0xa18)");
        cycles.push(call["cycles"].as_u64());
    }
    assert_eq!((cycles[0], cycles[1]), (Some(0), cycles[2]));
    let folder = temporary();
    let alu = bench("units/alu.toml");
    let (code, rows) = json(folder.path(), &["cosim", "--json", "--fault", "add_carry", alu.to_str().expect("UTF-8")]);
    assert_eq!((code, &rows[0]["verdict"]), (1, &"MISMATCH".into()));
    assert_eq!(rows[0]["signature"], "value:s_tos_q:iadd");
    let (code, ops) = json(root(), &["isa", "algorand", "--format", "json"]);
    assert_eq!(code, 0);
    let ops = ops.as_array().expect("a list");
    assert!(ops.len() > 60 && ops.iter().any(|o| o["mnemonic"] == "invoke_internal"));
}

#[test]
fn bad_heaps() {
    let call = |from: &str, to: &str| scenario(CALL).replace(from, to);
    let page = |keys: &str| call("[[call]]", &format!("[world.algorand]\npages = [{{ {keys} }}]\n[[call]]"));
    let two = |a: &str, b: &str| page(&format!("{a} }}, {{ {b}"));
    let access = |list: &str| call("fuel = 100", &format!("fuel = 100\naccess = [{list}]"));
    let expect = |keys: &str| call("fuel = 100", &format!("fuel = 100\nexpect = {{ {keys} }}"));
    let entries = |n: u64, entry: &str| (1..=n).map(|i| entry.replace('N', &i.to_string())).collect::<String>();
    let cases = [
        // A page and its contents.
        (page("app = 7, page = 0"), "s.toml:7:10: error: ", "exactly one of `hex`, `words`, `size`"),
        (page("app = 7, page = 0, size = 8, words = [1]"), "s.toml:7:10: error: ", "exactly one of"),
        (page("app = 7, size = 8"), "s.toml:7:10: error: ", "missing field `page`"),
        (page("app = 7, page = 0, bytes = 8"), "s.toml:7:31: error: ", "unknown field `bytes`"),
        (page("app = 7, page = 0, size = 0"), "s.toml:7:38: error: ", "8 to 1024 bytes, a multiple of 8"),
        (page("app = 7, page = 0, size = 12"), "s.toml:7:38: error: ", "8 to 1024 bytes"),
        (page("app = 7, page = 0, size = 1032"), "s.toml:7:38: error: ", "8 to 1024 bytes"),
        (page("app = 7, page = 0, size = -8"), "s.toml:7:38: error: ", "8 to 1024 bytes"),
        (page("app = 7, page = 0, words = []"), "s.toml:7:39: error: ", "a page cannot have 0 bytes"),
        (page("app = 7, page = 0, words = [1, \"x\"]"), "s.toml:7:43: error: ", "not a 64-bit integer"),
        (page("app = 7, page = 0, words = [1, 2.5]"), "s.toml:7:43: error: ", "expected an integer or a string"),
        (page("app = 7, page = 0, hex = \"00112233\""), "s.toml:7:37: error: ", "a page cannot have 4 bytes"),
        (page("app = 7, page = 0, hex = \"0011223g\""), "s.toml:7:37: error: ", "not bytes in hexadecimal"),
        (page("app = 7, page = \"0x10000000000000000\", size = 8"), "s.toml:7:28: error: ", "not a 64-bit integer"),
        (page("app = 0, page = 0, size = 8"), "s.toml:7:18: error: ", "application 0 is nobody"),
        (page("app = true, page = 0, size = 8"), "s.toml:7:18: error: ", "expected an integer or a string"),
        (page("app = 7, page = 0, absent = true"), "s.toml:7:40: error: ", "`absent` says what is expected"),
        (
            two("app = 7, page = -1, size = 8", "app = 7, page = \"0xffff_ffff_ffff_ffff\", size = 16"),
            "s.toml:7:44: error: ",
            "page 18446744073709551615 of application 7 is given twice",
        ),
        // Access lists.
        (access("{ app = 0 }"), "s.toml:10:19: error: ", "application 0 is nobody"),
        (access("{ app = 7, page = 0 }"), "s.toml:10:22: error: ", "unknown field `page`"),
        (access("{ app = 7, pages = [\"y\"] }"), "s.toml:10:31: error: ", "not a 64-bit integer"),
        (access("7"), "s.toml:10:11: error: ", "invalid type: integer `7`"),
        (access(&entries(17, "{ app = N },")), "s.toml:10:10: error: ", "17 applications are listed, the limit is 16"),
        (
            access(&entries(33, "{ app = 7, pages = [N] },")),
            "s.toml:10:10: error: ",
            "33 pages are listed, the limit is 32 (list only what the call uses)",
        ),
        (
            call("[[call]]", "[world.algorand]\naccess = [{ app = \"-0\" }]\n[[call]]"),
            "s.toml:7:19: error: ",
            "application 0 is nobody",
        ),
        // Lists made of what the file has.
        (
            page(&entries(33, "app = 7, page = N, size = 8 }, {").trim_end_matches(" }, {").replace("\n", "")),
            "s.toml:8:1: error: ",
            "33 pages are listed, the limit is 32 (that is everything in the file; give the call an `access` list)",
        ),
        (
            call("[[call]]", &(entries(16, "[[app]]\nid = 10N\ntext = \".code\"\n") + "[[call]]\napp = 7")),
            "s.toml:54:1: error: ",
            "17 applications are listed, the limit is 16",
        ),
        // Limits and calls.
        (
            call("[[call]]", "[world]\nlimits = { log = 2049 }\n[[call]]"),
            "s.toml:7:18: error: ",
            "`log` must be 0 to 2048",
        ),
        (
            call("[[call]]", "[world]\nlimits = { log = -1 }\n[[call]]"),
            "s.toml:7:18: error: ",
            "`log` must be 0 to 2048",
        ),
        (call("method = ", "app = 0\nmethod = "), "s.toml:7:7: error: ", "application 0 is nobody"),
        (call("method = ", "app = \"z\"\nmethod = "), "s.toml:7:7: error: ", "not a 64-bit integer"),
        (
            call("method = ", "app = 9\nmethod = "),
            "s.toml:8:10: error: ",
            "application 9 is not installed: no method `m` (give the method's index, or one of the applications 7)",
        ),
        // Expectations.
        (expect("touched = [{ app = 7 }]"), "s.toml:10:23: error: ", "`pages` is missing"),
        (expect("written = [{ app = 7, page = 1 }]"), "s.toml:10:34: error: ", "unknown field `page`"),
        (expect("written = [{ app = 7, pages = [\"\"] }]"), "s.toml:10:43: error: ", "not a 64-bit integer"),
        (expect("log = -1"), "s.toml:10:18: error: ", "`log` must be 0 to"),
        (expect("outcome = \"rejected\", value = 1"), "s.toml:10:10: error: ", "`value` goes with outcome"),
        (
            expect("outcome = \"refused\""),
            "s.toml:10:22: error: ",
            "returned, exception, out_of_fuel, rejected, capacity",
        ),
        (expect("exception = { thrown = 1, at = 2 }"), "s.toml:10:38: error: ", "unknown field `at`"),
        (expect("exception = true"), "s.toml:10:24: error: ", "expected the name of a cause, a code or"),
        (expect("pages = [{ app = 7, page = 0 }]"), "s.toml:10:21: error: ", "or, in `expect.pages`, `absent = true`"),
        (expect("pages = [{ app = 7, page = 0, absent = false }]"), "s.toml:10:21: error: ", "exactly one of"),
        (expect("pages = [{ app = 7, page = 0, size = 8, absent = true }]"), "s.toml:10:21: error: ", "exactly one of"),
        (
            expect("pages = [{ app = 7, page = 0, size = 8 }, { app = 7, page = \"0\", absent = true }]"),
            "s.toml:10:54: error: ",
            "page 0 of application 7 is given twice",
        ),
    ];
    for (text, place, what) in &cases {
        for command in ["run", "sim", "cosim"] {
            refused(&[("s.toml", text.as_bytes())], &[command, "s.toml"], &[place, what]);
        }
    }
}

/// Two applications that keep a cell each, and calls that hand it around.
const HEAP: &str = include_str!("cli/heap.toml");

#[test]
fn calls_share_a_world() {
    let folder = folder_with(&[("s.toml", HEAP.as_bytes())]);
    for command in ["run", "sim", "cosim"] {
        let out = right(avm(folder.path(), &[command, "--calls", "s.toml"]));
        let calls: Vec<_> = out.lines().skip(2).filter_map(|l| l.split_once(", fuel ")).collect();
        let pages: Vec<_> = calls.iter().map(|c| c.1.split_once(", ").map_or("", |p| p.1)).collect();
        let max = u64::MAX;
        let expected =
            ["pages 7:0", "pages 8:3*, log 1", "", &format!("pages 7:{max}*"), &format!("pages 7:{max}"), "", "", ""];
        assert_eq!(pages, expected, "{command}: {out}");
        let (code, rows) = json(folder.path(), &[command, "--json", "s.toml"]);
        let call = &rows[0]["calls"][1];
        assert_eq!((code, &call["touched"], &call["written"]), (0, &vec!["8:3"].into(), &vec!["8:3"].into()));
        assert_eq!((call["log"].as_u64(), &rows[0]["calls"][0]["written"]), (Some(1), &Value::Array(Vec::new())));
    }
}

#[test]
fn a_missed_page() {
    let cases = [
        ("touched = [{ app = 8, pages = [3] }]", "touched = []", "touched: expected none, got 8:3"),
        ("pages = [\"3\"]", "pages = [4, 3]", "written: expected 8:3 8:4, got 8:3"),
        ("log = 1", "log = 2", "log: expected 2, got 1"),
        ("words = [1, 9, 16]", "words = [1, -9, 16]", "page 8:3 at 8: expected 0xfffffffffffffff7, got 0x9"),
        ("words = [1, 9, 16]", "size = 1024", "page 8:3: expected 1024 bytes, got 24 bytes"),
        ("page = 4, absent = true", "page = 4, size = 8", "page 8:4: expected 8 bytes, got absent"),
        ("page = 0, words = [5]", "page = 0, absent = true", "page 7:0: expected absent, got 8 bytes"),
        ("\"page\", touched", "\"page_bounds\", touched", "outcome: expected exception page_bounds"),
        (
            "outcome = \"rejected\", touched",
            "outcome = \"capacity\", touched",
            "outcome: expected capacity, got rejected",
        ),
    ];
    for (from, to, says) in cases {
        assert_eq!(HEAP.matches(from).count(), 1, "{from}");
        let folder = folder_with(&[("s.toml", HEAP.replace(from, to).as_bytes())]);
        for command in ["run", "sim", "cosim"] {
            let called = avm(folder.path(), &[command, "s.toml"]);
            assert_eq!(called.code, 1, "{command}, {to}: {called:?}");
            assert_eq!(called.out.lines().filter(|l| l.contains("missed ")).count(), 1, "{}", called.out);
            assert!(called.out.contains(says) && called.out.contains("1 MISSED"), "{}", called.out);
        }
    }
}

#[test]
fn the_log_may_be_lowered() {
    let folder = temporary();
    for (entries, outcome) in [(0, "capacity"), (1, "returned 7")] {
        let limits = format!("[world]\nlimits = {{ log = {entries} }}\n\n[world.algorand]");
        // Only the call that writes in another application.
        let text = HEAP.replace("[world.algorand]", &limits);
        let calls: Vec<_> = text.split("[[call]]").collect();
        let text = format!("{}[[call]]\napp = 7\nmethod = \"other\"\nfuel = 100\n", calls[0]);
        fs::write(folder.path().join("s.toml"), text).expect("written");
        for command in ["run", "sim", "cosim"] {
            let out = right(avm(folder.path(), &[command, "-c", "s.toml"]));
            assert!(out.contains(&format!("other: {outcome}")), "{command}, {entries}: {out}");
        }
    }
}

#[test]
fn every_command_has_help_with_an_example() {
    let help = right(avm(root(), &["--help"]));
    let commands: Vec<_> = help
        .lines()
        .skip_while(|l| *l != "Commands:")
        .skip(1)
        .take_while(|l| !l.is_empty())
        .filter_map(|l| l.split_whitespace().next())
        .filter(|c| *c != "help")
        .collect();
    assert!(commands.len() >= 8 && commands.contains(&"cosim"), "{commands:?}");
    for command in commands {
        let help = right(avm(root(), &[command, "--help"]));
        let example = help.split("Example").nth(1).unwrap_or_else(|| panic!("no example:\n{help}"));
        assert!(example.contains(&format!("avm {command}")), "{help}");
    }
    assert!(right(avm(root(), &["--version"])).starts_with("avm "));
}

#[test]
fn a_closed_pipe_is_no_error() {
    let binary = env!("CARGO_BIN_EXE_avm");
    for command in ["isa", "isa --format json", "faults", "faults --json", "--help"] {
        let line = format!("{{ sleep 0.1; '{binary}' {command}; echo $? >&2; }} | true");
        let output = std::process::Command::new("sh").args(["-c", &line]).output().expect("a shell");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "0\n", "{command}");
    }
}

/// What a page shows behind `$ avm ...` comes out of it, line by line; `...` stands for others.
#[test]
fn the_docs_show_what_comes_out() {
    let mut shown = 0;
    let pages = tree(&root().join("docs")).into_iter().filter(|(path, _)| path.extension().is_some_and(|e| e == "md"));
    for (path, text) in pages {
        let text = String::from_utf8(text.expect("a file")).expect("UTF-8");
        for block in text.split("\n```\n$ avm ").skip(1) {
            let block = block.split("\n```").next().unwrap_or_default();
            let (command, lines) = block.split_once('\n').unwrap_or((block, ""));
            if lines.is_empty() {
                continue;
            }
            let called = avm(root(), &command.split_whitespace().collect::<Vec<_>>());
            let out: Vec<_> = called.out.lines().map(str::trim_end).collect();
            for line in lines.lines().map(str::trim_end).filter(|l| l.trim() != "...") {
                assert!(out.contains(&line), "{}: `{line}` is not what `avm {command}` prints", path.display());
            }
            shown += 1;
        }
    }
    assert!(shown >= 4, "{shown} commands with what they print");
}

/// The block of the README that begins like this, without lines that stand for others.
fn readme_block(begins: &str) -> Vec<String> {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let (_, block) = readme.split_once(&format!("```\n{begins}")).expect("a block");
    let block = format!("{begins}{}", block.split("\n```").next().unwrap_or_default());
    block.lines().filter(|l| l.trim() != "...").map(|l| l.trim_end().into()).collect()
}

#[test]
fn the_readme_shows_what_comes_out() {
    let folder = temporary();
    let failures = folder.path().to_str().expect("UTF-8");
    let fault = ["cosim", "--fault", "add_carry", "--failures", failures, "testbenches/algorand/units/alu.toml"];
    assert_eq!(avm(root(), &fault).code, 1);
    let failure = fs::read_dir(folder.path()).expect("there").next().expect("one").expect("readable");
    let report = fs::read_to_string(failure.path().join("report.txt")).expect("a report");
    // The report says how to repeat it, with the folder that was named here.
    let report = report.replace(&format!(" --failures {failures}"), "");
    let table = avm(root(), &["cosim", "testbenches/algorand/programs"]).out;
    for (begins, shown) in [("value at cycle", report), ("program ", table)] {
        let shown: Vec<_> = shown.lines().map(str::trim_end).collect();
        for line in readme_block(begins) {
            assert!(shown.contains(&&*line), "README.md has `{line}`; what comes out is\n{}", shown.join("\n"));
        }
    }
}
