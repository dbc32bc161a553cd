// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values and their hashes as the oracles have them, from the table "Hashes" of the rules page alone.

use ruint::aliases::U256;
use sha3::{Digest, Keccak256};

/// A value that an oracle expects.
#[derive(Clone, Debug, PartialEq)]
pub enum V {
    Int(U256),
    Tuple(Vec<V>),
    /// A value by its hash and size: a CodePoint, or what is too large to be written out.
    Known([u8; 32], U256),
}

pub fn int(n: u64) -> V {
    V::Int(U256::from(n))
}

pub fn tuple(slots: impl IntoIterator<Item = V>) -> V {
    V::Tuple(slots.into_iter().collect())
}

pub fn keccak(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Keccak256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

pub fn be(n: U256) -> [u8; 32] {
    n.to_be_bytes()
}

pub fn number(bytes: [u8; 32]) -> U256 {
    U256::from_be_bytes(bytes)
}

/// K(be(a) ‖ be(b))
pub fn both(a: U256, b: U256) -> U256 {
    number(keccak(&[&be(a), &be(b)]))
}

impl V {
    pub fn size(&self) -> U256 {
        match self {
            V::Int(_) => U256::from(1),
            V::Tuple(slots) => slots.iter().fold(U256::from(1), |sum, slot| sum.wrapping_add(slot.size())),
            V::Known(_, size) => *size,
        }
    }

    pub fn hash(&self) -> [u8; 32] {
        match self {
            V::Int(n) => keccak(&[&be(*n)]),
            V::Known(hash, _) => *hash,
            V::Tuple(slots) => {
                let hashes: Vec<u8> = slots.iter().flat_map(V::hash).collect();
                let inner = keccak(&[&[slots.len() as u8], &hashes]);
                keccak(&[&[3], &inner, &be(self.size())])
            }
        }
    }

    /// The same value without its parts.
    pub fn shut(&self) -> V {
        V::Known(self.hash(), self.size())
    }
}

#[test]
fn hashes_are_the_published_ones() {
    let text = |v: V| v.hash().iter().map(|b| format!("{b:02x}")).collect::<String>();
    assert_eq!(text(int(10)), "c65a7bb8d6351c1cf70c95a316cc6a92839c986682d98bc35f958f4883f9d2a8");
    assert_eq!(text(tuple([])), "5dfd744753c13a6de9cf0e9e3d0164cdf0b1bbdb5efb3660a684d46477176058");
    assert_eq!(text(tuple([int(0), int(0)])), "73f8265778d49893306537e33dde465258f541ae702c268f5a5db5d144c3c29c");
    assert_eq!(tuple([int(0).shut(), tuple([int(0)]).shut()]).hash(), tuple([int(0), tuple([int(0)])]).hash());
}
