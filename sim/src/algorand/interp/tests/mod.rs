// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hand-written expectations for the interpreter. Programs are lists of (mnemonic, operand); no
//! assembler takes part.

mod arbitrary;
mod capacity;
mod control;
mod exceptions;
mod external;
mod first;
mod fuel;
mod heap;
mod instructions;
mod invocation;
mod memory;
mod native;
mod rollback;
mod scene;

use super::*;
use crate::algorand::exception::{CODE_CROSSED, CODE_MACHINE};
use crate::algorand::fast::{Bounds, Fast};
use crate::algorand::image::Method;
use crate::algorand::isa;
use crate::algorand::world::World;
use scene::*;

pub const MIN: u64 = 1 << 63;
pub const MAX: u64 = MIN - 1;
pub const MINUS_1: u64 = u64::MAX;

/// An instruction: mnemonic and operand (0 if there is none; `switch`: see [`table`]).
pub type Ins = (&'static str, i64);

/// The operand of `switch`.
pub fn table(base: u16, count: u16) -> i64 {
    i64::from(base) | i64::from(count) << 16
}

/// Code bytes.
pub fn code(program: &[Ins]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, operand) in program {
        let op = isa::by_name(name).unwrap_or_else(|| panic!("no instruction {name}"));
        out.push(op.code);
        out.extend(&operand.to_le_bytes()[..op.operand.bytes().into()]);
    }
    out
}

/// Address of the instruction with the given index.
pub fn address(program: &[Ins], index: usize) -> i64 {
    code(&program[..index]).len() as i64
}

/// `const_64` of each cell.
pub fn push(cells: &[u64]) -> Vec<Ins> {
    cells.iter().map(|c| ("const_64", c.cast_signed())).collect()
}

/// A public method.
pub fn method(offset: usize, frame: u16, args: u16) -> Method {
    Method { offset: offset as u16, frame, args, public: true }
}

/// An image whose only method has a frame of 64 bytes and starts at 0.
pub fn image(code: Vec<u8>) -> Image {
    with_methods(code, &[method(0, 64, 0)])
}

pub fn with_methods(code: Vec<u8>, methods: &[Method]) -> Image {
    Image::with_methods(code, methods, &[]).expect("a valid image")
}

/// An image of several methods, each a program and its frame and argument bytes.
pub fn linked(parts: &[(&[Ins], u16, u16)]) -> Image {
    let mut bytes = Vec::new();
    let mut methods = Vec::new();
    for (program, frame, args) in parts {
        methods.push(method(bytes.len(), *frame, *args));
        bytes.extend(code(program));
    }
    with_methods(bytes, &methods)
}

/// A call of method 0 of application 7 with ample fuel.
pub fn call() -> Call {
    Call { app: 7, fuel: 1_000_000, access: list(&[7], &[]), ..Call::default() }
}

/// An access list of applications and (application, page)s.
pub fn list(apps: &[u64], pages: &[(u64, u64)]) -> AccessList {
    let pages = pages.iter().map(|&(app, page)| PageId { app, page });
    AccessList::new(apps.iter().copied(), pages).expect("a list within the limits")
}

/// Starts a call with one installed application: the one that it invokes.
pub fn start(image: &Image, call: &Call) -> Interp {
    let apps = [(call.app, Arc::new(image.clone()))].into();
    Interp::start(&World { apps, ..World::default() }, call)
}

/// A call that is over.
pub struct Run {
    pub records: Vec<Retire>,
    pub outcome: Outcome,
    pub fuel: i64,
    pub effects: Effects,
}

impl Run {
    /// The exception number of every record.
    pub fn codes(&self) -> Vec<u8> {
        self.records.iter().map(|r| r.exception).collect()
    }

    /// The address of every record.
    pub fn addresses(&self) -> Vec<u64> {
        self.records.iter().map(|r| r.pc).collect()
    }

    pub fn last(&self) -> Retire {
        *self.records.last().expect("something retired")
    }
}

/// Runs a call to its end, checking what holds of all records.
pub fn run(image: &Image, call: &Call) -> Run {
    finish(start(image, call))
}

/// The fast interpreter ends a call that has started as this one has, also if it has a little fuel at hand at once, or
/// forgets translations all the time.
pub fn same_in_fast(started: &Interp, ended: &Interp) {
    let state = |i: &Interp| {
        let pages: Vec<_> = i.pages().map(|(id, page)| (id, page.map(<[u8]>::to_vec))).collect();
        let frames = (i.stack().to_vec(), i.frame().to_vec(), i.pending().to_vec());
        (
            (i.outcome(), i.fuel(), i.order, i.invocations(), i.depth(), i.app(), i.pc()),
            (frames, i.active(), i.ended_in(), i.effects(), pages),
        )
    };
    let expected = state(ended);
    for (part, records) in [(i32::MAX.into(), 1 << 20), (25, 1 << 20), (1_000, 60)] {
        let mut interp = started.clone();
        Fast::bounded(Bounds { part, records }).run(&mut interp);
        assert_eq!(state(&interp), expected, "with {part} of the fuel at hand and {records} records");
    }
}

/// The same for a call that has started.
pub fn finish(mut interp: Interp) -> Run {
    let started = interp.clone();
    let mut records: Vec<Retire> = Vec::new();
    let mut tank = interp.fuel();
    while let Some(record) = interp.step() {
        assert_eq!(record.order, records.len() as u64);
        assert_eq!(record.cycle, 0);
        assert_eq!(record.meter_before, Some(tank));
        tank = record.meter_after.expect("a meter");
        assert!(tank < record.meter_before.unwrap(), "free of charge");
        assert_eq!(tank, interp.fuel());
        assert!(record.exception == 0 || record.n_results == 0);
        records.push(record);
        assert!(records.len() < 1_000_000, "the program does not end");
    }
    let outcome = interp.outcome().expect("over");
    assert_eq!(interp.step(), None);
    same_in_fast(&started, &interp);
    Run { records, outcome, fuel: interp.fuel(), effects: interp.effects() }
}

/// Runs a program of one method to its end.
pub fn run_program(program: &[Ins]) -> Run {
    run(&image(code(program)), &call())
}

/// Executes each instruction of a straight program once; the stack after it, or the number of the
/// first exception.
pub fn eval(program: &[Ins]) -> Result<Vec<u64>, u8> {
    let image = image(code(program));
    let mut interp = start(&image, &call());
    for _ in program {
        let record = interp.step().expect("still running");
        if record.exception != 0 {
            return Err(record.exception);
        }
    }
    Ok(interp.stack().to_vec())
}

/// Applies an instruction to cells, the last one on top.
pub fn apply(cells: &[u64], instruction: Ins) -> Result<Vec<u64>, u8> {
    let mut program = push(cells);
    program.push(instruction);
    eval(&program)
}

/// Retire code of a cause.
pub fn throws<T>(cause: Cause) -> Result<T, u8> {
    Err(cause as u8)
}

/// Outcome of an exception that left the first method.
pub fn uncaught(cause: Cause) -> Outcome {
    Outcome::Exception(cause.code() | CODE_CROSSED)
}
