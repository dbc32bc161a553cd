// SPDX-License-Identifier: MIT OR Apache-2.0
//! Acts that throw, or end the call.

use avm_sim::algorand::isa::{Class, DECODE, OPS, code};
use avm_sim::algorand::params::{FRAME_MAX, PAGE_MAX};

use super::draw::Draw;
use super::here::{Drawn, Here};
use super::line::ED25519;
use super::plan::Snippet;
use super::step::{ARG_8, CLOAD_8, CLOADX_8, HLOAD_8, HSTORE_8, LOAD_8, LOADX_8, STORE_8, STOREX_8, Step};

impl Draw<'_> {
    /// Something illegal, mostly with a handler around it.
    pub(super) fn illegal(&mut self, here: &mut Here) -> Drawn {
        let line = match self.dice.below(17) {
            0 => self.underflow(),
            1 => self.misaligned(here),
            2 => self.out_of_range(here),
            3 => self.wrong_operands(),
            4 => vec![Step::op(self.undefined())],
            5 => self.wild_branch(),
            6 => self.wild_switch(here),
            7 => self.no_application(),
            8 => self.unlisted(),
            9 => self.no_method(here),
            10 | 11 => return self.wrong_invocation(here),
            12 => vec![self.dice.constant(), Step::op(code::ATHROW)],
            13 => self.wrong_page(here),
            14 => self.wrong_native(),
            15 => vec![self.dice.constant(), Step::op(ARG_8 | self.dice.below(4) as u8)], // left pending
            _ if self.dice.one_in(4) => return (Snippet::RunOff, 2),
            _ => return self.too_many_arguments(here),
        };
        let cost = line.len() as u32 + 4;
        self.code[here.app] += 12 * line.len() as u32;
        let keep = self.keep(here);
        (self.guard(here, Snippet::Line { code: line, keep }, true), cost)
    }

    fn underflow(&mut self) -> Vec<Step> {
        let takers: Vec<u8> = OPS.iter().filter(|o| o.pops > 0).map(|o| o.code).collect();
        let op = self.dice.pick(&takers);
        let few = self.dice.below(DECODE[usize::from(op)].pops.into());
        let mut line: Vec<Step> = (0..few).map(|_| self.dice.constant()).collect();
        line.push(Step::op(op));
        line
    }

    /// An access at an odd place; the page, if it is one, need not exist.
    fn misaligned(&mut self, here: &Here) -> Vec<Step> {
        let log2 = 1 + self.dice.below(3) as u8;
        let at = i64::from(self.dice.below(32)) * (1 << log2) + 1 + i64::from(self.dice.below((1 << log2) - 1));
        let page = self.page(here).map_or(0, |p| p.0);
        self.access(log2, at, page, self.options.heap > 0)
    }

    fn out_of_range(&mut self, here: &Here) -> Vec<Step> {
        let log2 = self.dice.below(4) as u8;
        let frame = i64::from(here.frame.next_multiple_of(8));
        let far = self.dice.pick(&[-8, i64::MIN, i64::MAX - 7, FRAME_MAX as i64, 1 << 16, 1 << 32]);
        let at = if self.dice.one_in(2) { frame } else { far };
        match self.page(here).filter(|_| self.options.heap > 0) {
            Some((page, size)) if self.dice.one_in(3) => {
                let at = if self.dice.one_in(2) { i64::from(size) } else { far };
                self.access(log2, at, page, true)
            }
            _ => self.access(log2, at, 0, false),
        }
    }

    /// A load or store of some memory.
    fn access(&mut self, log2: u8, at: i64, page: i64, heap: bool) -> Vec<Step> {
        let (value, offset) = (self.dice.constant(), Step::push(at));
        // An offset in the instruction has 16 bits: what is cut off could make it a right one.
        let at = if (0..1 << 16).contains(&at) { at } else { 0xfff8 };
        let signed = if log2 < 3 { 4 * self.dice.below(2) as u8 } else { 0 };
        match self.dice.below(if heap { 8 } else { 6 }) {
            0 => vec![Step::with(LOAD_8 | log2 | signed, at)],
            1 => vec![value, Step::with(STORE_8 | log2, at)],
            2 => vec![offset, Step::op(LOADX_8 | log2 | signed)],
            3 => vec![offset, value, Step::op(STOREX_8 | log2)],
            4 => vec![Step::with(CLOAD_8 | log2 | signed, at)],
            5 => vec![offset, Step::op(CLOADX_8 | log2 | signed)],
            6 => vec![value, offset, Step::push(page), Step::op(HSTORE_8 | log2)],
            _ => vec![offset, Step::push(page), Step::op(HLOAD_8 | log2 | signed)],
        }
    }

    fn wrong_operands(&mut self) -> Vec<Step> {
        let (a, b, op) = self.dice.pick(&[
            (i64::MIN, -1, code::IDIV),
            (i64::MIN, -1, code::IREM),
            (7, 0, code::IDIV),
            (i64::MIN, 0, code::IREM),
            (-1, 0, code::UDIV),
            (0, 0, code::UREM),
            (i64::MAX, 1, code::IADD),
            (i64::MIN, 1, code::ISUB),
            (1 << 32, 1 << 31, code::IMUL),
            (0, i64::MIN, code::INEG),
        ]);
        vec![self.dice.push(a), self.dice.push(b), Step::op(op)]
    }

    fn undefined(&mut self) -> u8 {
        loop {
            let op = self.dice.bits() as u8;
            if DECODE[usize::from(op)].class == Class::Undefined {
                return op;
            }
        }
    }

    /// A branch out of the code, taken or not; a `catch` with such a target, taken.
    fn wild_branch(&mut self) -> Vec<Step> {
        let to = i64::from(0xffff - self.dice.below(1 << 15));
        match self.dice.below(4) {
            0 => vec![Step::with(code::BR, to)],
            1 => vec![self.dice.push(5), Step::op(code::ATHROW), Step::with(code::CATCH, to)],
            2 => vec![Step::push(self.dice.below(2).into()), Step::with(code::BRZ, to)],
            _ => vec![Step::push(self.dice.below(2).into()), Step::with(code::BRNZ, to)],
        }
    }

    /// A `switch` whose table is odd, out of range, made of constants that are beyond the code, or not reached.
    fn wild_switch(&mut self, here: &Here) -> Vec<Step> {
        let app = &self.plan.apps[here.app];
        let far = app.constants.chunks_exact(2).position(|entry| entry[1] >= 0x40);
        let far = far.map(|at| 8 * (1 + app.methods.len()) + 2 * at);
        let (base, index) = match (self.dice.below(3), far) {
            (0, _) => (1 + 2 * self.dice.below(64), self.dice.below(3)),
            (1, Some(base)) => (base as u32, 0),
            _ => (0xfffe - 2 * self.dice.below(8), self.dice.below(3)),
        };
        let count = self.dice.pick(&[1, 2, 0xffff]);
        vec![Step::push(index.into()), Step::with(code::SWITCH, i64::from(base) | count << 16)]
    }

    /// An application that is listed and not installed.
    fn no_application(&mut self) -> Vec<Step> {
        match self.absent {
            Some(app) => vec![Step::push(app as i64), Step::push(0), Step::op(code::INVOKE_EXTERNAL)],
            None => vec![Step::op(self.undefined())],
        }
    }

    /// An application or a page that is not listed, in programs that may: it ends the call.
    fn unlisted(&mut self) -> Vec<Step> {
        if !self.strays {
            return vec![self.dice.constant(), Step::op(code::ATHROW)];
        }
        let other = (self.dice.bits() | 1 << 40) as i64;
        match self.dice.below(6) {
            0 => vec![Step::push(other), Step::push(0), Step::op(code::INVOKE_EXTERNAL)],
            1 => vec![Step::push(0), Step::push(0), Step::op(code::INVOKE_EXTERNAL)],
            2 => vec![Step::push(other), Step::op(code::PSIZE)],
            3 => vec![Step::push(8), Step::push(other), Step::op(code::PALLOC)],
            4 => vec![Step::push(other), Step::op(code::PFREE)],
            _ => vec![self.dice.constant(), Step::push(0), Step::push(other), Step::op(HSTORE_8)],
        }
    }

    fn no_method(&mut self, here: &Here) -> Vec<Step> {
        let methods = self.plan.apps[here.app].methods.len() as i64;
        let index = self.dice.pick(&[methods, 0xffff, 1 << 16, 1 << 32, -1]);
        match self.dice.one_in(3) {
            true => vec![Step::with(code::INVOKE_INTERNAL, methods)],
            false => vec![Step::op(code::SELF), Step::push(index), Step::op(code::INVOKE_EXTERNAL)],
        }
    }

    /// Wrong argument bytes, or a private method from outside.
    fn wrong_invocation(&mut self, here: &mut Here) -> Drawn {
        let to = self.signatures[self.dice.below(self.signatures.len() as u32) as usize];
        let mut args = self.arguments(here, to, Step::push(0));
        if to.public || self.dice.one_in(4) {
            match args.pop() {
                Some(_) if self.dice.one_in(2) => {}
                _ => args.extend([(0, Step::push(1)); 9]),
            }
        }
        let app = Some(self.plan.apps[to.app].id).filter(|_| !to.public || to.app != here.app || self.dice.one_in(2));
        let cost = 2 * args.len() as u32 + 5;
        self.code[here.app] += 16 * args.len() as u32;
        let snippet = Snippet::Invoke { app, method: to.name, args, keep: self.keep(here) };
        (self.guard(here, snippet, false), cost)
    }

    /// A page that is absent, one that is there, sizes that are none.
    fn wrong_page(&mut self, here: &Here) -> Vec<Step> {
        let Some((page, size)) = self.page(here) else { return vec![Step::op(0)] };
        let (page, load) = (Step::push(page), [Step::push(0), Step::push(page), Step::op(HLOAD_8)]);
        let bad = self.dice.pick(&[0, 4, 12, PAGE_MAX as i64 + 8, -8, 1 << 32]);
        match self.dice.below(4) {
            0 if size == 0 => load.to_vec(),
            0 => vec![Step::push(8), page, Step::op(code::PALLOC)],
            1 => vec![page, Step::op(code::PFREE), page, Step::op(code::PFREE)],
            2 => vec![page, Step::op(code::PFREE), Step::push(8), page, Step::op(code::PALLOC)],
            _ => vec![Step::push(bad), page, Step::op(code::PALLOC)],
        }
    }

    /// A native that there is not, or one with too few bytes.
    fn wrong_native(&mut self) -> Vec<Step> {
        let number = self.dice.pick(&[ED25519, ED25519, ED25519 + 1, 255, 256, 0xffff]);
        vec![self.dice.constant(), Step::op(ARG_8 | 3), Step::with(code::INVOKE_NATIVE, number.into())]
    }

    /// As many argument bytes as can be pending, and then more, of any width; rare, for it takes long.
    fn too_many_arguments(&mut self, here: &mut Here) -> Drawn {
        if !self.dice.one_in(10) || here.loops > 0 {
            return (Snippet::Line { code: vec![Step::op(code::NOP)], keep: None }, 1);
        }
        let mut code = vec![self.dice.constant()];
        code.extend([Step::op(code::DUP), Step::op(ARG_8 | 3)].repeat(16));
        self.code[here.app] += 100;
        let full = Snippet::Loop { times: 16, up: false, body: vec![Snippet::Line { code, keep: None }] };
        let width = self.dice.below(4) as u8;
        let beyond = Snippet::Line { code: vec![self.dice.constant(), Step::op(ARG_8 | width)], keep: None };
        let line = Snippet::Above { cells: 1, body: vec![full, beyond] };
        (self.guard(here, line, false), 16 * 40)
    }
}
