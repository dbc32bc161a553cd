// SPDX-License-Identifier: MIT OR Apache-2.0
//! A node without a database beside one with both: the same pages, the same code, the same next commitments.

use std::sync::Arc;

use avm_ledger::client::cache::Sizes;
use avm_ledger::client::view::NextError;
use avm_ledger::client::{Client, Config, Unanswered, Wrong};
use avm_ledger::edb::disk::Options;
use avm_ledger::edb::update::UpdateError;
use avm_ledger::ids::{Root, Round};
use avm_ledger::server::Server;
use avm_ledger::server::limits::Limits;
use avm_ledger::state::{Changes, State as _};
use avm_ledger::store::Store;
use avm_sim::algorand::world::PageId;

use crate::support::chain::{append, changes};
use crate::support::rng::Rng;

const SEED: u64 = 31;

struct Scene {
    _folder: tempfile::TempDir,
    store: Arc<Store>,
    server: Server,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(&folder.path().join("ledger"), Options::small()).expect("a store");
    let store = Arc::new(store);
    let limits = Limits { rate: 1_000_000, burst: 1_000_000, ..Limits::default() };
    let server = Server::start(store.clone(), "127.0.0.1:0".parse().expect("an address"), limits).expect("started");
    Scene { _folder: folder, store, server }
}

fn client(scene: &Scene, config: Config) -> Arc<Client> {
    Arc::new(Client::new(&[format!("http://{}", scene.server.address())], config).expect("a client"))
}

#[test]
fn a_node_without_a_database_follows_the_chain() {
    let scene = scene();
    // A small cache, so that things are forgotten.
    let sizes = Sizes { pages: 50.try_into().expect("some"), images: 3.try_into().expect("some") };
    let asked = client(&scene, Config { cache: sizes, ..Config::default() });
    let mut rng = Rng::new(1);
    let (mut heap, mut code) = (Root::EMPTY, Root::EMPTY);
    for round in 1..=40 {
        let view = asked.view(heap, code);
        let changes = changes(SEED, round);
        if rng.one_in(2) {
            view.prefetch(changes.pages.keys().copied(), changes.code.keys().copied()).expect("proofs");
        }
        for _ in 0..100 {
            let id = PageId { app: 1 + rng.below(6) as u64, page: rng.below(70) as u64 };
            assert_eq!(view.page(id), scene.store.page(id), "round {round}: {id}");
        }
        for app in 0..25 {
            assert_eq!(view.code(app), scene.store.code(app), "round {round}: application {app}");
        }
        let next = view.next(&changes).expect("commitments");
        append(&scene.store, SEED, round).expect("kept");
        let tip = scene.store.tip().expect("a block");
        assert_eq!(next, (tip.heap, tip.code), "round {round}");
        (heap, code) = next;
        if rng.one_in(2) {
            asked.remember(&changes);
        }
        let claims = asked.claimed_tips();
        assert_eq!((claims.len(), &claims[0].1), (1, &Ok(Some(tip))));
    }
    assert_eq!(asked.faults(), []);
    let (pages, images, _) = asked.remembered();
    assert_eq!((pages, images), (50, 3));
}

/// Proofs are of one state. When the server has moved on, the view gets no more of them, and says so.
#[test]
fn a_view_is_of_one_state() {
    let scene = scene();
    append(&scene.store, SEED, 1).expect("kept");
    let asked = client(&scene, Config::default());
    let tip = scene.store.tip().expect("a block");
    let (old, id) = (asked.view(tip.heap, tip.code), PageId { app: 1, page: 1 });
    let before = old.page(id).expect("a page");
    let mut round = 1;
    while scene.store.tip().expect("a block").heap == tip.heap {
        round += 1;
        append(&scene.store, SEED, round).expect("kept");
    }
    assert_eq!(old.page(id), Ok(before), "what was fetched stays");
    assert!(old.page(PageId { app: 9, page: 9 }).is_err());
    let faults = asked.faults();
    assert!(matches!(faults[..], [ref f] if f.wrong == Wrong::Unanswered(Unanswered::OtherState)), "{faults:?}");
    let now = scene.store.tip().expect("a block");
    let new = asked.view(now.heap, now.code);
    assert_eq!(new.page(id), scene.store.page(id));
    assert_eq!(new.page(PageId { app: 9, page: 9 }), Ok(None));
}

#[test]
fn the_second_server_answers_when_the_first_does_not() {
    let scene = scene();
    append(&scene.store, SEED, 1).expect("kept");
    let tip = scene.store.tip().expect("a block");
    // Nobody listens there any more.
    let gone = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let servers = [gone.to_string(), scene.server.address().to_string()];
    let asked = Arc::new(Client::new(&servers, Config::default()).expect("a client"));
    let view = asked.view(tip.heap, tip.code);
    for page in 0..10 {
        let id = PageId { app: 1, page };
        assert_eq!(view.page(id), scene.store.page(id));
    }
    let faults = asked.faults();
    assert!(matches!(faults[..], [ref f] if f.server == servers[0]), "asked once, and last from then on: {faults:?}");
}

/// What cannot be a value is refused before it is hashed.
#[test]
fn changes_that_cannot_be_have_no_commitment() {
    let scene = scene();
    let asked = client(&scene, Config::default());
    let view = asked.view(Root::EMPTY, Root::EMPTY);
    let large = Changes { pages: [(PageId { app: 1, page: 1 }, Some(vec![0; 2_000]))].into(), ..Changes::default() };
    assert!(matches!(view.next(&large), Err(NextError::Update(UpdateError::Value { .. }))));
    assert_eq!(view.next(&Changes::default()).expect("the same"), (Root::EMPTY, Root::EMPTY));
    assert_eq!(scene.store.block(Round(1)).expect("a record"), None);
}
