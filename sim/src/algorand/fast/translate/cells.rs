// SPDX-License-Identifier: MIT OR Apache-2.0
//! Instructions that only use cells: constants, `dup` and its like, arithmetic.

use super::*;

impl Builder<'_> {
    pub(super) fn constant(&mut self, i: Instruction) -> Go {
        let Some((value, _)) = self.constant_at(i.pc) else { return Go::Leave };
        self.values.push(Value::Const(value));
        self.pass(i);
        Go::On
    }

    pub(super) fn shuffle(&mut self, i: Instruction) {
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
    pub(super) fn swap(&mut self) {
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
    pub(super) fn fold(&mut self, dup: Instruction) -> bool {
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
    pub(super) fn constant_at(&self, pc: u16) -> Option<(u64, u16)> {
        let i = self.fetch(pc).filter(|i| i.row.class == Class::Imm)?;
        let (at, width) = (usize::from(pc) + 1, 1 << (i.opcode & 3));
        let mut bytes = [0; 8];
        bytes[..width].copy_from_slice(&self.code.image.code()[at..at + width]);
        let value = crate::units::alu::sign_extend(u64::from_le_bytes(bytes), width as u8);
        Some((value, pc + u16::from(i.row.len)))
    }

    pub(super) fn unary(&mut self, i: Instruction) -> Go {
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

    pub(super) fn binary(&mut self, i: Instruction) -> Go {
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
    pub(super) fn multiply_add(&mut self, multiply: Instruction) -> bool {
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
}
