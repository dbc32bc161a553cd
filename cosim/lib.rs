//! avm-cosim: verilated RTL, lockstep, waveforms, failure folders and the command line.
//!
//! The machines themselves (interpreters, core models) are in the crate `avm-sim`; what this package
//! needs to know of each is in [`machines`], and nothing else here knows a machine by name except
//! the scenario reader, the generator of random programs, regressions and the command line.

pub mod cli;
pub mod failure;
pub mod input;
pub mod lockstep;
pub mod machines;
pub mod mutants;
pub mod regress;
pub mod rng;
pub mod rtl;
pub mod scenario;
pub mod shrink;
