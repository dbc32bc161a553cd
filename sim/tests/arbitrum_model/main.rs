// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Arbitrum core model, driven through its host port: results by the rules, hashes by published steps, timing by
//! `docs/arbitrum/core.md`.

mod errors;
mod heap;
mod host;
mod image;
mod outside;
mod programs;
mod state;
mod timing;
mod value;
mod vectors;
