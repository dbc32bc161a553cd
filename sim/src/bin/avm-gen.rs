//! Writes every generated file of the project: `cargo run -p avm-sim --bin avm-gen`.
//! With `--check` it writes nothing and fails when one is stale.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let check = std::env::args().any(|a| a == "--check");
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut stale = 0;
    for (path, write) in avm_sim::algorand::emit::FILES {
        let text = write();
        let file = top.join(path);
        if std::fs::read_to_string(&file).is_ok_and(|old| old == text) {
            continue;
        }
        stale += 1;
        if check {
            eprintln!("{path} is stale; run: cargo run -p avm-sim --bin avm-gen");
        } else if let Err(e) = std::fs::write(&file, text) {
            eprintln!("{path}: {e}");
            return ExitCode::from(3);
        } else {
            println!("wrote {path}");
        }
    }
    if check && stale > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
