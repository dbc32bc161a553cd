// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where a call of the machine ended, with the names of its scenario.

use avm_sim::algorand::asm::instruction_text;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::interp::{Interp, Site};

use super::scenario::{App, Planned, Scenario};
use crate::place::{Frame, Place};

/// Where the interpreter's call ended; `None` if it returned.
pub fn of(apps: &[App], planned: &Planned, interp: &Interp) -> Option<Box<Place>> {
    match interp.outcome() {
        None | Some(Outcome::Returned(_)) => None,
        Some(_) => {
            let frame = |site: &Site| frame(apps, site.app, site.pc as u64);
            Some(Box::new(Place::new(interp.concerns(&planned.call), &interp.ended_in(), frame)))
        }
    }
}

/// The same where the interpreter did not take part: it makes the call now, with as much fuel as was used.
pub fn made_again(scenario: &Scenario, planned: &Planned, interp: &Interp, used: i64) -> Option<Box<Place>> {
    let mut again = interp.clone();
    // Each instruction costs something.
    again.run(used.unsigned_abs().saturating_add(1));
    of(&scenario.apps, planned, &again)
}

/// The methods that are active in the interpreter's call.
pub fn active(apps: &[App], interp: &Interp) -> Place {
    Place::new(None, &interp.active(), |site: &Site| frame(apps, site.app, site.pc as u64))
}

/// An instruction, and where it is.
pub fn frame(apps: &[App], app: u64, pc: u64) -> Frame {
    let mut frame = Frame { application: Some(app), pc, ..Frame::default() };
    let Some(found) = apps.iter().find(|a| a.id == app) else { return frame };
    frame.name.clone_from(&found.name);
    frame.instruction = instruction_text(found.image.code(), pc as usize);
    if let Some((symbols, offset)) = found.symbols.as_ref().zip(u32::try_from(pc).ok()) {
        frame.method = symbols.method_at(offset).map(|(name, _)| name.into());
        frame.line = symbols.line_at(offset);
        frame.file = symbols.file_at(offset).map(Into::into);
    }
    frame
}
