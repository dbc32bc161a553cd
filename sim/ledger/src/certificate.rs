// SPDX-License-Identifier: MIT OR Apache-2.0
//! Votes and their weight: certificates of blocks, and what changes of code are voted for with
//! (`docs/ledger/blocks.md`, "Certificates").

use ed25519_dalek::SigningKey;

use crate::bytes::{Malformed, Reader};
use crate::ids::{Hash, Round};
use crate::keys::{PublicKey, Signature, Signed};
use crate::main_contract::{self, Account, Treasury};
use crate::params::VOTES;
use crate::state::{State, Unavailable};

/// A key and its signature.
pub type Vote = (PublicKey, Signature);

/// What says that a block is confirmed: votes for its round and hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Round of the block.
    pub round: Round,
    /// The block.
    pub block: Hash,
    /// Votes, by key.
    pub votes: Vec<Vote>,
}

/// Why votes confirm nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Keys are doubled or out of order (N12).
    #[error("the votes are not sorted by key, each key once")]
    Keys,
    /// More than fit.
    #[error("{0} votes, the limit is {VOTES}")]
    Many(usize),
    /// The beginning is not voted on.
    #[error("block 0 has no votes")]
    Genesis,
    /// A signature does not fit.
    #[error("the vote of {0} is not signed for this")]
    Forged(PublicKey),
    /// Not more than two thirds.
    #[error("votes of {votes} micro-ALGOs, more than two thirds of {of} are needed")]
    Light {
        /// Balances of the voters.
        votes: u128,
        /// Supply without the fee sink.
        of: u128,
    },
    /// Not judged: the state has no verified answer.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

impl Certificate {
    /// A vote for a block.
    pub fn vote(genesis: Hash, round: Round, block: Hash, key: &SigningKey) -> Vote {
        let parts: [&[u8]; 3] = [&genesis.0, &round.0.to_le_bytes(), &block.0];
        (PublicKey::of(key), Signed::Vote.sign(key, &parts))
    }

    /// A certificate of these votes, in any order.
    pub fn of(round: Round, block: Hash, votes: impl IntoIterator<Item = Vote>) -> Certificate {
        let mut votes: Vec<_> = votes.into_iter().collect();
        votes.sort_by_key(|(key, _)| *key);
        Certificate { round, block, votes }
    }

    /// Whether it confirms its block. `before` is the state before that block (N12): balances and supply are read there.
    pub fn check(&self, genesis: Hash, before: &dyn State) -> Result<(), CertificateError> {
        if self.round == Round(0) {
            return if self.votes.is_empty() { Ok(()) } else { Err(CertificateError::Genesis) };
        }
        check_keys(&self.votes)?;
        let parts: [&[u8]; 3] = [&genesis.0, &self.round.0.to_le_bytes(), &self.block.0];
        if let Some((key, _)) = self.votes.iter().find(|(key, s)| !Signed::Vote.verify(key, s, &parts)) {
            return Err(CertificateError::Forged(*key));
        }
        check_weight(&self.votes, before)
    }

    /// Appends the encoding.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend(self.round.0.to_le_bytes());
        out.extend(self.block.0);
        write_votes(&self.votes, out);
    }

    /// Reads an encoding.
    pub fn read(r: &mut Reader) -> Result<Certificate, Malformed> {
        Ok(Certificate { round: r.round()?, block: r.hash()?, votes: read_votes(r)? })
    }

    /// The encoding alone.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    /// Reads an encoding that stands alone.
    pub fn from_bytes(bytes: &[u8]) -> Result<Certificate, Malformed> {
        let mut r = Reader::new(bytes);
        let certificate = Certificate::read(&mut r)?;
        r.end()?;
        Ok(certificate)
    }
}

/// Each key once, ascending, not too many (N12).
pub fn check_keys(votes: &[Vote]) -> Result<(), CertificateError> {
    match votes.is_sorted_by(|a, b| a.0 < b.0) {
        _ if votes.len() > VOTES => Err(CertificateError::Many(votes.len())),
        false => Err(CertificateError::Keys),
        true => Ok(()),
    }
}

/// More than two thirds of all money outside the fee sink.
pub fn check_weight(votes: &[Vote], state: &dyn State) -> Result<(), CertificateError> {
    let treasury = Treasury::read(state.page(main_contract::STATE_PAGE)?.as_deref());
    let mut sum = 0;
    for (key, _) in votes {
        let page = state.page(main_contract::account_page(key))?;
        sum += Account::read(page.as_deref(), key).map_or(0, |a| u128::from(a.balance));
    }
    let of = u128::from(treasury.supply.saturating_sub(treasury.sink));
    if 3 * sum > 2 * of { Ok(()) } else { Err(CertificateError::Light { votes: sum, of }) }
}

/// Number and votes.
pub fn write_votes(votes: &[Vote], out: &mut Vec<u8>) {
    out.push(votes.len() as u8);
    for (key, signature) in votes {
        out.extend(key.0);
        out.extend(signature.0);
    }
}

/// Number and votes, in the order that they must have.
pub fn read_votes(r: &mut Reader) -> Result<Vec<Vote>, Malformed> {
    let mut votes = Vec::<Vote>::new();
    for _ in 0..r.count(VOTES, "more than 128 votes")? {
        let key = r.key()?;
        if votes.last().is_some_and(|(last, _)| *last >= key) {
            return r.refuse("keys must be ascending");
        }
        votes.push((key, r.signature()?));
    }
    Ok(votes)
}
