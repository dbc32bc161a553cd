// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chain on disk, and a node without a database that follows it through a page server: the same blocks, the same
//! commitments.

use std::sync::Arc;

use avm_ledger::client::{Client, Config};
use avm_ledger::commitments::Preparing;
use avm_ledger::edb::disk::Options;
use avm_ledger::ids::Root;
use avm_ledger::server::Server;
use avm_ledger::server::limits::Limits;
use avm_ledger::state::State as _;
use avm_ledger::store::{Notes, Store};
use avm_ledger::tx::{Act, Transaction};
use avm_ledger::validate::{Before, Commitments, Invalid, Proposal, confirm, propose, validate};

use crate::random::candidates;
use crate::support::*;

struct Scene {
    _folder: tempfile::TempDir,
    store: Arc<Store>,
    _server: Server,
    client: Arc<Client>,
    net: Net,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let (store, _) = Store::open(&folder.path().join("ledger"), Options::small()).expect("a store");
    let store = Arc::new(store);
    let limits = Limits { rate: 1_000_000, burst: 1_000_000, ..Limits::default() };
    let server = Server::start(store.clone(), "127.0.0.1:0".parse().expect("an address"), limits).expect("started");
    let client = Client::new(&[format!("http://{}", server.address())], Config::default()).expect("a client");
    let preparing = Preparing::new(&store);
    let net = Net::bare(12, 1_000, |changes| preparing.after(changes).expect("commitments"));
    store.commit(preparing.take().unwrap(), &net.parent().to_kept(), &Notes::new()).expect("kept");
    Scene { _folder: folder, store, _server: server, client: Arc::new(client), net }
}

impl Scene {
    /// The next block: produced and validated on the store, validated through proofs, kept.
    fn go(&mut self, candidates: Vec<Transaction>) -> usize {
        let (net, store) = (&self.net, &self.store);
        let (genesis, parent, preparing) = (net.genesis, net.parent(), Preparing::new(store));
        let proposal = propose(genesis, parent, net.certificate(), candidates, &**store, &preparing).expect("a block");
        let (block, transactions) = (&proposal.block, &proposal.transactions);
        // Without a database: the listed pages are fetched while the proposal is on its way.
        let view = self.client.view(parent.roots.heap, parent.roots.code);
        transactions
            .iter()
            .map(Transaction::wants)
            .for_each(|(apps, pages)| view.prefetch(pages, apps).expect("proofs"));
        let before = Before { after: &net.state, pages: &net.before };
        assert_eq!(confirm(genesis, parent, block, &before), Ok(()));
        let stateless = validate(genesis, block, transactions.clone(), &view, &view).expect("valid without a database");
        let full = validate(genesis, block, transactions.clone(), &**store, &preparing).expect("valid");
        assert_eq!((&stateless.changes, &stateless.receipts), (&full.changes, &full.receipts));
        // What is wrong is wrong for both.
        let mut wrong = block.clone();
        wrong.roots.heap = Root([1; 32]);
        let judged = validate(genesis, &wrong, transactions.clone(), &view, &view);
        assert!(matches!(judged, Err(Invalid::Roots { computed, .. }) if *computed == block.roots));
        store.commit(preparing.take().unwrap(), &block.to_kept(), &Notes::new()).expect("kept");
        self.follow(proposal)
    }

    fn follow(&mut self, proposal: Proposal) -> usize {
        let pages: Vec<_> = proposal.executed.changes.pages.keys().copied().collect();
        let receipts = self.net.follow(proposal);
        for id in pages {
            assert_eq!(self.store.page(id), self.net.state.page(id), "{id}");
        }
        receipts.len()
    }
}

/// Blocks of 1,000 random candidates: conflicting, failing, refused.
#[test]
fn a_node_without_a_database_validates_the_chain() {
    let mut scene = scene();
    let install = scene.net.change(PROBE, Act::Install(assembled(include_str!("probe.avm"))));
    scene.go(vec![install]);
    let (mut rng, mut taken) = (Rng(31), 0);
    for _ in 0..3 {
        let candidates = candidates(&scene.net, &mut rng, 1_000);
        taken += scene.go(candidates);
    }
    assert!(taken > 2_000, "{taken}");
    assert_eq!(scene.client.faults(), []);
}
