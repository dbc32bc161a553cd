// SPDX-License-Identifier: MIT OR Apache-2.0
//! Branches, `switch` and `catch`.

use super::super::exception::Cause;
use super::super::isa::code;
use super::super::params::STACK_LIMIT;
use super::{Instruction, Interp, Stop, memory};

impl Interp {
    /// Branches, if the target is inside the code area (D6).
    fn branch_to(&mut self, target: u16) -> Result<(), Cause> {
        let target = usize::from(target);
        if target >= self.segment.image.code().len() {
            return Err(Cause::Target);
        }
        self.pc = target;
        Ok(())
    }

    pub(super) fn jump(&mut self, i: Instruction) -> Result<(), Cause> {
        self.branch_to(self.operand(i, 0))
    }

    pub(super) fn branch(&mut self, i: Instruction) -> Result<(), Cause> {
        let zero = self.stack.pop() == 0;
        if zero == (i.opcode == code::BRZ) { self.jump(i) } else { Ok(()) }
    }

    /// Base and count are in the instruction, the targets in the constant area (D27).
    pub(super) fn switch(&mut self, i: Instruction) -> Result<(), Cause> {
        let (base, count) = (self.operand(i, 0), self.operand(i, 2));
        let index = self.stack.pop();
        if index >= count.into() {
            return Ok(());
        }
        let constants = self.segment.image.constants();
        let entry = memory::checked(u64::from(base) + 2 * index, 1, constants.len())?;
        self.branch_to(u16::from_le_bytes(memory::bytes(constants, entry)))
    }

    /// Does nothing unless an exception is on its way here: then the stack is what the throw left (D7). Gives the
    /// number of results.
    pub(super) fn catch(&mut self, i: Instruction) -> Result<u8, Stop> {
        let Some(exception) = self.caught.take() else {
            return Ok(0);
        };
        self.jump(i)?;
        if self.stack.depth() == STACK_LIMIT {
            return Err(Cause::Overflow.into());
        }
        self.stack.push(exception);
        self.frames.take_pending();
        Ok(1)
    }
}
