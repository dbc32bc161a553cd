// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the commands refuse, and with which exit code; keys; who has the directory; outputs that cannot be written.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{TRANSFER, json, ledger, node, round};
use crate::support::{avm, send};

fn waiting(folder: &Path) -> u64 {
    json(folder, &["show", "status"], 0)["waiting"].as_u64().expect("a number")
}

#[test]
fn keys_are_secret_and_stay() {
    let folder = node();
    let file = folder.path().join("ledger/keys/alice.key");
    let before = fs::read(&file).expect("a key");
    assert_eq!(fs::metadata(&file).expect("there").permissions().mode() & 0o777, 0o600);
    let again = ledger(folder.path(), &["key", "alice"], 2);
    assert!(again.err.contains("it is not overwritten"), "{again:?}");
    assert_eq!(fs::read(&file).expect("a key"), before);
    ledger(folder.path(), &["key", "../carol"], 2);
    let made = json(folder.path(), &["key", "carol"], 0);
    assert_eq!(made["key"].as_str().expect("a key").len(), 64);
    assert_eq!(json(folder.path(), &["show", "account", "carol"], 0)["exists"], false);
    let there = ledger(folder.path(), &["init"], 2);
    assert!(there.err.contains("there is something already"), "{there:?}");
    assert_eq!(fs::read(&file).expect("a key"), before);
}

/// Bad descriptions: one message with file, line, column and remedy; nothing waits after it.
#[test]
fn bad_descriptions_have_their_place() {
    let folder = node();
    let with = |from: &str, to: &str| TRANSFER.replace(from, to);
    for (text, place, says) in [
        (String::new(), "bad.toml:1:1: error: ", "add a [[call]]"),
        (with("payer = \"alice\"", "payer = \"carol\""), "bad.toml:2:9: error: ", "avm ledger key NAME"),
        (with("app = 1\n", "app = 0\n"), "bad.toml:3:7: error: ", "1 or more"),
        (with("\"transfer\"\nargs", "\"transfr\"\nargs"), "bad.toml:4:10: error: ", "none of this name"),
        (with("250]\naccess", "\"key:dave\"]\naccess"), "bad.toml:5:33: error: ", "no such key"),
        (with("access", "reach"), "bad.toml:6:1: error: ", "docs/ledger/commands.md"),
        (with("access", "fuel = -1\naccess"), "bad.toml:6:8: error: ", "--from-oracle"),
        (TRANSFER.into(), "bad.toml:1:1: error: ", "add `fuel = N`"),
        ("[[change]]\nremove = true\n".into(), "bad.toml:1:1: error: ", "add `app = N`"),
        ("[[change]]\ninstall = \"none.avm\"\n".into(), "none.avm: ", "no such file"),
    ] {
        fs::write(folder.path().join("bad.toml"), &text).expect("written");
        let called = ledger(folder.path(), &["submit", "bad.toml"], 2);
        assert!(called.err.contains(place) && called.err.contains(says), "{place} {says}: {called:?}\n{text}");
        assert_eq!(waiting(folder.path()), 0, "{text}");
    }
}

/// What the next block could not have is refused, and does not wait; a call that fails is not signed for by the oracle.
#[test]
fn transactions_are_refused() {
    let folder = node();
    let with = |name: &str, text: String| fs::write(folder.path().join(name), text).expect("written");
    with("little.toml", TRANSFER.replace("access", "fuel = 100\naccess"));
    let little = ledger(folder.path(), &["submit", "little.toml"], 1);
    assert!(little.err.contains("refused: little.toml:1:1: "), "{little:?}");
    with("much.toml", TRANSFER.replace("250", "9000000000"));
    let much = ledger(folder.path(), &["submit", "--from-oracle", "much.toml"], 1);
    assert!(much.err.contains("thrown 7") && much.err.contains("at application 1"), "{much:?}");
    ledger(folder.path(), &["oracle", "much.toml"], 1);
    assert_eq!(json(folder.path(), &["submit", "little.toml"], 1)["accepted"], false);
    assert_eq!(waiting(folder.path()), 0);
    // Nobody who votes is at hand.
    ledger(folder.path(), &["submit", "--from-oracle", "transfer.toml", "transfer.toml"], 0);
    assert_eq!(waiting(folder.path()), 2);
    let key = folder.path().join("ledger/keys/validator-1.key");
    fs::rename(&key, folder.path().join("away")).expect("renamed");
    let light = ledger(folder.path(), &["produce"], 1);
    assert!(light.err.contains("more than two thirds"), "{light:?}");
    assert_eq!((round(folder.path()), waiting(folder.path())), (0, 2));
    fs::rename(folder.path().join("away"), &key).expect("renamed");
    assert_eq!(json(folder.path(), &["produce"], 0)["transactions"].as_array().expect("a list").len(), 2);
    assert_eq!((round(folder.path()), waiting(folder.path())), (1, 0));
    assert_eq!(json(folder.path(), &["show", "account", "bob"], 0)["balance"], 1_000_000_500_u64);
}

/// A second node takes the blocks of the first; what was altered on the way is refused, and nothing of it kept.
#[test]
fn altered_blocks_and_proofs_are_refused() {
    let folder = node();
    let at = folder.path();
    ledger(at, &["submit", "--from-oracle", "transfer.toml"], 0);
    ledger(at, &["produce", "-o", "block1.json"], 0);
    ledger(at, &["init", "--dir", "second", "--genesis", "ledger/network.toml", "--buckets", "1000"], 0);
    let text = fs::read_to_string(at.join("block1.json")).expect("a block");
    let file: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let altered = |field: &str, at: usize| {
        let mut file = file.clone();
        let value = if field == "transactions" { &mut file[field][0] } else { &mut file[field] };
        let mut digits = value.as_str().expect("digits").to_string();
        let digit = if &digits[at..=at] == "0" { "1" } else { "0" };
        digits.replace_range(at..=at, digit);
        *value = digits.into();
        file.to_string()
    };
    let last = |field: &str| file[field].as_str().expect("digits").len() - 1;
    for (field, place, code) in
        [("block", 20, 2), ("transactions", 200, 1), ("votes", last("votes"), 1), ("stake", last("stake") - 20, 1)]
    {
        fs::write(at.join("bad.json"), altered(field, place)).expect("written");
        let called = ledger(at, &["validate", "--dir", "second", "bad.json"], code);
        assert!(!called.err.is_empty(), "{field}");
        assert_eq!(json(at, &["show", "status", "--dir", "second"], 0)["round"], 0, "{field}");
    }
    fs::write(at.join("bad.json"), &text[..text.len() / 2]).expect("written");
    let cut = ledger(at, &["validate", "--dir", "second", "bad.json"], 2);
    assert!(cut.err.contains("bad.json:") && cut.err.contains("error: no block"), "{cut:?}");
    ledger(at, &["validate", "--dir", "second", "block1.json"], 0);
    let twice = ledger(at, &["validate", "--dir", "second", "block1.json"], 1);
    assert!(twice.err.contains("the next one is that of round 2"), "{twice:?}");
    proofs(at);
}

fn proofs(at: &Path) {
    ledger(at, &["prove", "page", "1", "0", "-o", "page.json"], 0);
    ledger(at, &["prove", "page", "99", "7", "-o", "absent.json"], 0);
    ledger(at, &["prove", "code", "1", "-o", "code.json"], 0);
    ledger(at, &["show", "block", "0", "-o", "block0.json"], 0);
    for file in ["page.json", "absent.json", "code.json"] {
        ledger(at, &["verify", file, "--block", "block1.json"], 0);
        let stale = avm(at, &["ledger", "verify", file, "--block", "block0.json"]);
        assert_eq!(stale.code, if file == "code.json" { 0 } else { 1 }, "the code is as it was: {stale:?}");
        let text = fs::read_to_string(at.join(file)).expect("a proof");
        let other = text.replace("\"page\": 0", "\"page\": 1").replace("\"page\": 7", "\"page\": 0");
        let other = other
            .replace("\"app\": 99", "\"app\": 1")
            .replace("\"kind\": \"code\",\n  \"app\": 1", "\"kind\": \"code\",\n  \"app\": 2");
        assert_ne!(other, text);
        fs::write(at.join("bad.json"), other).expect("written");
        let called = ledger(at, &["verify", "bad.json", "--block", "block1.json"], 1);
        assert!(called.err.contains("refused: "), "{called:?}");
    }
    fs::write(at.join("bad.json"), "{\n \"kind\": 7 }").expect("written");
    let called = ledger(at, &["verify", "bad.json", "--block", "block1.json"], 2);
    assert!(called.err.contains("bad.json:2:10: error: no proof"), "{called:?}");
}

/// A server has the directory until a signal ends it; a light node judges with it, a liar's place beside it.
#[test]
fn one_process_has_the_directory() {
    let folder = node();
    let at = folder.path();
    ledger(at, &["submit", "--from-oracle", "transfer.toml"], 0);
    ledger(at, &["produce", "--proposal", "block1.json"], 0);
    assert_eq!((round(at), waiting(at)), (0, 1), "a proposal keeps nothing");
    ledger(at, &["show", "block", "0", "-o", "block0.json"], 0);
    let network = ledger(at, &["show", "network"], 0).out;
    let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
    let mut server = command
        .args(["ledger", "serve", "--listen", "127.0.0.1:0", "--json"])
        .current_dir(at)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("avm starts");
    let mut line = String::new();
    BufReader::new(server.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    let address: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let address = address["address"].as_str().expect("an address");
    let in_use = ledger(at, &["show", "status"], 2);
    assert!(in_use.err.contains("in use by another process"), "{in_use:?}");
    let dead = "http://127.0.0.1:9";
    let light = ["validate", "--light", "light.json", "--server", dead, "--server", address];
    let nameless = ledger(at, &[&light[..], &["block0.json"]].concat(), 2);
    assert!(nameless.err.contains("--network HASH"), "{nameless:?}");
    let with = [&light[..], &["--network", network.trim(), "block0.json", "block1.json"]].concat();
    let said = json(at, &with, 0);
    assert_eq!((&said["as"], &said["blocks"][1]["executed"]), (&"stateless".into(), &true.into()), "{said}");
    assert!(said["faults"][0].as_str().expect("a fault").contains("127.0.0.1:9"), "{said}");
    assert!(said["peak_resident_kib"].as_u64().expect("a number") > 1_000, "{said}");
    send(&server, "TERM");
    let ended = server.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), &ended.stderr[..]), (Some(0), &b"stopped\n"[..]));
    let silent = ["validate", "--light", "new.json", "--server", dead, "--patience", "0", "--network", network.trim()];
    let silent = ledger(at, &[&silent[..], &["block0.json", "block1.json"]].concat(), 3);
    assert!(silent.err.contains("not judged"), "{silent:?}");
    patient(at, network.trim());
    ledger(at, &["validate", "block1.json"], 0);
    assert_eq!((round(at), waiting(at)), (1, 0), "what is in the block waits no more");
}

/// A signal ends a command that waits for a server, with a message.
fn patient(at: &Path, network: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avm"));
    let options = ["--light", "patient.json", "--server", "127.0.0.1:9", "--patience", "600", "--network", network];
    let command = command.args(["ledger", "validate"]).args(options).args(["block0.json", "block1.json"]);
    let child = command.current_dir(at).stderr(Stdio::piped()).spawn().expect("avm starts");
    // It is there when block 0 is accepted: from then on the command waits.
    while !at.join("patient.json").exists() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    send(&child, "TERM");
    let ended = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(4), "{said}");
    assert!(said.contains("interrupted"), "{said}");
}

#[test]
fn outputs_that_cannot_be_written() {
    let folder = node();
    let shell = |script: &str| {
        let script = script.replace("avm", env!("CARGO_BIN_EXE_avm"));
        Command::new("bash").args(["-c", &script]).current_dir(folder.path()).output().expect("a shell")
    };
    let closed = shell("set -o pipefail; avm ledger show code 1 | head -1");
    assert_eq!((closed.status.code(), &closed.stderr[..]), (Some(0), &b""[..]), "{closed:?}");
    let full = shell("avm ledger show code 1 > /dev/full");
    assert_eq!(full.status.code(), Some(3), "{full:?}");
    // A limit on the size of files stands for a full disk: nothing waits, nothing is made.
    let full = shell("ulimit -f 0; trap '' XFSZ; avm ledger show block 0 -o block.json");
    assert_eq!(full.status.code(), Some(3), "{full:?}");
    assert!(!folder.path().join("block.json").exists());
    ledger(folder.path(), &["show", "block", "0", "-o", "no/such.json"], 2);
}
