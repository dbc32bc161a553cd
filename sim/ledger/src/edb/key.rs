// SPDX-License-Identifier: MIT OR Apache-2.0
//! What values are kept under, and which values a key can have.

use std::fmt::{Debug, Display};

use avm_sim::algorand::params::{CODE_BYTES, CONST_BYTES, PAGE_MAX};
use avm_sim::algorand::world::{PageId, World};

use super::hash::{self, Domain};
use crate::ids::AppId;

/// Longest image: its header, a full code area and a full constant area (`docs/algorand/image.md`).
pub const IMAGE_MAX: usize = 20 + CODE_BYTES + CONST_BYTES;

/// Where a key lies in the trie: 256 bits, the first of them the most significant one of byte 0.
pub type Path = [u8; 32];

/// A kind of keys. Keys of different kinds never share a path.
pub trait Key: Copy + Ord + Debug + Display + Send + Sync + 'static {
    /// Largest value, bytes.
    const VALUE_MAX: usize;
    /// Bytes of an encoded key.
    const WIDTH: usize;

    /// The key in fixed widths: numbers of 8 bytes, little-endian.
    fn encode(self) -> impl AsRef<[u8]>;

    /// The key that these bytes are; `None` if there are not [`Key::WIDTH`] of them.
    fn decode(bytes: &[u8]) -> Option<Self>;

    /// Where the key lies: a hash of its encoding, so that paths spread evenly whatever users choose.
    fn path(self) -> Path;

    /// Says what is wrong with a value.
    fn check(value: &[u8]) -> Result<(), String>;
}

/// The number in 8 bytes.
fn number(bytes: &[u8]) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// Heap pages: `applicationID|pageIndex` (seed, "Persistence").
impl Key for PageId {
    const VALUE_MAX: usize = PAGE_MAX;
    const WIDTH: usize = 16;

    fn encode(self) -> impl AsRef<[u8]> {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.app.to_le_bytes());
        bytes[8..].copy_from_slice(&self.page.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<PageId> {
        let (app, page) = bytes.split_at_checked(8)?;
        Some(PageId { app: number(app)?, page: number(page)? })
    }

    fn path(self) -> Path {
        hash::of(Domain::HeapKey, self.encode().as_ref())
    }

    fn check(value: &[u8]) -> Result<(), String> {
        if World::is_page_size(value.len()) {
            return Ok(());
        }
        Err(format!("a page has 8 to {PAGE_MAX} bytes, a multiple of 8; this one has {}", value.len()))
    }
}

/// Code areas with their constants, which are whole images: `applicationID` (seed, "Persistence").
impl Key for AppId {
    const VALUE_MAX: usize = IMAGE_MAX;
    const WIDTH: usize = 8;

    fn encode(self) -> impl AsRef<[u8]> {
        self.0.to_le_bytes()
    }

    fn decode(bytes: &[u8]) -> Option<AppId> {
        number(bytes).map(AppId)
    }

    fn path(self) -> Path {
        hash::of(Domain::CodeKey, self.encode().as_ref())
    }

    fn check(value: &[u8]) -> Result<(), String> {
        if !value.is_empty() && value.len() <= IMAGE_MAX {
            return Ok(());
        }
        Err(format!("an image has 1 to {IMAGE_MAX} bytes; this one has {}", value.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fixed widths: no two keys have one encoding, as `1|23` and `12|3` would have in decimal digits.
    #[test]
    fn keys_are_read_as_they_are_written() {
        for page in [PageId { app: 1, page: 23 }, PageId { app: 12, page: 3 }, PageId { app: u64::MAX, page: 0 }] {
            assert_eq!(PageId::decode(page.encode().as_ref()), Some(page));
        }
        assert_eq!(AppId::decode(AppId(7).encode().as_ref()), Some(AppId(7)));
        for short in [0, 7, 9, 15, 17] {
            assert_eq!((PageId::decode(&vec![0; short]), AppId::decode(&vec![0; short])), (None, None), "{short}");
        }
    }

    #[test]
    fn kinds_of_keys_lie_apart() {
        assert_ne!(AppId(7).path(), PageId { app: 7, page: 0 }.path());
        assert_ne!(PageId { app: 1, page: 2 }.path(), PageId { app: 2, page: 1 }.path());
    }

    #[test]
    fn values_have_sizes() {
        let page = |n: usize| PageId::check(&vec![0; n]).is_ok();
        assert_eq!([0, 7, 8, 12, 1_024, 1_032].map(page), [false, false, true, false, true, false]);
        let image = |n: usize| AppId::check(&vec![0; n]).is_ok();
        assert_eq!([0, 1, IMAGE_MAX, IMAGE_MAX + 1].map(image), [false, true, true, false]);
    }
}
