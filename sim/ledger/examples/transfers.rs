//! Token transfers a second into validated blocks, without the store: `cargo run --release -p avm-ledger --example transfers`.
//!
//! Each transfer has two signatures, the payer's and the owner's. A block is produced, and validated as a validator does it:
//! signatures, purchases, calls, the hash of the transactions. Commitments are not computed: there is no database here. In the same
//! run, a bare loop of as many signature checks, on one thread and on all.

use std::time::{Duration, Instant};

use avm_ledger::block::{Block, Roots};
use avm_ledger::certificate::Certificate;
use avm_ledger::genesis::Genesis;
use avm_ledger::ids::{Hash, Root};
use avm_ledger::keys::{PublicKey, Signed};
use avm_ledger::main_contract;
use avm_ledger::memory::Memory;
use avm_ledger::oracle;
use avm_ledger::state::{Changes, Unavailable};
use avm_ledger::tx::{Nonce, Transaction};
use avm_ledger::validate::{Commitments, propose, validate};
use ed25519_dalek::SigningKey;
use rayon::prelude::*;

const ACCOUNTS: usize = 2_000;
const BLOCKS: u64 = 10;
const PER_BLOCK: usize = 1_000;

/// No database: nothing is committed to.
struct None;

impl Commitments for None {
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
    let good =
        |(key, signature): &&&(PublicKey, avm_ledger::keys::Signature)| Signed::Vote.verify(key, signature, &[&id]);
    let n = if parallel { all.par_iter().filter(|s| good(&s)).count() } else { all.iter().filter(good).count() };
    assert_eq!(n, 2 * PER_BLOCK);
    begin.elapsed()
}

fn main() {
    let keys: Vec<_> = (0..ACCOUNTS).map(key).collect();
    let network = Genesis::new("figures", keys.iter().map(|k| (PublicKey::of(k), 1_000_000_000_000)));
    let mut state = Memory::default();
    state.apply(&network.changes().expect("accounts")).expect("an image");
    let mut parent: Block = network.block(None.after(&Changes::default()).expect("nothing"));
    let genesis = parent.hash();
    let sample = main_contract::transfer(
        PublicKey::of(&keys[0]),
        Nonce { issuance: 1, sequence: 0 },
        PublicKey::of(&keys[1]),
        1,
        0,
    );
    let report = oracle::ask(genesis, &sample, &state).expect("a transfer");
    let (mut producing, mut validating) = (Duration::ZERO, Duration::ZERO);
    for round in 1..=BLOCKS {
        let candidates = transfers(genesis, &keys, round, report.fuel as u64);
        let certificate = Certificate::of(parent.round, parent.hash(), []);
        let begin = Instant::now();
        let proposal = propose(genesis, &parent, certificate, candidates, &state, &None).expect("a block");
        producing += begin.elapsed();
        assert!(proposal.refused.is_empty(), "{:?}", proposal.refused.first());
        let begin = Instant::now();
        let executed = validate(genesis, &proposal.block, proposal.transactions, &state, &None).expect("valid");
        validating += begin.elapsed();
        let returned = executed
            .receipts
            .iter()
            .filter(|r| matches!(r.outcome, Some(avm_sim::algorand::exception::Outcome::Returned(_))));
        assert_eq!(returned.count(), PER_BLOCK);
        state.apply(&executed.changes).expect("images");
        parent = proposal.block;
    }
    let (serial, parallel) = (bare_checks(&keys, false), bare_checks(&keys, true));
    let transfers = BLOCKS as f64 * PER_BLOCK as f64;
    let rate = |time: Duration| transfers / time.as_secs_f64();
    let checks = parallel.as_secs_f64() * BLOCKS as f64;
    let row = |name: &str, value: f64, unit: &str| println!("{name:<58} {value:>10.1} {unit}");
    row("transfers validated, without the store", rate(validating), "1/s (target 2000, with the store)");
    row("transfers produced, without the store", rate(producing), "1/s");
    row("transfers produced and validated, without the store", rate(producing + validating), "1/s");
    row("bare signature checks, one thread", 2.0 * PER_BLOCK as f64 / serial.as_secs_f64(), "1/s");
    row("bare signature checks, all threads", 2.0 * PER_BLOCK as f64 / parallel.as_secs_f64(), "1/s");
    row("share of signature checks in validating", 100.0 * checks / validating.as_secs_f64(), "%");
    row("fuel of a transfer, all included", report.fuel as f64, "units");
    row("fuel of its call", report.used as f64, "units");
}
