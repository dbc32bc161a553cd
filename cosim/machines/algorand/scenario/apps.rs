// SPDX-License-Identifier: MIT OR Apache-2.0
//! The applications of a scenario: their names, and what they are loaded from.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use avm_sim::algorand::asm::{self, Program, Sources};
use avm_sim::algorand::image::Image;
use toml::Spanned;

use super::App;
use super::file::FileApp;
use crate::input::{Input, InputError};

/// Applications that have names, with their identifiers.
pub(super) fn names(input: &Input, apps: &[Spanned<FileApp>]) -> Result<Vec<(String, u64)>, InputError> {
    let mut names: Vec<(String, u64)> = Vec::new();
    for app in apps {
        let Some(name) = &app.get_ref().name else { continue };
        let text = name.get_ref();
        let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !starts || !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            let help = "a name is letters, digits and `_`, and starts with no digit".into();
            return Err(input.error(name.span(), "not a name".into(), help));
        }
        if names.iter().any(|(other, _)| other == text) {
            let what = format!("two applications are called `{text}`");
            return Err(input.error(name.span(), what, "give each its own name".into()));
        }
        names.push((text.clone(), id(input, app)?));
    }
    Ok(names)
}

fn id(input: &Input, app: &Spanned<FileApp>) -> Result<u64, InputError> {
    let id = app.get_ref().id.exact().and_then(|id| u64::try_from(id).ok()).filter(|id| *id != 0);
    id.ok_or_else(|| input.error(app.span(), "`id` must be an integer from 1".into(), "0 is nobody (D10)".into()))
}

/// The applications, and the files that they are made of, relative to the scenario's folder.
pub(super) fn load(
    input: &Input,
    apps: &[Spanned<FileApp>],
    names: &[(String, u64)],
) -> Result<(Vec<App>, Vec<PathBuf>), InputError> {
    let mut out = Vec::new();
    let named = apps.iter().filter_map(|a| a.get_ref().source.as_ref().or(a.get_ref().image.as_ref()));
    let own = named.map(|file| file.get_ref().into()).collect();
    let mut files = Files { input, own, others: Vec::new() };
    for app in apps {
        let a = app.get_ref();
        let id = id(input, app)?;
        let (image, symbols) = match (&a.source, &a.image, &a.text) {
            (Some(source), None, None) => {
                let path = input.beside(source.get_ref());
                let text = Input::read_named(input, source.span(), &path)?;
                let program = assemble(text.name(), text.text(), path.parent(), names)?;
                files.others(app, &program)?;
                (program.image, Some(program.symbols))
            }
            (None, None, Some(text)) => {
                let program = assemble_text(input, text, names)?;
                files.others(app, &program)?;
                (program.image, Some(program.symbols))
            }
            (None, Some(image), None) => (read_image(input, image)?, None),
            _ => {
                let what = "an application needs exactly one of `source`, `image`, `text`";
                return Err(input.error(app.span(), what.into(), "see docs/scenarios.md".into()));
            }
        };
        let name = a.name.as_ref().map(|name| name.get_ref().clone());
        out.push(App { id, name, image: Arc::new(image), symbols });
    }
    Ok((out, files.own.into_iter().chain(files.others).collect()))
}

/// Assembles a text of the scenario's file. Its errors have their lines there, if it stands there as it is, without
/// escapes.
fn assemble_text(input: &Input, text: &Spanned<String>, names: &[(String, u64)]) -> Result<Program, InputError> {
    let span = text.span();
    let name = format!("{} (text of the application at line {})", input.name(), input.line_of(span.start));
    let around = Sources { folder: input.beside(""), read: &read, applications: names };
    let text = text.get_ref();
    asm::assemble_with(&name, text, &around).map_err(|mut errors| {
        if let Some(at) = input.text().get(span.clone()).and_then(|written| written.find(text.as_str())) {
            let (line, column) = input.place(span.start + at);
            for error in errors.iter_mut().filter(|e| e.file == name) {
                error.file = input.name().into();
                error.column += if error.line == 1 { column - 1 } else { 0 };
                error.line += line - 1;
            }
        }
        InputError::assembler(errors)
    })
}

fn read_image(input: &Input, image: &Spanned<String>) -> Result<Image, InputError> {
    let path = input.beside(image.get_ref());
    let bytes = read(&path).map_err(|e| input.cannot_read(image.span(), &path, &e))?;
    Image::from_bytes(&bytes).map_err(|e| input.error(image.span(), format!("{}: {e}", path.display()), String::new()))
}

/// A file, not what may have no end.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.is_file() { fs::read(path) } else { Err(io::Error::other("not a file")) }
}

/// Assembles a source that lies in a folder.
pub fn assemble(
    name: &str,
    text: &str,
    folder: Option<&Path>,
    applications: &[(String, u64)],
) -> Result<Program, InputError> {
    let folder = folder.unwrap_or(Path::new("")).to_path_buf();
    let around = Sources { folder, read: &read, applications };
    asm::assemble_with(name, text, &around).map_err(InputError::assembler)
}

/// A source that says the same without other files.
pub fn alone(name: &str, text: &str, folder: Option<&Path>, applications: &[(String, u64)]) -> String {
    let folder = folder.unwrap_or(Path::new("")).to_path_buf();
    asm::alone(name, text, &Sources { folder, read: &read, applications })
}

/// The files of a scenario.
struct Files<'a> {
    input: &'a Input,
    /// Those that the scenario names.
    own: Vec<PathBuf>,
    /// Those that its sources name.
    others: Vec<PathBuf>,
}

impl Files<'_> {
    /// Adds the other files of a program. All files of a scenario lie beside each other in a failure's folder, where a
    /// source finds those that it names by their file names.
    fn others(&mut self, app: &Spanned<FileApp>, program: &Program) -> Result<(), InputError> {
        let folder = self.input.beside("");
        let same = |path: &Path| fs::canonicalize(folder.join(path)).unwrap_or_default();
        let mut seen: HashSet<PathBuf> = self.own.iter().chain(&self.others).map(|p| same(p)).collect();
        for file in &program.files {
            let file = file.strip_prefix(&folder).unwrap_or(file);
            if !seen.insert(same(file)) {
                continue;
            }
            let name = file.file_name().unwrap_or_default();
            if seen.iter().filter(|other| other.file_name() == Some(name)).count() > 1 {
                let what = format!("its sources name two files called `{}`", name.display());
                let help = "rename one: the folder of a failure has all of them beside each other".into();
                return Err(self.input.error(app.span(), what, help));
            }
            self.others.push(file.into());
        }
        Ok(())
    }
}
