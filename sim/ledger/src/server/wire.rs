// SPDX-License-Identifier: MIT OR Apache-2.0
//! What client and server say to each other: questions about keys, and answers with proofs. Both sides read with
//! the same limits, and neither trusts the other. `docs/ledger/server.md` has every byte.

use crate::bytes::{Malformed, Reader};
use crate::edb::key::Key;
use crate::edb::proof::{DEPTH_MAX, Proof};
use crate::ids::{AppId, Hash, Root};
use avm_sim::algorand::world::PageId;

/// What a server tells about keys of a kind.
pub trait Asked: Key {
    /// Where questions go.
    const PATH: &'static str;
    /// Most keys in one question.
    const KEYS_MAX: usize;
}

impl Asked for PageId {
    const PATH: &'static str = "/v1/heap";
    const KEYS_MAX: usize = 64;
}

impl Asked for AppId {
    const PATH: &'static str = "/v1/code";
    const KEYS_MAX: usize = 16;
}

/// A question: what do these keys have under this commitment?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query<K> {
    /// The commitment.
    pub root: Root,
    /// Keys, 1 to [`Asked::KEYS_MAX`], and of each the hash of the value that the client has already.
    pub keys: Vec<(K, Option<Hash>)>,
}

/// What an answer says of one key, beside its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// It has no value.
    Absent,
    /// It has this one.
    Present(Vec<u8>),
    /// It has the one that the client named.
    AsNamed,
}

/// An answer: of each key in the order of the question, its value and the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What is said of each.
    pub answers: Vec<(Value, Proof)>,
}

/// Longest question about such keys, bytes.
pub const fn query_max<K: Asked>() -> usize {
    34 + K::KEYS_MAX * (K::WIDTH + 33)
}

/// Longest answer to a question about so many keys, bytes.
pub const fn reply_max<K: Asked>(keys: usize) -> usize {
    2 + keys * (1 + 4 + K::VALUE_MAX + 3 + 64 + 32 * DEPTH_MAX)
}

impl<K: Asked> Query<K> {
    /// The bytes of the question.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = self.root.0.to_vec();
        to.extend((self.keys.len() as u16).to_le_bytes());
        for (key, known) in &self.keys {
            to.extend(key.encode().as_ref());
            to.push(known.is_some().into());
            to.extend(known.iter().flat_map(|hash| hash.0));
        }
        to
    }

    /// Reads a question.
    pub fn decode(bytes: &[u8]) -> Result<Query<K>, Malformed> {
        let mut from = Reader::new(bytes);
        let root = Root(from.array()?);
        let count = usize::from(from.u16()?);
        if count == 0 || count > K::KEYS_MAX {
            return from.refuse("no keys, or more than a question can have");
        }
        let mut keys = Vec::with_capacity(count);
        for _ in 0..count {
            let Some(key) = K::decode(from.take(K::WIDTH)?) else { return from.refuse("no key of this kind") };
            let known = match from.u8()? {
                0 => None,
                1 => Some(Hash(from.array()?)),
                _ => return from.refuse("a flag is 0 or 1"),
            };
            keys.push((key, known));
        }
        from.end()?;
        Ok(Query { root, keys })
    }
}

impl Reply {
    /// The bytes of the answer.
    pub fn encode(&self) -> Vec<u8> {
        let mut to = (self.answers.len() as u16).to_le_bytes().to_vec();
        for (value, proof) in &self.answers {
            match value {
                Value::Absent => to.push(0),
                Value::Present(bytes) => {
                    to.push(1);
                    to.extend((bytes.len() as u32).to_le_bytes());
                    to.extend(bytes);
                }
                Value::AsNamed => to.push(2),
            }
            proof.encode(&mut to);
        }
        to
    }

    /// Reads the answer to a question about `asked` keys.
    pub fn decode<K: Asked>(bytes: &[u8], asked: usize) -> Result<Reply, Malformed> {
        let mut from = Reader::new(bytes);
        let count = usize::from(from.u16()?);
        if count != asked {
            return from.refuse("not as many answers as keys were asked about");
        }
        let answers = (0..count).map(|_| answer::<K>(&mut from)).collect::<Result<_, _>>()?;
        from.end()?;
        Ok(Reply { answers })
    }
}

fn answer<K: Asked>(from: &mut Reader<'_>) -> Result<(Value, Proof), Malformed> {
    let value = match from.u8()? {
        0 => Value::Absent,
        1 => {
            let length = from.u32()?;
            if length as usize > K::VALUE_MAX {
                return from.refuse("longer than such a value can be");
            }
            Value::Present(from.take(length as usize)?.to_vec())
        }
        2 => Value::AsNamed,
        _ => return from.refuse("a kind of value is 0, 1 or 2"),
    };
    Ok((value, Proof::decode(from)?))
}
