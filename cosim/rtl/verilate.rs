// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is verilated and how: the one place for Verilator's arguments and the compiler's defines. The build script
//! includes this file by its path and makes static libraries with it, `object` makes shared objects.
//! Nothing here compiles anything, and nothing depends on the rest of the project.

use std::collections::hash_map::DefaultHasher;
use std::ffi::OsString;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use super::registers;

/// Oldest Verilator that the RTL is kept clean with.
const OLDEST: (u32, u32) = (5, 6);

/// What is no part of a machine in its RTL, or seen although no output shows it.
#[derive(Clone, Copy, Debug)]
pub struct Mutable {
    /// Modules in the top that only watch the others.
    pub watchers: &'static [&'static str],
    /// The module whose registers are the retire record, if they are in one of their own.
    pub record: Option<&'static str>,
    /// Inputs that plant a fault, and their value without one.
    pub tied: &'static [(&'static str, u8)],
    /// The top's register that says which fault is planted, if there is one.
    pub planted: Option<&'static str>,
}

/// One RTL design to verilate.
#[derive(Clone, Copy, Debug)]
pub struct Rtl {
    /// Prefix of the C functions: `avm_<name>_...`.
    pub name: &'static str,
    /// Top module.
    pub top: &'static str,
    /// Source folders; packages (`*_pkg.sv`) come first.
    pub dirs: &'static [&'static str],
    /// RAM instances below the top and the bits of their words, in the order of the model's `MEMORIES`.
    pub memories: &'static [(&'static str, u32)],
    /// Where the fields of the probe are, as generated from the machine's field table ([`super::registers`]).
    pub registers: &'static str,
    /// The top has a stream port.
    pub stream: bool,
    /// What mutants of it have to know.
    pub mutable: Mutable,
}

impl Rtl {
    /// Source files in the order in which they are read.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn sources(&self) -> Result<Vec<PathBuf>, String> {
        let mut files = Vec::new();
        for dir in self.dirs {
            let entries = fs::read_dir(dir).map_err(|e| format!("{dir}: {e}"))?;
            files.extend(entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "sv")));
        }
        let package = |p: &PathBuf| !p.file_stem().is_some_and(|s| s.to_string_lossy().ends_with("_pkg"));
        files.sort_by_key(|p| (package(p), p.clone()));
        Ok(files)
    }

    /// Verilator's arguments, but for the source files.
    pub fn arguments(&self, folder: &Path, trace: bool) -> Vec<OsString> {
        // What a file includes is beside it; without the last, Verilator looks in the working folder only.
        let mut all: Vec<OsString> = ["--cc", "-O3", "--assert", "--relative-includes"].map(OsString::from).into();
        all.extend(trace.then(|| "--trace".into()));
        let fixed = ["-Wall", "-Wno-fatal", "--x-assign", "fast", "--x-initial", "unique", "--threads", "1"];
        all.extend(fixed.map(OsString::from));
        all.extend(["--top-module", self.top, "--prefix"].map(OsString::from));
        all.extend([format!("V{}", self.name).into(), "--Mdir".into(), folder.into()]);
        all
    }

    /// The shim's list of memories.
    pub fn memory_list(&self) -> String {
        let line = |(m, bits): &(&str, u32)| format!("AVM_MEMORY({}__DOT__{m}__DOT__mem, {bits})\n", self.top);
        self.memories.iter().map(line).collect()
    }

    /// The header of the root object, below a folder that Verilator wrote.
    pub fn root_header(&self, folder: &Path) -> PathBuf {
        folder.join(format!("V{}___024root.h", self.name))
    }

    /// The defines that tell the shim which design it belongs to.
    pub fn shim_defines(&self) -> [(&'static str, String); 5] {
        [
            ("AVM_NAME", self.name.into()),
            ("AVM_TOP", format!("V{}", self.name)),
            ("AVM_TOP_HEADER", format!("\"V{}.h\"", self.name)),
            ("AVM_ROOT_HEADER", format!("\"V{}___024root.h\"", self.name)),
            ("AVM_STREAM", u8::from(self.stream).to_string()),
        ]
    }
}

/// Defines of everything that is compiled, as Verilator's own makefile gives them.
pub fn defines(trace: bool) -> [(&'static str, &'static str); 5] {
    let trace = if trace { "1" } else { "0" };
    [("VM_COVERAGE", "0"), ("VM_SC", "0"), ("VM_TRACE", trace), ("VM_TRACE_FST", "0"), ("VM_TRACE_VCD", trace)]
}

/// Defines of the runtime. What an assertion says is in the report: on standard output it would mix with the results.
pub const RUNTIME_DEFINES: [(&str, Option<&str>); 3] =
    [("VL_PRINTF(...)", Some("((void)0)")), ("VL_USER_STOP", None), ("VL_USER_FATAL", None)];

/// Flags of the compiler.
pub const FLAGS: [&str; 2] = ["-pthread", "-fno-strict-aliasing"];

/// An installed Verilator.
#[derive(Clone, Debug)]
pub struct Verilator {
    /// Its command.
    pub command: String,
    /// What it says about its version.
    pub version: String,
    /// Its runtime sources.
    pub include: PathBuf,
}

impl Verilator {
    /// The one named by VERILATOR, or in PATH.
    ///
    /// # Errors
    /// There is none, or it is too old: a message with the remedy.
    pub fn find() -> Result<Verilator, String> {
        let command = std::env::var("VERILATOR").unwrap_or_else(|_| "verilator".into());
        let Ok(out) = Command::new(&command).arg("--version").output() else {
            return Err(format!(
                "`{command}` was not found. Install Verilator 5.006 or newer (Debian, Ubuntu: `sudo apt-get install verilator`; \
                 `make` does it for you), or set VERILATOR to its path."
            ));
        };
        let version = String::from_utf8_lossy(&out.stdout).trim().to_string();
        if numbers(&version).is_none_or(|v| v < OLDEST) {
            return Err(format!(
                "Verilator 5.006 or newer is needed, found `{version}`. Install a newer one and put it first in PATH, or set VERILATOR \
                 to its path."
            ));
        }
        let root = Command::new(&command).args(["--getenv", "VERILATOR_ROOT"]).output();
        let root = root.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string()).unwrap_or_default();
        let include = Path::new(&root).join("include");
        if !include.join("verilated.cpp").is_file() {
            let message = "Verilator's runtime sources are not in";
            return Err(format!("{message} `{}`; set VERILATOR_ROOT.", include.display()));
        }
        Ok(Verilator { command, version, include })
    }

    /// Runs it on these files; the generated C++ is in `folder` then.
    ///
    /// # Errors
    /// The first lines that it says.
    pub fn run(&self, rtl: &Rtl, files: &[PathBuf], folder: &Path, trace: bool) -> Result<(), String> {
        let config = folder.join("registers.vlt");
        let text = registers::config(rtl.registers, rtl.top)?;
        fs::write(&config, text).map_err(|e| format!("{}: {e}", config.display()))?;
        let mut command = Command::new(&self.command);
        command.args(rtl.arguments(folder, trace));
        let out = command.arg(config).args(files).output();
        let out = out.map_err(|e| format!("{}: {e}", self.command))?;
        if out.status.success() { Ok(()) } else { Err(errors(&String::from_utf8_lossy(&out.stderr))) }
    }
}

/// A short name for texts: equal texts, equal names.
pub fn digest<T: AsRef<[u8]>>(texts: &[T]) -> String {
    let mut hasher = DefaultHasher::new();
    texts.iter().for_each(|t| t.as_ref().hash(&mut hasher));
    format!("{:016x}", hasher.finish())
}

/// The files that Verilator read for what it wrote to `folder`, by its own record: with what they include. What was put
/// into the folder itself for it is not among them.
pub fn reads(folder: &Path) -> Vec<PathBuf> {
    let records = fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
    let records = records.filter(|p| p.to_string_lossy().ends_with("__verFiles.dat"));
    let mut files = Vec::new();
    for record in records {
        let record = fs::read(record).unwrap_or_default();
        // S size inode times "path"
        let paths = String::from_utf8_lossy(&record).lines().filter_map(read_path).collect::<Vec<_>>();
        files.extend(paths.into_iter().filter(|p| !p.starts_with(folder)));
    }
    files
}

fn read_path(line: &str) -> Option<PathBuf> {
    Some(line.strip_prefix("S ")?.split_once('"')?.1.strip_suffix('"')?.into())
}

/// What is in files, in short: a line for each. One that cannot be read is like no file that can.
pub fn state(files: &[PathBuf]) -> String {
    let line = |file: &PathBuf| {
        let content = fs::read(file).map_or_else(|e| e.to_string(), |bytes| digest(&[bytes]));
        format!("{content} {}\n", file.display())
    };
    files.iter().map(line).collect()
}

/// From the first error on, without the warnings before it; at most 40 lines.
fn errors(text: &str) -> String {
    let error = text.find("%Error").unwrap_or_default();
    first_lines(&text[error..], 40)
}

/// At most `count` lines.
pub fn first_lines(text: &str, count: usize) -> String {
    text.lines().take(count).collect::<Vec<_>>().join("\n")
}

/// Major and minor version in "Verilator 5.006 2023-01-22 ...".
fn numbers(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_whitespace().nth(1)?.split_once('.')?;
    let digits: String = minor.chars().take_while(char::is_ascii_digit).collect();
    Some((major.parse().ok()?, digits.parse().ok()?))
}

/// The C++ files below a folder that Verilator wrote, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn generated(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|e| e.path()).collect();
    files.retain(|p| p.extension().is_some_and(|e| e == "cpp"));
    files.sort();
    Ok(files)
}
