// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host for tests: answers the core's requests and records what retires.

use std::collections::VecDeque;
use std::sync::Arc;

use avm_sim::algorand::authority::Authority;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::isa::{self, Operand};
use avm_sim::algorand::natives;
use avm_sim::algorand::world::{AccessList, Effects, PageId, World};
use avm_sim::trace::{Core as _, HostIn, HostOut, Layout, Request, Retire};

/// A reproducible stream of numbers (xorshift).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }
}

/// Code bytes from mnemonics and operands.
pub fn code(program: &[(&str, i64)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, operand) in program {
        let op = isa::by_name(name).unwrap_or_else(|| panic!("no `{name}`"));
        out.push(op.code);
        let n = match op.operand {
            Operand::None => 0,
            o => usize::from(o.bytes()),
        };
        out.extend(&operand.to_le_bytes()[..n]);
    }
    out
}

/// An entry of the method table.
pub fn method(offset: usize, frame: u16, args: u16) -> Method {
    Method { offset: offset as u16, frame, args, public: true }
}

/// An image with one method at 0 that has a full frame, and some constants.
pub fn single(program: &[(&str, i64)]) -> Image {
    Image::with_methods(code(program), &[method(0, 2048, 0)], &[1, 2, 3, 4, 5, 6, 7, 0x88]).unwrap()
}

/// What a call did.
#[derive(Debug)]
pub struct Run {
    pub retires: Vec<Retire>,
    pub outcome: Outcome,
    pub fuel: i64,
    pub invocations: u64,
    pub effects: Effects,
    pub cycles: u64,
    pub spent: Vec<u64>,
}

impl Run {
    /// Cycles from the retirement before to that of record `i`.
    pub fn cost(&self, i: usize) -> u64 {
        self.retires[i].cycle - self.retires[i - 1].cycle
    }

    pub fn codes(&self) -> Vec<u8> {
        self.retires.iter().map(|r| r.exception).collect()
    }

    pub fn top(&self, i: usize) -> u64 {
        assert!(self.retires[i].n_results > 0, "record {i} has no result");
        self.retires[i].results[0][0]
    }

    /// Cycles spent on a cause.
    pub fn spent_on(&self, cause: &str) -> u64 {
        self.spent[Core::CAUSES.iter().position(|c| *c == cause).unwrap()]
    }
}

/// A call of application 1, which is all that may be used.
pub fn a_call(fuel: i64) -> Call {
    Call { app: 1, fuel, access: AccessList::new([1], []).unwrap(), ..Call::default() }
}

/// Applications 1, 2, ... with these images.
pub fn world(images: impl IntoIterator<Item = Image>) -> World {
    let apps = (1..).zip(images.into_iter().map(Arc::new)).collect();
    World { apps, ..World::default() }
}

/// A page's name.
pub fn page(app: u64, page: u64) -> PageId {
    PageId { app, page }
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let word = |c: &[u8]| {
        let mut w = [0; 8];
        w[..c.len()].copy_from_slice(c);
        u64::from_le_bytes(w)
    };
    bytes.chunks(8).map(word).collect()
}

/// Request kinds.
mod kind {
    pub const JOB: u8 = 1;
    pub const LIST: u8 = 2;
    pub const PAGE: u8 = 3;
    pub const SEGMENT: u8 = 4;
    pub const ARGS: u8 = 5;
    pub const WORD_IN: u8 = 6;
    pub const NATIVE: u8 = 7;
    pub const FUEL: u8 = 8;
    pub const TALLY: u8 = 9;
    pub const PAGE_OUT: u8 = 10;
    pub const WORD: u8 = 11;
    pub const DONE: u8 = 12;
}

/// A response on its way.
struct Response {
    tag: u8,
    beats: VecDeque<u64>,
    /// Cycles until it may begin.
    wait: u64,
}

/// The host's side of one call.
struct Host<'a> {
    world: &'a World,
    call: &'a Call,
    /// Responses; the first one may have begun.
    responses: Vec<Response>,
    begun: bool,
    /// Tag of the last ordinary request.
    tag: u8,
    native: Vec<u64>,
    authority: Authority,
    fuel: i64,
    invocations: u64,
    effects: Effects,
    /// Slot and contents of the page that is reported.
    out: (usize, Vec<u8>),
    outcome: Option<Outcome>,
}

impl Host<'_> {
    fn job(&self) -> Vec<u64> {
        let (call, limits) = (self.call, &self.call.limits);
        let (depth, log) = (limits.call_depth.min(512) as u64, limits.log.min(2048) as u64);
        let sizes = call.args.len() as u64 | depth << 16 | log << 32;
        let pages = call.access.pages().len() as u64;
        vec![call.app, call.fuel as u64, call.method, sizes, u64::from(limits.invocations) | pages << 32]
    }

    fn list(&self) -> Vec<u64> {
        let access = &self.call.access;
        access.pages().iter().flat_map(|p| [access.app_index(p.app).unwrap() as u64, p.page]).collect()
    }

    fn page(&self, slot: usize) -> Vec<u64> {
        let contents = self.world.pages.get(&self.call.access.pages()[slot]).map_or(vec![], |c| words(c));
        [vec![contents.len() as u64], contents].concat()
    }

    fn segment(&self, app: u64) -> Vec<u64> {
        let Some(ai) = self.call.access.app_index(app) else { return vec![1] };
        let Some(image) = self.world.apps.get(&app) else { return vec![2] };
        let (code, constants) = (image.code(), image.constants());
        let header = (ai as u64) << 4 | (code.len() as u64) << 16 | (constants.len() as u64) << 32;
        [vec![header], words(code), words(constants)].concat()
    }

    fn native(&mut self, app: u64, number: u64, bytes: usize) -> Vec<u64> {
        assert_eq!(self.native.len(), bytes.div_ceil(8));
        let sent: Vec<u8> = std::mem::take(&mut self.native).iter().flat_map(|w| w.to_le_bytes()).collect();
        assert!(sent[bytes..].iter().all(|b| *b == 0), "bytes beyond the arguments are 0");
        let cells = natives::apply(number as usize, &sent[..bytes], app, &mut self.authority);
        let mut cells = cells.expect("the core has checked it");
        cells.reverse();
        cells
    }

    fn tally(&mut self, pages: u64, log_high: u64) {
        let touched = self.call.access.pages().iter().enumerate().filter(|(i, _)| pages >> i & 1 != 0);
        self.effects.touched = touched.map(|(_, p)| *p).collect();
        self.effects.log_high = log_high as u32;
    }

    /// A page has been reported whole.
    fn page_done(&mut self) {
        let (slot, contents) = std::mem::take(&mut self.out);
        let id = self.call.access.pages()[slot];
        let contents = (!contents.is_empty()).then_some(contents);
        if self.world.pages.get(&id) != contents.as_ref() {
            self.effects.written.insert(id, contents);
        }
    }

    fn word(&mut self, word: u64, address: u64) {
        let at = address as usize % 128 * 8;
        assert_eq!(address as usize / 128, self.out.0);
        self.out.1[at..at + 8].copy_from_slice(&word.to_le_bytes());
        if at + 8 == self.out.1.len() {
            self.page_done();
        }
    }

    fn accept(&mut self, request: &Request, wait: u64) {
        let (a, b) = (request.a, request.b);
        let beats = match request.kind {
            kind::JOB => self.job(),
            kind::LIST => self.list(),
            kind::PAGE => self.page(a as usize),
            kind::SEGMENT => self.segment(a),
            kind::ARGS => words(&self.call.args),
            kind::NATIVE => self.native(a, b >> 16, b as usize & 0xffff),
            _ => vec![],
        };
        match request.kind {
            kind::WORD_IN => {
                assert_eq!(b as usize, self.native.len());
                self.native.push(a);
            }
            kind::FUEL => (self.fuel, self.invocations) = (a as i64, b),
            kind::TALLY => self.tally(a, b),
            kind::PAGE_OUT => {
                self.out = (a as usize, vec![0; 8 * b as usize]);
                if b == 0 {
                    self.page_done();
                }
            }
            kind::WORD => self.word(a, b),
            kind::DONE => self.outcome = Some(Outcome::from_number(a as u8, b).expect("an outcome number")),
            _ => {}
        }
        if !beats.is_empty() {
            self.responses.push(Response { tag: request.tag, beats: beats.into(), wait });
        }
    }

    /// The next beat; with `rng` of a response in any order, after its latency, with gaps and with beats that
    /// answer nothing.
    fn beat(&mut self, ready: bool, rng: &mut Option<Rng>) -> HostIn {
        self.responses.iter_mut().for_each(|r| r.wait = r.wait.saturating_sub(1));
        if let Some(rng) = rng {
            if rng.one_in(3) {
                let tag = 32 | (self.tag ^ (1 + rng.below(31)) as u8) & 31;
                return HostIn {
                    rsp_valid: rng.one_in(2),
                    rsp_tag: tag,
                    rsp_data: rng.next(),
                    rsp_last: true,
                    ..HostIn::default()
                };
            }
            let n = self.responses.len();
            if !self.begun && n > 1 {
                self.responses.swap(0, rng.below(n as u64) as usize);
            }
        }
        let Some(r) = self.responses.first_mut().filter(|r| self.begun || r.wait == 0) else {
            return HostIn::default();
        };
        let inputs = HostIn {
            rsp_valid: true,
            rsp_tag: r.tag,
            rsp_data: r.beats[0],
            rsp_last: r.beats.len() == 1,
            ..HostIn::default()
        };
        if ready {
            self.begun = r.beats.len() > 1;
            r.beats.pop_front();
            if !self.begun {
                self.responses.remove(0);
            }
        }
        inputs
    }

    fn drive(&mut self, out: &HostOut, rng: &mut Option<Rng>, latency: u64) -> HostIn {
        if let Some(request) = out.request.filter(|r| r.kind != kind::PAGE) {
            self.tag = request.tag;
        }
        let mut inputs = self.beat(out.rsp_ready, rng);
        inputs.req_ready = rng.as_mut().is_none_or(|rng| rng.one_in(2));
        if let Some(request) = out.request.filter(|_| inputs.req_ready) {
            let wait = rng.as_mut().map_or(0, |rng| rng.below(latency));
            self.accept(&request, wait);
        }
        inputs
    }
}

/// Two cores whose memories started with different contents, in lockstep: no register may ever
/// differ.
pub struct Bench {
    core: Core,
    twin: Core,
    layout: Layout,
    packed: [Vec<u64>; 2],
    rng: Option<Rng>,
    latency: u64,
}

impl Bench {
    /// Out of reset; the host answers at once.
    pub fn new() -> Bench {
        let layout = Layout::new(Core::FIELDS);
        let packed = [vec![0; layout.words()], vec![0; layout.words()]];
        Bench { core: Core::new(1), twin: Core::new(2), layout, packed, rng: None, latency: 1 }
    }

    /// The host waits at random, answers in any order and sends beats that answer nothing.
    pub fn with_noise(seed: u64) -> Bench {
        Bench { rng: Some(Rng(seed)), latency: 30, ..Bench::new() }
    }

    /// The host may wait this long before it answers.
    pub fn with_latency(seed: u64, latency: u64) -> Bench {
        Bench { latency, ..Bench::with_noise(seed) }
    }

    fn step(&mut self, inputs: &HostIn) {
        self.core.step(inputs);
        self.twin.step(inputs);
        self.core.pack(&mut self.packed[0]);
        self.twin.pack(&mut self.packed[1]);
        if self.packed[0] != self.packed[1] {
            let at = self.layout.differing(&self.packed[0], &self.packed[1]);
            let names: Vec<_> = at.iter().map(|i| self.layout.field(*i).name).collect();
            panic!("depends on memory never written: {names:?}");
        }
    }

    /// A register after the last clock.
    pub fn register(&self, name: &str) -> u64 {
        self.layout.value(&self.packed[0], self.layout.find(name).expect("a probe field"))
    }

    /// One call of application 1, installed as `image`.
    pub fn call(&mut self, image: &Image, call: &Call) -> Run {
        self.call_in(&world([image.clone()]), call)
    }

    /// One call, from the request for a job to the report of its outcome.
    pub fn call_in(&mut self, world: &World, call: &Call) -> Run {
        self.watch(world, call, |_| {})
    }

    /// One call; `look` sees the bench after every clock in state run.
    pub fn watch(&mut self, world: &World, call: &Call, mut look: impl FnMut(&Bench)) -> Run {
        let mut host = Host {
            world,
            call,
            responses: vec![],
            begun: false,
            tag: self.register("h_seq_q") as u8,
            native: vec![],
            authority: call.authority.clone(),
            fuel: 0,
            invocations: 0,
            effects: Effects::default(),
            out: (0, vec![]),
            outcome: None,
        };
        let mut retires: Vec<Retire> = Vec::new();
        let mut spent = vec![0; Core::CAUSES.len()];
        let mut cycles = 0;
        for _ in 0..20_000_000 {
            let inputs = host.drive(&self.core.outputs(), &mut self.rng, self.latency);
            let running = self.core.running();
            self.step(&inputs);
            cycles += u64::from(running);
            if running {
                spent[self.core.cause() as usize] += 1;
                look(self);
            } else {
                assert_eq!(Core::CAUSES[self.core.cause() as usize], "host");
            }
            if let Some(r) = self.core.retired() {
                assert_eq!((r.order, r.cycle), (retires.len() as u64, cycles));
                retires.push(r);
            }
            if let Some(outcome) = host.outcome {
                assert_eq!(self.core.cycles(), cycles);
                assert!(host.responses.is_empty());
                let Host { fuel, invocations, effects, .. } = host;
                return Run { retires, outcome, fuel, invocations, effects, cycles, spent };
            }
        }
        let state = ["l_state_q", "x_valid_q", "x_op_q", "x_step_q", "u_state_q", "g_fill_q", "p_left_q", "n_state_q"];
        panic!("the core hangs: {:?}", state.map(|name| (name, self.register(name))));
    }
}

/// One call with plenty of fuel, on a core out of reset.
pub fn run(image: &Image) -> Run {
    Bench::new().call(image, &a_call(1_000_000))
}
