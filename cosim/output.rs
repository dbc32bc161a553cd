// SPDX-License-Identifier: MIT OR Apache-2.0
//! All that leaves the program goes through here: standard output, messages, files, folders in the making. What cannot
//! be written is remembered or an error, never a panic; what is there is replaced as a whole or not at all.

use std::fmt::Arguments;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tempfile::TempDir;

use crate::making::Making;
use crate::names::printable;

/// What names of files and folders in the making begin with.
const WRITING: &str = ".writing-";
/// What is younger is not swept: its process may not have locked it yet.
const YOUNG: Duration = Duration::from_secs(60);
/// Links that lead from one to the next, at most.
const LINKS: usize = 40;

/// Why standard output could not be written, the first time.
static TROUBLE: OnceLock<String> = OnceLock::new();

/// A line on standard output. What goes wrong is asked for at the end, by [`trouble`].
macro_rules! say {
    ($($text:tt)*) => { $crate::output::print(format_args!("{}\n", format_args!($($text)*))) };
}

/// A line on standard error: messages, progress. If they cannot be written there is nowhere to say so.
macro_rules! tell {
    ($($text:tt)*) => { $crate::output::tell(format_args!($($text)*)) };
}

/// Whether a file that is asked for is standard output.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Prints text on standard output; on standard error if a file is written to that, which other text would spoil. What
/// is in it that somebody wrote, names and sources, does nothing to a terminal.
pub fn print(text: Arguments<'_>) {
    let text = text.to_string();
    let text = printable(&text);
    match TAKEN.load(Ordering::Relaxed) {
        false => note(io::stdout().write_all(text.as_bytes())),
        true => drop(io::stderr().write_all(text.as_bytes())),
    }
}

/// Where lines go that are printed one by one; as [`print`] has it.
pub fn lines() -> Box<dyn Write> {
    if TAKEN.load(Ordering::Relaxed) { Box::new(io::stderr()) } else { Box::new(io::stdout()) }
}

/// From now on standard output is for files alone, if one of these is written there.
pub fn keep_clean<'a>(files: impl IntoIterator<Item = &'a Path>) {
    if files.into_iter().any(|path| matches!(Target::of(path), Ok(Target::Open(Some(STANDARD_OUTPUT))))) {
        TAKEN.store(true, Ordering::Relaxed);
    }
}

/// Remembers what came of printing on standard output elsewhere.
pub fn note(printed: io::Result<()>) {
    match printed {
        // A closed pipe (`avm ... | head`) is not an error: nobody wants the rest.
        Err(e) if e.kind() != ErrorKind::BrokenPipe => drop(TROUBLE.set(format!("cannot write standard output: {e}"))),
        _ => {}
    }
}

/// Why something of standard output is missing, if it is: asked for when everything is printed.
pub fn trouble() -> Option<&'static str> {
    note(io::stdout().flush());
    TROUBLE.get().map(String::as_str)
}

/// See [`tell!`].
pub fn tell(text: Arguments<'_>) {
    // In one piece, so that lines of processes that share a terminal do not mix.
    let _ = io::stderr().write_all(printable(&format!("{text}\n")).as_bytes());
}

/// Where the bytes of a file go.
enum Target {
    /// A new file takes this name.
    File(PathBuf),
    /// They are written to what is there: a device, a pipe. A folder says itself that it cannot be written.
    InPlace,
    /// They go to what somebody has open (`/dev/stdout`, `>(command)`, `-`), who would not see another file of this name:
    /// behind what was written there before. The number is that by which this process has it open, too.
    Open(Option<i32>),
}

const STANDARD_OUTPUT: i32 = 1;

impl Target {
    /// Follows links: what they lead to is written, they stay.
    fn of(path: &Path) -> io::Result<Target> {
        if path == Path::new("-") {
            return Ok(Target::Open(Some(STANDARD_OUTPUT)));
        }
        let mut at = path.to_path_buf();
        for _ in 0..LINKS {
            if at.starts_with("/proc") || at.starts_with("/dev/fd") {
                return Ok(Target::Open(own(&at)));
            }
            match fs::symlink_metadata(&at) {
                Ok(there) if there.is_symlink() => at = parent(&at).join(fs::read_link(&at)?),
                Ok(there) if there.is_file() => return Ok(Target::File(at)),
                Ok(_) => return Ok(Target::InPlace),
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Target::File(at)),
                Err(e) => return Err(e),
            }
        }
        Err(io::Error::other("too many links, each to the next"))
    }
}

/// The number by which this process has open what a path like `/dev/fd/3` names.
fn own(path: &Path) -> Option<i32> {
    let folders = ["/dev/fd", "/proc/self/fd", "/proc/thread-self/fd"];
    let number = folders.iter().find_map(|folder| path.strip_prefix(folder).ok())?;
    number.to_str()?.parse().ok()
}

/// What is open by a number, once more: both go on where the other ended.
#[cfg(unix)]
fn shared(number: i32) -> io::Result<File> {
    use std::os::fd::BorrowedFd;
    note(io::stdout().flush());
    // SAFETY: it is not -1, and nothing here closes what the process was started with. If it is not open, this fails.
    unsafe { BorrowedFd::borrow_raw(number) }.try_clone_to_owned().map(File::from)
}

#[cfg(not(unix))]
fn shared(_: i32) -> io::Result<File> {
    Err(ErrorKind::Unsupported.into())
}

/// The file that writing to a path would replace or make, by its full name; none if that is a device or a stream.
pub fn file(path: &Path) -> Option<PathBuf> {
    let Ok(Target::File(at)) = Target::of(path) else { return None };
    let folder = parent(&at);
    let folder = folder.canonicalize().or_else(|_| std::path::absolute(folder)).ok()?;
    Some(folder.join(at.file_name()?))
}

/// The folder in which a path is.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a file with all of `bytes`, or leaves it as it was before; streams and devices are written in place.
///
/// # Errors
/// It cannot be written, or the disk is full.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write_with(path, |out| out.write_all(bytes))
}

/// As [`write_whole`], with what `write` writes.
///
/// # Errors
/// As [`write_whole`], or those of `write`.
pub fn write_with<T>(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let path = match Target::of(path)? {
        Target::File(path) => path,
        Target::InPlace => return write_stream(OpenOptions::new().write(true).open(path)?, write),
        Target::Open(Some(number)) if number >= 0 => return write_stream(shared(number)?, write),
        Target::Open(_) => return write_stream(OpenOptions::new().append(true).open(path)?, write),
    };
    let folder = parent(&path);
    sweep(folder);
    let (mut new, _making) = Making::of(|| new_file(folder), tempfile::NamedTempFile::path)?;
    let _ = new.as_file().try_lock();
    if let Ok(there) = fs::metadata(&path) {
        new.as_file().set_permissions(there.permissions())?;
    }
    let mut out = BufWriter::new(new.as_file_mut());
    let written = write(&mut out)?;
    out.flush()?;
    drop(out);
    new.as_file().sync_all()?;
    new.persist(&path).map_err(|e| e.error)?;
    Ok(written)
}

fn write_stream<T>(file: File, write: impl FnOnce(&mut dyn Write) -> io::Result<T>) -> io::Result<T> {
    let mut out = BufWriter::new(Piped(file));
    let written = write(&mut out)?;
    out.flush().map(|()| written)
}

/// An error of making something, without the name that it would have had meanwhile: nobody knows that.
fn nameless(e: io::Error) -> io::Error {
    e.kind().into()
}

fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(WRITING);
    // As every other new file, not for its owner alone.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(nameless)
}

/// A stream whose reader may have seen enough.
struct Piped(File);

impl Write for Piped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(e) if e.kind() == ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A folder in the making, beside what it will be. It goes with this value unless it was renamed. It is locked as long
/// as its process lives, so that what a killed one left behind can be told from it.
#[derive(Debug)]
pub struct Work {
    folder: TempDir,
    _making: Making,
    _lock: Option<File>,
}

impl Work {
    /// A new one below `folder`, which is made if it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn below(folder: &Path) -> io::Result<Work> {
        sweep(folder);
        let make = || {
            fs::create_dir_all(folder)?;
            let builder = || tempfile::Builder::new().prefix(WRITING).tempdir_in(folder).map_err(nameless);
            Making::of(builder, TempDir::path)
        };
        // Another process may remove the folder meanwhile, because it is empty.
        let (work, making) = make().or_else(|_| make())?;
        let lock = File::open(work.path()).ok().filter(|f| f.try_lock().is_ok());
        Ok(Work { folder: work, _making: making, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes what killed processes left behind in a folder.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(WRITING.as_bytes()) && left_behind(&entry) {
            let path = entry.path();
            let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        }
    }
}

/// Nobody holds its lock, and it is not so young that it is about to be locked. Where there are no locks it may be
/// somebody's.
fn left_behind(entry: &fs::DirEntry) -> bool {
    let age = entry.metadata().and_then(|m| m.modified()).ok().and_then(|t| t.elapsed().ok());
    age.is_some_and(|age| age > YOUNG) && File::open(entry.path()).is_ok_and(|f| f.try_lock().is_ok())
}

/// Waits until no other process changes what is in a folder, and keeps others from it as long as the result is there.
pub fn alone_in(folder: &Path) -> Option<File> {
    // Some shared file systems have no locks: then there is none.
    File::open(folder).ok().filter(|f| f.lock().is_ok())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_are_followed_and_permissions_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("sub")).expect("made");
        symlink("sub/file", at("link")).expect("made");
        symlink("link", at("second")).expect("made");
        write_whole(&at("second"), b"new").expect("written, though it was not there");
        fs::set_permissions(at("sub/file"), fs::Permissions::from_mode(0o640)).expect("set");
        write_whole(&at("second"), b"newer").expect("written");
        assert_eq!(fs::read(at("sub/file")).expect("there"), b"newer");
        assert_eq!(fs::metadata(at("sub/file")).expect("there").permissions().mode() & 0o777, 0o640);
        assert!(at("link").is_symlink() && at("second").is_symlink());
        symlink("round", at("round")).expect("made");
        assert!(write_whole(&at("round"), b"x").is_err());
        assert!(write_whole(&at("sub"), b"x").is_err(), "a folder");
        assert!(
            write_with(&at("sub/file"), |out| out.write_all(b"half").and(Err::<(), _>(io::Error::other("x")))).is_err()
        );
        assert_eq!(fs::read(at("sub/file")).expect("there"), b"newer");
        assert_eq!(fs::read_dir(at("sub")).expect("there").count(), 1, "nothing is left behind");
    }

    #[test]
    fn devices_are_written_in_place() {
        assert_eq!(write_whole(Path::new("/dev/full"), b"x").map_err(|e| e.kind()), Err(ErrorKind::StorageFull));
        write_whole(Path::new("/dev/null"), b"x").expect("written");
    }

    #[test]
    fn what_is_left_behind_is_swept() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let old = std::time::SystemTime::now() - 2 * YOUNG;
        for name in [".writing-old", ".writing-used", ".writing-young", "other"] {
            fs::create_dir(at(name)).expect("made");
            fs::write(at(name).join("file"), "x").expect("written");
            if name != ".writing-young" {
                File::open(at(name)).and_then(|f| f.set_modified(old)).expect("set");
            }
        }
        let used = File::open(at(".writing-used")).expect("there");
        used.lock().expect("locked");
        let work = Work::below(folder.path()).expect("made");
        assert!(!at(".writing-old").exists());
        assert!([".writing-used", ".writing-young", "other"].iter().all(|name| at(name).exists()));
        assert!(work.path().exists());
    }
}
