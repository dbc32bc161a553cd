// SPDX-License-Identifier: MIT OR Apache-2.0
//! The Arbitrum machine in lockstep: the host behind the core's port (`docs/arbitrum/core.md`), and the interpreter run by
//! run. What the host sends is in `host` and `image`, what the stages hold in `pipeline`.
//!
//! Core and interpreter number words differently (`image`): records of the interpreter are given the core's numbers here.

mod account;
mod cover;
mod draft;
mod expect;
mod figures;
pub mod generate;
pub mod host;
mod image;
mod number;
mod pipeline;
mod place;
mod program;
mod proof;
mod room;
pub mod rtl;
pub mod scenario;
pub mod state;
mod table;

use avm_sim::arbitrum::asm::{Symbols, instruction_text};
use avm_sim::arbitrum::core::Core;
use avm_sim::arbitrum::interp::{Cause, Cell, Config, End, Limits, Machine, Step};
use avm_sim::arbitrum::numbers::{
    AUX_CELLS, CODE_WORDS, DATA_CELLS, HEAP_CELLS, POOL_CELLS, exception, outcome, request,
};
use avm_sim::arbitrum::value::type_code;
use avm_sim::trace::{HostIn, HostOut, Layout, Retire};

use crate::lockstep::view::{Held, Late, Site};
use crate::lockstep::{CallEnd, Session};
use crate::rtl::design::Design;
use host::{Host, Output};
pub use room::Room;
use scenario::{Planned, Scenario};

crate::design! {
    /// The core, verilated: `rtl/arbitrum`.
    ARBITRUM: avm_arbitrum_new avm_arbitrum_free avm_arbitrum_assertions avm_arbitrum_step avm_arbitrum_probe avm_arbitrum_root
        avm_arbitrum_offsets avm_arbitrum_memory avm_arbitrum_save avm_arbitrum_restore avm_arbitrum_trace_open avm_arbitrum_trace_close
}

/// Where the core ends.
const LIMITS: Limits = Limits {
    data: Some(DATA_CELLS as u32),
    aux: Some(AUX_CELLS as u32),
    code: Some(CODE_WORDS as u32),
    immediates: Some(POOL_CELLS as u32),
    heap: Some(HEAP_CELLS as u32 - 1),
    plain: true,
};

/// The interpreter of a run, with all its messages.
fn machine(scenario: &Scenario, planned: &Planned) -> Machine {
    let config = Config { legacy_inboxpeek: scenario.legacy, limits: LIMITS };
    let mut machine = Machine::new(&scenario.image, config).expect("an image that fits the core fits its limits");
    planned.inbox.iter().for_each(|message| machine.give(message.clone()));
    machine
}

/// The interpreter's next step as a record with the core's numbers; `None` if the run is over.
fn step(scenario: &Scenario, machine: &mut Machine) -> Option<Retire> {
    let (step, retire) = machine.step_recorded();
    let mut retire = retire?;
    let index = |word: u64| scenario.load.index(word as u32).into();
    retire.pc = index(retire.pc);
    if retire.results[2][0] == u64::from(type_code::CODE) {
        retire.results[0][0] = index(retire.results[0][0]);
    }
    retire.exception = match step {
        Step::Error(Cause::Underflow) => exception::UNDERFLOW,
        Step::Error(Cause::Gas) => exception::GAS,
        Step::Error(_) => exception::ERROR,
        _ => exception::NONE,
    };
    Some(retire)
}

/// The integers on a machine's data stack, top first; what is none by its type.
fn stack_text(machine: &Machine) -> String {
    let text = |cell: &Cell| match cell {
        Cell::Int(n) => format!("{n:#x}"),
        Cell::Code(_) => "a CodePoint".into(),
        Cell::Tuple(_) => "a Tuple".into(),
        Cell::Buffer(_) => "a Buffer".into(),
    };
    let cells: Vec<_> = machine.data_stack().iter().rev().map(text).collect();
    format!("[{}]", cells.join(", "))
}

/// How a machine's run is over; `None` if it goes on.
fn ended(machine: &mut Machine) -> Option<u8> {
    match machine.run(1) {
        End::Halted => Some(outcome::HALTED),
        End::ErrorStop => Some(outcome::ERROR_STOP),
        End::Blocked => Some(outcome::BLOCKED),
        End::Capacity(_) => Some(outcome::CAPACITY),
        End::Steps => None,
    }
}

/// A scenario's runs, made one after the other on one core.
#[derive(Clone)]
pub struct Arbitrum<'a> {
    scenario: &'a Scenario,
    /// Runs begun.
    next: usize,
    machine: Option<Machine>,
    host: Host,
    running: bool,
    /// Clocks of the run: it has not more steps.
    clocks: u64,
    ended: Option<CallEnd>,
}

impl<'a> Arbitrum<'a> {
    /// A host for the runs of a scenario.
    pub fn new(scenario: &'a Scenario) -> Arbitrum<'a> {
        let host = Host::new(scenario.latency);
        Arbitrum { scenario, next: 0, machine: None, host, running: false, clocks: 0, ended: None }
    }

    /// The host has nothing left to send.
    pub fn idle(&self) -> bool {
        self.host.idle()
    }

    /// What serves the core: it has the buffers.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The interpreter of the run in progress, or of the last one.
    pub fn machine(&mut self) -> Option<&mut Machine> {
        self.machine.as_mut()
    }

    /// The run in progress, or the last one.
    fn planned(&self) -> &'a Planned {
        &self.scenario.runs[self.next.saturating_sub(1)]
    }

    #[cold]
    fn serve(&mut self, out: &HostOut) -> HostIn {
        let mut inputs = HostIn::default();
        if let Some(asked) = &out.request {
            let call = asked.kind == request::CALL;
            // After the last run the core asks for another: it never gets one.
            let over = call && self.next == self.scenario.runs.len();
            if !over && self.host.takes() {
                inputs.req_ready = true;
                match asked.kind {
                    request::CALL => self.begin(asked),
                    request::END => self.end(asked.a as u8),
                    _ => self.host.accept(asked, &self.planned().inbox),
                }
            }
        }
        self.host.respond(out.rsp_ready, &mut inputs);
        inputs
    }

    fn begin(&mut self, asked: &avm_sim::trace::Request) {
        let scenario = self.scenario;
        let planned = &scenario.runs[self.next];
        self.next += 1;
        self.running = true;
        self.clocks = 0;
        self.machine = Some(machine(scenario, planned));
        self.host.load(asked, &scenario.load.beats, &scenario.load.buffers);
    }

    fn end(&mut self, outcome: u8) {
        self.running = false;
        let planned = self.planned();
        let output = self.host.output();
        let machine = self.machine.as_mut().expect("a run is in progress");
        let alone = machine.counters().steps == 0;
        let said = ended(machine);
        let disagreement = disagreement(outcome, said, &output, machine);
        // Without the interpreter beside it nothing is compared with its state. It makes the run now, for what it alone
        // knows: the gas of all instructions, and the place.
        let beside = said == Some(outcome);
        if alone {
            machine.run(self.clocks);
        }
        let again = ended(machine) == Some(outcome);
        let used = if again { machine.counters().gas_used as i64 } else { 0 };
        let place = if again { place::of(self.scenario, machine) } else { None };
        let mut missed = planned.expect.missed(outcome, &output, beside.then_some(machine));
        place.iter().for_each(|place| place.explain(&mut missed));
        self.ended = Some(CallEnd {
            name: planned.name.clone(),
            outcome: expect::outcome_name(outcome).into(),
            fuel_used: used,
            disagreement,
            missed,
            expect_cycles: planned.expect.cycles,
            place,
            ..CallEnd::default()
        });
    }

    /// The word of the source that an instruction is; none of what was made at run time.
    fn word(&self, retire: &Retire) -> Option<(&'a Symbols, u32)> {
        let word = (retire.pc as u32).checked_sub(1)?;
        let symbols = self.scenario.symbols.as_ref()?;
        ((word as usize) < symbols.len()).then_some((symbols, word))
    }
}

/// What the core delivered and the interpreter does not say, in words.
fn disagreement(outcome: u8, said: Option<u8>, output: &Output, machine: &Machine) -> Option<String> {
    if said != Some(outcome) {
        let said = said.map_or("not over", expect::outcome_name);
        return Some(format!("model: {}; interpreter: {said}", expect::outcome_name(outcome)));
    }
    let reference = interpreted(machine);
    (*output != reference).then(|| format!("model gave out {output:x?}; interpreter: {reference:x?}"))
}

/// What the interpreter gave out.
fn interpreted(machine: &Machine) -> Output {
    Output {
        logs: machine.logs().iter().map(|log| avm_sim::arbitrum::hash::int(&log.hash)).collect(),
        sends: machine.sends().to_vec(),
        taken: machine.counters().messages as usize,
    }
}

impl Session for Arbitrum<'_> {
    type Core = Core;
    type Account = account::Account;
    const DESIGN: &'static Design = &ARBITRUM;
    const OUTCOME_FIELDS: &'static [&'static str] = &["l_outcome_q"];
    const STAGES: &'static [&'static str] = &pipeline::STAGES;
    const GROUPS: &'static [(&'static str, &'static str)] = &pipeline::GROUPS;

    #[inline]
    fn drive(&mut self, out: &HostOut) -> HostIn {
        self.clocks += 1;
        if out.request.is_none() && self.host.idle() { HostIn::default() } else { self.serve(out) }
    }

    #[inline]
    fn reference(&mut self) -> Option<Retire> {
        step(self.scenario, self.machine.as_mut()?)
    }

    fn ended(&mut self) -> Option<CallEnd> {
        self.ended.take()
    }

    fn finished(&self) -> bool {
        self.next == self.scenario.runs.len() && !self.running && self.ended.is_none()
    }

    fn call_name(&self, call: usize) -> String {
        self.scenario.runs.get(call).map_or_else(|| format!("run {call}"), |run| run.name.clone())
    }

    #[inline]
    fn running(core: &Core) -> bool {
        core.running()
    }

    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
        pipeline::retired(layout, words)
    }

    fn instruction(&self, retire: &Retire) -> String {
        let word = (retire.pc as usize).checked_sub(1).and_then(|i| self.scenario.image.code().get(i));
        match word {
            Some(word) if u16::from(word.opcode) == retire.opcode => instruction_text(word, self.scenario.load.words),
            _ => pipeline::name(retire.opcode as u8).into(),
        }
    }

    fn fetched(&self, _: u64, pc: u64) -> Option<String> {
        match u32::try_from(pc).ok()?.checked_sub(1) {
            None => Some("errcp".into()),
            Some(word) => self.scenario.instruction(word),
        }
    }

    fn place(&self, retire: &Retire) -> String {
        let method = self.site(retire).method;
        let Some((symbols, line, word)) = self.word(retire).and_then(|(s, word)| Some((s, s.line_at(word)?, word)))
        else {
            return method;
        };
        let parts = std::iter::once(place::line(symbols, line)).chain(place::macros(symbols, word));
        format!("{method} ({})", parts.collect::<Vec<_>>().join(", ")).trim_start().into()
    }

    fn site(&self, retire: &Retire) -> Site {
        let Some((symbols, word)) = self.word(retire) else { return Site { method: MADE.into(), ..Site::default() } };
        let method = symbols.routine_at(word).map_or_else(String::new, |(name, _)| name.into());
        let (file, line) = symbols.line_at(word).map_or((None, 0), |at| (Some(at.file.to_string()), at.line));
        Site { method, file, line: line as _, ..Site::default() }
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

    fn exception(code: u8) -> &'static str {
        exception_name(code)
    }
}

/// The method of words that no source has.
const MADE: &str = "made at run time";

/// Name of a record's exception.
fn exception_name(code: u8) -> &'static str {
    match code {
        exception::UNDERFLOW => "underflow",
        exception::GAS => "out of gas",
        exception::ERROR => "error",
        _ => "",
    }
}
