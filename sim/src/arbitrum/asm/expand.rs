// SPDX-License-Identifier: MIT OR Apache-2.0
//! Macros and `.repeat` blocks, written out before anything is parsed. What is left are lines without either; every
//! token still knows its line and the call that put it there.

use super::expr::Parser;
use super::lexer::{Fault, Kind, Place, Token, clip};
use super::names::{self, duplicate, taken};
use ruint::aliases::U256;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// Most tokens that macros and blocks may make, so that no count takes all time and memory.
const MADE_MAX: usize = 1 << 19;
/// Deepest nesting of calls and blocks.
const DEEPEST: u32 = 32;

const MACRO_HELP: &str = "write `.macro NAME PARAMETER ..`, the lines, then `.end`";
const REPEAT_HELP: &str = "write `.repeat COUNT` or `.repeat NAME = FIRST, LAST`, the lines, then `.end`";

/// A call that put tokens where they are.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// Of the macro.
    pub name: Rc<str>,
    /// Where it is called; its `via` is the call around.
    pub place: Place,
}

struct Macro {
    place: Place,
    parameters: Vec<Rc<str>>,
    body: Rc<[Vec<Token>]>,
}

/// Lines as they are assembled.
pub(super) struct Expanded {
    pub lines: Vec<Vec<Token>>,
    /// By [`Place::via`], from 1.
    pub calls: Vec<Call>,
}

/// Writes out macros and blocks. At most one fault: what comes behind it would be guessing.
pub(super) fn expand(lines: &[Vec<Token>]) -> (Expanded, Option<Fault>) {
    let out = Expanded { lines: Vec::new(), calls: Vec::new() };
    let mut expander = Expander { macros: HashMap::new(), out, made: 0, depth: 0 };
    let fault = expander.block(lines).err();
    (expander.out, fault)
}

fn begins(line: &[Token]) -> bool {
    line.first().is_some_and(|t| t.dotted(".macro") || t.dotted(".repeat"))
}

fn ends(line: &[Token]) -> bool {
    line.first().is_some_and(|t| t.dotted(".end"))
}

struct Expander {
    macros: HashMap<Rc<str>, Macro>,
    out: Expanded,
    /// Tokens made by calls and blocks.
    made: usize,
    /// Calls and blocks around.
    depth: u32,
}

impl Expander {
    fn block(&mut self, lines: &[Vec<Token>]) -> Result<(), Fault> {
        let mut at = 0;
        while let Some(line) = lines.get(at) {
            if let Some(token) = line.iter().skip(1).find(|t| [".macro", ".repeat", ".end"].contains(&&*t.text)) {
                let message = format!("{} stands alone in its line", token.found());
                return Err(Fault::new(token.place, message, "put it into a line of its own"));
            }
            if begins(line) {
                let end = self.end_of(lines, at)?;
                let body = &lines[at + 1..end];
                if line[0].dotted(".macro") {
                    self.define(line, body)?
                } else {
                    self.repeat(line, body)?
                }
                at = end;
            } else if ends(line) {
                let help = "remove it, or correct the `.macro` or `.repeat` that it ends";
                return Err(Fault::new(line[0].place, "`.end` without `.macro` or `.repeat`", help));
            } else {
                self.line(line)?;
            }
            at += 1;
        }
        Ok(())
    }

    /// Index of the `.end` of the block that begins at a line.
    fn end_of(&self, lines: &[Vec<Token>], at: usize) -> Result<usize, Fault> {
        let mut depth = 0;
        for (index, line) in lines.iter().enumerate().skip(at) {
            depth += u32::from(begins(line));
            if ends(line) {
                if let Some(more) = line.get(1) {
                    return Err(Fault::new(more.place, "text behind `.end`", "remove it"));
                }
                depth -= 1;
                if depth == 0 {
                    return Ok(index);
                }
            }
        }
        let head = &lines[at][0];
        Err(Fault::new(head.place, format!("{} without `.end`", head.found()), "end the block with `.end`"))
    }

    fn define(&mut self, head: &[Token], body: &[Vec<Token>]) -> Result<(), Fault> {
        let mut parser = Parser { tokens: head, at: 1 };
        let mut words = Vec::new();
        while let Some(token) = parser.peek() {
            if token.kind != Kind::Name {
                return Err(parser.expected("a name", MACRO_HELP));
            }
            if names::reserved(&token.text) {
                return Err(taken(&token.text, token.place));
            }
            if let Some(same) = words.iter().find(|w: &&Token| w.text == token.text) {
                return Err(duplicate(&token.text, token.place, same.place));
            }
            words.push(token.clone());
            parser.at += 1;
            if words.len() > 1 {
                parser.eat(",");
            }
        }
        let Some(name) = words.first() else { return Err(parser.expected("a name", MACRO_HELP)) };
        if self.depth > 0 {
            return Err(Fault::new(head[0].place, "`.macro` inside a block", "define it outside, above"));
        }
        if let Some(inner) = body.iter().find(|l| l.first().is_some_and(|t| t.dotted(".macro"))) {
            return Err(Fault::new(
                inner[0].place,
                "`.macro` inside a macro",
                "end the macro around it with `.end` first",
            ));
        }
        if let Some(first) = self.macros.get(&name.text) {
            return Err(duplicate(&name.text, name.place, first.place));
        }
        let parameters = words[1..].iter().map(|w| w.text.clone()).collect();
        self.macros.insert(name.text.clone(), Macro { place: name.place, parameters, body: body.into() });
        Ok(())
    }

    fn enter(&mut self, place: Place) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            let message = format!("macros and blocks nested more than {DEEPEST} deep");
            return Err(Fault::new(place, message, "a macro must not call itself; write some of them out"));
        }
        Ok(())
    }

    fn spend(&mut self, tokens: usize, place: Place) -> Result<(), Fault> {
        self.made += 1 + tokens;
        if self.made > MADE_MAX {
            let message = format!("macros and blocks make more than {MADE_MAX} tokens");
            return Err(Fault::new(place, message, "write a loop, or a smaller count"));
        }
        Ok(())
    }

    fn repeat(&mut self, head: &[Token], body: &[Vec<Token>]) -> Result<(), Fault> {
        let mut parser = Parser { tokens: head, at: 1 };
        let named = parser.peek().is_some_and(|t| t.kind == Kind::Name) && parser.then("=");
        let counter = parser.peek().filter(|_| named).map(|t| t.text.clone());
        parser.at += 2 * usize::from(named);
        let first = counted(&mut parser)?;
        let (first, count) = if named {
            if !parser.eat(",") {
                return Err(parser.expected("`,`", REPEAT_HELP));
            }
            let last = counted(&mut parser)?;
            (first, if last < first { U256::ZERO } else { (last - first).saturating_add(U256::from(1)) })
        } else {
            (U256::ZERO, first)
        };
        if parser.peek().is_some() {
            return Err(parser.expected("the end of the line", REPEAT_HELP));
        }
        let place = head[0].place;
        self.enter(place)?;
        let mut done = U256::ZERO;
        while done < count {
            self.spend(body.iter().map(Vec::len).sum(), place)?;
            match &counter {
                None => self.block(body)?,
                Some(name) => {
                    let text = (first + done).to_string();
                    let put = |t: &Token| match t.kind == Kind::Name && t.text == *name {
                        true => Token { kind: Kind::Number(first + done), text: text.as_str().into(), ..t.clone() },
                        false => t.clone(),
                    };
                    let lines: Vec<Vec<Token>> = body.iter().map(|line| line.iter().map(put).collect()).collect();
                    self.block(&lines)?;
                }
            }
            done += U256::from(1);
        }
        self.depth -= 1;
        Ok(())
    }

    /// A line: what stands before, between and behind its macro calls becomes lines of its own.
    fn line(&mut self, line: &[Token]) -> Result<(), Fault> {
        let mut parser = Parser { tokens: line, at: 0 };
        let mut plain = Vec::new();
        while let Some(token) = parser.next() {
            let called = if token.kind == Kind::Name { self.macros.get(&token.text) } else { None };
            let Some(called) = called else {
                plain.push(token.clone());
                continue;
            };
            if parser.peek().is_some_and(|t| t.is(":")) {
                return Err(duplicate(&token.text, token.place, called.place));
            }
            let (count, body) = (called.parameters.len(), called.body.clone());
            let parameters = called.parameters.clone();
            let arguments = arguments(&mut parser, token, count)?;
            self.out.lines.push(std::mem::take(&mut plain));
            self.call(token, &body, parameters.into_iter().zip(arguments).collect())?;
        }
        self.out.lines.push(plain);
        Ok(())
    }

    fn call(&mut self, token: &Token, body: &[Vec<Token>], given: HashMap<Rc<str>, Vec<Token>>) -> Result<(), Fault> {
        self.enter(token.place)?;
        self.out.calls.push(Call { name: token.text.clone(), place: token.place });
        let via = self.out.calls.len() as u32;
        let labels = body.iter().flat_map(|line| line.iter().zip(line.iter().skip(1)));
        let labels: HashSet<Rc<str>> =
            labels.filter(|(t, next)| t.kind == Kind::Dotted && next.is(":")).map(|(t, _)| t.text.clone()).collect();
        let mut lines = Vec::new();
        for line in body {
            let mut out = Vec::with_capacity(line.len());
            for t in line {
                match given.get(&t.text).filter(|_| t.kind == Kind::Name) {
                    Some(argument) => out.extend_from_slice(argument),
                    None => {
                        let own = t.kind == Kind::Dotted && labels.contains(&t.text);
                        let text = if own { format!("{}~{via}", t.text).into() } else { t.text.clone() };
                        // Faults point at the macro's line and, in words, at the call.
                        out.push(Token { place: Place { via, ..t.place }, text, ..t.clone() });
                    }
                }
            }
            self.spend(out.len(), token.place)?;
            lines.push(out);
        }
        self.block(&lines)?;
        self.depth -= 1;
        Ok(())
    }
}

/// A number of `.repeat`. Below 0 it would be one of nearly 2^256.
fn counted(parser: &mut Parser) -> Result<U256, Fault> {
    let expr = parser.expr()?;
    let number = expr.number()?;
    match number.bit(255) {
        false => Ok(number),
        true if number > U256::MAX - U256::from(u32::MAX) => {
            let message = format!("`.repeat` with -{}: its numbers are from 0 on", number.wrapping_neg());
            Err(Fault::new(expr.place, message, REPEAT_HELP))
        }
        true => Err(Fault::new(expr.place, format!("`.repeat` with {number:#x}, which is too large"), REPEAT_HELP)),
    }
}

/// The arguments of a call, in parentheses if they are more than one token.
fn arguments(parser: &mut Parser, called: &Token, count: usize) -> Result<Vec<Vec<Token>>, Fault> {
    let mut out = Vec::new();
    let wanted = match count {
        1 => "1 argument".to_string(),
        n => format!("{n} arguments"),
    };
    while out.len() < count {
        if !out.is_empty() && !parser.eat(",") || parser.peek().is_none_or(closes) {
            let message = format!("`{}` takes {wanted}, found {}", clip(&called.text), out.len());
            return Err(Fault::new(called.place, message, "arguments are separated by `,`"));
        }
        out.push(argument(parser));
    }
    if count > 0 && parser.peek().is_some_and(|t| t.is(",")) {
        let message = format!("`{}` takes {wanted}, found more", clip(&called.text));
        return Err(Fault::new(called.place, message, "remove what is too much"));
    }
    Ok(out)
}

fn closes(token: &Token) -> bool {
    [",", ")", "]", ":", "="].iter().any(|mark| token.is(mark))
}

/// The tokens up to a `,` outside brackets, or up to where something else begins.
fn argument(parser: &mut Parser) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut depth = 0_u32;
    while let Some(token) = parser.peek() {
        let mark = token.kind == Kind::Mark;
        let starts = !mark || ["[", "~"].contains(&&*token.text);
        let behind = out.last().is_some_and(|t| t.kind != Kind::Mark || t.is(")") || t.is("]"));
        if depth == 0 && !out.is_empty() && (closes(token) || (behind && starts)) {
            break;
        }
        match &*token.text {
            "(" | "[" if mark => depth += 1,
            ")" | "]" if mark => depth = depth.saturating_sub(1),
            _ => {}
        }
        out.push(token.clone());
        parser.at += 1;
    }
    if let ([first, _, ..], Some(last)) = (&out[..], out.last()) {
        let mark = |text: &str, t: &Token| Token { kind: Kind::Mark, text: text.into(), ..t.clone() };
        let (open, close) = (mark("(", first), mark(")", last));
        out.insert(0, open);
        out.push(close);
    }
    out
}
