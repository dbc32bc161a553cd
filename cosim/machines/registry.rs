//! The machines of this build, one line each. The command line chooses here, once.

use super::Machine;

/// Names of all machines; the first is meant where none is named.
pub const NAMES: &[&str] = &[<super::algorand::Room as Machine>::NAME];
