// SPDX-License-Identifier: MIT OR Apache-2.0
//! Bodies of methods: control flow, invocations, handlers. Lines are in `line` and `illegal`.

use avm_sim::algorand::isa::code;
use avm_sim::algorand::params::STACK_LIMIT;

use super::draw::{Draw, Signature};
use super::here::{Drawn, Here, LOOPS};
use super::plan::{End, Snippet};
use super::step::{LOAD_64, STORE_64, Step};

/// Bytes of code that an application may get, by an estimate from above: less than fit.
const MOST_CODE: u32 = 12_000;
/// Snippets within snippets.
const MOST_NESTING: u32 = 6;

/// What is drawn by weight.
#[derive(Clone, Copy)]
enum Kind {
    Arithmetic,
    Locals,
    Constants,
    Shuffle,
    Heap,
    Natives,
    Illegal,
    If,
    Switch,
    Loop,
    Internal,
    External,
    Catch,
    Above,
    Leave,
    Recursion,
}

const KINDS: [Kind; 16] = [
    Kind::Arithmetic,
    Kind::Locals,
    Kind::Constants,
    Kind::Shuffle,
    Kind::Heap,
    Kind::Natives,
    Kind::Illegal,
    Kind::If,
    Kind::Switch,
    Kind::Loop,
    Kind::Internal,
    Kind::External,
    Kind::Catch,
    Kind::Above,
    Kind::Leave,
    Kind::Recursion,
];

impl Draw<'_> {
    /// Snippets that execute about `budget` instructions, and their estimate.
    pub(super) fn body(&mut self, here: &mut Here, budget: u32) -> (Vec<Snippet>, u32) {
        let (mut body, mut cost) = (Vec::new(), 0);
        while cost < budget && self.code[here.app] < MOST_CODE {
            let (snippet, more) = self.snippet(here, budget - cost);
            self.code[here.app] += 12 + 2 * here.above;
            body.push(snippet);
            cost += more.max(1);
        }
        (body, cost)
    }

    fn snippet(&mut self, here: &mut Here, budget: u32) -> Drawn {
        let o = self.options;
        let nest = u32::from(here.nesting < MOST_NESTING && budget > 8);
        let loops = if here.loops < LOOPS && budget > 20 { o.loops * nest } else { 0 };
        let recursion = if here.deep && !here.recursed && here.loops == 0 { 150 * nest } else { 0 };
        let leave = if here.nesting > 0 { 2 } else { 0 };
        let (internal, external) = (o.internal, o.external);
        let weights = [
            100,
            40,
            25,
            12,
            o.heap,
            o.natives,
            o.illegal,
            25 * nest,
            10 * nest,
            loops,
            internal,
            external,
            12 * nest,
            8 * nest,
            leave,
            recursion,
        ];
        let drawn = match KINDS[self.dice.weighted(&weights)] {
            Kind::Arithmetic => None,
            Kind::Locals => Some(self.locals(here)),
            Kind::Constants => Some(self.constants(here)),
            Kind::Shuffle => Some(self.shuffle(here)),
            Kind::Heap => self.heap(here),
            Kind::Natives => Some(self.native(here)),
            Kind::Illegal => Some(self.illegal(here)),
            Kind::If => Some(self.branch(here, budget)),
            Kind::Switch => Some(self.switch(here, budget)),
            Kind::Loop => Some(self.repeat(here, budget)),
            Kind::Internal => self.internal(here, budget),
            Kind::External => self.external(here, budget),
            Kind::Catch => Some(self.catch(here, budget)),
            Kind::Above => Some(self.on_top(here, budget)),
            Kind::Leave => Some((Snippet::Leave(self.early_end(here)), 2)),
            Kind::Recursion => self.recursion(here),
        };
        drawn.unwrap_or_else(|| self.arithmetic(here))
    }

    /// A body inside a snippet.
    fn inner(&mut self, here: &mut Here, budget: u32) -> (Vec<Snippet>, u32) {
        here.nesting += 1;
        let drawn = self.body(here, budget);
        here.nesting -= 1;
        drawn
    }

    /// One cell: a comparison, or any value.
    fn condition(&mut self, here: &Here) -> Vec<Step> {
        let value = self.value(here);
        match self.dice.below(3) {
            0 => vec![value],
            1 => vec![value, Step::op(code::IEQZ)],
            _ => {
                let other = self.value(here);
                let compare = code::IEQ + self.dice.below(u32::from(code::UGE - code::IEQ) + 1) as u8;
                vec![value, other, Step::op(compare)]
            }
        }
    }

    fn branch(&mut self, here: &mut Here, budget: u32) -> Drawn {
        let cond = self.condition(here);
        let part = self.dice.range(4, 40).min(budget);
        let (then, a) = self.inner(here, part);
        let (other, b) = if self.dice.one_in(2) { self.inner(here, part) } else { (Vec::new(), 0) };
        (Snippet::If { cond, zero: self.dice.one_in(2), then, other }, 4 + (a + b) / 2)
    }

    fn switch(&mut self, here: &mut Here, budget: u32) -> Drawn {
        let n = self.dice.range(1, 4);
        let mut index = vec![self.value(here)];
        if !self.dice.one_in(5) {
            index.extend([Step::push(self.dice.pick(&[1, 3, 3, 7])), Step::op(code::IAND)]);
        }
        let part = self.dice.range(3, 25).min(budget);
        let mut cost = 0;
        let mut arm = || {
            let (arm, more) = self.inner(here, part);
            cost += more;
            arm
        };
        let arms = (0..n).map(|_| arm()).collect();
        (Snippet::Switch { index, arms }, 4 + cost / (n + 1))
    }

    fn repeat(&mut self, here: &mut Here, budget: u32) -> Drawn {
        let times = self.dice.range(1, (2 + budget / 20).min(30));
        let part = self.dice.range(3, budget / times);
        here.loops += 1;
        let (body, cost) = self.inner(here, part);
        here.loops -= 1;
        (Snippet::Loop { times: times as u16, up: self.dice.one_in(2), body }, 2 + times * (cost + 7))
    }

    /// A body on top of cells: a few, or so many that it overflows.
    fn on_top(&mut self, here: &mut Here, budget: u32) -> Drawn {
        let cells = match self.dice.below(16) {
            0 | 1 if here.above == 0 && budget > 150 => self.dice.range(STACK_LIMIT as u32 - 3, STACK_LIMIT as u32),
            _ => self.dice.range(1, 8),
        };
        let part = self.dice.range(4, 30).min(budget);
        self.code[here.app] += 2 * cells; // a handler around it may find all of them
        here.above += cells;
        let (body, cost) = self.inner(here, part);
        here.above -= cells;
        (Snippet::Above { cells: cells as u8, body }, 2 * cells + cost)
    }

    fn catch(&mut self, here: &mut Here, budget: u32) -> Drawn {
        let outer = std::mem::replace(&mut here.guarded, true);
        let part = self.dice.range(4, 60).min(budget);
        let (body, cost) = self.inner(here, part);
        here.guarded = outer;
        let every = self.dice.one_in(6);
        (self.handler(here, body, every), 2 + cost + cost / 3)
    }

    /// A handler around snippets.
    pub(super) fn handler(&mut self, here: &mut Here, body: Vec<Snippet>, every: bool) -> Snippet {
        self.code[here.app] += 20 + 5 * here.above;
        let rethrow = self.dice.one_in(24);
        let keep = self.keep(here);
        let part = if !rethrow && self.dice.one_in(4) { self.dice.range(2, 6) } else { 0 };
        here.nesting += 1;
        let handler = (0..part / 3).map(|_| self.locals(here).0).collect();
        here.nesting -= 1;
        Snippet::Catch { body, every, keep, rethrow, handler }
    }

    /// Mostly puts a handler around something that may throw, unless there is one already.
    pub(super) fn guard(&mut self, here: &mut Here, snippet: Snippet, every: bool) -> Snippet {
        if here.guarded && !every || self.dice.one_in(24) {
            return snippet;
        }
        self.handler(here, vec![snippet], every)
    }

    fn early_end(&mut self, here: &Here) -> End {
        match here.returns {
            _ if self.dice.one_in(8) => End::Throw(self.dice.constant()),
            true => End::Value(self.value(here)),
            false => End::Return,
        }
    }

    fn internal(&mut self, here: &mut Here, budget: u32) -> Option<Drawn> {
        let to = self.callee(budget, |s| s.app == here.app)?;
        Some(self.invoke(here, to, None, budget))
    }

    fn external(&mut self, here: &mut Here, budget: u32) -> Option<Drawn> {
        let to = self.callee(budget, |s| s.public)?;
        Some(self.invoke(here, to, Some(self.plan.apps[to.app].id), budget))
    }

    /// One of the methods drawn so far; of several tries one that the budget allows.
    fn callee(&mut self, budget: u32, fits: impl Fn(&Signature) -> bool) -> Option<Signature> {
        let mut tries = (0..6).map(|_| self.dice.below(self.drawn as u32) as usize);
        tries.find_map(|i| self.signatures[..self.drawn].get(i).filter(|s| fits(s) && s.cost <= budget + 10).copied())
    }

    fn invoke(&mut self, here: &mut Here, to: Signature, app: Option<u64>, budget: u32) -> Drawn {
        // A recursion's cost is that of depth 3; now and then it goes as deep as the budget allows.
        let most = if self.dice.one_in(4) { (3 * budget / to.cost.max(1)).clamp(3, 60) } else { 3 };
        let depth = self.dice.range(1, most);
        let args = self.arguments(here, to, Step::push(depth.into()));
        let cost = to.cost * if to.deep { depth.max(3) / 3 } else { 1 } + 2 * args.len() as u32 + 5;
        let snippet = Snippet::Invoke { app, method: to.name, args, keep: self.keep(here) };
        (self.guard(here, snippet, false), cost)
    }

    /// Arguments that fit a method.
    pub(super) fn arguments(&mut self, here: &Here, to: Signature, depth: Step) -> Vec<(u8, Step)> {
        let (mut args, mut at) = (Vec::new(), 0_u16);
        if to.deep {
            args.push((3, depth));
            at = 8;
        }
        while at < to.args {
            let log2 = self.dice.below(4) as u8;
            let end = at.next_multiple_of(1 << log2) + (1 << log2);
            if end <= to.args {
                args.push((log2, self.value(here)));
                at = end;
            }
        }
        args
    }

    /// An invocation of any method with a depth, also one that is not drawn yet, with a depth less by one.
    fn recursion(&mut self, here: &mut Here) -> Option<Drawn> {
        let deep: Vec<Signature> =
            self.signatures.iter().filter(|s| s.deep && (s.public || s.app == here.app)).copied().collect();
        if deep.is_empty() {
            return None;
        }
        here.recursed = true;
        let to = self.dice.pick(&deep);
        let outside = to.app != here.app || to.public && self.dice.one_in(2);
        let args = self.arguments(here, to, Step::with(LOAD_64, here.depth_at.into()));
        let app = outside.then(|| self.plan.apps[to.app].id);
        let snippet = Snippet::Invoke { app, method: to.name, args, keep: self.keep(here) };
        let less = Snippet::Line {
            code: vec![Step::with(LOAD_64, 0), Step::push(1), Step::op(code::ISUB)],
            keep: Some(Step::with(STORE_64, here.depth_at.into())),
        };
        let then = vec![less, self.guard(here, snippet, false)];
        Some((Snippet::If { cond: vec![Step::with(LOAD_64, 0)], zero: false, then, other: Vec::new() }, 12))
    }
}
