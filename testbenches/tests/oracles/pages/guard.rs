// SPDX-License-Identifier: MIT OR Apache-2.0
//! `escrow_guard.avm`

use super::machine::{Contract, Done, Machine, Run};
use super::{attacker, token};

pub const CONTRACT: Contract = Contract { methods: &[Some(5), Some(5), None], run };
const INSPECT: u64 = 1;

fn run(m: &mut Machine, method: u64, a: &[u64]) -> Done {
    let (account, escrow, token, floor, rounds) = (a[0], a[1], a[2], a[3], a[4]);
    let (caller, me) = (m.caller(), m.me());
    if method == INSPECT {
        m.deny(4, caller != me, 65)?;
        m.args(3)?;
        m.fuel(1)?;
        m.external(account, attacker::ATTACK, &[escrow, rounds, 1])?;
        m.args(1)?;
        m.fuel(1)?;
        let rest = m.external(token, token::BALANCE_OF, &[escrow])?.unwrap_or(0);
        m.deny(3, (rest as i64) < floor as i64, 64)?;
        return m.push_give(0);
    }
    m.ensure(0, 16)?;
    count(m, 0)?;
    m.args(5)?;
    m.fuel(1)?;
    let inspected = m.external(me, INSPECT, a);
    match m.catch(inspected)? {
        Ok(value) => m.leave(value),
        Err(code) => {
            count(m, 8)?;
            m.give(code)
        }
    }
}

fn count(m: &mut Machine, offset: u64) -> Run<()> {
    m.internal(1)?;
    let n = m.get(0, offset)?;
    m.fuel(2)?;
    m.put(0, offset, n + 1)?;
    m.fuel(2)
}
