// SPDX-License-Identifier: MIT OR Apache-2.0
//! The databases' figures: `cargo bench -p avm-ledger --bench edb` prints them, a line each: name, value, unit, target.
//!
//! Roots first: `AVM_LEDGER_ROUNDS` random rounds (10,000 if nothing is said) in which our root, the one that follows
//! from proofs alone, and the one of `jmt` must be one. Then time, ours against `nomt` called directly, in turn in one
//! run, medians. Ratios are of processor time, of all threads: what else the machine does makes neither side slower.

#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use avm_ledger::client::{Client, Config};
use avm_ledger::edb::disk::{Disk, Options};
use avm_ledger::edb::key::Key as _;
use avm_ledger::edb::update::next_root;
use avm_ledger::edb::{Answer, Edb as _, Writes};
use avm_ledger::ids::{AppId, Root};
use avm_ledger::server::Server;
use avm_ledger::server::limits::Limits;
use avm_ledger::store::Store;
use avm_sim::algorand::world::PageId;
use nomt::hasher::{Blake3Hasher, ValueHasher as _};
use nomt::proof::PathProof;
use nomt::trie::LeafData;
use nomt::{KeyReadWrite, Nomt, SessionParams};
use support::chain::append;
use support::history::{Drawn, Placed, round};
use support::oracle::Oracle;
use support::rng::{Rng, number};

/// Pages of the database on which time is taken, and of one batch of work.
const PAGES: u64 = 20_000;
const BATCH: usize = 1_000;
/// Bytes of a page.
const BYTES: usize = 512;
/// Repetitions, of which the median counts.
const TIMES: usize = 15;

fn main() {
    // `cargo test` runs benches with this argument: then it is enough that it builds.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let rounds = number("AVM_LEDGER_ROUNDS", 10_000);
    let mut equal = 0;
    equal += equal_roots::<PageId>(&folder.path().join("pages"), 1, rounds * 5 / 10);
    equal += equal_roots::<AppId>(&folder.path().join("code"), 2, rounds / 10);
    equal += equal_roots::<Placed>(&folder.path().join("placed"), 3, rounds * 4 / 10);
    line("edb_rounds_equal", equal as f64, &format!("of {rounds}: ours, of proofs alone, of jmt"), "all");
    speed(folder.path());
    block(&folder.path().join("ledger"));
}

fn line(name: &str, value: f64, unit: &str, target: &str) {
    println!("| {name} | {value:.2} | {unit} | {target} |");
}

/// Rounds in which the three roots are one.
fn equal_roots<K: Drawn>(path: &Path, seed: u64, rounds: u64) -> u64 {
    let disk = Disk::<K>::open(path, Options::small()).expect("a database");
    let (mut oracle, mut rng, mut known, mut equal) = (Oracle::default(), Rng::new(seed), BTreeSet::new(), 0);
    for _ in 0..rounds {
        let writes = round(&mut rng, &mut known);
        let keys: Vec<K> = writes.keys().copied().collect();
        let (root, answers) = disk.get_all(&keys).expect("answers");
        let proven: std::collections::BTreeMap<K, _> = keys
            .iter()
            .zip(answers)
            .map(|(key, a)| (*key, a.proof.verify(root, *key, a.value.as_deref()).expect("it holds")))
            .collect();
        let stateless = next_root(root, &writes, |key| proven.get(&key)).expect("a commitment");
        let kept = disk.commit(disk.prepare(&writes).expect("prepared")).expect("kept");
        equal += u64::from(stateless == kept && oracle.commit(&writes) == kept);
    }
    equal
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64()
}

fn timed<T>(run: impl FnOnce() -> T) -> (Duration, T) {
    let start = Instant::now();
    let done = black_box(run());
    (start.elapsed(), done)
}

/// Time for which this process, with all its threads, was on a processor.
fn busy() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: it only writes to `time`, which outlives the call.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// What was measured of one kind of work: by the clock, and of processors.
#[derive(Default)]
struct Times {
    clock: Vec<Duration>,
    busy: Vec<Duration>,
}

impl Times {
    fn of<T>(&mut self, run: impl FnOnce() -> T) -> T {
        let start = busy();
        let (took, done) = timed(run);
        self.busy.push(busy() - start);
        self.clock.push(took);
        done
    }
}

fn page(rng: &mut Rng) -> PageId {
    PageId { app: 1 + rng.bits() % 16, page: rng.bits() % (PAGES / 16) }
}

/// What a block of the speed test writes: one in ten removes.
fn writes(rng: &mut Rng) -> Writes<PageId> {
    let mut writes = Writes::new();
    while writes.len() < BATCH {
        writes.insert(page(rng), (!rng.one_in(10)).then(|| rng.bytes(BYTES)));
    }
    writes
}

type Direct = Nomt<Blake3Hasher>;

fn direct(path: &Path) -> Direct {
    let mut options = nomt::Options::new();
    options.path(path);
    options.rollback(true);
    options.max_rollback_log_len(4);
    options.page_cache_size(64);
    options.leaf_cache_size(64);
    options.io_workers(1);
    options.page_cache_upper_levels(1);
    Nomt::open(options).expect("a database")
}

fn direct_commit(nomt: &Direct, writes: &Writes<PageId>) {
    let mut actuals: Vec<_> = writes.iter().map(|(k, v)| (k.path(), KeyReadWrite::Write(v.clone()))).collect();
    actuals.sort_unstable_by_key(|(path, _)| *path);
    let finished = nomt.begin_session(SessionParams::default()).finish(actuals).expect("prepared");
    finished.commit(nomt).expect("kept");
}

fn direct_get(nomt: &Direct, keys: &[PageId]) -> Vec<(Option<Vec<u8>>, PathProof)> {
    let session = nomt.begin_session(SessionParams::default());
    let get = |key: &PageId| {
        let path = key.path();
        (session.read(path).expect("a value"), session.prove(path).expect("a proof"))
    };
    keys.iter().map(get).collect()
}

fn direct_verify(root: [u8; 32], key: PageId, value: Option<&[u8]>, proof: &PathProof) -> bool {
    use bitvec::view::BitView as _;
    let path = key.path();
    let verified = proof.verify::<Blake3Hasher>(path.view_bits(), root).expect("it holds");
    match value {
        None => verified.confirm_nonexistence(&path).expect("in scope"),
        Some(v) => {
            let leaf = LeafData { key_path: path, value_hash: Blake3Hasher::hash_value(v) };
            verified.confirm_value(&leaf).expect("in scope")
        }
    }
}

/// Ours against `nomt` called directly.
fn speed(folder: &Path) {
    let ours = Disk::<PageId>::open(&folder.join("ours"), Options::default()).expect("a database");
    let theirs = direct(&folder.join("theirs"));
    let mut rng = Rng::new(7);
    let all: Vec<PageId> = (0..PAGES).map(|n| PageId { app: 1 + n % 16, page: n / 16 }).collect();
    for some in all.chunks(2 * BATCH) {
        let writes: Writes<PageId> = some.iter().map(|key| (*key, Some(rng.bytes(BYTES)))).collect();
        ours.commit(ours.prepare(&writes).expect("prepared")).expect("kept");
        direct_commit(&theirs, &writes);
    }
    // Prove, verify, commit: ours and theirs of each.
    let [mut prove, mut verify, mut commit]: [[Times; 2]; 3] = Default::default();
    let mut depth = 0;
    for _ in 0..TIMES {
        let keys: Vec<PageId> = (0..BATCH).map(|_| page(&mut rng)).collect();
        let (root, answers) = prove[0].of(|| ours.get_all(&keys).expect("answers"));
        let found = prove[1].of(|| direct_get(&theirs, &keys));
        depth = answers.iter().map(|a| a.proof.siblings()).sum::<usize>();
        let right = |(k, a): (&PageId, &Answer)| a.proof.verify(root, *k, a.value.as_deref()).is_ok();
        assert!(verify[0].of(|| keys.iter().zip(&answers).all(right)), "proofs hold");
        let root = theirs.root().into_inner();
        let right =
            |(k, (v, p)): (&PageId, &(Option<Vec<u8>>, PathProof))| direct_verify(root, *k, Option::as_deref(v), p);
        assert!(verify[1].of(|| keys.iter().zip(&found).all(right)), "proofs hold");
        let writes = writes(&mut rng);
        commit[0].of(|| ours.commit(ours.prepare(&writes).expect("prepared")).expect("kept"));
        commit[1].of(|| direct_commit(&theirs, &writes));
    }
    let each = format!("us each, {PAGES} pages of {BYTES} bytes, {BATCH} at a time");
    for ([ours, theirs], name) in [(prove, "prove"), (verify, "verify"), (commit, "commit")] {
        let one = |times: Vec<Duration>| median(times) * 1e6 / BATCH as f64;
        line(&format!("edb_{name}"), one(ours.clock), &each, "");
        let (ours, theirs) = (one(ours.busy), one(theirs.busy));
        line(&format!("edb_{name}_busy"), ours, "us each, processor time", "");
        line(&format!("edb_{name}_nomt"), theirs, "us each, processor time, nomt directly", "");
        line(&format!("edb_{name}_ratio"), ours / theirs, "ours / nomt directly", "<= 1.5");
    }
    line("edb_depth", depth as f64 / BATCH as f64, "nodes in a proof", "");
}

/// A block in the whole store, and a node without one that reads from it.
fn block(folder: &Path) {
    let (store, _) = Store::open(folder, Options::small()).expect("a store");
    let store = Arc::new(store);
    let times = (1..=50).map(|round| timed(|| append(&store, 5, round).expect("kept")).0).collect();
    line("store_block", median(times) * 1e3, "ms, heap, code and record of a block of some 20 pages", "");
    let limits = Limits { rate: 1_000_000, burst: 1_000_000, ..Limits::default() };
    let server = Server::start(store.clone(), "127.0.0.1:0".parse().expect("an address"), limits).expect("started");
    let client = Arc::new(Client::new(&[server.address().to_string()], Config::default()).expect("a client"));
    let (heap, code) = store.tip().map_or((Root::EMPTY, Root::EMPTY), |tip| (tip.heap, tip.code));
    let keys: Vec<PageId> = (0..320).map(|n| PageId { app: 1 + n % 5, page: n / 5 }).collect();
    for (name, unit) in
        [("client_page", "us a page over loopback, 64 at a time"), ("client_page_again", "us, only proofs")]
    {
        let fetch = || client.view(heap, code).prefetch(keys.iter().copied(), []).expect("proofs");
        let first = timed(fetch).0;
        let times = if name == "client_page" { vec![first] } else { (0..TIMES).map(|_| timed(fetch).0).collect() };
        line(name, median(times) * 1e6 / keys.len() as f64, unit, "");
    }
}
