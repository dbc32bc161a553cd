// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machines of this build, one line each. The command line chooses here, once.

/// The first of them: what tests of generic parts are made with.
#[cfg(test)]
pub use super::algorand::Room as First;

crate::registry! {
    /// All of them.
    All:
    super::algorand::Room,
    super::arbitrum::Room,
}
