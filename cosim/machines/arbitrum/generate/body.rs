// SPDX-License-Identifier: MIT OR Apache-2.0
//! What random programs do: instructions by their kind, branches, loops, code made at run time, handlers of errors.

use avm_sim::arbitrum::isa;
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

use super::operand::Want::{self, Any, Below, Buffer, Int, Tuple};
use super::{Draw, Ty, int};

/// Most levels of branches and loops.
const DEEP: u32 = 3;

const ONE: &[&str] = &["iszero", "not"];
const TWO: &[&str] = &[
    "add",
    "mul",
    "sub",
    "div",
    "sdiv",
    "mod",
    "smod",
    "exp",
    "signextend",
    "lt",
    "gt",
    "slt",
    "sgt",
    "and",
    "or",
    "xor",
    "byte",
    "shl",
    "shr",
    "sar",
    "ethhash2",
];
const THREE: &[&str] = &["addmod", "mulmod", "sha256f"];

impl Draw {
    /// One thing to do, in so many branches and loops.
    pub(super) fn action(&mut self, deep: u32) {
        match self.below(if deep < DEEP { 34 } else { 29 }) {
            0..=3 => self.pushes(),
            4..=8 => self.arithmetic(),
            9..=10 => self.moves(),
            11..=12 => self.aux(),
            13..=17 => self.tuples(),
            18 => self.hashes(),
            19 => self.buffers(),
            20 => self.outside(),
            21 => self.gas(),
            22 => self.gives("eq", &[Any, Any], Ty::Int),
            23 => self.drops(),
            24 => self.registers(),
            25 => self.pile(),
            26 => self.share(),
            27..=28 => self.arithmetic(),
            29 => self.branch(deep),
            30 => self.repeat(deep),
            31 => self.makes_code(),
            // An error leaves more on the stacks than is known, which loops would not survive.
            32 if deep == 0 => self.guarded(),
            _ => self.inbox(),
        }
    }

    fn pushes(&mut self) {
        match self.below(9) {
            0..=4 => {
                let value = self.value(3);
                self.push(value);
            }
            5 => self.pushed("spush", self.fixed.clone()),
            6 => self.pushed("rpush", self.register.clone()),
            7 => {
                let (name, ty) = self.any(&[
                    ("stackempty", true),
                    ("auxstackempty", true),
                    ("pcpush", false),
                    ("errpush", false),
                    ("errcodepoint", false),
                ]);
                self.pushed(name, if ty { Ty::Int } else { Ty::Code });
            }
            _ => self.pushed("newbuffer", Ty::Buffer),
        }
    }

    fn pushed(&mut self, name: &str, ty: Ty) {
        // An immediate goes below the result.
        let value = self.rng.one_in(8).then(|| self.value(1));
        self.stack.extend(value.as_ref().map(Ty::of));
        self.emit(name, value);
        self.stack.push(ty);
    }

    fn arithmetic(&mut self) {
        match self.below(12) {
            0..=1 => {
                let name = self.any(ONE);
                self.gives(name, &[Int], Ty::Int);
            }
            2 => {
                let name = self.any(THREE);
                self.gives(name, &[Int, Int, Int], Ty::Int);
            }
            _ => {
                let name = self.any(TWO);
                // Squares of large exponents take thousands of cycles.
                let wants = if name == "exp" { [Int, Below(300)] } else { [Int, Int] };
                self.gives(name, &wants, Ty::Int);
            }
        }
    }

    fn moves(&mut self) {
        let (name, reach, swap) = self.any(&[
            ("dup0", 0, false),
            ("dup1", 1, false),
            ("dup2", 2, false),
            ("swap1", 1, true),
            ("swap2", 2, true),
        ]);
        while self.stack.len() <= reach {
            let value = self.value(1);
            self.push(value);
        }
        let value = self.rng.one_in(6).then(|| self.value(1));
        self.stack.extend(value.as_ref().map(Ty::of));
        self.emit(name, value);
        let (top, at) = (self.stack.len() - 1, self.stack.len() - 1 - reach);
        if swap { self.stack.swap(top, at) } else { self.stack.push(self.stack[at].clone()) }
    }

    fn aux(&mut self) {
        if self.rng.one_in(2) || self.aux.is_empty() {
            let ty = self.with("auxpush", &[Any]).remove(0);
            self.aux.push(ty);
        } else {
            let ty = self.aux.pop().unwrap_or(Ty::Int);
            self.pushed("auxpop", ty);
        }
    }

    fn tuples(&mut self) {
        match self.below(8) {
            0 => self.gives("tlen", &[Tuple], Ty::Int),
            1 => self.gives("type", &[Any], Ty::Int),
            2..=3 => self.get(),
            4..=5 => self.set(),
            6 => self.xget(),
            _ => self.xset(),
        }
    }

    /// A tuple with slots on top of the stack: what is known of them.
    fn slots(&mut self) -> Vec<Ty> {
        match self.stack.pop() {
            Some(Ty::Tuple(slots)) if !slots.is_empty() => slots,
            known => {
                self.stack.extend(known);
                let slots = loop {
                    if let Value::Tuple(slots) = self.tuple(1)
                        && !slots.is_empty()
                    {
                        break slots;
                    }
                };
                let ty = slots.iter().map(Ty::of).collect();
                self.emit("nop", Some(Value::Tuple(slots)));
                ty
            }
        }
    }

    /// An index as the immediate of an instruction, or below it.
    fn indexed(&mut self, name: &str, index: usize) {
        if self.rng.one_in(2) {
            return self.emit(name, Some(int(index as u64)));
        }
        self.emit("nop", Some(int(index as u64)));
        self.op(name);
    }

    fn get(&mut self) {
        let slots = self.slots();
        let index = self.below(slots.len());
        self.indexed("tget", index);
        self.stack.push(slots[index].clone());
    }

    fn set(&mut self) {
        // The value lies below the tuple.
        let mut slots = self.slots();
        let index = self.below(slots.len());
        match self.stack.pop() {
            Some(ty) => slots[index] = ty,
            None => {
                let value = self.value(1);
                slots[index] = Ty::of(&value);
                self.emit("nop", Some(value));
                self.op("swap1");
            }
        }
        self.indexed("tset", index);
        self.stack.push(Ty::Tuple(slots));
    }

    /// The aux stack has a tuple with slots on top.
    fn aux_slots(&mut self) -> Vec<Ty> {
        if let Some(Ty::Tuple(slots)) = self.aux.last()
            && !slots.is_empty()
        {
            return slots.clone();
        }
        let slots = self.slots();
        self.op("auxpush");
        self.aux.push(Ty::Tuple(slots.clone()));
        slots
    }

    fn xget(&mut self) {
        let slots = self.aux_slots();
        let index = self.below(slots.len());
        self.indexed("xget", index);
        self.stack.push(slots[index].clone());
    }

    fn xset(&mut self) {
        let mut slots = self.aux_slots();
        let index = self.below(slots.len());
        if self.stack.is_empty() {
            let value = self.value(2);
            self.push(value);
        }
        slots[index] = self.stack.pop().unwrap_or(Ty::Int);
        self.indexed("xset", index);
        self.aux.pop();
        self.aux.push(Ty::Tuple(slots));
    }

    fn hashes(&mut self) {
        if self.rng.one_in(3) {
            let state = Value::Tuple((0..7).map(|_| Value::Int(self.number())).collect());
            self.push(state);
            self.op("keccakf");
            self.stack.pop();
            self.stack.push(Ty::Tuple(vec![Ty::Int; 7]));
        } else {
            self.gives("hash", &[Any], Ty::Int);
        }
    }

    fn buffers(&mut self) {
        let offset = if self.rng.one_in(6) { Int } else { Below(100) };
        let (name, most) = self.any(&[("8", 256), ("64", 1 << 32), ("256", 0)]);
        if self.rng.one_in(2) {
            return self.gives(&format!("getbuffer{name}"), &[offset, Buffer], Ty::Int);
        }
        let value = if most == 0 { Int } else { Below(most.min(u64::from(u32::MAX))) };
        self.gives(&format!("setbuffer{name}"), &[offset, value, Buffer], Ty::Buffer);
    }

    fn outside(&mut self) {
        match self.below(10) {
            0..=3 => drop(self.with("log", &[Any])),
            4 => drop(self.with("send", &[Below(80), Buffer])),
            5 => self.gives("sideload", &[Int], Ty::Tuple(Vec::new())),
            6 => self.op("breakpoint"),
            7 => drop(self.with("debugprint", &[Any])),
            8 => self.gives("ecrecover", &[Int, Int, Below(3), Int], Ty::Int),
            _ => {
                // The generator of alt_bn128 so many times.
                let times = self.number();
                self.push(Value::Int(times));
                [2, 1].into_iter().for_each(|n| self.push(int(n)));
                self.op("ecmul");
                self.stack.pop();
            }
        }
    }

    fn gas(&mut self) {
        if self.rng.one_in(5) {
            let most = self.any(&[300, 1_000, 50_000]);
            return drop(self.with("setgas", &[Below(most)]));
        }
        self.pushed("pushgas", Ty::Int);
    }

    fn drops(&mut self) {
        for _ in 0..self.below(4) {
            self.with("pop", &[Any]);
        }
    }

    fn registers(&mut self) {
        let ty = self.with("rset", &[Any]).remove(0);
        self.register = ty;
    }

    /// Many values on top of one another: the window spills and fills.
    fn pile(&mut self) {
        if !self.rng.one_in(3) {
            return self.pushes();
        }
        let high = self.rng.range(20, 80);
        for _ in 0..high {
            let value = self.value(1);
            self.push(value);
        }
        for _ in 0..self.rng.range(0, high) {
            self.with("pop", &[Any]);
        }
    }

    /// A tuple that many refer to.
    fn share(&mut self) {
        let slots = self.slots();
        self.stack.push(Ty::Tuple(slots.clone()));
        for _ in 0..self.below(6) {
            self.op("dup0");
            self.stack.push(Ty::Tuple(slots.clone()));
        }
    }

    /// A way around some actions, which leave the stacks as high as they were.
    fn branch(&mut self, deep: u32) {
        let over = self.label();
        self.with("iszero", &[Any]);
        self.emit("cjump", Some(over.value()));
        self.neutral(deep + 1);
        self.here(over);
    }

    /// Actions of which nothing is left: what they know of the stacks does not matter after them.
    fn neutral(&mut self, deep: u32) {
        let (stack, aux, register) = (self.stack.clone(), self.aux.clone(), self.register.clone());
        // What lies below is out of reach.
        (self.stack, self.aux) = (Vec::new(), Vec::new());
        for _ in 0..self.rng.range(1, 5) {
            self.action(deep);
        }
        for _ in 0..self.stack.len() {
            self.op("pop");
        }
        for _ in 0..self.aux.len() {
            self.op("auxpop");
            self.op("pop");
        }
        let register = if self.register == register { register } else { Ty::Code };
        (self.stack, self.aux, self.register) = (stack, aux, register);
    }

    /// A counted loop: the counter on the data stack, the code point to jump to on the aux stack.
    fn repeat(&mut self, deep: u32) {
        let times = self.rng.range(1, 6);
        self.emit("nop", Some(int(u64::from(times))));
        self.op("pcpush");
        self.op("auxpush");
        self.neutral(deep + 1);
        self.emit("nop", Some(int(1)));
        self.op("swap1");
        self.op("sub");
        self.op("dup0");
        self.op("auxpop");
        self.op("cjump");
        self.op("pop");
    }

    /// Instructions made one by one, the last one first, that end with a jump to what follows here.
    fn makes_code(&mut self) {
        let back = self.label();
        self.op("errcodepoint");
        self.emit("nop", Some(back.value()));
        self.code_word("jump", true);
        let mut grown = Vec::new();
        for _ in 0..self.rng.range(1, 6) {
            match self.below(4) {
                0 => {
                    let value = self.value(1);
                    grown.push(Ty::of(&value));
                    self.emit("nop", Some(value));
                    self.code_word("nop", true);
                }
                1 => {
                    grown.push(Ty::Int);
                    let value = self.number();
                    self.emit("nop", Some(Value::Int(value)));
                    self.code_word("iszero", true);
                }
                2 => {
                    grown.push(Ty::Code);
                    self.code_word("errpush", false);
                }
                _ => self.code_word("breakpoint", false),
            }
        }
        if self.rng.one_in(4) {
            self.op("dup0");
            self.op("hash");
            self.op("pop");
        }
        self.op("jump");
        self.here(back);
        grown.reverse();
        self.stack.extend(grown);
    }

    /// Puts an instruction before the code point on top of the stack; its immediate, if it has one, lies on that.
    fn code_word(&mut self, name: &str, immediate: bool) {
        let opcode = isa::by_name(name).map_or(0, |op| op.code);
        let high = if self.rng.one_in(4) { self.number() << 8 } else { U256::ZERO };
        self.emit("nop", Some(Value::Int(high | U256::from(opcode))));
        self.op(if immediate { "pushinsnimm" } else { "pushinsn" });
    }

    /// Actions whose errors a handler takes, and then one that is wrong.
    fn guarded(&mut self) {
        let handler = self.label();
        self.emit("errset", Some(handler.value()));
        for _ in 0..self.rng.range(0, 5) {
            self.action(1);
        }
        self.wrong();
        self.here(handler);
        self.op("errcodepoint");
        self.op("errset");
        self.forget();
    }

    /// Something that is probably an error.
    fn wrong(&mut self) {
        match self.below(7) {
            0 => self.op("error"),
            6 => {
                let name = self.any(&["jump", "errset", "tlen", "keccakf"]);
                self.with(name, &[Int]);
            }
            1 => {
                // Too few operands for something.
                for _ in 0..self.stack.len() {
                    self.op("pop");
                }
                let takes = |op: &&isa::Op| op.pops() + op.aux_pops() > 0 && !op.legacy() && op.name != "ecpairing";
                let all: Vec<_> = isa::OPS.iter().filter(takes).collect();
                let op = all[self.below(all.len())];
                self.op(op.name);
            }
            2 => drop(self.with("setgas", &[Below(120)])),
            3 => {
                let wants: &[Want] = &[Any, Any, Any];
                let name = self.any(&["tset", "setbuffer8", "addmod", "mulmod", "sha256f"]);
                self.with(name, wants);
            }
            4 => {
                let wants: &[Want] = &[Any, Any];
                let name =
                    self.any(&["tget", "xset", "div", "smod", "cjump", "send", "getbuffer64", "shl", "pushinsn"]);
                self.with(name, wants);
            }
            _ => {
                let opcode = self.rng.bits() as u8;
                let stops = ["jump", "cjump", "halt", "inbox", "ecpairing"];
                let value = self.rng.one_in(3).then(|| self.value(1));
                if isa::by_code(opcode).is_none_or(|op| !stops.contains(&op.name)) {
                    self.code.push(avm_sim::arbitrum::mexe::Instruction { opcode, immediate: value });
                }
            }
        }
    }

    fn inbox(&mut self) {
        if !self.rng.one_in(3) {
            return self.outside();
        }
        let mut slots = vec![Ty::Int; 7];
        slots.push(Ty::Buffer);
        self.pushed("inbox", Ty::Tuple(slots));
    }

    /// A tank that may run dry.
    pub(super) fn bound_gas(&mut self) {
        let gas = self.rng.range(50, 30_000);
        self.emit("setgas", Some(int(gas.into())));
    }

    /// How the program stops.
    pub(super) fn end(&mut self) {
        match self.below(5) {
            0 => self.op("error"),
            1 => {}
            2 => self.op("inbox"),
            _ => self.op("halt"),
        }
    }
}
