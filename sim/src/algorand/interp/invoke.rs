//! Invocation and completion of methods; the start of a call.

use super::super::exception::{CallEnd, Cause, Outcome};
use super::super::image::{Image, Method};
use super::super::isa::{FIRST_INVOKE_FUEL, code};
use super::super::params::{CALL_DEPTH, STACK_LIMIT, STACK_MEM};
use super::memory::{Extent, Frames};
use super::stack::Stack;
use super::{Call, Instruction, Interp, Limits, Stop};

/// A suspended method, as the call stack remembers it. Its operand stack ends where that of the
/// method it invoked begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Invoker {
    /// Address after the invocation instruction.
    return_to: usize,
    frame: Extent,
    stack_base: usize,
}

impl<'a> Interp<'a> {
    /// Performs the first invocation: an `invoke_external` from application 0, priced and checked
    /// as one (D18). The call may already be over after it.
    pub fn start(image: &'a Image, call: &Call) -> Interp<'a> {
        let limits = Limits { call_depth: call.limits.call_depth.min(CALL_DEPTH), ..call.limits };
        let mut interp = Interp {
            image,
            app: call.app,
            limits,
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

    fn first(&mut self, call: &Call) -> Result<(), Stop> {
        if self.fuel < 0 {
            return Err(Stop::End(CallEnd::OutOfFuel));
        }
        let index = usize::try_from(call.method).map_err(|_| Cause::Method)?;
        let method = *self.image.methods().get(index).ok_or(Cause::Method)?;
        if !method.public {
            return Err(Cause::Access.into());
        }
        if call.args.len() != method.args.into() {
            return Err(Cause::Arguments.into());
        }
        self.check_capacity(method)?;
        for byte in &call.args {
            self.frames.append((*byte).into(), 0)?;
        }
        self.frames.take_pending();
        self.enter(method);
        Ok(())
    }

    /// `invoke_internal`. Whatever comes of it, the pending arguments are used up (D11); what it
    /// throws, it throws in the invoker (D13).
    pub(super) fn invoke(&mut self, i: Instruction) -> Result<(), Stop> {
        let pending = self.frames.take_pending();
        let index = usize::from(self.operand(i, 0));
        let method = *self.image.methods().get(index).ok_or(Cause::Method)?;
        if pending != method.args.into() {
            return Err(Cause::Arguments.into());
        }
        self.check_capacity(method)?;
        let (return_to, stack_base) = (self.pc, self.stack.base());
        let frame = self.enter(method);
        self.invokers.push(Invoker { return_to, frame, stack_base });
        Ok(())
    }

    /// Exhausted resources end the call: nobody can catch them (D3).
    fn check_capacity(&self, method: Method) -> Result<(), Stop> {
        let room = self.depth < self.limits.call_depth
            && self.invocations < self.limits.invocations
            && self.frames.has_room(method.frame.into())
            && self.stack.top() + STACK_LIMIT <= STACK_MEM;
        if room { Ok(()) } else { Err(Stop::End(CallEnd::Capacity)) }
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
        match (self.leave(), value) {
            (None, _) => {
                self.outcome = Some(Outcome::Returned(value));
                0
            }
            (Some(return_to), None) => {
                self.pc = return_to;
                0
            }
            (Some(return_to), Some(value)) => {
                self.pc = return_to;
                self.stack.push(value); // there is room: D14
                1
            }
        }
    }

    /// Drops the running method and restores its invoker; gives the address to continue at, or
    /// `None` if it was the first method.
    pub(super) fn leave(&mut self) -> Option<usize> {
        self.depth -= 1;
        let Some(invoker) = self.invokers.pop() else {
            self.frames.leave(Extent::default());
            self.stack.leave(0);
            return None;
        };
        self.frames.leave(invoker.frame);
        self.stack.leave(invoker.stack_base);
        Some(invoker.return_to)
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
