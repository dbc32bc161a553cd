// SPDX-License-Identifier: MIT OR Apache-2.0
//! Token transfers a second into validated blocks: `cargo run --release -p avm-ledger --example transfers`.
//!
//! Each transfer has two signatures, the payer's and the owner's. A block is produced, and validated as a validator does it:
//! signatures, purchases, calls, the hash of the transactions, commitments; and kept. First with both databases on disk, in a
//! folder for the time of the run; then without, in memory, where no commitment is computed. In the same run, a bare
//! loop of as many signature checks, on one thread and on all.

use std::time::{Duration, Instant};

use avm_ledger::block::{Block, Roots};
use avm_ledger::certificate::Certificate;
use avm_ledger::commitments::Preparing;
use avm_ledger::edb::disk::Options;
use avm_ledger::genesis::Genesis;
use avm_ledger::ids::{Hash, Root};
use avm_ledger::keys::{PublicKey, Signature, Signed};
use avm_ledger::main_contract;
use avm_ledger::memory::Memory;
use avm_ledger::oracle;
use avm_ledger::state::{Changes, State, Unavailable};
use avm_ledger::store::{Notes, Store};
use avm_ledger::tx::{Nonce, Transaction};
use avm_ledger::validate::{Commitments, propose, validate};
use avm_sim::algorand::exception::Outcome;
use ed25519_dalek::SigningKey;
use rayon::prelude::*;

const ACCOUNTS: usize = 2_000;
const BLOCKS: u64 = 10;
const PER_BLOCK: usize = 1_000;

/// No database: nothing is committed to.
struct Nowhere;

impl Commitments for Nowhere {
    fn after(&self, _: &Changes) -> Result<Roots, Unavailable> {
        Ok(Roots { heap: Root::EMPTY, code: Root::EMPTY })
    }
}

fn key(n: usize) -> SigningKey {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&(n as u64).to_le_bytes());
    SigningKey::from_bytes(&seed)
}

fn transfers(genesis: Hash, keys: &[SigningKey], round: u64, fuel: u64) -> Vec<Transaction> {
    let one = |n: usize| {
        let from = (n + round as usize * PER_BLOCK) % ACCOUNTS;
        let to = (from * 7 + 13 + round as usize) % ACCOUNTS;
        let nonce = Nonce { issuance: round, sequence: 0 };
        let call = main_contract::transfer(PublicKey::of(&keys[from]), nonce, PublicKey::of(&keys[to]), 1, fuel);
        call.signed(genesis, &keys[from], &[&keys[from]])
    };
    (0..PER_BLOCK).into_par_iter().map(one).collect()
}

/// As many checks of signatures as the transfers of a block need.
fn bare_checks(keys: &[SigningKey], parallel: bool) -> Duration {
    let id = [3; 32];
    let signed: Vec<_> = keys.iter().map(|k| (PublicKey::of(k), Signed::Vote.sign(k, &[&id]))).collect();
    let all: Vec<_> = signed.iter().cycle().take(2 * PER_BLOCK).collect();
    let begin = Instant::now();
    let good = |(key, signature): &&&(PublicKey, Signature)| Signed::Vote.verify(key, signature, &[&id]);
    let n = if parallel { all.par_iter().filter(|s| good(s)).count() } else { all.iter().filter(good).count() };
    assert_eq!(n, 2 * PER_BLOCK);
    begin.elapsed()
}

/// What was measured.
#[derive(Default)]
struct Times {
    producing: Duration,
    validating: Duration,
    keeping: Duration,
}

/// A network, and how its blocks are made and kept.
struct Run<'a> {
    genesis: Hash,
    parent: Block,
    keys: &'a [SigningKey],
    fuel: u64,
    times: Times,
}

impl Run<'_> {
    /// One block. `keep` is given what a node keeps.
    fn block(&mut self, state: &dyn State, commitments: &dyn Commitments, keep: impl FnOnce(&Block, &Changes)) {
        let round = self.parent.round.0 + 1;
        let candidates = transfers(self.genesis, self.keys, round, self.fuel);
        let certificate = Certificate::of(self.parent.round, self.parent.hash(), []);
        let begin = Instant::now();
        let proposal =
            propose(self.genesis, &self.parent, certificate, candidates, state, commitments).expect("a block");
        self.times.producing += begin.elapsed();
        assert!(proposal.refused.is_empty(), "{:?}", proposal.refused.first());
        let begin = Instant::now();
        let executed =
            validate(self.genesis, &proposal.block, proposal.transactions, state, commitments).expect("valid");
        self.times.validating += begin.elapsed();
        let returned = executed.receipts.iter().filter(|r| matches!(r.outcome, Some(Outcome::Returned(_))));
        assert_eq!(returned.count(), PER_BLOCK);
        let begin = Instant::now();
        keep(&proposal.block, &executed.changes);
        self.times.keeping += begin.elapsed();
        self.parent = proposal.block;
    }
}

/// Both databases on disk.
fn with_the_store(network: &Genesis, keys: &[SigningKey], fuel: u64) -> Times {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(&folder.path().join("ledger"), Options::small()).expect("a store");
    let preparing = Preparing::new(&store);
    let parent = network.block(preparing.after(&network.changes().expect("accounts")).expect("commitments"));
    let keep = |block: &Block| {
        let prepared = preparing.take().expect("what was validated");
        store.commit(prepared, &block.to_kept(), &Notes::new()).expect("kept");
    };
    keep(&parent);
    let mut run = Run { genesis: parent.hash(), parent, keys, fuel, times: Times::default() };
    (0..BLOCKS).for_each(|_| run.block(&store, &preparing, |block, _| keep(block)));
    run.times
}

/// A state in memory, and no commitments.
fn without_the_store(network: &Genesis, keys: &[SigningKey], fuel: u64) -> Times {
    let mut state = Memory::default();
    state.apply(&network.changes().expect("accounts")).expect("an image");
    let parent = network.block(Nowhere.after(&Changes::default()).expect("nothing"));
    let mut run = Run { genesis: parent.hash(), parent, keys, fuel, times: Times::default() };
    for _ in 0..BLOCKS {
        let mut changed = Changes::default();
        run.block(&state, &Nowhere, |_, changes| changed = changes.clone());
        state.apply(&changed).expect("images");
    }
    run.times
}

/// What a transfer costs, as the oracle says it.
fn fuel_of_a_transfer(network: &Genesis, keys: &[SigningKey]) -> (u64, i64) {
    let mut state = Memory::default();
    state.apply(&network.changes().expect("accounts")).expect("an image");
    let nonce = Nonce { issuance: 1, sequence: 0 };
    let sample = main_contract::transfer(PublicKey::of(&keys[0]), nonce, PublicKey::of(&keys[1]), 1, 0);
    let report = oracle::ask(Hash::default(), &sample, &state).expect("a transfer");
    (report.fuel as u64, report.used)
}

fn main() {
    let keys: Vec<_> = (0..ACCOUNTS).map(key).collect();
    let network = Genesis::new("figures", keys.iter().map(|k| (PublicKey::of(k), 1_000_000_000_000)));
    let (fuel, used) = fuel_of_a_transfer(&network, &keys);
    let (store, memory) = (with_the_store(&network, &keys, fuel), without_the_store(&network, &keys, fuel));
    let (serial, parallel) = (bare_checks(&keys, false), bare_checks(&keys, true));
    let transfers = (BLOCKS * PER_BLOCK as u64) as f64;
    let rate = |time: Duration| transfers / time.as_secs_f64();
    let row = |name: &str, value: f64, unit: &str| println!("{name:<52} {value:>10.1} {unit}");
    let kept = store.validating + store.keeping;
    row("transfers validated and kept, both databases", rate(kept), "1/s (target 2000)");
    row("transfers produced, validated and kept", rate(kept + store.producing), "1/s");
    row("transfers validated, without the store", rate(memory.validating), "1/s");
    row("transfers produced, without the store", rate(memory.producing), "1/s");
    let checks = |time: Duration| 2.0 * PER_BLOCK as f64 / time.as_secs_f64();
    row("bare signature checks, one thread", checks(serial), "1/s");
    row("bare signature checks, all threads", checks(parallel), "1/s");
    let share = |whole: Duration| 100.0 * parallel.as_secs_f64() * BLOCKS as f64 / whole.as_secs_f64();
    row("share of signature checks, with the store", share(kept), "%");
    row("share of signature checks, without", share(memory.validating), "%");
    row("fuel of a transfer, all included", fuel as f64, "units");
    row("fuel of its call", used as f64, "units");
}
