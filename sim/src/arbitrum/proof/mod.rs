// SPDX-License-Identifier: MIT OR Apache-2.0
//! One-step proofs: what somebody without the machine's state needs to follow one step. Layout: `docs/arbitrum/proofs.md`.
//!
//! This is the proving side, which has a machine; the checking side, which has none, is `crate::arbitrum::check`.

mod buffers;
mod generate;

use thiserror::Error;

/// Bytes of a proof at most (A37).
pub const SIZE_MAX: usize = 1 << 20;

/// A proof of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// State and operands, and what `inbox` and `send` append.
    pub standard: Vec<u8>,
    /// Merkle paths of buffers that the step reads or writes; empty if there is nothing to show.
    pub buffer: Vec<u8>,
}

/// Why there is no proof of the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoProof {
    /// There is no next step.
    #[error("the machine has stopped")]
    Stopped,
    /// The step takes a message, and there is none (A36).
    #[error("the machine waits for a message")]
    Blocked,
    /// Proofs are those of the machine with seven words (A2).
    #[error("the legacy configuration has no proofs")]
    Legacy,
    /// The step shows more than fits into a proof (A37).
    #[error("the proof would be larger than {SIZE_MAX} bytes")]
    TooLarge,
}
