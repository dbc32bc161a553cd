// SPDX-License-Identifier: MIT OR Apache-2.0
//! Loads and stores: frame, constants, pending arguments, heap.

use super::*;

impl Builder<'_> {
    pub(super) fn load(&mut self, i: Instruction) -> Go {
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

    pub(super) fn load_x(&mut self, i: Instruction) {
        self.free_acc(1);
        let back = self.back();
        let (offset, bytes) = (self.top(0), self.frame.into());
        let run = memory::load_x(i.opcode, offset.operand().0);
        self.emit(run, offset, Value::Acc, back).link = Link { number: bytes };
        self.pop(1);
        self.values.push(Value::Acc);
        self.pass(i);
    }

    pub(super) fn constant_load(&mut self, i: Instruction) -> Go {
        let Some(value) = self.constant_from(i.opcode, self.word(i, 0).into()) else { return Go::Leave };
        self.values.push(Value::Const(value));
        self.pass(i);
        Go::On
    }

    /// What a load takes from the constants.
    pub(super) fn constant_from(&self, opcode: u8, offset: u64) -> Option<u64> {
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

    pub(super) fn constant_load_x(&mut self, i: Instruction) -> Go {
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

    pub(super) fn store(&mut self, i: Instruction) -> Go {
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
    pub(super) fn store_at(&mut self, at: u16, log2: u8) {
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
    pub(super) fn last(&self, value: Value) -> Option<More> {
        self.more.filter(|more| value == Value::Acc && more.op + 1 == self.ops.len())
    }

    pub(super) fn store_x(&mut self, i: Instruction) {
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

    pub(super) fn arg(&mut self, i: Instruction) -> Go {
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

    pub(super) fn heap_load(&mut self, i: Instruction) {
        self.free_acc(2);
        let back = self.back();
        let (page, offset) = (self.top(0), self.top(1));
        let run = pages::load(i.opcode, (page.operand().0, offset.operand().0));
        self.emit_heap(run, page, offset, back);
        self.pop(2);
        self.values.push(Value::Acc);
        self.pass(i);
    }

    pub(super) fn heap_store(&mut self, i: Instruction) {
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
    pub(super) fn emit_heap(&mut self, run: Handler, page: Value, offset: Value, back: u32) {
        let ((_, a, imm), (_, b, number)) = (page.operand(), offset.operand());
        self.ops.push(Op { run, imm, link: Link { number }, a, b, back });
    }

    pub(super) fn page_size(&mut self, i: Instruction) {
        self.free_acc(1);
        let back = self.back();
        let page = self.top(0);
        self.emit(pages::size(page.operand().0), page, Value::Acc, back);
        self.pop(1);
        self.values.push(Value::Acc);
        self.pass(i);
    }
}
