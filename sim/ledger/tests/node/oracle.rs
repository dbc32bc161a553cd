// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the oracle says is what happens.

use avm_ledger::cycles::on_core;
use avm_ledger::main_contract::{self, account_page};
use avm_ledger::oracle::{OracleError, Report, ask, describe};
use avm_ledger::tx::{AvmCall, Refusal};
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::world::AccessList;

use crate::support::*;

/// The call with nothing in it that the oracle should find.
fn bare(call: AvmCall) -> AvmCall {
    AvmCall { fuel: 0, list: AccessList::default(), ..call }
}

fn asked(net: &Net, call: AvmCall) -> Report {
    ask(net.genesis, &bare(call), &net.state).unwrap()
}

/// Made with the fuel and the list that it was told, a call ends as it was told; with one unit less it does not.
#[test]
fn fuel_and_list_are_exact() {
    let mut net = Net::new();
    net.take(vec![net.sign(net.probe(0, probe::ADD, &[0, 5], &[0]))]);
    let calls = [
        net.transfer(1, 2, 1_000),
        net.transfer(1, 60, 1_000),
        net.probe(1, probe::ADD, &[9, 1], &[]),
        net.probe(1, probe::FOLLOW, &[], &[]),
        net.probe(1, probe::SHIFT, &[0, 7, 3], &[]),
        net.probe(1, probe::GROW, &[9, 512], &[]),
    ];
    for (n, call) in calls.into_iter().enumerate() {
        let report = asked(&net, call.clone());
        assert!(matches!(report.outcome, Outcome::Returned(_)), "{n}: {:?}", report.outcome);
        let told = |fuel: i64| net.sign(AvmCall { fuel: fuel as u64, list: report.list.clone(), ..call.clone() });
        let receipt = net.offer(told(report.fuel)).unwrap();
        assert_eq!((receipt.outcome, receipt.used), (Some(report.outcome), report.used), "{n}");
        assert_eq!(
            (receipt.used, &receipt.touched, &receipt.written),
            (receipt.tank, &report.touched, &report.written)
        );
        assert_eq!(net.outcome(told(report.fuel - 1)), Outcome::OutOfFuel, "{n}");
        // Nothing is listed that is not touched, but the payer's account.
        let unused: Vec<_> = report.list.pages().iter().filter(|p| !report.touched.contains(p)).collect();
        assert!(unused.iter().all(|p| **p == account_page(&public(1))), "{n}: {unused:?}");
        assert_eq!((report.backtrace.len(), report.concerns), (0, None), "{n}");
    }
}

/// A call that fails says where: the innermost method first.
#[test]
fn a_failure_has_a_backtrace() {
    let net = Net::new();
    let report = asked(&net, net.transfer(1, 2, 2 * RICH));
    assert_eq!(report.outcome, thrown(7));
    let symbols = &main_contract::program().symbols;
    let places: Vec<_> = report.backtrace.iter().map(|site| describe(*site, Some(symbols))).collect();
    let methods: Vec<_> = places.iter().map(|p| p.split(['+', ' ']).nth(2).unwrap_or("")).collect();
    assert_eq!(methods, ["take", "move", "transfer"], "{places:?}");
    assert!(places[0].contains(" (line "), "{places:?}");
    assert_eq!(report.concerns.as_deref(), Some("it throws 7"));
    let report = asked(&net, net.probe(1, probe::SPIN, &[5], &[]));
    assert_eq!(report.outcome, Outcome::OutOfFuel);
    assert_eq!(report.backtrace.len(), 1);
    let report = asked(&net, net.probe(1, 99, &[], &[]));
    assert!(report.concerns.is_some_and(|c| c.contains("99")));
}

/// What no list allows, and what cannot be paid for.
#[test]
fn some_calls_cannot_be_made() {
    let net = Net::new();
    let poor = net.probe(60, probe::ADD, &[5, 1], &[]);
    assert!(matches!(ask(net.genesis, &bare(poor), &net.state), Err(OracleError::Refused(Refusal::Fuel { .. }))));
    let old = AvmCall {
        nonce: avm_ledger::tx::Nonce { issuance: 99, sequence: 0 },
        ..net.probe(1, probe::ADD, &[5, 1], &[])
    };
    let refused = ask(net.genesis, &bare(old), &net.state).map(|_| ());
    assert_eq!(refused, Err(OracleError::Refused(Refusal::Inadmissible(thrown(4)))));
}

/// On request, how many cycles it takes on the core; outcome and fuel are those of the interpreter.
#[test]
fn the_core_says_how_long_it_takes() {
    let net = Net::new();
    let calls = [net.transfer(1, 2, 1_000), net.transfer(1, 2, 2 * RICH), net.probe(1, probe::SHIFT, &[0, 7, 0], &[])];
    for call in calls {
        let report = asked(&net, call);
        let invocation = &report.invocation;
        let on_core = on_core(&invocation.world, &invocation.call);
        assert_eq!((on_core.outcome, on_core.fuel), (Some(invocation.outcome), invocation.fuel));
        let fuel = invocation.call.fuel - invocation.fuel;
        println!("{} cycles, {fuel} units of fuel", on_core.cycles);
        assert!(on_core.cycles > 50);
    }
}
