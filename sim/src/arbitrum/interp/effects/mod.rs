// SPDX-License-Identifier: MIT OR Apache-2.0
//! What instructions do, once underflow and gas have been looked at: dispatch, and access to operands.
//!
//! An effect reads its operands where they lie, and takes them only when it can no longer fail.

mod buffers;
mod curves;
mod flow;
mod hashes;
mod outside;
mod stacks;
mod tuples;

use ruint::aliases::U256;

use super::{Cause, Cell, Effect, Halt, Machine};
use crate::arbitrum::alu;
use crate::arbitrum::isa::code::*;

const BAD_TYPE: Halt = Halt::Error(Cause::Type);
const BAD_VALUE: Halt = Halt::Error(Cause::Value);

impl Machine {
    /// The effect of the instruction at `pc`; `self.pc` is the following one already.
    #[inline(always)]
    #[rustfmt::skip]
    pub(super) fn effect(&mut self, opcode: u8, pc: u32) -> Effect {
        match opcode {
            ADD => self.two(ADD), MUL => self.two(MUL), SUB => self.two(SUB),
            DIV => self.two(DIV), SDIV => self.two(SDIV), MOD => self.two(MOD), SMOD => self.two(SMOD),
            ADDMOD => self.three(ADDMOD), MULMOD => self.three(MULMOD),
            EXP => self.two(EXP), SIGNEXTEND => self.two(SIGNEXTEND),
            LT => self.two(LT), GT => self.two(GT), SLT => self.two(SLT), SGT => self.two(SGT),
            EQ => self.eq(), ISZERO => self.one(ISZERO), NOT => self.one(NOT),
            AND => self.two(AND), OR => self.two(OR), XOR => self.two(XOR),
            BYTE => self.two(BYTE), SHL => self.two(SHL), SHR => self.two(SHR), SAR => self.two(SAR),

            HASH => self.hash_top(), TYPE => self.type_of(), ETHHASH2 => self.ethhash2(),
            KECCAKF => self.keccakf(), SHA256F => self.sha256f(),

            POP => { self.drop_top(); Ok(()) }
            SPUSH => { let cell = self.fixed; self.push_copy(cell) }
            RPUSH => { let cell = self.register; self.push_copy(cell) }
            RSET => self.rset(),
            JUMP => self.jump(), CJUMP => self.cjump(),
            STACKEMPTY => { let empty = self.data.is_empty(); self.push(Cell::flag(empty)) }
            PCPUSH => self.push(Cell::Code(pc)),
            AUXPUSH => self.auxpush(), AUXPOP => self.auxpop(),
            AUXSTACKEMPTY => { let empty = self.aux.is_empty(); self.push(Cell::flag(empty)) }
            NOP | BREAKPOINT => Ok(()),
            ERRPUSH => { let err = self.err; self.push(Cell::Code(err)) }
            ERRSET => self.errset(),
            DUP0 => self.dup(0), DUP1 => self.dup(1), DUP2 => self.dup(2),
            SWAP1 => self.swap(1), SWAP2 => self.swap(2),

            TGET => self.tget(), TSET => self.tset(), TLEN => self.tlen(), XGET => self.xget(), XSET => self.xset(),

            LOG => self.log(), SEND => self.send(), DEBUGPRINT => { self.drop_top(); Ok(()) }
            INBOX => self.inbox(), INBOXPEEK if self.config.legacy_inboxpeek => self.inboxpeek(),
            SIDELOAD => self.sideload(),
            ERROR => Err(Halt::Error(Cause::Raised)),
            HALT => self.halt(pc),
            SETGAS => self.setgas(),
            PUSHGAS => { let gas = self.gas(); self.push(Cell::Int(gas)) }
            ERRCODEPOINT => { let error = self.code.error(); self.push(Cell::Code(error)) }
            PUSHINSN => self.pushinsn(), PUSHINSNIMM => self.pushinsnimm(),

            ECRECOVER => self.ecrecover(), ECADD => self.ecadd(), ECMUL => self.ecmul(), ECPAIRING => self.ecpairing(),

            NEWBUFFER => self.newbuffer(),
            GETBUFFER8 => self.getbuffer(1), GETBUFFER64 => self.getbuffer(8), GETBUFFER256 => self.getbuffer(32),
            SETBUFFER8 => self.setbuffer(1), SETBUFFER64 => self.setbuffer(8), SETBUFFER256 => self.setbuffer(32),

            _ => Err(Halt::Error(Cause::Opcode)),
        }
    }

    /// Pushes a value whose reference is new. Room was made sure of before the step began.
    #[inline(always)]
    fn push(&mut self, cell: Cell) -> Effect {
        self.data.push(cell);
        Ok(())
    }

    /// Pushes a copy of a value that stays where it is.
    #[inline(always)]
    fn push_copy(&mut self, cell: Cell) -> Effect {
        self.heap.retain(cell);
        self.push(cell)
    }

    /// The top `N` values, which are there, the top one first.
    #[inline(always)]
    fn top<const N: usize>(&self) -> [Cell; N] {
        let depth = self.data.len();
        std::array::from_fn(|i| self.data[depth - 1 - i])
    }

    /// The top `N` values as Integers.
    #[inline(always)]
    fn ints<const N: usize>(&self) -> Result<[U256; N], Halt> {
        let mut ints = [U256::ZERO; N];
        for (int, cell) in ints.iter_mut().zip(self.top::<N>()) {
            let Cell::Int(n) = cell else { return Err(BAD_TYPE) };
            *int = n;
        }
        Ok(ints)
    }

    /// Takes `n` values that need no release, Integers or such that went elsewhere, and puts one in their place.
    #[inline(always)]
    fn replace(&mut self, n: usize, cell: Cell) -> Effect {
        let depth = self.data.len() - n;
        self.data.truncate(depth + 1);
        self.data[depth] = cell;
        Ok(())
    }

    /// Takes `n` values that need no release.
    #[inline(always)]
    fn take(&mut self, n: usize) -> Effect {
        self.data.truncate(self.data.len() - n);
        Ok(())
    }

    #[inline(always)]
    fn one(&mut self, opcode: u8) -> Effect {
        let [.., Cell::Int(a)] = &mut self.data[..] else { return Err(BAD_TYPE) };
        *a = alu::one(opcode, *a);
        Ok(())
    }

    #[inline(always)]
    fn two(&mut self, opcode: u8) -> Effect {
        let [.., Cell::Int(b), Cell::Int(a)] = &mut self.data[..] else { return Err(BAD_TYPE) };
        *b = alu::two(opcode, *a, *b).ok_or(BAD_VALUE)?;
        self.take(1)
    }

    fn three(&mut self, opcode: u8) -> Effect {
        let [.., Cell::Int(c), Cell::Int(b), Cell::Int(a)] = &mut self.data[..] else { return Err(BAD_TYPE) };
        *c = alu::three(opcode, *a, *b, *c).ok_or(BAD_VALUE)?;
        self.take(2)
    }
}
