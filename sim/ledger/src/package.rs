// SPDX-License-Identifier: MIT OR Apache-2.0
//! A block with what is needed to judge it: its transactions, the votes for it, and the accounts that weigh them, with
//! proofs. This is what nodes hand to each other, as a file of JSON, and what a full node keeps of a block.

use serde::{Deserialize, Serialize};

use crate::block::{Block, Roots};
use crate::certificate::{Certificate, CertificateError};
use crate::execute::{Executed, Receipt};
use crate::ids::{Hash, Root, Round};
use crate::keys::PublicKey;
use crate::main_contract::{self, account_page};
use crate::tx::Transaction;
use crate::validate::{Invalid, confirm};
use crate::witness::{Witness, WitnessError};

/// The form of file that this build writes and reads.
pub const FORM: u32 = 1;

/// A block, to be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// The block.
    pub block: Block,
    /// Its transactions, in order.
    pub transactions: Vec<Transaction>,
    /// Votes for it.
    pub votes: Certificate,
    /// What weighs those votes, in the state before the block.
    pub stake: Witness,
    /// What weighs the votes for the block before, in the state before *that*.
    pub parent_stake: Witness,
}

/// The last block that a node holds for good, and what it needs to judge the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The network.
    pub genesis: Hash,
    /// The block.
    pub block: Block,
    /// The commitment to the heap before it.
    pub heap_before: Root,
}

/// Why a package is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Another network.
    #[error("its hash is {found}: block 0 of another network than {expected}")]
    Network {
        /// Of the block.
        found: Hash,
        /// The network.
        expected: Hash,
    },
    /// The block, or the certificate in it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The votes that came with it are for something else.
    #[error("the votes that came with it are for block {0}")]
    OtherVotes(Hash),
    /// The votes that came with it are not enough.
    #[error("the votes that came with it: {0}")]
    Votes(CertificateError),
    /// A proof that came with it does not hold.
    #[error("the accounts of the voters: {0}")]
    Stake(#[from] WitnessError),
}

/// The pages by which the weight of votes is known.
pub fn stake_pages<'a>(
    voters: impl Iterator<Item = &'a PublicKey>,
) -> impl Iterator<Item = avm_sim::algorand::world::PageId> {
    [main_contract::STATE_PAGE].into_iter().chain(voters.map(account_page))
}

/// Accounts under a commitment to the heap; code plays no part in votes.
fn accounts(stake: &Witness, heap: Root) -> Result<crate::witness::Known, WitnessError> {
    let pages = Witness { pages: stake.pages.clone(), code: Vec::new() };
    pages.check(Roots { heap, code: Root::EMPTY })
}

impl Package {
    /// What is said of block 0.
    pub fn of_genesis(block: Block) -> Package {
        let votes = Certificate::of(block.round, block.hash(), []);
        let (stake, parent_stake) = (Witness::default(), Witness::default());
        Package { block, transactions: Vec::new(), votes, stake, parent_stake }
    }

    /// The first block that a node takes, of which it knows the name of the network alone.
    pub fn begins(&self, network: Hash) -> Result<Last, Rejected> {
        let found = self.block.hash();
        if self.block.round != Round(0) || found != network {
            return Err(Rejected::Network { found, expected: network });
        }
        Ok(Last { genesis: network, block: self.block.clone(), heap_before: Root::EMPTY })
    }

    /// What a node checks that is no validator: this is the next block, the block before is confirmed by the certificate
    /// in it, and this one by the votes that came with it.
    pub fn certified(&self, last: &Last) -> Result<Last, Rejected> {
        self.block.follows(&last.block).map_err(Invalid::from)?;
        let before = accounts(&self.parent_stake, last.heap_before)?;
        confirm(last.genesis, &last.block, &self.block, &before)?;
        let hash = self.block.hash();
        if (self.votes.round, self.votes.block) != (self.block.round, hash) {
            return Err(Rejected::OtherVotes(self.votes.block));
        }
        let stake = accounts(&self.stake, last.block.roots.heap)?;
        self.votes.check(last.genesis, &stake).map_err(Rejected::Votes)?;
        Ok(Last { genesis: last.genesis, block: self.block.clone(), heap_before: last.block.roots.heap })
    }

    /// The package as a file.
    pub fn to_json(&self) -> String {
        let hex = |bytes: Vec<u8>| Hex(bytes);
        let file = File {
            form: FORM,
            round: self.block.round,
            hash: self.block.hash(),
            block: hex(self.block.to_bytes()),
            transactions: self.transactions.iter().map(|t| hex(t.to_bytes())).collect(),
            votes: hex(self.votes.to_bytes()),
            stake: hex(self.stake.to_bytes()),
            parent_stake: hex(self.parent_stake.to_bytes()),
        };
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// Reads a file; any text is answered. Nothing of it is judged.
    pub fn from_json(text: &str) -> Result<Package, serde_json::Error> {
        let file: File = serde_json::from_str(text)?;
        let bad = |what: &str, e: &dyn std::fmt::Display| serde::de::Error::custom(format!("`{what}`: {e}"));
        if file.form != FORM {
            return Err(bad("form", &format!("{}, this build reads form {FORM}", file.form)));
        }
        let transaction = |hex: &Hex| Transaction::from_bytes(&hex.0).map_err(|e| bad("transactions", &e));
        let block = Block::from_bytes(&file.block.0).map_err(|e| bad("block", &e))?;
        if (file.round, file.hash) != (block.round, block.hash()) {
            return Err(bad("hash", &"round and hash are not those of the block"));
        }
        Ok(Package {
            block,
            transactions: file.transactions.iter().map(transaction).collect::<Result<_, _>>()?,
            votes: Certificate::from_bytes(&file.votes.0).map_err(|e| bad("votes", &e))?,
            stake: Witness::from_bytes(&file.stake.0).map_err(|e| bad("stake", &e))?,
            parent_stake: Witness::from_bytes(&file.parent_stake.0).map_err(|e| bad("parent_stake", &e))?,
        })
    }
}

/// The file. Round and hash are for people: they follow from the block, and must.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    form: u32,
    round: Round,
    hash: Hash,
    block: Hex,
    transactions: Vec<Hex>,
    votes: Hex,
    stake: Hex,
    parent_stake: Hex,
}

/// Bytes as hexadecimal digits, two for each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl std::fmt::Display for Hex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for Hex {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Hex, &'static str> {
        let nibble = |digit: u8| char::from(digit).to_digit(16).map(|n| n as u8);
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err("an odd number of hexadecimal digits") };
        let byte = |pair: &[u8; 2]| Some(nibble(pair[0])? << 4 | nibble(pair[1])?);
        pairs.iter().map(byte).collect::<Option<_>>().map(Hex).ok_or("not hexadecimal digits")
    }
}

impl Serialize for Hex {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Hex, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a full node writes down of a transaction's execution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The transaction.
    pub id: Hash,
    /// How its call ended; `None` for a change of code.
    pub outcome: Option<String>,
    /// Fuel that the call had.
    pub tank: i64,
    /// Fuel that it used.
    pub used: i64,
    /// Pages that it touched.
    pub touched: Vec<String>,
    /// Pages that it changed.
    pub written: Vec<String>,
}

impl Recorded {
    /// Of every transaction of a block, in order.
    pub fn of(executed: &Executed) -> Vec<Recorded> {
        let pages = |set: &std::collections::BTreeSet<_>| set.iter().map(ToString::to_string).collect();
        let recorded = |r: &Receipt| Recorded {
            id: r.id,
            outcome: r.outcome.map(|outcome| format!("{outcome:?}")),
            tank: r.tank,
            used: r.used,
            touched: pages(&r.touched),
            written: pages(&r.written),
        };
        executed.receipts.iter().map(recorded).collect()
    }
}
