// SPDX-License-Identifier: MIT OR Apache-2.0
//! `avm ledger init` and `key`: networks, nodes and keys. All of a node is made beside its place and then moved there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use avm_ledger::edb::disk::{BUCKETS, Options};
use avm_ledger::genesis::Genesis;
use avm_ledger::ids::Hash;
use avm_ledger::keys::PublicKey;
use avm_ledger::node::Node;
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use toml::Spanned;

use super::home::{self, Home, OPTIONS};
use super::{failure, print, wrong};
use crate::cli::Failure;
use crate::input::Input;
use crate::names::Shown;
use crate::output::{Work, parent};
use crate::scenario::integer::IntOrText;

/// What a validator of a new network holds, micro-ALGOs.
const VALIDATOR: u64 = 1_000_000_000_000;
/// What a user holds.
const USER: u64 = 1_000_000_000;

/// Arguments of `init`.
#[derive(Args)]
pub struct Init {
    /// Name of the network, by which networks of the same keys are told apart.
    #[arg(long, default_value = "devnet", conflicts_with = "genesis")]
    name: String,
    /// Validators, for each of which a key is made: validator-1, ...
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=64), conflicts_with = "genesis")]
    validators: u8,
    /// Users, for each of which a key is made.
    #[arg(long, value_delimiter = ',', default_value = "alice,bob", conflicts_with = "genesis")]
    users: Vec<String>,
    /// Buckets of 4 KiB in the table of each database; they last for some 60 keys each, and are taken from the disk now.
    #[arg(long, value_name = "N", default_value_t = BUCKETS, value_parser = clap::value_parser!(u32).range(1_000..=i64::from(super::BUCKETS_MAX)))]
    buckets: u32,
    /// A node of another node's network: its `network.toml`. No keys are made.
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
}

/// `network.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileNetwork {
    name: String,
    lifetime: Spanned<IntOrText>,
    accounts: Spanned<BTreeMap<String, Spanned<IntOrText>>>,
}

/// `avm ledger init`.
pub fn init(home: &Home, arguments: &Init, json: bool) -> Result<(), Failure> {
    let path = home.path();
    let empty = fs::read_dir(path).map(|mut entries| entries.next().is_none());
    if path.exists() && !empty.unwrap_or(false) {
        return Err(wrong(path, "there is something already (name another directory with --dir)"));
    }
    let above = parent(path);
    if !above.is_dir() {
        return Err(wrong(path, format!("no such folder: {}", above.shown())));
    }
    let unwritten = |e: std::io::Error| Failure::Tool(format!("{}: cannot write: {e}", path.shown()));
    let work = Work::below(above).map_err(unwritten)?;
    let new = Home::new(work.path().join("node"));
    for folder in ["", "keys", "store"] {
        fs::create_dir_all(new.path().join(folder)).map_err(unwritten)?;
    }
    let genesis = match &arguments.genesis {
        Some(file) => read(file)?,
        None => made(&new, arguments)?,
    };
    home::write(&new.network(), &text(&genesis))?;
    let _busy = super::busy::Busy::with("making the databases", 1);
    let node = Node::create(&new.store(), Options { buckets: arguments.buckets, ..OPTIONS }, &genesis)
        .map_err(|e| failure(e, json))?;
    let network = node.genesis();
    drop(node);
    fs::rename(new.path(), path).map_err(unwritten)?;
    let names: Vec<_> = home.keys()?.into_iter().map(|(name, key)| (name, PublicKey::of(&key).to_string())).collect();
    let lines: String = names.iter().map(|(name, key)| format!("key {name:14} {key}\n")).collect();
    let object =
        json!({ "network": network, "name": genesis.name, "keys": names.into_iter().collect::<BTreeMap<_, _>>() });
    print(json, &object, &format!("network {network} in {}\n{lines}", path.shown()));
    Ok(())
}

/// A new network, with keys in the directory.
fn made(home: &Home, arguments: &Init) -> Result<Genesis, Failure> {
    let validators = (1..=arguments.validators).map(|n| (format!("validator-{n}"), VALIDATOR));
    let users = arguments.users.iter().filter(|name| !name.is_empty()).map(|name| (name.clone(), USER));
    let mut accounts = Vec::new();
    for (name, balance) in validators.chain(users) {
        accounts.push((PublicKey::of(&home.make_key(&name)?), balance));
    }
    Ok(Genesis::new(&arguments.name, accounts))
}

fn text(genesis: &Genesis) -> String {
    let name = toml::Value::from(genesis.name.as_str());
    let accounts: String = genesis.accounts.iter().map(|(key, amount)| format!("{key} = \"{amount}\"\n")).collect();
    let lifetime = genesis.lifetime;
    format!(
        "name = {name}\nlifetime = {lifetime}    # of a signature, rounds\n\n# micro-ALGOs at the beginning\n[accounts]\n{accounts}"
    )
}

fn read(file: &Path) -> Result<Genesis, Failure> {
    let input = Input::read(file)?;
    let help = || "take the `network.toml` of a node of that network".to_string();
    let network: FileNetwork = toml::from_str(input.text())
        .map_err(|e| input.error(e.span().unwrap_or(0..0), e.message().to_string(), help()))?;
    let number = |n: &Spanned<IntOrText>| {
        let value = n.get_ref().exact().and_then(|n| u64::try_from(n).ok());
        value.ok_or_else(|| input.error(n.span(), "not a number from 0".into(), help()))
    };
    let mut accounts = Vec::new();
    for (key, amount) in network.accounts.get_ref() {
        let name: Hash =
            key.parse().map_err(|e| input.error(amount.span(), format!("the account before this: {e}"), help()))?;
        accounts.push((PublicKey(name.0), number(amount)?));
    }
    let genesis = Genesis::new(&network.name, accounts);
    let lifetime = number(&network.lifetime)?;
    Ok(Genesis { lifetime, ..genesis })
}

/// `avm ledger key`.
pub fn key(home: &Home, name: &str, json: bool) -> Result<(), Failure> {
    if !home.is_there() {
        return Err(wrong(home.path(), "no ledger there (make one: avm ledger init)"));
    }
    fs::create_dir_all(home.path().join("keys")).map_err(|e| Failure::Tool(format!("{}: {e}", home.path().shown())))?;
    let public = PublicKey::of(&home.make_key(name)?).to_string();
    print(json, &json!({ "name": name, "key": public }), &format!("key {name} {public}"));
    Ok(())
}
