// SPDX-License-Identifier: MIT OR Apache-2.0
//! Traces, and where a call ended that did not return.

use std::fs;

use crate::support::{Called, avm, temporary};
use serde_json::Value;

/// `main` invokes `inner`, which invokes `half` and reads page 9; without an argument it looks at page 3.
const PROGRAM: &str = ".method half public
.arg a 8
    load_64 a  const 2  udiv  ireturn
.method main public
.arg a 8
    load_64 a  brz .none
    load_64 a  arg_64  self  const index(inner)  invoke_external
    ireturn
.none:
    const 3  psize  ireturn
.method inner private_or_public
.arg a 8
    load_64 a  arg_64
    invoke_internal half
    const 8  const 9  hload_64
    ireturn
";

fn called(arguments: &[&str], calls: &str) -> Called {
    let folder = temporary();
    let program = PROGRAM.replace("private_or_public", "public");
    let scenario = format!(
        "machine = \"algorand\"\ndefaults = {{ method = \"main\", fuel = 100 }}\ncall = [\n{calls}\n]\n[[app]]\nid = 7\n\
         source = \"m.avm\"\n[world.algorand]\naccess = [{{ app = 7, pages = [9] }}]\n"
    );
    fs::write(folder.path().join("m.avm"), program).expect("written");
    fs::write(folder.path().join("s.toml"), scenario).expect("written");
    avm(folder.path(), &[arguments, &["s.toml"]].concat())
}

fn lines(called: &Called) -> Vec<Value> {
    called.out.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

/// All three descriptions show the same, those with a clock with it.
#[test]
fn a_trace_has_a_line_for_each_instruction() {
    for command in ["run", "sim", "cosim"] {
        let called = called(&[command, "--trace"], "{ args = [3] }");
        assert_eq!(called.code, 0, "{called:?}");
        let shown: Vec<&str> = called.out.lines().collect();
        assert_eq!(shown[0], "s, call 0: main");
        for (line, says) in [
            (1, "91  7 main line 6        load_64 0              [] -> [3]"),
            (7, "78  7 main line 7        invoke_external        [7 2] -> []"),
            (8, "77    7 inner line 13      load_64 0              [] -> [3]"),
            (13, "54      7 half line 3        udiv                   [3 2] -> [1]"),
            (17, "48    7 inner line 15      hload_64               [1 8 9] -> []  page"),
        ] {
            assert!(shown[line].ends_with(says), "{command}: {}", shown[line]);
        }
        assert_eq!(shown[18], "  exception page (0xc00000000000000e), 17 bytecodes, fuel 52");
        let clock = shown[1].split_whitespace().next().and_then(|w| w.parse::<u64>().ok());
        assert_eq!(clock.is_some_and(|c| c > 91), command != "run", "{}", shown[1]);
    }
}

#[test]
fn in_json_each_line_is_an_object() {
    for command in ["run", "sim", "cosim"] {
        let called = called(&[command, "--trace", "--json"], "{ args = [3] }");
        let all = lines(&called);
        let events: Vec<&str> = all.iter().filter_map(|o| o["event"].as_str()).collect();
        assert_eq!((events.len(), events[0], events[1], events[18]), (19, "call", "step", "end"), "{events:?}");
        let udiv = &all[13];
        assert_eq!((&udiv["instruction"], &udiv["method"], &udiv["line"]), (&"udiv".into(), &"half".into(), &3.into()));
        assert_eq!((&udiv["fuel_before"], &udiv["fuel_after"], &udiv["depth"]), (&70.into(), &54.into(), &3.into()));
        assert_eq!(udiv["stack_before"], serde_json::json!(["0x3", "0x2"]));
        assert_eq!((&udiv["stack_after"], udiv["cycle"].is_u64()), (&serde_json::json!(["0x1"]), command != "run"));
        let last = &all[19];
        assert_eq!((&last["scenario"], &last["calls"][0]["bytecodes"]), (&"s".into(), &17.into()), "{last}");
    }
}

#[test]
fn a_trace_of_invocations_has_a_line_for_each() {
    for command in ["run", "sim", "cosim"] {
        let called = called(&[command, "--trace=invocations"], "{ args = [3] }");
        let shown: Vec<&str> = called.out.lines().take(4).collect();
        let expected = [
            "s, call 0: main",
            "        92         48  7 main line 6 (0300000000000000): exception page (0xc00000000000000e)",
            "        78         48    7 inner line 13 (0300000000000000): exception page",
            "        72         52      7 half line 3 (0300000000000000): returned 1",
        ];
        assert_eq!(shown, expected, "{command}");
    }
    let called = called(&["run", "--trace=invocations", "--json"], "{ args = [3] }, { args = [3], fuel = 30 }");
    let all = lines(&called);
    let of = |event: &str| all.iter().filter(|o| o["event"] == event).count();
    assert_eq!((of("invocation"), of("call"), of("end")), (6, 2, 2), "{all:?}");
}

/// What is said of each end, and of the invokers.
#[test]
fn a_call_that_does_not_return_says_where() {
    let cases: [(&str, &[&str]); 4] = [
        (
            "{ args = [3], returns = 1 }",
            &[
                "    at 7 inner pc 37, line 15, `hload_64`: page 7:9 is absent",
                "    from 7 main pc 20, line 7, `invoke_external`",
                "missed outcome: expected returned 1 (0x1), got exception page (0xc00000000000000e), at 7 inner pc 37",
            ],
        ),
        ("{ args = [0], returns = 1 }", &["    at 7 main pc 24, line 10, `psize`: page 7:3 is not in the access list"]),
        (
            "{ args = [3], fuel = 30, returns = 1 }",
            &[
                "    at 7 half pc 5, line 3, `udiv`: it costs 16, the tank held 0",
                "    from 7 inner pc 30, line 14, `invoke_internal 0`",
                "    from 7 main pc 20, line 7, `invoke_external`",
            ],
        ),
        ("{ args = [], returns = 1 }", &["    method 1 of application 7 takes 8 argument bytes, 0 were given"]),
    ];
    for (call, says) in cases {
        for command in ["run", "sim", "cosim", "regress"] {
            let arguments: &[&str] = if command == "regress" { &["regress", "--no-store"] } else { &[command] };
            let called = called(arguments, call);
            assert_eq!(called.code, 1, "{called:?}");
            let reported = says.iter().filter(|s| command != "regress" || s.starts_with("missed"));
            for line in reported {
                let line = if command == "regress" { line.trim_start_matches("missed ") } else { line };
                assert!(called.out.contains(line), "{command} {call}: no `{line}` in\n{}", called.out);
            }
        }
        let called = called(&["run", "--json"], call);
        let rows: Value = serde_json::from_str(&called.out).expect("JSON");
        let place = &rows[0]["calls"][0]["place"];
        assert!(place["concerns"].is_string() && place["frames"].is_array(), "{rows}");
    }
}

/// Everything that a limit or a check can be about.
#[test]
fn what_was_concerned_is_named() {
    let scenario = |code: &str, world: &str| {
        format!(
            "machine = \"algorand\"\n{world}\ncall = [{{ app = 7, method = \"m\", fuel = 10000, returns = 1 }}]\n\
             [[app]]\nid = 7\nname = \"shop\"\ntext = \"\"\"\n.method m public frame=8\n{code}\n ireturn\n\
             .method one args=1 frame=1\n return\n\"\"\"\n"
        )
    };
    let cases = [
        ("const 5 const 0 udiv", "operands 0, 5, the uppermost first"),
        ("const 5 athrow", "it throws 5"),
        ("load_64 8", "8 bytes at offset 8 of a frame of 8"),
        ("const 16 loadx_u32", "4 bytes at offset 16 of a frame of 8"),
        ("invoke_internal 2", "application 7 has 2 methods, none is 2"),
        ("invoke_internal one", "method 1 of application 7 takes 1 argument bytes, 0 were given"),
        ("const 9 const 0 invoke_external", "application 9 is not in the access list"),
        ("self const 1 invoke_external", "method 1 of application 7 is private"),
        ("invoke_internal m", "512 methods are active, the limit"),
        ("const 8 const 1 palloc const 1 psize", "page 7:1 is not in the access list"),
        ("add", "no instruction"),
    ];
    for (code, says) in cases {
        let code = if code == "add" { ".u8 0" } else { code };
        let folder = temporary();
        fs::write(folder.path().join("s.toml"), scenario(code, "")).expect("written");
        let called = avm(folder.path(), &["run", "s.toml"]);
        assert!(called.out.contains(says), "{code}: no `{says}` in\n{}{}", called.out, called.err);
        assert!(called.out.contains("at 7 (shop) m pc "), "{}", called.out);
    }
}
