// SPDX-License-Identifier: MIT OR Apache-2.0
//! The host side of the port: loads images, answers what the core asks for with seeded latencies, and collects what it
//! logs and sends (`docs/arbitrum/core.md`, "HOST, INBOX" and "Loader"). Judges nothing.

use std::collections::VecDeque;

use avm_sim::arbitrum::buffer::Buffer;
use avm_sim::arbitrum::curve;
use avm_sim::arbitrum::hash;
use avm_sim::arbitrum::inbox::Message;
use avm_sim::arbitrum::numbers::request as kind;
use avm_sim::arbitrum::value::Value;
use avm_sim::trace::{HostIn, Request};
use ruint::aliases::U256;

use crate::rng::Rng;
use crate::scenario::Latency;

/// The first beat of an answer to HOST.
mod status {
    pub const OK: u64 = 0;
    pub const ERROR: u64 = 1;
    pub const NONE: u64 = 2;
}

const LOG: u8 = 0x61;
const INBOX: u8 = 0x72;

/// Most bytes of a `send`.
const SEND_MAX: u64 = 10_000;

/// What the core has given out in a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Hashes of the values logged.
    pub logs: Vec<U256>,
    /// What was sent.
    pub sends: Vec<Vec<u8>>,
    /// Messages taken.
    pub taken: usize,
}

/// A response to be sent.
#[derive(Clone, Debug)]
struct Answer {
    wait: u32,
    tag: u8,
    beats: VecDeque<u64>,
    /// Offer one beat with a foreign tag first: the core must ignore it.
    stray: bool,
}

/// The host behind one core.
#[derive(Clone, Debug)]
pub struct Host {
    rng: Rng,
    latency: Latency,
    answer: Option<Answer>,
    /// Operands that have come.
    arguments: Vec<U256>,
    /// Results of an instruction, or the message that the next PULL gets.
    results: Vec<u64>,
    /// By number; 0 is the empty one.
    buffers: Vec<Buffer>,
    output: Output,
}

impl Host {
    /// A host with this latency.
    pub fn new(latency: Latency) -> Host {
        let rng = Rng::new(latency.seed);
        let buffers = vec![Buffer::default()];
        Host {
            rng,
            latency,
            answer: None,
            arguments: Vec::new(),
            results: Vec::new(),
            buffers,
            output: Output::default(),
        }
    }

    /// Nothing is to be sent.
    pub fn idle(&self) -> bool {
        self.answer.is_none()
    }

    /// Whether the host takes a request in this clock.
    pub fn takes(&mut self) -> bool {
        !self.rng.one_in(4)
    }

    /// A run begins: what is answered is the image, whose buffers have the numbers from 1 on.
    pub fn load(&mut self, request: &Request, beats: &[u64], buffers: &[Buffer]) {
        self.buffers.truncate(1);
        self.buffers.extend_from_slice(buffers);
        self.arguments.clear();
        self.output = Output::default();
        self.respond_with(request.tag, beats.iter().copied().collect());
    }

    /// Takes any other request but END; `inbox` holds the messages of the run.
    pub fn accept(&mut self, request: &Request, inbox: &[Message]) {
        let beats = match request.kind {
            kind::ARG => {
                self.arguments.push(U256::from_limbs([request.a, request.b, 0, 0]));
                return;
            }
            kind::ARG_HIGH => {
                let Some(low) = self.arguments.pop() else { return };
                let [a, b, ..] = *low.as_limbs();
                self.arguments.push(U256::from_limbs([a, b, request.a, request.b]));
                return;
            }
            kind::HASH_BUFFER => limbs(hash::int(&self.buffer(request.a).hash())).into(),
            kind::PULL => std::mem::take(&mut self.results),
            _ => self.perform(request.a as u8, inbox),
        };
        if beats.is_empty() {
            return;
        }
        self.respond_with(request.tag, beats.into());
    }

    /// What was given out in the run that is over.
    pub fn output(&mut self) -> Output {
        std::mem::take(&mut self.output)
    }

    fn respond_with(&mut self, tag: u8, beats: VecDeque<u64>) {
        let wait = self.rng.range(self.latency.min, self.latency.max);
        self.answer = Some(Answer { wait, tag, beats, stray: self.rng.one_in(8) });
    }

    /// The buffer of a number.
    pub fn buffer(&self, number: u64) -> Buffer {
        usize::try_from(number).ok().and_then(|n| self.buffers.get(n)).cloned().unwrap_or_default()
    }

    /// An instruction that the host performs on the operands it was given: its status and its results. A message waits
    /// for a PULL; a log is not answered.
    fn perform(&mut self, opcode: u8, inbox: &[Message]) -> Vec<u64> {
        let operands = std::mem::take(&mut self.arguments);
        self.results.clear();
        let status = self.instruction(opcode, &operands, inbox).unwrap_or(status::ERROR);
        match opcode {
            LOG => Vec::new(),
            INBOX => vec![status],
            _ => std::iter::once(status).chain(std::mem::take(&mut self.results)).collect(),
        }
    }

    /// The first beat of the answer; `None` is an error.
    fn instruction(&mut self, opcode: u8, operands: &[U256], inbox: &[Message]) -> Option<u64> {
        match (opcode, operands) {
            (LOG, [hash]) => self.output.logs.push(*hash),
            (0x70, [length, number]) => {
                let buffer = self.buffer(number.as_limbs()[0]);
                let length = u64::try_from(*length).ok().filter(|n| (1..=SEND_MAX).contains(n))?;
                if buffer.last().is_some_and(|last| last >= length) {
                    return None;
                }
                self.output.sends.push(buffer.prefix(length as usize));
            }
            (INBOX, []) => return Some(self.message(inbox)),
            (0x80, [r, s, recovery, hash]) => self.results.extend(limbs(curve::ecrecover(*r, *s, *recovery, *hash))),
            (0x81, [a, b, c, d]) => self.point(curve::ecadd(*a, *b, *c, *d)?),
            (0x82, [a, b, c]) => self.point(curve::ecmul(*a, *b, *c)?),
            (0xa1..=0xa3, [offset, number]) => {
                let mut bytes = [0; 32];
                let bytes = &mut bytes[32 - width(opcode - 0xa1)..];
                self.buffer(number.as_limbs()[0]).get(place(*offset, bytes.len())?, bytes);
                self.results.extend(limbs(U256::from_be_slice(bytes)));
            }
            (0xa4..=0xa6, [offset, value, number]) => {
                let (mut buffer, bytes) = (self.buffer(number.as_limbs()[0]), value.to_be_bytes::<32>());
                let (zeros, bytes) = bytes.split_at(32 - width(opcode - 0xa4));
                if zeros.iter().any(|b| *b != 0) {
                    return None;
                }
                buffer.set(place(*offset, bytes.len())?, bytes);
                self.buffers.push(buffer);
                self.results.extend(limbs(U256::from(self.buffers.len() - 1)));
            }
            _ => return None,
        }
        Some(status::OK)
    }

    /// The lower result first: y, then x.
    fn point(&mut self, (x, y): (U256, U256)) {
        self.results.extend(limbs(y));
        self.results.extend(limbs(x));
    }

    /// The next message, if there is one.
    fn message(&mut self, inbox: &[Message]) -> u64 {
        let Some(message) = inbox.get(self.output.taken) else { return status::NONE };
        self.output.taken += 1;
        for slot in message.slots() {
            let n = match slot {
                Value::Int(n) => n,
                Value::Buffer(buffer) => {
                    self.buffers.push(buffer);
                    U256::from(self.buffers.len() - 1)
                }
                Value::Code(_) | Value::Tuple(_) => unreachable!("messages have numbers and a buffer"),
            };
            self.results.extend(limbs(n));
        }
        status::OK
    }

    /// Counts the wait down and offers at most one beat.
    pub fn respond(&mut self, ready: bool, inputs: &mut HostIn) {
        let Some(answer) = &mut self.answer else { return };
        answer.wait = answer.wait.saturating_sub(1);
        if !ready || answer.wait > 0 || self.rng.one_in(16) {
            return;
        }
        inputs.rsp_valid = true;
        if std::mem::take(&mut answer.stray) {
            (inputs.rsp_tag, inputs.rsp_last, inputs.rsp_data) = (answer.tag ^ 5, true, u64::MAX);
            return;
        }
        inputs.rsp_tag = answer.tag;
        inputs.rsp_data = answer.beats.pop_front().unwrap_or(0);
        inputs.rsp_last = answer.beats.is_empty();
        if inputs.rsp_last {
            self.answer = None;
        }
    }
}

/// Bytes of a buffer access, by its number in its row of opcodes.
const fn width(index: u8) -> usize {
    [1, 8, 32][index as usize]
}

/// An offset from which so many bytes lie below 2^64.
fn place(offset: U256, width: usize) -> Option<u64> {
    u64::try_from(offset).ok().filter(|at| at.checked_add(width as u64 - 1).is_some())
}

fn limbs(n: U256) -> [u64; 4] {
    *n.as_limbs()
}
