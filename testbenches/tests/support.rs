// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the testbenches share: finding scenarios, running them, calling the built binary.
#![allow(dead_code, reason = "every testbench uses its part of this module")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use avm_cosim::lockstep::{CallFigures, Divergence, Options, Run, Session};
use avm_cosim::machines::algorand::Algorand;
use avm_cosim::machines::algorand::scenario::Scenario;

/// The repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file below `testbenches/algorand`.
pub fn bench(file: &str) -> PathBuf {
    root().join("testbenches/algorand").join(file)
}

/// Files of a folder with this extension, sorted; at least one.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut found: Vec<_> = entries.map(|e| e.expect("an entry").path()).collect();
    found.retain(|p| p.extension().is_some_and(|x| x == extension));
    found.sort();
    assert!(!found.is_empty(), "no *.{extension} in {}", folder.display());
    found
}

/// A scenario, which must be right.
pub fn load(path: &Path) -> Scenario {
    Scenario::load(path).unwrap_or_else(|e| panic!("{e}"))
}

/// All scenarios of a folder below `testbenches/algorand`.
pub fn scenarios(folder: &str) -> Vec<Scenario> {
    files(&bench(folder), "toml").iter().map(|p| load(p)).collect()
}

/// All scenarios of programs, contracts and units.
pub fn all_scenarios() -> Vec<Scenario> {
    ["programs", "contracts", "units"].into_iter().flat_map(scenarios).collect()
}

/// Runs a session to its end or first divergence; the simulation is gone when this returns.
pub fn ends<S: Session>(session: S, options: Options) -> (Option<Divergence>, Vec<CallFigures>) {
    let mut run = Run::new(session, options);
    (run.to_end(), run.calls)
}

/// A scenario in lockstep of all three.
pub fn lockstep(scenario: &Scenario) -> (Option<Divergence>, Vec<CallFigures>) {
    ends(Algorand::new(scenario), Options::default())
}

/// What a call of the binary gave.
#[derive(Debug)]
pub struct Called {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Calls the built binary in `folder`.
pub fn avm<A: AsRef<std::ffi::OsStr>>(folder: &Path, arguments: &[A]) -> Called {
    let output =
        Command::new(env!("CARGO_BIN_EXE_avm")).args(arguments).current_dir(folder).output().expect("avm starts");
    Called {
        code: output.status.code().expect("not ended by a signal"),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// Everything below a folder: relative path and contents (`None` for folders), sorted.
pub fn tree(folder: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(folder).expect("below the folder").to_path_buf();
            if path.is_dir() {
                found.push((name, None));
                open.push(path);
            } else {
                found.push((name, Some(fs::read(&path).expect("readable"))));
            }
        }
    }
    found.sort();
    found
}

/// Lets no signal be ignored by what is started that these tests, in the background of a shell without job control, have
/// themselves inherited as ignored: an interrupted run would have no end.
#[cfg(unix)]
pub fn heeds_signals(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt as _;

    let heeded = || {
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGTERM] {
            // SAFETY: `signal` may be called between fork and exec, and `SIG_DFL` is a disposition of these signals.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // SAFETY: `heeded` allocates nothing, takes no lock and calls nothing but `signal`.
    unsafe { command.pre_exec(heeded) }
}

/// Sends a signal, by its name.
pub fn send(child: &Child, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().expect("sh");
    assert!(sent.success());
}

/// A temporary folder, removed at the end of the test.
pub fn temporary() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}
