// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages name the file, line and column that a person has to look at, and what to do.

use std::fs;

use crate::support::{avm, temporary};

/// What is said of a scenario, beside a source that is no text.
fn said(text: &str) -> String {
    let folder = temporary();
    fs::write(folder.path().join("bytes.avm"), b"\xff").expect("written");
    fs::write(folder.path().join("te.toml"), text).expect("written");
    let called = avm(folder.path(), &["run", "te.toml"]);
    assert_eq!((called.code, called.out.as_str(), called.err.lines().count()), (2, "", 1), "{called:?}");
    called.err
}

/// A scenario of an application with this line, and a call.
fn app(line: &str) -> String {
    format!("machine = \"algorand\"\ncall = [{{ method = 0, fuel = 1 }}]\n[[app]]\nid = 7\n{line}\n")
}

#[test]
fn files_of_a_scenario_are_named_where_it_names_them() {
    for (line, says) in [
        ("source = \".\"", "te.toml:5:10: error: .: not a file"),
        ("source = \"\"", "te.toml:5:10: error: the name of the file is empty"),
        ("source = \"bytes.avm\"", "te.toml:5:10: error: bytes.avm: no UTF-8 text from line 1, byte 1 on"),
        ("source = \"/dev/zero\"", "te.toml:5:10: error: /dev/zero: not a file"),
        ("image = \"/dev/zero\"", "te.toml:5:9: error: /dev/zero: not a file"),
        ("image = \".\"", "te.toml:5:9: error: .: not a file"),
        ("text = '.include \"/dev/zero\"'", "te.toml:5:18: error: `/dev/zero`: not a file"),
    ] {
        let said = said(&app(line));
        assert!(said.starts_with(says), "{line}: {said}");
    }
}

/// What has no end, or can be read only once, is refused before it is read to the end.
#[test]
fn what_is_no_file_is_no_scenario_and_no_source() {
    let folder = temporary();
    let called = avm(folder.path(), &["run", "/dev/zero"]);
    assert!(
        called.code == 2 && called.err.starts_with("/dev/zero: error: not a file, and a scenario is"),
        "{called:?}"
    );
    for arguments in
        [&["asm", "/dev/zero", "-o", "x"][..], &["disasm", "/dev/zero"], &["regress", "--known", "/dev/zero"]]
    {
        let called = avm(folder.path(), arguments);
        assert!(
            called.code == 2 && called.err.starts_with("/dev/zero: more than 256 MB: this is no input"),
            "{called:?}"
        );
    }
}

#[test]
fn names_of_applications_are_checked_where_they_are_given() {
    let folder = temporary();
    fs::write(folder.path().join("m.avm"), ".method m\n return\n").expect("written");
    for (apps, says) in [
        (&["--app", "ba-nk=1"][..], "'--app <NAME=ID>': a name has letters, digits and `_`"),
        (&["--app", "=1"], "a name has letters"),
        (&["--app", "1a=1"], "a name has letters"),
        (&["--app", "bank=1", "--app", "b=2", "--app", "bank=2"], "--app gives `bank` twice"),
    ] {
        let called = avm(folder.path(), &[&["asm", "m.avm"][..], apps].concat());
        assert!(called.code == 2 && called.err.contains(says) && !called.err.contains("m.avm:0"), "{called:?}");
    }
}

#[test]
fn errors_of_a_text_have_the_lines_of_the_scenario() {
    for (line, place) in [
        ("text = \"\"\"\n.method m public\n nop\n  foo\n\"\"\"", "8:3"),
        ("text = '''.method m public\n nop\n  foo'''", "7:3"),
        ("text = \".foo\"", "5:9"),
        // With escapes, lines of the text are not lines of the file.
        ("text = \".code\\n foo\"", " (text of the application at line 5):2:2"),
    ] {
        let said = said(&app(line));
        let separator = if place.starts_with(' ') { "" } else { ":" };
        assert!(said.starts_with(&format!("te.toml{separator}{place}: error: unknown ")), "{line}: {said}");
    }
}

#[test]
fn keys_of_the_file_go_above_its_tables() {
    let said = said("machine = \"algorand\"\n[[app]]\nid = 7\ntext = \".code\"\ncall = [{ method = 0, fuel = 1 }]\n");
    assert!(said.starts_with("te.toml:5:1: error: unknown field `call`"), "{said}");
    assert!(said.contains("write it above the first `[[app]]`"), "{said}");
}

#[test]
fn an_application_has_no_negative_number() {
    let text = app("text = \".method m public\\n return\"");
    let id = said(&text.replace("id = 7", "id = -1"));
    assert!(id.contains("`id` must be an integer from 1"), "{id}");
    let called = said(&text.replace("{ method", "{ app = -1, method"));
    assert!(called.starts_with("te.toml:2:17: error: an application is no negative number"), "{called}");
}

#[test]
fn what_needs_the_repository_says_so() {
    let folder = temporary();
    fs::write(folder.path().join("s.toml"), app("text = \".method m public\\n return\"")).expect("written");
    for command in ["faults --check", "figures", "mutants --list"] {
        let called = avm(folder.path(), &command.split(' ').collect::<Vec<_>>());
        assert_eq!(called.code, 2, "{command}: {called:?}");
        assert!(called.err.contains("run this in the repository"), "{command}: {called:?}");
    }
    let called = avm(folder.path(), &["cosim", "--rtl", "nope.sv", "s.toml"]);
    assert!(called.code == 2 && called.err.contains("nope.sv: error: no such file"), "{called:?}");
}
