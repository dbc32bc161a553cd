// SPDX-License-Identifier: MIT OR Apache-2.0
//! `.include` and `.use`: the lines of other files, and what other contracts declare. Both are done before anything is
//! parsed; what is left are lines that know their file.

use super::expr::Parser;
use super::layout::Layout;
use super::lexer::{Fault, Kind, Token, clip};
use super::names::{Site, Use};
use super::repeat::{self, word};
use super::{Log, parse};
use crate::units::utf8;
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Deepest nesting of includes.
const DEEPEST: usize = 8;
/// Most bytes that other files may have in all.
const OTHERS_MAX: usize = 1 << 20;

const INCLUDE_HELP: &str = "write `.include \"FILE\"`, alone in its line";
const USE_HELP: &str = "write `.use NAME \"FILE\"`, alone in its line";
const FOUND_HELP: &str = "files are looked for beside the source that names them";

/// What there is around a source.
pub struct Sources<'a> {
    /// Its folder.
    pub folder: PathBuf,
    /// Reads another file.
    pub read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
    /// Applications by name: `app.NAME` is a constant.
    pub applications: &'a [(String, u64)],
}

impl Default for Sources<'_> {
    /// Nothing.
    fn default() -> Self {
        Sources { folder: PathBuf::new(), read: &|_| Err(io::ErrorKind::NotFound.into()), applications: &[] }
    }
}

/// A method of another contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Callee {
    pub args: u16,
    pub public: bool,
}

/// A line, and where it comes from.
pub(super) struct Origin {
    /// Index in [`Expanded::files`].
    pub file: usize,
    /// 1-based; 0 for what no source says.
    pub line: usize,
    pub text: String,
}

/// A source with the lines of other files.
#[derive(Default)]
pub(super) struct Expanded {
    /// The source itself, then others, as messages name them.
    pub files: Vec<String>,
    /// The other files.
    pub others: Vec<PathBuf>,
    /// Everything else speaks of lines by their place here, from 1.
    pub lines: Vec<Origin>,
    /// Methods of other contracts by what they are called here: `NAME.METHOD`.
    pub callees: BTreeMap<String, Callee>,
    bytes: usize,
}

/// The source with what it includes; the first fault is one of the last line.
pub(super) fn expand(file: &str, source: &str, around: &Sources) -> (Expanded, Option<Fault>) {
    let mut expanded = Expanded { files: vec![file.into()], ..Expanded::default() };
    for (name, id) in around.applications {
        expanded.push(0, 0, format!(".const app.{name} = {id}"));
    }
    let mut expander = Expander { around, out: &mut expanded, open: vec![normal(Path::new(file))], uses: true };
    let fault = expander.lines(0, source, &around.folder).err();
    (expanded, fault)
}

impl Expanded {
    fn push(&mut self, file: usize, line: usize, text: String) {
        self.lines.push(Origin { file, line, text });
    }

    /// Where a line is: `line 5`, `line 5 of defs.inc`.
    pub(super) fn place(&self, id: usize) -> String {
        match self.lines.get(id.wrapping_sub(1)) {
            Some(Origin { line: 0, .. }) => "the scenario".into(),
            Some(Origin { file: 0, line, .. }) => format!("line {line}"),
            Some(Origin { file, line, .. }) => format!("line {line} of {}", self.files[*file]),
            None => format!("line {id}"),
        }
    }

    /// The line has a comment that starts with `;!`: what looks like a slip is meant.
    pub(super) fn on_purpose(&self, id: usize) -> bool {
        let text = self.lines.get(id.wrapping_sub(1)).map_or("", |origin| origin.text.as_str());
        let tokens = super::lexer::tokens(text).0;
        let end = tokens.last().map_or(0, |t| t.start + t.text.len());
        text[end..].trim_start().starts_with(";!")
    }

    /// File and line.
    pub(super) fn origin(&self, id: usize) -> (usize, usize) {
        self.lines.get(id.wrapping_sub(1)).map_or((0, id), |origin| (origin.file, origin.line))
    }
}

struct Expander<'e, 'a> {
    around: &'e Sources<'a>,
    out: &'e mut Expanded,
    /// The files around the present line.
    open: Vec<PathBuf>,
    /// What other contracts use matters to them alone.
    uses: bool,
}

impl Expander<'_, '_> {
    fn lines(&mut self, file: usize, source: &str, folder: &Path) -> Result<(), Fault> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        for (line, text) in (1..).zip(source.split('\n')) {
            match word(text) {
                ".include" => {
                    self.out.push(file, line, String::new());
                    self.include(text, folder)?;
                }
                ".use" => {
                    self.out.push(file, line, String::new());
                    if self.uses {
                        self.used(file, line, text, folder)?;
                    }
                }
                _ => self.out.push(file, line, text.into()),
            }
        }
        Ok(())
    }

    fn include(&mut self, text: &str, folder: &Path) -> Result<(), Fault> {
        let (None, written, column) = directive(text, false)? else { return Ok(()) };
        let (path, contents) = self.find(&written, folder, column)?;
        let same = normal(&path);
        if self.open.contains(&same) {
            let message = format!("`{}` includes itself", clip(&written));
            return Err(Fault::new(column, message, "remove one of the `.include` lines in the circle"));
        }
        if self.open.len() > DEEPEST {
            let message = format!("`.include` nested more than {DEEPEST} deep");
            return Err(Fault::new(column, message, "include the innermost files in the source itself"));
        }
        let file = self.out.files.len();
        self.out.files.push(path.display().to_string());
        self.open.push(same);
        self.lines(file, &contents, path.parent().unwrap_or(Path::new("")))?;
        self.open.pop();
        Ok(())
    }

    /// Constants for the methods that another contract has.
    fn used(&mut self, file: usize, line: usize, text: &str, folder: &Path) -> Result<(), Fault> {
        let (Some(name), written, column) = directive(text, true)? else { return Ok(()) };
        let (path, contents) = self.find(&written, folder, column)?;
        let methods = self.interface(&path, &contents).map_err(|what| {
            Fault::new(column, format!("`{}` is not right: {what}", clip(&written)), "assemble it by itself first")
        })?;
        if methods.is_empty() {
            let message = format!("`{}` declares no method", clip(&written));
            return Err(Fault::new(column, message, "name the source of a contract; `.include` takes other lines"));
        }
        for (index, (method, callee)) in methods.into_iter().enumerate() {
            let full = format!("{name}.{method}");
            self.out.push(file, line, format!(".const {full} = {index}"));
            self.out.callees.insert(full, callee);
        }
        Ok(())
    }

    /// The methods that a source declares, in order. Its code is not looked at.
    fn interface(&mut self, path: &Path, source: &str) -> Result<Vec<(String, Callee)>, String> {
        let mut other =
            Expanded { files: vec![path.display().to_string()], bytes: self.out.bytes, ..Expanded::default() };
        let mut expander = Expander { around: self.around, out: &mut other, open: vec![normal(path)], uses: false };
        let fault = expander.lines(0, source, path.parent().unwrap_or(Path::new(""))).err();
        self.out.bytes = other.bytes;
        self.out.others.append(&mut other.others);
        let texts: Vec<&str> = other.lines.iter().map(|l| l.text.as_str()).collect();
        let mut log = Log::new(&other);
        fault.into_iter().for_each(|fault| log.push(other.lines.len(), fault));
        let lines = repeat::lines(&texts).unwrap_or_else(|(line, fault)| {
            log.push(line, fault);
            Vec::new()
        });
        let statements = parse::statements(&lines, &mut log);
        if let Some(first) = log.into_errors().first() {
            let place = format!("{}:{}:{}", first.file, first.line, first.column);
            return Err(format!("{place}: {}", first.message));
        }
        // Names of its own uses are unknown here; they do not decide what a method takes.
        let layout = Layout::new(&statements, &mut Log::new(&other));
        let methods = layout.rows.iter().map(|row| {
            let site = Site { scope: row.scope, usage: Use::Plain, line: row.line, constants_below: true };
            let given = row.options.args.as_ref().and_then(|args| layout.names.value(site, args).ok());
            let own = row.scope.filter(|_| row.own).and_then(|scope| layout.frames.get(scope));
            let args = own.map_or(given.unwrap_or(0), |frame| frame.args() as i128);
            (row.name.text.to_string(), Callee { args: args as u16, public: row.options.public.unwrap_or(false) })
        });
        Ok(methods.collect())
    }

    /// Reads a file. One that is not where it is said to be may lie beside the source: so do all in a failure's folder.
    fn find(&mut self, written: &str, folder: &Path, column: usize) -> Result<(PathBuf, String), Fault> {
        let fail = |what: String| Fault::new(column, format!("`{}`: {what}", clip(written)), FOUND_HELP);
        let named = folder.join(written);
        let (path, read) = match (self.around.read)(&named) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let beside = folder.join(Path::new(written).file_name().unwrap_or_default());
                let read = (self.around.read)(&beside);
                (beside, read)
            }
            read => (named, read),
        };
        let bytes = read.map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => fail("no such file".into()),
            _ => fail(e.to_string()),
        })?;
        self.out.bytes += bytes.len();
        if self.out.bytes > OTHERS_MAX {
            return Err(fail(format!("the other files of this source have more than {OTHERS_MAX} bytes in all")));
        }
        let text = utf8::text(bytes)
            .map_err(|e| Fault::new(column, format!("`{}`: {e}", clip(written)), "save the file as UTF-8"))?;
        self.out.others.push(path.clone());
        Ok((path, text))
    }
}

/// What `.include "FILE"` or `.use NAME "FILE"` says: the name, the file, and its column.
fn directive(text: &str, named: bool) -> Result<(Option<String>, String, usize), Fault> {
    let help = if named { USE_HELP } else { INCLUDE_HELP };
    let (tokens, lexical) = super::lexer::tokens(text);
    if let Some(fault) = lexical {
        return Err(fault);
    }
    let mut parser = Parser { tokens: &tokens, at: 1 };
    let name = if named { Some(parser.name("a name", help)?.text.to_string()) } else { None };
    let file = match parser.peek() {
        Some(Token { kind: Kind::Text(bytes), column, .. }) if !bytes.is_empty() => {
            parser.at += 1;
            (String::from_utf8_lossy(bytes).into_owned(), *column)
        }
        _ => return Err(parser.expected("a file's name in quotes", help)),
    };
    match parser.peek() {
        None => Ok((name, file.0, file.1)),
        Some(_) => Err(parser.expected("the end of the line", help)),
    }
}

/// A path without `.` and, as far as it can be told from the text, `..`.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}
