// SPDX-License-Identifier: MIT OR Apache-2.0
//! Files that a command is asked to write. None may be one that it reads or another that it writes, and each needs a
//! folder: what can be refused is refused before anything runs or is written.

use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::Failure;
use crate::input::InputError;
use crate::names::Shown;
use crate::output::{file, keep_clean, parent};

/// A file to write, and the option that names it.
pub type Named<'a> = (&'static str, &'a Path);

/// The name of an output in messages.
pub fn shown(path: &Path) -> String {
    if path == Path::new("-") { "standard output".into() } else { path.shown() }
}

/// The files that options name, as far as they are given.
pub fn given<'a>(options: &[(&'static str, &'a Option<PathBuf>)]) -> Vec<Named<'a>> {
    options.iter().filter_map(|(option, path)| Some((*option, path.as_deref()?))).collect()
}

/// Refuses what cannot be written, or would overwrite what is read or written besides.
pub fn check(reads: &[PathBuf], writes: &[Named<'_>]) -> Result<(), InputError> {
    writes.iter().try_for_each(|(_, path)| writable(path))?;
    apart(reads, writes)
}

/// Refuses a folder, and a file that has none to lie in.
pub fn writable(path: &Path) -> Result<(), InputError> {
    let folder = parent(path);
    match () {
        () if path.is_dir() => Err(refusal(path, "that is a folder")),
        () if !folder.is_dir() => Err(refusal(path, &format!("cannot write: no such folder: {}", folder.shown()))),
        () => Ok(()),
    }
}

/// Refuses what would overwrite a file that is read, or another that is written. Devices and streams take anything; one
/// that is standard output has it for itself.
pub fn apart(reads: &[PathBuf], writes: &[Named<'_>]) -> Result<(), InputError> {
    let reads: HashSet<PathBuf> = reads.iter().filter_map(|path| path.canonicalize().ok()).collect();
    let mut before: Vec<(&str, PathBuf)> = Vec::new();
    for (option, path) in writes {
        // Several on standard output would be none.
        let standard = (*path == Path::new("-")).then(|| path.to_path_buf());
        let Some(file) = standard.or_else(|| file(path)) else { continue };
        if reads.contains(&file) {
            let what = format!("the output is a file that this command reads (name another one with {option})");
            return Err(refusal(path, &what));
        }
        // Nothing that is written is one: an option took the scenario for its own file.
        if file.extension().is_some_and(|e| e == "toml") && file.is_file() {
            let what = format!("that is a scenario, which {option} would overwrite (name another file)");
            return Err(refusal(path, &what));
        }
        if let Some((other, _)) = before.iter().find(|(_, other)| *other == file) {
            return Err(refusal(path, &format!("{other} and {option} name the same file (name one for each)")));
        }
        before.push((option, file));
    }
    keep_clean(writes.iter().map(|(_, path)| *path));
    Ok(())
}

fn refusal(path: &Path, why: &str) -> InputError {
    InputError::plain(format!("{}: error: {why}", shown(path)))
}

/// What came of outputs that were all tried, whatever came of the others.
pub fn all(results: impl IntoIterator<Item = Result<(), Failure>>) -> Result<(), Failure> {
    let (mut inputs, mut tool) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Err(Failure::Input(e)) => inputs.push(e),
            Err(Failure::Tool(e)) => tool.push(e),
            other => other?,
        }
    }
    match (inputs.is_empty(), tool.is_empty()) {
        (true, true) => Ok(()),
        (_, false) => {
            Err(Failure::Tool(inputs.iter().map(ToString::to_string).chain(tool).collect::<Vec<_>>().join("\n")))
        }
        (false, true) => Err(InputError::all(inputs).into()),
    }
}

/// A file could not be written: a name that cannot be one is the user's mistake, a full disk is not.
pub fn failed(path: &Path, e: &io::Error) -> Failure {
    let what = format!("{}: cannot write: {e}", shown(path));
    match e.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::PermissionDenied => {
            InputError::plain(what).into()
        }
        _ => Failure::Tool(what),
    }
}
