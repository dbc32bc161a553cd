// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host side of the port: answers the core's requests from a call and a world, with seeded
//! latencies, and collects what the core delivers at the end of a call. Judges nothing.

use std::collections::VecDeque;

use avm_sim::algorand::authority::Authority;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::natives;
use avm_sim::algorand::numbers::request as kind;
use avm_sim::algorand::world::{Effects, PageId, World};
use avm_sim::trace::{HostIn, Request};

use crate::rng::Rng;
use crate::scenario::Latency;

/// Bit of a tag that tells ordinary requests from those for pages.
const ORDINARY: u8 = 0x20;

/// What the core delivered at the end of a call.
#[derive(Clone, Debug, Default)]
pub struct Delivered {
    /// Outcome number and value.
    pub kind: u8,
    /// See `kind`.
    pub value: u64,
    /// Tank.
    pub fuel: i64,
    /// Invocations made.
    pub invocations: u64,
    /// Pages, final difference made here.
    pub effects: Effects,
}

/// The host behind one core.
#[derive(Clone)]
pub struct Host {
    rng: Rng,
    latency: Latency,
    answers: Vec<Answer>,
    /// Index of the answer whose beats are on their way.
    current: Option<usize>,
    /// Signatures of the call that are not used yet.
    authority: Authority,
    /// Words of a native's arguments.
    words_in: Vec<u8>,
    delivered: Delivered,
    /// The written page whose words come in: name, size in bytes, contents so far.
    page_out: Option<(PageId, usize, Vec<u8>)>,
}

/// Word `index` of `bytes`, which grow as far as it needs.
fn put_word(bytes: &mut Vec<u8>, index: u64, word: u64) {
    let at = 8 * index as usize;
    bytes.resize(bytes.len().max(at + 8), 0);
    bytes[at..at + 8].copy_from_slice(&word.to_le_bytes());
}

/// A response to be sent.
#[derive(Clone)]
struct Answer {
    wait: u32,
    tag: u8,
    beats: VecDeque<u64>,
    /// Offer one beat with a foreign tag first: the core must ignore it.
    stray: bool,
}

impl Host {
    /// A host with this latency.
    pub fn new(latency: Latency) -> Host {
        Host {
            rng: Rng::new(latency.seed),
            latency,
            answers: Vec::new(),
            current: None,
            authority: Authority::default(),
            words_in: Vec::new(),
            delivered: Delivered::default(),
            page_out: None,
        }
    }

    /// Nothing is to be sent.
    pub fn idle(&self) -> bool {
        self.answers.is_empty()
    }

    /// Whether the host takes a request in this clock.
    pub fn takes(&mut self) -> bool {
        !self.rng.one_in(4)
    }

    /// Takes a request of `call`; at the end of the call, what the core delivered.
    pub fn accept(&mut self, request: &Request, call: &Call, world: &World) -> Option<Delivered> {
        let beats = match request.kind {
            kind::JOB => {
                self.authority = call.authority.clone();
                job(call)
            }
            kind::LIST => list(call),
            kind::PAGE => page(call, world, request.a),
            kind::SEGMENT => segment(call, world, request.a),
            kind::ARGS => words(&call.args).collect(),
            kind::NATIVE => self.native(request.a, request.b),
            kind::DONE => {
                self.finish_page(world);
                let delivered = std::mem::take(&mut self.delivered);
                return Some(Delivered { kind: request.a as u8, value: request.b, ..delivered });
            }
            _ => {
                self.collect(request, call, world);
                return None;
            }
        };
        let wait = self.rng.range(self.latency.min, self.latency.max);
        let stray = request.tag & ORDINARY != 0 && self.rng.one_in(8);
        self.answers.push(Answer { wait, tag: request.tag, beats, stray });
        None
    }

    /// Requests without an answer.
    fn collect(&mut self, request: &Request, call: &Call, world: &World) {
        let listed = call.access.pages();
        match request.kind {
            kind::WORD_IN => put_word(&mut self.words_in, request.b & 0x1ff, request.a),
            kind::FUEL => {
                self.delivered.fuel = request.a as i64;
                self.delivered.invocations = request.b;
            }
            kind::TALLY => {
                let touched = (0..listed.len()).filter(|i| request.a >> i & 1 != 0).map(|i| listed[i]);
                self.delivered.effects.touched = touched.collect();
                self.delivered.effects.log_high = request.b as u32;
            }
            kind::PAGE_OUT => {
                self.finish_page(world);
                if let Some(id) = listed.get(request.a as usize) {
                    self.page_out = Some((*id, (request.b as usize).saturating_mul(8), Vec::new()));
                }
            }
            kind::WORD => {
                if let Some((_, _, bytes)) = &mut self.page_out {
                    put_word(bytes, request.b & 0x7f, request.a);
                }
            }
            _ => {}
        }
    }

    /// A written page is complete: it counts if it differs from what the world has (D33).
    fn finish_page(&mut self, world: &World) {
        let Some((id, size, mut bytes)) = self.page_out.take() else { return };
        bytes.truncate(size);
        let new = (size > 0).then_some(bytes);
        if world.pages.get(&id) != new.as_ref() {
            self.delivered.effects.written.insert(id, new);
        }
    }

    /// `asked`: number of the native in bits 31 to 16, argument bytes below.
    fn native(&mut self, app: u64, asked: u64) -> VecDeque<u64> {
        let mut arguments = std::mem::take(&mut self.words_in);
        let (number, bytes) = ((asked >> 16 & 0xffff) as usize, (asked & 0xffff) as usize);
        arguments.truncate(bytes);
        // The core has checked number and length; if it has not, the interpreter disagrees.
        let cells = natives::apply(number, &arguments, app, &mut self.authority).unwrap_or_else(|| vec![0]);
        cells.into_iter().rev().collect()
    }

    /// Counts waits down and offers at most one beat.
    pub fn respond(&mut self, ready: bool, inputs: &mut HostIn) {
        for answer in &mut self.answers {
            answer.wait = answer.wait.saturating_sub(1);
        }
        if !ready {
            return;
        }
        let Some(current) = self.current.or_else(|| self.choose()) else { return };
        self.current = Some(current);
        let answer = &mut self.answers[current];
        inputs.rsp_valid = true;
        if std::mem::take(&mut answer.stray) {
            (inputs.rsp_tag, inputs.rsp_last) = (ORDINARY | (answer.tag ^ 5), true);
            inputs.rsp_data = u64::MAX;
            return;
        }
        if self.rng.one_in(16) {
            inputs.rsp_valid = false;
            return;
        }
        inputs.rsp_tag = answer.tag;
        inputs.rsp_data = answer.beats.pop_front().unwrap_or(0);
        inputs.rsp_last = answer.beats.is_empty();
        if inputs.rsp_last {
            self.answers.swap_remove(current);
            self.current = None;
        }
    }

    /// One of the answers that have waited long enough.
    fn choose(&mut self) -> Option<usize> {
        let ready = self.answers.iter().filter(|a| a.wait == 0).count();
        let pick = if ready > 1 { self.rng.range(0, ready as u32 - 1) as usize } else { 0 };
        self.answers.iter().enumerate().filter(|(_, a)| a.wait == 0).map(|(i, _)| i).nth(pick)
    }
}

fn job(call: &Call) -> VecDeque<u64> {
    let limits = &call.limits;
    VecDeque::from([
        call.app,
        call.fuel as u64,
        call.method,
        call.args.len() as u64 | (limits.call_depth as u64) << 16 | (limits.log as u64) << 32,
        u64::from(limits.invocations) | (call.access.pages().len() as u64) << 32,
    ])
}

fn list(call: &Call) -> VecDeque<u64> {
    let entry = |p: &PageId| [call.access.app_index(p.app).unwrap_or(0) as u64, p.page];
    call.access.pages().iter().flat_map(entry).collect()
}

fn page(call: &Call, world: &World, slot: u64) -> VecDeque<u64> {
    let bytes = call.access.pages().get(slot as usize).and_then(|id| world.pages.get(id));
    let bytes = bytes.map_or(&[][..], Vec::as_slice);
    std::iter::once(bytes.len() as u64 / 8).chain(words(bytes)).collect()
}

fn segment(call: &Call, world: &World, app: u64) -> VecDeque<u64> {
    let Some(index) = call.access.app_index(app) else { return VecDeque::from([1]) };
    let Some(image) = world.apps.get(&app) else { return VecDeque::from([2]) };
    let header = (index as u64) << 4 | (image.code().len() as u64) << 16 | (image.constants().len() as u64) << 32;
    std::iter::once(header).chain(words(image.code())).chain(words(image.constants())).collect()
}

/// Little-endian words, the last one zero-padded.
fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks(8).map(|chunk| {
        let mut b = [0; 8];
        b[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(b)
    })
}
