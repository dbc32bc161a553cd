// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command `avm`.

fn main() -> std::process::ExitCode {
    avm_cosim::cli::main()
}
