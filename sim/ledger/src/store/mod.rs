// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a node keeps on disk: both databases and the record of blocks, in one directory, of which one process at
//! a time has the use.
//!
//! The three do not commit together. A block is committed to the heap, then to the code, then to the record, and
//! only the record says that it is there: on opening, a database that is ahead of the record is rolled back. So a
//! block is kept whole or not at all, wherever a process dies ([`recover`]).

mod create;
mod record;
pub mod recover;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use crate::edb::disk::{self, Disk, Options};
use crate::edb::{Edb as _, EdbError, Writes};
use crate::ids::{AppId, Hash, Root, Round};
use crate::state::{Changes, State, Unavailable};
use record::Record;
pub use record::{Block, Note, Notes};
use recover::Recovery;

/// The last block that is kept: the present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Tip {
    /// Its round.
    pub round: Round,
    /// Its hash.
    pub hash: Hash,
    /// Commitment to the heap pages after it.
    pub heap: Root,
    /// Commitment to the code areas after it.
    pub code: Root,
}

/// Both databases and the record of blocks.
pub struct Store {
    heap: Disk<PageId>,
    code: Disk<AppId>,
    record: Record,
    tip: RwLock<Option<Tip>>,
    /// One commit at a time.
    committing: Mutex<()>,
    broken: AtomicBool,
    directory: PathBuf,
    /// Locked as long as the store is open; the last to be dropped.
    _lock: File,
}

/// The state after a block, computed but not kept.
pub struct Prepared {
    heap: disk::Prepared<PageId>,
    code: disk::Prepared<AppId>,
    roots: (Root, Root),
}

impl Prepared {
    /// Commitments to heap pages and to code areas.
    pub fn roots(&self) -> (Root, Root) {
        self.roots
    }
}

/// Why a store cannot be opened, or did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("{0} is in use by another process: stop it, or use another directory")]
    InUse(PathBuf),
    /// There is something else in the directory.
    #[error("{0} is neither empty nor a ledger: name another directory")]
    Foreign(PathBuf),
    /// Written by another version of this program.
    #[error("{directory} has format {found}, this build reads format {known}")]
    Format {
        /// The directory.
        directory: PathBuf,
        /// The format there.
        found: u64,
        /// The one that is known here.
        known: u64,
    },
    /// A database is not at the state of the record, nor one commit ahead: files of it were changed or lost.
    #[error("{directory}: the {which} database is at {found}, the last block says {expected}: restore a copy")]
    Torn {
        /// The directory.
        directory: PathBuf,
        /// `heap` or `code`.
        which: &'static str,
        /// The root of the database.
        found: Root,
        /// The root in the record.
        expected: Root,
    },
    /// The block does not follow the last one, or is not of the prepared state; nothing was changed.
    #[error("block {round} is refused: {why}")]
    Refused {
        /// Its round.
        round: Round,
        /// The reason.
        why: String,
    },
    /// What is to be installed is no image; nothing was changed.
    #[error("application {app}: {why}")]
    Image {
        /// The application.
        app: u64,
        /// What is wrong with it.
        why: String,
    },
    /// A commit failed half-way. What is on disk is whole again once the store is opened anew.
    #[error("{0}: an earlier commit failed; open it again")]
    Broken(PathBuf),
    /// One of the databases.
    #[error("{directory}: {which}: {source}")]
    Database {
        /// The directory.
        directory: PathBuf,
        /// `heap` or `code`.
        which: &'static str,
        /// What it says.
        source: EdbError,
    },
    /// The record of blocks.
    #[error("{directory}: record of blocks: {why}")]
    Record {
        /// The directory.
        directory: PathBuf,
        /// What it says.
        why: String,
    },
    /// A file or directory.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Store {
    /// Opens the store in this directory, and makes one where there is none or nothing. Says what had to be undone.
    pub fn open(directory: &Path, options: Options) -> Result<(Store, Recovery), StoreError> {
        let lock = create::ready(directory, options)?;
        let record = Record::open(directory)?;
        let tip = record.tip()?;
        let heap = recover::opened(directory, "heap", options)?;
        let code = recover::opened(directory, "code", options)?;
        let recovery = recover::settle(directory, tip, &heap, &code)?;
        let store = Store {
            heap,
            code,
            record,
            tip: RwLock::new(tip),
            committing: Mutex::new(()),
            broken: AtomicBool::new(false),
            directory: directory.to_owned(),
            _lock: lock,
        };
        Ok((store, recovery))
    }

    /// Makes the tables of both databases larger: to [`Options::buckets`]. Nobody may have the store open.
    pub fn grow(directory: &Path, options: Options) -> Result<(), StoreError> {
        create::grow(directory, options)
    }

    /// Buckets of the tables of heap and code of the store in this directory.
    pub fn buckets(directory: &Path) -> Result<(u64, u64), StoreError> {
        create::buckets(directory)
    }

    /// The last block that is kept; `None` before the first.
    pub fn tip(&self) -> Option<Tip> {
        *self.tip.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The heap pages.
    pub fn heap(&self) -> &Disk<PageId> {
        &self.heap
    }

    /// The code areas.
    pub fn code_areas(&self) -> &Disk<AppId> {
        &self.code
    }

    /// The block of a round.
    pub fn block(&self, round: Round) -> Result<Option<Block>, StoreError> {
        self.record.block(round)
    }

    /// A note that was committed with some block.
    pub fn note(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.record.note(key)
    }

    /// All notes whose key begins with `prefix`, in the order of keys.
    pub fn notes(&self, prefix: &[u8]) -> Result<Vec<Note>, StoreError> {
        self.record.notes(prefix)
    }

    /// Computes the state after a block. Nothing is kept until it is given to [`Store::commit`].
    pub fn prepare(&self, changes: &Changes) -> Result<Prepared, StoreError> {
        self.whole()?;
        for (&app, image) in &changes.code {
            let check = image.as_deref().map_or(Ok(()), |bytes| Image::from_bytes(bytes).map(|_| ()));
            check.map_err(|e| StoreError::Image { app, why: e.to_string() })?;
        }
        let code: Writes<AppId> = changes.code.iter().map(|(app, image)| (AppId(*app), image.clone())).collect();
        let heap = self.heap.prepare(&changes.pages).map_err(|e| self.database("heap", e))?;
        let code = self.code.prepare(&code).map_err(|e| self.database("code", e))?;
        let roots = (Disk::<PageId>::prepared_root(&heap), Disk::<AppId>::prepared_root(&code));
        Ok(Prepared { heap, code, roots })
    }

    /// Keeps a block, the state after it, and notes. After an error other than [`StoreError::Refused`] the store
    /// must be opened again; the block is then there as a whole or not at all.
    pub fn commit(&self, prepared: Prepared, block: &Block, notes: &Notes) -> Result<Tip, StoreError> {
        let _one = self.committing.lock().unwrap_or_else(PoisonError::into_inner);
        self.whole()?;
        self.follows(&prepared, block)?;
        self.broken.store(true, Ordering::SeqCst);
        self.heap.commit(prepared.heap).map_err(|e| self.database("heap", e))?;
        self.code.commit(prepared.code).map_err(|e| self.database("code", e))?;
        self.record.append(block, notes)?;
        self.broken.store(false, Ordering::SeqCst);
        let tip = block.tip();
        *self.tip.write().unwrap_or_else(PoisonError::into_inner) = Some(tip);
        Ok(tip)
    }

    /// Refuses a block that is not the next one, or whose commitments are not those of the prepared state.
    fn follows(&self, prepared: &Prepared, block: &Block) -> Result<(), StoreError> {
        let refused = |why: String| Err(StoreError::Refused { round: block.round, why });
        match self.tip() {
            Some(tip) if tip.round.next() != Some(block.round) => {
                return refused(format!("the last block is that of round {}", tip.round));
            }
            _ => {}
        }
        if (block.heap, block.code) != prepared.roots {
            return refused("its commitments are not those of the state that was prepared".into());
        }
        if (prepared.heap.before(), prepared.code.before()) != (self.heap.root(), self.code.root()) {
            return refused("the state has moved on since it was prepared".into());
        }
        Ok(())
    }

    /// Refuses to go on after a commit that failed.
    fn whole(&self) -> Result<(), StoreError> {
        if self.broken.load(Ordering::SeqCst) { Err(StoreError::Broken(self.directory.clone())) } else { Ok(()) }
    }

    fn database(&self, which: &'static str, source: EdbError) -> StoreError {
        StoreError::Database { directory: self.directory.clone(), which, source }
    }
}

/// A node that holds everything trusts its own disk.
impl State for Store {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.heap.read(id).map_err(|e| unavailable(format!("page {id}"), &e))
    }

    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        let what = || format!("application {app}");
        let Some(bytes) = self.code.read(AppId(app)).map_err(|e| unavailable(what(), &e))? else { return Ok(None) };
        Image::from_bytes(&bytes).map(|image| Some(Arc::new(image))).map_err(|e| unavailable(what(), &e))
    }
}

fn unavailable(what: String, why: &dyn std::error::Error) -> Unavailable {
    Unavailable { what, why: why.to_string() }
}
