// SPDX-License-Identifier: MIT OR Apache-2.0
//! `.include`, `.use` and the names of applications: what they mean, and what is wrong with them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use avm_sim::algorand::asm::{self, Program, Sources, Warning, assemble, assemble_with};

const TOKEN: &str = ".include \"defs.inc\"\n.use WALLET \"wallet.avm\"\n.method init public\n.arg owner WIDE\n return\n\
    .method pay public\n.arg to 8\n.arg amount 8\n const WALLET.take\n pop\n return\n.entry own private args=1 frame=1 at=0\n";
const WALLET: &str = ".use TOKEN \"token.avm\"\n.method take\n const TOKEN.pay pop\n return\n";

/// Assembles `main.avm`, beside these files.
fn with(source: &str, files: &[(&str, &str)]) -> Result<Program, Vec<String>> {
    let files: BTreeMap<PathBuf, &str> = files.iter().map(|(name, text)| (PathBuf::from(name), *text)).collect();
    let read = |path: &Path| match files.get(path) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(io::ErrorKind::NotFound.into()),
    };
    let applications = [("bank".to_string(), 20)];
    let around = Sources { folder: PathBuf::new(), read: &read, applications: &applications };
    let program = assemble_with("main.avm", source, &around);
    // The same without other files.
    if let Ok(program) = &program {
        let alone = asm::alone("main.avm", source, &around);
        assert_eq!(assemble("alone.avm", &alone).map(|p| p.image), Ok(program.image.clone()), "{alone}");
    }
    program.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn code(source: &str, files: &[(&str, &str)]) -> Vec<u8> {
    with(source, files).unwrap_or_else(|e| panic!("{source}: {e:?}")).image.code().to_vec()
}

fn refused(source: &str, files: &[(&str, &str)], says: &str) {
    let errors = with(source, files).expect_err(source);
    assert!(errors.len() == 1 && errors[0].starts_with(says), "{errors:?}");
}

const CONTRACTS: [(&str, &str); 3] =
    [("token.avm", TOKEN), ("wallet.avm", WALLET), ("defs.inc", "\u{feff}.const WIDE = 4\n.const CODE = 7\n")];

#[test]
fn included_lines_stand_in_place() {
    assert_eq!(code(".include \"defs.inc\"\n.code\n const CODE return", &CONTRACTS), [0x08, 7, 0x8c]);
    let program = with(
        ".code\n nop\n.include \"a/b.inc\"\n return",
        &[("a/b.inc", " .include \"c.inc\" ; c"), ("a/c.inc", "\n pop")],
    );
    let program = program.expect("right");
    let at = |offset| (program.symbols.file_at(offset), program.symbols.line_at(offset));
    assert_eq!((at(0), at(1), at(2)), ((None, Some(2)), (Some("a/c.inc"), Some(2)), (None, Some(4))));
    assert_eq!(program.files, [PathBuf::from("a/b.inc"), PathBuf::from("a/c.inc")]);
    // Beside the source, if it is not where it is said to be: so it is in a failure's folder.
    assert_eq!(code(".code\n.include \"../lib/pop.inc\"", &[("pop.inc", " pop")]).len(), 1);
    // In a block, as often as the block.
    assert_eq!(code(".code\n.repeat 3\n.include \"pop.inc\"\n.end", &[("pop.inc", " pop")]).len(), 3);
}

#[test]
fn used_contracts_give_their_methods() {
    let source = ".use T \"token.avm\"\n.code\n const T.init const T.pay const T.own";
    assert_eq!(code(source, &CONTRACTS), [0x08, 0, 0x08, 1, 0x08, 2]);
    // Contracts may use each other.
    assert_eq!(code(WALLET, &CONTRACTS)[..2], [0x08, 1]);
    let warned = |body: &str| {
        let source = format!(".use T \"token.avm\"\n.method m\n{body} return");
        let program = with(&source, &CONTRACTS).expect("right");
        program.warnings.iter().map(Warning::to_string).collect::<Vec<_>>()
    };
    let says = "main.avm:3:27: warning: `T.init` takes 4 argument bytes, here are 0 (";
    assert!(warned(" const 20   const T.init  invoke_external")[0].starts_with(says));
    assert!(warned(" const 20 const T.own invoke_external")[0].contains(":17: warning: `T.own` is private"));
    assert!(warned(" const 0 arg_64 const 0 arg_64 const 20 const T.pay invoke_external").is_empty());
}

#[test]
fn applications_have_names() {
    assert_eq!(code(".code\n const app.bank", &[]), [0x08, 20]);
    refused(".code\n const app.bnak", &[], "main.avm:2:8: error: unknown name `app.bnak` (did you mean `app.bank`?)");
    let says = "main.avm:2:8: error: unknown name `app.exchange` (name an application `exchange` in the scenario; for";
    refused(".code\n const app.exchange", &[], says);
}

#[test]
fn what_is_wrong_with_other_files() {
    let at = |text: &'static str| [("x.inc", text), ("y.inc", ".include \"x.inc\"")];
    refused(".include \"no.inc\"", &[], "main.avm:1:10: error: `no.inc`: no such file (files are looked for beside");
    refused(".use N \"no.avm\"", &[], "main.avm:1:8: error: `no.avm`: no such file (");
    refused("\n .include x", &[], "main.avm:2:11: error: expected a file's name in quotes, found `x` (write `.include");
    refused(".use \"x.inc\"", &at(""), "main.avm:1:6: error: expected a name, found `\"x.inc\"` (write `.use NAME");
    refused(".include \"x.inc\" nop", &at(""), "main.avm:1:18: error: expected the end of the line, found `nop`");
    refused(".code\nl: .include \"x.inc\"", &at(""), "main.avm:2:4: error: `.include` in the middle of a line");
    refused(".include \"x.inc\"", &at("\n foo"), "x.inc:2:2: error: unknown instruction `foo`");
    refused(".include \"x.inc\"", &at(".include \"y.inc\""), "y.inc:1:10: error: `x.inc` includes itself (remove one");
    refused(".include \"x.inc\"", &at(".include \"./x.inc\""), "x.inc:1:10: error: `./x.inc` includes itself");
    refused(".include \"main.avm\"", &[("main.avm", "")], "main.avm:1:10: error: `main.avm` includes itself");
    refused(".use X \"x.inc\"", &at(""), "main.avm:1:8: error: `x.inc` declares no method (name the source of a");
    refused(".use X \"x.inc\"", &at(".method f g"), "main.avm:1:8: error: `x.inc` is not right: x.inc:1:11: expected");
    let twice = "main.avm:2:8: error: `A` is defined a second time (the first definition is in line 1 of x.inc; rename";
    refused(".include \"x.inc\"\n.const A = 2", &at(".const A = 1"), twice);
    let deep: Vec<(String, String)> = (0..20).map(|i| (format!("{i}"), format!(".include \"{}\"", i + 1))).collect();
    let deep: Vec<(&str, &str)> = deep.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    refused(".include \"0\"", &deep, "7:1:10: error: `.include` nested more than 8 deep (");
    let long = ";".repeat(600_000);
    refused(
        ".include \"a\"\n.include \"b\"",
        &[("a", &long), ("b", &long)],
        "main.avm:2:10: error: `b`: the other files",
    );
}
