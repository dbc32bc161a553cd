// SPDX-License-Identifier: MIT OR Apache-2.0
//! Statements: what each source line says, before any name has a value.

use super::super::isa::{self, Op, Operand};
use super::expr::{Expr, Parser};
use super::lexer::{Fault, Kind, Token, clip, tokens};
use super::names::{native_help, nearest};
use super::repeat::Line;
use super::{Log, params::FRAME_MAX};

/// A statement and where it stands.
pub(super) struct Statement<'s> {
    /// 1-based.
    pub line: usize,
    /// Of its first token.
    pub column: usize,
    /// The `.method` it belongs to, counted over the file's `.method` lines.
    pub scope: Option<usize>,
    pub body: Body<'s>,
}

/// A name where it is defined.
#[derive(Clone, Copy)]
pub(super) struct Name<'s> {
    pub text: &'s str,
    pub column: usize,
}

/// What follows the name of `.method` and `.entry`.
#[derive(Default)]
pub(super) struct Options<'s> {
    pub public: Option<bool>,
    pub args: Option<Expr<'s>>,
    pub frame: Option<Expr<'s>>,
    pub at: Option<Expr<'s>>,
}

pub(super) enum Item<'s> {
    Text(Vec<u8>),
    Value(Expr<'s>),
}

pub(super) enum Body<'s> {
    Label(Name<'s>),
    Method(Name<'s>, Options<'s>),
    Entry(Name<'s>, Options<'s>),
    /// `.arg` (true) or `.local`, and the bytes.
    Reserve(bool, Name<'s>, Expr<'s>),
    Const(Name<'s>, Expr<'s>),
    /// `.data` (true) or `.code`.
    Area(bool),
    /// Bytes of each value, and the values.
    Values(u8, Vec<Item<'s>>),
    Zero(Expr<'s>),
    Align(Expr<'s>),
    Instruction(&'static Op, Vec<Expr<'s>>),
    /// `const EXPR`
    Shortest(Expr<'s>),
    /// Reported already: the directive it probably is, and the name that it defines.
    Broken(&'s str, Option<Name<'s>>),
}

const DIRECTIVES: [&str; 18] = [
    ".method", ".arg", ".local", ".entry", ".const", ".code", ".data", ".u8", ".u16", ".u32", ".u64", ".bytes",
    ".zero", ".align", ".repeat", ".end", ".include", ".use",
];

/// Parses the lines of a source; faults go to `log`, one per line at most.
pub(super) fn statements<'s>(lines: &'s [Line<'s>], log: &mut Log) -> Vec<Statement<'s>> {
    let mut out = Vec::new();
    let mut methods = 0_usize;
    for text in lines {
        if log.full() {
            break;
        }
        let line = text.number;
        let (tokens, mut lexical) = text.tokens();
        let mut parser = Parser { tokens: &tokens, at: 0 };
        while let [name, colon, ..] = &tokens[parser.at..]
            && colon.is(":")
            && matches!(name.kind, Kind::Name | Kind::Dotted)
        {
            let body = Body::Label(Name { text: name.text, column: name.column });
            out.push(Statement { line, column: name.column, scope: methods.checked_sub(1), body });
            parser.at += 2;
        }
        while let Some(first) = parser.peek() {
            let parsed = match lexical.take() {
                Some(fault) => Err(fault),
                None => statement(&mut parser),
            };
            let body = parsed.unwrap_or_else(|fault| {
                parser.at = tokens.len();
                log.push(line, fault);
                broken(first, &tokens)
            });
            methods += usize::from(matches!(body, Body::Method(..) | Body::Broken(".method", _)));
            out.push(Statement { line, column: first.column, scope: methods.checked_sub(1), body });
        }
        lexical.into_iter().for_each(|fault| log.push(line, fault));
    }
    out
}

/// The text of a line, cut in front of the instructions that follow the first; without its comment.
pub(super) fn cut(line: &str) -> Vec<&str> {
    let (tokens, lexical) = tokens(line);
    let mut parser = Parser { tokens: &tokens, at: 0 };
    while parser.tokens.get(parser.at + 1).is_some_and(|t| t.is(":")) {
        parser.at += 2;
    }
    let mut starts = vec![0];
    while statement(&mut parser).is_ok()
        && let Some(next) = parser.peek()
    {
        starts.push(next.start);
    }
    let end = tokens.last().filter(|_| lexical.is_none()).map_or(line.len(), |t| t.start + t.text.len());
    let ends = starts[1..].iter().copied().chain([end]);
    starts.iter().zip(ends).map(|(start, end)| line[*start..end].trim_end()).collect()
}

/// What a faulty line defines all the same, so that its uses are not reported as well.
fn broken<'s>(first: &Token<'s>, tokens: &[Token<'s>]) -> Body<'s> {
    let meant = match first.kind {
        Kind::Dotted => nearest(first.text, DIRECTIVES).unwrap_or(first.text),
        _ => "",
    };
    let mut after = tokens.iter().skip_while(|t| t.column <= first.column);
    let name = after.next().filter(|t| first.kind == Kind::Dotted && t.kind == Kind::Name);
    Body::Broken(meant, name.map(|t| Name { text: t.text, column: t.column }))
}

fn statement<'s>(parser: &mut Parser<'_, 's>) -> Result<Body<'s>, Fault> {
    let Some(first) = parser.next() else { return Err(parser.expected("a statement", "")) };
    let body = match first.kind {
        Kind::Dotted => directive(first, parser)?,
        Kind::Name => return instruction(first, parser),
        Kind::Path => {
            let help = "define it as `.NAME:` inside its method; `METHOD.NAME` is for use elsewhere";
            return Err(Fault::new(first.column, format!("{} cannot start a line", first.found()), help));
        }
        _ => {
            parser.at -= 1;
            let help = "a line is labels, then instructions or a directive, then `;` and a comment";
            return Err(parser.expected("an instruction, a directive or a label", help));
        }
    };
    match parser.peek() {
        None => Ok(body),
        Some(_) => {
            let help = "only instructions may share a line; `;` starts a comment";
            Err(parser.expected("the end of the line", help))
        }
    }
}

fn instruction<'s>(first: &Token<'s>, parser: &mut Parser<'_, 's>) -> Result<Body<'s>, Fault> {
    let (name, op) = (first.text, isa::by_name(first.text));
    if op.is_none() && name != "const" {
        let help = match nearest_instruction(name) {
            Some(near) => format!("did you mean `{near}`?"),
            None if parser.peek().is_none() => "`avm isa algorand` lists the instructions; a label ends in `:`".into(),
            None => "`avm isa algorand` lists the instructions".into(),
        };
        return Err(Fault::new(first.column, format!("unknown instruction {}", first.found()), help));
    }
    let what: &[&str] = match op.map(|o| o.operand) {
        Some(Operand::None) => &[],
        Some(Operand::Local) => &["a local's name or frame offset"],
        Some(Operand::Const) => &["an offset in the constant area"],
        Some(Operand::Target) => &["a label or code offset"],
        Some(Operand::Method) => &["a method's name or index"],
        Some(Operand::Native) => &["a native method's name or number"],
        Some(Operand::Switch) => &["the table's offset", "its entry count"],
        Some(Operand::Imm(_)) | None => &["a value"],
    };
    let mut operands = Vec::new();
    for _ in what {
        if !operands.is_empty() && !parser.eat(",") && parser.peek().is_some() {
            return Err(parser.expected("`,`", &format!("write `{name} {}`", what.join(", "))));
        }
        if parser.peek().is_none() {
            let (count, s) = (what.len(), if what.len() == 1 { "" } else { "s" });
            let message = format!("`{name}` takes {count} operand{s}, found {}", operands.len());
            let mut help = format!("write after it {}", what.join(", then "));
            if op.is_some_and(|o| o.operand == Operand::Native) {
                help = format!("{help}; {}", native_help());
            }
            return Err(Fault::new(first.column, message, help));
        }
        operands.push(parser.expr()?);
    }
    if let Some(extra) = parser.peek().filter(|t| !is_instruction(t)) {
        let message = match what.len() {
            0 => format!("`{name}` takes no operand, found {}", extra.found()),
            1 => format!("`{name}` takes 1 operand, found {} after it", extra.found()),
            n => format!("`{name}` takes {n} operands, found {} after them", extra.found()),
        };
        let near = nearest_instruction(extra.text).filter(|_| extra.kind == Kind::Name);
        let help = near.map_or("remove it; `;` starts a comment".into(), |n| format!("did you mean `{n}`?"));
        return Err(Fault::new(extra.column, message, help));
    }
    Ok(match (op, operands.pop()) {
        (None, Some(value)) => Body::Shortest(value),
        (Some(op), last) => Body::Instruction(op, operands.into_iter().chain(last).collect()),
        (None, None) => return Err(parser.expected("a value", "write the value after `const`")),
    })
}

/// Another instruction may follow in the same line: no operand goes on with a name.
fn is_instruction(token: &Token) -> bool {
    token.kind == Kind::Name && (token.text == "const" || isa::by_name(token.text).is_some())
}

fn nearest_instruction(name: &str) -> Option<&'static str> {
    nearest(name, isa::OPS.iter().map(|o| o.name).chain(["const"]))
}

fn directive<'s>(first: &Token<'s>, parser: &mut Parser<'_, 's>) -> Result<Body<'s>, Fault> {
    let name = |parser: &mut Parser<'_, 's>, help: &str| {
        let token = parser.name("a name", help)?;
        Ok(Name { text: token.text, column: token.column })
    };
    Ok(match first.text {
        ".method" => {
            let name = name(parser, "write `.method NAME [public|private] [args=N] [frame=N]`")?;
            Body::Method(name, options(parser, false)?)
        }
        ".entry" => entry(name(parser, ENTRY_HELP)?, parser)?,
        ".arg" | ".local" => {
            let help = format!("write `{} NAME BYTES`, with 1 to {FRAME_MAX} bytes", first.text);
            let name = name(parser, &help)?;
            if parser.peek().is_none() {
                return Err(parser.expected("a number of bytes", &help));
            }
            Body::Reserve(first.text == ".arg", name, parser.expr()?)
        }
        ".const" => {
            let help = "write `.const NAME = EXPR`";
            let path = parser.peek().filter(|t| t.kind == Kind::Path);
            let name = match path {
                Some(token) => {
                    parser.at += 1;
                    Name { text: token.text, column: token.column }
                }
                None => name(parser, help)?,
            };
            if !parser.eat("=") {
                return Err(parser.expected("`=`", help));
            }
            Body::Const(name, parser.expr()?)
        }
        ".code" | ".data" => Body::Area(first.text == ".data"),
        ".u8" | ".u16" | ".u32" | ".u64" => {
            let bits: u8 = first.text[2..].parse().unwrap_or(8);
            Body::Values(bits / 8, items(parser, false)?)
        }
        ".bytes" => Body::Values(1, items(parser, true)?),
        ".zero" => Body::Zero(parser.expr()?),
        ".align" => Body::Align(parser.expr()?),
        ".repeat" | ".end" | ".include" | ".use" => {
            let message = format!("{} in the middle of a line", first.found());
            return Err(Fault::new(first.column, message, "put it into a line of its own"));
        }
        other => {
            let help = match nearest(other, DIRECTIVES) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the directives are {}; a local label ends in `:`", DIRECTIVES.join(" ")),
            };
            return Err(Fault::new(first.column, format!("unknown directive `{}`", clip(other)), help));
        }
    })
}

const ENTRY_HELP: &str = "write `.entry NAME public|private args=N frame=N at=EXPR`";

fn entry<'s>(name: Name<'s>, parser: &mut Parser<'_, 's>) -> Result<Body<'s>, Fault> {
    let options = options(parser, true)?;
    let missing = [
        ("`public` or `private`", options.public.is_none()),
        ("`args=`", options.args.is_none()),
        ("`frame=`", options.frame.is_none()),
        ("`at=`", options.at.is_none()),
    ];
    match missing.iter().find(|m| m.1) {
        Some((what, _)) => Err(parser.expected(what, ENTRY_HELP)),
        None => Ok(Body::Entry(name, options)),
    }
}

fn options<'s>(parser: &mut Parser<'_, 's>, entry: bool) -> Result<Options<'s>, Fault> {
    let mut out = Options::default();
    let what = if entry {
        "`public`, `private`, `args=`, `frame=` or `at=`"
    } else {
        "`public`, `private`, `args=` or `frame=`"
    };
    while let Some(token) = parser.peek() {
        let twice = |given: bool| match given {
            false => Ok(()),
            true => {
                Err(Fault::new(token.column, format!("{} is given a second time", token.found()), "remove one of them"))
            }
        };
        if token.kind != Kind::Name {
            return Err(parser.expected(what, "options are separated by spaces"));
        }
        let slot = match token.text {
            "public" | "private" => {
                twice(out.public.is_some())?;
                out.public = Some(token.text == "public");
                parser.at += 1;
                continue;
            }
            "args" => &mut out.args,
            "frame" => &mut out.frame,
            "at" if entry => &mut out.at,
            other => {
                let near = nearest(other, ["public", "private", "args=", "frame="]);
                let help =
                    near.map_or("an access word is `public` or `private`".into(), |n| format!("did you mean `{n}`?"));
                return Err(parser.expected(what, &help));
            }
        };
        twice(slot.is_some())?;
        parser.at += 1;
        if !parser.eat("=") {
            return Err(parser.expected("`=`", &format!("write `{}=N`", token.text)));
        }
        *slot = Some(parser.expr()?);
    }
    Ok(out)
}

fn items<'s>(parser: &mut Parser<'_, 's>, text: bool) -> Result<Vec<Item<'s>>, Fault> {
    let mut out = Vec::new();
    loop {
        out.push(match parser.peek() {
            Some(Token { kind: Kind::Text(bytes), .. }) if text => {
                parser.at += 1;
                Item::Text(bytes.clone())
            }
            Some(Token { kind: Kind::Text(_), .. }) => {
                return Err(parser.expected("an expression", "write text with `.bytes`"));
            }
            _ => Item::Value(parser.expr()?),
        });
        if !parser.eat(",") {
            return Ok(out);
        }
    }
}
