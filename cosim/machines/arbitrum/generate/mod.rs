// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random programs: straight lines with branches, counted loops, code made at run time and handlers of errors, over a
//! stack whose types are known while they are drawn.
//!
//! Programs end: jumps go forward, but for loops, whose counters nothing else writes; an error goes forward to a handler,
//! which first sets the error CodePoint back. What is drawn is `body` and `illegal`; values are in `value`.

mod body;
mod operand;
mod value;

use avm_sim::arbitrum::inbox::Message;
use avm_sim::arbitrum::isa;
use avm_sim::arbitrum::mexe::{Image, Instruction};
use avm_sim::arbitrum::value::Value;
use ruint::aliases::U256;

use crate::rng::Rng;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Ty {
    Int,
    Code,
    /// With what is known of its slots.
    Tuple(Vec<Ty>),
    Buffer,
}

impl Ty {
    fn of(value: &Value) -> Ty {
        match value {
            Value::Int(_) => Ty::Int,
            Value::Code(_) => Ty::Code,
            Value::Buffer(_) => Ty::Buffer,
            Value::Tuple(slots) => Ty::Tuple(slots.iter().map(Ty::of).collect()),
        }
    }
}

/// A place in the code that may not be known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Label(u32);

impl Label {
    /// The CodePoint there, until the place is known.
    fn value(self) -> Value {
        Value::Code(u32::MAX - self.0)
    }
}

/// A random program: an image and the messages of its run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The image.
    pub image: Image,
    /// Messages.
    pub inbox: Vec<Message>,
}

/// The program of a seed.
pub fn program(seed: u64) -> Program {
    let mut draw = Draw::new(seed);
    let fixed = draw.value(3);
    draw.fixed = Ty::of(&fixed);
    let actions = draw.rng.range(10, 120);
    if draw.rng.one_in(3) {
        draw.bound_gas();
    }
    for _ in 0..actions {
        draw.action(0);
    }
    draw.end();
    let inbox = (0..draw.rng.range(0, 3)).map(|_| draw.message()).collect();
    Program { image: draw.image(fixed), inbox }
}

/// A program being drawn.
struct Draw {
    rng: Rng,
    code: Vec<Instruction>,
    /// Words of labels.
    labels: Vec<u32>,
    stack: Vec<Ty>,
    aux: Vec<Ty>,
    register: Ty,
    fixed: Ty,
}

impl Draw {
    fn new(seed: u64) -> Draw {
        Draw {
            rng: Rng::new(seed ^ 0xa4b1),
            code: Vec::new(),
            labels: Vec::new(),
            stack: Vec::new(),
            aux: Vec::new(),
            register: Ty::Tuple(Vec::new()),
            fixed: Ty::Int,
        }
    }

    fn below(&mut self, n: usize) -> usize {
        self.rng.range(0, n as u32 - 1) as usize
    }

    /// Out of a list.
    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn emit(&mut self, name: &str, immediate: Option<Value>) {
        let opcode = isa::by_name(name).unwrap_or_else(|| panic!("no instruction {name}")).code;
        self.code.push(Instruction { opcode, immediate });
    }

    fn op(&mut self, name: &str) {
        self.emit(name, None);
    }

    /// Pushes a value: what it is has been written down.
    fn push(&mut self, value: Value) {
        self.stack.push(Ty::of(&value));
        self.emit("nop", Some(value));
    }

    fn label(&mut self) -> Label {
        self.labels.push(0);
        Label(self.labels.len() as u32 - 1)
    }

    fn here(&mut self, label: Label) {
        self.labels[label.0 as usize] = self.code.len() as u32;
    }

    /// Nothing is known any more of what is on the stacks.
    fn forget(&mut self) {
        self.stack.clear();
        self.aux.clear();
        // Code that no error reaches knows the register; a handler does not.
        self.register = Ty::Code;
    }

    fn image(mut self, fixed: Value) -> Image {
        let labels = std::mem::take(&mut self.labels);
        let mut code = self.code;
        code.iter_mut().filter_map(|word| word.immediate.as_mut()).for_each(|v| resolve(v, &labels));
        let mut fixed = fixed;
        resolve(&mut fixed, &labels);
        Image::new(code, fixed).unwrap_or_else(|e| panic!("a random program is no image: {e}"))
    }
}

/// Puts words in the place of labels.
fn resolve(value: &mut Value, labels: &[u32]) {
    match value {
        Value::Code(word) => {
            if let Some(known) = labels.get((u32::MAX - *word) as usize) {
                *word = *known;
            }
        }
        Value::Tuple(slots) => slots.iter_mut().for_each(|slot| resolve(slot, labels)),
        Value::Int(_) | Value::Buffer(_) => {}
    }
}

/// An Integer.
fn int(n: u64) -> Value {
    Value::Int(U256::from(n))
}
