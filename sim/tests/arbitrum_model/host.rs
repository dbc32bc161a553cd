// SPDX-License-Identifier: MIT OR Apache-2.0
//! A host that loads an image, answers what the core asks, and keeps what it says.

use std::collections::VecDeque;

use avm_sim::arbitrum::core::Core;
use avm_sim::trace::{Core as _, HostIn, Request, Retire};
use avm_sim::units::wide::{self, U256};

use crate::image::{Image, Ins};
use crate::value::{V, from_bytes, hash_buffer};

/// Names of the outcomes, by number.
const OUTCOMES: [&str; 5] = ["none", "halted", "error stop", "blocked", "capacity"];

/// What came of a call.
pub struct Run {
    pub core: Core,
    pub outcome: &'static str,
    pub records: Vec<Retire>,
    /// Cycles in state run, by cause.
    pub causes: [u64; 16],
    /// What HOST was asked: opcode and operands, top first.
    pub asked: Vec<(u8, Vec<U256>)>,
    pub cycles: u64,
}

impl Run {
    /// The top of the stack after each instruction.
    pub fn tops(&self) -> Vec<U256> {
        self.records.iter().map(|r| r.results[0]).collect()
    }

    /// The first cell of the heap that was never used.
    pub fn core_top(&self) -> u64 {
        crate::state::State::of(&self.core).value("p_top_q")
    }

    /// The integer on top at the end.
    pub fn top(&self) -> U256 {
        self.records.last().expect("instructions").results[0]
    }

    /// The numbers of the instructions that failed.
    pub fn failed(&self) -> Vec<(u64, u8)> {
        self.records.iter().filter(|r| r.exception != 0).map(|r| (r.order, r.exception)).collect()
    }
}

/// A host: messages of the inbox, buffers by number, and how slow it is.
pub struct Host {
    pub messages: VecDeque<[V; 8]>,
    pub buffers: Vec<Vec<u8>>,
    /// Results of curves, by opcode.
    pub results: Vec<(u8, Vec<U256>)>,
    pub legacy: bool,
    /// Messages are late by so many cycles.
    pub delay: u64,
    seed: u64,
    arguments: Vec<U256>,
    pull: Vec<U256>,
    queue: VecDeque<(u8, u64, bool)>,
}

impl Default for Host {
    fn default() -> Host {
        Host {
            messages: VecDeque::new(),
            buffers: vec![Vec::new()],
            results: Vec::new(),
            legacy: false,
            delay: 0,
            seed: 0,
            arguments: Vec::new(),
            pull: Vec::new(),
            queue: VecDeque::new(),
        }
    }
}

impl Host {
    /// A host that answers with delays drawn from a seed; 0: at once.
    pub fn slow(seed: u64) -> Host {
        Host { seed, ..Host::default() }
    }

    fn lazy(&mut self) -> bool {
        if self.seed == 0 {
            return false;
        }
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed >> 62 != 0
    }

    fn answer(&mut self, tag: u8, limbs: &[u64]) {
        let last = limbs.len().wrapping_sub(1);
        self.queue.extend(limbs.iter().enumerate().map(|(i, limb)| (tag, *limb, i == last)));
    }

    /// What HOST asks; the answer's beats.
    fn host(&mut self, op: u8, asked: &mut Vec<(u8, Vec<U256>)>) -> Vec<u64> {
        let operands = std::mem::take(&mut self.arguments);
        let (result, wrong) = match op {
            0x72 => return vec![self.inbox()],
            0x70 => (vec![], operands[0] == [0; 4]),
            0xa1..=0xa3 => self.get_buffer(op, &operands),
            0xa4..=0xa6 => self.set_buffer(op, &operands),
            0x80..=0x82 => {
                let found = self.results.iter().find(|r| r.0 == op);
                (found.map(|r| r.1.clone()).unwrap_or_default(), found.is_none())
            }
            _ => (vec![], false),
        };
        asked.push((op, operands));
        if op == 0x61 {
            return vec![];
        }
        std::iter::once(wrong.into()).chain(result.into_iter().flatten()).collect()
    }

    fn get_buffer(&self, op: u8, operands: &[U256]) -> (Vec<U256>, bool) {
        let (at, width) = (operands[0], [1, 8, 32][usize::from(op - 0xa1)]);
        if at[0] > 1 << 20 || at[1] | at[2] | at[3] != 0 {
            return (vec![], true);
        }
        let data = &self.buffers[operands[1][0] as usize];
        let mut bytes = [0; 32];
        for i in 0..width {
            bytes[32 - width + i] = data.get(at[0] as usize + i).copied().unwrap_or(0);
        }
        (vec![from_bytes(&bytes)], false)
    }

    fn set_buffer(&mut self, op: u8, operands: &[U256]) -> (Vec<U256>, bool) {
        let (at, width) = (operands[0], [1, 8, 32][usize::from(op - 0xa4)]);
        if at[0] > 1 << 20 || width == 1 && operands[1][0] > 255 {
            return (vec![], true);
        }
        let mut data = self.buffers[operands[2][0] as usize].clone();
        data.resize(data.len().max(at[0] as usize + width), 0);
        let bytes = crate::value::bytes(operands[1]);
        data[at[0] as usize..][..width].copy_from_slice(&bytes[32 - width..]);
        self.buffers.push(data);
        (vec![wide::small(self.buffers.len() as u64 - 1)], false)
    }

    fn inbox(&mut self) -> u64 {
        let Some(message) = self.messages.pop_front() else { return 2 };
        self.pull = message
            .iter()
            .map(|v| match v {
                V::Int(n) => *n,
                V::Buffer(n) => wide::small((*n).into()),
                _ => panic!("messages hold integers and a buffer"),
            })
            .collect();
        0
    }

    /// Answers a request; the outcome of a call that ends.
    fn take(&mut self, r: &Request, image: &Image, asked: &mut Vec<(u8, Vec<U256>)>) -> Option<u64> {
        match r.kind {
            1 => self.answer(r.tag, &image.beats(self.legacy)),
            2 => return Some(r.a),
            3 => self.arguments.push([r.a, r.b, 0, 0]),
            7 => self.arguments.last_mut().expect("its low half")[2..].copy_from_slice(&[r.a, r.b]),
            4 => {
                let beats = self.host(r.a as u8, asked);
                self.answer(r.tag, &beats);
            }
            5 => {
                let hash = hash_buffer(&self.buffers[r.a as usize]);
                self.answer(r.tag, &hash);
            }
            6 => {
                let limbs: Vec<u64> = std::mem::take(&mut self.pull).into_iter().flatten().collect();
                self.answer(r.tag, &limbs);
            }
            kind => panic!("request {kind}"),
        }
        None
    }

    /// Runs a program to its end.
    pub fn run(&mut self, code: &[Ins], statics: &V) -> Run {
        self.run_with(Core::new(1), code, statics, |_, _| ())
    }

    /// Runs a program on a core that may have run others; `look` sees the core after each instruction.
    pub fn run_with(&mut self, core: Core, code: &[Ins], statics: &V, mut look: impl FnMut(&Core, &Retire)) -> Run {
        let image = Image::new(code, statics);
        let (mut asked, mut wait) = (Vec::new(), 0);
        let mut run = Run { core, outcome: "none", records: Vec::new(), causes: [0; 16], asked: vec![], cycles: 0 };
        for _ in 0..4_000_000 {
            let (out, mut i) = (run.core.outputs(), HostIn::default());
            if let Some(request) = &out.request {
                i.req_ready = !self.lazy();
                if i.req_ready {
                    wait = if request.kind == 4 && request.a == 0x72 { self.delay } else { 0 };
                    if let Some(outcome) = self.take(request, &image, &mut asked) {
                        run.outcome = OUTCOMES[outcome as usize];
                    }
                }
            } else if wait > 0 {
                wait -= 1;
            } else if out.rsp_ready
                && !self.lazy()
                && let Some((tag, data, last)) = self.queue.pop_front()
            {
                i = HostIn { rsp_valid: true, rsp_tag: tag, rsp_data: data, rsp_last: last, ..i };
            }
            let cycles = run.core.cycles();
            run.core.step(&i);
            // A cycle that began in state run; where a call begins they are counted from 0 again.
            run.causes[usize::from(run.core.cause())] += u64::from(run.core.cycles() == cycles + 1);
            if let Some(record) = run.core.retired() {
                look(&run.core, &record);
                run.records.push(record);
            }
            if run.outcome != "none" {
                run.cycles = run.core.cycles();
                run.asked = asked;
                return run;
            }
        }
        panic!("no end: {:?}", run.records.last());
    }
}

/// Runs a program without static on a fast host.
pub fn run(code: &[Ins]) -> Run {
    Host::default().run(code, &V::Tuple(vec![]))
}
