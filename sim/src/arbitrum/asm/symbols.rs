// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names and lines of a source, by word: for backtraces and profiles. Images do not keep them.

use super::emit::Word;
use super::expand::Expanded;
use super::layout::Layout;
use super::lexer::Place;
use super::source::Lines;
use std::collections::BTreeMap;

/// A line of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// As messages name it.
    pub file: &'a str,
    /// 1-based.
    pub line: u32,
}

/// Names and lines of a source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Symbols {
    /// The source, then what it includes.
    files: Vec<String>,
    /// File and line of every word.
    lines: Vec<(u32, u32)>,
    /// Calls of macros: name, file and line, and the call around, 0 for none.
    calls: Vec<(String, u32, u32, u32)>,
    /// The innermost call that made a word, from 1; 0 for none.
    via: Vec<u32>,
    /// Labels by word; of labels that share one the first.
    labels: BTreeMap<u32, String>,
}

impl Symbols {
    pub(super) fn new(lines: &Lines, expanded: &Expanded, layout: &Layout, words: &[Word]) -> Symbols {
        let mut named: Vec<(u32, usize, &str)> = layout.named_words().collect();
        named.sort_unstable();
        let mut labels = BTreeMap::new();
        for (word, _, name) in named {
            labels.entry(word).or_insert_with(|| name.to_string());
        }
        let call = |name: &str, place: Place| {
            let (file, line) = lines.origin(place);
            (name.to_string(), file, line, place.via)
        };
        Symbols {
            files: lines.files.clone(),
            lines: words.iter().map(|w| lines.origin(w.place)).collect(),
            calls: expanded.calls.iter().map(|c| call(&c.name, c.place)).collect(),
            via: words.iter().map(|w| w.place.via).collect(),
            labels,
        }
    }

    /// Words that have a line.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// No word has one.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The source, then the files that it includes.
    pub fn files(&self) -> &[String] {
        &self.files
    }

    fn shown(&self, (file, line): (u32, u32)) -> Option<Line<'_>> {
        Some(Line { file: self.files.get(file as usize)?, line })
    }

    /// The line that made a word; of a macro's words the line of the macro.
    pub fn line_at(&self, word: u32) -> Option<Line<'_>> {
        self.shown(*self.lines.get(word as usize)?)
    }

    /// The line that made a word, outside all macros: that of the outermost call.
    pub fn outer_line_at(&self, word: u32) -> Option<Line<'_>> {
        match self.calls_at(word).last() {
            Some((_, line)) => Some(line),
            None => self.line_at(word),
        }
    }

    /// The macros that made a word, innermost first, and where each is called.
    pub fn calls_at(&self, word: u32) -> impl Iterator<Item = (&str, Line<'_>)> {
        let mut via = self.via.get(word as usize).copied().unwrap_or(0);
        std::iter::from_fn(move || {
            let (name, file, line, around) = self.calls.get(via.checked_sub(1)? as usize)?;
            via = *around;
            Some((name.as_str(), self.shown((*file, *line))?))
        })
    }

    /// The label of a word; local ones as `label.local`.
    pub fn label_at(&self, word: u32) -> Option<&str> {
        self.labels.get(&word).map(String::as_str)
    }

    /// The word of a label; the first of labels that share a word.
    pub fn word_of(&self, label: &str) -> Option<u32> {
        self.labels.iter().find(|(_, name)| *name == label).map(|(word, _)| *word)
    }

    /// The last label that is not local at or before a word, and the words between: what the word is a part of.
    pub fn routine_at(&self, word: u32) -> Option<(&str, u32)> {
        if word as usize >= self.lines.len() {
            return None;
        }
        let (start, name) = self.labels.range(..=word).rev().find(|(_, name)| !name.contains('.'))?;
        Some((name, word - start))
    }
}
