// SPDX-License-Identifier: MIT OR Apache-2.0
//! What can be refused without a state: checks 1 to 4 of the page's order.

use std::collections::BTreeSet;

use avm_sim::algorand::exception::Outcome;
use rayon::prelude::*;

use super::{AvmCall, CodeChange, Transaction};
use crate::bytes::Malformed;
use crate::certificate::{CertificateError, check_keys};
use crate::ids::Hash;
use crate::keys::{PublicKey, Signature, Signed};
use crate::main_contract::{self, account_page};
use crate::params::TRANSACTION_FUEL;
use crate::state::Unavailable;

/// Why a transaction is not taken into a block.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No transaction at all, or one that is too large.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// A field that no state could make right.
    #[error("{0}")]
    Field(String),
    /// A signature does not fit.
    #[error("the signature of {0} is not one of this transaction in this network")]
    Forged(PublicKey),
    /// It is in the block already.
    #[error("the block has this transaction already")]
    Duplicate,
    /// The block has no room.
    #[error("the block has no room for it")]
    Full,
    /// The main contract refused the purchase, or the change of code.
    #[error("inadmissible: {}", main_contract::explain(*.0))]
    Inadmissible(Outcome),
    /// The declared fuel does not cover what the purchase adds to the heap.
    #[error("{fuel} units of fuel do not cover {price}: the price before the call, and the accounts it makes")]
    Fuel {
        /// Declared.
        fuel: i64,
        /// Needed.
        price: i64,
    },
    /// A change of code is not voted for.
    #[error(transparent)]
    Votes(CertificateError),
    /// Not judged: the state has no verified answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// A transaction that has passed all checks without a state, in one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    transaction: Transaction,
    id: Hash,
}

impl Checked {
    /// The transaction.
    pub fn transaction(&self) -> &Transaction {
        &self.transaction
    }

    /// The transaction, to be sent on.
    pub fn into_transaction(self) -> Transaction {
        self.transaction
    }

    /// A transaction whose signatures nobody has looked at: for what is never put into a block.
    pub(crate) fn assumed(transaction: Transaction, genesis: Hash) -> Checked {
        Checked { id: transaction.id(genesis), transaction }
    }

    /// Its id.
    pub fn id(&self) -> Hash {
        self.id
    }
}

impl Transaction {
    /// Checks fields and signatures.
    pub fn check(self, genesis: Hash) -> Result<Checked, Refusal> {
        let id = self.id(genesis);
        match &self {
            Transaction::Call(call) => {
                call.check_fields()?;
                call.check_signatures(genesis, id)?;
            }
            Transaction::Code(change) => change.check(id)?,
        }
        Ok(Checked { transaction: self, id })
    }

    /// Checks many, on all processors; answers are in their order.
    pub fn check_all(transactions: Vec<Transaction>, genesis: Hash) -> Vec<Result<Checked, Refusal>> {
        transactions.into_par_iter().map(|t| t.check(genesis)).collect()
    }
}

fn field<T>(what: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::Field(what.into()))
}

impl AvmCall {
    fn check_fields(&self) -> Result<(), Refusal> {
        let (fuel, price) = (i64::try_from(self.fuel).unwrap_or(i64::MAX), self.price());
        if fuel > TRANSACTION_FUEL {
            return field(format!("{} units of fuel, a transaction can buy {TRANSACTION_FUEL}", self.fuel));
        }
        if fuel < price {
            return Err(Refusal::Fuel { fuel, price });
        }
        if self.app == 0 {
            return field("application 0 is nobody and has no methods");
        }
        if self.app == main_contract::APP && self.method < main_contract::NODE_METHODS {
            return field(format!("method {} of the main contract is the node's", self.method));
        }
        if self.signatures.len() != 1 + self.authorisations.len() {
            return field("there is not one signature for each signer");
        }
        let nonces: BTreeSet<_> = self.signers().collect();
        if nonces.len() != self.signatures.len() {
            return field("a key signs twice with one nonce");
        }
        match self.signers().find(|(key, _)| self.list.page_index(account_page(key)).is_none()) {
            Some((key, _)) => field(format!("the account of {key} is not in the list: page {}", account_page(&key))),
            None => Ok(()),
        }
    }

    fn check_signatures(&self, genesis: Hash, id: Hash) -> Result<(), Refusal> {
        if !Signed::Transaction.verify(&self.payer, &self.signatures[0], &[&id.0]) {
            return Err(Refusal::Forged(self.payer));
        }
        let mut rest = self.authorisations.iter().zip(&self.signatures[1..]);
        match rest.find(|(a, signature)| !a.verify(genesis, signature)) {
            Some((a, _)) => Err(Refusal::Forged(a.key)),
            None => Ok(()),
        }
    }
}

impl super::Authorisation {
    fn verify(&self, genesis: Hash, signature: &Signature) -> bool {
        let (issuance, sequence) = (self.nonce.issuance.to_le_bytes(), self.nonce.sequence.to_le_bytes());
        let parts: [&[u8]; 5] = [&genesis.0, &issuance, &sequence, &self.app.to_le_bytes(), &self.message];
        Signed::Authorisation.verify(&self.key, signature, &parts)
    }
}

impl CodeChange {
    fn check(&self, id: Hash) -> Result<(), Refusal> {
        if self.app == 0 {
            return field("application 0 is nobody and has no code");
        }
        if self.app == main_contract::APP && self.act == super::Act::Remove {
            return field("the main contract cannot be removed");
        }
        check_keys(&self.votes).map_err(Refusal::Votes)?;
        match self.votes.iter().find(|(key, signature)| !Signed::Change.verify(key, signature, &[&id.0])) {
            Some((key, _)) => Err(Refusal::Forged(*key)),
            None => Ok(()),
        }
    }
}
