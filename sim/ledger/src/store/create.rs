// SPDX-License-Identifier: MIT OR Apache-2.0
//! Making a store, and who may use it.
//!
//! A store that is being made has a file `creating`; who finds it starts again from nothing, so that a process
//! that dies here leaves nothing half-made.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::Duration;

use avm_sim::algorand::world::PageId;

use super::record::{self, Record};
use super::{StoreError, recover};
use crate::edb::disk::{Disk, Options};
use crate::ids::AppId;

/// Whoever locks it has the store.
const LOCK: &str = "lock";
/// The store is not made yet.
const CREATING: &str = "creating";
/// How often the lock is tried, and the time in between: half a second in all.
const PATIENCE: u32 = 25;
const MOMENT: Duration = Duration::from_millis(20);
/// All that is ever in the directory.
const OURS: [&str; 5] = [LOCK, CREATING, "heap", "code", record::FILE];

/// Takes the directory for this process, and makes the store if it is not there. The store is this process's as
/// long as the file that comes back is open.
pub(super) fn ready(directory: &Path, options: Options) -> Result<File, StoreError> {
    fs::create_dir_all(directory).map_err(|e| file(directory, e))?;
    if entries(directory)?.iter().any(|name| !OURS.contains(&name.as_str())) {
        return Err(StoreError::Foreign(directory.to_owned()));
    }
    let lock = locked(directory)?;
    let here = entries(directory)?;
    let has = |name: &str| here.iter().any(|entry| entry == name);
    if has(CREATING) || !["heap", "code", record::FILE].into_iter().any(has) {
        make(directory, options)?;
    } else if !has(record::FILE) {
        return Err(StoreError::Foreign(directory.to_owned()));
    }
    Ok(lock)
}

/// Makes the tables of a store that nobody has open larger.
pub(super) fn grow(directory: &Path, options: Options) -> Result<(), StoreError> {
    if !entries(directory)?.iter().any(|name| name == record::FILE) {
        return Err(StoreError::Foreign(directory.to_owned()));
    }
    let _lock = locked(directory)?;
    let failed = |which| move |source| StoreError::Database { directory: directory.to_owned(), which, source };
    Disk::<PageId>::grow(&directory.join("heap"), options).map_err(failed("heap"))?;
    Disk::<AppId>::grow(&directory.join("code"), options).map_err(failed("code"))
}

/// Buckets of the tables.
pub(super) fn buckets(directory: &Path) -> Result<(u64, u64), StoreError> {
    let failed = |which| move |source| StoreError::Database { directory: directory.to_owned(), which, source };
    let heap = Disk::<PageId>::buckets(&directory.join("heap")).map_err(failed("heap"))?;
    Ok((heap, Disk::<AppId>::buckets(&directory.join("code")).map_err(failed("code"))?))
}

/// Locks the directory. The lock ends with the process, however it ends; it may take a moment, and a process that
/// was just forked has it until it runs something else.
fn locked(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join(LOCK);
    let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(|e| file(&path, e))?;
    for _ in 0..PATIENCE {
        match lock.try_lock() {
            Ok(()) => return Ok(lock),
            Err(TryLockError::WouldBlock) => std::thread::sleep(MOMENT),
            Err(TryLockError::Error(e)) => return Err(file(&path, e)),
        }
    }
    Err(StoreError::InUse(directory.to_owned()))
}

/// Makes an empty store.
fn make(directory: &Path, options: Options) -> Result<(), StoreError> {
    let creating = directory.join(CREATING);
    File::create(&creating).and_then(|f| f.sync_all()).map_err(|e| file(&creating, e))?;
    synced(directory)?;
    for name in ["heap", "code"] {
        absent(&directory.join(name), |path| fs::remove_dir_all(path))?;
    }
    absent(&directory.join(record::FILE), |path| fs::remove_file(path))?;
    recover::opened::<PageId>(directory, "heap", options)?;
    recover::opened::<AppId>(directory, "code", options)?;
    Record::create(directory)?;
    synced(directory)?;
    fs::remove_file(&creating).map_err(|e| file(&creating, e))?;
    synced(directory)
}

/// Removes what may be there.
fn absent(path: &Path, remove: impl Fn(&Path) -> std::io::Result<()>) -> Result<(), StoreError> {
    match remove(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(file(path, e)),
        _ => Ok(()),
    }
}

/// What is in the directory is there after a loss of power.
fn synced(directory: &Path) -> Result<(), StoreError> {
    File::open(directory).and_then(|f| f.sync_all()).map_err(|e| file(directory, e))
}

fn entries(directory: &Path) -> Result<Vec<String>, StoreError> {
    let names = fs::read_dir(directory).map_err(|e| file(directory, e))?;
    names.map(|e| e.map(|e| e.file_name().to_string_lossy().into_owned()).map_err(|e| file(directory, e))).collect()
}

fn file(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File { path: path.to_owned(), source }
}
