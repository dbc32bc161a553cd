// SPDX-License-Identifier: MIT OR Apache-2.0
//! All integration tests, in one program: each program more would link the verilated RTL again.
//! `cargo test --test all shrink::` runs those of a module.

mod arbitrum;
mod cli;
mod dependencies;
mod failure_folder;
mod farm;
mod fast;
mod faults;
mod field;
mod fuzz;
mod ledger;
mod lockstep;
mod mutants;
mod oracles;
mod other_rtl;
mod probe;
mod profile;
mod random;
mod regress;
mod rooms;
mod scenarios;
mod seed_page;
mod shrink;
mod snapshot;
mod strict;
mod support;
mod toy;
mod trace;
mod warnings;

/// As in the package: a room's `rtl.rs`, which the build script reads too, finds it under this name.
mod rtl {
    pub use avm_cosim::rtl::verilate;
}
