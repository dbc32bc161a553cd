// SPDX-License-Identifier: MIT OR Apache-2.0
//! From instructions to operations: one straight run, begun in a known state.
//!
//! While it is translated the stack has [`Value`]s instead of cells: a constant, a load from the frame and a `dup` make no
//! operation; what uses them has them as operands. A value that must be in memory is put there ([`Builder::settle`]): at
//! the end of the block all of them, before that only what would be lost. Values refer to their own cell or to lower ones,
//! so that cells are settled from the top down.
//!
//! Every operation that may find that its instruction throws has a way back ([`Back`]), noted before the instruction. Stores
//! are never moved, and an operation changes nothing before its checks, so that this is all there is to undo.

mod cells;
mod control;
mod storage;

use super::super::isa::code::*;
use super::super::isa::{Class, DECODE, Decode};
use super::super::params::{FRAME_MAX, STACK_LIMIT};
use super::arith;
use super::calls::{self, Fill};
use super::code::{Back, Code, Entry, Value};
use super::memory::{self, fits, with_load, with_log2};
use super::op::{Handler, Jump, Leave, Link, Op, run};
use super::pages;
use super::source::Kind;

/// Instructions of a block, at most.
const LENGTH: u32 = 64;
/// Entries of a table that becomes a `switch`.
const TABLE: u16 = 256;

/// Translates the block of a state; its operations, and what entering it adds to the tank.
pub(super) fn block(code: &mut Code, entry: Entry) -> (Box<[Op]>, i64) {
    let mut values: Vec<Value> = (0..entry.depth).map(Value::Cell).collect();
    if entry.acc {
        values.pop();
        values.push(Value::Acc);
    }
    let builder = Builder {
        code,
        ops: Vec::new(),
        values,
        frame: entry.frame,
        pc: entry.pc,
        pending: entry.pending,
        charge: 0,
        count: 0,
        backs: Vec::new(),
        seen: vec![entry.pc],
        more: None,
        stored: None,
    };
    builder.run()
}

/// A block in the making.
struct Builder<'a> {
    code: &'a mut Code,
    ops: Vec<Op>,
    /// The stack, bottom to top.
    values: Vec<Value>,
    frame: u16,
    pc: u16,
    pending: u16,
    /// Price (negative, upper 32 bits) and number (lower) of the instructions so far.
    charge: i64,
    count: u32,
    /// Ways back, whose refunds are known at the end; so far what was charged before.
    backs: Vec<u32>,
    /// Where the block has been: it goes round no loop.
    seen: Vec<u16>,
    /// What could still be done by the last operation.
    more: Option<More>,
    /// Number of operations when the value computed last was stored to the frame, and where: as long as no other follows,
    /// a load from there is that value.
    stored: Option<(usize, u16)>,
}

/// What an operation with a result can do as well, if nothing follows it.
#[derive(Clone, Copy)]
struct More {
    /// Its index.
    op: usize,
    /// Keeps the result in the frame.
    keep: Handler,
    /// Keeps it and branches on it.
    step: Option<Handler>,
    /// It keeps it already.
    kept: bool,
}

/// What an instruction becomes.
enum Go {
    /// The block goes on.
    On,
    /// It has ended.
    End,
    /// The instruction is left to the plain interpreter.
    Leave,
}

/// A whole instruction.
#[derive(Clone, Copy)]
struct Instruction {
    pc: u16,
    opcode: u8,
    row: &'static Decode,
}

impl Builder<'_> {
    fn run(mut self) -> (Box<[Op]>, i64) {
        loop {
            let Some(i) = self.fetch(self.pc).filter(|i| self.has_cells(*i)) else {
                self.leave();
                break;
            };
            if self.count == LENGTH {
                self.jump_to(self.pc);
                break;
            }
            match self.instruction(i) {
                Go::On => {}
                Go::End => break,
                Go::Leave => {
                    self.leave();
                    break;
                }
            }
        }
        for back in &self.backs {
            let back = &mut self.code.backs[*back as usize];
            back.refund = self.charge - back.refund;
        }
        (self.ops.into(), self.charge)
    }

    /// The instruction at an address, if there is one.
    fn fetch(&self, pc: u16) -> Option<Instruction> {
        let code = self.code.image.code();
        let mut opcode = *code.get(usize::from(pc))?;
        if let Some((from, to)) = self.code.planted
            && opcode == from
        {
            opcode = to;
        }
        let row = &DECODE[usize::from(opcode)];
        let whole = usize::from(pc) + usize::from(row.len) <= code.len();
        (whole && row.class != Class::Undefined).then_some(Instruction { pc, opcode, row })
    }

    /// Neither underflow nor overflow.
    fn has_cells(&self, i: Instruction) -> bool {
        let (depth, pops) = (self.values.len(), usize::from(i.row.pops));
        depth >= pops && depth - pops + usize::from(i.row.pushes) <= STACK_LIMIT
    }

    /// A 16-bit operand, `at` bytes after the opcode.
    fn word(&self, i: Instruction, at: usize) -> u16 {
        let at = usize::from(i.pc) + 1 + at;
        u16::from_le_bytes([self.code.image.code()[at], self.code.image.code()[at + 1]])
    }

    /// Charges an instruction and goes behind it. Before this, ways back lead to before the instruction; not after.
    fn pass(&mut self, i: Instruction) {
        self.charge += 1 - (i64::from(i.row.fuel) << 32);
        self.count += 1;
        self.pc = i.pc + u16::from(i.row.len);
    }

    fn instruction(&mut self, i: Instruction) -> Go {
        match i.row.class {
            Class::Nop | Class::Catch => self.pass(i),
            Class::Imm => return self.constant(i),
            Class::Stack => self.shuffle(i),
            Class::Who => self.produce(i, memory::who(i.opcode == CALLER)),
            Class::Alu if i.row.pops == 1 => return self.unary(i),
            Class::Alu | Class::Mul | Class::Div => return self.binary(i),
            Class::Load => return self.load(i),
            Class::LoadX => self.load_x(i),
            Class::CLoad => return self.constant_load(i),
            Class::CLoadX => return self.constant_load_x(i),
            Class::Store => return self.store(i),
            Class::StoreX => self.store_x(i),
            Class::Arg => return self.arg(i),
            Class::Jump => return self.jump(i),
            Class::Branch => return self.branch(i),
            Class::Switch => return self.switch(i),
            Class::Invoke => return self.invoke(i),
            Class::Return => self.complete(i),
            Class::HLoad => self.heap_load(i),
            Class::HStore => self.heap_store(i),
            Class::Page if i.opcode == PSIZE => self.page_size(i),
            _ => return Go::Leave,
        }
        if i.row.class == Class::Return { Go::End } else { Go::On }
    }

    // Operations and values.

    /// Appends an operation of up to two operands, the second's constant in the link.
    fn emit(&mut self, run: Handler, a: Value, b: Value, back: u32) -> &mut Op {
        let ((_, a, imm), (b_kind, b, second)) = (a.operand(), b.operand());
        let imm = if b_kind == Kind::Const && imm == 0 { second } else { imm };
        self.ops.push(Op { run, imm, link: Link { number: second }, a, b, back });
        self.ops.last_mut().expect("just pushed")
    }

    /// Appends records with links.
    fn links(&mut self, blocks: &[Entry]) {
        for entry in blocks {
            let link = self.link(*entry);
            self.ops.push(Op { run: run::<Leave>, imm: 0, link, a: 0, b: 0, back: 0 });
        }
    }

    fn link(&mut self, entry: Entry) -> Link {
        Link { block: self.code.block(entry).as_ptr() }
    }

    /// The present state, at another address.
    fn entry(&self, pc: u16) -> Entry {
        let depth = self.values.len() as u8;
        Entry { pc, frame: self.frame, pending: self.pending, depth, acc: false }
    }

    /// The way back to the present state.
    fn back(&mut self) -> u32 {
        let away = |(n, value): (usize, &Value)| (*value != Value::Cell(n as u8)).then_some((n as u8, *value));
        let cells = self.values.iter().enumerate().filter_map(away).collect();
        let depth = self.values.len() as u8;
        let back = Back { pc: self.pc, frame: self.frame, pending: self.pending, depth, refund: self.charge, cells };
        let back = self.code.back(back);
        self.backs.push(back);
        back
    }

    fn top(&self, below: usize) -> Value {
        self.values[self.values.len() - 1 - below]
    }

    fn pop(&mut self, n: usize) {
        self.values.truncate(self.values.len() - n);
    }

    /// Puts the cell of this index into memory.
    fn settle(&mut self, n: usize) {
        let own = Value::Cell(n as u8);
        if self.values[n] == own {
            return;
        }
        for above in (n + 1..self.values.len()).rev() {
            if self.values[above] == own {
                self.settle(above);
            }
        }
        let (kind, ..) = self.values[n].operand();
        self.emit(memory::put(kind), self.values[n], own, 0);
        self.values[n] = own;
    }

    /// Puts all cells below the `n` uppermost into memory.
    fn settle_below(&mut self, n: usize) {
        (0..self.values.len() - n).rev().for_each(|i| self.settle(i));
    }

    /// Makes sure that a new value computed last loses none below the `n` uppermost cells.
    fn free_acc(&mut self, n: usize) {
        let below = self.values.len() - n;
        let Some(first) = self.values[..below].iter().position(|v| *v == Value::Acc) else { return };
        self.settle(first);
        for value in &mut self.values[first + 1..below] {
            if *value == Value::Acc {
                *value = Value::Cell(first as u8);
            }
        }
    }

    /// Makes sure that a store of `width` bytes to the frame loses no value below the `n` uppermost cells.
    fn free_frame(&mut self, n: usize, at: u16, width: u16) {
        for i in (0..self.values.len() - n).rev() {
            if let Value::Frame(from) = self.values[i]
                && from < at + width
                && at < from + 8
            {
                self.settle(i);
            }
        }
    }

    /// An instruction that makes a value of nothing.
    fn produce(&mut self, i: Instruction, run: Handler) {
        self.free_acc(0);
        self.emit(run, Value::Acc, Value::Acc, 0);
        self.values.push(Value::Acc);
        self.pass(i);
    }

    /// The plain interpreter makes the next instruction, and what follows is another block.
    fn leave(&mut self) {
        let back = self.back();
        self.emit(run::<Leave>, Value::Acc, Value::Acc, back);
    }

    fn jump_to(&mut self, pc: u16) {
        self.settle_below(0);
        let link = self.link(self.entry(pc));
        self.emit(run::<Jump>, Value::Acc, Value::Acc, 0).link = link;
    }
}
