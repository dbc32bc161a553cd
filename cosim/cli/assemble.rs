//! `avm asm` and `avm disasm`.

use std::io::Write;
use std::path::Path;

use avm_sim::algorand::asm;
use avm_sim::algorand::image::Image;

use super::Failure;
use crate::input::{Input, InputError};

/// Assembles `source`; nothing is written when it has an error.
pub fn asm(source: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let input = Input::read(source)?;
    let program = asm::assemble(input.name(), input.text()).map_err(InputError::assembler)?;
    let beside = source.with_extension("avmi");
    let output = output.unwrap_or(&beside);
    write_whole(output, &program.image.to_bytes())?;
    let image = &program.image;
    say!(
        "{}: {} methods, {} bytes of code, {} of constants",
        output.display(),
        image.methods().len(),
        image.code().len(),
        image.constants().len()
    );
    Ok(())
}

/// Disassembles an image.
pub fn disasm(image: &Path, output: Option<&Path>) -> Result<(), Failure> {
    let bytes = std::fs::read(image).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => InputError::plain(format!("{}: no such file", image.display())),
        _ => InputError::plain(format!("{}: {e}", image.display())),
    })?;
    let parsed =
        Image::from_bytes(&bytes).map_err(|e| InputError::plain(format!("{}: error: {e}", image.display())))?;
    let text = asm::disassemble(&parsed);
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
