// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a tree to instructions. Where they go is the business of a [`Sink`]: bytes, or assembler text.

use std::collections::BTreeMap;

use avm_sim::algorand::isa::code;
use avm_sim::algorand::params::STACK_LIMIT;

use super::plan::{App, End, Method, Plan, Snippet};
use super::step::{ARG_8, LOAD_64, STORE_64, Step};

/// A code address that is not known yet, numbered within an application.
pub(super) type Label = u32;

/// Label of the code behind the last method.
pub(super) const TAIL: Label = 0;

/// What code is written to, method by method.
pub(super) trait Sink {
    /// A method starts.
    fn method(&mut self, method: &Method);
    /// An instruction.
    fn step(&mut self, step: Step);
    /// A branch or `catch` to a label.
    fn branch(&mut self, op: u8, to: Label);
    /// A `switch` through a new table of these labels.
    fn switch(&mut self, table: &[Label]);
    /// `invoke_internal` of a method by its name and index.
    fn invoke(&mut self, name: u16, index: u16);
    /// The label is here.
    fn bind(&mut self, label: Label);
    /// The code ends with these bytes.
    fn tail(&mut self, bytes: &[u8]);
}

/// Writes an application.
pub(super) fn lower(plan: &Plan, app: &App, sink: &mut impl Sink) {
    let mut lower = Lower { plan, app, method: None, sink, labels: TAIL, depth: 0, above: 0, loops: 0, guard: None };
    for method in &app.methods {
        lower.method(method);
    }
    lower.sink.bind(TAIL);
    lower.sink.tail(&app.tail);
}

/// Where what the code throws is caught.
struct Guard {
    every: bool,
    /// Where a `catch` leads to, by the cells that it keeps.
    handlers: BTreeMap<u32, Label>,
}

struct Lower<'p, S> {
    plan: &'p Plan,
    app: &'p App,
    method: Option<&'p Method>,
    sink: &'p mut S,
    /// The last label made.
    labels: Label,
    /// Cells on the stack. Behind what can only throw, where nothing comes by, it means nothing.
    depth: u32,
    /// Those of them that belong to snippets around the present one.
    above: u32,
    /// Loops around the present snippet.
    loops: u32,
    guard: Option<Guard>,
}

impl<'p, S: Sink> Lower<'p, S> {
    fn label(&mut self) -> Label {
        self.labels += 1;
        self.labels
    }

    fn method(&mut self, method: &'p Method) {
        self.sink.method(method);
        self.method = Some(method);
        self.depth = 0;
        self.body(&method.body);
        self.end(method.end);
    }

    /// Snippets, each of which leaves the stack as it found it.
    fn body(&mut self, body: &[Snippet]) {
        let depth = self.depth;
        for snippet in body {
            self.snippet(snippet);
            self.depth = depth;
        }
    }

    fn snippet(&mut self, snippet: &Snippet) {
        match snippet {
            Snippet::Line { code, keep } => self.line(code, *keep),
            Snippet::If { cond, zero, then, other } => self.branch(cond, *zero, then, other),
            Snippet::Switch { index, arms } => self.switch(index, arms),
            Snippet::Loop { times, up, body } => self.repeat(*times, *up, body),
            Snippet::Above { cells, body } => self.above(*cells, body),
            Snippet::Catch { body, every, keep, rethrow, handler } => {
                self.catch(body, *every, (*keep, *rethrow), handler);
            }
            Snippet::Invoke { app, method, args, keep } => self.invoke(*app, *method, args, *keep),
            Snippet::Leave(end) => self.end(*end),
            Snippet::RunOff => self.jump(code::BR, TAIL),
        }
    }

    /// An instruction.
    fn emit(&mut self, step: Step) {
        let (pops, pushes) = step.effect();
        self.depth = self.depth.saturating_sub(pops) + pushes;
        self.sink.step(step);
    }

    /// A branch that pops its condition, if it has one.
    fn jump(&mut self, op: u8, to: Label) {
        self.depth = self.depth.saturating_sub(u32::from(op != code::BR));
        self.sink.branch(op, to);
    }

    /// An instruction, and the `catch` behind it.
    fn step(&mut self, step: Step) {
        let kept = self.depth.saturating_sub(step.effect().0);
        self.emit(step);
        self.guarded(step.throws(), kept);
    }

    /// A `catch`, if there is a handler, behind an instruction that leaves so many cells when it throws.
    fn guarded(&mut self, throws: bool, kept: u32) {
        if let Some(guard) = &mut self.guard
            && (throws || guard.every)
        {
            let handler = guard.handlers.entry(kept.min(STACK_LIMIT as u32)).or_insert_with(|| {
                self.labels += 1;
                self.labels
            });
            self.sink.branch(code::CATCH, *handler);
        }
    }

    /// Instructions; gives how many cells they leave.
    fn steps(&mut self, steps: &[Step]) -> u32 {
        let mut depth = 0;
        for (i, step) in steps.iter().enumerate() {
            let (pops, pushes) = step.effect();
            if pops > depth {
                // It shall underflow, not use what belongs to others; then there is nothing behind it.
                self.drop(self.above);
            }
            depth = depth.saturating_sub(pops) + pushes;
            // A line may have a `catch` of its own.
            match steps.get(i + 1).is_some_and(|next| next.op == code::CATCH) {
                true => self.emit(*step),
                false => self.step(*step),
            }
        }
        depth
    }

    /// Instructions that leave one cell.
    fn cell(&mut self, steps: &[Step]) {
        let depth = self.steps(steps);
        if depth == 0 {
            self.emit(Step::push(0));
        }
        (1..depth).for_each(|_| self.drop_second());
    }

    fn drop(&mut self, cells: u32) {
        (0..cells).for_each(|_| self.emit(Step::op(code::POP)));
    }

    /// Drops the cell below the top.
    fn drop_second(&mut self) {
        self.emit(Step::op(code::SWAP));
        self.emit(Step::op(code::POP));
    }

    fn line(&mut self, steps: &[Step], keep: Option<Step>) {
        let depth = self.steps(steps);
        self.keep(depth, keep);
    }

    /// Disposes of cells, the top one as wanted.
    fn keep(&mut self, cells: u32, keep: Option<Step>) {
        match keep.filter(|k| cells > 0 && k.effect() == (1, 0)) {
            Some(step) => {
                self.step(step);
                self.drop(cells - 1);
            }
            None => self.drop(cells),
        }
    }

    fn branch(&mut self, cond: &[Step], zero: bool, then: &[Snippet], other: &[Snippet]) {
        let (otherwise, end) = (self.label(), self.label());
        self.cell(cond);
        self.jump(if zero { code::BRNZ } else { code::BRZ }, otherwise);
        self.body(then);
        if !other.is_empty() {
            self.jump(code::BR, end);
        }
        self.sink.bind(otherwise);
        self.body(other);
        self.sink.bind(end);
    }

    fn switch(&mut self, index: &[Step], arms: &[Vec<Snippet>]) {
        let end = self.label();
        let table: Vec<Label> = arms.iter().map(|_| self.label()).collect();
        self.cell(index);
        self.sink.switch(&table);
        self.depth -= 1;
        for (label, arm) in table.iter().zip(arms) {
            self.jump(code::BR, end); // of what is above: falling through, or the arm before
            self.sink.bind(*label);
            self.body(arm);
        }
        self.sink.bind(end);
    }

    fn repeat(&mut self, times: u16, up: bool, body: &[Snippet]) {
        let times = i64::from(times.max(1));
        let at = self.method.map_or(0, |m| m.counter(self.loops)).into();
        let (load, store) = (Step::with(LOAD_64, at), Step::with(STORE_64, at));
        let (first, change) = if up { (0, code::IADDW) } else { (times, code::ISUBW) };
        let start = self.label();
        self.emit(Step::push(first));
        self.emit(store);
        self.sink.bind(start);
        self.loops += 1;
        self.body(body);
        self.loops -= 1;
        let count = [load, Step::push(1), Step::op(change), Step::op(code::DUP), store];
        count.into_iter().for_each(|step| self.emit(step));
        if up {
            self.emit(Step::push(times));
            self.emit(Step::op(code::ULT));
        }
        self.jump(code::BRNZ, start);
    }

    fn above(&mut self, cells: u8, body: &[Snippet]) {
        self.fill(cells.into());
        self.above += u32::from(cells);
        self.body(body);
        self.above -= u32::from(cells);
        self.drop(cells.into());
    }

    /// Pushes cells, told apart by nothing.
    fn fill(&mut self, cells: u32) {
        if cells > 0 {
            self.step(Step::push(i64::from(cells)));
            (1..cells).for_each(|_| self.step(Step::op(code::DUP)));
        }
    }

    fn catch(&mut self, body: &[Snippet], every: bool, code: (Option<Step>, bool), handler: &[Snippet]) {
        let (depth, end) = (self.depth, self.label());
        let outer = self.guard.replace(Guard { every, handlers: BTreeMap::new() });
        self.body(body);
        let guard = std::mem::replace(&mut self.guard, outer);
        let Some(handlers) = guard.map(|g| g.handlers).filter(|h| !h.is_empty()) else { return };
        self.jump(code::BR, end);
        self.land(&handlers, depth, code.0.is_some());
        self.caught(code.0, code.1);
        self.body(handler);
        self.sink.bind(end);
    }

    /// Where the taken `catch`es lead to, with other cells below the code than there were around the body: those that
    /// are missing are made up for, those that are left of the body are combined with the code, or dropped.
    fn land(&mut self, handlers: &BTreeMap<u32, Label>, depth: u32, combine: bool) {
        let landed = self.label();
        for (kept, handler) in handlers.range(..depth) {
            self.sink.bind(*handler);
            self.depth = kept + 1;
            for _ in *kept..depth {
                self.emit(Step::push(depth.into()));
                self.emit(Step::op(code::SWAP));
            }
            self.jump(code::BR, landed);
        }
        let most = handlers.last_key_value().map_or(depth, |(kept, _)| *kept);
        self.depth = most + 1;
        for kept in (depth + 1..=most).rev() {
            if let Some(handler) = handlers.get(&kept) {
                self.sink.bind(*handler);
            }
            match combine {
                true => self.emit(Step::op(code::IXOR)),
                false => self.drop_second(),
            }
        }
        if let Some(handler) = handlers.get(&depth) {
            self.sink.bind(*handler);
        }
        self.sink.bind(landed);
        self.depth = depth + 1;
    }

    /// What becomes of the exception code, or of what was combined with it.
    fn caught(&mut self, keep: Option<Step>, rethrow: bool) {
        if rethrow {
            self.emit(Step::op(code::DUP));
        }
        self.keep(1, keep);
        if rethrow {
            self.step(Step::op(code::ATHROW));
        }
    }

    fn invoke(&mut self, app: Option<u64>, name: u16, args: &[(u8, Step)], keep: Option<Step>) {
        let home = match app {
            Some(id) => self.plan.apps.iter().find(|a| a.id == id),
            None => Some(self.app),
        };
        let found = home.and_then(|home| {
            let index = home.methods.iter().position(|m| m.name == name)?;
            Some((index as u16, home.id, home.methods[index].returns))
        });
        let Some((index, id, returns)) = found else { return };
        for (log2, value) in args {
            self.cell(&[*value]);
            self.step(Step::op(ARG_8 | log2 & 3));
        }
        match app {
            None => self.sink.invoke(name, index),
            Some(_) => {
                let own = id == self.app.id;
                self.emit(if own { Step::op(code::SELF) } else { Step::push(id as i64) });
                self.emit(Step::push(index.into()));
                self.emit(Step::op(code::INVOKE_EXTERNAL));
            }
        }
        self.guarded(true, self.depth);
        self.depth += u32::from(returns);
        self.keep(returns.into(), keep);
    }

    fn end(&mut self, end: End) {
        match end {
            End::Return => self.emit(Step::op(code::RETURN)),
            End::Value(value) => {
                self.cell(&[value]);
                self.emit(Step::op(code::IRETURN));
            }
            End::Throw(value) => {
                self.cell(&[value]);
                self.step(Step::op(code::ATHROW));
            }
            End::Fall => {}
        }
    }
}
