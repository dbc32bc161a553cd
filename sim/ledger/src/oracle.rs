// SPDX-License-Identifier: MIT OR Apache-2.0
//! The smart contract oracle of the seed: what a call would do, on a full local state. Asking needs no signature, no fuel
//! and no access list: it says which to put in.
//!
//! The list is found by making the call again and again: each time it is *rejected*, what it wanted is listed.

use std::collections::BTreeSet;

use avm_sim::algorand::asm::Symbols;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::interp::{Interp, Site, Unlisted};
use avm_sim::algorand::world::{AccessError, AccessList, PageId};

use crate::execute::{BeginError, Execution, Invocation};
use crate::ids::{Hash, Round};
use crate::main_contract::{self, Treasury, account_page};
use crate::params::TRANSACTION_FUEL;
use crate::state::{State, Unavailable};
use crate::tx::{AvmCall, Checked, Refusal, Transaction};

/// What the oracle says of a call.
#[derive(Clone, Debug)]
pub struct Report {
    /// How the call ends.
    pub outcome: Outcome,
    /// Fuel to declare: all that is paid before the call, and what it uses. Exactly: with one unit less it does not end so.
    pub fuel: i64,
    /// Fuel that the call itself uses, growth of the heap included.
    pub used: i64,
    /// Pages that it reads or writes.
    pub touched: BTreeSet<PageId>,
    /// Pages that it writes.
    pub written: BTreeSet<PageId>,
    /// The list to put in.
    pub list: AccessList,
    /// If it does not return: active methods, the innermost first, and what it was about.
    pub backtrace: Vec<Site>,
    /// See `backtrace`.
    pub concerns: Option<String>,
    /// The call as a core would make it.
    pub invocation: Invocation,
}

/// Why the oracle cannot say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OracleError {
    /// The call needs more than a list can have.
    #[error("no list allows this call: {0}")]
    List(#[from] AccessError),
    /// The fuel could not be bought.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The state is none of a network.
    #[error(transparent)]
    Begin(#[from] BeginError),
    /// The state does not have everything.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// Rounds of finding list and fuel; a call whose path depends on what it paid may need a second one.
const ATTEMPTS: usize = 8;

/// Asks what `call` would do in the next block. Its fuel and signatures do not matter; what its list has is kept.
pub fn ask(genesis: Hash, call: &AvmCall, state: &dyn State) -> Result<Report, OracleError> {
    let round = Treasury::read(state.page(main_contract::STATE_PAGE)?.as_deref()).round;
    let round = round.next().unwrap_or(round);
    let mut draft = call.clone();
    let accounts: Vec<_> = call.signers().map(|(key, _)| account_page(&key)).collect();
    draft.list = extended(&draft.list, [main_contract::APP, call.app], accounts)?;
    // Nobody pays for more than there is: to begin with, what the payer has.
    draft.fuel = affordable(&draft, state)?;
    let mut last = None;
    for _ in 0..ATTEMPTS {
        let mut report = listed(genesis, &mut draft, round, state)?;
        report.fuel = draft.fuel as i64 - (report.invocation.call.fuel - report.used);
        let exact = report.used == report.invocation.call.fuel || report.outcome == Outcome::OutOfFuel;
        draft.fuel = report.fuel as u64;
        if exact {
            return Ok(report);
        }
        last = Some(report);
    }
    // It uses less the less it has: any of these amounts is enough.
    last.ok_or(OracleError::Refused(Refusal::Full))
}

/// What can be declared at most.
fn affordable(call: &AvmCall, state: &dyn State) -> Result<u64, Unavailable> {
    let page = state.page(account_page(&call.payer))?;
    let price = Treasury::read(state.page(main_contract::STATE_PAGE)?.as_deref()).price.max(1);
    let balance = main_contract::Account::read(page.as_deref(), &call.payer).map_or(0, |a| a.balance);
    Ok((balance / price).min(TRANSACTION_FUEL as u64))
}

/// Makes the call with this fuel until nothing is missing in its list.
fn listed(genesis: Hash, draft: &mut AvmCall, round: Round, state: &dyn State) -> Result<Report, OracleError> {
    loop {
        let report = attempt(genesis, draft, round, state)?;
        let missing = Interp::start(&report.invocation.world, &report.invocation.call);
        match unlisted(missing, &report.invocation) {
            None => return Ok(report),
            Some(Unlisted::App(app)) => draft.list = extended(&draft.list, [app], [])?,
            Some(Unlisted::Page(page)) => draft.list = extended(&draft.list, [], [page])?,
        }
    }
}

fn unlisted(mut interp: Interp, invocation: &Invocation) -> Option<Unlisted> {
    if invocation.outcome != Outcome::Rejected {
        return None;
    }
    interp.run(u64::MAX);
    interp.unlisted(&invocation.call)
}

/// Purchase and call, once.
fn attempt(genesis: Hash, draft: &AvmCall, round: Round, state: &dyn State) -> Result<Report, OracleError> {
    let mut execution = Execution::begin_recording(round, state)?;
    execution.offer(&Checked::assumed(Transaction::Call(draft.clone()), genesis))?;
    let mut executed = execution.finish(false)?;
    let (receipt, invocation) = (executed.receipts.remove(0), executed.invocations.pop());
    let (Some(invocation), Some(outcome)) = (invocation, receipt.outcome) else {
        return Err(OracleError::Refused(Refusal::Full));
    };
    let mut interp = Interp::start(&invocation.world, &invocation.call);
    interp.run(u64::MAX);
    Ok(Report {
        outcome,
        fuel: 0,
        used: receipt.used.min(receipt.tank),
        touched: receipt.touched,
        written: receipt.written,
        list: draft.list.clone(),
        backtrace: interp.ended_in(),
        concerns: interp.concerns(&invocation.call),
        invocation,
    })
}

fn extended(
    list: &AccessList,
    apps: impl IntoIterator<Item = u64>,
    pages: impl IntoIterator<Item = PageId>,
) -> Result<AccessList, AccessError> {
    AccessList::new(list.apps().iter().copied().chain(apps), list.pages().iter().copied().chain(pages))
}

/// A place of a backtrace in words: application, method and line, as far as the symbols say.
pub fn describe(site: Site, symbols: Option<&Symbols>) -> String {
    let at = u32::try_from(site.pc).unwrap_or(u32::MAX);
    let method = symbols.and_then(|s| s.method_at(at)).map(|(name, offset)| format!("{name}+{offset}"));
    let line = symbols.and_then(|s| s.line_at(at)).map(|line| format!(" (line {line})")).unwrap_or_default();
    format!("application {}, {}{line}", site.app, method.unwrap_or_else(|| format!("offset {}", site.pc)))
}
