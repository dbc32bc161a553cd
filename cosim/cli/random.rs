// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm random`: the random program of a seed, as text.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Failure, outputs};
use crate::input::InputError;
use crate::machines::Machine;
use crate::names::{Shown, quoted};
use crate::output::Work;
use crate::shrink::folder::{PLAN, PROGRAM};

/// Arguments of `avm random`.
#[derive(Args)]
pub struct Random {
    /// Seed.
    seed: u64,
    /// Write the files to this folder, which must be empty or not be there.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Print JSON: the files, and the tree that the program is made from, if there is one.
    #[arg(long)]
    json: bool,
}

/// The random program of a seed as files.
pub type Files = Vec<(String, String)>;

/// Writes files to a folder that is there; their paths.
pub fn write_files(files: Files, folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let write = |(name, text): (String, String)| {
        let path = folder.join(name);
        fs::write(&path, text).map(|()| path)
    };
    files.into_iter().map(write).collect()
}

/// `avm random`.
pub fn random<M: Machine>(arguments: &Random) -> Result<(), Failure> {
    let files = M::random_files(arguments.seed);
    if let Some(folder) = &arguments.write {
        write(files, folder)?;
        tell!("run it: avm cosim {}", quoted(folder.join(PROGRAM)));
        return Ok(());
    }
    if arguments.json {
        let plan = files.iter().find(|(name, _)| name == PLAN).and_then(|(_, text)| serde_json::from_str(text).ok());
        let plan: serde_json::Value = plan.unwrap_or_default();
        let files: serde_json::Map<_, _> = files.into_iter().map(|(name, text)| (name, text.into())).collect();
        say!("{:#}", json!({ "seed": arguments.seed, "files": files, "plan": plan }));
        return Ok(());
    }
    let text: Vec<_> = files.into_iter().filter(|(name, _)| !name.ends_with(".json")).collect();
    for (i, (name, text)) in text.iter().enumerate() {
        say!("{}==> {name} <==\n{}", if i > 0 { "\n" } else { "" }, text.trim_end());
    }
    Ok(())
}

/// All files or none: they are made beside the folder, which then takes its name.
fn write(files: Files, folder: &Path) -> Result<(), Failure> {
    let refuse = |why: &str| Err(InputError::plain(format!("{}: error: {why}", folder.shown())).into());
    let not_empty = "the folder is not empty (name one that is empty or is not there)";
    match fs::read_dir(folder).map(|mut entries| entries.next().is_none()) {
        Ok(false) => return refuse(not_empty),
        Ok(true) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return refuse(&e.to_string()),
    }
    // The place beside `.` or `a/..` is only known by its full name.
    let full = std::path::absolute(folder).and_then(|p| if p.exists() { p.canonicalize() } else { Ok(p) });
    let (full, parent) = match full.map(|p| (p.parent().map(Path::to_path_buf), p)) {
        Ok((Some(parent), full)) => (full, parent),
        Ok((None, _)) => return refuse(not_empty),
        Err(e) => return refuse(&e.to_string()),
    };
    if !parent.is_dir() {
        return refuse("there is no such folder to make it in");
    }
    let written = Work::below(&parent).and_then(|work| {
        let inner = work.path().join("program");
        fs::create_dir(&inner)?;
        write_files(files, &inner)?;
        fs::rename(&inner, &full)
    });
    written.map_err(|e| outputs::failed(folder, &e))
}
