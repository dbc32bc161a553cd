// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Algorand machine in lockstep: the host behind the core's port (`docs/algorand/core.md`, "Port",
//! "Loader"), one world for a scenario's calls, and the interpreter call by call. What the host sends is
//! in `host`, what the stages hold in `pipeline`.

mod account;
pub mod compare;
mod cover;
mod figures;
pub mod generate;
mod host;
mod ledger;
mod pipeline;
mod place;
mod room;
pub mod rtl;
pub mod scenario;
mod shrink;
mod steps;
mod table;

use avm_sim::algorand::asm::instruction_text;
use avm_sim::algorand::core::Core;
use avm_sim::algorand::exception::{Outcome, retire_code_name};
use avm_sim::algorand::interp::Interp;
use avm_sim::algorand::isa;
use avm_sim::algorand::world::{Effects, World};
use avm_sim::trace::{HostIn, HostOut, Layout, Retire};

use crate::lockstep::cover::Depths;
use crate::lockstep::view::{Held, Late, Mapping, Site};
use crate::lockstep::{CallEnd, Session, chain, stimulus};
use crate::machines::algorand::scenario::{App, CallResult, Planned, Scenario, outcome_text, page_report};
use crate::place::Place;
use crate::rtl::design::Design;
pub use avm_sim::algorand::numbers::request as kind;
use cover::{Scopes, kept};
use host::{Delivered, Host};
pub use room::Room;

crate::design! {
    /// The core, verilated: `rtl/algorand`.
    ALGORAND: avm_algorand_new avm_algorand_free avm_algorand_assertions avm_algorand_step avm_algorand_probe avm_algorand_root
        avm_algorand_offsets avm_algorand_memory avm_algorand_save avm_algorand_restore avm_algorand_trace_open avm_algorand_trace_close
}

/// Many scenarios on one core.
pub type Chain<'a> = chain::Chain<'a, Room>;
/// A scenario's inputs, recorded.
pub type Stimulus<'a> = stimulus::Stimulus<'a, Room>;

/// A scenario's calls, made one after the other on one core and one world.
#[derive(Clone)]
pub struct Algorand<'a> {
    scenario: &'a Scenario,
    /// As the calls that ended have left it.
    world: World,
    /// Calls begun.
    next: usize,
    interp: Option<Interp>,
    host: Host,
    in_call: bool,
    ended: Option<CallEnd>,
    /// For coverage.
    scopes: Scopes,
}

impl<'a> Algorand<'a> {
    /// A host for the calls of `scenario`.
    pub fn new(scenario: &'a Scenario) -> Algorand<'a> {
        Algorand {
            scenario,
            world: scenario.world.clone(),
            next: 0,
            interp: None,
            host: Host::new(scenario.latency),
            in_call: false,
            ended: None,
            scopes: Scopes::default(),
        }
    }

    /// The world as the calls that ended have left it.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The interpreter of the call in progress, or of the last one.
    pub fn interp(&self) -> Option<&Interp> {
        self.interp.as_ref()
    }

    /// Active methods, rollback scopes, cells on the operand stack, and those that a taken `catch` has kept, after what
    /// the interpreter has just retired.
    #[inline]
    fn depths(&mut self, retire: &Retire) -> Depths {
        let Some(interp) = &self.interp else { return Depths::default() };
        let cells = interp.stack().len();
        [interp.depth(), self.scopes.after(retire, interp.depth()), cells, kept(retire, cells)]
    }

    /// The host has nothing left to send.
    pub fn idle(&self) -> bool {
        self.host.idle()
    }

    /// The call in progress, or the last one.
    fn planned(&self) -> &'a Planned {
        &self.scenario.calls[self.next.saturating_sub(1)]
    }

    /// The application in whose segment an instruction lies, if the record says.
    fn app(&self, retire: &Retire) -> Option<&'a App> {
        self.scenario.apps.iter().find(|a| a.id == retire.segment)
    }

    #[cold]
    fn serve(&mut self, out: &HostOut) -> HostIn {
        let mut inputs = HostIn::default();
        if let Some(request) = &out.request {
            let job = request.kind == kind::JOB;
            // After the last call the core asks for another job: it never gets one.
            let over = job && self.next == self.scenario.calls.len();
            if !over && self.host.takes() {
                if job {
                    self.begin_call();
                }
                inputs.req_ready = true;
                let scenario = self.scenario;
                let call = &scenario.calls[self.next.saturating_sub(1)].call;
                if let Some(delivered) = self.host.accept(request, call, &self.world) {
                    self.end_call(delivered);
                }
            }
        }
        self.host.respond(out.rsp_ready, &mut inputs);
        inputs
    }

    fn begin_call(&mut self) {
        let planned = &self.scenario.calls[self.next];
        self.next += 1;
        self.in_call = true;
        self.interp = Some(Interp::start(&self.world, &planned.call));
    }

    fn end_call(&mut self, delivered: Delivered) {
        self.in_call = false;
        let planned = self.planned();
        let interp = self.interp.as_ref().expect("a call is in progress");
        let outcome = Outcome::from_number(delivered.kind, delivered.value);
        let used = planned.call.fuel.wrapping_sub(delivered.fuel);
        let disagreement = disagreement(outcome, &delivered, interp);
        // Without the interpreter beside it, the call is made again when it is known how much fuel it took.
        let place = match (outcome, interp.outcome()) {
            (Some(Outcome::Returned(_)), _) => None,
            (_, None) => place::made_again(self.scenario, planned, interp, used),
            _ => place::of(&self.scenario.apps, planned, interp),
        };
        self.world.apply(&delivered.effects);
        let result = |outcome| CallResult { outcome, fuel_used: used, effects: &delivered.effects, world: &self.world };
        let mut missed = outcome.map_or_else(Vec::new, |o| planned.expect.missed(&result(o), None));
        place.iter().for_each(|place| place.explain(&mut missed));
        self.ended = Some(CallEnd {
            name: planned.name.clone(),
            outcome: outcome.map_or_else(|| format!("unknown outcome {}", delivered.kind), outcome_text),
            fuel_used: used,
            pages: page_report(&delivered.effects),
            disagreement,
            missed,
            expect_cycles: planned.expect.cycles,
            place,
        });
    }
}

/// What the core delivered and the interpreter does not say, in words.
fn disagreement(outcome: Option<Outcome>, delivered: &Delivered, interp: &Interp) -> Option<String> {
    let text = |o: Option<Outcome>| o.map_or_else(|| "not over".into(), outcome_text);
    if outcome.is_none() || interp.outcome() != outcome || interp.fuel() != delivered.fuel {
        return Some(format!(
            "model: {}, fuel left {}; interpreter: {}, fuel left {}",
            text(outcome),
            delivered.fuel,
            text(interp.outcome()),
            interp.fuel()
        ));
    }
    if u64::from(interp.invocations()) != delivered.invocations {
        let (made, said) = (delivered.invocations, interp.invocations());
        return Some(format!("model: {made} invocations made; interpreter: {said}"));
    }
    let (core, reference) = (&delivered.effects, &interp.effects());
    (core != reference).then(|| format!("model: {}; interpreter: {}", effects_text(core), effects_text(reference)))
}

/// Pages touched and written, contents by a checksum, so that two differing lists can be told apart.
fn effects_text(effects: &Effects) -> String {
    let list = |pages: Vec<String>| if pages.is_empty() { "none".into() } else { pages.join(" ") };
    let touched = list(effects.touched.iter().map(ToString::to_string).collect());
    let written = effects.written.iter().map(|(id, page)| match page {
        None => format!("{id} (gone)"),
        Some(bytes) => {
            let sum =
                bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3));
            format!("{id} ({} bytes, {:08x})", bytes.len(), sum as u32)
        }
    });
    format!("touched {touched}, written {}, log {}", list(written.collect()), effects.log_high)
}

impl Session for Algorand<'_> {
    type Core = Core;
    type Account = account::Account;
    const DESIGN: &'static Design = &ALGORAND;
    const OUTCOME_FIELDS: &'static [&'static str] = &["o_valid_q", "o_kind_q", "o_value_q", "h_req_a_q", "h_req_b_q"];
    const STAGES: &'static [&'static str] = &pipeline::STAGES;
    const GROUPS: &'static [(&'static str, &'static str)] = &pipeline::GROUPS;

    #[inline]
    fn drive(&mut self, out: &HostOut) -> HostIn {
        if out.request.is_none() && self.host.idle() { HostIn::default() } else { self.serve(out) }
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
        pipeline::retired(layout, words)
    }

    fn instruction(&self, retire: &Retire) -> String {
        match isa::by_code(retire.opcode as u8) {
            Some(op) if op.len() == 1 => op.name.into(),
            _ => self.app(retire).map_or_else(|| "?".into(), |a| instruction_text(a.image.code(), retire.pc as usize)),
        }
    }

    fn fetched(&self, segment: u64, pc: u64) -> Option<String> {
        let app = self.app(&Retire { segment, ..Retire::default() })?;
        Some(instruction_text(app.image.code(), usize::try_from(pc).ok()?))
    }

    fn place(&self, retire: &Retire) -> String {
        let several = self.scenario.apps.len() > 1;
        let Some(app) = self.app(retire) else { return String::new() };
        let prefix = if several { format!("{}: ", app.id) } else { String::new() };
        let Some((symbols, pc)) = app.symbols.as_ref().zip(u32::try_from(retire.pc).ok()) else { return prefix };
        let method = symbols.method_at(pc).map_or_else(String::new, |(name, at)| format!("{prefix}{name}+{at}"));
        symbols.line_at(pc).map_or(method.clone(), |line| format!("{method} (line {line})"))
    }

    fn active(&self) -> Option<Place> {
        self.interp.as_ref().map(|interp| place::active(&self.scenario.apps, interp))
    }

    fn site(&self, retire: &Retire) -> Site {
        let application = if self.scenario.apps.len() > 1 { retire.segment.to_string() } else { String::new() };
        let pc = u32::try_from(retire.pc).unwrap_or(u32::MAX);
        let symbols = self.app(retire).and_then(|app| app.symbols.as_ref());
        let method = symbols.and_then(|s| s.method_at(pc)).map_or_else(String::new, |(name, _)| name.into());
        let (file, line) = (symbols.and_then(|s| s.file_at(pc)), symbols.and_then(|s| s.line_at(pc)));
        Site { application, method, file: file.map(Into::into), line: line.unwrap_or(0) }
    }

    fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
        pipeline::mnemonic(layout, words)
    }

    fn pipeline(layout: &Layout, words: &[u64], held: &mut [Option<Held>]) -> Late {
        pipeline::held(layout, words, held)
    }

    fn curves(layout: &Layout, words: &[u64]) -> Vec<(&'static str, u64)> {
        pipeline::curves(layout, words)
    }

    fn mappings() -> Vec<Mapping> {
        pipeline::mappings()
    }

    fn exception(code: u8) -> &'static str {
        retire_code_name(code)
    }
}
