// SPDX-License-Identifier: MIT OR Apache-2.0
//! A database on disk: `nomt`, in a directory of its own.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use nomt::{FinishedSession, IoUringPermission, KeyReadWrite, Nomt, SessionParams};

use super::hash::Hasher;
use super::key::{self, Key};
use super::proof::Proof;
use super::{Answer, Edb, EdbError, Writes, reserve};
use crate::ids::Root;

/// Buckets of the table of trie pages, if nobody says otherwise: 256 MB. By calculation they last for
/// some four million keys: `nomt` keeps a page of the trie from 20 keys on, 64 pages below each.
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
    /// Whether the table has all of its space from the beginning. Without, the file has holes, and a full disk loses pages.
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

    /// Takes the space of the table in this directory.
    fn reserve(self, path: &Path) -> Result<(), EdbError> {
        let taken = if self.preallocate { reserve::table(path) } else { Ok(()) };
        taken.map_err(|(bytes, why)| EdbError::Table { bytes, why: why.to_string() })
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
    /// A commit failed, or `nomt` panicked: what it holds in memory counts no more.
    broken: AtomicBool,
    kind: PhantomData<fn() -> K>,
}

/// The next state, computed but not kept.
pub struct Prepared<K> {
    /// `None` when nothing changes.
    finished: Option<FinishedSession>,
    before: Root,
    kind: PhantomData<fn() -> K>,
}

impl<K> Prepared<K> {
    /// The commitment to the state that it follows.
    pub fn before(&self) -> Root {
        self.before
    }
}

impl<K: Key> Disk<K> {
    /// Opens the database in this directory; makes one where there is none or nothing.
    pub fn open(path: &Path, options: Options) -> Result<Disk<K>, EdbError> {
        usable()?;
        // What a full disk lost is a hole now, which cannot be told from an empty page once the table has its space.
        if options.preallocate && reserve::holes(path) {
            caught(|| nomt::validate_hashtable(&options.of(path))).map_err(|e| EdbError::Lost(e.to_string()))?;
        }
        // Before, as opening may finish what a process that died began; after, as opening makes what is not there.
        options.reserve(path)?;
        let nomt = caught(|| Nomt::open(options.of(path)))?;
        options.reserve(path)?;
        Ok(Disk { nomt, broken: AtomicBool::new(false), kind: PhantomData })
    }

    /// Makes the table of a database that nobody has open larger: to [`Options::buckets`]. Who dies while doing it
    /// finishes when the database is opened next.
    pub fn grow(path: &Path, options: Options) -> Result<(), EdbError> {
        let has = Disk::<K>::buckets(path)?;
        if u64::from(options.buckets) < has {
            return Err(EdbError::Smaller { has });
        }
        // The new table is made beside the old one: without room for both nothing is begun.
        let bytes = u64::from(options.buckets) * reserve::BUCKET;
        let free = if options.preallocate { reserve::free(path).unwrap_or(u64::MAX) } else { u64::MAX };
        if free < bytes {
            return Err(EdbError::Table { bytes, why: format!("{free} bytes are free") });
        }
        caught(|| nomt::grow_hashtable(&options.of(path)))?;
        options.reserve(path)
    }

    /// Buckets of the table in this directory.
    pub fn buckets(path: &Path) -> Result<u64, EdbError> {
        reserve::buckets(path).map_err(|e| EdbError::Broken(format!("its table: {e}")))
    }

    /// Undoes the last commit.
    pub fn undo(&self) -> Result<Root, EdbError> {
        self.attempt(|| self.nomt.rollback(1))?;
        Ok(self.root())
    }

    /// A value without its proof: who holds the database trusts it.
    pub fn read(&self, key: K) -> Result<Option<Vec<u8>>, EdbError> {
        caught(|| self.nomt.begin_session(SessionParams::default()).read(key.path()))
    }

    /// Whether a commit failed: nothing can be committed until the database is opened again.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::SeqCst) || self.nomt.is_poisoned()
    }

    /// Buckets of the table in use, and all there are.
    pub fn occupied(&self) -> (usize, usize) {
        let table = self.nomt.hash_table_utilization();
        (table.occupied, table.capacity)
    }

    /// Does what changes the database; if it fails, nothing will change it again.
    fn attempt<T>(&self, change: impl FnOnce() -> anyhow::Result<T>) -> Result<T, EdbError> {
        if self.is_broken() {
            return Err(EdbError::Broken("an earlier commit failed; open it again".into()));
        }
        let done = caught(change);
        self.broken.store(done.is_err(), Ordering::SeqCst);
        done
    }

    /// Whether the table has room for the pages of the trie that these writes make. In a table without an empty bucket `nomt`
    /// 1.0.5 may look for one for ever, so it must never come to that.
    fn room(&self, writes: &Writes<K>) -> Result<(), EdbError> {
        let (occupied, capacity) = self.occupied();
        let first = self.root() == Root::EMPTY;
        let full = |new| occupied * 100 > capacity * FULL || occupied + most_pages(new, first) >= capacity;
        if !full(writes.len()) {
            return Ok(());
        }
        let mut new = 0;
        for (key, value) in writes {
            new += usize::from(value.is_some() && self.read(*key)?.is_none());
        }
        if full(new) { Err(EdbError::Full { occupied, capacity, new }) } else { Ok(()) }
    }

    /// What `nomt` is to do. A key that is removed but is not there is left out: of such alone `nomt` 1.0.5 makes
    /// an empty list of leaves, whose last element it then takes.
    fn actuals(&self, writes: &Writes<K>) -> Result<Vec<(key::Path, KeyReadWrite)>, EdbError> {
        let mut actuals = Vec::with_capacity(writes.len());
        for (key, value) in writes {
            match value {
                Some(bytes) => K::check(bytes).map_err(|what| EdbError::Value { key: key.to_string(), what })?,
                None if self.read(*key)?.is_none() => continue,
                None => {}
            }
            actuals.push((key.path(), KeyReadWrite::Write(value.clone())));
        }
        actuals.sort_unstable_by_key(|(path, _)| *path);
        Ok(actuals)
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
            Ok(Answer { value: session.read(path)?, proof: Proof::new(session.prove(path)?) })
        };
        let answers = caught(|| keys.iter().map(answer).collect())?;
        Ok((Root(session.prev_root().into_inner()), answers))
    }

    fn prepare(&self, writes: &Writes<K>) -> Result<Prepared<K>, EdbError> {
        self.room(writes)?;
        let actuals = self.actuals(writes)?;
        let session = self.nomt.begin_session(SessionParams::default());
        let before = Root(session.prev_root().into_inner());
        let finished = if actuals.is_empty() { None } else { Some(caught(|| session.finish(actuals))?) };
        Ok(Prepared { finished, before, kind: PhantomData })
    }

    fn prepared_root(prepared: &Prepared<K>) -> Root {
        prepared.finished.as_ref().map_or(prepared.before, |finished| Root(finished.root().into_inner()))
    }

    fn commit(&self, prepared: Prepared<K>) -> Result<Root, EdbError> {
        let present = self.root();
        if prepared.before != present {
            return Err(EdbError::Overtaken { prepared: prepared.before, present });
        }
        if let Some(finished) = prepared.finished {
            self.attempt(|| finished.commit(&self.nomt))?;
        }
        Ok(self.root())
    }
}

/// Pages of the trie that so many new keys make at most. The 64 below the root are there as soon as two keys are below them,
/// all others from 20 keys on: in the first state a tenth of the keys covers two layers that are full. Later each new key
/// may be the twentieth, and make a page; that it makes more than two takes keys whose places were searched out to share
/// many more bits than chance has it.
fn most_pages(new: usize, first: bool) -> usize {
    65 + if first { new / 10 } else { 2 * new }
}

/// On Linux `nomt` reads and writes by io_uring alone; without, a thread of it would panic and others wait for it.
fn usable() -> Result<(), EdbError> {
    let why = match nomt::check_iou_permissions() {
        _ if !cfg!(target_os = "linux") => return Ok(()),
        IoUringPermission::Allowed => return Ok(()),
        IoUringPermission::Denied => "it is not allowed here (in a container: by its seccomp profile)",
        IoUringPermission::NotSupported => "this kernel has it not, or an old one; Linux 6.0 is needed",
    };
    Err(EdbError::Broken(format!("io_uring is needed, but {why}")))
}

/// Runs what `nomt` does; a panic in it is an error here.
fn caught<T>(run: impl FnOnce() -> anyhow::Result<T>) -> Result<T, EdbError> {
    // What a panic leaves behind in `nomt` is not used again: see `Disk::attempt`.
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(done) => done.map_err(|e| explained(&e)),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
            Err(EdbError::Broken(format!("it panicked: {text}")))
        }
    }
}

/// What `nomt` says, as something that can be mended where it can.
fn explained(e: &anyhow::Error) -> EdbError {
    let full = |e: &(dyn std::error::Error + 'static)| {
        e.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::StorageFull)
    };
    let text = format!("{e:#}");
    match () {
        () if e.chain().any(full) => EdbError::NoSpace(text),
        // The type of this error is not public.
        () if e.root_cause().to_string() == "bucket exhaustion" => EdbError::Exhausted,
        () => EdbError::Broken(text),
    }
}
