// SPDX-License-Identifier: MIT OR Apache-2.0
//! Transactions: what users send. Encodings, limits and the order of checks are
//! `docs/ledger/transactions.md`.
//!
//! `encoding` is bytes, `check` what can be refused without a state, `price` what is paid before the call.
//! Not here: purchase and call (`execute`).

mod check;
mod encoding;
mod price;
mod sign;

use avm_sim::algorand::world::{AccessList, PageId};

use crate::ids::Hash;
use crate::keys::{Hashed, PublicKey, Signature};
use crate::main_contract;

pub use check::{Checked, Refusal};

/// When a signature was made: round and number in that round. The greater one is the newer (N5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Nonce {
    /// Round of issuance.
    pub issuance: u64,
    /// Number in that round, from 0.
    pub sequence: u32,
}

/// A transaction as it is sent; what is in it has been decoded, and not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transaction {
    /// Two external invocations.
    Call(AvmCall),
    /// A change of code.
    Code(CodeChange),
}

/// The seed's `AvmCall`: `buy` of the main contract, then this invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvmCall {
    /// Who pays for the fuel.
    pub payer: PublicKey,
    /// Of the payer's signature.
    pub nonce: Nonce,
    /// Units of fuel to buy.
    pub fuel: u64,
    /// `applicationID` of the second invocation.
    pub app: u64,
    /// Index of its method.
    pub method: u16,
    /// Its argument bytes.
    pub args: Vec<u8>,
    /// What contracts are told that somebody has signed.
    pub authorisations: Vec<Authorisation>,
    /// `pageAccessList`.
    pub list: AccessList,
    /// The payer's, then one for each authorisation. No part of the body.
    pub signatures: Vec<Signature>,
}

/// What somebody signs for a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorisation {
    /// Who.
    pub key: PublicKey,
    /// When.
    pub nonce: Nonce,
    /// For whom: the application that may ask.
    pub app: u64,
    /// What.
    pub message: Vec<u8>,
}

/// What is done to the code of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// A new application with this image.
    Install(Vec<u8>),
    /// Another image for an application.
    Update(Vec<u8>),
    /// No code any more.
    Remove,
}

/// A change of code, voted for by those who hold the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChange {
    /// What.
    pub act: Act,
    /// Changes of code before this one.
    pub sequence: u64,
    /// `applicationID`.
    pub app: u64,
    /// Votes, by key. No part of the body.
    pub votes: Vec<(PublicKey, Signature)>,
}

impl Transaction {
    /// The name of the transaction in a network: what is signed and hashed. Signatures do not count (N7).
    pub fn id(&self, genesis: Hash) -> Hash {
        Hashed::Transaction.digest(&[&genesis.0, &self.body()])
    }

    /// Pages that must be known to execute it, those of its purchase included, and applications whose code must
    /// be known; for prefetching. `State` is asked for nothing else, but for the voters of a change.
    pub fn wants(&self) -> (Vec<u64>, Vec<PageId>) {
        match self {
            Transaction::Call(call) => {
                let state = [main_contract::STATE_PAGE];
                let pages = state.into_iter().chain(call.list.pages().iter().copied());
                (call.list.apps().to_vec(), pages.collect())
            }
            Transaction::Code(change) => {
                let voters = change.votes.iter().map(|(key, _)| main_contract::account_page(key));
                (vec![main_contract::APP, change.app], [main_contract::STATE_PAGE].into_iter().chain(voters).collect())
            }
        }
    }
}

impl AvmCall {
    /// Everybody who signs and when, the payer first.
    pub fn signers(&self) -> impl Iterator<Item = (PublicKey, Nonce)> {
        let payer = std::iter::once((self.payer, self.nonce));
        payer.chain(self.authorisations.iter().map(|a| (a.key, a.nonce)))
    }
}
