// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that a user wrote: reading them, and errors that name file, line and column.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use avm_sim::units::utf8;

use crate::names::Shown;

/// Most bytes of a file: what is no file may have no end.
const MOST: u64 = 1 << 28;

/// All that is in a file, or comes from a pipe or a device.
///
/// # Errors
/// It cannot be read, or is longer than any input is.
pub fn whole(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > MOST {
        true => Err(io::Error::new(ErrorKind::FileTooLarge, format!("more than {} MB: this is no input", MOST >> 20))),
        false => Ok(bytes),
    }
}

/// The text of a file with this name.
///
/// # Errors
/// It is none: with the place from which on it is not.
pub fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, InputError> {
    utf8::text(bytes)
        .map_err(|e| InputError::plain(format!("{name}:{}:{}: error: {e} (save the file as UTF-8)", e.line, e.column)))
}

/// A text file with its name, for errors.
pub struct Input {
    name: String,
    dir: PathBuf,
    text: String,
}

/// Bad input: one message per line, each `file:line:column: error: what (remedy)`.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", messages.join("\n"))]
pub struct InputError {
    messages: Vec<String>,
}

impl InputError {
    /// An error about something that has no line.
    pub fn plain(message: impl Into<String>) -> InputError {
        InputError { messages: vec![message.into()] }
    }

    /// Several errors as one.
    pub fn all(errors: impl IntoIterator<Item = InputError>) -> InputError {
        InputError { messages: errors.into_iter().flat_map(|e| e.messages).collect() }
    }

    /// An assembler's errors.
    pub fn assembler<E: ToString>(errors: Vec<E>) -> InputError {
        InputError { messages: errors.iter().map(E::to_string).collect() }
    }
}

impl Input {
    /// Reads a file named on the command line.
    pub fn read(path: &Path) -> Result<Input, InputError> {
        let text = whole(path).map_err(|e| InputError::plain(cannot_read(path, &e)))?;
        Ok(Input::new(path, text_of(&path.shown(), text)?))
    }

    fn new(path: &Path, text: String) -> Input {
        Input { name: path.shown(), dir: path.parent().unwrap_or(Path::new("")).into(), text }
    }

    /// Reads a file named at `span` of `parent`.
    pub fn read_named(parent: &Input, span: Range<usize>, path: &Path) -> Result<Input, InputError> {
        let wrong = |what: &str| Err(parent.error(span.clone(), format!("{}: {what}", path.shown()), String::new()));
        if path.as_os_str().is_empty() {
            return Err(parent.error(span.clone(), "the name of the file is empty".into(), String::new()));
        }
        match std::fs::metadata(path) {
            Err(e) => return Err(parent.cannot_read(span, path, &e)),
            // What is no file may have no end.
            Ok(there) if !there.is_file() => return wrong("not a file"),
            Ok(_) => {}
        }
        let bytes = whole(path).map_err(|e| parent.cannot_read(span.clone(), path, &e))?;
        match utf8::text(bytes) {
            Ok(text) => Ok(Input::new(path, text)),
            Err(e) => wrong(&e.to_string()),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The file's name as given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A path written in this file, relative to it.
    pub fn beside(&self, path: &str) -> PathBuf {
        self.dir.join(path)
    }

    /// 1-based line of a byte offset.
    pub fn line_of(&self, at: usize) -> usize {
        self.text[..at.min(self.text.len())].matches('\n').count() + 1
    }

    /// 1-based line and column of a byte offset.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let column = self.text[..at].chars().rev().take_while(|c| *c != '\n').count() + 1;
        (self.line_of(at), column)
    }

    /// The range of the byte at a place as readers of JSON name it: line and byte of it, from 1.
    pub fn at(&self, line: usize, byte: usize) -> Range<usize> {
        let start: usize = self.text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
        let at = start + byte.saturating_sub(1);
        at..at
    }

    /// An error at a byte range of this file.
    pub fn error(&self, span: Range<usize>, what: String, help: String) -> InputError {
        InputError::plain(self.message(span, "error", &what, &help))
    }

    /// A line about something at a byte range that is not wrong, but probably not meant.
    pub fn warning(&self, span: Range<usize>, what: &str, help: &str) -> String {
        self.message(span, "warning", what, help)
    }

    fn message(&self, span: Range<usize>, kind: &str, what: &str, help: &str) -> String {
        let (line, column) = self.place(span.start);
        let help = if help.is_empty() { String::new() } else { format!(" ({help})") };
        format!("{}:{line}:{column}: {kind}: {what}{help}", self.name)
    }

    /// The error for a file, named at `span`, that cannot be read.
    pub fn cannot_read(&self, span: Range<usize>, path: &Path, e: &std::io::Error) -> InputError {
        self.error(span, cannot_read(path, e), String::new())
    }
}

fn cannot_read(path: &Path, e: &std::io::Error) -> String {
    match (e.kind(), std::fs::read_link(path)) {
        (std::io::ErrorKind::NotFound, Ok(to)) => {
            format!("{}: a link to {}, which is not there", path.shown(), to.shown())
        }
        (std::io::ErrorKind::NotFound, Err(_)) => format!("{}: no such file", path.shown()),
        _ => format!("{}: {e}", path.shown()),
    }
}
