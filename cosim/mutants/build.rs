//! A batch of mutants as a shared object: the script applied, the modules written as Verilog, the rest of the core from
//! its sources, all verilated and compiled with the shim.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::doctor::{self, SELECT, SELECT_BITS};
use super::prepare::Module;
use super::{Mutant, Trouble, yosys};
use crate::verilate::{self, RUNTIME_DEFINES, Rtl, Verilator};

/// Most mutants in a batch: the numbers that [`SELECT`] can hold; 0 is none.
pub const MOST: usize = (1 << SELECT_BITS) - 1;
/// Of the generated C++. -O2 and -O3 cost more in the compiler than a batch gets back.
const OPTIMISE: &str = "-O1";

const SHIM: &str = include_str!("../shim/shim.cpp");
const STOP: &str = include_str!("../shim/stop.cpp");

/// Mutants that are built together, by module; numbered from 1 in this order.
#[derive(Clone, Debug)]
pub struct Batch<'a> {
    /// Modules and their mutants.
    pub parts: Vec<(&'a Module, Vec<Mutant>)>,
}

impl Batch<'_> {
    /// The mutants, in the order of their numbers in the build.
    pub fn mutants(&self) -> impl Iterator<Item = &Mutant> {
        self.parts.iter().flat_map(|(_, mutants)| mutants)
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.parts.iter().map(|(_, mutants)| mutants.len()).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its modules, for messages.
    pub fn name(&self) -> String {
        self.parts.iter().map(|(m, _)| m.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// What builds batches.
#[derive(Debug)]
pub struct Builder<'a> {
    /// The design.
    pub rtl: Rtl,
    /// Verilator.
    pub verilator: Verilator,
    /// Where objects of the runtime are, and batches are made.
    pub folder: &'a Path,
    /// Compilers at a time.
    pub jobs: usize,
}

impl Builder<'_> {
    /// The Verilog of a batch's modules, written by Yosys with the mutants applied; `(module, text)`.
    ///
    /// # Errors
    /// Yosys fails, or what it wrote is not as expected.
    pub fn mutate<'b>(&self, batch: &'b Batch<'b>, folder: &Path) -> Result<Vec<(&'b Module, String)>, Trouble> {
        let mut first = 1;
        let mut written = Vec::new();
        for (module, mutants) in &batch.parts {
            let numbers = first..first + mutants.len();
            first = numbers.end;
            let verilog = folder.join(format!("{}.yosys.v", module.written));
            let lines = mutants.iter().zip(numbers.clone());
            let lines: String =
                lines.map(|(m, number)| format!("{} -ctrl {SELECT} {SELECT_BITS} {number}\n", m.line)).collect();
            let (il, v) = (module.prepared(), verilog.display());
            let script = format!("read_rtlil {}\n{lines}opt_clean\nwrite_verilog -noattr {v}\n", il.display());
            yosys::run(&script, &folder.join(&module.written))?;
            let text = fs::read_to_string(&verilog).map_err(|e| Trouble::file(&verilog, &e))?;
            let text = doctor::module(&text, module, numbers);
            written.push((*module, text.map_err(|e| Trouble::Tool(format!("Yosys wrote something else: {e}")))?));
        }
        Ok(written)
    }

    /// The shared object of a batch.
    ///
    /// # Errors
    /// A tool is missing or fails; the batch is in `folder` then.
    pub fn object(&self, written: &[(&Module, String)], folder: &Path) -> Result<PathBuf, Trouble> {
        let files = self.files(written, folder)?;
        let cpp = folder.join("cpp");
        fs::create_dir_all(&cpp).map_err(|e| Trouble::file(&cpp, &e))?;
        let refused = |e| Trouble::Tool(format!("Verilator rejected a batch in {}: {e}", folder.display()));
        self.verilator.run(&self.rtl, &files, &cpp, false).map_err(refused)?;
        put(&cpp.join("memories.inc"), &self.rtl.memory_list())?;
        put(&cpp.join("shim.cpp"), SHIM)?;
        let sources = verilate::generated(&cpp).map_err(|e| Trouble::file(&cpp, &e))?;
        let mut objects = self.compile(&sources, &cpp, OPTIMISE)?;
        objects.extend(self.runtime()?);
        let (object, exports) = (folder.join("batch.so"), folder.join("exports"));
        // Only the shim's functions: this process has a Verilator runtime of its own, and one of each other batch.
        put(&exports, "{ global: avm_*; local: *; };\n")?;
        let mut link = Command::new(compiler());
        link.args(["-shared", "-pthread", "-o"]).arg(&object).args(&objects);
        link.arg(format!("-Wl,--version-script={}", exports.display()));
        succeeds(&mut link)?;
        Ok(object)
    }

    /// The sources with the batch's modules in place of theirs.
    fn files(&self, written: &[(&Module, String)], folder: &Path) -> Result<Vec<PathBuf>, Trouble> {
        let mut files = self.rtl.sources().map_err(Trouble::input)?;
        let stem = |p: &PathBuf| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let replaced = |p: &PathBuf| written.iter().any(|(m, _)| m.instances.is_empty() && m.source == stem(p));
        let Some(top_file) = files.iter().find(|p| stem(p) == self.rtl.top).cloned() else {
            return Err(Trouble::input(format!("there is no {}.sv in {}", self.rtl.top, self.rtl.dirs.join(", "))));
        };
        let source = fs::read_to_string(&top_file).map_err(|e| Trouble::file(&top_file, &e))?;
        let mut of = doctor::parameterised(&source);
        for (module, _) in written {
            of.iter_mut()
                .filter(|(instance, _)| module.instances.contains(instance))
                .for_each(|(_, m)| m.clone_from(&module.written));
        }
        let mutated = written.iter().find(|(m, _)| m.written == self.rtl.top);
        let top = doctor::instances(mutated.map_or(&source, |(_, text)| text), &of).map_err(Trouble::Tool)?;
        files.retain(|p| !replaced(p) && *p != top_file);
        for (name, text) in written.iter().map(|(m, t)| (&m.written, t)).filter(|(name, _)| *name != self.rtl.top) {
            let path = folder.join(format!("{name}.v"));
            put(&path, text)?;
            files.push(path);
        }
        let extension = if mutated.is_some() { "v" } else { "sv" };
        let path = folder.join(format!("{}.{extension}", self.rtl.top));
        put(&path, &top)?;
        files.push(path);
        Ok(files)
    }

    /// Objects of Verilator's runtime, compiled once.
    fn runtime(&self) -> Result<Vec<PathBuf>, Trouble> {
        let digest = super::digest(&[&self.verilator.version, STOP, &compiler()]);
        let folder = self.folder.join(format!("runtime-{digest}"));
        let sources = ["verilated.cpp", "verilated_threads.cpp"].map(|f| self.verilator.include.join(f));
        let object = |p: &PathBuf| folder.join(p.file_name().unwrap_or_default()).with_extension("o");
        let stop = folder.join("stop.cpp");
        let sources = [&sources[..], std::slice::from_ref(&stop)].concat();
        let objects: Vec<_> = sources.iter().map(object).collect();
        if !objects.iter().all(|o| o.is_file()) {
            fs::create_dir_all(&folder).map_err(|e| Trouble::file(&folder, &e))?;
            put(&stop, STOP)?;
            self.compile(&sources, &folder, "-O2")?;
        }
        Ok(objects)
    }

    /// Compiles sources to objects in `folder`, several at a time.
    fn compile(&self, sources: &[PathBuf], folder: &Path, optimise: &str) -> Result<Vec<PathBuf>, Trouble> {
        // The large ones first, so that none is left over at the end.
        let mut order: Vec<_> = sources.iter().collect();
        order.sort_by_key(|p| std::cmp::Reverse(fs::metadata(p).map_or(0, |m| m.len())));
        let (next, failed) = (AtomicUsize::new(0), Mutex::new(None));
        let object = |p: &PathBuf| folder.join(p.file_name().unwrap_or_default()).with_extension("o");
        std::thread::scope(|scope| {
            for _ in 0..self.jobs.clamp(1, order.len().max(1)) {
                scope.spawn(|| {
                    while let Some(source) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if let Err(e) = self.compile_one(source, &object(source), optimise, folder) {
                            *failed.lock().unwrap_or_else(|e| e.into_inner()) = Some(e);
                        }
                    }
                });
            }
        });
        let failed = failed.into_inner().unwrap_or_else(|e| e.into_inner());
        failed.map_or_else(|| Ok(sources.iter().map(object).collect()), Err)
    }

    fn compile_one(&self, source: &Path, object: &Path, optimise: &str, folder: &Path) -> Result<(), Trouble> {
        let mut command = Command::new(compiler());
        command.args(["-std=c++17", "-w", "-fPIC", "-fno-gnu-unique", optimise, "-c"]);
        command.args(verilate::FLAGS).arg("-DAVM_MUTANTS=1");
        command.args(verilate::defines(false).map(|(name, value)| format!("-D{name}={value}")));
        let runtime = RUNTIME_DEFINES.map(|(name, value)| format!("-D{name}={}", value.unwrap_or("1")));
        command.args(runtime).args(self.rtl.shim_defines().map(|(name, value)| format!("-D{name}={value}")));
        command.arg("-I").arg(folder).arg("-I").arg(&self.verilator.include);
        command.arg("-I").arg(self.verilator.include.join("vltstd"));
        let new = object.with_extension("new");
        succeeds(command.arg(source).arg("-o").arg(&new))?;
        fs::rename(&new, object).map_err(|e| Trouble::file(object, &e))
    }
}

fn compiler() -> String {
    std::env::var("CXX").unwrap_or_else(|_| "c++".into())
}

fn succeeds(command: &mut Command) -> Result<(), Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.output() {
        Err(e) => Err(Trouble::input(format!("`{name}`: {e}. Install a C++ compiler, or set CXX to its path."))),
        Ok(out) if out.status.success() => Ok(()),
        Ok(out) => {
            let said = verilate::first_lines(&String::from_utf8_lossy(&out.stderr), 10);
            Err(Trouble::Tool(format!("`{name}` failed on a batch: {said}")))
        }
    }
}

fn put(path: &Path, text: &str) -> Result<(), Trouble> {
    fs::write(path, text).map_err(|e| Trouble::file(path, &e))
}
