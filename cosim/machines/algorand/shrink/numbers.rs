// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making numbers smaller: operands, arguments, frames, pages, tanks.

use super::draft::Draft;
use super::source::{Arg, Item};
use crate::shrink::search::{Search, smaller};

/// Tanks that are easy to read.
const TANKS: [i64; 4] = [100, 1_000, 10_000, 100_000];

/// Makes all of them as small as they get.
pub fn reduce(s: &mut Search<'_, '_, Draft>) {
    operands(s);
    frames(s);
    arguments(s);
    pages(s);
    for c in 0..s.best.calls.len() {
        let fuel = s.best.calls[c].fuel;
        TANKS.iter().filter(|t| **t < fuel).any(|t| s.change(|d| d.calls[c].fuel = *t));
    }
}

/// Tries smaller numbers in the place of `now` until none will do.
fn number(s: &mut Search<'_, '_, Draft>, mut now: i64, put: impl Fn(&mut Draft, i64)) {
    // Halving is over soon; steps of one would not be.
    for _ in 0..40 {
        match smaller(now).into_iter().find(|v| s.change(|d| put(d, *v))) {
            Some(v) => now = v,
            None => break,
        }
    }
}

fn operands(s: &mut Search<'_, '_, Draft>) {
    for a in 0..s.best.apps.len() {
        for i in 0..s.best.apps[a].items.len() {
            let item = s.best.apps[a].items[i].clone();
            let Item::Op(op, Arg::Number(_)) = item else { continue };
            if let Some(cell) = item.cell() {
                s.change(|d| d.apps[a].items[i] = Item::push(cell));
                number(s, cell, |d, v| d.apps[a].items[i] = Item::push(v));
            }
            // An instruction that must be as wide as it is may yet have a small operand.
            if let Item::Op(now, Arg::Number(v)) = s.best.apps[a].items[i]
                && now == op
            {
                number(s, v, |d, v| d.apps[a].items[i] = Item::Op(op, Arg::Number(v)));
            }
        }
    }
}

fn frames(s: &mut Search<'_, '_, Draft>) {
    for a in 0..s.best.apps.len() {
        for i in 0..s.best.apps[a].items.len() {
            let Item::Method { frame, args, .. } = s.best.apps[a].items[i] else { continue };
            let put = |d: &mut Draft, v: i64| {
                if let Item::Method { frame, args, .. } = &mut d.apps[a].items[i] {
                    *frame = (v as u16).max(*args);
                }
            };
            if frame > args {
                s.change(|d| put(d, 0));
                number(s, frame.into(), put);
            }
        }
    }
}

/// Cells of a call's arguments.
fn arguments(s: &mut Search<'_, '_, Draft>) {
    for c in 0..s.best.calls.len() {
        s.change(|d| d.calls[c].args.fill(0));
        for at in (0..s.best.calls[c].args.len()).step_by(8) {
            let cell = cell_of(&s.best.calls[c].args, at);
            number(s, cell, |d, v| put_cell(&mut d.calls[c].args, at, v));
        }
    }
}

fn pages(s: &mut Search<'_, '_, Draft>) {
    for id in s.best.pages.keys().copied().collect::<Vec<_>>() {
        let page = |d: &mut Draft, change: &dyn Fn(&mut Vec<u8>)| {
            if let Some(bytes) = d.pages.get_mut(&id) {
                change(bytes);
            }
        };
        s.change(|d| page(d, &|b| b.fill(0)));
        let bytes = s.best.pages[&id].len();
        [8, 16, bytes / 16 * 8].iter().filter(|n| **n < bytes).any(|n| s.change(|d| page(d, &|b| b.truncate(*n))));
        if s.best.pages[&id].iter().all(|b| *b == 0) {
            continue;
        }
        for at in (0..s.best.pages[&id].len()).step_by(8) {
            let cell = cell_of(&s.best.pages[&id], at);
            s.change(|d| page(d, &|b| put_cell(b, at, 0)));
            if cell_of(&s.best.pages[&id], at) != 0 {
                number(s, cell, |d, v| page(d, &|b| put_cell(b, at, v)));
            }
        }
    }
}

/// Eight bytes, or what there is.
fn cell_of(bytes: &[u8], at: usize) -> i64 {
    let mut cell = [0; 8];
    let there = &bytes[at..bytes.len().min(at + 8)];
    cell[..there.len()].copy_from_slice(there);
    i64::from_le_bytes(cell)
}

fn put_cell(bytes: &mut [u8], at: usize, value: i64) {
    let end = bytes.len().min(at + 8);
    bytes[at..end].copy_from_slice(&value.to_le_bytes()[..end - at]);
}
