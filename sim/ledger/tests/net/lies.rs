// SPDX-License-Identifier: MIT OR Apache-2.0
//! A thousand lies, each of which is seen: the client finds out, asks the next server, and ends with the truth.
//! `AVM_LEDGER_LIES` is their number, `AVM_LEDGER_LIE` the only kind to be told.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use avm_ledger::client::{Client, Config, Unanswered, Wrong};
use avm_ledger::edb::disk::Options;
use avm_ledger::ids::{Hash, Round};
use avm_ledger::server::Server;
use avm_ledger::server::limits::Limits;
use avm_ledger::state::{Changes, State as _};
use avm_ledger::store::{Block, Notes, Store};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use super::liar::{Liar, Lie};
use crate::support::rng::{Rng, number};

/// A server that says nothing is given up soon.
const PATIENCE: Duration = Duration::from_millis(150);

fn page(n: usize) -> PageId {
    PageId { app: 1 + n as u64 % 3, page: n as u64 }
}

/// A state of forty pages and eight applications, some of which differ from one `version` to the other.
fn store(folder: &std::path::Path, version: u8) -> Arc<Store> {
    let (store, _) = Store::open(folder, Options::small()).expect("a store");
    let mut changes = Changes::default();
    for n in 0..40 {
        changes.pages.insert(page(n), Some(vec![if n % 5 == 0 { version } else { n as u8 }; 8 * (1 + n)]));
    }
    for app in 1..=8 {
        let image = Image::with_methods(vec![app as u8; 500], &[], &[version]).expect("an image");
        changes.code.insert(app, Some(image.to_bytes()));
    }
    let prepared = store.prepare(&changes).expect("prepared");
    let (heap, code) = prepared.roots();
    let block = Block { round: Round(1), hash: Hash::default(), heap, code, bytes: vec![] };
    store.commit(prepared, &block, &Notes::new()).expect("kept");
    Arc::new(store)
}

/// Whether this is how such a lie shows.
fn shows(lie: Lie, wrong: &Wrong) -> bool {
    use Unanswered::{Broken, Connection, Endless, OtherState, Refused, Silence};
    match (lie, wrong) {
        (Lie::Bit, Wrong::Malformed(_) | Wrong::Proof { .. } | Wrong::Value(_)) => true,
        (Lie::WrongValue | Lie::Presence | Lie::AsNamed, Wrong::Value(_)) => true,
        (Lie::Siblings, Wrong::Proof { .. }) => true,
        // One leaf may be the value of one key and the reason why another has none.
        (Lie::Stale | Lie::OtherKey | Lie::Swapped, Wrong::Proof { .. } | Wrong::Value(_) | Wrong::Malformed(_)) => {
            true
        }
        (Lie::Fewer | Lie::Cut | Lie::Longer, Wrong::Malformed(_)) => true,
        (Lie::Longer, Wrong::Unanswered(Endless(_))) => true,
        (Lie::Truncated, Wrong::Unanswered(Broken(_) | Connection(_))) => true,
        (Lie::Endless, Wrong::Unanswered(Endless(_))) => true,
        (Lie::EndlessHead, Wrong::Unanswered(Broken(_) | Connection(_))) => true,
        (Lie::Huge, Wrong::Unanswered(Broken(_) | Endless(_))) => true,
        (Lie::Silence | Lie::Drip, Wrong::Unanswered(Silence(_))) => true,
        (Lie::Closed, Wrong::Unanswered(Connection(_))) => true,
        (Lie::Garbage, Wrong::Unanswered(Broken(_) | Connection(_))) => true,
        (Lie::Status, Wrong::Unanswered(OtherState | Refused(_))) => true,
        // A machine that is busy may take longer than the client waits.
        (_, Wrong::Unanswered(Silence(_))) => true,
        _ => false,
    }
}

struct Scene {
    _folder: tempfile::TempDir,
    store: Arc<Store>,
    honest: Server,
    liar: Liar,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let (present, stale) = (store(&folder.path().join("present"), 1), store(&folder.path().join("stale"), 2));
    let limits = Limits { rate: 1_000_000, burst: 1_000_000, ..Limits::default() };
    let honest = Server::start(present.clone(), "127.0.0.1:0".parse().expect("an address"), limits).expect("started");
    let liar = Liar::start(present.clone(), stale);
    Scene { _folder: folder, store: present, honest, liar }
}

fn client(servers: &[std::net::SocketAddr], time: Duration) -> Arc<Client> {
    let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
    Arc::new(Client::new(&servers, Config { time, ..Config::default() }).expect("a client"))
}

/// What a client may know of pages from earlier blocks: what they are now, or were once.
fn remembered(store: &Store, pages: &[PageId], rng: &mut Rng) -> Changes {
    let mut known = Changes::default();
    for id in pages {
        let now = store.page(*id).expect("a page");
        known.pages.insert(*id, if rng.one_in(2) { Some(vec![0xaa; 24]) } else { now });
    }
    known
}

#[test]
fn every_lie_is_seen() {
    let scene = scene();
    let tip = scene.store.tip().expect("a block");
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut rng = Rng::new(21);
    let lies = number("AVM_LEDGER_LIES", 1_000);
    let only = std::env::var("AVM_LEDGER_LIE").ok();
    let kinds: Vec<Lie> =
        Lie::ALL.into_iter().filter(|k| only.as_ref().is_none_or(|o| *o == format!("{k:?}"))).collect();
    for n in 0..lies {
        let lie = kinds[n as usize % kinds.len()];
        let pages: Vec<PageId> = (0..2 + rng.below(6)).map(|_| page(rng.below(60))).collect();
        let apps: Vec<u64> = (0..1 + rng.below(3)).map(|_| 1 + rng.below(12) as u64).collect();
        let (liar, honest) = (scene.liar.address, scene.honest.address());
        // Either the pages are lied about, or the code; the client may have seen them before.
        scene.liar.tell(lie, rng.bits());
        let time = if matches!(lie, Lie::Silence | Lie::Drip) { PATIENCE } else { Duration::from_secs(20) };
        let asked = client(&[liar, honest], time);
        if rng.one_in(2) {
            asked.remember(&remembered(&scene.store, &pages, &mut rng));
        }
        let view = asked.view(tip.heap, tip.code);
        let about_pages = rng.one_in(2);
        match about_pages {
            true => view.prefetch(pages.iter().copied(), []).expect("the truth"),
            false => view.prefetch([], apps.iter().copied()).expect("the truth"),
        }
        let faults = asked.faults();
        let said = faults.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert!(faults.iter().all(|f| f.server == liar.to_string()), "lie {n}, {lie:?}: {said:?}");
        assert!(faults.len() == 1 && shows(lie, &faults[0].wrong), "lie {n}, {lie:?}: {said:?}");
        *seen.entry(format!("{lie:?}")).or_default() += 1;
        // From now on the honest server is asked first. What it says is what is true, and nothing else was believed.
        for id in pages {
            assert_eq!(view.page(id), scene.store.page(id), "lie {n}, {lie:?}");
        }
        for app in apps {
            assert_eq!(view.code(app), scene.store.code(app), "lie {n}, {lie:?}");
        }
        assert_eq!(asked.faults().len(), 1, "lie {n}, {lie:?}");
    }
    println!("lies {lies}, all seen: {seen:?}");
}

/// With liars alone there is no answer, and nothing is kept of what they say.
#[test]
fn liars_alone_give_nothing() {
    let scene = scene();
    let tip = scene.store.tip().expect("a block");
    let mut rng = Rng::new(22);
    for lie in Lie::ALL {
        scene.liar.tell(lie, rng.bits());
        let asked = client(&[scene.liar.address, scene.liar.address], PATIENCE);
        let view = asked.view(tip.heap, tip.code);
        let missing = view.prefetch([page(1), page(2), page(50)], []).expect_err("no truth");
        assert!(missing.to_string().contains("is not available"), "{missing}");
        assert!(view.next(&Changes { pages: [(page(1), None)].into(), ..Changes::default() }).is_err());
        assert_eq!(asked.remembered(), (0, 0, 0), "{lie:?}");
        assert!(asked.faults().len() >= 4, "{lie:?}: both servers, twice");
    }
}
