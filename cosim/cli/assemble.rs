// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm asm` and `avm disasm`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::outputs;
use crate::input::{Input, InputError, whole};
use crate::machines::{Assembled, Machine};
use crate::names::Shown;
use crate::output::{file, print, write_whole};
use crate::scenario::integer;

/// What may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Deny {
    /// What is right, but probably not meant.
    Warnings,
}

/// Arguments of `avm asm`.
#[derive(Args)]
pub struct Asm {
    /// Source file.
    pub source: PathBuf,
    /// Image to write; beside the source if left out.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Refuse a source that has warnings.
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, default_missing_value = "warnings")]
    deny: Option<Deny>,
    /// The identifier of an application that has a name in scenarios: the constant `app.NAME`; may be given several
    /// times.
    #[arg(long = "app", value_name = "NAME=ID", value_parser = named)]
    apps: Vec<(String, u64)>,
}

fn named(text: &str) -> Result<(String, u64), String> {
    let (name, id) = text.split_once('=').ok_or("write NAME=ID, such as token=20")?;
    let first = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if !first || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
        return Err("a name has letters, digits and `_`, and begins with no digit".into());
    }
    let id = integer::exact(id).filter(|id| *id > 0).ok_or("the identifier is an integer from 1")?;
    Ok((name.into(), id as u64))
}

/// Assembles a source; nothing is written when it has an error.
pub fn asm<M: Machine>(arguments: &Asm) -> Result<(), Failure> {
    let Asm { source, output, deny, apps } = arguments;
    let beside = source.with_extension(M::IMAGE);
    let output = match output {
        Some(output) => output,
        // What is read from a device, from a pipe or by a number has no place beside it.
        None if source.exists() && !source.is_dir() && file(source).is_none() => {
            let what = "not a file, beside which the image could lie (name the image with -o)";
            return Err(InputError::plain(format!("{}: error: {what}", source.shown())).into());
        }
        None => &beside,
    };
    if let Some((name, _)) =
        apps.iter().enumerate().find(|(i, (n, _))| apps[..*i].iter().any(|(m, _)| m == n)).map(|a| a.1)
    {
        return Err(
            InputError::plain(format!("--app gives `{name}` twice (give each application one identifier)")).into()
        );
    }
    let input = Input::read(source)?;
    let Assembled { image, about, mut warnings, mut reads } = M::assemble(&input, apps)?;
    reads.push(source.clone());
    outputs::check(&reads, &[("-o", output)])?;
    if deny.is_some() && !warnings.is_empty() {
        warnings.push(format!("{}: error: it has warnings, which --deny refuses: nothing is written", input.name()));
        return Err(InputError::assembler(warnings).into());
    }
    warnings.iter().for_each(|warning| tell!("{warning}"));
    write(output, &image)?;
    say!("{}: {about}", outputs::shown(output));
    Ok(())
}

/// Disassembles an image.
pub fn disasm<M: Machine>(image: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let named: Vec<_> = output.into_iter().map(|file| ("-o", file)).collect();
    outputs::check(&[image.to_path_buf()], &named)?;
    let bytes = whole(image).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => InputError::plain(format!("{}: no such file", image.shown())),
        _ => InputError::plain(format!("{}: {e}", image.shown())),
    })?;
    let text = M::disassemble_named(&image.shown(), &bytes).map_err(InputError::plain)?;
    match output {
        Some(file) => write(file, text.as_bytes()),
        None => {
            print(format_args!("{text}"));
            Ok(())
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_whole(path, bytes).map_err(|e| outputs::failed(path, &e))
}
