// SPDX-License-Identifier: MIT OR Apache-2.0
//! Segments: `invoke_external`, and `self` and `caller`, which say whose they are.

use std::sync::Arc;

use super::super::exception::{CallEnd, Cause};
use super::super::image::{Image, Method};
use super::super::isa::code;
use super::{Interp, Stop};

/// What runs: one application's code and constants. The default is nobody's (D10), before the first
/// frame.
#[derive(Clone, Debug, Default)]
pub(super) struct Segment {
    /// `applicationID`.
    pub(super) app: u64,
    /// `applicationID` of the external invoker, 0 at the base (D22).
    pub(super) caller: u64,
    pub(super) image: Arc<Image>,
}

impl Interp {
    /// `invoke_external`. Whatever comes of it, the pending arguments are used up (D11); what it throws,
    /// it throws in the invoker, whose cells are then taken back (D13).
    pub(super) fn invoke_external(&mut self) -> Result<(), Stop> {
        let pending = self.frames.take_pending();
        let (index, app) = (self.stack.pop(), self.stack.pop());
        let (image, method) = self.public_method(app, index, pending)?;
        self.check_capacity(method)?;
        self.suspend(method, true);
        self.enter_segment(app, image);
        self.heap.open_scope(); // after the checks (D21)
        Ok(())
    }

    /// A method that can be invoked from outside with this many argument bytes. One's own application is
    /// outside too (D19).
    pub(super) fn public_method(&self, app: u64, index: u64, args: usize) -> Result<(Arc<Image>, Method), Stop> {
        let listed = self.access.app_index(app).ok_or(CallEnd::Rejected)?;
        let image = self.applications[listed].as_ref().ok_or(Cause::Application)?;
        // All 64 bits count (D10).
        let index = usize::try_from(index).map_err(|_| Cause::Method)?;
        let method = *image.methods().get(index).ok_or(Cause::Method)?;
        if !method.public {
            return Err(Cause::Access.into());
        }
        if args != usize::from(method.args) {
            return Err(Cause::Arguments.into());
        }
        Ok((Arc::clone(image), method))
    }

    /// Makes an application's segment the working one, invoked by the one that was.
    pub(super) fn enter_segment(&mut self, app: u64, image: Arc<Image>) {
        let callee = Segment { app, caller: self.segment.app, image };
        self.segments.push(std::mem::replace(&mut self.segment, callee));
    }

    /// Makes the invoker's segment the working one again.
    pub(super) fn restore_segment(&mut self) {
        if let Some(invoker) = self.segments.pop() {
            self.segment = invoker;
        }
    }

    /// `self` and `caller` (D22).
    pub(super) fn who(&mut self, opcode: u8) {
        self.stack.push(if opcode == code::SELF { self.segment.app } else { self.segment.caller });
    }
}
