// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tokens of one source line.

/// What is wrong at a column of a line; the line is added by whoever knows it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// 1-based, in characters.
    pub column: usize,
    /// What was found and what was expected.
    pub message: String,
    /// The remedy.
    pub help: String,
    /// Line of the definition that there is already, if it is about that.
    pub first: Option<usize>,
}

impl Fault {
    pub(super) fn new(column: usize, message: impl Into<String>, help: impl Into<String>) -> Fault {
        Fault { column, message: message.into(), help: help.into(), first: None }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// `name`
    Name,
    /// `.name`: a directive or a local label.
    Dotted,
    /// `method.name`: a local label seen from elsewhere.
    Path,
    /// A number or a character.
    Number(i128),
    /// A string, its bytes.
    Text(Vec<u8>),
    /// An operator or other punctuation; the token's text tells which.
    Mark,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token<'s> {
    pub kind: Kind,
    /// 1-based, in characters.
    pub column: usize,
    /// The column behind it.
    pub end: usize,
    /// Its first byte in the line.
    pub start: usize,
    /// As written.
    pub text: &'s str,
}

impl Token<'_> {
    pub(super) fn is(&self, mark: &str) -> bool {
        self.kind == Kind::Mark && self.text == mark
    }

    /// How messages show it.
    pub(super) fn found(&self) -> String {
        format!("`{}`", clip(self.text))
    }
}

/// At most 40 characters of what the user wrote, control characters escaped.
pub(super) fn clip(text: &str) -> String {
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
pub(super) fn tokens(line: &str) -> (Vec<Token<'_>>, Option<Fault>) {
    let mut cursor = Cursor { line, at: 0, column: 1 };
    let mut out = Vec::new();
    loop {
        match cursor.token() {
            Ok(Some(token)) => out.push(token),
            Ok(None) => return (out, None),
            Err(fault) => return (out, Some(fault)),
        }
    }
}

const MARKS: [&str; 15] = ["<<", ">>", "+", "-", "*", "/", "%", "&", "|", "^", "~", "(", ")", ",", "="];
const NUMBER_HELP: &str = "write decimal, 0x, 0b or a character such as 'a', with `_` only between digits";
const ESCAPE_HELP: &str = r#"the escapes are \n \t \0 \\ \" \' and \xNN with two hexadecimal digits"#;

struct Cursor<'s> {
    line: &'s str,
    at: usize,
    column: usize,
}

impl<'s> Cursor<'s> {
    fn rest(&self) -> &'s str {
        &self.line[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
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

    fn token(&mut self) -> Result<Option<Token<'s>>, Fault> {
        self.skip_while(char::is_whitespace);
        let (start, column) = (self.at, self.column);
        let Some(first) = self.peek().filter(|c| *c != ';') else { return Ok(None) };
        let second = self.rest().chars().nth(1);
        let kind = match first {
            c if starts_name(c) => self.name(),
            '.' if second.is_some_and(starts_name) => {
                self.bump();
                self.skip_while(continues_name);
                Kind::Dotted
            }
            '0'..='9' => {
                self.skip_while(continues_name);
                Kind::Number(number(&self.line[start..self.at], column)?)
            }
            '\'' => self.character()?,
            '"' => self.text()?,
            ':' => {
                self.bump();
                Kind::Mark
            }
            c => {
                let Some(mark) = MARKS.iter().find(|m| self.rest().starts_with(**m)) else {
                    let shown = clip(c.encode_utf8(&mut [0; 4]));
                    let help = match c {
                        '{' => "`{NAME}` is the counter of a `.repeat` around the line; there is none of this name",
                        _ => "a line is labels, then instructions or a directive, then `;` and a comment",
                    };
                    return Err(Fault::new(column, format!("unexpected character `{shown}`"), help));
                };
                (self.at, self.column) = (self.at + mark.len(), self.column + mark.len());
                Kind::Mark
            }
        };
        Ok(Some(Token { kind, column, end: self.column, start, text: &self.line[start..self.at] }))
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
        let column = self.column;
        let bad = |what: &str| Fault::new(column, what, r"write one character between quotes: 'a', '\n', '\x1b'");
        self.bump();
        let value = match self.peek() {
            None => return Err(bad("character is not closed")),
            Some('\'') => return Err(bad("empty character")),
            Some('\\') => i128::from(self.escape()?),
            Some(c) => {
                self.bump();
                i128::from(u32::from(c))
            }
        };
        match self.bump() {
            Some('\'') => Ok(Kind::Number(value)),
            _ => Err(bad("character is not closed")),
        }
    }

    fn text(&mut self) -> Result<Kind, Fault> {
        let column = self.column;
        let mut bytes = Vec::new();
        self.bump();
        loop {
            match self.peek() {
                None => return Err(Fault::new(column, "string is not closed", "end it with `\"` on the same line")),
                Some('"') => {
                    self.bump();
                    return Ok(Kind::Text(bytes));
                }
                Some('\\') => bytes.push(self.escape()?),
                Some(c) => {
                    bytes.extend(c.encode_utf8(&mut [0; 4]).bytes());
                    self.bump();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<u8, Fault> {
        let (start, column) = (self.at, self.column);
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
            Fault::new(column, format!("unknown escape `{}`", clip(&self.line[start..self.at])), ESCAPE_HELP)
        })
    }
}

fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn number(text: &str, column: usize) -> Result<i128, Fault> {
    let (radix, digits) = match text.get(..2) {
        Some("0x") => (16, &text[2..]),
        Some("0b") => (2, &text[2..]),
        _ => (10, text),
    };
    let between = !digits.is_empty() && !digits.starts_with('_') && !digits.ends_with('_');
    if !between || digits.chars().any(|c| c != '_' && !c.is_digit(radix)) {
        return Err(Fault::new(column, format!("bad number `{}`", clip(text)), NUMBER_HELP));
    }
    let digits = digits.chars().filter_map(|c| c.to_digit(radix));
    let value = digits
        .into_iter()
        .try_fold(0_i128, |sum, d| sum.checked_mul(i128::from(radix)).and_then(|sum| sum.checked_add(i128::from(d))));
    value.ok_or_else(|| {
        Fault::new(column, format!("number `{}` is too large", clip(text)), "the largest number is 2^127 - 1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(line: &str) -> Vec<Kind> {
        let (tokens, fault) = tokens(line);
        assert_eq!(fault, None, "{line}");
        tokens.into_iter().map(|t| t.kind).collect()
    }

    #[test]
    fn numbers_characters_and_strings() {
        let n = Kind::Number;
        assert_eq!(
            kinds("0 1_000 0xff 0b1_01 'a' ';' '\\n' '\\x41' 'é'"),
            [0, 1000, 255, 5, 97, 59, 10, 65, 233].map(n)
        );
        assert_eq!(kinds(r#""a;b\0\"\\\xfF" ; "c"#), [Kind::Text(b"a;b\0\"\\\xff".to_vec())]);
        assert_eq!(kinds("a a.b .c a .b"), [Kind::Name, Kind::Path, Kind::Dotted, Kind::Name, Kind::Dotted]);
    }

    #[test]
    fn columns_count_characters() {
        let (tokens, _) = tokens("\"éé\" x\t<<");
        assert_eq!(tokens.iter().map(|t| t.column).collect::<Vec<_>>(), [1, 6, 8]);
    }

    #[test]
    fn faults_point_at_the_token() {
        for (line, column, message) in [
            (" 0x", 2, "bad number `0x`"),
            ("1_", 1, "bad number `1_`"),
            ("0b12", 1, "bad number `0b12`"),
            ("12ab", 1, "bad number `12ab`"),
            ("0x_1", 1, "bad number `0x_1`"),
            (
                "340282366920938463463374607431768211456",
                1,
                "number `340282366920938463463374607431768211456` is too large",
            ),
            ("a \"b", 3, "string is not closed"),
            ("\"ab\\q\"", 4, "unknown escape `\\q`"),
            ("\"\\x4", 2, "unknown escape `\\x4`"),
            ("''", 1, "empty character"),
            ("'ab'", 1, "character is not closed"),
            ("  $", 3, "unexpected character `$`"),
            (". x", 1, "unexpected character `.`"),
            ("1 <", 3, "unexpected character `<`"),
        ] {
            let fault = tokens(line).1.unwrap_or_else(|| panic!("{line}"));
            assert_eq!((fault.column, fault.message.as_str()), (column, message), "{line}");
            assert!(!fault.help.is_empty());
        }
    }
}
