// SPDX-License-Identifier: MIT OR Apache-2.0
//! How many cycles a call takes on the core: the core model behind a host that answers at once, so that the number is the
//! core's own. Whether the core agrees with the interpreter is looked at too.

use std::collections::VecDeque;

use avm_sim::algorand::authority::Authority;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::natives;
use avm_sim::algorand::numbers::request as kind;
use avm_sim::algorand::params::{CALL_DEPTH, LOG_DEPTH};
use avm_sim::algorand::world::World;
use avm_sim::trace::{Core as _, HostIn, Request};

/// What the core says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnCore {
    /// Cycles from the first instruction on, the end included.
    pub cycles: u64,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// The tank then.
    pub fuel: i64,
}

/// Makes a call on the core model.
pub fn on_core(world: &World, call: &Call) -> OnCore {
    let mut core = Core::new(0);
    let mut host = Host { world, call, authority: call.authority.clone(), words_in: Vec::new(), fuel: 0 };
    let mut beats = VecDeque::new();
    loop {
        let out = core.outputs();
        let mut inputs = HostIn { req_ready: true, ..HostIn::default() };
        if let Some(&(rsp_tag, rsp_data, rsp_last)) = beats.front() {
            inputs = HostIn { rsp_valid: true, rsp_tag, rsp_data, rsp_last, ..inputs };
            if out.rsp_ready {
                beats.pop_front();
            }
        }
        if let Some(request) = &out.request {
            if request.kind == kind::DONE {
                let outcome = Outcome::from_number(request.a as u8, request.b);
                return OnCore { cycles: core.cycles(), outcome, fuel: host.fuel };
            }
            let words = host.answer(request);
            let n = words.len();
            beats.extend(words.into_iter().enumerate().map(|(i, word)| (request.tag, word, i + 1 == n)));
        }
        core.step(&inputs);
    }
}

/// What the host knows of the call.
struct Host<'a> {
    world: &'a World,
    call: &'a Call,
    authority: Authority,
    /// Arguments of a native so far.
    words_in: Vec<u8>,
    fuel: i64,
}

impl Host<'_> {
    /// The words of the answer; none to a request that has no answer.
    fn answer(&mut self, request: &Request) -> Vec<u64> {
        match request.kind {
            kind::JOB => self.job(),
            kind::LIST => self.list(),
            kind::PAGE => self.page(request.a),
            kind::SEGMENT => self.segment(request.a),
            kind::ARGS => words(&self.call.args),
            kind::WORD_IN => {
                self.words_in.extend(request.a.to_le_bytes());
                Vec::new()
            }
            kind::NATIVE => self.native(request.a, request.b),
            kind::FUEL => {
                self.fuel = request.a as i64;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn job(&self) -> Vec<u64> {
        let (call, limits) = (self.call, &self.call.limits);
        let (depth, log) = (limits.call_depth.min(CALL_DEPTH) as u64, limits.log.min(LOG_DEPTH) as u64);
        let sizes = call.args.len() as u64 | depth << 16 | log << 32;
        let pages = call.access.pages().len() as u64;
        vec![call.app, call.fuel as u64, call.method, sizes, u64::from(limits.invocations) | pages << 32]
    }

    fn list(&self) -> Vec<u64> {
        let index = |app| self.call.access.app_index(app).unwrap_or(0) as u64;
        self.call.access.pages().iter().flat_map(|p| [index(p.app), p.page]).collect()
    }

    fn page(&self, slot: u64) -> Vec<u64> {
        let id = usize::try_from(slot).ok().and_then(|slot| self.call.access.pages().get(slot));
        let bytes = id.and_then(|id| self.world.pages.get(id)).map_or(&[][..], Vec::as_slice);
        [vec![bytes.len() as u64 / 8], words(bytes)].concat()
    }

    fn segment(&self, app: u64) -> Vec<u64> {
        let Some(index) = self.call.access.app_index(app) else { return vec![1] };
        let Some(image) = self.world.apps.get(&app) else { return vec![2] };
        let (code, constants) = (image.code(), image.constants());
        let header = (index as u64) << 4 | (code.len() as u64) << 16 | (constants.len() as u64) << 32;
        [vec![header], words(code), words(constants)].concat()
    }

    fn native(&mut self, app: u64, asked: u64) -> Vec<u64> {
        let mut bytes = std::mem::take(&mut self.words_in);
        bytes.truncate((asked & 0xffff) as usize);
        let number = (asked >> 16 & 0xffff) as usize;
        let mut cells = natives::apply(number, &bytes, app, &mut self.authority).unwrap_or_else(|| vec![0]);
        cells.reverse(); // the top one last
        cells
    }
}

/// Little-endian words, the last one filled up with zeros.
fn words(bytes: &[u8]) -> Vec<u64> {
    let word = |chunk: &[u8]| chunk.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
    bytes.chunks(8).map(word).collect()
}
