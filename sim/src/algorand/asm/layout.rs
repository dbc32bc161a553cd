// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pass 1: gives every name its value and every statement its place.

use super::super::isa::{Class, OPS, Op, Operand};
use super::Log;
use super::expr::{Expr, Stop};
use super::frame::Frame;
use super::lexer::{Fault, clip};
use super::names::{Global, Local, Names, Scope, Site, Use, Value, What, duplicate};
use super::params::{CODE_BYTES, CONST_BYTES, FRAME_MAX, METHOD_ENTRY};
use super::parse::{Body, Item, Name, Options, Statement};
use std::collections::BTreeMap;

/// Most methods whose table fits the constant area.
const METHODS_MAX: usize = CONST_BYTES / METHOD_ENTRY - 1;
const LAYOUT_HELP: &str = "what decides the layout may only name what is defined above it";
const SHORTEST_HELP: &str = "`const` needs a value that is known here; write `const_16` or `const_64`";
const CONST_HELP: &str =
    "`.const` and `at=` may name any label and `.method`, and what `.const` and `.entry` define above them";

/// What an area gets.
pub(super) enum Output<'a, 's> {
    Instruction(&'static Op, &'a [Expr<'s>]),
    /// A constant instruction with its operand, and how that is written.
    Constant(&'static Op, i64, &'a Expr<'s>),
    /// Bytes of each value, and the values.
    Values(u8, &'a [Item<'s>]),
    Fill(u8, usize),
}

pub(super) struct Emission<'a, 's> {
    pub line: usize,
    pub column: usize,
    pub scope: Option<usize>,
    /// Into the constant area.
    pub data: bool,
    pub output: Output<'a, 's>,
}

/// A method of the table.
pub(super) struct Row<'a, 's> {
    pub name: Name<'s>,
    pub line: usize,
    /// Of the `.method` in force, which for `.method` is its own.
    pub scope: Option<usize>,
    pub options: &'a Options<'s>,
    /// Made by `.method`, not by `.entry`.
    pub own: bool,
}

/// The result of the pass.
pub(super) struct Layout<'a, 's> {
    pub names: Names<'s>,
    pub rows: Vec<Row<'a, 's>>,
    pub emissions: Vec<Emission<'a, 's>>,
    /// Labels by code offset.
    pub labels: BTreeMap<u32, String>,
    /// By scope.
    pub frames: Vec<Frame>,
    area: Option<bool>,
    /// Bytes of the code area and of the constant area.
    sizes: [usize; 2],
    full: [bool; 2],
}

impl<'a, 's> Layout<'a, 's> {
    pub(super) fn new(statements: &'a [Statement<'s>], log: &mut Log) -> Layout<'a, 's> {
        let mut layout = Layout {
            names: Names::default(),
            rows: Vec::new(),
            emissions: Vec::new(),
            labels: BTreeMap::new(),
            frames: Vec::new(),
            area: None,
            sizes: [0; 2],
            full: [false; 2],
        };
        layout.declare(statements, log);
        let mut pending = Vec::new();
        for s in statements {
            match layout.place(s) {
                Ok(()) => {}
                Err(Stop::NotYet(..)) if matches!(s.body, Body::Const(..) | Body::Entry(..)) => pending.push(s),
                Err(stop) => layout.refuse(s, stop, log),
            }
        }
        for s in pending {
            if let Err(stop) = layout.define_value(s, false) {
                layout.refuse(s, stop, log);
            }
        }
        layout
    }

    /// Enters every name, without its value, and counts the methods.
    fn declare(&mut self, statements: &'a [Statement<'s>], log: &mut Log) {
        let mut methods = 0;
        for s in statements {
            if let Body::Method(..) | Body::Entry(..) | Body::Broken(".method" | ".entry", _) = s.body {
                methods += 1;
                if methods == METHODS_MAX + 1 {
                    let message = format!("more than {METHODS_MAX} methods");
                    log.push(s.line, Fault::new(s.column, message, "the method table must fit the constant area"));
                    self.full[1] = true;
                }
            }
            if let Err(fault) = self.declare_one(s, methods) {
                log.push(s.line, fault);
            }
        }
        self.sizes[1] = METHOD_ENTRY * (1 + methods);
    }

    fn declare_one(&mut self, s: &'a Statement<'s>, methods: usize) -> Result<(), Fault> {
        let index = methods as i128 - 1;
        let global = |what, value| Global { line: s.line, what, value };
        match &s.body {
            Body::Method(name, options) => {
                // Labels of a method whose name is taken must not be mistaken for the other's.
                let taken = self.names.globals.contains_key(name.text);
                let scope = if taken { format!("?{index}") } else { name.text.into() };
                self.names.scopes.push(Scope { name: scope, ..Scope::default() });
                self.frames.push(Frame::default());
                self.rows.push(Row { name: *name, line: s.line, scope: s.scope, options, own: true });
                self.names.define(name.text.into(), name.column, global(What::Method(index), Value::NotYet))
            }
            Body::Entry(name, options) => {
                self.rows.push(Row { name: *name, line: s.line, scope: s.scope, options, own: false });
                self.names.define(name.text.into(), name.column, global(What::Method(index), Value::NotYet))
            }
            Body::Const(name, _) => {
                self.names.define(name.text.into(), name.column, global(What::Constant, Value::NotYet))
            }
            Body::Label(name) => match self.names.full(s.scope, name.text) {
                Some(full) => self.names.define(full, name.column, global(What::Label, Value::NotYet)),
                None => {
                    let message = format!("local label `{}` outside a method", clip(name.text));
                    Err(Fault::new(name.column, message, "put it after a `.method`, or drop its dot"))
                }
            },
            Body::Reserve(arg, name, _) => self.declare_local(s, *name, *arg, Value::NotYet),
            Body::Broken(directive, name) => {
                if *directive == ".method" {
                    let scope = name.filter(|n| !self.names.globals.contains_key(n.text));
                    let scope = scope.map_or(format!("?{index}"), |n| n.text.into());
                    self.names.scopes.push(Scope { name: scope, ..Scope::default() });
                    self.frames.push(Frame::default());
                }
                let Some(name) = *name else { return Ok(()) };
                let what = match *directive {
                    ".arg" | ".local" => return self.declare_local(s, name, true, Value::Poisoned),
                    ".method" | ".entry" => What::Method(index),
                    ".const" => What::Constant,
                    _ => return Ok(()),
                };
                self.names.define(name.text.into(), name.column, global(what, Value::Poisoned))
            }
            _ => Ok(()),
        }
    }

    fn declare_local(&mut self, s: &Statement<'s>, name: Name<'s>, arg: bool, value: Value) -> Result<(), Fault> {
        let Some(scope) = s.scope.and_then(|scope| self.names.scopes.get_mut(scope)) else { return Ok(()) };
        if let Some(first) = scope.locals.get(name.text) {
            return Err(duplicate(name.text, name.column, first.line));
        }
        scope.locals.insert(name.text, Local { line: s.line, column: name.column, arg, offset: value, bytes: value });
        Ok(())
    }

    /// Reports a statement, and keeps what it would have defined from being reported.
    fn refuse(&mut self, s: &Statement<'s>, stop: Stop, log: &mut Log) {
        let help = match s.body {
            Body::Const(..) | Body::Entry(..) => CONST_HELP,
            Body::Shortest(_) => SHORTEST_HELP,
            _ => LAYOUT_HELP,
        };
        match stop {
            Stop::Fault(fault) => log.push(s.line, fault),
            Stop::NotYet(name, column) => {
                let message = format!("the value of `{}` is not known yet", clip(&name));
                log.push(s.line, Fault::new(column, message, help));
            }
            Stop::Poisoned => {}
        }
        match &s.body {
            Body::Const(name, _) | Body::Entry(name, _) => self.names.set(name.text, s.line, Value::Poisoned),
            Body::Label(name) => {
                if let Some(full) = self.names.full(s.scope, name.text) {
                    self.names.set(&full, s.line, Value::Poisoned);
                }
            }
            Body::Reserve(_, name, _) => self.set_local(s, name, Value::Poisoned, Value::Poisoned),
            _ => {}
        }
    }

    fn set_local(&mut self, s: &Statement<'s>, name: &Name<'s>, at: Value, size: Value) {
        let scope = s.scope.and_then(|scope| self.names.scopes.get_mut(scope));
        if let Some(local) = scope.and_then(|scope| scope.locals.get_mut(name.text)).filter(|l| l.line == s.line) {
            (local.offset, local.bytes) = (at, size);
        }
    }

    fn place(&mut self, s: &'a Statement<'s>) -> Result<(), Stop> {
        let plain = site(s, Use::Plain);
        match &s.body {
            Body::Label(name) => {
                let data = self.area(s)?;
                let Some(full) = self.names.full(s.scope, name.text) else { return Ok(()) };
                self.names.set(&full, s.line, Value::Known(self.sizes[usize::from(data)] as i128));
                if !data {
                    self.labels.entry(self.sizes[0] as u32).or_insert(full);
                }
                Ok(())
            }
            Body::Method(name, options) => {
                self.area = Some(false);
                self.names.set(name.text, s.line, Value::Known(self.sizes[0] as i128));
                self.start_frame(s, options)
            }
            Body::Reserve(arg, name, bytes) => self.reserve(s, *arg, name, bytes),
            Body::Const(..) | Body::Entry(..) => self.define_value(s, true),
            Body::Area(data) => {
                self.area = Some(*data);
                Ok(())
            }
            Body::Values(width, items) => {
                let bytes = items.iter().map(|item| match item {
                    Item::Text(text) => text.len(),
                    Item::Value(_) => usize::from(*width),
                });
                self.emit(s, bytes.sum(), Output::Values(*width, items))
            }
            Body::Zero(count) => {
                let limit = CODE_BYTES.max(CONST_BYTES);
                let count =
                    self.names.within(plain, count, (0, limit as i128), "a number of zero bytes", LIMIT_HELP)?;
                self.emit(s, count as usize, Output::Fill(0, count as usize))
            }
            Body::Align(to) => {
                let data = self.area(s)?;
                let help = "alignments are powers of two from 1 to 32768";
                let n = self.names.within(plain, to, (1, 32_768), "an alignment", help)?;
                if n & (n - 1) != 0 {
                    return Err(Stop::Fault(Fault::new(to.column, format!("{n} is not a power of two"), help)));
                }
                let count = self.sizes[usize::from(data)].next_multiple_of(n as usize) - self.sizes[usize::from(data)];
                let nop = OPS.iter().find(|o| o.class == Class::Nop).map_or(0, |o| o.code);
                self.emit(s, count, Output::Fill(if data { 0 } else { nop }, count))
            }
            Body::Instruction(op, operands) => self.emit(s, usize::from(op.len()), Output::Instruction(op, operands)),
            Body::Shortest(written) => {
                let (low, high) = (i128::from(i64::MIN), i128::from(u64::MAX));
                let value =
                    self.names.within(site(s, Use::Frame), written, (low, high), "`const`", "cells are 64 bits")?
                        as i64;
                let holds =
                    |op: &&&Op| matches!(op.operand, Operand::Imm(n) if value << (64 - 8 * n) >> (64 - 8 * n) == value);
                match OPS.iter().filter(|o| o.class == Class::Imm).find(|o| holds(&o)) {
                    Some(op) => self.emit(s, usize::from(op.len()), Output::Constant(op, value, written)),
                    None => Ok(()),
                }
            }
            Body::Broken(directive, _) => {
                let area = if *directive == ".data" { Some(true) } else { self.area.or(Some(false)) };
                self.area = if matches!(*directive, ".method" | ".code") { Some(false) } else { area };
                Ok(())
            }
        }
    }

    /// Gives a constant, or a method of `.entry`, its value.
    fn define_value(&mut self, s: &Statement<'s>, constants_below: bool) -> Result<(), Stop> {
        let site = Site { constants_below, ..site(s, Use::Plain) };
        let (name, value) = match &s.body {
            Body::Const(name, value) => (name, self.names.value(site, value)?),
            Body::Entry(name, Options { at: Some(at), .. }) => {
                (name, self.names.within(site, at, (0, 0xffff), "`at=`", "code offsets are 16 bits")?)
            }
            _ => return Ok(()),
        };
        self.names.set(name.text, s.line, Value::Known(value));
        Ok(())
    }

    /// The area in force; its absence is reported once.
    fn area(&mut self, s: &Statement) -> Result<bool, Stop> {
        self.area.ok_or_else(|| {
            self.area = Some(false);
            let help = "start with `.method NAME`, `.code` or `.data`";
            Stop::Fault(Fault::new(s.column, "text outside any area", help))
        })
    }

    fn emit(&mut self, s: &Statement, bytes: usize, output: Output<'a, 's>) -> Result<(), Stop> {
        let data = self.area(s)?;
        let area = usize::from(data);
        if self.full[area] {
            return Err(Stop::Poisoned);
        }
        let (name, limit) = [("code", CODE_BYTES), ("constant", CONST_BYTES)][area];
        if self.sizes[area].saturating_add(bytes) > limit {
            self.full[area] = true;
            let message = format!("the {name} area exceeds {limit} bytes here");
            return Err(Stop::Fault(Fault::new(s.column, message, LIMIT_HELP)));
        }
        self.sizes[area] += bytes;
        self.emissions.push(Emission { line: s.line, column: s.column, scope: s.scope, data, output });
        Ok(())
    }

    fn start_frame(&mut self, s: &Statement<'s>, options: &Options<'s>) -> Result<(), Stop> {
        let Some(frame) = s.scope.and_then(|scope| self.frames.get_mut(scope)) else { return Ok(()) };
        frame.start = self.sizes[0];
        let names = &self.names;
        let given = |expr: &Option<Expr<'s>>, what| -> Result<Option<usize>, Stop> {
            let Some(expr) = expr else { return Ok(None) };
            let value = names.within(site(s, Use::Plain), expr, (0, FRAME_MAX as i128), what, FRAME_HELP)?;
            Ok(Some(value as usize))
        };
        frame.args_given = given(&options.args, "`args=`")?;
        frame.frame_given = given(&options.frame, "`frame=`")?;
        Ok(())
    }

    fn reserve(&mut self, s: &Statement<'s>, arg: bool, name: &Name<'s>, bytes: &Expr<'s>) -> Result<(), Stop> {
        let directive = if arg { ".arg" } else { ".local" };
        let fault = |column, message, help: &str| Err(Stop::Fault(Fault::new(column, message, help)));
        let Some(scope) = s.scope else {
            return fault(s.column, format!("`{directive}` outside a method"), "it belongs after a `.method` line");
        };
        let frame = &mut self.frames[scope];
        if arg && frame.locals {
            let help = "move it above the first `.local`: arguments are the start of the frame";
            return fault(s.column, "`.arg` after `.local`".into(), help);
        }
        frame.locals |= !arg;
        let what = format!("`{directive}`");
        let size = self.names.within(site(s, Use::Plain), bytes, (1, FRAME_MAX as i128), &what, FRAME_HELP)?;
        if frame.full {
            return Err(Stop::Poisoned);
        }
        let Some(offset) = frame.reserve(arg, size as usize) else {
            return fault(bytes.column, format!("the frame exceeds {FRAME_MAX} bytes here"), FRAME_HELP);
        };
        self.set_local(s, name, Value::Known(offset as i128), Value::Known(size));
        Ok(())
    }
}

pub(super) const LIMIT_HELP: &str = "an area holds 16384 bytes at most, the constant area's method table included";
pub(super) const FRAME_HELP: &str = "a frame holds 2048 bytes at most, arguments included";

pub(super) fn site<'s>(s: &Statement<'s>, usage: Use) -> Site {
    Site { scope: s.scope, usage, line: s.line, constants_below: true }
}
