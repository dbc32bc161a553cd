// SPDX-License-Identifier: MIT OR Apache-2.0
//! Replay: N4, N5.

use avm_ledger::main_contract::{self, account_page};
use avm_ledger::tx::{AvmCall, Nonce, Refusal, Transaction};
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::world::AccessList;

use crate::support::*;

fn nonce(issuance: u64, sequence: u32) -> Nonce {
    Nonce { issuance, sequence }
}

/// A call with this nonce.
fn with(net: &Net, nonce: Nonce) -> Transaction {
    net.sign(AvmCall { nonce, ..net.probe(1, probe::ADD, &[5, 1], &[5]) })
}

fn refused(net: &Net, nonce: Nonce) -> Option<Outcome> {
    match net.offer(with(net, nonce)) {
        Ok(_) => None,
        Err(Refusal::Inadmissible(outcome)) => Some(outcome),
        Err(other) => panic!("{other}"),
    }
}

/// Rounds without transactions.
fn pass(net: &mut Net, rounds: u64) {
    (0..rounds).for_each(|_| {
        net.take(vec![]);
    });
}

/// Nonces are in pages that the transaction must list; what is old and empty can be freed.
#[test]
fn n4_nonces_are_in_listed_pages() {
    let mut net = Net::with(4, 3);
    let stranger = net.authorisation(70, PROBE, b"hello");
    let call = net.call_signed_by(1, PROBE, probe::ADD, &words(&[5, 1]), &[page(PROBE, 5)], vec![stranger]);
    for missing in [public(1), public(70)] {
        let pages = call.list.pages().iter().copied().filter(|p| *p != account_page(&missing));
        let list = AccessList::new([MAIN, PROBE], pages).unwrap();
        let without = net.sign(AvmCall { list, ..call.clone() });
        assert!(matches!(net.offer(without), Err(Refusal::Field(_))), "without the account of {missing}");
    }
    net.take(vec![net.sign(call)]);
    assert_eq!(net.account(&public(70)).map(|a| a.balance), Some(0), "it remembers a nonce");
    let pages = [main_contract::STATE_PAGE, account_page(&public(70))];
    let sweep = |net: &Net, name: &[u8; 32]| net.sign(net.call(2, MAIN, main_contract::SWEEP, name, &pages));
    // Issued in round 2, with a lifetime of 3: it matters until round 5.
    assert_eq!(net.round(), 3);
    pass(&mut net, 2);
    assert_eq!(net.outcome(sweep(&net, &public(70).0)), thrown(12), "round 5");
    pass(&mut net, 1);
    net.take(vec![sweep(&net, &public(70).0)]);
    assert_eq!(net.state.pages.get(&account_page(&public(70))), None);
    // With money, or not there: no.
    let pages = [main_contract::STATE_PAGE, account_page(&public(1))];
    let rich = net.sign(net.call(2, MAIN, main_contract::SWEEP, &public(1).0, &pages));
    assert_eq!(net.outcome(rich), thrown(12));
    assert_eq!(net.outcome(sweep(&net, &public(70).0)), thrown(9));
}

/// What is forgotten could not have been used: the signature itself is too old.
#[test]
fn n4_forgetting_revives_nothing() {
    let mut net = Net::with(4, 3);
    let stranger = net.authorisation(70, PROBE, b"hello");
    let again = stranger.clone();
    let of = |net: &Net, a| net.call_signed_by(1, PROBE, probe::ADD, &words(&[5, 1]), &[page(PROBE, 5)], vec![a]);
    net.take(vec![net.sign(of(&net, stranger))]);
    pass(&mut net, 3);
    let pages = [main_contract::STATE_PAGE, account_page(&public(70))];
    net.take(vec![net.sign(net.call(2, MAIN, main_contract::SWEEP, &public(70).0, &pages))]);
    assert_eq!(net.offer(net.sign(of(&net, again))), Err(Refusal::Inadmissible(thrown(5))));
}

/// The newer issuance is greater, then the greater sequence; gaps are allowed, and what was overtaken is dead.
#[test]
fn n5_the_newer_nonce_is_greater() {
    let mut net = Net::new();
    pass(&mut net, 8);
    assert_eq!(net.round(), 10);
    net.take(vec![with(&net, nonce(7, 4))]);
    let dead = [(6, 9), (7, 3), (7, 4), (0, 0), (6, u32::MAX)];
    assert_eq!(dead.map(|(i, s)| refused(&net, nonce(i, s))), [Some(thrown(6)); 5]);
    let alive = [(7, 5), (7, 100), (8, 0), (8, 3), (10, 0), (11, 0), (7, u32::MAX)];
    assert_eq!(alive.map(|(i, s)| refused(&net, nonce(i, s))), [None; 7]);
    // In one block each sees the one before.
    let proposal = net.propose(vec![with(&net, nonce(9, 1)), with(&net, nonce(9, 0)), with(&net, nonce(9, 2))]);
    assert_eq!(proposal.refused, [(1, Refusal::Inadmissible(thrown(6)))]);
}

/// The seed's words taken by the letter: an *older* issuance is greater, and a signature is refused if a greater or equal
/// nonce was used. Then the first signature of a user refuses every later one.
#[test]
fn n5_the_letter_of_the_seed_blocks_everybody() {
    let greater_by_the_letter =
        |a: Nonce, b: Nonce| a.issuance < b.issuance || (a.issuance == b.issuance && a.sequence > b.sequence);
    let refused_by_the_letter = |new: Nonce, used: Nonce| !greater_by_the_letter(new, used);
    let mut net = Net::new();
    pass(&mut net, 8);
    let used = nonce(7, 4);
    net.take(vec![with(&net, used)]);
    for later in [(8, 0), (9, 0), (9, 7), (10, 0), (11, 0)].map(|(i, s)| nonce(i, s)) {
        assert!(refused_by_the_letter(later, used), "{later:?} could never be used");
        assert_eq!(refused(&net, later), None, "{later:?} can be used");
    }
    // And what the letter allows is what a replay looks like.
    assert!(!refused_by_the_letter(nonce(3, 0), used));
    assert_eq!(refused(&net, nonce(3, 0)), Some(thrown(6)));
}

/// The future is refused first: no age is negative.
#[test]
fn n5_the_future_is_refused() {
    let mut net = Net::with(4, 3);
    pass(&mut net, 8);
    assert_eq!(net.round(), 10);
    for issuance in [11, 12, 1 << 40, i64::MAX as u64, 1 << 63, u64::MAX] {
        assert_eq!(refused(&net, nonce(issuance, 0)), Some(thrown(4)), "{issuance}");
    }
    let old = [0, 1, 5, 6].map(|i| refused(&net, nonce(i, 0)));
    assert_eq!(old, [Some(thrown(5)); 4], "older than 3 rounds");
    assert_eq!([7, 8, 9, 10].map(|i| refused(&net, nonce(i, 0))), [None; 4]);
}
