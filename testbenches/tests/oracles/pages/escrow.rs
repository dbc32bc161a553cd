// SPDX-License-Identifier: MIT OR Apache-2.0
//! `escrow.avm` and `escrow_weak.avm`

use super::machine::{Contract, Done, Machine, Run, add, positive, sub};
use super::token;

const METHODS: &[Option<usize>] = &[Some(1), Some(1), Some(0), Some(1)];
pub const CORRECT: Contract = Contract { methods: METHODS, run: |m, method, a| run(m, method, a, false) };
pub const WEAK: Contract = Contract { methods: METHODS, run: |m, method, a| run(m, method, a, true) };
pub const DEPOSIT: u64 = 1;
pub const WITHDRAW: u64 = 2;
const OWED: u64 = 8;

fn run(m: &mut Machine, method: u64, a: &[u64], weak: bool) -> Done {
    let (caller, me) = (m.caller(), m.me());
    match (method, a) {
        (0, &[token]) => {
            m.alloc(0, 16)?;
            m.fuel(1)?;
            m.put(0, 0, token)?;
            m.push_give(0)
        }
        (1, &[amount]) => {
            m.deny(4, !positive(amount), 49)?;
            m.args(3)?;
            let token = m.get(0, 0)?;
            m.external(token, token::TRANSFER_FROM, &[caller, me, amount])?;
            m.fuel(1)?;
            m.ensure(caller, 8)?;
            let owed = m.get(0, OWED)?;
            m.fuel(2)?;
            m.put(0, OWED, add(owed, amount)?)?;
            let book = m.get(caller, 0)?;
            m.fuel(2)?;
            let book = add(book, amount)?;
            m.fuel(1)?;
            m.put(caller, 0, book)?;
            m.give(book)
        }
        (2, _) => {
            let there = m.exists(caller)?;
            m.deny(0, !there, 48)?;
            let amount = m.get(caller, 0)?;
            m.deny(3, amount == 0, 48)?;
            if weak {
                pay(m, amount)?;
                write_down(m, amount)?;
            } else {
                write_down(m, amount)?;
                pay(m, amount)?;
            }
            m.push_give(amount)
        }
        (_, &[account]) => token::of_account(m, account).map(Some),
        _ => unreachable!("no such method"),
    }
}

fn write_down(m: &mut Machine, amount: u64) -> Run<()> {
    let caller = m.caller();
    m.fuel(1)?;
    m.put(caller, 0, 0)?;
    let owed = m.get(0, OWED)?;
    m.fuel(2)?;
    m.put(0, OWED, sub(owed, amount)?)
}

fn pay(m: &mut Machine, amount: u64) -> Run<()> {
    let caller = m.caller();
    m.args(2)?;
    let token = m.get(0, 0)?;
    m.external(token, token::TRANSFER, &[caller, amount])?;
    m.args(1)?;
    m.fuel(1)?;
    m.external(caller, 0, &[amount]).map(|_| ())
}
