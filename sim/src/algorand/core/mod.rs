//! The core model: the microarchitecture of the Algorand core, one clock at a time.
//!
//! The contract is `docs/algorand/core.md`; names and timing of all registers come from there. A
//! stage is a struct of registers (`f_`, `d_`, `x_`, ...). [`Core::step`](crate::trace::Core::step)
//! evaluates the stages from the oldest instruction to the youngest; what one tells the younger
//! ones in the same cycle travels in [`Signals`], so that a register is never read there after it
//! got its next value (each place where that order matters says so).
//!
//! Not hardware: `Bookkeeping`, which numbers retirements and says what cycles are spent on.

mod alu;
mod arith;
mod calls;
mod decode;
mod execute;
mod fetch;
mod frame;
mod loader;
pub mod probe;
mod retire;
mod unwind;

use crate::trace::{self, Field, HostIn, HostOut, Memory, Request, Retire};
use crate::units::div64::Div64;
use crate::units::mul64::Mul64;
use crate::units::ram_1r1w::Ram1r1w;
use calls::Calls;
use decode::Decode;
use execute::Execute;
use fetch::Fetch;
use loader::Loader;
use retire::RetirePort;
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
    /// X keeps its instruction, or unwind refuses that of D: D is not ready.
    busy: bool,
    /// D is empty or ready: F may fire.
    room: bool,
    /// X holds an Invoke or a Return in step 0: `c_ret_q` and `c_depth_q` are about to change.
    moving: bool,
    /// `u_state_q` was not none when the cycle began.
    unwinding: bool,
    /// The last edge read the constant RAM.
    const_rv: bool,
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
    /// Why D is empty.
    d_bubble: Spent,
    /// Why X is empty.
    x_bubble: Spent,
    /// Why the K registers redirect F.
    k_why: Spent,
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
    book: Bookkeeping,
}

impl Core {
    /// Whether the loader is in state run: the cycles of a call are the clocks that start so.
    #[inline(always)]
    pub fn running(&self) -> bool {
        self.loader.l_state_q == loader::RUN
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
        self.fetch.b_wv_q = false;
        self.retire.r_valid_q = false;
    }

    /// A clock in state run: X, or unwind while X is empty; then D; then F.
    #[inline(always)]
    fn run(&mut self, const_rv: bool) {
        self.book.cycles += 1;
        let mut s = Signals { const_rv, ..Signals::default() };
        if self.execute.x_valid_q {
            self.execute(&mut s);
        } else if self.unwind.u_state_q != unwind::NONE {
            self.book.spent = Spent::Unwind;
            s.unwinding = true;
            self.unwind(&mut s);
        } else if self.unwind.o_valid_q {
            self.loader_run();
            self.fetch.stop();
            return;
        } else {
            self.book.spent = self.book.x_bubble;
        }
        self.decode(&mut s);
        self.fetch(&s);
        if s.kill {
            self.kill(&s);
        }
    }

    /// What X or unwind did to the younger stages: D is empty, F is redirected in the next cycle.
    #[inline(always)]
    fn kill(&mut self, s: &Signals) {
        self.decode.d_valid_q = false;
        self.fetch.k_valid_q = s.steer;
        if s.steer {
            self.fetch.k_pc_q = s.steered;
        }
        self.book.x_bubble = s.why;
        self.book.d_bubble = s.why;
        self.book.k_why = s.why;
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
    const FIELDS: &'static [Field] = probe::FIELDS;
    const CAUSES: &'static [&'static str] = CAUSES;
    const MEMORIES: &'static [Memory] = &[
        Memory { name: "code", width: 64, depth: 8192 },
        Memory { name: "const", width: 64, depth: 8192 },
        Memory { name: "stack", width: 64, depth: 4096 },
        Memory { name: "frame", width: 64, depth: 4096 },
        Memory { name: "tag", width: 32, depth: 4096 },
        Memory { name: "call", width: calls::RECORD_BITS, depth: 512 },
    ];

    fn new(seed: u64) -> Core {
        let fill = |memory| {
            let mut next = pattern(seed, memory);
            move |_| next()
        };
        let mut tags = pattern(seed, 4);
        let mut calls = pattern(seed, 5);
        let record = (1u128 << calls::RECORD_BITS) - 1;
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
            call: Ram1r1w::new(move |_| (u128::from(calls()) << 64 | u128::from(calls())) & record),
            book: Bookkeeping::default(),
        }
    }

    #[inline]
    fn step(&mut self, inputs: &HostIn) {
        let const_rv = self.consts.rv();
        self.idle_ports();
        if self.running() {
            self.run(const_rv);
        } else {
            self.book.spent = Spent::Host;
            self.load(inputs);
        }
    }

    fn outputs(&self) -> HostOut {
        let l = &self.loader;
        let request = Request { kind: l.h_req_kind_q, tag: l.h_req_tag_q, a: l.h_req_a_q, b: l.h_req_b_q };
        HostOut { request: l.h_req_valid_q.then_some(request), rsp_ready: l.h_rsp_ready_q, stream: None }
    }

    #[inline]
    fn pack(&self, words: &mut [u64]) {
        probe::pack(self, words);
    }

    fn memory(&self, memory: usize, address: usize, limb: usize) -> u64 {
        match memory {
            0 => self.code.word(address),
            1 => self.consts.word(address),
            2 => self.stack.word(address),
            3 => self.frame.word(address),
            4 => self.tag.word(address).into(),
            _ => (self.call.word(address) >> (64 * limb)) as u64,
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
}
