// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the generic parts know of the machine.

use std::collections::BTreeMap;
use std::path::Path;

use avm_sim::arbitrum::asm;
use avm_sim::arbitrum::core::Core;
use avm_sim::arbitrum::faults::FAULTS;
use avm_sim::arbitrum::interp::Step;
use avm_sim::arbitrum::mexe::Image;
use avm_sim::arbitrum::numbers::request;
use avm_sim::arbitrum::{emit, isa, reference};
use avm_sim::trace::{Fault, HostOut, Layout, Retire};

use super::draft::Parts;
use super::host::Output;
use super::scenario::{Planned, Scenario};
use super::{
    Arbitrum, cover, ended, expect, figures, generate, interpreted, machine, pipeline, place, program, proof, step,
    table,
};
use crate::input::{Input, InputError, text_of};
use crate::lockstep::cover::{Depths, Table};
use crate::lockstep::{CallEnd, CallFigures};
use crate::machines::{Asks, Assembled, Figures, IsaFormat, Machine, Tier};
use crate::profile::Source;
use crate::proof::Claim;
use crate::rtl::object::Trouble;
use crate::rtl::verilate::Rtl;

/// The machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room;

impl Machine for Room {
    const NAME: &'static str = "arbitrum";
    const SUITE: &'static str = "testbenches/arbitrum";
    const TIERS: &'static [Tier] = &[("units", &["units"]), ("programs", &["programs"])];
    const EXAMPLE: &'static str = "units/integers.toml";
    const SOURCE: &'static str = "avma";
    const IMAGE: &'static str = "mexe";
    const PROOFS: bool = true;
    const RTL: Rtl = super::rtl::RTL;
    const FAULTS: &'static [Fault] = FAULTS;
    type Core = Core;
    type Scenario = Scenario;
    type Session<'a> = Arbitrum<'a>;
    type Draft = Parts;
    const COVER: &'static Table = &cover::TABLE;

    fn session(scenario: &Scenario) -> Arbitrum<'_> {
        Arbitrum::new(scenario)
    }

    fn idle(session: &Arbitrum<'_>) -> bool {
        session.idle()
    }

    fn depths(session: &mut Arbitrum<'_>, _: &Retire) -> Depths {
        let (data, aux) = session.machine().map_or((0, 0), |m| m.depths());
        let tuples = session.machine().map_or(0, |m| m.live_tuples());
        [data, aux, tuples, 0]
    }

    fn interpret<'a>(scenario: &'a Scenario) -> Box<dyn Iterator<Item = CallFigures> + 'a> {
        Box::new(scenario.runs.iter().map(|planned| interpret(scenario, planned)))
    }

    fn retired(scenario: &Scenario, most: u64, mut look: impl FnMut(usize, &Retire) -> bool) -> bool {
        let mut steps = 0;
        scenario.runs.iter().enumerate().all(|(i, planned)| {
            let mut machine = machine(scenario, planned);
            std::iter::from_fn(|| step(scenario, &mut machine)).all(|retire| {
                steps += 1;
                steps <= most && look(i, &retire)
            })
        })
    }

    fn assemble(source: &Input, _: &[(String, u64)]) -> Result<Assembled, InputError> {
        let program = program::assembled(source.name(), source.text(), &source.beside(".").join("_"))?;
        let image = program.image.to_text();
        let about = format!("{} instructions", program.image.code().len());
        let reads = program.files.iter().map(|file| source.beside("").join(file)).collect();
        Ok(Assembled { image: image.into_bytes(), about, warnings: Vec::new(), reads })
    }

    fn disassemble_named(name: &str, image: &[u8]) -> Result<String, String> {
        let text = text_of(name, image.to_vec()).map_err(|e| e.to_string())?;
        Image::parse(name, &text).map(|image| asm::disassemble(&image)).map_err(|e| e.to_string())
    }

    fn isa(format: IsaFormat) -> Option<String> {
        Some(match format {
            IsaFormat::Markdown => reference::reference(),
            IsaFormat::Sv => emit::package(),
            IsaFormat::Json => table::json(),
            IsaFormat::Text => table::text(),
        })
    }

    fn figures(suite: &Path, which: Figures) -> Result<(), Trouble> {
        if which == Figures::Fast {
            return Err(Trouble::input("the machine `arbitrum` has one interpreter: there is nothing to compare"));
        }
        figures::print(suite, which == Figures::Speeds)
    }

    fn outputs(layout: &Layout, words: &[u64]) -> Option<HostOut> {
        Some(pipeline::outputs(layout, words))
    }

    fn asks(kind: u8) -> Asks {
        match kind {
            request::CALL => Asks::Call,
            request::END => Asks::End,
            _ => Asks::Other,
        }
    }

    fn sources(scenario: &Scenario) -> Vec<Source> {
        let read = |path: &std::path::PathBuf| {
            let path = scenario.path.parent().unwrap_or(Path::new("")).join(path);
            let input = Input::read(&path).ok()?;
            Some(Source { application: String::new(), name: input.name().into(), text: input.text().into() })
        };
        scenario.files.iter().filter_map(read).collect()
    }

    fn claim(scenario: &Scenario, call: usize, step: u64) -> Option<Claim> {
        proof::claim(scenario, call, step)
    }

    fn all_claims(scenario: &Scenario, call: usize, most: usize) -> Vec<Claim> {
        proof::all_claims(scenario, call, most)
    }

    fn before(scenario: &Scenario, call: usize, step: u64) -> Claim {
        proof::before(scenario, call, step)
    }

    fn prove(scenario: &Scenario, call: usize, step: u64) -> Result<BTreeMap<String, String>, String> {
        proof::prove(scenario, call, step)
    }

    fn check_proof(before: &Claim, bytes: &BTreeMap<String, String>) -> Result<Claim, String> {
        proof::check(before, bytes)
    }

    fn opcode(mnemonic: &str) -> Option<u16> {
        isa::by_name(mnemonic).map(|op| op.code.into())
    }

    fn random(seed: u64) -> Scenario {
        let program = generate::program(seed);
        let (path, about) = (format!("random-{seed}").into(), format!("Random program of seed {seed}"));
        Scenario::of(path, about, program.image, program.inbox).unwrap_or_else(|e| panic!("seed {seed}: {e}"))
    }
}

/// A run in the interpreter.
fn interpret(scenario: &Scenario, planned: &Planned) -> CallFigures {
    let mut machine = machine(scenario, planned);
    while let Step::Done | Step::Error(_) = machine.step() {}
    let number = ended(&mut machine).unwrap_or_default();
    let output: Output = interpreted(&machine);
    let retired = machine.counters().steps;
    let place = place::of(scenario, &mut machine);
    let mut missed = planned.expect.missed(number, &output, Some(&mut machine));
    place.iter().for_each(|place| place.explain(&mut missed));
    let end = CallEnd {
        name: planned.name.clone(),
        outcome: expect::outcome_name(number).into(),
        fuel_used: machine.counters().gas_used as i64,
        missed,
        place,
        ..CallEnd::default()
    };
    CallFigures { end, retired, ..CallFigures::default() }
}
