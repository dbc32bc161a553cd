// SPDX-License-Identifier: MIT OR Apache-2.0
//! The built binary with the Arbitrum machine: what a user gets wrong, and what takes long without being wrong.

use std::fs;
use std::path::Path;

use crate::support::{Called, avm, temporary};

/// A scenario of one run.
fn scenario(text: &str, rest: &str) -> String {
    format!("machine = \"arbitrum\"\ntext = \"\"\"\n{text}\n\"\"\"\n{rest}\n")
}

const SHORT: &str = "push 1 push 2 add halt";
const RUN: &str = "[[run]]";

/// Calls `avm` in a folder with these files.
fn called(files: &[(&str, &str)], arguments: &[&str]) -> Called {
    let folder = temporary();
    written(folder.path(), files);
    avm(folder.path(), arguments)
}

fn written(folder: &Path, files: &[(&str, &str)]) {
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).expect("written"));
}

/// Exit code 2, one line that begins and goes on so.
fn refused(files: &[(&str, &str)], arguments: &[&str], begins: &str, says: &str) {
    let called = called(files, arguments);
    let err = called.err.trim_end();
    assert!(called.code == 2 && err.lines().count() == 1, "{arguments:?}: {called:?}");
    assert!(err.starts_with(begins) && err.contains(says), "{arguments:?}: no `{begins}`, `{says}` in\n{err}");
    assert!(!called.err.trim_end().contains(char::is_control), "{err:?}");
}

/// A run in lockstep and in the model alone comes to its end.
fn ends(text: &str, rest: &str) {
    for command in ["sim", "cosim"] {
        let called = called(&[("s.toml", &scenario(text, rest))], &[command, "s.toml"]);
        assert_eq!(called.code, 0, "{command} {rest}: {called:?}");
    }
}

#[test]
fn a_host_that_takes_its_time_is_no_hang() {
    ends(
        "newbuffer push 5 push 3 setbuffer8 halt",
        "[world]\nlatency = { seed = 1, min = 150000, max = 150000 }\n[[run]]",
    );
}

#[test]
fn a_large_image_is_no_hang() {
    let code: String = (0..4095).map(|i| format!("push [{i}, 1] pop\n")).collect();
    ends(&code, "[[run]]\nexpect = { outcome = \"error\" }");
}

/// The hash of a value 4,000 levels deep takes the core some 200,000 cycles.
#[test]
fn a_long_hash_is_no_hang() {
    let code = ".slot loop\n nop [] nop 4000\nloop: dup0 iszero cjump .done push 1 swap1 sub\n\
                swap1 push [0] push 0 tset swap1 goto loop\n.done: pop dup0 hash pop dup0 log rset halt";
    ends(code, "[[run]]\nexpect = { outcome = \"halted\" }");
}

#[test]
fn what_is_no_proof_is_refused_with_its_place() {
    let check = ["check-proof", "p.json"];
    refused(&[], &check, "p.json: no such file", "");
    refused(&[("p.json", "{\n \"machine\": ")], &check, "p.json:2:", "avm prove");
    refused(&[("p.json", "[]")], &check, "p.json:1:", "avm prove");
    let proof = |machine: &str, standard: &str, name: &str| {
        format!(
            "{{\"machine\": \"{machine}\", \"step\": 0,\n\"before\": {{}}, \"after\": {{}},\n\"proof\": {{\"{name}\": \"{standard}\"}}}}"
        )
    };
    refused(&[("p.json", &proof("other", "00", "standard"))], &check, "p.json:1:1: error: unknown machine `other`", "");
    refused(&[("p.json", &proof("arbitrum", "0", "standard"))], &check, "p.json:3:", "`standard` is not");
    refused(&[("p.json", &proof("arbitrum", "zz", "standard"))], &check, "p.json:3:", "hexadecimal");
    refused(&[("p.json", &proof("arbitrum", "00", "\\u001b[31m"))], &check, "p.json:3:", "letters, digits and `_`");
    refused(&[("p.json", &proof("arbitrum", "00", "a-b"))], &check, "p.json:3:12: error: ", "no name");
    let proved = |before: &str| {
        format!(
            "{{\"machine\": \"arbitrum\", \"step\": 0,\n\"before\": {{\n{before}\n}}, \"after\": {{}},\n\"proof\": {{}}}}"
        )
    };
    let hash = "0".repeat(64);
    let says = "`machine` has 2 digits: a hash is 32 bytes, 64 digits";
    refused(&[("p.json", &proved("\"machine\": \"00\""))], &check, "p.json:3:13: error: ", says);
    let digits = hash.replacen('0', "g", 1);
    let says = "`machine` has a character that is no hexadecimal digit";
    refused(&[("p.json", &proved(&format!("\"machine\":\n  \"{digits}\"\n\n")))], &check, "p.json:4:4: error: ", says);
    let twice = format!("\"machine\": \"{hash}\",\n \"machine\": \"{hash}\"");
    let says = "`machine` is given a second time: the first is in line 3, column 2";
    refused(&[("p.json", &proved(&twice))], &check, "p.json:4:3: error: ", says);
    let twice = proved("").replace("\"proof\"", "\"step\": 1,\n \"proof\"");
    refused(
        &[("p.json", &twice)],
        &check,
        "p.json:5:",
        "`step` is given a second time: the first is in line 1, column 26",
    );
    let more = proved("").replace("\"proof\"", "\"poof\"");
    refused(&[("p.json", &more)], &check, "p.json:5:2: error: unknown field `poof`", "`before`");
    let less = proved("").replace("\"step\": 0,", "");
    refused(&[("p.json", &less)], &check, "p.json:1:1: error: no `step`", "avm prove");
    let folder = temporary();
    written(folder.path(), &[("s.toml", &scenario(SHORT, RUN))]);
    assert_eq!(avm(folder.path(), &["prove", "s.toml", "--step", "0", "-o", "p.json"]).code, 0);
    let right = fs::read_to_string(folder.path().join("p.json")).expect("a proof");
    let more = right.replacen("\"before\": {", &format!("\"before\": {{\n\"more\": \"{hash}\","), 1);
    let called = called(&[("p.json", &more)], &check);
    assert!(called.code == 1 && called.out.contains("REFUSED: no state has a `more`"), "{called:?}");
    let foreign = ["check-proof", "p.json", "--machine", "algorand"];
    refused(&[("p.json", &proof("arbitrum", "00", "standard"))], &foreign, "p.json:1:1: error: ", "`algorand`");
    refused(&[], &["prove", "s.toml", "--step", "0"], "s.toml: no such file", "");
}

/// A program that finds no room after so many steps: the next one is none, and there is no proof of it.
#[test]
fn steps_that_are_not_made_are_not_proved() {
    let full = scenario(".repeat 1025\nnop 7\n.end", RUN);
    let of = |step| called(&[("s.toml", &full)], &["prove", "s.toml", "--step", step]);
    assert_eq!(of("1023").code, 0);
    let short = scenario(SHORT, RUN);
    let blocked = scenario("inbox halt", RUN);
    for (text, step, made) in [(&full, "1024", 1024), (&short, "4", 4), (&short, "9", 4), (&blocked, "0", 0)] {
        let says = format!("there is no step {step}: the run has {made},");
        refused(&[("s.toml", text)], &["prove", "s.toml", "--step", step], "s.toml: error: ", &says);
    }
}

#[test]
fn claims_without_end_are_refused() {
    let endless = scenario(".slot l\nl: goto l", RUN);
    refused(&[("s.toml", &endless)], &["prove", "s.toml", "--claims"], "s.toml: error: ", "200000 states");
}

#[test]
fn claims_that_are_wrong_are_refused_with_their_place() {
    let short = scenario(SHORT, RUN);
    let bisect = ["bisect", "s.toml", "c.json"];
    let claims = |states: &str| format!("{{\"machine\": \"arbitrum\",\n \"claims\": [{states}]}}");
    let hash = "a".repeat(64);
    let cases = [
        ("{\"machine\": \"\\u001b[31m\"}".into(), "hexadecimal"),
        ("{\"\\u001b[31m\": \"00\"}".into(), "names of letters"),
        ("{\"machine\": \"zz\"}".into(), "`machine` has a character that is no hexadecimal digit"),
        ("{\"machine\": \"00\"}".into(), "a hash is 32 bytes, 64 digits"),
        (format!("{{\"machine\": \"{hash}00\"}}"), "`machine` has 66 digits"),
        (
            format!("{{\"a\": \"{hash}\", \"a\": \"{hash}\"}}"),
            "`a` is given a second time: the first is in line 2, column 15",
        ),
        (format!("{{\"machine\": \"{hash}\"}}, {{}}"), "state 1 has not"),
        ("7".into(), "not an object"),
    ];
    for (states, says) in cases {
        refused(&[("s.toml", &short), ("c.json", &claims(&states))], &bisect, "c.json:2:", says);
    }
    let foreign = claims(&format!("{{\"machine\": \"{hash}\"}}"));
    refused(&[("s.toml", &short), ("c.json", &foreign)], &bisect, "s.toml, c.json: error: ", "same state");
}

/// Two files of claims need no scenario to say which machine they are of; digits may be large.
#[test]
fn claims_against_claims() {
    let folder = temporary();
    written(folder.path(), &[("s.toml", &scenario(SHORT, RUN))]);
    assert_eq!(avm(folder.path(), &["prove", "s.toml", "--claims", "-o", "a.json"]).code, 0);
    let claims = fs::read_to_string(folder.path().join("a.json")).expect("claims");
    let large: Vec<_> = claims
        .lines()
        .map(|line| line.split_once("\": \"").map_or(line.into(), |(n, d)| format!("{n}\": \"{}", d.to_uppercase())))
        .collect();
    written(folder.path(), &[("b.json", &large.join("\n").replace("ARBITRUM", "arbitrum"))]);
    for parties in [["a.json", "b.json"], ["s.toml", "b.json"]] {
        let called = avm(folder.path(), &["bisect", parties[0], parties[1]]);
        assert!(called.code == 0 && called.out.starts_with("no dispute"), "{parties:?}: {called:?}");
    }
}

#[test]
fn names_of_runs_can_be_printed() {
    let long = "n".repeat(81);
    for name in ["", "a\\nb", "\\u001b[31m", "\\u202e", &long] {
        let text = scenario(SHORT, &format!("[[run]]\nname = \"{name}\""));
        refused(&[("s.toml", &text)], &["run", "s.toml"], "s.toml:6:8: error: the name of a run", "80 characters");
    }
    let text = scenario(SHORT, "[[run]]\nname = \"e\u{301}\"");
    assert_eq!(called(&[("s.toml", &text)], &["run", "s.toml"]).code, 0);
}

#[test]
fn kinds_are_numbers_like_the_others() {
    let message = |kind: &str| {
        scenario(
            "inbox push 0 tget halt",
            &format!("[[run]]\ninbox = [{{ kind = {kind} }}]\nexpect = {{ stack = [3] }}"),
        )
    };
    for kind in ["3", "\"3\"", "\"0x03\""] {
        assert_eq!(called(&[("s.toml", &message(kind))], &["cosim", "s.toml"]).code, 0, "{kind}");
    }
    for kind in ["256", "-1", "\"0x100\""] {
        refused(&[("s.toml", &message(kind))], &["run", "s.toml"], "s.toml:6:", "a kind has at most 8 bits");
    }
    let negative = scenario(SHORT, "[[run]]\nexpect = { steps = -1 }");
    refused(&[("s.toml", &negative)], &["run", "s.toml"], "s.toml:6:", "0 to 2^64 - 1");
}

#[test]
fn errors_in_images_begin_with_file_line_and_column() {
    refused(
        &[("a.mexe", "{\"code\":\n[5], \"static_val\": {\"Tuple\": []}}")],
        &["disasm", "a.mexe"],
        "a.mexe:2:2: error: ",
        "(",
    );
}

/// Written out it would have 2^20 parts.
#[test]
fn a_graph_on_the_stack_is_shown_by_its_type() {
    let code = ".repeat 20\ndup0 push [0, 0] push 0 tset push 1 tset\n.end\nhalt";
    let text = scenario(&format!("push 1\n{code}"), "[[run]]\nexpect = { stack = [1] }");
    let called = called(&[("s.toml", &text)], &["run", "s.toml"]);
    assert!(called.code == 1 && called.out.contains("[a Tuple]"), "{called:?}");
}

/// A trace names the file of an included line, and where its macro was called; routines are the methods of a profile.
#[test]
fn places_name_files_macros_and_routines() {
    let files = [
        ("lib.inc", ".macro twice\n  dup0  add\n.end\n"),
        ("a.avma", ".include \"lib.inc\"\nmain:\n  push 2\n  twice\nrest:\n  halt\n"),
        ("a.toml", "machine = \"arbitrum\"\nsource = \"a.avma\"\n\n[[run]]\nname = \"r\"\n"),
    ];
    let traced = called(&files, &["run", "--trace", "a.toml"]).out;
    for says in ["main (line 3)", "lib.inc, `twice` of line 4)", "rest (line 6)"] {
        assert!(traced.contains(says), "{says}: {traced}");
    }
    let profile = called(&files, &["profile", "a.toml"]).out;
    assert!(profile.contains("lib.inc:2: dup0") && profile.contains("a.avma:3: push 2"), "{profile}");
    let profile: serde_json::Value =
        serde_json::from_str(&called(&files, &["profile", "--json", "a.toml"]).out).expect("JSON");
    let count = |method: &str| {
        let methods = profile["methods"].as_array().expect("a list");
        methods.iter().find(|m| m["name"] == method).map(|m| m["count"].clone())
    };
    assert_eq!((count("main"), count("rest")), (Some(3.into()), Some(1.into())), "{profile}");
}

/// Where a run ended that did not halt, and the gas, whoever runs it.
#[test]
fn a_run_that_did_not_halt_has_a_place_and_its_gas() {
    let source = ".slot main\n.macro bad\n push 1 auxpop\n.end\nmain: push 1 pop\n bad";
    let text = scenario(source, "[[run]]\nname = \"r\"\nexpect = { outcome = \"halted\" }");
    let place = "at main pc 4, line 3, `auxpop`, `bad` of line 6: too few values on a stack";
    for command in ["run", "sim", "cosim"] {
        let shown = called(&[("s.toml", &text)], &[command, "s.toml"]);
        for says in ["  r: error, 4 bytecodes, fuel 8\n", place, "missed outcome: expected halted, got error, at main"]
        {
            assert!(shown.code == 1 && shown.out.contains(says), "{command}, {says}: {shown:?}");
        }
        let json = called(&[("s.toml", &text)], &[command, "--json", "s.toml"]).out;
        let rows: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let frame = &rows[0]["calls"][0]["place"]["frames"][0];
        let found = (&frame["method"], &frame["pc"], &frame["line"], &frame["macros"][0]);
        assert_eq!(found, (&"main".into(), &4.into(), &3.into(), &"`bad` of line 6".into()), "{command}: {json}");
    }
    let regress = called(&[("s.toml", &text)], &["regress", "--no-store", "s.toml"]);
    assert!(regress.code == 1 && regress.out.contains(place), "{regress:?}");
    let endings = [
        (SHORT, "halted", ""),
        ("push 4 setgas push 1 push 1 mul", "error", "at pc 5, line 1, `mul`: less gas than the instruction costs"),
        ("push [] push 1 add", "error", "at pc 3, line 1, `add`: an operand of a wrong type"),
        ("nop", "error", "at pc 0, `errcp`: the program came to its end, or jumped to the error CodePoint"),
        (
            "errcodepoint push opcode(error) pushinsn jump",
            "error",
            "at made at run time pc 5, `error`: the program raised it",
        ),
        ("inbox", "blocked", "at pc 1, line 1, `inbox`: the inbox has no message left"),
        (".repeat 1025\nnop 7\n.end", "capacity", "at pc 1025, line 2, `nop 7`: no room: data stack"),
    ];
    for (code, outcome, says) in endings {
        for command in ["run", "sim"] {
            let shown = called(&[("s.toml", &scenario(code, RUN))], &[command, "-c", "s.toml"]);
            let line = format!("run 0: {outcome}, ");
            assert!(shown.out.contains(&line) && shown.out.contains(says), "{command}: {code}: {shown:?}");
            assert_eq!(shown.out.contains(" at "), !says.is_empty(), "{shown:?}");
            assert!(!shown.out.contains("fuel 0\n") || outcome == "blocked", "{command}: {code}: {shown:?}");
        }
    }
}

/// Words that no source has are told by their CodePoint in tables, listings and traces; what is in a stage has a name.
#[test]
fn what_was_made_at_run_time_has_an_address() {
    let code = "errcodepoint push opcode(halt) pushinsn push opcode(nop) pushinsn jump";
    let files = [("m.toml", scenario(code, RUN))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    for (arguments, says) in [
        (&["profile", "m.toml"][..], "\n@8: nop "),
        (&["profile", "--annotate", "m.toml"], " @8 "),
        (&["run", "--trace", "m.toml"], "made at run time +8 "),
        (&["sim", "--trace", "m.toml"], "made at run time +7 "),
    ] {
        let shown = called(&files, arguments);
        assert!(shown.code == 0 && shown.out.contains(says), "{arguments:?}: {shown:?}");
    }
    let events = called(&files, &["profile", "--perfetto", "-", "m.toml"]).out;
    let events: serde_json::Value = serde_json::from_str(&events).expect("JSON");
    let names: Vec<_> = events["traceEvents"].as_array().expect("a list").iter().map(|e| &e["name"]).collect();
    assert!(names.contains(&&"pushinsn".into()) && !names.contains(&&"?".into()), "{names:?}");
}
