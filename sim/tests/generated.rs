// SPDX-License-Identifier: MIT OR Apache-2.0
//! The files that `avm-gen` writes are what it would write now.

use std::process::Command;

#[test]
fn no_generated_file_is_stale() {
    let check = Command::new(env!("CARGO_BIN_EXE_avm-gen")).arg("--check").output().expect("avm-gen runs");
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
