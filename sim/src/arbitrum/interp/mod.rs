// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interpreter: the architecture, one instruction at a time.
//!
//! The order of a step is here; effects are in `effects/`, values in `cell` and `heap`, code in `code`, hashes of the state in
//! `hashing`, what proofs show in `crate::arbitrum::proof`. Derived from `docs/arbitrum/rules.md` alone.
//!
//! No instruction has an effect before all its operands have been found right, so that a step that finds no room, or
//! no message, is undone by taking the immediate and the gas back.

mod cell;
mod code;
mod effects;
mod hashing;
mod heap;
mod limits;
mod load;
mod record;

use std::collections::VecDeque;

use ruint::aliases::U256;

pub use cell::{Cell, TupleRef};
pub use hashing::Hashed;
pub use limits::{Full, Limits, Resource};

use super::hash::{Hash, ZERO};
use super::inbox::Message;
use super::isa::code::ECPAIRING;
use super::isa::{ERROR_GAS, PAIR_GAS};
use super::value::Value;
use code::{Code, Head};
use heap::Heap;

/// Whether the machine runs; numbers as in step records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// Running.
    Extensive = 0,
    /// Stopped by an error without a handler.
    ErrorStop = 1,
    /// Stopped by `halt`.
    Halted = 2,
}

/// Why a step was an error (A9). For reports; not part of the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Too few values on a stack.
    Underflow,
    /// Less gas than the instruction costs.
    Gas,
    /// The opcode is invalid.
    Opcode,
    /// An operand has a wrong type.
    Type,
    /// An operand is wrong beyond its type.
    Value,
    /// `error`.
    Raised,
}

impl Cause {
    /// Name, as in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Cause::Underflow => "underflow",
            Cause::Gas => "gas",
            Cause::Opcode => "opcode",
            Cause::Type => "type",
            Cause::Value => "value",
            Cause::Raised => "raised",
        }
    }
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// An instruction completed.
    Done,
    /// An error was taken: to its handler, or to ErrorStop.
    Error(Cause),
    /// No message in the inbox; nothing has happened.
    Blocked,
    /// No room; nothing has happened.
    Capacity(Resource),
    /// The machine had stopped before; nothing has happened.
    Stopped,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// `halt`.
    Halted,
    /// An error without a handler.
    ErrorStop,
    /// The inbox is empty; may go on after [`Machine::give`].
    Blocked,
    /// No room.
    Capacity(Resource),
    /// As many steps as were asked for.
    Steps,
}

/// What a machine is set up with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// `inboxpeek` and the pending message (A2).
    pub legacy_inboxpeek: bool,
    /// Where the hardware ends; nowhere by default.
    pub limits: Limits,
}

/// A value that was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its hash.
    pub hash: Hash,
    /// The value, unless it is too large to be written out, or what was logged before it was.
    pub value: Option<Value>,
}

/// What went in and out so far. Not part of the machine hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counters {
    /// Steps, errors included.
    pub steps: u64,
    /// Gas used, cumulative (A31).
    pub gas_used: u64,
    /// Messages taken from the inbox.
    pub messages: u64,
    /// Sends.
    pub sends: u64,
    /// Logs.
    pub logs: u64,
    /// Chain of the messages' hashes (A7).
    pub inbox_acc: Hash,
    /// Chain of the sends' hashes.
    pub send_acc: Hash,
    /// Chain of the logs' hashes.
    pub log_acc: Hash,
}

impl Counters {
    const START: Counters = Counters {
        steps: 0,
        gas_used: 0,
        messages: 0,
        sends: 0,
        logs: 0,
        inbox_acc: ZERO,
        send_acc: ZERO,
        log_acc: ZERO,
    };
}

/// Limits as numbers to compare with.
#[derive(Clone, Copy, Debug)]
struct Room {
    data: usize,
    aux: usize,
    code: usize,
    immediates: usize,
    /// Without `ecpairing` and `inboxpeek`.
    plain: bool,
}

/// A machine.
#[derive(Clone, Debug)]
pub struct Machine {
    code: Code,
    heap: Heap,
    data: Vec<Cell>,
    aux: Vec<Cell>,
    pc: u32,
    /// Limbs, the lowest first.
    gas: [u64; 4],
    err: u32,
    status: Status,
    register: Cell,
    fixed: Cell,
    pending: Option<Cell>,
    room: Room,
    config: Config,
    inbox: VecDeque<Message>,
    counters: Counters,
    logs: Vec<Log>,
    /// Values that may still be written out of what is logged.
    log_room: usize,
    sends: Vec<Vec<u8>>,
    /// Not part of the state.
    stopped: Option<Cause>,
}

/// Why an effect did not happen.
enum Halt {
    Error(Cause),
    Blocked,
    Capacity(Resource),
}

type Effect = Result<(), Halt>;

impl Machine {
    /// Puts a message at the end of the inbox.
    pub fn give(&mut self, message: Message) {
        self.inbox.push_back(message);
    }

    /// One step (rules, "A step").
    #[inline]
    pub fn step(&mut self) -> Step {
        if self.status != Status::Extensive {
            return Step::Stopped;
        }
        let pc = self.pc;
        let head = self.code.head(pc);
        if self.data.len() + usize::from(head.immediate + head.grows) > self.room.data {
            return Step::Capacity(Resource::Data);
        }
        if self.aux.len() + usize::from(head.aux_grows) > self.room.aux {
            return Step::Capacity(Resource::Aux);
        }
        if head.immediate == 1 {
            let immediate = self.code.immediate(pc);
            self.heap.retain(immediate);
            self.data.push(immediate);
        }
        if self.data.len() < usize::from(head.pops) || self.aux.len() < usize::from(head.aux_pops) {
            self.charge_error();
            return self.error(head, Cause::Underflow);
        }
        let cost = u64::from(head.gas)
            + if head.opcode == ECPAIRING && !self.room.plain { self.pairs() * PAIR_GAS } else { 0 };
        if !self.charge(cost) {
            self.gas = [u64::MAX; 4];
            self.counters.gas_used += u64::from(ERROR_GAS);
            return self.error(head, Cause::Gas);
        }
        self.pc = head.next;
        match self.effect(head.opcode, pc) {
            Ok(()) => {
                self.counters.steps += 1;
                Step::Done
            }
            Err(halt) => self.halted(halt, pc, head, cost),
        }
    }

    /// Steps until the run ends or so many steps were made.
    pub fn run(&mut self, max_steps: u64) -> End {
        for _ in 0..max_steps {
            match self.step() {
                Step::Done | Step::Error(_) => {}
                Step::Blocked => return End::Blocked,
                Step::Capacity(resource) => return End::Capacity(resource),
                Step::Stopped => break,
            }
        }
        match self.status {
            Status::Extensive => End::Steps,
            Status::ErrorStop => End::ErrorStop,
            Status::Halted => End::Halted,
        }
    }

    /// Takes gas; `false`, and takes none, if there is less.
    #[inline(always)]
    fn charge(&mut self, cost: u64) -> bool {
        if self.gas[0] >= cost {
            // The usual case: no borrow.
            self.gas[0] -= cost;
        } else {
            match self.gas().checked_sub(U256::from(cost)) {
                Some(rest) => self.gas = *rest.as_limbs(),
                None => return false,
            }
        }
        self.counters.gas_used += cost;
        true
    }

    /// Gas of an underflow (A26).
    #[cold]
    fn charge_error(&mut self) {
        if !self.charge(ERROR_GAS.into()) {
            self.gas = [u64::MAX; 4];
            self.counters.gas_used += u64::from(ERROR_GAS);
        }
    }

    /// An effect that did not happen.
    #[cold]
    fn halted(&mut self, halt: Halt, pc: u32, head: Head, cost: u64) -> Step {
        self.pc = pc;
        let step = match halt {
            Halt::Error(cause) => return self.error(head, cause),
            Halt::Blocked => Step::Blocked,
            Halt::Capacity(resource) => Step::Capacity(resource),
        };
        self.gas = *self.gas().wrapping_add(U256::from(cost)).as_limbs();
        self.counters.gas_used -= cost;
        if head.immediate == 1 {
            self.drop_top();
        }
        step
    }

    /// Takes an error: operands go, and the handler comes, if there is one (A8).
    #[cold]
    fn error(&mut self, head: Head, cause: Cause) -> Step {
        for _ in 0..usize::from(head.pops).min(self.data.len()) {
            self.drop_top();
        }
        for _ in 0..usize::from(head.aux_pops).min(self.aux.len()) {
            if let Some(cell) = self.aux.pop() {
                self.heap.release(cell);
            }
        }
        if self.err == self.code.error() {
            self.status = Status::ErrorStop;
            self.stopped = Some(cause);
        } else {
            self.pc = self.err;
        }
        self.counters.steps += 1;
        Step::Error(cause)
    }

    /// Drops the top of the data stack.
    #[inline(always)]
    fn drop_top(&mut self) {
        if let Some(cell) = self.data.pop() {
            self.heap.release(cell);
        }
    }

    /// Whether the machine runs.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Why it is in ErrorStop. For reports.
    pub fn stopped_by(&self) -> Option<Cause> {
        self.stopped
    }

    /// Index of the word to be executed next; of one that has stopped by an error, or finds no message or no room, that of
    /// the instruction which did not complete.
    pub fn pc(&self) -> u32 {
        self.pc
    }

    /// Opcode of the word to be executed next.
    pub fn opcode(&self) -> u8 {
        self.code.head(self.pc).opcode
    }

    /// Gas remaining.
    pub fn gas(&self) -> U256 {
        U256::from_limbs(self.gas)
    }

    /// Index of errCodePoint.
    pub fn error_handler(&self) -> u32 {
        self.err
    }

    /// Index of the error CodePoint.
    pub fn error_code_point(&self) -> u32 {
        self.code.error()
    }

    /// Values on the data stack and on the aux stack.
    pub fn depths(&self) -> (usize, usize) {
        (self.data.len(), self.aux.len())
    }

    /// What went in and out so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Values logged so far, in order.
    pub fn logs(&self) -> &[Log] {
        &self.logs
    }

    /// Bytes sent so far, in order.
    pub fn sends(&self) -> &[Vec<u8>] {
        &self.sends
    }

    /// Messages that wait in the inbox.
    pub fn waiting(&self) -> usize {
        self.inbox.len()
    }

    /// The message that `inbox` takes next, if nothing is pending.
    pub fn next_message(&self) -> Option<&Message> {
        self.inbox.front()
    }

    /// What it was set up with.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How much of a resource is taken, as its limit counts it.
    pub fn used(&self, resource: Resource) -> usize {
        match resource {
            Resource::Data => self.data.len(),
            Resource::Aux => self.aux.len(),
            Resource::Code => self.code.words(),
            Resource::Immediates => self.code.long(),
            Resource::Heap => self.heap.used(),
            Resource::Units => 0,
        }
    }

    /// Tuples that are live, those of the image included.
    pub fn live_tuples(&self) -> usize {
        self.heap.live()
    }

    /// Counts all references anew and compares them with those kept; for tests of the interpreter.
    pub fn audit(&self) -> Result<(), String> {
        let single = [self.register, self.fixed].into_iter().chain(self.pending);
        let stacks = self.data.iter().chain(&self.aux).copied();
        self.heap.audit(single.chain(stacks).chain(self.code.immediates()))
    }
}
