// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a trace shows of the machine's instructions: the interpreter, looked at before and after each.

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::interp::Interp;
use avm_sim::algorand::world::World;
use avm_sim::trace::retire::Cell;

use super::place;
use super::scenario::Scenario;
use crate::trace::Step;

/// The instructions of a scenario's calls.
pub struct Steps<'a> {
    scenario: &'a Scenario,
    world: World,
    /// Calls begun.
    next: usize,
    interp: Option<Interp>,
    /// Arguments of the invocation that begins with the next instruction.
    arguments: Option<Vec<u8>>,
}

impl<'a> Steps<'a> {
    /// From the first call on.
    pub fn new(scenario: &'a Scenario) -> Steps<'a> {
        Steps { scenario, world: scenario.world.clone(), next: 0, interp: None, arguments: None }
    }

    /// The next step of the call in progress.
    fn step(&mut self) -> Option<Step> {
        let interp = self.interp.as_mut()?;
        let (depth, before) = (interp.depth(), cells(interp));
        let pending = interp.pending().to_vec();
        let record = interp.step()?;
        let arguments = self.arguments.take();
        if interp.depth() > depth {
            self.arguments = Some(pending);
        }
        Some(Step {
            record,
            at: place::frame(&self.scenario.apps, record.segment, record.pc),
            depth: (depth, interp.depth()),
            stack: (before, cells(interp)),
            arguments,
        })
    }
}

impl Iterator for Steps<'_> {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        loop {
            if let Some(step) = self.step() {
                return Some(step);
            }
            if let Some(interp) = self.interp.take()
                && let Some(Outcome::Returned(_)) = interp.outcome()
            {
                self.world.apply(&interp.effects());
            }
            let planned = self.scenario.calls.get(self.next)?;
            self.next += 1;
            self.interp = Some(Interp::start(&self.world, &planned.call));
            self.arguments = Some(planned.call.args.clone());
        }
    }
}

fn cells(interp: &Interp) -> Vec<Cell> {
    interp.stack().iter().map(|cell| [*cell, 0, 0, 0]).collect()
}
