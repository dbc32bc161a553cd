// SPDX-License-Identifier: MIT OR Apache-2.0
//! `token_wallet.avm`

use sha2::{Digest, Sha256};

use super::machine::{Contract, Done, Machine, add};

pub const CONTRACT: Contract = Contract { methods: &[Some(1), Some(1), Some(8), None], run };

/// `load`, `arg`, `invoke_native`: 64 and 8 for the one word
const SHA256: i64 = 2 + 64 + 8;

fn digest(pin: u64) -> [u64; 4] {
    let digest = Sha256::digest(pin.to_le_bytes());
    std::array::from_fn(|n| u64::from_le_bytes(std::array::from_fn(|i| digest[8 * n + i])))
}

fn run(m: &mut Machine, method: u64, a: &[u64]) -> Done {
    match (method, a) {
        (0, &[amount]) => {
            let received = m.get(0, 32)?;
            m.fuel(2)?;
            m.put(0, 32, add(received, amount)?)?;
            m.push_give(0)
        }
        (1, &[pin]) => {
            m.alloc(0, 40)?;
            m.fuel(SHA256)?;
            for (word, n) in digest(pin).into_iter().zip(0..) {
                m.put(0, 8 * n, word)?;
            }
            m.push_give(0)
        }
        (_, &[pin, app, method, count, ref words @ ..]) => {
            m.internal(1)?;
            m.fuel(SHA256)?;
            let mut same = true;
            for (word, n) in digest(pin).into_iter().zip(0..) {
                same &= m.get(0, 8 * n)? == word;
                m.fuel(if n == 0 { 1 } else { 1 + 2 })?; // ixor; swap, ixor, ior
            }
            m.deny(1, !same, 16)?;
            m.fuel(2)?;
            m.deny(4, count > 4, 17)?;
            let n = count as usize;
            m.fuel(6 + 3 + (6 + 4) * n as i64 + 4 + 1 + 1)?;
            let value = m.external(app, method, &words[..n])?;
            m.give(value.unwrap_or(0))
        }
        _ => unreachable!("no such method"),
    }
}
