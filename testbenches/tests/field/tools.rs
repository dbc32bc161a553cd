// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tools around: what Verilog includes, C++ compilers of all kinds, where cargo puts the binary.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use crate::support::{avm, root, temporary};

fn script(path: &Path, text: &str) {
    fs::write(path, text).expect("written");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("set");
}

/// Atomics that are in no processor: a library has them.
const ATOMICS: &str = "#include <atomic>
struct Two { long a, b; };
static std::atomic<Two> two;
__attribute__((used)) static long touched() { return two.load().a; }
";

/// A change of what is included only, and the same file beside other includes, are other builds. The compiler is one
/// that knows fewer flags and calls functions for atomics, as clang does, called by a cache.
#[test]
fn what_is_included_counts_and_any_compiler_does() {
    let folder = temporary();
    let at = folder.path();
    let alu = fs::read_to_string(root().join("rtl/algorand/alu.sv")).expect("the ALU");
    let sum = "left + right + {63'd0, subtract}";
    let included = format!("`include \"defs.svh\"\n{}", alu.replacen(sum, "`SUM", 1));
    assert!(included.contains("`SUM"), "the adder is written in other words");
    for (name, text) in [("a", sum), ("b", "left + right")] {
        fs::create_dir(at.join(name)).expect("made");
        fs::write(at.join(name).join("alu.sv"), &included).expect("written");
        fs::write(at.join(name).join("defs.svh"), format!("`define SUM {text}\n")).expect("written");
    }
    fs::write(at.join("atomics.h"), ATOMICS).expect("written");
    let include = format!("-include {}", at.join("atomics.h").display());
    script(
        &at.join("clang++"),
        &format!(
            "#!/bin/sh\nfor a; do case \"$a\" in -fno-gnu-unique) echo \"error: unknown argument: '$a'\" >&2; exit 1;; -c) more='{include}';; esac; done\nexec g++ \"$@\" $more -O0\n"
        ),
    );
    script(&at.join("cache"), "#!/bin/sh\nexec \"$@\"\n");
    let compiler = format!("{} {}", at.join("cache").display(), at.join("clang++").display());
    for link in ["rtl", "testbenches"] {
        std::os::unix::fs::symlink(root().join(link), at.join(link)).expect("made");
    }
    let run = |name: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
        command.args(["cosim", "--rtl", &format!("{name}/alu.sv"), "testbenches/algorand/units/alu.toml"]);
        let output = command.current_dir(at).env("CXX", &compiler).output().expect("avm starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run("a");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(run("b").0, Some(1), "the same file beside another include");
    fs::write(at.join("a/defs.svh"), "`define SUM left + right\n").expect("written");
    assert_eq!(run("a").0, Some(1), "only the included file has changed");
    let builds = || fs::read_dir(at.join("target/rtl")).expect("there").count();
    let before = builds();
    assert_eq!(run("a").0, Some(1));
    assert_eq!(builds(), before, "nothing is built twice");
}

#[test]
fn a_compiler_that_is_not_there_is_named() {
    let folder = temporary();
    let at = folder.path();
    std::os::unix::fs::symlink(root().join("rtl"), at.join("rtl")).expect("made");
    fs::copy(root().join("rtl/algorand/alu.sv"), at.join("alu.sv")).expect("copied");
    let alu = root().join("testbenches/algorand/units/alu.toml");
    let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
    command.args(["cosim", "--rtl", "alu.sv"]).arg(alu).current_dir(at).env("CXX", "no-such-compiler -O1");
    let output = command.output().expect("avm starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("`no-such-compiler`: "), "{said}");
}

/// `make` runs the binary that cargo has built, wherever that is.
#[test]
fn make_asks_cargo_where_the_binary_is() {
    let folder = temporary();
    let at = folder.path();
    fs::create_dir(at.join("my target")).expect("made");
    let avm = at.join("my target/avm");
    script(&avm, &format!("#!/bin/sh\necho \"$@\" >> '{}'\n", at.join("calls").display()));
    let artifact = |executable: &str| format!("{{\"reason\":\"compiler-artifact\",\"executable\":{executable}}}");
    let said = [artifact("null"), artifact(&format!("\"{}\"", avm.display()))].join("\n");
    script(
        &at.join("cargo"),
        &format!("#!/bin/sh\ncase \"$*\" in *--message-format=json*) cat <<'END'\n{said}\nEND\nesac\n"),
    );
    let cargo = format!("CARGO={}", at.join("cargo").display());
    let out = Command::new("make").args([&cargo, "regress", "figures", "faults"]).current_dir(root()).output();
    let out = out.expect("make starts");
    assert!(out.status.success(), "{out:?}");
    let calls = fs::read_to_string(at.join("calls")).expect("the binary was called");
    // Of each machine, the first without its name.
    let first: Vec<_> = calls.lines().filter(|call| !call.starts_with("--machine ")).collect();
    assert_eq!(first, ["regress --html target/regress.html", "figures", "faults --check"]);
    assert_eq!(calls.lines().count(), 2 * first.len(), "{calls}");
}

#[test]
fn verilog_need_not_be_utf8() {
    let folder = temporary();
    let at = folder.path();
    let mut alu = b"// Gr\xf6\xdfe\n".to_vec();
    alu.extend(b"module alu;\n  no Verilog\nendmodule\n");
    fs::write(at.join("alu.sv"), alu).expect("written");
    std::os::unix::fs::symlink(root().join("rtl"), at.join("rtl")).expect("made");
    let scenario = root().join("testbenches/algorand/units/alu.toml");
    let called = avm(at, &["cosim", "--rtl", "alu.sv", scenario.to_str().expect("UTF-8")]);
    assert!(called.code == 2 && called.err.contains("alu.sv:4:"), "{called:?}");
}
