// SPDX-License-Identifier: MIT OR Apache-2.0
//! `token.avm`

use super::machine::{Contract, Done, Machine, Run, add, negative};

pub const CONTRACT: Contract = Contract {
    methods: &[
        Some(0),
        Some(2),
        Some(1),
        Some(2),
        Some(2),
        Some(3),
        Some(1),
        Some(2),
        Some(0),
        Some(0),
        None,
        None,
        None,
        None,
    ],
    run,
};
pub const INIT: u64 = 0;
pub const MINT: u64 = 1;
pub const BURN: u64 = 2;
pub const TRANSFER: u64 = 3;
pub const APPROVE: u64 = 4;
pub const TRANSFER_FROM: u64 = 5;
pub const BALANCE_OF: u64 = 6;
pub const TOTAL_SUPPLY: u64 = 8;

const ACCOUNT: usize = 72;
const SUPPLY: u64 = 8;

fn run(m: &mut Machine, method: u64, a: &[u64]) -> Done {
    let caller = m.caller();
    match (method, a) {
        (0, _) => {
            m.deny(2, caller == 0, 1)?;
            m.alloc(0, 16)?;
            m.fuel(1)?;
            m.put(0, 0, caller)?;
            m.push_give(caller)
        }
        (1, &[to, amount]) => {
            m.fuel(1)?;
            let owner = m.get(0, 0)?;
            m.deny(2, owner != caller, 2)?;
            m.deny(4, negative(amount), 5)?;
            let supply = m.get(0, SUPPLY)?;
            m.fuel(2)?;
            let supply = add(supply, amount)?;
            m.fuel(1)?;
            m.put(0, SUPPLY, supply)?;
            m.internal(2)?;
            credit(m, to, amount)?;
            m.give(supply)
        }
        (2, &[amount]) => {
            m.internal(2)?;
            debit(m, caller, amount)?;
            let supply = m.get(0, SUPPLY)?;
            m.fuel(2 + 1)?;
            m.put(0, SUPPLY, supply - amount)?;
            m.give(supply - amount)
        }
        (3, &[to, amount]) => {
            m.internal(2)?;
            debit(m, caller, amount)?;
            m.internal(2)?;
            credit(m, to, amount)?;
            let balance = m.get(caller, 0)?;
            m.give(balance)
        }
        (4, &[spender, amount]) => {
            m.deny(2, caller == 0, 1)?;
            m.deny(2, spender == 0, 1)?;
            m.deny(4, negative(amount), 5)?;
            m.ensure(caller, ACCOUNT)?;
            m.internal(3)?;
            allow(m, caller, spender, amount)?;
            m.push_give(0)
        }
        (5, &[from, to, amount]) => {
            m.internal(2)?;
            let allowed = allowance(m, from, caller)?;
            let left = allowed.wrapping_sub(amount);
            m.deny(2 + 5, negative(left), 4)?;
            m.internal(3)?;
            allow(m, from, caller, left)?;
            m.internal(2)?;
            debit(m, from, amount)?;
            m.internal(2)?;
            credit(m, to, amount)?;
            m.push_give(left)
        }
        (6, &[account]) => {
            let balance = balance_of(m, account)?;
            Ok(Some(balance))
        }
        (7, &[account, spender]) => {
            let allowed = allowance(m, account, spender)?;
            Ok(Some(allowed))
        }
        (8, _) => {
            let supply = m.get(0, SUPPLY)?;
            m.give(supply)
        }
        _ => {
            m.deny(2, caller == 0, 1)?;
            let balance = m.get(caller, 0)?;
            m.deny(1, balance != 0, 7)?;
            m.free(caller)?;
            m.push_give(0)
        }
    }
}

/// Value of a word of an account's page, 0 if there is no page; the return included.
pub fn of_account(m: &mut Machine, account: u64) -> Run<u64> {
    m.fuel(2)?;
    if account == 0 || !m.exists(account)? {
        m.fuel(1 + 2)?;
        return Ok(0);
    }
    let value = m.get(account, 0)?;
    m.fuel(2)?;
    Ok(value)
}

fn balance_of(m: &mut Machine, account: u64) -> Run<u64> {
    of_account(m, account)
}

fn allowance(m: &mut Machine, account: u64, spender: u64) -> Run<u64> {
    m.fuel(2)?;
    if account != 0 && m.exists(account)? {
        m.internal(2)?;
        let pair = find(m, account, spender)?;
        m.fuel(2)?;
        if let Some(pair) = pair {
            m.fuel(1)?;
            let allowed = m.get(account, pair + 8)?;
            m.fuel(2)?;
            return Ok(allowed);
        }
    }
    m.fuel(1 + 2)?;
    Ok(0)
}

fn credit(m: &mut Machine, account: u64, amount: u64) -> Run<()> {
    m.deny(2, account == 0, 1)?;
    m.ensure(account, ACCOUNT)?;
    let balance = m.get(account, 0)?;
    m.fuel(2)?;
    m.put(account, 0, balance + amount)?;
    m.fuel(2)
}

fn debit(m: &mut Machine, account: u64, amount: u64) -> Run<()> {
    m.deny(2, account == 0, 1)?;
    m.deny(4, negative(amount), 5)?;
    m.internal(1)?;
    let balance = balance_of(m, account)?;
    m.deny(2 + 4, balance < amount, 3)?;
    m.put(account, 0, balance - amount)?;
    m.fuel(2)
}

/// The spender's pair, else the first free one.
fn find(m: &mut Machine, account: u64, spender: u64) -> Run<Option<u64>> {
    m.fuel(1)?;
    let mut free = None;
    for pair in [8, 24, 40, 56] {
        let here = m.get(account, pair)?;
        m.fuel(4)?;
        if here == spender {
            m.fuel(1 + 2)?;
            return Ok(Some(pair));
        }
        m.fuel(1)?;
        if here == 0 {
            m.fuel(2)?;
            if free.is_none() {
                free = Some(pair);
                m.fuel(2)?;
            }
        }
        m.fuel(6)?;
    }
    m.fuel(1 + 2)?;
    Ok(free)
}

fn allow(m: &mut Machine, account: u64, spender: u64, amount: u64) -> Run<()> {
    m.internal(2)?;
    let pair = find(m, account, spender)?;
    m.deny(3, pair.is_none(), 6)?;
    let pair = pair.unwrap_or_default();
    m.fuel(1 + 2)?;
    m.put(account, pair + 8, amount)?;
    m.fuel(6)?;
    m.put(account, pair, if amount == 0 { 0 } else { spender })?;
    m.fuel(2)
}
