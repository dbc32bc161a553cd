// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is in the making and has no name of its own yet: it goes when it is abandoned, and also when a signal ends the
//! process. What a signal that cannot be caught leaves behind is swept later ([`crate::output`]).

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Files and folders in the making.
static MAKING: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn making() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    MAKING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file or folder in the making, as long as this value is there.
#[derive(Debug)]
pub struct Making(PathBuf);

impl Making {
    /// Makes something at a path; from its first moment on it goes with the process.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn of<T>(make: impl FnOnce() -> io::Result<T>, path: impl FnOnce(&T) -> &Path) -> io::Result<(T, Making)> {
        ending::watch();
        let mut all = making();
        let made = make()?;
        let path = path(&made).to_path_buf();
        all.insert(path.clone());
        Ok((made, Making(path)))
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        making().remove(&self.0);
    }
}

/// Removes all that is in the making; nothing more is begun or finished by others until the process ends.
pub fn abandon() {
    let paths = making();
    for path in paths.iter() {
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    std::mem::forget(paths);
}

#[cfg(unix)]
mod ending {
    use std::io::{Read, pipe};
    use std::os::fd::IntoRawFd;
    use std::sync::Once;
    use std::sync::atomic::{AtomicI32, Ordering};

    use libc::{SIG_DFL, SIGHUP, SIGINT, SIGTERM, c_int, sigaction};

    /// Where the handler writes the number of the signal.
    static TO: AtomicI32 = AtomicI32::new(-1);

    /// Sees to it that a signal which ends the process first removes what is in the making. A signal that is ignored or
    /// handled otherwise stays so.
    pub fn watch() {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let Ok((mut reader, writer)) = pipe() else { return };
            let wait = move || {
                let mut signal = [0];
                if reader.read_exact(&mut signal).is_ok() {
                    super::abandon();
                    // SAFETY: no function of this process is named.
                    unsafe { libc::signal(c_int::from(signal[0]), SIG_DFL) };
                    // SAFETY: it takes numbers only; the process ends as if nobody had caught the signal.
                    unsafe { libc::kill(libc::getpid(), c_int::from(signal[0])) };
                }
            };
            if std::thread::Builder::new().spawn(wait).is_err() {
                return;
            }
            // The handler needs it until the end.
            TO.store(writer.into_raw_fd(), Ordering::Relaxed);
            [SIGHUP, SIGINT, SIGTERM].into_iter().for_each(catch);
        });
    }

    fn catch(signal: c_int) {
        // SAFETY: all zeros are a value of this plain C type.
        let mut action: sigaction = unsafe { std::mem::zeroed() };
        // SAFETY: it only writes to `action`, which outlives the call.
        let asked = unsafe { sigaction(signal, std::ptr::null(), &raw mut action) };
        if asked != 0 || action.sa_sigaction != SIG_DFL {
            return;
        }
        action.sa_sigaction = caught as extern "C" fn(c_int) as usize;
        action.sa_flags = libc::SA_RESTART;
        // SAFETY: `caught` does nothing but what is allowed in a handler, and is there as long as the process.
        unsafe { sigaction(signal, &raw const action, std::ptr::null_mut()) };
    }

    extern "C" fn caught(signal: c_int) {
        let number = signal as u8;
        // SAFETY: one byte of a local variable is read; `write` may be called in a handler.
        unsafe { libc::write(TO.load(Ordering::Relaxed), (&raw const number).cast(), 1) };
    }
}

#[cfg(not(unix))]
mod ending {
    pub fn watch() {}
}
