// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the generic parts know of the machine.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use avm_sim::algorand::asm::{self, Program};
use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::fast::Fast;
use avm_sim::algorand::faults::FAULTS;
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::Interp;
use avm_sim::algorand::world::World;
use avm_sim::algorand::{emit, isa};
use avm_sim::trace::{Fault, HostOut, Layout, Retire};

use super::scenario::{CallResult, Planned, Scenario, assemble, outcome_text, page_report, sources};
use super::shrink::Forms;
use super::steps::Steps;
use super::{Algorand, cover, figures, generate, kind, ledger, pipeline, place, table};
use crate::cli::Failure;
use crate::input::{Input, InputError};
use crate::lockstep::cover::{Depths, Table};
use crate::lockstep::{CallEnd, CallFigures};
use crate::machines::{Asks, Assembled, Figures, IsaFormat, Loaded, Machine, Tier};
use crate::profile::Source;
use crate::rtl::object::Trouble;
use crate::rtl::verilate::Rtl;
use crate::shrink::folder::{PLAN, PROGRAM};
use crate::trace::Step;

/// The machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room;

impl Machine for Room {
    const NAME: &'static str = "algorand";
    const SUITE: &'static str = "testbenches/algorand";
    const TIERS: &'static [Tier] = &[("units", &["units"]), ("programs and contracts", &["programs", "contracts"])];
    const EXAMPLE: &'static str = "programs/fib.toml";
    const SOURCE: &'static str = "avm";
    const IMAGE: &'static str = "avmi";
    const RTL: Rtl = super::rtl::RTL;
    const FAULTS: &'static [Fault] = FAULTS;
    type Core = Core;
    type Scenario = Scenario;
    type Session<'a> = Algorand<'a>;
    type Draft = Forms;
    const COVER: &'static Table = &cover::TABLE;

    fn session(scenario: &Scenario) -> Algorand<'_> {
        Algorand::new(scenario)
    }

    #[inline]
    fn idle(session: &Algorand<'_>) -> bool {
        session.idle()
    }

    #[inline]
    fn depths(session: &mut Algorand<'_>, retire: &Retire) -> Depths {
        session.depths(retire)
    }

    fn interpret<'a>(scenario: &'a Scenario) -> Box<dyn Iterator<Item = CallFigures> + 'a> {
        let (mut world, mut fast) = (scenario.world.clone(), Fast::new());
        Box::new(scenario.calls.iter().map(move |p| interpret_call(scenario, &mut world, &mut fast, p)))
    }

    fn steps<'a>(scenario: &'a Scenario) -> Box<dyn Iterator<Item = Step> + 'a> {
        Box::new(Steps::new(scenario))
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

    fn assemble(source: &Input, applications: &[(String, u64)]) -> Result<Assembled, InputError> {
        let Program { image, warnings, files: reads, .. } =
            assemble(source.name(), source.text(), Some(&source.beside("")), applications)?;
        let (methods, code, constants) = (image.methods().len(), image.code().len(), image.constants().len());
        let about = format!("{methods} methods, {code} bytes of code, {constants} of constants");
        let warnings = warnings.iter().map(ToString::to_string).collect();
        Ok(Assembled { image: image.to_bytes(), about, warnings, reads })
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

    fn outputs(layout: &Layout, words: &[u64]) -> Option<HostOut> {
        Some(pipeline::outputs(layout, words))
    }

    fn asks(request: u8) -> Asks {
        match request {
            kind::JOB => Asks::Call,
            kind::DONE => Asks::End,
            _ => Asks::Other,
        }
    }

    fn sources(scenario: &Scenario) -> Vec<Source> {
        let application = |id: u64| if scenario.apps.len() > 1 { id.to_string() } else { String::new() };
        let source = |(id, name, text)| Source { application: application(id), name, text };
        sources(scenario).into_iter().map(source).collect()
    }

    fn figures(suite: &Path, which: Figures) -> Result<(), Trouble> {
        figures::print(suite, which)
    }

    fn ledger(arguments: Vec<OsString>) -> Result<(), Failure> {
        ledger::run(arguments)
    }

    fn block(directory: &Path, round: u64, into: &Path) -> Result<(), Failure> {
        ledger::scenarios(directory, round, into)
    }

    fn opcode(mnemonic: &str) -> Option<u16> {
        isa::by_name(mnemonic).map(|op| op.code.into())
    }

    fn random(seed: u64) -> Scenario {
        let plan = generate::plan(seed, &generate::Options::default());
        plan.build().unwrap_or_else(|e| panic!("seed {seed} is no program: {e}"))
    }

    fn random_files(seed: u64) -> Vec<(String, String)> {
        let plan = generate::plan(seed, &generate::Options::default());
        let mut files = vec![(PROGRAM.to_string(), plan.scenario_toml())];
        files.extend(plan.sources());
        files.push((PLAN.into(), serde_json::to_string_pretty(&plan).unwrap_or_default() + "\n"));
        files
    }
}

/// Makes a call, and its changes to the world.
fn interpret_call(scenario: &Scenario, world: &mut World, fast: &mut Fast, planned: &Planned) -> CallFigures {
    let mut interp = Interp::start(world, &planned.call);
    fast.run(&mut interp);
    let retired = interp.retired();
    let fuel_used = planned.call.fuel.wrapping_sub(interp.fuel());
    let (outcome, effects) = (interp.outcome(), interp.effects());
    if let Some(Outcome::Returned(_)) = outcome {
        world.apply(&effects);
    }
    let missed = |outcome| planned.expect.missed(&CallResult { outcome, fuel_used, effects: &effects, world }, None);
    let place = place::of(&scenario.apps, planned, &interp);
    let mut missed = outcome.map_or_else(Vec::new, missed);
    place.iter().for_each(|place| place.explain(&mut missed));
    let end = CallEnd {
        name: planned.name.clone(),
        outcome: outcome.map_or_else(|| "not over".into(), outcome_text),
        fuel_used,
        missed,
        pages: page_report(&effects),
        place,
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

    fn notes(&self) -> &[String] {
        &self.notes
    }

    fn calls(&self) -> usize {
        self.calls.len()
    }

    fn contents(&self) -> String {
        format!("{:?} {:?} {:?}", self.world, self.latency, self.calls)
    }
}
