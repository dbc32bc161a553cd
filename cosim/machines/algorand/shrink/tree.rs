// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making a random program smaller in the tree that it was drawn as: whatever is taken out, what is left is a program.

use crate::machines::algorand::Room;
use crate::machines::algorand::generate::{App, End, Method, Plan, Snippet};
use crate::machines::algorand::scenario::Scenario;
use crate::shrink::search::{Candidate, Search};

impl Candidate for Plan {
    type Machine = Room;

    fn scenario(&self) -> Option<Scenario> {
        if self.apps.is_empty() || self.calls.is_empty() { None } else { self.build().ok() }
    }
}

/// Asked about each part in turn: whether it stays as it is.
type Keep<'k> = &'k mut dyn FnMut() -> bool;
/// Takes out or simplifies the parts of one kind.
type Pass = fn(&mut Plan, Keep<'_>);

/// Deepest nesting of snippets that is looked at.
const DEEPEST: usize = 8;

/// Makes it as small as it gets.
pub fn reduce(s: &mut Search<'_, '_, Plan>) {
    let last = s.failed.call();
    s.change(|p| p.calls.truncate(last.map_or(usize::MAX, |c| c + 1)));
    let n = s.best.calls.len();
    s.change(|p| drop(p.calls.drain(..n - 1)));
    loop {
        let before = s.best.clone();
        let passes: [Pass; 3] = [|p, keep| p.calls.retain(|_| keep()), |p, keep| p.apps.retain(|_| keep()), methods];
        passes.into_iter().for_each(|pass| minimise(s, pass));
        for depth in 0..DEEPEST {
            minimise(s, move |p, keep| each_body(p, &mut |b| snippets(b, depth, keep)));
        }
        hoist(s);
        let passes: [Pass; 5] = [simple_snippets, ends, arguments, steps, scratch];
        passes.into_iter().for_each(|pass| minimise(s, pass));
        if s.best == before || s.judge.over() {
            break;
        }
    }
}

fn minimise(s: &mut Search<'_, '_, Plan>, pass: impl Fn(&mut Plan, Keep<'_>)) {
    let mut n = 0;
    pass(&mut s.best.clone(), &mut || {
        n += 1;
        true
    });
    s.ddmin(n, |p, kept| {
        let mut kept = kept.iter();
        pass(p, &mut || *kept.next().unwrap_or(&true));
    });
}

fn each_method(p: &mut Plan, f: &mut dyn FnMut(&mut Method)) {
    p.apps.iter_mut().flat_map(|a| &mut a.methods).for_each(f);
}

fn each_body(p: &mut Plan, f: &mut dyn FnMut(&mut Vec<Snippet>)) {
    each_method(p, &mut |m| f(&mut m.body));
}

fn each_snippet(body: &mut Vec<Snippet>, f: &mut dyn FnMut(&mut Snippet)) {
    for snippet in body {
        f(snippet);
        snippet.bodies_mut().into_iter().for_each(|b| each_snippet(b, f));
    }
}

fn methods(p: &mut Plan, keep: Keep<'_>) {
    p.apps.iter_mut().for_each(|a: &mut App| a.methods.retain(|_| keep()));
}

/// The snippets so deep in a body.
fn snippets(body: &mut Vec<Snippet>, depth: usize, keep: Keep<'_>) {
    match depth {
        0 => body.retain(|_| keep()),
        _ => body.iter_mut().flat_map(Snippet::bodies_mut).for_each(|b| snippets(b, depth - 1, keep)),
    }
}

/// Replaces snippets by what is in them, one at a time.
fn hoist(s: &mut Search<'_, '_, Plan>) {
    let mut at = 0;
    loop {
        let mut seen = 0;
        let mut candidate = s.best.clone();
        each_body(&mut candidate, &mut |b| splice(b, at, &mut seen));
        if at >= seen || s.judge.over() {
            break;
        }
        if !s.attempt(candidate) {
            at += 1;
        }
    }
}

fn splice(body: &mut Vec<Snippet>, at: usize, seen: &mut usize) {
    let mut i = 0;
    while i < body.len() {
        if !body[i].bodies().is_empty() {
            *seen += 1;
            if *seen == at + 1 {
                let inner: Vec<Snippet> = body[i].bodies().into_iter().flatten().cloned().collect();
                *seen += inner.iter().filter(|s| !s.bodies().is_empty()).count();
                body.splice(i..=i, inner);
                return;
            }
            body[i].bodies_mut().into_iter().for_each(|b| splice(b, at, seen));
        }
        i += 1;
    }
}

/// The plainest form of each snippet.
fn simple_snippets(p: &mut Plan, keep: Keep<'_>) {
    let plain = |s: &mut Snippet| match s {
        Snippet::Line { keep, .. } | Snippet::Invoke { keep, .. } => *keep = None,
        Snippet::Loop { times, up, .. } => (*times, *up) = (1, false),
        Snippet::Above { cells, .. } => *cells = 1,
        Snippet::Catch { every, keep, rethrow, .. } => (*every, *keep, *rethrow) = (false, None, false),
        _ => {}
    };
    each_body(p, &mut |b| {
        each_snippet(b, &mut |s| {
            if !keep() {
                plain(s);
            }
        });
    });
}

fn ends(p: &mut Plan, keep: Keep<'_>) {
    each_method(p, &mut |m| {
        if !keep() {
            m.end = End::Fall;
        }
    });
}

fn arguments(p: &mut Plan, keep: Keep<'_>) {
    each_body(p, &mut |b| {
        each_snippet(b, &mut |s| {
            if let Snippet::Invoke { args, .. } = s {
                args.retain(|_| keep());
            }
        });
    });
}

fn steps(p: &mut Plan, keep: Keep<'_>) {
    each_body(p, &mut |b| {
        each_snippet(b, &mut |s| match s {
            Snippet::Line { code, .. } => code.retain(|_| keep()),
            Snippet::If { cond: code, .. } | Snippet::Switch { index: code, .. } => code.retain(|_| keep()),
            _ => {}
        });
    });
}

/// Bytes that are there for nothing, constants, and code behind the last method.
fn scratch(p: &mut Plan, keep: Keep<'_>) {
    for app in &mut p.apps {
        if !keep() {
            app.constants.clear();
        }
        if !keep() {
            app.tail.truncate(1);
        }
        for m in &mut app.methods {
            if !keep() {
                m.unused = 0;
            }
        }
    }
}
