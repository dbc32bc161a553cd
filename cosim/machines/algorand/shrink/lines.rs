// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making a scenario smaller: calls, applications, methods, instructions, what they need of the world.

use std::collections::{BTreeMap, BTreeSet};

use avm_sim::algorand::interp::Limits;
use avm_sim::algorand::isa::{self, Class, DECODE, code};
use avm_sim::algorand::world::PageId;

use super::draft::{Draft, Method};
use super::numbers;
use super::source::{Arg, Item, tidy};
use crate::scenario::Latency;
use crate::shrink::search::Search;

/// Instructions of which every pair is tried.
const FEW: usize = 24;
/// Longest run of instructions that is tried to be one constant.
const FOLDED: usize = 8;

type Drafts<'s, 'w> = Search<'s, 'w, Draft>;

/// Ranges of latencies; the first ones do not depend on a draw.
const RANGES: [(u32, u32); 7] = [(1, 1), (10, 10), (40, 40), (100, 100), (1, 4), (1, 20), (1, 100)];
/// Draws tried of each.
const DRAWS: u64 = 8;

/// Makes it as small as it gets.
pub fn reduce(s: &mut Drafts<'_, '_>, clocks: u64) {
    calls(s);
    let _ = latencies().take(4).any(|l| s.change(|d| d.latency = l));
    executed_only(s, clocks);
    loop {
        let before = s.best.clone();
        structure(s);
        instructions(s);
        fold(s, clocks);
        entries(s);
        surroundings(s);
        numbers::reduce(s);
        if s.best == before || s.judge.over() {
            break;
        }
    }
    // Last: what is small may need a latency that hides nothing.
    if s.best.latency != Latency::default() {
        let _ = s.change(|d| d.latency = Latency { seed: 1, min: 1, max: 1 })
            || s.change(|d| d.latency = Latency::default());
    }
}

/// What hangs on the host's timing shows with one of these, whatever is taken out before it.
fn latencies() -> impl Iterator<Item = Latency> {
    (1..=DRAWS).flat_map(|seed| RANGES.into_iter().map(move |(min, max)| Latency { seed, min, max }))
}

/// Without the calls after the one that fails; the one alone is often enough.
fn calls(s: &mut Drafts<'_, '_>) {
    let last = s.failed.call();
    s.change(|d| d.calls.truncate(last.map_or(usize::MAX, |c| c + 1)));
    let n = s.best.calls.len();
    if n > 1 {
        s.shaken(|d| drop(d.calls.drain(..n - 1)));
    }
    drop_calls(s);
}

fn drop_calls(s: &mut Drafts<'_, '_>) {
    let n = s.best.calls.len();
    s.ddmin(n, |d, kept| retain(&mut d.calls, kept));
}

fn retain<T>(list: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    list.retain(|_| *kept.next().unwrap_or(&true));
}

/// Takes out what is never executed, all at once.
fn executed_only(s: &mut Drafts<'_, '_>, clocks: u64) {
    let trace = s.best.trace(clocks);
    s.shaken(|d| {
        for (a, app) in d.apps.iter_mut().enumerate() {
            let kept: Vec<_> = (0..app.items.len())
                .map(|i| !matches!(app.items[i], Item::Op(..)) || trace.contains_key(&(a, i)))
                .collect();
            retain(&mut app.items, &kept);
        }
        clean(d);
    });
}

/// Takes out what nothing names any more, and methods without code.
fn clean(d: &mut Draft) {
    for a in 0..d.apps.len() {
        tidy(&mut d.apps[a].items);
        let items = &d.apps[a].items;
        let starts = methods(items);
        let empty = |i: &usize| starts[*i].1 == 1;
        let gone: BTreeSet<usize> = (0..starts.len()).filter(|i| empty(i) && !named(d, a, starts[*i].0)).collect();
        remove_methods(d, &gone.into_iter().map(|i| (a, i)).collect());
        tidy(&mut d.apps[a].items);
    }
}

/// Whether something names the method at an item.
fn named(d: &Draft, app: usize, at: usize) -> bool {
    let Item::Method { name, .. } = &d.apps[app].items[at] else { return true };
    d.apps[app].items.iter().any(|i| i.names(name))
        || d.calls.iter().any(|c| c.app == d.apps[app].id && c.method == Method::Name(name.clone()))
}

/// First item and length of each method: up to the next one, or another area.
fn methods(items: &[Item]) -> Vec<(usize, usize)> {
    let ends = |i: &Item| matches!(i, Item::Method { .. }) || matches!(i, Item::Raw(t) if t == ".data" || t == ".code");
    let starts = (0..items.len()).filter(|i| matches!(items[*i], Item::Method { .. }));
    starts.map(|at| (at, 1 + items[at + 1..].iter().position(ends).unwrap_or(items.len() - at - 1))).collect()
}

/// Takes out methods, given by application and index; constants in front of external invocations follow.
fn remove_methods(d: &mut Draft, gone: &BTreeSet<(usize, usize)>) {
    let ids: Vec<u64> = d.apps.iter().map(|a| a.id).collect();
    let index = |app: usize, m: i64| {
        let before = gone.iter().filter(|(a, i)| *a == app && (*i as i64) < m).count();
        m - before as i64
    };
    for (a, app) in d.apps.iter_mut().enumerate() {
        let places: Vec<usize> = (0..app.items.len()).filter(|i| !matches!(app.items[*i], Item::Label(_))).collect();
        for w in places.windows(3) {
            let callee = match &app.items[w[0]] {
                i if i.is(code::SELF) => Some(a),
                i => i.cell().and_then(|id| ids.iter().position(|x| *x == id as u64)),
            };
            if let (Some(callee), Some(m), true) =
                (callee, app.items[w[1]].cell(), app.items[w[2]].is(code::INVOKE_EXTERNAL))
            {
                let now = index(callee, m);
                if now != m {
                    app.items[w[1]] = Item::push(now);
                }
            }
        }
        for (i, (at, n)) in methods(&app.items).into_iter().enumerate().rev() {
            if gone.contains(&(a, i)) {
                app.items.drain(at..at + n);
            }
        }
    }
}

/// Applications, calls, methods.
fn structure(s: &mut Drafts<'_, '_>) {
    let n = s.best.apps.len();
    s.ddmin(n, |d, kept| retain(&mut d.apps, kept));
    drop_calls(s);
    let all: Vec<(usize, usize)> = s
        .best
        .apps
        .iter()
        .enumerate()
        .flat_map(|(a, app)| (0..methods(&app.items).len()).map(move |m| (a, m)))
        .collect();
    s.ddmin(all.len(), |d, kept| {
        let gone = all.iter().zip(kept).filter(|(_, kept)| !**kept).map(|(m, _)| *m).collect();
        remove_methods(d, &gone);
        clean(d);
    });
}

/// Places of what can be taken out.
fn places(d: &Draft) -> Vec<(usize, usize)> {
    let of = |(a, app): (usize, &super::draft::App)| {
        let items: Vec<_> = (0..app.items.len()).filter(|i| app.items[*i].removable()).map(|i| (a, i)).collect();
        items
    };
    d.apps.iter().enumerate().flat_map(of).collect()
}

fn remove(d: &mut Draft, gone: &BTreeSet<(usize, usize)>) {
    for (a, app) in d.apps.iter_mut().enumerate() {
        let kept: Vec<_> = (0..app.items.len()).map(|i| !gone.contains(&(a, i))).collect();
        retain(&mut app.items, &kept);
    }
    clean(d);
}

/// Instructions and data: in chunks, then in short runs, then in pairs.
fn instructions(s: &mut Drafts<'_, '_>) {
    let all = places(&s.best);
    s.ddmin(all.len(), |d, kept| {
        let gone = all.iter().zip(kept).filter(|(_, kept)| !**kept).map(|(p, _)| *p).collect();
        remove(d, &gone);
    });
    for n in [4, 3, 2] {
        let mut at = 0;
        loop {
            let all = places(&s.best);
            if at + n > all.len() || s.judge.over() {
                break;
            }
            let gone = all[at..at + n].iter().copied().collect();
            if !s.change(|d| remove(d, &gone)) {
                at += 1;
            }
        }
    }
    pairs(s);
    data(s);
}

/// Data: one byte for each line, or an instruction in its place.
fn data(s: &mut Drafts<'_, '_>) {
    for (a, i) in places(&s.best) {
        if matches!(s.best.apps[a].items[i], Item::Raw(_)) {
            let _ = s.change(|d| d.apps[a].items[i] = Item::Op(code::NOP, Arg::None))
                || s.change(|d| d.apps[a].items[i] = Item::Raw(".u8 0".into()));
        }
    }
}

/// Two instructions that only go together: a cell pushed here and popped there.
fn pairs(s: &mut Drafts<'_, '_>) {
    let mut i = 0;
    loop {
        let all = places(&s.best);
        if all.len() > FEW || i >= all.len() {
            break;
        }
        let gone = |j: usize| BTreeSet::from([all[i], all[j]]);
        if !(i + 2..all.len()).any(|j| s.change(|d| remove(d, &gone(j)))) {
            i += 1;
        }
    }
}

/// Runs of instructions that leave one cell become the constant that it had.
fn fold(s: &mut Drafts<'_, '_>, clocks: u64) {
    let mut trace = s.best.trace(clocks);
    for n in (1..=FOLDED).rev() {
        let mut at = 0;
        loop {
            let all = places(&s.best);
            if at + n > all.len() || s.judge.over() {
                break;
            }
            let run = &all[at..at + n];
            match trace.get(&run[n - 1]).copied().flatten() {
                Some(value) if s.change_run(run, value) => trace = s.best.trace(clocks),
                _ => at += 1,
            }
        }
    }
}

impl Drafts<'_, '_> {
    /// A change, with other latencies if need be: it moves everything that comes after it.
    fn shaken(&mut self, change: impl Fn(&mut Draft)) -> bool {
        self.change(&change)
            || latencies().any(|latency| {
                self.change(|d| {
                    change(d);
                    d.latency = latency;
                })
            })
    }

    /// A change that only counts if there are fewer lines then: two forms of the same length would take turns.
    fn shorter(&mut self, change: impl FnOnce(&mut Draft)) -> bool {
        let lines = |d: &Draft| d.apps.iter().map(|a| a.items.len()).sum::<usize>();
        let mut candidate = self.best.clone();
        change(&mut candidate);
        lines(&candidate) < lines(&self.best) && self.attempt(candidate)
    }

    /// Replaces a run of instructions, of one application and with a net effect of one cell.
    fn change_run(&mut self, run: &[(usize, usize)], value: u64) -> bool {
        let app = run[0].0;
        let mut depth = 0;
        for (a, i) in run {
            let Item::Op(op, _) = &self.best.apps[app].items[*i] else { return false };
            let row = &DECODE[usize::from(*op)];
            if *a != app || i32::from(row.pops) > depth || isa::by_code(*op).is_none() {
                return false;
            }
            depth += i32::from(row.pushes) - i32::from(row.pops);
        }
        let new = Item::push(value as i64);
        let (last, rest) = (run[run.len() - 1], &run[..run.len() - 1]);
        let constant = rest.is_empty() && self.best.apps[app].items[last.1].cell().is_some();
        if depth != 1 || constant {
            return false;
        }
        let gone = rest.iter().copied().collect();
        self.change(|d| {
            d.apps[app].items[last.1] = new;
            remove(d, &gone);
        })
    }
}

/// Calls of a method in the place of calls of what leads to it, and methods without arguments.
fn entries(s: &mut Drafts<'_, '_>) {
    let all = |d: &Draft| -> Vec<(u64, String, u16)> {
        let method = |id: u64| {
            move |i: &Item| match i {
                Item::Method { name, args, .. } => Some((id, name.clone(), *args)),
                _ => None,
            }
        };
        d.apps.iter().flat_map(|a| a.items.iter().filter_map(method(a.id)).collect::<Vec<_>>()).collect()
    };
    for c in 0..s.best.calls.len() {
        for (app, name, args) in all(&s.best) {
            if s.best.calls.get(c).is_none_or(|call| call.app == app && call.method == Method::Name(name.clone())) {
                continue;
            }
            let found = s.shorter(|d| {
                let call = &mut d.calls[c];
                (call.app, call.method) = (app, Method::Name(name.clone()));
                call.args.resize(args.into(), 0);
                let items = d.apps.iter_mut().filter(|a| a.id == app).flat_map(|a| &mut a.items);
                for item in items.filter(|i| is_method(i, &name)) {
                    if let Item::Method { public, .. } = item {
                        *public = true;
                    }
                }
                // What is not reached any more would keep this from being smaller.
                let unused = unreached(d);
                remove_methods(d, &unused);
                clean(d);
            });
            if found {
                break;
            }
        }
    }
    for (app, name, args) in all(&s.best) {
        if args > 0 {
            s.change(|d| arguments(d, app, &name, 0));
            s.change(|d| arguments(d, app, &name, args - args.min(8)));
        }
    }
}

/// Methods that no call and no instruction names.
fn unreached(d: &Draft) -> BTreeSet<(usize, usize)> {
    let external = d.apps.iter().any(|a| a.items.iter().any(|i| i.is(code::INVOKE_EXTERNAL)));
    let of = |(a, app): (usize, &super::draft::App)| {
        let gone: Vec<_> = methods(&app.items)
            .iter()
            .enumerate()
            .filter(|(_, (at, _))| !external && !named(d, a, *at))
            .map(|(m, _)| (a, m))
            .collect();
        gone
    };
    d.apps.iter().enumerate().flat_map(of).collect()
}

/// Gives a method fewer arguments, and its calls; its frame stays, so that what it stores has room.
fn arguments(d: &mut Draft, app: u64, name: &str, bytes: u16) {
    let Some(home) = d.apps.iter().position(|a| a.id == app) else { return };
    let at = |items: &[Item]| methods(items).iter().position(|(at, _)| is_method(&items[*at], name));
    let Some(index) = at(&d.apps[home].items) else { return };
    let most = if bytes == 0 { usize::MAX } else { 1 };
    for (a, app_of) in d.apps.iter_mut().enumerate() {
        let items = &mut app_of.items;
        // In front of an invocation the last arguments go, with what pushes them.
        let is_arg =
            |i: &Item| matches!(i, Item::Op(op, _) if isa::by_code(*op).is_some_and(|o| o.class == Class::Arg));
        let mut gone = BTreeSet::new();
        for i in 0..items.len() {
            let internal = a == home && matches!(&items[i], Item::Op(code::INVOKE_INTERNAL, Arg::Text(t)) if t == name);
            let external = i >= 2 && items[i].is(code::INVOKE_EXTERNAL) && {
                let own = a == home && items[i - 2].is(code::SELF);
                (own || items[i - 2].cell() == Some(app as i64)) && items[i - 1].cell() == Some(index as i64)
            };
            let end = if external { i - 2 } else { i };
            if internal || external {
                let pushed = (0..end).rev().step_by(2).take_while(|j| *j > 0 && is_arg(&items[*j]));
                gone.extend(pushed.take(most).flat_map(|j| [j - 1, j]));
            }
        }
        let kept: Vec<_> = (0..items.len()).map(|i| !gone.contains(&i)).collect();
        retain(items, &kept);
    }
    for item in &mut d.apps[home].items {
        if let Item::Method { name: n, args, .. } = item
            && n == name
        {
            *args = bytes;
        }
    }
    for c in d.calls.iter_mut().filter(|c| c.app == app && c.method == Method::Name(name.into())) {
        c.args.truncate(bytes.into());
    }
}

fn is_method(item: &Item, name: &str) -> bool {
    matches!(item, Item::Method { name: n, .. } if n == name)
}

/// Pages, access lists, limits, latency.
fn surroundings(s: &mut Drafts<'_, '_>) {
    let pages: Vec<PageId> = s.best.pages.keys().copied().collect();
    s.ddmin(pages.len(), |d, kept| {
        let kept: BTreeMap<_, _> = pages.iter().zip(kept).collect();
        d.pages.retain(|id, _| *kept[id]);
    });
    s.change(|d| d.calls.iter_mut().for_each(|c| c.access = None));
    for c in 0..s.best.calls.len() {
        s.change(|d| d.calls[c].access = None);
        let Some((apps, pages)) = s.best.calls[c].access.clone() else { continue };
        s.ddmin(apps.len() + pages.len(), |d, kept| {
            if let Some((a, p)) = &mut d.calls[c].access {
                retain(a, &kept[..apps.len()]);
                retain(p, &kept[apps.len()..]);
            }
        });
    }
    let usual = Limits::default();
    s.change(|d| d.limits = usual);
    s.change(|d| d.limits.call_depth = usual.call_depth);
    s.change(|d| d.limits.invocations = usual.invocations);
    s.change(|d| d.limits.log = usual.log);
}
