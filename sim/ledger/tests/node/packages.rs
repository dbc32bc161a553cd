// SPDX-License-Identifier: MIT OR Apache-2.0
//! Full nodes on disk: blocks with all that judging them needs, a second node that takes them, and any block executed again
//! from what it read.

use avm_ledger::edb::disk::Options;
use avm_ledger::genesis::Genesis;
use avm_ledger::ids::Round;
use avm_ledger::main_contract;
use avm_ledger::node::{Node, NodeError};
use avm_ledger::package::{Package, Rejected};
use avm_ledger::tx::{Nonce, Transaction};
use avm_ledger::witness::Witness;
use proptest::prelude::{ProptestConfig, any, prop, proptest};

use crate::support::*;

const ACCOUNTS: u64 = 4;

fn network() -> Genesis {
    Genesis::new("packages", (0..ACCOUNTS).map(|n| (public(n), RICH)))
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn create(folder: &tempfile::TempDir) -> Node {
    Node::create(folder.path(), Options::small(), &network()).expect("a node")
}

fn transfers(node: &Node, round: u64) -> Vec<Transaction> {
    let one = |n: u64| {
        let nonce = Nonce { issuance: round, sequence: 0 };
        // The last one has more than there is: its call fails.
        let amount = if n + 1 == ACCOUNTS { 2 * RICH } else { 7 + n };
        let call = main_contract::transfer(public(n), nonce, public((n + round) % 9), amount, 60_000);
        call.signed(node.genesis(), &key(n), &[&key(n)])
    };
    (0..ACCOUNTS).map(one).collect()
}

/// The second node ends where the first is; a node of certificates follows; and each block, executed again when two more
/// have come, is what was kept.
#[test]
fn blocks_are_taken_and_executed_again() {
    let (first_folder, second_folder) = (folder(), folder());
    let (first, second) = (create(&first_folder), create(&second_folder));
    let keys: Vec<_> = (0..ACCOUNTS).map(key).collect();
    let mut light = first.package(Round(0)).expect("block 0").begins(first.genesis()).expect("this network");
    for round in 1..=3 {
        let made = first.propose(transfers(&first, round), &keys).expect("a block");
        assert!(made.refused.is_empty(), "{:?}", made.refused);
        let package = Package::from_json(&made.package.to_json()).expect("what was written");
        assert_eq!(package, made.package);
        first.keep(made).expect("kept");
        second.keep(second.judge(package.clone()).expect("right")).expect("kept");
        light = package.certified(&light).expect("confirmed");
    }
    assert_eq!(first.tip().expect("a tip"), second.tip().expect("a tip"));
    for node in [first, second] {
        for round in 1..=3 {
            let executed = node.again(Round(round)).expect("the same");
            // `begin`, then a purchase and a call of each.
            assert_eq!(executed.invocations.len() as u64, 1 + 2 * ACCOUNTS);
        }
        assert!(matches!(node.again(Round(4)), Err(NodeError::NoBlock(Round(4), Round(3)))));
    }
}

#[test]
fn votes_are_weighed() {
    let directory = folder();
    let node = create(&directory);
    let few: Vec<_> = (0..2).map(key).collect();
    assert!(matches!(node.propose(Vec::new(), &few), Err(NodeError::Keys(_))));
    let all: Vec<_> = (0..ACCOUNTS).map(key).collect();
    let good = node.propose(Vec::new(), &all).expect("a block").package;
    let last = node.last().expect("block 0");
    let mut light = good.clone();
    light.votes.votes.truncate(2);
    assert!(matches!(light.certified(&last), Err(Rejected::Votes(_))));
    let mut other = good.clone();
    other.votes.block = last.genesis;
    assert!(matches!(other.certified(&last), Err(Rejected::OtherVotes(_))));
    let mut richer = good.clone();
    let page = richer.stake.pages[1].value.as_mut().expect("an account");
    page[39] ^= 1;
    assert!(matches!(richer.certified(&last), Err(Rejected::Stake(_))));
    good.certified(&last).expect("confirmed");
    assert!(matches!(
        node.package(Round(0)).expect("block 0").begins(good.block.hash()),
        Err(Rejected::Network { .. })
    ));
}

/// What the node's store says of the same keys.
fn is_true(node: &Node, witness: &Witness) -> bool {
    let (pages, apps) = (witness.pages.iter().map(|p| p.key), witness.code.iter().map(|p| p.key.0));
    let stored = Witness::of(node.store(), pages, apps).expect("answers");
    let values = |w: &Witness| {
        let pages = w.pages.iter().map(|p| p.value.clone());
        pages.chain(w.code.iter().map(|p| p.value.clone())).collect::<Vec<_>>()
    };
    values(&stored) == values(witness)
}

/// With any bit changed a witness is none, or proves nothing, or says what is true: a proof that one key is absent also
/// proves it of others that would lie at the same place.
#[test]
fn a_witness_cannot_be_changed() {
    let directory = folder();
    let node = create(&directory);
    let roots = node.last().expect("block 0").block.roots;
    let pages = [main_contract::STATE_PAGE, main_contract::account_page(&public(1)), page(77, 7)];
    let witness = Witness::of(node.store(), pages, [main_contract::APP, 99]).expect("answers");
    let bytes = witness.to_bytes();
    assert_eq!(Witness::from_bytes(&bytes).expect("what was written"), witness);
    witness.check(roots).expect("it holds");
    // The image is most of it: one bit in 101 is enough there.
    let places = (0..8 * 600).chain((0..8 * bytes.len()).step_by(101)).filter(|at| *at < 8 * bytes.len());
    for at in places {
        let mut changed = bytes.clone();
        changed[at / 8] ^= 1 << (at % 8);
        let Ok(read) = Witness::from_bytes(&changed) else { continue };
        assert!(read.check(roots).is_err() || is_true(&node, &read), "bit {at} does not count");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Witness::from_bytes(&bytes);
        let _ = Package::from_json(&String::from_utf8_lossy(&bytes));
    }
}
