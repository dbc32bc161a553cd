// SPDX-License-Identifier: MIT OR Apache-2.0
//! The main contract's methods.

use avm_ledger::keys::PublicKey;
use avm_ledger::main_contract::{self, account_page};
use avm_ledger::params::ALLOWANCE;
use avm_ledger::tx::{AvmCall, Refusal};
use avm_sim::algorand::exception::{Cause, Outcome};
use avm_sim::algorand::interp::Interp;

use crate::support::*;

/// Index, name, argument bytes, access: what wallets and the node have written down.
#[test]
fn methods_are_where_they_are_said_to_be() {
    let program = main_contract::program();
    assert_eq!(program.warnings, vec![]);
    let expected = [
        ("begin", 8, true),
        ("buy", 432, true),
        ("govern", 24, true),
        ("transfer", 72, true),
        ("pay", 40, true),
        ("balance", 32, true),
        ("sweep", 32, true),
        ("round", 0, true),
    ];
    for (index, (name, args, public)) in expected.into_iter().enumerate() {
        let method = program.image.methods()[index];
        assert_eq!(program.symbols.method_name(index as u16), Some(name));
        assert_eq!((method.args, method.public), (args, public), "{name}");
    }
    assert!(program.image.methods()[expected.len()..].iter().all(|m| !m.public), "nothing else is public");
}

#[test]
fn a_transfer_moves_money() {
    let mut net = Net::new();
    let (from, to) = (net.balance(1), net.balance(2));
    let receipts = net.take(vec![net.sign(net.transfer(1, 2, 1_000))]);
    assert_eq!(receipts[0].outcome, Some(Outcome::Returned(Some(from - FUEL - 1_000))));
    assert_eq!((net.balance(1), net.balance(2)), (from - FUEL - 1_000, to + 1_000));
    // To oneself; to an account that does not exist yet.
    let own = net.sign(net.transfer(1, 1, 5));
    let new = net.sign(net.transfer(2, 50, 7));
    net.take(vec![own, new]);
    assert_eq!((net.balance(1), net.balance(50)), (from - 2 * FUEL - 1_000, 7));
}

#[test]
fn a_transfer_is_refused() {
    let net = Net::new();
    let outcome = |call: AvmCall| net.outcome(net.sign(call));
    assert_eq!(outcome(net.transfer(1, 2, 0)), thrown(8));
    assert_eq!(outcome(net.transfer(1, 2, u64::MAX)), thrown(8), "a negative amount would be a theft");
    assert_eq!(outcome(net.transfer(1, 2, RICH)), thrown(7), "fuel has been paid for");
    assert!(matches!(outcome(net.transfer(1, 2, RICH - FUEL)), Outcome::Returned(Some(0))));
    // Signed by somebody else, for another amount, for another payee.
    for change in [0, 32, 64] {
        let mut call = net.transfer(1, 2, 5);
        call.args[change] ^= 1;
        let is = outcome(call);
        assert_eq!(is, thrown(3), "byte {change} of the arguments");
    }
    // Somebody with a good authorisation, but no account.
    let mut call = net.transfer(1, 2, 5);
    let authorisation = main_contract::transfer_authorisation(public(70), net.nonce(), public(2), 5);
    call.args[..32].copy_from_slice(&public(70).0);
    call.authorisations = vec![authorisation];
    call.list = net.call(1, MAIN, 3, &[], &[account_page(&public(70)), account_page(&public(2))]).list;
    // Its nonce makes it an account, of 0.
    assert_eq!(outcome(call), thrown(7));
}

/// Whoever pays and whoever signs may be different people.
#[test]
fn another_can_pay_for_the_fuel() {
    let mut net = Net::new();
    let mut call = net.transfer(1, 2, 500);
    call.payer = public(3);
    call.list = net.call(3, MAIN, 3, &[], call.list.pages()).list;
    net.take(vec![net.sign(call)]);
    assert_eq!([1, 2, 3].map(|n| net.balance(n)), [RICH - 500, RICH + 500, RICH - FUEL]);
}

/// A contract pays from its own account, as the caller.
#[test]
fn contracts_hold_money() {
    let mut net = Net::new();
    let contract = PublicKey::of_contract(PROBE);
    let to_contract = main_contract::transfer(public(1), net.nonce(), contract, 900, FUEL);
    net.take(vec![net.sign(to_contract)]);
    assert_eq!(net.account(&contract).map(|a| a.balance), Some(900));
    let pages = [account_page(&contract), account_page(&public(2))];
    let pay = |net: &Net, amount: u64| {
        let call = net.call(3, PROBE, probe::PAY_ON, &[&public(2).0[..], &words(&[amount])].concat(), &pages);
        net.sign(call)
    };
    assert_eq!(net.outcome(pay(&net, 901)), thrown(7));
    let receipts = net.take(vec![pay(&net, 400)]);
    assert_eq!(receipts[0].outcome, Some(Outcome::Returned(Some(500))));
    assert_eq!(net.balance(2), RICH + 400);
    // From outside nobody is the caller.
    let direct = net.call(3, MAIN, main_contract::PAY, &[&public(2).0[..], &words(&[1])].concat(), &pages);
    assert_eq!(net.outcome(net.sign(direct)), thrown(1));
    // And nobody signs for a contract.
    let mut stolen = net.transfer(3, 2, 5);
    stolen.payer = contract;
    stolen.list = net.call(3, MAIN, 3, &[], &pages).list;
    let stolen = stolen.signed(net.genesis, &key(3), &[&key(3)]);
    assert_eq!(net.offer(stolen), Err(Refusal::Forged(contract)));
}

#[test]
fn balances_and_rounds_can_be_read() {
    let mut net = Net::new();
    let ask = |net: &Net, name: PublicKey| {
        net.outcome(net.sign(net.call(0, MAIN, main_contract::BALANCE, &name.0, &[account_page(&name)])))
    };
    assert_eq!(ask(&net, public(2)), Outcome::Returned(Some(RICH)));
    assert_eq!(ask(&net, public(80)), Outcome::Returned(Some(0)), "there is none");
    // Another name on its page.
    let page = account_page(&public(80));
    net.state.pages.insert(page, main_contract::Account::to_page(&public(81), 0));
    assert_eq!(ask(&net, public(80)), thrown(10));
    let round = net.call(0, MAIN, main_contract::ROUND, &[], &[main_contract::STATE_PAGE]);
    assert_eq!(net.outcome(net.sign(round)), Outcome::Returned(Some(net.round())));
}

/// The node's methods refuse everybody else, and a round that is not the next.
#[test]
fn only_the_node_begins() {
    let net = Net::new();
    for round in [net.round() - 1, net.round() + 1, 0, u64::MAX] {
        let call = main_contract::begin(avm_ledger::ids::Round(round));
        let world = avm_sim::algorand::world::World {
            apps: net.state.code.clone().into_iter().collect(),
            pages: net.state.pages.clone(),
        };
        let mut interp = Interp::start(&world, &call);
        assert_eq!(interp.run(10_000), Some(thrown(2)), "{round}");
    }
    let private = net.call(1, MAIN, 8, &[], &[]);
    assert_eq!(net.outcome(net.sign(private)), Outcome::Exception(Cause::Access.code()));
}

/// The most that a purchase can have to do fits its allowance, with room (N2).
#[test]
fn the_allowance_is_enough() {
    let net = Net::new();
    let signers: Vec<_> = (70..77).map(|n| net.authorisation(n, PROBE, b"x")).collect();
    let call = net.call_signed_by(1, PROBE, probe::ADD, &words(&[5, 1]), &[page(PROBE, 5)], signers);
    let mut execution =
        avm_ledger::execute::Execution::begin_recording(avm_ledger::ids::Round(net.round()), &net.state).unwrap();
    execution.offer(&net.sign(call).check(net.genesis).unwrap()).unwrap();
    let executed = execution.finish(false).unwrap();
    let purchase = &executed.invocations[1];
    let used = ALLOWANCE - purchase.fuel;
    println!("a purchase with 8 signers, 7 of them new: {used} units of {ALLOWANCE}");
    assert!(used * 2 < ALLOWANCE, "{used}");
    assert_eq!(executed.invocations.len(), 3);
    assert_eq!(purchase.outcome, Outcome::Returned(None));
}
