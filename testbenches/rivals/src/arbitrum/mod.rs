// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Arbitrum interpreter: 256-bit arithmetic beside an EVM's, a map beside a WebAssembly interpreter that meters fuel.

pub mod arithmetic;
pub mod map;
