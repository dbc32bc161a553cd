// SPDX-License-Identifier: MIT OR Apache-2.0
//! The command line: arguments, dispatch, exit codes.
//!
//! Exit codes: 0 as expected; 1 a mismatch or a missed expectation; 2 bad usage or bad input; 3 a fault
//! of the tool itself, or an output that could not be written; 4 interrupted before all had run.

mod assemble;
mod block;
mod faults;
mod load;
mod mutants;
mod output;
pub(crate) mod outputs;
mod profile;
mod prove;
mod random;
mod regress;
mod replay;
mod run;
mod shrink;
pub(crate) mod signals;
mod trace;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::input::InputError;
use crate::machines::registry::All;
use crate::machines::{Figures, IsaFormat, Machine, Registry, Visitor};
use crate::names::{Shown, printable};
use crate::rtl::fields;
use crate::scenario;
use crate::shrink::folder;

/// The machines called AVM as hardware: assembler, interpreter, core model and RTL in lockstep.
#[derive(Parser)]
#[command(name = "avm", version, after_help = "Start here: avm cosim {folder}")]
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
    #[command(after_help = "Example: avm asm fib.avm -o fib.avmi")]
    Asm(assemble::Asm),
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
    #[command(after_help = "Example: avm run {scenario}")]
    Run(run::Common),
    /// Run scenarios in the core model alone: the same, with cycles.
    #[command(after_help = "Example: avm sim {scenario}")]
    Sim(run::Common),
    /// Run scenarios in interpreter, core model and RTL in lockstep.
    #[command(
        after_help = "Examples:\n  avm cosim {folder}\n  avm cosim --wave 100..200 {scenario}\n  avm cosim --fault {fault} {faulty}\n  avm cosim --block ledger 3"
    )]
    Cosim(run::Cosim),
    /// Say where the cycles go: by opcode, cause, method, call site and line.
    #[command(
        after_help = "Examples:\n  avm profile {scenario}\n  avm profile --json {scenario} > before.json\n  avm profile {scenario} --against before.json --threshold 1\n  avm profile --block ledger 3"
    )]
    Profile(profile::Arguments),
    /// Run suite, corpus and random programs in lockstep on all cores.
    #[command(
        after_help = "Examples:\n  avm regress\n  avm regress --seeds 0..200000 --html out.html --junit out.xml\n  avm regress --time 10m --against last\n  avm regress --fault {fault} --seeds 0..200 --no-store\n  avm regress --engine slurm --seeds 0..10000000 --html out.html"
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
    /// Prove a step of a run: what somebody needs who has neither program nor state.
    #[command(after_help = "Example: avm prove {scenario} --step 5 -o step5.json")]
    Prove(prove::Prove),
    /// Check the proof of a step: from its bytes and the state before it alone.
    #[command(after_help = "Example: avm check-proof step5.json")]
    CheckProof {
        /// File of `avm prove`.
        file: PathBuf,
    },
    /// Find the first step that two runs disagree about, and prove who is right.
    #[command(
        after_help = "Examples:\n  avm bisect mine.toml theirs.toml\n  avm prove mine.toml --claims -o claims.json && avm bisect mine.toml claims.json"
    )]
    Bisect(prove::Bisect),
    /// The node around a machine: pages with proofs, transactions, blocks.
    #[command(disable_help_flag = true, after_help = "Example: avm ledger init")]
    Ledger {
        /// A command of it and what belongs to that: `avm ledger --help`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<OsString>,
    },
    /// Change the RTL, a bit at a time, and see what notices.
    #[command(
        after_help = "Examples:\n  avm mutants\n  avm mutants --module NAME --count 40\n  avm mutants --list --module NAME"
    )]
    Mutants(mutants::Mutants),
    /// Print an instruction set.
    #[command(after_help = "Example: avm isa {machine} --format json")]
    Isa {
        /// Machine [default: the first of this build].
        #[arg(id = "name", value_name = "MACHINE", conflicts_with = "machine")]
        name: Option<String>,
        /// Form of the table.
        #[arg(long, value_enum, default_value = "text")]
        format: IsaFormat,
    },
    /// Make the program of a failure folder smaller: writes shrunk.toml into it.
    #[command(after_help = "Example: avm shrink failures/NAME")]
    Shrink(shrink::Shrink),
    /// Run a failure folder on this build: reproduced (exit code 1), gone (0), different (1).
    #[command(after_help = "Example: avm replay failures/NAME")]
    Replay {
        /// Failure folder.
        folder: PathBuf,
    },
    /// Measure the project's figures: name, value, unit, target, separated by tabs.
    #[command(after_help = "Example: avm figures")]
    Figures {
        /// Folder of the scenarios [default: the machine's]
        #[arg(long)]
        scenarios: Option<PathBuf>,
        /// Only the speed ratios.
        #[arg(long)]
        speeds: bool,
        /// Only the comparison of the fast interpreter with the plain one.
        #[arg(long, conflicts_with = "speeds")]
        fast: bool,
    },
}

impl Command {
    /// It compares the registers of model and RTL, which must be the same then.
    fn clocks_rtl(&self) -> bool {
        use Command::{Cosim, Faults, Figures, Mutants, Regress, Replay, Shrink};
        matches!(self, Cosim(_) | Regress(_) | Faults { .. } | Mutants(_) | Shrink(_) | Replay { .. } | Figures { .. })
    }
}

/// Why a command ends with another exit code than 0.
pub enum Failure {
    /// A mismatch or a missed expectation: already printed.
    Unexpected,
    /// Bad input.
    Input(InputError),
    /// A fault of the tool or its surroundings.
    Tool(String),
    /// Nothing went wrong as far as it went, but it was ended before all had run.
    Interrupted(String),
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
    let arguments = match parse::<R>(arguments) {
        Ok(arguments) => arguments,
        Err(e) => {
            let text = e.render().to_string();
            if e.use_stderr() && printable(&text) != text {
                // Something in the arguments is no text to be seen.
                tell!("{}", text.trim_end());
            } else {
                let printed = e.print();
                if !e.use_stderr() {
                    // Help and version are output like any other.
                    crate::output::note(printed);
                }
            }
            return whole(e.exit_code().try_into().unwrap_or(2));
        }
    };
    let result = std::panic::catch_unwind(|| {
        let name = machine::<R>(&arguments)?;
        let known = R::visit(&name, Dispatch(arguments.command, R::NAMES));
        known.unwrap_or_else(|| Err(unknown::<R>(&name).into()))
    });
    whole(match result {
        Ok(Ok(())) => 0,
        Ok(Err(Failure::Unexpected)) => 1,
        Ok(Err(Failure::Input(e))) => {
            tell!("{e}");
            2
        }
        Ok(Err(Failure::Tool(message))) => {
            tell!("avm: {message}");
            3
        }
        Ok(Err(Failure::Interrupted(message))) => {
            tell!("avm: {message}");
            4
        }
        Err(_) => 3,
    })
}

/// An exit code, if all of the output was written.
fn whole(code: u8) -> u8 {
    match crate::output::trouble() {
        None => code,
        Some(why) => {
            tell!("avm: {why}");
            3
        }
    }
}

fn parse<R: Registry>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> Result<Arguments, clap::Error> {
    let mut command = R::visit(R::NAMES[0], Examples(Arguments::command())).unwrap_or_else(Arguments::command);
    let matches = command.try_get_matches_from_mut(arguments)?;
    Arguments::from_arg_matches(&matches).map_err(|e| e.format(&mut command))
}

fn unknown<R: Registry>(name: &str) -> InputError {
    InputError::plain(format!("unknown machine `{name}`; this build has: {}", R::NAMES.join(", ")))
}

/// The machine that is meant: the one that is named, else that of the first scenario or of the failure folder, else the
/// first.
fn machine<R: Registry>(arguments: &Arguments) -> Result<String, InputError> {
    let named = match &arguments.command {
        Command::Isa { name, .. } => name.as_deref().or(arguments.machine.as_deref()),
        _ => arguments.machine.as_deref(),
    };
    if let Some(name) = named {
        return Ok(name.into());
    }
    let found = match &arguments.command {
        Command::Shrink(shrink::Shrink { folder, .. }) | Command::Replay { folder } => {
            folder::machine(folder, R::NAMES)?
        }
        Command::Profile(arguments) if arguments.scenarios.first().is_some_and(|p| profile::is_profile(p)) => {
            profile::machine(&arguments.scenarios[0], R::NAMES)
        }
        Command::Asm(assemble::Asm { source: file, .. }) | Command::Disasm { image: file, .. } => {
            by_extension::<R>(file)
        }
        Command::CheckProof { file } => Some(prove::machine(file, R::NAMES)?),
        // A scenario says more than claims: it is looked at first.
        Command::Bisect(bisect) => match machine_of_first(&arguments.command, R::NAMES)? {
            None => prove::machine_of_claims([&bisect.a, &bisect.b], R::NAMES)?,
            found => found,
        },
        command => machine_of_first(command, R::NAMES)?,
    };
    Ok(found.unwrap_or(R::NAMES[0]).into())
}

/// The machine whose sources or images have a file's extension.
fn by_extension<R: Registry>(file: &Path) -> Option<&'static str> {
    let is = |name: &&&str| R::visit(name, Extension(file)).unwrap_or(false);
    R::NAMES.iter().find(is).copied()
}

/// Whether a file's extension is that of a machine's sources or images.
struct Extension<'a>(&'a Path);

impl Visitor for Extension<'_> {
    type Output = bool;

    fn visit<M: Machine>(self) -> bool {
        self.0.extension().is_some_and(|e| e == M::IMAGE || !M::SOURCE.is_empty() && e == M::SOURCE)
    }
}

/// The scenarios that a command names; where there is none, the command will say so.
fn named_scenarios(command: &Command) -> Vec<PathBuf> {
    let named = match command {
        Command::Run(common) | Command::Sim(common) => &common.scenarios[..],
        Command::Cosim(cosim) => &cosim.common.scenarios[..],
        Command::Profile(profile) => &profile.scenarios[..],
        Command::Regress(regress) => &regress.scenarios[..],
        Command::Mutants(mutants) => &mutants.scenario[..],
        Command::Prove(prove) => std::slice::from_ref(&prove.scenario),
        Command::Bisect(bisect) => return [&bisect.a, &bisect.b].map(Clone::clone).to_vec(),
        _ => &[],
    };
    scenario::expand(named).unwrap_or_default()
}

/// The machine of the first scenario that names one; those that are not right will be reported with the others.
fn machine_of_first(command: &Command, machines: &[&'static str]) -> Result<Option<&'static str>, InputError> {
    let mut unknown = None;
    for file in named_scenarios(command) {
        match scenario::machine(&file, machines) {
            Ok(None) => {}
            Ok(found) => return Ok(found),
            Err(error) => unknown = unknown.or(Some(error)),
        }
    }
    unknown.map_or(Ok(None), Err)
}

/// A command, for the machine that it is meant for, and the names of all.
struct Dispatch(Command, &'static [&'static str]);

impl Visitor for Dispatch {
    type Output = Result<(), Failure>;

    fn visit<M: Machine>(self) -> Self::Output {
        if self.0.clocks_rtl() {
            fields::check::<M>().map_err(Failure::Tool)?;
        }
        match self.0 {
            Command::Asm(arguments) => assemble::asm::<M>(&arguments),
            Command::Disasm { image, output } => assemble::disasm::<M>(&image, output.as_deref()),
            Command::Run(common) => run::interpret::<M>(&common),
            Command::Sim(common) => run::simulate::<M>(&common),
            Command::Cosim(cosim) => run::cosim::<M>(&cosim, self.1),
            Command::Profile(arguments) => profile::profile::<M>(&arguments),
            Command::Regress(regress) => regress::regress::<M>(&regress, self.1),
            Command::Random(random) => random::random::<M>(&random),
            Command::Faults { check, json } => faults::faults::<M>(check, json),
            Command::Prove(arguments) => prove::prove::<M>(&arguments),
            Command::CheckProof { file } => prove::check::<M>(&file),
            Command::Bisect(arguments) => prove::bisect::<M>(&arguments),
            Command::Ledger { arguments } => M::ledger(arguments),
            Command::Mutants(arguments) => mutants::mutants::<M>(&arguments),
            Command::Isa { format, .. } => output::isa::<M>(format),
            Command::Shrink(arguments) => shrink::shrink::<M>(&arguments),
            Command::Replay { folder } => replay::replay::<M>(&folder),
            Command::Figures { scenarios, speeds, fast } => {
                let folder = scenarios.as_deref().unwrap_or(Path::new(M::SUITE));
                load::suite(folder)?;
                let which = match (speeds, fast) {
                    (true, _) => Figures::Speeds,
                    (_, true) => Figures::Fast,
                    _ => Figures::All,
                };
                Ok(M::figures(folder, which)?)
            }
        }
    }
}

/// The command line with examples of a machine in its help.
struct Examples(clap::Command);

impl Visitor for Examples {
    type Output = clap::Command;

    fn visit<M: Machine>(self) -> clap::Command {
        let scenario = format!("{}/{}", M::SUITE, M::EXAMPLE);
        let folder = Path::new(&scenario).parent().unwrap_or(Path::new("")).shown();
        let (fault, faulty) = M::FAULTS.first().map_or(("NAME", "FILE"), |f| (f.name, f.scenario));
        let faulty = format!("{}/{faulty}", M::SUITE);
        let words = [
            ("{machine}", M::NAME),
            ("{scenario}", &scenario),
            ("{folder}", &folder),
            ("{fault}", fault),
            ("{faulty}", &faulty),
        ];
        let put = |command: clap::Command| {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            command.after_help(words.iter().fold(help, |text, (word, value)| text.replace(word, value)))
        };
        let names: Vec<String> = self.0.get_subcommands().map(|c| c.get_name().into()).collect();
        names.into_iter().fold(put(self.0), |command, name| command.mut_subcommand(name, put))
    }
}
