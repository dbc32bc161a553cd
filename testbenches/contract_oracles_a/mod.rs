//! The contracts of `testbenches/algorand/contracts`, in Rust: one module for each source.
//!
//! Fuel: what the methods of [`machine::Machine`] do not charge themselves is charged by `fuel`, `deny` and their
//! like, with the sum of the source's instructions in between.

pub mod attacker;
pub mod batch;
pub mod bot;
pub mod escrow;
pub mod exchange;
pub mod guard;
pub mod machine;
pub mod target;
pub mod token;
pub mod wallet;
