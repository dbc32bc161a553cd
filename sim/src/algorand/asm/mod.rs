// SPDX-License-Identifier: MIT OR Apache-2.0
//! The assembler and the disassembler. The language is `docs/algorand/assembler.md`; the
//! instructions are those of [`isa::OPS`](super::isa::OPS).
//!
//! What other files say is put in its place (`expand`), blocks are written out (`repeat`); the lines are parsed one by
//! one (`lexer`, `parse`, `expr`); pass 1 gives every name its value (`layout`), pass 2 writes the bytes (`emit`); what
//! is right, but probably not meant, is said (`lint`). Any text is answered with a program or with errors; every image
//! disassembles to text that assembles to the same bytes.
//!
//! ```
//! use avm_sim::algorand::asm;
//!
//! let program = asm::assemble("six.avm", ".method six public\n const 6\n ireturn\n").unwrap();
//! assert_eq!(program.image.code(), [0x08, 6, 0x8d]);
//! assert_eq!(program.symbols.method_at(2), Some(("six", 2)));
//! let errors = asm::assemble("six.avm", ".method six\n cosnt 6").unwrap_err();
//! assert_eq!(
//!     errors[0].to_string(),
//!     "six.avm:2:2: error: unknown instruction `cosnt` (did you mean `const`?)"
//! );
//! ```

mod disasm;
mod emit;
mod expand;
mod expr;
mod frame;
mod layout;
mod lexer;
mod lint;
mod names;
mod parse;
mod repeat;
#[cfg(test)]
mod tests;

pub use disasm::{disassemble, instruction_text};
pub use expand::Sources;

use super::{image::Image, params};
use expand::Expanded;
use lexer::Fault;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Most errors that are reported at once.
pub const MAX_ERRORS: usize = 20;

/// What a source assembles to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Code, constants and method table, validated.
    pub image: Image,
    /// Names and lines of the source.
    pub symbols: Symbols,
    /// Other files that it includes or uses.
    pub files: Vec<PathBuf>,
    /// What is right, but probably not meant.
    pub warnings: Vec<Warning>,
}

/// Names and lines of a source; images do not keep them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    /// Name and code offset, by index.
    methods: Vec<(String, u16)>,
    /// Indices by name.
    by_name: BTreeMap<String, u16>,
    /// Code offset and index, sorted; of methods that share an offset the first.
    by_offset: Vec<(u16, u16)>,
    /// Labels by code offset; of labels that share one the first.
    labels: BTreeMap<u32, String>,
    /// Code offset of everything that made code, sorted; its source line, and the file's index in `files`.
    lines: Vec<(u32, u32, u32)>,
    /// The source, then what it includes.
    files: Vec<String>,
    code_len: u32,
}

impl Symbols {
    fn new(
        methods: Vec<(String, u16)>,
        labels: BTreeMap<u32, String>,
        lines: Vec<(u32, u32)>,
        code_len: u32,
    ) -> Symbols {
        let indices = || (0_u16..).zip(&methods);
        let by_name = indices().map(|(index, m)| (m.0.clone(), index)).collect();
        let mut by_offset: Vec<_> = indices().map(|(index, m)| (m.1, index)).collect();
        by_offset.sort_unstable();
        by_offset.dedup_by_key(|m| m.0);
        let lines = lines.into_iter().map(|(offset, line)| (offset, line, 0)).collect();
        Symbols { methods, by_name, by_offset, labels, lines, files: Vec::new(), code_len }
    }

    /// Lines so far counted over all files become lines of theirs.
    fn locate(&mut self, expanded: &Expanded) {
        self.files.clone_from(&expanded.files);
        for (_, line, file) in &mut self.lines {
            let origin = expanded.origin(*line as usize);
            (*file, *line) = (origin.0 as u32, origin.1 as u32);
        }
    }

    /// The index of a method in the table.
    pub fn method(&self, name: &str) -> Option<u16> {
        self.by_name.get(name).copied()
    }

    /// The name of the method with an index.
    pub fn method_name(&self, index: u16) -> Option<&str> {
        Some(&self.methods.get(usize::from(index))?.0)
    }

    /// The method that encloses a code offset (the last that starts at or before it), and the
    /// bytes between its start and the offset. `None` before the first method and outside the
    /// code area.
    pub fn method_at(&self, offset: u32) -> Option<(&str, u32)> {
        let after = self.by_offset.partition_point(|m| u32::from(m.0) <= offset);
        let (start, index) = self.by_offset[..after].last().filter(|_| offset < self.code_len)?;
        Some((self.method_name(*index)?, offset - u32::from(*start)))
    }

    /// The label at a code offset, `method.label` for a local one.
    pub fn label_at(&self, offset: u32) -> Option<&str> {
        self.labels.get(&offset).map(String::as_str)
    }

    /// The files that the source includes, as [`Symbols::file_at`] names them.
    pub fn included(&self) -> &[String] {
        self.files.get(1..).unwrap_or_default()
    }

    fn made(&self, offset: u32) -> Option<&(u32, u32, u32)> {
        let after = self.lines.partition_point(|l| l.0 <= offset);
        self.lines[..after].last().filter(|_| offset < self.code_len)
    }

    /// The source line, 1-based, that made the byte at a code offset.
    pub fn line_at(&self, offset: u32) -> Option<u32> {
        self.made(offset).map(|l| l.1)
    }

    /// The file of that line, if it is not the source itself.
    pub fn file_at(&self, offset: u32) -> Option<&str> {
        let file = self.made(offset)?.2;
        self.files.get(file as usize).filter(|_| file > 0).map(String::as_str)
    }
}

/// An error in a source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: error: {message} ({help})")]
pub struct AsmError {
    /// The source, as the caller named it.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// Of the offending token, 1-based, in characters.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
    /// The remedy.
    pub help: String,
}

/// What is right in a source, but probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: warning: {message} ({help})")]
pub struct Warning {
    /// The source, as the caller named it.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// What was found.
    pub message: String,
    /// The remedy.
    pub help: String,
}

/// Assembles a source that needs nothing else; `file` names it in errors.
///
/// # Errors
/// Every error that can be found independently of the others, in source order, at most
/// [`MAX_ERRORS`].
pub fn assemble(file: &str, source: &str) -> Result<Program, Vec<AsmError>> {
    assemble_with(file, source, &Sources::default())
}

/// Assembles a source with what there is around it.
///
/// # Errors
/// As [`assemble`]; of other files, the first that cannot be taken.
pub fn assemble_with(file: &str, source: &str, around: &Sources) -> Result<Program, Vec<AsmError>> {
    let (expanded, fault) = expand::expand(file, source, around);
    let mut log = Log::new(&expanded);
    let complete = fault.is_none();
    fault.into_iter().for_each(|fault| log.push(expanded.lines.len(), fault));
    let texts: Vec<&str> = expanded.lines.iter().map(|l| l.text.as_str()).filter(|_| complete).collect();
    let lines = repeat::lines(&texts).unwrap_or_else(|(line, fault)| {
        log.push(line, fault);
        Vec::new()
    });
    let statements = parse::statements(&lines, &mut log);
    let layout = layout::Layout::new(&statements, &mut log);
    let program = emit::program(layout, &mut log).filter(|_| log.errors.is_empty());
    let Some(mut program) = program else { return Err(log.into_errors()) };
    program.symbols.locate(&expanded);
    program.files = expanded.others;
    Ok(program)
}

/// A source that says the same without other files; one with errors is as it was.
pub fn alone(file: &str, source: &str, around: &Sources) -> String {
    match expand::expand(file, source, around) {
        (expanded, None) => expanded.lines.into_iter().map(|line| line.text + "\n").collect(),
        _ => source.into(),
    }
}

/// A source that assembles to the same program with a line for each statement: blocks written out, no line with two
/// instructions, no comments. A source with errors keeps them.
pub fn plain(source: &str) -> String {
    let texts: Vec<&str> = source.strip_prefix('\u{feff}').unwrap_or(source).split('\n').collect();
    let Ok(lines) = repeat::lines(&texts) else { return source.into() };
    lines.iter().flat_map(|line| parse::cut(&line.text)).map(|statement| format!("{statement}\n")).collect()
}

/// The errors so far, and where lines are.
struct Log<'e> {
    expanded: &'e Expanded,
    /// With the line as it is counted over all files.
    errors: Vec<(usize, AsmError)>,
}

impl<'e> Log<'e> {
    fn new(expanded: &'e Expanded) -> Log<'e> {
        Log { expanded, errors: Vec::new() }
    }

    /// No further error is reported.
    fn full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    fn push(&mut self, id: usize, fault: Fault) {
        if self.full() {
            return;
        }
        let Fault { column, message, mut help, first } = fault;
        if let Some(first) = first {
            help = format!("the first definition is in {}; {help}", self.expanded.place(first));
        }
        let (file, line) = self.expanded.origin(id);
        let error = AsmError { file: self.expanded.files[file].clone(), line, column, message, help };
        // A line of a block is wrong each time that it stands.
        if !self.errors.iter().any(|e| e.1 == error) {
            self.errors.push((id, error));
        }
    }

    /// All of them, in the order of the source.
    fn into_errors(mut self) -> Vec<AsmError> {
        self.errors.sort_by_key(|(id, error)| (*id, error.column));
        self.errors.into_iter().map(|(_, error)| error).collect()
    }
}
