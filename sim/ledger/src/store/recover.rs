// SPDX-License-Identifier: MIT OR Apache-2.0
//! After a process died: which of the three is ahead, and back to the last block.

use std::path::Path;

use avm_sim::algorand::world::PageId;

use super::{StoreError, Tip};
use crate::edb::Edb as _;
use crate::edb::disk::{Disk, Options};
use crate::edb::key::Key;
use crate::ids::{AppId, Root};

/// What opening a store had to undo: commits of a block that never came to the record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// The last commit of the heap.
    pub heap: bool,
    /// The last commit of the code.
    pub code: bool,
}

/// Opens one of the databases.
pub(super) fn opened<K: Key>(directory: &Path, which: &'static str, options: Options) -> Result<Disk<K>, StoreError> {
    let opened = Disk::open(&directory.join(which), options);
    opened.map_err(|source| StoreError::Database { directory: directory.to_owned(), which, source })
}

/// Brings both databases to the state of the last block.
pub(super) fn settle(
    directory: &Path,
    tip: Option<Tip>,
    heap: &Disk<PageId>,
    code: &Disk<AppId>,
) -> Result<Recovery, StoreError> {
    let (heap_root, code_root) = tip.map_or((Root::EMPTY, Root::EMPTY), |t| (t.heap, t.code));
    Ok(Recovery { heap: back(directory, "heap", heap, heap_root)?, code: back(directory, "code", code, code_root)? })
}

/// Undoes the last commit of a database that is not where the record says. True if it had to.
fn back<K: Key>(directory: &Path, which: &'static str, database: &Disk<K>, expected: Root) -> Result<bool, StoreError> {
    let torn = |found| StoreError::Torn { directory: directory.to_owned(), which, found, expected };
    let found = database.root();
    if found == expected {
        return Ok(false);
    }
    match database.undo() {
        Ok(root) if root == expected => Ok(true),
        Ok(_) => Err(torn(found)),
        Err(source) if database.is_broken() => {
            Err(StoreError::Database { directory: directory.to_owned(), which, source })
        }
        Err(_) => Err(torn(found)),
    }
}
