// SPDX-License-Identifier: MIT OR Apache-2.0
//! How much memory a node without a database takes: `cargo run -p avm-ledger --example light_memory [BLOCKS] [PAGES]`.
//!
//! This process has the databases, serves their pages, and makes blocks of 1,000 transfers between accounts of which there are
//! more than the cache remembers. Another one, started here, has nothing but the hash of block 0 and a client: it executes
//! every block on what the server says and proves, and reports its memory. PAGES is how many pages it remembers. Whether
//! it stays within what its caches and one block may take is looked at in the end.

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::num::NonZeroUsize;
use std::process::{Command, Stdio};
use std::sync::Arc;

use avm_ledger::block::Block;
use avm_ledger::certificate::Certificate;
use avm_ledger::client::cache::Sizes;
use avm_ledger::client::{Client, Config};
use avm_ledger::commitments::Preparing;
use avm_ledger::edb::disk::Options;
use avm_ledger::genesis::Genesis;
use avm_ledger::ids::Hash;
use avm_ledger::keys::PublicKey;
use avm_ledger::main_contract;
use avm_ledger::server::Server;
use avm_ledger::server::limits::Limits;
use avm_ledger::store::{Notes, Store};
use avm_ledger::tx::{Nonce, Transaction};
use avm_ledger::validate::{Commitments as _, propose, validate};
use avm_sim::algorand::exception::Outcome;
use ed25519_dalek::SigningKey;
use rayon::prelude::*;

/// More than are remembered.
const ACCOUNTS: usize = 24_000;
const PER_BLOCK: usize = 1_000;
/// What an entry of a cache takes besides its value, at most: key, hash, list, table.
const ENTRY: usize = 256;
/// What a page takes in a view: itself, its proof (of up to 20 nodes here), and what executing does with it.
const VIEWED: usize = 1_024 + 20 * 32 + 1_024;

type Failed = Box<dyn Error>;

fn key(n: usize) -> SigningKey {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&(n as u64).to_le_bytes());
    SigningKey::from_bytes(&seed)
}

/// Nobody pays or is paid twice, until all accounts were used.
fn transfers(genesis: Hash, round: u64) -> Vec<Transaction> {
    let one = |n: usize| {
        let from = (round as usize - 1) * PER_BLOCK + n;
        let (payer, to) = (key(2 * from % ACCOUNTS), PublicKey::of(&key((2 * from + 1) % ACCOUNTS)));
        let call = main_contract::transfer(
            PublicKey::of(&payer),
            Nonce { issuance: round, sequence: 0 },
            to,
            1 + n as u64,
            60_000,
        );
        call.signed(genesis, &payer, &[&payer])
    };
    (0..PER_BLOCK).into_par_iter().map(one).collect()
}

/// Bytes, after their number.
fn send(to: &mut impl Write, bytes: &[u8]) -> std::io::Result<()> {
    to.write_all(&(bytes.len() as u32).to_le_bytes())?;
    to.write_all(bytes)
}

/// The same, read; nothing at the end.
fn receive(from: &mut impl Read) -> Option<Vec<u8>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    from.read_exact(&mut bytes).ok()?;
    Some(bytes)
}

/// Memory of this process, KiB: now, and at most until now.
fn memory() -> Result<(usize, usize), Failed> {
    let status = std::fs::read_to_string("/proc/self/status").map_err(|e| format!("/proc is needed: {e}"))?;
    let of = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).ok_or(format!("no {name}"))
    };
    Ok((of("VmRSS:")?, of("VmHWM:")?))
}

/// The node without a database. It says a line after each block.
fn light(server: &str, pages: NonZeroUsize) -> Result<(), Failed> {
    let cache = Sizes { pages, ..Sizes::default() };
    let client = Arc::new(Client::new(&[server.to_owned()], Config { cache, ..Config::default() })?);
    let mut input = std::io::stdin().lock();
    let mut parent = Block::from_bytes(&receive(&mut input).ok_or("no block 0")?)?;
    let genesis = parent.hash();
    let (now, most) = memory()?;
    println!("0 {now} {most}");
    while let Some(block) = receive(&mut input) {
        let block = Block::from_bytes(&block)?;
        let transactions: Result<Vec<_>, _> =
            (0..PER_BLOCK).map_while(|_| receive(&mut input)).map(|bytes| Transaction::from_bytes(&bytes)).collect();
        let view = client.view(parent.roots.heap, parent.roots.code);
        let transactions = transactions?;
        let (apps, pages): (Vec<_>, Vec<_>) = transactions.iter().map(Transaction::wants).unzip();
        view.prefetch(pages.into_iter().flatten(), apps.into_iter().flatten())?;
        let executed = validate(genesis, &block, transactions, &view, &view)?;
        client.remember(&executed.changes);
        parent = block;
        let (now, most) = memory()?;
        println!("{} {now} {most}", client.remembered().0);
    }
    Ok(())
}

/// The node with databases, and what the other one says.
fn full(blocks: u64, pages: usize) -> Result<(), Failed> {
    let network = Genesis::new("memory", (0..ACCOUNTS).map(|n| (PublicKey::of(&key(n)), 1_000_000_000)));
    let folder = tempfile::tempdir()?;
    let (store, _) = Store::open(&folder.path().join("ledger"), Options::small())?;
    let store = Arc::new(store);
    let limits = Limits { rate: 1_000_000, burst: 1_000_000, ..Limits::default() };
    let server = Server::start(store.clone(), "127.0.0.1:0".parse()?, limits)?;
    let preparing = Preparing::new(&store);
    let mut parent = network.block(preparing.after(&network.changes()?)?);
    let genesis = parent.hash();
    store.commit(preparing.take().ok_or("nothing prepared")?, &parent.to_kept(), &Notes::new())?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["light", &format!("http://{}", server.address()), &pages.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (mut to, from) = (child.stdin.take().ok_or("no pipe")?, child.stdout.take().ok_or("no pipe")?);
    let mut lines = BufReader::new(from).lines();
    let mut said = || -> Result<Vec<usize>, Failed> {
        let line = lines.next().ok_or("the light node ended")??;
        Ok(line.split(' ').map(str::parse).collect::<Result<_, _>>()?)
    };
    send(&mut to, &parent.to_bytes())?;
    let begin = said()?;
    println!("transfers  pages remembered  resident KiB  at most");
    println!("{:>9} {:>17} {:>13} {:>8}", 0, 0, begin[1], begin[2]);
    let (mut most, mut when_full) = (begin[2], None);
    for round in 1..=blocks {
        let certificate = Certificate::of(parent.round, parent.hash(), []);
        let proposal = propose(genesis, &parent, certificate, transfers(genesis, round), &*store, &preparing)?;
        let returned = |o: &Option<Outcome>| matches!(o, Some(Outcome::Returned(_)));
        if proposal.executed.receipts.iter().filter(|r| returned(&r.outcome)).count() != PER_BLOCK {
            return Err("not all transfers were made".into());
        }
        send(&mut to, &proposal.block.to_bytes())?;
        proposal.transactions.iter().try_for_each(|transaction| send(&mut to, &transaction.to_bytes()))?;
        let now = said()?;
        println!("{:>9} {:>17} {:>13} {:>8}", round * PER_BLOCK as u64, now[0], now[1], now[2]);
        most = now[2];
        when_full = when_full.or((now[0] == pages).then_some(most));
        store.commit(preparing.take().ok_or("nothing prepared")?, &proposal.block.to_kept(), &Notes::new())?;
        parent = proposal.block;
    }
    drop(to);
    child.wait()?;
    let images = Sizes::default().images.get() * (33_000 + ENTRY);
    let bound = (pages * (1_024 + ENTRY) + images + 2 * PER_BLOCK * VIEWED) / 1_024;
    let (grew, later) = (most - begin[2], when_full.map_or(0, |then| most - then));
    println!("grew by {grew} KiB; caches and one block: at most {bound} KiB; since the cache was full by {later} KiB");
    // What is kept though its block is over shows here, long before the bound.
    match grew > bound || later > 2 * PER_BLOCK * VIEWED / 1_024 {
        true => Err("the memory is not bounded by the caches".into()),
        false => Ok(()),
    }
}

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usual = Sizes::default().pages;
    match &arguments[..] {
        [light_one, server, pages] if light_one == "light" => light(server, pages.parse()?),
        [] => full(20, usual.get()),
        [blocks] => full(blocks.parse()?, usual.get()),
        [blocks, pages, ..] => full(blocks.parse()?, pages.parse::<NonZeroUsize>()?.get()),
    }
}
