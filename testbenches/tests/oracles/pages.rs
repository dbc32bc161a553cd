// SPDX-License-Identifier: MIT OR Apache-2.0
//! The contracts of `testbenches/algorand/contracts` against models in plain Rust whose state is the pages of the heap, one module for each source.
//!
//! A model says what its source means, not what its bytecode does: amounts are integers, products are
//! `u128`, SHA-256 is the crate `sha2`, rollback is a copy of the heap. Only for fuel it follows the source block
//! by block, with the seed's prices: what the methods of [`machine::Machine`] do not charge themselves is charged by
//! `fuel`, `deny` and their like, with the sum of the source's instructions in between.
//!
//! Every call of every scenario, and then hundreds of random ones (senseless amounts, wrong PINs, little fuel, gaps in
//! the access list), is made by model and interpreter on the same world: outcome, fuel, touched and written
//! pages, log and the whole heap must agree. What a scenario expects must be what the model says.

use std::collections::BTreeMap;

use avm_cosim::machines::algorand::scenario::{CallResult, Scenario};
use avm_cosim::rng::Rng;
use avm_sim::algorand::exception::Outcome;
use avm_sim::algorand::interp::{Call, Interp};
use avm_sim::algorand::world::{AccessList, Effects, World};

use crate::support::{bench, load};
use machine::{Answer, Contract, model};

mod attacker;
mod batch;
mod bot;
mod escrow;
mod exchange;
mod guard;
mod machine;
mod target;
mod token;
mod wallet;

const GOLD: u64 = 20;
const SILVER: u64 = 21;
const SHARES: u64 = 22;
const ESCROW: u64 = 30;
const WEAK: u64 = 31;
const EXCHANGE: u64 = 40;
const ALICE: u64 = 50;
const BOB: u64 = 51;
const CAROL: u64 = 52;
const DAMAGED: u64 = 53;
const BOT: u64 = 60;
const ATTACKER: u64 = 66;
const TARGET: u64 = 70;
const BATCH: u64 = 80;
const GUARD: u64 = 90;

fn contract(app: u64) -> Contract {
    match app {
        GOLD | SILVER | SHARES => token::CONTRACT,
        ESCROW => escrow::CORRECT,
        WEAK => escrow::WEAK,
        EXCHANGE => exchange::CONTRACT,
        ALICE | BOB | CAROL | DAMAGED => wallet::CONTRACT,
        BOT => bot::CONTRACT,
        ATTACKER => attacker::CONTRACT,
        TARGET => target::CONTRACT,
        BATCH => batch::CONTRACT,
        GUARD => guard::CONTRACT,
        _ => panic!("no model of application {app}"),
    }
}

/// Makes the call; what it did, the fuel used and how it ended.
fn interpret(world: &World, call: &Call) -> Answer {
    let mut interp = Interp::start(world, call);
    while interp.step().is_some() {}
    let outcome = interp.outcome().expect("the call is over");
    Answer { outcome, fuel_used: call.fuel - interp.fuel(), effects: interp.effects() }
}

/// The model's answer, which must be the interpreter's; the world is changed accordingly.
fn make(at: &str, contracts: &BTreeMap<u64, Contract>, world: &mut World, call: &Call) -> Answer {
    let (expected, got) = (model(contracts, world, call), interpret(world, call));
    let at = format!("{at}: {call:?}");
    assert_eq!(got.outcome, expected.outcome, "outcome, {at}");
    // The models do not say at which instruction of a block the fuel ended, nor how deep `dig` went.
    let full = expected.effects.log_high as usize == call.limits.log;
    let blocks = got.outcome == Outcome::OutOfFuel || (got.outcome == Outcome::Capacity && !full);
    if !blocks {
        assert_eq!(got.fuel_used, expected.fuel_used, "fuel, {at}");
        assert_eq!(got.effects, expected.effects, "effects, {at}");
    }
    assert!(got.effects.written.is_empty() || matches!(got.outcome, Outcome::Returned(_)), "written, {at}");
    world.apply(&expected.effects);
    Answer { effects: if blocks { Effects::default() } else { expected.effects }, ..expected }
}

/// What random calls did, to see that they were worth making.
#[derive(Debug, Default)]
struct Tally {
    returned: usize,
    exception: usize,
    out_of_fuel: usize,
    rejected: usize,
    capacity: usize,
    rolled_back: usize,
}

impl Tally {
    fn count(&mut self, answer: &Answer) {
        *match answer.outcome {
            Outcome::Returned(_) => &mut self.returned,
            Outcome::Exception(_) => &mut self.exception,
            Outcome::OutOfFuel => &mut self.out_of_fuel,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Capacity => &mut self.capacity,
        } += 1;
        let unwritten = answer.effects.written.len() < answer.effects.touched.len();
        self.rolled_back += usize::from(unwritten && answer.effects.log_high > 0);
    }
}

/// Calls that a generator makes: application, method, argument words.
type Wish = (u64, u64, Vec<u64>);

/// The scenario's calls, then `n` random ones on the world that they leave.
fn check(name: &str, n: usize, wish: fn(&mut Rng) -> Wish) -> Tally {
    let scenario: Scenario = load(&bench(&format!("contracts/{name}.toml")));
    let contracts = scenario.apps.iter().map(|app| (app.id, contract(app.id))).collect();
    let mut world = scenario.world.clone();
    for (number, planned) in scenario.calls.iter().enumerate() {
        let at = format!("{name}.toml, call {} ({})", number + 1, planned.name);
        let Answer { outcome, fuel_used, effects } = make(&at, &contracts, &mut world, &planned.call);
        let missed = planned.expect.missed(&CallResult { outcome, fuel_used, effects: &effects, world: &world }, None);
        assert!(missed.is_empty(), "{at}: expectation against model: {missed:#?}");
    }
    let plain = scenario.calls[0].call.clone();
    let mut rng = Rng::new(scenario.calls.len() as u64);
    let mut tally = Tally::default();
    for number in 0..n {
        let (app, method, words) = wish(&mut rng);
        let mut call =
            Call { app, method, args: words.iter().flat_map(|w| w.to_le_bytes()).collect(), ..plain.clone() };
        call.fuel = if rng.one_in(8) { i64::from(rng.range(0, 3000) >> rng.range(0, 4)) } else { 10_000_000 };
        if rng.one_in(10) {
            call.access = without_one(&call.access, &mut rng);
        }
        tally.count(&make(&format!("{name}, random call {number}"), &contracts, &mut world, &call));
    }
    println!("{name}: {} calls, then {tally:?}", scenario.calls.len());
    tally
}

/// The list without one of its pages, or without one of its applications.
fn without_one(access: &AccessList, rng: &mut Rng) -> AccessList {
    let (mut apps, mut pages) = (access.apps().to_vec(), access.pages().to_vec());
    if rng.one_in(3) {
        let gone = apps.remove(below(rng, apps.len()));
        pages.retain(|page| page.app != gone);
    } else {
        pages.remove(below(rng, pages.len()));
    }
    AccessList::new(apps, pages).expect("it was shorter than a list that was accepted")
}

fn below(rng: &mut Rng, n: usize) -> usize {
    rng.range(0, n as u32 - 1) as usize
}

fn pick<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[below(rng, of.len())]
}

/// Mostly sensible: up to 10^digits.
fn amount(rng: &mut Rng, digits: u32) -> u64 {
    match rng.range(0, 19) {
        0 => 0,
        1 => -5_i64 as u64,
        2 => pick(rng, &[i64::MAX as u64, i64::MIN as u64, 1 << 62, u64::MAX]),
        _ => {
            let digits = rng.range(1, digits);
            rng.bits() % 10_u64.pow(digits)
        }
    }
}

/// A wallet acts; now and then with the wrong PIN, or too few arguments.
fn act(rng: &mut Rng, wallet: u64, app: u64, method: u64, args: &[u64]) -> Wish {
    let pin = if rng.one_in(40) { 9999 } else { 1111 * (wallet - 49) };
    let count = if rng.one_in(40) { u64::from(rng.range(0, 5)) } else { args.len() as u64 };
    let mut words = vec![pin, app, method, count];
    words.extend(args);
    words.resize(8, 0);
    (wallet, 2, words)
}

/// A call of a token by one of the wallets.
fn token_call(rng: &mut Rng, wallets: &[u64], token: u64, others: &[u64], digits: u32) -> Wish {
    let (wallet, other, third) = (pick(rng, wallets), pick(rng, others), pick(rng, others));
    let amount = amount(rng, digits);
    let method = u64::from(rng.range(0, 10));
    let args = match method {
        2 => vec![amount],
        1 | 3 | 4 => vec![other, amount],
        5 => vec![other, third, amount],
        6 => vec![other],
        7 | 10 => vec![other, third],
        _ => vec![],
    };
    if rng.one_in(12) { (token, method, args) } else { act(rng, wallet, token, method, &args) }
}

#[test]
fn token() {
    let tally = check("token", 2000, |rng| {
        let token = pick(rng, &[GOLD, SILVER]);
        token_call(rng, &[ALICE, BOB, CAROL], token, &[ALICE, BOB, CAROL, ALICE, BOB, CAROL, 60, 61, 62, 0], 4)
    });
    assert!(tally.returned > 500 && tally.exception > 300 && tally.rejected > 100 && tally.out_of_fuel > 50);
}

#[test]
fn exchange() {
    let tally = check("exchange", 1000, |rng| {
        let (wallet, token) = (pick(rng, &[ALICE, BOB]), pick(rng, &[GOLD, SILVER]));
        let (size, limit) = (amount(rng, 12), amount(rng, 12));
        match rng.range(0, 9) {
            0 => token_call(rng, &[ALICE, BOB], token, &[ALICE, BOB, EXCHANGE], 13),
            1 | 2 => {
                let token = pick(rng, &[GOLD, SILVER, SHARES]);
                act(rng, wallet, token, token::APPROVE, &[EXCHANGE, 1 << 60])
            }
            3 => act(rng, wallet, EXCHANGE, 1, &[size, limit.saturating_mul(8) >> 1, limit >> 4]),
            4 => act(rng, wallet, EXCHANGE, 2, &[size, limit >> 4, 0]),
            5 => (EXCHANGE, 4, vec![token, size]),
            6 => (BOT, 0, vec![EXCHANGE, token, size, rng.range(100, 5000).into()]),
            7 => act(rng, wallet, token, token::TRANSFER, &[BOT, size]),
            _ => act(rng, wallet, EXCHANGE, exchange::SWAP, &[token, size, limit >> 3]),
        }
    });
    assert!(tally.returned > 300 && tally.exception > 200 && tally.rolled_back > 200);
}

#[test]
fn escrow() {
    let tally = check("escrow", 1500, |rng| {
        let (wallet, escrow) = (pick(rng, &[ALICE, BOB]), pick(rng, &[ESCROW, WEAK]));
        let size = amount(rng, 3);
        match rng.range(0, 9) {
            0 => act(rng, wallet, GOLD, token::APPROVE, &[escrow, 100_000]),
            1 | 2 => act(rng, wallet, escrow, escrow::DEPOSIT, &[size]),
            3 => act(rng, wallet, escrow, escrow::WITHDRAW, &[]),
            4 => act(rng, wallet, GOLD, token::TRANSFER, &[ATTACKER, size]),
            5 => (ATTACKER, 1, vec![GOLD, escrow, size]),
            6 => (escrow, 3, vec![pick(rng, &[ALICE, BOB, ATTACKER, 0])]),
            7 => (GUARD, 0, vec![ATTACKER, escrow, GOLD, size, rng.range(0, 4).into()]),
            _ => (ATTACKER, 2, vec![escrow, rng.range(0, 4).into(), rng.range(0, 1).into()]),
        }
    });
    assert!(tally.returned > 400 && tally.exception > 300 && tally.rolled_back > 300);
}

/// A random entry of a batch: application, method, number of arguments, arguments.
fn entry(rng: &mut Rng) -> [u64; 6] {
    let other = pick(rng, &[ALICE, BOB, BATCH, 0]);
    let size = amount(rng, 3);
    let own = u64::from(rng.range(0, 4));
    match rng.range(0, 7) {
        0 => [GOLD, token::TRANSFER, 2, other, size, 0],
        1 => [GOLD, token::APPROVE, 2, other, size, 0],
        2 => [GOLD, token::TRANSFER_FROM, 3, other, other, size],
        3 => [GOLD, rng.range(0, 14).into(), rng.range(0, 3).into(), other, size, 0],
        4 => [BATCH, 1, 1, own, 0, 0],
        5 => [TARGET, 5, 3, BATCH, 1, own],
        6 => [TARGET, pick(rng, &[0, 0, 1, 2, 3, 4, 9]), rng.range(0, 2).into(), size, own, 0],
        _ => [pick(rng, &[99, 98, TARGET]), rng.range(0, 9).into(), rng.range(0, 4).into(), size, own, 0],
    }
}

fn batch_call(rng: &mut Rng) -> Wish {
    match rng.range(0, 9) {
        0..=3 => {
            let mut words = vec![u64::from(rng.range(0, 8))];
            words.extend((0..8).flat_map(|_| entry(rng)));
            // `spin` and `dig` end the call, and so do unlisted pages: not too often
            for entry in words[1..].chunks_mut(6).filter(|e| e[0] == TARGET && (6..9).contains(&e[1])) {
                entry[1] = 4;
            }
            (BATCH, 0, words)
        }
        4..=6 => (BATCH, 1, vec![rng.range(0, 4).into()]),
        7 => act(rng, ALICE, GOLD, token::TRANSFER, &[BATCH, 300]),
        8 => {
            let list = rng.range(1, 5).into();
            act(rng, ALICE, BATCH, 1, &[list])
        }
        _ => (TARGET, pick(rng, &[0, 1, 2, 3, 4, 9]), vec![rng.bits(); below(rng, 3)]),
    }
}

#[test]
fn batch() {
    let tally = check("batch", 1000, batch_call);
    assert!(tally.returned > 400 && tally.exception > 100 && tally.rolled_back > 300);
}

#[test]
fn batch_limits() {
    let tally = check("batch_limits", 500, batch_call);
    assert!(tally.returned > 100 && tally.capacity > 60);
}
