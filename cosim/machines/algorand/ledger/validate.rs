// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger validate`: blocks of others, by each kind of node (`docs/ledger/blocks.md`, "Who checks what").

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use avm_ledger::block::Block;
use avm_ledger::client::{Client, Config};
use avm_ledger::ids::{Hash, Root};
use avm_ledger::package::{Hex, Last, Package, Rejected};
use avm_ledger::tx::Transaction;
use avm_ledger::validate::{Invalid, validate as judge};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::busy::Busy;
use super::home::{self, Home, read_package};
use super::{failure, print, wrong};
use crate::cli::{Failure, outputs};
use crate::input::{Input, InputError};

/// How long a server is left alone that did not answer.
const PAUSE: Duration = Duration::from_millis(200);

/// Arguments of `validate`.
#[derive(Args)]
pub struct Validate {
    /// Files of blocks, in their order.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Judge without a database. This file remembers the last block, and is written anew with each.
    #[arg(long, value_name = "FILE")]
    light: Option<PathBuf>,
    /// The network, by the hash of its block 0, where --light has no file yet: the one thing that is trusted.
    #[arg(long, value_name = "HASH", requires = "light")]
    network: Option<Hash>,
    /// Execute the blocks, on pages and code of this server, which is not trusted; may be given several times.
    #[arg(long, value_name = "URL", requires = "light")]
    server: Vec<String>,
    /// Seconds to wait for a server that has the state.
    #[arg(long, value_name = "N", default_value_t = 10)]
    patience: u64,
}

/// What a node without a database remembers.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileLast {
    network: Hash,
    /// The last block.
    block: Hex,
    /// The commitment to the heap before it: there the votes for it weigh.
    heap_before: Root,
}

/// A block that was accepted.
struct Accepted {
    package: Package,
    /// Whether it was executed.
    executed: bool,
}

/// `avm ledger validate`.
pub fn validate(home: &Home, arguments: &Validate, json: bool) -> Result<(), Failure> {
    match &arguments.light {
        None => full(home, arguments, json),
        Some(file) => light(file, arguments, json),
    }
}

/// With both databases; what is right is kept.
fn full(home: &Home, arguments: &Validate, json: bool) -> Result<(), Failure> {
    let node = home.node(json)?;
    super::ends_at_signals();
    let busy = Busy::with("blocks", arguments.files.len());
    let mut accepted = Vec::new();
    for file in &arguments.files {
        let package = read_package(file)?;
        let made = node.judge(package.clone()).map_err(|e| failure(e, json))?;
        node.keep(made).map_err(|e| failure(e, json))?;
        // What is in the block waits no more.
        home.wait(&home.waiting(&node, json)?)?;
        accepted.push(Accepted { package, executed: true });
        busy.step();
    }
    drop(busy);
    report("full", &accepted, None, json);
    Ok(())
}

/// Without a database: certificates alone, or all that a validator checks.
fn light(file: &Path, arguments: &Validate, json: bool) -> Result<(), Failure> {
    outputs::check(&arguments.files, &[("--light", file)])?;
    let config = Config { time: Duration::from_secs(5), ..Config::default() };
    let client = match arguments.server.is_empty() {
        true => None,
        false => {
            let client = Client::new(&arguments.server, config);
            Some(Arc::new(client.map_err(|e| InputError::plain(format!("error: {e}")))?))
        }
    };
    let mut last = remembered(file)?;
    if let (Some(last), Some(network)) = (&last, arguments.network)
        && last.genesis != network
    {
        return Err(wrong(
            file,
            format!("it is of the network {}, not of {network} (name another file)", last.genesis),
        ));
    }
    super::ends_at_signals();
    let busy = Busy::with("blocks", arguments.files.len());
    let mut accepted = Vec::new();
    for path in &arguments.files {
        let package = read_package(path)?;
        let next = match &last {
            None => begin(&package, arguments.network, file, json)?,
            Some(last) => {
                let next = package.certified(last).map_err(|e| failure(e.into(), json))?;
                if let Some(client) = &client {
                    execute(client, last, &package, arguments.patience, json)?;
                }
                next
            }
        };
        remember(file, &next)?;
        last = Some(next);
        accepted.push(Accepted { executed: client.is_some() && package.block.round.0 > 0, package });
        busy.step();
    }
    drop(busy);
    let mode = if client.is_some() { "stateless" } else { "certificate" };
    report(mode, &accepted, client.as_deref(), json);
    Ok(())
}

fn begin(package: &Package, network: Option<Hash>, file: &Path, json: bool) -> Result<Last, Failure> {
    let nameless =
        || wrong(file, "it is not there: which network? (add --network HASH; `avm ledger show network` says it)");
    package.begins(network.ok_or_else(nameless)?).map_err(|e| failure(e.into(), json))
}

/// All that a validator checks, on what servers say and prove.
fn execute(client: &Arc<Client>, last: &Last, package: &Package, patience: u64, json: bool) -> Result<(), Failure> {
    let end = Instant::now() + Duration::from_secs(patience);
    loop {
        match attempt(client, last, package) {
            Ok(()) => return Ok(()),
            Err(Invalid::Unavailable(_)) if Instant::now() < end => std::thread::sleep(PAUSE),
            Err(e) => return Err(failure(Rejected::from(e).into(), json)),
        }
    }
}

fn attempt(client: &Arc<Client>, last: &Last, package: &Package) -> Result<(), Invalid> {
    let roots = last.block.roots;
    let view = client.view(roots.heap, roots.code);
    let (apps, pages): (Vec<_>, Vec<_>) = package.transactions.iter().map(Transaction::wants).unzip();
    view.prefetch(pages.into_iter().flatten(), apps.into_iter().flatten())?;
    let transactions = package.transactions.clone();
    let executed = judge(last.genesis, &package.block, transactions, &view, &view)?;
    client.remember(&executed.changes);
    Ok(())
}

fn remembered(file: &Path) -> Result<Option<Last>, Failure> {
    if !file.exists() {
        return Ok(None);
    }
    let input = Input::read(file)?;
    let help = "a file that `avm ledger validate --light` wrote; or name one that is not there";
    let bad = |line: usize, column: usize, what: String| {
        InputError::plain(format!("{}:{line}:{column}: error: {what} ({help})", input.name()))
    };
    let last: FileLast = serde_json::from_str(input.text()).map_err(|e| bad(e.line(), e.column(), e.to_string()))?;
    let block = Block::from_bytes(&last.block.0).map_err(|e| bad(1, 1, e.to_string()))?;
    Ok(Some(Last { genesis: last.network, block, heap_before: last.heap_before }))
}

fn remember(file: &Path, last: &Last) -> Result<(), Failure> {
    let last = FileLast { network: last.genesis, block: Hex(last.block.to_bytes()), heap_before: last.heap_before };
    let text = serde_json::to_string_pretty(&last).map_err(|e| Failure::Tool(e.to_string()))?;
    home::write(file, &(text + "\n"))
}

fn report(mode: &str, accepted: &[Accepted], client: Option<&Client>, json: bool) {
    let mut faults: Vec<String> = Vec::new();
    for fault in client.iter().flat_map(|client| client.faults()) {
        let fault = fault.to_string();
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults.iter().for_each(|fault| tell!("note: not believed: {fault}"));
    let block = |a: &Accepted| {
        let (block, transactions) = (&a.package.block, a.package.transactions.len());
        json!({ "round": block.round, "hash": block.hash(), "transactions": transactions, "executed": a.executed })
    };
    let remembered = client.map(Client::remembered);
    let object = json!({
        "accepted": true,
        "as": mode,
        "blocks": accepted.iter().map(block).collect::<Vec<_>>(),
        "faults": faults,
        "remembered": remembered.map(|(pages, images, _)| json!({ "pages": pages, "images": images })),
        "peak_resident_kib": peak(),
    });
    let line = |a: &Accepted| {
        let block = &a.package.block;
        let how = if a.executed { "certificate, transactions, commitments" } else { "certificate" };
        let how = if block.round.0 == 0 { "the network's own" } else { how };
        format!("block {} accepted: {how}  {}\n", block.round, block.hash())
    };
    print(json, &object, &accepted.iter().map(line).collect::<String>());
}

/// Most memory that the process had at once, KiB.
#[cfg(unix)]
fn peak() -> Option<u64> {
    // SAFETY: all zeros are a value of this plain C type.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: it only writes to `usage`, which outlives the call.
    let asked = unsafe { libc::getrusage(libc::RUSAGE_SELF, &raw mut usage) };
    // Linux counts KiB, macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1024 } else { 1 };
    (asked == 0).then(|| u64::try_from(usage.ru_maxrss).ok().map(|n| n / unit)).flatten()
}

#[cfg(not(unix))]
fn peak() -> Option<u64> {
    None
}
