// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger`: the node around the machine, as commands on one directory. What they do is in the crate `avm-ledger`;
//! here are arguments, files, messages and exit codes (`docs/ledger/commands.md`).
//!
//! `home` is the directory, `describe` transactions as people write them, `block` the calls of a block as scenarios.

mod block;
mod busy;
mod describe;
mod grow;
mod home;
mod init;
mod produce;
mod proof;
mod serve;
mod show;
mod submit;
mod validate;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use avm_ledger::edb::EdbError;
use avm_ledger::node::NodeError;
use avm_ledger::package::Rejected;
use avm_ledger::store::StoreError;
use avm_ledger::validate::Invalid;
use clap::{Parser, Subcommand};

use crate::cli::Failure;
use crate::input::InputError;
use crate::names::{Shown, printable_json};

pub use block::scenarios;

/// Most buckets of a table: 16 GB.
const BUCKETS_MAX: u32 = 4_000_000;

/// The node: pages with proofs, transactions, blocks, an oracle. Start here: docs/ledger/README.md
#[derive(Parser)]
#[command(
    name = "avm ledger",
    bin_name = "avm ledger",
    after_help = "Example: avm ledger init && avm ledger show status"
)]
struct Arguments {
    /// Directory of the node.
    #[arg(long, global = true, value_name = "DIR", default_value = "ledger")]
    dir: PathBuf,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a network and its first node, with keys; or a node of a network that there is.
    #[command(
        after_help = "Examples:\n  avm ledger init\n  avm ledger init --dir second --genesis ledger/network.toml"
    )]
    Init(init::Init),
    /// Make a key, in the directory.
    #[command(after_help = "Example: avm ledger key carol")]
    Key {
        /// Its name here.
        name: String,
    },
    /// Make the tables of the databases larger; nobody may be using the node.
    #[command(after_help = "Example: avm ledger grow --buckets 128000")]
    Grow(grow::Grow),
    /// Serve pages and code areas with their proofs, until a signal ends it.
    #[command(after_help = "Example: avm ledger serve --listen 127.0.0.1:4180")]
    Serve(serve::Serve),
    /// Sign transactions and put them among those that wait for a block.
    #[command(
        after_help = "Examples:\n  avm ledger submit --from-oracle transfer.toml\n  avm ledger submit --install token.avm"
    )]
    Submit(submit::Submit),
    /// Make a block of the waiting transactions, vote for it with the keys at hand, and keep it.
    #[command(after_help = "Examples:\n  avm ledger produce\n  avm ledger produce --proposal next.json")]
    Produce(produce::Produce),
    /// Judge blocks: as a full node, which keeps them; without a database; or by their certificates alone.
    #[command(
        after_help = "Examples:\n  avm ledger validate block3.json\n  avm ledger validate --light light.json --network HASH block0.json block1.json\n  avm ledger validate --light light.json --server http://127.0.0.1:4180 block2.json"
    )]
    Validate(validate::Validate),
    /// Say what calls would do, and which fuel and access list they need.
    #[command(after_help = "Example: avm ledger oracle --cycles transfer.toml")]
    Oracle(submit::Oracle),
    /// Show the state.
    #[command(after_help = "Example: avm ledger show account alice")]
    Show {
        #[command(subcommand)]
        what: show::Show,
    },
    /// Write a page or a code area with its proof.
    #[command(after_help = "Example: avm ledger prove page 16 0 -o proof.json")]
    Prove(proof::Prove),
    /// Check a proof against a commitment.
    #[command(after_help = "Example: avm ledger verify proof.json --block block3.json")]
    Verify(proof::Verify),
}

/// The command line behind `avm ledger`.
///
/// # Errors
/// As every command's.
pub fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let arguments = std::iter::once(OsString::from("avm ledger")).chain(arguments);
    let Arguments { dir, json, command } = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(e) if !e.use_stderr() => {
            crate::output::note(e.print());
            return Ok(());
        }
        Err(e) => return Err(InputError::plain(e.render().to_string().trim_end()).into()),
    };
    let home = home::Home::new(dir);
    match command {
        Command::Init(arguments) => init::init(&home, &arguments, json),
        Command::Key { name } => init::key(&home, &name, json),
        Command::Grow(arguments) => grow::grow(&home, &arguments, json),
        Command::Serve(arguments) => serve::serve(&home, &arguments, json),
        Command::Submit(arguments) => submit::submit(&home, &arguments, json),
        Command::Produce(arguments) => produce::produce(&home, &arguments, json),
        Command::Validate(arguments) => validate::validate(&home, &arguments, json),
        Command::Oracle(arguments) => submit::oracle(&home, &arguments, json),
        Command::Show { what } => show::show(&home, &what, json),
        Command::Prove(arguments) => proof::prove(&home, &arguments, json),
        Command::Verify(arguments) => proof::verify(&arguments, json),
    }
}

/// Bad input about a file or directory.
fn wrong(path: &Path, what: impl std::fmt::Display) -> Failure {
    InputError::plain(format!("{}: error: {what}", path.shown())).into()
}

/// Something that was looked at is not as it should be: said here.
fn refused(json: bool, why: &str) -> Failure {
    match json {
        true => say!("{}", serde_json::json!({ "accepted": false, "why": why })),
        false => tell!("refused: {why}"),
    }
    Failure::Unexpected
}

/// Prints what came out: an object, or lines.
fn print(json: bool, object: &serde_json::Value, lines: &str) {
    match json {
        true => say!("{}", printable_json(object.to_string())),
        false => say!("{}", lines.trim_end()),
    }
}

/// What a node could not do, as what the command ends with.
fn failure(e: NodeError, json: bool) -> Failure {
    match e {
        NodeError::Store(e @ (StoreError::InUse(_) | StoreError::Foreign(_) | StoreError::Format { .. }))
        | NodeError::Store(e @ StoreError::Image { .. }) => InputError::plain(format!("error: {e}")).into(),
        // What helps is another command: there is nothing wrong with the tool or its surroundings.
        NodeError::Store(e @ StoreError::Database { source: EdbError::Full { .. } | EdbError::Exhausted, .. }) => {
            InputError::plain(format!("error: {e}")).into()
        }
        e @ (NodeError::NoBlock(..) | NodeError::Empty | NodeError::Genesis(_)) => {
            InputError::plain(format!("error: {e}")).into()
        }
        // Nobody has judged: that says nothing about the block.
        NodeError::Rejected(Rejected::Invalid(Invalid::Unavailable(u))) => Failure::Tool(format!("not judged: {u}")),
        e @ (NodeError::Keys(_) | NodeError::Rejected(_) | NodeError::Differs(..)) => refused(json, &e.to_string()),
        e @ (NodeError::Store(_) | NodeError::Database(_) | NodeError::Record(..) | NodeError::Unsound(..)) => {
            Failure::Tool(e.to_string())
        }
    }
}

/// A signal ends the command at once: whatever it was doing is kept as a whole or not at all.
fn ends_at_signals() {
    crate::cli::signals::on_end("a message", || {
        tell!("avm: interrupted: the directory has what was done, or nothing of it");
        crate::making::abandon();
        std::process::exit(4)
    });
}
