// SPDX-License-Identifier: MIT OR Apache-2.0
//! The tree that a random program is before it is code. Everything in it can be removed: a snippet leaves the
//! operand stack as it found it (unless it throws), methods and applications are referred to by name, and a
//! reference to something that is gone makes no code.

use serde::{Deserialize, Serialize};

use super::step::Step;

/// Applications, the world around them, the calls to make. What shrinking works on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The seed it was drawn from.
    pub seed: u64,
    /// Installed applications.
    pub apps: Vec<App>,
    /// What calls may use that have no list of their own.
    pub access: Vec<Listed>,
    /// Limits of all calls.
    pub limits: Limits,
    /// Host latency.
    pub latency: Latency,
    /// Calls, made in order on one world.
    pub calls: Vec<Call>,
}

/// An installed application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// `applicationID`, not 0.
    pub id: u64,
    /// Methods; the position is the index.
    pub methods: Vec<Method>,
    /// Constants after the method table; the tables of `switch` follow them.
    pub constants: Vec<u8>,
    /// Code after the last method, at least one byte: what is found behind its end.
    pub tail: Vec<u8>,
    /// Pages before the first call.
    pub pages: Vec<Page>,
}

/// A page of an application's heap.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// `pageIndex`.
    pub page: u64,
    /// Contents, 8 bytes each.
    pub words: Vec<u64>,
}

/// A method.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Method {
    /// Name by which it is referred to, unique in its application.
    pub name: u16,
    /// Callable from outside.
    pub public: bool,
    /// Argument bytes.
    pub args: u16,
    /// Bytes after the arguments that snippets use as they like.
    pub scratch: u16,
    /// 8-byte cells after those, for the counters of nested loops and for the next depth of a recursion.
    pub counters: u8,
    /// Bytes at the end of the frame that nothing uses.
    pub unused: u16,
    /// It returns a cell, wherever it ends: whoever invokes it relies on that.
    pub returns: bool,
    /// What it does.
    pub body: Vec<Snippet>,
    /// How it ends.
    pub end: End,
}

impl Method {
    /// Frame offset of a counter: the cells follow arguments and scratch bytes.
    pub fn counter(&self, index: u32) -> u32 {
        (u32::from(self.args) + u32::from(self.scratch)).next_multiple_of(8) + 8 * index
    }

    /// Frame bytes; too large a sum stays too large, so that the image refuses it.
    pub fn frame(&self) -> u16 {
        u16::try_from(self.counter(self.counters.into()) + u32::from(self.unused)).unwrap_or(u16::MAX)
    }
}

/// How a method ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// `return`.
    #[default]
    Return,
    /// `ireturn` of the cell that the step pushes.
    Value(Step),
    /// `athrow` of the cell that the step pushes.
    Throw(Step),
    /// It runs into what lies behind it.
    Fall,
}

/// A piece of a program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Snippet {
    /// Instructions in a row. What they leave on the stack is dropped; what lay there before is not used:
    /// an instruction that needs more underflows.
    Line {
        /// The instructions.
        code: Vec<Step>,
        /// Takes the top cell, if there is one.
        keep: Option<Step>,
    },
    /// `if`.
    If {
        /// Leaves the condition.
        cond: Vec<Step>,
        /// `then` is for zero.
        zero: bool,
        /// One way.
        then: Vec<Snippet>,
        /// The other.
        other: Vec<Snippet>,
    },
    /// `switch`; an index beyond the arms falls through to nothing.
    Switch {
        /// Leaves the index.
        index: Vec<Step>,
        /// One for each entry of the table.
        arms: Vec<Vec<Snippet>>,
    },
    /// A loop with its counter in the frame; it runs `times` times.
    Loop {
        /// Rounds, at least 1.
        times: u16,
        /// Counts up, instead of down to 0.
        up: bool,
        /// One round.
        body: Vec<Snippet>,
    },
    /// The body runs on top of some cells.
    Above {
        /// How many.
        cells: u8,
        /// What runs there.
        body: Vec<Snippet>,
    },
    /// A handler for what the body throws in this method, or lets its callees throw. Whatever cells its `catch` finds
    /// on the stack, those of the snippets around are there again before it goes on.
    Catch {
        /// The body.
        body: Vec<Snippet>,
        /// `catch` after every instruction, also after those that can only throw for their operands' number.
        every: bool,
        /// Takes the exception code, combined with the cells that the body left below it.
        keep: Option<Step>,
        /// Throws the code again (bits 63 and 62 cleared).
        rethrow: bool,
        /// What the handler does after that.
        handler: Vec<Snippet>,
    },
    /// An invocation of a method of the plan.
    Invoke {
        /// Its application if it is invoked externally.
        app: Option<u64>,
        /// Its name.
        method: u16,
        /// log2 of the width, and what pushes the cell.
        args: Vec<(u8, Step)>,
        /// Takes the returned cell, if there is one.
        keep: Option<Step>,
    },
    /// An early end of the method.
    Leave(End),
    /// A branch to the code behind the last method, where the code area ends soon.
    RunOff,
}

impl Snippet {
    /// The lists of snippets in it.
    pub fn bodies(&self) -> Vec<&Vec<Snippet>> {
        match self {
            Snippet::If { then, other, .. } => vec![then, other],
            Snippet::Switch { arms, .. } => arms.iter().collect(),
            Snippet::Loop { body, .. } | Snippet::Above { body, .. } => vec![body],
            Snippet::Catch { body, handler, .. } => vec![body, handler],
            Snippet::Line { .. } | Snippet::Invoke { .. } | Snippet::Leave(_) | Snippet::RunOff => Vec::new(),
        }
    }

    /// The lists of snippets in it, to change them.
    pub fn bodies_mut(&mut self) -> Vec<&mut Vec<Snippet>> {
        match self {
            Snippet::If { then, other, .. } => vec![then, other],
            Snippet::Switch { arms, .. } => arms.iter_mut().collect(),
            Snippet::Loop { body, .. } | Snippet::Above { body, .. } => vec![body],
            Snippet::Catch { body, handler, .. } => vec![body, handler],
            Snippet::Line { .. } | Snippet::Invoke { .. } | Snippet::Leave(_) | Snippet::RunOff => Vec::new(),
        }
    }

    /// Name of its kind, for figures.
    pub fn kind(&self) -> &'static str {
        match self {
            Snippet::Line { .. } => "line",
            Snippet::If { .. } => "if",
            Snippet::Switch { .. } => "switch",
            Snippet::Loop { .. } => "loop",
            Snippet::Above { .. } => "above",
            Snippet::Catch { .. } => "catch",
            Snippet::Invoke { app: None, .. } => "invoke_internal",
            Snippet::Invoke { app: Some(_), .. } => "invoke_external",
            Snippet::Leave(_) => "leave",
            Snippet::RunOff => "run_off",
        }
    }
}

/// An entry of an access list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The application.
    pub app: u64,
    /// Pages of it.
    pub pages: Vec<u64>,
}

/// Limits, as the interpreter's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Methods active at once.
    pub call_depth: usize,
    /// Invocations of a call.
    pub invocations: u32,
    /// Entries of the undo log.
    pub log: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        let avm_sim::algorand::interp::Limits { call_depth, invocations, log } = Default::default();
        Limits { call_depth, invocations, log }
    }
}

/// Cycles until the host answers, as a scenario's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Seed of the draw.
    pub seed: u64,
    /// Fewest.
    pub min: u32,
    /// Most.
    pub max: u32,
}

impl Default for Latency {
    fn default() -> Latency {
        Latency { seed: 1, min: 1, max: 1 }
    }
}

/// A call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// `applicationID`; it need not be installed.
    pub app: u64,
    /// Name of the method; one that does not exist becomes an index that does not.
    pub method: u16,
    /// Argument bytes.
    pub args: Vec<u8>,
    /// Tank, 0 or more.
    pub fuel: i64,
    /// Its own access list.
    pub access: Option<Vec<Listed>>,
}
