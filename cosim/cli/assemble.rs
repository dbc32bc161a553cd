//! `avm asm` and `avm disasm`.

use std::io::Write;
use std::path::Path;

use super::Failure;
use crate::input::{Input, InputError};
use crate::machines::Machine;

/// Assembles `source`; nothing is written when it has an error.
pub fn asm<M: Machine>(source: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let input = Input::read(source)?;
    let (image, about) = M::assemble(input.name(), input.text())?;
    let beside = source.with_extension("avmi");
    let output = output.unwrap_or(&beside);
    write_whole(output, &image)?;
    say!("{}: {about}", output.display());
    Ok(())
}

/// Disassembles an image.
pub fn disasm<M: Machine>(image: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let bytes = std::fs::read(image).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => InputError::plain(format!("{}: no such file", image.display())),
        _ => InputError::plain(format!("{}: {e}", image.display())),
    })?;
    let text = M::disassemble(&bytes).map_err(|e| InputError::plain(format!("{}: error: {e}", image.display())))?;
    match output {
        Some(file) => write_whole(file, text.as_bytes()),
        None => {
            // A closed pipe (`avm disasm x | head`) is not an error.
            let _ = std::io::stdout().write_all(text.as_bytes());
            Ok(())
        }
    }
}

/// Writes a file completely or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let fail =
        |e: &dyn std::fmt::Display| Failure::Input(InputError::plain(format!("{}: cannot write: {e}", path.display())));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| fail(&e))?;
    file.write_all(bytes).map_err(|e| fail(&e))?;
    file.persist(path).map_err(|e| fail(&e.error))?;
    Ok(())
}
