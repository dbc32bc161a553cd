// SPDX-License-Identifier: MIT OR Apache-2.0
//! What executing a block reads, and what it changes. Who verified what was read is not this module's
//! business: an implementation of [`State`] gives only what it has verified or is trusted for.

use std::collections::BTreeMap;
use std::sync::Arc;

use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

/// Both databases as one block found them.
pub trait State {
    /// Contents of a heap page; `None` when it is known to be absent.
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable>;

    /// What is installed under an `applicationID`; `None` when it is known that nothing is.
    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable>;
}

/// The state has no verified answer: a stateless node whose servers are silent or lie. Never an outcome
/// of a call (D35): who meets it waits, or asks elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not available: {why}")]
pub struct Unavailable {
    /// The page or code area, as people write it.
    pub what: String,
    /// The last thing that was tried.
    pub why: String,
}

/// Final differences of a block; `None` is absent from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Heap pages.
    pub pages: BTreeMap<PageId, Option<Vec<u8>>>,
    /// Code areas with their constants: images as `docs/algorand/image.md` has them.
    pub code: BTreeMap<u64, Option<Vec<u8>>>,
}
