// SPDX-License-Identifier: MIT OR Apache-2.0
//! The core model: the microarchitecture of the Algorand core, one clock at a time.
//!
//! The contract is `docs/algorand/core.md`; names and timing of all registers come from there. Each register is
//! written in one file, its room (`sim/src/room.rs`); others read it, and call the room by the name of a net. Rooms depend on
//! each other one way: no file names one that names it back.
//!
//! [`Core::step`](crate::trace::Core::step) evaluates the stages from the oldest instruction to the youngest; what one
//! tells the younger ones in the same cycle travels in [`Signals`], so that a register is never read there after it
//! got its next value (each place where that order matters says so).
//!
//! Not hardware: `Bookkeeping`, which numbers retirements and says what cycles are spent on.

mod alu;
mod arith;
mod calls;
mod decode;
mod effect;
mod execute;
mod fetch;
mod frame;
mod heap;
mod invoke;
mod loader;
mod native;
mod pages;
mod port;
pub mod probe;
mod retire;
mod segment;
pub mod signals;
mod unwind;

use crate::algorand::isa::{Class, DECODE};
use crate::algorand::numbers;
use crate::trace::{self, Field, HostIn, HostOut, Memory, Registers, Retire};
use crate::units::div64::Div64;
use crate::units::lutram_2r::Lutram2r;
use crate::units::mul64::Mul64;
use crate::units::ram_1r1w::Ram1r1w;
use crate::units::table_1w::Table1w;
use calls::Calls;
use decode::Decode;
use execute::Execute;
use fetch::Fetch;
use heap::Heap;
use loader::Loader;
use native::Native;
use pages::Pages;
use port::Port;
use retire::RetirePort;
use segment::Segment;
use unwind::Unwind;

/// What a cycle was spent on; the discriminants index [`CAUSES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
enum Spent {
    Retire = 0,
    Multiplier = 1,
    Divider = 2,
    Memory = 3,
    Call = 4,
    Switch = 5,
    Branch = 6,
    Mispredict = 7,
    Refill = 8,
    Fetch = 9,
    Unwind = 10,
    #[default]
    Host = 11,
    /// Fills of segments and switches.
    Segment = 12,
    /// A heap instruction waits for pages.
    Page = 13,
    /// Late results, and the clearing of pages.
    Heap = 14,
    /// The log is undone.
    Rollback = 15,
    Native = 16,
}

const CAUSES: &[&str] = &[
    "retire",
    "multiplier",
    "divider",
    "memory",
    "call",
    "switch",
    "branch",
    "mispredict",
    "refill",
    "fetch",
    "unwind",
    "host",
    "segment",
    "page",
    "heap",
    "rollback",
    "native",
];

/// Wires between the stages, valid within one cycle.
#[derive(Clone, Copy, Debug, Default)]
struct Signals {
    /// X or unwind drops the instruction in D and what F fires, which does not see this.
    kill: bool,
    /// A redirect by X or unwind, through the K registers, to `steered`.
    steer: bool,
    steered: u32,
    /// A redirect of F by D, to `target`.
    redirect: bool,
    target: u32,
    /// It is a jump or a backward branch: the branch target buffer takes it.
    b_we: bool,
    /// X keeps its instruction, or unwind refuses that of D: D is not ready.
    busy: bool,
    /// D is empty or ready: F may fire.
    room: bool,
    /// X holds an Invoke or a Return in step 0, or an InvokeExternal: `c_ret_q` and `c_depth_q` are about to
    /// change.
    moving: bool,
    /// X switches to this slot: F has run with the old one in this cycle.
    switch: Option<u32>,
    /// `a_state_q` when the cycle began.
    late: u8,
    /// `u_state_q` was not none when the cycle began.
    unwinding: bool,
    /// The last edge read the constant RAM.
    const_rv: bool,
    /// The last edge read the stack RAM.
    stack_rv: bool,
    /// The last edge read the log.
    log_rv: bool,
    /// Why D was killed. Not hardware.
    why: Spent,
}

impl Signals {
    /// A redirect by X or unwind, which is also a kill.
    #[inline(always)]
    fn steer(&mut self, target: u32, why: Spent) {
        self.kill = true;
        self.steer = true;
        self.steered = target;
        self.why = why;
    }
}

/// Not hardware: numbers retirements and attributes cycles.
#[derive(Clone, Copy, Debug, Default)]
struct Bookkeeping {
    /// Instructions retired in this call.
    retired: u64,
    /// Cycles of this call in state run.
    cycles: u64,
    /// What the last cycle was spent on.
    spent: Spent,
    /// X was empty in it.
    empty: bool,
    /// Why D is empty.
    d_bubble: Spent,
    /// Why X is empty.
    x_bubble: Spent,
    /// Why the K registers redirect F.
    k_why: Spent,
    /// Application of the instruction that is or was last in X: the working one when it came in. An external return changes
    /// the working application before its last step.
    segment: u64,
}

/// The core: all registers and memories.
#[derive(Clone, Debug)]
pub struct Core {
    retire: RetirePort,
    fetch: Fetch,
    decode: Decode,
    execute: Execute,
    calls: Calls,
    unwind: Unwind,
    loader: Loader,
    mul: Mul64,
    div: Div64,
    code: Ram1r1w<u64, 8192>,
    consts: Ram1r1w<u64, 8192>,
    stack: Ram1r1w<u64, 4096>,
    frame: Ram1r1w<u64, 4096>,
    tag: Ram1r1w<u32, 4096>,
    call: Ram1r1w<u128, 512>,
    scope: Ram1r1w<u128, 512>,
    heap_ram: Ram1r1w<u64, 4096>,
    log: Ram1r1w<u128, 2048>,
    seg: Table1w<u128, 4>,
    dir: Lutram2r<u128, 32>,
    size: Lutram2r<u8, 32>,
    port: Port,
    segment: Segment,
    pages: Pages,
    heap: Heap,
    native: Native,
    book: Bookkeeping,
}

impl Core {
    /// Whether the loader is in state run: the cycles of a call are the clocks that start so.
    #[inline(always)]
    pub fn running(&self) -> bool {
        self.loader.l_state_q == numbers::loader::RUN
    }

    /// Cycles that the current or last call has spent in state run.
    pub fn cycles(&self) -> u64 {
        self.book.cycles
    }

    /// Nothing is read, written or retired in this cycle unless a stage says so below.
    #[inline(always)]
    fn idle_ports(&mut self) {
        self.code.idle();
        self.consts.idle();
        self.stack.idle();
        self.frame.idle();
        self.tag.idle();
        self.call.idle();
        self.scope.idle();
        self.heap_ram.idle();
        self.log.idle();
        self.seg.idle();
        self.dir.idle();
        self.size.idle();
        self.fetch.idle();
        self.retire.idle();
    }

    /// A clock in state run: A; X, or unwind while X is empty; then D; then F; then a return's look for its
    /// segment. `read`: which RAMs the last edge read.
    #[inline(always)]
    fn run(&mut self, read: Signals) {
        self.book.cycles += 1;
        self.book.empty = !self.execute.x_valid_q;
        if self.execute.x_valid_q && self.execute.x_step_q == 0 {
            self.book.segment = self.segment.g_app_q;
        }
        let (late, finding) = (self.heap.a_state_q, self.segment.g_state_q);
        let mut s = Signals { late, ..read };
        if late != numbers::late::NONE {
            self.late();
        }
        if self.execute.x_valid_q {
            self.execute(&mut s);
        } else if self.unwind.u_state_q != numbers::unwind::NONE {
            self.book.spent = if finding { Spent::Segment } else { Spent::Unwind };
            s.unwinding = true;
            self.unwind(&mut s);
        } else if self.unwind.o_valid_q {
            self.loader_run();
            self.fetch.stop();
            return;
        } else {
            s.busy = late == numbers::late::STORE;
            self.book.spent = self.book.x_bubble;
        }
        if late == numbers::late::STORE && self.heap.a_state_q == numbers::late::STORE {
            self.heap.x_pushes();
        }
        self.decode(&mut s);
        if s.unwinding && self.execute.x_valid_q {
            self.unwind.d_issue();
        }
        self.fetch(&s);
        if finding {
            self.find(&mut s);
        }
        if s.kill {
            self.kill(&s);
        }
    }

    /// Whether somebody could write the heap RAM or the sizes in this cycle.
    fn pages_written(&self) -> bool {
        let x = &self.execute;
        // In step 1 a Page instruction waits until its page has come.
        let acts = x.x_step_q == 2 || x.x_step_q == 1 && self.pages.here();
        let page = x.x_valid_q && acts && DECODE[x.x_op_q as usize].class == Class::Page;
        page || self.heap.a_state_q == numbers::late::STORE || self.unwind.u_state_q == numbers::unwind::UNDO
    }

    /// What X, unwind or find did to the younger stages: D is empty, F is redirected in the next cycle, in the
    /// segment that X entered.
    #[inline(always)]
    fn kill(&mut self, s: &Signals) {
        self.decode.kill();
        if s.steer {
            self.fetch.redirect(s.steered);
        }
        self.book.x_bubble = s.why;
        self.book.d_bubble = s.why;
        self.book.k_why = s.why;
        if let Some(slot) = s.switch {
            self.switch_segment(slot);
        }
    }
}

/// A deterministic pattern for memories: a splitmix64 stream.
fn pattern(seed: u64, memory: u64) -> impl FnMut() -> u64 {
    let mut state = seed ^ memory.wrapping_mul(0xd134_2543_de82_ef95);
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

impl trace::Core for Core {
    type Beat = ();
    const FIELDS: &'static [Field] = probe::FIELDS;
    const CAUSES: &'static [&'static str] = CAUSES;
    const MEMORIES: &'static [Memory] = &[
        Memory { name: "code", width: 64, depth: 8192 },
        Memory { name: "const", width: 64, depth: 8192 },
        Memory { name: "stack", width: 64, depth: 4096 },
        Memory { name: "frame", width: 64, depth: 4096 },
        Memory { name: "tag", width: 32, depth: 4096 },
        Memory { name: "call", width: calls::RECORD_BITS, depth: 512 },
        Memory { name: "scope", width: calls::SCOPE_BITS, depth: 512 },
        Memory { name: "heap", width: 64, depth: 4096 },
        Memory { name: "log", width: heap::LOG_BITS, depth: 2048 },
        Memory { name: "seg", width: segment::SEGMENT_BITS, depth: 4 },
        Memory { name: "dir", width: pages::NAME_BITS, depth: 32 },
        Memory { name: "size", width: 8, depth: 32 },
    ];

    fn new(seed: u64) -> Core {
        let fill = |memory| {
            let mut next = pattern(seed, memory);
            move |_| next()
        };
        let wide = |memory, bits: u16| {
            let mut next = pattern(seed, memory);
            move |_| (u128::from(next()) << 64 | u128::from(next())) & ((1 << bits) - 1)
        };
        let (mut tags, mut sizes) = (pattern(seed, 4), pattern(seed, 12));
        Core {
            retire: RetirePort::default(),
            fetch: Fetch::new(pattern(seed, 6)),
            decode: Decode::default(),
            execute: Execute::default(),
            calls: Calls::default(),
            unwind: Unwind::default(),
            loader: Loader::new(),
            mul: Mul64::default(),
            div: Div64::default(),
            code: Ram1r1w::new(fill(0)),
            consts: Ram1r1w::new(fill(1)),
            stack: Ram1r1w::new(fill(2)),
            frame: Ram1r1w::new(fill(3)),
            tag: Ram1r1w::new(move |_| tags() as u32),
            call: Ram1r1w::new(wide(5, calls::RECORD_BITS)),
            scope: Ram1r1w::new(wide(7, calls::SCOPE_BITS)),
            heap_ram: Ram1r1w::new(fill(8)),
            log: Ram1r1w::new(wide(9, heap::LOG_BITS)),
            seg: Table1w::new(wide(10, segment::SEGMENT_BITS)),
            dir: Lutram2r::new(wide(11, pages::NAME_BITS)),
            size: Lutram2r::new(move |_| sizes() as u8),
            port: Port::default(),
            segment: Segment::new(),
            pages: Pages::default(),
            heap: Heap::default(),
            native: Native::default(),
            book: Bookkeeping::default(),
        }
    }

    #[inline]
    fn step(&mut self, inputs: &HostIn) {
        let (const_rv, stack_rv, log_rv) = (self.consts.rv(), self.stack.rv(), self.log.rv());
        let read = Signals { const_rv, stack_rv, log_rv, ..Signals::default() };
        self.idle_ports();
        self.port.begin();
        let p = &self.port;
        let (seq, beat, quiet) = (p.h_seq_q, p.h_beat_q, p.free & !p.h_beat_q & !inputs.rsp_valid);
        let (fill, fail) = (self.segment.g_fill_q, self.segment.g_fail_q);
        let page = if beat { self.page_beat(self.pages_written()) } else { None };
        if self.running() {
            self.run(read);
        } else {
            self.book.spent = Spent::Host;
            self.book.empty = true;
            self.load();
        }
        if fill | fail != 0 && self.fill(fill) {
            self.fetch.g_filled();
        }
        if quiet {
            self.port.quiet();
        } else {
            let kept = beat && page.is_none() && self.port.page().is_some();
            if let Some(slot) = page {
                self.page_taken(slot);
            }
            self.port.clock(inputs, seq, kept);
        }
    }

    fn outputs(&self) -> HostOut {
        self.port.outputs()
    }

    #[inline]
    fn pack(&self, words: &mut [u64]) {
        probe::pack(self, words);
    }

    #[inline]
    fn same<R: Registers>(&self, rtl: &R) -> bool {
        probe::same(self, rtl)
    }

    fn memory(&self, memory: usize, address: usize, limb: usize) -> u64 {
        match memory {
            0 => self.code.word(address),
            1 => self.consts.word(address),
            2 => self.stack.word(address),
            3 => self.frame.word(address),
            4 => self.tag.word(address).into(),
            5 => (self.call.word(address) >> (64 * limb)) as u64,
            6 => (self.scope.word(address) >> (64 * limb)) as u64,
            7 => self.heap_ram.word(address),
            8 => (self.log.word(address) >> (64 * limb)) as u64,
            9 => (self.seg.word(address) >> (64 * limb)) as u64,
            10 => (self.dir.word(address) >> (64 * limb)) as u64,
            _ => self.size.word(address).into(),
        }
    }

    #[inline]
    fn retired(&self) -> Option<Retire> {
        self.retirement()
    }

    #[inline]
    fn cause(&self) -> u8 {
        self.book.spent as u8
    }

    #[inline]
    fn empty(&self) -> bool {
        self.book.empty
    }

    #[inline]
    fn depth(&self) -> usize {
        self.calls.c_depth_q as usize
    }

    #[inline]
    fn segment(&self) -> u64 {
        self.book.segment
    }
}
