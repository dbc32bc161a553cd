// SPDX-License-Identifier: MIT OR Apache-2.0
//! The node's commands, `avm ledger`, and `--block`: the quick start as it is written, what is refused, and calls of blocks on
//! the hardware.

mod commands;
mod death;
#[cfg(target_os = "linux")]
mod disk;
mod grow;
#[cfg(target_os = "linux")]
#[path = "../../../sim/ledger/tests/support/mounted.rs"]
mod mounted;
mod quick_start;
mod random_block;
mod replay;
mod submit;

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Called, avm, temporary};

/// An ALGO transfer from Alice to Bob.
pub const TRANSFER: &str = r#"[[call]]
payer = "alice"
app = 1
method = "transfer"
args = ["key:alice", "key:bob", 250]
access = [{ app = 1, pages = ["account:bob"] }]
authorise = [{ key = "alice", app = 1, message = ["text:transfer", "key:bob", 250] }]
"#;

/// A folder with a new node in `ledger`, and the transfer.
pub fn node() -> TempDir {
    let folder = temporary();
    fs::write(folder.path().join("transfer.toml"), TRANSFER).expect("written");
    ledger(folder.path(), &["init", "--validators", "1", "--buckets", "1000"], 0);
    folder
}

/// Calls `avm ledger`, which must end so.
pub fn ledger(folder: &Path, arguments: &[&str], code: i32) -> Called {
    let called = avm(folder, &[&["ledger"], arguments].concat());
    assert_eq!(called.code, code, "{arguments:?}: {called:?}");
    called
}

/// The JSON that `avm ledger` prints.
pub fn json(folder: &Path, arguments: &[&str], code: i32) -> Value {
    let called = ledger(folder, &[arguments, &["--json"]].concat(), code);
    serde_json::from_str(&called.out).unwrap_or_else(|e| panic!("{e}: {called:?}"))
}

/// The round of the last block.
pub fn round(folder: &Path) -> u64 {
    json(folder, &["show", "status"], 0)["round"].as_u64().expect("a round")
}
