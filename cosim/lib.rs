// SPDX-License-Identifier: MIT OR Apache-2.0
//! avm-cosim: verilated RTL, lockstep, waveforms, failure folders and the command line.
//!
//! The machines themselves (interpreters, core models) are in the crate `avm-sim`; what this package
//! needs to know of each is in [`machines`], and nothing else here knows a machine by name.

// All output goes through `output`.
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
pub mod output;

pub mod cli;
pub mod failure;
pub mod figures;
pub mod input;
pub mod lockstep;
pub mod machines;
pub mod making;
pub mod mutants;
pub mod names;
pub mod place;
pub mod profile;
pub mod proof;
pub mod regress;
pub mod rng;
pub mod rtl;
pub mod scenario;
pub mod shrink;
pub mod trace;
