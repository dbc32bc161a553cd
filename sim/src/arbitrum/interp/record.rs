// SPDX-License-Identifier: MIT OR Apache-2.0
//! Step records, for comparing descriptions (A21).

use ruint::aliases::U256;

use super::{Machine, Step};
use crate::arbitrum::value::type_code;
use crate::trace::Retire;

impl Machine {
    /// One step and its record; `None` if no step was made.
    pub fn step_recorded(&mut self) -> (Step, Option<Retire>) {
        let (pc, opcode, order) = (self.pc, self.opcode(), self.counters.steps);
        let step = self.step();
        let exception = match step {
            Step::Done => 0,
            Step::Error(_) => 1,
            Step::Blocked | Step::Capacity(_) | Step::Stopped => return (step, None),
        };
        let top = self.data.last();
        let payload = top.map_or(U256::ZERO, |cell| cell.payload());
        let tag = top.map_or(type_code::NONE, |cell| cell.type_code());
        let depths = [self.data.len() as u64, self.aux.len() as u64];
        let record = Retire {
            order,
            pc: pc.into(),
            opcode: opcode.into(),
            exception,
            n_results: 3,
            results: [*payload.as_limbs(), self.gas, [tag.into(), depths[0], depths[1], self.status as u64]],
            ..Retire::default()
        };
        (step, Some(record))
    }
}
