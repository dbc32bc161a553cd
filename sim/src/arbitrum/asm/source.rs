// SPDX-License-Identifier: MIT OR Apache-2.0
//! The lines of a source, and of what it includes. Nothing is parsed here beyond `.include "FILE"`.

use super::lexer::{self, Fault, Kind, Place, Token, clip};
use crate::units::utf8;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Deepest nesting of includes.
const DEEPEST: usize = 8;
/// Most bytes that other files may have in all.
const OTHERS_MAX: usize = 1 << 20;

const INCLUDE_HELP: &str = "write `.include \"FILE\"`, alone in its line";
const FOUND_HELP: &str = "files are looked for beside the source that names them";

/// What there is around a source.
pub struct Sources<'a> {
    /// Its folder.
    pub folder: PathBuf,
    /// Reads another file.
    pub read: &'a dyn Fn(&Path) -> io::Result<Vec<u8>>,
}

impl Default for Sources<'_> {
    /// Nothing.
    fn default() -> Self {
        Sources { folder: PathBuf::new(), read: &|_| Err(io::ErrorKind::NotFound.into()) }
    }
}

/// A source with the lines of other files.
#[derive(Default)]
pub(super) struct Lines {
    /// The source itself, then others, as messages name them.
    pub files: Vec<String>,
    /// The other files.
    pub others: Vec<PathBuf>,
    /// File and line (1-based) of every line, by [`Place::line`].
    origins: Vec<(u32, u32)>,
    /// The tokens of each line.
    pub tokens: Vec<Vec<Token>>,
    /// As text: a source that says the same without other files.
    pub text: String,
    bytes: usize,
}

impl Lines {
    /// File and line of a place.
    pub(super) fn origin(&self, place: Place) -> (u32, u32) {
        self.origins.get(place.line as usize).copied().unwrap_or((0, 1))
    }

    /// Where a place is: `line 5`, `line 5 of defs.inc`.
    pub(super) fn text_of(&self, place: Place) -> String {
        match self.origin(place) {
            (0, line) => format!("line {line}"),
            (file, line) => format!("line {line} of {}", self.files[file as usize]),
        }
    }
}

/// The source with what it includes; faults of lines, and the first of other files.
pub(super) fn read(file: &str, source: &str, around: &Sources) -> (Lines, Vec<Fault>) {
    let lines = Lines { files: vec![file.into()], ..Lines::default() };
    let mut reader = Reader { around, out: lines, open: vec![normal(Path::new(file))], faults: Vec::new() };
    if let Err(fault) = reader.lines(0, source, &around.folder) {
        reader.faults.push(fault);
    }
    (reader.out, reader.faults)
}

struct Reader<'a> {
    around: &'a Sources<'a>,
    out: Lines,
    /// The files around the present line.
    open: Vec<PathBuf>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn lines(&mut self, file: u32, source: &str, folder: &Path) -> Result<(), Fault> {
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        for (number, text) in (1..).zip(source.split('\n')) {
            let (tokens, fault) = lexer::tokens(text, self.out.origins.len() as u32);
            self.out.origins.push((file, number));
            let whole = fault.is_none();
            self.faults.extend(fault);
            if whole && tokens.first().is_some_and(|t| t.dotted(".include")) {
                self.out.tokens.push(Vec::new());
                self.include(&tokens, folder)?;
            } else {
                self.out.tokens.push(tokens);
                self.out.text.push_str(text);
                self.out.text.push('\n');
            }
        }
        Ok(())
    }

    fn include(&mut self, tokens: &[Token], folder: &Path) -> Result<(), Fault> {
        let (written, place) = match tokens {
            [_, Token { kind: Kind::Text(bytes), place, .. }] if !bytes.is_empty() => {
                (String::from_utf8_lossy(bytes).into_owned(), *place)
            }
            [_, other, ..] if !matches!(other.kind, Kind::Text(_)) => {
                let message = format!("expected a file's name in quotes, found {}", other.found());
                return Err(Fault::new(other.place, message, INCLUDE_HELP));
            }
            [.., last] => return Err(Fault::new(last.place, "`.include` takes one file's name", INCLUDE_HELP)),
            [] => return Ok(()),
        };
        let (path, contents) = self.find(&written, folder, place)?;
        let same = normal(&path);
        if self.open.contains(&same) {
            let message = format!("`{}` includes itself", clip(&written));
            return Err(Fault::new(place, message, "remove one of the `.include` lines in the circle"));
        }
        if self.open.len() > DEEPEST {
            let message = format!("`.include` nested more than {DEEPEST} deep");
            return Err(Fault::new(place, message, "include the innermost files in the source itself"));
        }
        let file = self.out.files.len() as u32;
        self.out.files.push(path.display().to_string());
        self.open.push(same);
        self.lines(file, &contents, path.parent().unwrap_or(Path::new("")))?;
        self.open.pop();
        Ok(())
    }

    /// Reads a file. One that is not where it is said to be may lie beside the source: so do all in a failure's folder.
    fn find(&mut self, written: &str, folder: &Path, place: Place) -> Result<(PathBuf, String), Fault> {
        let fail = |what: String| Fault::new(place, format!("`{}`: {what}", clip(written)), FOUND_HELP);
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
            .map_err(|e| Fault::new(place, format!("`{}`: {e}", clip(written)), "save the file as UTF-8"))?;
        self.out.others.push(path.clone());
        Ok((path, text))
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
