// SPDX-License-Identifier: MIT OR Apache-2.0
//! Random histories: what changes from round to round.

use std::fmt;

use avm_ledger::edb::Writes;
use avm_ledger::edb::key::{Key, Path};
use avm_ledger::ids::AppId;
use avm_sim::algorand::world::PageId;

use super::rng::Rng;

/// A key that lies where a test wants it: paths that share many bits make deep tries, which hashes never do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Placed(pub Path);

impl fmt::Display for Placed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02x?}", self.0)
    }
}

impl Key for Placed {
    const VALUE_MAX: usize = 1_024;
    const WIDTH: usize = 32;

    fn encode(self) -> impl AsRef<[u8]> {
        self.0
    }

    fn decode(bytes: &[u8]) -> Option<Placed> {
        Some(Placed(bytes.try_into().ok()?))
    }

    fn path(self) -> Path {
        self.0
    }

    fn check(_: &[u8]) -> Result<(), String> {
        Ok(())
    }
}

/// A kind of keys of which a history can be made up.
pub trait Drawn: Key {
    /// One of few keys.
    fn key(rng: &mut Rng) -> Self;
    /// A value that it can have.
    fn value(rng: &mut Rng) -> Vec<u8>;
}

impl Drawn for PageId {
    fn key(rng: &mut Rng) -> PageId {
        PageId { app: 1 + rng.below(8) as u64, page: rng.below(64) as u64 }
    }

    fn value(rng: &mut Rng) -> Vec<u8> {
        let words = if rng.one_in(10) { 1 + rng.below(128) } else { 1 + rng.below(8) };
        rng.bytes(8 * words)
    }
}

impl Drawn for AppId {
    fn key(rng: &mut Rng) -> AppId {
        AppId(1 + rng.below(100) as u64)
    }

    fn value(rng: &mut Rng) -> Vec<u8> {
        let bytes = if rng.one_in(20) { 1 + rng.below(33_000 - 300) } else { 1 + rng.below(200) };
        rng.bytes(bytes)
    }
}

impl Drawn for Placed {
    /// Shares up to 31 bytes and up to 7 bits more with the others.
    fn key(rng: &mut Rng) -> Placed {
        let (shared, mut path) = (rng.below(32), [0x5a; 32]);
        path[shared] ^= 1 << rng.below(8);
        for byte in &mut path[shared + 1..] {
            *byte = if rng.one_in(2) { 0 } else { rng.bits() as u8 & 3 };
        }
        Placed(path)
    }

    fn value(rng: &mut Rng) -> Vec<u8> {
        let bytes = rng.below(40);
        rng.bytes(bytes)
    }
}

/// What changes in one round: values set, set anew, removed; once in a while everything is removed.
pub fn round<K: Drawn>(rng: &mut Rng, known: &mut std::collections::BTreeSet<K>) -> Writes<K> {
    let mut writes = Writes::new();
    if rng.one_in(40) {
        writes.extend(known.iter().map(|key| (*key, None)));
    } else {
        for _ in 0..rng.below(20) {
            writes.insert(K::key(rng), (!rng.one_in(3)).then(|| K::value(rng)));
        }
    }
    for (key, value) in &writes {
        if value.is_some() {
            known.insert(*key)
        } else {
            known.remove(key)
        };
    }
    writes
}
