// SPDX-License-Identifier: MIT OR Apache-2.0
//! Verilates the RTL and compiles it, with the C++ shim, into static libraries.
//!
//! Each library is rebuilt only when a digest of its inputs changes: Verilator's own runtime once per
//! Verilator version, each machine when its sources or the shim do. `OUT_DIR` belongs to one build
//! script run at a time (cargo locks it), so parallel cargo runs do not meet.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::exit;

#[path = "cosim/rtl/shim/plain.rs"]
mod plain;
// As in the package, so that the machines' files find it there.
#[allow(dead_code, reason = "the package uses the rest of it")]
#[path = "cosim/rtl"]
mod rtl {
    pub mod registers;
    pub mod verilate;
}

use rtl::registers;
use rtl::verilate::{self, RUNTIME_DEFINES, Rtl, Verilator};

// The machines that are verilated, one line each here and below.
#[path = "cosim/machines/algorand/rtl.rs"]
mod algorand;
#[path = "cosim/machines/arbitrum/rtl.rs"]
mod arbitrum;
#[path = "testbenches/toy/rtl.rs"]
mod toy;

const DESIGNS: &[Rtl] = &[algorand::RTL, arbitrum::RTL, toy::RTL];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=cosim/rtl/verilate.rs");
    println!("cargo::rerun-if-changed=cosim/rtl/registers.rs");
    println!("cargo::rerun-if-changed=cosim/machines");
    println!("cargo::rerun-if-changed=testbenches/toy");
    println!("cargo::rerun-if-changed=cosim/rtl/shim");
    println!("cargo::rerun-if-env-changed=VERILATOR");
    println!("cargo::rerun-if-env-changed=VERILATOR_ROOT");
    println!("cargo::rerun-if-env-changed=CXX");
    println!("cargo::rerun-if-env-changed=RUSTC_WORKSPACE_WRAPPER");
    if lints_only() {
        return;
    }
    let verilator = Verilator::find().unwrap_or_else(|e| stop(&e));
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    // The designs come first: linkers resolve left to right.
    for design in DESIGNS {
        build_design(design, &verilator, &out);
    }
    build_runtime(&verilator, &out);
}

/// Clippy links nothing and has an `OUT_DIR` of its own, where the RTL would be verilated and compiled once more.
fn lints_only() -> bool {
    let wrapper = std::env::var_os("RUSTC_WORKSPACE_WRAPPER").unwrap_or_default();
    Path::new(&wrapper).file_stem().is_some_and(|name| name == "clippy-driver")
}

fn stop(message: &str) -> ! {
    println!("cargo::error={message}");
    exit(1);
}

fn sources(design: &Rtl) -> Vec<PathBuf> {
    for dir in design.dirs {
        println!("cargo::rerun-if-changed={dir}");
    }
    design.sources().unwrap_or_else(|e| stop(&e))
}

/// Runs `build` in a fresh folder unless its stamp already says `digest` and what Verilator read for it, with what the
/// sources include; the stamp is written last.
fn cached(dir: &Path, digest: &str, build: impl FnOnce(&Path)) {
    let stamp = dir.join("stamp");
    let now = || {
        let reads = verilate::reads(dir);
        reads.iter().for_each(|file| println!("cargo::rerun-if-changed={}", file.display()));
        format!("{digest}\n{}", verilate::state(&reads))
    };
    if fs::read_to_string(&stamp).is_ok_and(|s| s == now()) {
        return;
    }
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
    build(dir);
    fs::write(stamp, now()).unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
}

fn compiler(verilator: &Verilator, dir: &Path) -> cc::Build {
    let mut cc = cc::Build::new();
    cc.cpp(true)
        .std("c++17")
        .warnings(false)
        // Optimised in every profile: an unoptimised simulation takes minutes where this takes seconds.
        .opt_level(3)
        .debug(false)
        .cargo_metadata(false)
        .out_dir(dir)
        .include(&verilator.include)
        .include(verilator.include.join("vltstd"));
    for flag in verilate::FLAGS {
        cc.flag(flag);
    }
    for (name, value) in verilate::defines(true) {
        cc.define(name, value);
    }
    cc
}

fn build_design(design: &Rtl, verilator: &Verilator, out: &Path) {
    let files = sources(design);
    let shim = fs::read("cosim/rtl/shim/shim.cpp").unwrap_or_else(|e| stop(&format!("cosim/rtl/shim/shim.cpp: {e}")));
    let mut text = Vec::new();
    for f in &files {
        text.extend(fs::read(f).unwrap_or_else(|e| stop(&format!("{}: {e}", f.display()))));
    }
    let dir = out.join(design.name);
    cached(
        &dir,
        &verilate::digest(&[&text, design.registers.as_bytes(), &shim, &recipe(), verilator.version.as_bytes()]),
        |dir| {
            verilate(design, &files, verilator, dir);
            snapshots_hold(design, dir);
            registers_are_there(design, dir);
            compile(design, verilator, dir);
        },
    );
    println!("cargo::rustc-link-search=native={}", dir.display());
    println!("cargo::rustc-link-lib=static=avm_{}", design.name);
}

/// What the libraries depend on besides sources and tools.
fn recipe() -> Vec<u8> {
    ["build.rs", "cosim/rtl/verilate.rs", "cosim/rtl/registers.rs", "cosim/rtl/shim/plain.rs"]
        .iter()
        .flat_map(|f| fs::read(f).unwrap_or_default())
        .collect()
}

/// Snapshots copy the bytes of the root object (`cosim/rtl/shim/shim.cpp`): it must be plain data.
fn snapshots_hold(design: &Rtl, dir: &Path) {
    let header = design.root_header(dir);
    let text = fs::read_to_string(&header).unwrap_or_else(|e| stop(&format!("{}: {e}", header.display())));
    if let Some(why) = plain::refusal(design.name, &text) {
        stop(&why);
    }
}

/// Writes the shim's list of registers; each field of the probe is one, as wide as the field table says.
fn registers_are_there(design: &Rtl, dir: &Path) {
    let header = design.root_header(dir);
    let text = fs::read_to_string(&header).unwrap_or_else(|e| stop(&format!("{}: {e}", header.display())));
    let found = registers::find(design.registers, design.top, &text).unwrap_or_else(|e| stop(&e));
    if !found.absent.is_empty() {
        let what = "registers of the field table that the verilated RTL does not have";
        stop(&format!("{what} ({}): {}", design.name, found.absent.join("; ")));
    }
    let list = dir.join("registers.inc");
    fs::write(&list, found.list).unwrap_or_else(|e| stop(&format!("{}: {e}", list.display())));
}

fn verilate(design: &Rtl, files: &[PathBuf], verilator: &Verilator, dir: &Path) {
    if let Err(text) = verilator.run(design, files, dir, true) {
        text.lines().for_each(|l| println!("cargo::warning={l}"));
        stop(&format!("Verilator rejected the RTL of {}.", design.name));
    }
    fs::write(dir.join("memories.inc"), design.memory_list())
        .unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
}

fn compile(design: &Rtl, verilator: &Verilator, dir: &Path) {
    let mut cc = compiler(verilator, dir);
    let files = verilate::generated(dir).unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
    cc.files(files).file("cosim/rtl/shim/shim.cpp").include(dir);
    for (name, value) in design.shim_defines() {
        cc.define(name, value.as_str());
    }
    if let Err(e) = cc.try_compile(&format!("avm_{}", design.name)) {
        stop(&format!("the verilated RTL of {} did not compile: {e}", design.name));
    }
}

fn build_runtime(verilator: &Verilator, out: &Path) {
    let dir = out.join("runtime");
    let stop_source = fs::read("cosim/rtl/shim/stop.cpp").unwrap_or_default();
    cached(&dir, &verilate::digest(&[verilator.version.as_bytes(), &stop_source, &recipe()]), |dir| {
        let files =
            ["verilated.cpp", "verilated_vcd_c.cpp", "verilated_threads.cpp"].map(|f| verilator.include.join(f));
        let mut cc = compiler(verilator, dir);
        for (name, value) in RUNTIME_DEFINES {
            cc.define(name, value);
        }
        cc.file("cosim/rtl/shim/stop.cpp");
        if let Err(e) = cc.files(files).try_compile("avm_verilated") {
            stop(&format!("Verilator's runtime did not compile (is g++ installed?): {e}"));
        }
    });
    println!("cargo::rustc-link-search=native={}", dir.display());
    println!("cargo::rustc-link-lib=static=avm_verilated");
    println!("cargo::rustc-link-lib=dylib=stdc++");
    println!("cargo::rustc-link-lib=dylib=pthread");
    // Clang calls functions for atomics, which are in a library of their own.
    let clang = compiler(verilator, &dir).try_get_compiler().is_ok_and(|c| c.is_like_clang());
    if clang && std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-lib=dylib=atomic");
    }
}
