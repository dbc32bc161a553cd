// SPDX-License-Identifier: MIT OR Apache-2.0
//! Invocation and completion of methods; the start of a call.

use std::sync::Arc;

use super::super::exception::{CallEnd, Cause, Outcome};
use super::super::image::Method;
use super::super::isa::{FIRST_INVOKE_FUEL, code};
use super::super::params::{CALL_DEPTH, STACK_LIMIT, STACK_MEM};
use super::super::world::World;
use super::external::Segment;
use super::heap::Heap;
use super::memory::{Extent, Frames};
use super::stack::Stack;
use super::{Call, Instruction, Interp, Limits, Stop};

/// A suspended method, as the call stack remembers it. Its operand stack ends where that of the
/// method it invoked begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invoker {
    /// Address after the invocation instruction.
    pub(super) return_to: usize,
    frame: Extent,
    stack_base: usize,
    /// It invoked externally: a segment is suspended and a rollback scope open.
    pub(super) external: bool,
}

impl Invoker {
    /// One that invoked a method of its own application; its frame's base and bytes.
    pub(super) fn internal(return_to: usize, (base, len): (usize, usize), stack_base: usize) -> Invoker {
        Invoker { return_to, frame: Extent { base, len }, stack_base, external: false }
    }
}

impl Interp {
    /// Performs the first invocation: an `invoke_external` from application 0, priced and checked
    /// as one (D18). The call may already be over after it.
    pub fn start(world: &World, call: &Call) -> Interp {
        let installed = |app: &u64| world.apps.get(app).map(Arc::clone);
        let mut interp = Interp {
            limits: Limits { call_depth: call.limits.call_depth.min(CALL_DEPTH), ..call.limits },
            applications: call.access.apps().iter().map(installed).collect(),
            heap: Heap::new(world, call.access.pages(), call.limits.log),
            access: call.access.clone(),
            authority: call.authority.clone(),
            segment: Segment::default(),
            segments: Vec::new(),
            pc: 0,
            fuel: call.fuel.saturating_sub(FIRST_INVOKE_FUEL.into()),
            stack: Stack::new(),
            frames: Frames::new(),
            invokers: Vec::new(),
            depth: 0,
            invocations: 0,
            caught: None,
            order: 0,
            outcome: None,
            stopped: None,
            unwound: Vec::new(),
        };
        interp.outcome = match interp.first(call) {
            Ok(()) => None,
            // It leaves no frame, so it crosses no boundary.
            Err(Stop::Throw(cause)) => Some(Outcome::Exception(cause.code())),
            Err(Stop::Athrow(code)) => Some(Outcome::Exception(code)),
            Err(Stop::End(end)) => Some(end_of_call(end)),
        };
        interp
    }

    /// No rollback scope opens: the host discards the changes of a call that does not return.
    fn first(&mut self, call: &Call) -> Result<(), Stop> {
        if self.fuel < 0 {
            return Err(CallEnd::OutOfFuel.into());
        }
        let (image, method) = self.public_method(call.app, call.method, call.args.len())?;
        self.check_capacity(method)?;
        for byte in &call.args {
            self.frames.append((*byte).into(), 0)?;
        }
        self.frames.take_pending();
        self.enter_segment(call.app, image);
        self.enter(method);
        Ok(())
    }

    /// `invoke_internal`. Whatever comes of it, the pending arguments are used up (D11); what it
    /// throws, it throws in the invoker (D13).
    pub(super) fn invoke(&mut self, i: Instruction) -> Result<(), Stop> {
        let pending = self.frames.take_pending();
        let index = usize::from(self.operand(i, 0));
        let method = *self.segment.image.methods().get(index).ok_or(Cause::Method)?;
        if pending != usize::from(method.args) {
            return Err(Cause::Arguments.into());
        }
        self.check_capacity(method)?;
        self.suspend(method, false);
        Ok(())
    }

    /// Suspends the running method and makes `method` the running one.
    pub(super) fn suspend(&mut self, method: Method, external: bool) {
        let (return_to, stack_base) = (self.pc, self.stack.base());
        let frame = self.enter(method);
        self.invokers.push(Invoker { return_to, frame, stack_base, external });
    }

    /// Exhausted resources end the call: nobody can catch them (D3).
    pub(super) fn check_capacity(&self, method: Method) -> Result<(), Stop> {
        let room = self.depth < self.limits.call_depth
            && self.invocations < self.limits.invocations
            && self.frames.has_room(method.frame.into())
            && self.stack.top() + STACK_LIMIT <= STACK_MEM;
        if room { Ok(()) } else { Err(CallEnd::Capacity.into()) }
    }

    /// Makes `method` the running one; gives the extent of its invoker's frame.
    fn enter(&mut self, method: Method) -> Extent {
        self.depth += 1;
        self.invocations += 1;
        self.stack.enter();
        self.pc = method.offset.into();
        self.frames.enter(method.args.into(), method.frame.into())
    }

    /// `return` and `ireturn` (D16). Gives the number of results: the invoker's new top, if any.
    pub(super) fn complete(&mut self, opcode: u8) -> u8 {
        let value = (opcode == code::IRETURN).then(|| self.stack.pop());
        let Some(invoker) = self.leave() else {
            self.outcome = Some(Outcome::Returned(value));
            return 0;
        };
        self.pc = invoker.return_to;
        if invoker.external {
            self.heap.merge_scope();
            self.restore_segment();
        }
        let Some(value) = value else { return 0 };
        self.stack.push(value); // there is room: D14
        1
    }

    /// Drops the running method and restores its invoker's frame and stack; gives the invoker, or `None`
    /// if it was the first method.
    pub(super) fn leave(&mut self) -> Option<Invoker> {
        self.depth -= 1;
        let Some(invoker) = self.invokers.pop() else {
            self.frames.leave(Extent::default());
            self.stack.leave(0);
            return None;
        };
        self.frames.leave(invoker.frame);
        self.stack.leave(invoker.stack_base);
        Some(invoker)
    }
}

/// The outcome of a call that was ended.
pub(super) fn end_of_call(end: CallEnd) -> Outcome {
    match end {
        CallEnd::OutOfFuel => Outcome::OutOfFuel,
        CallEnd::Rejected => Outcome::Rejected,
        CallEnd::Capacity => Outcome::Capacity,
    }
}
