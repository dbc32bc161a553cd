// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fictitious machine's room: what the generic commands need to know of it.

use std::path::{Path, PathBuf};

use avm_cosim::input::{Input, InputError};
use avm_cosim::lockstep::cover::{Depths, Table};
use avm_cosim::lockstep::{CallEnd, CallFigures};
use avm_cosim::machines::{Asks, Loaded, Machine};
use avm_cosim::rng::Rng;
use avm_cosim::rtl::verilate::Rtl;
use avm_cosim::shrink::Draft;
use avm_cosim::shrink::search::Candidate;
use avm_sim::trace::{Fault, HostOut, Layout, Retire};
use serde::Deserialize;

use super::model::{self, Beat, Toy, ToySession};

/// The machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room;

const fn fault(name: &'static str, what: &'static str, class: &'static str, field: &'static str) -> Fault {
    Fault { name, what, class, field, scenario: "words.toml" }
}

/// A scenario: the words that the host feeds, without the 0 that ends them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    #[serde(skip)]
    path: PathBuf,
    #[allow(dead_code, reason = "who loads it has looked")]
    machine: String,
    #[serde(default)]
    about: String,
    words: Vec<u64>,
    /// The low limb of the accumulator at the end.
    ends: Option<u64>,
}

impl Loaded for Scenario {
    fn load(path: &Path) -> Result<Scenario, InputError> {
        let input = Input::read(path)?;
        let scenario: Result<Scenario, toml::de::Error> = toml::from_str(input.text());
        match scenario {
            Ok(scenario) if scenario.words.contains(&0) => {
                Err(input.error(0..0, "the word 0 ends a call".into(), "leave it out of `words`".into()))
            }
            Ok(scenario) => Ok(Scenario { path: path.into(), ..scenario }),
            Err(e) => Err(input.error(e.span().unwrap_or(0..0), e.message().into(), String::new())),
        }
    }

    fn path(&self) -> &Path {
        &self.path
    }

    fn about(&self) -> &str {
        &self.about
    }

    fn files(&self) -> &[PathBuf] {
        &[]
    }

    fn calls(&self) -> usize {
        1
    }
}

impl Candidate for Scenario {
    type Machine = Room;

    fn scenario(&self) -> Option<Scenario> {
        Some(self.clone())
    }
}

/// A scenario is made smaller word by word.
impl Draft for Scenario {
    fn load(scenario: &Scenario) -> Result<Scenario, InputError> {
        Ok(Scenario { ends: None, ..scenario.clone() })
    }

    fn toml(&self, about: &str) -> String {
        format!("machine = \"{}\"\nabout = {about:?}\nwords = {:?}\n", Room::NAME, self.words)
    }

    fn size(scenario: &Scenario) -> (usize, usize) {
        (scenario.words.len(), 8 * scenario.words.len())
    }

    fn parts(&self) -> usize {
        self.words.len()
    }

    fn keep(&mut self, kept: &[bool]) {
        let mut kept = kept.iter();
        self.words.retain(|_| kept.next() == Some(&true));
    }
}

/// Words by their lowest byte, which records show.
const COVER: Table = Table {
    rows: &["zero", "even", "odd"],
    row: |retire| if retire.opcode == 0 { 0 } else { 1 + usize::from(retire.opcode % 2) },
    depths: &["words"],
    ..Table::PLAIN
};

impl Machine for Room {
    const NAME: &'static str = "toy";
    const SUITE: &'static str = "testbenches/toy";
    const RTL: Rtl = super::design::RTL;
    const FAULTS: &'static [Fault] = &[
        fault("half", "odd words leave the upper half of the accumulator as it was", "value", "t_acc_q"),
        fault("claim", "claims that there are fewer than ten words", "assertion", ""),
        fault("top", "the last word turns the top bit of the accumulator", "value", "t_acc_q"),
    ];
    type Core = Toy;
    type Scenario = Scenario;
    type Draft = Scenario;
    type Session<'a> = ToySession;
    const COVER: &'static Table = &COVER;

    fn session(scenario: &Scenario) -> ToySession {
        ToySession::of(&scenario.words, 1, scenario.ends)
    }

    fn idle(_: &ToySession) -> bool {
        true
    }

    fn outputs(layout: &Layout, words: &[u64]) -> Option<HostOut<Beat>> {
        Some(model::outputs(layout, words))
    }

    fn asks(kind: u8) -> Asks {
        if kind == 2 { Asks::End } else { Asks::Either }
    }

    fn depths(session: &mut ToySession, _: &Retire) -> Depths {
        [session.added(), 0, 0, 0]
    }

    fn interpret<'a>(scenario: &'a Scenario) -> Box<dyn Iterator<Item = CallFigures> + 'a> {
        let mut last = [0; 4];
        Self::retired(scenario, u64::MAX, |_, r| {
            last = r.results[0];
            true
        });
        let end = CallEnd { name: "words".into(), ..ToySession::end(last[0], scenario.ends) };
        let retired = scenario.words.len() as u64 + 1;
        Box::new(std::iter::once(CallFigures { end, retired, ..CallFigures::default() }))
    }

    fn retired(scenario: &Scenario, most: u64, mut look: impl FnMut(usize, &Retire) -> bool) -> bool {
        let mut session = Self::session(scenario);
        let retired = std::iter::from_fn(|| avm_cosim::lockstep::Session::reference(&mut session));
        retired.zip(1..).all(|(retire, step)| step <= most && look(0, &retire))
    }

    fn random(seed: u64) -> Scenario {
        let mut rng = Rng::new(seed);
        // TOML has numbers of 63 bits.
        let words = (0..40).map(|_| rng.bits() >> 1 | 2).collect();
        let (path, about) = (format!("random-{seed}").into(), format!("Random words of seed {seed}"));
        Scenario { path, machine: Self::NAME.into(), about, words, ends: None }
    }
}
