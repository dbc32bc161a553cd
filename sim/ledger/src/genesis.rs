// SPDX-License-Identifier: MIT OR Apache-2.0
//! The beginning of a network: who holds what, and block 0.

use std::collections::{BTreeMap, BTreeSet};

use avm_sim::algorand::world::PageId;

use crate::block::{Block, Roots, hash_of_transactions};
use crate::certificate::Certificate;
use crate::ids::Round;
use crate::keys::{Hashed, PublicKey};
use crate::main_contract::{self, Account, Treasury, account_page};
use crate::params::LIFETIME;
use crate::state::Changes;

/// What a network starts with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// Its name: networks with the same accounts are told apart by it.
    pub name: String,
    /// Accounts and what they hold, micro-ALGOs.
    pub accounts: BTreeMap<PublicKey, u64>,
    /// Lifetime of a signature, rounds.
    pub lifetime: u64,
}

/// Why a network cannot start so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// More than the contract can count.
    #[error("all accounts together hold 2^63 micro-ALGOs or more")]
    Supply,
    /// An account has no page of its own.
    #[error("{0} can have no account: its page is the contract's or another account's")]
    Page(PublicKey),
}

impl Genesis {
    /// A network of this name in which these hold something.
    pub fn new(name: &str, accounts: impl IntoIterator<Item = (PublicKey, u64)>) -> Genesis {
        Genesis { name: name.into(), accounts: accounts.into_iter().collect(), lifetime: LIFETIME }
    }

    /// The state of round 0, as changes of nothing.
    pub fn changes(&self) -> Result<Changes, GenesisError> {
        let supply = self.accounts.values().try_fold(0_u64, |sum, more| sum.checked_add(*more));
        let supply = supply.filter(|supply| i64::try_from(*supply).is_ok()).ok_or(GenesisError::Supply)?;
        let treasury = Treasury {
            supply,
            next_app: main_contract::FIRST_APP,
            lifetime: self.lifetime,
            price: 1,
            ..Treasury::default()
        };
        let mut changes = Changes::default();
        changes.pages.insert(main_contract::STATE_PAGE, Some(treasury.to_page()));
        let mut taken = BTreeSet::<PageId>::new();
        for (key, balance) in &self.accounts {
            let page = account_page(key);
            if page.page < main_contract::FIRST_ACCOUNT || !taken.insert(page) {
                return Err(GenesisError::Page(*key));
            }
            changes.pages.insert(page, Some(Account::to_page(key, *balance)));
        }
        changes.code.insert(main_contract::APP, Some(main_contract::image().to_bytes()));
        Ok(changes)
    }

    /// Block 0; `roots` are the commitments to [`Genesis::changes`] of nothing. Its hash names the network.
    pub fn block(&self, roots: Roots) -> Block {
        let name = Hashed::Network.digest(&[self.name.as_bytes()]);
        let certificate = Certificate::of(Round(0), name, []);
        Block { round: Round(0), roots, transactions: hash_of_transactions(&[]), certificate }
    }
}
