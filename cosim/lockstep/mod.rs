// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lockstep: core model, RTL and interpreter of any machine, every probe bit compared on every
//! clock, every retirement against the interpreter. Knows no machine: a [`Session`] brings it.
//!
//! The host answers the model's requests; the RTL gets the same inputs on the same clock, and what
//! it asks for is part of its probe. Nothing flows from the RTL into the model.

pub mod account;
pub mod chain;
pub mod cover;
pub mod mirror;
pub mod snapshot;
pub mod stimulus;
pub mod view;

use avm_sim::trace::{Core, HostIn, HostOut, Layout, Retire};

use crate::lockstep::account::{Account as _, Spent};
use crate::lockstep::mirror::Mirrors;
use crate::lockstep::view::{Held, Late, Mapping, Site};
use crate::place::Place;
use crate::rtl::design::{Design, Dut};
use crate::scenario::LATENCY_MAX;

/// One scenario of one machine: the host side, and the interpreter beside it.
pub trait Session {
    /// The machine's core model.
    type Core: Core;
    /// The machine's RTL.
    const DESIGN: &'static Design;
    /// What the RTL's registers say of its cycles; `()` where the model's word is enough.
    type Account: account::Account;

    /// The host's inputs for the next clock, from the model's outputs after the last one.
    fn drive(&mut self, out: &HostOut<<Self::Core as Core>::Beat>) -> HostIn;
    /// The interpreter's next retire record of the call in progress.
    fn reference(&mut self) -> Option<Retire>;
    /// Once for every call, after the core delivered its outcome.
    fn ended(&mut self) -> Option<CallEnd>;
    /// All calls have ended.
    fn finished(&self) -> bool;
    /// Name of a call by its index.
    fn call_name(&self, call: usize) -> String;
    /// The core is executing a call: its cycles count.
    fn running(core: &Self::Core) -> bool;
    /// The retire record in a packed probe: how reports read the RTL's side.
    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire>;
    /// A retired instruction in text.
    fn instruction(&self, retire: &Retire) -> String;
    /// What the program has at an address, in text: of an instruction that is fetched, and of which no more is known.
    fn fetched(&self, _segment: u64, _pc: u64) -> Option<String> {
        None
    }
    /// Where a retired instruction is, in words: method and source line, if known.
    fn place(&self, retire: &Retire) -> String;
    /// The methods that are active in the interpreter after what it has retired, for machines that know.
    fn active(&self) -> Option<Place> {
        None
    }
    /// The same in parts, for profiles.
    fn site(&self, _retire: &Retire) -> Site {
        Site::default()
    }
    /// The operation that the core is executing, for the mnemonic in waveforms.
    fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str;
    /// Name of a retire record's exception code, empty for normal completion.
    fn exception(code: u8) -> &'static str;
    /// Stages of the pipeline, the first one first, without retirement. None: the machine has no pipeline logs.
    const STAGES: &'static [&'static str] = &[];
    /// Groups of fields in wave viewers: title, and what the names of the fields begin with.
    const GROUPS: &'static [(&'static str, &'static str)] = &[];
    /// What the stages hold after a clock, one entry of `held` for each, and what retired instructions still do, from
    /// a packed probe.
    fn pipeline(_layout: &Layout, _words: &[u64], _held: &mut [Option<Held>]) -> Late {
        Late::Over
    }
    /// What a packed probe has that is worth a curve over time, by name.
    fn curves(_layout: &Layout, _words: &[u64]) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
    /// Names of codes in the probe, for viewers.
    fn mappings() -> Vec<Mapping> {
        Vec::new()
    }
    /// Fields that carry a call's outcome: a first divergence there is of class *outcome*.
    const OUTCOME_FIELDS: &'static [&'static str];
}

/// How a call ended, as the model delivered it, and what is wrong about that.
#[derive(Clone, Debug, Default)]
pub struct CallEnd {
    /// Name of the call.
    pub name: String,
    /// Outcome in words.
    pub outcome: String,
    /// Meter used.
    pub fuel_used: i64,
    /// Storage that it touched.
    pub pages: PageReport,
    /// Disagreement with the interpreter.
    pub disagreement: Option<String>,
    /// Expectations of the scenario that were missed, cycles not included.
    pub missed: Vec<String>,
    /// Cycles that the scenario expects.
    pub expect_cycles: Option<u64>,
    /// Where it ended, unless it returned; for machines that know.
    pub place: Option<Box<Place>>,
}

/// Pages of persistent storage in a call, named as the machine names them.
#[derive(Clone, Debug, Default)]
pub struct PageReport {
    /// Pages that it touched.
    pub touched: Vec<String>,
    /// Pages that it changed.
    pub written: Vec<String>,
    /// Most entries of the undo log at once.
    pub log: u32,
}

/// A finished call with its figures.
#[derive(Clone, Debug, Default)]
pub struct CallFigures {
    /// How it ended.
    pub end: CallEnd,
    /// Cycles of the core from the first instruction's fetch to the outcome.
    pub cycles: u64,
    /// Instructions retired.
    pub retired: u64,
    /// Cycles by cause, indexed as the core's `CAUSES`.
    pub causes: Vec<u64>,
}

/// The first point at which two descriptions disagree.
#[allow(clippy::large_enum_variant, reason = "a run makes at most one")]
#[derive(Clone, Debug)]
pub enum Mismatch {
    /// Model and RTL differ in these probe fields.
    Probe {
        /// Indices into the core's `FIELDS`.
        fields: Vec<usize>,
        /// The model's packed probe.
        model: Vec<u64>,
        /// The RTL's packed probe.
        rtl: Vec<u64>,
    },
    /// Model and RTL agree, the interpreter does not.
    Reference {
        /// What the model retired.
        model: Retire,
        /// What the interpreter retired; `None` if its call was over.
        reference: Option<Retire>,
    },
    /// An assertion in the RTL fired; its place.
    Assertion(String),
    /// The outcome of a call differs from the interpreter's.
    Outcome(String),
    /// The RTL's memory, as written through its port, differs from the model's.
    Memory(String),
    /// What the model says that a cycle was spent on is not what the RTL's registers say.
    Spent(String),
    /// For [`STUCK`] cycles nothing retired on either side, and nothing passed between core and host.
    Stuck,
}

/// A mismatch with its cycle, counted from reset.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// Clock after which it showed, from 0.
    pub cycle: u64,
    /// Index of the call in progress.
    pub call: usize,
    /// What differs.
    pub what: Mismatch,
}

/// Cycles without retirement, and without anything that passes between core and host, while a call runs, after which a run
/// is given up. A host may take [`LATENCY_MAX`] of them to answer, and hashing a heap full of small tuples some 600,000.
pub const STUCK: u64 = LATENCY_MAX as u64 + 200_000;

/// What takes part in a run, besides the model.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The RTL, and its planted fault (0: none).
    pub rtl: bool,
    /// Number of the planted fault.
    pub fault: u8,
    /// The interpreter.
    pub reference: bool,
    /// Mirrors of the RTL's memories.
    pub mirrors: bool,
    /// What cycles are spent on, told from the RTL's registers.
    pub account: bool,
    /// The RTL's assertions.
    pub assertions: bool,
    /// Another design than the session's, with the same probe.
    pub design: Option<&'static Design>,
}

impl Default for Options {
    fn default() -> Options {
        Options { rtl: true, fault: 0, reference: true, mirrors: true, account: true, assertions: true, design: None }
    }
}

/// Patterns for memories that were never written: they differ, so that no result can depend on one.
pub const MODEL_SEED: u64 = 0x5eed_0001;
/// See [`MODEL_SEED`].
pub const RTL_SEED: u64 = 0xd06_f00d;

/// The fields that a netlist has, as a mask of the packed probe: synthesis takes away what nothing reads.
#[derive(Clone, Debug)]
struct Present(Vec<u64>);

impl Present {
    /// `None`: the design has all.
    fn of(layout: &Layout, dut: &Dut) -> Option<Present> {
        let registers = dut.registers();
        let fields = layout.iter().count();
        if (0..fields).all(|i| registers.has(i)) {
            return None;
        }
        let mut mask = vec![0u64; layout.words()];
        for (_, (field, at)) in layout.iter().enumerate().filter(|(i, _)| registers.has(*i)) {
            for bit in at..at + u32::from(field.width) {
                mask[bit as usize / 64] |= 1 << (bit % 64);
            }
        }
        Some(Present(mask))
    }

    fn keep(&self, words: &mut [u64]) {
        words.iter_mut().zip(&self.0).for_each(|(word, mask)| *word &= mask);
    }

    fn same<C: Core>(&self, core: &C, layout: &Layout, dut: &Dut) -> bool {
        let (mut model, mut rtl) = (vec![0; layout.words()], vec![0; layout.words()]);
        core.pack(&mut model);
        self.keep(&mut model);
        dut.probe(&mut rtl);
        model == rtl
    }
}

/// A run in progress.
pub struct Run<S: Session> {
    /// The model.
    pub core: S::Core,
    /// The RTL, unless left out.
    pub dut: Option<Dut>,
    /// Host and interpreter.
    pub session: S,
    /// Where the probe's fields lie.
    pub layout: Layout,
    /// Clocks since reset.
    pub cycle: u64,
    /// Figures of the calls that ended.
    pub calls: Vec<CallFigures>,
    /// Instructions retired since reset.
    pub retired: u64,
    pub(crate) options: Options,
    /// What the design has of the fields, if it does not have all.
    present: Option<Present>,
    pub(crate) mirrors: Mirrors,
    pub(crate) account: S::Account,
    pub(crate) current: CallFigures,
    pub(crate) last_progress: u64,
}

impl<S: Session> Run<S> {
    /// Both sides out of reset.
    pub fn new(session: S, options: Options) -> Run<S> {
        let layout = Layout::new(S::Core::FIELDS);
        let dut = options.rtl.then(|| {
            let mut dut = Dut::new(options.design.unwrap_or(S::DESIGN), RTL_SEED, options.fault);
            dut.assertions(options.assertions);
            assert_eq!(dut.probe_words(), layout.words(), "RTL and model agree on the probe's length");
            dut
        });
        Run {
            core: S::Core::new(MODEL_SEED),
            session,
            present: dut.as_ref().and_then(|d| Present::of(&layout, d)),
            mirrors: Mirrors::new(&layout, S::Core::MEMORIES, |field| {
                dut.as_ref().is_none_or(|d| d.registers().has(field))
            }),
            account: S::Account::default(),
            dut,
            layout,
            cycle: 0,
            calls: Vec::new(),
            retired: 0,
            options,
            current: Self::no_figures(),
            last_progress: 0,
        }
    }

    fn no_figures() -> CallFigures {
        CallFigures { causes: vec![0; S::Core::CAUSES.len()], ..CallFigures::default() }
    }

    /// Runs until all calls have ended or something differs.
    pub fn to_end(&mut self) -> Option<Divergence> {
        self.until(u64::MAX)
    }

    /// Runs until all calls have ended, something differs, or this many clocks since reset.
    pub fn until(&mut self, cycle: u64) -> Option<Divergence> {
        while self.cycle < cycle && !self.session.finished() {
            // A mismatch found at the end of a call belongs to that call.
            let call = self.calls.len();
            if let Some(what) = self.clock() {
                return Some(Divergence { cycle: self.cycle - 1, call, what });
            }
        }
        None
    }

    /// One clock of everything, compared.
    #[inline]
    pub fn clock(&mut self) -> Option<Mismatch> {
        let asked = self.core.outputs();
        let inputs = self.session.drive(&asked);
        self.core.step(&inputs);
        self.cycle += 1;
        if inputs.req_ready && asked.request.is_some() || inputs.rsp_valid && asked.rsp_ready {
            self.last_progress = self.cycle;
        }
        if let Some(dut) = &mut self.dut {
            if dut.step(&inputs) {
                return Some(Mismatch::Assertion(dut.assertion().unwrap_or_default()));
            }
            let equal = match &self.present {
                None => self.core.same(&dut.registers()),
                Some(present) => present.same(&self.core, &self.layout, dut),
            };
            if !equal {
                return Some(self.probe_mismatch());
            }
            if self.options.mirrors {
                self.mirrors.clock(&dut.registers());
            }
        }
        let spent = S::running(&self.core).then(|| Spent::of(&self.core));
        if let Some(spent) = spent {
            self.current.cycles += 1;
            self.current.causes[usize::from(spent.cause)] += 1;
        }
        if let Some(mismatch) = self.spent(spent) {
            return Some(mismatch);
        }
        if let Some(mismatch) = self.retirement() {
            return Some(mismatch);
        }
        match self.session.ended() {
            Some(end) => self.end_call(end),
            None => None,
        }
    }

    #[cold]
    fn probe_mismatch(&self) -> Mismatch {
        let (mut model, mut rtl) = (vec![0; self.layout.words()], vec![0; self.layout.words()]);
        self.dut.as_ref().expect("the RTL takes part").probe(&mut rtl);
        self.core.pack(&mut model);
        if let Some(present) = &self.present {
            present.keep(&mut model);
        }
        Mismatch::Probe { fields: self.layout.differing(&model, &rtl), model, rtl }
    }

    /// What the cycle was spent on, against the RTL's registers. A netlist may lack those that tell it.
    #[inline]
    fn spent(&mut self, model: Option<Spent>) -> Option<Mismatch> {
        if !S::Account::COUNTS || !self.options.account || self.present.is_some() {
            return None;
        }
        let rtl = self.account.clock(&self.dut.as_ref()?.registers());
        (rtl != model).then(|| Mismatch::Spent(account::difference::<S::Core>(model, rtl)))
    }

    #[inline]
    fn retirement(&mut self) -> Option<Mismatch> {
        let Some(retire) = self.core.retired() else {
            let stuck = S::running(&self.core) && self.cycle - self.last_progress > STUCK;
            return stuck.then_some(Mismatch::Stuck);
        };
        self.current.retired += 1;
        self.retired += 1;
        self.last_progress = self.cycle;
        if !self.options.reference {
            return None;
        }
        let reference = self.session.reference();
        match reference {
            Some(r) if r.agrees(&retire) => None,
            _ => Some(Mismatch::Reference { model: retire, reference }),
        }
    }

    #[cold]
    fn end_call(&mut self, mut end: CallEnd) -> Option<Mismatch> {
        let mut figures = std::mem::replace(&mut self.current, Self::no_figures());
        self.last_progress = self.cycle;
        if let Some(cycles) = end.expect_cycles
            && cycles != figures.cycles
        {
            end.missed.push(format!("cycles: expected {cycles}, got {}", figures.cycles));
        }
        let disagreement = if self.options.reference { end.disagreement.take() } else { None };
        figures.end = end;
        self.calls.push(figures);
        if let Some(what) = disagreement {
            return Some(Mismatch::Outcome(what));
        }
        if self.dut.is_some() && self.options.mirrors {
            return self.mirrors.compare(&self.core).map(Mismatch::Memory);
        }
        None
    }

    /// One clock without comparing: both sides' packed probes, for reports after a divergence.
    pub fn clock_apart(&mut self, model: &mut [u64], rtl: &mut [u64]) {
        let inputs = self.session.drive(&self.core.outputs());
        self.core.step(&inputs);
        self.cycle += 1;
        self.core.pack(model);
        if let Some(present) = &self.present {
            present.keep(model);
        }
        if let Some(dut) = &mut self.dut {
            dut.step(&inputs);
            dut.probe(rtl);
        }
        let _ = self.session.ended();
    }
}
