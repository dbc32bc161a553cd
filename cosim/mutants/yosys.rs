// SPDX-License-Identifier: MIT OR Apache-2.0
//! Yosys as a tool: scripts, with a time limit where it needs one, and errors that say what to do.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Trouble;
use crate::names::Shown;

/// What Yosys says about its version.
///
/// # Errors
/// It is not installed.
pub fn version() -> Result<String, Trouble> {
    let out = Command::new(command()).arg("-V").output().map_err(|_| missing())?;
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_string())
}

fn command() -> String {
    std::env::var("YOSYS").unwrap_or_else(|_| "yosys".into())
}

fn missing() -> Trouble {
    let name = command();
    Trouble::input(format!(
        "`{name}` was not found. Install Yosys 0.23 or newer (Debian, Ubuntu: `sudo apt-get install yosys`), or set YOSYS to its path."
    ))
}

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Every command succeeded.
    Well,
    /// One did not.
    Failed,
    /// The time was over.
    Late,
}

/// Runs a script that is expected to succeed. `at` (without extension) names the script and log that are left behind.
///
/// # Errors
/// Yosys is missing or a command fails: the end of what it says.
pub fn run(script: &str, at: &Path) -> Result<(), Trouble> {
    match attempt(script, at, None)? {
        (Ended::Well, _) => Ok(()),
        (_, said) => {
            let last: Vec<_> = said.lines().rev().filter(|l| !l.trim().is_empty()).take(3).collect();
            let last: Vec<_> = last.into_iter().rev().collect();
            Err(Trouble::Tool(format!("Yosys: {} (script {})", last.join("; "), at.with_extension("ys").shown())))
        }
    }
}

/// Runs a script that may fail, for at most `limit`; how it ended, and what it said.
///
/// # Errors
/// Yosys is missing, or the script cannot be written.
pub fn attempt(script: &str, at: &Path, limit: Option<Duration>) -> Result<(Ended, String), Trouble> {
    let file = at.with_extension("ys");
    fs::write(&file, script).map_err(|e| Trouble::file(&file, &e))?;
    let mut child = Command::new(command())
        .arg("-q")
        .arg("-s")
        .arg(&file)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|_| missing())?;
    let mut pipe = child.stderr.take();
    // What it says is read while it runs, or a full pipe would stop it.
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        pipe.as_mut().map(|p| p.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    });
    let began = Instant::now();
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break if status.success() { Ended::Well } else { Ended::Failed },
            Ok(None) if limit.is_none_or(|l| began.elapsed() < l) => std::thread::sleep(Duration::from_millis(10)),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                break Ended::Late;
            }
            Err(e) => return Err(Trouble::Tool(format!("Yosys: {e}"))),
        }
    };
    Ok((ended, reader.join().unwrap_or_default()))
}
