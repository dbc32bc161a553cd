// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values as they are written: parsed to postfix form, so that neither evaluating nor dropping one recurses however long
//! it is. Only brackets and unary operators nest, up to [`NESTING`].

use super::super::buffer::Buffer;
use super::super::hash;
use super::super::isa::{self, SLOTS_MAX};
use super::super::value::Value;
use super::lexer::{Fault, Kind, Place, Token};
use ruint::aliases::U256;
use std::rc::Rc;

/// Deepest nesting of brackets and unary operators where values are written; images nest 60 deep (A24).
pub(super) const NESTING: usize = 64;
/// Levels that a Tuple of an image may have (A24).
const LEVELS_MAX: u32 = 60;
/// Integers, CodePoints, Buffers and Tuples in one value, so that constants of constants do not take all memory.
const PARTS_MAX: u32 = 1 << 16;

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(U256),
    /// The bytes as one Integer, most significant first.
    Text(Rc<[u8]>),
    Name(Rc<str>),
    ErrorCode,
    Buffer(Vec<u8>),
    Keccak(Vec<u8>),
    Tuple(usize),
    Unary(Rc<str>),
    Binary(Rc<str>),
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr {
    /// Of its first token.
    pub place: Place,
    nodes: Vec<(Node, Place)>,
}

/// A value, and what must be known of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Known {
    pub value: Value,
    /// Levels of Tuples, 0 for what is none.
    levels: u32,
    /// Itself and all that is in it.
    pub parts: u32,
    /// The earliest word that a CodePoint in it is of.
    pub earliest: Option<u32>,
}

impl Known {
    fn leaf(value: Value) -> Known {
        Known { value, levels: 0, parts: 1, earliest: None }
    }

    /// The CodePoint of a word.
    pub(super) fn code(word: u32) -> Known {
        Known { earliest: Some(word), ..Known::leaf(Value::Code(word)) }
    }
}

/// Why a value is not there: a fault, or nothing if it was reported where it stands.
pub(super) type Stop = Option<Fault>;

impl Expr {
    /// The value. `lookup` gives that of a name; `last` is the index of the error CodePoint.
    pub(super) fn eval(
        &self,
        last: u32,
        mut lookup: impl FnMut(&str, Place) -> Result<Known, Stop>,
    ) -> Result<Known, Stop> {
        let mut stack: Vec<Known> = Vec::new();
        for (node, place) in &self.nodes {
            let known = match node {
                Node::Number(n) => Known::leaf(Value::Int(*n)),
                Node::Text(bytes) => Known::leaf(Value::Int(text(bytes, *place)?)),
                Node::Name(name) => lookup(name, *place)?,
                Node::ErrorCode => Known::leaf(Value::Code(last)),
                Node::Buffer(bytes) => Known::leaf(Value::Buffer(Buffer::from_bytes(bytes))),
                Node::Keccak(bytes) => Known::leaf(Value::Int(U256::from_be_bytes(hash::keccak(&[bytes])))),
                Node::Tuple(slots) => tuple(stack.split_off(stack.len().saturating_sub(*slots)), *place)?,
                Node::Unary(op) => {
                    let a = integer(stack.pop(), op, *place)?;
                    Known::leaf(Value::Int(if &**op == "~" { !a } else { a.wrapping_neg() }))
                }
                Node::Binary(op) => {
                    let (b, a) = (stack.pop(), stack.pop());
                    let (a, b) = (integer(a, op, *place)?, integer(b, op, *place)?);
                    Known::leaf(Value::Int(binary(op, a, b, *place)?))
                }
            };
            stack.push(known);
        }
        stack.pop().ok_or(None)
    }

    /// The value of one that has numbers only.
    pub(super) fn number(&self) -> Result<U256, Fault> {
        let known = self.eval(0, |name, place| {
            let message = format!("`{}` is not a number", super::lexer::clip(name));
            Err(Some(Fault::new(place, message, "only numbers are known before anything is assembled")))
        });
        match known {
            Ok(Known { value: Value::Int(n), .. }) => Ok(n),
            Err(Some(fault)) => Err(fault),
            _ => Err(Fault::new(self.place, "this is no Integer", "write a number")),
        }
    }
}

fn text(bytes: &[u8], place: Place) -> Result<U256, Stop> {
    U256::try_from_be_slice(bytes).ok_or_else(|| {
        let message = format!("{} bytes do not fit an Integer", bytes.len());
        Some(Fault::new(place, message, "an Integer is 32 bytes at most; write `buffer(\"..\")` or `keccak(\"..\")`"))
    })
}

fn integer(known: Option<Known>, op: &str, place: Place) -> Result<U256, Stop> {
    match known.map(|k| k.value) {
        Some(Value::Int(n)) => Ok(n),
        other => {
            let what = match other {
                Some(Value::Code(_)) => "a CodePoint",
                Some(Value::Tuple(_)) => "a Tuple",
                _ => "a Buffer",
            };
            Err(Some(Fault::new(place, format!("`{op}` of {what}"), "operators take Integers only")))
        }
    }
}

pub(super) fn tuple(slots: Vec<Known>, place: Place) -> Result<Known, Stop> {
    let levels = 1 + slots.iter().map(|s| s.levels).max().unwrap_or(0);
    let parts = slots.iter().fold(1_u32, |sum, s| sum.saturating_add(s.parts));
    if levels > LEVELS_MAX {
        let message = format!("Tuples nested more than {LEVELS_MAX} deep");
        return Err(Some(Fault::new(place, message, "make deeper ones with `tset` while the program runs")));
    }
    if parts > PARTS_MAX {
        let message = format!("a value of more than {PARTS_MAX} parts");
        return Err(Some(Fault::new(place, message, "make larger ones with `tset` while the program runs")));
    }
    let earliest = slots.iter().filter_map(|s| s.earliest).min();
    Ok(Known { value: Value::Tuple(slots.into_iter().map(|s| s.value).collect()), levels, parts, earliest })
}

/// Modulo 2^256, unsigned, as the machine computes.
fn binary(op: &str, a: U256, b: U256, place: Place) -> Result<U256, Stop> {
    let amount = || usize::try_from(b).unwrap_or(usize::MAX);
    Ok(match op {
        "+" => a.wrapping_add(b),
        "-" => a.wrapping_sub(b),
        "*" => a.wrapping_mul(b),
        "/" | "%" if b.is_zero() => {
            return Err(Some(Fault::new(place, "division by zero", "the right-hand side is 0; correct it")));
        }
        "/" => a / b,
        "%" => a % b,
        "&" => a & b,
        "|" => a | b,
        "^" => a ^ b,
        "<<" if amount() < 256 => a << amount(),
        ">>" if amount() < 256 => a >> amount(),
        _ => U256::ZERO,
    })
}

fn precedence(token: &Token) -> Option<u8> {
    if token.kind != Kind::Mark {
        return None;
    }
    Some(match &*token.text {
        "|" => 1,
        "^" => 2,
        "&" => 3,
        "<<" | ">>" => 4,
        "+" | "-" => 5,
        "*" | "/" | "%" => 6,
        _ => return None,
    })
}

/// Walks over the tokens of a line.
pub(super) struct Parser<'t> {
    pub tokens: &'t [Token],
    pub at: usize,
}

const HELP: &str = "a value is a number, text, name, `[value, ..]`, `buffer(..)`, `keccak(..)`, `opcode(..)`, `errcp`, \
                    or Integers joined by + - * / % << >> & | ^ ~ ( )";

impl<'t> Parser<'t> {
    pub(super) fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// The next token but one is a mark.
    pub(super) fn then(&self, mark: &str) -> bool {
        self.tokens.get(self.at + 1).is_some_and(|t| t.is(mark))
    }

    pub(super) fn eat(&mut self, mark: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is(mark));
        self.at += usize::from(found);
        found
    }

    /// A fault at the next token, or behind the last one: `expected WHAT, found ...`.
    pub(super) fn expected(&self, what: &str, help: &str) -> Fault {
        let (place, found) = match (self.peek(), self.tokens.last()) {
            (Some(t), _) => (t.place, t.found()),
            (None, Some(t)) => (Place { column: t.end, ..t.place }, "the end of the line".into()),
            (None, None) => (Place::default(), "the end of the line".into()),
        };
        Fault::new(place, format!("expected {what}, found {found}"), help)
    }

    pub(super) fn expr(&mut self) -> Result<Expr, Fault> {
        let place = self.peek().map_or(Place::default(), |t| t.place);
        let mut nodes = Vec::new();
        self.binary(1, 0, &mut nodes)?;
        Ok(Expr { place, nodes })
    }

    fn binary(&mut self, lowest: u8, depth: usize, out: &mut Vec<(Node, Place)>) -> Result<(), Fault> {
        self.operand(depth, out)?;
        while let Some((token, level)) = self.peek().and_then(|t| Some((t, precedence(t)?))) {
            if level < lowest {
                break;
            }
            self.at += 1;
            self.binary(level + 1, depth, out)?;
            out.push((Node::Binary(token.text.clone()), token.place));
        }
        Ok(())
    }

    fn operand(&mut self, depth: usize, out: &mut Vec<(Node, Place)>) -> Result<(), Fault> {
        let Some(token) = self.peek() else { return Err(self.expected("a value", HELP)) };
        if depth > NESTING {
            let message = format!("value nested more than {NESTING} levels deep");
            return Err(Fault::new(token.place, message, "name a part of it with `.const`"));
        }
        let node = match (&token.kind, &*token.text) {
            (Kind::Number(n), _) => Node::Number(*n),
            (Kind::Text(bytes), _) => Node::Text(bytes.clone()),
            (Kind::Name, "errcp") => Node::ErrorCode,
            (Kind::Name, "buffer" | "keccak") => return self.function(token, out),
            (Kind::Name, "opcode") => return self.opcode(out),
            (Kind::Name, name) if super::names::instruction(name) => return Err(self.expected("a value", HELP)),
            (Kind::Dotted, name) if super::names::reserved(name) => return Err(self.expected("a value", HELP)),
            (Kind::Name | Kind::Dotted | Kind::Path, _) => Node::Name(token.text.clone()),
            (Kind::Mark, "-" | "~") => {
                self.at += 1;
                self.operand(depth + 1, out)?;
                out.push((Node::Unary(token.text.clone()), token.place));
                return Ok(());
            }
            (Kind::Mark, "(") => {
                self.at += 1;
                self.binary(1, depth + 1, out)?;
                if !self.eat(")") {
                    return Err(self.expected("an operator or `)`", "close the parenthesis; Tuples are written `[ ]`"));
                }
                return Ok(());
            }
            (Kind::Mark, "[") => return self.slots(token.place, depth, out),
            _ => return Err(self.expected("a value", HELP)),
        };
        self.at += 1;
        out.push((node, token.place));
        Ok(())
    }

    fn slots(&mut self, place: Place, depth: usize, out: &mut Vec<(Node, Place)>) -> Result<(), Fault> {
        self.at += 1;
        let mut count = 0;
        while !self.eat("]") {
            if count > 0 && !self.eat(",") {
                return Err(self.expected("`,` or `]`", "the slots of a Tuple are separated by `,`"));
            }
            if count == SLOTS_MAX {
                let place = self.peek().map_or(place, |t| t.place);
                let message = format!("a Tuple of more than {SLOTS_MAX} slots");
                return Err(Fault::new(place, message, "put Tuples into its slots"));
            }
            self.binary(1, depth + 1, out)?;
            count += 1;
        }
        out.push((Node::Tuple(count), place));
        Ok(())
    }

    /// `opcode(add)`
    fn opcode(&mut self, out: &mut Vec<(Node, Place)>) -> Result<(), Fault> {
        const HELP: &str = "write the mnemonic of an instruction of the machine: opcode(add)";
        self.at += 1;
        if !self.eat("(") {
            return Err(self.expected("`(`", HELP));
        }
        let Some((token, op)) = self.peek().and_then(|t| Some((t, isa::by_name(&t.text)?))) else {
            return Err(self.expected("an instruction", HELP));
        };
        self.at += 1;
        if !self.eat(")") {
            return Err(self.expected("`)`", HELP));
        }
        out.push((Node::Number(U256::from(op.code)), token.place));
        Ok(())
    }

    /// `buffer("text", x"00ff")`, `keccak(..)`.
    fn function(&mut self, name: &Token, out: &mut Vec<(Node, Place)>) -> Result<(), Fault> {
        const HELP: &str = "write texts and bytes in parentheses: buffer(\"abc\", x\"00ff\")";
        self.at += 1;
        if !self.eat("(") {
            return Err(self.expected("`(`", HELP));
        }
        let mut bytes = Vec::new();
        let mut first = true;
        while !self.eat(")") {
            if !first && !self.eat(",") {
                return Err(self.expected("`,` or `)`", HELP));
            }
            first = false;
            match self.peek() {
                Some(Token { kind: Kind::Text(part), .. }) => bytes.extend_from_slice(part),
                _ => return Err(self.expected("a text or `x\"..\"`", HELP)),
            }
            self.at += 1;
        }
        out.push((if &*name.text == "buffer" { Node::Buffer(bytes) } else { Node::Keccak(bytes) }, name.place));
        Ok(())
    }
}
