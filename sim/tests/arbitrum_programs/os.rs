// SPDX-License-Identifier: MIT OR Apache-2.0
//! The oracle of `os.avma`: guests as Rust, their gas added up from the table of instructions, and a Merkle tree.

use super::scene::{Run, check};
use super::value::{be, both, int, number, tuple};
use ruint::aliases::U256;

/// What a guest does with enough gas: its result unless it fails, and the gas from the jump to it up to its end.
fn guest(kind: u8, argument: u64, storage: &mut u64) -> (Option<u64>, u64) {
    const JUMP: u64 = 4;
    const LEAVE: u64 = 1 + JUMP;
    match kind {
        1 => {
            *storage += argument;
            // auxpush; rpush tget add; dup0; rpush tset rset
            (Some(*storage), 1 + (1 + 2 + 3) + 1 + (1 + 40 + 2) + LEAVE)
        }
        2 => {
            let (mut a, mut b) = (0_u64, 1_u64);
            for _ in 0..argument {
                (a, b) = (b, a + b);
            }
            // xget iszero cjump; xget xget dup0 xset add xset; xget add xset; spush tget jump
            let each = (3 + 1 + 4) + (3 + 3 + 1 + 41 + 3 + 41) + (3 + 3 + 41) + (1 + 2 + JUMP);
            // auxpush; nop auxpush xset; the last look; xget; auxpop pop
            (Some(a), 1 + (1 + 1 + 41) + argument * each + 8 + 3 + 2 + LEAVE)
        }
        3 => (None, u64::MAX / 2),
        4 if argument > 0 => (Some(1000 / argument), 1 + 4 + LEAVE),
        4 => (None, 1 + 4),
        // nop, nop, auxpush, nop is `auxpush errcp`, error
        5 => (None, 1 + 1 + 1 + 1 + 1 + 5),
        6 => (None, 1 + 1 + 5),
        7 => (None, 4),
        _ => unreachable!("no guest"),
    }
}

struct System {
    storage: u64,
    receipts: Vec<U256>,
    run: Run,
}

impl System {
    fn new(name: &str) -> System {
        System { storage: 0, receipts: Vec::new(), run: Run::new(name) }
    }

    fn call(&mut self, kind: u8, limit: u64, argument: u64) {
        let seq = self.run.message(kind, U256::from(0x51), &[&limit.to_be_bytes(), &argument.to_be_bytes()]);
        let (status, used, result) = if kind > 7 || limit > 1_000_000 {
            (3, 0, 0)
        } else {
            let before = self.storage;
            let (result, gas) = guest(kind, argument, &mut self.storage);
            // The jump to it, and `pushgas` behind it; `setgas` must still be paid for.
            let used = 4 + gas + 1;
            match result {
                _ if used + 1 > limit => {
                    // Storing is the last but one thing that guest 1 does, and not undone.
                    let stored = kind == 1 && limit >= 4 + 1 + 6 + 1 + 43;
                    self.storage = if stored { self.storage } else { before };
                    (2, limit, 0)
                }
                Some(result) => (0, used, result),
                None => (1, used, 0),
            }
        };
        let receipt = tuple([seq, kind.into(), status, used, result].map(int));
        self.receipts.push(number(receipt.hash()));
        self.run.logs.push(receipt);
    }

    fn end(mut self) -> Run {
        self.run.message(0, U256::from(0x51), &[]);
        let mut root = U256::ZERO;
        // Whole trees from the right: the lowest bit of the count is the last one.
        let mut rest = &self.receipts[..];
        for level in 0..8 {
            let width = 1 << level;
            if self.receipts.len() & width != 0 {
                let (left, tree) = rest.split_at(rest.len() - width);
                root = both(merkle(tree), root);
                rest = left;
            }
        }
        assert!(rest.is_empty());
        self.run.sends.push([be(root), be(U256::from(self.receipts.len()))].concat());
        self.run
    }
}

fn merkle(leaves: &[U256]) -> U256 {
    match leaves {
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(leaves.len() / 2);
            both(merkle(left), merkle(right))
        }
    }
}

#[test]
fn os() {
    let mut each = System::new("each guest");
    for (kind, argument) in [(1, 5), (2, 20), (3, 0), (4, 8), (4, 0), (5, 1), (6, 2), (7, 3), (1, 37), (8, 0), (255, 9)]
    {
        each.call(kind, 5000, argument);
    }
    each.call(1, 1_000_001, 1);
    let mut exact = System::new("just enough gas, and just not");
    for limit in [0, 1, 4, 5, 53, 54, 55, 60, 61, 62, 63] {
        exact.call(1, limit, 100);
    }
    for limit in [9, 10, 11, 12] {
        exact.call(4, limit, 0);
    }
    for limit in [14, 15, 16] {
        exact.call(5, limit, 0);
    }
    let mut many = System::new("many messages");
    for i in 0..239_u64 {
        many.call((i % 9) as u8 + u8::from(i % 9 == 0), 40 * (i % 13) * (i % 13), i * i % 31);
    }
    let none = System::new("nothing to do");
    let about =
        "A system that runs guests with limited gas, survives what they do, logs receipts and sends their Merkle root";
    check("os", about, &[each.end(), exact.end(), many.end(), none.end()]);
}
