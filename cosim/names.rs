// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of files: as people read them, as shells read them, and told apart.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What can be shown: names are bytes, not always text.
pub trait Shown {
    /// As text, with `\xNN` for bytes that are none, and for control characters, which would end a line of a message.
    fn shown(&self) -> String;
}

impl<T: AsRef<OsStr> + ?Sized> Shown for T {
    fn shown(&self) -> String {
        escaped(self.as_ref(), |_| false)
    }
}

/// Characters that `special` names are escaped with a backslash.
fn escaped(name: &OsStr, special: fn(char) -> bool) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                c if c.is_control() => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| byte(&mut text, b)),
                c if special(c) => text.extend(['\\', c]),
                c => text.push(c),
            }
        }
        chunk.invalid().iter().for_each(|b| byte(&mut text, *b));
    }
    text
}

fn byte(text: &mut String, b: u8) {
    let _ = write!(text, "\\x{b:02x}");
}

/// A word as a shell reads it.
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:@%,".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.into(),
        Some(text) if !text.contains(char::is_control) => format!("'{}'", text.replace('\'', r"'\''")),
        _ => format!("$'{}'", escaped(word, |c| "'\\".contains(c))),
    }
}

/// A path as seen from the working folder, if it is below it: the same however it was written.
pub fn from_here(path: &Path) -> PathBuf {
    let (Ok(full), Ok(here)) = (std::path::absolute(path), std::env::current_dir()) else { return path.into() };
    match full.strip_prefix(here) {
        Ok(below) if !below.as_os_str().is_empty() => below.into(),
        _ => full,
    }
}

/// Short names of files: their stems, with as many of the folders before them as tell them apart.
pub fn apart<P: AsRef<Path>>(paths: &[P]) -> Vec<String> {
    let paths: Vec<PathBuf> = paths.iter().map(|p| from_here(p.as_ref()).with_extension("")).collect();
    let last = |path: &Path, count: usize| {
        let all: Vec<_> = path.components().collect();
        all[all.len().saturating_sub(count)..].iter().collect::<PathBuf>()
    };
    let name = |path: &PathBuf| {
        let unique = |count: &usize| !paths.iter().any(|p| p != path && last(p, *count) == last(path, *count));
        let count = (1..=path.components().count()).find(unique).unwrap_or(usize::MAX);
        last(path, count).shown()
    };
    paths.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_by_their_folders() {
        assert_eq!(apart(&["a/fib.toml", "b/fib.toml", "b/alu.toml"]), ["a/fib", "b/fib", "alu"]);
        assert_eq!(apart(&["x/a/fib.toml", "y/a/fib.toml", "./x/a/fib.toml"]), ["x/a/fib", "y/a/fib", "x/a/fib"]);
        assert_eq!(apart(&["fib.toml", "a/fib.toml"]), ["fib", "a/fib"]);
    }

    #[test]
    fn words_for_shells() {
        assert_eq!(["a/b.toml", "", "it's", "a\nb"].map(quoted), ["a/b.toml", "''", r"'it'\''s'", r"$'a\x0ab'"]);
        assert_eq!("a\nb".shown(), r"a\x0ab");
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt as _;
            let name = OsStr::from_bytes(b"\xff'\\");
            assert_eq!((name.shown(), quoted(name)), (r"\xff'\".into(), r"$'\xff\'\\'".into()));
        }
    }
}
