// SPDX-License-Identifier: MIT OR Apache-2.0
//! From a plan to a scenario in memory: images straight from the tree, without text.

use std::path::PathBuf;
use std::sync::Arc;

use avm_sim::algorand::image::{self, Image, ImageError};
use avm_sim::algorand::interp;
use avm_sim::algorand::isa::code;
use avm_sim::algorand::params::METHOD_ENTRY;
use avm_sim::algorand::world::{AccessError, AccessList, PageId, World};

use super::lower::{self, Label, Sink};
use super::plan::{App, Call, Listed, Method, Plan};
use super::step::Step;
use crate::machines::algorand::scenario::{self, Expect, Planned, Scenario};

/// Why a plan is not a scenario. Plans that were drawn, or shrunk from such, always are.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Too much code, or too many constants.
    #[error("application {0}: {1}")]
    Image(u64, ImageError),
    /// An access list breaks D32.
    #[error("access list: {0}")]
    Access(#[from] AccessError),
}

impl Plan {
    /// The scenario, in memory; it equals what the files of [`Plan::sources`] and [`Plan::scenario_toml`] load to,
    /// except for the symbols, which only text has.
    ///
    /// # Errors
    /// A limit of the machine is broken: only by plans that were written by hand.
    pub fn build(&self) -> Result<Scenario, BuildError> {
        let images = self.apps.iter().map(|app| Ok(Arc::new(image(self, app)?)));
        let images: Vec<Arc<Image>> = images.collect::<Result<_, BuildError>>()?;
        let apps = || self.apps.iter().zip(&images);
        let pages = self.apps.iter().flat_map(|app| app.pages.iter().map(|p| (app.id, p)));
        Ok(Scenario {
            path: PathBuf::from(format!("random-{}", self.seed)),
            machine: "algorand".into(),
            about: self.about(),
            apps: apps().map(|(app, i)| scenario::App::nameless(app.id, Arc::clone(i))).collect(),
            world: World {
                apps: apps().map(|(app, i)| (app.id, Arc::clone(i))).collect(),
                pages: pages
                    .map(|(app, p)| {
                        (PageId { app, page: p.page }, p.words.iter().flat_map(|w| w.to_le_bytes()).collect())
                    })
                    .collect(),
            },
            latency: scenario::Latency { seed: self.latency.seed, min: self.latency.min, max: self.latency.max },
            calls: self.calls.iter().map(|call| self.planned(call)).collect::<Result<_, _>>()?,
            files: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// One line for tables.
    pub(super) fn about(&self) -> String {
        format!("Random program of seed {}", self.seed)
    }

    fn planned(&self, call: &Call) -> Result<Planned, BuildError> {
        let app = self.apps.iter().position(|a| a.id == call.app);
        let index = app.and_then(|a| self.apps[a].methods.iter().position(|m| m.name == call.method));
        let limits = interp::Limits {
            call_depth: self.limits.call_depth,
            invocations: self.limits.invocations,
            log: self.limits.log,
        };
        let method = index.map_or(NO_METHOD, |i| i as u64);
        Ok(Planned {
            app,
            call: interp::Call {
                app: call.app,
                method,
                args: call.args.clone(),
                fuel: call.fuel,
                limits,
                access: access(call.access.as_ref().unwrap_or(&self.access))?,
                authority: Default::default(),
            },
            name: match index {
                Some(_) => format!("m{}", call.method),
                None => format!("method {method}"),
            },
            expect: Expect::default(),
        })
    }
}

/// Index of a method that a plan does not have.
pub(super) const NO_METHOD: u64 = 0xffff;

fn access(listed: &[Listed]) -> Result<AccessList, AccessError> {
    let pages = listed.iter().flat_map(|l| l.pages.iter().map(|page| PageId { app: l.app, page: *page }));
    AccessList::new(listed.iter().map(|l| l.app), pages)
}

/// The image of an application.
fn image(plan: &Plan, app: &App) -> Result<Image, BuildError> {
    let mut constants = app.constants.clone();
    constants.resize(constants.len().next_multiple_of(2), 0);
    let table = METHOD_ENTRY * (1 + app.methods.len());
    let mut bytes = Bytes { table, constants, ..Bytes::default() };
    bytes.code.reserve(1 << 10);
    lower::lower(plan, app, &mut bytes);
    bytes.fill();
    Image::with_methods(bytes.code, &bytes.methods, &bytes.constants).map_err(|e| BuildError::Image(app.id, e))
}

/// Code as bytes.
#[derive(Default)]
struct Bytes {
    code: Vec<u8>,
    methods: Vec<image::Method>,
    /// Bytes of the method table, which lies before the constants.
    table: usize,
    constants: Vec<u8>,
    /// Offsets of labels.
    labels: Vec<u32>,
    /// Where the offset of a label belongs.
    holes: Vec<(u32, Label)>,
    constant_holes: Vec<(u32, Label)>,
}

impl Bytes {
    fn hole(&mut self, label: Label) {
        self.holes.push((self.code.len() as u32, label));
        self.code.extend([0; 2]);
    }

    /// Fills the holes. Offsets beyond 16 bits are cut: such code is too large for an image anyway.
    fn fill(&mut self) {
        let Bytes { code, constants, labels, holes, constant_holes, .. } = self;
        for (area, holes) in [(code, holes), (constants, constant_holes)] {
            for (at, label) in holes {
                let (at, target) = (*at as usize, labels.get(*label as usize).copied().unwrap_or(0) as u16);
                area[at..at + 2].copy_from_slice(&target.to_le_bytes());
            }
        }
    }
}

impl Sink for Bytes {
    fn method(&mut self, m: &Method) {
        let offset = self.code.len() as u16;
        self.methods.push(image::Method { offset, frame: m.frame(), args: m.args, public: m.public });
    }

    fn step(&mut self, step: Step) {
        step.put(&mut self.code);
    }

    fn branch(&mut self, op: u8, to: Label) {
        self.code.push(op);
        self.hole(to);
    }

    fn switch(&mut self, table: &[Label]) {
        let base = (self.table + self.constants.len()) as i64;
        self.step(Step::with(code::SWITCH, base & 0xffff | (table.len() as i64) << 16));
        for label in table {
            self.constant_holes.push((self.constants.len() as u32, *label));
            self.constants.extend([0; 2]);
        }
    }

    fn invoke(&mut self, _: u16, index: u16) {
        self.step(Step::with(code::INVOKE_INTERNAL, index.into()));
    }

    fn bind(&mut self, label: Label) {
        let at = label as usize;
        if self.labels.len() <= at {
            self.labels.resize(at + 1, 0);
        }
        self.labels[at] = self.code.len() as u32;
    }

    fn tail(&mut self, bytes: &[u8]) {
        self.code.extend(bytes);
    }
}
