// SPDX-License-Identifier: MIT OR Apache-2.0
//! Arithmetic and storage units that machines share: pure functions (used by interpreters and core
//! models alike) and clocked units (twins of `rtl/units`). Knows no machine.

pub mod alu;
pub mod div256;
pub mod div64;
pub mod keccak;
pub mod lutram_2r;
pub mod mul256;
pub mod mul64;
pub mod ram_1r1w;
pub mod sha256;
pub mod table_1w;
pub mod utf8;
pub mod wide;
