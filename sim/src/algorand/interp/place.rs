// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a call ended that did not return, and what that was about: for reports. Nothing here is a rule of the machine.

use super::super::exception::{CODE_CROSSED, CODE_MACHINE, Cause, Outcome};
use super::super::image::Method;
use super::super::isa::{Class, DECODE, code};
use super::super::params::{STACK_LIMIT, STACK_MEM};
use super::super::world::PageId;
use super::invoke::Invoker;
use super::{Call, Instruction, Interp};

/// An active method: its segment, and the address of what it executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site {
    /// `applicationID` of the segment.
    pub app: u64,
    /// Address of the instruction, in an invoker that of its invocation.
    pub pc: usize,
}

/// Something that an access list does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// An application.
    App(u64),
    /// A page of a listed application.
    Page(PageId),
}

impl std::fmt::Display for Unlisted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unlisted::App(app) => write!(f, "application {app} is not in the access list"),
            Unlisted::Page(page) => write!(f, "page {page} is not in the access list"),
        }
    }
}

/// The last instruction that did not complete normally, as it was found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopped {
    pub app: u64,
    pub i: Instruction,
    /// Before the charge.
    pub tank: i64,
    /// Cells of the stack before, and the uppermost of them.
    pub cells: usize,
    pub operands: [u64; 3],
    /// Bytes of the frame.
    pub frame: usize,
    /// Bytes that were pending when it began.
    pub pending: usize,
}

impl Invoker {
    /// Address of the invocation.
    fn invoked_at(&self) -> usize {
        let opcode = if self.external { code::INVOKE_EXTERNAL } else { code::INVOKE_INTERNAL };
        self.return_to - usize::from(DECODE[usize::from(opcode)].len)
    }
}

impl Interp {
    /// The active methods, the running one first.
    pub fn active(&self) -> Vec<Site> {
        let (mut app, mut suspended) = (self.segment.app, self.segments.iter().rev());
        let mut sites = if self.depth > 0 { vec![Site { app, pc: self.pc }] } else { Vec::new() };
        for invoker in self.invokers.iter().rev() {
            if invoker.external {
                app = suspended.next().map_or(0, |s| s.app);
            }
            sites.push(Site { app, pc: invoker.invoked_at() });
        }
        sites
    }

    /// The methods that were active where the call ended, the innermost first; none if it returned, or did not begin.
    pub fn ended_in(&self) -> Vec<Site> {
        match self.outcome {
            Some(Outcome::Exception(_)) => self.unwound.clone(),
            Some(Outcome::OutOfFuel | Outcome::Rejected | Outcome::Capacity) => self.active(),
            Some(Outcome::Returned(_)) | None => Vec::new(),
        }
    }

    /// Remembers a method that an exception leaves.
    pub(super) fn leaves(&mut self, invoker: Option<&Invoker>) {
        let pc = invoker.map_or(self.pc, Invoker::invoked_at);
        self.unwound.push(Site { app: self.segment.app, pc });
    }

    /// The page, method, limit or operands that the end of the call was about; `call` is the one that was started.
    pub fn concerns(&self, call: &Call) -> Option<String> {
        let outcome = self.outcome?;
        let Some(s) = self.stopped else { return self.not_begun(outcome, call) };
        match outcome {
            Outcome::Returned(_) => None,
            Outcome::OutOfFuel => Some(format!("it costs {}, the tank held {}", s.tank - self.fuel, s.tank)),
            Outcome::Rejected => Some(self.unlisted(call)?.to_string()),
            Outcome::Capacity => Some(self.exhausted(&s)),
            // What was caught and thrown again is another `athrow`: the last one counts.
            Outcome::Exception(_) => self.thrown(&s),
        }
    }

    /// What a rejected call wanted to use; `call` is the one that was started.
    pub fn unlisted(&self, call: &Call) -> Option<Unlisted> {
        if self.outcome != Some(Outcome::Rejected) {
            return None;
        }
        Some(match self.stopped {
            None => Unlisted::App(call.app),
            Some(s) if s.i.row.class == Class::InvokeExternal => Unlisted::App(s.operands[1]),
            Some(s) => Unlisted::Page(s.page()),
        })
    }

    fn not_begun(&self, outcome: Outcome, call: &Call) -> Option<String> {
        match outcome {
            Outcome::Returned(_) => None,
            Outcome::OutOfFuel => Some(format!("the first invocation costs more than the tank held, {}", call.fuel)),
            Outcome::Rejected => Some(self.unlisted(call)?.to_string()),
            Outcome::Capacity => Some("a limit of the call".into()),
            Outcome::Exception(code) => {
                let cause = Cause::ALL.into_iter().find(|c| c.code() == code)?;
                Some(self.invocation(cause, call.app, call.method, call.args.len()))
            }
        }
    }

    fn thrown(&self, s: &Stopped) -> Option<String> {
        // Why it was thrown is asked of the checks themselves, in their order.
        let Outcome::Exception(code) = self.outcome? else { return None };
        if code & CODE_MACHINE == 0 {
            return Some(format!("it throws {}", code & !CODE_CROSSED));
        }
        let cause = *Cause::ALL.iter().find(|c| **c as u64 == code & 0xff)?;
        let width = 1_u64 << (s.i.opcode & 3);
        let pops = usize::from(s.i.row.pops);
        Some(match (s.i.row.class, cause) {
            (_, Cause::Fetch) => "its bytes are not all inside the code area".into(),
            (_, Cause::Opcode) => "no instruction has this opcode".into(),
            (_, Cause::Underflow) => format!("it pops {pops} cells of {}", s.cells),
            (_, Cause::Overflow) => format!("{} cells, the limit is {STACK_LIMIT}", s.cells),
            (Class::HLoad | Class::HStore, Cause::Page) => format!("page {} is absent", s.page()),
            (Class::Page, Cause::Page) if s.i.opcode == code::PALLOC => {
                format!("page {} exists, or was freed in this call", s.page())
            }
            (Class::Page, Cause::Page) => format!("page {} is absent", s.page()),
            (Class::HLoad | Class::HStore, _) => {
                format!("{width} bytes at offset {} of page {}", s.operands[1], s.page())
            }
            (Class::Page, _) => format!("{} bytes for page {}", s.operands[1], s.page()),
            (Class::InvokeExternal, _) => self.invocation(cause, s.operands[1], s.operands[0], s.pending),
            (Class::Invoke, _) => self.invocation(cause, s.app, self.word(s).into(), s.pending),
            (Class::InvokeNative, Cause::Method) => format!("no native method has the number {}", self.word(s)),
            (Class::InvokeNative, _) => format!("{} argument bytes are pending", s.pending),
            (Class::Load | Class::Store, _) => {
                format!("{width} bytes at offset {} of a frame of {}", self.word(s), s.frame)
            }
            (Class::LoadX, _) => format!("{width} bytes at offset {} of a frame of {}", s.operands[0], s.frame),
            (Class::StoreX, _) => format!("{width} bytes at offset {} of a frame of {}", s.operands[1], s.frame),
            (Class::Jump | Class::Branch | Class::Catch, _) => format!("offset {} of the code area", self.word(s)),
            _ if pops == 0 => return None,
            _ => format!("operands {}, the uppermost first", numbers(&s.operands[..pops.min(3)])),
        })
    }

    /// The 16-bit operand of an instruction, which lies wholly in its code area.
    fn word(&self, s: &Stopped) -> u16 {
        let image = self.access.app_index(s.app).and_then(|at| self.applications[at].as_ref());
        let bytes = image.and_then(|i| i.code().get(s.i.pc + 1..s.i.pc + 3));
        bytes.map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
    }

    /// Why a method could not be invoked.
    fn invocation(&self, cause: Cause, app: u64, index: u64, given: usize) -> String {
        let methods = self.access.app_index(app).and_then(|at| Some(self.applications[at].as_ref()?.methods()));
        let method = methods.and_then(|m| m.get(usize::try_from(index).ok()?));
        match (cause, methods, method) {
            (Cause::Application, ..) => format!("application {app} is not installed"),
            (Cause::Method, Some(m), _) => format!("application {app} has {} methods, none is {index}", m.len()),
            (Cause::Access, ..) => format!("method {index} of application {app} is private"),
            (Cause::Arguments, _, Some(Method { args, .. })) => {
                format!("method {index} of application {app} takes {args} argument bytes, {given} were given")
            }
            _ => format!("method {index} of application {app}"),
        }
    }

    /// The resource that there was not enough of.
    fn exhausted(&self, s: &Stopped) -> String {
        let limits = &self.limits;
        match s.i.row.class {
            Class::HStore | Class::Page => format!("the undo log is full, for page {}", s.page()),
            _ if self.depth >= limits.call_depth => format!("{} methods are active, the limit", self.depth),
            _ if self.invocations >= limits.invocations => format!("{} invocations, the limit", self.invocations),
            _ if self.stack.top() + STACK_LIMIT > STACK_MEM + usize::from(s.i.row.pops) => {
                "memory for operand stacks".into()
            }
            _ => "memory for frames".into(),
        }
    }
}

impl Stopped {
    /// The page of a heap instruction.
    fn page(&self) -> PageId {
        PageId { app: self.app, page: self.operands[0] }
    }
}

fn numbers(cells: &[u64]) -> String {
    cells.iter().map(|c| (*c as i64).to_string()).collect::<Vec<_>>().join(", ")
}
