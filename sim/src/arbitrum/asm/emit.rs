// SPDX-License-Identifier: MIT OR Apache-2.0
//! Words: values are put into the immediates, and what must not be there is refused.

use super::super::isa::code;
use super::super::value::Value;
use super::Log;
use super::expr::{self, Known};
use super::layout::{Layout, Way};
use super::lexer::{Fault, Place, clip};
use super::parse::{Statement, What};
use ruint::aliases::U256;

/// Integers, CodePoints, Buffers and Tuples of a program, so that constants of constants do not take all memory.
const PARTS_MAX: u32 = 1 << 20;

/// A word, and the place that made it.
pub(super) struct Word {
    pub opcode: u8,
    pub immediate: Option<Value>,
    pub place: Place,
}

/// The words and static.
pub(super) fn words(statements: &[Statement], layout: &Layout, log: &mut Log) -> (Vec<Word>, Value) {
    let mut writer = Writer { layout, words: Vec::new(), parts: 0, full: false };
    for (statement, (first, way)) in statements.iter().zip(&layout.words) {
        if log.full() {
            break;
        }
        debug_assert_eq!(*first as usize, writer.words.len(), "words as laid out");
        match (&statement.what, way) {
            (What::Word(opcode, immediate), _) => {
                let value = immediate.as_ref().map(|expr| writer.immediate(expr, statement, log));
                writer.push(*opcode, value, statement.place);
            }
            (What::Shorthand(kind, _, _), Some(way)) => writer.shorthand(kind, way, statement.place),
            _ => {}
        }
    }
    let fixed = writer.fixed(log);
    (writer.words, fixed)
}

struct Writer<'l, 's> {
    layout: &'l Layout<'s>,
    words: Vec<Word>,
    parts: u32,
    /// That there is too much was said.
    full: bool,
}

impl Writer<'_, '_> {
    fn push(&mut self, opcode: u8, immediate: Option<Value>, place: Place) {
        self.words.push(Word { opcode, immediate, place });
    }

    /// A value; `Tuple()` where it is wrong.
    fn value(&mut self, expr: &expr::Expr, statement: &Statement, word: Option<u32>, log: &mut Log) -> Known {
        let none = || Known::code(self.layout.last);
        let known = expr.eval(self.layout.last, |name, place| {
            let known = self.layout.value(name, &statement.scope, place)?;
            match (word, known.earliest) {
                (Some(word), Some(earliest)) if earliest <= word => {
                    Err(Some(backward(name, self.layout.named_by(name, &statement.scope, earliest), place)))
                }
                _ => Ok(known),
            }
        });
        let known = known.unwrap_or_else(|stop| {
            stop.into_iter().for_each(|fault| log.push(fault));
            none()
        });
        self.parts = self.parts.saturating_add(known.parts);
        if self.parts > PARTS_MAX {
            if !self.full {
                let message = format!("the program's values have more than {PARTS_MAX} parts");
                log.push(Fault::new(expr.place, message, "make large values while the program runs"));
            }
            self.full = true;
            return none();
        }
        known
    }

    fn immediate(&mut self, expr: &expr::Expr, statement: &Statement, log: &mut Log) -> Value {
        let word = self.words.len() as u32;
        self.value(expr, statement, Some(word), log).value
    }

    fn shorthand(&mut self, kind: &str, way: &Way, place: Place) {
        let jump = if kind == "cgoto" { code::CJUMP } else { code::JUMP };
        let first = self.words.len() as u32;
        let int = |slot: &u8| Some(Value::Int(U256::from(*slot)));
        match way {
            Way::Direct(to) => {
                if kind == "call" {
                    self.push(code::NOP, Some(Value::Code(first + 2)), place);
                }
                self.push(jump, Some(Value::Code(*to)), place);
            }
            Way::Slots(path) => {
                // The CodePoint behind the call is pushed under static.
                let back = Value::Code(first + 2 + path.len() as u32);
                self.push(code::SPUSH, (kind == "call").then_some(back), place);
                path.iter().for_each(|slot| self.push(code::TGET, int(slot), place));
                if kind != "slot" {
                    self.push(jump, None, place);
                }
            }
            Way::Lost => self.push(jump, None, place),
        }
    }

    /// Static: what `.static` says, or the Tuples of the slots.
    fn fixed(&mut self, log: &mut Log) -> Value {
        if let Some((expr, statement)) = self.layout.fixed {
            return self.value(expr, statement, None, log).value;
        }
        let mut row: Vec<(Known, Place)> = Vec::new();
        for (name, expr, statement) in &self.layout.slots {
            if log.full() {
                break;
            }
            let known = match expr {
                Some(expr) => self.value(expr, statement, None, log),
                None => self.layout.value(name, "", statement.place).unwrap_or_else(|stop| {
                    stop.into_iter().for_each(|fault| log.push(fault));
                    Known::code(0)
                }),
            };
            row.push((known, statement.place));
        }
        for _ in 0..self.layout.levels() {
            let pairs: Vec<_> = row.chunks(8).map(|c| (c.iter().map(|k| k.0.clone()).collect(), c[0].1)).collect();
            row = Vec::new();
            for (slots, place) in pairs {
                match expr::tuple(slots, place) {
                    Ok(known) => row.push((known, place)),
                    Err(stop) => stop.into_iter().for_each(|fault| log.push(fault)),
                }
            }
        }
        row.into_iter().next().map_or(Value::Tuple(Vec::new()), |(known, _)| known.value)
    }
}

/// An immediate names what is not below, itself or by a constant that names this label.
fn backward(name: &str, by: Option<&str>, place: Place) -> Fault {
    let shown = clip(name);
    let (what, ways) = match by {
        None => (format!("`{shown}` is not below"), "`goto`, `cgoto`, `call` or `slot"),
        Some(label) => (format!("the constant `{shown}` names `{}`, which is not below", clip(label)), "`slot"),
    };
    let message = format!("{what}: an immediate cannot name this instruction or one above");
    Fault::new(place, message, format!("its hash would be its own; add `.slot {shown}` and write {ways} {shown}`"))
}
