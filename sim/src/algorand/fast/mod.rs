// SPDX-License-Identifier: MIT OR Apache-2.0
//! The fast interpreter of the Algorand machine: what [`Interp`] does, in a fraction of the time, without a record of each
//! instruction.
//!
//! Code is translated when it is reached, a *block* at a time: a straight run of at most 64 instructions, for one state in
//! which it is begun. That state is all that is known without running: the address, the depth of the stack, the bytes of
//! the frame, the bytes that are pending. So depths, offsets and argument sizes are checked once, by the translator,
//! and an operation has the places of its operands in it. Its operands can be constants, 8 bytes of the frame, cells, or
//! the value computed last, which stays in a register; the result can be put into the frame by the operation that makes
//! it. Common runs are one operation: a comparison and a branch; counting in the frame and a branch; a product plus a
//! constant; `x ^ (x >> c)`.
//!
//! **Everything that is out of the ordinary is done by [`Interp::step`]**: what throws, rejects or exceeds a limit, external
//! invocations and their returns, natives, `palloc` and `pfree`, a taken `catch`. An operation that meets such a thing has
//! done nothing yet; the state before its instruction is put together ([`code::Back`]), and the plain interpreter, with
//! which all state is shared, makes the instruction. Then operations go on.
//!
//! **Fuel** is charged for a block when it is entered. If the tank does not cover it, the plain interpreter makes the rest
//! of the call, so that it ends at the very instruction that the rules say. A block that is left in the middle gets back
//! what it was charged for the rest.
//!
//! Code is kept by its hash, for as long as the [`Fast`] lives; another call of the same code translates nothing again.
//!
//! | file | |
//! | --- | --- |
//! | `op` | operations, blocks, and how one operation follows another |
//! | `source` | places of operands |
//! | `arith`, `memory`, `calls`, `pages` | what operations do |
//! | `translate` | operations from instructions: `cells`, `storage`, `control` |
//! | `code` | the blocks of an image |
//!
//! The rules are those of `docs/algorand/machine.md`; that they hold is tested by comparison with [`Interp`], which remains
//! the reference of lockstep.

mod arith;
mod calls;
mod code;
mod memory;
mod op;
mod pages;
mod source;
#[cfg(test)]
mod tests;
mod translate;

use std::collections::HashMap;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::exception::Outcome;
use super::image::Image;
use super::interp::Interp;
use super::interp::shared::{Memories, Position, Waiting};
use super::params::CALL_DEPTH;
use code::{Back, Code, Entry, Value};
use op::{Block, Jump, Link, Machine, Op, Regs, Suspended, begin, run};
use pages::Pages;

/// Images whose translations are kept.
const IMAGES: usize = 256;

/// Limits that tests lower.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Largest part of the fuel that is at hand at once: it has 31 bits.
    pub part: i64,
    /// Records that the translation of an image may have, 32 bytes each; then it is forgotten. Code that jumps about with
    /// ever other depths of the stack would fill the memory otherwise.
    pub records: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds { part: i32::MAX.into(), records: 1 << 20 }
    }
}

/// Translations, and what running them needs.
#[derive(Debug)]
pub struct Fast {
    codes: Vec<Code>,
    by_hash: HashMap<[u8; 32], usize>,
    /// Images that were met, so that they are not hashed again. They are kept: an address is that of one image then.
    met: HashMap<*const Image, (Arc<Image>, usize)>,
    /// Suspended methods, the first method's invoker before them.
    calls: Box<[Suspended; CALL_DEPTH + 1]>,
    translated: u64,
    deepest: usize,
    planted: Option<(u8, u8)>,
    bounds: Bounds,
}

impl Default for Fast {
    fn default() -> Fast {
        Fast::new()
    }
}

impl Fast {
    /// Without any translations.
    pub fn new() -> Fast {
        Fast {
            codes: Vec::new(),
            by_hash: HashMap::new(),
            met: HashMap::new(),
            calls: Box::new([Suspended::UNKNOWN; CALL_DEPTH + 1]),
            translated: 0,
            deepest: 0,
            planted: None,
            bounds: Bounds::default(),
        }
    }

    /// With other limits.
    #[cfg(test)]
    pub(super) fn bounded(bounds: Bounds) -> Fast {
        Fast { bounds, ..Fast::new() }
    }

    /// Plants a fault: the opcode `from` is translated as `to`, which has operands of the same length. What compares the
    /// two interpreters must notice.
    pub fn plant(&mut self, from: u8, to: u8) {
        *self = Fast { planted: Some((from, to)), ..Fast::new() };
    }

    /// Runs a call to its end. Everything that [`Interp`] tells about it afterwards is as if it had run the call itself.
    pub fn run(&mut self, interp: &mut Interp) -> Outcome {
        if self.codes.len() > IMAGES || self.met.len() > 4 * IMAGES {
            *self = Fast {
                planted: self.planted,
                bounds: self.bounds,
                deepest: self.deepest,
                translated: self.translated,
                ..Fast::new()
            };
        }
        self.calls.fill(Suspended::UNKNOWN);
        loop {
            if let Some(outcome) = interp.outcome() {
                return outcome;
            }
            let enough = interp.catches() || self.operate(interp);
            if enough {
                self.step(interp);
            } else {
                while interp.step().is_some() {}
            }
        }
    }

    /// Instructions that operations have made so far, in all calls.
    pub fn translated(&self) -> u64 {
        self.translated
    }

    /// Most bytes of the processor's stack that operations have used: a few hundred, however many there are, since each
    /// jumps to the next.
    pub fn deepest(&self) -> usize {
        self.deepest
    }

    /// The plain interpreter makes an instruction.
    fn step(&mut self, interp: &mut Interp) {
        let before = interp.suspended();
        interp.step();
        // At most one more waits. Where it goes on no operation has said.
        if interp.suspended() > before {
            self.calls[interp.suspended()] = Suspended::UNKNOWN;
        }
    }

    /// The translation of the working segment's code: its index.
    fn code(&mut self, image: &Arc<Image>) -> usize {
        if let Some((_, code)) = self.met.get(&Arc::as_ptr(image)) {
            return *code;
        }
        let mut hash = Sha256::new_with_prefix((image.code().len() as u64).to_le_bytes());
        hash.update(image.code());
        hash.update(image.constants());
        let code = *self.by_hash.entry(hash.finalize().into()).or_insert_with(|| {
            self.codes.push(Code::new(Arc::clone(image), self.bounds.records, self.planted));
            self.codes.len() - 1
        });
        self.met.insert(Arc::as_ptr(image), (Arc::clone(image), code));
        code
    }

    /// Runs operations until the next instruction is the plain interpreter's. False if the fuel does not suffice for the
    /// operations that would be next.
    fn operate(&mut self, interp: &mut Interp) -> bool {
        let image = Arc::clone(interp.image());
        let code = self.code(&image);
        let at = interp.position();
        let memories = interp.memories();
        let suspended = interp.suspended();
        let entry = Entry {
            pc: at.pc as u16, // code areas are shorter
            frame: at.frame_bytes as u16,
            pending: at.pending as u16,
            depth: (at.top - at.base) as u8,
            acc: false,
        };
        if self.codes[code].is_full() {
            self.codes[code] = Code::new(image, self.bounds.records, self.planted);
            self.calls.fill(Suspended::UNKNOWN);
        }
        let part = interp.fuel().min(self.bounds.part);
        let bottom = self.calls.as_mut_ptr();
        let depth = interp.limits().call_depth.min(CALL_DEPTH);
        let invocations = interp.limits().invocations.saturating_sub(interp.invocations());
        // SAFETY: both are inside the array: no more methods are active than the limit.
        let (calls, calls_end) = unsafe { (bottom.add(suspended), bottom.add(depth.saturating_sub(1))) };
        let mut machine = Machine {
            calls,
            calls_end,
            calls_low: calls,
            invocations_left: invocations,
            frames_end: memories.frames.wrapping_add(memories.n_frames),
            cells_end: memories.cells.wrapping_add(memories.n_cells),
            app: interp.app(),
            caller: interp.caller(),
            logging: interp.logs(),
            pages: Pages::new(),
            interp,
            exit: false,
            block: ptr::null(),
            wanted: (0, 0),
            left: Regs {
                ip: ptr::null(),
                acc: 0,
                sp: memories.cells.wrapping_add(at.base),
                fp: memories.frames.wrapping_add(at.frame),
                tank: part << 32,
                m: ptr::null_mut(),
            },
            depth: 0,
            deepest: 0,
        };
        let way = work(&mut machine, &mut self.codes[code], entry);

        // The machine is at rest; the state goes back.
        let left = machine.left;
        let spent = part - (left.tank >> 32);
        // SAFETY: the machine has not been used since `work`.
        let interp = unsafe { &mut *machine.interp };
        interp.account(left.tank as u64 & u64::from(u32::MAX), spent, invocations - machine.invocations_left);
        self.translated += left.tank as u64 & u64::from(u32::MAX);
        self.deepest = self.deepest.max(machine.deepest);
        // SAFETY: all three are pointers into the array.
        let (low, now) = unsafe { (machine.calls_low.offset_from(bottom), machine.calls.offset_from(bottom)) };
        let (low, now) = (low as usize, now as usize);
        let waiting = self.calls[low + 1..=now].iter().map(|s| waiting(*s, memories));
        interp.suspend_instead(low, waiting);
        match way {
            Way::Back(back) => restore(interp, memories, left, &self.codes[code].backs[back as usize]),
            Way::Entry(entry) => restore(interp, memories, left, &Back::to(entry)),
        }
        machine.block.is_null() || !translated(machine.block) || part == self.bounds.part
    }
}

/// Where operations were left.
enum Way {
    /// At an instruction, with this way back.
    Back(u32),
    /// At the beginning of a block.
    Entry(Entry),
}

/// Runs operations from the state on, which is the one that the machine is in, and gives the way back.
fn work(machine: &mut Machine, code: &mut Code, entry: Entry) -> Way {
    let mut block = code.block(entry);
    loop {
        if !translated(block.as_ptr()) {
            code.translate(block);
        }
        let link = Link { block: block.as_ptr() };
        let first = Op { run: run::<Jump>, imm: 0, link, a: 0, b: 0, back: 0 };
        let m: *mut Machine = machine;
        // SAFETY: the block is that of the state; its address and the machine's are used by nothing else meanwhile.
        unsafe { begin(Regs { ip: &raw const first, m, ..(*m).left }) };
        machine.deepest = machine.deepest.max(machine.depth.abs_diff((&raw const first).addr()));
        if machine.block.is_null() {
            // SAFETY: an operation has left.
            let op = unsafe { *machine.left.ip };
            machine.left.tank -= code.backs[op.back as usize].refund;
            return Way::Back(op.back);
        }
        if translated(machine.block) || code.is_full() {
            // SAFETY: a block that was not entered is one of the code's.
            return Way::Entry(unsafe { (*machine.block).entry });
        }
        block = NonNull::new(machine.block.cast_mut()).expect("not null");
    }
}

/// Whether a block of the code that was in use is translated.
fn translated(block: *const Block) -> bool {
    // SAFETY: blocks live as long as the code, and no operation runs.
    let block = unsafe { &*block };
    !block.ops.is_empty()
}

/// What the plain interpreter knows of a suspended method.
fn waiting(suspended: Suspended, memories: Memories) -> Waiting {
    // SAFETY: an operation suspended it, so it has a site, whose next record says where it goes on.
    let site = unsafe { *suspended.site.add(1) };
    Waiting {
        return_to: site.a.into(),
        base: cell_index(suspended.sp, memories),
        frame: suspended.fp.addr() - memories.frames.addr(),
        frame_bytes: site.b.into(),
    }
}

fn cell_index(sp: *mut u64, memories: Memories) -> usize {
    (sp.addr() - memories.cells.addr()) / size_of::<u64>()
}

/// Makes the state of the interpreter the one before an instruction.
fn restore(interp: &mut Interp, memories: Memories, left: Regs, back: &Back) {
    let value = |value: Value| -> u64 {
        // SAFETY: these are cells of the method and bytes of its frame.
        unsafe {
            match value {
                Value::Acc => left.acc,
                Value::Const(c) => c,
                Value::Cell(n) => left.sp.add(n.into()).read(),
                Value::Frame(at) => u64::from_le(left.fp.add(at.into()).cast::<u64>().read_unaligned()),
            }
        }
    };
    // From the top down: no value refers to a cell above its own.
    for (n, v) in back.cells.iter().rev() {
        let v = value(*v);
        // SAFETY: a cell of the method.
        unsafe { left.sp.add((*n).into()).write(v) };
    }
    let base = cell_index(left.sp, memories);
    interp.set_position(Position {
        pc: back.pc.into(),
        base,
        top: base + usize::from(back.depth),
        frame: left.fp.addr() - memories.frames.addr(),
        frame_bytes: back.frame.into(),
        pending: back.pending.into(),
    });
}
