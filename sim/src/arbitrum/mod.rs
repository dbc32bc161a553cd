// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Arbitrum machine: instruction set, values, images, interpreter, one-step proofs and what checks them.
//!
//! The authority is the project's seed document on the Arbitrum Virtual Machine, closed by the decisions A1 to A38;
//! `docs/arbitrum/rules.md` restates both.

pub mod alu;
pub mod asm;
pub mod buffer;
pub mod check;
pub mod core;
pub mod curve;
pub mod decode;
pub mod emit;
pub mod faults;
pub mod hash;
pub mod inbox;
pub mod interp;
pub mod isa;
pub mod mexe;
pub mod numbers;
pub mod proof;
pub mod reference;
pub mod value;
