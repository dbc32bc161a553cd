// SPDX-License-Identifier: MIT OR Apache-2.0
//! Machines, one room for each. What the generic parts need to know of one is a [`Machine`]; what a run of it does is
//! its [`Session`](crate::lockstep::Session). [`registry`] names those that there are, and the command line finds one of
//! them there by its name ([`Registry`]).

pub mod algorand;
pub mod arbitrum;
pub mod registry;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use avm_sim::trace::{Core, Fault, HostOut, Layout, Retire};

use crate::cli::Failure;
use crate::input::{Input, InputError};
use crate::lockstep::cover::{Depths, Table};
use crate::lockstep::{CallFigures, Session};
use crate::names::Shown as _;
use crate::profile::Source;
use crate::proof::Claim;
use crate::rtl::object::Trouble;
use crate::rtl::verilate::Rtl;
use crate::scenario;
use crate::shrink::Draft;
use crate::shrink::folder::PROGRAM;
use crate::trace::Step;

/// Forms of an instruction table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum IsaFormat {
    /// Columns for a terminal.
    Text,
    /// The reference page.
    Markdown,
    /// The SystemVerilog package.
    Sv,
    /// JSON.
    Json,
}

/// What a source assembles to.
#[derive(Clone, Debug, Default)]
pub struct Assembled {
    /// The image.
    pub image: Vec<u8>,
    /// A line about it.
    pub about: String,
    /// What is right, but probably not meant: a line each.
    pub warnings: Vec<String>,
    /// Other files that the source takes in.
    pub reads: Vec<PathBuf>,
}

/// Something to be done with a machine that is only known by its name.
pub trait Visitor {
    /// What comes of it.
    type Output;
    /// Does it.
    fn visit<M: Machine>(self) -> Self::Output;
}

/// The machines that a command line knows: [`registry::All`], or those of a test.
pub trait Registry {
    /// Their names; the first is meant where none is named.
    const NAMES: &'static [&'static str];
    /// Does something with the machine of this name; `None` if there is none.
    fn visit<V: Visitor>(name: &str, visitor: V) -> Option<V::Output>;
}

/// Declares a [`Registry`]: its name, then its machines.
#[macro_export]
macro_rules! registry {
    ($(#[$meta:meta])* $name:ident: $($machine:ty),+ $(,)?) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::machines::Registry for $name {
            const NAMES: &'static [&'static str] = &[$(<$machine as $crate::machines::Machine>::NAME),+];

            fn visit<V: $crate::machines::Visitor>(name: &str, visitor: V) -> Option<V::Output> {
                $(
                    if name == <$machine as $crate::machines::Machine>::NAME {
                        return Some(visitor.visit::<$machine>());
                    }
                )+
                None
            }
        }
    };
}

/// What a request of a core is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// The next call.
    Call,
    /// Nothing: it delivers how a call ended.
    End,
    /// Something that a call needs.
    Other,
    /// Something that a call needs, with which the next one may begin: for machines that do not ask for calls.
    Either,
}

/// Scenarios of the suite that are of one kind: its name, their folders.
pub type Tier = (&'static str, &'static [&'static str]);

/// Which figures are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figures {
    /// All.
    All,
    /// The ratios of speeds.
    Speeds,
    /// The comparison of the fast interpreter with the plain one.
    Fast,
}

/// What a machine is.
pub trait Machine: Copy + Debug + Default + Send + Sync + 'static {
    /// Its name, in scenarios and on the command line.
    const NAME: &'static str;
    /// Folder of its scenarios, from the repository.
    const SUITE: &'static str;
    /// Tiers of the suite, those of the quickest scenarios first.
    const TIERS: &'static [Tier] = &[("scenarios", &[""])];
    /// A scenario in that folder, for examples.
    const EXAMPLE: &'static str = "scenario.toml";
    /// Extension of its sources, by which `asm` knows whose a file is; empty: it has none.
    const SOURCE: &'static str = "";
    /// Extension of its images.
    const IMAGE: &'static str = "image";
    /// Its RTL.
    const RTL: Rtl;
    /// What coverage counts.
    const COVER: &'static Table = &Table::PLAIN;
    /// Planted faults of the RTL; the number of a fault is its index plus 1.
    const FAULTS: &'static [Fault];
    /// Its core model.
    type Core: Core + Clone;
    /// A scenario, loaded.
    type Scenario: Loaded;
    /// A scenario as shrinking edits it.
    type Draft: Draft<Machine = Self>;
    /// A run of a scenario.
    type Session<'a>: Session<Core = Self::Core> + Clone;

    /// The session of a scenario's calls.
    fn session(scenario: &Self::Scenario) -> Self::Session<'_>;
    /// The session's host has nothing left to send.
    fn idle(session: &Self::Session<'_>) -> bool;
    /// Makes a scenario's calls in the interpreter alone, each when it is asked for.
    fn interpret<'a>(scenario: &'a Self::Scenario) -> Box<dyn Iterator<Item = CallFigures> + 'a>;
    /// What the interpreter retires, by call, until `look` has seen enough; whether all calls ended within `most`
    /// steps.
    fn retired(scenario: &Self::Scenario, most: u64, look: impl FnMut(usize, &Retire) -> bool) -> bool;
    /// What a trace shows of the instructions of a scenario's calls beyond their records, one by one.
    fn steps<'a>(_scenario: &'a Self::Scenario) -> Box<dyn Iterator<Item = Step> + 'a> {
        Box::new(std::iter::empty())
    }
    /// The random program of a seed.
    fn random(seed: u64) -> Self::Scenario;

    /// The random program of a seed as files: its scenario, [`PROGRAM`], and what belongs to it.
    fn random_files(seed: u64) -> Vec<(String, String)> {
        let scenario = Self::random(seed);
        let draft = Self::Draft::load(&scenario).unwrap_or_else(|e| panic!("seed {seed} is no program: {e}"));
        vec![(PROGRAM.into(), draft.toml(scenario.about()))]
    }

    /// The opcode with a mnemonic, by which shrinking passes over programs that do not execute it.
    fn opcode(_mnemonic: &str) -> Option<u16> {
        None
    }

    /// The core's outputs as registers of its RTL show them: with it the RTL alone can drive the host, by which mutants
    /// are judged.
    fn outputs(_layout: &Layout, _words: &[u64]) -> Option<HostOut<<Self::Core as Core>::Beat>> {
        None
    }

    /// What a request of a kind is about.
    fn asks(_kind: u8) -> Asks {
        Asks::Other
    }

    /// Measures and prints its figures, with scenarios below `suite`.
    ///
    /// # Errors
    /// A scenario is not right, or the machine has no figures.
    fn figures(_suite: &Path, _which: Figures) -> Result<(), Trouble> {
        Err(Trouble::input(format!("the machine `{}` has no figures", Self::NAME)))
    }

    /// Depths after what the session's interpreter has just retired, as [`Machine::COVER`] names them.
    fn depths(_session: &mut Self::Session<'_>, _retire: &Retire) -> Depths {
        Depths::default()
    }

    /// The sources of a scenario's programs, for listings.
    fn sources(_scenario: &Self::Scenario) -> Vec<Source> {
        Vec::new()
    }

    /// Assembles a source, in which applications have these names and identifiers.
    ///
    /// # Errors
    /// The source is not right, or the machine has no assembler.
    fn assemble(_source: &Input, _applications: &[(String, u64)]) -> Result<Assembled, InputError> {
        Err(InputError::plain(format!("the machine `{}` has no assembler", Self::NAME)))
    }

    /// An image as source that assembles to the same bytes.
    ///
    /// # Errors
    /// In words: it is none, or the machine has no assembler.
    fn disassemble(_image: &[u8]) -> Result<String, String> {
        Err(format!("the machine `{}` has no assembler", Self::NAME))
    }

    /// The same of a file: the error is a whole line, with the place where one is known.
    ///
    /// # Errors
    /// As above.
    fn disassemble_named(name: &str, image: &[u8]) -> Result<String, String> {
        Self::disassemble(image).map_err(|e| format!("{name}: error: {e}"))
    }

    /// Its instruction set; `None` if it has no table of it.
    fn isa(_format: IsaFormat) -> Option<String> {
        None
    }

    /// It has proofs of single steps: the methods below.
    const PROOFS: bool = false;

    /// What is claimed of the state after so many steps of a call, or after its last one; `None`: there is no such call.
    fn claim(_scenario: &Self::Scenario, _call: usize, _step: u64) -> Option<Claim> {
        None
    }

    /// What is claimed of the states of a call, the first one and those after its steps, so many at most.
    fn all_claims(_scenario: &Self::Scenario, _call: usize, _most: usize) -> Vec<Claim> {
        Vec::new()
    }

    /// The state before a step as somebody knows it who is to be convinced: a claim, and what comes from outside.
    fn before(scenario: &Self::Scenario, call: usize, step: u64) -> Claim {
        Self::claim(scenario, call, step).unwrap_or_default()
    }

    /// The bytes that prove a step of a call, by the names of their parts, in hexadecimal.
    ///
    /// # Errors
    /// In words: there is no such step, or no proof of it.
    fn prove(_scenario: &Self::Scenario, _call: usize, _step: u64) -> Result<BTreeMap<String, String>, String> {
        Err(format!("the machine `{}` has no proofs", Self::NAME))
    }

    /// What is claimed of the state after a step, from the state before it and the bytes that prove it.
    ///
    /// # Errors
    /// In words: they prove nothing.
    fn check_proof(_before: &Claim, _proof: &BTreeMap<String, String>) -> Result<Claim, String> {
        Err(format!("the machine `{}` has no proofs", Self::NAME))
    }

    /// The node around it: the command line behind `avm ledger`.
    ///
    /// # Errors
    /// As every command's; or there is no node around the machine.
    fn ledger(_arguments: Vec<OsString>) -> Result<(), Failure> {
        Err(InputError::plain(format!("the machine `{}` has no node around it", Self::NAME)).into())
    }

    /// Writes the calls of a block, which a node's directory has, as scenarios into a folder: each with the pages that the
    /// node saw, expecting what came of it there.
    ///
    /// # Errors
    /// There is no such block, it is not what was kept, or there is no node around the machine.
    fn block(_directory: &Path, _round: u64, _into: &Path) -> Result<(), Failure> {
        Err(InputError::plain(format!("the machine `{}` has no blocks", Self::NAME)).into())
    }

    /// Number of a planted fault.
    fn fault(name: &str) -> Option<u8> {
        Self::FAULTS.iter().position(|f| f.name == name).map(|i| i as u8 + 1)
    }
}

/// Reads and checks a scenario of a machine, and everything it loads: the way that all commands take, so that no file
/// is run by a machine that it is not for.
///
/// # Errors
/// A file cannot be read or is not right, or the scenario is not for this machine.
pub fn load<M: Machine>(path: &Path) -> Result<M::Scenario, InputError> {
    scenario::is_for(path, M::NAME)?;
    M::Scenario::load(path)
}

/// A scenario of some machine.
pub trait Loaded: Clone + Debug + Send + Sync {
    /// Reads and checks a scenario, and everything it loads. For [`load`], which has looked at its machine.
    ///
    /// # Errors
    /// A file cannot be read or is not right.
    fn load(path: &Path) -> Result<Self, InputError>;
    /// Path as given by the user.
    fn path(&self) -> &Path;
    /// One line about it, for JSON and for the files that are made of it.
    fn about(&self) -> &str;
    /// Files that it loads, relative to its folder.
    fn files(&self) -> &[PathBuf];
    /// How many calls it makes.
    fn calls(&self) -> usize;

    /// What in it is not wrong, but probably not meant: a line each.
    fn notes(&self) -> &[String] {
        &[]
    }

    /// All that matters to a run of it: changes when that does.
    fn contents(&self) -> String {
        format!("{self:?}")
    }

    /// Short name for tables: the file's stem.
    fn name(&self) -> String {
        self.path().file_stem().map_or_else(|| "?".into(), |name| name.shown())
    }
}
