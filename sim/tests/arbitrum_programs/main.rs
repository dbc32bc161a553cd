// SPDX-License-Identifier: MIT OR Apache-2.0
//! The programs of `testbenches/arbitrum/programs`, each against an oracle in plain Rust: what must be logged and sent is computed
//! here without the machine, and the scenario beside the program says the same. Then they run on the interpreter, with
//! the limits of the hardware.
//!
//! `AVM_WRITE_SCENARIOS=1` writes the scenarios instead of comparing them.

mod dag;
mod hashes;
mod modexp;
mod os;
mod scene;
mod token;
mod translator;
mod value;
mod wallet;
