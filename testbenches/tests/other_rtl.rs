// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm cosim --rtl`: other Verilog of a module in lockstep. What is wrong in it is reported, and so is what is no Verilog.

use std::fs;

use crate::support::{avm, root};

#[test]
fn other_verilog_of_a_module_is_what_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("alu.sv");
    let alu = fs::read_to_string(root().join("rtl/algorand/alu.sv")).expect("the ALU");
    let broken = alu.replacen("left + right + {63'd0, subtract}", "left + right", 1);
    assert_ne!(alu, broken, "the adder is written in other words");
    fs::write(&file, broken).expect("written");
    let path = file.to_str().expect("UTF-8");
    let failures = folder.path().join("failures");
    let failures = failures.to_str().expect("UTF-8");
    let scenario = "testbenches/algorand/units/alu.toml";
    let run = || avm(root(), &["cosim", "--rtl", path, "--failures", failures, scenario]);

    let called = run();
    assert!(called.code == 1 && called.out.contains("MISMATCH"), "{called:?}");
    let entry = fs::read_dir(failures).expect("failure folders").next().expect("one").expect("readable");
    let report = fs::read_to_string(entry.path().join("report.txt")).expect("a report");
    let replay = format!("avm cosim --rtl {path} ");
    assert!(report.contains(&replay), "{report}");
    // Alone, the folder does not say what ran: it is refused, with the line to type.
    let called = avm(root(), &["replay", entry.path().to_str().expect("UTF-8")]);
    assert!(called.code == 2 && called.err.contains("other RTL") && called.err.contains(&replay), "{called:?}");

    let called = avm(root(), &["cosim", "--rtl", path, "--rtl", path, scenario]);
    assert!(called.code == 2 && called.err.contains("another file has this name already"), "{called:?}");

    fs::write(&file, "module alu;\n  no Verilog\nendmodule\n").expect("written");
    let called = run();
    assert!(called.code == 2 && called.err.contains(&format!("{path}:3:")), "{called:?}");
    fs::remove_file(&file).expect("removed");
    let called = run();
    assert!(called.code == 2 && called.err.contains(&format!("{path}: error: ")), "{called:?}");
}
