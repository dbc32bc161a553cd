// SPDX-License-Identifier: MIT OR Apache-2.0
//! Producing and judging blocks: what each kind of node checks (`docs/ledger/blocks.md`, "Who checks what").

use std::collections::BTreeMap;
use std::sync::Arc;

use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use crate::block::{Block, NotNext, Roots};
use crate::certificate::{Certificate, CertificateError};
use crate::execute::{BeginError, Executed, Execution};
use crate::ids::{Hash, Round};
use crate::state::{Changes, State, Unavailable};
use crate::tx::{Refusal, Transaction};

/// What computes the commitments C' after a block: databases, or the proofs of what was read.
pub trait Commitments {
    /// Commitments to the state after these changes.
    fn after(&self, changes: &Changes) -> Result<Roots, Unavailable>;
}

/// Why a block is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    /// It is not the next block.
    #[error(transparent)]
    NotNext(#[from] NotNext),
    /// The block before is not confirmed by its certificate.
    #[error("the certificate of the block before: {0}")]
    Certificate(#[from] CertificateError),
    /// The state is not the parent's.
    #[error(transparent)]
    Begin(BeginError),
    /// A transaction should not be in it.
    #[error("transaction {index}: {refusal}")]
    Transaction {
        /// Place in the block.
        index: usize,
        /// Why.
        refusal: Refusal,
    },
    /// The transactions are not those that it names.
    #[error("the transactions' hash is {computed}, the block says {said}")]
    Transactions {
        /// Of these transactions.
        computed: Hash,
        /// The block's.
        said: Hash,
    },
    /// Execution leads elsewhere.
    #[error("the commitments are {computed:?}, the block says {said:?}")]
    Roots {
        /// C' computed here.
        computed: Box<Roots>,
        /// The block's.
        said: Box<Roots>,
    },
    /// Not judged: the state has no verified answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// What a node that is not a validator checks: `block` is the next one, and its certificate confirms `parent`. `before` is the
/// state before `parent`; asked for page 0 and the voters' accounts.
pub fn confirm(genesis: Hash, parent: &Block, block: &Block, before: &dyn State) -> Result<(), Invalid> {
    block.follows(parent)?;
    block.certificate.check(genesis, before).map_err(|e| match e {
        CertificateError::Unavailable(u) => Invalid::Unavailable(u),
        e => Invalid::Certificate(e),
    })
}

/// What a validator checks besides: that these transactions, executed on the parent's `state`, are the block's and lead to
/// its commitments.
pub fn validate(
    genesis: Hash,
    block: &Block,
    transactions: Vec<Transaction>,
    state: &dyn State,
    commitments: &dyn Commitments,
) -> Result<Executed, Invalid> {
    let mut execution = begin(block.round, state)?;
    for (index, checked) in Transaction::check_all(transactions, genesis).into_iter().enumerate() {
        match checked.and_then(|checked| execution.offer(&checked)) {
            Ok(()) => {}
            Err(Refusal::Unavailable(u)) => return Err(Invalid::Unavailable(u)),
            Err(refusal) => return Err(Invalid::Transaction { index, refusal }),
        }
    }
    let executed = execution.finish(true)?;
    if executed.transactions != block.transactions {
        return Err(Invalid::Transactions { computed: executed.transactions, said: block.transactions });
    }
    let computed = commitments.after(&executed.changes)?;
    if computed != block.roots {
        return Err(Invalid::Roots { computed: Box::new(computed), said: Box::new(block.roots) });
    }
    Ok(executed)
}

/// A block that was produced.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The block.
    pub block: Block,
    /// Its transactions, in order.
    pub transactions: Vec<Transaction>,
    /// Those that are not in it, by their index among the candidates.
    pub refused: Vec<(usize, Refusal)>,
    /// What it does.
    pub executed: Executed,
}

/// Produces the block after `parent`, which `certificate` confirms, of those candidates that fit, in their order.
pub fn propose(
    genesis: Hash,
    parent: &Block,
    certificate: Certificate,
    candidates: Vec<Transaction>,
    state: &dyn State,
    commitments: &dyn Commitments,
) -> Result<Proposal, Invalid> {
    let round = parent.round.next().ok_or(NotNext::Round { found: parent.round, expected: parent.round })?;
    let mut execution = begin(round, state)?;
    let (mut transactions, mut refused) = (Vec::new(), Vec::new());
    for (index, checked) in Transaction::check_all(candidates, genesis).into_iter().enumerate() {
        match checked.and_then(|checked| execution.offer(&checked).map(|()| checked)) {
            Ok(checked) => transactions.push(checked.into_transaction()),
            Err(refusal) => refused.push((index, refusal)),
        }
    }
    let executed = execution.finish(true)?;
    let roots = commitments.after(&executed.changes)?;
    let block = Block { round, roots, transactions: executed.transactions, certificate };
    Ok(Proposal { block, transactions, refused, executed })
}

fn begin(round: Round, state: &dyn State) -> Result<Execution<'_>, Invalid> {
    Execution::begin(round, state).map_err(|e| match e {
        BeginError::Unavailable(u) => Invalid::Unavailable(u),
        e => Invalid::Begin(e),
    })
}

/// The state before a block, on top of the state after it: `before` of its [`Executed`].
pub struct Before<'a> {
    /// The state after the block.
    pub after: &'a dyn State,
    /// Pages that it changed, as they were.
    pub pages: &'a BTreeMap<PageId, Option<Vec<u8>>>,
}

impl State for Before<'_> {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.pages.get(&id).map_or_else(|| self.after.page(id), |page| Ok(page.clone()))
    }

    /// Code as it is after the block: nobody who reads the state before needs it.
    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        self.after.code(app)
    }
}
