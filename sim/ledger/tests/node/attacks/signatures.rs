// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a signature is good for: N6, N7.

use avm_ledger::ids::Hash;
use avm_ledger::keys::{Signature, Signed};
use avm_ledger::main_contract::account_page;
use avm_ledger::tx::{Authorisation, AvmCall, Refusal, Transaction};
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::natives::SIGNED_DOMAIN;
use avm_sim::algorand::world::AccessList;

use crate::support::*;

fn claims(net: &Net, app: u64, key: u64, word: u64, authorisations: Vec<Authorisation>) -> AvmCall {
    let args = [&public(key).0[..], &words(&[word])].concat();
    net.call_signed_by(1, app, probe::CLAIMS, &args, &[], authorisations)
}

/// An answer for each signature: for its application, its message, its transaction, once.
#[test]
fn n6_a_signature_is_good_once() {
    let mut net = Net::new();
    net.install(PROBE + 1, include_str!("../probe.avm"));
    let message = words(&[9]);
    let signed = |app: u64, key: u64| net.authorisation(key, app, &message);
    let answer = |call: AvmCall| match net.outcome(net.sign(call)) {
        Outcome::Returned(Some(answers)) => answers,
        other => panic!("{other:?}"),
    };
    assert_eq!(answer(claims(&net, PROBE, 2, 9, vec![])), 0);
    assert_eq!(answer(claims(&net, PROBE, 2, 9, vec![signed(PROBE, 2)])), 0b10, "once");
    assert_eq!(answer(claims(&net, PROBE, 2, 9, vec![signed(PROBE, 2), signed(PROBE, 2)])), 0b11, "two, twice");
    assert_eq!(answer(claims(&net, PROBE, 2, 8, vec![signed(PROBE, 2)])), 0, "another message");
    assert_eq!(answer(claims(&net, PROBE, 3, 9, vec![signed(PROBE, 2)])), 0, "another key");
    assert_eq!(answer(claims(&net, PROBE + 1, 2, 9, vec![signed(PROBE, 2)])), 0, "another application");
    assert_eq!(answer(claims(&net, PROBE, 1, 9, vec![])), 0, "the payer's signature buys fuel, and that is all");
    // In another transaction its nonce is used; in another network it is none at all.
    let authorisation = signed(PROBE, 2);
    let first = net.sign(claims(&net, PROBE, 2, 9, vec![authorisation.clone()]));
    let second = net.sign(claims(&net, PROBE, 2, 9, vec![authorisation.clone()]));
    let proposal = net.propose(vec![first, second]);
    assert_eq!(proposal.refused, [(1, Refusal::Inadmissible(thrown(6)))]);
    let Transaction::Call(mut foreign) = net.sign(claims(&net, PROBE, 2, 9, vec![authorisation.clone()])) else {
        unreachable!()
    };
    foreign.signatures[1] = authorisation.sign(Hash([7; 32]), &key(2));
    assert_eq!(net.offer(Transaction::Call(foreign)), Err(Refusal::Forged(public(2))));
}

/// `ed25519_verify` does not know what is signed for transactions: it cannot be shown to a contract.
#[test]
fn n6_raw_verification_refuses_what_transactions_sign() {
    let net = Net::new();
    let shown = |message: &[u8], signature: Signature| {
        let args = [&public(2).0[..], &signature.0, message].concat();
        net.outcome(net.sign(net.call(1, PROBE, probe::RAW, &args, &[])))
    };
    let id = [5_u8; 32];
    let signed = [&SIGNED_DOMAIN[..], b"T", &id].concat();
    let signature = Signed::Transaction.sign(&key(2), &[&id]);
    assert!(Signed::Transaction.verify(&public(2), &signature, &[&id]), "a good signature");
    assert_eq!(shown(&signed, signature), Outcome::Returned(Some(0)));
    // Any other message of its length is looked at.
    let other = [&b"avm signature 1\0"[..], b"T", &id].concat();
    let signature = Signature(ed25519_dalek::Signer::sign(&key(2), &other).to_bytes());
    assert_eq!(shown(&other, signature), Outcome::Returned(Some(1)));
}

/// Something that is done to a call.
type Change<'a> = &'a dyn Fn(&mut AvmCall);

/// The payer signs everything but the signatures.
#[test]
fn n7_nothing_can_be_stripped() {
    let net = Net::new();
    let pages = [page(PROBE, 5), page(PROBE, 6)];
    let authorisation = net.authorisation(2, PROBE, b"mine");
    let call = net.call_signed_by(1, PROBE, probe::ADD, &words(&[5, 1]), &pages, vec![authorisation]);
    let Transaction::Call(good) = net.sign(call) else { unreachable!() };
    assert!(net.offer(Transaction::Call(good.clone())).is_ok());
    let accounts = [account_page(&public(1)), account_page(&public(2))];
    let fewer = AccessList::new([MAIN, PROBE], accounts.into_iter().chain([pages[0]])).unwrap();
    let changes: [(&str, Change); 9] = [
        ("a page", &|c| c.list = fewer.clone()),
        ("the signer", &|c| {
            c.authorisations.clear();
            c.signatures.truncate(1);
        }),
        ("fuel", &|c| c.fuel -= 1),
        ("an argument", &|c| c.args[0] ^= 1),
        ("the method", &|c| c.method = probe::THROWS),
        ("the application", &|c| c.app += 1),
        ("the nonce", &|c| c.nonce.sequence += 1),
        ("the message", &|c| c.authorisations[0].message.push(0)),
        ("the signer's nonce", &|c| c.authorisations[0].nonce.sequence += 1),
    ];
    for (what, change) in changes {
        let mut changed = good.clone();
        change(&mut changed);
        assert_eq!(net.offer(Transaction::Call(changed)), Err(Refusal::Forged(public(1))), "without {what}");
    }
    // Another payer in its place.
    let mut taken = good.clone();
    taken.payer = public(2);
    taken.nonce.sequence += 100;
    assert_eq!(net.offer(Transaction::Call(taken)), Err(Refusal::Forged(public(2))));
}

/// Another signature of the same does not make another transaction, and a malleable one makes none.
#[test]
fn n7_ids_exclude_signatures() {
    let net = Net::new();
    let Transaction::Call(good) = net.sign(net.probe(1, probe::ADD, &[5, 1], &[5])) else { unreachable!() };
    let mut malleable = good.clone();
    malleable.signatures[0] = Signature(plus_order(good.signatures[0].0));
    let (good, malleable) = (Transaction::Call(good), Transaction::Call(malleable));
    assert_ne!(good.to_bytes(), malleable.to_bytes());
    assert_eq!(good.id(net.genesis), malleable.id(net.genesis));
    assert_eq!(net.offer(malleable), Err(Refusal::Forged(public(1))));
    // A key of small order, under which everything would verify.
    let mut weak = net.probe(1, probe::ADD, &[5, 1], &[5]);
    weak.payer.0 = [0; 32];
    weak.payer.0[0] = 1;
    weak.list = AccessList::new([MAIN, PROBE], [account_page(&weak.payer), page(PROBE, 5)]).unwrap();
    let mut neutral = [0; 64];
    neutral[0] = 1;
    weak.signatures = vec![Signature(neutral)];
    let payer = weak.payer;
    assert_eq!(net.offer(Transaction::Call(weak)), Err(Refusal::Forged(payer)));
}

/// s + L in place of s: the same equation holds.
fn plus_order(mut signature: [u8; 64]) -> [u8; 64] {
    let mut order = [0; 32];
    order[..16].copy_from_slice(&0x14de_f9de_a2f7_9cd6_5812_631a_5cf5_d3ed_u128.to_le_bytes());
    order[31] = 0x10;
    let mut carry = 0;
    for (digit, more) in signature[32..].iter_mut().zip(order) {
        let total = u16::from(*digit) + u16::from(more) + carry;
        (*digit, carry) = (total as u8, total >> 8);
    }
    signature
}
