// SPDX-License-Identifier: MIT OR Apache-2.0
//! A full node: a store, whose blocks are packages. It makes blocks, judges those of others, keeps them, and executes any
//! of them again as it was.

use std::path::Path;

use ed25519_dalek::SigningKey;

use crate::block::Block;
use crate::certificate::{Certificate, CertificateError};
use crate::commitments::Preparing;
use crate::edb::disk::Options;
use crate::edb::proof::ProofError;
use crate::edb::{Edb as _, EdbError};
use crate::execute::{BeginError, Executed, Execution};
use crate::genesis::{Genesis, GenesisError};
use crate::ids::{Hash, Root, Round};
use crate::keys::PublicKey;
use crate::main_contract::{Account, STATE_PAGE, account_page};
use crate::package::{Last, Package, Recorded, Rejected, stake_pages};
use crate::params::VOTES;
use crate::state::{State as _, Unavailable};
use crate::store::recover::Recovery;
use crate::store::{Notes, Prepared, Store, StoreError, Tip};
use crate::tx::{Refusal, Transaction};
use crate::validate::{Commitments as _, Invalid, propose, validate};
use crate::witness::{Reading, Witness, WitnessError};

/// A store with blocks.
pub struct Node {
    store: Store,
    genesis: Hash,
}

/// A block that was made or found right, and is not kept yet.
pub struct Made {
    /// The block, with its votes.
    pub package: Package,
    /// What it does.
    pub executed: Executed,
    /// Candidates that are not in it, by their index.
    pub refused: Vec<(usize, Refusal)>,
    witness: Witness,
    prepared: Prepared,
}

/// What a node cannot do, and why.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A database.
    #[error(transparent)]
    Database(#[from] EdbError),
    /// The network cannot begin so.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The store has no block 0.
    #[error("the store has no block yet: it was not made by `init`")]
    Empty,
    /// The database is not in the state of the last block.
    #[error("the heap is not that of block {0}: {1}: files of it were lost or changed; restore a copy")]
    Unsound(Round, ProofError),
    /// There is no such block.
    #[error("there is no block of round {0}: the last one is that of round {1}")]
    NoBlock(Round, Round),
    /// What was written down cannot be read.
    #[error("the record of block {0} cannot be read: {1}")]
    Record(Round, String),
    /// The keys do not weigh enough.
    #[error("the keys at hand cannot confirm a block: {0}")]
    Keys(CertificateError),
    /// The block is not accepted.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// Executed again, a block of the store is not what was kept.
    #[error("block {0}, executed again, is another one: {1}")]
    Differs(Round, String),
}

impl From<Invalid> for NodeError {
    fn from(e: Invalid) -> NodeError {
        NodeError::Rejected(e.into())
    }
}

impl From<Unavailable> for NodeError {
    fn from(e: Unavailable) -> NodeError {
        NodeError::Rejected(Invalid::from(e).into())
    }
}

fn note(kind: &str, round: Round) -> Vec<u8> {
    format!("{kind}/{round}").into_bytes()
}

impl Node {
    /// Makes a node in a directory that has none: its block 0.
    pub fn create(directory: &Path, options: Options, genesis: &Genesis) -> Result<Node, NodeError> {
        let changes = genesis.changes()?;
        let (store, _) = Store::open(directory, options)?;
        let prepared = store.prepare(&changes)?;
        let (heap, code) = prepared.roots();
        let block = genesis.block(crate::block::Roots { heap, code });
        let hash = block.hash();
        let package = Package::of_genesis(block);
        let notes = Notes::from([(note("package", Round(0)), Some(package.to_json().into_bytes()))]);
        store.commit(prepared, &package.block.to_kept(), &notes)?;
        Ok(Node { store, genesis: hash })
    }

    /// Opens a node, and says what had to be undone.
    pub fn open(directory: &Path, options: Options) -> Result<(Node, Recovery), NodeError> {
        let (store, recovery) = Store::open(directory, options)?;
        let genesis = store.block(Round(0))?.ok_or(NodeError::Empty)?.hash;
        let node = Node { store, genesis };
        node.sound()?;
        Ok((node, recovery))
    }

    /// Every block writes page 0: that of the database must be the one that the last block commits to. It is not if a write
    /// to the database's table of trie pages was lost, which `nomt` 1.0.5 does not notice.
    fn sound(&self) -> Result<(), NodeError> {
        let tip = self.tip()?;
        let (_, answer) = self.store.heap().get(STATE_PAGE)?;
        let proven = answer.proof.verify(tip.heap, STATE_PAGE, answer.value.as_deref());
        proven.map(|_| ()).map_err(|e| NodeError::Unsound(tip.round, e))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The store, for a server.
    pub fn into_store(self) -> Store {
        self.store
    }

    /// The network.
    pub fn genesis(&self) -> Hash {
        self.genesis
    }

    /// The last block's round and commitments.
    pub fn tip(&self) -> Result<Tip, NodeError> {
        self.store.tip().ok_or(NodeError::Empty)
    }

    /// The last block, and what judging the next one needs.
    pub fn last(&self) -> Result<Last, NodeError> {
        let tip = self.tip()?;
        let before = tip.round.0.checked_sub(1).map(|round| self.store.block(Round(round))).transpose()?.flatten();
        let heap_before = before.map_or(Root::EMPTY, |block| block.heap);
        Ok(Last { genesis: self.genesis, block: self.package(tip.round)?.block, heap_before })
    }

    /// A block with all that came with it.
    pub fn package(&self, round: Round) -> Result<Package, NodeError> {
        let damaged = |why: String| NodeError::Record(round, why);
        let text = String::from_utf8(self.noted("package", round)?).map_err(|e| damaged(e.to_string()))?;
        Package::from_json(&text).map_err(|e| damaged(e.to_string()))
    }

    /// What was written down of a block's transactions.
    pub fn recorded(&self, round: Round) -> Result<Vec<Recorded>, NodeError> {
        if round == Round(0) {
            return Ok(Vec::new());
        }
        serde_json::from_slice(&self.noted("receipts", round)?).map_err(|e| NodeError::Record(round, e.to_string()))
    }

    fn noted(&self, kind: &str, round: Round) -> Result<Vec<u8>, NodeError> {
        let last = self.tip()?.round;
        if round > last {
            return Err(NodeError::NoBlock(round, last));
        }
        let missing = || NodeError::Record(round, format!("it has no {kind}"));
        self.store.note(&note(kind, round))?.ok_or_else(missing)
    }

    /// Makes the next block of those candidates that fit, and votes for it with these keys.
    pub fn propose(&self, candidates: Vec<Transaction>, keys: &[SigningKey]) -> Result<Made, NodeError> {
        let parent = self.package(self.tip()?.round)?;
        let (reading, preparing) = (Reading::new(&self.store), Preparing::new(&self.store));
        let certificate = parent.votes.clone();
        let proposal = propose(self.genesis, &parent.block, certificate, candidates, &reading, &preparing)?;
        let hash = proposal.block.hash();
        let voters = self.voters(keys)?;
        let vote = |key: &&SigningKey| Certificate::vote(self.genesis, proposal.block.round, hash, key);
        let votes = Certificate::of(proposal.block.round, hash, voters.iter().map(vote));
        votes.check(self.genesis, &self.store).map_err(NodeError::Keys)?;
        let stake = Witness::of(&self.store, stake_pages(votes.votes.iter().map(|(key, _)| key)), [])?;
        let transactions = proposal.transactions;
        let package = Package { block: proposal.block, transactions, votes, stake, parent_stake: parent.stake };
        self.made(package, proposal.executed, proposal.refused, &reading, &preparing)
    }

    /// Those keys that weigh something, the heaviest first, as many as may vote.
    pub fn voters<'k>(&self, keys: &'k [SigningKey]) -> Result<Vec<&'k SigningKey>, NodeError> {
        let mut voters = Vec::new();
        for key in keys {
            let name = PublicKey::of(key);
            let page = self.store.page(account_page(&name))?;
            let balance = Account::read(page.as_deref(), &name).map_or(0, |account| account.balance);
            voters.push((balance, key));
        }
        voters.retain(|(balance, _)| *balance > 0);
        voters.sort_by_key(|(balance, _)| std::cmp::Reverse(*balance));
        voters.truncate(VOTES);
        Ok(voters.into_iter().map(|(_, key)| key).collect())
    }

    /// Judges a block of somebody else: certificate, and then all that a validator checks.
    pub fn judge(&self, package: Package) -> Result<Made, NodeError> {
        package.certified(&self.last()?)?;
        let (reading, preparing) = (Reading::new(&self.store), Preparing::new(&self.store));
        let transactions = package.transactions.clone();
        let executed = validate(self.genesis, &package.block, transactions, &reading, &preparing)?;
        self.made(package, executed, Vec::new(), &reading, &preparing)
    }

    fn made(
        &self,
        package: Package,
        executed: Executed,
        refused: Vec<(usize, Refusal)>,
        reading: &Reading<'_>,
        preparing: &Preparing<'_>,
    ) -> Result<Made, NodeError> {
        let witness = reading.witness(&self.store)?;
        let lost = || NodeError::Record(package.block.round, "its state was not computed".into());
        let prepared = preparing.take().ok_or_else(lost)?;
        Ok(Made { package, executed, refused, witness, prepared })
    }

    /// Keeps a block, with what executing it again needs: all of it or nothing.
    pub fn keep(&self, made: Made) -> Result<Tip, NodeError> {
        let round = made.package.block.round;
        let receipts = serde_json::to_vec(&Recorded::of(&made.executed));
        let receipts = receipts.map_err(|e| NodeError::Record(round, e.to_string()))?;
        let notes = Notes::from([
            (note("package", round), Some(made.package.to_json().into_bytes())),
            (note("witness", round), Some(made.witness.to_bytes())),
            (note("receipts", round), Some(receipts)),
        ]);
        Ok(self.store.commit(made.prepared, &made.package.block.to_kept(), &notes)?)
    }

    /// Executes a block again, on what it read and nothing else, and compares all that was written down. Every invocation is
    /// in the result, with the pages and the code as the node saw them.
    pub fn again(&self, round: Round) -> Result<Executed, NodeError> {
        let package = self.package(round)?;
        let Some(before) = round.0.checked_sub(1) else { return Ok(empty(&package.block)) };
        let parent = self.package(Round(before))?.block;
        let damaged = |why: String| NodeError::Record(round, why);
        let witness = Witness::from_bytes(&self.noted("witness", round)?).map_err(|e| damaged(e.to_string()))?;
        let state = witness.check(parent.roots).map_err(|e: WitnessError| damaged(e.to_string()))?;
        let differs = |what: String| NodeError::Differs(round, what);
        let begun = Execution::begin_recording(round, &state);
        let mut execution = begun.map_err(|e: BeginError| differs(e.to_string()))?;
        for (index, checked) in Transaction::check_all(package.transactions, self.genesis).into_iter().enumerate() {
            let offered = checked.and_then(|checked| execution.offer(&checked));
            offered.map_err(|e| differs(format!("transaction {index}: {e}")))?;
        }
        let executed = execution.finish(false)?;
        if executed.transactions != package.block.transactions {
            return Err(differs("its transactions have another hash".into()));
        }
        if state.after(&executed.changes)? != package.block.roots {
            return Err(differs("it leads to other commitments".into()));
        }
        if Recorded::of(&executed) != self.recorded(round)? {
            return Err(differs("a call ends otherwise than it was written down".into()));
        }
        Ok(executed)
    }
}

/// Block 0 executes nothing.
fn empty(block: &Block) -> Executed {
    Executed {
        transactions: block.transactions,
        receipts: Vec::new(),
        changes: Default::default(),
        before: Default::default(),
        invocations: Vec::new(),
    }
}
