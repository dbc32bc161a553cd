//! avm-cosim: verilated RTL, lockstep, waveforms, failure folders and the command line.
//!
//! The machines themselves (interpreters, core models) are in the crate `avm-sim`; what this package
//! needs to know of each is in [`machines`], and nothing else here knows a machine by name.

/// A line on standard output; a closed pipe (`avm ... | head`) is not an error.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

pub mod cli;
pub mod failure;
pub mod figures;
pub mod input;
pub mod lockstep;
pub mod machines;
pub mod mutants;
pub mod place;
pub mod regress;
pub mod rng;
pub mod rtl;
pub mod scenario;
pub mod shrink;
pub mod trace;
