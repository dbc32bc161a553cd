// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pass 2: writes the bytes and the method table.

use super::super::image::{Image, Method};
use super::super::isa::{Op, Operand};
use super::expr::{Expr, Stop};
use super::layout::{Emission, FRAME_HELP, LIMIT_HELP, Layout, Output, Row};
use super::lexer::{Fault, clip};
use super::names::{Names, Site, Use, Value};
use super::params::FRAME_MAX;
use super::parse::Item;
use super::{Log, Program, Symbols, lint};

/// The program, if there is nothing to report.
pub(super) fn program(layout: Layout, log: &mut Log) -> Option<Program> {
    let mut writer = Writer { names: &layout.names, code: Vec::new(), data: Vec::new(), lines: Vec::new() };
    for emission in &layout.emissions {
        writer.write(emission, log);
    }
    let Writer { code, data, lines, .. } = writer;
    let methods: Vec<_> = layout.rows.iter().filter_map(|row| method(&layout, row, log)).collect();
    if !log.errors.is_empty() {
        return None;
    }
    for (row, method) in layout.rows.iter().zip(&methods) {
        if usize::from(method.offset) >= code.len() {
            log.push(row.line, outside(row, method, code.len()));
        }
    }
    let code_len = code.len() as u32;
    let image = Image::with_methods(code, &methods, &data).map_err(|error| {
        // The checks above say it better; this one keeps them honest.
        if log.errors.is_empty() {
            log.push(1, Fault::new(1, error.to_string(), LIMIT_HELP));
        }
    });
    let table = layout.rows.iter().zip(&methods).map(|(row, method)| (row.name.text.into(), method.offset)).collect();
    let image = image.ok()?;
    let warnings = lint::warnings(&layout, &image, log.expanded);
    Some(Program { image, symbols: Symbols::new(table, layout.labels, lines, code_len), warnings, files: Vec::new() })
}

fn outside(row: &Row, method: &Method, code: usize) -> Fault {
    match &row.options.at {
        Some(at) => {
            let message = format!("offset {} is outside the code area of {code} bytes", method.offset);
            Fault::new(at.column, message, "a method starts at one of the code area's bytes")
        }
        None => {
            let message = format!("method `{}` has no instruction", clip(row.name.text));
            Fault::new(row.name.column, message, "write at least one instruction after it")
        }
    }
}

/// A row of the table; `None` if there is something wrong with it.
fn method(layout: &Layout, row: &Row, log: &mut Log) -> Option<Method> {
    let site = Site { scope: row.scope, usage: Use::Plain, line: row.line, constants_below: true };
    let mut given = |expr: &Option<Expr>, what| {
        let value = layout.names.within(site, expr.as_ref()?, (0, FRAME_MAX as i128), what, FRAME_HELP);
        value.map_err(|stop| report(stop, row.line, log)).ok()
    };
    let (offset, args, frame) = if row.own {
        let frame = layout.frames.get(row.scope?)?;
        (frame.start as i128, frame.args() as i128, frame.bytes() as i128)
    } else {
        let args = given(&row.options.args, "`args=`");
        let frame = given(&row.options.frame, "`frame=`");
        let at = match layout.names.globals.get(row.name.text)?.value {
            Value::Known(at) => at,
            _ => return None,
        };
        (at, args?, frame?)
    };
    if args > frame {
        let options = [&row.options.frame, &row.options.args];
        let column = options.iter().find_map(|o| o.as_ref()).map_or(row.name.column, |e| e.column);
        let message = format!("{args} argument bytes do not fit a frame of {frame} bytes");
        log.push(row.line, Fault::new(column, message, "the arguments are the start of the frame; make it larger"));
        return None;
    }
    let public = row.options.public.unwrap_or(false);
    // At most the size of a full code area, or what `at=` may be: 16 bits hold it.
    Some(Method { offset: offset as u16, frame: frame as u16, args: args as u16, public })
}

fn report(stop: Stop, line: usize, log: &mut Log) {
    match stop {
        Stop::Fault(fault) => log.push(line, fault),
        Stop::NotYet(name, column) => {
            let message = format!("`{}` has no value", clip(&name));
            log.push(line, Fault::new(column, message, "correct its definition"));
        }
        Stop::Poisoned => {}
    }
}

struct Writer<'l, 's> {
    names: &'l Names<'s>,
    code: Vec<u8>,
    data: Vec<u8>,
    lines: Vec<(u32, u32)>,
}

impl<'s> Writer<'_, 's> {
    fn write(&mut self, emission: &Emission<'_, 's>, log: &mut Log) {
        let mut bytes = Vec::new();
        let site = |usage| Site { scope: emission.scope, usage, line: emission.line, constants_below: true };
        let mut put = |value: Result<i128, Stop>, width: u8, bytes: &mut Vec<u8>| {
            let value = value.unwrap_or_else(|stop| {
                report(stop, emission.line, log);
                0
            });
            bytes.extend(&value.to_le_bytes()[..usize::from(width)]);
        };
        match emission.output {
            Output::Fill(byte, count) => bytes.resize(count, byte),
            Output::Constant(op, value, _) => {
                bytes.push(op.code);
                put(Ok(value.into()), op.operand.bytes(), &mut bytes);
            }
            Output::Instruction(op, operands) => {
                bytes.push(op.code);
                for operand in operands {
                    let width = op.operand.bytes() / operands.len() as u8;
                    put(self.operand(op, operand, &site), width, &mut bytes);
                }
            }
            Output::Values(width, items) => {
                for item in items {
                    match item {
                        Item::Text(text) => bytes.extend(text),
                        Item::Value(expr) => put(self.datum(width, expr, site(Use::Plain)), width, &mut bytes),
                    }
                }
            }
        }
        let area = if emission.data { &mut self.data } else { &mut self.code };
        if !emission.data && !bytes.is_empty() {
            self.lines.push((area.len() as u32, emission.line as u32));
        }
        area.extend(bytes);
    }

    fn operand(&self, op: &Op, expr: &Expr<'s>, site: &dyn Fn(Use) -> Site) -> Result<i128, Stop> {
        let (usage, help) = match op.operand {
            Operand::Imm(8) => (Use::Frame, "cells are 64 bits"),
            Operand::Imm(_) => (Use::Frame, "write `const`, which takes the shortest form that holds the value"),
            Operand::Local => (Use::Frame, "frame offsets are 16 bits; write the name of a `.arg` or `.local`"),
            Operand::Const => (Use::Plain, "offsets in the constant area are 16 bits; write the name of a label"),
            Operand::Target => (Use::Plain, "code offsets are 16 bits; write the name of a label"),
            Operand::Method => (Use::Method, "method indices are 16 bits; write the name of a method"),
            Operand::Native => (Use::Native, "native method numbers are 16 bits; write the name of one"),
            Operand::Switch => (Use::Plain, "the table's offset and its entry count are 16 bits each"),
            Operand::None => (Use::Plain, "it takes no operand"),
        };
        let range = match op.operand {
            Operand::Imm(8) => (i64::MIN.into(), u64::MAX.into()),
            Operand::Imm(n) => (-1 << (8 * n - 1), (1 << (8 * n - 1)) - 1),
            _ => (0, 0xffff),
        };
        self.names.within(site(usage), expr, range, &format!("`{}`", op.name), help)
    }

    fn datum(&self, width: u8, expr: &Expr<'s>, site: Site) -> Result<i128, Stop> {
        let bits = 8 * width;
        let what = format!("{bits} bits");
        let help = "use a wider directive, or cut the value with `&`";
        self.names.within(site, expr, (-1 << (bits - 1), (1 << bits) - 1), &what, help)
    }
}
