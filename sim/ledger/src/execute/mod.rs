// SPDX-License-Identifier: MIT OR Apache-2.0
//! Execution of a block, in the order of `docs/ledger/blocks.md`: the round begins; purchases and changes of code, one
//! after the other; then calls, those that share no page beside each other.
//!
//! The same code produces blocks and judges them: a producer leaves out what [`Execution::offer`] refuses, a validator
//! refuses the block. `overlay` is the state with the block's own changes over it, `calls` the second phase, `code` changes of
//! code. Nothing here computes a commitment.

mod calls;
mod code;
mod overlay;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use avm_sim::algorand::authority::Authority;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::world::{Effects, PageId, World};

use crate::block::hash_of_transactions;
use crate::ids::{Hash, Round};
use crate::main_contract;
use crate::params::{ALLOWANCE, BLOCK_FUEL, BLOCK_TRANSACTIONS, FUEL_STATE_BYTE};
use crate::state::{Changes, State, Unavailable};
use crate::tx::{AvmCall, Checked, Refusal, Transaction};

use overlay::Overlay;

pub use calls::waves;
pub use code::CodeError;

/// A block in execution.
pub struct Execution<'a> {
    overlay: Overlay<'a>,
    ids: Vec<Hash>,
    known: BTreeSet<Hash>,
    /// What is left to do, in the order of the block.
    admitted: Vec<Admitted>,
    /// Fuel bought so far.
    fuel: i64,
    /// Code from the next block on (N13).
    code: BTreeMap<u64, Option<Vec<u8>>>,
    /// Every invocation, if it is kept.
    record: Option<Vec<Invocation>>,
}

/// A transaction that is in the block.
enum Admitted {
    /// Its second invocation is to come.
    Call(Box<AvmCall>, Purchased),
    Code,
}

/// What a purchase leaves for the call.
struct Purchased {
    tank: i64,
    authority: Authority,
}

/// One invocation as a core would make it: the world it saw, the call, and what came of it.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Index of the transaction; `None` for the beginning of the round.
    pub transaction: Option<usize>,
    /// The listed pages and applications.
    pub world: World,
    /// The call.
    pub call: Call,
    /// How it ended, before growth was charged.
    pub outcome: Outcome,
    /// The tank then.
    pub fuel: i64,
    /// What it did to the heap.
    pub effects: Effects,
}

/// What became of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The transaction.
    pub id: Hash,
    /// How its call ended, growth charged; `None` for a change of code.
    pub outcome: Option<Outcome>,
    /// Fuel that the call had.
    pub tank: i64,
    /// Fuel that it used, growth included: all, and one more, if it is out of fuel.
    pub used: i64,
    /// Pages that it touched.
    pub touched: BTreeSet<PageId>,
    /// Pages that it changed.
    pub written: BTreeSet<PageId>,
}

/// A block, executed.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The hash of its transactions.
    pub transactions: Hash,
    /// One for each, in order.
    pub receipts: Vec<Receipt>,
    /// What it changes.
    pub changes: Changes,
    /// The pages that it changes, as they were: for whoever needs the state before (N12).
    pub before: BTreeMap<PageId, Option<Vec<u8>>>,
    /// Every invocation, if it was asked for.
    pub invocations: Vec<Invocation>,
}

/// Why a block cannot even begin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BeginError {
    /// The main contract refuses the round: the state is not that of the parent.
    #[error("round {round} cannot begin: {}", main_contract::explain(*.outcome))]
    Refused {
        /// The block's round.
        round: Round,
        /// What `begin` ended with.
        outcome: Outcome,
    },
    /// The state has no verified answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl<'a> Execution<'a> {
    /// Begins the block of `round` on the state of its parent.
    pub fn begin(round: Round, state: &'a dyn State) -> Result<Execution<'a>, BeginError> {
        Execution::begin_recorded(round, state, None)
    }

    /// The same, and every invocation is kept, for a replay.
    pub fn begin_recording(round: Round, state: &'a dyn State) -> Result<Execution<'a>, BeginError> {
        Execution::begin_recorded(round, state, Some(Vec::new()))
    }

    fn begin_recorded(
        round: Round,
        state: &'a dyn State,
        record: Option<Vec<Invocation>>,
    ) -> Result<Execution<'a>, BeginError> {
        let mut execution = Execution {
            overlay: Overlay::new(state),
            ids: Vec::new(),
            known: BTreeSet::new(),
            admitted: Vec::new(),
            fuel: 0,
            code: BTreeMap::new(),
            record,
        };
        let call = main_contract::begin(round);
        let (world, ran) = execution.node_call(&call)?;
        if !matches!(ran.outcome, Outcome::Returned(_)) {
            return Err(BeginError::Refused { round, outcome: ran.outcome });
        }
        execution.overlay.apply(&ran.effects);
        execution.keep(None, world, call, &ran);
        Ok(execution)
    }

    /// Puts a transaction into the block: its purchase, or its change of code. If it is refused, nothing has happened.
    pub fn offer(&mut self, checked: &Checked) -> Result<(), Refusal> {
        if self.known.contains(&checked.id()) {
            return Err(Refusal::Duplicate);
        }
        let fuel = self.fuel + checked.transaction().fuel();
        if self.ids.len() == BLOCK_TRANSACTIONS || fuel > BLOCK_FUEL {
            return Err(Refusal::Full);
        }
        let admitted = match checked.transaction() {
            Transaction::Call(call) => Admitted::Call(Box::new(call.clone()), self.purchase(call, checked.id())?),
            Transaction::Code(change) => {
                self.change(change)?;
                Admitted::Code
            }
        };
        self.fuel = fuel;
        self.known.insert(checked.id());
        self.ids.push(checked.id());
        self.admitted.push(admitted);
        Ok(())
    }

    /// The first invocation. What it throws makes the transaction inadmissible (N2).
    fn purchase(&mut self, call: &AvmCall, id: Hash) -> Result<Purchased, Refusal> {
        let buy = main_contract::buy(call, id);
        let (world, ran) = self.node_call(&buy)?;
        if !matches!(ran.outcome, Outcome::Returned(_)) {
            return Err(Refusal::Inadmissible(ran.outcome));
        }
        let (fuel, price) = (call.fuel as i64, call.price() + self.overlay.growth(&ran.effects));
        if fuel < price {
            return Err(Refusal::Fuel { fuel, price });
        }
        self.overlay.apply(&ran.effects);
        self.keep(Some(self.ids.len()), world, buy, &ran);
        Ok(Purchased { tank: fuel - price, authority: ran.authority })
    }

    /// A call that the node makes of the main contract, on its own allowance.
    fn node_call(&mut self, call: &Call) -> Result<(World, Ran), Unavailable> {
        debug_assert_eq!(call.fuel, ALLOWANCE);
        let world = self.overlay.world(call)?;
        let ran = Ran::of(&world, call);
        Ok((world, ran))
    }

    /// Keeps an invocation that counts, if they are kept.
    fn keep(&mut self, transaction: Option<usize>, world: World, call: Call, ran: &Ran) {
        if let Some(record) = &mut self.record {
            let (outcome, fuel, effects) = (ran.outcome, ran.fuel, ran.effects.clone());
            record.push(Invocation { transaction, world, call, outcome, fuel, effects });
        }
    }

    /// Makes the calls, and ends the block. `parallel` changes how long it takes, and nothing else (N14).
    pub fn finish(mut self, parallel: bool) -> Result<Executed, Unavailable> {
        let receipts = self.make_calls(parallel)?;
        let (pages, before) = self.overlay.differences();
        Ok(Executed {
            transactions: hash_of_transactions(&self.ids),
            receipts,
            changes: Changes { pages, code: self.code },
            before,
            invocations: self.record.unwrap_or_default(),
        })
    }
}

/// What the block has done up to now. Code stays the parent's: what is installed in a block is there for the next one (N13).
impl State for Execution<'_> {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.overlay.now(id)
    }

    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        self.overlay.parent().code(app)
    }
}

/// A call that is over.
struct Ran {
    outcome: Outcome,
    fuel: i64,
    effects: Effects,
    authority: Authority,
}

impl Ran {
    fn of(world: &World, call: &Call) -> Ran {
        let mut interp = Interp::start(world, call);
        // Every instruction costs fuel (D1): a tank of finite size ends every call.
        let outcome = loop {
            if let Some(outcome) = interp.run(u64::MAX) {
                break outcome;
            }
        };
        Ran { outcome, fuel: interp.fuel(), effects: interp.effects(), authority: interp.authority().clone() }
    }
}

/// Fuel for bytes by which pages grow (N15).
fn growth_price(bytes: usize) -> i64 {
    FUEL_STATE_BYTE * bytes as i64
}
