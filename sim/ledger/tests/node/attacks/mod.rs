// SPDX-License-Identifier: MIT OR Apache-2.0
//! N1 to N15, by number.

mod blocks;
mod code;
mod nonces;
mod payment;
mod signatures;
