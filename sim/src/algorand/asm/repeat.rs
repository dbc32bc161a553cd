// SPDX-License-Identifier: MIT OR Apache-2.0
//! `.repeat` blocks: lines that are written once and stand several times, each time with another counter.
//!
//! Counters are put in as text, before anything is parsed: they may be a part of a name, of an operand or of a text.
//! What is left are plain lines that know where in the source they come from.

use super::expr::{Parser, Stop};
use super::lexer::{Fault, Kind, Token, clip, tokens};
use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

/// Most bytes that the blocks of a source may make, so that no count takes all time and memory.
const MADE_MAX: usize = 1 << 20;
/// Deepest nesting of blocks.
const DEEPEST: usize = 8;

const HEAD_HELP: &str = "write `.repeat COUNT` or `.repeat NAME = FIRST, LAST`";

/// A line to assemble.
pub(super) struct Line<'s> {
    /// Of the source, 1-based.
    pub number: usize,
    pub text: Cow<'s, str>,
    /// Behind each counter that was put in: the column here, and in the source.
    columns: Vec<(usize, usize)>,
}

impl Line<'_> {
    /// The tokens, at their columns in the source.
    pub(super) fn tokens(&self) -> (Vec<Token<'_>>, Option<Fault>) {
        let (mut tokens, mut fault) = tokens(&self.text);
        let columns = tokens.iter_mut().flat_map(|t| [&mut t.column, &mut t.end]);
        let columns = columns.chain(fault.iter_mut().map(|f| &mut f.column));
        columns.for_each(|c| *c = self.column(*c));
        (tokens, fault)
    }

    fn column(&self, here: usize) -> usize {
        let before = self.columns.partition_point(|c| c.0 <= here);
        self.columns[..before].last().map_or(here, |(made, source)| source + (here - made))
    }
}

/// The lines of a source with its blocks written out; or the first fault, and its line.
pub(super) fn lines<'s>(source: &[&'s str]) -> Result<Vec<Line<'s>>, (usize, Fault)> {
    let mut blocks = Blocks { source, counters: Vec::new(), depth: 0, made: 0, out: Vec::new() };
    match blocks.expand(0..source.len()) {
        Ok(()) => Ok(blocks.out),
        // Where blocks do not match, one may begin or end where it is not seen.
        Err((line, fault)) => Err(hidden(source).filter(|(at, _)| *at != line).unwrap_or((line, fault))),
    }
}

/// The first `.repeat` or `.end` that something stands before in its line: a label, or for `.repeat` anything.
fn hidden(source: &[&str]) -> Option<(usize, Fault)> {
    source.iter().enumerate().find_map(|(at, line)| {
        let (tokens, _) = tokens(line);
        let (_, token) = tokens.iter().zip(tokens.iter().skip(1)).find(|(before, token)| match token.text {
            ".repeat" => !before.is(","),
            ".end" => before.is(":"),
            _ => false,
        })?;
        let what = format!("`{}` stands alone in its line", token.text);
        Some((at + 1, Fault::new(token.column, what, "put it into a line of its own")))
    })
}

type Done<T> = Result<T, (usize, Fault)>;

struct Blocks<'l, 's> {
    source: &'l [&'s str],
    /// Of the blocks around, with their values.
    counters: Vec<(String, i128)>,
    /// Blocks around.
    depth: usize,
    /// Bytes that blocks have made.
    made: usize,
    out: Vec<Line<'s>>,
}

impl<'s> Blocks<'_, 's> {
    /// Writes out some lines of the source; indices are 0-based.
    fn expand(&mut self, range: Range<usize>) -> Done<()> {
        let mut at = range.start;
        while at < range.end {
            match word(self.source[at]) {
                ".repeat" => {
                    let end = self.end_of(at, range.end)?;
                    self.repeat(at, end)?;
                    at = end;
                }
                ".end" => return Err(self.fault(at, "`.end` without `.repeat`", "remove it, or correct what it ends")),
                _ => {
                    let line = self.line(at);
                    if self.depth > 0 {
                        self.spend(at, line.text.len())?;
                    }
                    self.out.push(line);
                }
            }
            at += 1;
        }
        Ok(())
    }

    fn repeat(&mut self, at: usize, end: usize) -> Done<()> {
        if self.depth == DEEPEST {
            let what = format!("`.repeat` nested more than {DEEPEST} deep");
            return Err(self.fault(at, &what, "write some of the blocks out"));
        }
        let (counter, values) = self.head(at).map_err(|fault| (at + 1, fault))?;
        self.depth += 1;
        for value in values {
            self.spend(at, 0)?;
            self.counters.extend(counter.clone().map(|name| (name, value)));
            self.expand(at + 1..end)?;
            self.counters.truncate(self.counters.len() - usize::from(counter.is_some()));
        }
        self.depth -= 1;
        Ok(())
    }

    /// Counts what a line of a block makes; a pass of a block that makes nothing counts as well.
    fn spend(&mut self, at: usize, bytes: usize) -> Done<()> {
        self.made += 1 + bytes;
        match self.made <= MADE_MAX {
            true => Ok(()),
            false => {
                let what = format!("the `.repeat` blocks make more than {MADE_MAX} bytes of source up to here");
                Err(self.fault(at, &what, "repeat less: an area of the image holds 16384 bytes"))
            }
        }
    }

    /// The `.end` of the block that starts in a line.
    fn end_of(&self, at: usize, limit: usize) -> Done<usize> {
        let mut open = 0_usize;
        for line in at..limit {
            match word(self.source[line]) {
                ".repeat" => open += 1,
                ".end" => open -= 1,
                _ => {}
            }
            if open == 0 {
                let rest = self.source[line].trim_start()[".end".len()..].trim_start();
                return match rest.is_empty() || rest.starts_with(';') {
                    true => Ok(line),
                    false => Err(self.fault(line, "`.end` stands alone in its line", "remove what follows it")),
                };
            }
        }
        Err(self.fault(at, "`.repeat` without `.end`", "end the block with a line `.end`"))
    }

    /// The counter of a block, if it has one, and its values.
    fn head(&self, at: usize) -> Result<(Option<String>, RangeInclusive<i128>), Fault> {
        let line = self.line(at);
        let (tokens, lexical) = line.tokens();
        if let Some(fault) = lexical {
            return Err(fault);
        }
        let mut parser = Parser { tokens: &tokens, at: 1 };
        let column = tokens.get(1).map_or(1, |t| t.column);
        let counter = match tokens.get(1..3) {
            Some([name, is]) if name.kind == Kind::Name && is.is("=") => {
                parser.at = 3;
                Some(name.text.to_string())
            }
            _ => None,
        };
        let first = if counter.is_some() { number(&mut parser)? } else { 1 };
        if counter.is_some() && !parser.eat(",") {
            return Err(parser.expected("`,`", HEAD_HELP));
        }
        let last = number(&mut parser)?;
        let what = match &counter {
            _ if parser.peek().is_some() => return Err(parser.expected("the end of the line", HEAD_HELP)),
            Some(name) if self.counters.iter().any(|c| c.0 == *name) => {
                let what = format!("`{}` already counts a block around this one", clip(name));
                return Err(Fault::new(column, what, "give the counter another name"));
            }
            _ if 0 <= first && first <= last => return Ok((counter, first..=last)),
            Some(_) => "a counter goes up from FIRST to LAST, and FIRST is 0 or more",
            None => "COUNT is 1 or more",
        };
        Err(Fault::new(column, what, HEAD_HELP))
    }

    /// A line with the counters put in.
    fn line(&self, at: usize) -> Line<'s> {
        let (source, number) = (self.source[at], at + 1);
        if self.counters.is_empty() || !source.contains('{') {
            return Line { number, text: source.into(), columns: Vec::new() };
        }
        let (mut text, mut columns) = (String::new(), Vec::new());
        let (mut made, mut written) = (1, 1);
        let mut rest = source;
        while let Some(at) = rest.find('{') {
            let (before, after) = (&rest[..at], &rest[at + 1..]);
            let counter = self.counters.iter().find(|c| after.strip_prefix(&*c.0).is_some_and(|a| a.starts_with('}')));
            text += before;
            let characters = before.chars().count();
            // What is in braces and no counter stays: a text may have it.
            let (put, taken) = counter.map_or(("{".into(), 1), |(name, value)| (value.to_string(), name.len() + 2));
            text += &put;
            (made, written) = (made + characters + put.len(), written + characters + taken);
            columns.push((made, written));
            rest = &rest[at + taken..];
        }
        Line { number, text: (text + rest).into(), columns }
    }

    fn fault(&self, at: usize, what: &str, help: &str) -> (usize, Fault) {
        let indent = self.source[at].chars().take_while(|c| c.is_whitespace()).count();
        (at + 1, Fault::new(1 + indent, what, help))
    }
}

/// A number that is known before anything is assembled.
fn number(parser: &mut Parser<'_, '_>) -> Result<i128, Fault> {
    if parser.peek().is_none() {
        return Err(parser.expected("a number", HEAD_HELP));
    }
    let value = parser.expr()?;
    let named = |_, name: &str, column| {
        let help = "names have no values yet; write a number, or the counter of a block around as `{NAME}`";
        Err(Stop::Fault(Fault::new(column, format!("`{}` is not known here", clip(name)), help)))
    };
    value.eval(named).map_err(|stop| match stop {
        Stop::Fault(fault) => fault,
        Stop::NotYet(..) | Stop::Poisoned => Fault::new(value.column, "not a number", HEAD_HELP),
    })
}

/// The first word of a line.
pub(super) fn word(line: &str) -> &str {
    let line = line.trim_start();
    &line[..line.find(|c: char| c.is_whitespace() || c == ';').unwrap_or(line.len())]
}
