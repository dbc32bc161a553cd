// SPDX-License-Identifier: MIT OR Apache-2.0
//! RTL as a shared object that a running `avm` loads: verilated, compiled with the shim and a runtime of its own. For
//! batches of mutants, and for `--rtl`. The RTL that is always there is the build script's.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

#[path = "shim/plain.rs"]
mod plain;

use crate::input::InputError;
use crate::mutants::parallel;
use crate::names::Shown;
use crate::output::{Work, write_whole};
use crate::rtl::design::Design;
use crate::rtl::verilate::{self, RUNTIME_DEFINES, Rtl, Verilator};

/// Where what was built is kept, below the working directory.
pub const KEPT: &str = "target/rtl";
/// Where the C++ is.
const CPP: &str = "cpp";
/// What is made.
const OBJECT: &str = "design.so";
const SHIM: &str = include_str!("shim/shim.cpp");
const STOP: &str = include_str!("shim/stop.cpp");

/// Why something cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// What the user named, or what is installed.
    #[error("{0}")]
    Input(#[from] InputError),
    /// A tool, or this one.
    #[error("{0}")]
    Tool(String),
}

impl Trouble {
    /// Bad input, in words.
    pub fn input(text: impl Into<String>) -> Trouble {
        Trouble::Input(InputError::plain(text))
    }

    /// A file that cannot be read or written.
    pub fn file(path: &Path, e: &io::Error) -> Trouble {
        Trouble::Tool(format!("{}: {e}", path.shown()))
    }
}

/// The RTL's source files.
///
/// # Errors
/// They are not here.
pub fn sources(rtl: &Rtl) -> Result<Vec<PathBuf>, Trouble> {
    rtl.sources().map_err(|why| Trouble::input(format!("{why} (run this in the repository)")))
}

/// How a design is compiled.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Of the generated C++.
    pub optimise: &'static str,
    /// With waves.
    pub trace: bool,
    /// The number given to the shim chooses a mutant, not a planted fault.
    pub mutants: bool,
}

/// What builds shared objects.
#[derive(Debug)]
pub struct Builder<'a> {
    /// Verilator.
    pub verilator: Verilator,
    /// Where objects of the runtime are kept.
    pub folder: &'a Path,
    /// Compilers at a time.
    pub jobs: usize,
}

impl Builder<'_> {
    /// The shared object of these files, in `folder`.
    ///
    /// # Errors
    /// A tool is missing or fails.
    pub fn build(&self, rtl: &Rtl, files: &[PathBuf], folder: &Path, recipe: Recipe) -> Result<PathBuf, Trouble> {
        let cpp = folder.join(CPP);
        fs::create_dir_all(&cpp).map_err(|e| Trouble::file(&cpp, &e))?;
        // A batch of mutants is this tool's own; other files are the user's.
        let refused = |text| if recipe.mutants { Trouble::Tool(text) } else { Trouble::input(text) };
        let ran = self.verilator.run(rtl, files, &cpp, recipe.trace);
        ran.map_err(|e| refused(format!("Verilator rejected the RTL: {e}")))?;
        snapshots_hold(rtl, &cpp)?;
        registers(rtl, &cpp)?;
        put(&cpp.join("memories.inc"), &rtl.memory_list())?;
        put(&cpp.join("shim.cpp"), SHIM)?;
        let sources = verilate::generated(&cpp).map_err(|e| Trouble::file(&cpp, &e))?;
        let mut objects = self.compile(rtl, &sources, &cpp, recipe)?;
        objects.extend(self.runtime(rtl, recipe)?);
        let (object, exports) = (folder.join(OBJECT), folder.join("exports"));
        // Only the shim's functions: this process has a Verilator runtime of its own, and one of each other object.
        put(&exports, "{ global: avm_*; local: *; };\n")?;
        let mut script = OsString::from("-Wl,--version-script=");
        script.push(&exports);
        let link = |more: &[&str]| {
            let mut link = compiler();
            // What is missing is to be missed here, not when it is called.
            link.args(["-shared", "-pthread", "-Wl,-z,defs", "-o"]).arg(&object).args(&objects).arg(&script).args(more);
            succeeds(&mut link)
        };
        // Some compilers call functions for atomics, which are in a library of their own.
        link(&[]).or_else(|e| link(&["-latomic"]).map_err(|_| e))?;
        Ok(object)
    }

    /// Objects of Verilator's runtime, compiled once.
    fn runtime(&self, rtl: &Rtl, recipe: Recipe) -> Result<Vec<PathBuf>, Trouble> {
        let recipe = Recipe { optimise: "-O2", ..recipe };
        let names = [&self.verilator.version[..], STOP, &named(), &format!("{recipe:?}")];
        let folder = self.folder.join(format!("runtime-{}", verilate::digest(&names)));
        let vcd = recipe.trace.then_some("verilated_vcd_c.cpp");
        let files = ["verilated.cpp", "verilated_threads.cpp"].into_iter().chain(vcd);
        let mut sources: Vec<_> = files.map(|f| self.verilator.include.join(f)).collect();
        let stop = folder.join("stop.cpp");
        sources.push(stop.clone());
        let objects: Vec<_> = sources.iter().map(|p| object(p, &folder)).collect();
        if !objects.iter().all(|o| o.is_file()) {
            fs::create_dir_all(&folder).map_err(|e| Trouble::file(&folder, &e))?;
            put(&stop, STOP)?;
            self.compile(rtl, &sources, &folder, recipe)?;
        }
        Ok(objects)
    }

    /// Compiles sources to objects in `folder`, several at a time.
    fn compile(&self, rtl: &Rtl, sources: &[PathBuf], folder: &Path, recipe: Recipe) -> Result<Vec<PathBuf>, Trouble> {
        // The large ones first, so that none is left over at the end.
        let mut order: Vec<_> = sources.iter().collect();
        order.sort_by_key(|p| std::cmp::Reverse(fs::metadata(p).map_or(0, |m| m.len())));
        let compiled = parallel(self.jobs, &order, |source| self.compile_one(rtl, source, folder, recipe));
        compiled.into_iter().collect::<Result<(), _>>()?;
        Ok(sources.iter().map(|p| object(p, folder)).collect())
    }

    fn compile_one(&self, rtl: &Rtl, source: &Path, folder: &Path, recipe: Recipe) -> Result<(), Trouble> {
        let mut command = compiler();
        command.args(["-std=c++17", "-w", "-fPIC", recipe.optimise, "-c"]).args(known_flags());
        command.args(verilate::FLAGS).arg(format!("-DAVM_MUTANTS={}", u8::from(recipe.mutants)));
        command.args(verilate::defines(recipe.trace).map(|(name, value)| format!("-D{name}={value}")));
        let runtime = RUNTIME_DEFINES.map(|(name, value)| format!("-D{name}={}", value.unwrap_or("1")));
        command.args(runtime).args(rtl.shim_defines().map(|(name, value)| format!("-D{name}={value}")));
        command.arg("-I").arg(folder).arg("-I").arg(&self.verilator.include);
        command.arg("-I").arg(self.verilator.include.join("vltstd"));
        let object = object(source, folder);
        // Another process may be at the same object of the runtime.
        let new = object.with_extension(format!("{}.new", std::process::id()));
        succeeds(command.arg(source).arg("-o").arg(&new))?;
        fs::rename(&new, &object).map_err(|e| Trouble::file(&object, &e))
    }
}

/// Snapshots copy the bytes of the root object, as the build script checks for the RTL that is always there.
fn snapshots_hold(rtl: &Rtl, cpp: &Path) -> Result<(), Trouble> {
    let header = rtl.root_header(cpp);
    let text = fs::read_to_string(&header).map_err(|e| Trouble::file(&header, &e))?;
    plain::refusal(rtl.name, &text).map_or(Ok(()), |why| Err(Trouble::input(why)))
}

/// Writes the shim's list of registers. Some may be missing: synthesis takes away what nothing reads.
fn registers(rtl: &Rtl, cpp: &Path) -> Result<(), Trouble> {
    let header = rtl.root_header(cpp);
    let text = fs::read_to_string(&header).map_err(|e| Trouble::file(&header, &e))?;
    let found = super::registers::find(rtl.registers, rtl.top, &text).map_err(Trouble::Tool)?;
    put(&cpp.join("registers.inc"), &found.list)
}

/// The design with `files` in place of the sources of the same names, or beside them; what is built is kept in `kept`.
/// Where the top is replaced, memories below it may have other names: they are not compared then.
///
/// # Errors
/// A file cannot be read, a tool is missing or rejects what there is.
pub fn with_files(rtl: Rtl, files: &[PathBuf], kept: &Path) -> Result<&'static Design, Trouble> {
    // What was named is looked at before what belongs to it.
    if let Some(file) = files.iter().find(|file| !file.is_file()) {
        return Err(Trouble::input(format!("{}: error: no such file", file.shown())));
    }
    // Verilator takes a name that begins with `-` for an option.
    let dash = |f: &PathBuf| f.as_os_str().as_encoded_bytes().starts_with(b"-");
    let files: Vec<_> = files.iter().map(|f| if dash(f) { Path::new(".").join(f) } else { f.clone() }).collect();
    let sources = with(sources(&rtl)?, &files)?;
    let top = files.iter().any(|f| f.file_stem().is_some_and(|stem| stem == rtl.top));
    let rtl = Rtl { memories: if top { &[] } else { rtl.memories }, ..rtl };
    kept_build(&rtl, &sources, kept, Recipe { optimise: "-O2", trace: true, mutants: false })
}

/// The design as it would be if lockstep did not exist: Verilator keeps no register for it, but one, since the shim wants
/// some. It can be stepped; it cannot be compared. Compiled as the build script compiles.
///
/// # Errors
/// As for [`with_files`].
pub fn plain(rtl: Rtl, kept: &Path) -> Result<&'static Design, Trouble> {
    let one = rtl.registers.lines().find(|l| l.ends_with(" -") && !l.starts_with('#')).unwrap_or_default();
    let rtl = Rtl { registers: one, ..rtl };
    let sources = sources(&rtl)?;
    kept_build(&rtl, &sources, kept, Recipe { optimise: "-O3", trace: true, mutants: false })
}

/// Builds a design, or takes what an earlier build left in `kept`.
fn kept_build(rtl: &Rtl, sources: &[PathBuf], kept: &Path, recipe: Recipe) -> Result<&'static Design, Trouble> {
    let verilator = Verilator::find().map_err(Trouble::input)?;
    let how =
        format!("{recipe:?} {:?} {}", rtl.arguments(Path::new(""), recipe.trace), rtl.memory_list() + rtl.registers);
    let mut texts: Vec<Vec<u8>> = [SHIM, STOP, &verilator.version, &named(), &how].map(Vec::from).into();
    for file in sources {
        // Where a file is decides what it includes.
        texts.push(file.as_os_str().as_encoded_bytes().into());
        let text = fs::read(file);
        texts.push(text.map_err(|e| Trouble::input(format!("{}: error: {e}", file.shown())))?);
    }
    // What the sources include is only known once they were read. A build is kept under what they and it say.
    fs::create_dir_all(kept).map_err(|e| Trouble::file(kept, &e))?;
    let key = verilate::digest(&texts);
    let list = kept.join(format!("{key}.reads"));
    let folder_of = |reads: &[PathBuf]| kept.join(format!("{key}-{}", verilate::digest(&[verilate::state(reads)])));
    let mut folder = fs::read_to_string(&list).map(|text| folder_of(&paths(&text))).unwrap_or_default();
    if !folder.is_dir() {
        let new = Work::below(kept).map_err(|e| Trouble::file(kept, &e))?;
        let jobs = std::thread::available_parallelism().map_or(1, NonZero::get);
        Builder { verilator, folder: kept, jobs }.build(rtl, sources, new.path(), recipe)?;
        let reads = verilate::reads(&new.path().join(CPP));
        folder = folder_of(&reads);
        put(&list, &reads.iter().map(|p| format!("{}\n", p.display())).collect::<String>())?;
        let _ = fs::remove_dir_all(new.path().join(CPP));
        match fs::rename(new.path(), &folder) {
            // Another process was faster: its object is as good.
            Err(_) if folder.is_dir() => {}
            renamed => renamed.map_err(|e| Trouble::file(&folder, &e))?,
        }
    }
    Design::load(&folder.join(OBJECT), rtl.name).map_err(Trouble::Tool)
}

/// `sources` with `files` in place of those of the same names, or behind them.
fn with(mut sources: Vec<PathBuf>, files: &[PathBuf]) -> Result<Vec<PathBuf>, Trouble> {
    for (i, file) in files.iter().enumerate() {
        if files[..i].iter().any(|f| f.file_stem() == file.file_stem()) {
            return Err(Trouble::input(format!("{}: error: another file has this name already", file.shown())));
        }
        match sources.iter_mut().find(|s| s.file_stem() == file.file_stem()) {
            Some(source) => source.clone_from(file),
            None => sources.push(file.clone()),
        }
    }
    Ok(sources)
}

fn object(source: &Path, folder: &Path) -> PathBuf {
    folder.join(source.file_name().unwrap_or_default()).with_extension("o")
}

/// A list of files, one in a line.
fn paths(text: &str) -> Vec<PathBuf> {
    text.lines().map(PathBuf::from).collect()
}

/// The C++ compiler as the user names it.
fn named() -> String {
    std::env::var("CXX").ok().filter(|cxx| !cxx.trim().is_empty()).unwrap_or_else(|| "c++".into())
}

/// A call of the C++ compiler. Its name may bring arguments along (`ccache g++`), and a path may have spaces.
fn compiler() -> Command {
    let named = named();
    if Path::new(&named).is_file() {
        return Command::new(named);
    }
    let mut words = named.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Flags that objects want and not all compilers know. Without the first, GCC's objects share what must be their own.
fn known_flags() -> &'static [&'static str] {
    const WANTED: [&str; 1] = ["-fno-gnu-unique"];
    static KNOWN: OnceLock<Vec<&str>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let tried = |flag: &&str| compiler().args([*flag, "-fsyntax-only", "-x", "c++", "/dev/null"]).output();
        WANTED.into_iter().filter(|flag| tried(flag).is_ok_and(|out| out.status.success())).collect()
    })
}

fn succeeds(command: &mut Command) -> Result<(), Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Err(e) => Err(Trouble::input(format!("`{name}`: {e}. Install a C++ compiler, or set CXX to its path."))),
        Ok(out) if out.status.success() => Ok(()),
        Ok(out) => {
            let said = verilate::first_lines(&String::from_utf8_lossy(&out.stderr), 10);
            Err(Trouble::Tool(format!("`{name}` failed on verilated RTL: {said}")))
        }
    }
}

/// Writes a file, whole or not at all.
///
/// # Errors
/// It cannot be written.
pub fn put(path: &Path, text: &str) -> Result<(), Trouble> {
    write_whole(path, text.as_bytes()).map_err(|e| Trouble::file(path, &e))
}
