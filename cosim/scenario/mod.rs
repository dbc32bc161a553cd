// SPDX-License-Identifier: MIT OR Apache-2.0
//! What scenarios of all machines have in common: the name of the machine, and the host's latency. What else a file
//! says is its machine's to read (`docs/scenarios.md`).

pub mod integer;
pub mod table;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use crate::input::{Input, InputError};
use crate::names::Shown;

/// Name of the machine that a scenario file is for, with its place.
#[derive(Deserialize)]
struct Head {
    machine: Option<Spanned<String>>,
}

/// The head of a file, if it is there and has one; what else is wrong with it, its machine will say.
fn head(path: &Path) -> Option<(Input, Head)> {
    if endless(path) {
        return None;
    }
    let input = Input::read(path).ok()?;
    let head = toml::from_str(input.text()).ok()?;
    Some((input, head))
}

/// It is a pipe or a device: what is read from it once is gone, and may have no end.
fn endless(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// The machine that a scenario file names; `None` if the file is not right, or not there, which its machine will say.
///
/// # Errors
/// The file names none of `machines`.
pub fn machine(path: &Path, machines: &[&'static str]) -> Result<Option<&'static str>, InputError> {
    let Some((input, Head { machine: Some(name) })) = head(path) else { return Ok(None) };
    let known = machines.iter().find(|m| *m == name.get_ref()).copied();
    known.map(Some).ok_or_else(|| unknown(&input, &name, machines))
}

/// Refuses a scenario file that is not for the machine of the run.
///
/// # Errors
/// The file names another machine, or none. What is wrong otherwise, its machine will say.
pub fn is_for(path: &Path, machine: &str) -> Result<(), InputError> {
    if endless(path) {
        let what = "not a file, and a scenario is read more than once (write it to a file)";
        return Err(InputError::plain(format!("{}: error: {what}", path.shown())));
    }
    let Some((input, Head { machine: named })) = head(path) else { return Ok(()) };
    match named {
        Some(name) if name.get_ref() == machine => Ok(()),
        Some(name) => {
            let what = format!("for the machine `{}`, this run is of `{machine}`", name.get_ref());
            Err(input.error(name.span(), what, String::new()))
        }
        None => {
            let help = format!("begin it with machine = \"{machine}\", if it is for the machine of this run");
            Err(input.error(0..0, "the file names no machine".into(), help))
        }
    }
}

fn unknown(input: &Input, name: &Spanned<String>, machines: &[&str]) -> InputError {
    let what = format!("unknown machine `{}`", name.get_ref());
    input.error(name.span(), what, format!("this build has: {}", machines.join(", ")))
}

/// The scenario files that paths name, folders expanded and sorted. One that is named again, whatever way, is there once.
///
/// # Errors
/// A folder cannot be read, or has none.
pub fn expand(paths: &[PathBuf]) -> Result<Vec<PathBuf>, InputError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let found = self::files(path)?;
        if found.is_empty() {
            return Err(InputError::plain(format!("{}: error: no scenario (*.toml) in this folder", path.shown())));
        }
        files.extend(found);
    }
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(full(file)));
    Ok(files)
}

/// A file by its full name; a link to another one is not that one.
fn full(file: &Path) -> PathBuf {
    let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), file.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => file.into(),
    }
}

/// The scenarios in a folder, sorted. Names that begin with a dot are those of editors and other systems: locks, copies,
/// forks.
///
/// # Errors
/// The folder cannot be read.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let mut found = entries(folder)?;
    // A link that leads nowhere stays: that it cannot be read is for a person to know.
    found.retain(|p| p.extension().is_some_and(|x| x == "toml") && !p.is_dir());
    Ok(found)
}

/// The folders in a folder, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn folders(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let mut found = entries(folder)?;
    found.retain(|p| p.is_dir());
    Ok(found)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, InputError> {
    let failed = |e| InputError::plain(format!("{}: error: {e}", folder.shown()));
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(failed)?;
    let hidden = |e: &std::fs::DirEntry| e.file_name().as_encoded_bytes().starts_with(b".");
    let mut found: Vec<_> = entries.into_iter().filter(|e| !hidden(e)).map(|e| e.path()).collect();
    found.sort();
    Ok(found)
}

/// Most cycles that a scenario lets the host take.
pub const LATENCY_MAX: u32 = 1_000_000;

/// Cycles until the host answers: uniform in `min..=max`, drawn from `seed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, remote = "Self")]
pub struct Latency {
    /// Seed of the draw.
    #[serde(deserialize_with = "integer::plain")]
    pub seed: u64,
    /// Fewest cycles, at least 1.
    #[serde(deserialize_with = "integer::plain")]
    pub min: u32,
    /// Most cycles.
    #[serde(deserialize_with = "integer::plain")]
    pub max: u32,
}

crate::tables!(Latency);

impl Default for Latency {
    fn default() -> Latency {
        Latency { seed: 1, min: 1, max: 4 }
    }
}
