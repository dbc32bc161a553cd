// SPDX-License-Identifier: MIT OR Apache-2.0
//! `batch_target.avm`

use avm_sim::algorand::exception::{Cause, Outcome};

use super::machine::Stop::End;
use super::machine::{Contract, Done, Machine, Run, raise};

pub const CONTRACT: Contract = Contract {
    methods: &[Some(1), Some(1), Some(2), Some(0), Some(0), Some(3), Some(1), Some(0), Some(0), Some(0)],
    run,
};

fn run(m: &mut Machine, method: u64, a: &[u64]) -> Done {
    match (method, a) {
        (0, &[value]) => keep(m, value).map(Some),
        (1, &[value]) => {
            m.internal(1)?;
            keep(m, value)?;
            m.alloc(2, 1024)?;
            for (page, offset, value, width) in
                [(2, 1016, u64::MAX, 8), (3, 3, 0x5a, 1), (3, 6, 0x1234, 2), (3, 12, u64::MAX - 1, 4)]
            {
                m.fuel(1)?;
                m.put_narrow(page, offset, value, width)?;
            }
            m.free(3)?;
            m.free(2)?;
            m.fuel(2)?;
            m.rethrow(value)
        }
        (2, &[a, b]) => {
            m.fuel(18)?;
            if b == 0 {
                return raise(Cause::DivideByZero);
            }
            let quotient = (a as i64).checked_div(b as i64);
            quotient.map_or_else(|| raise(Cause::Arithmetic), |q| m.give(q as u64))
        }
        (3, _) => {
            let value = m.get(9, 0)?;
            m.give(value)
        }
        (4, _) => {
            m.free(3)?;
            m.alloc(3, 8)?;
            m.fuel(2)?;
            Ok(None)
        }
        (5, &[app, method, argument]) => {
            m.args(1)?;
            m.fuel(1)?;
            let value = m.external(app, method, &[argument])?;
            m.fuel(1)?;
            value.map_or_else(|| raise(Cause::Underflow), |v| m.rethrow(v))
        }
        (6, &[page]) => {
            m.fuel(3)?;
            let size = m.size(page)?;
            m.give(size as u64)
        }
        (7, _) => Err(End(Outcome::OutOfFuel)),
        (9, _) => {
            m.free(1)?;
            m.fuel(2)?;
            Ok(None)
        }
        _ => Err(End(Outcome::Capacity)), // if there is fuel for 512 invocations
    }
}

fn keep(m: &mut Machine, value: u64) -> Run<u64> {
    m.ensure(1, 64)?;
    for i in 0..8 {
        m.fuel(3 + 2)?;
        m.put(1, 8 * i, value.wrapping_add(i))?;
        m.fuel(8)?;
    }
    m.fuel(1 + 2)?;
    Ok(value)
}
