//! A host for tests: answers the core's requests and records what retires.

use std::collections::VecDeque;

use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::image::{Image, Method};
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::isa::{self, Operand};
use avm_sim::trace::{Core as _, HostIn, Layout, Retire};

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
        self.retires[i].results[0]
    }
}

pub fn a_call(fuel: i64) -> Call {
    Call { app: 1, fuel, ..Call::default() }
}

fn words(bytes: &[u8]) -> Vec<u64> {
    let word = |c: &[u8]| {
        let mut w = [0; 8];
        w[..c.len()].copy_from_slice(c);
        u64::from_le_bytes(w)
    };
    bytes.chunks(8).map(word).collect()
}

/// Two cores whose memories started with different contents, in lockstep: no register may ever
/// differ.
pub struct Bench {
    core: Core,
    twin: Core,
    layout: Layout,
    packed: [Vec<u64>; 2],
    rng: Option<Rng>,
}

impl Bench {
    /// Out of reset; the host answers at once.
    pub fn new() -> Bench {
        let layout = Layout::new(Core::FIELDS);
        let packed = [vec![0; layout.words()], vec![0; layout.words()]];
        Bench { core: Core::new(1), twin: Core::new(2), layout, packed, rng: None }
    }

    /// The host waits at random and sends beats that answer nothing.
    pub fn with_noise(seed: u64) -> Bench {
        Bench { rng: Some(Rng(seed)), ..Bench::new() }
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

    fn beats(image: &Image, call: &Call, kind: u8) -> Vec<u64> {
        let lengths = image.code().len() as u64 | (image.constants().len() as u64) << 32;
        let depth = call.limits.call_depth as u64;
        let limits = call.args.len() as u64 | depth << 16 | u64::from(call.limits.invocations) << 32;
        match kind {
            1 => vec![call.app, call.fuel as u64, call.method, lengths, limits],
            2 => words(image.code()),
            3 => words(image.constants()),
            4 => words(&call.args),
            _ => vec![],
        }
    }

    /// One call, from the request for a job to the report of its outcome.
    pub fn call(&mut self, image: &Image, call: &Call) -> Run {
        let mut beats: VecDeque<(u8, u64, bool)> = VecDeque::new();
        let mut retires: Vec<Retire> = Vec::new();
        let mut spent = vec![0; Core::CAUSES.len()];
        let (mut fuel, mut invocations, mut cycles) = (0, 0, 0);
        for _ in 0..20_000_000 {
            let out = self.core.outputs();
            let mut inputs = HostIn { req_ready: true, ..HostIn::default() };
            let (mut wait, mut noise) = (false, None);
            if let Some(rng) = &mut self.rng {
                inputs.req_ready = rng.one_in(2);
                wait = rng.one_in(3);
                noise = (wait && rng.one_in(2)).then(|| rng.next());
            }
            if let (Some(&(tag, data, last)), false) = (beats.front(), wait) {
                inputs = HostIn { rsp_valid: true, rsp_tag: tag, rsp_data: data, rsp_last: last, ..inputs };
                if out.rsp_ready {
                    beats.pop_front();
                }
            } else if let Some(data) = noise {
                let tag = out.request.map_or(0, |r| r.tag);
                let tag = beats.front().map_or(tag, |b| b.0) ^ 8;
                inputs = HostIn { rsp_valid: true, rsp_tag: tag, rsp_data: data, rsp_last: true, ..inputs };
            }
            let running = self.core.running();
            self.step(&inputs);
            cycles += u64::from(running);
            if running {
                spent[self.core.cause() as usize] += 1;
            } else {
                assert_eq!(Core::CAUSES[self.core.cause() as usize], "host");
            }
            if let Some(r) = self.core.retired() {
                assert_eq!((r.order, r.cycle), (retires.len() as u64, cycles));
                retires.push(r);
            }
            let Some(request) = out.request.filter(|_| inputs.req_ready) else { continue };
            match request.kind {
                5 => (fuel, invocations) = (request.a as i64, request.b),
                6 => {
                    let outcome = Outcome::from_number(request.a as u8, request.b).expect("an outcome number");
                    assert_eq!(self.core.cycles(), cycles);
                    return Run { retires, outcome, fuel, invocations, cycles, spent };
                }
                kind => {
                    assert!(beats.is_empty());
                    let data = Bench::beats(image, call, kind);
                    let n = data.len();
                    beats.extend(data.into_iter().enumerate().map(|(i, d)| (request.tag, d, i + 1 == n)));
                }
            }
        }
        panic!("the core hangs");
    }
}

/// One call with plenty of fuel, on a core out of reset.
pub fn run(image: &Image) -> Run {
    Bench::new().call(image, &a_call(1_000_000))
}
