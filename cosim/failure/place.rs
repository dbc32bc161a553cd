// SPDX-License-Identifier: MIT OR Apache-2.0
//! Puts a finished folder in its place. Nothing is lost: only what this program wrote of the same scenario, and nobody
//! has touched since, makes room for something newer.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::output::{Work, alone_in};

/// The list of what was written, which `sha256sum -c` reads too: a comment with the scenario, then a line for each file.
const LIST: &str = ".files";
/// Longest part of a name: file systems end at 255 bytes.
const LONGEST: usize = 100;

/// Renames `work` to `name` below `root`, or to `name-2` and so on where something else has that name. `scenario` is
/// whose folder it is.
///
/// # Errors
/// It cannot be written.
pub fn put(work: Work, root: &Path, name: &str, scenario: &str) -> io::Result<PathBuf> {
    let list = list(work.path(), scenario)?;
    fs::write(work.path().join(LIST), &list)?;
    let _alone = alone_in(root);
    for number in 1_u64.. {
        let folder = root.join(if number == 1 { name.into() } else { format!("{name}-{number}") });
        match there(&folder, &list) {
            There::Nothing => {}
            There::Same => return Ok(folder),
            There::Other => continue,
            There::Older => {
                // Moved first, so that there is a whole one at any time but for an instant.
                let old = Work::below(root)?;
                fs::rename(&folder, old.path().join("old"))?;
            }
        }
        fs::rename(work.path(), &folder)?;
        return Ok(folder);
    }
    unreachable!("one of 2^64 names is free")
}

/// A part of a folder's name: letters, digits and what `more` allows.
pub fn part(text: &str, more: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || more.contains(c) { c } else { '-' };
    let short = text.char_indices().take_while(|(at, c)| at + c.len_utf8() <= LONGEST);
    short.map(|(_, c)| plain(c)).collect()
}

/// What has a name already.
enum There {
    Nothing,
    /// The same, file by file; perhaps with more beside it.
    Same,
    /// What this program wrote of the same scenario, untouched.
    Older,
    Other,
}

fn there(folder: &Path, new: &str) -> There {
    if folder.symlink_metadata().is_err() {
        return There::Nothing;
    }
    let Ok(old) = fs::read_to_string(folder.join(LIST)) else { return There::Other };
    let scenario = |list: &str| list.lines().next().map(str::to_string);
    if old.lines().skip(1).any(|line| !holds(folder, line)) {
        There::Other
    } else if old == new {
        There::Same
    } else if scenario(&old) == scenario(new) && files(folder).is_ok_and(|f| f.len() == old.lines().count()) {
        There::Older
    } else {
        There::Other
    }
}

/// A file is as its line in the list says.
fn holds(folder: &Path, line: &str) -> bool {
    let Some((digest, name)) = line.split_once("  ") else { return false };
    fs::read(folder.join(name)).is_ok_and(|bytes| digest == sha256(&bytes))
}

fn list(folder: &Path, scenario: &str) -> io::Result<String> {
    let mut list = format!("# {scenario}\n");
    for name in files(folder)? {
        let digest = sha256(&fs::read(folder.join(&name))?);
        list += &format!("{digest}  {}\n", name.display());
    }
    Ok(list)
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// All files below a folder, by their paths in it, sorted.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut found, mut open) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(folder.join(&next))? {
            let entry = entry?;
            let path = next.join(entry.file_name());
            if entry.file_type()?.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    Ok(found)
}
