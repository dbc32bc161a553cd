// SPDX-License-Identifier: MIT OR Apache-2.0
//! What lies outside a call: installed applications, heap pages, and the list of what a call may touch.
//! Data only; the rules are the interpreter's and the core's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::image::Image;
use super::params::{ACCESS_APPS, ACCESS_PAGES, PAGE_MAX};

/// A heap page's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId {
    /// `applicationID` of the segment, 64 bits.
    pub app: u64,
    /// `pageIndex`, 64 bits.
    pub page: u64,
}

impl std::fmt::Display for PageId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.app, self.page)
    }
}

/// Installed applications and existing pages.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Applications by identifier.
    pub apps: BTreeMap<u64, Arc<Image>>,
    /// Contents of the pages that exist: 8 to [`PAGE_MAX`] bytes, a multiple of 8.
    pub pages: BTreeMap<PageId, Vec<u8>>,
}

impl World {
    /// Makes the changes of a call that returned.
    pub fn apply(&mut self, effects: &Effects) {
        for (&id, page) in &effects.written {
            match page {
                Some(bytes) => self.pages.insert(id, bytes.clone()),
                None => self.pages.remove(&id),
            };
        }
    }

    /// Whether `bytes` can be the size of a page (D28).
    pub const fn is_page_size(bytes: usize) -> bool {
        bytes >= 8 && bytes <= PAGE_MAX && bytes.is_multiple_of(8)
    }
}

/// What a call did to the heap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Pages on which a heap instruction found them listed, rolled back or not (D33).
    pub touched: BTreeSet<PageId>,
    /// Final difference: new contents, or `None` for a page that exists no more; empty unless the call
    /// returned (D33).
    pub written: BTreeMap<PageId, Option<Vec<u8>>>,
    /// Most entries that the undo log had at once.
    pub log_high: u32,
}

/// The applications and pages that a call may use (D32): sorted, unique, bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccessList {
    apps: Vec<u64>,
    pages: Vec<PageId>,
}

/// Why a list is refused before the call starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// Application 0 is nobody (D10).
    #[error("application 0 is nobody and cannot be listed")]
    Nobody,
    /// More applications than the machine takes.
    #[error("{0} applications are listed, the limit is {ACCESS_APPS}")]
    Applications(usize),
    /// More pages than the machine takes.
    #[error("{0} pages are listed, the limit is {ACCESS_PAGES}")]
    Pages(usize),
}

impl AccessList {
    /// A list of these entries, in any order; a page lists its application too.
    pub fn new(
        apps: impl IntoIterator<Item = u64>,
        pages: impl IntoIterator<Item = PageId>,
    ) -> Result<AccessList, AccessError> {
        let pages: BTreeSet<PageId> = pages.into_iter().collect();
        let apps: BTreeSet<u64> = apps.into_iter().chain(pages.iter().map(|p| p.app)).collect();
        if apps.contains(&0) {
            return Err(AccessError::Nobody);
        }
        if apps.len() > ACCESS_APPS {
            return Err(AccessError::Applications(apps.len()));
        }
        if pages.len() > ACCESS_PAGES {
            return Err(AccessError::Pages(pages.len()));
        }
        Ok(AccessList { apps: apps.into_iter().collect(), pages: pages.into_iter().collect() })
    }

    /// Listed applications, ascending.
    pub fn apps(&self) -> &[u64] {
        &self.apps
    }

    /// Listed pages, ascending; the core's slot number is the index.
    pub fn pages(&self) -> &[PageId] {
        &self.pages
    }

    /// Index of a listed application.
    pub fn app_index(&self, app: u64) -> Option<usize> {
        self.apps.binary_search(&app).ok()
    }

    /// Index of a listed page.
    pub fn page_index(&self, page: PageId) -> Option<usize> {
        self.pages.binary_search(&page).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(app: u64, page: u64) -> PageId {
        PageId { app, page }
    }

    /// Sorted, unique, a page's application included; the index of a page is its slot (D32).
    #[test]
    fn a_list_is_sorted_and_unique() {
        let list =
            AccessList::new([9, 7, 9], [page(8, 1), page(8, u64::MAX), page(7, 2), page(8, 1), page(8, 0)]).unwrap();
        assert_eq!(list.apps(), [7, 8, 9]);
        assert_eq!(list.pages(), [page(7, 2), page(8, 0), page(8, 1), page(8, u64::MAX)]);
        assert_eq!([7, 8, 9, 10, 0].map(|app| list.app_index(app)), [Some(0), Some(1), Some(2), None, None]);
        assert_eq!(list.page_index(page(8, 1)), Some(2));
        assert_eq!([page(7, 1), page(9, 2), page(8, 2)].map(|id| list.page_index(id)), [None; 3]);
        assert_eq!(AccessList::new([], []), Ok(AccessList::default()));
    }

    #[test]
    fn a_list_is_bounded() {
        let apps = |n: u64| AccessList::new(1..=n, []).map(|_| ());
        assert_eq!((apps(16), apps(17)), (Ok(()), Err(AccessError::Applications(17))));
        let pages = |n: u64| AccessList::new([], (0..n).map(|n| page(1, n))).map(|_| ());
        assert_eq!((pages(32), pages(33)), (Ok(()), Err(AccessError::Pages(33))));
        // The applications of pages count; entries given twice do not.
        let spread = |n: u64| AccessList::new(1..=8, (9..=n).map(|n| page(n, 0))).map(|_| ());
        assert_eq!((spread(16), spread(17)), (Ok(()), Err(AccessError::Applications(17))));
        assert_eq!(AccessList::new((0..40).map(|_| 1), (0..40).map(|_| page(1, 1))).map(|_| ()), Ok(()));
        assert_eq!(AccessList::new([0], []), Err(AccessError::Nobody));
        assert_eq!(AccessList::new([], [page(0, 1)]), Err(AccessError::Nobody));
    }

    #[test]
    fn page_sizes() {
        let sizes: Vec<usize> = (0..2_000).filter(|n| World::is_page_size(*n)).collect();
        assert_eq!((sizes.len(), sizes[0], sizes[1], sizes[127]), (128, 8, 16, 1_024));
    }

    #[test]
    fn effects_are_applied() {
        let mut world = World::default();
        world.pages.insert(page(1, 1), vec![1; 8]);
        world.pages.insert(page(1, 2), vec![2; 8]);
        let written = [(page(1, 1), None), (page(1, 2), Some(vec![3; 16])), (page(2, 1), Some(vec![4; 8]))].into();
        world.apply(&Effects { written, ..Effects::default() });
        assert_eq!(world.pages, [(page(1, 2), vec![3; 16]), (page(2, 1), vec![4; 8])].into());
    }
}
