// SPDX-License-Identifier: MIT OR Apache-2.0
//! A node that holds no database: it fetches pages and code areas from servers that it does not trust, against
//! commitments that it does, and computes the next commitments from proofs alone.
//!
//! Every answer is verified before anything is done with it; a server that is silent, or says what is not proven,
//! costs time, and the next one is asked. What was wrong is in [`Client::faults`].

pub mod cache;
mod transport;
pub mod view;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use crate::bytes::Malformed;
use crate::edb::proof::{Proof, ProofError, Verified, value_hash};
use crate::ids::{AppId, Hash, Root};
use crate::server::wire::{Asked, Query, Reply, Value, reply_max};
use crate::state::{Changes, Unavailable};
use crate::store::Tip;
use cache::{Cache, Sizes};
use transport::Line;
pub use transport::Unanswered;
use view::View;

/// Faults that are remembered one by one.
const FAULTS: usize = 1_000;
/// Longest description of a server's state, bytes.
const STATE_MAX: usize = 1_024;

/// How a client asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Longest time for one answer of one server, from opening the connection to its last byte.
    pub time: Duration,
    /// What is remembered.
    pub cache: Sizes,
}

impl Default for Config {
    fn default() -> Config {
        Config { time: Duration::from_secs(5), cache: Sizes::default() }
    }
}

/// What was wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// There is none.
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    /// It cannot be read.
    #[error("the answer cannot be read: {0}")]
    Malformed(#[from] Malformed),
    /// A proof does not hold.
    #[error("{key}: {error}")]
    Proof {
        /// The key, as people write it.
        key: String,
        /// What does not hold.
        error: ProofError,
    },
    /// A value is not the one that is proven.
    #[error("{0}: the value is not the one that is proven")]
    Value(String),
}

/// An answer that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The server.
    pub server: String,
    /// What was wrong.
    pub wrong: Wrong,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.server, self.wrong)
    }
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// Nobody to ask.
    #[error("no server is named; name one as `host:port`")]
    NoServer,
    /// That is no address.
    #[error("`{0}` is not a server: write `host:port`")]
    Address(String),
    /// The system gives no means to wait.
    #[error("cannot start: {0}")]
    Start(std::io::Error),
}

/// What is asked of the value of a key, and how it is known when it need not be sent.
trait Held: Asked {
    /// What becomes of the bytes.
    type Held: Clone;
    /// What is remembered of the key.
    fn known(self, cache: &mut Cache) -> Option<(Hash, Self::Held)>;
    /// Takes in bytes whose hash is proven. `None`: the database itself holds what no such key can have.
    fn take(self, cache: &mut Cache, hash: Hash, bytes: Vec<u8>) -> Option<Self::Held>;
}

impl Held for PageId {
    type Held = Arc<[u8]>;

    fn known(self, cache: &mut Cache) -> Option<(Hash, Arc<[u8]>)> {
        cache.page(self)
    }

    fn take(self, cache: &mut Cache, _: Hash, bytes: Vec<u8>) -> Option<Arc<[u8]>> {
        let bytes: Arc<[u8]> = bytes.into();
        cache.keep_page(self, bytes.clone());
        Some(bytes)
    }
}

impl Held for AppId {
    /// What is installed, if it is an image.
    type Held = Arc<Image>;

    fn known(self, cache: &mut Cache) -> Option<(Hash, Arc<Image>)> {
        cache.code(self)
    }

    fn take(self, cache: &mut Cache, hash: Hash, bytes: Vec<u8>) -> Option<Arc<Image>> {
        let image = Arc::new(Image::from_bytes(&bytes).ok()?);
        cache.keep_code(self, hash, image.clone());
        Some(image)
    }
}

/// What a key has, and the proof of it.
#[derive(Clone, Debug)]
struct Fact<K: Held> {
    proven: Verified<K>,
    /// `None` if it has no value, or one that is none of its kind.
    held: Option<K::Held>,
}

/// Asks servers, in turn.
pub struct Client {
    inner: Mutex<Inner>,
    config: Config,
}

struct Inner {
    runtime: tokio::runtime::Runtime,
    lines: Vec<Line>,
    /// The server that was right last.
    first: usize,
    cache: Cache,
    faults: VecDeque<Fault>,
}

impl Client {
    /// Asks these servers, each `host:port` or `http://host:port`; the first that is right is asked first from then
    /// on.
    pub fn new(servers: &[String], config: Config) -> Result<Client, ClientError> {
        let lines: Vec<Line> = servers.iter().map(|s| address(s).map(Line::to)).collect::<Result<_, _>>()?;
        if lines.is_empty() {
            return Err(ClientError::NoServer);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(ClientError::Start)?;
        let (cache, faults) = (Cache::new(config.cache), VecDeque::new());
        Ok(Client { inner: Mutex::new(Inner { runtime, lines, first: 0, cache, faults }), config })
    }

    /// What is under these commitments: heap pages, code areas. One block is executed on one view.
    pub fn view(self: &Arc<Client>, heap: Root, code: Root) -> View {
        View::new(self.clone(), heap, code)
    }

    /// What the servers say that their last block is. Nothing proves it: only a certificate makes a commitment one
    /// to trust.
    pub fn claimed_tips(&self) -> Vec<(String, Result<Option<Tip>, Wrong>)> {
        let mut inner = self.inner();
        let Inner { runtime, lines, .. } = &mut *inner;
        let asked = |line: &mut Line| {
            let answer = runtime.block_on(line.ask("/v1/state", None, STATE_MAX, self.config.time))?;
            #[derive(serde::Deserialize)]
            struct State {
                tip: Option<Tip>,
            }
            let state: State =
                serde_json::from_slice(&answer).map_err(|e| Unanswered::Broken(format!("not a state: {e}")))?;
            Ok(state.tip)
        };
        lines.iter_mut().map(|line| (line.address().to_owned(), asked(line))).collect()
    }

    /// The last answers that were refused, oldest first.
    pub fn faults(&self) -> Vec<Fault> {
        self.inner().faults.iter().cloned().collect()
    }

    /// Remembers what a block wrote, so that of these pages only proofs are fetched. Nothing is believed for it.
    pub fn remember(&self, changes: &Changes) {
        let cache = &mut self.inner().cache;
        for (id, bytes) in &changes.pages {
            if let Some(bytes) = bytes {
                cache.keep_page(*id, bytes.as_slice().into());
            }
        }
        for (app, bytes) in &changes.code {
            let image = bytes.as_deref().and_then(|bytes| Some((value_hash(bytes), Image::from_bytes(bytes).ok()?)));
            if let Some((hash, image)) = image {
                cache.keep_code(AppId(*app), hash, Arc::new(image));
            }
        }
    }

    /// Pages, images and applications that are remembered.
    pub fn remembered(&self) -> (usize, usize, usize) {
        self.inner().cache.len()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What these keys have under a commitment, proven: all of them, in their order, or an error.
    fn fetch<K: Held>(&self, root: Root, keys: &[K]) -> Result<Vec<Fact<K>>, Unavailable> {
        let mut facts = Vec::with_capacity(keys.len());
        for some in keys.chunks(K::KEYS_MAX) {
            facts.extend(self.inner().fetch(root, some, self.config.time)?);
        }
        Ok(facts)
    }
}

impl Inner {
    /// Asks one server after the other, until one is right.
    fn fetch<K: Held>(&mut self, root: Root, keys: &[K], time: Duration) -> Result<Vec<Fact<K>>, Unavailable> {
        let known: Vec<_> = keys.iter().map(|key| key.known(&mut self.cache)).collect();
        let named = keys.iter().zip(&known).map(|(key, known)| (*key, known.as_ref().map(|(hash, _)| *hash)));
        let query = Query { root, keys: named.collect() }.encode();
        let mut last = String::new();
        for turn in 0..self.lines.len() {
            let at = (self.first + turn) % self.lines.len();
            let asked = self.lines[at].ask(K::PATH, Some(query.clone()), reply_max::<K>(keys.len()), time);
            let facts = self.runtime.block_on(asked).map_err(Wrong::from);
            match facts.and_then(|answer| believed(&mut self.cache, root, keys, &known, &answer)) {
                Ok(facts) => {
                    self.first = at;
                    return Ok(facts);
                }
                Err(wrong) => {
                    let fault = Fault { server: self.lines[at].address().to_owned(), wrong };
                    last = fault.to_string();
                    if self.faults.len() == FAULTS {
                        self.faults.pop_front();
                    }
                    self.faults.push_back(fault);
                }
            }
        }
        let what = keys.first().map_or_else(String::new, |key| {
            if keys.len() == 1 { key.to_string() } else { format!("{key} and {} more", keys.len() - 1) }
        });
        Err(Unavailable { what, why: last })
    }
}

/// What of an answer is proven, which is all of it or nothing. Only then anything is remembered.
fn believed<K: Held>(
    cache: &mut Cache,
    root: Root,
    keys: &[K],
    known: &[Option<(Hash, K::Held)>],
    answer: &[u8],
) -> Result<Vec<Fact<K>>, Wrong> {
    let reply = Reply::decode::<K>(answer, keys.len())?;
    let mut proven = Vec::with_capacity(keys.len());
    for ((key, known), (value, proof)) in keys.iter().zip(known).zip(&reply.answers) {
        proven.push(check(root, *key, known.as_ref().map(|(hash, _)| *hash), value, proof)?);
    }
    let mut facts = Vec::with_capacity(keys.len());
    for (((key, known), (value, _)), proven) in keys.iter().zip(known).zip(reply.answers).zip(proven) {
        let held = match (value, proven.value()) {
            (Value::Present(bytes), Some(hash)) => key.take(cache, hash, bytes),
            (Value::AsNamed, _) => known.as_ref().map(|(_, held)| held.clone()),
            _ => None,
        };
        facts.push(Fact { proven, held });
    }
    Ok(facts)
}

/// One key's answer: the proof holds, and says exactly what the answer says.
fn check<K: Asked>(
    root: Root,
    key: K,
    known: Option<Hash>,
    value: &Value,
    proof: &Proof,
) -> Result<Verified<K>, Wrong> {
    let proven = proof.claim(root, key).map_err(|error| Wrong::Proof { key: key.to_string(), error })?;
    let right = match value {
        Value::Absent => proven.value().is_none(),
        Value::Present(bytes) => proven.value() == Some(value_hash(bytes)),
        Value::AsNamed => known.is_some() && proven.value() == known,
    };
    if right { Ok(proven) } else { Err(Wrong::Value(key.to_string())) }
}

/// `host:port` of a server as people write it.
fn address(text: &str) -> Result<String, ClientError> {
    let wrong = || ClientError::Address(text.chars().take(200).collect());
    let plain = text.strip_prefix("http://").unwrap_or(text).trim_end_matches('/');
    let (host, port) = plain.rsplit_once(':').ok_or_else(wrong)?;
    let clean = !host.is_empty() && plain.chars().all(|c| c.is_ascii_graphic() && !"/@?#".contains(c));
    if clean && port.parse::<u16>().is_ok_and(|port| port != 0) { Ok(plain.to_owned()) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named() {
        for right in ["localhost:1", "127.0.0.1:65535", "[::1]:80", "http://host:80", "http://host:80/"] {
            assert!(address(right).is_ok(), "{right}");
        }
        for wrong in ["", "host", ":80", "host:", "host:0", "host:65536", "a b:1", "host:1/x", "https://h:1", "u@h:1"] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
        assert!(matches!(Client::new(&[], Config::default()), Err(ClientError::NoServer)));
    }
}
