//! Many scenarios on one core: what a batch runs. Building and sweeping a core costs more than a short program, and
//! state that a program leaves behind (branch targets, memories) is what the next one must not depend on.

use avm_sim::algorand::core::Core;
use avm_sim::trace::{HostIn, HostOut, Layout, Retire};

use crate::failure::konata::{Held, Late};
use crate::failure::waves::Mapping;
use crate::lockstep::{CallEnd, Session};
use crate::machines::algorand::Algorand;
use crate::machines::algorand::cover::Cover;
use crate::machines::algorand::scenario::Scenario;
use crate::rtl::design::Design;

/// Scenarios made one after the other on one core, each with a world and a host of its own.
pub struct Chain<'a> {
    scenarios: &'a [Scenario],
    at: usize,
    session: Algorand<'a>,
    cover: Option<&'a mut Cover>,
}

impl<'a> Chain<'a> {
    /// A session for `scenarios`, of which there is at least one.
    pub fn new(scenarios: &'a [Scenario]) -> Chain<'a> {
        Chain { scenarios, at: 0, session: Algorand::new(&scenarios[0]), cover: None }
    }

    /// What retires is counted in `cover`.
    pub fn counted(self, cover: &'a mut Cover) -> Chain<'a> {
        Chain { cover: Some(cover), ..self }
    }

    /// Scenarios that have begun.
    pub fn ran(&self) -> usize {
        self.at + 1
    }

    /// The scenario in progress has ended: its calls were made and the host has nothing left to send.
    #[inline]
    pub fn over(&self) -> bool {
        self.session.finished() && self.session.idle()
    }
}

impl Session for Chain<'_> {
    type Core = Core;
    const DESIGN: &'static Design = <Algorand<'static> as Session>::DESIGN;
    const OUTCOME_FIELDS: &'static [&'static str] = <Algorand<'static> as Session>::OUTCOME_FIELDS;
    const STAGES: &'static [&'static str] = <Algorand<'static> as Session>::STAGES;

    #[inline]
    fn drive(&mut self, out: &HostOut) -> HostIn {
        if self.over() && self.at + 1 < self.scenarios.len() {
            self.at += 1;
            self.session = Algorand::new(&self.scenarios[self.at]);
        }
        self.session.drive(out)
    }

    #[inline]
    fn reference(&mut self) -> Option<Retire> {
        let retire = self.session.reference()?;
        if let Some((cover, interp)) = self.cover.as_deref_mut().zip(self.session.interp()) {
            cover.retired(&retire, interp.depth(), interp.stack().len());
        }
        Some(retire)
    }

    #[inline]
    fn ended(&mut self) -> Option<CallEnd> {
        self.session.ended()
    }

    fn finished(&self) -> bool {
        self.at + 1 == self.scenarios.len() && self.session.finished()
    }

    fn call_name(&self, call: usize) -> String {
        self.session.call_name(call)
    }

    #[inline]
    fn running(core: &Core) -> bool {
        Algorand::running(core)
    }

    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
        Algorand::retired(layout, words)
    }

    fn instruction(&self, retire: &Retire) -> String {
        self.session.instruction(retire)
    }

    fn place(&self, retire: &Retire) -> String {
        self.session.place(retire)
    }

    fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
        Algorand::mnemonic(layout, words)
    }

    fn exception(code: u8) -> &'static str {
        Algorand::exception(code)
    }

    fn pipeline(layout: &Layout, words: &[u64], held: &mut [Option<Held>]) -> Late {
        Algorand::pipeline(layout, words, held)
    }

    fn mappings() -> Vec<Mapping> {
        Algorand::mappings()
    }
}
