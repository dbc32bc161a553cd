// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names of files: as people read them, as shells read them, and told apart; and all other text that is shown.

use std::borrow::Cow;
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
                c if unprintable(c) => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| byte(&mut text, b)),
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

/// A character that does something to a terminal, or to the order of a line, instead of being seen.
pub fn unprintable(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text of several lines as it is shown, whatever is in it: as [`Shown`], but for tabs and the ends of lines.
pub fn printable(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| unprintable(c) && c != '\n' && c != '\t';
    if !text.contains(hidden) {
        return text.into();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match hidden(c) {
            true => c.encode_utf8(&mut [0; 4]).bytes().for_each(|b| byte(&mut shown, b)),
            false => shown.push(c),
        }
    }
    shown.into()
}

/// JSON that says the same without what is no character to be seen: those beyond ASCII need not be escaped in it, and
/// can stand in texts alone.
pub fn printable_json(json: String) -> String {
    let hidden = |c: char| unprintable(c) && !c.is_ascii_control() || c == '\u{7f}';
    if !json.contains(hidden) {
        return json;
    }
    let escaped = |c: char| if hidden(c) { format!("\\u{:04x}", u32::from(c)) } else { c.into() };
    json.chars().map(escaped).collect()
}

/// A word as a shell reads it.
pub fn quoted(word: impl AsRef<OsStr>) -> String {
    let word = word.as_ref();
    let plain = |c: char| c.is_alphanumeric() || "/._-+=:@%,".contains(c);
    match word.to_str() {
        Some(text) if !text.is_empty() && text.chars().all(plain) => text.into(),
        Some(text) if !text.contains(unprintable) => format!("'{}'", text.replace('\'', r"'\''")),
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
    fn what_is_shown_does_nothing_to_a_terminal() {
        assert_eq!(printable("a\tb\n\u{1b}[31m\u{9b}1m\u{202e}é"), "a\tb\n\\x1b[31m\\xc2\\x9b1m\\xe2\\x80\\xaeé");
        let json = serde_json::to_string("a\n\u{1b}\u{7f}\u{9b}\u{202e}é").expect("JSON");
        let shown = printable_json(json.clone());
        assert_eq!(shown, "\"a\\n\\u001b\\u007f\\u009b\\u202eé\"");
        assert_eq!(serde_json::from_str::<String>(&shown).ok(), serde_json::from_str(&json).ok());
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
