// SPDX-License-Identifier: MIT OR Apache-2.0
//! The assembler and the disassembler. The language is `docs/arbitrum/assembler.md`; the instructions are those of
//! [`isa::OPS`](super::isa::OPS).
//!
//! Lines are read with what they include (`source`, `lexer`), macros and blocks are written out (`expand`), lines become
//! statements (`parse`, `expr`); pass 1 gives every name its word (`layout`), pass 2 makes the words (`emit`). Any text
//! is answered with a program or with errors; every image disassembles to text that assembles to the same values.
//! Reading and writing `.mexe` is not done here.
//!
//! ```
//! use avm_sim::arbitrum::asm;
//!
//! let program = asm::assemble("six.avma", "push 2\n mul 3\n halt\n").unwrap();
//! assert_eq!(program.image.code().len(), 3);
//! assert_eq!(program.symbols.line_at(1).unwrap().line, 2);
//! let errors = asm::assemble("six.avma", "push 2\n mull 3").unwrap_err();
//! assert_eq!(
//!     errors[0].to_string(),
//!     "six.avma:2:2: error: unknown instruction `mull` (did you mean `mul`?)"
//! );
//! ```

mod disasm;
mod emit;
mod expand;
mod expr;
mod layout;
mod lexer;
mod names;
mod parse;
mod source;
mod symbols;

pub use disasm::{disassemble, instruction_text, value_text};
pub use source::Sources;
pub use symbols::{Line, Symbols};

use super::mexe::{Image, Instruction};
use lexer::Fault;
use std::collections::HashSet;
use std::path::PathBuf;

/// Most errors that are reported at once.
pub const MAX_ERRORS: usize = 20;

/// What a source assembles to.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// Code and static.
    pub image: Image,
    /// Names and lines of the source.
    pub symbols: Symbols,
    /// Other files that it includes.
    pub files: Vec<PathBuf>,
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

/// Assembles a source that needs nothing else; `file` names it in errors.
///
/// # Errors
/// Every error that can be found independently of the others, in the order of the source, at most [`MAX_ERRORS`].
pub fn assemble(file: &str, source: &str) -> Result<Program, Vec<AsmError>> {
    assemble_with(file, source, &Sources::default())
}

/// Assembles a source with what there is around it.
///
/// # Errors
/// As [`assemble`]; of other files, the first that cannot be taken.
pub fn assemble_with(file: &str, source: &str, around: &Sources) -> Result<Program, Vec<AsmError>> {
    let (lines, faults) = source::read(file, source, around);
    let mut log = Log { unread: faults.iter().map(|fault| fault.place.line).collect(), ..Log::default() };
    faults.into_iter().for_each(|fault| log.put(fault));
    let (expanded, fault) = expand::expand(&lines.tokens);
    fault.into_iter().for_each(|fault| log.push(fault));
    let statements = parse::statements(&expanded.lines, &mut log);
    // A line that is not understood may define names: what others say of them would be guessing.
    let image = if log.faults.is_empty() { image(&statements, &lines, &expanded, &mut log) } else { None };
    match image.filter(|_| log.faults.is_empty()) {
        Some((image, symbols)) => Ok(Program { image, symbols, files: lines.others }),
        None => Err(log.into_errors(&lines, &expanded)),
    }
}

fn image(
    statements: &[parse::Statement],
    lines: &source::Lines,
    expanded: &expand::Expanded,
    log: &mut Log,
) -> Option<(Image, Symbols)> {
    let layout = layout::Layout::new(statements, log);
    let (words, fixed) = emit::words(statements, &layout, log);
    let symbols = Symbols::new(lines, expanded, &layout, &words);
    let code = words.into_iter().map(|w| Instruction { opcode: w.opcode, immediate: w.immediate }).collect();
    match Image::new(code, fixed) {
        Ok(image) => Some((image, symbols)),
        // What images refuse was looked at where it stands; after a fault there may be anything.
        Err(error) if log.faults.is_empty() => {
            log.push(Fault::new(lexer::Place::default(), error.to_string(), "images hold less than sources can say"));
            None
        }
        Err(_) => None,
    }
}

/// A source that says the same without other files; one that cannot be read is as it was.
pub fn alone(file: &str, source: &str, around: &Sources) -> String {
    match source::read(file, source, around) {
        (lines, faults) if faults.is_empty() => lines.text,
        _ => source.into(),
    }
}

/// The faults so far.
#[derive(Default)]
struct Log {
    faults: Vec<Fault>,
    /// Lines of which only a part could be read: nothing is said of what they lack.
    unread: HashSet<u32>,
}

impl Log {
    /// No further fault is reported: what is looked for only to say more can be left out.
    fn full(&self) -> bool {
        self.faults.len() >= MAX_ERRORS
    }

    fn push(&mut self, fault: Fault) {
        if !self.unread.contains(&fault.place.line) {
            self.put(fault);
        }
    }

    fn put(&mut self, fault: Fault) {
        // A line of a macro is wrong each time that it is called.
        let same = |f: &Fault| {
            (f.place.line, f.place.column, &f.message) == (fault.place.line, fault.place.column, &fault.message)
        };
        if !self.full() && !self.faults.iter().any(same) {
            self.faults.push(fault);
        }
    }

    /// All of them, in the order of the source.
    fn into_errors(mut self, lines: &source::Lines, expanded: &expand::Expanded) -> Vec<AsmError> {
        self.faults.sort_by_key(|fault| fault.place);
        let error = |fault: Fault| {
            let Fault { place, message, mut help, first } = fault;
            if let Some(first) = first {
                help = format!("the first is in {}; {help}", lines.text_of(first));
            }
            if let Some(call) = place.via.checked_sub(1).and_then(|call| expanded.calls.get(call as usize)) {
                help = format!(
                    "{help}; this is macro `{}`, called in {}",
                    lexer::clip(&call.name),
                    lines.text_of(call.place)
                );
            }
            let (file, line) = lines.origin(place);
            let file = lines.files.get(file as usize).cloned().unwrap_or_default();
            AsmError { file, line: line as usize, column: place.column.max(1) as usize, message, help }
        };
        self.faults.into_iter().map(error).collect()
    }
}
