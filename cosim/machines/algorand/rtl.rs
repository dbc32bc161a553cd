// SPDX-License-Identifier: MIT OR Apache-2.0
//! The RTL of the machine: its files, its memories, its registers. The build script includes this file by its path.

use crate::rtl::verilate::{Mutable, Rtl};

/// What is verilated.
pub const RTL: Rtl = Rtl {
    name: "algorand",
    top: "algorand_core",
    dirs: &["rtl/units", "rtl/algorand"],
    memories: &[
        ("u_code", 64),
        ("u_const", 64),
        ("u_stack", 64),
        ("u_frame", 64),
        ("u_tag", 32),
        ("u_call", 102),
        ("u_scope", 82),
        ("u_heap", 64),
        ("u_log", 78),
        ("u_seg", 114),
        ("u_dir", 68),
        ("u_size", 8),
    ],
    registers: include_str!("registers.txt"),
    stream: false,
    mutable: Mutable {
        watchers: &["isolation"],
        record: Some("retire"),
        tied: &[
            ("fault_i", 0),
            ("fault_hang_i", 0),
            ("fault_digit_i", 0),
            ("fault_row_i", 0),
            ("keep_i", 0),
            ("forward_i", 1),
            ("match_low_i", 0),
        ],
        planted: Some("fault_q"),
    },
};
