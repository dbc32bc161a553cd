//! The Algorand machine in lockstep: the host that answers its loader's requests
//! (`docs/algorand/core.md`, "Loader"), and the interpreter call by call.

use std::collections::VecDeque;

use avm_sim::algorand::asm::instruction_text;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::{Outcome, retire_code_name};
use avm_sim::algorand::interp::Interp;
use avm_sim::algorand::isa;
use avm_sim::trace::{HostIn, HostOut, Layout, Request, Retire};

use crate::dut::{ALGORAND, Design};
use crate::lockstep::{CallEnd, Session};
use crate::rng::Rng;
use crate::scenario::{Planned, Scenario, outcome_text};

/// Request kinds of the loader.
mod kind {
    pub const JOB: u8 = 1;
    pub const CODE: u8 = 2;
    pub const CONST: u8 = 3;
    pub const ARGS: u8 = 4;
    pub const FUEL: u8 = 5;
    pub const DONE: u8 = 6;
}

/// A scenario's calls, made one after the other on one core.
pub struct Algorand<'a> {
    scenario: &'a Scenario,
    next: usize,
    interp: Option<Interp<'a>>,
    rng: Rng,
    answer: Answer,
    in_call: bool,
    fuel_left: i64,
    ended: Option<CallEnd>,
}

/// A response in progress.
struct Answer {
    wait: u32,
    tag: u8,
    beats: VecDeque<u64>,
    /// Offer one beat with a foreign tag first: the core must ignore it.
    stray: bool,
}

impl<'a> Algorand<'a> {
    /// A host for the calls of `scenario`.
    pub fn new(scenario: &'a Scenario) -> Algorand<'a> {
        Algorand {
            scenario,
            next: 0,
            interp: None,
            rng: Rng::new(scenario.latency.seed),
            answer: Answer { wait: 0, tag: 0, beats: VecDeque::new(), stray: false },
            in_call: false,
            fuel_left: 0,
            ended: None,
        }
    }

    /// The call in progress, or the last one.
    fn planned(&self) -> &'a Planned {
        &self.scenario.calls[self.next.saturating_sub(1)]
    }

    fn code(&self) -> &'a [u8] {
        self.scenario.apps[self.planned().app].image.code()
    }

    fn accept(&mut self, request: &Request) {
        match request.kind {
            kind::JOB => self.begin_call(),
            kind::CODE => self.answer.beats = words(self.code()),
            kind::CONST => self.answer.beats = words(self.scenario.apps[self.planned().app].image.constants()),
            kind::ARGS => self.answer.beats = words(&self.planned().call.args),
            kind::FUEL => self.fuel_left = request.a as i64,
            kind::DONE => self.end_call(request.a as u8, request.b),
            _ => {}
        }
        self.answer.tag = request.tag;
        self.answer.wait = self.rng.range(self.scenario.latency.min, self.scenario.latency.max);
        self.answer.stray = self.rng.one_in(8);
    }

    fn begin_call(&mut self) {
        let planned = &self.scenario.calls[self.next];
        self.next += 1;
        self.in_call = true;
        let (call, image) = (&planned.call, &self.scenario.apps[planned.app].image);
        self.interp = Some(Interp::start(image, call));
        self.answer.beats = VecDeque::from([
            call.app,
            call.fuel as u64,
            call.method,
            image.code().len() as u64 | (image.constants().len() as u64) << 32,
            call.args.len() as u64 | (call.limits.call_depth as u64) << 16 | u64::from(call.limits.invocations) << 32,
        ]);
    }

    fn end_call(&mut self, number: u8, value: u64) {
        self.in_call = false;
        let planned = self.planned();
        let used = planned.call.fuel.wrapping_sub(self.fuel_left);
        let outcome = Outcome::from_number(number, value);
        let interp = self.interp.as_ref().expect("a call is in progress");
        let agreed = outcome.is_some() && interp.outcome() == outcome && interp.fuel() == self.fuel_left;
        let text = |o: Option<Outcome>| o.map_or_else(|| "not over".into(), outcome_text);
        self.ended = Some(CallEnd {
            name: planned.name.clone(),
            outcome: outcome.map_or_else(|| format!("unknown outcome {number}"), outcome_text),
            fuel_used: used,
            disagreement: (!agreed).then(|| {
                format!(
                    "model: {}, fuel left {}; interpreter: {}, fuel left {}",
                    text(outcome),
                    self.fuel_left,
                    text(interp.outcome()),
                    interp.fuel()
                )
            }),
            missed: outcome.map_or_else(Vec::new, |o| planned.expect.missed(o, used, None)),
            expect_cycles: planned.expect.cycles,
        });
    }

    #[cold]
    fn serve(&mut self, out: &HostOut) -> HostIn {
        let mut inputs = HostIn::default();
        if let Some(request) = &out.request {
            // After the last call the core asks for another job: it never gets one.
            if request.kind == kind::JOB && self.next == self.scenario.calls.len() || self.rng.one_in(4) {
                return inputs;
            }
            self.accept(request);
            inputs.req_ready = true;
        } else if out.rsp_ready && !self.answer.beats.is_empty() {
            self.respond(&mut inputs);
        }
        inputs
    }

    fn respond(&mut self, inputs: &mut HostIn) {
        if self.answer.wait > 1 {
            self.answer.wait -= 1;
            return;
        }
        if std::mem::take(&mut self.answer.stray) {
            (inputs.rsp_valid, inputs.rsp_tag, inputs.rsp_last) = (true, self.answer.tag ^ 5, true);
            inputs.rsp_data = u64::MAX;
            return;
        }
        if self.rng.one_in(16) {
            return;
        }
        inputs.rsp_valid = true;
        inputs.rsp_tag = self.answer.tag;
        inputs.rsp_data = self.answer.beats.pop_front().unwrap_or(0);
        inputs.rsp_last = self.answer.beats.is_empty();
    }
}

fn words(bytes: &[u8]) -> VecDeque<u64> {
    let word = |chunk: &[u8]| {
        let mut b = [0; 8];
        b[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(b)
    };
    bytes.chunks(8).map(word).collect()
}

impl Session for Algorand<'_> {
    type Core = Core;
    const DESIGN: &'static Design = &ALGORAND;
    const OUTCOME_FIELDS: &'static [&'static str] = &["o_valid_q", "o_kind_q", "o_value_q", "h_req_a_q", "h_req_b_q"];

    #[inline]
    fn drive(&mut self, out: &HostOut) -> HostIn {
        if out.request.is_none() && !out.rsp_ready { HostIn::default() } else { self.serve(out) }
    }

    #[inline]
    fn reference(&mut self) -> Option<Retire> {
        self.interp.as_mut().and_then(Interp::step)
    }

    #[inline]
    fn ended(&mut self) -> Option<CallEnd> {
        if self.ended.is_none() { None } else { self.ended.take() }
    }

    fn finished(&self) -> bool {
        self.next == self.scenario.calls.len() && !self.in_call && self.ended.is_none()
    }

    fn call_name(&self, call: usize) -> String {
        self.scenario.calls.get(call).map_or_else(|| format!("call {call}"), |c| c.name.clone())
    }

    #[inline]
    fn running(core: &Core) -> bool {
        core.running()
    }

    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
        let value = |name: &str| layout.find(name).map_or(0, |i| layout.value(words, i));
        (value("r_valid_q") != 0).then(|| Retire {
            pc: value("r_pc_q"),
            opcode: value("r_op_q") as u16,
            exception: value("r_code_q") as u8,
            meter_after: Some(value("r_fuel_q") as i64),
            n_results: value("r_push_q") as u8,
            results: [value("s_tos_q"), value("s_nos_q"), 0],
            ..Retire::default()
        })
    }

    fn instruction(&self, pc: u64) -> String {
        instruction_text(self.code(), pc as usize)
    }

    fn place(&self, pc: u64) -> String {
        let symbols = self.scenario.apps[self.planned().app].symbols.as_ref();
        let Some((symbols, pc)) = symbols.zip(u32::try_from(pc).ok()) else { return String::new() };
        let method = symbols.method_at(pc).map_or_else(String::new, |(name, at)| format!("{name}+{at}"));
        symbols.line_at(pc).map_or(method.clone(), |line| format!("{method} (line {line})"))
    }

    fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
        let value = |name: &str| layout.find(name).map_or(0, |i| layout.value(words, i));
        match value("x_valid_q") {
            0 => "",
            _ => isa::by_code(value("x_op_q") as u8).map_or("?", |o| o.name),
        }
    }

    fn exception(code: u8) -> &'static str {
        retire_code_name(code)
    }
}
