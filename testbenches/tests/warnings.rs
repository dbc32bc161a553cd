// SPDX-License-Identifier: MIT OR Apache-2.0
//! What `avm asm` warns of, and refuses; sources that name other files, up to the failure folder.

use std::fs;
use std::path::Path;

use crate::support::{avm, bench, files, root, temporary, tree};

const SLIP: &str = ".method m public\n return\n nop\n return\n";

#[test]
fn warnings_are_printed_and_can_be_refused() {
    let folder = temporary();
    fs::write(folder.path().join("m.avm"), SLIP).expect("written");
    let before = tree(folder.path());
    for deny in [&["asm", "m.avm", "--deny"][..], &["asm", "--deny", "warnings", "m.avm"]] {
        let called = avm(folder.path(), deny);
        assert_eq!((called.code, called.out.as_str(), called.err.lines().count()), (2, "", 2), "{called:?}");
        assert!(called.err.starts_with("m.avm:3:2: warning: nothing reaches this `nop` (remove it"), "{}", called.err);
        assert!(called.err.contains("m.avm: error: it has warnings, which --deny refuses"), "{}", called.err);
        assert_eq!(tree(folder.path()), before);
    }
    let called = avm(folder.path(), &["asm", "m.avm"]);
    assert_eq!((called.code, called.err.lines().count()), (0, 1), "{called:?}");
    assert!(folder.path().join("m.avmi").is_file());
    let called = avm(folder.path(), &["asm", "--deny=notes", "m.avm"]);
    assert!(called.code == 2 && called.err.contains("notes"), "{called:?}");
    // From a scenario nothing is said.
    let scenario = "machine = \"algorand\"\n[[app]]\nid = 7\nsource = \"m.avm\"\n[[call]]\nmethod = \"m\"\nfuel = 9\n";
    fs::write(folder.path().join("s.toml"), scenario).expect("written");
    assert_eq!(avm(folder.path(), &["run", "s.toml"]).err, "");
}

#[test]
fn programs_and_contracts_have_none() {
    let folder = temporary();
    let image = folder.path().join("image");
    for kind in ["programs", "contracts", "figures"] {
        for source in files(&bench(kind), "avm") {
            let arguments =
                [Path::new("asm"), Path::new("--deny"), Path::new("warnings"), &source, Path::new("-o"), &image];
            let called = avm(root(), &arguments);
            assert_eq!((called.code, called.err.as_str()), (0, ""), "{}", source.display());
        }
    }
}

#[test]
fn other_contracts_are_named() {
    let contracts = bench("contracts");
    let users = files(&contracts, "avm").into_iter().filter(|f| {
        let text = fs::read_to_string(f).expect("text");
        text.contains("\n.use ") || text.contains("\n.include ")
    });
    assert!(users.count() >= 12);
}

const FOLDER: [(&str, &str); 5] = [
    (
        "s.toml",
        "machine = \"algorand\"\n[[app]]\nid = 7\nname = \"main\"\nsource = \"src/main.avm\"\n\
         [[app]]\nid = 8\nname = \"bank\"\ntext = \"\"\"\n.include \"lib/ten.inc\"\n.method pay public\n.arg n 8\n\
         load_64 n const TEN iadd ireturn\n\"\"\"\n\
         [[call]]\napp = \"main\"\nmethod = \"m\"\nfuel = 100\nreturns = 15\n\
         [world.algorand]\naccess = [{ app = \"bank\" }, { app = \"main\", pages = [0] }]\n",
    ),
    ("src/main.avm", ".use BANK \"../lib/bank.avm\"\n.include \"../lib/five.inc\"\n.method m public\n five\n"),
    ("lib/bank.avm", ".method pay public\n.arg n 8\n return\n"),
    (
        "lib/five.inc",
        " const 0xffffffff const 1 iadd pop\n const 5 arg_64 const app.bank const BANK.pay invoke_external const 0 iadd ireturn\n",
    ),
    ("lib/ten.inc", ".const TEN = 10\n"),
];

/// A source that names other files in other folders: it runs, fails with a planted fault, and its folder is complete.
#[test]
fn a_failure_folder_has_the_files_that_sources_name() {
    let folder = temporary();
    let at = folder.path();
    for (name, text) in FOLDER {
        let text = text.replace(" five\n", "");
        fs::create_dir_all(at.join(name).parent().expect("a folder")).expect("made");
        fs::write(at.join(name), text).expect("written");
    }
    let main = ".use BANK \"../lib/bank.avm\"\n.method m public\n.include \"../lib/five.inc\"\n";
    fs::write(at.join("src/main.avm"), main).expect("written");
    for command in ["run", "sim", "cosim"] {
        let called = avm(at, &[command, "s.toml"]);
        assert_eq!((called.code, called.err.contains("error")), (0, false), "{called:?}");
    }
    let called = avm(at, &["cosim", "--fault", "add_carry", "s.toml"]);
    assert_eq!(called.code, 1, "{called:?}");
    let found = fs::read_dir(at.join("failures")).expect("written").next().expect("one").expect("an entry").path();
    for name in ["main.avm", "bank.avm", "five.inc", "ten.inc", "s.toml"] {
        assert!(found.join(name).is_file(), "{name}: {:?}", tree(&found).iter().map(|f| &f.0).collect::<Vec<_>>());
    }
    // Alone, it does the same, and shrinks to what needs no file.
    let away = temporary();
    let moved = away.path().join("failure");
    fs::rename(&found, &moved).or_else(|_| copy(&found, &moved)).expect("moved");
    let called = avm(away.path(), &["replay", "failure"]);
    assert!(called.code == 1 && called.out.contains("reproduced"), "{called:?}");
    let called = avm(away.path(), &["shrink", "failure"]);
    assert_eq!(called.code, 0, "{called:?}");
    let shrunk = fs::read_to_string(moved.join("shrunk.toml")).expect("written");
    assert!(!shrunk.contains(".include") && !shrunk.contains(".use"), "{shrunk}");
    let called = avm(away.path(), &["cosim", "--fault", "add_carry", "failure/shrunk.toml"]);
    assert_eq!(called.code, 1, "{called:?}");
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for (name, contents) in tree(from) {
        fs::write(to.join(name), contents.unwrap_or_default())?;
    }
    Ok(())
}

#[test]
fn what_is_wrong_with_names_and_files_of_a_scenario() {
    let text = FOLDER[0].1;
    for (from, to, says) in [
        ("name = \"bank\"", "name = \"main\"", "s.toml:8:8: error: two applications are called `main`"),
        ("name = \"bank\"", "name = \"0x8\"", "s.toml:8:8: error: not a name (a name is letters, digits and `_`"),
        ("app = \"main\"\n", "app = \"mian\"\n", "error: not a 64-bit integer"),
        (
            "lib/ten.inc",
            "lib/none.inc",
            "s.toml:10:10: error: `lib/none.inc`: no such file (files are looked for beside",
        ),
        ("lib/ten.inc", "lib", "s.toml:10:10: error: `lib`: not a file"),
        ("lib/ten.inc", "", "s.toml:10:10: error: expected a file's name in quotes"),
    ] {
        let folder = temporary();
        fs::create_dir(folder.path().join("lib")).expect("made");
        fs::create_dir(folder.path().join("src")).expect("made");
        for (name, contents) in FOLDER {
            fs::write(folder.path().join(name), contents.replace(" five\n", " return\n")).expect("written");
        }
        fs::write(folder.path().join("src/main.avm"), ".method m public\n return\n").expect("written");
        fs::write(folder.path().join("s.toml"), text.replacen(from, to, 1)).expect("written");
        let called = avm(folder.path(), &["run", "s.toml"]);
        assert_eq!((called.code, called.err.lines().count()), (2, 1), "{called:?}");
        assert!(called.err.contains(says), "no `{says}` in {}", called.err);
    }
}
