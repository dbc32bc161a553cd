// SPDX-License-Identifier: MIT OR Apache-2.0
//! Who pays, and for what: N1, N2, N3, N8, N10, N15.

use avm_ledger::execute::waves;
use avm_ledger::main_contract::{self, account_page};
use avm_ledger::params::{BLOCK_FUEL, FUEL_BYTE, FUEL_ENTRY, FUEL_STATE_BYTE, TRANSACTION_FUEL};
use avm_ledger::tx::{AvmCall, Refusal, Transaction};
use avm_ledger::validate::Invalid;
use avm_sim::algorand::exception::{Cause, Outcome};
use avm_sim::algorand::world::AccessList;

use crate::support::*;

/// Every failing outcome undoes the call and nothing else: fuel, nonce and payment stand, nothing is given back.
#[test]
fn n1_a_failing_call_pays() {
    let rows = [
        (probe::WANDER, vec![5, 6], Outcome::Rejected),
        (probe::SPIN, vec![5], Outcome::OutOfFuel),
        (probe::THROWS, vec![5], thrown(77)),
        (probe::DEEP, vec![5], Outcome::Capacity),
        (99, vec![5], Outcome::Exception(Cause::Method.code())),
    ];
    for (method, args, outcome) in rows {
        let mut net = Net::new();
        let (before, sink) = (net.balance(1), net.treasury().sink);
        let call = net.sign(net.probe(1, method, &args, &[5]));
        let receipts = net.take(vec![call.clone()]);
        assert_eq!(receipts[0].outcome, Some(outcome), "method {method}");
        assert_eq!(net.state.pages.get(&page(PROBE, 5)), None, "method {method}: the call is undone");
        assert_eq!(net.balance(1), before - FUEL, "method {method}: all of the fuel is paid for");
        assert_eq!(net.treasury().sink, sink + FUEL);
        assert_eq!(net.offer(call), Err(Refusal::Inadmissible(thrown(6))), "method {method}: the nonce is used");
    }
    // What returns pays as much: nothing is given back.
    let mut net = Net::new();
    let before = net.balance(1);
    let call = net.sign(net.probe(1, probe::ADD, &[5, 1], &[5]));
    assert_eq!(net.take(vec![call])[0].outcome, Some(Outcome::Returned(Some(1))));
    assert_eq!(net.balance(1), before - FUEL);
}

/// Fuel is bought by the node's call of the main contract, and by nothing else.
#[test]
fn n2_a_purchase_is_the_nodes() {
    let mut net = Net::new();
    for method in 0..main_contract::NODE_METHODS {
        let call = net.sign(net.call(1, MAIN, method, &[0; 432], &[main_contract::STATE_PAGE]));
        assert!(matches!(net.offer(call), Err(Refusal::Field(_))), "method {method} as the second invocation");
    }
    // By a contract: refused by the main contract. It loads nothing: the tank is what it was.
    let state = [main_contract::STATE_PAGE];
    let buys = net.sign(net.call(1, PROBE, probe::BUYS, &[], &state));
    let receipt = net.offer(buys).unwrap();
    assert_eq!(receipt.outcome, Some(thrown(1)));
    assert!(receipt.used > 0 && receipt.used < receipt.tank);
    // The purchase sees the main contract alone.
    let call = net.probe(1, probe::ADD, &[5, 1], &[5]);
    let Transaction::Call(signed) = net.sign(call.clone()) else { unreachable!() };
    let buy = main_contract::buy(&signed, Default::default());
    assert_eq!((buy.access.apps(), buy.app), (&[MAIN][..], MAIN));
    assert!(buy.access.pages().iter().all(|p| p.app == MAIN));
    // A purchase that fails makes the transaction inadmissible, and a block with it invalid.
    net.take(vec![net.sign(net.transfer(1, 50, 300_000))]);
    let poor = net.sign(net.call(50, PROBE, probe::ADD, &words(&[5, 1]), &[page(PROBE, 5)]));
    let refusal = Refusal::Inadmissible(thrown(7));
    assert_eq!(net.offer(poor.clone()), Err(refusal.clone()));
    let block = net.propose(vec![]).block;
    assert_eq!(net.judge(&block, vec![poor]), Err(Invalid::Transaction { index: 0, refusal }));
}

#[test]
fn n2_fuel_is_capped() {
    let net = Net::new();
    let with = |fuel: u64| net.sign(AvmCall { fuel, ..net.probe(1, probe::ADD, &[5, 1], &[5]) });
    assert!(net.offer(with(TRANSACTION_FUEL as u64)).is_ok());
    for fuel in [TRANSACTION_FUEL as u64 + 1, 1 << 63, u64::MAX] {
        assert!(matches!(net.offer(with(fuel)), Err(Refusal::Field(_))), "{fuel}");
    }
    let fit = (BLOCK_FUEL / TRANSACTION_FUEL) as usize;
    let proposal = net.propose((0..fit + 2).map(|_| with(TRANSACTION_FUEL as u64)).collect());
    assert_eq!(proposal.transactions.len(), fit);
    assert_eq!(proposal.refused, [(fit, Refusal::Full), (fit + 1, Refusal::Full)]);
}

/// Two phases: calls of different payers are independent, and money received in a block buys nothing in it.
#[test]
fn n3_purchases_come_first() {
    let net = Net::new();
    let lists: Vec<AccessList> = (0..4).map(|n| net.probe(n, probe::ADD, &[n, 1], &[n]).list).collect();
    assert_eq!(waves(lists.iter()), [vec![0, 1, 2, 3]], "the fee sink is in no list");
    let funded = net.sign(net.transfer(0, 60, 10_000_000));
    let spends = net.sign(net.call(60, PROBE, probe::ADD, &words(&[5, 1]), &[page(PROBE, 5)]));
    let proposal = net.propose(vec![funded, spends]);
    assert_eq!(proposal.refused, [(1, Refusal::Inadmissible(thrown(7)))]);
    // All purchases have happened when the first call is made: it sees the balance of the last one.
    let balance = net.call(0, MAIN, main_contract::BALANCE, &public(1).0, &[account_page(&public(1))]);
    let later = net.sign(net.probe(1, probe::ADD, &[5, 1], &[5]));
    let receipts = net.propose(vec![net.sign(balance), later]).executed.receipts;
    assert_eq!(receipts[0].outcome, Some(Outcome::Returned(Some(RICH - FUEL))));
}

/// A list may have more than is used; each entry costs, before anything is executed.
#[test]
fn n8_entries_are_paid_for() {
    let net = Net::new();
    let exact = net.probe(1, probe::ADD, &[5, 1], &[5]);
    let more = net.probe(1, probe::ADD, &[5, 1], &(5..30).collect::<Vec<_>>());
    assert_eq!(more.price() - exact.price(), 24 * (FUEL_ENTRY + 8 * FUEL_BYTE));
    let (exact, more) = (net.offer(net.sign(exact)).unwrap(), net.offer(net.sign(more)).unwrap());
    assert_eq!((exact.outcome, exact.used), (more.outcome, more.used), "legal");
    assert_eq!(exact.tank - more.tank, 24 * (FUEL_ENTRY + 8 * FUEL_BYTE), "the entries went first");
    let full = net.probe(1, probe::ADD, &[5, 1], &(0..31).collect::<Vec<_>>());
    assert_eq!(full.list.pages().len(), 32);
    assert!(net.offer(net.sign(full)).is_ok());
    // Its price is due even if nothing is left for the call.
    let call = net.probe(1, probe::ADD, &[5, 1], &[5]);
    let price = call.price();
    let short = net.sign(AvmCall { fuel: price as u64 - 1, ..call.clone() });
    assert_eq!(net.offer(short), Err(Refusal::Fuel { fuel: price - 1, price }));
    let bare = net.sign(AvmCall { fuel: price as u64, ..call });
    assert_eq!(net.outcome(bare), Outcome::OutOfFuel);
}

/// The victim's page is moved before its turn: it pays and nothing else happens. What derives its pages from its
/// arguments cannot be moved.
#[test]
fn n10_a_moved_page_costs_its_caller_only() {
    let mut net = Net::new();
    net.take(vec![net.sign(net.probe(0, probe::ADD, &[0, 5], &[0]))]);
    let victim = |net: &Net| net.sign(net.probe(1, probe::FOLLOW, &[], &[0, 5]));
    assert_eq!(net.outcome(victim(&net)), Outcome::Returned(Some(1)));
    let (moves, follows) = (net.sign(net.probe(2, probe::ADD, &[0, 1], &[0])), victim(&net));
    let derived = net.sign(net.probe(3, probe::ADD, &[5, 1], &[5]));
    let before = net.balance(1);
    let receipts = net.take(vec![moves, follows, derived]);
    assert_eq!(receipts[1].outcome, Some(Outcome::Rejected));
    assert_eq!(net.balance(1), before - FUEL);
    assert_eq!(receipts[2].outcome, Some(Outcome::Returned(Some(1))));
    // The main contract's pages follow from the names in its arguments.
    assert_eq!(account_page(&public(1)), account_page(&public(1)));
    assert_ne!(account_page(&public(1)), account_page(&public(2)));
}

/// Each byte by which a page grows is paid for, by whoever makes it grow.
#[test]
fn n15_growth_is_paid_for() {
    let net = Net::new();
    let grow = |bytes: u64| net.probe(1, probe::GROW, &[5, bytes], &[5]);
    let used = |bytes| net.offer(net.sign(grow(bytes))).unwrap().used;
    assert_eq!(used(1_024) - used(8), FUEL_STATE_BYTE * 1_016);
    let whole = (grow(1_024).price() + used(1_024)) as u64;
    let exact = net.offer(net.sign(AvmCall { fuel: whole, ..grow(1_024) })).unwrap();
    assert_eq!((exact.outcome, exact.used), (Some(Outcome::Returned(None)), exact.tank));
    let short = net.offer(net.sign(AvmCall { fuel: whole - 1, ..grow(1_024) })).unwrap();
    assert_eq!((short.outcome, short.written.len()), (Some(Outcome::OutOfFuel), 0));
    // An account that a signature makes is paid for by the payer, before the call.
    let stranger = net.authorisation(70, PROBE, b"hello");
    let call = net.call_signed_by(1, PROBE, probe::ADD, &words(&[5, 1]), &[page(PROBE, 5)], vec![stranger]);
    let price = call.price() + FUEL_STATE_BYTE * 64;
    let short = net.sign(AvmCall { fuel: price as u64 - 1, ..call.clone() });
    assert_eq!(net.offer(short), Err(Refusal::Fuel { fuel: price - 1, price }));
    assert_eq!(net.offer(net.sign(call)).unwrap().tank, FUEL as i64 - price);
}
