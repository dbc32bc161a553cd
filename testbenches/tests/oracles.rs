// SPDX-License-Identifier: MIT OR Apache-2.0
//! What programs and contracts must compute, in plain Rust that knows no bytecode, and what the scenarios of
//! `testbenches/algorand` expect beside it.

mod pages;
mod programs;
mod states;
