//! Verilates the RTL and compiles it, with the C++ shim, into static libraries.
//!
//! Each library is rebuilt only when a digest of its inputs changes: Verilator's own runtime once per
//! Verilator version, each machine when its sources or the shim do. `OUT_DIR` belongs to one build
//! script run at a time (cargo locks it), so parallel cargo runs do not meet.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, exit};

#[path = "cosim/shim/plain.rs"]
mod plain;

/// Oldest Verilator that the RTL is kept clean with.
const OLDEST: (u32, u32) = (5, 6);

/// One RTL design to verilate.
struct Design {
    /// Prefix of the C functions: `avm_<name>_...`.
    name: &'static str,
    /// Top module.
    top: &'static str,
    /// Source folders; packages (`*_pkg.sv`) come first.
    dirs: &'static [&'static str],
    /// RAM instances below the top, in the order of the model's `MEMORIES`.
    memories: &'static [&'static str],
    /// The top has a stream port.
    stream: bool,
}

const DESIGNS: &[Design] = &[
    Design {
        name: "algorand",
        top: "algorand_core",
        dirs: &["rtl/units", "rtl/algorand"],
        memories: &[
            "u_code", "u_const", "u_stack", "u_frame", "u_tag", "u_call", "u_scope", "u_heap", "u_log", "u_seg",
            "u_dir", "u_size",
        ],
        stream: false,
    },
    Design { name: "toy", top: "toy_core", dirs: &["testbenches/toy"], memories: &["u_cells"], stream: true },
];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=cosim/shim");
    println!("cargo::rerun-if-env-changed=VERILATOR");
    println!("cargo::rerun-if-env-changed=VERILATOR_ROOT");
    println!("cargo::rerun-if-env-changed=AVM_NETLIST");
    let verilator = Verilator::find();
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    // The designs come first: linkers resolve left to right.
    for design in DESIGNS {
        match std::env::var_os("AVM_NETLIST") {
            // A netlist of the whole core in one file (testbenches/synth/netlist.sh); its RAMs have other names.
            Some(netlist) if design.name == "algorand" => {
                println!("cargo::rerun-if-changed={}", netlist.display());
                build_design(&Design { memories: &[], ..*design }, vec![netlist.into()], &verilator, &out);
            }
            _ => build_design(design, sources(design), &verilator, &out),
        }
    }
    build_runtime(&verilator, &out);
}

struct Verilator {
    command: String,
    version: String,
    include: PathBuf,
}

impl Verilator {
    fn find() -> Verilator {
        let command = std::env::var("VERILATOR").unwrap_or_else(|_| "verilator".into());
        let Ok(out) = Command::new(&command).arg("--version").output() else {
            stop(&format!(
                "`{command}` was not found. Install Verilator 5.006 or newer (Debian, Ubuntu: `sudo apt-get install verilator`; \
                 `make` does it for you), or set VERILATOR to its path."
            ));
        };
        let version = String::from_utf8_lossy(&out.stdout).trim().to_string();
        if numbers(&version).is_none_or(|v| v < OLDEST) {
            stop(&format!(
                "Verilator 5.006 or newer is needed, found `{version}`. Install a newer one and put it first in PATH, or set VERILATOR \
                 to its path."
            ));
        }
        let root = Command::new(&command).args(["--getenv", "VERILATOR_ROOT"]).output();
        let root = root.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string()).unwrap_or_default();
        let include = Path::new(&root).join("include");
        if !include.join("verilated.cpp").is_file() {
            stop(&format!("Verilator's runtime sources are not in `{}`; set VERILATOR_ROOT.", include.display()));
        }
        Verilator { command, version, include }
    }
}

/// Major and minor version in "Verilator 5.006 2023-01-22 ...".
fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_whitespace().nth(1)?.split_once('.')?;
    let digits: String = minor.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, digits.parse().ok()?))
}

fn stop(message: &str) -> ! {
    println!("cargo::error={message}");
    exit(1);
}

fn sources(design: &Design) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for dir in design.dirs {
        println!("cargo::rerun-if-changed={dir}");
        let entries = fs::read_dir(dir).unwrap_or_else(|e| stop(&format!("{dir}: {e}")));
        files.extend(entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "sv")));
    }
    let package = |p: &PathBuf| !p.file_stem().is_some_and(|s| s.to_string_lossy().ends_with("_pkg"));
    files.sort_by_key(|p| (package(p), p.clone()));
    files
}

fn digest(parts: &[&dyn AsRef<[u8]>]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.iter().for_each(|p| p.as_ref().hash(&mut hasher));
    format!("{:016x}", hasher.finish())
}

/// Runs `build` in a fresh folder unless its stamp already says `digest`; the stamp is written last.
fn cached(dir: &Path, digest: &str, build: impl FnOnce(&Path)) {
    let stamp = dir.join("stamp");
    if fs::read_to_string(&stamp).is_ok_and(|s| s == digest) {
        return;
    }
    let _ = fs::remove_dir_all(dir);
    fs::create_dir_all(dir).unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
    build(dir);
    fs::write(stamp, digest).unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
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
        .include(verilator.include.join("vltstd"))
        .flag("-pthread")
        .flag("-fno-strict-aliasing");
    for define in ["VM_COVERAGE=0", "VM_SC=0", "VM_TRACE=1", "VM_TRACE_FST=0", "VM_TRACE_VCD=1"] {
        let (name, value) = define.split_once('=').expect("a value");
        cc.define(name, value);
    }
    cc
}

fn build_design(design: &Design, files: Vec<PathBuf>, verilator: &Verilator, out: &Path) {
    let shim = fs::read("cosim/shim/shim.cpp").unwrap_or_else(|e| stop(&format!("cosim/shim/shim.cpp: {e}")));
    let mut text = Vec::new();
    for f in &files {
        text.extend(fs::read(f).unwrap_or_else(|e| stop(&format!("{}: {e}", f.display()))));
    }
    let this = ["build.rs", "cosim/shim/plain.rs"].map(|f| fs::read(f).unwrap_or_default()).concat();
    let dir = out.join(design.name);
    cached(&dir, &digest(&[&text, &shim, &this, &verilator.version]), |dir| {
        verilate(design, &files, verilator, dir);
        snapshots_hold(design, dir);
        compile(design, verilator, dir);
    });
    println!("cargo::rustc-link-search=native={}", dir.display());
    println!("cargo::rustc-link-lib=static=avm_{}", design.name);
}

fn verilate(design: &Design, files: &[PathBuf], verilator: &Verilator, dir: &Path) {
    let status = Command::new(&verilator.command)
        .args([
            "--cc",
            "-O3",
            "--assert",
            "--trace",
            "-Wall",
            "-Wno-fatal",
            "--x-assign",
            "fast",
            "--x-initial",
            "unique",
        ])
        .args(["--threads", "1", "--top-module", design.top, "--prefix"])
        .arg(format!("V{}", design.name))
        .arg("--Mdir")
        .arg(dir)
        .args(files)
        .output()
        .unwrap_or_else(|e| stop(&format!("{}: {e}", verilator.command)));
    if !status.status.success() {
        let text = String::from_utf8_lossy(&status.stderr);
        text.lines().take(40).for_each(|l| println!("cargo::warning={l}"));
        stop(&format!("Verilator rejected the RTL of {}.", design.name));
    }
    let list: String =
        design.memories.iter().map(|m| format!("AVM_MEMORY({}__DOT__{m}__DOT__mem)\n", design.top)).collect();
    fs::write(dir.join("memories.inc"), list).unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
}

/// Snapshots copy the bytes of the root object (`cosim/shim/shim.cpp`): it must be plain data.
fn snapshots_hold(design: &Design, dir: &Path) {
    let header = dir.join(format!("V{}___024root.h", design.name));
    let text = fs::read_to_string(&header).unwrap_or_else(|e| stop(&format!("{}: {e}", header.display())));
    if let Some(member) = plain::first_not_plain(&text) {
        stop(&format!(
            "the verilated RTL of {} has state that a snapshot cannot copy: `{member}`. Use no strings, queues or associative \
             arrays in it, and let Verilator inline all modules.",
            design.name
        ));
    }
}

fn compile(design: &Design, verilator: &Verilator, dir: &Path) {
    let mut cc = compiler(verilator, dir);
    let generated = fs::read_dir(dir).unwrap_or_else(|e| stop(&format!("{}: {e}", dir.display())));
    let mut files: Vec<_> =
        generated.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "cpp")).collect();
    files.sort();
    cc.files(files)
        .file("cosim/shim/shim.cpp")
        .include(dir)
        .define("AVM_NAME", design.name)
        .define("AVM_TOP", format!("V{}", design.name).as_str())
        .define("AVM_TOP_HEADER", format!("\"V{}.h\"", design.name).as_str())
        .define("AVM_ROOT_HEADER", format!("\"V{}___024root.h\"", design.name).as_str())
        .define("AVM_STREAM", if design.stream { "1" } else { "0" });
    if let Err(e) = cc.try_compile(&format!("avm_{}", design.name)) {
        stop(&format!("the verilated RTL of {} did not compile: {e}", design.name));
    }
}

fn build_runtime(verilator: &Verilator, out: &Path) {
    let dir = out.join("runtime");
    let stop_source = fs::read("cosim/shim/stop.cpp").unwrap_or_default();
    let this = fs::read("build.rs").unwrap_or_default();
    cached(&dir, &digest(&[&verilator.version, &stop_source, &this]), |dir| {
        let files =
            ["verilated.cpp", "verilated_vcd_c.cpp", "verilated_threads.cpp"].map(|f| verilator.include.join(f));
        let mut cc = compiler(verilator, dir);
        // What an assertion says is in the report: on standard output it would mix with the results.
        cc.define("VL_PRINTF(...)", "((void)0)");
        cc.define("VL_USER_STOP", None).define("VL_USER_FATAL", None).file("cosim/shim/stop.cpp");
        if let Err(e) = cc.files(files).try_compile("avm_verilated") {
            stop(&format!("Verilator's runtime did not compile (is g++ installed?): {e}"));
        }
    });
    println!("cargo::rustc-link-search=native={}", dir.display());
    println!("cargo::rustc-link-lib=static=avm_verilated");
    println!("cargo::rustc-link-lib=dylib=stdc++");
    println!("cargo::rustc-link-lib=dylib=pthread");
}
