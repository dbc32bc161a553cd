// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Algorand machine: instruction set, assembler, image, interpreter and core model.
//!
//! The authority is the project's seed document on the Algorand Virtual Machine, closed by the
//! decisions D1 to D35 (`docs/algorand/machine.md` restates each where it applies).

pub mod asm;
pub mod authority;
pub mod core;
pub mod cycles;
pub mod emit;
pub mod exception;
pub mod fast;
pub mod faults;
pub mod image;
pub mod interp;
pub mod isa;
pub mod natives;
pub mod numbers;
pub mod params;
pub mod world;
