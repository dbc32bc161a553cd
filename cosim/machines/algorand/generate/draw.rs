// SPDX-License-Identifier: MIT OR Apache-2.0
//! Drawing a plan: applications, the signatures of all methods, then their bodies, then the calls.

use super::dice::Dice;
use super::here::{Here, LOOPS};
use super::plan::{App, Call, End, Latency, Listed, Method, Page, Plan};
use super::step::{LOAD_64, Step};
use super::{Options, fuel};

/// Applications beyond this many would not leave room in access lists.
const MOST_APPS: u32 = 8;
const MOST_SIZE: u32 = 4_000;

const APP_IDS: &[u64] = &[1, 2, 7, 255, 256, 65_536, 1 << 32, 1 << 62, 1 << 63, u64::MAX - 1, u64::MAX];
const PAGES: &[u64] = &[0, 1, 2, 3, 255, 1 << 31, 1 << 32, 1 << 63, u64::MAX];

/// A method as others see it, known before there are bodies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signature {
    /// Index of the application in the plan.
    pub(super) app: usize,
    pub(super) name: u16,
    pub(super) public: bool,
    pub(super) args: u16,
    /// The first argument is a depth, counted down; whoever may recurse has one.
    pub(super) deep: bool,
    /// Instructions that an invocation executes, about; known once there is a body.
    pub(super) cost: u32,
}

/// A plan being drawn.
pub(super) struct Draw<'o> {
    pub(super) dice: Dice,
    pub(super) options: &'o Options,
    pub(super) plan: Plan,
    /// In the order in which bodies are drawn: each may invoke those before it.
    pub(super) signatures: Vec<Signature>,
    /// Bodies drawn so far.
    pub(super) drawn: usize,
    /// An application that is listed and not installed, if there is one.
    pub(super) absent: Option<u64>,
    /// Bytes of code drawn so far, estimated from above, by application.
    pub(super) code: Vec<u32>,
    /// Something may be used that is not listed: it ends the call, so few programs do it.
    pub(super) strays: bool,
}

/// The program of a seed.
pub fn plan(seed: u64, options: &Options) -> Plan {
    let mut draw = Draw {
        dice: Dice::new(seed),
        options,
        plan: Plan { seed, ..Plan::default() },
        signatures: Vec::new(),
        drawn: 0,
        absent: None,
        code: Vec::new(),
        strays: false,
    };
    draw.strays = draw.dice.chance(options.incomplete / 2);
    let calls = draw.dice.range(options.calls.0.clamp(1, 16), options.calls.1.min(16));
    draw.apps();
    draw.signatures(calls.min(2));
    draw.bodies(options.size.min(MOST_SIZE) / calls, calls.min(2));
    draw.surroundings();
    draw.calls(calls);
    fuel::starve(&mut draw.plan, &mut draw.dice, options.starved);
    draw.plan
}

impl Draw<'_> {
    fn apps(&mut self) {
        let apps = self.dice.range(self.options.apps.0.clamp(1, MOST_APPS), self.options.apps.1.min(MOST_APPS));
        let most_pages = if apps > 5 { 4 } else { 5 };
        for _ in 0..apps {
            let id = self.app_id();
            let constants = (0..self.dice.below(5) * 8 + self.dice.below(9)).map(|_| self.byte()).collect();
            let tail = self.tail();
            let pages = self.pages(most_pages);
            self.plan.apps.push(App { id, methods: Vec::new(), constants, tail, pages });
        }
        self.code = vec![0; self.plan.apps.len()];
        self.absent = self.dice.one_in(2).then(|| self.app_id());
    }

    /// An identifier that is not in use.
    fn app_id(&mut self) -> u64 {
        loop {
            let id = if self.dice.one_in(4) { self.dice.bits() } else { self.dice.pick(APP_IDS) };
            if id != 0 && self.plan.apps.iter().all(|a| a.id != id) {
                return id;
            }
        }
    }

    /// A constant byte; the small ones make offsets that lie inside the code.
    fn byte(&mut self) -> u8 {
        match self.dice.below(3) {
            0 => self.dice.bits() as u8,
            1 => 0,
            _ => self.dice.below(40) as u8,
        }
    }

    /// The end of the code: an instruction that is not whole, or nothing after one that is.
    fn tail(&mut self) -> Vec<u8> {
        use avm_sim::algorand::isa::code::{BR, CATCH, CONST_64, NOP};
        let end = self.dice.pick(&[[NOP, 0], [CONST_64, 1], [CATCH, 0], [BR, 0]]);
        end[..self.dice.range(1, 2) as usize].to_vec()
    }

    /// Pages, of which some are absent: no words.
    fn pages(&mut self, most: u32) -> Vec<Page> {
        let mut pages: Vec<Page> = Vec::new();
        for _ in 0..self.dice.range(0, most) {
            let page = if self.dice.one_in(8) { self.dice.bits() } else { self.dice.pick(PAGES) };
            if pages.iter().all(|p| p.page != page) {
                // Small ones mostly: words that no instruction touches are clocks without a comparison that is new.
                let words = match self.dice.below(32) {
                    0..=7 => 0,
                    8..=30 => self.dice.range(1, 8),
                    _ => self.dice.range(1, 128),
                };
                pages.push(Page { page, words: (0..words).map(|_| self.dice.cell() as u64).collect() });
            }
        }
        pages
    }

    /// Who can be invoked with what; the last `roots` are for calls.
    fn signatures(&mut self, roots: u32) {
        let apps = self.plan.apps.len() as u32;
        let methods = roots + apps + self.dice.below(2 * apps + 1);
        for i in 0..methods {
            // Every application has at least one method.
            let app = if i < apps { i } else { self.dice.below(apps) } as usize;
            let root = i >= methods - roots;
            let deep = !root && self.dice.one_in(4);
            let extra = self.dice.pick(&[0, 0, 0, 1, 3, 8, 8, 12, 16, 17, 40]);
            let signature = Signature {
                app,
                name: i as u16,
                public: root || !self.dice.one_in(4),
                args: if deep { 8 + extra } else { extra },
                deep,
                cost: 0,
            };
            // Not in the order of applications: the graph shall go to and fro.
            let at =
                if root { self.signatures.len() } else { self.dice.below(self.signatures.len() as u32 + 1) as usize };
            self.signatures.insert(at, signature);
        }
        for s in &self.signatures {
            let frame = self.dice.pick(&[0, 0, 1, 8, 16, 16, 24, 40, 64]);
            let scratch =
                if self.dice.one_in(60) { 2_048 - 8 * (LOOPS as u16 + 1) - s.args.next_multiple_of(8) } else { frame };
            let method = Method {
                name: s.name,
                public: s.public,
                args: s.args,
                scratch,
                counters: LOOPS as u8 + 1,
                returns: self.dice.one_in(2),
                unused: if self.dice.one_in(4) && scratch < 100 { self.dice.below(20) as u16 } else { 0 },
                ..Method::default()
            };
            // Not in the order of drawing: the index shall say nothing.
            let methods = &mut self.plan.apps[s.app].methods;
            methods.insert(self.dice.below(methods.len() as u32 + 1) as usize, method);
        }
    }

    /// Draws bodies, each from a budget of instructions that grows towards the roots.
    fn bodies(&mut self, size: u32, roots: u32) {
        let methods = self.signatures.len();
        for i in 0..methods {
            self.drawn = i;
            let Signature { app, name, deep, .. } = self.signatures[i];
            let position = self.plan.apps[app].methods.iter().position(|m| m.name == name).unwrap_or(0);
            let root = i + (roots as usize) >= methods;
            let budget = if root { size * 5 / 4 } else { 6 + size * (i as u32 + 1) / (4 * methods as u32) };
            let mut here = Here::new(&self.plan.apps[app].methods[position], app, deep);
            let (body, cost) = self.body(&mut here, budget);
            let end = self.end(&here, position);
            let method = &mut self.plan.apps[app].methods[position];
            (method.body, method.end) = (body, end);
            self.signatures[i].cost = (cost + 2) * if deep { 3 } else { 1 };
        }
    }

    /// How a method ends.
    fn end(&mut self, here: &Here, position: usize) -> End {
        // Who is invoked throws more often than who is called: that is caught, and rolls back.
        let root = self.drawn + 2 >= self.signatures.len();
        match self.dice.below(60) {
            0 | 1 if self.may_fall(here, position) => End::Fall,
            2 => End::Throw(self.dice.constant()),
            3..=9 if !root => End::Throw(self.dice.constant()),
            _ if here.returns => End::Value(self.value(here)),
            _ => End::Return,
        }
    }

    /// Whether a method may run into what lies behind it: the end of the code, or a method drawn before it that returns
    /// alike. One that is drawn later, or counts a depth down, could bring it back here again and again.
    fn may_fall(&self, here: &Here, position: usize) -> bool {
        let Some(next) = self.plan.apps[here.app].methods.get(position + 1) else { return true };
        let mut before = self.signatures[..self.drawn].iter();
        next.returns == here.returns && before.any(|s| s.name == next.name && s.app == here.app && !s.deep)
    }

    /// Access list, limits, latency.
    fn surroundings(&mut self) {
        let mut access: Vec<Listed> = Vec::new();
        for app in &mut self.plan.apps {
            access.push(Listed { app: app.id, pages: app.pages.iter().map(|p| p.page).collect() });
            app.pages.retain(|p| !p.words.is_empty());
        }
        access.extend(self.absent.map(|app| Listed { app, pages: Vec::new() }));
        self.plan.access = access;
        if self.dice.chance(self.options.lowered) {
            let limits = &mut self.plan.limits;
            match self.dice.below(3) {
                0 => limits.call_depth = self.dice.range(1, 6) as usize,
                1 => limits.invocations = self.dice.range(1, 24),
                _ => limits.log = self.dice.below(6) as usize,
            }
        }
        let max = self.dice.pick(&[1, 1, 2, 4, 9, 25, 60]);
        let min = if self.dice.one_in(2) { 1 } else { self.dice.range(1, max) };
        self.plan.latency = Latency { seed: self.dice.bits() >> 32, min, max };
    }

    fn calls(&mut self, calls: u32) {
        for i in 0..calls {
            let root = self.signatures[self.signatures.len() - 1 - (i % calls.min(2)) as usize];
            let (mut app, mut name, mut args) = (self.plan.apps[root.app].id, root.name, root.args);
            if self.dice.one_in(40) {
                // The host's own invocation fails.
                match self.dice.below(4) {
                    0 => app = self.absent.unwrap_or(app),
                    1 => name = u16::MAX,
                    2 => args += 1,
                    _ => name = self.private(root.app).unwrap_or(name),
                }
            }
            let args = (0..args).map(|_| self.dice.bits() as u8).collect();
            let access = self.dice.chance(self.options.incomplete).then(|| self.incomplete());
            let fuel = i64::from(self.options.size.min(MOST_SIZE)) * 20 + 5_000;
            self.plan.calls.push(Call { app, method: name, args, fuel, access });
        }
    }

    fn private(&self, app: usize) -> Option<u16> {
        self.plan.apps[app].methods.iter().find(|m| !m.public).map(|m| m.name)
    }

    /// The list with something missing.
    fn incomplete(&mut self) -> Vec<Listed> {
        let mut access = self.plan.access.clone();
        let at = self.dice.below(access.len() as u32) as usize;
        match access[at].pages.len() as u32 {
            0 => drop(access.remove(at)),
            pages => drop(access[at].pages.remove(self.dice.below(pages) as usize)),
        }
        access
    }

    /// An instruction that pushes a cell.
    pub(super) fn value(&mut self, here: &Here) -> Step {
        use avm_sim::algorand::isa::code::{CALLER, SELF};
        match self.dice.below(12) {
            0..=4 => self.load(here),
            5 => Step::op(self.dice.pick(&[SELF, CALLER])),
            6 => self.cload(here),
            7 if here.deep => Step::with(LOAD_64, 0),
            _ => self.dice.constant(),
        }
    }
}
