// SPDX-License-Identifier: MIT OR Apache-2.0
//! Active methods, and what was spent in them: a tree of stacks, entries of methods, places of calls.

use std::collections::HashMap;

use super::collect::Spending;
use super::full_name;
use crate::lockstep::view::Site;

/// "Application" of a scenario's name, which is no method: it has no cycles of its own.
const ROOT: &str = "\0";

/// A method by its index in [`Calls::methods`].
type MethodId = usize;

/// A method that is active.
#[derive(Debug)]
struct Frame {
    /// The instruction that called it.
    from: Option<(MethodId, Site, u64)>,
    /// What its first instruction says: its method, its node of the tree, its place of call.
    known: Option<(MethodId, usize, Option<usize>)>,
}

/// A method, summed up.
#[derive(Debug)]
pub struct Summed {
    /// Application and method.
    pub name: (String, String),
    /// Times entered.
    pub calls: u64,
    /// What was spent in it.
    pub own: Spending,
}

/// A place of a call, summed up.
#[derive(Debug)]
pub struct Place {
    /// Caller, line, address, callee.
    pub of: (MethodId, u32, u64, MethodId),
    /// Times called.
    pub calls: u64,
    /// Cycles until the return.
    pub inclusive: u64,
    /// How often it is on the stack, and since when.
    active: (usize, u64),
}

/// A stack of methods that was seen.
#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    method: MethodId,
    cycles: u64,
}

/// All calls of some scenarios.
#[derive(Debug, Default)]
pub struct Calls {
    /// The methods.
    pub methods: Vec<Summed>,
    by_name: HashMap<(String, String), MethodId>,
    /// The places of calls.
    pub places: Vec<Place>,
    by_place: HashMap<(MethodId, u32, u64, MethodId), usize>,
    nodes: Vec<Node>,
    by_method: HashMap<(Option<usize>, MethodId), usize>,
    stack: Vec<Frame>,
    /// The scenario, as the outermost frame.
    root: Option<usize>,
    /// Cycles attributed so far.
    now: u64,
}

impl Calls {
    /// A scenario begins.
    pub fn scenario(&mut self, name: &str) {
        let method = self.method((ROOT, name));
        self.root = Some(self.node(None, method));
    }

    /// A call begins.
    pub fn begins(&mut self) {
        self.stack.push(Frame { from: None, known: None });
    }

    /// Cycles that belong to no instruction that retired, under a name of their own.
    pub fn unowned(&mut self, name: &str, spent: &Spending) {
        let method = self.method(("", name));
        let node = self.node(self.root, method);
        self.spend(method, node, spent);
    }

    /// An instruction of the innermost method, and how many methods are active after it.
    pub fn instruction(&mut self, site: &Site, pc: u64, spent: &Spending, depth: usize) {
        if self.stack.is_empty() {
            self.begins();
        }
        let (method, node) = self.innermost(site);
        self.spend(method, node, spent);
        while self.stack.len() > depth.max(1) {
            self.leave();
        }
        if depth > self.stack.len() {
            self.stack.push(Frame { from: Some((method, site.clone(), pc)), known: None });
        }
    }

    /// The call ends: whatever is active is over.
    pub fn ends(&mut self) {
        while !self.stack.is_empty() {
            self.leave();
        }
    }

    /// The method that an instruction is in; one that has just been entered gets its name by it.
    fn innermost(&mut self, site: &Site) -> (MethodId, usize) {
        let last = self.stack.len() - 1;
        if let Some((method, node, _)) = self.stack[last].known {
            let Summed { name: (application, name), .. } = &self.methods[method];
            // The outermost method may be left by a jump, and is, on machines that have no others.
            if last > 0 || (*application == site.application && *name == site.method) {
                return (method, node);
            }
        }
        let method = self.method((&site.application, &site.method));
        self.methods[method].calls += 1;
        let parent = self.stack[..last].iter().rev().find_map(|f| f.known).map(|(_, node, _)| node);
        let node = self.node(parent.or(self.root), method);
        let place = self.stack[last].from.take().map(|(caller, at, pc)| self.place((caller, at.line, pc, method)));
        self.stack[last].known = Some((method, node, place));
        (method, node)
    }

    fn leave(&mut self) {
        let place = self.stack.pop().and_then(|f| f.known).and_then(|(_, _, place)| place);
        if let Some(place) = place.map(|p| &mut self.places[p]) {
            place.active.0 -= 1;
            if place.active.0 == 0 {
                place.inclusive += self.now - place.active.1;
            }
        }
    }

    fn spend(&mut self, method: MethodId, node: usize, spent: &Spending) {
        self.methods[method].own.add(spent);
        self.nodes[node].cycles += spent.cycles();
        self.now += spent.cycles();
    }

    fn method(&mut self, name: (&str, &str)) -> MethodId {
        let name = (name.0.to_string(), name.1.to_string());
        let next = self.methods.len();
        let id = *self.by_name.entry(name.clone()).or_insert(next);
        if id == next {
            self.methods.push(Summed { name, calls: 0, own: Spending::default() });
        }
        id
    }

    /// One more call from a place.
    fn place(&mut self, of: (MethodId, u32, u64, MethodId)) -> usize {
        let next = self.places.len();
        let id = *self.by_place.entry(of).or_insert(next);
        if id == next {
            self.places.push(Place { of, calls: 0, inclusive: 0, active: (0, 0) });
        }
        let place = &mut self.places[id];
        place.calls += 1;
        if place.active.0 == 0 {
            place.active.1 = self.now;
        }
        place.active.0 += 1;
        id
    }

    fn node(&mut self, parent: Option<usize>, method: MethodId) -> usize {
        let next = self.nodes.len();
        let id = *self.by_method.entry((parent, method)).or_insert(next);
        if id == next {
            self.nodes.push(Node { parent, method, cycles: 0 });
        }
        id
    }

    /// Application and method in one word, or the scenario.
    pub fn name(&self, method: MethodId) -> String {
        let (application, name) = &self.methods[method].name;
        if application == ROOT { name.clone() } else { full_name(application, name) }
    }

    /// Whether a name stands for a scenario.
    pub fn is_root(&self, method: MethodId) -> bool {
        self.methods[method].name.0 == ROOT
    }

    /// The stacks on which something was spent, the outermost frame first, as indices of methods.
    pub fn stacks(&self) -> impl Iterator<Item = (Vec<MethodId>, u64)> + '_ {
        self.nodes.iter().enumerate().filter(|(_, n)| n.cycles > 0).map(|(i, n)| {
            let up = std::iter::successors(Some(i), |i| self.nodes[*i].parent);
            let mut frames: Vec<_> = up.map(|i| self.nodes[i].method).collect();
            frames.reverse();
            (frames, n.cycles)
        })
    }
}
