// SPDX-License-Identifier: MIT OR Apache-2.0
//! A state in memory: for tests, figures, and whoever holds a small network whole. It proves nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use avm_sim::algorand::image::{Image, ImageError};
use avm_sim::algorand::world::PageId;

use crate::state::{Changes, State, Unavailable};

/// Pages and code, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Heap pages.
    pub pages: BTreeMap<PageId, Vec<u8>>,
    /// Code by application.
    pub code: BTreeMap<u64, Arc<Image>>,
}

impl Memory {
    /// Makes the changes of a block.
    pub fn apply(&mut self, changes: &Changes) -> Result<(), ImageError> {
        for (app, image) in &changes.code {
            match image {
                Some(bytes) => self.code.insert(*app, Arc::new(Image::from_bytes(bytes)?)),
                None => self.code.remove(app),
            };
        }
        for (id, page) in &changes.pages {
            match page {
                Some(bytes) => self.pages.insert(*id, bytes.clone()),
                None => self.pages.remove(id),
            };
        }
        Ok(())
    }
}

impl State for Memory {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        Ok(self.pages.get(&id).cloned())
    }

    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        Ok(self.code.get(&app).cloned())
    }
}
