// SPDX-License-Identifier: MIT OR Apache-2.0
//! The interpreter: the architecture of the Algorand machine, one instruction at a time.
//!
//! It is the judge of the core model and of the RTL at every retirement, and it is what the
//! smart-contract oracle runs. The rules are in `docs/algorand/machine.md`; decision numbers (D1 to
//! D35) are cited where a rule applies. It shares the instruction table and the pure functions of
//! [`crate::units`] with the core model, and nothing else.
//!
//! [`Interp::step`] is the whole life of an instruction: fetch, fuel, checks, effect, record. The
//! effects are in one file per opcode family:
//!
//! | file | family |
//! | --- | --- |
//! | `stack`, `arith` | cells: constants, `dup` and its like, arithmetic, comparisons |
//! | `memory` | local frame, constants, pending arguments |
//! | `control` | branches, `switch`, `catch` |
//! | `invoke` | the start of a call, `invoke_internal`, completion |
//! | `external` | `invoke_external`, segments, `self`, `caller` |
//! | `native` | `invoke_native` and its price |
//! | `heap`, `undo` | pages; the undo log and its scopes |
//! | `unwind` | what follows a throw |
//! | `place` | where a call ended, for reports |
//! | `shared` | what [`super::fast`] uses of it |

mod arith;
mod control;
mod external;
mod heap;
mod invoke;
mod memory;
mod native;
mod place;
pub(super) mod shared;
mod stack;
#[cfg(test)]
mod tests;
mod undo;
mod unwind;

use std::sync::Arc;

use super::authority::Authority;
use super::exception::{CallEnd, Cause, Outcome};
use super::image::Image;
use super::isa::{Class, DECODE, Decode};
use super::params::{CALL_DEPTH, INVOCATIONS, LOG_DEPTH, STACK_LIMIT};
use super::world::{AccessList, Effects, PageId};
use crate::trace::retire::Retire;
use external::Segment;
use heap::Heap;
use invoke::Invoker;
use memory::Frames;
use place::Stopped;
use stack::Stack;

pub use place::{Site, Unlisted};

/// Limits that a scenario may lower.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Methods active at once, the first included; above [`CALL_DEPTH`] it has no effect.
    pub call_depth: usize,
    /// Invocations in the call, the first included.
    pub invocations: u32,
    /// Entries of the undo log; above [`LOG_DEPTH`] it has no effect.
    pub log: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { call_depth: CALL_DEPTH, invocations: INVOCATIONS, log: LOG_DEPTH }
    }
}

/// What the host asks for: one invocation from application 0 (D18).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// `applicationID` of the method.
    pub app: u64,
    /// Index of a public method.
    pub method: u64,
    /// Argument bytes, exactly as many as the method declares.
    pub args: Vec<u8>,
    /// `fuelTank` before the first invocation is charged.
    pub fuel: i64,
    /// Limits of the call.
    pub limits: Limits,
    /// Applications and pages that the call may use (D32); nothing else of the world is looked at.
    pub access: AccessList,
    /// Signatures for native `authorized`; none outside a node.
    pub authority: Authority,
}

/// A call in progress, or over. It has its own copy of what it needs of the world.
#[derive(Clone, Debug)]
pub struct Interp {
    limits: Limits,
    access: AccessList,
    /// Signatures that are not used yet. No rollback gives one back (decision 0022).
    authority: Authority,
    /// What is installed of the listed applications; the index is that in `access`.
    applications: Vec<Option<Arc<Image>>>,

    /// The working segment; kept here so that fetching looks nothing up.
    segment: Segment,
    /// Suspended segments, the host's first: one per active external invocation.
    segments: Vec<Segment>,
    heap: Heap,

    /// May equal the length of the code area, where nothing can be fetched; never wraps.
    pc: usize,
    /// Negative only once the call is out of fuel.
    fuel: i64,
    stack: Stack,
    frames: Frames,
    /// Suspended methods, the first one first.
    invokers: Vec<Invoker>,
    /// Active methods: the suspended ones and the running one.
    depth: usize,
    /// Invocations so far.
    invocations: u32,
    /// An exception on its way into the `catch` at `pc`.
    caught: Option<u64>,

    /// Instructions retired so far.
    order: u64,
    outcome: Option<Outcome>,

    /// For reports: the last instruction that did not complete normally, and the methods that its exception has left.
    stopped: Option<Stopped>,
    unwound: Vec<Site>,
}

/// What keeps an instruction from completing normally.
enum Stop {
    /// The machine throws.
    Throw(Cause),
    /// The program throws this value.
    Athrow(u64),
    /// The whole call ends.
    End(CallEnd),
}

impl From<Cause> for Stop {
    fn from(cause: Cause) -> Stop {
        Stop::Throw(cause)
    }
}

impl From<CallEnd> for Stop {
    fn from(end: CallEnd) -> Stop {
        Stop::End(end)
    }
}

/// A fetched instruction.
#[derive(Clone, Copy, Debug)]
struct Instruction {
    pc: usize,
    opcode: u8,
    row: &'static Decode,
    /// It lies wholly inside the code area (D6).
    whole: bool,
}

impl Instruction {
    /// Address of the instruction textually after this one; there is none after one that is not
    /// whole (D4, D6).
    fn next(&self) -> Option<usize> {
        self.whole.then_some(self.pc + usize::from(self.row.len))
    }
}

impl Interp {
    /// Executes up to and including the next instruction that retires; `None` when the call is
    /// over. Whatever an exception unwinds is unwound before this returns.
    pub fn step(&mut self) -> Option<Retire> {
        if self.outcome.is_some() {
            return None;
        }
        let i = self.fetch();
        let segment = self.app();
        let tank = self.fuel;
        // The tank is not negative here, and no price is near the range of the tank.
        self.fuel = tank - self.price(i);
        let top = self.stack.top();
        let n_operands = usize::from(i.row.pops).min(self.stack.depth());
        let operands = self.stack.uppermost(n_operands);
        let pending = self.frames.pending_bytes();
        let (n_results, exception) = match self.perform(i) {
            Ok(n_results) => (n_results, 0),
            Err(stop) => {
                // Every check comes before the first write: taking the cells back undoes all.
                self.stack.set_top(top);
                self.pc = i.pc;
                let (cells, frame) = (self.stack.depth(), self.frames.current().len());
                self.stopped = Some(Stopped { app: segment, i, tank, cells, operands, frame, pending });
                (0, self.stop(stop, i))
            }
        };
        let order = self.order;
        self.order += 1;
        Some(Retire {
            order,
            cycle: 0,
            pc: i.pc as u64,
            segment,
            opcode: i.opcode.into(),
            meter_before: Some(tank),
            meter_after: Some(self.fuel),
            n_operands: n_operands as u8,
            n_results,
            operands,
            results: Retire::narrow(self.stack.uppermost(n_results.into())),
            exception,
        })
    }

    fn fetch(&self) -> Instruction {
        let (pc, code) = (self.pc, self.segment.image.code());
        if let Some(&opcode) = code.get(pc) {
            let row = &DECODE[usize::from(opcode)];
            if pc + usize::from(row.len) <= code.len() {
                return Instruction { pc, opcode, row, whole: true };
            }
        }
        // Fuel 1, as for an undefined opcode, which byte 0 is.
        Instruction { pc, opcode: 0, row: &DECODE[0], whole: false }
    }

    /// The checks that every instruction has in common, in the order of D9, then the instruction.
    /// Gives the number of results to report.
    fn perform(&mut self, i: Instruction) -> Result<u8, Stop> {
        if self.fuel < 0 {
            return Err(CallEnd::OutOfFuel.into());
        }
        let next = i.next().ok_or(Cause::Fetch)?;
        if i.row.class == Class::Undefined {
            return Err(Cause::Opcode.into());
        }
        let (depth, pops) = (self.stack.depth(), usize::from(i.row.pops));
        if depth < pops {
            return Err(Cause::Underflow.into());
        }
        if depth - pops + usize::from(i.row.pushes) > STACK_LIMIT {
            return Err(Cause::Overflow.into());
        }
        self.pc = next;
        self.execute(i)
    }

    fn execute(&mut self, i: Instruction) -> Result<u8, Stop> {
        match i.row.class {
            Class::Nop => {}
            Class::Imm => self.constant(i),
            Class::Stack => self.shuffle(i.opcode),
            Class::Who => self.who(i.opcode),
            Class::Alu => self.alu(i)?,
            Class::Mul => self.multiply(i.opcode)?,
            Class::Div => self.divide(i.opcode)?,
            Class::Load => self.load(i)?,
            Class::LoadX => self.loadx(i.opcode)?,
            Class::Store => self.store(i)?,
            Class::StoreX => self.storex(i.opcode)?,
            Class::CLoad => self.cload(i)?,
            Class::CLoadX => self.cloadx(i.opcode)?,
            Class::Arg => self.arg(i.opcode)?,
            Class::Jump => self.jump(i)?,
            Class::Branch => self.branch(i)?,
            Class::Switch => self.switch(i)?,
            Class::Catch => return self.catch(i),
            Class::Throw => return Err(Stop::Athrow(self.stack.pop())),
            Class::Invoke => return self.invoke(i).map(|()| 0),
            Class::Return => return Ok(self.complete(i.opcode)),
            Class::InvokeExternal => return self.invoke_external().map(|()| 0),
            Class::InvokeNative => return self.invoke_native(i),
            Class::HLoad => self.hload(i.opcode)?,
            Class::HStore => self.hstore(i.opcode)?,
            Class::Page => self.page(i.opcode)?,
            Class::Undefined => return Err(Cause::Opcode.into()),
        }
        // Of the three cells of `over`, the first two are compared.
        Ok(i.row.pushes.min(2))
    }

    /// A 16-bit operand; `at` counts bytes after the opcode.
    fn operand(&self, i: Instruction, at: usize) -> u16 {
        u16::from_le_bytes(memory::bytes(self.segment.image.code(), i.pc + 1 + at))
    }

    /// Steps until the call is over or `max_instructions` have retired; the outcome if it is over.
    pub fn run(&mut self, max_instructions: u64) -> Option<Outcome> {
        for _ in 0..max_instructions {
            if self.step().is_none() {
                break;
            }
        }
        self.outcome
    }

    /// How the call ended; `None` while it runs.
    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome
    }

    /// Signatures that the call has not used.
    pub fn authority(&self) -> &Authority {
        &self.authority
    }

    /// `fuelTank`.
    pub fn fuel(&self) -> i64 {
        self.fuel
    }

    /// Invocations made in this call, the first method's among them.
    pub fn invocations(&self) -> u32 {
        self.invocations
    }

    /// `PC`: the instruction that [`Interp::step`] executes next.
    pub fn pc(&self) -> usize {
        self.pc
    }

    /// `applicationID` of the working segment; 0 while there has been no first frame, that of the first
    /// frame after it has completed.
    pub fn app(&self) -> u64 {
        self.segment.app
    }

    /// Active methods; 0 once the first has completed. A call that ended out of fuel or at a
    /// limit stays as it was found.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Operand stack of the running method, bottom to top.
    pub fn stack(&self) -> &[u64] {
        self.stack.cells()
    }

    /// Local frame of the running method.
    pub fn frame(&self) -> &[u8] {
        self.frames.current()
    }

    /// Argument bytes for the next invocation.
    pub fn pending(&self) -> &[u8] {
        self.frames.pending()
    }

    /// What the call did to the heap; complete when the call is over.
    pub fn effects(&self) -> Effects {
        let returned = matches!(self.outcome, Some(Outcome::Returned(_)));
        self.heap.effects(self.access.pages(), returned)
    }

    /// The listed pages as they are now, ascending; `None` for one that is absent. Of a call that has not
    /// returned nothing of this is kept.
    pub fn pages(&self) -> impl Iterator<Item = (PageId, Option<&[u8]>)> {
        self.access.pages().iter().copied().zip(self.heap.pages())
    }
}
