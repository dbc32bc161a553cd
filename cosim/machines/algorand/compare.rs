// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fast interpreter beside the plain one: whether a call ends the same in both, with everything that can be said about
//! its end. Of a call that runs out of fuel this is the state in front of an instruction, so that a sweep of the fuel
//! compares the states in front of all of them.

use std::sync::Arc;

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::fast::Fast;
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::world::{AccessList, World};

use super::scenario::Scenario;

/// Bytes of the processor's stack that operations need, at most, when each jumps to the next.
const DEPTH: usize = 4_096;

/// What was compared, and what was found.
#[derive(Debug, Default)]
pub struct Comparison {
    fast: Fast,
    /// Calls made by both.
    pub calls: u64,
    /// Instructions that they made.
    pub instructions: u64,
    /// A line for each call that ended otherwise.
    pub differences: Vec<String>,
}

impl Comparison {
    /// With a fault in the fast interpreter, see [`Fast::plant`].
    pub fn planted(from: u8, to: u8) -> Comparison {
        let mut planted = Comparison::default();
        planted.fast.plant(from, to);
        planted
    }

    /// Of the instructions, those that the fast interpreter has made by operations, and not left to the plain one.
    pub fn operations(&self) -> u64 {
        self.fast.translated()
    }

    /// Makes a call in both; gives the plain interpreter as the call has left it.
    pub fn call(&mut self, name: &str, world: &World, call: &Call) -> Interp {
        let mut plain = Interp::start(world, call);
        let mut fast = plain.clone();
        plain.run(u64::MAX);
        self.fast.run(&mut fast);
        self.calls += 1;
        self.instructions += plain.retired();
        if let Some(what) = difference(&end(&plain, call), &end(&fast, call)) {
            self.differences.push(format!("{name}: {what}"));
        }
        if self.fast.deepest() > DEPTH {
            let bytes = self.fast.deepest();
            self.differences.push(format!("{name}: operations have used {bytes} bytes of the stack"));
            self.fast = Fast::new();
        }
        plain
    }

    /// Makes the calls of a scenario.
    pub fn scenario(&mut self, scenario: &Scenario) {
        self.each(scenario, |this, name, world, call| this.call(name, world, call));
    }

    /// The same, and each call with less fuel too: with every value from 0 to what it uses, or with some `values` of them,
    /// evenly, if they are more.
    pub fn sweep(&mut self, scenario: &Scenario, values: u32) {
        self.each(scenario, |this, name, world, call| {
            let whole = this.call(name, world, call);
            let used = call.fuel.saturating_sub(whole.fuel());
            let step = (used / i64::from(values)).max(1);
            for fuel in (0..=used).step_by(step as usize) {
                this.call(&format!("{name}, fuel {fuel}"), world, &Call { fuel, ..call.clone() });
            }
            whole
        });
    }

    fn each(&mut self, scenario: &Scenario, mut make: impl FnMut(&mut Comparison, &str, &World, &Call) -> Interp) {
        let mut world = scenario.world.clone();
        for planned in &scenario.calls {
            let name = format!("{}, {}", scenario.path.display(), planned.name);
            let interp = make(self, &name, &world, &planned.call);
            if let Some(Outcome::Returned(_)) = interp.outcome() {
                world.apply(&interp.effects());
            }
        }
    }

    /// Begins at every byte of an image's code, in the middle of instructions too.
    pub fn everywhere(&mut self, name: &str, image: &Image, fuel: i64) {
        for offset in 0..image.code().len() {
            let method = Method { offset: offset as u16, frame: 64, args: 0, public: true };
            let mut methods = image.methods().to_vec();
            methods.push(method);
            // Without room for one more method there is nothing to begin.
            let Ok(image) = Image::with_methods(image.code().to_vec(), &methods, image.data()) else { return };
            let call = Call {
                app: 1,
                method: image.methods().len() as u64 - 1,
                fuel,
                access: AccessList::new([1], []).unwrap_or_default(),
                ..Call::default()
            };
            let world = World { apps: [(1, Arc::new(image))].into(), ..World::default() };
            self.call(&format!("{name}, from {offset:#x}"), &world, &call);
        }
    }
}

/// Everything that an interpreter says of a call that is over.
fn end(interp: &Interp, call: &Call) -> Vec<(&'static str, String)> {
    let text = |of: &dyn std::fmt::Debug| format!("{of:?}");
    vec![
        ("outcome", text(&interp.outcome())),
        ("fuel", text(&interp.fuel())),
        ("instructions", text(&interp.retired())),
        ("invocations", text(&interp.invocations())),
        ("depth", text(&interp.depth())),
        ("application", text(&interp.app())),
        ("address", text(&interp.pc())),
        ("stack", text(&interp.stack())),
        ("frame", text(&interp.frame())),
        ("pending arguments", text(&interp.pending())),
        ("active methods", text(&interp.active())),
        ("ended in", text(&interp.ended_in())),
        ("concerns", text(&interp.concerns(call))),
        ("effects", text(&interp.effects())),
        ("pages", text(&interp.pages().collect::<Vec<_>>())),
    ]
}

fn difference(plain: &[(&str, String)], fast: &[(&str, String)]) -> Option<String> {
    let (what, at) = plain.iter().zip(fast).find_map(|(p, f)| (p != f).then_some((p, f)))?;
    Some(format!("{} is {}, of the fast interpreter {}", what.0, what.1, at.1))
}
