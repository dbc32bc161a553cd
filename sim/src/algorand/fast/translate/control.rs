// SPDX-License-Identifier: MIT OR Apache-2.0
//! Branches, invocations, completion.

use super::*;

impl Builder<'_> {
    /// Inside the code area.
    pub(super) fn is_target(&self, pc: u16) -> bool {
        usize::from(pc) < self.code.image.code().len()
    }

    /// Goes on at the target, unless the block was there.
    pub(super) fn jump(&mut self, i: Instruction) -> Go {
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

    pub(super) fn branch(&mut self, i: Instruction) -> Go {
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
    pub(super) fn compare_and_branch(&mut self, i: Instruction) -> bool {
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

    pub(super) fn switch(&mut self, i: Instruction) -> Go {
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

    pub(super) fn invoke(&mut self, i: Instruction) -> Go {
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

    pub(super) fn complete(&mut self, i: Instruction) {
        let back = self.back();
        let value = (i.opcode == IRETURN).then(|| self.top(0));
        let run = calls::complete_with(value.map(|v| v.operand().0));
        self.emit(run, value.unwrap_or(Value::Acc), Value::Acc, back);
        self.pass(i);
    }
}
