// SPDX-License-Identifier: MIT OR Apache-2.0
//! Jumps, errCodePoint, gas, new CodePoints, `halt`.

use super::super::{Cell, Effect, Halt, Machine, Resource, Status};
use super::BAD_TYPE;

impl Machine {
    #[inline(always)]
    pub(super) fn jump(&mut self) -> Effect {
        let [.., Cell::Code(to)] = &self.data[..] else { return Err(BAD_TYPE) };
        self.pc = *to;
        self.take(1)
    }

    #[inline(always)]
    pub(super) fn cjump(&mut self) -> Effect {
        let [.., Cell::Int(condition), Cell::Code(to)] = &self.data[..] else { return Err(BAD_TYPE) };
        if !condition.is_zero() {
            self.pc = *to;
        }
        self.take(2)
    }

    pub(super) fn errset(&mut self) -> Effect {
        let [Cell::Code(to)] = self.top() else { return Err(BAD_TYPE) };
        self.err = to;
        self.take(1)
    }

    pub(super) fn setgas(&mut self) -> Effect {
        let [gas] = self.ints()?;
        self.gas = *gas.as_limbs();
        self.take(1)
    }

    pub(super) fn halt(&mut self, pc: u32) -> Effect {
        self.status = Status::Halted;
        self.pc = pc;
        Ok(())
    }

    pub(super) fn pushinsn(&mut self) -> Effect {
        let [Cell::Int(opcode), Cell::Code(next)] = self.top() else { return Err(BAD_TYPE) };
        let at = self.new_word(opcode.byte(0), None, next)?;
        self.replace(2, Cell::Code(at))
    }

    pub(super) fn pushinsnimm(&mut self) -> Effect {
        let [Cell::Int(opcode), immediate, Cell::Code(next)] = self.top() else { return Err(BAD_TYPE) };
        // The reference to the immediate passes from the stack to the word.
        let at = self.new_word(opcode.byte(0), Some(immediate), next)?;
        self.replace(3, Cell::Code(at))
    }

    fn new_word(&mut self, opcode: u8, immediate: Option<Cell>, next: u32) -> Result<u32, Halt> {
        if self.code.words() + 1 > self.room.code {
            return Err(Halt::Capacity(Resource::Code));
        }
        if immediate.is_some_and(|cell| !cell.short()) && self.code.long() + 1 > self.room.immediates {
            return Err(Halt::Capacity(Resource::Immediates));
        }
        Ok(self.code.add(opcode, immediate, next))
    }
}
