// SPDX-License-Identifier: MIT OR Apache-2.0
//! The RTL of the fictitious machine. The build script includes this file by its path.

use crate::rtl::verilate::{Mutable, Rtl};

/// What is verilated.
pub const RTL: Rtl = Rtl {
    name: "toy",
    top: "toy_core",
    dirs: &["testbenches/toy"],
    memories: &[("u_cells", 256)],
    registers: include_str!("registers.txt"),
    stream: true,
    mutable: Mutable { watchers: &[], record: None, tied: &[("fault_i", 0)], planted: None },
};
