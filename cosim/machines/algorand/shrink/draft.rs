// SPDX-License-Identifier: MIT OR Apache-2.0
//! A scenario in the form that is made smaller: sources as items, calls by name. It expects nothing: what counts is
//! how it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

use avm_sim::algorand::asm::{self, Program};
use avm_sim::algorand::authority::Authority;
use avm_sim::algorand::interp::{self, Limits};
use avm_sim::algorand::world::{AccessError, AccessList, PageId, World};

use super::source::{self, Item};
use crate::input::InputError;
use crate::machines::Machine;
use crate::machines::algorand::Room;
use crate::machines::algorand::scenario::{self, Expect, Latency, Planned, Scenario};
use crate::shrink::search::Candidate;

/// A scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Applications.
    pub apps: Vec<App>,
    /// Pages before the first call.
    pub pages: BTreeMap<PageId, Vec<u8>>,
    /// Host latency.
    pub latency: Latency,
    /// Limits of all calls.
    pub limits: Limits,
    /// Calls.
    pub calls: Vec<Call>,
}

/// An application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its applicationID.
    pub id: u64,
    /// Its source.
    pub items: Vec<Item>,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Its applicationID.
    pub app: u64,
    /// Its method.
    pub method: Method,
    /// Argument bytes.
    pub args: Vec<u8>,
    /// Tank.
    pub fuel: i64,
    /// Applications and pages; without, everything that there is.
    pub access: Option<(Vec<u64>, Vec<PageId>)>,
    /// Signatures.
    pub authority: Authority,
}

/// A method to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    /// By its name: it is found wherever it has moved.
    Name(String),
    /// By its index.
    Index(u64),
}

impl Draft {
    /// A scenario whose applications have these sources, in order; where there is none, its disassembly.
    pub fn new(scenario: &Scenario, sources: &[Option<String>]) -> Result<Draft, InputError> {
        let all = access_to_all(&scenario.world).ok();
        let mut apps = Vec::new();
        let mut methods = Vec::new();
        for (i, app) in scenario.apps.iter().enumerate() {
            let (text, program) = match sources.get(i).and_then(Option::as_ref) {
                Some(text) => {
                    // Each statement in a line, so that each can be taken out.
                    let text = asm::plain(text);
                    let program = asm::assemble("source", &text).map_err(InputError::assembler)?;
                    (text, program)
                }
                None => source::of_image(&app.image).ok_or_else(|| {
                    InputError::plain(format!("application {}: its disassembly does not assemble", app.id))
                })?,
            };
            apps.push(App { id: app.id, items: source::items(&text, &program) });
            methods.push((app.id, program.symbols));
        }
        let call = |p: &Planned| {
            let symbols = methods.iter().find(|m| m.0 == p.call.app).map(|m| &m.1);
            let name = u16::try_from(p.call.method).ok().and_then(|m| symbols?.method_name(m));
            let (listed, pages) = (p.call.access.apps().to_vec(), p.call.access.pages().to_vec());
            Call {
                app: p.call.app,
                method: name.map_or(Method::Index(p.call.method), |n| Method::Name(n.into())),
                args: p.call.args.clone(),
                fuel: p.call.fuel,
                access: (all.as_ref() != Some(&p.call.access)).then_some((listed, pages)),
                authority: p.call.authority.clone(),
            }
        };
        Ok(Draft {
            apps,
            pages: scenario.world.pages.clone(),
            latency: scenario.latency,
            limits: scenario.calls.first().map_or_else(Limits::default, |c| c.call.limits),
            calls: scenario.calls.iter().map(call).collect(),
        })
    }

    fn programs(&self) -> Option<Vec<Program>> {
        self.apps.iter().map(|app| asm::assemble("", &source::text(&app.items)).ok()).collect()
    }

    /// What executes: for each application and item, the top result of its first execution, if it had one.
    pub fn trace(&self, most: u64) -> BTreeMap<(usize, usize), Option<u64>> {
        let mut out = BTreeMap::new();
        let (Some(programs), Some(scenario)) = (self.programs(), self.scenario()) else { return out };
        let at: Vec<BTreeMap<u64, usize>> = programs
            .iter()
            .map(|p| source::offsets(p).into_iter().map(|(line, at)| (at.into(), line as usize - 1)).collect())
            .collect();
        Room::retired(&scenario, most, |_, r| {
            let app = self.apps.iter().position(|a| a.id == r.segment);
            if let Some((app, item)) = app.and_then(|a| Some((a, *at[a].get(&r.pc)?))) {
                out.entry((app, item)).or_insert_with(|| (r.n_results > 0).then_some(r.results[0][0]));
            }
            true
        });
        out
    }

    /// The scenario as a file, in which applications are text.
    pub fn toml(&self, about: &str) -> String {
        let mut s = format!("machine = \"algorand\"\nabout = \"{}\"\n", escaped(about));
        for app in &self.apps {
            let _ = write!(s, "\n[[app]]\nid = {}\ntext = \"\"\"\n", number(app.id));
            app.items.iter().for_each(|item| s += &format!("{}\n", escaped(&item.to_string())));
            s.push_str("\"\"\"\n");
        }
        self.world(&mut s);
        for call in &self.calls {
            let method = match &call.method {
                Method::Name(name) => format!("\"{name}\""),
                Method::Index(i) => i64::try_from(*i).map_or_else(|_| format!("\"{i:#x}\""), |i| i.to_string()),
            };
            let _ = write!(s, "\n[[call]]\napp = {}\nmethod = {method}\nfuel = {}\n", number(call.app), call.fuel);
            if !call.args.is_empty() {
                let hex: String = call.args.iter().map(|b| format!("{b:02x}")).collect();
                let _ = writeln!(s, "args = [\"hex:{hex}\"]");
            }
            if let Some((apps, pages)) = &call.access {
                let _ = writeln!(s, "access = {}", access_text(apps, pages));
            }
            if call.authority != Authority::default() {
                let _ = writeln!(s, "signed = {}", scenario::signed_text(&call.authority));
            }
        }
        s
    }

    fn world(&self, s: &mut String) {
        let (l, d) = (&self.latency, Limits::default());
        if *l != Latency::default() || self.limits != d {
            s.push_str("\n[world]\n");
        }
        if *l != Latency::default() {
            let _ = writeln!(s, "latency = {{ seed = {}, min = {}, max = {} }}", number(l.seed), l.min, l.max);
        }
        if self.limits != d {
            let Limits { call_depth, invocations, log } = self.limits;
            let _ = writeln!(s, "limits = {{ call_depth = {call_depth}, invocations = {invocations}, log = {log} }}");
        }
        if self.pages.is_empty() {
            return;
        }
        s.push_str("\n[world.algorand]\npages = [\n");
        for (id, bytes) in &self.pages {
            let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
            let contents = match bytes.iter().all(|b| *b == 0) {
                true => format!("size = {}", bytes.len()),
                false => format!("hex = \"{hex}\""),
            };
            let _ = writeln!(s, "  {{ app = {}, page = {}, {contents} }},", number(id.app), number(id.page));
        }
        s.push_str("]\n");
    }

    fn planned(&self, call: &Call, programs: &[Program], world: &World) -> Option<Planned> {
        let app = self.apps.iter().position(|a| a.id == call.app);
        let symbols = app.map(|a| &programs[a].symbols);
        let (method, name) = match &call.method {
            Method::Name(name) => (u64::from(symbols?.method(name)?), name.clone()),
            Method::Index(i) => (*i, format!("method {i}")),
        };
        let access = match &call.access {
            None => access_to_all(world),
            Some((apps, pages)) => AccessList::new(apps.iter().copied(), pages.iter().copied()),
        };
        let (args, fuel, authority) = (call.args.clone(), call.fuel, call.authority.clone());
        Some(Planned {
            app,
            call: interp::Call {
                app: call.app,
                method,
                args,
                fuel,
                limits: self.limits,
                access: access.ok()?,
                authority,
            },
            name,
            expect: Expect::default(),
        })
    }
}

impl Candidate for Draft {
    type Machine = Room;

    fn scenario(&self) -> Option<Scenario> {
        if self.apps.is_empty() || self.calls.is_empty() {
            return None;
        }
        let programs = self.programs()?;
        let images: Vec<_> = programs.iter().map(|p| Arc::new(p.image.clone())).collect();
        let apps = || self.apps.iter().zip(&images);
        let world =
            World { apps: apps().map(|(app, image)| (app.id, Arc::clone(image))).collect(), pages: self.pages.clone() };
        let calls = self.calls.iter().map(|c| self.planned(c, &programs, &world)).collect::<Option<_>>()?;
        Some(Scenario {
            path: PathBuf::from("shrunk.toml"),
            machine: "algorand".into(),
            about: String::new(),
            apps: apps()
                .zip(&programs)
                .map(|((app, image), p)| scenario::App {
                    id: app.id,
                    name: None,
                    image: Arc::clone(image),
                    symbols: Some(p.symbols.clone()),
                })
                .collect(),
            world,
            latency: self.latency,
            calls,
            files: Vec::new(),
            notes: Vec::new(),
        })
    }
}

/// What a call may use that has no list.
fn access_to_all(world: &World) -> Result<AccessList, AccessError> {
    AccessList::new(world.apps.keys().copied(), world.pages.keys().copied())
}

/// A number as TOML takes it: text if it exceeds 63 bits.
fn number(n: u64) -> String {
    if i64::try_from(n).is_ok() { n.to_string() } else { format!("\"{n:#x}\"") }
}

fn access_text(apps: &[u64], pages: &[PageId]) -> String {
    let all: BTreeSet<u64> = apps.iter().copied().chain(pages.iter().map(|p| p.app)).collect();
    let entry = |app: &u64| {
        let own: Vec<_> = pages.iter().filter(|p| p.app == *app).map(|p| number(p.page)).collect();
        match own.is_empty() {
            true => format!("{{ app = {} }}", number(*app)),
            false => format!("{{ app = {}, pages = [{}] }}", number(*app), own.join(", ")),
        }
    };
    format!("[{}]", all.iter().map(entry).collect::<Vec<_>>().join(", "))
}

/// Text for a TOML string.
fn escaped(text: &str) -> String {
    let one = |c: char| match c {
        '\\' => "\\\\".into(),
        '"' => "\\\"".into(),
        '\n' => "\\n".into(),
        '\t' => "\\t".into(),
        c if c.is_control() => format!("\\u{:04x}", c as u32),
        c => c.to_string(),
    };
    text.chars().map(one).collect()
}
