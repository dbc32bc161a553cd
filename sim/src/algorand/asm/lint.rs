// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is right in a source, but probably not meant. Read from the layout, when the program is known to be right.

use super::super::image::Image;
use super::super::isa::{Class, Op, Operand, code};
use super::Warning;
use super::expand::Expanded;
use super::expr::{Expr, Term};
use super::layout::{Emission, Layout, Output};
use super::lexer::clip;
use super::names::{Global, Site, Use, Value, What};
use super::parse::Item;
use std::collections::{HashMap, HashSet};

/// Everything that there is to say, in the order of the source.
pub(super) fn warnings(layout: &Layout, image: &Image, expanded: &Expanded) -> Vec<Warning> {
    let code = instructions(layout);
    let own = layout.rows.iter().filter(|row| row.own).filter_map(|row| Some((layout.frames.get(row.scope?)?, row)));
    let starts = own.map(|(frame, row)| (frame.start, row.name.text)).collect();
    let entries = image.methods().iter().map(|m| m.offset.into()).collect();
    let mut lint = Lint { layout, image, expanded, starts, entries, found: Vec::new() };
    lint.flow(&code);
    lint.arguments(&code);
    for (i, at) in code.iter().enumerate() {
        lint.method_operand(at);
        lint.pushed_method(&code[..i], at);
        lint.width(at);
    }
    lint.unread();
    lint.report()
}

/// What an emission puts into the code area.
struct At<'e, 'a, 's> {
    offset: usize,
    emission: &'e Emission<'a, 's>,
    what: Made<'a, 's>,
}

#[derive(Clone, Copy)]
enum Made<'a, 's> {
    Instruction(&'static Op, &'a [Expr<'s>]),
    /// Bytes that may be instructions.
    Data,
    /// What `.align` puts between.
    Fill,
}

fn instructions<'e, 'a, 's>(layout: &'e Layout<'a, 's>) -> Vec<At<'e, 'a, 's>> {
    let (mut out, mut offset) = (Vec::new(), 0);
    for emission in layout.emissions.iter().filter(|e| !e.data) {
        let (what, bytes) = match emission.output {
            Output::Instruction(op, operands) => (Made::Instruction(op, operands), op.len().into()),
            Output::Constant(op, _, value) => {
                (Made::Instruction(op, std::slice::from_ref(value)), usize::from(op.len()))
            }
            Output::Fill(_, count) => (if count > 0 { Made::Fill } else { continue }, count),
            Output::Values(width, items) => {
                let bytes = items.iter().map(|item| match item {
                    Item::Text(text) => text.len(),
                    Item::Value(_) => width.into(),
                });
                (Made::Data, bytes.sum())
            }
        };
        out.push(At { offset, emission, what });
        offset += bytes;
    }
    out
}

/// Is shown an instruction, those before it, and the argument bytes that are pending.
type Look<'f, 'e, 'a, 's> = &'f mut dyn FnMut(&[At<'e, 'a, 's>], &At<'e, 'a, 's>, usize, &'static Op);

/// What the next instruction is not reached from.
fn ends(class: Class) -> bool {
    matches!(class, Class::Jump | Class::Return | Class::Throw)
}

struct Found {
    line: usize,
    column: usize,
    message: String,
    help: String,
}

struct Lint<'l, 'a, 's> {
    layout: &'l Layout<'a, 's>,
    image: &'l Image,
    expanded: &'l Expanded,
    /// Methods of the source by their offset.
    starts: HashMap<usize, &'s str>,
    /// Offsets of all methods of the table.
    entries: HashSet<usize>,
    found: Vec<Found>,
}

impl<'a, 's> Lint<'_, 'a, 's> {
    fn say(&mut self, line: usize, column: usize, message: String, help: &str) {
        self.found.push(Found { line, column, message, help: help.into() });
    }

    fn report(mut self) -> Vec<Warning> {
        self.found.sort_by_key(|f| (f.line, f.column));
        let (mut out, mut said) = (Vec::new(), HashSet::new());
        for Found { line, column, message, help } in self.found {
            if self.expanded.on_purpose(line) {
                continue;
            }
            let (file, line) = self.expanded.origin(line);
            // A line of a block says it each time that it stands.
            if said.insert((file, line, column, message.clone())) {
                out.push(Warning { file: self.expanded.files[file].clone(), line, column, message, help });
            }
        }
        out
    }

    /// The method that starts at an offset.
    fn method_at(&self, offset: usize) -> Option<&'s str> {
        self.starts.get(&offset).copied()
    }

    /// Something may go on at an offset that is not said in the code before it.
    fn entered(&self, offset: usize) -> bool {
        self.entries.contains(&offset) || self.layout.labels.contains_key(&(offset as u32))
    }

    /// Methods that fall into the next, and what nothing reaches. A `catch` is looked at after every throw.
    fn flow(&mut self, code: &[At<'_, 'a, 's>]) {
        let (mut reached, mut told) = (true, false);
        let mut last: Option<(&Emission<'a, 's>, &'static Op)> = None;
        for at in code {
            if let (Some(next), Some((before, _)), true) = (self.method_at(at.offset), last, reached) {
                let message = format!("the method goes on in `{}`, which follows it", clip(next));
                self.say(before.line, before.column, message, "end it with `return`, `ireturn`, `athrow` or `br`");
            }
            if self.entered(at.offset) {
                (reached, told) = (true, false);
            }
            match at.what {
                Made::Fill => {}
                Made::Data => (reached, told, last) = (true, false, None),
                Made::Instruction(op, _) => {
                    if !reached && !told && op.class != Class::Catch {
                        told = true;
                        let help = "remove it, or give it the label that was meant to lead here";
                        let message = format!("nothing reaches this `{}`", op.name);
                        self.say(at.emission.line, at.emission.column, message, help);
                    }
                    reached &= !ends(op.class);
                    last = Some((at.emission, op));
                }
            }
        }
        if let (Some((end, op)), true) = (last, reached) {
            let message = format!("the code ends after this `{}`: what follows throws `fetch`", op.name);
            self.say(end.line, end.column, message, "end it with `return`, `ireturn`, `athrow` or `br`");
        }
    }

    /// Argument bytes at invocations.
    fn arguments(&mut self, code: &[At<'_, 'a, 's>]) {
        let mut over = HashSet::new();
        self.pending(code, &mut over, &mut |_, _, _, _| {});
        let mut found = Vec::new();
        self.pending(code, &mut over, &mut |before, at, pending, op| {
            let Some((name, args)) = self.callee(before, at, op).filter(|(_, args)| usize::from(*args) != pending)
            else {
                return;
            };
            let message = format!("`{}` takes {args} argument bytes, here are {pending}", clip(&name));
            found.push((at.emission.line, at.emission.column, message));
        });
        for (line, column, message) in found {
            self.say(line, column, message, "push what it declares with `arg_8` to `arg_64`, in its order");
        }
    }

    /// Follows the pending argument bytes through the code; `look` is shown each instruction where they are known, with
    /// those before it. Methods (by scope) in which arguments are pending over a branch or a label are put into `over`:
    /// nothing is known behind their labels. In others, none are pending there.
    fn pending<'e>(&self, code: &[At<'e, 'a, 's>], over: &mut HashSet<Option<usize>>, look: Look<'_, 'e, 'a, 's>) {
        let mut pending = None;
        for (i, at) in code.iter().enumerate() {
            let scope = at.emission.scope;
            if self.method_at(at.offset).is_some() {
                pending = Some(0);
            } else if self.entered(at.offset) {
                if pending != Some(0) {
                    over.insert(scope);
                }
                pending = if over.contains(&scope) { None } else { Some(0) };
            }
            let Made::Instruction(op, _) = at.what else { continue };
            if matches!(op.class, Class::Jump | Class::Branch | Class::Switch) && pending != Some(0) {
                over.insert(scope);
            }
            if let Some(bytes) = pending {
                look(&code[..i], at, bytes, op);
            }
            pending = match op.class {
                Class::Arg => {
                    let width = 1_usize << (op.code & 3);
                    pending.map(|bytes| bytes.next_multiple_of(width) + width)
                }
                Class::Invoke | Class::InvokeExternal | Class::InvokeNative => Some(0),
                class if ends(class) => Some(0),
                _ => pending,
            };
        }
    }

    /// The method that an invocation means, and its argument bytes, as far as the source says.
    fn callee(&self, before: &[At<'_, 'a, 's>], at: &At<'_, 'a, 's>, op: &Op) -> Option<(String, u16)> {
        let Made::Instruction(_, operands) = at.what else { return None };
        match op.class {
            Class::Invoke => {
                let index = usize::try_from(self.value(at, operands.first()?, Use::Method)?).ok()?;
                Some((self.layout.rows.get(index)?.name.text.into(), self.image.methods().get(index)?.args))
            }
            Class::InvokeExternal => {
                let pushed = before.last().filter(|_| !self.entered(at.offset))?;
                let Made::Instruction(_, [index]) = pushed.what else { return None };
                if let Some(callee) = index.only_name().and_then(|name| Some((name, self.expanded.callees.get(name)?)))
                {
                    return Some((callee.0.into(), callee.1.args));
                }
                let own = before.iter().rev().nth(1)?;
                let Made::Instruction(Op { code: code::SELF, .. }, _) = own.what else { return None };
                let index = usize::try_from(self.value(pushed, index, Use::Frame)?).ok()?;
                Some((self.layout.rows.get(index)?.name.text.into(), self.image.methods().get(index)?.args))
            }
            _ => None,
        }
    }

    fn value(&self, at: &At<'_, 'a, 's>, expr: &Expr<'s>, usage: Use) -> Option<i128> {
        let site = Site { scope: at.emission.scope, usage, line: at.emission.line, constants_below: true };
        self.layout.names.value(site, expr).ok()
    }

    /// What a name stands for where a local has no meaning.
    fn global(&self, at: &At<'_, 'a, 's>, name: &str) -> Option<&Global> {
        self.layout.names.globals.get(&self.layout.names.full(at.emission.scope, name)?)
    }

    /// The operand of `invoke_internal`.
    fn method_operand(&mut self, at: &At<'_, 'a, 's>) {
        let Made::Instruction(op, [operand]) = at.what else { return };
        if op.operand != Operand::Method {
            return;
        }
        let label = operand.names().find(|(_, name)| self.global(at, name).is_some_and(|g| g.what == What::Label));
        if let Some((_, name)) = label {
            let message = format!("`{}` is a label: its offset is taken for a method's index", clip(name));
            return self.say(at.emission.line, operand.column, message, "name a method; to go to a label, branch");
        }
        let methods = self.image.methods().len();
        let index = self.value(at, operand, Use::Method).unwrap_or(0);
        if index >= methods as i128 {
            let message = format!("there is no method {index}: the table has {methods}");
            self.say(at.emission.line, operand.column, message, "name a method; it stands for its index");
        }
    }

    /// What is pushed right before `invoke_external`: the index of a method.
    fn pushed_method(&mut self, before: &[At<'_, 'a, 's>], at: &At<'_, 'a, 's>) {
        let Made::Instruction(Op { class: Class::InvokeExternal, .. }, _) = at.what else { return };
        let Some(pushed) = before.last().filter(|_| !self.entered(at.offset)) else { return };
        let Made::Instruction(Op { class: Class::Imm, .. }, [index]) = pushed.what else { return };
        let (line, column) = (pushed.emission.line, index.column);
        for (term, name) in index.names() {
            let what = self.global(pushed, name).map(|g| g.what);
            if let (Some(What::Method(_) | What::Label), Term::Value) = (what, term) {
                let message = format!("`{}` is a code offset here, not a method's index", clip(name));
                self.say(line, column, message, &format!("write `index({})` for a method of this source", clip(name)));
            }
        }
        let private = index.only_name().filter(|name| self.expanded.callees.get(*name).is_some_and(|c| !c.public));
        if let Some(name) = private {
            let help = "other applications can only invoke what is `public`";
            self.say(line, column, format!("`{}` is private", clip(name)), help);
        }
        if let Some(name) = index.only_name().filter(|name| name.starts_with("app.")) {
            let message = format!("`{}` is an application, where the index of a method is meant", clip(name));
            self.say(line, column, message, "push the application first, then the method");
        }
        self.own_method(before, pushed, index);
    }

    /// An index that is pushed behind `self`: one of this table.
    fn own_method(&mut self, before: &[At<'_, 'a, 's>], pushed: &At<'_, 'a, 's>, index: &Expr<'s>) {
        let own = before.iter().rev().nth(1).filter(|_| !self.entered(pushed.offset));
        let Some(Made::Instruction(Op { code: code::SELF, .. }, _)) = own.map(|at| at.what) else { return };
        let Some(number) = self.value(pushed, index, Use::Frame) else { return };
        let (methods, named) = (self.image.methods().len(), index.names().next().is_some());
        // What is named is a method, or said already.
        if !named && !(0..methods as i128).contains(&number) {
            let message = format!("there is no method {number}: the table has {methods}");
            self.say(pushed.emission.line, index.column, message, "write `index(NAME)` for a method of this source");
        }
    }

    /// Loads and stores of a local.
    fn width(&mut self, at: &At<'_, 'a, 's>) {
        let Made::Instruction(op, [operand]) = at.what else { return };
        if !matches!(op.class, Class::Load | Class::Store) {
            return;
        }
        let locals = self.layout.names.scope(at.emission.scope).map(|s| &s.locals);
        let mut named = operand.names().filter_map(|(_, name)| Some((name, locals?.get(name)?)));
        let (Some((name, local)), None) = (named.next(), named.next()) else { return };
        let (Value::Known(offset), Value::Known(bytes)) = (local.offset, local.bytes) else { return };
        let Some(from) = self.value(at, operand, Use::Frame) else { return };
        let width = 1_i128 << (op.code & 3);
        if from >= offset && from + width > offset + bytes {
            let behind = if from > offset { format!(" from {} on", from - offset) } else { String::new() };
            let message = format!("`{}` of {width} bytes{behind}: `{}` has {bytes}", op.name, clip(name));
            self.say(at.emission.line, operand.column, message, "use the instruction of its width, or make it larger");
        }
    }

    /// Locals that nothing reads. Whatever names one, except a store, may read it.
    fn unread(&mut self) {
        let (mut read, mut stored) = (HashSet::new(), HashSet::new());
        for emission in &self.layout.emissions {
            let (store, exprs): (bool, &[Expr]) = match emission.output {
                Output::Instruction(op, operands) => (op.class == Class::Store, operands),
                Output::Constant(_, _, value) => (false, std::slice::from_ref(value)),
                _ => continue,
            };
            let to = if store { &mut stored } else { &mut read };
            to.extend(exprs.iter().flat_map(|e| e.names()).map(|(_, name)| (emission.scope, name)));
        }
        for (scope, names) in self.layout.names.scopes.iter().enumerate() {
            for (name, local) in names.locals.iter().filter(|(name, local)| !local.arg && !name.starts_with('_')) {
                let key = (Some(scope), *name);
                if !read.contains(&key) {
                    let what = if stored.contains(&key) { "written, but never read" } else { "never used" };
                    let (line, column) = (local.line, local.column);
                    let help = "remove it; one that only makes room has a name with `_` in front";
                    self.found.push(Found {
                        line,
                        column,
                        message: format!("`{}` is {what}", clip(name)),
                        help: help.into(),
                    });
                }
            }
        }
    }
}
