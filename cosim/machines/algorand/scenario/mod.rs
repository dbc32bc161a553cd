// SPDX-License-Identifier: MIT OR Apache-2.0
//! Scenarios of the machine: one TOML file that says what to load, the world around it, which calls to make and what
//! must come out. `docs/scenarios.md` is the reference.
//!
//! `file` is the file as written, `load` makes a [`Scenario`] of it, with the heap in `heap` and what must come
//! out in `expectation`; [`expect`] compares that with a call's result. All fields are public: a generator
//! builds scenarios without a file.

mod apps;
mod expect;
mod expectation;
mod file;
mod heap;
mod load;
mod signed;

use std::path::PathBuf;
use std::sync::Arc;

use avm_sim::algorand::asm::Symbols;
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::world::World;

use crate::names::Shown as _;
pub use crate::scenario::Latency;
pub use apps::{alone, assemble};
pub use expect::{CallResult, Expect, ExpectOutcome, outcome_text, page_report};
pub(super) use load::arguments;
pub use load::sources;
pub use signed::signed_text;

/// A scenario, loaded and checked.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// Path as given by the user.
    pub path: PathBuf,
    /// Machine name.
    pub machine: String,
    /// One line for tables.
    pub about: String,
    /// The applications of the file, for their names; what runs are those installed in `world`.
    pub apps: Vec<App>,
    /// Installed applications and the heap before the first call.
    pub world: World,
    /// Host latency.
    pub latency: Latency,
    /// Calls with sweeps expanded, made in order on one world.
    pub calls: Vec<Planned>,
    /// Files that it loads, relative to its folder.
    pub files: Vec<PathBuf>,
    /// What is not wrong, but probably not meant: a line each.
    pub notes: Vec<String>,
}

impl Scenario {
    /// Short name for tables: the file's stem.
    pub fn name(&self) -> String {
        self.path.file_stem().map_or_else(|| "?".into(), |name| name.shown())
    }
}

/// An application of a scenario.
#[derive(Clone, Debug)]
pub struct App {
    /// Its applicationID.
    pub id: u64,
    /// The name that the scenario gives it.
    pub name: Option<String>,
    /// Code and constants: what the world has installed under `id`.
    pub image: Arc<Image>,
    /// Names, when it was loaded from source.
    pub symbols: Option<Symbols>,
}

impl App {
    /// An application of which nothing but the image is known.
    pub fn nameless(id: u64, image: Arc<Image>) -> App {
        App { id, name: None, image, symbols: None }
    }
}

/// One call with what must come out of it.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Index of the called application in [`Scenario::apps`]; `None` if it is not installed.
    pub app: Option<usize>,
    /// The call.
    pub call: Call,
    /// Name for reports: method and, in a sweep, fuel.
    pub name: String,
    /// Expectation.
    pub expect: Expect,
}
