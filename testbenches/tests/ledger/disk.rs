// SPDX-License-Identifier: MIT OR Apache-2.0
//! A node on a disk that fills up, a file system of its own: `avm ledger produce` keeps the block or says that there is no
//! space, and the node goes on once there is. To mount one takes root; others see a line that says so.
//!
//! `cargo test --test all ledger::disk -- --nocapture`; `AVM_LEDGER_FULL` is the number of fill levels.

use std::fs;

use super::death::{times, wait, whole};
use super::mounted::Mounted;
use super::{TRANSFER, json, ledger};
use crate::support::avm;

#[test]
fn a_disk_that_fills_up_leaves_a_block_or_none() {
    let Some(disk) = Mounted::new(48) else { return };
    let at = disk.path();
    fs::write(at.join("transfer.toml"), TRANSFER).expect("written");
    ledger(at, &["init", "--validators", "1", "--buckets", "1000"], 0);
    let levels = times("AVM_LEDGER_FULL", 20);
    let (mut made, mut seen) = (0, 0);
    for level in 0..levels {
        let before = wait(at);
        // From none to what a block takes, in steps of no whole number of pages.
        disk.fill(level * 2_347 % 46_940);
        let ended = avm(at, &["ledger", "produce"]);
        assert!(matches!(ended.code, 0 | 3), "{ended:?}");
        if ended.code == 3 {
            assert!(ended.err.contains("make space") || ended.err.contains("No space left"), "{ended:?}");
            seen += 1;
        }
        // While there is no space the node can be looked at, or says why not.
        let status = avm(at, &["ledger", "show", "status"]);
        assert!(status.code == 0 || status.code == 3 && status.err.contains("space"), "{status:?}");
        disk.empty();
        made += u64::from(whole(at, before));
    }
    assert!(seen > 0 && made > 0 || levels < 20, "{seen} found no space, {made} blocks");
    println!("{levels} fill levels, {seen} commands found no space, {made} blocks: 0 lost, 0 torn");
    // No place for a node: nothing is left of it.
    disk.fill(3_000_000);
    let init = ledger(at, &["init", "--dir", "second", "--buckets", "1000"], 3);
    assert!(init.err.contains("make space on the disk"), "{init:?}");
    assert!(!at.join("second").exists());
    disk.empty();
    assert_eq!(json(at, &["show", "status"], 0)["heap_buckets"][1], 1_000);
}
