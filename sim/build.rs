// SPDX-License-Identifier: MIT OR Apache-2.0
//! Says whether a call at the end of a function becomes a jump, which the fast interpreter of the Algorand machine builds on:
//! the compiler does that from optimisation level 2 on, where a calling convention passes six arguments in registers.

use std::env::var;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(tail_calls)");
    let is = |name: &str, values: &[&str]| var(name).is_ok_and(|v| values.contains(&&*v));
    let registers = is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64"]) && is("CARGO_CFG_TARGET_FAMILY", &["unix"]);
    if registers && is("OPT_LEVEL", &["2", "3"]) {
        println!("cargo::rustc-cfg=tail_calls");
    }
    println!("cargo::rerun-if-changed=build.rs");
}
