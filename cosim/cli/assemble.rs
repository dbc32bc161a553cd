//! `avm asm` and `avm disasm`.

use std::io::ErrorKind;
use std::path::Path;

use super::Failure;
use crate::input::{Input, InputError};
use crate::machines::Machine;
use crate::names::Shown;
use crate::output::{print, write_whole};

/// Assembles `source`; nothing is written when it has an error.
pub fn asm<M: Machine>(source: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let input = Input::read(source)?;
    let (image, about) = M::assemble(input.name(), input.text())?;
    let beside = source.with_extension("avmi");
    let output = output.unwrap_or(&beside);
    write(output, &image)?;
    say!("{}: {about}", output.shown());
    Ok(())
}

/// Disassembles an image.
pub fn disasm<M: Machine>(image: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let bytes = std::fs::read(image).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => InputError::plain(format!("{}: no such file", image.shown())),
        _ => InputError::plain(format!("{}: {e}", image.shown())),
    })?;
    let text = M::disassemble(&bytes).map_err(|e| InputError::plain(format!("{}: error: {e}", image.shown())))?;
    match output {
        Some(file) => write(file, text.as_bytes()),
        None => {
            print(format_args!("{text}"));
            Ok(())
        }
    }
}

/// Writes a file; a name that cannot be one is the user's mistake, a full disk is not.
fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    write_whole(path, bytes).map_err(|e| {
        let what = format!("{}: cannot write: {e}", path.shown());
        match e.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::PermissionDenied => {
                InputError::plain(what).into()
            }
            _ => Failure::Tool(what),
        }
    })
}
