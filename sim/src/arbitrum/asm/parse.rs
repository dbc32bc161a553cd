// SPDX-License-Identifier: MIT OR Apache-2.0
//! Statements: what the tokens of a line say. Names have no values yet.

use super::super::isa;
use super::Log;
use super::expr::{Expr, Parser};
use super::lexer::{Fault, Kind, Place, Token, clip};
use super::names::{self, nearest, taken};
use std::rc::Rc;

/// What a statement says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    /// `NAME:`, with the label around in front of a local one.
    Label(Rc<str>),
    /// An instruction of the machine.
    Word(u8, Option<Expr>),
    /// `goto`, `cgoto`, `call` or `slot`, the name, and where it stands.
    Shorthand(Rc<str>, Rc<str>, Place),
    /// `.const NAME = VALUE`
    Const(Rc<str>, Expr),
    /// `.static VALUE`
    Static(Expr),
    /// `.slot NAME` or `.slot NAME = VALUE`
    Slot(Rc<str>, Option<Expr>),
}

/// A statement, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Statement {
    pub what: What,
    /// Of the name that it defines, else of its first token.
    pub place: Place,
    /// The label around, for local ones.
    pub scope: Rc<str>,
}

/// The full name of a name in a scope.
pub(super) fn full(scope: &str, name: &Rc<str>) -> Rc<str> {
    if name.starts_with('.') { format!("{scope}{name}").into() } else { name.clone() }
}

/// The statements of all lines; a line with a fault ends there.
pub(super) fn statements(lines: &[Vec<Token>], log: &mut Log) -> Vec<Statement> {
    let mut parse = Parse { scope: "".into(), out: Vec::new() };
    for line in lines {
        if log.full() {
            break;
        }
        let mut parser = Parser { tokens: line, at: 0 };
        while parser.peek().is_some() {
            if let Err(fault) = parse.statement(&mut parser) {
                log.push(fault);
                break;
            }
        }
    }
    parse.out
}

struct Parse {
    scope: Rc<str>,
    out: Vec<Statement>,
}

const CONST_HELP: &str = "write `.const NAME = VALUE`";
const SLOT_HELP: &str = "write `.slot LABEL` or `.slot NAME = VALUE`";

impl Parse {
    fn push(&mut self, what: What, place: Place) {
        self.out.push(Statement { what, place, scope: self.scope.clone() });
    }

    fn statement(&mut self, parser: &mut Parser) -> Result<(), Fault> {
        let Some(token) = parser.peek() else { return Ok(()) };
        match token.kind {
            Kind::Name | Kind::Dotted if parser.then(":") => {
                parser.at += 2;
                self.label(token)
            }
            Kind::Dotted => {
                parser.at += 1;
                self.directive(token, parser)
            }
            Kind::Name => {
                parser.at += 1;
                self.instruction(token, parser)
            }
            _ => Err(parser.expected("an instruction, a directive or a label", "`;` starts a comment")),
        }
    }

    fn label(&mut self, token: &Token) -> Result<(), Fault> {
        if names::reserved(&token.text) {
            return Err(taken(&token.text, token.place));
        }
        let name = full(&self.scope, &token.text);
        if token.kind == Kind::Name {
            self.scope = name.clone();
        }
        self.push(What::Label(name), token.place);
        Ok(())
    }

    fn directive(&mut self, token: &Token, parser: &mut Parser) -> Result<(), Fault> {
        match &*token.text {
            ".op" => {
                let opcode = self.opcode(parser)?;
                let immediate = if parser.eat(",") { Some(parser.expr()?) } else { None };
                self.push(What::Word(opcode, immediate), token.place);
                return Ok(());
            }
            ".const" => {
                let name = defined(parser, CONST_HELP)?;
                if !parser.eat("=") {
                    return Err(parser.expected("`=`", CONST_HELP));
                }
                let value = parser.expr()?;
                self.push(What::Const(name.text.clone(), value), name.place);
            }
            ".static" => {
                let value = parser.expr()?;
                self.push(What::Static(value), token.place);
            }
            ".slot" => {
                let name = match parser.peek() {
                    Some(t) if matches!(t.kind, Kind::Path | Kind::Dotted) => {
                        parser.at += 1;
                        t
                    }
                    _ => defined(parser, SLOT_HELP)?,
                };
                let value = if parser.eat("=") { Some(parser.expr()?) } else { None };
                self.push(What::Slot(full(&self.scope, &name.text), value), name.place);
            }
            ".include" => {
                return Err(Fault::new(token.place, "`.include` in the middle of a line", "give it a line of its own"));
            }
            name => {
                let help = match nearest(name, names::DIRECTIVES) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("directives are {}", names::DIRECTIVES.join(" ")),
                };
                return Err(Fault::new(token.place, format!("unknown directive `{}`", clip(name)), help));
            }
        }
        match parser.peek() {
            None => Ok(()),
            Some(_) => Err(parser.expected("the end of the line", "directives have a line to themselves")),
        }
    }

    fn opcode(&mut self, parser: &mut Parser) -> Result<u8, Fault> {
        let help = "write `.op OPCODE` or `.op OPCODE, IMMEDIATE`; opcodes are 0 to 255";
        match parser.peek() {
            Some(Token { kind: Kind::Number(n), place, .. }) => {
                parser.at += 1;
                u8::try_from(*n).map_err(|_| Fault::new(*place, format!("{n} is no opcode"), help))
            }
            _ => Err(parser.expected("a number", help)),
        }
    }

    fn instruction(&mut self, token: &Token, parser: &mut Parser) -> Result<(), Fault> {
        let name = &*token.text;
        let what = match name {
            "push" => {
                if !value_follows(parser) {
                    let help = "`push VALUE` is `nop VALUE`; a `nop` without a value does nothing";
                    return Err(parser.expected("a value for `push`", help));
                }
                What::Word(isa::code::NOP, Some(parser.expr()?))
            }
            "goto" | "cgoto" | "call" | "slot" => {
                let help = if name == "slot" { "name a `.slot`" } else { "name a label" };
                let Some(target) = parser.peek().filter(|t| names_something(t)) else {
                    return Err(parser.expected(&format!("a name for `{name}`"), help));
                };
                parser.at += 1;
                What::Shorthand(token.text.clone(), full(&self.scope, &target.text), target.place)
            }
            _ => {
                let op = isa::by_name(name).ok_or_else(|| unknown(token))?;
                let immediate = if value_follows(parser) { Some(parser.expr()?) } else { None };
                What::Word(op.code, immediate)
            }
        };
        self.push(what, token.place);
        Ok(())
    }
}

fn unknown(token: &Token) -> Fault {
    let help = match nearest(&token.text, names::instructions()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`avm isa` lists the instructions; `.macro` defines one".into(),
    };
    Fault::new(token.place, format!("unknown instruction {}", token.found()), help)
}

/// A name that may be defined.
fn defined<'t>(parser: &mut Parser<'t>, help: &str) -> Result<&'t Token, Fault> {
    match parser.peek() {
        Some(t) if t.kind == Kind::Name && names::reserved(&t.text) => Err(taken(&t.text, t.place)),
        Some(t) if t.kind == Kind::Name => {
            parser.at += 1;
            Ok(t)
        }
        _ => Err(parser.expected("a name", help)),
    }
}

fn names_something(token: &Token) -> bool {
    matches!(token.kind, Kind::Name | Kind::Dotted | Kind::Path) && !names::reserved(&token.text)
}

/// The next token begins an immediate, not another statement.
fn value_follows(parser: &Parser) -> bool {
    let Some(token) = parser.peek() else { return false };
    match token.kind {
        Kind::Number(_) | Kind::Text(_) | Kind::Path => true,
        Kind::Name => !parser.then(":") && !names::instruction(&token.text),
        Kind::Dotted => !parser.then(":") && !names::reserved(&token.text),
        Kind::Mark => ["-", "~", "(", "["].contains(&&*token.text),
    }
}
