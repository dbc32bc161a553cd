// SPDX-License-Identifier: MIT OR Apache-2.0
//! The oracle of `hashes.avma`: the crates.

use super::scene::{Run, check};
use super::value::{V, keccak, number};
use ruint::aliases::U256;
use sha2::{Digest, Sha256};

#[test]
fn hashes() {
    let data: Vec<u8> = (0..700_u32).map(|i| (i * i + 7 * i + 3) as u8).collect();
    let mut runs = Vec::new();
    for (kind, name, lengths) in [
        (1, "Keccak-256", [0, 1, 32, 135, 136, 137, 271, 272, 500]),
        (2, "SHA-256", [0, 1, 55, 56, 63, 64, 119, 120, 300]),
    ] {
        let mut run = Run::new(name);
        for length in lengths {
            let data = &data[length / 3..length / 3 + length];
            run.message(kind, U256::from(5), &[data]);
            let digest = if kind == 1 { keccak(&[data]) } else { Sha256::digest(data).into() };
            run.logs.push(V::Int(number(digest)));
        }
        run.message(0, U256::from(5), &[]);
        runs.push(run);
    }
    check("hashes", "Keccak-256 and SHA-256 of several blocks, made of keccakf and sha256f", &runs);
}
