// SPDX-License-Identifier: MIT OR Apache-2.0
//! The operand stack, and the instructions that only move cells: constants, `dup`, `swap`, `pop`,
//! `over`.

use super::super::isa::code;
use super::super::params::STACK_MEM;
use super::{Instruction, Interp, memory};
use crate::units::alu;

/// Operand-stack memory of the whole call. The running method's cells are `base..top`; its
/// invokers' lie below, each stack directly above the one before.
///
/// `base <= top <= base + STACK_LIMIT <= STACK_MEM` always holds: instructions check the stack
/// before they run, invocations check the memory. So reducing indices modulo the memory's size
/// changes none; it tells the compiler that they are in bounds.
#[derive(Clone, Debug)]
pub(super) struct Stack {
    memory: Box<[u64; STACK_MEM]>,
    base: usize,
    top: usize,
}

impl Stack {
    pub(super) fn new() -> Stack {
        Stack { memory: Box::new([0; STACK_MEM]), base: 0, top: 0 }
    }

    pub(super) fn cells(&self) -> &[u64] {
        &self.memory[self.base..self.top]
    }

    pub(super) fn depth(&self) -> usize {
        self.top - self.base
    }

    pub(super) fn base(&self) -> usize {
        self.base
    }

    pub(super) fn top(&self) -> usize {
        self.top
    }

    /// Forgets the cells pushed, or takes back those popped, since the top was `top`.
    pub(super) fn set_top(&mut self, top: usize) {
        self.top = top;
    }

    pub(super) fn push(&mut self, cell: u64) {
        self.memory[self.top % STACK_MEM] = cell;
        self.top += 1;
    }

    pub(super) fn pop(&mut self) -> u64 {
        self.top -= 1;
        self.memory[self.top % STACK_MEM]
    }

    /// The cell `below` the top.
    pub(super) fn peek(&self, below: usize) -> u64 {
        self.memory[self.top.wrapping_sub(1 + below) % STACK_MEM]
    }

    /// The `count` uppermost cells, top first, zeros after them.
    pub(super) fn uppermost(&self, count: usize) -> [u64; 3] {
        [0, 1, 2].map(|below| if below < count { self.peek(below) } else { 0 })
    }

    /// The running method's cells are these.
    pub(super) fn place(&mut self, base: usize, top: usize) {
        (self.base, self.top) = (base, top);
    }

    /// All of it.
    pub(super) fn memory(&mut self) -> &mut [u64] {
        &mut self.memory[..]
    }

    /// Drops the `count` uppermost cells, or all if there are fewer.
    pub(super) fn drop(&mut self, count: usize) {
        self.top -= count.min(self.depth());
    }

    /// Starts an empty stack above the running method's.
    pub(super) fn enter(&mut self) {
        self.base = self.top;
    }

    /// Drops the running method's stack; its invoker's, whose base is given, is as it was.
    pub(super) fn leave(&mut self, invoker_base: usize) {
        self.top = self.base;
        self.base = invoker_base;
    }
}

impl Interp {
    pub(super) fn constant(&mut self, i: Instruction) {
        let log2 = i.opcode & 3;
        let raw = memory::read(self.segment.image.code(), i.pc + 1, log2);
        self.stack.push(alu::sign_extend(raw, 1 << log2));
    }

    pub(super) fn shuffle(&mut self, opcode: u8) {
        match opcode {
            code::DUP => self.stack.push(self.stack.peek(0)),
            code::OVER => self.stack.push(self.stack.peek(1)),
            code::SWAP => {
                let (b, a) = (self.stack.pop(), self.stack.pop());
                self.stack.push(b);
                self.stack.push(a);
            }
            _pop => {
                self.stack.pop();
            }
        }
    }
}
