// SPDX-License-Identifier: MIT OR Apache-2.0
//! A batch of mutants: the script applied, the modules written as Verilog, the rest of the core from its sources; built
//! as a shared object.

use std::fs;
use std::path::{Path, PathBuf};

use super::doctor::{self, SELECT, SELECT_BITS};
use super::prepare::Module;
use super::{Mutant, Trouble, yosys};
use crate::names::Shown;
use crate::rtl::object::{self, Recipe};
use crate::rtl::verilate::Rtl;

/// Most mutants in a batch: the numbers that [`SELECT`] can hold; 0 is none.
pub const MOST: usize = (1 << SELECT_BITS) - 1;
/// -O2 and -O3 cost more in the compiler than a batch gets back. The number given to the shim chooses a mutant.
pub const RECIPE: Recipe = Recipe { optimise: "-O1", trace: false, mutants: true };

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
    /// The compilers.
    pub objects: object::Builder<'a>,
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
            let (il, v) = (module.prepared(), verilog.shown());
            let script = format!("read_rtlil {}\n{lines}opt_clean\nwrite_verilog -noattr {v}\n", il.shown());
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
        self.objects.build(&self.rtl, &self.files(written, folder)?, folder, RECIPE)
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
            object::put(&path, text)?;
            files.push(path);
        }
        let extension = if mutated.is_some() { "v" } else { "sv" };
        let path = folder.join(format!("{}.{extension}", self.rtl.top));
        object::put(&path, &top)?;
        files.push(path);
        Ok(files)
    }
}
