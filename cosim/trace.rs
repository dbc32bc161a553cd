// SPDX-License-Identifier: MIT OR Apache-2.0
//! Traces: what a run does, a line for each instruction or for each invocation.
//!
//! A line is made of the retire record that a description gives, and of what the machine's room adds to it
//! ([`Machine::steps`]) as long as both speak of the same instruction. A room that adds nothing has traces of records.

use std::io::{self, Write};

use avm_sim::trace::Retire;
use avm_sim::trace::retire::{Cell, cell_text};
use serde_json::{Value, json};

use crate::lockstep::{CallFigures, Session};
use crate::machines::{Loaded, Machine};
use crate::names::{printable, printable_json};
use crate::place::Frame;

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// An instruction.
    Instructions,
    /// An invocation of a method.
    Invocations,
}

/// Levels by which lines are indented at most.
const INDENTED: usize = 32;
/// Cells that are shown of a stack, the uppermost ones.
const SHOWN: usize = 6;

/// What a room knows of an instruction beyond its record.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Its record.
    pub record: Retire,
    /// Where it is.
    pub at: Frame,
    /// Active methods before and after it.
    pub depth: (usize, usize),
    /// Operand stack of the running method before it, and of the one that runs after it; bottom first.
    pub stack: (Vec<Cell>, Vec<Cell>),
    /// The arguments, if it is the first instruction of an invocation.
    pub arguments: Option<Vec<u8>>,
}

/// An invocation that is not over.
struct Invocation {
    at: Frame,
    depth: usize,
    arguments: Vec<u8>,
    fuel: (Option<i64>, Option<i64>),
    /// How it ended.
    end: String,
}

/// Writes a trace.
pub struct Tracer<'a, M: Machine, W: Write> {
    kind: Kind,
    json: bool,
    out: W,
    scenario: &'a M::Scenario,
    /// For names.
    session: M::Session<'a>,
    steps: Option<Box<dyn Iterator<Item = Step> + 'a>>,
    /// The call whose beginning is written.
    begun: Option<usize>,
    /// Of the call in progress, in the order of their beginning.
    invocations: Vec<Invocation>,
    /// Indices of those that are not over.
    open: Vec<usize>,
}

impl<'a, M: Machine, W: Write> Tracer<'a, M, W> {
    /// A trace of a scenario, in text or in JSON, one object in a line.
    pub fn new(scenario: &'a M::Scenario, kind: Kind, json: bool, out: W) -> Self {
        let (session, steps) = (M::session(scenario), Some(M::steps(scenario)));
        Tracer { kind, json, out, scenario, session, steps, begun: None, invocations: Vec::new(), open: Vec::new() }
    }

    /// An instruction that a description has retired, at a cycle if it has a clock.
    pub fn retired(&mut self, call: usize, record: &Retire, cycle: Option<u64>) -> io::Result<()> {
        self.begin(call)?;
        let step = self.step(record);
        match self.kind {
            Kind::Instructions => self.instruction(call, record, step.as_ref(), cycle),
            Kind::Invocations => {
                step.into_iter().for_each(|step| self.follow(step));
                Ok(())
            }
        }
    }

    /// The room's step, if it is this one. After a difference nothing that it says can be trusted.
    fn step(&mut self, record: &Retire) -> Option<Step> {
        let step = self.steps.as_mut()?.next().filter(|step| step.record.agrees(record));
        if step.is_none() {
            self.steps = None;
        }
        step
    }

    fn begin(&mut self, call: usize) -> io::Result<()> {
        if self.begun.replace(call) == Some(call) {
            return Ok(());
        }
        let (scenario, name) = (self.scenario.name(), self.session.call_name(call));
        match self.json {
            true => self.object(json!({ "event": "call", "scenario": scenario, "call": call, "name": name })),
            false => self.line(&format!("{scenario}, call {call}: {name}")),
        }
    }

    fn object(&mut self, value: Value) -> io::Result<()> {
        let line = printable_json(value.to_string()) + "\n";
        self.out.write_all(line.as_bytes())
    }

    /// A line in one piece.
    fn line(&mut self, text: &str) -> io::Result<()> {
        let line = format!("{}\n", printable(text));
        self.out.write_all(line.as_bytes())
    }

    fn instruction(&mut self, call: usize, record: &Retire, step: Option<&Step>, cycle: Option<u64>) -> io::Result<()> {
        let exception = <M::Session<'a>>::exception(record.exception);
        let at = step.map_or_else(|| self.of_record(record), |step| step.at.clone());
        let stack = step.map(|step| &step.stack);
        let before = step.and_then(|step| step.record.meter_before).or(record.meter_before);
        if self.json {
            let texts = |cells: &[Cell]| cells.iter().map(cell_text).collect::<Vec<_>>();
            let mut object = json!({
                "event": "step", "scenario": self.scenario.name(), "call": call, "order": record.order, "cycle": cycle,
                "depth": step.map(|s| s.depth.0), "fuel_before": before, "fuel_after": record.meter_after,
                "stack_before": stack.map(|s| texts(&s.0)), "stack_after": stack.map(|s| texts(&s.1)),
                "results": record.results_text(), "exception": exception,
            });
            merge(&mut object, &at);
            return self.object(object);
        }
        let indent = 2 * step.map_or(0, |s| s.depth.0.saturating_sub(1)).min(INDENTED);
        let stack = match stack {
            Some((before, after)) => format!("{} -> {}", cells(before), cells(after)),
            None => format!("-> {}", cells(record.pushed())),
        };
        let clock = cycle.map_or_else(String::new, |c| format!("{c:>8} "));
        let fuel = record.meter_after.map_or_else(String::new, |fuel| format!("{fuel:>10} "));
        let thrown = if exception.is_empty() { String::new() } else { format!("  {exception}") };
        let place = place(&at);
        self.line(&format!("{clock}{fuel} {:indent$}{place:<20} {:<22} {stack}{thrown}", "", at.instruction))
    }

    /// Where an instruction is of which there is a record alone.
    fn of_record(&self, record: &Retire) -> Frame {
        let place = self.session.place(record);
        let method = (!place.is_empty()).then_some(place);
        Frame { pc: record.pc, method, instruction: self.session.instruction(record), ..Frame::default() }
    }

    /// Begins and ends invocations as an instruction does.
    fn follow(&mut self, step: Step) {
        let record = step.record;
        if let Some(arguments) = step.arguments {
            self.open.push(self.invocations.len());
            let (at, fuel) = (step.at, (record.meter_before, None));
            self.invocations.push(Invocation { at, depth: step.depth.0, arguments, fuel, end: String::new() });
        }
        let end = match (<M::Session<'a>>::exception(record.exception), record.pushed()) {
            ("", [value, ..]) => format!("returned {}", number(value)),
            ("", []) => "returned".into(),
            (exception, _) => format!("exception {exception}"),
        };
        while self.open.len() > step.depth.1 {
            self.close(record.meter_after, &end);
        }
    }

    fn close(&mut self, fuel: Option<i64>, end: &str) {
        if let Some(index) = self.open.pop() {
            let invocation = &mut self.invocations[index];
            (invocation.fuel.1, invocation.end) = (fuel, end.into());
        }
    }

    /// A call has ended.
    pub fn ended(&mut self, call: usize, figures: &CallFigures) -> io::Result<()> {
        self.begin(call)?;
        let end = &figures.end;
        while !self.open.is_empty() {
            self.close(None, &end.outcome);
        }
        // What the first method returned is not in its last record, but in the outcome.
        if let Some(first) = self.invocations.first_mut() {
            first.end.clone_from(&end.outcome);
        }
        let invocations = std::mem::take(&mut self.invocations);
        invocations.iter().try_for_each(|invocation| self.invocation(call, invocation))?;
        if self.json {
            return self.object(json!({
                "event": "end", "scenario": self.scenario.name(), "call": call, "outcome": end.outcome,
                "fuel": end.fuel_used, "bytecodes": figures.retired, "place": end.place,
            }));
        }
        self.line(&format!("  {}, {} bytecodes, fuel {}", end.outcome, figures.retired, end.fuel_used))?;
        let place = end.place.iter().flat_map(|place| place.lines());
        place.into_iter().try_for_each(|line| self.line(&format!("    {line}")))
    }

    fn invocation(&mut self, call: usize, i: &Invocation) -> io::Result<()> {
        let arguments: String = i.arguments.iter().map(|b| format!("{b:02x}")).collect();
        if self.json {
            let mut object = json!({
                "event": "invocation", "scenario": self.scenario.name(), "call": call, "depth": i.depth,
                "arguments": arguments, "fuel_before": i.fuel.0, "fuel_after": i.fuel.1, "end": i.end,
            });
            merge(&mut object, &i.at);
            return self.object(object);
        }
        let fuel = |fuel: Option<i64>| fuel.map_or_else(|| "-".into(), |fuel| fuel.to_string());
        let indent = 2 * i.depth.saturating_sub(1).min(INDENTED);
        let (before, after) = (fuel(i.fuel.0), fuel(i.fuel.1));
        self.line(&format!("{before:>10} {after:>10}  {:indent$}{} ({arguments}): {}", "", place(&i.at), i.end))
    }

    /// All that is written, or the error.
    pub fn finish(mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Adds where something is to an object.
fn merge(object: &mut Value, at: &Frame) {
    if let (Value::Object(object), Ok(Value::Object(at))) = (object, serde_json::to_value(at)) {
        object.extend(at);
    }
}

/// Application, method and line, as far as they are known.
fn place(at: &Frame) -> String {
    let application = at.application.map(|id| id.to_string());
    let name = at.name.as_ref().map(|name| format!("({name})"));
    let line = at.line.map_or_else(|| format!("+{}", at.pc), |line| format!("line {line}"));
    let words = [application, name, at.method.clone(), at.file.clone(), Some(line)];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// The uppermost cells of a stack, the top last.
fn cells(stack: &[Cell]) -> String {
    let below = stack.len().saturating_sub(SHOWN);
    let shown = stack[below..].iter().map(number);
    let rest = (below > 0).then(|| format!("{below} below"));
    format!("[{}]", rest.into_iter().chain(shown).collect::<Vec<_>>().join(" "))
}

/// Small numbers in decimal, others in hexadecimal.
fn number(cell: &Cell) -> String {
    match cell[0] as i64 {
        n @ -1_000_000..=1_000_000 if cell[1..] == [0; 3] => n.to_string(),
        _ => cell_text(cell),
    }
}

#[cfg(test)]
mod tests {
    use super::cells;

    #[test]
    fn stacks_show_their_top() {
        let stack: Vec<_> = (0..9_u64).map(|n| [n << 40, 0, 0, 0]).collect();
        assert_eq!(cells(&stack[..2]), "[0 0x10000000000]");
        assert!(cells(&stack).starts_with("[3 below 0x30000000000 "), "{}", cells(&stack));
        assert_eq!(cells(&[[u64::MAX, 0, 0, 0], [1, 1, 0, 0]]), "[-1 0x1_0000000000000001]");
        assert_eq!(cells(&[]), "[]");
    }
}
