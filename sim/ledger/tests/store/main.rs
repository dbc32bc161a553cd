// SPDX-License-Identifier: MIT OR Apache-2.0
//! The store: whole after every death, one process at a time, nothing half-made.

#[path = "../support/mod.rs"]
mod support;

mod death;
#[cfg(target_os = "linux")]
mod disk;
mod full;
mod rules;
