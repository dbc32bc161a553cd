// SPDX-License-Identifier: MIT OR Apache-2.0
//! The verilated RTL: how it is made and how it is clocked. Knows no machine beyond the name of its design.

pub mod design;
pub mod fields;
pub mod object;
pub mod registers;
pub mod verilate;
