// SPDX-License-Identifier: MIT OR Apache-2.0
//! The next commitment from the present one, proofs, and what changes: no database is needed (the seed's fifth
//! property).

use std::collections::BTreeMap;

use nomt_core::proof::{PathUpdate, verify_update};

use super::Writes;
use super::hash::Hasher;
use super::key::{Key, Path};
use super::proof::{Verified, value_hash};
use crate::ids::Root;

/// Why there is no next commitment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateError {
    /// A key changes of which nothing is proven.
    #[error("{0} changes, but nothing is proven of it")]
    Unproven(String),
    /// A proof is against another commitment: all proofs of a block are against one.
    #[error("the proof of {key} is against {found}, not against {expected}: fetch it again")]
    Stale {
        /// The key, as people write it.
        key: String,
        /// The commitment that the proof leads to.
        found: Root,
        /// The one that the others lead to.
        expected: Root,
    },
    /// The value is none that such a key can have.
    #[error("{key}: {what}")]
    Value {
        /// The key, as people write it.
        key: String,
        /// The rule that is broken.
        what: String,
    },
    /// The proofs contradict each other: the commitment is of no database.
    #[error("the commitment is of no database: {0}")]
    Contradiction(String),
}

/// C' of the state that differs from that of `root` in `writes`. `proven` says what is known of a key; it is
/// asked for those that change.
pub fn next_root<'a, K: Key>(
    root: Root,
    writes: &Writes<K>,
    proven: impl Fn(K) -> Option<&'a Verified<K>>,
) -> Result<Root, UpdateError> {
    let mut by_path: BTreeMap<Path, (&Verified<K>, Option<[u8; 32]>)> = BTreeMap::new();
    for (&key, value) in writes {
        let known = proven(key).filter(|p| p.key == key);
        let known = known.ok_or_else(|| UpdateError::Unproven(key.to_string()))?;
        if known.root() != root {
            return Err(UpdateError::Stale { key: key.to_string(), found: known.root(), expected: root });
        }
        if let Some(bytes) = value {
            K::check(bytes).map_err(|what| UpdateError::Value { key: key.to_string(), what })?;
        }
        by_path.insert(key.path(), (known, value.as_deref().map(|v| value_hash(v).0)));
    }
    let next = verify_update::<Hasher>(root.0, &grouped(by_path));
    next.map(Root).map_err(|e| UpdateError::Contradiction(format!("{e:?}")))
}

/// Keys that end at one place of the trie go there together; both orders ascend.
fn grouped<K: Key>(by_path: BTreeMap<Path, (&Verified<K>, Option<[u8; 32]>)>) -> Vec<PathUpdate> {
    let mut updates: Vec<PathUpdate> = Vec::new();
    for (place, (known, value)) in by_path {
        match updates.last_mut() {
            Some(last) if last.inner.path() == known.path.path() => last.ops.push((place, value)),
            _ => updates.push(PathUpdate { inner: known.path.clone(), ops: vec![(place, value)] }),
        }
    }
    updates
}
