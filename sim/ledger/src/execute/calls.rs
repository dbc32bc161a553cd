// SPDX-License-Identifier: MIT OR Apache-2.0
//! The second phase: calls in the order of the block, those that share no listed page beside each other (N14).

use std::collections::HashMap;

use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::world::{AccessList, World};
use rayon::prelude::*;

use super::{Admitted, Execution, Purchased, Ran, Receipt};
use crate::state::Unavailable;
use crate::tx::{AvmCall, Checked, Refusal};

/// A call that is about to be made.
struct Pending {
    /// Index of its transaction.
    index: usize,
    world: World,
    call: Call,
}

/// The waves of calls with these lists, in which no page is listed twice: indices, ascending. A call is one wave behind
/// the last call before it that it shares a page with.
pub fn waves<'l>(lists: impl Iterator<Item = &'l AccessList>) -> Vec<Vec<usize>> {
    let (mut waves, mut last) = (Vec::<Vec<usize>>::new(), HashMap::new());
    for (index, list) in lists.enumerate() {
        let wave = list.pages().iter().filter_map(|page| last.get(page)).max().map_or(0, |wave| wave + 1);
        last.extend(list.pages().iter().map(|page| (*page, wave)));
        if wave == waves.len() {
            waves.push(Vec::new());
        }
        waves[wave].push(index);
    }
    waves
}

impl Execution<'_> {
    pub(super) fn make_calls(&mut self, parallel: bool) -> Result<Vec<Receipt>, Unavailable> {
        let purchases = self.record.as_ref().map_or(0, Vec::len);
        let admitted = std::mem::take(&mut self.admitted);
        let mut receipts: Vec<_> = self.ids.iter().map(|id| Receipt::of_change(*id)).collect();
        let calls: Vec<_> = admitted.into_iter().enumerate().filter_map(|(i, a)| pending(i, a)).collect();
        let waves = match parallel {
            true => waves(calls.iter().map(|(_, call)| &call.access)),
            false => (0..calls.len()).map(|i| vec![i]).collect(),
        };
        let mut calls: Vec<_> = calls.into_iter().map(Some).collect();
        for wave in waves {
            let mut ready = Vec::with_capacity(wave.len());
            for (index, call) in wave.iter().filter_map(|i| calls[*i].take()) {
                ready.push(Pending { index, world: self.overlay.world(&call)?, call });
            }
            let ran: Vec<Ran> = match parallel {
                true => ready.par_iter().map(|p| Ran::of(&p.world, &p.call)).collect(),
                false => ready.iter().map(|p| Ran::of(&p.world, &p.call)).collect(),
            };
            for (pending, ran) in ready.into_iter().zip(ran) {
                let index = pending.index;
                receipts[index] = self.settle(pending, ran);
            }
        }
        if let Some(record) = &mut self.record {
            record[purchases..].sort_by_key(|invocation| invocation.transaction);
        }
        Ok(receipts)
    }

    /// Makes the calls that are still to be made: whoever looks at the state sees what the block does up to here.
    pub fn advance(&mut self) -> Result<(), Unavailable> {
        self.make_calls(true).map(|_| ())
    }

    /// Puts a transaction behind the others, and makes its call at once. In a block its purchase comes before their calls
    /// already: this is for looking ahead, at what a block of so many would lead to, without making all of it again.
    pub fn advance_by(&mut self, checked: &Checked) -> Result<(), Refusal> {
        self.offer(checked)?;
        let index = self.ids.len() - 1;
        if let Some((index, call)) = self.admitted.pop().and_then(|admitted| pending(index, admitted)) {
            let world = self.overlay.world(&call)?;
            let ran = Ran::of(&world, &call);
            self.settle(Pending { index, world, call }, ran);
        }
        Ok(())
    }

    /// Charges what the heap grew by, and keeps what a call that returned has written (N1, N15).
    fn settle(&mut self, pending: Pending, ran: Ran) -> Receipt {
        let (mut outcome, mut fuel, tank) = (ran.outcome, ran.fuel, pending.call.fuel);
        if let Outcome::Returned(_) = outcome {
            fuel -= self.overlay.growth(&ran.effects);
            if fuel < 0 {
                (outcome, fuel) = (Outcome::OutOfFuel, -1);
            }
        }
        let kept = matches!(outcome, Outcome::Returned(_));
        if kept {
            self.overlay.apply(&ran.effects);
        }
        let written = if kept { ran.effects.written.keys().copied().collect() } else { Default::default() };
        let id = self.ids[pending.index];
        let Pending { index, world, call } = pending;
        self.keep(Some(index), world, call, &ran);
        Receipt { id, outcome: Some(outcome), tank, used: tank - fuel, touched: ran.effects.touched, written }
    }
}

/// The second invocation of a transaction that has one.
fn pending(index: usize, admitted: Admitted) -> Option<(usize, Call)> {
    match admitted {
        Admitted::Call(call, purchased) => Some((index, second(*call, purchased))),
        Admitted::Code => None,
    }
}

/// The second invocation: what is left of the fuel, and of the signatures.
fn second(call: AvmCall, purchased: Purchased) -> Call {
    Call {
        app: call.app,
        method: call.method.into(),
        args: call.args,
        fuel: purchased.tank,
        access: call.list,
        authority: purchased.authority,
        ..Call::default()
    }
}

impl Receipt {
    /// Of a change of code, which has no call.
    fn of_change(id: crate::ids::Hash) -> Receipt {
        Receipt { id, outcome: None, tank: 0, used: 0, touched: Default::default(), written: Default::default() }
    }
}
