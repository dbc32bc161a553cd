// SPDX-License-Identifier: MIT OR Apache-2.0
//! Hashes of the architecture, as pure functions: Keccak-256 of values, CodePoints, stacks; the two permutations.
//!
//! What is hashed, and remembering it, is the business of who holds the values (`interp`, `check`). Rules: "Hashes".

use keccak::Keccak;
use ruint::aliases::U256;
use sha3::{Digest, Keccak256};

/// 32 bytes, most significant first.
pub type Hash = [u8; 32];

/// A hash that shows nothing.
pub const ZERO: Hash = [0; 32];

/// First byte of a Tuple's hash preimage.
const TUPLE: u8 = 3;
/// First byte of a CodePoint's hash preimage.
const CODE: u8 = 1;
/// First word of a Buffer's hash preimage.
const BUFFER: u64 = 123;

/// Keccak-256 of the parts, joined.
pub fn keccak(parts: &[&[u8]]) -> Hash {
    let mut sponge = Keccak256::new();
    parts.iter().for_each(|part| sponge.update(part));
    sponge.finalize().into()
}

/// An Integer as 32 bytes, most significant first.
pub fn be(n: U256) -> Hash {
    n.to_be_bytes()
}

/// The Integer of 32 bytes, most significant first.
pub fn int(bytes: &Hash) -> U256 {
    U256::from_be_bytes(*bytes)
}

/// Hash of an Integer.
pub fn hash_int(n: U256) -> Hash {
    keccak(&[&be(n)])
}

/// A Tuple as proofs show it closed: enough to hash it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreImage {
    /// Hash of the number of slots and of the slots' hashes.
    pub inner: Hash,
    /// 1 + the sizes of all slots, modulo 2^256.
    pub size: U256,
}

impl PreImage {
    /// Of the Tuple whose slots have these hashes and sizes, at most 8.
    pub fn new(slots: impl IntoIterator<Item = (Hash, U256)>) -> PreImage {
        let (mut bytes, mut size) = ([0; 1 + 8 * 32], U256::from(1));
        let mut n = 0;
        for (hash, slot) in slots {
            bytes[1 + 32 * n..][..32].copy_from_slice(&hash);
            size = size.wrapping_add(slot);
            n += 1;
        }
        bytes[0] = n as u8;
        PreImage { inner: keccak(&[&bytes[..1 + 32 * n]]), size }
    }

    /// Of the empty Tuple, which is the empty stack.
    pub fn empty() -> PreImage {
        PreImage::new([])
    }

    /// Of a stack with a value pushed: the pair of the value and the stack.
    pub fn push(self, (hash, size): (Hash, U256)) -> PreImage {
        PreImage::new([(hash, size), (self.hash(), self.size)])
    }

    /// The Tuple's hash.
    pub fn hash(self) -> Hash {
        keccak(&[&[TUPLE], &self.inner, &be(self.size)])
    }
}

/// Hash of a CodePoint; an immediate is given by its hash.
pub fn hash_code(opcode: u8, immediate: Option<Hash>, next: &Hash) -> Hash {
    match immediate {
        Some(immediate) => keccak(&[&[CODE, opcode], &immediate, next]),
        None => keccak(&[&[CODE, opcode], next]),
    }
}

/// Hash of the error CodePoint.
pub fn hash_error_code() -> Hash {
    hash_code(0, None, &ZERO)
}

/// Hash of a Buffer, given its Merkle root.
pub fn hash_buffer(root: &Hash) -> Hash {
    keccak(&[&be(U256::from(BUFFER)), root])
}

/// Hash of a running machine: `words` are the hashes of pc, data stack, aux stack, register and static, then
/// gas, the hash of errCodePoint, and in the legacy configuration that of the pending message.
pub fn hash_machine(words: &[Hash]) -> Hash {
    keccak(&words.iter().map(|w| &w[..]).collect::<Vec<_>>())
}

/// Keccak-f\[1600\] on the lanes of seven Integers (A10).
pub fn keccakf(slots: [U256; 7]) -> [U256; 7] {
    let mut state = [0_u64; 25];
    for (k, lane) in state.iter_mut().enumerate() {
        *lane = slots[k / 4].as_limbs()[k % 4];
    }
    Keccak::new().with_f1600(|f| f(&mut state));
    std::array::from_fn(|slot| {
        let lane = |k: usize| state.get(4 * slot + k).copied().unwrap_or(0);
        U256::from_limbs([lane(0), lane(1), lane(2), lane(3)])
    })
}

/// SHA-256's compression of one block, the old state added (A11).
pub fn sha256f(state: U256, high: U256, low: U256) -> U256 {
    let state: Hash = be(state);
    let mut words: [u32; 8] = std::array::from_fn(|i| {
        u32::from_be_bytes([state[4 * i], state[4 * i + 1], state[4 * i + 2], state[4 * i + 3]])
    });
    let mut block = [0; 64];
    block[..32].copy_from_slice(&be(high));
    block[32..].copy_from_slice(&be(low));
    sha2::block_api::compress256(&mut words, &[block]);
    words.iter().fold(U256::ZERO, |n, w| (n << 32) | U256::from(*w))
}

/// Hexadecimal digits of a hash.
pub fn text(hash: &Hash) -> String {
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hashes() {
        assert_eq!(text(&hash_error_code()), "b4c00615f95dc249934075fcc669947596baf6e070ac80a59f79dae98aa932f0");
        assert_eq!(text(&PreImage::empty().inner), "bc36789e7a1e281436464229828f817d6612f7b477d66591ff96a9e064bcc98a");
        assert_eq!(text(&PreImage::empty().hash()), "5dfd744753c13a6de9cf0e9e3d0164cdf0b1bbdb5efb3660a684d46477176058");
        let buffer = hash_buffer(&keccak(&[&ZERO]));
        assert_eq!(text(&buffer), "c7475bc300e0a371cfa639ceb1e1d08802941c2df94c0ffe34929c5fed808638");
    }
}
