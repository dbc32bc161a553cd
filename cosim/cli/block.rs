// SPDX-License-Identifier: MIT OR Apache-2.0
//! `--block DIR ROUND`: the calls of a block of a node, in place of scenarios that somebody wrote.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::input::InputError;
use crate::machines::Machine;
use crate::names::{Shown, quoted};
use crate::output::Work;
use crate::scenario::expand;

/// Scenario files, as named or made of a block.
pub struct Files {
    /// Each, once.
    pub files: Vec<PathBuf>,
    /// The folder of those that were made: they go with it.
    _made: Option<Work>,
}

impl Files {
    /// The files that paths name, or those of a block.
    pub fn find<M: Machine>(scenarios: &[PathBuf], block: Option<&[OsString]>) -> Result<Files, Failure> {
        let Some([directory, round]) = block else { return Ok(Files { files: expand(scenarios)?, _made: None }) };
        let number = round.to_str().and_then(|r| r.parse().ok());
        let what =
            || InputError::plain(format!("error: `{}` is not the round of a block (write its number)", round.shown()));
        let number = number.ok_or_else(what)?;
        let folder = std::env::temp_dir();
        let unwritten = |e: std::io::Error| Failure::Tool(format!("{}: cannot write: {e}", folder.shown()));
        let work = Work::below(&folder).map_err(unwritten)?;
        M::block(Path::new(directory), number, work.path())?;
        Ok(Files { files: expand(&[work.path().to_path_buf()])?, _made: Some(work) })
    }
}

/// The arguments that say the same again.
pub fn words(block: &[OsString]) -> String {
    block.iter().fold(String::from("--block"), |words, word| words + " " + &quoted(word))
}
