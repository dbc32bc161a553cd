// SPDX-License-Identifier: MIT OR Apache-2.0
//! The toy machine's model, host and interpreter: proof that the shared parts know no machine.

use avm_cosim::lockstep::account::{Account, Spent};
use avm_cosim::lockstep::view::{Held, Late};
use avm_cosim::lockstep::{CallEnd, Session};
use avm_cosim::rng::Rng;
use avm_cosim::rtl::design::Design;
use avm_sim::trace::{Core, Field, HostIn, HostOut, Layout, Memory, Registers, Request, Retire, Stream};

const fn field(name: &'static str, width: u16, valid: Option<&'static str>) -> Field {
    Field { name, width, valid }
}

avm_cosim::design! {
    /// The core, verilated: `toy_core.sv`.
    TOY: avm_toy_new avm_toy_free avm_toy_assertions avm_toy_step avm_toy_probe avm_toy_root
        avm_toy_offsets avm_toy_memory avm_toy_save avm_toy_restore avm_toy_trace_open avm_toy_trace_close
}

/// 256-bit numbers, little-endian limbs.
type Cell = [u64; 4];
/// What the stream carries: the accumulator, the word that was added, how many there were.
pub type Beat = [u64; 6];

fn rotate_add(acc: &Cell, word: u64) -> Cell {
    let mut out = [acc[3], acc[0], acc[1], acc[2]];
    let mut carry = word;
    for limb in &mut out {
        let (sum, over) = limb.overflowing_add(carry);
        (*limb, carry) = (sum, over.into());
    }
    out
}

#[derive(Clone, Default)]
pub struct Toy {
    state: u8,
    input: u64,
    acc: Cell,
    n: u8,
    req: bool,
    rsp: bool,
    stream: bool,
    retire: bool,
    write: Option<(usize, Cell)>,
    cells: [Cell; 16],
    /// Words added in this call: for records, no register.
    done: u64,
    /// The last word turns the top bit of the accumulator, as fault 3 of the RTL does.
    pub turns: bool,
    /// The last word of the stream's beats is one too many.
    pub miscounts: bool,
    /// Says of the fifth word's cycle that nothing retired in it.
    pub miscounts_cycles: bool,
    /// Its memory is not what its write port said.
    pub forgets: bool,
}

impl Core for Toy {
    type Beat = Beat;
    const FIELDS: &'static [Field] = &[
        field("t_acc_q", 256, None),
        field("t_in_q", 64, None),
        field("t_state_q", 3, None),
        field("t_n_q", 8, None),
        field("req_q", 1, None),
        field("rsp_q", 1, None),
        field("stream_q", 1, None),
        field("retire_q", 1, None),
        field("cells_wv_q", 1, None),
        field("cells_wa_q", 4, Some("cells_wv_q")),
        field("cells_wd_q", 256, Some("cells_wv_q")),
    ];
    const MEMORIES: &'static [Memory] = &[Memory { name: "cells", width: 256, depth: 16 }];
    const CAUSES: &'static [&'static str] = &["retire", "other"];

    fn new(seed: u64) -> Toy {
        Toy { cells: [[seed; 4]; 16], ..Toy::default() }
    }

    fn step(&mut self, i: &HostIn) {
        (self.retire, self.write) = (false, None);
        match self.state {
            0 => (self.req, self.state) = (true, 1),
            1 if i.req_ready => (self.req, self.rsp, self.state) = (false, true, 2),
            2 if i.rsp_valid && i.rsp_tag == 0 && i.rsp_last => {
                (self.input, self.rsp, self.state) = (i.rsp_data, false, 3)
            }
            3 => {
                self.acc = rotate_add(&self.acc, self.input);
                self.acc[3] ^= u64::from(self.turns && self.input == 0) << 63;
                self.cells[usize::from(self.n % 16)] = self.acc;
                self.write = Some((usize::from(self.n % 16), self.acc));
                self.n = self.n.wrapping_add(1);
                self.done += 1;
                (self.stream, self.retire, self.state) = (true, true, 4);
            }
            4 if i.stream_ready => {
                self.stream = false;
                self.req = self.input == 0;
                self.state = if self.req { 5 } else { 0 };
            }
            // Another call may follow: it finds an empty accumulator.
            5 if i.req_ready => {
                (self.req, self.state) = (false, 0);
                (self.acc, self.n, self.done) = ([0; 4], 0, 0);
            }
            _ => {}
        }
    }

    fn outputs(&self) -> HostOut<Beat> {
        let (kind, a) = if self.state == 5 { (2, self.acc[0]) } else { (1, 0) };
        HostOut {
            request: self.req.then_some(Request { kind, tag: 0, a, b: 0 }),
            rsp_ready: self.rsp,
            stream: self.stream.then_some(Stream {
                kind: 0,
                data: [
                    self.acc[0],
                    self.acc[1],
                    self.acc[2],
                    self.acc[3],
                    self.input,
                    u64::from(self.n) + u64::from(self.miscounts),
                ],
            }),
        }
    }

    fn pack(&self, words: &mut [u64]) {
        let (wa, wd) = self.write.unwrap_or_default();
        words[..4].copy_from_slice(&self.acc);
        words[4] = self.input;
        let bits = [self.req, self.rsp, self.stream, self.retire, self.write.is_some()];
        let bits = bits.iter().enumerate().fold(0, |b, (i, v)| b | u64::from(*v) << (11 + i));
        words[5] = u64::from(self.state) | u64::from(self.n) << 3 | bits | (wa as u64) << 16;
        words[6..10].copy_from_slice(&wd);
    }

    fn memory(&self, _: usize, address: usize, limb: usize) -> u64 {
        self.cells[address][limb] ^ u64::from(self.forgets)
    }

    fn retired(&self) -> Option<Retire> {
        let record = Retire {
            order: self.done.saturating_sub(1),
            opcode: self.input as u8 as u16,
            n_results: 1,
            results: [self.acc, [0; 4], [0; 4]],
            ..Retire::default()
        };
        self.retire.then_some(record)
    }

    fn cause(&self) -> u8 {
        u8::from(!self.retire || self.miscounts_cycles && self.done == 5)
    }
}

/// The outputs as the RTL's registers show them.
pub fn outputs(layout: &Layout, words: &[u64]) -> HostOut<Beat> {
    let limb = |name: &str, limb| layout.find(name).map_or(0, |i| layout.limb(words, i, limb));
    let acc = [0, 1, 2, 3].map(|i| limb("t_acc_q", i));
    let (kind, a) = if limb("t_state_q", 0) == 5 { (2, acc[0]) } else { (1, 0) };
    let data = [acc[0], acc[1], acc[2], acc[3], limb("t_in_q", 0), limb("t_n_q", 0)];
    HostOut {
        request: (limb("req_q", 0) != 0).then_some(Request { kind, tag: 0, a, b: 0 }),
        rsp_ready: limb("rsp_q", 0) != 0,
        stream: (limb("stream_q", 0) != 0).then_some(Stream { kind: 0, data }),
    }
}

/// All cycles are of calls, and one in which nothing retires has no better reason.
#[derive(Clone, Default)]
pub struct ToyAccount;

impl Account for ToyAccount {
    fn clock<R: Registers>(&mut self, rtl: &R) -> Option<Spent> {
        const RETIRE: usize = 7;
        Some(Spent { cause: u8::from(rtl.limb(RETIRE, 0) & 1 == 0), empty: false })
    }
}

/// Host and interpreter: feeds words, checks the stream.
#[derive(Clone)]
pub struct ToySession {
    words: Vec<u64>,
    next: usize,
    checked: usize,
    answering: bool,
    reference: Cell,
    over: Option<CallEnd>,
    done: bool,
    rng: Rng,
    /// Beats seen on the stream.
    pub beats: u64,
    last_ready: bool,
    /// A beat that is not what the interpreter says.
    wrong: Option<String>,
    /// What the scenario expects.
    ends: Option<u64>,
}

impl ToySession {
    pub fn new(seed: u64) -> ToySession {
        let mut rng = Rng::new(seed);
        let words: Vec<u64> = (0..40).map(|_| rng.bits() | 2).collect();
        ToySession::of(&words, seed, None)
    }

    /// A host that feeds these words and a 0, with delays drawn from a seed.
    pub fn of(words: &[u64], seed: u64, ends: Option<u64>) -> ToySession {
        let (words, rng) = (words.iter().copied().chain([0]).collect(), Rng::new(seed));
        ToySession {
            words,
            next: 0,
            checked: 0,
            answering: false,
            reference: [0; 4],
            over: None,
            done: false,
            rng,
            beats: 0,
            last_ready: false,
            wrong: None,
            ends,
        }
    }
}

impl ToySession {
    /// A call that ended with this low limb.
    pub fn end(low: u64, ends: Option<u64>) -> CallEnd {
        let missed = ends.filter(|e| *e != low).map(|e| format!("ends: expected {e:#x}, got {low:#x}"));
        CallEnd { outcome: format!("{low:#x}"), missed: missed.into_iter().collect(), ..CallEnd::default() }
    }

    /// Words that the interpreter has added.
    pub fn added(&self) -> usize {
        self.checked
    }

    /// What is wrong about a call that ends with this low limb.
    fn disagreement(&mut self, low: u64) -> Option<String> {
        let (words, beats, said) = (self.words.len(), self.beats, self.reference[0]);
        let beats = (beats != words as u64).then(|| format!("{beats} beats for {words} words"));
        let end = (self.checked == words && low != said).then(|| format!("ends with {low:#x}, not {said:#x}"));
        self.wrong.take().or(beats).or(end)
    }

    /// Compares a beat, all of its words, with what the interpreter has just retired.
    fn listen(&mut self, beat: &Beat) {
        // Not every run has the interpreter beside it, and it may be ahead.
        if self.beats != self.checked as u64 {
            return;
        }
        let last = self.checked - 1;
        let [a, b, c, d] = self.reference;
        let said = [a, b, c, d, self.words[last], self.checked as u64];
        if *beat != said && self.wrong.is_none() {
            self.wrong = Some(format!("beat {}: {beat:x?}, not {said:x?}", self.beats));
        }
    }
}

impl Session for ToySession {
    type Core = Toy;
    type Account = ToyAccount;
    const DESIGN: &'static Design = &TOY;
    const OUTCOME_FIELDS: &'static [&'static str] = &[];
    const STAGES: &'static [&'static str] = &["W", "X"];

    fn drive(&mut self, out: &HostOut<Beat>) -> HostIn {
        let mut i = HostIn { stream_ready: self.rng.one_in(3), ..HostIn::default() };
        if let Some(beat) = out.stream.filter(|_| i.stream_ready) {
            self.beats += 1;
            self.listen(&beat.data);
        }
        self.last_ready = i.stream_ready;
        match out.request {
            Some(r) if r.kind == 2 => {
                i.req_ready = true;
                self.done = true;
                let disagreement = self.disagreement(r.a);
                self.over = Some(CallEnd { disagreement, ..ToySession::end(r.a, self.ends) });
            }
            // After its words a core that begins another call waits for the next session.
            Some(_) => {
                i.req_ready = !self.done && self.next < self.words.len();
                self.answering |= i.req_ready;
            }
            None if out.rsp_ready && self.answering && self.rng.one_in(2) => {
                (i.rsp_valid, i.rsp_last, i.rsp_data) = (true, true, self.words[self.next]);
                (self.next, self.answering) = (self.next + 1, false);
            }
            None => {}
        }
        i
    }

    fn reference(&mut self) -> Option<Retire> {
        let word = *self.words.get(self.checked)?;
        self.reference = rotate_add(&self.reference, word);
        self.checked += 1;
        Some(Retire {
            order: self.checked as u64 - 1,
            opcode: word as u8 as u16,
            n_results: 1,
            results: [self.reference, [0; 4], [0; 4]],
            ..Retire::default()
        })
    }

    fn ended(&mut self) -> Option<CallEnd> {
        self.over.take()
    }

    fn finished(&self) -> bool {
        self.done && self.over.is_none()
    }

    fn call_name(&self, _: usize) -> String {
        "words".into()
    }

    fn running(_: &Toy) -> bool {
        true
    }

    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
        let value = |name: &str| layout.find(name).map_or(0, |i| layout.value(words, i));
        let acc = layout.find("t_acc_q").map_or([0; 4], |i| [0, 1, 2, 3].map(|limb| layout.limb(words, i, limb)));
        let record = Retire {
            opcode: value("t_in_q") as u8 as u16,
            n_results: 1,
            results: [acc, [0; 4], [0; 4]],
            ..Retire::default()
        };
        (value("retire_q") != 0).then_some(record)
    }

    fn instruction(&self, retire: &Retire) -> String {
        format!("word {}", retire.pc)
    }

    fn place(&self, _: &Retire) -> String {
        String::new()
    }

    fn mnemonic(_: &Layout, _: &[u64]) -> &'static str {
        "word"
    }

    fn pipeline(layout: &Layout, words: &[u64], held: &mut [Option<Held>]) -> Late {
        let state = layout.find("t_state_q").map_or(0, |i| layout.value(words, i));
        held[0] = matches!(state, 1 | 2).then(Held::default);
        held[1] = (state == 3).then(Held::default);
        Late::Over
    }

    fn exception(_: u8) -> &'static str {
        ""
    }
}
