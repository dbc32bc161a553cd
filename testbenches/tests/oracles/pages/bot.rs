// SPDX-License-Identifier: MIT OR Apache-2.0
//! `exchange_bot.avm`

use super::machine::{CROSSED, Contract, Done, Machine, add, mul};
use super::{exchange, token};

pub const CONTRACT: Contract = Contract { methods: &[Some(4)], run };

fn run(m: &mut Machine, _: u64, a: &[u64]) -> Done {
    let (exchange, token, mut amount, price) = (a[0], a[1], a[2], a[3]);
    m.ensure(0, 16)?;
    let mut attempts = 0;
    loop {
        m.fuel(2)?;
        if amount == 0 {
            break;
        }
        attempts += 1;
        m.fuel(4)?;
        m.args(2)?;
        m.fuel(1)?;
        m.external(token, token::APPROVE, &[exchange, amount])?;
        m.args(2)?;
        m.fuel(6)?;
        let least = (mul(amount, price)? as i64 / 1000) as u64;
        m.fuel(17 + 1 + 1)?;
        let swap = m.external(exchange, exchange::SWAP, &[token, amount, least]);
        let Err(code) = m.catch(swap)? else { break };
        m.fuel(4)?;
        if code != exchange::SLIPPAGE | CROSSED {
            m.fuel(1)?;
            return m.rethrow(code);
        }
        amount >>= 1;
        m.fuel(4 + 1)?;
    }
    let sold = m.get(0, 0)?;
    m.fuel(2)?;
    m.put(0, 0, add(sold, amount)?)?;
    let before = m.get(0, 8)?;
    m.fuel(2)?;
    m.put(0, 8, before + attempts)?;
    m.push_give(amount)
}
