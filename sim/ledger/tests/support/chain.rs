// SPDX-License-Identifier: MIT OR Apache-2.0
//! A chain of made-up blocks that anybody can compute from a seed: what block `n` changes, and all that is there
//! after it.

use std::collections::BTreeMap;
use std::sync::RwLock;

use avm_ledger::edb::Edb as _;
use avm_ledger::ids::{AppId, Hash, Round};
use avm_ledger::state::Changes;
use avm_ledger::store::{Block, Notes, Store};
use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use super::rng::Rng;

/// Between fork and exec a child has all files of its parent, locks included. Who spawns one writes this; who
/// closes a database and opens it at once reads it meanwhile.
pub static FORKS: RwLock<()> = RwLock::new(());

/// A history of this seed has its pages far apart: nearly every block takes new pages of the trie.
pub const WIDE: u64 = 21;

/// What block `round` changes. A few change no page, or no code.
pub fn changes(seed: u64, round: u64) -> Changes {
    let mut rng = Rng::new(seed.wrapping_mul(1 << 32).wrapping_add(round));
    let mut changes = Changes::default();
    let pages = if seed == WIDE { 100_000 } else { 60 };
    if !rng.one_in(7) {
        for _ in 0..1 + rng.below(40) {
            let id = PageId { app: 1 + rng.below(5) as u64, page: rng.below(pages) as u64 };
            let bytes = (!rng.one_in(4)).then(|| {
                let words = 1 + rng.below(128);
                rng.bytes(8 * words)
            });
            changes.pages.insert(id, bytes);
        }
    }
    if rng.one_in(2) {
        let code = rng.bytes(1_000);
        let image = Image::with_methods(code, &[], &rng.bytes(40)).expect("an image").to_bytes();
        changes.code.insert(1 + rng.below(20) as u64, (!rng.one_in(4)).then_some(image));
    }
    changes
}

/// Computes block `round` and keeps it, with a note.
pub fn append(store: &Store, seed: u64, round: u64) -> Result<(), avm_ledger::store::StoreError> {
    let prepared = store.prepare(&changes(seed, round))?;
    let (heap, code) = prepared.roots();
    let bytes = round.to_le_bytes().repeat(1 + round as usize % 500);
    let block = Block { round: Round(round), hash: Hash([round as u8; 32]), heap, code, bytes };
    let notes = Notes::from([(b"last".to_vec(), Some(round.to_le_bytes().to_vec()))]);
    store.commit(prepared, &block, &notes).map(|_| ())
}

/// All that is there after the blocks 1 to `round`.
#[derive(Default)]
pub struct World {
    round: u64,
    pages: BTreeMap<PageId, Option<Vec<u8>>>,
    code: BTreeMap<u64, Option<Vec<u8>>>,
}

impl World {
    /// Goes on to a later round.
    pub fn go(&mut self, seed: u64, round: u64) {
        assert!(round >= self.round, "a block was lost");
        for n in self.round + 1..=round {
            let changes = changes(seed, n);
            self.pages.extend(changes.pages);
            self.code.extend(changes.code);
        }
        self.round = round;
    }

    /// Whether the store is exactly there: roots, values with their proofs, record, notes.
    pub fn check(&self, store: &Store) {
        let tip = store.tip().expect("a block");
        assert_eq!(tip.round, Round(self.round));
        assert_eq!((store.heap().root(), store.code_areas().root()), (tip.heap, tip.code));
        let block = store.block(tip.round).expect("a record").expect("a block");
        assert_eq!(block.bytes, self.round.to_le_bytes().repeat(1 + self.round as usize % 500));
        assert_eq!(store.block(Round(self.round + 1)).expect("a record"), None);
        assert_eq!(store.note(b"last").expect("notes"), Some(self.round.to_le_bytes().to_vec()));
        let keys: Vec<PageId> = self.pages.keys().copied().collect();
        let (root, answers) = store.heap().get_all(&keys).expect("answers");
        for (key, answer) in keys.iter().zip(answers) {
            assert_eq!(answer.value, self.pages[key], "page {key}");
            answer.proof.verify(root, *key, answer.value.as_deref()).expect("a proof that holds");
        }
        for (app, image) in &self.code {
            let (root, answer) = store.code_areas().get(AppId(*app)).expect("an answer");
            assert_eq!(answer.value, *image, "application {app}");
            answer.proof.verify(root, AppId(*app), answer.value.as_deref()).expect("a proof that holds");
        }
    }
}
