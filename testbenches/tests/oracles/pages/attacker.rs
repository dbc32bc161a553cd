// SPDX-License-Identifier: MIT OR Apache-2.0
//! `escrow_attacker.avm`

use super::machine::{Contract, Done, Machine, add};
use super::{escrow, token};

pub const CONTRACT: Contract = Contract { methods: &[Some(1), Some(3), Some(3)], run };
pub const ATTACK: u64 = 2;
const ROUNDS: u64 = 8;
const SWALLOW: u64 = 16;
const PAID: u64 = 24;
const LOOT: u64 = 32;
const FAILED: u64 = 40;

fn run(m: &mut Machine, method: u64, a: &[u64]) -> Done {
    match (method, a) {
        (0, &[amount]) => receive(m, amount),
        (1, &[token, escrow, amount]) => {
            m.args(2)?;
            m.fuel(1)?;
            m.external(token, token::APPROVE, &[escrow, amount])?;
            m.args(1)?;
            m.fuel(1)?;
            let owed = m.external(escrow, escrow::DEPOSIT, &[amount])?;
            m.leave(owed)
        }
        (_, &[escrow, rounds, swallow]) => {
            m.ensure(0, 48)?;
            for (word, n) in [escrow, rounds, swallow, 0, 0, 0].into_iter().zip(0..) {
                m.fuel(1)?;
                m.put(0, 8 * n, word)?;
            }
            m.fuel(1)?;
            m.external(escrow, escrow::WITHDRAW, &[])?;
            let loot = m.get(0, LOOT)?;
            m.give(loot)
        }
        _ => unreachable!("no such method"),
    }
}

fn receive(m: &mut Machine, amount: u64) -> Done {
    let paid = m.get(0, PAID)?;
    m.fuel(2)?;
    m.put(0, PAID, paid + 1)?;
    let loot = m.get(0, LOOT)?;
    m.fuel(2)?;
    m.put(0, LOOT, add(loot, amount)?)?;
    let rounds = m.get(0, ROUNDS)?;
    m.fuel(2)?;
    if rounds != 0 {
        m.fuel(2)?;
        m.put(0, ROUNDS, rounds - 1)?;
        let escrow = m.get(0, 0)?;
        let again = m.external(escrow, escrow::WITHDRAW, &[]);
        if let Err(code) = m.catch(again)? {
            m.fuel(1)?;
            m.put(0, FAILED, code)?;
            let swallow = m.get(0, SWALLOW)?;
            m.fuel(1)?;
            if swallow == 0 {
                m.fuel(1)?;
                return m.rethrow(code);
            }
        }
    }
    m.push_give(0)
}
