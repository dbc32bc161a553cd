// SPDX-License-Identifier: MIT OR Apache-2.0
//! Blocks of random transactions: conflicting, failing, refused.

use avm_ledger::execute::{Executed, Execution};
use avm_ledger::ids::Round;
use avm_ledger::tx::{AvmCall, Transaction};
use avm_sim::algorand::exception::Outcome;

use crate::support::*;

const ACCOUNTS: u64 = 12;

/// Some call, with a list that may lack something, fuel that may not be enough, and a nonce that may be old.
fn any_call(net: &Net, rng: &mut Rng) -> AvmCall {
    let (payer, a, b) = (rng.below(ACCOUNTS), rng.below(24), rng.below(24));
    let lacking = rng.one_in(12);
    let pages = if lacking { vec![a] } else { vec![a, b] };
    let mut call = match rng.below(12) {
        0..4 => net.transfer(payer, rng.below(ACCOUNTS + 4), 1 + rng.below(1_000_000)),
        4..6 => net.probe(payer, probe::ADD, &[a, 1 + rng.below(9)], &pages),
        6..9 => net.probe(payer, probe::SHIFT, &[a, b, rng.below(4)], &pages),
        9 => net.probe(payer, probe::WANDER, &[a, b], &pages),
        10 => net.probe(payer, probe::THROWS, &[a], &pages),
        _ => net.probe(payer, probe::GROW, &[a, 8 * (1 + rng.below(8))], &pages),
    };
    if rng.one_in(10) {
        call.fuel = call.price() as u64 + rng.below(3_000);
    }
    if rng.one_in(20) {
        call.nonce.issuance = rng.below(net.round() + 2);
    }
    call
}

/// A block of so many candidates.
pub fn candidates(net: &Net, rng: &mut Rng, n: usize) -> Vec<Transaction> {
    let mut all: Vec<Transaction> = Vec::with_capacity(n);
    while all.len() < n {
        match all.is_empty() || !rng.one_in(30) {
            true => {
                let call = any_call(net, rng);
                all.push(net.sign(call));
            }
            false => all.push(all[rng.below(all.len() as u64) as usize].clone()),
        }
    }
    all
}

fn executed(net: &Net, candidates: &[Transaction], parallel: bool) -> (Executed, usize) {
    let mut execution = Execution::begin(Round(net.round()), &net.state).unwrap();
    let checked = Transaction::check_all(candidates.to_vec(), net.genesis);
    let refused = checked.iter().filter(|c| c.as_ref().map_or(true, |c| execution.offer(c).is_err())).count();
    (execution.finish(parallel).unwrap(), refused)
}

/// The same candidates, one after the other and at once.
pub fn both_ways(seed: u64, n: usize) -> (Executed, Executed) {
    let (net, mut rng) = (Net::with(ACCOUNTS, 1_000), Rng(seed));
    let candidates = candidates(&net, &mut rng, n);
    (executed(&net, &candidates, false).0, executed(&net, &candidates, true).0)
}

/// 1,000 candidates a block: serial, parallel, and as a validator executes them: equal. All kinds of ends are there.
#[test]
fn blocks_of_a_thousand() {
    let (mut net, mut rng) = (Net::with(ACCOUNTS, 1_000), Rng(99));
    let mut ends = [0; 6];
    for _ in 0..3 {
        let candidates = candidates(&net, &mut rng, 1_000);
        let ((serial, refused), (parallel, _)) =
            (executed(&net, &candidates, false), executed(&net, &candidates, true));
        assert_eq!(serial.receipts, parallel.receipts);
        assert_eq!(serial.changes, parallel.changes);
        for receipt in &serial.receipts {
            ends[match receipt.outcome.unwrap() {
                Outcome::Returned(_) => 0,
                Outcome::Exception(_) => 1,
                Outcome::OutOfFuel => 2,
                Outcome::Rejected => 3,
                Outcome::Capacity => 4,
            }] += 1;
        }
        ends[5] += refused;
        let proposal = net.propose(candidates);
        assert_eq!(proposal.executed.changes, serial.changes);
        net.accept(proposal);
    }
    println!("returned, exceptions, out of fuel, rejected, capacity, refused: {ends:?}");
    assert!([0, 1, 2, 3, 5].iter().all(|i| ends[*i] >= 20), "{ends:?}");
}

/// A recorded block can be made again, invocation by invocation, each in the world that it saw.
#[test]
fn a_record_has_every_invocation() {
    let (net, mut rng) = (Net::with(ACCOUNTS, 1_000), Rng(5));
    let mut execution = Execution::begin_recording(Round(net.round()), &net.state).unwrap();
    let mut taken = 0;
    for transaction in candidates(&net, &mut rng, 200) {
        taken += usize::from(execution.offer(&transaction.check(net.genesis).unwrap()).is_ok());
    }
    let executed = execution.finish(true).unwrap();
    assert_eq!(executed.invocations.len(), 1 + 2 * taken, "the beginning, purchases, calls");
    let order: Vec<_> = executed.invocations[1..].iter().map(|i| i.transaction.unwrap()).collect();
    assert_eq!(order, (0..taken).chain(0..taken).collect::<Vec<_>>());
    for invocation in &executed.invocations {
        let mut interp = avm_sim::algorand::interp::Interp::start(&invocation.world, &invocation.call);
        assert_eq!(interp.run(u64::MAX), Some(invocation.outcome));
        assert_eq!((interp.fuel(), &interp.effects()), (invocation.fuel, &invocation.effects));
    }
}
