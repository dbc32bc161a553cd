// SPDX-License-Identifier: MIT OR Apache-2.0
//! Tanks that run dry near a chosen instruction: found by running the call.

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::interp::Interp;

use super::dice::Dice;
use super::plan::Plan;

/// Instructions looked at, at most.
const MOST: usize = 20_000;

/// Gives some of the calls just not enough, just enough, or a little more.
pub(super) fn starve(plan: &mut Plan, dice: &mut Dice, share: u32) {
    let starved: Vec<bool> = plan.calls.iter().map(|_| dice.chance(share)).collect();
    let Some(last) = starved.iter().rposition(|s| *s) else { return };
    let Ok(scenario) = plan.build() else { return };
    let mut world = scenario.world;
    for (i, mut planned) in scenario.calls.into_iter().enumerate().take(last + 1) {
        if starved[i] {
            let mut interp = Interp::start(&world, &planned.call);
            let before = std::iter::from_fn(|| interp.step()).filter_map(|retire| retire.meter_before);
            let tanks: Vec<i64> = before.take(MOST).collect();
            let chosen =
                if dice.one_in(4) { tanks.len().saturating_sub(1) } else { dice.below(tanks.len() as u32) as usize };
            // Before the first instruction there is the price of the host's invocation.
            let used = planned.call.fuel - tanks.get(chosen).copied().unwrap_or(planned.call.fuel);
            plan.calls[i].fuel = (used + i64::from(dice.below(4)) - 1).max(0);
            planned.call.fuel = plan.calls[i].fuel;
        }
        if i < last {
            let mut interp = Interp::start(&world, &planned.call);
            if let Some(Outcome::Returned(_)) = interp.run(MOST as u64) {
                world.apply(&interp.effects());
            }
        }
    }
}
