// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens of one source line. What they mean is not known here.

use ruint::aliases::U256;
use std::rc::Rc;

/// Where a token stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Of all lines that were read, included ones too, from 0.
    pub line: u32,
    /// 1-based, in characters.
    pub column: u32,
    /// The macro call that put it here, 0 for none.
    pub via: u32,
}

/// What is wrong at a place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub place: Place,
    /// What was found and what was expected.
    pub message: String,
    /// The remedy.
    pub help: String,
    /// Of the definition that there is already, if it is about that.
    pub first: Option<Place>,
}

impl Fault {
    pub(super) fn new(place: Place, message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { place, message: message.into(), help: help.into(), first: None }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// `name`
    Name,
    /// `.name`: a directive or a local label.
    Dotted,
    /// `label.name`: a local label seen from elsewhere.
    Path,
    /// A number or a character.
    Number(U256),
    /// A text or hexadecimal bytes: `"text"`, `x"00ff"`.
    Text(Rc<[u8]>),
    /// An operator or other punctuation; the token's text tells which.
    Mark,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub place: Place,
    /// The column behind it.
    pub end: u32,
    /// As written.
    pub text: Rc<str>,
}

impl Token {
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && &*self.text == mark
    }

    pub(super) fn dotted(&self, name: &str) -> bool {
        self.kind == Kind::Dotted && &*self.text == name
    }

    /// How messages show it.
    pub(super) fn found(&self) -> String {
        format!("`{}`", clip(&self.text))
    }
}

/// At most 40 characters of what the user wrote, control characters escaped; without the numbers of macro calls.
pub(super) fn clip(text: &str) -> String {
    let text = text.split('~').next().filter(|t| !t.is_empty()).unwrap_or(text);
    let mut out: String = text
        .chars()
        .take(40)
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .collect();
    if text.chars().nth(40).is_some() {
        out.push_str("...");
    }
    out
}

/// The tokens of a line up to its comment, or up to the fault.
pub(super) fn tokens(text: &str, line: u32) -> (Vec<Token>, Option<Fault>) {
    let mut cursor = Cursor { text, line, at: 0, column: 1 };
    let mut out = Vec::new();
    loop {
        match cursor.token() {
            Ok(Some(token)) => out.push(token),
            Ok(None) => return (out, None),
            Err(fault) => return (out, Some(fault)),
        }
    }
}

const MARKS: [&str; 18] = ["<<", ">>", "+", "-", "*", "/", "%", "&", "|", "^", "~", "(", ")", "[", "]", ",", "=", ":"];
const NUMBER_HELP: &str = "write decimal, 0x, 0b or a character such as 'a', with `_` only between digits";
const ESCAPE_HELP: &str = r#"the escapes are \n \t \0 \\ \" \' and \xNN with two hexadecimal digits"#;

struct Cursor<'s> {
    text: &'s str,
    line: u32,
    at: usize,
    column: u32,
}

impl Cursor<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn place(&self) -> Place {
        Place { line: self.line, column: self.column, via: 0 }
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        self.column += 1;
        Some(c)
    }

    fn skip_while(&mut self, wanted: impl Fn(char) -> bool) {
        while self.peek().is_some_and(&wanted) {
            self.bump();
        }
    }

    fn token(&mut self) -> Result<Option<Token>, Fault> {
        self.skip_while(char::is_whitespace);
        let (start, place) = (self.at, self.place());
        let Some(first) = self.peek().filter(|c| *c != ';') else { return Ok(None) };
        let second = self.rest().chars().nth(1);
        let kind = match first {
            'x' if second == Some('"') => {
                self.bump();
                self.hexadecimal()?
            }
            c if starts_name(c) => self.name(),
            '.' if second.is_some_and(starts_name) => {
                self.bump();
                self.skip_while(continues_name);
                Kind::Dotted
            }
            '0'..='9' => {
                self.skip_while(continues_name);
                Kind::Number(number(&self.text[start..self.at], place)?)
            }
            '\'' => self.character()?,
            '"' => self.string()?,
            c => {
                let Some(mark) = MARKS.iter().find(|m| self.rest().starts_with(**m)) else {
                    let shown = clip(c.encode_utf8(&mut [0; 4]));
                    let help = "a line is labels, instructions or a directive, then `;` and a comment";
                    return Err(Fault::new(place, format!("unexpected character `{shown}`"), help));
                };
                self.at += mark.len();
                self.column += mark.len() as u32;
                Kind::Mark
            }
        };
        Ok(Some(Token { kind, place, end: self.column, text: self.text[start..self.at].into() }))
    }

    fn name(&mut self) -> Kind {
        self.skip_while(continues_name);
        let mut ahead = self.rest().chars();
        if ahead.next() == Some('.') && ahead.next().is_some_and(starts_name) {
            self.bump();
            self.skip_while(continues_name);
            return Kind::Path;
        }
        Kind::Name
    }

    fn character(&mut self) -> Result<Kind, Fault> {
        let place = self.place();
        let bad = |what: &str| Fault::new(place, what, r"write one character between quotes: 'a', '\n', '\x1b'");
        self.bump();
        let value = match self.peek() {
            None => return Err(bad("character is not closed")),
            Some('\'') => return Err(bad("empty character")),
            Some('\\') => u32::from(self.escape()?),
            Some(c) => {
                self.bump();
                u32::from(c)
            }
        };
        match self.bump() {
            Some('\'') => Ok(Kind::Number(U256::from(value))),
            _ => Err(bad("character is not closed")),
        }
    }

    fn string(&mut self) -> Result<Kind, Fault> {
        let place = self.place();
        let mut bytes = Vec::new();
        self.bump();
        loop {
            match self.peek() {
                None => return Err(Fault::new(place, "string is not closed", "end it with `\"` on the same line")),
                Some('"') => {
                    self.bump();
                    return Ok(Kind::Text(bytes.into()));
                }
                Some('\\') => bytes.push(self.escape()?),
                Some(c) => {
                    bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                    self.bump();
                }
            }
        }
    }

    fn hexadecimal(&mut self) -> Result<Kind, Fault> {
        let place = self.place();
        let bad = |what: &str| {
            Fault::new(place, what, "write pairs of hexadecimal digits: x\"00ff\", with `_` or spaces between pairs")
        };
        self.bump();
        let (mut bytes, mut high) = (Vec::new(), None);
        loop {
            let c = self.bump();
            let digit = c.and_then(|c| c.to_digit(16)).map(|d| d as u8);
            match (c, digit, high) {
                (_, Some(d), None) => high = Some(d),
                (_, Some(d), Some(h)) => {
                    bytes.push(h << 4 | d);
                    high = None;
                }
                (Some('"'), None, None) => return Ok(Kind::Text(bytes.into())),
                (Some('"'), None, Some(_)) => return Err(bad("an odd number of hexadecimal digits")),
                (Some('_' | ' '), None, None) => {}
                (Some(_), None, _) => return Err(bad("these bytes are not hexadecimal")),
                (None, ..) => return Err(bad("string is not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<u8, Fault> {
        let (start, place) = (self.at, self.place());
        self.bump();
        let value = match self.bump() {
            Some('n') => Some(b'\n'),
            Some('t') => Some(b'\t'),
            Some('0') => Some(0),
            Some(c @ ('\\' | '"' | '\'')) => Some(c as u8),
            Some('x') => {
                let mut digit = || {
                    let value = self.peek().and_then(|c| c.to_digit(16))?;
                    self.bump();
                    Some(value as u8)
                };
                digit().and_then(|high| Some(high << 4 | digit()?))
            }
            _ => None,
        };
        value.ok_or_else(|| {
            Fault::new(place, format!("unknown escape `{}`", clip(&self.text[start..self.at])), ESCAPE_HELP)
        })
    }
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn number(text: &str, place: Place) -> Result<U256, Fault> {
    let (radix, digits) = match text.get(..2) {
        Some("0x") => (16, &text[2..]),
        Some("0b") => (2, &text[2..]),
        _ => (10, text),
    };
    let between = !digits.is_empty() && !digits.starts_with('_') && !digits.ends_with('_');
    if !between || digits.chars().any(|c| c != '_' && !c.is_digit(radix)) {
        return Err(Fault::new(place, format!("bad number `{}`", clip(text)), NUMBER_HELP));
    }
    let digits = digits.chars().filter_map(|c| c.to_digit(radix));
    let value = digits.into_iter().try_fold(U256::ZERO, |sum, digit| {
        sum.checked_mul(U256::from(radix)).and_then(|sum| sum.checked_add(U256::from(digit)))
    });
    value.ok_or_else(|| {
        let help = "Integers have 256 bits: at most 64 hexadecimal digits; longer bytes go into `buffer(x\"..\")`";
        Fault::new(place, format!("number `{}` is too long", clip(text)), help)
    })
}
