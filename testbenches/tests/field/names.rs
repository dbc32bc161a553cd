// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names tell files apart, whatever they are made of.

use std::fs;

use serde_json::Value;

use super::{failures, folders};
use crate::support::{Called, avm};

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

#[test]
fn equal_names_have_signatures_of_their_own() {
    let folder = folders(&["a", "bb"], &["a", "bb"]);
    let at = folder.path();
    let called = avm(at, &["regress", "--no-store", "--json", "-", "a", "./bb/sum.toml"]);
    assert_eq!(called.code, 1, "{called:?}");
    let all = lines(&called.out);
    let signatures: Vec<_> =
        all.iter().filter(|l| l["type"] == "failure").map(|l| l["signature"].as_str().expect("text")).collect();
    assert_eq!(signatures, ["expectation:outcome:a/sum.toml", "expectation:outcome:bb/sum.toml"]);
    let known = format!("[[known]]\nsignature = \"{}\"\nuntil = \"2999-12-31\"\nreason = \"x\"\n", signatures[0]);
    fs::write(at.join("known.toml"), known).expect("written");
    // However the path is written, and whether or not the other one runs.
    let full = at.join("a/sum.toml").display().to_string();
    let run = |paths: &[&str]| {
        let common = ["regress", "--no-store", "--known", "known.toml", "--junit", "r.xml"];
        avm(at, &[&common, paths].concat()).code
    };
    assert_eq!([run(&["a"]), run(&[&full]), run(&["bb"]), run(&["a", "bb"])], [0, 0, 1, 1]);
    let junit = fs::read_to_string(at.join("r.xml")).expect("written");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let cases: Vec<_> = document.descendants().filter(|n| n.has_tag_name("testcase")).collect();
    assert_eq!(
        cases.iter().map(|c| c.attribute("name")).collect::<Vec<_>>(),
        [Some("a/sum.toml"), Some("bb/sum.toml")]
    );
    let message = cases[1].children().find(|n| n.has_tag_name("failure")).and_then(|n| n.attribute("message"));
    assert!(message.is_some_and(|m| m.contains("expected returned 3 ")), "{junit}");
}

/// One signature: each test case says what came of its own program.
#[test]
fn every_test_case_has_its_own_message() {
    let folder = folders(&["a", "b"], &[]);
    let at = folder.path();
    let longer = super::SUM.replace("    iadd\n", "    const_8 0\n    iadd\n    iadd\n");
    fs::write(at.join("b/m.avm"), longer).expect("written");
    let called = avm(at, &["regress", "--no-store", "--fault", "add_carry", "--junit", "r.xml", "a", "b"]);
    assert_eq!(called.code, 1, "{called:?}");
    let junit = fs::read_to_string(at.join("r.xml")).expect("written");
    let document = roxmltree::Document::parse(&junit).expect("XML");
    let messages: Vec<_> =
        document.descendants().filter(|n| n.has_tag_name("failure")).filter_map(|n| n.attribute("message")).collect();
    assert_eq!(messages.len(), 2, "{junit}");
    assert_ne!(messages[0], messages[1]);
}

#[test]
fn rows_and_folders_of_equal_names_are_told_apart() {
    let folder = folders(&["a", "b"], &[]);
    let at = folder.path();
    let called = avm(at, &["cosim", "--fault", "add_carry", "a", "b"]);
    assert_eq!(called.code, 1, "{called:?}");
    assert!(called.out.contains("\na/sum ") && called.out.contains("\nb/sum "), "{called:?}");
    assert_eq!(failures(at), ["sum-value-s-tos-q-iadd", "sum-value-s-tos-q-iadd-2"]);
    let called = avm(at, &["cosim", "--wave", "10..20", "a", "b"]);
    assert_eq!(called.code, 0, "{called:?}");
    for name in ["a-sum", "b-sum"] {
        assert!(at.join("waves").join(name).join("window.vcd").is_file(), "{name}: {called:?}");
    }
}

/// A scenario is the same by whatever way it is named, and runs once: nothing has its name twice, nothing counts twice.
#[test]
fn what_is_named_again_runs_once() {
    let folder = folders(&["a", "b"], &[]);
    let at = folder.path();
    let again = ["a", "a/sum.toml", "./a/sum.toml", "b/../a", "b"];
    for command in [&["run"][..], &["cosim"], &["profile", "--json"], &["regress", "--no-store", "--junit", "j.xml"]] {
        let [once, twice] = [&["a", "b"][..], &again].map(|names| avm(at, &[command, names].concat()));
        assert_eq!((once.code, twice.code), (0, 0), "{twice:?}");
        let sums =
            |text: &str| text.lines().filter(|l| !l.contains("programs/s")).map(str::to_string).collect::<Vec<_>>();
        assert_eq!(sums(&once.out), sums(&twice.out), "{command:?}");
    }
    let junit = fs::read_to_string(at.join("j.xml")).expect("written");
    assert_eq!(junit.matches("<testcase ").count(), 2, "{junit}");
}

#[test]
fn what_editors_and_systems_leave_is_no_scenario() {
    let folder = folders(&["a"], &[]);
    let at = folder.path();
    fs::write(at.join("a/._sum.toml"), b"\0\x05\x16\x07\0\x02\0\0Mac OS X").expect("written");
    fs::create_dir(at.join("a/folder.toml")).expect("made");
    #[cfg(unix)]
    std::os::unix::fs::symlink("me@host.4711:1790000000", at.join("a/.#sum.toml")).expect("made");
    for command in [&["run", "a"][..], &["cosim", "a"], &["regress", "--no-store", "a"]] {
        let called = avm(at, command);
        assert_eq!(called.code, 0, "{command:?}: {called:?}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../gone.toml", at.join("a/link.toml")).expect("made");
        for command in [&["run", "a"][..], &["cosim", "a"], &["regress", "--no-store", "a"]] {
            let called = avm(at, command);
            assert_eq!(called.code, 2, "{command:?}: {called:?}");
            let said = "a/link.toml: a link to ../gone.toml, which is not there";
            assert_eq!(called.err.lines().filter(|l| l.contains("link.toml")).collect::<Vec<_>>(), [said]);
        }
    }
}

/// Bytes that are no text: in arguments, in names of files and folders, in the working folder.
#[test]
#[cfg(target_os = "linux")]
fn names_that_are_no_text_are_shown_with_escapes() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::OsStrExt;

    let outer = folders(&["a"], &[]);
    let here = outer.path().join(OsStr::from_bytes(b"here\xff"));
    fs::rename(outer.path().join("a"), &here).expect("renamed");
    let odd = OsStr::from_bytes(b"odd\xfe.toml");
    fs::rename(here.join("sum.toml"), here.join(odd)).expect("renamed");
    let run = |arguments: &[&str], last: &OsStr| -> Called {
        let mut all: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        all.push(last.into());
        avm(&here, &all)
    };
    for command in ["run", "sim", "cosim"] {
        let called = run(&[command], odd);
        assert!(called.code == 0 && called.out.contains("odd\\xfe "), "{command}: {called:?}");
        let called = run(&[command, "--json"], OsStr::new("."));
        assert!(called.code == 0 && called.out.contains(r#""path": "./odd\\xfe.toml""#), "{command}: {called:?}");
    }
    let reports = ["regress", "--junit", "r.xml", "--html", "r.html", "--json", "r.jsonl", "--fault", "add_carry"];
    let called = run(&[&reports[..], &["--failures"]].concat(), OsStr::from_bytes(b"fail\xfdures"));
    assert_eq!(called.code, 2, "no suite here: {called:?}");
    let called = run(&reports, odd);
    assert_eq!(called.code, 1, "{called:?}");
    assert!(called.out.contains(r"replay: avm cosim --fault add_carry $'odd\xfe.toml'"), "{called:?}");
    let all = lines(&fs::read_to_string(here.join("r.jsonl")).expect("written"));
    let failure = all.iter().find(|l| l["type"] == "failure").expect("a failure");
    assert_eq!(failure["first"], "odd\\xfe.toml");
    let junit = fs::read_to_string(here.join("r.xml")).expect("written");
    assert!(junit.contains(r"odd\xfe.toml"), "{junit}");
    // The folder can be run and shrunk.
    let [name] = &failures(&here)[..] else { panic!("one folder") };
    let kept = format!("failures/{name}");
    assert_eq!(avm(&here, &["replay", &kept]).code, 1);
    assert_eq!(avm(&here, &["shrink", "--runs", "3", &kept]).code, 0);
    let called = run(&["cosim", "--fault", "add_carry", "odd\u{fe}.toml", "--failures"], OsStr::from_bytes(b"f\xfd"));
    assert_eq!(called.code, 2, "{called:?}");
    let called = run(&["cosim", "--fault", "add_carry", "--failures", "more"], odd);
    assert_eq!(called.code, 1, "{called:?}");
    let called = run(&["cosim", "--wave", "1..5"], odd);
    assert_eq!(called.code, 0, "{called:?}");
    let called = run(&["regress", "--machine"], OsStr::from_bytes(b"\xff"));
    assert_eq!(called.code, 2, "{called:?}");
    let called = run(&["run"], OsStr::from_bytes(b"none\xff.toml"));
    assert!(called.code == 2 && called.err == "none\\xff.toml: no such file\n", "{called:?}");
}
