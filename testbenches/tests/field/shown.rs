// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is shown does nothing to a terminal, whoever wrote it; outputs have names; and where texts end that are none.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::folders;
use crate::support::{Called, avm, temporary};

/// Turns a terminal's text red, in two ways, and the order of a line.
const RED: &str = "\u{1b}[31m\u{9b}31m\u{202e}";

fn harmless(called: &Called) {
    for text in [&called.out, &called.err] {
        let bad = text.find(|c: char| c.is_control() && c != '\n' || c == '\u{202e}');
        assert_eq!(bad, None, "{called:?}");
    }
}

#[test]
fn control_characters_of_the_users_are_escaped() {
    let folder = temporary();
    let at = folder.path();
    let write = |name: &str, text: String| fs::write(at.join(name), text).expect("written");
    write("lib.inc", format!("    const_8 1 ; {RED}\n"));
    write(&format!("i{RED}.inc"), "    const_8 2\n    ireturn\n".into());
    write("m.avm", format!(".method m public ; {RED}\n.include \"lib.inc\"\n.include \"i{RED}.inc\"\n"));
    write(&format!("s{RED}.toml"), "machine = \"algorand\"\n[[app]]\nid = 7\nsource = \"m.avm\"\n\n[[call]]\nmethod = \"m\"\nfuel = 9\nexpect = { value = 3 }\n".into());
    let scenario = format!("s{RED}.toml");
    for arguments in [
        &["run", "--trace"][..],
        &["run", "--trace", "--json"],
        &["run", "--json"],
        &["sim", "-c"],
        &["profile"],
        &["profile", "--annotate"],
        &["profile", "--json"],
        &["profile", "--csv"],
        &["profile", "--konata", "k.log"],
    ] {
        let called = avm(at, &[arguments, &[&scenario]].concat());
        assert_eq!(called.code, 1, "{arguments:?}: {called:?}");
        harmless(&called);
        let shown = if called.out.starts_with(['{', '[']) { "\\u001b" } else { "\\x1b[31m" };
        assert!(called.out.contains(shown) || arguments == ["profile", "--csv"], "{arguments:?}: {called:?}");
        if arguments.contains(&"--json") {
            let lines = called.out.lines().map(serde_json::from_str::<serde_json::Value>);
            let whole = serde_json::from_str::<serde_json::Value>(&called.out).is_ok();
            assert!(whole || lines.into_iter().all(|line| line.is_ok()), "{called:?}");
        }
    }
}

#[test]
fn messages_about_control_characters_have_none() {
    let folder = temporary();
    let at = folder.path();
    fs::write(at.join("u.toml"), format!("machine = \"algorand\"\n\"{}\" = 1\n", "\\u001b[31m\\u009b"))
        .expect("written");
    fs::write(at.join("p.json"), "{\"machine\": \"arbitrum\", \"\u{9b}31m\": 1}").expect("written");
    fs::write(at.join("a.avma"), format!(" push {RED}\n.include \"{RED}\"\n")).expect("written");
    for arguments in [
        &["run", "u.toml"][..],
        &["check-proof", "p.json"],
        &["asm", "a.avma"],
        &["run", RED],
        &["run", "--machine", RED, "u.toml"],
        &["cosim", "--wave", RED, "u.toml"],
        &[RED],
    ] {
        let called = avm(at, arguments);
        assert_eq!(called.code, 2, "{arguments:?}: {called:?}");
        harmless(&called);
    }
}

#[test]
fn standard_output_is_named_in_words() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    let asm = Command::new(env!("CARGO_BIN_EXE_avm")).args(["asm", "a/m.avm", "-o", "-"]).current_dir(at).output();
    let asm = asm.expect("started");
    fs::write(at.join("m.avmi"), asm.stdout).expect("written");
    assert!(asm.stderr.starts_with(b"standard output: 1 methods"), "{:?}", asm.stderr);
    for (command, says) in [
        ("cosim a/sum.toml --konata -", "instructions in standard output; open with: konata"),
        ("profile a/sum.toml --perfetto -", "clocks in standard output; open with: "),
        ("disasm m.avmi -o -", ""),
    ] {
        let called = avm(at, &command.split(' ').collect::<Vec<_>>());
        assert!(called.code == 0 && called.err.contains(says), "{command}: {called:?}");
    }
    // A trace is no part of a file.
    let called = avm(at, &["cosim", "--trace", "a/sum.toml", "--konata", "-"]);
    assert!(called.out.starts_with("Kanata") && called.err.contains("call 0: m\n"), "{called:?}");
    let called = avm(at, &["profile", "a", "--html", "-", "--flame", "-"]);
    assert!(called.code == 2 && called.err.starts_with("standard output: error: --flame and --html"), "{called:?}");
}

/// Beside a device or a pipe there is no place for an image.
#[test]
fn the_image_of_what_is_no_file_has_a_name() {
    let folder = temporary();
    let called = avm(folder.path(), &["asm", "/dev/null"]);
    let says = "/dev/null: error: not a file, beside which the image could lie (name the image with -o)\n";
    assert!(called.code == 2 && called.err == says, "{called:?}");
    assert!(!std::path::Path::new("/dev/null.avmi").exists());
    let source = fs::File::open(crate::support::bench("programs/fib.avm")).expect("there");
    let standard = Command::new(env!("CARGO_BIN_EXE_avm")).args(["asm", "/dev/stdin"]).stdin(source).output();
    let standard = standard.expect("started");
    assert!(standard.status.code() == Some(2) && standard.stderr.starts_with(b"/dev/stdin: error: not a file, beside"));
    let called = avm(folder.path(), &["asm", "/dev/null", "-o", "none.avmi"]);
    assert_eq!(called.code, 0, "{called:?}");
}

#[test]
fn texts_that_are_none_are_named_with_the_place() {
    let folder = temporary();
    let at = folder.path();
    let write = |name: &str, bytes: &[u8]| fs::write(at.join(name), bytes).expect("written");
    let scenario = |machine: &str, rest: &str| format!("machine = \"{machine}\"\n{rest}");
    write("bad.inc", "nop\né \u{9b}".as_bytes().split_last().map(|s| s.1).unwrap_or_default());
    write("a.avma", b"halt\n.include \"bad.inc\"\n");
    write("m.avm", b".method m\n return\n.include \"bad.inc\"\n");
    write("bad.mexe", b"{\"code\":\n\xff");
    write("bad.json", b"\n\n {\xff");
    write("s.toml", scenario("arbitrum", "image = \"bad.mexe\"\n[[run]]\n").as_bytes());
    for (arguments, says) in [
        (
            &["asm", "a.avma"][..],
            "a.avma:2:10: error: `bad.inc`: no UTF-8 text from line 2, byte 4 on (save the file as UTF-8)",
        ),
        (
            &["asm", "m.avm"],
            "m.avm:3:10: error: `bad.inc`: no UTF-8 text from line 2, byte 4 on (save the file as UTF-8)",
        ),
        (&["disasm", "bad.mexe"], "bad.mexe:2:1: error: no UTF-8 text from line 2, byte 1 on (save the file as UTF-8)"),
        (&["run", "s.toml"], "s.toml:2:9: error: bad.mexe: no UTF-8 text from line 2, byte 1 on"),
        (&["check-proof", "bad.json"], "bad.json:3:3: error: no UTF-8 text from line 3, byte 3 on"),
        (&["asm", "bad.inc", "-o", "x"], "bad.inc:2:3: error: no UTF-8 text from line 2, byte 4 on"),
    ] {
        let called = avm(at, arguments);
        assert!(called.code == 2 && called.err.starts_with(says), "{arguments:?}: {called:?}");
    }
}

/// A program without an end: its trace is seen while it runs, and ends with who reads it.
#[test]
fn the_trace_of_an_endless_program_is_seen() {
    let folder = temporary();
    let at = folder.path();
    let text = "machine = \"arbitrum\"\ntext = \"\"\"\n.slot l\nl: goto l\n\"\"\"\n[[run]]\n";
    fs::write(at.join("e.toml"), text).expect("written");
    for command in ["run", "sim", "cosim"] {
        let mut avm = Command::new(env!("CARGO_BIN_EXE_avm"));
        avm.args([command, "--trace", "e.toml"]).current_dir(at).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = avm.spawn().expect("started");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        assert_eq!(lines.next().expect("a line").expect("text"), "e, call 0: run 0");
        assert!(lines.next().expect("a line").expect("text").contains(" spush "));
        drop(lines);
        let mut said = String::new();
        child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
        assert_eq!((child.wait().expect("ended").code(), said.as_str()), (Some(0), ""), "{command}");
    }
    // What an interrupted process has printed ends with a line.
    let mut avm = Command::new("timeout");
    avm.args(["0.5", env!("CARGO_BIN_EXE_avm"), "run", "--trace", "e.toml"]).current_dir(at);
    let output = avm.output().expect("timeout");
    assert!(output.stdout.len() > 1_000 && output.stdout.ends_with(b"]\n"), "{} bytes", output.stdout.len());
}
