//! The assembler and the disassembler. The language is `docs/algorand/assembler.md`; the
//! instructions are those of [`isa::OPS`](super::isa::OPS).
//!
//! Blocks are written out (`repeat`); the lines are parsed one by one (`lexer`, `parse`, `expr`); pass 1 gives every
//! name its value (`layout`), pass 2 writes the bytes (`emit`). Any text is answered with a program or with
//! errors; every image disassembles to text that assembles to the same bytes.
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
mod expr;
mod frame;
mod layout;
mod lexer;
mod names;
mod parse;
mod repeat;
#[cfg(test)]
mod tests;

pub use disasm::{disassemble, instruction_text};

use super::{image::Image, params};
use lexer::Fault;
use std::collections::BTreeMap;

/// Most errors that are reported at once.
pub const MAX_ERRORS: usize = 20;

/// What a source assembles to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    /// Code, constants and method table, validated.
    pub image: Image,
    /// Names and lines of the source.
    pub symbols: Symbols,
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
    /// Code offset and source line of everything that made code, sorted.
    lines: Vec<(u32, u32)>,
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
        Symbols { methods, by_name, by_offset, labels, lines, code_len }
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

    /// The source line, 1-based, that made the byte at a code offset.
    pub fn line_at(&self, offset: u32) -> Option<u32> {
        let after = self.lines.partition_point(|l| l.0 <= offset);
        self.lines[..after].last().filter(|_| offset < self.code_len).map(|l| l.1)
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

/// Assembles a source; `file` names it in errors.
///
/// # Errors
/// Every error that can be found independently of the others, in source order, at most
/// [`MAX_ERRORS`].
pub fn assemble(file: &str, source: &str) -> Result<Program, Vec<AsmError>> {
    let mut log = Log { file, errors: Vec::new() };
    let lines = repeat::lines(source).unwrap_or_else(|(line, fault)| {
        log.push(line, fault);
        Vec::new()
    });
    let statements = parse::statements(&lines, &mut log);
    let layout = layout::Layout::new(&statements, &mut log);
    let program = emit::program(layout, &mut log);
    program.filter(|_| log.errors.is_empty()).ok_or_else(|| {
        log.errors.sort_by_key(|e| (e.line, e.column));
        log.errors
    })
}

/// A source that assembles to the same program with a line for each statement: blocks written out, no line with two
/// instructions, no comments. A source with errors keeps them.
pub fn plain(source: &str) -> String {
    let Ok(lines) = repeat::lines(source) else { return source.into() };
    lines.iter().flat_map(|line| parse::cut(&line.text)).map(|statement| format!("{statement}\n")).collect()
}

/// The errors so far.
struct Log<'f> {
    file: &'f str,
    errors: Vec<AsmError>,
}

impl Log<'_> {
    /// No further error is reported.
    fn full(&self) -> bool {
        self.errors.len() >= MAX_ERRORS
    }

    fn push(&mut self, line: usize, fault: Fault) {
        if self.full() {
            return;
        }
        let Fault { column, message, help } = fault;
        let error = AsmError { file: self.file.into(), line, column, message, help };
        // A line of a block is wrong each time that it stands.
        if !self.errors.contains(&error) {
            self.errors.push(error);
        }
    }
}
