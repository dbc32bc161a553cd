// SPDX-License-Identifier: MIT OR Apache-2.0
//! Values that were verified once, so that the next block fetches their proofs alone (seed: "nodes keep a cache of
//! heap pages", and of code areas). Bounded; what was not used longest goes first.
//!
//! Nothing here is believed: a value counts only together with a proof of its hash.

use std::num::NonZeroUsize;
use std::sync::Arc;

use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;
use lru::LruCache;

use crate::edb::proof::value_hash;
use crate::ids::{AppId, Hash};

/// How many values are remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Heap pages, of at most 1,024 bytes each.
    pub pages: NonZeroUsize,
    /// Code areas, of at most 33 KB each.
    pub images: NonZeroUsize,
}

impl Default for Sizes {
    fn default() -> Sizes {
        let sizes = (NonZeroUsize::new(16_384), NonZeroUsize::new(512));
        Sizes { pages: sizes.0.unwrap_or(NonZeroUsize::MIN), images: sizes.1.unwrap_or(NonZeroUsize::MIN) }
    }
}

/// What is remembered.
pub(super) struct Cache {
    /// Last known contents of pages.
    pages: LruCache<PageId, (Hash, Arc<[u8]>)>,
    /// Images by their hash, as the same code is often installed more than once.
    images: LruCache<Hash, Arc<Image>>,
    /// Which image an application had.
    installed: LruCache<AppId, Hash>,
}

impl Cache {
    pub(super) fn new(sizes: Sizes) -> Cache {
        Cache {
            pages: LruCache::new(sizes.pages),
            images: LruCache::new(sizes.images),
            installed: LruCache::new(sizes.images.saturating_mul(NonZeroUsize::MIN.saturating_add(7))),
        }
    }

    /// The last known contents of a page, with their hash.
    pub(super) fn page(&mut self, id: PageId) -> Option<(Hash, Arc<[u8]>)> {
        self.pages.get(&id).cloned()
    }

    /// Remembers a page.
    pub(super) fn keep_page(&mut self, id: PageId, bytes: Arc<[u8]>) {
        self.pages.put(id, (value_hash(&bytes), bytes));
    }

    /// The last known image of an application, with its hash.
    pub(super) fn code(&mut self, app: AppId) -> Option<(Hash, Arc<Image>)> {
        let hash = *self.installed.get(&app)?;
        Some((hash, self.images.get(&hash)?.clone()))
    }

    /// Remembers an image.
    pub(super) fn keep_code(&mut self, app: AppId, hash: Hash, image: Arc<Image>) {
        self.installed.put(app, hash);
        self.images.put(hash, image);
    }

    /// Pages, images and applications that are remembered.
    pub(super) fn len(&self) -> (usize, usize, usize) {
        (self.pages.len(), self.images.len(), self.installed.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_longest_goes_first() {
        let two = NonZeroUsize::MIN.saturating_add(1);
        let mut cache = Cache::new(Sizes { pages: two, images: two });
        let id = |page| PageId { app: 1, page };
        cache.keep_page(id(1), [1; 8].into());
        cache.keep_page(id(2), [2; 8].into());
        assert!(cache.page(id(1)).is_some());
        cache.keep_page(id(3), [3; 8].into());
        assert_eq!([1, 2, 3].map(|n| cache.page(id(n)).is_some()), [true, false, true]);
        for n in 0..100 {
            cache.keep_code(AppId(n), Hash([n as u8; 32]), Arc::default());
        }
        assert_eq!(cache.len(), (2, 2, 16));
        assert_eq!([0, 90, 98, 99].map(|n| cache.code(AppId(n)).is_some()), [false, false, true, true]);
    }
}
