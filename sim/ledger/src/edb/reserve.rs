// SPDX-License-Identifier: MIT OR Apache-2.0
//! Space for a table of trie pages, all of it and from the beginning.
//!
//! `nomt` 1.0.5 does not look at what comes of writing its table: a page for which the disk has no space is lost, and
//! nobody is told. So no write there may need new space. `nomt` reserves it when it makes a table, except on tmpfs, where
//! what it makes is one hole; here it is reserved whatever `nomt` did, whenever the database is opened.

use std::io;
use std::path::Path;

/// The table, in the directory of a database.
const TABLE: &str = "ht";
/// Bytes of a bucket of it, a page of the trie.
pub(super) const BUCKET: u64 = 4_096;

/// Takes the space of the table in this directory, if there is one. What is in it stays; where all is taken already, nothing
/// happens. The error names how many bytes it should have.
pub(super) fn table(directory: &Path) -> Result<(), (u64, io::Error)> {
    let file = match std::fs::File::options().write(true).open(directory.join(TABLE)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened.map_err(|e| (0, e))?,
    };
    let long = file.metadata().map_err(|e| (0, e))?.len();
    whole(&file, long).map_err(|e| (long, e))
}

/// Whether part of the table in this directory has no space: it came from elsewhere, or a disk that was full lost pages.
#[cfg(unix)]
pub(super) fn holes(directory: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(directory.join(TABLE)).is_ok_and(|file| file.blocks() * 512 < file.len())
}

#[cfg(not(unix))]
pub(super) fn holes(_: &Path) -> bool {
    false
}

#[cfg(target_os = "linux")]
fn whole(file: &std::fs::File, long: u64) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::{FallocateFlags, fallocate};
    use rustix::io::Errno;

    if long == 0 {
        return Ok(());
    }
    loop {
        return match fallocate(file, FallocateFlags::empty(), 0, long) {
            Err(Errno::INTR) => continue,
            // Then `nomt` wrote zeros all over it, which took the space, unless the file system drops them.
            Err(Errno::OPNOTSUPP) if file.metadata()?.blocks() * 512 >= long => Ok(()),
            done => Ok(done?),
        };
    }
}

/// Elsewhere `nomt` writes zeros all over it.
#[cfg(not(target_os = "linux"))]
fn whole(_: &std::fs::File, _: u64) -> io::Result<()> {
    Ok(())
}

/// Buckets of the table in this directory: its pages, without those that say of 4,096 buckets each, a byte for each, which are in use.
pub(super) fn buckets(directory: &Path) -> io::Result<u64> {
    let pages = std::fs::metadata(directory.join(TABLE))?.len() / BUCKET;
    Ok(pages - pages.div_ceil(BUCKET + 1))
}

/// Bytes that are free where this directory is.
#[cfg(unix)]
pub(super) fn free(directory: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(directory)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// As many as anyone may want: it is not known.
#[cfg(not(unix))]
pub(super) fn free(_: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}
