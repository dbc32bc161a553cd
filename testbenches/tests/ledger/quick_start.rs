// SPDX-License-Identifier: MIT OR Apache-2.0
//! `docs/ledger/README.md`: its commands, as they stand there, from nothing to a transfer that a node without a database has
//! validated. Only the port is another one, since others may have that one here.

use std::fs;
use std::net::TcpListener;
use std::process::Command;

use crate::support::{root, temporary};

/// The lines between "```sh" and "```".
fn commands(page: &str) -> String {
    let parts = page.split("```sh\n").skip(1).map(|part| part.split("```").next().unwrap_or_default());
    parts.collect()
}

#[test]
fn the_quick_start_is_right_as_it_is_written() {
    let page = fs::read_to_string(root().join("docs/ledger/README.md")).expect("the page");
    let written = commands(&page);
    assert!(written.contains(":4180") && written.lines().count() > 20, "{written}");
    let port = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port").port();
    let listen = format!("serve --listen 127.0.0.1:{port} &");
    let script = written.replace("serve &", &listen).replace(":4180", &format!(":{port}"));
    // What serves must not outlive a command that failed.
    let script = format!("set -e\ntrap 'kill $! 2>/dev/null || true' EXIT\n{script}");
    let folder = temporary();
    std::os::unix::fs::symlink(root().join("testbenches"), folder.path().join("testbenches")).expect("a link");
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_avm")).parent().expect("a folder");
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap_or_default());
    let mut shell = Command::new("sh");
    let ran = shell.args(["-c", &script]).current_dir(folder.path()).env("PATH", path).output().expect("a shell");
    let (out, err) = (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    assert!(ran.status.success(), "{out}\n{err}");
    for part in [
        "block 2 accepted: certificate  ",
        "block 3 accepted: certificate, transactions, commitments",
        "page 18 of application 16 under ",
        "tx0-app17-method2",
    ] {
        assert!(out.contains(part), "no `{part}` in\n{out}\n{err}");
    }
    assert_eq!(out.matches("block 3 accepted: certificate, transactions, commitments").count(), 2, "{out}");
    assert!(out.contains("0x00000000000000fa  250"), "Bob's balance: {out}");
    let matches = out.lines().filter(|l| l.ends_with("  match")).count();
    assert_eq!(matches, 3, "begin, buy and the call, in lockstep: {out}");
}
