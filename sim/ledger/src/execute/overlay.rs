// SPDX-License-Identifier: MIT OR Apache-2.0
//! The state of the parent with the block's own changes over it (N9). What is read is read once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use avm_sim::algorand::image::Image;
use avm_sim::algorand::interp::Call;
use avm_sim::algorand::world::{Effects, PageId, World};

use super::growth_price;
use crate::state::{State, Unavailable};

pub(super) struct Overlay<'a> {
    state: &'a dyn State,
    pages: HashMap<PageId, Page>,
    code: HashMap<u64, Option<Arc<Image>>>,
}

/// A page of which something is known.
struct Page {
    before: Option<Vec<u8>>,
    now: Option<Vec<u8>>,
}

/// Pages by name; `None` for an absent one.
type Pages = BTreeMap<PageId, Option<Vec<u8>>>;

impl<'a> Overlay<'a> {
    pub fn new(state: &'a dyn State) -> Overlay<'a> {
        Overlay { state, pages: HashMap::new(), code: HashMap::new() }
    }

    /// The state of the parent, without what the block does.
    pub fn parent(&self) -> &'a dyn State {
        self.state
    }

    /// A page as it is now.
    pub fn now(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.pages.get(&id).map_or_else(|| self.state.page(id), |known| Ok(known.now.clone()))
    }

    /// What the listed pages and applications are now.
    pub fn world(&mut self, call: &Call) -> Result<World, Unavailable> {
        let mut world = World::default();
        for app in call.access.apps() {
            if let Some(image) = self.code(*app)? {
                world.apps.insert(*app, image);
            }
        }
        for id in call.access.pages() {
            if let Some(page) = self.page(*id)? {
                world.pages.insert(*id, page);
            }
        }
        Ok(world)
    }

    /// Code of the parent's state: that of the block is for the next one (N13).
    pub fn code(&mut self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        if let Some(known) = self.code.get(&app) {
            return Ok(known.clone());
        }
        let code = self.state.code(app)?;
        self.code.insert(app, code.clone());
        Ok(code)
    }

    fn page(&mut self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        if let Some(known) = self.pages.get(&id) {
            return Ok(known.now.clone());
        }
        let before = self.state.page(id)?;
        self.pages.insert(id, Page { now: before.clone(), before: before.clone() });
        Ok(before)
    }

    /// Fuel for what these effects add: page by page, what shrinks gives nothing back (N15). All pages have been read.
    pub fn growth(&self, effects: &Effects) -> i64 {
        let bytes = |page: Option<&Vec<u8>>| page.map_or(0, Vec::len);
        let grown = effects.written.iter().map(|(id, new)| {
            let old = bytes(self.pages.get(id).and_then(|page| page.now.as_ref()));
            bytes(new.as_ref()).saturating_sub(old)
        });
        growth_price(grown.sum())
    }

    /// Makes changes, of pages that have been read.
    pub fn apply(&mut self, effects: &Effects) {
        for (id, new) in &effects.written {
            let page = self.pages.get_mut(id).expect("a call changes listed pages, which were read");
            page.now.clone_from(new);
        }
    }

    /// Pages that differ from the parent's: as they are, and as they were.
    pub fn differences(&self) -> (Pages, Pages) {
        let changed = || self.pages.iter().filter(|(_, page)| page.now != page.before);
        let now = changed().map(|(id, page)| (*id, page.now.clone())).collect();
        (now, changed().map(|(id, page)| (*id, page.before.clone())).collect())
    }
}
