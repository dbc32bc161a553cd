// SPDX-License-Identifier: MIT OR Apache-2.0
//! Names: what each stands for, and which one was probably meant.

use super::super::natives;
use super::expr::{Expr, Stop, Term};
use super::lexer::{Fault, clip};
use std::collections::HashMap;

/// The value of a name, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value {
    Known(i128),
    NotYet,
    /// Its definition was reported already.
    Poisoned,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    Constant,
    Label,
    /// With its index.
    Method(i128),
}

/// A constant, label or method.
pub(super) struct Global {
    /// Of its definition.
    pub line: usize,
    pub what: What,
    /// Of a method and of a label in code: the code offset.
    pub value: Value,
}

/// An argument or a local.
pub(super) struct Local {
    /// Of its definition.
    pub line: usize,
    pub column: usize,
    pub arg: bool,
    pub offset: Value,
    pub bytes: Value,
}

/// A method's own names.
#[derive(Default)]
pub(super) struct Scope<'s> {
    /// In front of its local labels.
    pub name: String,
    pub locals: HashMap<&'s str, Local>,
}

/// What a name stands for where it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Use {
    /// Locals mean nothing here; a method is its code offset.
    Plain,
    /// A local is its frame offset.
    Frame,
    /// A method is its index.
    Method,
    /// A native method's name is its number, whatever else has that name.
    Native,
}

/// Where a name is used.
#[derive(Clone, Copy)]
pub(super) struct Site {
    pub scope: Option<usize>,
    pub usage: Use,
    pub line: usize,
    /// Constants of later lines may be named.
    pub constants_below: bool,
}

#[derive(Default)]
pub(super) struct Names<'s> {
    pub globals: HashMap<String, Global>,
    pub scopes: Vec<Scope<'s>>,
}

impl<'s> Names<'s> {
    pub(super) fn scope(&self, scope: Option<usize>) -> Option<&Scope<'s>> {
        self.scopes.get(scope?)
    }

    /// The full name of a label, `.loop` being `method.loop`; `None` outside methods.
    pub(super) fn full(&self, scope: Option<usize>, label: &str) -> Option<String> {
        match label.starts_with('.') {
            true => Some(format!("{}{label}", self.scope(scope)?.name)),
            false => Some(label.into()),
        }
    }

    /// Enters a name; a second definition is a fault and leaves the first.
    pub(super) fn define(&mut self, name: String, column: usize, global: Global) -> Result<(), Fault> {
        if let Some(first) = self.globals.get(&name) {
            return Err(duplicate(&name, column, first.line));
        }
        self.globals.insert(name, global);
        Ok(())
    }

    /// Gives the definition in a line its value; a second definition's is ignored.
    pub(super) fn set(&mut self, name: &str, line: usize, value: Value) {
        if let Some(global) = self.globals.get_mut(name).filter(|g| g.line == line) {
            global.value = value;
        }
    }

    /// The value of an expression.
    pub(super) fn value(&self, site: Site, expr: &Expr<'s>) -> Result<i128, Stop> {
        expr.eval(|term, name, column| self.lookup(site, term, name, column))
    }

    /// The value of an expression, if it is one of `low..=high`.
    pub(super) fn within(
        &self,
        site: Site,
        expr: &Expr<'s>,
        (low, high): (i128, i128),
        what: &str,
        help: &str,
    ) -> Result<i128, Stop> {
        let value = self.value(site, expr)?;
        if (low..=high).contains(&value) {
            return Ok(value);
        }
        Err(Stop::Fault(Fault::new(expr.column, format!("{value} does not fit {what}: {low} to {high}"), help)))
    }

    fn lookup(&self, site: Site, term: Term, name: &str, column: usize) -> Result<i128, Stop> {
        if let (Use::Native, Term::Value, Some(number)) = (site.usage, term, natives::by_name(name)) {
            return Ok(number.into());
        }
        let local = self.scope(site.scope).and_then(|s| s.locals.get(name));
        let global = || self.globals.get(&self.full(site.scope, name)?);
        let fault = |message: String, help: &str| Err(Stop::Fault(Fault::new(column, message, help)));
        let value = match (term, local) {
            (Term::Sizeof, Some(local)) => local.bytes,
            (Term::Value, Some(local)) if site.usage == Use::Frame => local.offset,
            (Term::Sizeof, None) if global().is_some() => {
                let message = format!("`{}` is not a local or argument of this method", clip(name));
                return fault(message, "`sizeof` gives the bytes of a `.arg` or `.local`");
            }
            _ => match (global(), local) {
                (Some(Global { what: What::Constant, line, .. }), _) if !site.constants_below && *line >= site.line => {
                    Value::NotYet
                }
                (Some(Global { what: What::Method(index), value, .. }), _) => match (term, site.usage) {
                    (Term::Index, _) | (_, Use::Method) => Value::Known(*index),
                    _ => *value,
                },
                (Some(_), _) if term == Term::Index => {
                    return fault(format!("`{}` is not a method", clip(name)), "`index` gives a method's index");
                }
                (Some(global), _) => global.value,
                (None, Some(_)) => {
                    let help = "its name stands for its frame offset in operands of load, store and const only";
                    return fault(format!("`{}` is a local", clip(name)), help);
                }
                (None, None) if site.usage == Use::Native => {
                    return fault(format!("unknown native method `{}`", clip(name)), &native_help());
                }
                (None, None) => return Err(Stop::Fault(self.unknown(site.scope, name, column))),
            },
        };
        match value {
            Value::Known(value) => Ok(value),
            Value::NotYet => Err(Stop::NotYet(name.into(), column)),
            Value::Poisoned => Err(Stop::Poisoned),
        }
    }

    /// The fault for a name that nothing defines.
    pub(super) fn unknown(&self, scope: Option<usize>, name: &str, column: usize) -> Fault {
        let scope = self.scope(scope);
        let message = format!("unknown name `{}`", clip(name));
        if scope.is_none() && name.starts_with('.') {
            return Fault::new(column, message, "outside methods a local label is written `METHOD.NAME`");
        }
        let prefix = scope.map_or("", |s| s.name.as_str());
        let globals = self.globals.keys().map(|global| match name.starts_with('.') {
            true => global.strip_prefix(prefix).unwrap_or(global),
            false => global.as_str(),
        });
        let locals = scope.into_iter().flat_map(|s| s.locals.keys().copied());
        let help = match nearest(name, globals.chain(locals)) {
            Some(near) => format!("did you mean `{near}`?"),
            None if name.starts_with("app.") => {
                let name = clip(name.trim_start_matches("app."));
                format!("name an application `{name}` in the scenario; for `avm asm`: --app {name}=ID")
            }
            None => "define it with `NAME:`, `.const`, `.method`, `.arg` or `.local`".into(),
        };
        Fault::new(column, message, help)
    }
}

/// What may be written after `invoke_native`.
pub(super) fn native_help() -> String {
    let names: Vec<_> = natives::NATIVES.iter().map(|n| n.name).collect();
    format!("native methods are {}; a number of 16 bits will do as well", names.join(", "))
}

/// The fault for a second definition.
pub(super) fn duplicate(name: &str, column: usize, first: usize) -> Fault {
    let message = format!("`{}` is defined a second time", clip(name));
    let help = "rename one of them, in `.repeat` with its counter";
    Fault { first: Some(first), ..Fault::new(column, message, help) }
}

/// The candidate that differs least from `name`, if it differs little.
pub(super) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = match name.trim_start_matches('.').len() {
        0..=2 => 1,
        3..=5 => 2,
        6..=40 => 3,
        _ => return None,
    };
    let (own, name) = (name, name.to_ascii_lowercase());
    let close = candidates.into_iter().filter(|c| *c != own && c.len().abs_diff(name.len()) <= limit);
    let scored = close.map(|c| (distance(name.as_bytes(), c.to_ascii_lowercase().as_bytes()), c));
    scored.filter(|(d, c)| *d <= limit && *d < c.len()).min().map(|(_, c)| c)
}

/// Edits (insert, remove, replace, exchange neighbours) from one to the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1; b.len() + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            row[j + 1] = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_if_it_is_near() {
        assert_eq!(nearest("laod_64", ["load_64", "load_u8"]), Some("load_64"));
        assert_eq!(nearest("LOAD_64", ["load_64"]), Some("load_64"));
        assert_eq!(nearest("x", ["y", "yy"]), None);
        assert_eq!(nearest("banana", ["dup", "swap"]), None);
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
        assert_eq!(distance(b"kitten", b"sitting"), 3);
    }
}
