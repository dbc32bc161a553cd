//! From instructions to operations: one straight run, begun in a known state.
//!
//! While it is translated the stack has [`Value`]s instead of cells: a constant, a load from the frame and a `dup` make no
//! operation; what uses them has them as operands. A value that must be in memory is put there ([`Builder::settle`]): at
//! the end of the block all of them, before that only what would be lost. Values refer to their own cell or to lower ones,
//! so that cells are settled from the top down.
//!
//! Every operation that may find that its instruction throws has a way back ([`Back`]), noted before the instruction. Stores
//! are never moved, and an operation changes nothing before its checks, so that this is all there is to undo.

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

    // Instructions on cells.

    fn constant(&mut self, i: Instruction) -> Go {
        let at = usize::from(i.pc) + 1;
        let mut bytes = [0; 8];
        let width = 1 << (i.opcode & 3);
        bytes[..width].copy_from_slice(&self.code.image.code()[at..at + width]);
        let value = crate::units::alu::sign_extend(u64::from_le_bytes(bytes), width as u8);
        self.values.push(Value::Const(value));
        self.pass(i);
        Go::On
    }

    fn shuffle(&mut self, i: Instruction) {
        match i.opcode {
            DUP if self.fold(i) => return,
            DUP => self.values.push(self.top(0)),
            OVER => self.values.push(self.top(1)),
            POP => self.pop(1),
            _swap => self.swap(),
        }
        self.pass(i);
    }

    /// The lower of the two must not refer to the upper one's cell.
    fn swap(&mut self) {
        let n = self.values.len();
        if self.values[n - 1] == Value::Cell((n - 1) as u8) {
            self.free_acc(1);
            let (kind, ..) = self.top(0).operand();
            self.emit(memory::take(kind), self.top(0), Value::Acc, 0);
            self.values[n - 1] = Value::Acc;
        }
        self.values.swap(n - 2, n - 1);
    }

    /// `dup`, a constant, a shift, `ixor`: one operation.
    fn fold(&mut self, dup: Instruction) -> bool {
        let Some((amount, after)) = self.constant_at(dup.pc + 1) else { return false };
        let (Some(shift), Some(xor)) = (self.fetch(after), self.fetch(after + 1)) else { return false };
        let fits = self.values.len() + 2 <= STACK_LIMIT && self.count + 4 <= LENGTH;
        if !fits || !matches!(shift.opcode, ISHL | USHR) || xor.opcode != IXOR || matches!(self.top(0), Value::Const(_))
        {
            return false;
        }
        self.free_acc(1);
        let value = self.top(0);
        let (plain, keep) = arith::fold(shift.opcode, value.operand().0);
        self.emit(plain, value, Value::Const(amount), 0);
        self.more = Some(More { op: self.ops.len() - 1, keep, step: None, kept: false });
        self.pop(1);
        self.values.push(Value::Acc);
        let constant = self.fetch(dup.pc + 1).expect("looked at above");
        [dup, constant, shift, xor].into_iter().for_each(|i| self.pass(i));
        true
    }

    /// The constant that an instruction pushes, and the address after it.
    fn constant_at(&self, pc: u16) -> Option<(u64, u16)> {
        let i = self.fetch(pc).filter(|i| i.row.class == Class::Imm)?;
        let (at, width) = (usize::from(pc) + 1, 1 << (i.opcode & 3));
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(&self.code.image.code()[at..at + width]);
        let value = crate::units::alu::sign_extend(u64::from_le_bytes(bytes), width as u8);
        Some((value, pc + u16::from(i.row.len)))
    }

    fn unary(&mut self, i: Instruction) -> Go {
        if let Value::Const(a) = self.top(0) {
            let Some(value) = arith::unary(i.opcode, a) else { return Go::Leave };
            self.pop(1);
            self.values.push(Value::Const(value));
        } else {
            self.free_acc(1);
            let back = if arith::may_throw(i.opcode) { self.back() } else { 0 };
            let a = self.top(0);
            self.emit(arith::of_one(i.opcode, a.operand().0), a, Value::Acc, back);
            self.pop(1);
            self.values.push(Value::Acc);
        }
        self.pass(i);
        Go::On
    }

    fn binary(&mut self, i: Instruction) -> Go {
        if let (Value::Const(a), Value::Const(b)) = (self.top(1), self.top(0)) {
            let Some(Some(value)) = arith::apply(i.opcode, a, b) else { return Go::Leave };
            self.pop(2);
            self.values.push(Value::Const(value));
            self.pass(i);
            return Go::On;
        }
        if self.compare_and_branch(i) {
            return Go::End;
        }
        if self.multiply_add(i) {
            return Go::On;
        }
        self.free_acc(2);
        let back = if arith::may_throw(i.opcode) { self.back() } else { 0 };
        let (a, b) = (self.top(1), self.top(0));
        let kinds = (a.operand().0, b.operand().0);
        let Some(run) = arith::compute(i.opcode, kinds) else { return Go::Leave };
        self.emit(run, a, b, back);
        let (op, step) = (self.ops.len() - 1, arith::step(i.opcode, kinds));
        self.more = arith::keep(i.opcode, kinds).map(|keep| More { op, keep, step, kept: false });
        self.pop(2);
        self.values.push(Value::Acc);
        self.pass(i);
        Go::On
    }

    /// `imulw` by a constant, a constant, `iaddw`: one operation.
    fn multiply_add(&mut self, multiply: Instruction) -> bool {
        let (a, Value::Const(factor)) = (self.top(1), self.top(0)) else { return false };
        if multiply.opcode != IMULW || self.count + 3 > LENGTH {
            return false;
        }
        let Some((summand, after)) = self.constant_at(multiply.pc + 1) else { return false };
        let Some(add) = self.fetch(after).filter(|add| add.opcode == IADDW) else { return false };
        self.free_acc(2);
        self.emit(arith::multiply_add(a.operand().0), a, Value::Const(factor), 0).link = Link { number: summand };
        self.pop(2);
        self.values.push(Value::Acc);
        let constant = self.fetch(multiply.pc + 1).expect("looked at above");
        [multiply, constant, add].into_iter().for_each(|i| self.pass(i));
        true
    }

    // Memory.

    fn load(&mut self, i: Instruction) -> Go {
        let at = self.word(i, 0);
        if !fits(at.into(), i.opcode & 3, self.frame.into()) {
            return Go::Leave;
        }
        if i.opcode & 3 == 3 {
            let here = self.stored == Some((self.ops.len(), at));
            self.values.push(if here { Value::Acc } else { Value::Frame(at) });
            self.pass(i);
        } else {
            self.free_acc(0);
            self.emit(memory::load(i.opcode), Value::Frame(at), Value::Acc, 0);
            self.values.push(Value::Acc);
            self.pass(i);
        }
        Go::On
    }

    fn load_x(&mut self, i: Instruction) {
        self.free_acc(1);
        let back = self.back();
        let (offset, bytes) = (self.top(0), self.frame.into());
        let run = memory::load_x(i.opcode, offset.operand().0);
        self.emit(run, offset, Value::Acc, back).link = Link { number: bytes };
        self.pop(1);
        self.values.push(Value::Acc);
        self.pass(i);
    }

    fn constant_load(&mut self, i: Instruction) -> Go {
        let Some(value) = self.constant_from(i.opcode, self.word(i, 0).into()) else { return Go::Leave };
        self.values.push(Value::Const(value));
        self.pass(i);
        Go::On
    }

    /// What a load takes from the constants.
    fn constant_from(&self, opcode: u8, offset: u64) -> Option<u64> {
        let constants = self.code.image.constants();
        if !fits(offset, opcode & 3, constants.len() as u64) {
            return None;
        }
        // SAFETY: it fits.
        Some(unsafe {
            let at = constants.as_ptr().add(offset as usize);
            with_load!(opcode, L, memory::read::<L>(at))
        })
    }

    fn constant_load_x(&mut self, i: Instruction) -> Go {
        if let Value::Const(offset) = self.top(0) {
            let Some(value) = self.constant_from(i.opcode, offset) else { return Go::Leave };
            self.pop(1);
            self.values.push(Value::Const(value));
        } else {
            self.free_acc(1);
            let back = self.back();
            let offset = self.top(0);
            let constants = self.code.image.constants();
            let (start, bytes) = (constants.as_ptr().expose_provenance() as u64, constants.len() as u64);
            let op = self.emit(memory::constant_x(i.opcode, offset.operand().0), offset, Value::Acc, back);
            (op.imm, op.link) = (start, Link { number: bytes });
            self.pop(1);
            self.values.push(Value::Acc);
        }
        self.pass(i);
        Go::On
    }

    fn store(&mut self, i: Instruction) -> Go {
        let (at, log2) = (self.word(i, 0), i.opcode & 3);
        if !fits(at.into(), log2, self.frame.into()) {
            return Go::Leave;
        }
        self.free_frame(1, at, 1 << log2);
        self.store_at(at, log2);
        self.pop(1);
        self.pass(i);
        Go::On
    }

    /// Stores the top cell at an offset from the frame's base; if it was computed by the last operation, that one does it.
    fn store_at(&mut self, at: u16, log2: u8) {
        let value = self.top(0);
        match self.last(value).filter(|more| log2 == 3 && !more.kept) {
            Some(more) => {
                self.ops[more.op].run = more.keep;
                self.ops[more.op].link = Link { number: at.into() };
                self.more = Some(More { kept: true, ..more });
            }
            None => {
                let run = memory::store(log2, value.operand().0);
                self.emit(run, value, Value::Acc, 0).b = at;
            }
        }
        self.stored = (value == Value::Acc && log2 == 3).then_some((self.ops.len(), at));
    }

    /// What the last operation could do as well, if the value is its result.
    fn last(&self, value: Value) -> Option<More> {
        self.more.filter(|more| value == Value::Acc && more.op + 1 == self.ops.len())
    }

    fn store_x(&mut self, i: Instruction) {
        // Which bytes it changes is not known.
        for n in (0..self.values.len() - 2).rev() {
            if matches!(self.values[n], Value::Frame(_)) {
                self.settle(n);
            }
        }
        if let Value::Const(_) = self.top(0) {
            self.settle(self.values.len() - 1); // one constant at most
        }
        let back = self.back();
        let (offset, value) = (self.top(1), self.top(0));
        let run = memory::store_x(i.opcode & 3, (offset.operand().0, value.operand().0));
        let bytes = self.frame.into();
        self.emit(run, offset, value, back).link = Link { number: bytes };
        self.pop(2);
        self.pass(i);
    }

    fn arg(&mut self, i: Instruction) -> Go {
        let log2 = i.opcode & 3;
        let at = self.pending.next_multiple_of(1 << log2);
        if usize::from(at) + (1 << log2) > FRAME_MAX {
            return Go::Leave;
        }
        let above = self.frame.next_multiple_of(8);
        self.store_at(above + at, log2);
        for gap in self.pending..at {
            self.emit(memory::store(0, Kind::Const), Value::Const(0), Value::Acc, 0).b = above + gap;
        }
        self.pending = at + (1 << log2);
        self.pop(1);
        self.pass(i);
        Go::On
    }

    // Control.

    /// Inside the code area.
    fn is_target(&self, pc: u16) -> bool {
        usize::from(pc) < self.code.image.code().len()
    }

    /// Goes on at the target, unless the block was there.
    fn jump(&mut self, i: Instruction) -> Go {
        let target = self.word(i, 0);
        if !self.is_target(target) {
            return Go::Leave;
        }
        self.pass(i);
        if self.seen.contains(&target) {
            self.jump_to(target);
            return Go::End;
        }
        self.seen.push(target);
        self.pc = target;
        Go::On
    }

    fn branch(&mut self, i: Instruction) -> Go {
        let target = self.word(i, 0);
        if !self.is_target(target) {
            return Go::Leave;
        }
        if let Value::Const(c) = self.top(0) {
            self.pop(1);
            self.pass(i);
            let taken = (c == 0) == (i.opcode == BRZ);
            self.jump_to(if taken { target } else { self.pc });
            return Go::End;
        }
        self.settle_below(1);
        let condition = self.top(0);
        let step = self.last(condition).filter(|more| more.kept).and_then(|more| Some((more.op, more.step?)));
        self.pop(1);
        self.pass(i);
        let (not_zero, zero) = if i.opcode == BRZ { (self.pc, target) } else { (target, self.pc) };
        let (not_zero, zero) = (self.entry(not_zero), self.entry(zero));
        match step {
            Some((op, step)) => {
                self.ops[op].run = step;
                self.links(&[not_zero, zero]);
            }
            None => {
                let link = self.link(not_zero);
                self.emit(arith::not_zero(condition.operand().0), condition, Value::Acc, 0).link = link;
                self.links(&[zero]);
            }
        }
        Go::End
    }

    /// A comparison, and a branch on it.
    fn compare_and_branch(&mut self, i: Instruction) -> bool {
        let Some(branch) = self.fetch(i.pc + 1).filter(|b| b.row.class == Class::Branch) else { return false };
        let target = self.word(branch, 0);
        if !self.is_target(target) || !(IEQ..=UGE).contains(&i.opcode) || self.count + 2 > LENGTH {
            return false;
        }
        self.settle_below(2);
        let comparison = if branch.opcode == BRZ { arith::opposite(i.opcode) } else { i.opcode };
        let (a, b) = (self.top(1), self.top(0));
        let Some(run) = arith::compare(comparison, (a.operand().0, b.operand().0)) else { return false };
        self.pop(2);
        self.pass(i);
        self.pass(branch);
        let (taken, not) = (self.entry(target), self.entry(self.pc));
        let link = self.link(taken);
        self.emit(run, a, b, 0).link = link;
        self.links(&[not]);
        true
    }

    fn switch(&mut self, i: Instruction) -> Go {
        let (base, count) = (self.word(i, 0), self.word(i, 2));
        let index = self.top(0);
        let targets = (0..u64::from(count)).map(|n| self.constant_from(1, u64::from(base) + 2 * n));
        let targets: Option<Vec<u16>> = targets.map(|t| t.map(|t| t as u16).filter(|t| self.is_target(*t))).collect();
        let Some(targets) = targets.filter(|_| count <= TABLE && !matches!(index, Value::Const(_))) else {
            return Go::Leave;
        };
        self.settle_below(1);
        let index = self.top(0);
        self.pop(1);
        self.pass(i);
        let link = self.link(self.entry(self.pc));
        let op = self.emit(calls::switch(index.operand().0), index, Value::Acc, 0);
        (op.imm, op.link) = (count.into(), link);
        let targets: Vec<Entry> = targets.into_iter().map(|t| self.entry(t)).collect();
        self.links(&targets);
        Go::End
    }

    fn invoke(&mut self, i: Instruction) -> Go {
        let Some(method) = self.code.image.methods().get(usize::from(self.word(i, 0))).copied() else {
            return Go::Leave;
        };
        if method.args != self.pending {
            return Go::Leave;
        }
        self.settle_below(0);
        let back = self.back();
        let (above, depth) = (self.frame.next_multiple_of(8), self.values.len() as u16);
        self.pass(i);
        self.pending = 0;
        let callee = Entry { pc: method.offset, frame: method.frame, pending: 0, depth: 0, acc: false };
        let (link, fill) = (self.link(callee), Fill { args: method.args, frame: method.frame });
        self.ops.push(Op { run: calls::invoke(), imm: fill.imm(), link, a: above, b: 8 * depth, back });
        let without = self.entry(self.pc);
        self.links(&[without, Entry { depth: without.depth + 1, acc: true, ..without }]);
        let site = self.ops.len() - 2;
        (self.ops[site].a, self.ops[site].b) = (self.pc, self.frame);
        Go::End
    }

    fn complete(&mut self, i: Instruction) {
        let back = self.back();
        let value = (i.opcode == IRETURN).then(|| self.top(0));
        let run = calls::complete_with(value.map(|v| v.operand().0));
        self.emit(run, value.unwrap_or(Value::Acc), Value::Acc, back);
        self.pass(i);
    }

    // The heap.

    fn heap_load(&mut self, i: Instruction) {
        self.free_acc(2);
        let back = self.back();
        let (page, offset) = (self.top(0), self.top(1));
        let run = pages::load(i.opcode, (page.operand().0, offset.operand().0));
        self.emit_heap(run, page, offset, back);
        self.pop(2);
        self.values.push(Value::Acc);
        self.pass(i);
    }

    fn heap_store(&mut self, i: Instruction) {
        if i.opcode & 3 != 3 {
            let n = self.values.len();
            (n - 3..n).rev().for_each(|i| self.settle(i));
        }
        let back = self.back();
        let (page, offset, value) = (self.top(0), self.top(1), self.top(2));
        let kinds = (page.operand().0, offset.operand().0, value.operand().0);
        self.emit_heap(pages::store(i.opcode & 3, kinds), page, offset, back);
        self.emit(run::<Leave>, value, Value::Acc, back);
        self.pop(3);
        self.pass(i);
    }

    /// Page and offset have each a constant of its own.
    fn emit_heap(&mut self, run: Handler, page: Value, offset: Value, back: u32) {
        let ((_, a, imm), (_, b, number)) = (page.operand(), offset.operand());
        self.ops.push(Op { run, imm, link: Link { number }, a, b, back });
    }

    fn page_size(&mut self, i: Instruction) {
        self.free_acc(1);
        let back = self.back();
        let page = self.top(0);
        self.emit(pages::size(page.operand().0), page, Value::Acc, back);
        self.pop(1);
        self.values.push(Value::Acc);
        self.pass(i);
    }
}
