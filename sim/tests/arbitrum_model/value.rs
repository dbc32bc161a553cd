// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values as the tests write them, and their hashes by the rules (`docs/arbitrum/rules.md`).

use avm_sim::units::wide::{self, U256};
use serde_json::Value as Json;
use sha3::{Digest, Keccak256};

/// A value; code points by their index among the core's code words, buffers by the host's number.
#[derive(Clone, Debug, PartialEq)]
pub enum V {
    Int(U256),
    Code(u16),
    Tuple(Vec<V>),
    Buffer(u32),
}

/// The error code point.
pub const ERRCP: V = V::Code(0);

pub fn int(value: u64) -> V {
    V::Int([value, 0, 0, 0])
}

pub fn tuple(slots: &[V]) -> V {
    V::Tuple(slots.to_vec())
}

/// Instruction `i` of the image.
pub fn code(i: u16) -> V {
    V::Code(i + 1)
}

pub fn keccak(parts: &[&[u8]]) -> U256 {
    let mut hasher = Keccak256::new();
    parts.iter().for_each(|part| hasher.update(part));
    from_bytes(&hasher.finalize())
}

/// 32 bytes, most significant first.
pub fn bytes(value: U256) -> [u8; 32] {
    let mut out = [0; 32];
    for (i, limb) in value.iter().rev().enumerate() {
        out[8 * i..8 * i + 8].copy_from_slice(&limb.to_be_bytes());
    }
    out
}

pub fn from_bytes(bytes: &[u8]) -> U256 {
    [3, 2, 1, 0].map(|i| u64::from_be_bytes(bytes[8 * i..8 * i + 8].try_into().expect("8 bytes")))
}

pub fn from_hex(text: &str) -> U256 {
    let padded = format!("{text:0>64}");
    [3, 2, 1, 0].map(|i| u64::from_str_radix(&padded[16 * i..16 * i + 16], 16).expect("hexadecimal digits"))
}

/// Hash of an integer.
pub fn hash_int(value: U256) -> U256 {
    keccak(&[&bytes(value)])
}

/// Hash of a tuple, by hashes and sizes of its slots; and its size.
pub fn hash_tuple(slots: &[(U256, U256)]) -> (U256, U256) {
    let size = slots.iter().fold(wide::small(1), |sum, slot| wide::add(sum, slot.1));
    let hashes: Vec<u8> = slots.iter().flat_map(|slot| bytes(slot.0)).collect();
    let inner = keccak(&[&[slots.len() as u8], &hashes]);
    (keccak(&[&[3], &bytes(inner), &bytes(size)]), size)
}

/// Hash of a code point.
pub fn hash_code(op: u8, imm: Option<U256>, next: U256) -> U256 {
    match imm {
        None => keccak(&[&[1, op], &bytes(next)]),
        Some(imm) => keccak(&[&[1, op], &bytes(imm), &bytes(next)]),
    }
}

/// Hash of a buffer of these bytes.
pub fn hash_buffer(data: &[u8]) -> U256 {
    let used = data.iter().rposition(|b| *b != 0).map_or(1, |i| i + 1);
    let mut level: Vec<U256> = (0..used.div_ceil(32))
        .map(|i| {
            let mut leaf = [0; 32];
            let part = data.get(32 * i..).unwrap_or_default();
            let part = &part[..part.len().min(32)];
            leaf[..part.len()].copy_from_slice(part);
            keccak(&[&leaf])
        })
        .collect();
    let zero = keccak(&[&[0; 32]]);
    level.resize(level.len().next_power_of_two(), zero);
    while level.len() > 1 {
        level = level.chunks(2).map(|pair| keccak(&[&bytes(pair[0]), &bytes(pair[1])])).collect();
    }
    keccak(&[&bytes(wide::small(123)), &bytes(level[0])])
}

/// A value of a `.mexe` file with so many instructions.
pub fn from_json(json: &Json, n: usize) -> V {
    let (kind, inner) = json.as_object().and_then(|o| o.iter().next()).expect("a value");
    match kind.as_str() {
        "Int" => V::Int(from_hex(inner.as_str().expect("digits"))),
        "Tuple" => V::Tuple(inner.as_array().expect("slots").iter().map(|slot| from_json(slot, n)).collect()),
        "CodePoint" => match inner["Internal"].as_u64().expect("an index") {
            i if i < n as u64 => code(i as u16),
            _ => ERRCP,
        },
        other => panic!("a {other}"),
    }
}
