// SPDX-License-Identifier: MIT OR Apache-2.0
//! The directory of a node: `network.toml`, who held what at the beginning; `keys/`; `waiting`, transactions on their way
//! into a block; `store/`, everything that was decided.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use avm_ledger::edb::disk::{BUCKETS, Options};
use avm_ledger::ids::{Hash, Round};
use avm_ledger::keys::{PublicKey, SigningKey};
use avm_ledger::node::Node;
use avm_ledger::package::{Hex, Package};
use avm_ledger::tx::Transaction;

use super::{failure, wrong};
use crate::cli::Failure;
use crate::input::{Input, InputError};
use crate::names::Shown;
use crate::output::write_whole;

/// How the databases of a node are kept. Their tables have all their space from the beginning: `nomt` 1.0.5 does not look
/// at what comes of writing them, so that no write there may find the disk full.
pub const OPTIONS: Options = Options { buckets: BUCKETS, preallocate: true, undo: 4, cache: 64 };
/// Longest name of a key.
const NAME_MAX: usize = 64;

/// The directory.
pub struct Home(PathBuf);

impl Home {
    pub fn new(path: PathBuf) -> Home {
        Home(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn store(&self) -> PathBuf {
        self.0.join("store")
    }

    pub fn network(&self) -> PathBuf {
        self.0.join("network.toml")
    }

    /// Whether there is a node, or something that once was one.
    pub fn is_there(&self) -> bool {
        self.network().is_file() && self.store().is_dir()
    }

    /// Opens the node. What had to be undone is said.
    pub fn node(&self, json: bool) -> Result<Node, Failure> {
        if !self.is_there() {
            let what = format!("no ledger there (make one: avm ledger init --dir {})", crate::names::quoted(&self.0));
            return Err(wrong(&self.0, what));
        }
        let (node, recovery) = Node::open(&self.store(), OPTIONS).map_err(|e| failure(e, json))?;
        if recovery.heap || recovery.code {
            tell!("note: an earlier command ended in the middle of a block, which is undone");
        }
        Ok(node)
    }

    fn key_file(&self, name: &str) -> Result<PathBuf, Failure> {
        let good = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if name.is_empty() || name.len() > NAME_MAX || !name.chars().all(good) {
            let what = format!("error: `{}` cannot be the name of a key (letters, digits, - and _)", name.shown());
            return Err(InputError::plain(what).into());
        }
        Ok(self.0.join("keys").join(format!("{name}.key")))
    }

    /// Makes a key. One that is there stays.
    pub fn make_key(&self, name: &str) -> Result<SigningKey, Failure> {
        let path = self.key_file(name)?;
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|e| Failure::Tool(format!("no random numbers: {e}")))?;
        match write_secret(&path, &format!("{}\n", Hex(seed.to_vec()))) {
            Ok(()) => Ok(SigningKey::from_bytes(&seed)),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                Err(wrong(&path, "there is such a key already; it is not overwritten (name another one)"))
            }
            Err(e) => Err(Failure::Tool(format!("{}: cannot write: {e}", path.shown()))),
        }
    }

    /// The key with this name here.
    pub fn key(&self, name: &str) -> Result<SigningKey, Failure> {
        let path = self.key_file(name)?;
        if !path.is_file() {
            let names: Vec<_> = self.keys()?.into_iter().map(|(name, _)| name).collect();
            return Err(wrong(&path, format!("no such key (there is: {})", names.join(", "))));
        }
        read_key(&path)
    }

    /// All keys at hand, by name.
    pub fn keys(&self) -> Result<Vec<(String, SigningKey)>, Failure> {
        let folder = self.0.join("keys");
        let mut keys = Vec::new();
        for path in sorted(&folder)?.into_iter().filter(|p| p.extension().is_some_and(|e| e == "key")) {
            let name = path.file_stem().unwrap_or_default().shown();
            keys.push((name, read_key(&path)?));
        }
        Ok(keys)
    }

    /// An account that people name: a key here, or 64 hexadecimal digits, or `app:N`.
    pub fn account(&self, text: &str) -> Result<PublicKey, Failure> {
        if let Some(app) = text.strip_prefix("app:").and_then(|n| n.parse().ok()) {
            return Ok(PublicKey::of_contract(app));
        }
        match text.parse::<Hash>() {
            Ok(digits) => Ok(PublicKey(digits.0)),
            Err(_) => Ok(PublicKey::of(&self.key(text)?)),
        }
    }

    fn waiting_file(&self) -> PathBuf {
        self.0.join("waiting")
    }

    /// The waiting transactions, in the order in which they came. Those that are in the last block already wait no more: a
    /// command was killed before it could say so.
    pub fn waiting(&self, node: &Node, json: bool) -> Result<Vec<Transaction>, Failure> {
        let tip = node.tip().map_err(|e| failure(e, json))?;
        let last = node.package(tip.round).map_err(|e| failure(e, json))?;
        let done: HashSet<Hash> = last.transactions.iter().map(|t| t.id(node.genesis())).collect();
        let file = self.waiting_file();
        let bytes = match fs::read(&file) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Vec::new(),
            read => read.map_err(|e| wrong(&file, e))?,
        };
        let bad = |what: String| wrong(&file, format!("{what} (what is in it can be submitted again: remove it)"));
        let mut rest = &bytes[..];
        let mut waiting = Vec::new();
        while let Some((length, more)) = rest.split_first_chunk::<4>() {
            let split = more.split_at_checked(u32::from_le_bytes(*length) as usize);
            let (transaction, after) = split.ok_or_else(|| bad("it ends in the middle of a transaction".into()))?;
            waiting.push(Transaction::from_bytes(transaction).map_err(|e| bad(format!("no transaction: {e}")))?);
            rest = after;
        }
        waiting.retain(|t| !done.contains(&t.id(node.genesis())));
        Ok(waiting)
    }

    /// From now on these wait: the file is another one as a whole, or stays.
    pub fn wait<'t>(&self, transactions: impl IntoIterator<Item = &'t Transaction>) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        for transaction in transactions {
            let transaction = transaction.to_bytes();
            // Far shorter: a transaction is bounded.
            bytes.extend((transaction.len() as u32).to_le_bytes());
            bytes.extend(transaction);
        }
        let file = self.waiting_file();
        write_whole(&file, &bytes).map_err(|e| Failure::Tool(format!("{}: cannot write: {e}", file.shown())))
    }
}

/// A file that only its owner reads, which was not there: whole, or not at all.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all());
    written.inspect_err(|_| drop(fs::remove_file(path)))
}

fn read_key(path: &Path) -> Result<SigningKey, Failure> {
    let input = Input::read(path)?;
    let seed: Result<Hash, _> = input.text().trim_end().parse();
    // What is in the file is a secret: the message says nothing of it.
    let help = "a key of `avm ledger key` has 64 hexadecimal digits".to_string();
    seed.map(|seed| SigningKey::from_bytes(&seed.0)).map_err(|_| input.error(0..0, "not a key".into(), help).into())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>).map_err(|e| wrong(folder, e))?,
    };
    let mut paths: Vec<_> = entries.into_iter().map(|e| e.path()).collect();
    paths.sort();
    Ok(paths)
}

/// Reads a block's file.
pub fn read_package(path: &Path) -> Result<Package, Failure> {
    let input = Input::read(path)?;
    Package::from_json(input.text()).map_err(|e| {
        let text = e.to_string();
        // What can be read, but is wrong, has the name of its field.
        let field = || input.text().find(&format!("\"{}\"", text.split('`').nth(1).unwrap_or_default()));
        let (line, column) = if e.line() > 0 { (e.line(), e.column()) } else { input.place(field().unwrap_or(0)) };
        let what = format!("{}:{line}:{column}: error: no block: {text}", input.name());
        InputError::plain(what + " (`avm ledger show block` and `produce` write such files)").into()
    })
}

/// Writes a file that was asked for.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_whole(path, text.as_bytes()).map_err(|e| crate::cli::outputs::failed(path, &e))
}

/// A round that people name.
pub fn round(text: &str) -> Result<Round, String> {
    text.parse::<Round>().map_err(|e| e.to_string())
}
