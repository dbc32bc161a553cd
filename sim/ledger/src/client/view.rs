// SPDX-License-Identifier: MIT OR Apache-2.0
//! One state, seen through proofs: what executing a block reads, and the commitments after it.
//!
//! All proofs of a view are against one pair of commitments. The next block needs a new view, and with it new
//! proofs; values that did not change are not fetched again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use super::{Client, Fact, Held};
use crate::edb::Writes;
use crate::edb::update::{UpdateError, next_root};
use crate::ids::{AppId, Root};
use crate::state::{Changes, State, Unavailable};

/// Most pages, and most code areas, that one view holds.
const MOST: usize = 65_536;

/// Why there are no next commitments.
#[derive(Debug, thiserror::Error)]
pub enum NextError {
    /// A proof that is needed could not be had.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The changes or the commitments are wrong.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

/// Both databases under a pair of commitments.
pub struct View {
    client: Arc<Client>,
    heap: Root,
    code: Root,
    facts: Mutex<Facts>,
}

#[derive(Default)]
struct Facts {
    pages: BTreeMap<PageId, Fact<PageId>>,
    code: BTreeMap<AppId, Fact<AppId>>,
}

impl View {
    pub(super) fn new(client: Arc<Client>, heap: Root, code: Root) -> View {
        View { client, heap, code, facts: Mutex::default() }
    }

    /// The commitments: heap pages, code areas.
    pub fn roots(&self) -> (Root, Root) {
        (self.heap, self.code)
    }

    /// Fetches what will be needed, as soon as it is known (seed: "as soon as they see a transaction").
    pub fn prefetch(
        &self,
        pages: impl IntoIterator<Item = PageId>,
        apps: impl IntoIterator<Item = u64>,
    ) -> Result<(), Unavailable> {
        self.obtain(self.heap, pages.into_iter().collect(), |facts| &mut facts.pages)?;
        self.obtain(self.code, apps.into_iter().map(AppId).collect(), |facts| &mut facts.code)
    }

    /// The commitments after a block that makes these changes, from proofs alone.
    pub fn next(&self, changes: &Changes) -> Result<(Root, Root), NextError> {
        self.prefetch(changes.pages.keys().copied(), changes.code.keys().copied())?;
        let facts = self.facts();
        let heap = next_root(self.heap, &changes.pages, |id| facts.pages.get(&id).map(|f| &f.proven))?;
        let writes: Writes<AppId> = changes.code.iter().map(|(app, image)| (AppId(*app), image.clone())).collect();
        let code = next_root(self.code, &writes, |app| facts.code.get(&app).map(|f| &f.proven))?;
        Ok((heap, code))
    }

    /// Fetches those keys of which nothing is known yet.
    fn obtain<K: Held>(
        &self,
        root: Root,
        keys: BTreeSet<K>,
        of: fn(&mut Facts) -> &mut BTreeMap<K, Fact<K>>,
    ) -> Result<(), Unavailable> {
        let mut facts = self.facts();
        let known = of(&mut facts);
        let missing: Vec<K> = keys.into_iter().filter(|key| !known.contains_key(key)).collect();
        if let Some(first) = missing.first().filter(|_| known.len() + missing.len() > MOST) {
            return Err(Unavailable {
                what: first.to_string(),
                why: format!("one block reads at most {MOST} of them"),
            });
        }
        let fetched = self.client.fetch(root, &missing)?;
        known.extend(missing.into_iter().zip(fetched));
        Ok(())
    }

    fn facts(&self) -> MutexGuard<'_, Facts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State for View {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.prefetch([id], [])?;
        let facts = self.facts();
        Ok(facts.pages.get(&id).and_then(|fact| fact.held.as_ref()).map(|bytes| bytes.to_vec()))
    }

    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        self.prefetch([], [app])?;
        let facts = self.facts();
        match facts.code.get(&AppId(app)) {
            Some(fact) if fact.proven.value().is_some() && fact.held.is_none() => {
                let why = "what is installed, and proven, is no image".into();
                Err(Unavailable { what: format!("application {app}"), why })
            }
            fact => Ok(fact.and_then(|fact| fact.held.clone())),
        }
    }
}
