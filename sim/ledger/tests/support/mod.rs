// SPDX-License-Identifier: MIT OR Apache-2.0
//! What several tests of the ledger share. Each takes what it needs.
#![allow(dead_code)]

pub mod chain;
pub mod history;
#[cfg(target_os = "linux")]
pub mod mounted;
pub mod oracle;
pub mod rng;
