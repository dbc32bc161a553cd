// SPDX-License-Identifier: MIT OR Apache-2.0
//! The oracle of `translator.avma`: the stack machine interpreted, and the CodePoints that must come out, by their hashes.

use super::scene::{Run, check};
use super::value::{V, int, keccak, tuple};
use ruint::aliases::U256;
use std::collections::BTreeMap;

/// Opcodes that stand for one of the machine's.
const SIMPLE: [u8; 16] = [1, 3, 2, 4, 0x10, 0x11, 0x14, 0x15, 0x40, 0x41, 0x43, 0x30, 0x61, 0x44, 0x42, 6];

fn width(op: u8) -> usize {
    match op {
        1 | 3 | 4 => 2,
        2 => 9,
        _ => 1,
    }
}

fn byte(code: &[u8], at: usize) -> u8 {
    code.get(at).copied().unwrap_or(0)
}

fn long(code: &[u8], at: usize) -> u64 {
    (0..8).fold(0, |n, i| n << 8 | u64::from(byte(code, at + i)))
}

/// Hash of the CodePoint that the first instruction becomes.
fn translated(code: &[u8]) -> [u8; 32] {
    let mut starts = Vec::new();
    let mut at = 0;
    while at < code.len() {
        starts.push(at);
        at += width(code[at]);
    }
    let mut next = keccak(&[&[1, 0], &[0; 32]]);
    let mut table: BTreeMap<usize, [u8; 32]> = BTreeMap::new();
    let word = |opcode: u8, immediate: Option<[u8; 32]>, next: &mut [u8; 32]| {
        *next = match immediate {
            None => keccak(&[&[1, opcode], &*next]),
            Some(value) => keccak(&[&[1, opcode], &value, &*next]),
        }
    };
    for at in starts.into_iter().rev() {
        let target = usize::from(byte(code, at + 1));
        match code[at] {
            0 => {
                word(0x34, None, &mut next);
                word(0x39, None, &mut next);
            }
            1 => word(0x3b, Some(int(target as u64).hash()), &mut next),
            2 => word(0x3b, Some(int(long(code, at + 1)).hash()), &mut next),
            op @ (3 | 4) => {
                let jump = if op == 3 { 0x34 } else { 0x35 };
                if target > at {
                    let to = table.get(&target).copied().unwrap_or(int(0).hash());
                    word(jump, Some(to), &mut next);
                } else {
                    word(jump, None, &mut next);
                    for slot in [target % 8, target / 8, 0] {
                        word(0x50, Some(int(slot as u64).hash()), &mut next);
                    }
                    word(0x32, None, &mut next);
                }
            }
            op => {
                let opcode = op.checked_sub(8).and_then(|i| SIMPLE.get(usize::from(i))).copied().unwrap_or(0x73);
                word(opcode, None, &mut next);
            }
        }
        table.insert(at, next);
    }
    table[&0]
}

/// What the program leaves on top, and what it logs; `None` if it fails. Fuel is far from what gas allows, on either side.
fn interpreted(code: &[u8], logs: &mut Vec<V>) -> Option<U256> {
    let mut starts = vec![false; 256];
    let mut at = 0;
    while at < code.len() {
        starts[at] = true;
        at += width(code[at]);
    }
    let (mut stack, mut at) = (Vec::<U256>::new(), 0);
    let flag = |b: bool| U256::from(u8::from(b));
    for _ in 0..4000 {
        // Behind the last instruction is none.
        let op = *code.get(at)?;
        let mut next = at + width(op);
        let operand = usize::from(byte(code, at + 1));
        match op {
            0 => return stack.pop(),
            1 => stack.push(U256::from(operand)),
            2 => stack.push(U256::from(long(code, at + 1))),
            3 | 4 => {
                let taken = op == 3 || !stack.pop()?.is_zero();
                if !starts[operand] {
                    return None;
                }
                next = if taken { operand } else { next };
            }
            8..=14 => {
                let (a, b) = (stack.pop()?, stack.pop()?);
                stack.push(match op {
                    8 => a.wrapping_add(b),
                    9 => a.wrapping_sub(b),
                    10 => a.wrapping_mul(b),
                    11 => a.checked_div(b)?,
                    12 => flag(a < b),
                    13 => flag(a > b),
                    _ => flag(a == b),
                });
            }
            15 => {
                let a = stack.pop()?;
                stack.push(flag(a.is_zero()));
            }
            16 => stack.push(*stack.last()?),
            17 => stack.push(*stack.iter().rev().nth(1)?),
            18 | 21 => {
                let (top, other) =
                    (stack.len().checked_sub(1)?, stack.len().checked_sub(if op == 18 { 2 } else { 3 })?);
                stack.swap(top, other);
            }
            19 => drop(stack.pop()?),
            20 => logs.push(V::Int(stack.pop()?)),
            22 => stack.push(*stack.iter().rev().nth(2)?),
            23 => {
                let (a, b) = (stack.pop()?, stack.pop()?);
                stack.push(a.checked_rem(b)?);
            }
            _ => return None,
        }
        at = next;
    }
    None
}

fn programs() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("sum", vec![1, 2, 1, 3, 8, 0]),
        ("long constant", vec![2, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 16, 10, 20, 1, 7, 0]),
        // n = 27; while n != 1 { count += 1; n = n odd ? 3n + 1 : n / 2 }
        (
            "collatz",
            vec![
                1, 0, 1, 27, // count n
                16, 1, 1, 14, 4, 40, // 4: n = 1?
                18, 1, 1, 8, 18, // 10: count + 1
                16, 1, 2, 18, 23, // 15: n n%2
                4, 29, // 20
                1, 2, 18, 11, 3, 4, 0, // 22: n / 2
                1, 3, 10, 1, 1, 8, 3, 4, 0, 0, 0, // 29: 3n + 1
                19, 0, // 40
            ],
        ),
        ("jump ahead", vec![1, 9, 3, 6, 1, 8, 1, 5, 12, 0]),
        (
            "greatest common divisor",
            vec![
                2, 0, 0, 0, 0, 0, 12, 213, 187, 2, 0, 0, 0, 0, 0, 8, 130, 107, 16, 15, 4, 31, 18, 17, 18, 23, 3, 18, 0,
                0, 0, 19, 0,
            ],
        ),
        // while n != 0 { r *= n; n -= 1 }
        ("factorial", vec![1, 1, 1, 20, 16, 15, 4, 21, 16, 21, 10, 18, 1, 1, 18, 9, 3, 4, 0, 0, 0, 19, 0]),
        ("countdown", vec![1, 3, 16, 20, 1, 1, 18, 9, 16, 4, 2, 0]),
        ("never ends", vec![3, 0]),
        ("division by 0", vec![1, 0, 1, 5, 11, 0]),
        ("nothing to return", vec![0]),
        ("runs off its end", vec![1, 1]),
        ("jumps into an instruction", vec![1, 1, 4, 5, 1, 1, 0]),
        ("jumps behind the end", vec![3, 60]),
        ("unknown opcode", vec![1, 1, 6, 0]),
        ("takes what is not there", vec![8, 0]),
    ]
}

#[test]
fn translator() {
    let mut good = Run::new("programs");
    let mut expected = Vec::new();
    for (name, code) in programs() {
        let seq = good.message(1, U256::from(0x77), &[&code]);
        good.logs.push(V::Known(translated(&code), U256::from(1)));
        let result = interpreted(&code, &mut good.logs);
        good.logs.push(match result {
            Some(n) => tuple([int(seq), V::Int(n)]),
            None => tuple([int(seq)]),
        });
        expected.push((name, result));
    }
    let value = |name: &str| expected.iter().find(|(n, _)| *n == name).and_then(|(_, v)| *v);
    assert_eq!(value("sum"), Some(U256::from(5)));
    assert_eq!(value("collatz"), Some(U256::from(111)));
    assert_eq!(value("factorial"), Some(U256::from(2_432_902_008_176_640_000_u64)));
    assert_eq!((value("never ends"), value("unknown opcode")), (None, None));
    good.message(0, U256::from(0x77), &[]);
    let mut bad = Run::new("what is no program");
    for code in [vec![16; 65], vec![3, 70], vec![]] {
        let seq = bad.message(1, U256::from(0x77), &[&code]);
        if code.is_empty() {
            bad.logs.push(int(0));
        }
        bad.logs.push(tuple([int(seq)]));
    }
    bad.message(0, U256::from(0x77), &[]);
    check(
        "translator",
        "A translator that makes CodePoints of a small stack machine's programs and jumps into them",
        &[good, bad],
    );
}
