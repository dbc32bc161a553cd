//! What the generic parts know of the machine.

use std::path::{Path, PathBuf};

use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::faults::FAULTS;
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::Interp;
use avm_sim::algorand::world::World;
use avm_sim::algorand::{asm, emit};
use avm_sim::trace::{Fault, Retire};

use super::cover::Cover;
use super::scenario::{CallResult, Planned, Scenario, outcome_text, page_report};
use super::{Algorand, generate, table};
use crate::input::InputError;
use crate::lockstep::{CallEnd, CallFigures};
use crate::machines::{IsaFormat, Loaded, Machine};
use crate::rtl::verilate::Rtl;

/// The machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room;

impl Machine for Room {
    const NAME: &'static str = "algorand";
    const SUITE: &'static str = "testbenches/algorand";
    const RTL: Rtl = super::rtl::RTL;
    const FAULTS: &'static [Fault] = FAULTS;
    type Core = Core;
    type Scenario = Scenario;
    type Session<'a> = Algorand<'a>;
    type Cover = Cover;

    fn session(scenario: &Scenario) -> Algorand<'_> {
        Algorand::new(scenario)
    }

    #[inline]
    fn idle(session: &Algorand<'_>) -> bool {
        session.idle()
    }

    #[inline]
    fn count(cover: &mut Cover, session: &Algorand<'_>, retire: &Retire) {
        if let Some(interp) = session.interp() {
            cover.retired(retire, interp.depth(), interp.stack().len());
        }
    }

    fn interpret(scenario: &Scenario) -> Vec<CallFigures> {
        let mut world = scenario.world.clone();
        scenario.calls.iter().map(|p| interpret_call(&mut world, p)).collect()
    }

    fn retired(scenario: &Scenario, most: u64, mut look: impl FnMut(usize, &Retire) -> bool) -> bool {
        let mut world = scenario.world.clone();
        let mut steps = 0;
        for (i, planned) in scenario.calls.iter().enumerate() {
            let mut interp = Interp::start(&world, &planned.call);
            while let Some(retire) = interp.step() {
                steps += 1;
                if steps > most || !look(i, &retire) {
                    return false;
                }
            }
            if let Some(Outcome::Returned(_)) = interp.outcome() {
                world.apply(&interp.effects());
            }
        }
        true
    }

    fn assemble(name: &str, text: &str) -> Result<(Vec<u8>, String), InputError> {
        let image = asm::assemble(name, text).map_err(InputError::assembler)?.image;
        let (methods, code, constants) = (image.methods().len(), image.code().len(), image.constants().len());
        let about = format!("{methods} methods, {code} bytes of code, {constants} of constants");
        Ok((image.to_bytes(), about))
    }

    fn disassemble(image: &[u8]) -> Result<String, String> {
        Image::from_bytes(image).map(|image| asm::disassemble(&image)).map_err(|e| e.to_string())
    }

    fn isa(format: IsaFormat) -> Option<String> {
        Some(match format {
            IsaFormat::Markdown => emit::reference(),
            IsaFormat::Sv => emit::package(),
            IsaFormat::Json => table::json(),
            IsaFormat::Text => table::text(),
        })
    }

    fn random(seed: u64) -> Scenario {
        let plan = generate::plan(seed, &generate::Options::default());
        plan.build().unwrap_or_else(|e| panic!("seed {seed} is no program: {e}"))
    }
}

/// Makes a call, and its changes to the world.
fn interpret_call(world: &mut World, planned: &Planned) -> CallFigures {
    let mut interp = Interp::start(world, &planned.call);
    let mut retired = 0;
    while interp.step().is_some() {
        retired += 1;
    }
    let fuel_used = planned.call.fuel.wrapping_sub(interp.fuel());
    let (outcome, effects) = (interp.outcome(), interp.effects());
    if let Some(Outcome::Returned(_)) = outcome {
        world.apply(&effects);
    }
    let missed = |outcome| planned.expect.missed(&CallResult { outcome, fuel_used, effects: &effects, world }, None);
    let end = CallEnd {
        name: planned.name.clone(),
        outcome: outcome.map_or_else(|| "not over".into(), outcome_text),
        fuel_used,
        missed: outcome.map_or_else(Vec::new, missed),
        pages: page_report(&effects),
        ..CallEnd::default()
    };
    CallFigures { end, retired, ..CallFigures::default() }
}

impl Loaded for Scenario {
    fn load(path: &Path) -> Result<Scenario, InputError> {
        Scenario::load(path)
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn about(&self) -> &str {
        &self.about
    }

    fn files(&self) -> &[PathBuf] {
        &self.files
    }

    fn calls(&self) -> usize {
        self.calls.len()
    }
}
