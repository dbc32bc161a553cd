// SPDX-License-Identifier: MIT OR Apache-2.0
//! A small network in memory.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use avm_ledger::block::{Block, Roots};
use avm_ledger::certificate::Certificate;
use avm_ledger::execute::{Execution, Receipt};
use avm_ledger::genesis::Genesis;
use avm_ledger::ids::{Hash, Root, Round};
use avm_ledger::keys::PublicKey;
use avm_ledger::main_contract::{self, Account, Treasury, account_page};
use avm_ledger::memory::Memory;
use avm_ledger::state::{Changes, State, Unavailable};
use avm_ledger::tx::{Act, Authorisation, AvmCall, CodeChange, Nonce, Refusal, Transaction};
use avm_ledger::validate::{Before, Commitments, Invalid, Proposal, confirm, propose, validate};
use avm_sim::algorand::asm;
use avm_sim::algorand::exception::{CODE_CROSSED, Outcome};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::{AccessList, PageId};
use ed25519_dalek::SigningKey;
use sha2::{Digest, Sha256};

pub const MAIN: u64 = main_contract::APP;
/// What each account holds at the beginning, micro-ALGOs.
pub const RICH: u64 = 1_000_000_000_000;
/// Enough for anything that ends.
pub const FUEL: u64 = 400_000;
/// Where the probe is installed.
pub const PROBE: u64 = 16;

/// Methods of the probe, by index.
pub mod probe {
    pub const ADD: u16 = 0;
    pub const WANDER: u16 = 1;
    pub const SPIN: u16 = 2;
    pub const THROWS: u16 = 3;
    pub const DEEP: u16 = 4;
    pub const GROW: u16 = 5;
    pub const CLAIMS: u16 = 6;
    pub const RAW: u16 = 7;
    pub const BUYS: u16 = 8;
    pub const FOLLOW: u16 = 9;
    pub const SHIFT: u16 = 10;
    pub const PAY_ON: u16 = 11;
}

/// A reproducible stream of numbers (xorshift).
pub struct Rng(pub u64);

impl Rng {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 11) % n
    }

    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// Commitments that only a test can use: digests of everything.
pub struct Digests<'a>(pub &'a Memory);

impl Commitments for Digests<'_> {
    fn after(&self, changes: &Changes) -> Result<Roots, Unavailable> {
        let mut memory = self.0.clone();
        memory.apply(changes).expect("images");
        let (mut heap, mut code) = (Sha256::new(), Sha256::new());
        for (id, page) in &memory.pages {
            heap.update([id.app.to_le_bytes(), id.page.to_le_bytes()].concat());
            heap.update(page);
        }
        memory.code.iter().for_each(|(app, image)| code.update([&app.to_le_bytes()[..], &image.to_bytes()].concat()));
        Ok(Roots { heap: Root(heap.finalize().into()), code: Root(code.finalize().into()) })
    }
}

pub fn key(n: u64) -> SigningKey {
    SigningKey::from_bytes(&Sha256::digest(n.to_le_bytes()).into())
}

pub fn public(n: u64) -> PublicKey {
    PublicKey::of(&key(n))
}

pub fn page(app: u64, page: u64) -> PageId {
    PageId { app, page }
}

pub fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

/// A method threw this, and it left the first frame.
pub fn thrown(value: u64) -> Outcome {
    Outcome::Exception(value | CODE_CROSSED)
}

/// A network, its blocks, and the state after the last one.
pub struct Net {
    pub genesis: Hash,
    pub blocks: Vec<Block>,
    pub state: Memory,
    /// Pages that the last block changed, as they were.
    pub before: BTreeMap<PageId, Option<Vec<u8>>>,
    pub accounts: u64,
    sequence: Cell<u32>,
}

impl Net {
    /// Four rich accounts, and the probe.
    pub fn new() -> Net {
        Net::with(4, 1_000)
    }

    pub fn with(accounts: u64, lifetime: u64) -> Net {
        let memory = Memory::default();
        let mut net = Net::bare(accounts, lifetime, |changes| Digests(&memory).after(changes).unwrap());
        net.install(PROBE, include_str!("probe.avm"));
        net
    }

    /// Accounts alone, in a network whose beginning has these commitments.
    pub fn bare(accounts: u64, lifetime: u64, roots: impl FnOnce(&Changes) -> Roots) -> Net {
        let held = (0..accounts).map(|n| (public(n), RICH));
        let genesis = Genesis { lifetime, ..Genesis::new("test", held) };
        let changes = genesis.changes().unwrap();
        let mut state = Memory::default();
        state.apply(&changes).unwrap();
        let block = genesis.block(roots(&changes));
        let sequence = Cell::new(0);
        Net { genesis: block.hash(), blocks: vec![block], state, before: BTreeMap::new(), accounts, sequence }
    }

    /// Round of the next block.
    pub fn round(&self) -> u64 {
        self.parent().round.0 + 1
    }

    pub fn parent(&self) -> &Block {
        self.blocks.last().unwrap()
    }

    pub fn treasury(&self) -> Treasury {
        Treasury::read(self.state.pages.get(&main_contract::STATE_PAGE).map(Vec::as_slice))
    }

    pub fn account(&self, name: &PublicKey) -> Option<Account> {
        Account::read(self.state.pages.get(&account_page(name)).map(Vec::as_slice), name)
    }

    pub fn balance(&self, n: u64) -> u64 {
        self.account(&public(n)).map_or(0, |a| a.balance)
    }

    /// A nonce that is greater than all before.
    pub fn nonce(&self) -> Nonce {
        let sequence = self.sequence.get();
        self.sequence.set(sequence + 2);
        Nonce { issuance: self.round(), sequence }
    }

    pub fn key_of(&self, name: &PublicKey) -> SigningKey {
        (0..100).map(key).find(|k| PublicKey::of(k) == *name).expect("a key of the test")
    }

    pub fn sign(&self, call: AvmCall) -> Transaction {
        let payer = self.key_of(&call.payer);
        let others: Vec<_> = call.authorisations.iter().map(|a| self.key_of(&a.key)).collect();
        call.signed(self.genesis, &payer, &others.iter().collect::<Vec<_>>())
    }

    /// A call paid for by account `payer`, whose page is listed.
    pub fn call(&self, payer: u64, app: u64, method: u16, args: &[u8], pages: &[PageId]) -> AvmCall {
        self.call_signed_by(payer, app, method, args, pages, vec![])
    }

    pub fn call_signed_by(
        &self,
        payer: u64,
        app: u64,
        method: u16,
        args: &[u8],
        pages: &[PageId],
        authorisations: Vec<Authorisation>,
    ) -> AvmCall {
        let signers = authorisations.iter().map(|a| account_page(&a.key)).chain([account_page(&public(payer))]);
        let list = AccessList::new([MAIN, app], pages.iter().copied().chain(signers.collect::<Vec<_>>())).unwrap();
        AvmCall {
            payer: public(payer),
            nonce: self.nonce(),
            fuel: FUEL,
            app,
            method,
            args: args.to_vec(),
            authorisations,
            list,
            signatures: vec![],
        }
    }

    /// A call of the probe with words for arguments.
    pub fn probe(&self, payer: u64, method: u16, args: &[u64], pages: &[u64]) -> AvmCall {
        let pages: Vec<_> = pages.iter().map(|p| page(PROBE, *p)).collect();
        self.call(payer, PROBE, method, &words(args), &pages)
    }

    pub fn transfer(&self, from: u64, to: u64, amount: u64) -> AvmCall {
        main_contract::transfer(public(from), self.nonce(), public(to), amount, FUEL)
    }

    pub fn authorisation(&self, n: u64, app: u64, message: &[u8]) -> Authorisation {
        Authorisation { key: public(n), nonce: self.nonce(), app, message: message.to_vec() }
    }

    /// A change of code that all accounts of the beginning vote for.
    pub fn change(&self, app: u64, act: Act) -> Transaction {
        let keys: Vec<_> = (0..self.accounts).map(key).collect();
        let change = CodeChange { act, sequence: self.treasury().changes, app, votes: vec![] };
        change.voted(self.genesis, &keys.iter().collect::<Vec<_>>())
    }

    pub fn install(&mut self, app: u64, source: &str) {
        let change = self.change(app, Act::Install(assembled(source)));
        self.take(vec![change]);
    }

    /// A certificate of the last block, by all accounts of the beginning.
    pub fn certificate(&self) -> Certificate {
        let (round, hash) = (self.parent().round, self.parent().hash());
        // Nobody votes on the beginning.
        let voters = if round == Round(0) { 0 } else { self.accounts };
        Certificate::of(round, hash, (0..voters).map(|n| Certificate::vote(self.genesis, round, hash, &key(n))))
    }

    /// The next block, of what fits.
    pub fn propose(&self, transactions: Vec<Transaction>) -> Proposal {
        let commitments = Digests(&self.state);
        propose(self.genesis, self.parent(), self.certificate(), transactions, &self.state, &commitments).unwrap()
    }

    /// What a validator says of a block.
    pub fn judge(&self, block: &Block, transactions: Vec<Transaction>) -> Result<(), Invalid> {
        confirm(self.genesis, self.parent(), block, &Before { after: &self.state, pages: &self.before })?;
        validate(self.genesis, block, transactions, &self.state, &Digests(&self.state)).map(|_| ())
    }

    /// Makes the next block of all these, has it judged, and goes on from there.
    pub fn take(&mut self, transactions: Vec<Transaction>) -> Vec<Receipt> {
        let proposal = self.propose(transactions);
        assert_eq!(proposal.refused, vec![], "refused");
        self.accept(proposal)
    }

    pub fn accept(&mut self, proposal: Proposal) -> Vec<Receipt> {
        self.judge(&proposal.block, proposal.transactions.clone()).expect("what was produced is valid");
        self.follow(proposal)
    }

    /// Goes on from a block that somebody else has judged.
    pub fn follow(&mut self, proposal: Proposal) -> Vec<Receipt> {
        let sum: u64 = self.sum();
        self.state.apply(&proposal.executed.changes).unwrap();
        assert_eq!(self.sum(), sum, "money is moved, never made");
        self.before = proposal.executed.before;
        self.blocks.push(proposal.block);
        self.sequence.set(0);
        proposal.executed.receipts
    }

    /// All balances and the sink.
    fn sum(&self) -> u64 {
        let accounts = self.state.pages.range(page(MAIN, 16)..page(MAIN + 1, 0));
        let balances = accounts.map(|(_, p)| u64::from_le_bytes(p[32..40].try_into().unwrap()));
        balances.sum::<u64>() + self.treasury().sink
    }

    /// What the next block would say of one transaction.
    pub fn offer(&self, transaction: Transaction) -> Result<Receipt, Refusal> {
        let mut execution = Execution::begin(Round(self.round()), &self.state).unwrap();
        execution.offer(&transaction.check(self.genesis)?)?;
        Ok(execution.finish(true)?.receipts.remove(0))
    }

    /// The outcome of a transaction that must be admitted.
    pub fn outcome(&self, transaction: Transaction) -> Outcome {
        self.offer(transaction).expect("admitted").outcome.expect("a call")
    }
}

/// An image, as bytes.
pub fn assembled(source: &str) -> Vec<u8> {
    let program = asm::assemble("test.avm", source).unwrap_or_else(|e| panic!("{}", e[0]));
    program.image.to_bytes()
}

/// A state that tells what it is asked for.
pub struct Watched<'a> {
    pub state: &'a Memory,
    pub pages: std::cell::RefCell<Vec<PageId>>,
    pub apps: std::cell::RefCell<Vec<u64>>,
}

impl State for Watched<'_> {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.pages.borrow_mut().push(id);
        self.state.page(id)
    }

    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        self.apps.borrow_mut().push(app);
        self.state.code(app)
    }
}
