//! The command line: arguments, dispatch, exit codes.
//!
//! Exit codes: 0 as expected; 1 a mismatch or a missed expectation; 2 bad usage or bad input; 3 a fault
//! of the tool itself.

/// A line on standard output; a closed pipe (`avm ... | head`) is not an error.
macro_rules! say {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

mod assemble;
mod faults;
pub mod figures;
mod mutants;
mod output;
mod random;
mod regress;
mod replay;
mod run;
mod shrink;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::input::InputError;
use crate::machines::registry::All;
use crate::machines::{IsaFormat, Machine, Registry, Visitor};
use crate::scenario;

/// The machines called AVM as hardware: assembler, interpreter, core model and RTL in lockstep.
#[derive(Parser)]
#[command(name = "avm", version, after_help = "Start here: avm cosim testbenches/algorand/programs")]
struct Arguments {
    /// Machine, where no scenario names one [default: the first of this build].
    #[arg(long, global = true, value_name = "NAME")]
    machine: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Assemble a source file into an image.
    #[command(after_help = "Example: avm asm testbenches/algorand/programs/fib.avm -o fib.avmi")]
    Asm {
        /// Source file.
        source: PathBuf,
        /// Image to write; beside the source if left out.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Print an image as source that assembles to the same bytes.
    #[command(after_help = "Example: avm disasm fib.avmi > fib.avm")]
    Disasm {
        /// Image file.
        image: PathBuf,
        /// File to write; standard output if left out.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Run scenarios in the interpreter.
    #[command(after_help = "Example: avm run testbenches/algorand/programs/fib.toml")]
    Run(run::Common),
    /// Run scenarios in the core model alone: the same, with cycles.
    #[command(after_help = "Example: avm sim testbenches/algorand/programs/fib.toml")]
    Sim(run::Common),
    /// Run scenarios in interpreter, core model and RTL in lockstep.
    #[command(
        after_help = "Examples:\n  avm cosim testbenches/algorand/programs\n  avm cosim --wave 100..200 testbenches/algorand/programs/fib.toml\n  avm cosim --fault add_carry testbenches/algorand/units/alu.toml"
    )]
    Cosim(run::Cosim),
    /// Run suite, corpus and random programs in lockstep on all cores.
    #[command(
        after_help = "Examples:\n  avm regress\n  avm regress --seeds 0..200000 --html out.html --junit out.xml\n  avm regress --time 10m --against last\n  avm regress --fault add_carry --seeds 0..200 --no-store\n  avm regress --engine slurm --seeds 0..10000000 --html out.html"
    )]
    Regress(Box<regress::Regress>),
    /// Print the random program of a seed, or write its files.
    #[command(after_help = "Example: avm random 7 --write seven && avm cosim seven/program.toml")]
    Random(random::Random),
    /// List the planted RTL faults.
    #[command(after_help = "Example: avm faults --check")]
    Faults {
        /// Plant each one and check that lockstep reports it as listed.
        #[arg(long)]
        check: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Change the RTL, a bit at a time, and see what notices.
    #[command(
        after_help = "Examples:\n  avm mutants\n  avm mutants --module alu --count 40\n  avm mutants --list --module tos"
    )]
    Mutants(mutants::Mutants),
    /// Print an instruction set.
    #[command(after_help = "Example: avm isa algorand --format json")]
    Isa {
        /// Machine [default: the first of this build].
        #[arg(id = "name", value_name = "MACHINE", conflicts_with = "machine")]
        name: Option<String>,
        /// Form of the table.
        #[arg(long, value_enum, default_value = "text")]
        format: IsaFormat,
    },
    /// Make the program of a failure folder smaller: writes shrunk.toml into it.
    #[command(after_help = "Example: avm shrink failures/alu-value-s_tos_q-iadd")]
    Shrink(shrink::Shrink),
    /// Run a failure folder on this build: reproduced (exit code 1), gone (0), different (1).
    #[command(after_help = "Example: avm replay failures/alu-value-s_tos_q-iadd")]
    Replay {
        /// Failure folder.
        folder: PathBuf,
    },
    /// Measure the project's figures: name, value, unit, target, separated by tabs.
    #[command(after_help = "Example: avm figures")]
    Figures {
        /// Folder of the scenarios.
        #[arg(long, default_value = "testbenches/algorand")]
        scenarios: PathBuf,
        /// Only the speed ratios.
        #[arg(long)]
        speeds: bool,
    },
}

/// Why a command ends with another exit code than 0.
pub enum Failure {
    /// A mismatch or a missed expectation: already printed.
    Unexpected,
    /// Bad input.
    Input(InputError),
    /// A fault of the tool or its surroundings.
    Tool(String),
}

impl From<InputError> for Failure {
    fn from(e: InputError) -> Failure {
        Failure::Input(e)
    }
}

/// The command `avm`, with the machines of this build.
pub fn main() -> ExitCode {
    run::<All>(std::env::args_os()).into()
}

/// Parses the arguments, of which the first is the command's own name, and runs the command; its exit code. Which
/// machine is meant is decided here, once: everything behind it is given that machine.
pub fn run<R: Registry>(arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> u8 {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(e) => {
            let _ = e.print();
            return e.exit_code().try_into().unwrap_or(2);
        }
    };
    let result = std::panic::catch_unwind(|| {
        let name = machine::<R>(&arguments)?;
        let known = R::visit(&name, Dispatch(arguments.command));
        known.unwrap_or_else(|| Err(unknown::<R>(&name).into()))
    });
    match result {
        Ok(Ok(())) => 0,
        Ok(Err(Failure::Unexpected)) => 1,
        Ok(Err(Failure::Input(e))) => {
            eprintln!("{e}");
            2
        }
        Ok(Err(Failure::Tool(message))) => {
            eprintln!("avm: {message}");
            3
        }
        Err(_) => 3,
    }
}

fn unknown<R: Registry>(name: &str) -> InputError {
    InputError::plain(format!("unknown machine `{name}`; this build has: {}", R::NAMES.join(", ")))
}

/// The machine that is meant: the one that is named, else that of the first scenario, else the first.
fn machine<R: Registry>(arguments: &Arguments) -> Result<String, InputError> {
    let named = match &arguments.command {
        Command::Isa { name, .. } => name.as_deref().or(arguments.machine.as_deref()),
        _ => arguments.machine.as_deref(),
    };
    if let Some(name) = named {
        return Ok(name.into());
    }
    let scenarios = match &arguments.command {
        Command::Run(common) | Command::Sim(common) => &common.scenarios[..],
        Command::Cosim(cosim) => &cosim.common.scenarios[..],
        _ => &[],
    };
    let found = match run::expand(scenarios)?.first() {
        Some(first) => scenario::machine(first, R::NAMES)?,
        None => None,
    };
    Ok(found.unwrap_or(R::NAMES[0]).into())
}

/// A command, for the machine that it is meant for.
struct Dispatch(Command);

impl Visitor for Dispatch {
    type Output = Result<(), Failure>;

    fn visit<M: Machine>(self) -> Self::Output {
        match self.0 {
            Command::Asm { source, output } => assemble::asm::<M>(&source, output.as_deref()),
            Command::Disasm { image, output } => assemble::disasm::<M>(&image, output.as_deref()),
            Command::Run(common) => run::interpret::<M>(&common),
            Command::Sim(common) => run::simulate::<M>(&common),
            Command::Cosim(cosim) => run::cosim::<M>(&cosim),
            Command::Faults { check, json } => faults::faults::<M>(check, json),
            Command::Isa { format, .. } => output::isa::<M>(format),
            command => first_only::<M>(command),
        }
    }
}

/// Commands that are not yet there for every machine.
fn first_only<M: Machine>(command: Command) -> Result<(), Failure> {
    let (first, name) = (All::NAMES[0], M::NAME);
    if name != first {
        return Err(
            InputError::plain(format!("this command is only there for the machine `{first}`, not `{name}`")).into()
        );
    }
    match command {
        Command::Regress(regress) => regress::regress(&regress),
        Command::Random(random) => random::random(&random),
        Command::Mutants(arguments) => mutants::mutants(&arguments),
        Command::Shrink(arguments) => shrink::shrink(&arguments),
        Command::Replay { folder } => replay::replay(&folder),
        Command::Figures { scenarios, speeds } => figures::print(&scenarios, speeds),
        _ => unreachable!("every machine has the others"),
    }
}
