// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scenario files: what is said in short means what is said at length, or is refused; and what files load, written out
//! so that rewritten ones can be compared.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::support::{avm, bench, files, load, temporary};
use avm_cosim::machines::algorand::scenario::Scenario;

/// Everything that a scenario loads, but not where in the file it stands.
fn written_out(s: &Scenario) -> String {
    let mut out = format!("{} {} {:?} {:?}\n", s.machine, s.about, s.files, s.latency);
    for app in &s.apps {
        let hex: String = app.image.to_bytes().iter().map(|b| format!("{b:02x}")).collect();
        let _ = writeln!(out, "app {} {hex}", app.id);
        let Some(symbols) = &app.symbols else { continue };
        let methods: Vec<_> = (0..app.image.methods().len()).map(|i| symbols.method_name(i as u16)).collect();
        let labels: Vec<_> = (0..app.image.code().len()).map(|at| symbols.label_at(at as u32)).collect();
        let _ = writeln!(out, "{methods:?}\n{labels:?}");
    }
    let _ = writeln!(out, "installed {:?}\n{:?}", s.world.apps.keys(), s.world.pages);
    s.calls.iter().for_each(|call| out += &format!("{call:?}\n"));
    out
}

/// For rewriting many files at once: with `AVM_WRITTEN_OUT=FOLDER` before and after, `diff -r` shows what has changed.
#[test]
#[ignore = "for comparing folders by hand"]
fn scenarios_are_written_out() {
    let folder = env::var_os("AVM_WRITTEN_OUT").expect("AVM_WRITTEN_OUT names a folder");
    for kind in ["programs", "contracts", "units", "figures"] {
        let to = Path::new(&folder).join(kind);
        fs::create_dir_all(&to).expect("created");
        for path in files(&bench(kind), "toml") {
            let name = path.file_stem().expect("a name");
            fs::write(to.join(name), written_out(&load(&path))).expect("written");
        }
    }
}

/// A scenario of two applications with a method `m` each, and a third one that is not installed.
fn text(defaults: &str, calls: &str) -> String {
    let app = |id: u32| {
        format!("[[app]]\nid = {id}\ntext = \"\"\"\n.method m public\n.arg a 8\n load_64 a ireturn\n\"\"\"\n")
    };
    format!("machine = \"algorand\"\n{defaults}\ncall = [\n{calls}\n]\n{}{}", app(7), app(8))
}

/// What is loaded, or the error.
fn loaded(text: &str) -> Result<String, String> {
    let folder = temporary();
    let file = folder.path().join("s.toml");
    fs::write(&file, text).expect("written");
    let scenario = Scenario::load(&file).map_err(|e| e.to_string())?;
    Ok(written_out(&scenario))
}

#[test]
fn what_is_short_means_what_is_long() {
    let same = |defaults: &str, short: &str, long: &str| {
        let long = loaded(&text("", long)).expect("right");
        assert_eq!(loaded(&text(defaults, short)).expect("right"), long, "{defaults}\n{short}");
    };
    let long = "{ app = 8, method = \"m\", args = [5], fuel = 100, expect = { outcome = \"returned\", value = 5, fuel_used = 11 } },";
    let given = "app = 8, method = \"m\", args = [5], fuel = 100";
    for short in ["returns = 5, fuel_used = 11", "returns = \"5\", expect = { fuel_used = 11 }"] {
        same("", &format!("{{ {given}, {short} }}"), long);
    }
    same("", &format!("{{ {given}, fuel_used = 11, returns = 5, expect = {{ outcome = \"returned\" }} }}"), long);
    same("", &format!("{{ {given}, fuel_used = 11, expect = {{ value = 5 }} }}"), long);
    let defaults = "defaults = { app = 8, method = \"m\", fuel = 100 }";
    same(defaults, "{ args = [5], returns = 5, fuel_used = 11 }", long);
    // What a call says goes before what the file says.
    same(
        "defaults = { app = \"0x7\", method = 0, fuel = 7 }",
        "{ app = 8, method = \"m\", args = [5], fuel = 100, returns = 5, fuel_used = 11 }",
        long,
    );
    same(
        defaults,
        "{ args = [5], sweep = [9, 12], returns = 5, fuel_used = 11 }",
        "{ app = 8, method = \"m\", args = [5], sweep = [9, 12], expect = { value = 5, fuel_used = 11 } }",
    );
    same(
        "defaults = { app = 9, method = 3, fuel = 1 }",
        "{ returns = \"none\" }",
        "{ app = 9, method = 3, fuel = 1, expect = { value = \"none\" } }",
    );
}

#[test]
fn each_mistake_in_what_is_short_gives_one_error_where_it_is() {
    let call = "{ app = 7, method = 0, fuel = 1 }";
    let with = |rest: &str| text("", &format!("{{ app = 7, method = 0, fuel = 1, {rest} }}"));
    let cases = [
        // `defaults`, used or not.
        (text("defaults = { gas = 1 }", call), "2:14", "unknown field `gas`"),
        (text("defaults = 7", call), "2:12", "invalid type: integer `7`"),
        (
            text("defaults = { fuel = \"many\" }", call),
            "2:21",
            "`fuel` must be 0 or more (write an integer or a string of one",
        ),
        (text("defaults = { fuel = -1 }", call), "2:21", "`fuel` must be 0 or more"),
        (text("defaults = { app = 0 }", call), "2:20", "application 0 is nobody"),
        (text("defaults = { app = \"x\" }", call), "2:20", "not a 64-bit integer"),
        (text("defaults = { method = \"n\" }", "{ app = 7, fuel = 1 }"), "2:23", "no method `n` (there is: m)"),
        // What neither the call nor `defaults` has.
        (text("", "{ app = 7, fuel = 1 }"), "4:1", "`method` is missing (name it in the call or in `defaults`)"),
        (text("", "{ app = 7, method = 0 }"), "4:1", "neither `fuel` nor `sweep`, and `defaults` has no `fuel`"),
        (text("defaults = { fuel = 1 }", "{ method = 0 }"), "4:1", "`app` is missing"),
        // A sweep is instead of the call's own fuel.
        (with("sweep = [0, 1], fuel_used = 1"), "4:42", "has both `fuel` and `sweep` (remove one of them)"),
        (
            text("defaults = { fuel = 1 }", "{ app = 7, method = 0, sweep = [0, 1] }"),
            "4:32",
            "a `sweep` needs `fuel_used`",
        ),
        // Expectations said twice, or against each other.
        (with("returns = 1.5"), "4:44", "expected an integer or a string"),
        (with("returns = \"one\""), "4:44", "not a value (an integer"),
        (with("returns = 1, expect = { value = 1 }"), "4:44", "`returns` says the same as `expect.value` (remove one"),
        (
            with("returns = 1, expect = { outcome = \"capacity\" }"),
            "4:44",
            "`returns` does not go with `expect`, which is capacity (remove one of them)",
        ),
        (
            with("returns = 1, expect = { exception = \"page\" }"),
            "4:44",
            "does not go with `expect`, which is exception page",
        ),
        (with("fuel_used = 1, expect = { fuel_used = 1 }"), "4:46", "`fuel_used` says the same as `expect.fuel_used`"),
        (with("fuel_used = \"x\""), "4:46", "`fuel_used` must be 0 to"),
    ];
    for (text, place, says) in cases {
        let error = loaded(&text).expect_err(says);
        assert!(error.contains(&format!("s.toml:{place}: error: ")) && error.contains(says), "{place} {says}: {error}");
    }
}

#[test]
fn the_command_line_refuses_them_too() {
    let folder = temporary();
    let wrong = text("defaults = { app = 0 }", "{ app = 7, method = 0, fuel = 1 }");
    fs::write(folder.path().join("s.toml"), wrong).expect("written");
    for command in ["run", "sim", "cosim"] {
        let called = avm(folder.path(), &[command, "s.toml"]);
        assert_eq!((called.code, called.out.as_str()), (2, ""), "{called:?}");
        assert!(called.err.starts_with("s.toml:2:20: error: application 0 is nobody"), "{}", called.err);
    }
}
