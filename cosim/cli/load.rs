// SPDX-License-Identifier: MIT OR Apache-2.0
//! The scenarios of a command line, as far as they are right.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::input::InputError;
use crate::machines::{self, Loaded, Machine};
use crate::names::Shown;

/// How many files there are, and how many of them are not right.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bad {
    files: usize,
    bad: usize,
}

/// Reads all files before the first runs: what is wrong is said before time is spent, and does not keep the others
/// from running.
///
/// # Errors
/// None of the files is right.
pub fn scenarios<M: Machine>(files: &[PathBuf]) -> Result<(Vec<M::Scenario>, Bad), InputError> {
    let (mut scenarios, mut errors) = (Vec::new(), Vec::new());
    for file in files {
        match machines::load::<M>(file) {
            Ok(scenario) => scenarios.push(scenario),
            Err(error) => errors.push(error),
        }
    }
    if scenarios.is_empty() && !errors.is_empty() {
        return Err(InputError::all(errors));
    }
    errors.iter().for_each(|error| tell!("{error}"));
    scenarios.iter().flat_map(|s| s.notes()).for_each(|note| tell!("{note}"));
    Ok((scenarios, Bad { files: files.len(), bad: errors.len() }))
}

/// Refuses to look for the suite where it is not.
pub fn suite(folder: &Path) -> Result<(), InputError> {
    match folder.is_dir() {
        true => Ok(()),
        false => {
            Err(InputError::plain(format!("{}: error: no suite there (run this in the repository)", folder.shown())))
        }
    }
}

impl Bad {
    /// What the command ends with: bad input counts more than what came out of the rest.
    pub fn then(self, result: Result<(), Failure>) -> Result<(), Failure> {
        match result {
            Ok(()) | Err(Failure::Unexpected) if self.bad > 0 => {
                let Bad { files, bad } = self;
                Err(InputError::plain(format!("{bad} of {files} files did not run: what is wrong is said above"))
                    .into())
            }
            result => result,
        }
    }
}
