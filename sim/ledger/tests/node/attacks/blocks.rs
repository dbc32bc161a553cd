// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a block commits to and who confirms it: N9, N11, N12, N14.

use std::collections::BTreeSet;

use avm_ledger::block::{NotNext, Roots, hash_of_transactions};
use avm_ledger::certificate::{Certificate, CertificateError};
use avm_ledger::execute::Execution;
use avm_ledger::ids::{Hash, Root, Round};
use avm_ledger::main_contract;
use avm_ledger::state::{State, Unavailable};
use avm_ledger::tx::Refusal;
use avm_ledger::validate::{Before, Invalid};
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use crate::support::*;

/// One state is read, the parent's, each page and code area once, and nothing that no list has; what the block itself
/// changes lies over it.
#[test]
fn n9_one_state_is_read() {
    let mut net = Net::new();
    net.take(vec![net.sign(net.probe(0, probe::ADD, &[5, 10], &[5]))]);
    let calls: Vec<_> = (0..4).map(|n| net.sign(net.probe(n % 2, probe::ADD, &[5, 1], &[5]))).collect();
    let mut wanted = (BTreeSet::new(), BTreeSet::new());
    for (apps, pages) in calls.iter().map(|t| t.wants()) {
        wanted.0.extend(apps);
        wanted.1.extend(pages);
    }
    let watched = Watched { state: &net.state, pages: Default::default(), apps: Default::default() };
    let mut execution = Execution::begin(Round(net.round()), &watched).unwrap();
    calls.into_iter().for_each(|t| execution.offer(&t.check(net.genesis).unwrap()).unwrap());
    let executed = execution.finish(true).unwrap();
    let values: Vec<_> = executed.receipts.iter().map(|r| r.outcome).collect();
    assert_eq!(values, [11, 12, 13, 14].map(|v| Some(Outcome::Returned(Some(v)))), "each sees the one before");
    let (pages, apps) = (watched.pages.into_inner(), watched.apps.into_inner());
    assert_eq!(pages.len(), pages.iter().collect::<BTreeSet<_>>().len(), "a page is read once");
    assert_eq!(apps.len(), apps.iter().collect::<BTreeSet<_>>().len(), "code is read once");
    assert_eq!(pages.into_iter().collect::<BTreeSet<_>>(), wanted.1, "what is wanted is known before");
    assert_eq!(apps.into_iter().collect::<BTreeSet<_>>(), wanted.0);
}

/// A state without a page.
struct Lacking<'a>(&'a Net, PageId);

impl State for Lacking<'_> {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        let lacking = || Unavailable { what: format!("page {id}"), why: "silence".into() };
        if id == self.1 { Err(lacking()) } else { self.0.state.page(id) }
    }

    fn code(&self, app: u64) -> Result<Option<std::sync::Arc<Image>>, Unavailable> {
        self.0.state.code(app)
    }
}

/// What is not known is no outcome: neither a refusal that goes into a block, nor an invalid block.
#[test]
fn n9_what_is_not_available_is_not_judged() {
    let net = Net::new();
    let proposal = net.propose(vec![net.sign(net.probe(0, probe::ADD, &[5, 10], &[5]))]);
    for lacking in [page(PROBE, 5), main_contract::account_page(&public(0)), main_contract::STATE_PAGE] {
        let state = Lacking(&net, lacking);
        let judged = avm_ledger::validate::validate(
            net.genesis,
            &proposal.block,
            proposal.transactions.clone(),
            &state,
            &Digests(&net.state),
        );
        assert!(matches!(judged, Err(Invalid::Unavailable(_))), "{lacking}");
    }
}

/// The order is hashed, and so is the number; a transaction is there once.
#[test]
fn n11_order_is_hashed() {
    let net = Net::new();
    let calls: Vec<_> = (0..2).map(|n| net.sign(net.probe(n, probe::ADD, &[5, 1 + n], &[5]))).collect();
    let proposal = net.propose(calls.clone());
    assert_eq!(net.judge(&proposal.block, calls.clone()), Ok(()));
    let swapped = vec![calls[1].clone(), calls[0].clone()];
    assert!(matches!(net.judge(&proposal.block, swapped), Err(Invalid::Transactions { .. })));
    assert!(matches!(net.judge(&proposal.block, calls[..1].to_vec()), Err(Invalid::Transactions { .. })));
    let doubled = [calls.clone(), calls[..1].to_vec()].concat();
    assert_eq!(
        net.judge(&proposal.block, doubled.clone()),
        Err(Invalid::Transaction { index: 2, refusal: Refusal::Duplicate })
    );
    assert_eq!(net.propose(doubled).refused, [(2, Refusal::Duplicate)]);
    let ids: Vec<_> = calls.iter().map(|t| t.id(net.genesis)).collect();
    assert_eq!(proposal.block.transactions, hash_of_transactions(&ids));
    let hashes = [&ids[..], &[ids[1], ids[0]], &ids[..1], &[], &[ids[0], ids[0]]].map(hash_of_transactions);
    assert_eq!(hashes.iter().collect::<BTreeSet<_>>().len(), 5);
}

/// Everything that a block says is checked.
#[test]
fn a_block_says_one_thing() {
    let mut net = Net::new();
    net.take(vec![]);
    let proposal = net.propose(vec![net.sign(net.probe(1, probe::ADD, &[5, 1], &[5]))]);
    let judge = |change: &dyn Fn(&mut avm_ledger::block::Block)| {
        let mut block = proposal.block.clone();
        change(&mut block);
        net.judge(&block, proposal.transactions.clone())
    };
    assert_eq!(judge(&|_| {}), Ok(()));
    let other = Root([9; 32]);
    assert!(matches!(judge(&|b| b.roots.heap = other), Err(Invalid::Roots { .. })));
    assert!(matches!(judge(&|b| b.roots = Roots { code: other, ..b.roots }), Err(Invalid::Roots { .. })));
    assert!(matches!(judge(&|b| b.transactions = Hash([9; 32])), Err(Invalid::Transactions { .. })));
    for round in [0, net.round() - 1, net.round() + 1, u64::MAX] {
        assert!(matches!(judge(&|b| b.round = Round(round)), Err(Invalid::NotNext(NotNext::Round { .. }))));
    }
    let forked = judge(&|b| b.certificate.block = Hash([9; 32]));
    assert_eq!(forked, Err(Invalid::NotNext(NotNext::Parent(Hash([9; 32])))));
    let cut = judge(&|b| b.certificate.votes.truncate(2));
    assert!(matches!(cut, Err(Invalid::Certificate(CertificateError::Light { .. }))));
}

fn check(net: &Net, certificate: &Certificate) -> Result<(), CertificateError> {
    certificate.check(net.genesis, &Before { after: &net.state, pages: &net.before })
}

/// A key votes once, for one block of one round of one network, with what it has; two thirds are not enough.
#[test]
fn n12_votes_count_once() {
    // Three accounts of one size: two of them are two thirds.
    let mut net = Net::with(3, 1_000);
    net.take(vec![]);
    let (round, hash) = (net.parent().round, net.parent().hash());
    let vote = |n| Certificate::vote(net.genesis, round, hash, &key(n));
    let of = |votes: Vec<_>| check(&net, &Certificate::of(round, hash, votes));
    assert_eq!(of(vec![vote(0), vote(1), vote(2)]), Ok(()));
    assert!(matches!(of(vec![vote(0), vote(1)]), Err(CertificateError::Light { .. })));
    assert_eq!(of(vec![vote(0), vote(1), vote(1)]), Err(CertificateError::Keys), "a key twice");
    assert!(matches!(of(vec![vote(0), vote(1), vote(90)]), Err(CertificateError::Light { .. })), "a key without money");
    assert!(matches!(of(vec![]), Err(CertificateError::Light { .. })));
    let mut unsorted = Certificate::of(round, hash, [vote(0), vote(1), vote(2)]);
    unsorted.votes.reverse();
    assert_eq!(check(&net, &unsorted), Err(CertificateError::Keys));
    let foreign = [
        Certificate::vote(Hash([1; 32]), round, hash, &key(2)),
        Certificate::vote(net.genesis, Round(round.0 + 1), hash, &key(2)),
        Certificate::vote(net.genesis, round, Hash([1; 32]), &key(2)),
    ];
    for wrong in foreign {
        assert_eq!(of(vec![vote(0), vote(1), wrong]), Err(CertificateError::Forged(public(2))));
    }
    // Decoding refuses what checking refuses.
    assert!(Certificate::from_bytes(&unsorted.to_bytes()).is_err());
    // The beginning is not voted on, and cannot be.
    let beginning =
        Certificate::of(Round(0), net.genesis, [Certificate::vote(net.genesis, Round(0), net.genesis, &key(0))]);
    assert_eq!(check(&net, &beginning), Err(CertificateError::Genesis));
}

/// Money that a block moves does not vote on it.
#[test]
fn n12_stake_is_read_before() {
    let mut net = Net::with(4, 1_000);
    // All but the fees go to account 50.
    let moves: Vec<_> = (0..4).map(|n| net.sign(net.transfer(n, 50, RICH - 1_000_000))).collect();
    let receipts = net.take(moves);
    assert!(receipts.iter().all(|r| matches!(r.outcome, Some(Outcome::Returned(_)))));
    assert!(net.balance(50) > 3 * RICH);
    let (round, hash) = (net.parent().round, net.parent().hash());
    let of = |voters: &[u64]| {
        let votes = voters.iter().map(|n| Certificate::vote(net.genesis, round, hash, &key(*n)));
        Certificate::of(round, hash, votes)
    };
    assert!(matches!(check(&net, &of(&[50])), Err(CertificateError::Light { votes: 0, .. })), "not for itself");
    assert_eq!(check(&net, &of(&[0, 1, 2, 3])), Ok(()), "those who had it before");
    // For the next block it counts.
    let after = of(&[50]).check(net.genesis, &net.state);
    assert_eq!(after, Ok(()));
    // The fee sink has no vote, and is not missed.
    let treasury = net.treasury();
    assert!(treasury.sink > 0);
    let light = of(&[0]).check(net.genesis, &net.state);
    let total = u128::from(treasury.supply - treasury.sink);
    assert!(matches!(light, Err(CertificateError::Light { of, .. }) if of == total));
}

/// Blocks of random transactions, that conflict, fail and are refused: at once or one after the other, the same.
#[test]
fn n14_parallel_is_serial() {
    for seed in 1..=4 {
        let (serial, parallel) = crate::random::both_ways(seed, 250);
        assert_eq!(serial.receipts, parallel.receipts, "seed {seed}");
        assert_eq!(serial.changes, parallel.changes, "seed {seed}");
        assert_eq!(serial.before, parallel.before, "seed {seed}");
    }
}
