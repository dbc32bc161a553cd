// SPDX-License-Identifier: MIT OR Apache-2.0
//! Operands of random instructions: taken from the stack where it has the right ones, else made; the top one sometimes as
//! the immediate.

use avm_sim::arbitrum::value::Value;

use super::{Draw, Ty, int};

/// What an instruction wants of an operand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want {
    Int,
    /// An Integer below this.
    Below(u64),
    Any,
    Tuple,
    Buffer,
}

impl Want {
    /// Whether a value of which this is known will do, whatever it is.
    fn takes(self, ty: &Ty) -> bool {
        match self {
            Want::Int => *ty == Ty::Int,
            Want::Below(_) => false,
            Want::Any => true,
            Want::Tuple => matches!(ty, Ty::Tuple(_)),
            Want::Buffer => *ty == Ty::Buffer,
        }
    }
}

impl Draw {
    fn made(&mut self, want: Want) -> Value {
        match want {
            Want::Int => Value::Int(self.number()),
            Want::Below(n) => int(u64::from(self.rng.range(0, n as u32 - 1))),
            Want::Any => self.value(2),
            Want::Tuple => self.tuple(1),
            Want::Buffer => Value::Buffer(Default::default()),
        }
    }

    /// An instruction with these operands, the top one first; returns what was known of them.
    pub(super) fn with(&mut self, name: &str, wants: &[Want]) -> Vec<Ty> {
        let there = |from: &[Want], stack: &[Ty]| {
            from.len() <= stack.len() && from.iter().zip(stack.iter().rev()).all(|(want, ty)| want.takes(ty))
        };
        // As many of the deepest as the stack has; the others are pushed.
        let mut first = (0..=wants.len()).find(|n| there(&wants[*n..], &self.stack)).unwrap_or(wants.len());
        if self.rng.one_in(4) {
            first = wants.len();
        }
        let mut operands: Vec<Ty> = self.stack.split_off(self.stack.len() - (wants.len() - first));
        for i in (1..first).rev() {
            let value = self.made(wants[i]);
            operands.push(Ty::of(&value));
            self.emit("nop", Some(value));
        }
        let top = (first > 0).then(|| self.made(wants[0]));
        operands.extend(top.as_ref().map(Ty::of));
        match top {
            Some(value) if self.rng.one_in(3) => {
                self.emit("nop", Some(value));
                self.op(name);
            }
            top => self.emit(name, top),
        }
        operands.reverse();
        operands
    }

    /// The same, with a result of which this is known.
    pub(super) fn gives(&mut self, name: &str, wants: &[Want], ty: Ty) {
        self.with(name, wants);
        self.stack.push(ty);
    }
}
