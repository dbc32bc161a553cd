// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger grow`: larger tables, the same state.

use super::{json, ledger, node, round};

#[test]
fn tables_grow_and_the_node_goes_on() {
    let folder = node();
    let at = folder.path();
    ledger(at, &["submit", "--from-oracle", "transfer.toml"], 0);
    let before = json(at, &["show", "status"], 0);
    assert_eq!(before["heap_buckets"][1], 1_000);
    // Twice as many, if nobody says how many.
    assert_eq!(json(at, &["grow"], 0)["heap_buckets"], serde_json::json!([1_000, 2_000]));
    ledger(at, &["grow", "--buckets", "5000"], 0);
    ledger(at, &["grow", "--buckets", "5000"], 0);
    let after = json(at, &["show", "status"], 0);
    assert_eq!(after["heap_buckets"][1], 5_000);
    assert_eq!(
        (&after["heap"], &after["code"], &after["waiting"]),
        (&before["heap"], &before["code"], &before["waiting"])
    );
    let table = std::fs::metadata(at.join("ledger/store/heap/ht")).expect("a table").len();
    assert_eq!(table, (5_000 + 2) * 4_096);
    ledger(at, &["produce"], 0);
    assert_eq!(round(at), 1);
    ledger(at, &["show", "account", "bob"], 0);
}

#[test]
fn what_cannot_grow_is_said() {
    let folder = node();
    let at = folder.path();
    let smaller = ledger(at, &["grow", "--buckets", "1000"], 0);
    assert!(smaller.out.contains("heap 1000 to 1000"), "{smaller:?}");
    ledger(at, &["grow", "--buckets", "3000"], 0);
    let smaller = ledger(at, &["grow", "--buckets", "2999"], 2);
    assert!(smaller.err.contains("has 3000 buckets: name a larger number"), "{smaller:?}");
    assert!(ledger(at, &["grow", "--buckets", "999"], 2).err.contains("1000..=4000000"));
    let nobody = ledger(at, &["grow", "--dir", "elsewhere"], 2);
    assert!(nobody.err.contains("avm ledger init"), "{nobody:?}");
}
