// SPDX-License-Identifier: MIT OR Apache-2.0
//! `invoke_native`: a function of the pending arguments (D23), and for `authorized` of the working segment and the
//! call's signatures (decision 0022). It makes no frame and is not one of the call's counted invocations.

use super::super::exception::Cause;
use super::super::isa::Class;
use super::super::natives::{self, Native};
use super::super::params::STACK_LIMIT;
use super::{Instruction, Interp, Stop};

impl Interp {
    /// Fuel of an instruction. Only natives are not priced by the instruction table; an unknown one is.
    #[inline]
    pub(super) fn price(&self, i: Instruction) -> i64 {
        match i.row.class {
            Class::InvokeNative => self.native_price(i),
            _ => i.row.fuel.into(),
        }
    }

    fn native_price(&self, i: Instruction) -> i64 {
        let pending = self.frames.pending().len();
        self.native(i).map_or(i.row.fuel.into(), |native| native.fuel(pending))
    }

    fn native(&self, i: Instruction) -> Option<&'static Native> {
        natives::by_number(self.operand(i, 0).into())
    }

    /// Gives the number of results to report. What it throws drops the pending arguments all the same
    /// (D11): nothing but a taken `catch` or an abrupt completion can follow, and both drop them.
    pub(super) fn invoke_native(&mut self, i: Instruction) -> Result<u8, Stop> {
        let native = self.native(i);
        let results = native.map_or(0, |native| native.results);
        if self.stack.depth() + usize::from(results) > STACK_LIMIT {
            return Err(Cause::Overflow.into());
        }
        native.ok_or(Cause::Method)?;
        let (number, app) = (self.operand(i, 0).into(), self.segment.app);
        let cells = natives::apply(number, self.frames.pending(), app, &mut self.authority);
        let cells = cells.ok_or(Cause::Arguments)?;
        self.frames.take_pending();
        cells.iter().rev().for_each(|cell| self.stack.push(*cell)); // the first bytes on top
        Ok(results.min(2))
    }
}
