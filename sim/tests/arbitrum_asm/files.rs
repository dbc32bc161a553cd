// SPDX-License-Identifier: MIT OR Apache-2.0
//! `.include`: what it means, and what is wrong with it.

use avm_sim::arbitrum::asm::{self, Program, Sources, assemble, assemble_with};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// Assembles `main.avma`, beside these files.
fn with(source: &str, files: &[(&str, &str)]) -> Result<Program, Vec<String>> {
    let files: BTreeMap<PathBuf, &str> = files.iter().map(|(name, text)| (PathBuf::from(name), *text)).collect();
    let read = |path: &Path| match files.get(path) {
        Some(text) => Ok(text.as_bytes().to_vec()),
        None => Err(io::ErrorKind::NotFound.into()),
    };
    let around = Sources { folder: PathBuf::new(), read: &read };
    let program = assemble_with("main.avma", source, &around);
    if let Ok(program) = &program {
        let alone = asm::alone("main.avma", source, &around);
        assert_eq!(assemble("alone.avma", &alone).map(|p| p.image), Ok(program.image.clone()), "{alone}");
    }
    program.map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn refused(source: &str, files: &[(&str, &str)], says: &str) {
    let errors = with(source, files).expect_err(source);
    assert!(errors.len() == 1 && errors[0].starts_with(says), "{errors:?}");
}

#[test]
fn included_lines_stand_in_place() {
    let files = [
        ("a/b.inc", "\u{feff} .include \"c.inc\" ; c"),
        ("a/c.inc", "\n pop\n.macro drop n\n.repeat n\n pop\n.end\n.end"),
    ];
    let program = with(" nop\n.include \"a/b.inc\"\n drop 1\n halt", &files).expect("right");
    let at = |word| program.symbols.line_at(word).map(|l| (l.file.to_string(), l.line));
    let place = |file: &str, line| Some((file.to_string(), line));
    assert_eq!((at(0), at(1), at(2)), (place("main.avma", 1), place("a/c.inc", 2), place("a/c.inc", 5)));
    assert_eq!(program.symbols.outer_line_at(2).map(|l| l.line), Some(3));
    assert_eq!(program.files, [PathBuf::from("a/b.inc"), PathBuf::from("a/c.inc")]);
    // In a block, as often as the block.
    let program = with(".repeat 3\n.include \"pop.inc\"\n.end", &[("pop.inc", " pop")]).expect("right");
    assert_eq!(program.image.code().len(), 3);
    // Beside the source, if it is not where it is said to be: so it is in a failure's folder.
    let program = with(".include \"../lib/pop.inc\"", &[("pop.inc", " pop")]).expect("right");
    assert_eq!(program.image.code().len(), 1);
}

#[test]
fn what_is_wrong_with_other_files() {
    let at = |text: &'static str| [("x.inc", text), ("y.inc", ".include \"x.inc\"")];
    refused(".include \"no.inc\"", &[], "main.avma:1:10: error: `no.inc`: no such file (files are looked for beside");
    refused("\n .include x", &[], "main.avma:2:11: error: expected a file's name in quotes, found `x` (write");
    refused("\n .include", &[], "main.avma:2:2: error: `.include` takes one file's name (write");
    refused(".include \"x.inc\" nop", &at(""), "main.avma:1:18: error: `.include` takes one file's name");
    refused("l: .include \"x.inc\"", &at(""), "main.avma:1:4: error: `.include` in the middle");
    refused(".include \"x.inc\"", &at("\n foo"), "x.inc:2:2: error: unknown instruction `foo`");
    refused(".include \"x.inc\"", &at(".include \"y.inc\""), "y.inc:1:10: error: `x.inc` includes itself (remove one");
    refused(".include \"main.avma\"", &[("main.avma", "")], "main.avma:1:10: error: `main.avma` includes itself");
    let twice = "main.avma:2:8: error: `A` is defined a second time (the first is in line 1 of x.inc; rename";
    refused(".include \"x.inc\"\n.const A = 2", &at(".const A = 1"), twice);
    let deep: Vec<(String, String)> = (0..20).map(|i| (format!("{i}"), format!(".include \"{}\"", i + 1))).collect();
    let deep: Vec<(&str, &str)> = deep.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    refused(".include \"0\"", &deep, "7:1:10: error: `.include` nested more than 8 deep (");
    let long = ";".repeat(600_000);
    let both = [("a", long.as_str()), ("b", long.as_str())];
    refused(".include \"a\"\n.include \"b\"", &both, "main.avma:2:10: error: `b`: the other files");
}
