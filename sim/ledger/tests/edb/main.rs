// SPDX-License-Identifier: MIT OR Apache-2.0
//! The databases: against another implementation, and against forged proofs.

#[path = "../support/mod.rs"]
mod support;

mod forged;
mod histories;
#[cfg(target_os = "linux")]
mod ring;
