// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random programs that get somewhere: applications with methods with loops, invocations, heap accesses,
//! throws and catches.

use std::collections::BTreeMap;
use std::sync::Arc;

use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::isa::{self, Class, OPS, Op, Operand};
use avm_sim::algorand::params::METHOD_ENTRY;
use avm_sim::algorand::world::{AccessList, World};

use super::host::{Rng, page};

const CELLS: &[i64] = &[0, 1, -1, 2, 7, 8, 16, 63, 64, 255, -128, i64::MIN, i64::MAX, i64::MIN + 1, 1 << 32, 3 << 30];
/// Page indices of every application, the last one not listed.
const PAGES: &[u64] = &[0, 1, 2, u64::MAX, 1 << 40];

/// The methods of all applications, by identifier, code offsets still 0.
type Plan = BTreeMap<u64, Vec<Method>>;

struct Writer<'a> {
    rng: &'a mut Rng,
    plan: &'a Plan,
    code: Vec<u8>,
    methods: Vec<Method>,
    /// Where a code offset is to be filled in: position.
    holes: Vec<usize>,
    starts: Vec<usize>,
    table: usize,
    /// The application that is written, and its method.
    app: u64,
    index: usize,
    /// Cells on the stack, if what is written runs from top to bottom.
    depth: u8,
}

impl Writer<'_> {
    fn emit(&mut self, name: &str, operand: i64) {
        let op = isa::by_name(name).unwrap();
        while self.depth < op.pops && !self.rng.one_in(30) {
            self.constant();
        }
        self.depth = self.depth.saturating_sub(op.pops) + op.pushes;
        self.starts.push(self.code.len());
        self.code.extend(super::host::code(&[(name, operand)]));
    }

    fn branch(&mut self, name: &str) {
        self.emit(name, 0);
        self.holes.push(self.code.len() - 2);
    }

    fn constant(&mut self) {
        let cell = if self.rng.one_in(4) { self.rng.next() as i64 } else { self.rng.pick(CELLS) };
        let name = if self.rng.one_in(2) { "const_8" } else { "const_64" };
        self.emit(name, cell);
    }

    fn plain(&mut self, frame: u64) {
        let ops: Vec<&Op> = OPS.iter().collect();
        let op = self.rng.pick(&ops);
        let width = 1 << (op.code & 3);
        let area = if op.class == Class::CLoad || op.class == Class::CLoadX { 64 } else { frame.max(1) };
        let mut offset = self.rng.below(area) as i64;
        if !self.rng.one_in(20) {
            offset &= -width;
        }
        match op.class {
            Class::Invoke | Class::Return | Class::Jump => self.constant(),
            Class::InvokeExternal => self.invoke_external(),
            Class::InvokeNative => self.invoke_native(),
            Class::HLoad | Class::HStore | Class::Page => self.heap(op),
            Class::Throw if self.rng.one_in(2) => self.constant(),
            Class::Branch | Class::Catch => self.branch(op.name),
            Class::Switch => {
                self.emit("const_8", 3);
                self.emit("iand", 0);
                let base = self.table as i64 + i64::from(self.rng.one_in(9));
                self.emit("switch", base | 4 << 16);
            }
            Class::LoadX | Class::CLoadX => {
                self.emit("const_16", offset);
                self.emit(op.name, 0);
            }
            Class::StoreX => {
                self.emit("const_16", offset);
                self.constant();
                self.emit(op.name, 0);
            }
            _ if matches!(op.operand, Operand::Imm(_)) => self.constant(),
            _ => self.emit(op.name, offset),
        }
        if !op.throws.is_empty() && self.rng.one_in(3) {
            self.branch("catch");
        }
    }

    /// A heap instruction with its operands; now and then those that happen to be there.
    fn heap(&mut self, op: &Op) {
        let width = 1 << (op.code & 3);
        let mut offset = self.rng.pick(&[0, 0, 8, 16, 24, 63, 64, 120, 1016, 1020, 1 << 20, -8]) & -width;
        if self.rng.one_in(20) {
            offset += 1;
        }
        let size = self.rng.pick(&[8, 8, 16, 64, 64, 136, 1024, 1032, 0, 12]);
        let operands = !self.rng.one_in(40);
        match op.class {
            Class::HStore if operands => {
                if self.rng.one_in(2) {
                    self.constant();
                }
                self.emit("const_32", offset);
            }
            Class::HLoad if operands => self.emit("const_32", offset),
            Class::Page if operands && op.name == "palloc" => self.emit("const_16", size),
            _ => {}
        }
        if operands {
            let unlisted = self.rng.one_in(100);
            let index = if unlisted { 4 } else { self.rng.below(4) as usize };
            self.emit("const_64", PAGES[index] as i64);
        }
        self.emit(op.name, 0);
        if self.rng.one_in(3) {
            self.branch("catch");
        }
    }

    fn args(&mut self, mut left: u16) {
        if self.rng.one_in(15) {
            left += 1;
        }
        let mut at = 0;
        while at < left {
            let (width, name) =
                self.rng.pick(&[(8, "arg_64"), (4, "arg_32"), (2, "arg_16"), (1, "arg_8"), (1, "arg_8")]);
            let end = at.next_multiple_of(width) + width;
            if end <= left {
                self.constant();
                self.emit(name, 0);
                at = end;
            }
        }
    }

    fn invoke(&mut self) {
        // Mostly a method further on, so that recursion is rare.
        let (n, beyond) = (self.methods.len() as u64, u64::from(self.rng.one_in(20)));
        let from = if self.rng.one_in(8) { 0 } else { self.index as u64 + 1 };
        if from >= n + beyond {
            return;
        }
        let index = from + self.rng.below(n + beyond - from);
        self.args(self.methods.get(index as usize).map_or(8, |m| m.args));
        self.emit("invoke_internal", index as i64);
        if self.rng.one_in(2) {
            self.branch("catch");
        }
    }

    fn invoke_external(&mut self) {
        let from = if self.rng.one_in(6) { 0 } else { self.app + 1 };
        let mut apps: Vec<u64> = self.plan.keys().copied().filter(|app| *app >= from).collect();
        if apps.is_empty() {
            apps.push(90);
        }
        // 90 is listed and not installed, 91 is not listed.
        let app = match self.rng.below(80) {
            0 => 91,
            1 => 90,
            _ => self.rng.pick(&apps),
        };
        let methods = self.plan.get(&app).map_or(&[][..], |m| m);
        let beyond = u64::from(self.rng.one_in(20));
        let index = self.rng.below(methods.len() as u64 + beyond + 1).saturating_sub(1);
        let index = if self.rng.one_in(60) { i64::MIN } else { index as i64 };
        self.args(methods.get(index as usize).map_or(0, |m| m.args));
        self.emit("const_16", app as i64);
        self.emit("const_64", index);
        self.emit("invoke_external", 0);
        if self.rng.one_in(2) {
            self.branch("catch");
        }
    }

    fn invoke_native(&mut self) {
        let number = self.rng.pick(&[0, 0, 0, 1, 2, 2, 3, 4, 600]);
        let bytes = self.rng.pick(&[0, 1, 7, 8, 9, 24]);
        let least = if number == 3 && self.rng.one_in(2) { 96 } else { 0 };
        self.args(least + bytes);
        self.emit("invoke_native", number);
    }

    fn method(&mut self, index: usize) {
        self.methods[index].offset = self.code.len() as u16;
        self.depth = 0;
        self.index = index;
        let frame = u64::from(self.methods[index].frame);
        for _ in 0..self.rng.below(5) {
            self.constant();
        }
        for _ in 0..4 + self.rng.below(24) {
            match self.rng.below(14) {
                0 => self.invoke(),
                1..=4 => self.constant(),
                5 => self.emit("pop", 0),
                6 if self.rng.one_in(3) => self.branch("br"),
                7 if self.rng.one_in(2) => self.invoke_external(),
                8..=9 => {
                    let ops: Vec<&Op> = OPS.iter().filter(|o| o.code >= 0xa0).collect();
                    let op = self.rng.pick(&ops);
                    self.heap(op);
                }
                _ => self.plain(frame),
            }
        }
        let end = self.rng.pick(&["return", "ireturn", "ireturn", "nop"]);
        self.emit(end, 0);
    }
}

fn methods(rng: &mut Rng) -> Vec<Method> {
    (0..1 + rng.below(5))
        .map(|i| {
            let args = if i == 0 { 0 } else { rng.pick(&[0, 0, 1, 3, 8, 12, 17]) };
            let frame = args + rng.pick(&[0, 8, 13, 40, 64, 500]);
            Method { offset: 0, frame, args, public: !rng.one_in(6) }
        })
        .collect()
}

/// An application of a few methods; method 0 takes no arguments.
fn application(rng: &mut Rng, plan: &Plan, app: u64) -> Image {
    let methods = plan[&app].clone();
    let n = methods.len();
    let table = METHOD_ENTRY * (n + 1);
    let (code, holes, starts) = (vec![], vec![], vec![]);
    let mut w = Writer { rng, plan, code, methods, holes, starts, table, app, index: 0, depth: 0 };
    (0..n).for_each(|i| w.method(i));
    let Writer { rng, mut code, methods, holes, starts, .. } = w;
    // Mostly a little forward, so that methods come to an end.
    let mut target = |from: usize| match rng.below(40) {
        0 => rng.next() as u16,
        1 => rng.below(code.len() as u64) as u16,
        2..=6 => rng.pick(&starts) as u16,
        _ => {
            let on = starts.partition_point(|s| *s < from) + rng.below(6) as usize;
            starts[on.min(starts.len() - 1)] as u16
        }
    };
    let targets: Vec<u16> = holes.iter().map(|hole| target(*hole)).collect();
    let data: Vec<u8> = (0..4).flat_map(|_| target(code.len() / 2).to_le_bytes()).collect();
    for (hole, target) in holes.into_iter().zip(targets) {
        code[hole..hole + 2].copy_from_slice(&target.to_le_bytes());
    }
    Image::with_methods(code, &methods, &data).unwrap()
}

/// Pages of some applications, and a call that may use them, and applications that are not installed.
fn around(rng: &mut Rng, apps: BTreeMap<u64, Arc<Image>>) -> (World, Call) {
    let ids: Vec<u64> = apps.keys().copied().collect();
    let mut world = World { apps, ..World::default() };
    let mut listed = Vec::new();
    for id in ids.iter().flat_map(|app| PAGES.iter().map(|p| page(*app, *p))) {
        if rng.one_in(2) {
            let bytes = 8 * rng.pick(&[1, 2, 8, 8, 16, 128]);
            world.pages.insert(id, (0..bytes).map(|_| rng.next() as u8).collect());
        }
        if id.page != PAGES[4] && listed.len() < 32 && !rng.one_in(12) {
            listed.push(id);
        }
    }
    let apps: Vec<u64> = ids.iter().copied().filter(|_| !rng.one_in(12)).chain([90]).collect();
    let access = AccessList::new(apps, if rng.one_in(10) { vec![] } else { listed }).unwrap();
    let app = match rng.below(60) {
        0 => 90,
        1 => 91,
        2..=20 => rng.pick(&ids),
        _ => ids[0],
    };
    (world, Call { app, access, ..Call::default() })
}

/// Three to six applications that invoke each other, and a call of method 0 of one of them.
pub fn program(rng: &mut Rng) -> (World, Call) {
    let ids = [1, 2, 7, 8, 30, 31];
    let n = rng.pick(&[1, 3, 3, 4, 5, 6]);
    let plan: Plan = ids[..n].iter().map(|id| (*id, methods(rng))).collect();
    let apps = plan.keys().map(|id| (*id, Arc::new(application(rng, &plan, *id)))).collect();
    around(rng, apps)
}

/// Code bytes without any sense, biased towards defined opcodes.
pub fn noise(rng: &mut Rng) -> (World, Call) {
    let image = |rng: &mut Rng| {
        let n = 1 + rng.below(200) as usize;
        let byte = |rng: &mut Rng| match rng.below(8) {
            0 => rng.next() as u8,
            1..=2 => 0,
            3..=4 => rng.pick(&[0x08, 0x09, 0x04]),
            _ => rng.pick(OPS).code,
        };
        let code: Vec<u8> = (0..n).map(|_| byte(rng)).collect();
        let entry = |rng: &mut Rng, args| Method { offset: rng.below(n as u64) as u16, frame: 64, args, public: true };
        let methods = [entry(rng, 0), entry(rng, 0), entry(rng, 8)];
        Arc::new(Image::with_methods(code, &methods, &[4, 0, 9, 0, 1, 1, 0, 0]).unwrap())
    };
    let apps = [0, 1, 8].map(|id| (id.max(1), image(rng))).into();
    around(rng, apps)
}
