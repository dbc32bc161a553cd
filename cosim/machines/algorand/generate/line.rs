// SPDX-License-Identifier: MIT OR Apache-2.0
//! Straight lines: arithmetic, the local frame, constants, the heap, natives.

use avm_sim::algorand::isa::{Class, OPS, code};

use super::draw::Draw;
use super::here::{Drawn, Here};
use super::plan::{Page, Snippet};
use super::step::{ARG_8, CLOAD_8, CLOADX_8, HLOAD_8, HSTORE_8, LOAD_8, LOADX_8, STORE_8, STOREX_8, Step};

/// Opcodes of the instructions that calculate with one or two cells.
const UNARY: &[u8] = &[code::INEG, code::INOT, code::IEQZ, code::INOT];
/// Divisions are rarer than the rest: they take long.
const DIVISIONS: &[u8] = &[code::IDIV, code::IREM, code::UDIV, code::UREM];
const BINARY: &[u8] = &binary();

const fn binary() -> [u8; 23] {
    let mut out = [0; 23];
    let (mut i, mut n) = (0, 0);
    while i < OPS.len() {
        if matches!(OPS[i].class, Class::Alu | Class::Mul) && OPS[i].pops == 2 {
            out[n] = OPS[i].code;
            n += 1;
        }
        i += 1;
    }
    assert!(n == out.len(), "the length is that of the list");
    out
}

/// A published signature (RFC 8032, section 7.1, test 1): public key and signature of the empty message.
const SIGNED: [u64; 12] = [
    0xb70a_b182_0198_5ad7,
    0x3a07_64c9_d3fe_4bd5,
    0x2523_a6da_f372_e10e,
    0x1a51_07f7_681a_02af,
    0x72ac_60c3_0043_56e5,
    0x8a82_6e80_cce2_8690,
    0x74d9_e5b8_1e7f_8784,
    0x5501_4922_65e0_73d8,
    0xac3b_a390_1582_b85f,
    0x6bb4_f91c_7039_1ec6,
    0x24be_5b59_f0f5_5bd2,
    0x0b10_7a8e_4341_5165,
];

impl Draw<'_> {
    /// A line, with a handler around it if it may throw.
    pub(super) fn line(&mut self, here: &mut Here, code: Vec<Step>) -> Drawn {
        self.code[here.app] += code.iter().map(|s| s.row().map_or(1, |r| u32::from(r.len())) + 3).sum::<u32>();
        let throws = code.iter().filter(|s| s.throws()).count() as u32;
        let cost = code.len() as u32 + throws + 3;
        let line = Snippet::Line { code, keep: self.keep(here) };
        (if throws > 0 { self.guard(here, line, false) } else { line }, cost)
    }

    pub(super) fn arithmetic(&mut self, here: &mut Here) -> Drawn {
        let mut line = vec![self.value(here)];
        for _ in 0..self.dice.range(1, 4) {
            match self.dice.below(14) {
                0..=2 => line.push(Step::op(self.dice.pick(UNARY))),
                3 => line.extend([self.value(here), Step::op(self.dice.pick(DIVISIONS))]),
                _ => line.extend([self.value(here), Step::op(self.dice.pick(BINARY))]),
            }
        }
        self.line(here, line)
    }

    /// Cells moved about, and nothing done.
    pub(super) fn shuffle(&mut self, here: &mut Here) -> Drawn {
        let mut line = vec![self.value(here), self.value(here)];
        let mut depth = 2;
        for _ in 0..self.dice.range(1, 8) {
            let op = self.dice.pick(&[code::NOP, code::DUP, code::SWAP, code::POP, code::OVER]);
            let (pops, pushes) = Step::op(op).effect();
            if pops <= depth {
                depth = depth - pops + pushes;
                line.push(Step::op(op));
            }
        }
        self.line(here, line)
    }

    /// Where a cell goes: into the frame, if there is room, or away.
    pub(super) fn keep(&mut self, here: &Here) -> Option<Step> {
        let log2 = self.dice.pick(&[0, 1, 2, 3, 3, 3]);
        let at = self.place(here.scratch, log2)?;
        (!self.dice.one_in(4)).then(|| Step::with(STORE_8 | log2, at))
    }

    /// An aligned offset within bounds.
    fn place(&mut self, (from, to): (u32, u32), log2: u8) -> Option<i64> {
        let from = from.next_multiple_of(1 << log2);
        let places = to.saturating_sub(from) >> log2;
        (places > 0).then(|| i64::from(from + (self.dice.below(places) << log2)))
    }

    /// log2 of the width, and bit 2: signed. There is no signed load of 8 bytes.
    fn width(&mut self) -> (u8, u8) {
        let low = self.dice.below(7) as u8;
        (low & 3, low)
    }

    /// An instruction that pushes something of the frame.
    pub(super) fn load(&mut self, here: &Here) -> Step {
        let (log2, low) = self.width();
        let at = self.place((0, here.frame), log2).unwrap_or(0);
        Step::with(LOAD_8 | low, at)
    }

    /// An instruction that pushes something of the constant area.
    pub(super) fn cload(&mut self, here: &Here) -> Step {
        let (log2, low) = self.width();
        Step::with(CLOAD_8 | low, self.constant_at(here, log2))
    }

    /// An offset in the constant area, table and all; there are 16 bytes at least.
    fn constant_at(&mut self, here: &Here, log2: u8) -> i64 {
        let app = &self.plan.apps[here.app];
        let bytes = 8 * (1 + app.methods.len()) + app.constants.len();
        self.place((0, bytes as u32), log2).unwrap_or(0)
    }

    /// Stores and loads of the local frame, some with a computed offset.
    pub(super) fn locals(&mut self, here: &mut Here) -> Drawn {
        let mut line = Vec::new();
        for _ in 0..self.dice.range(1, 3) {
            let log2 = self.dice.below(4) as u8;
            let Some(at) = self.place(here.scratch, log2) else { continue };
            let (value, at_step) = (self.value(here), self.dice.push(at));
            match self.dice.one_in(2) {
                true => line.extend([value, Step::with(STORE_8 | log2, at)]),
                false => line.extend([at_step, value, Step::op(STOREX_8 | log2)]),
            }
        }
        let (log2, low) = self.width();
        let at = self.place((0, here.frame), log2).unwrap_or(0);
        match self.dice.one_in(2) {
            true => line.push(Step::with(LOAD_8 | low, at)),
            false => line.extend([self.dice.push(at), Step::op(LOADX_8 | low)]),
        }
        self.follow(here, &mut line);
        self.line(here, line)
    }

    /// A few instructions right behind one that left a cell, so that many kinds meet what is late in the pipeline.
    fn follow(&mut self, here: &Here, line: &mut Vec<Step>) {
        let mut depth = 1;
        for _ in 0..self.dice.below(4) {
            let step = match self.dice.below(12) {
                0..=2 => Step::op(self.dice.pick(&[code::NOP, code::DUP, code::SWAP, code::POP, code::OVER])),
                3..=4 => Step::op(self.dice.pick(UNARY)),
                5 => Step::op(self.dice.pick(DIVISIONS)),
                6..=9 => Step::op(self.dice.pick(BINARY)),
                10 => self.value(here),
                _ => self.keep(here).unwrap_or(Step::op(code::POP)),
            };
            let (pops, pushes) = step.effect();
            while depth < pops {
                line.push(self.value(here));
                depth += 1;
            }
            depth = depth - pops + pushes;
            line.push(step);
        }
    }

    /// Loads of constants, some with a computed offset.
    pub(super) fn constants(&mut self, here: &mut Here) -> Drawn {
        let (log2, low) = self.width();
        let at = self.constant_at(here, log2);
        let mut line = match self.dice.one_in(3) {
            true => vec![Step::with(CLOAD_8 | low, at)],
            false => vec![self.dice.push(at), Step::op(CLOADX_8 | low)],
        };
        self.follow(here, &mut line);
        self.line(here, line)
    }

    /// One of the application's pages.
    pub(super) fn page(&mut self, here: &Here) -> Option<(i64, u32)> {
        let pages = &self.plan.apps[here.app].pages;
        let Page { page, words } = pages.get(self.dice.below(pages.len() as u32) as usize)?;
        Some((*page as i64, 8 * words.len() as u32))
    }

    /// Traffic on a page. What size it has when this runs is not known: the one it started with is likely.
    pub(super) fn heap(&mut self, here: &mut Here) -> Option<Drawn> {
        let (page, size) = self.page(here)?;
        let mut line = Vec::new();
        let most = if self.dice.one_in(8) { 128 } else { 8 };
        let new = 8 * self.dice.range(1, most);
        if size == 0 && self.dice.one_in(2) {
            line.extend([Step::push(new.into()), Step::push(page), Step::op(code::PALLOC)]);
        }
        let mut size = if size == 0 { new } else { size };
        for _ in 0..self.dice.range(1, 4) {
            match self.dice.below(20) {
                0 => line.extend([Step::push(page), Step::op(code::PFREE)]),
                1 => {
                    size = new;
                    line.extend([Step::push(size.into()), Step::push(page), Step::op(code::PALLOC)]);
                }
                2 | 3 => {
                    line.extend([Step::push(page), Step::op(code::PSIZE)]);
                    self.follow(here, &mut line);
                }
                4..=11 => {
                    let log2 = self.dice.below(4) as u8;
                    let (value, at) = (self.value(here), self.heap_at(size, log2));
                    line.extend([value, at, Step::push(page), Step::op(HSTORE_8 | log2)]);
                }
                _ => {
                    let (log2, low) = self.width();
                    line.extend([self.heap_at(size, log2), Step::push(page), Step::op(HLOAD_8 | low)]);
                    self.follow(here, &mut line);
                }
            }
        }
        Some(self.line(here, line))
    }

    /// An offset in a page: often the last cell, now and then the first beyond it.
    fn heap_at(&mut self, size: u32, log2: u8) -> Step {
        let at = match self.dice.below(24) {
            0 => size.into(),
            1..=6 => i64::from(size) - (1 << log2),
            _ => self.place((0, size), log2).unwrap_or(0),
        };
        Step::push(at)
    }

    /// A native with some arguments.
    pub(super) fn native(&mut self, here: &mut Here) -> Drawn {
        let number = if self.dice.one_in(40) { ED25519 } else { self.dice.below(ED25519) };
        let mut line = Vec::new();
        if number == ED25519 {
            let spoilt = self.dice.one_in(2).then(|| self.dice.below(SIGNED.len() as u32) as usize);
            for (i, word) in SIGNED.iter().enumerate() {
                let word = if spoilt == Some(i) { word ^ 1 << self.dice.below(64) } else { *word };
                line.extend([Step::push(word as i64), Step::op(ARG_8 | 3)]);
            }
        }
        for _ in 0..self.dice.pick(&[0, 1, 1, 2, 3, 5]) {
            line.extend([self.value(here), Step::op(ARG_8 | self.dice.below(4) as u8)]);
        }
        line.push(Step::with(code::INVOKE_NATIVE, number.into()));
        self.follow(here, &mut line);
        self.line(here, line)
    }
}

/// Number of `ed25519_verify`; the natives before it are hashes.
pub(super) const ED25519: u32 = 3;
