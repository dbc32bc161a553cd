//! Random programs that get somewhere: methods with loops, invocations, throws and catches.

use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::isa::{Class, OPS, Op, Operand};
use avm_sim::algorand::params::METHOD_ENTRY;

use super::host::Rng;

const CELLS: &[i64] = &[0, 1, -1, 2, 7, 8, 16, 63, 64, 255, -128, i64::MIN, i64::MAX, i64::MIN + 1, 1 << 32, 3 << 30];

struct Writer<'a> {
    rng: &'a mut Rng,
    code: Vec<u8>,
    methods: Vec<Method>,
    /// Where a code offset is to be filled in: position.
    holes: Vec<usize>,
    starts: Vec<usize>,
    table: usize,
}

impl Writer<'_> {
    fn emit(&mut self, name: &str, operand: i64) {
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
        let ops: Vec<&Op> = OPS.iter().filter(|o| !o.reserved).collect();
        let op = self.rng.pick(&ops);
        let width = 1 << (op.code & 3);
        let area = if op.class == Class::CLoad || op.class == Class::CLoadX { 64 } else { frame.max(1) };
        let mut offset = self.rng.below(area) as i64;
        if !self.rng.one_in(20) {
            offset &= -width;
        }
        match op.class {
            Class::Invoke | Class::Return | Class::Jump => self.constant(),
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
    }

    fn invoke(&mut self) {
        let beyond = u64::from(self.rng.one_in(20));
        let index = self.rng.below(self.methods.len() as u64 + beyond);
        let mut left: u16 = self.methods.get(index as usize).map_or(8, |m| m.args);
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
        self.emit("invoke_internal", index as i64);
        if self.rng.one_in(2) {
            self.branch("catch");
        }
    }

    fn method(&mut self, index: usize) {
        self.methods[index].offset = self.code.len() as u16;
        let frame = u64::from(self.methods[index].frame);
        for _ in 0..self.rng.below(5) {
            self.constant();
        }
        for _ in 0..4 + self.rng.below(24) {
            match self.rng.below(12) {
                0 => self.invoke(),
                1..=4 => self.constant(),
                5 => self.emit("pop", 0),
                6 if self.rng.one_in(3) => self.branch("br"),
                _ => self.plain(frame),
            }
        }
        let end = self.rng.pick(&["return", "ireturn", "ireturn", "nop"]);
        self.emit(end, 0);
    }
}

/// A program of a few methods; method 0 takes no arguments.
pub fn program(rng: &mut Rng) -> Image {
    let n = 1 + rng.below(5) as usize;
    let methods: Vec<Method> = (0..n)
        .map(|i| {
            let args = if i == 0 { 0 } else { rng.pick(&[0, 0, 1, 3, 8, 12, 17]) };
            let frame = args + rng.pick(&[0, 8, 13, 40, 64, 500]);
            Method { offset: 0, frame, args, public: true }
        })
        .collect();
    let table = METHOD_ENTRY * (n + 1);
    let mut w = Writer { rng, code: vec![], methods, holes: vec![], starts: vec![], table };
    (0..n).for_each(|i| w.method(i));
    let Writer { rng, mut code, methods, holes, starts, .. } = w;
    let mut target = || match rng.below(40) {
        0 => rng.next() as u16,
        1 => rng.below(code.len() as u64) as u16,
        _ => rng.pick(&starts) as u16,
    };
    let targets: Vec<u16> = holes.iter().map(|_| target()).collect();
    let data: Vec<u8> = (0..4).flat_map(|_| target().to_le_bytes()).collect();
    for (hole, target) in holes.into_iter().zip(targets) {
        code[hole..hole + 2].copy_from_slice(&target.to_le_bytes());
    }
    Image::with_methods(code, &methods, &data).unwrap()
}

/// Code bytes without any sense, biased towards defined opcodes.
pub fn noise(rng: &mut Rng) -> Image {
    let n = 1 + rng.below(200) as usize;
    let defined: Vec<u8> = OPS.iter().filter(|o| !o.reserved).map(|o| o.code).collect();
    let byte = |rng: &mut Rng| match rng.below(8) {
        0 => rng.next() as u8,
        1..=2 => 0,
        3..=4 => rng.pick(&[0x08, 0x09, 0x04]),
        _ => rng.pick(&defined),
    };
    let code: Vec<u8> = (0..n).map(|_| byte(rng)).collect();
    let entry = |rng: &mut Rng, args| Method { offset: rng.below(n as u64) as u16, frame: 64, args, public: true };
    let methods = [entry(rng, 0), entry(rng, 0), entry(rng, 8)];
    Image::with_methods(code, &methods, &[4, 0, 9, 0, 1, 1, 0, 0]).unwrap()
}
