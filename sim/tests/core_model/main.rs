// SPDX-License-Identifier: MIT OR Apache-2.0
//! The core model, driven through its host port: timing against `docs/algorand/core.md`, results
//! against the interpreter.

mod against_interp;
mod calls;
mod errors;
mod heap;
mod host;
mod programs;
mod rooms;
mod segments;
mod timing;
