// SPDX-License-Identifier: MIT OR Apache-2.0
//! A file system of bounded size, in memory, for tests of full disks. To mount one takes root.

use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::TempDir;

/// What is put beside the store, so that the disk is as full as a test wants it.
const BALLAST: &str = "ballast";

/// A file system of its own, as long as this lives.
pub struct Mounted(TempDir);

impl Mounted {
    /// So many MiB. `None`, and a line about it, where nothing can be mounted.
    pub fn new(size: usize) -> Option<Mounted> {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, options) = (named(folder.path()), CString::new(format!("size={size}m")).expect("no zero"));
        // SAFETY: all strings end with a zero, and outlive the call.
        let done =
            unsafe { libc::mount(c"tmpfs".as_ptr(), path.as_ptr(), c"tmpfs".as_ptr(), 0, options.as_ptr().cast()) };
        if done != 0 {
            let why = io::Error::last_os_error();
            println!("SKIPPED: no file system can be mounted here, which takes root: {why}");
            return None;
        }
        Some(Mounted(folder))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Leaves so many bytes free, or fewer.
    pub fn fill(&self, free: u64) {
        let mut file = File::create(self.path().join(BALLAST)).expect("a file");
        while file.write_all(&[1; 4_096]).is_ok() {}
        let full = file.metadata().expect("its size").len();
        file.set_len(full.saturating_sub(free)).expect("shorter");
    }

    /// Makes space again.
    pub fn empty(&self) {
        fs::remove_file(self.path().join(BALLAST)).expect("removed");
    }
}

fn named(path: &Path) -> CString {
    use std::os::unix::ffi::OsStrExt as _;

    CString::new(path.as_os_str().as_bytes()).expect("no zero")
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let path = named(self.path());
        // SAFETY: the string ends with a zero, and outlives the call.
        let done = unsafe { libc::umount2(path.as_ptr(), libc::MNT_DETACH) };
        if done != 0 {
            println!("{} stays mounted: {}", self.path().display(), io::Error::last_os_error());
        }
    }
}
