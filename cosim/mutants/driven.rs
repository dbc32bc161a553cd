// SPDX-License-Identifier: MIT OR Apache-2.0
//! The RTL with a host that listens to it alone: no core model. What it retires and how its calls end is compared with
//! the interpreter; clocks are not.
//!
//! Whatever a mutant asks of the host, nothing here panics: what makes no sense ends the run.

use avm_sim::trace::{Core, Layout};

use super::group::Group;
use crate::lockstep::chain::Chain;
use crate::lockstep::{RTL_SEED, Session};
use crate::machines::{Asks, Machine};
use crate::rtl::design::{Design, Dut};

/// Clocks without a retirement, a request that is taken or a beat that is offered, after which nothing more is
/// expected. The longest hashes of programs end with fewer.
const QUIET: u64 = 120_000;

/// What a run showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The scenario, by its index in the group, in which a retirement or the end of a call was not as the interpreter
    /// says.
    pub retire: Option<usize>,
    /// The scenario in which the end of a call was not.
    pub end: Option<usize>,
    /// Clocks in all.
    pub clocks: u64,
    /// Instructions retired.
    pub retired: u64,
}

/// Which of the two a run is for; it is over when both are known.
#[derive(Clone, Copy, Debug)]
pub struct Open {
    /// Retirements.
    pub retire: bool,
    /// Ends of calls.
    pub end: bool,
}

/// Runs a group of scenarios on one instance of a design, for at most `limit` clocks.
pub fn run<M: Machine>(group: &Group<M>, design: &'static Design, mutant: u8, open: Open, limit: u64) -> Shown {
    let layout = Layout::new(M::Core::FIELDS);
    let mut dut = Dut::new(design, RTL_SEED, mutant);
    dut.assertions(false);
    let mut words = vec![0; dut.probe_words()];
    dut.probe(&mut words);
    let mut driven = Driven {
        group,
        session: Chain::new(&group.scenarios),
        layout: &layout,
        dut,
        words,
        open,
        begun: 0,
        ended: 0,
        last_sign: 0,
        shown: Shown::default(),
    };
    // A probe that is too short has no outputs to listen to.
    if driven.words.len() < layout.words() {
        driven.lost();
    }
    while (driven.open.retire || driven.open.end) && !driven.session.finished() {
        driven.clock();
        if driven.shown.clocks >= limit || driven.shown.clocks - driven.last_sign > QUIET {
            driven.lost();
        }
    }
    driven.shown
}

struct Driven<'a, M: Machine> {
    group: &'a Group<M>,
    session: Chain<'a, M>,
    layout: &'a Layout,
    dut: Dut,
    /// The probe after the last clock.
    words: Vec<u64>,
    open: Open,
    begun: usize,
    ended: usize,
    /// Clock of the last sign of life.
    last_sign: u64,
    shown: Shown,
}

impl<M: Machine> Driven<'_, M> {
    #[inline]
    fn clock(&mut self) {
        let Some(out) = M::outputs(self.layout, &self.words) else { return self.lost() };
        if let Some(request) = &out.request
            && !self.makes_sense(request.kind)
        {
            return self.lost();
        }
        let inputs = self.session.drive(&out);
        self.dut.step(&inputs);
        self.dut.probe(&mut self.words);
        self.shown.clocks += 1;
        if inputs.rsp_valid {
            self.last_sign = self.shown.clocks;
        }
        if inputs.req_ready
            && let Some(request) = &out.request
        {
            self.taken(request.kind);
        }
        if let Some(retire) = M::Session::retired(self.layout, &self.words) {
            self.shown.retired += 1;
            self.last_sign = self.shown.clocks;
            if self.open.retire {
                let said = self.session.reference();
                // The probe does not say which instruction of its call it is: the order of the records does.
                let retire = said.map(|r| (r, avm_sim::trace::Retire { order: r.order, ..retire }));
                if !retire.is_some_and(|(said, retire)| said.agrees(&retire)) {
                    self.retire_differs();
                }
            }
        }
    }

    /// Whether a request can come at this point at all; the host relies on it.
    #[cold]
    fn makes_sense(&mut self, kind: u8) -> bool {
        match M::asks(kind) {
            Asks::Call => self.begun == self.ended,
            Asks::End if self.begun == self.ended => false,
            Asks::End => {
                // Before the host compares, the interpreter is at the end of the call; what it still retires is missing.
                let missing = self.session.reference().is_some();
                self.interpreter_to_end();
                if missing && self.open.retire {
                    self.retire_differs();
                }
                true
            }
            Asks::Other => self.begun > self.ended,
            Asks::Either => true,
        }
    }

    /// The host took a request.
    #[cold]
    fn taken(&mut self, kind: u8) {
        self.last_sign = self.shown.clocks;
        let asks = M::asks(kind);
        if asks == Asks::Call || asks == Asks::Either && self.begun == self.ended {
            self.begun += 1;
            if !self.open.retire {
                self.interpreter_to_end();
            }
        }
        let Some(end) = self.session.ended() else { return };
        if end.disagreement.is_some() {
            self.lost();
        }
        self.ended += 1;
    }

    fn interpreter_to_end(&mut self) {
        while self.session.reference().is_some() {}
    }

    /// The scenario of the call in progress.
    fn at(&self) -> usize {
        self.group.scenario_of(self.ended)
    }

    #[cold]
    fn retire_differs(&mut self) {
        if self.open.retire {
            self.shown.retire = Some(self.at());
            self.open.retire = false;
        }
        // From here on only ends count.
        self.interpreter_to_end();
    }

    /// The call in progress ended otherwise, or never will.
    #[cold]
    fn lost(&mut self) {
        if self.open.retire {
            self.shown.retire = Some(self.at());
        }
        if self.open.end {
            self.shown.end = Some(self.at());
        }
        self.open = Open { retire: false, end: false };
    }
}
