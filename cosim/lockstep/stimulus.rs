// SPDX-License-Identifier: MIT OR Apache-2.0
//! The same work for every description, for measuring their speed: a scenario's inputs, recorded once and
//! replayed into bare RTL or model, and its calls in the interpreter and in lockstep.

use avm_sim::trace::{Core, HostIn, Layout};

use crate::lockstep::{MODEL_SEED, Options, RTL_SEED, Run, Session};
use crate::machines::{Loaded, Machine};
use crate::rtl::design::{Design, Dut};

/// A scenario's inputs, clock by clock, as its host gave them.
pub struct Stimulus<'a, M: Machine> {
    scenario: &'a M::Scenario,
    inputs: Vec<HostIn>,
}

impl<'a, M: Machine> Stimulus<'a, M> {
    /// Runs the model once and keeps what the host said.
    pub fn record(scenario: &'a M::Scenario) -> Self {
        let mut session = M::session(scenario);
        let mut core = M::Core::new(MODEL_SEED);
        let mut inputs = Vec::new();
        while !session.finished() {
            let input = session.drive(&core.outputs());
            core.step(&input);
            let _ = session.ended();
            inputs.push(input);
        }
        Stimulus { scenario, inputs }
    }

    /// The inputs, clock by clock.
    pub fn inputs(&self) -> &[HostIn] {
        &self.inputs
    }

    /// Clocks of the run.
    pub fn cycles(&self) -> usize {
        self.inputs.len()
    }

    /// Bare RTL: a new instance, assertions and faults off, nothing compared. Of another design than the session's, if
    /// one is given.
    pub fn rtl(&self, design: Option<&'static Design>) {
        let mut dut = Dut::new(design.unwrap_or(<M::Session<'a> as Session>::DESIGN), RTL_SEED, 0);
        dut.assertions(false);
        self.inputs.iter().for_each(|i| {
            dut.step(i);
        });
    }

    /// The model alone: a new instance, with or without packing its probe.
    pub fn model(&self, pack: bool) {
        let mut core = M::Core::new(MODEL_SEED);
        let mut words = vec![0; Layout::new(M::Core::FIELDS).words()];
        for i in &self.inputs {
            core.step(i);
            if pack {
                core.pack(&mut words);
                std::hint::black_box(&words);
            }
        }
        std::hint::black_box(core.outputs());
    }

    /// The interpreter alone, retire records included.
    pub fn interpreter(&self) {
        M::retired(self.scenario, u64::MAX, |_, r| {
            std::hint::black_box(r);
            true
        });
    }

    /// Lockstep, with or without the interpreter; assertions off.
    ///
    /// # Panics
    /// On a mismatch: a speed of a wrong machine is no figure.
    pub fn lockstep(&self, reference: bool) {
        self.agree(Options { assertions: false, reference, ..Options::default() });
    }

    /// Lockstep that does not compare what cycles are spent on; assertions off.
    ///
    /// # Panics
    /// As [`Stimulus::lockstep`].
    pub fn uncounted(&self) {
        self.agree(Options { assertions: false, account: false, ..Options::default() });
    }

    fn agree(&self, options: Options) {
        let divergence = Run::new(M::session(self.scenario), options).to_end();
        assert!(divergence.is_none(), "{} diverges", self.scenario.name());
    }
}
