// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thousand and more of each: forged, replayed, stale, malformed transactions. All are refused, and nothing stays.

use avm_ledger::execute::Execution;
use avm_ledger::ids::Round;
use avm_ledger::keys::Signature;
use avm_ledger::tx::{AvmCall, Nonce, Refusal, Transaction};

use crate::encodings::spoilt;
use crate::support::*;

const EACH: u64 = 1_200;

/// Some transaction that is good.
fn good(net: &Net, rng: &mut Rng) -> AvmCall {
    let (payer, n) = (rng.below(4), rng.below(4));
    match rng.below(3) {
        0 => net.transfer(payer, n, 1 + rng.below(1_000)),
        1 => net.probe(payer, probe::ADD, &[n, rng.next()], &[n, n + 1]),
        _ => {
            let signer = net.authorisation(4 + n, PROBE, &words(&[rng.next()]));
            net.call_signed_by(payer, PROBE, probe::THROWS, &words(&[n]), &[page(PROBE, n)], vec![signer])
        }
    }
}

fn call_of(transaction: Transaction) -> AvmCall {
    match transaction {
        Transaction::Call(call) => call,
        Transaction::Code(_) => unreachable!("calls only"),
    }
}

/// A field or a signature of a good one is changed, or it is signed by somebody else or for another network.
#[test]
fn forged_ones_are_refused() {
    let (net, mut rng) = (Net::new(), Rng(11));
    for n in 0..EACH {
        let call = good(&net, &mut rng);
        let mut forged = call_of(net.sign(call.clone()));
        match n % 8 {
            0 => forged.signatures[0].0[rng.below(64) as usize] ^= 1 << rng.below(8),
            1 => {
                let last = forged.signatures.len() - 1;
                forged.signatures[last].0[rng.below(64) as usize] ^= 1 << rng.below(8);
            }
            2 => forged.args.iter_mut().take(1).for_each(|b| *b ^= 0x80),
            3 => forged.fuel += 1 + rng.below(1_000),
            4 => forged.signatures[0] = Signature(std::array::from_fn(|_| rng.next() as u8)),
            5 => forged = call_of(call.signed(net.genesis, &key(90 + rng.below(9)), &[&key(99)])),
            6 => forged.nonce.sequence += 1_000_000,
            _ => {
                forged =
                    call_of(call.signed(avm_ledger::ids::Hash([n as u8; 32]), &net.key_of(&forged.payer), &[&key(99)]))
            }
        }
        let refused = Transaction::Call(forged).check(net.genesis);
        assert!(matches!(refused, Err(Refusal::Forged(_) | Refusal::Field(_))), "{n}: {refused:?}");
    }
}

/// What was in a block is offered again, in the same block and in later ones.
#[test]
fn replayed_ones_are_refused() {
    let (mut net, mut rng) = (Net::new(), Rng(12));
    let (mut refused, mut taken) = (0, Vec::new());
    while refused < EACH {
        let batch: Vec<_> = (0..60)
            .map(|_| {
                let call = good(&net, &mut rng);
                net.sign(call)
            })
            .collect();
        let mut candidates = batch.clone();
        candidates.extend(batch.iter().cloned());
        candidates.extend(taken.iter().cloned());
        let proposal = net.propose(candidates);
        assert!(proposal.refused.iter().all(|(_, r)| matches!(r, Refusal::Duplicate | Refusal::Inadmissible(_))));
        assert_eq!(proposal.transactions.len(), batch.len(), "each once");
        refused += proposal.refused.len() as u64;
        taken.extend(batch);
        net.accept(proposal);
    }
}

/// Issued too long ago, in rounds to come, or overtaken.
#[test]
fn stale_ones_are_refused() {
    let (mut net, mut rng) = (Net::with(4, 10), Rng(13));
    (0..20).for_each(|_| {
        net.take(vec![]);
    });
    let (round, now) = (net.round(), net.round());
    let last: Vec<_> = (0..4)
        .map(|n| {
            net.sign(AvmCall {
                nonce: Nonce { issuance: now, sequence: 50 },
                ..net.probe(n, probe::ADD, &[n, 1], &[n])
            })
        })
        .collect();
    net.take(last);
    let mut execution = Execution::begin(Round(round + 1), &net.state).unwrap();
    for n in 0..EACH {
        let issuance = match n % 4 {
            0 => rng.below(round + 1 - 10),
            1 => {
                let bits = rng.below(62);
                round + 2 + rng.below(1 << bits)
            }
            2 => round - rng.below(10),
            _ => round,
        };
        let sequence = if n % 4 == 3 { rng.below(51) as u32 } else { rng.next() as u32 };
        let sequence = if n % 4 == 2 && issuance == round { sequence % 51 } else { sequence };
        let call = net.sign(AvmCall {
            nonce: Nonce { issuance, sequence },
            ..net.probe(rng.below(4), probe::ADD, &[1, 1], &[1])
        });
        let refused = execution.offer(&call.check(net.genesis).unwrap());
        let expected = [thrown(5), thrown(4), thrown(6), thrown(6)][n as usize % 4];
        assert_eq!(
            refused,
            Err(Refusal::Inadmissible(expected)),
            "{n}: ({issuance}, {sequence}) in round {}",
            round + 1
        );
    }
    // Nothing of them stays.
    let fresh = Execution::begin(Round(round + 1), &net.state).unwrap().finish(false).unwrap();
    assert_eq!(execution.finish(false).unwrap().changes, fresh.changes);
}

/// Bytes taken out, doubled, changed: no transaction, or one that nobody has signed.
#[test]
fn malformed_ones_are_refused() {
    let (net, mut rng) = (Net::new(), Rng(14));
    let (mut malformed, mut n) = (0, 0);
    while malformed < EACH {
        let call = good(&net, &mut rng);
        let bytes = net.sign(call).to_bytes();
        let changed = spoilt(&mut rng, bytes.clone());
        n += 1;
        match Transaction::from_bytes(&changed) {
            Err(_) => malformed += 1,
            Ok(_) if changed == bytes => {}
            Ok(other) => assert!(other.check(net.genesis).is_err(), "{n}"),
        }
    }
}
