// SPDX-License-Identifier: MIT OR Apache-2.0
//! The program of a scenario: assembled, or an image.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use avm_sim::arbitrum::asm::{self, Sources, Symbols};
use avm_sim::arbitrum::mexe::Image;
use toml::Spanned;

use crate::input::{Input, InputError};

/// How a scenario gives its program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A file for the assembler.
    Source,
    /// A `.mexe` file.
    Mexe,
    /// Either, within the scenario.
    Text,
}

/// A program.
pub struct Program {
    /// The image.
    pub image: Image,
    /// Lines and labels, when it was assembled.
    pub symbols: Option<Symbols>,
    /// Files that it is made of, relative to the scenario's folder.
    pub files: Vec<PathBuf>,
}

/// Reads what a scenario names.
///
/// # Errors
/// It cannot be read or is not right.
pub fn read(input: &Input, name: &Spanned<String>, form: Form) -> Result<Program, InputError> {
    let path = input.beside(name.get_ref());
    match form {
        Form::Source => {
            let source = Input::read_named(input, name.span(), &path)?;
            let mut program = assembled(source.name(), source.text(), &path)?;
            program.files.insert(0, name.get_ref().into());
            Ok(program)
        }
        Form::Mexe => {
            let mexe = Input::read_named(input, name.span(), &path)?;
            let image = Image::parse(mexe.name(), mexe.text()).map_err(|e| InputError::plain(e.to_string()))?;
            Ok(Program { image, symbols: None, files: vec![name.get_ref().into()] })
        }
        Form::Text => {
            let at = format!("{} (text at line {})", input.name(), input.line_of(name.span().start));
            match name.get_ref().trim_start().starts_with('{') {
                false => assembled(&at, name.get_ref(), &path),
                true => {
                    let image = Image::parse(&at, name.get_ref()).map_err(|e| InputError::plain(e.to_string()))?;
                    Ok(Program { image, symbols: None, files: Vec::new() })
                }
            }
        }
    }
}

/// Assembles a source that lies beside a path.
pub fn assembled(name: &str, text: &str, path: &Path) -> Result<Program, InputError> {
    let folder = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let around = Sources { folder: folder.clone(), read: &read_file };
    let program = asm::assemble_with(name, text, &around).map_err(InputError::assembler)?;
    let near = |file: &PathBuf| file.strip_prefix(&folder).unwrap_or(file).to_path_buf();
    Ok(Program {
        image: program.image,
        symbols: Some(program.symbols),
        files: program.files.iter().map(near).collect(),
    })
}

/// A file, not what may have no end.
fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.is_file() { fs::read(path) } else { Err(io::Error::other("not a file")) }
}
