// SPDX-License-Identifier: MIT OR Apache-2.0
//! What other people's crates may be: licences as in `deny.toml`, from the registry, for the oldest Rust that we
//! promise. Advisories need a database from the net: `cargo deny check advisories`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use spdx::{Expression, ParseMode};

use crate::support::{root, tree};

const SPACE: u32 = 1_000_000;

/// All packages of the lock file, as cargo knows them.
fn packages() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    let out = cargo.args(["metadata", "--format-version=1", "--locked"]).current_dir(root()).output().expect("cargo");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let all: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    all["packages"].as_array().expect("a list").clone()
}

fn deny() -> toml::Table {
    let text = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
    text.parse().expect("TOML")
}

fn names(list: &toml::Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|l| l.as_str().expect("a licence").into()).collect()
}

/// The licences that `deny.toml` allows.
fn allowed() -> Vec<String> {
    names(&deny()["licenses"]["allow"])
}

/// The crates that may have others, and which.
fn exceptions() -> Vec<(String, Vec<String>)> {
    let deny = deny();
    let list = deny["licenses"]["exceptions"].as_array().expect("a list");
    list.iter().map(|e| (e["crate"].as_str().expect("a crate").into(), names(&e["allow"]))).collect()
}

/// Whether what we may take is enough for a crate's licence expression.
fn permits(allowed: &[String], expression: &str) -> bool {
    let expression = Expression::parse_mode(expression, ParseMode::LAX).expect("a licence expression");
    expression.evaluate(|one| {
        one.addition.is_none() && one.license.id().is_some_and(|id| allowed.iter().any(|a| a == id.name))
    })
}

/// "1.90" as a number that can be compared.
fn version(text: &str) -> u32 {
    let mut parts = text.split('.').map(|p| p.parse::<u32>().expect("a number"));
    parts.next().unwrap_or(0) * SPACE + parts.next().unwrap_or(0)
}

#[test]
fn licences_are_those_that_we_allow() {
    let (allowed, exceptions) = (allowed(), exceptions());
    let mut excepted = Vec::new();
    for package in packages() {
        let (name, licence) = (package["name"].as_str().expect("a name"), package["license"].as_str());
        let licence = licence.unwrap_or_else(|| panic!("{name} names no licence"));
        if permits(&allowed, licence) {
            continue;
        }
        let more = exceptions.iter().find(|(of, _)| of == name).map_or(&[][..], |(_, more)| more);
        assert!(permits(more, licence), "{name}: {licence} is not among {allowed:?} (deny.toml)");
        excepted.push(name.to_owned());
    }
    for (name, _) in exceptions {
        assert!(excepted.contains(&name), "{name} needs no exception any more (deny.toml)");
    }
}

#[test]
fn a_licence_that_is_not_allowed_is_seen() {
    let allowed = allowed();
    for (expression, permitted) in [
        ("MIT/Apache-2.0", true),
        ("LGPL-2.1-or-later OR MIT", true),
        ("(MIT OR Apache-2.0) AND Unicode-3.0", true),
        ("MIT AND GPL-3.0-only", false),
        ("GPL-2.0-only WITH Classpath-exception-2.0", false),
    ] {
        assert_eq!(permits(&allowed, expression), permitted, "{expression}");
    }
    assert!(permits(&["MPL-2.0".into()], "MPL-2.0+") && !permits(&allowed, "MPL-2.0+"));
}

#[test]
fn nothing_needs_a_newer_rust_than_we_promise_or_comes_from_elsewhere() {
    let packages = packages();
    let ours = packages.iter().find(|p| p["name"] == "avm-cosim").expect("this package");
    let oldest = version(ours["rust_version"].as_str().expect("rust-version"));
    for package in &packages {
        let name = &package["name"];
        let needs = package["rust_version"].as_str().unwrap_or("0");
        assert!(version(needs) <= oldest, "{name} needs Rust {needs}");
        let source = package["source"].as_str().unwrap_or("here");
        assert!(source == "here" || source.starts_with("registry+"), "{name} comes from {source}");
    }
}

/// The line that says the licence, in the file's own kind of comment: the first, or the one after `#!`.
#[test]
fn every_source_says_its_licence() {
    let kinds = ["rs", "sv", "cpp", "js", "css", "sh", "py"];
    let is_source = |path: &Path| path.extension().is_some_and(|e| kinds.iter().any(|kind| e == *kind));
    let mut sources = 0;
    for folder in ["cosim", "rtl", "sim", "testbenches"] {
        let files = tree(&root().join(folder)).into_iter().filter_map(|(path, text)| Some((path, text?)));
        for (path, text) in files.filter(|(path, _)| is_source(path) && !path.starts_with("rivals/target")) {
            let text = String::from_utf8(text).expect("UTF-8");
            let line = text.lines().find(|l| !l.starts_with("#!")).unwrap_or_default();
            let path = Path::new(folder).join(path);
            assert!(says_licence(line), "{} does not begin with SPDX-License-Identifier", path.display());
            sources += 1;
        }
    }
    assert!(sources > 600, "{sources}");
    assert!(!says_licence("// SPDX-License-Identifier: MIT") && !says_licence("//! A module."));
}

fn says_licence(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().filter(|w| !["//", "#", "/*", "*/"].contains(w)).collect();
    words == ["SPDX-License-Identifier:", "MIT", "OR", "Apache-2.0"]
}
