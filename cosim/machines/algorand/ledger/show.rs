// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger show`: what a node holds.

use std::path::PathBuf;

use avm_ledger::edb::Edb as _;
use avm_ledger::ids::{AppId, Round};
use avm_ledger::main_contract::{self, Account, Treasury, account_page};
use avm_ledger::node::Node;
use avm_ledger::package::Hex;
use avm_ledger::state::State as _;
use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;
use clap::Subcommand;
use serde_json::json;

use super::home::{self, Home};
use super::{failure, print, produce};
use crate::cli::{Failure, outputs};

/// What to show.
#[derive(Subcommand)]
pub enum Show {
    /// The last block, supply, what waits.
    #[command(after_help = "Example: avm ledger show status")]
    Status,
    /// The network: the hash of its block 0.
    #[command(after_help = "Example: avm ledger show network")]
    Network,
    /// A block and its transactions.
    #[command(after_help = "Example: avm ledger show block 1 -o block1.json")]
    Block {
        /// Its round.
        #[arg(value_parser = home::round)]
        round: Round,
        /// Write it to a file, for other nodes.
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// An account of the main contract.
    #[command(after_help = "Example: avm ledger show account alice")]
    Account {
        /// A key of the directory, 64 hexadecimal digits, or app:N.
        name: String,
    },
    /// A heap page.
    #[command(after_help = "Example: avm ledger show page 16 0")]
    Page {
        /// Its application.
        app: u64,
        /// Its index.
        page: u64,
    },
    /// What is installed as an application.
    #[command(after_help = "Example: avm ledger show code 16")]
    Code {
        /// The application.
        app: u64,
    },
}

/// `avm ledger show`.
pub fn show(home: &Home, what: &Show, json: bool) -> Result<(), Failure> {
    if let Show::Block { output, .. } = what {
        outputs::check(&[], &outputs::given(&[("--output", output)]))?;
    }
    let node = home.node(json)?;
    match what {
        Show::Status => status(home, &node, json),
        Show::Network => {
            print(json, &json!({ "network": node.genesis() }), &node.genesis().to_string());
            Ok(())
        }
        Show::Block { round, output } => block(&node, *round, output.as_ref(), json),
        Show::Account { name } => account(home, &node, name, json),
        Show::Page { app, page } => self::page(&node, PageId { app: *app, page: *page }, json),
        Show::Code { app } => code(&node, *app, json),
    }
}

fn status(home: &Home, node: &Node, json: bool) -> Result<(), Failure> {
    let tip = node.tip().map_err(|e| failure(e, json))?;
    let page = node.store().page(main_contract::STATE_PAGE).map_err(|e| Failure::Tool(e.to_string()))?;
    let treasury = Treasury::read(page.as_deref());
    let waiting = home.waiting(node, json)?.len();
    let (used, buckets) = node.store().heap().occupied();
    let object = json!({
        "network": node.genesis(), "round": tip.round, "hash": tip.hash, "heap": tip.heap, "code": tip.code,
        "supply": treasury.supply, "fee_sink": treasury.sink, "next_application": treasury.next_app,
        "changes_of_code": treasury.changes, "waiting": waiting, "heap_buckets": [used, buckets],
    });
    let lines = format!(
        "network  {}\nround    {}\nblock    {}\nheap     {}\ncode     {}\nsupply   {}, fee sink {}\nnext application {}\nwaiting  {waiting}",
        node.genesis(),
        tip.round,
        tip.hash,
        node.store().heap().root(),
        tip.code,
        treasury.supply,
        treasury.sink,
        treasury.next_app
    );
    print(json, &object, &lines);
    Ok(())
}

fn block(node: &Node, round: Round, output: Option<&PathBuf>, json: bool) -> Result<(), Failure> {
    let package = node.package(round).map_err(|e| failure(e, json))?;
    if let Some(file) = output {
        home::write(file, &package.to_json())?;
    }
    let recorded = node.recorded(round).map_err(|e| failure(e, json))?;
    produce::report(&package, &recorded, &[], json);
    Ok(())
}

fn account(home: &Home, node: &Node, name: &str, json: bool) -> Result<(), Failure> {
    let key = home.account(name)?;
    let id = account_page(&key);
    let page = node.store().page(id).map_err(|e| Failure::Tool(e.to_string()))?;
    let account = Account::read(page.as_deref(), &key);
    let object = json!({
        "account": key.to_string(), "page": id.page, "exists": account.is_some(),
        "balance": account.map_or(0, |a| a.balance), "next_nonce": account.map(|a| [a.next.0, a.next.1]),
    });
    let lines = match account {
        Some(a) => format!(
            "account  {key}\npage     {}\nbalance  {}\nnonce    from ({}, {}) on",
            id.page, a.balance, a.next.0, a.next.1
        ),
        None => format!("account  {key}\npage     {}\nthere is none", id.page),
    };
    print(json, &object, &lines);
    Ok(())
}

fn page(node: &Node, id: PageId, json: bool) -> Result<(), Failure> {
    let page = node.store().page(id).map_err(|e| Failure::Tool(e.to_string()))?;
    let words: Vec<u64> = page.iter().flat_map(|p| p.as_chunks::<8>().0).map(|w| u64::from_le_bytes(*w)).collect();
    let object = json!({ "app": id.app, "page": id.page, "hex": page.as_ref().map(|p| Hex(p.clone()).to_string()), "words": words });
    let lines = match &page {
        None => format!("page {id} is absent"),
        Some(_) => words.iter().enumerate().map(|(n, w)| format!("{:4}  {w:#018x}  {w}\n", 8 * n)).collect(),
    };
    print(json, &object, &lines);
    Ok(())
}

fn code(node: &Node, app: u64, json: bool) -> Result<(), Failure> {
    let bytes = node.store().code_areas().read(AppId(app)).map_err(|e| Failure::Tool(e.to_string()))?;
    let Some(bytes) = bytes else {
        print(json, &json!({ "app": app, "image": null }), &format!("application {app} is not installed"));
        return Ok(());
    };
    let image = Image::from_bytes(&bytes).map_err(|e| Failure::Tool(format!("application {app}: {e}")))?;
    let object = json!({ "app": app, "image": Hex(bytes).to_string(), "methods": image.methods().len() });
    print(json, &object, &avm_sim::algorand::asm::disassemble(&image));
    Ok(())
}
