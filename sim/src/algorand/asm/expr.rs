// SPDX-License-Identifier: MIT OR Apache-2.0
//! Expressions: parsed to postfix form, so that neither evaluating nor dropping one recurses
//! however long it is. Only parentheses and unary operators nest, up to [`NESTING`].

use super::lexer::{Fault, Kind, Token};

/// Deepest nesting of parentheses and unary operators.
pub(super) const NESTING: usize = 64;

/// A reference to a name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Term {
    /// Its value.
    Value,
    /// `index(NAME)`
    Index,
    /// `sizeof(NAME)`
    Sizeof,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Node<'s> {
    Number(i128),
    Name(Term, &'s str),
    Unary(&'s str),
    Binary(&'s str),
}

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expr<'s> {
    /// Of its first token.
    pub column: usize,
    nodes: Vec<(Node<'s>, usize)>,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stop {
    /// An error to report.
    Fault(Fault),
    /// A name whose value is not known yet, its column, and the definition's line.
    NotYet(String, usize),
    /// A name whose definition was reported already.
    Poisoned,
}

impl<'s> Expr<'s> {
    /// The names in it, and what of each is meant.
    pub(super) fn names(&self) -> impl Iterator<Item = (Term, &'s str)> + '_ {
        self.nodes.iter().filter_map(|(node, _)| match node {
            Node::Name(term, name) => Some((*term, *name)),
            _ => None,
        })
    }

    /// The name, if it is nothing else.
    pub(super) fn only_name(&self) -> Option<&'s str> {
        match self.nodes[..] {
            [(Node::Name(Term::Value, name), _)] => Some(name),
            _ => None,
        }
    }

    /// The value; `lookup` gives that of a reference at a column.
    pub(super) fn eval(
        &self,
        mut lookup: impl FnMut(Term, &'s str, usize) -> Result<i128, Stop>,
    ) -> Result<i128, Stop> {
        let mut stack = Vec::new();
        for &(node, column) in &self.nodes {
            let value = match node {
                Node::Number(n) => n,
                Node::Name(term, name) => lookup(term, name, column)?,
                Node::Unary(op) => {
                    let a: i128 = stack.pop().unwrap_or(0);
                    if op == "~" { !a } else { a.checked_neg().ok_or_else(|| overflow(column))? }
                }
                Node::Binary(op) => {
                    let b = stack.pop().unwrap_or(0);
                    let a = stack.pop().unwrap_or(0);
                    binary(op, a, b, column)?
                }
            };
            stack.push(value);
        }
        Ok(stack.pop().unwrap_or(0))
    }
}

fn overflow(column: usize) -> Stop {
    let help = "expressions are 128-bit signed while they are evaluated; use smaller values";
    Stop::Fault(Fault::new(column, "the result does not fit 128 bits", help))
}

fn binary(op: &str, a: i128, b: i128, column: usize) -> Result<i128, Stop> {
    let result = match op {
        "+" => a.checked_add(b),
        "-" => a.checked_sub(b),
        "*" => a.checked_mul(b),
        "/" | "%" if b == 0 => {
            let fault = Fault::new(column, "division by zero", "the right-hand side is 0; correct it");
            return Err(Stop::Fault(fault));
        }
        "/" => a.checked_div(b),
        "%" => Some(a.checked_rem(b).unwrap_or(0)),
        "&" => Some(a & b),
        "|" => Some(a | b),
        "^" => Some(a ^ b),
        _ => {
            let Ok(amount @ 0..128) = u32::try_from(b) else {
                let fault = Fault::new(column, format!("shift by {b}"), "shift amounts are 0 to 127");
                return Err(Stop::Fault(fault));
            };
            if op == ">>" { Some(a >> amount) } else { Some(a << amount).filter(|r| r >> amount == a) }
        }
    };
    result.ok_or_else(|| overflow(column))
}

fn precedence(token: &Token) -> Option<u8> {
    if token.kind != Kind::Mark {
        return None;
    }
    Some(match token.text {
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
pub(super) struct Parser<'t, 's> {
    pub tokens: &'t [Token<'s>],
    pub at: usize,
}

impl<'t, 's> Parser<'t, 's> {
    pub(super) fn peek(&self) -> Option<&'t Token<'s>> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<&'t Token<'s>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    pub(super) fn eat(&mut self, mark: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.is(mark));
        self.at += usize::from(found);
        found
    }

    /// A fault at the next token, or behind the last one: `expected WHAT, found ...`.
    pub(super) fn expected(&self, what: &str, help: &str) -> Fault {
        let (column, found) = match (self.peek(), self.tokens.last()) {
            (Some(t), _) => (t.column, t.found()),
            (None, Some(t)) => (t.end, "the end of the line".into()),
            (None, None) => (1, "the end of the line".into()),
        };
        Fault::new(column, format!("expected {what}, found {found}"), help)
    }

    /// A plain name.
    pub(super) fn name(&mut self, what: &str, help: &str) -> Result<&'t Token<'s>, Fault> {
        match self.peek() {
            Some(t) if t.kind == Kind::Name => {
                self.at += 1;
                Ok(t)
            }
            _ => Err(self.expected(what, help)),
        }
    }

    pub(super) fn expr(&mut self) -> Result<Expr<'s>, Fault> {
        let column = self.peek().map_or(0, |t| t.column);
        let mut nodes = Vec::new();
        self.binary(1, 0, &mut nodes)?;
        Ok(Expr { column, nodes })
    }

    fn binary(&mut self, lowest: u8, depth: usize, out: &mut Vec<(Node<'s>, usize)>) -> Result<(), Fault> {
        self.operand(depth, out)?;
        while let Some((token, level)) = self.peek().and_then(|t| Some((t, precedence(t)?))) {
            if level < lowest {
                break;
            }
            self.at += 1;
            self.binary(level + 1, depth, out)?;
            out.push((Node::Binary(token.text), token.column));
        }
        Ok(())
    }

    fn operand(&mut self, depth: usize, out: &mut Vec<(Node<'s>, usize)>) -> Result<(), Fault> {
        const HELP: &str = "an expression is numbers and names joined by + - * / % << >> & | ^ ~ ( )";
        let Some(token) = self.peek() else { return Err(self.expected("an expression", HELP)) };
        if depth > NESTING {
            let message = format!("expression nested more than {NESTING} levels deep");
            return Err(Fault::new(token.column, message, "name a part of it with `.const`"));
        }
        let node = match (&token.kind, token.text) {
            (Kind::Number(n), _) => Node::Number(*n),
            (Kind::Name, "index" | "sizeof") if self.tokens.get(self.at + 1).is_some_and(|t| t.is("(")) => {
                return self.function(token.text, out);
            }
            (Kind::Name | Kind::Dotted | Kind::Path, name) => Node::Name(Term::Value, name),
            (Kind::Mark, "-" | "~") => {
                self.at += 1;
                self.operand(depth + 1, out)?;
                out.push((Node::Unary(token.text), token.column));
                return Ok(());
            }
            (Kind::Mark, "(") => {
                self.at += 1;
                self.binary(1, depth + 1, out)?;
                if !self.eat(")") {
                    let help = format!("close the parenthesis of column {}", token.column);
                    return Err(self.expected("an operator or `)`", &help));
                }
                return Ok(());
            }
            _ => return Err(self.expected("an expression", HELP)),
        };
        self.at += 1;
        out.push((node, token.column));
        Ok(())
    }

    fn function(&mut self, function: &str, out: &mut Vec<(Node<'s>, usize)>) -> Result<(), Fault> {
        let (term, what, help) = match function {
            "index" => (Term::Index, "a method's name", "write `index(NAME)`"),
            _ => (Term::Sizeof, "the name of a local or argument", "write `sizeof(NAME)`"),
        };
        self.at += 2;
        let name = self.name(what, help)?;
        if !self.eat(")") {
            return Err(self.expected("`)`", help));
        }
        out.push((Node::Name(term, name.text), name.column));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::lexer::tokens;
    use super::*;

    fn value(text: &str) -> Result<i128, Fault> {
        let (tokens, _) = tokens(text);
        let mut parser = Parser { tokens: &tokens, at: 0 };
        let expr = parser.expr()?;
        assert_eq!(parser.at, tokens.len(), "{text}");
        expr.eval(|_, _, _| Ok(7)).map_err(|stop| match stop {
            Stop::Fault(fault) => fault,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn precedence_is_that_of_c() {
        for (text, expected) in [
            ("1 + 2 * 3", 7),
            ("(1 + 2) * 3", 9),
            ("10 - 4 - 3", 3),
            ("1 << 2 + 1", 8),
            ("6 & 3 | 8 ^ 1", 11),
            ("-7 / 2", -3),
            ("-7 % 3", -1),
            ("~-1", 0),
            ("-a.b + x", 0),
            ("-8 >> 1", -4),
            ("1 << 126", 1 << 126),
        ] {
            assert_eq!(value(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn nothing_overflows_silently() {
        let max = i128::MAX.to_string();
        for text in
            [format!("{max}+1"), format!("-{max}-2"), format!("{max}*2"), "1<<127".into(), format!("-(-{max}-1)")]
        {
            assert_eq!(value(&text).unwrap_err().message, "the result does not fit 128 bits", "{text}");
        }
        assert_eq!(value(&format!("(-{max}-1) % -1")), Ok(0));
        assert_eq!(value("1 / (3 - 3)").unwrap_err().column, 3);
        assert_eq!(value("1 << 128").unwrap_err().message, "shift by 128");
        assert_eq!(value("1 >> -1").unwrap_err().message, "shift by -1");
    }

    #[test]
    fn long_is_fine_and_deep_is_refused() {
        assert_eq!(value(&format!("0{}", " + 1".repeat(100_000))), Ok(100_000));
        let deep = |n: usize| format!("{}1{}", "(".repeat(n), ")".repeat(n));
        assert_eq!(value(&deep(NESTING)), Ok(1));
        assert_eq!(value(&deep(NESTING + 1)).unwrap_err().column, NESTING + 2);
        assert!(value(&"-".repeat(100_000)).is_err());
    }

    #[test]
    fn faults_point_behind_the_last_token() {
        assert_eq!(value("1 +").unwrap_err().column, 4);
        assert_eq!(value("(1 + 2").unwrap_err().column, 7);
        assert_eq!(value("1 + )").unwrap_err().column, 5);
        assert_eq!(value("index(3)").unwrap_err().column, 7);
    }
}
