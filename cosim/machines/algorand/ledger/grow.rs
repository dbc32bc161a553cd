// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger grow`: larger tables for the databases, before or after a block found them full.

use avm_ledger::edb::EdbError;
use avm_ledger::edb::disk::Options;
use avm_ledger::store::{Store, StoreError};
use clap::Args;
use serde_json::json;

use super::busy::Busy;
use super::home::{Home, OPTIONS};
use super::{BUCKETS_MAX, failure, print, wrong};
use crate::cli::Failure;

/// Arguments of `grow`.
#[derive(Args)]
pub struct Grow {
    /// Buckets of 4 KiB that the table of each database shall have. Left out: twice as many as the larger one has.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1_000..=i64::from(BUCKETS_MAX)))]
    buckets: Option<u32>,
}

/// `avm ledger grow`.
pub fn grow(home: &Home, arguments: &Grow, json: bool) -> Result<(), Failure> {
    // Opened first: a node that is damaged is not touched, and what a command left undone is settled.
    drop(home.node(json)?);
    let store = home.store();
    let failed = |e: StoreError| failure(e.into(), json);
    let (heap, code) = Store::buckets(&store).map_err(failed)?;
    let has = heap.max(code);
    let most = u64::from(BUCKETS_MAX);
    if arguments.buckets.is_none() && has >= most {
        return Err(wrong(home.path(), format!("its tables have {has} buckets, and {most} is the most there can be")));
    }
    let buckets = arguments.buckets.unwrap_or((2 * has).min(most) as u32);
    super::ends_at_signals();
    let busy = Busy::with("making the tables larger", 1);
    Store::grow(&store, Options { buckets, ..OPTIONS }).map_err(|e| match e {
        StoreError::Database { source: EdbError::Smaller { .. }, .. } => wrong(home.path(), e),
        e => failed(e),
    })?;
    drop(busy);
    let object = json!({ "heap_buckets": [heap, buckets], "code_buckets": [code, buckets] });
    print(json, &object, &format!("buckets  heap {heap} to {buckets}, code {code} to {buckets}"));
    Ok(())
}
