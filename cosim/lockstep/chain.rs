// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many scenarios on one core: what a batch runs. Building and sweeping a core costs more than a short program, and
//! state that a program leaves behind (branch targets, memories) is what the next one must not depend on.

use avm_sim::trace::{Core, HostIn, HostOut, Layout, Retire};

use crate::lockstep::cover::Cover;
use crate::lockstep::view::{Held, Late, Mapping, Site};
use crate::lockstep::{CallEnd, Session};
use crate::machines::Machine;
use crate::place::Place;
use crate::rtl::design::Design;

/// Scenarios made one after the other on one core, each with a world and a host of its own.
pub struct Chain<'a, M: Machine> {
    scenarios: &'a [M::Scenario],
    at: usize,
    session: M::Session<'a>,
    cover: Option<&'a mut Cover>,
}

impl<'a, M: Machine> Chain<'a, M> {
    /// A session for `scenarios`, of which there is at least one.
    pub fn new(scenarios: &'a [M::Scenario]) -> Self {
        Chain { scenarios, at: 0, session: M::session(&scenarios[0]), cover: None }
    }

    /// What retires is counted in `cover`.
    pub fn counted(self, cover: &'a mut Cover) -> Self {
        Chain { cover: Some(cover), ..self }
    }

    /// Scenarios that have begun.
    pub fn ran(&self) -> usize {
        self.at + 1
    }

    /// The scenario in progress has ended: its calls were made and the host has nothing left to send.
    #[inline]
    pub fn over(&self) -> bool {
        self.session.finished() && M::idle(&self.session)
    }
}

impl<'a, M: Machine> Session for Chain<'a, M> {
    type Core = M::Core;
    type Account = <M::Session<'a> as Session>::Account;
    const DESIGN: &'static Design = <M::Session<'a> as Session>::DESIGN;
    const OUTCOME_FIELDS: &'static [&'static str] = <M::Session<'a> as Session>::OUTCOME_FIELDS;
    const STAGES: &'static [&'static str] = <M::Session<'a> as Session>::STAGES;
    const GROUPS: &'static [(&'static str, &'static str)] = <M::Session<'a> as Session>::GROUPS;

    #[inline]
    fn drive(&mut self, out: &HostOut<<M::Core as Core>::Beat>) -> HostIn {
        if self.over() && self.at + 1 < self.scenarios.len() {
            self.at += 1;
            self.session = M::session(&self.scenarios[self.at]);
        }
        self.session.drive(out)
    }

    #[inline]
    fn reference(&mut self) -> Option<Retire> {
        let retire = self.session.reference()?;
        if let Some(cover) = self.cover.as_deref_mut() {
            cover.retired(&retire, &M::depths(&mut self.session, &retire));
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
    fn running(core: &M::Core) -> bool {
        M::Session::running(core)
    }

    fn retired(layout: &Layout, words: &[u64]) -> Option<Retire> {
        M::Session::retired(layout, words)
    }

    fn instruction(&self, retire: &Retire) -> String {
        self.session.instruction(retire)
    }

    fn place(&self, retire: &Retire) -> String {
        self.session.place(retire)
    }

    fn active(&self) -> Option<Place> {
        self.session.active()
    }

    fn site(&self, retire: &Retire) -> Site {
        self.session.site(retire)
    }

    fn mnemonic(layout: &Layout, words: &[u64]) -> &'static str {
        M::Session::mnemonic(layout, words)
    }

    fn exception(code: u8) -> &'static str {
        M::Session::exception(code)
    }

    fn pipeline(layout: &Layout, words: &[u64], held: &mut [Option<Held>]) -> Late {
        M::Session::pipeline(layout, words, held)
    }

    fn curves(layout: &Layout, words: &[u64]) -> Vec<(&'static str, u64)> {
        M::Session::curves(layout, words)
    }

    fn mappings() -> Vec<Mapping> {
        M::Session::mappings()
    }
}
