// SPDX-License-Identifier: MIT OR Apache-2.0
//! The RTL of the machine: its files, its memories, its registers. The build script includes this file by its path.

use crate::rtl::verilate::{Mutable, Rtl};

/// What is verilated.
pub const RTL: Rtl = Rtl {
    name: "arbitrum",
    top: "arbitrum_core",
    dirs: &["rtl/units", "rtl/arbitrum"],
    memories: &[
        ("u_code_ram", 42),
        ("u_chash_ram", 256),
        ("u_pool_ram", 258),
        ("u_win_ram", 258),
        ("u_data_ram", 258),
        ("u_aux_ram", 258),
        ("u_cells_ram", 258),
        ("u_count_ram", 17),
        ("u_link_ram", 23),
        ("u_thash_ram", 256),
        ("u_tsize_ram", 256),
        ("u_zbuf_ram", 256),
    ],
    registers: include_str!("registers.txt"),
    stream: false,
    mutable: Mutable { watchers: &[], record: Some("retire"), tied: &[("fault_i", 0)], planted: Some("fault_q") },
};
