// SPDX-License-Identifier: MIT OR Apache-2.0
//! Interpreters and cycle-level models of the virtual machines called AVM, in pure Rust.
//!
//! `units` and `trace` know no machine; each machine is a room of its own and imports only those
//! two (DESIGN rule 2). Verilated RTL, lockstep, waveforms and the command line live in the root
//! package, not here.

#[macro_use]
mod room;

pub mod algorand;
pub mod arbitrum;
pub mod trace;
pub mod units;
