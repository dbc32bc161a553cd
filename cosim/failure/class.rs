// SPDX-License-Identifier: MIT OR Apache-2.0
//! The class of a failure: what kind of disagreement it is, told from what both sides retire after it.

use avm_sim::trace::Retire;
use serde::Serialize;

/// What kind of disagreement it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "class", content = "by")]
pub enum Class {
    /// A wrong value; control flow that went astray counts as one.
    Value,
    /// The same instructions with the same results, `k` cycles later (positive: the RTL is late).
    Shifted(i64),
    /// The RTL lacks an instruction that the model retired.
    Missing,
    /// The RTL retired an instruction that the model did not.
    Extra,
    /// The RTL stopped retiring.
    Hang,
    /// The call's outcome.
    Outcome,
    /// A memory differs although its write port agreed.
    Memory,
    /// What a cycle was spent on.
    Profile,
    /// An assertion in the RTL fired.
    Assertion,
    /// Model and RTL agree with each other, not with the interpreter.
    Reference,
}

impl Class {
    /// Name, as in signatures and in the list of planted faults.
    pub fn name(self) -> &'static str {
        match self {
            Class::Value => "value",
            Class::Shifted(_) => "shifted",
            Class::Missing => "missing",
            Class::Extra => "extra",
            Class::Hang => "hang",
            Class::Outcome => "outcome",
            Class::Memory => "memory",
            Class::Profile => "profile",
            Class::Assertion => "assertion",
            Class::Reference => "reference",
        }
    }
}

/// The class of two retirement sequences that begin at the divergence, and the index of the first instruction
/// that differs.
pub(super) fn classify(model: &[(u64, Retire)], rtl: &[(u64, Retire)]) -> (Class, usize) {
    let same = |a: &Retire, b: &Retire| {
        (a.pc, a.opcode, a.exception, a.meter_after) == (b.pc, b.opcode, b.exception, b.meter_after)
            && a.n_results == b.n_results
            && a.pushed() == b.pushed()
    };
    if rtl.is_empty() && model.len() > 1 {
        return (Class::Hang, 0);
    }
    let first = model.iter().zip(rtl).position(|((_, m), (_, r))| !same(m, r));
    let Some(i) = first else {
        let shifts = model.iter().zip(rtl).map(|((a, _), (b, _))| *b as i64 - *a as i64);
        let class = match shifts.into_iter().find(|k| *k != 0) {
            Some(k) => Class::Shifted(k),
            None if rtl.len() < model.len() => Class::Hang,
            None => Class::Value,
        };
        return (class, model.len().min(rtl.len()));
    };
    // Resynchronisation decides between a lost, an added and a wrong instruction.
    let matches = |m: &[(u64, Retire)], r: &[(u64, Retire)]| {
        let n = m.len().min(r.len()).min(6);
        n >= 2 && (0..n).all(|j| (m[j].1.pc, m[j].1.opcode) == (r[j].1.pc, r[j].1.opcode))
    };
    let class = if matches(&model[i + 1..], &rtl[i..]) {
        Class::Missing
    } else if matches(&model[i..], &rtl[i + 1..]) {
        Class::Extra
    } else {
        Class::Value
    };
    (class, i)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(pcs: &[(u64, u64)]) -> Vec<(u64, Retire)> {
        pcs.iter().map(|&(cycle, pc)| (cycle, Retire { pc, opcode: pc as u16, ..Retire::default() })).collect()
    }

    #[test]
    fn classes_of_retirement_sequences() {
        let model = seq(&[(10, 1), (11, 2), (12, 3), (13, 4)]);
        assert_eq!(classify(&model, &model).0, Class::Value);
        assert_eq!(classify(&model, &seq(&[(12, 1), (13, 2), (14, 3), (15, 4)])).0, Class::Shifted(2));
        assert_eq!(classify(&model, &seq(&[(10, 1), (12, 3), (13, 4)])).0, Class::Missing);
        assert_eq!(classify(&model, &seq(&[(10, 1), (11, 9), (12, 2), (13, 3), (14, 4)])).0, Class::Extra);
        assert_eq!(classify(&model, &[]).0, Class::Hang);
        assert_eq!(classify(&model, &seq(&[(10, 1), (11, 2)])).0, Class::Hang);
        assert_eq!(classify(&model, &seq(&[(10, 1), (11, 7), (12, 8)])).0, Class::Value);
    }
}
