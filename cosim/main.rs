//! The command `avm`.

fn main() -> std::process::ExitCode {
    avm_cosim::cli::main()
}
