// SPDX-License-Identifier: MIT OR Apache-2.0
//! The oracle of `token.avma`: balances in a map; the tree is what these balances must look like, whatever their history.

use super::scene::{Run, check};
use super::value::{V, be, int, tuple};
use ruint::aliases::U256;
use std::collections::BTreeMap;

const OWNER: &str = "0xc0ffee00000000000000000000000000c0ffee";

/// An account of the tests.
fn account(i: u64) -> U256 {
    (U256::from(0xacc0_u64 + i) << 96) | U256::from(i * i)
}

/// The leaves whose hashes agree below `shift`, as a tree.
fn tree(leaves: &[(U256, U256)], shift: usize) -> V {
    let leaf = |(account, balance): &(U256, U256)| tuple([V::Int(*account), V::Int(*balance)]);
    match leaves {
        [] => tuple([]),
        [one] => leaf(one),
        _ => tuple((0..8).map(|digit| {
            let of = |account: U256| (U256::from_be_bytes(V::Int(account).hash()) >> shift) & U256::from(7);
            let below: Vec<_> = leaves.iter().copied().filter(|l| of(l.0) == U256::from(digit)).collect();
            tree(&below, shift + 3)
        })),
    }
}

#[derive(Default)]
struct Token {
    balances: BTreeMap<U256, U256>,
    run: Run,
}

impl Token {
    fn new(name: &str) -> Token {
        Token { balances: BTreeMap::new(), run: Run::new(name) }
    }

    fn receipt(&mut self, seq: u64, done: bool) {
        self.run.logs.push(tuple([int(seq), int(done.into())]));
    }

    fn mint(&mut self, sender: U256, to: U256, amount: u64) {
        let seq = self.run.message(1, sender, &[&be(to), &be(U256::from(amount))]);
        let done = sender == OWNER.parse::<U256>().expect("a number");
        if done {
            *self.balances.entry(to).or_default() += U256::from(amount);
        }
        self.receipt(seq, done);
    }

    fn transfer(&mut self, from: U256, to: U256, amount: u64) {
        let amount = U256::from(amount);
        let seq = self.run.message(2, from, &[&be(to), &be(amount)]);
        let balance = self.balances.get(&from).copied().unwrap_or_default();
        let done = balance >= amount;
        if done {
            self.balances.insert(from, balance - amount);
            *self.balances.entry(to).or_default() += amount;
        }
        self.receipt(seq, done);
    }

    fn query(&mut self, of: U256) {
        self.run.message(3, account(0), &[&be(of)]);
        let balance = self.balances.get(&of).copied().unwrap_or_default();
        self.run.logs.push(tuple([V::Int(of), V::Int(balance)]));
    }

    fn end(mut self) -> Run {
        self.run.message(0, account(0), &[]);
        self.run.logs.push(V::Int(self.balances.values().fold(U256::ZERO, |sum, b| sum + b)));
        let leaves: Vec<_> = self.balances.into_iter().collect();
        self.run.logs.push(tree(&leaves, 0));
        self.run
    }
}

#[test]
fn token() {
    let owner: U256 = OWNER.parse().expect("a number");
    let mut few = Token::new("a few accounts");
    few.query(account(1));
    few.mint(owner, account(1), 1000);
    few.mint(account(1), account(1), 1000);
    few.transfer(account(1), account(2), 300);
    few.transfer(account(2), account(3), 301);
    few.transfer(account(2), account(2), 300);
    few.transfer(account(3), account(4), 0);
    few.query(account(1));
    few.query(account(2));
    let seq = few.run.message(9, account(1), &[]);
    few.receipt(seq, false);
    let mut many = Token::new("many accounts");
    for i in 0..40 {
        many.mint(owner, account(i), 10 * i + 5);
    }
    for i in 0..60 {
        many.transfer(account(i * 7 % 40), account(i * 11 % 45), i * 13 % 90);
    }
    many.query(account(44));
    let empty = Token::new("nobody has anything");
    check("token", "A token whose balances live in a tree of 8-ary Tuples", &[few.end(), many.end(), empty.end()]);
}
