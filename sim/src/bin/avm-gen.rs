// SPDX-License-Identifier: MIT OR Apache-2.0
//! Writes every generated file of the project: `cargo run -p avm-sim --bin avm-gen`.
//! With `--check` it writes nothing and fails when one is stale.

use std::path::Path;
use std::process::ExitCode;

/// Writes a file, in a folder that may not be there yet.
fn write_in(file: &Path, text: &str) -> std::io::Result<()> {
    file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    std::fs::write(file, text)
}

fn main() -> ExitCode {
    let check = std::env::args().any(|a| a == "--check");
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut stale = 0;
    let machines = [avm_sim::algorand::emit::FILES, avm_sim::arbitrum::emit::FILES];
    for (path, write) in machines.into_iter().flatten() {
        let text = write();
        let file = top.join(path);
        if std::fs::read_to_string(&file).is_ok_and(|old| old == text) {
            continue;
        }
        stale += 1;
        if check {
            eprintln!("{path} is stale; run: cargo run -p avm-sim --bin avm-gen");
        } else if let Err(e) = write_in(&file, &text) {
            eprintln!("{path}: {e}");
            return ExitCode::from(3);
        } else {
            println!("wrote {path}");
        }
    }
    if check && stale > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
