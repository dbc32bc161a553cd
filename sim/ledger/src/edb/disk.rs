//! A database on disk: `nomt`, in a directory of its own.

use std::marker::PhantomData;
use std::path::Path;

use nomt::{FinishedSession, KeyReadWrite, Nomt, SessionParams};

use super::hash::Hasher;
use super::key::Key;
use super::proof::Proof;
use super::{Answer, Edb, EdbError, Writes};
use crate::ids::Root;

/// Buckets of the table of trie pages, if nobody says otherwise: 256 MB, enough for some ten million keys.
pub const BUCKETS: u32 = 64_000;
/// Buckets for tests: 16 MB.
pub const FEW_BUCKETS: u32 = 4_000;
/// Part of the table that may be in use, in percent, before commits are refused: `nomt` fails when it is full.
const FULL: usize = 90;

/// How a database is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Buckets of 4 KiB in the table of trie pages of a new database.
    pub buckets: u32,
    /// Whether the whole table is written when the database is made. Without, the file has holes.
    pub preallocate: bool,
    /// Commits that can be undone.
    pub undo: u32,
    /// Caches of trie pages and of values, MiB each.
    pub cache: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options { buckets: BUCKETS, preallocate: true, undo: 4, cache: 64 }
    }
}

impl Options {
    /// A small database, for tests.
    pub fn small() -> Options {
        Options { buckets: FEW_BUCKETS, preallocate: false, cache: 8, ..Options::default() }
    }

    fn of(self, path: &Path) -> nomt::Options {
        let mut options = nomt::Options::new();
        options.path(path);
        options.hashtable_buckets(self.buckets);
        options.preallocate_ht(self.preallocate);
        options.rollback(true);
        options.max_rollback_log_len(self.undo);
        options.page_cache_size(self.cache);
        options.leaf_cache_size(self.cache);
        options.io_workers(1);
        options.page_cache_upper_levels(1);
        options
    }
}

/// A database of one kind of keys.
pub struct Disk<K> {
    nomt: Nomt<Hasher>,
    kind: PhantomData<fn() -> K>,
}

/// The next state, computed but not kept.
pub struct Prepared<K> {
    finished: FinishedSession,
    kind: PhantomData<fn() -> K>,
}

impl<K: Key> Disk<K> {
    /// Opens the database in this directory; makes one where there is none or nothing.
    pub fn open(path: &Path, options: Options) -> Result<Disk<K>, EdbError> {
        let nomt = Nomt::open(options.of(path)).map_err(broken)?;
        Ok(Disk { nomt, kind: PhantomData })
    }

    /// Undoes the last commit.
    pub fn undo(&self) -> Result<Root, EdbError> {
        self.nomt.rollback(1).map_err(broken)?;
        Ok(self.root())
    }

    /// A value without its proof: who holds the database trusts it.
    pub fn read(&self, key: K) -> Result<Option<Vec<u8>>, EdbError> {
        self.nomt.begin_session(SessionParams::default()).read(key.path()).map_err(broken)
    }

    /// Whether a commit failed: nothing can be committed until the database is opened again.
    pub fn is_broken(&self) -> bool {
        self.nomt.is_poisoned()
    }

    /// Buckets of the table in use, and all there are.
    pub fn occupied(&self) -> (usize, usize) {
        let table = self.nomt.hash_table_utilization();
        (table.occupied, table.capacity)
    }
}

impl<K> Prepared<K> {
    /// The commitment to the state that it follows.
    pub fn before(&self) -> Root {
        Root(self.finished.prev_root().into_inner())
    }
}

impl<K: Key> Edb<K> for Disk<K> {
    type Prepared = Prepared<K>;

    fn root(&self) -> Root {
        Root(self.nomt.root().into_inner())
    }

    fn get_all(&self, keys: &[K]) -> Result<(Root, Vec<Answer>), EdbError> {
        let session = self.nomt.begin_session(SessionParams::default());
        let answer = |key: &K| {
            let path = key.path();
            let value = session.read(path).map_err(broken)?;
            let proof = Proof::new(session.prove(path).map_err(broken)?);
            Ok(Answer { value, proof })
        };
        let answers = keys.iter().map(answer).collect::<Result<_, EdbError>>()?;
        Ok((Root(session.prev_root().into_inner()), answers))
    }

    fn prepare(&self, writes: &Writes<K>) -> Result<Prepared<K>, EdbError> {
        let (occupied, capacity) = self.occupied();
        if occupied * 100 > capacity * FULL {
            return Err(EdbError::Full { occupied, capacity });
        }
        let mut actuals = Vec::with_capacity(writes.len());
        for (key, value) in writes {
            if let Some(bytes) = value {
                K::check(bytes).map_err(|what| EdbError::Value { key: key.to_string(), what })?;
            }
            actuals.push((key.path(), KeyReadWrite::Write(value.clone())));
        }
        actuals.sort_unstable_by_key(|(path, _)| *path);
        let finished = self.nomt.begin_session(SessionParams::default()).finish(actuals).map_err(broken)?;
        Ok(Prepared { finished, kind: PhantomData })
    }

    fn prepared_root(prepared: &Prepared<K>) -> Root {
        Root(prepared.finished.root().into_inner())
    }

    fn commit(&self, prepared: Prepared<K>) -> Result<Root, EdbError> {
        let (before, present) = (prepared.before(), self.root());
        if before != present {
            return Err(EdbError::Overtaken { prepared: before, present });
        }
        prepared.finished.commit(&self.nomt).map_err(broken)?;
        Ok(self.root())
    }
}

/// What `nomt` says, with its causes.
fn broken(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> EdbError {
    let error = error.into();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    EdbError::Broken(text)
}
