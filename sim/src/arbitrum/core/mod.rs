// SPDX-License-Identifier: MIT OR Apache-2.0
//! The core model: the microarchitecture of the Arbitrum core, one clock at a time.
//!
//! The contract is `docs/arbitrum/core.md`; names and timing of all registers come from there. Each register is
//! written in one file, its room (`sim/src/room.rs`); others read it, and call the room by the name of a net.
//!
//! [`Core::step`](crate::trace::Core::step) evaluates rooms in an order in which nobody reads a register that has
//! its next value already: first what X waits for (arithmetic, hashes), then X and W, then what X talks to. What
//! somebody must know of before that travels in [`Nets`].
//!
//! Not hardware: `Bookkeeping`, which numbers retirements and says what cycles are spent on.

mod arith;
mod aux;
mod cell;
mod code;
mod counts;
mod execute;
mod front;
mod gas;
mod hash;
mod heap;
mod loader;
mod port;
pub mod probe;
mod retire;
pub mod signals;
mod stack;
mod state;

use crate::arbitrum::numbers::{self, AUX_CELLS, CODE_WORDS, DATA_CELLS, HEAP_CELLS, POOL_CELLS, WINDOW, ZBUF_WORDS};
use crate::trace::probe::Bits;
use crate::trace::{self, Field, HostIn, HostOut, Memory, Registers, Retire};
use crate::units::div256::Div256;
use crate::units::keccak::Keccak;
use crate::units::lutram_2r::Lutram2r;
use crate::units::mul256::Mul256;
use crate::units::ram_1r1w::Ram1r1w;
use crate::units::sha256::Sha256;
use crate::units::wide::U256;
use arith::Arith;
use aux::Aux;
use cell::{CELL_BITS, CODE_BITS, COUNT_BITS, Cell, LINK_BITS};
use code::Code;
use counts::{Counts, Events};
use execute::Execute;
use front::Front;
use gas::{Charge, Gas};
use hash::Hash;
use heap::Heap;
use loader::Loader;
use port::Port;
use retire::RetirePort;
use stack::Stack;
use state::State;

/// What a cycle was spent on; the discriminants index [`CAUSES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
enum Spent {
    Retire = 0,
    Branch = 1,
    Window = 2,
    Aux = 3,
    Count = 4,
    Gas = 5,
    Shift = 6,
    Arith = 7,
    Tuple = 8,
    Release = 9,
    Hash = 10,
    Keccak = 11,
    Host = 12,
    Error = 13,
    Immediate = 14,
    #[default]
    Load = 15,
}

const CAUSES: &[&str] = &[
    "retire",
    "branch",
    "window",
    "aux",
    "count",
    "gas",
    "shift",
    "arith",
    "tuple",
    "release",
    "hash",
    "keccak",
    "host",
    "error",
    "immediate",
    "load",
];

/// Nets between the rooms, valid within one cycle.
#[derive(Clone, Copy, Debug, Default)]
struct Nets {
    /// Keccak-f was at work when the cycle began.
    keccak_busy: bool,
    /// The hash that was asked for is there.
    z_done: bool,
    /// The result of arithmetic is there.
    e_done: bool,
    /// X takes what I holds.
    takes: bool,
    /// The front is redirected.
    redirect: Option<u16>,
    /// The call ends: the front is emptied.
    stop: bool,
    /// The aux stack was pushed or popped.
    aux_moves: bool,
    /// What happens to the gas.
    charge: Charge,
    /// References that come and go.
    events: Events,
    /// A reference more, in the cycle itself.
    feed: Option<u16>,
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
}

/// The core: all registers and memories.
#[derive(Clone, Debug)]
pub struct Core {
    front: Front,
    execute: Execute,
    stack: Stack,
    aux: Aux,
    gas: Gas,
    arith: Arith,
    counts: Counts,
    heap: Heap,
    hash: Hash,
    code: Code,
    retire: RetirePort,
    state: State,
    port: Port,
    loader: Loader,
    mul: Mul256,
    div: Div256,
    sha: Sha256,
    keccak: Keccak,
    code_ram: Ram1r1w<u64, CODE_WORDS>,
    chash: Ram1r1w<U256, CODE_WORDS>,
    pool: Ram1r1w<Cell, POOL_CELLS>,
    win: Lutram2r<Cell, WINDOW>,
    data: Ram1r1w<Cell, DATA_CELLS>,
    aux_ram: Ram1r1w<Cell, AUX_CELLS>,
    cells: Ram1r1w<Cell, HEAP_CELLS>,
    count_ram: Ram1r1w<u32, HEAP_CELLS>,
    link: Ram1r1w<u32, HEAP_CELLS>,
    thash: Ram1r1w<U256, HEAP_CELLS>,
    tsize: Ram1r1w<U256, HEAP_CELLS>,
    zbuf: Lutram2r<U256, ZBUF_WORDS>,
    book: Bookkeeping,
}

impl Core {
    /// Whether the loader is in state run.
    #[inline(always)]
    fn in_run(&self) -> bool {
        self.loader.l_state_q == numbers::loader::RUN
    }

    /// Whether the last cycle was one of a call's: the loader is in state run, or the last instruction retires.
    #[inline(always)]
    pub fn running(&self) -> bool {
        self.in_run() || self.retire.w_v_q
    }

    /// Cycles that the current or last call has spent in state run.
    pub fn cycles(&self) -> u64 {
        self.book.cycles
    }

    /// Nothing is read or written in this cycle unless a room says so below.
    #[inline(always)]
    fn idle_ports(&mut self) {
        self.code_ram.idle();
        self.chash.idle();
        self.pool.idle();
        self.win.idle();
        self.data.idle();
        self.aux_ram.idle();
        self.cells.idle();
        self.count_ram.idle();
        self.link.idle();
        self.thash.idle();
        self.tsize.idle();
        self.zbuf.idle();
    }

    /// What X may wait for goes on: Keccak-f, the hash engine, arithmetic.
    #[inline(always)]
    fn engines(&mut self, n: &mut Nets) {
        n.keccak_busy = self.keccak.q_busy_q;
        if n.keccak_busy {
            self.keccak.clock();
        }
        if self.hash.z_state_q != numbers::hash::IDLE {
            n.z_done = self.hash.z_state_q == numbers::hash::DONE;
            self.hash_engine(n);
        }
        if self.arith_busy() {
            n.e_done = self.arith();
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
        Memory { name: "code", width: CODE_BITS, depth: CODE_WORDS },
        Memory { name: "chash", width: 256, depth: CODE_WORDS },
        Memory { name: "pool", width: CELL_BITS, depth: POOL_CELLS },
        Memory { name: "win", width: CELL_BITS, depth: WINDOW },
        Memory { name: "data", width: CELL_BITS, depth: DATA_CELLS },
        Memory { name: "aux", width: CELL_BITS, depth: AUX_CELLS },
        Memory { name: "cells", width: CELL_BITS, depth: HEAP_CELLS },
        Memory { name: "count", width: COUNT_BITS, depth: HEAP_CELLS },
        Memory { name: "link", width: LINK_BITS, depth: HEAP_CELLS },
        Memory { name: "thash", width: 256, depth: HEAP_CELLS },
        Memory { name: "tsize", width: 256, depth: HEAP_CELLS },
        Memory { name: "zbuf", width: 256, depth: ZBUF_WORDS },
    ];

    fn new(seed: u64) -> Core {
        let narrow = |memory, bits: u16| {
            let mut next = pattern(seed, memory);
            move |_| next() >> (64 - bits)
        };
        let short = |memory, bits: u16| {
            let mut next = pattern(seed, memory);
            move |_| (next() >> (64 - bits)) as u32
        };
        let wide = |memory| {
            let mut next = pattern(seed, memory);
            move |_| [(); 4].map(|()| next())
        };
        let cell = |memory| {
            let mut next = pattern(seed, memory);
            move |_| Cell { payload: [(); 4].map(|()| next()), tag: next() as u8 & 3 }
        };
        Core {
            front: Front::default(),
            execute: Execute::default(),
            stack: Stack::default(),
            aux: Aux::default(),
            gas: Gas::default(),
            arith: Arith::default(),
            counts: Counts::default(),
            heap: Heap::default(),
            hash: Hash::default(),
            code: Code::default(),
            retire: RetirePort::default(),
            state: State::default(),
            port: Port::default(),
            loader: Loader::default(),
            mul: Mul256::default(),
            div: Div256::default(),
            sha: Sha256::default(),
            keccak: Keccak::default(),
            code_ram: Ram1r1w::new(narrow(0, CODE_BITS)),
            chash: Ram1r1w::new(wide(1)),
            pool: Ram1r1w::new(cell(2)),
            win: Lutram2r::new(cell(3)),
            data: Ram1r1w::new(cell(4)),
            aux_ram: Ram1r1w::new(cell(5)),
            cells: Ram1r1w::new(cell(6)),
            count_ram: Ram1r1w::new(short(7, COUNT_BITS)),
            link: Ram1r1w::new(short(8, LINK_BITS)),
            thash: Ram1r1w::new(wide(9)),
            tsize: Ram1r1w::new(wide(10)),
            zbuf: Lutram2r::new(wide(11)),
            book: Bookkeeping::default(),
        }
    }

    #[inline]
    fn step(&mut self, inputs: &HostIn) {
        self.idle_ports();
        self.port.begin();
        let (seq, begins, running) = (self.port.h_seq_q, self.begins(), self.in_run());
        let mut n = Nets::default();
        self.engines(&mut n);
        let dies = self.count_back();
        // The cycle in which W refuses an instruction belongs to that one.
        self.book.empty = !self.execute.x_v_q && !self.retire.w_bad_q;
        if running {
            self.book.cycles += 1;
            self.execute(&mut n);
        } else {
            self.book.spent = Spent::Load;
            self.retire.idle();
        }
        let counted = self.count(&n, dies);
        self.release(begins, counted);
        self.aux_fetch(&n);
        self.gas.clock(n.charge);
        if !running {
            self.load(&mut n);
        }
        self.front(&n);
        self.port.clock(inputs, seq);
        self.book.retired += u64::from(self.retire.retires());
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
            0 => self.code_ram.word(address),
            1 => self.chash.word(address)[limb],
            2 => self.pool.word(address).limb(limb),
            3 => self.win.word(address).limb(limb),
            4 => self.data.word(address).limb(limb),
            5 => self.aux_ram.word(address).limb(limb),
            6 => self.cells.word(address).limb(limb),
            7 => self.count_ram.word(address).into(),
            8 => self.link.word(address).into(),
            9 => self.thash.word(address)[limb],
            10 => self.tsize.word(address)[limb],
            _ => self.zbuf.word(address)[limb],
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
}
