// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a scenario may say, to the letter: numbers in every form, lists without repetitions, calls that can begin; and
//! files that are not right beside others that are.

use std::fs;

use crate::support::{Called, avm, temporary};

const PROGRAM: &str = ".method m public\n.arg a 8\n load_64 a ireturn\n.method p\n return\n";

/// A scenario of application 7 with a public method `m`, which gives its argument for 11 fuel, and a private one `p`.
fn scenario(world: &str, call: &str) -> String {
    format!("machine = \"algorand\"\ncall = [\n{call}\n]\n[[app]]\nid = 7\ntext = \"\"\"\n{PROGRAM}\"\"\"\n{world}\n")
}

fn run(text: &str) -> Called {
    let folder = temporary();
    fs::write(folder.path().join("s.toml"), text).expect("written");
    avm(folder.path(), &["run", "s.toml"])
}

fn refused(text: &str, place: &str, says: &str) {
    let called = run(text);
    assert_eq!((called.code, called.out.as_str(), called.err.lines().count()), (2, "", 1), "{text}: {called:?}");
    assert!(called.err.starts_with(&format!("s.toml:{place}: error: ")) && called.err.contains(says), "{}", called.err);
}

fn right(text: &str) {
    let called = run(text);
    assert_eq!((called.code, called.err.as_str()), (0, ""), "{text}: {called:?}");
}

#[test]
fn arguments_fit_their_width() {
    let with = |arg: &str| scenario("", &format!("{{ method = \"m\", args = [{arg}], fuel = 11, expect = {{}} }}"));
    for (arg, says) in [
        ("\"u8:256\"", "256 does not fit 1 unsigned byte: 0 to 255"),
        ("\"u8:-1\"", "-1 does not fit 1 unsigned byte: 0 to 255"),
        ("\"u16:65536\"", "65536 does not fit 2 unsigned bytes: 0 to 65535"),
        ("\"u32:0x100000000\"", "does not fit 4 unsigned bytes"),
        ("\"u64:-1\"", "-1 does not fit 8 unsigned bytes"),
        ("\"u64:18446744073709551616\"", "not an argument"),
    ] {
        refused(&with(arg), "3:25", says);
    }
    for arg in
        ["\"u64:0xffffffffffffffff\"", "-1", "\"-1\"", "\"u32:4294967295\", \"u32:0\"", "\"hex:ffffffffffffffff\""]
    {
        right(&with(arg));
    }
}

#[test]
fn every_integer_may_be_a_string() {
    let world = "[world]\nlatency = { seed = \"0xffffffffffffffff\", min = \"1\", max = \"0x3\" }\n\
        limits = { call_depth = \"1\", invocations = \"0x1\", log = \"0\" }";
    let call = "{ method = \"m\", args = [5], fuel = \"0x64\", returns = \"5\", fuel_used = \"11\", \
        expect = { log = \"0\", cycles = \"0x100\" } },\n\
        { method = \"m\", args = [5], sweep = [\"9\", \"0xc\"], expect = { value = 5, fuel_used = \"0xb\" } }";
    right(&scenario(world, call));
    let with = |call: &str| scenario("", &format!("{{ method = \"m\", args = [5], {call} }}"));
    refused(&with("fuel = \"x\""), "3:36", "`fuel` must be 0 or more");
    refused(&with("fuel = \"-1\""), "3:36", "`fuel` must be 0 or more");
    refused(&with("fuel = \"0x8000000000000000\""), "3:36", "`fuel` must be 0 or more");
    refused(&with("sweep = [\"-1\", 5], fuel_used = 3"), "3:38", "`sweep` must be 0 or more");
    refused(&with("sweep = [5, 4], fuel_used = 3"), "3:37", "`sweep` needs FIRST <= LAST");
    refused(&with("sweep = [0, 100000], fuel_used = 3"), "3:37", "at most 100000 calls");
    refused(&with("sweep = [5, 6, 7], fuel_used = 3"), "3:37", "`sweep` has two elements, not 3");
    refused(&with("sweep = [5], fuel_used = 3"), "3:37", "`sweep` has two elements, not 1");
    refused(
        &with("sweep = [0, 5], returns = 77, fuel_used = 11"),
        "3:37",
        "the `sweep` ends at 5 and never reaches `fuel_used`, 11",
    );
    refused(&with("sweep = [0, 10], fuel_used = 11"), "3:37", "never reaches `fuel_used`");
    right(&with("sweep = [0, 11], returns = 5, fuel_used = 11"));
    refused(&with("fuel = 1, expect = { cycles = -1 }"), "3:59", "`cycles` must be 0 to");
    let limits = |limit: &str| scenario(&format!("[world]\nlimits = {{ {limit} }}"), "{ method = \"m\", fuel = 1 }");
    refused(&limits("invocations = \"0x100000000\""), "15:26", "`invocations` must be 1 to 4294967294");
    let latency = "[world]\nlatency = { seed = \"s\", min = 1, max = 2 }";
    refused(
        &scenario(latency, "{ method = \"m\", fuel = 1 }"),
        "15:20",
        "not an integer, or outside 0 to 18446744073709551615",
    );
}

#[test]
fn fuel_or_sweep_each_way_of_saying_it_wrong_has_its_own_message() {
    let with = |call: &str| scenario("", &format!("{{ method = \"m\", args = [5]{call} }}"));
    refused(&with(""), "3:1", "the call has neither `fuel` nor `sweep`, and `defaults` has no `fuel` (add `fuel = N`)");
    refused(
        &with(", fuel = 1, sweep = [0, 1], fuel_used = 1"),
        "3:47",
        "the call has both `fuel` and `sweep` (remove one of them)",
    );
}

#[test]
fn what_is_listed_twice_is_refused_and_the_order_does_not_matter() {
    let with = |list: &str| {
        scenario(&format!("[world.algorand]\naccess = [{list}]"), "{ method = \"m\", args = [5], fuel = 11 }")
    };
    let many = "{ app = 7, pages = [1] },".repeat(34);
    refused(&with(&many), "15:56", "page 1 of application 7 is listed twice (remove one of them (D32))");
    refused(&with("{ app = 7, pages = [0, 1, \"0x0\"] }"), "15:37", "page 0 of application 7 is listed twice");
    refused(&with("{ app = 7 }, { app = \"7\" }"), "15:24", "application 7 is listed twice");
    right(&with("{ app = 9, pages = [5, 3] }, { app = 7, pages = [4] }, { app = 7, pages = [2] }, { app = 9 }"));
}

#[test]
fn a_call_that_cannot_begin_is_said_aloud_unless_it_is_expected() {
    let aloud = |call: &str, says: &str| {
        for command in ["run", "sim", "cosim"] {
            let folder = temporary();
            fs::write(folder.path().join("s.toml"), scenario("", call)).expect("written");
            let called = avm(folder.path(), &[command, "s.toml"]);
            assert_eq!(called.code, 0, "{called:?}");
            assert!(called.err.contains("s.toml:") && called.err.contains(says), "{call}: {}", called.err);
        }
    };
    aloud(
        "{ method = \"m\", args = [5, \"u8:1\"], fuel = 100 }",
        "warning: `m` takes 8 argument bytes, the call gives 9 (the call ends with the exception `arguments`",
    );
    aloud("{ method = \"m\", fuel = 100, fuel_used = 8 }", "warning: `m` takes 8 argument bytes, the call gives 0");
    aloud("{ method = \"p\", fuel = 100 }", "warning: `p` is private");
    aloud("{ method = 2, fuel = 100 }", "warning: application 7 has no method 2");
    right(&scenario("", "{ method = \"m\", fuel = 100, expect = { exception = \"0x800000000000000d\" } }"));
    right(&scenario("", "{ method = \"m\", fuel = 100, expect = { outcome = \"exception\" } }"));
}

#[test]
fn a_file_that_is_not_right_does_not_keep_the_others_from_running() {
    let folder = temporary();
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
    fs::create_dir(folder.path().join("all")).expect("made");
    let good = scenario("", "{ method = \"m\", args = [5], fuel = 100, returns = 5 }");
    put("all/a_bad.toml", "machine = \"pdp11\"\n");
    put("all/b_good.toml", &good);
    put("all/c_bad.toml", "machine = \"algorand\"\n");
    put("all/d_good.toml", &good.replace("returns = 5", "returns = 6"));
    for command in ["run", "sim", "cosim"] {
        let called = avm(folder.path(), &[command, "all"]);
        assert_eq!(called.code, 2, "{called:?}");
        for says in
            ["all/a_bad.toml:1:11: error: for the machine", "all/c_bad.toml:1:1: error: ", "2 of 4 files did not run"]
        {
            assert!(called.err.contains(says), "{says}: {}", called.err);
        }
        assert!(called.out.contains("b_good") && called.out.contains("1 MISSED"), "{}", called.out);
    }
    let called = avm(folder.path(), &["regress", "--no-store", "all"]);
    assert_eq!(called.code, 2, "{called:?}");
    assert!(called.err.contains("all/c_bad.toml:1:1: error: "), "{}", called.err);
    let called = avm(folder.path(), &["run", "all/c_bad.toml", "all/a_bad.toml"]);
    assert_eq!((called.code, called.out.as_str(), called.err.lines().count()), (2, "", 2), "{called:?}");
}

#[test]
fn arrays_are_no_tables() {
    let call = "{ method = \"m\", args = [5], fuel = 100 }";
    let array = |value: &str| format!("invalid type: {value}, expected a table `{{ KEY = VALUE }}`");
    let top = |line: &str| scenario("", call).replacen('\n', &format!("\n{line}\n"), 1);
    refused(&top("defaults = [7, \"m\", 100]"), "2:12", &array("sequence"));
    refused(&top("world = { latency = [1, 1, 9] }"), "2:21", &array("sequence"));
    refused(&top("world = { limits = [1, 1, 9] }"), "2:20", &array("sequence"));
    refused(&top("world = []"), "2:9", &array("sequence"));
    refused(&top("defaults = \"m\""), "2:12", &array("string \"m\""));
    let with = |rest: &str| scenario("", &format!("{{ method = \"m\", args = [5], fuel = 100, {rest} }}"));
    refused(&with("expect = [\"returned\"]"), "3:50", &array("sequence"));
    refused(&with("access = [[7]]"), "3:51", &array("sequence"));
    refused(&scenario("", "[7, \"m\"]"), "3:1", &array("sequence"));
}

#[test]
fn defaults_that_no_call_takes_are_right_all_the_same() {
    let call = "{ app = 7, method = \"m\", args = [5], fuel = 100 }";
    let with = |defaults: &str| scenario("", call).replacen('\n', &format!("\ndefaults = {{ {defaults} }}\n"), 1);
    right(&with("app = 7, method = \"p\""));
    right(&with("method = 1"));
    refused(&with("app = 9"), "2:20", "application 9 is not installed (there is: 7)");
    refused(&with("method = \"nope\""), "2:23", "no method `nope` (there is: m, p)");
    refused(&with("app = 7, method = \"nope\""), "2:32", "no method `nope`");
    for index in ["-1", "\"-1\"", "\"-0x1\""] {
        refused(&with(&format!("method = {index}")), "2:23", "a method index is 0 or more");
        let call = format!("{{ method = {index}, fuel = 100 }}");
        refused(&scenario("", &call), "3:12", "a method index is 0 or more");
    }
}
