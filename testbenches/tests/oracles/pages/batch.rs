// SPDX-License-Identifier: MIT OR Apache-2.0
//! `batch.avm`

use super::machine::{Contract, Done, Machine, Run};

pub const CONTRACT: Contract = Contract { methods: &[Some(49), Some(1), None, None], run };
const MALFORMED: u64 = 80;
const MINUS_5: u64 = -5_i64 as u64;

/// The lists of the constant area.
const LISTS: [&[[u64; 6]]; 5] = [
    &[
        [20, 3, 2, 50, 100, 0],
        [20, 3, 2, 50, 1_000_000, 0],
        [20, 3, 2, 51, 50, 0],
        [20, 3, 2, 50, MINUS_5, 0],
        [20, 3, 2, 0, 5, 0],
        [20, 4, 2, 50, 77, 0],
        [20, 1, 2, 80, 1000, 0],
        [20, 6, 1, 80, 0, 0],
    ],
    &[
        [99, 0, 0, 0, 0, 0],
        [20, 10, 2, 80, 1000, 0],
        [20, 65536, 0, 0, 0, 0],
        [20, 3, 1, 50, 0, 0],
        [70, 3, 0, 0, 0, 0],
        [70, 2, 2, 1, 0, 0],
        [70, 1, 1, 1234, 0, 0],
        [70, 0, 1, 42, 0, 0],
    ],
    &[[20, 9, 0, 0, 0, 0], [20, 6, 1, 80, 0, 0], [20, 4, 2, 50, 5, 0], [70, 4, 0, 0, 0, 0], [70, 0, 1, 7, 0, 0]],
    &[[80, 1, 1, 2, 0, 0], [70, 5, 3, 80, 1, 1], [80, 1, 1, 9, 0, 0], [80, 2, 1, 9, 0, 0]],
    &[[20, 3, 2, 50, 1, 0], [70, 6, 1, 1000, 0, 0]],
];

fn run(m: &mut Machine, method: u64, a: &[u64]) -> Done {
    if method == 0 {
        m.deny(4, a[0] > 8, MALFORMED)?;
        m.internal(1)?;
        prepare(m, 0)?;
        m.fuel(3)?;
        return entries(m, 0, a[1..].chunks(6).take(a[0] as usize));
    }
    let list = (a[0] as usize).wrapping_sub(1);
    m.deny(6, list >= LISTS.len(), MALFORMED)?;
    m.internal(1)?;
    prepare(m, a[0])?;
    m.fuel(7 + 4 + 4)?;
    entries(m, a[0], LISTS[list].iter().map(|entry| &entry[..]))
}

fn entries<'a>(m: &mut Machine, page: u64, entries: impl Iterator<Item = &'a [u64]>) -> Done {
    const WORD: i64 = 1 + 2 + 1 + 2 + 6;
    let mut bitmap = 0;
    for (i, entry) in entries.enumerate() {
        m.fuel(4 + 5 + 6 * WORD + 1 + 4)?;
        bitmap |= u64::from(attempt(m, page, i as u64, entry)?) << i;
        m.fuel(5 + 4)?;
    }
    m.fuel(4)?;
    m.push_give(bitmap)
}

fn prepare(m: &mut Machine, page: u64) -> Run<()> {
    if m.exists(page)? {
        for word in 0..16 {
            m.fuel(1)?;
            m.put(page, 8 * word, 0)?;
            m.fuel(8)?;
        }
    } else {
        m.alloc(page, 128)?;
    }
    m.fuel(2)
}

fn attempt(m: &mut Machine, page: u64, i: u64, entry: &[u64]) -> Run<bool> {
    let (app, method, n) = (entry[0], entry[1], entry[2]);
    m.fuel(4)?;
    m.deny(4, n > 3, MALFORMED)?;
    m.fuel(6 + 3 + (6 + 4) * n as i64 + 4 + 1 + 1)?;
    let done = m.external(app, method, &entry[3..][..n as usize]);
    let caught = m.catch(done)?;
    match caught {
        Ok(value) => {
            m.fuel(2)?;
            m.put(page, 16 * i + 8, value.unwrap_or(0))?;
        }
        Err(code) => m.put(page, 16 * i, code)?,
    }
    m.fuel(1 + 2)?;
    Ok(caught.is_ok())
}
