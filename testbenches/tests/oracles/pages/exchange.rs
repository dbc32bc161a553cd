// SPDX-License-Identifier: MIT OR Apache-2.0
//! `exchange.avm`

use super::machine::{Contract, Done, Machine, Run, add, mul, positive, sub};
use super::token;

pub const CONTRACT: Contract = Contract {
    methods: &[Some(3), Some(3), Some(3), Some(3), Some(2), None, None, None, None, None, None, None, None],
    run,
};
pub const SWAP: u64 = 3;
pub const SLIPPAGE: u64 = 32;
const AMOUNT: u64 = 33;
const TOKEN: u64 = 34;
const QUOTIENT: u64 = 35;
const SHRUNK: u64 = 36;
const SHARES: u64 = 16;
const A: u64 = 0;
const B: u64 = 8;

fn reserve(side: u64) -> u64 {
    24 + side
}

fn run(m: &mut Machine, method: u64, a: &[u64]) -> Done {
    match (method, a) {
        (0, &[a, b, s]) => {
            m.alloc(0, 40)?;
            for (id, n) in [a, b, s].into_iter().zip(0..) {
                m.fuel(1)?;
                m.put(0, 8 * n, id)?;
            }
            m.fuel(1)?;
            m.external(s, token::INIT, &[])?;
            m.push_give(0)
        }
        (1, &[a, most_b, least]) => add_liquidity(m, a, most_b, least),
        (2, &[shares, least_a, least_b]) => remove(m, shares, least_a, least_b),
        (3, &[token, amount, least]) => swap(m, token, amount, least),
        (_, &[token, amount]) => {
            m.internal(1)?;
            let side = side_of(m, token)?;
            m.fuel(1 + 2)?;
            let r_in = m.get(0, reserve(side))?;
            m.fuel(1 + 4)?;
            let r_out = m.get(0, reserve(side ^ B))?;
            m.fuel(1)?;
            m.internal(1)?;
            let out = price(m, r_in, r_out, amount)?;
            m.give(out)
        }
        _ => unreachable!("no such method"),
    }
}

fn add_liquidity(m: &mut Machine, a: u64, most_b: u64, least: u64) -> Done {
    let caller = m.caller();
    m.deny(4, !positive(a), AMOUNT)?;
    m.deny(4, !positive(most_b), AMOUNT)?;
    let supply = supply(m)?;
    m.fuel(3)?;
    let (shares, b) = if supply == 0 {
        m.fuel(5)?;
        (a, most_b)
    } else {
        m.internal(3)?;
        let shares = part(m, a, supply)?;
        m.fuel(1 + 2)?;
        let other = m.get(0, reserve(B))?;
        m.fuel(1 + 2 + 4)?;
        let b = part(m, a, other)?;
        m.fuel(3)?;
        (shares, add(b, 1)?)
    };
    m.internal(2)?;
    take(m, A, a)?;
    m.internal(2)?;
    take(m, B, b)?;
    m.args(2)?;
    let id = m.get(0, SHARES)?;
    m.external(id, token::MINT, &[caller, shares])?;
    m.fuel(1)?;
    m.deny(8, (shares as i64) < least as i64 || b as i64 > most_b as i64, SLIPPAGE)?;
    m.push_give(shares)
}

fn remove(m: &mut Machine, shares: u64, least_a: u64, least_b: u64) -> Done {
    let (caller, me) = (m.caller(), m.me());
    m.deny(4, !positive(shares), AMOUNT)?;
    let supply = supply(m)?;
    m.fuel(1)?;
    let mut parts = [0; 2];
    for (amount, side) in parts.iter_mut().zip([A, B]) {
        let whole = m.get(0, reserve(side))?;
        m.fuel(1)?;
        m.internal(2)?;
        *amount = muldiv(m, whole, shares, supply)?;
        m.fuel(1)?;
    }
    m.args(3)?;
    let id = m.get(0, SHARES)?;
    m.external(id, token::TRANSFER_FROM, &[caller, me, shares])?;
    m.args(1)?;
    let id = m.get(0, SHARES)?;
    m.external(id, token::BURN, &[shares])?;
    for (amount, side) in parts.into_iter().zip([A, B]) {
        m.internal(2)?;
        give(m, side, amount)?;
    }
    m.deny(8, (parts[0] as i64) < least_a as i64 || (parts[1] as i64) < least_b as i64, SLIPPAGE)?;
    m.push_give(parts[0])
}

fn swap(m: &mut Machine, token: u64, amount: u64, least: u64) -> Done {
    m.internal(1)?;
    let side = side_of(m, token)?;
    m.fuel(1 + 2)?;
    let r_in = m.get(0, reserve(side))?;
    m.fuel(1 + 4)?;
    let r_out = m.get(0, reserve(side ^ B))?;
    m.fuel(1)?;
    m.internal(3)?;
    let out = price(m, r_in, r_out, amount)?;
    m.fuel(1)?;
    m.internal(2)?;
    take(m, side, amount)?;
    m.fuel(2)?; // const, ixor
    m.internal(2)?;
    give(m, side ^ B, out)?;
    m.fuel(2 * 2)?; // two of the arguments are sums
    m.internal(4)?;
    let wide = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let (now, before) = (wide(r_in + amount, r_out - out), wide(r_in, r_out));
    m.fuel(6 + 6 + 4 + if now >> 64 == before >> 64 { 6 + 6 } else { 0 } + 1 + 2)?;
    m.deny(1, now < before, SHRUNK)?;
    m.deny(4, (out as i64) < least as i64, SLIPPAGE)?;
    m.push_give(out)
}

fn side_of(m: &mut Machine, token: u64) -> Run<u64> {
    for side in [A, B] {
        let id = m.get(0, side)?;
        m.fuel(3)?;
        if id == token {
            m.fuel(1 + 2)?;
            return Ok(side);
        }
    }
    m.throw(TOKEN)
}

fn take(m: &mut Machine, side: u64, amount: u64) -> Run<()> {
    let (caller, me) = (m.caller(), m.me());
    m.args(3)?;
    let id = m.get(0, side)?;
    m.external(id, token::TRANSFER_FROM, &[caller, me, amount])?;
    m.fuel(2)?;
    let before = m.get(0, reserve(side))?;
    m.fuel(2)?;
    let now = add(before, amount)?;
    m.fuel(2)?;
    m.put(0, reserve(side), now)?;
    m.fuel(2)
}

fn give(m: &mut Machine, side: u64, amount: u64) -> Run<()> {
    let caller = m.caller();
    m.args(2)?;
    let id = m.get(0, side)?;
    m.external(id, token::TRANSFER, &[caller, amount])?;
    m.fuel(2)?;
    let before = m.get(0, reserve(side))?;
    m.fuel(2)?;
    let now = sub(before, amount)?;
    m.fuel(2)?;
    m.put(0, reserve(side), now)?;
    m.fuel(2)
}

fn supply(m: &mut Machine) -> Run<u64> {
    m.internal(0)?;
    let id = m.get(0, SHARES)?;
    let supply = m.external(id, token::TOTAL_SUPPLY, &[])?;
    m.fuel(2)?;
    Ok(supply.unwrap_or(0))
}

fn price(m: &mut Machine, r_in: u64, r_out: u64, amount: u64) -> Run<u64> {
    m.deny(4, !positive(amount), AMOUNT)?;
    m.fuel(6)?;
    let x = mul(amount, 997)?;
    m.fuel(2 + 2 + 6)?;
    let y = mul(r_in, 1000)?;
    m.fuel(1)?;
    let d = add(y, x)?;
    m.fuel(1 + 4)?;
    let out = muldiv(m, x, r_out, d)?;
    m.fuel(2)?;
    Ok(out)
}

/// x * y / reserve of A
fn part(m: &mut Machine, x: u64, y: u64) -> Run<u64> {
    m.fuel(2 + 2 + 2)?;
    let whole = m.get(0, reserve(A))?;
    m.fuel(1 + 4)?;
    let part = muldiv(m, x, y, whole)?;
    m.fuel(2)?;
    Ok(part)
}

fn muldiv(m: &mut Machine, a: u64, b: u64, d: u64) -> Run<u64> {
    const BIT: i64 = 2 + 4 + 3 + 6 + 4 + 6;
    let product = u128::from(a) * u128::from(b);
    m.fuel(7 + 6)?;
    m.deny(4, (product >> 64) as u64 >= d, QUOTIENT)?;
    m.fuel(2 + if product >> 64 == 0 { 18 } else { 2 + 64 * BIT + 1 } + 2)?;
    Ok((product / u128::from(d)) as u64)
}
