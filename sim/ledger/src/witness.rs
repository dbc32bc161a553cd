// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a block reads of the state before it, with proofs: who has that and the commitments before the block executes it
//! again, and computes the commitments after it, with no database and nobody to ask.
//!
//! [`Reading`] finds out what is read, [`Witness`] is kept or sent, and [`Known`] is a witness that was verified: nothing
//! else reads its values.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use avm_sim::algorand::image::Image;
use avm_sim::algorand::world::PageId;

use crate::block::Roots;
use crate::bytes::{Malformed, Reader};
use crate::edb::key::Key;
use crate::edb::proof::{Proof, ProofError, Verified};
use crate::edb::update::next_root;
use crate::edb::{Edb as _, EdbError, Writes};
use crate::ids::AppId;
use crate::state::{Changes, State, Unavailable};
use crate::store::Store;
use crate::validate::Commitments;

/// A state, and what was asked of it.
pub struct Reading<'a> {
    state: &'a dyn State,
    pages: RefCell<BTreeSet<PageId>>,
    apps: RefCell<BTreeSet<u64>>,
}

impl<'a> Reading<'a> {
    /// Nothing has been asked yet.
    pub fn new(state: &'a dyn State) -> Reading<'a> {
        Reading { state, pages: RefCell::default(), apps: RefCell::default() }
    }

    /// Everything that was asked, of this store, which is still the one that answered.
    pub fn witness(&self, store: &Store) -> Result<Witness, EdbError> {
        Witness::of(store, self.pages.borrow().iter().copied(), self.apps.borrow().iter().copied())
    }
}

impl State for Reading<'_> {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.pages.borrow_mut().insert(id);
        self.state.page(id)
    }

    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        self.apps.borrow_mut().insert(app);
        self.state.code(app)
    }
}

/// A value, or that there is none, with its proof. Nobody has looked at the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven<K> {
    /// The key.
    pub key: K,
    /// The value.
    pub value: Option<Vec<u8>>,
    /// Of the one or the other.
    pub proof: Proof,
}

/// Pages and code areas of one state, with proofs that nobody has looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// Heap pages.
    pub pages: Vec<Proven<PageId>>,
    /// Code areas.
    pub code: Vec<Proven<AppId>>,
}

/// Why a witness proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// A proof does not hold.
    #[error("the proof of {key}: {error}")]
    Proof {
        /// The key, as people write it.
        key: String,
        /// What does not hold.
        error: ProofError,
    },
    /// What is proven is none of its kind.
    #[error("what is installed as application {0} is no image")]
    Image(AppId),
}

impl Witness {
    /// These pages and code areas of a store, as they are now.
    pub fn of(
        store: &Store,
        pages: impl IntoIterator<Item = PageId>,
        apps: impl IntoIterator<Item = u64>,
    ) -> Result<Witness, EdbError> {
        let pages: Vec<_> = pages.into_iter().collect();
        let apps: Vec<_> = apps.into_iter().map(AppId).collect();
        Ok(Witness { pages: proven(store.heap(), pages)?, code: proven(store.code_areas(), apps)? })
    }

    /// Verifies all of it against the commitments of its state.
    pub fn check(&self, roots: Roots) -> Result<Known, WitnessError> {
        let verified = |p: &Proven<PageId>| Ok((p.key, (p.value.clone(), verify(roots.heap, p)?)));
        let pages = self.pages.iter().map(verified).collect::<Result<_, WitnessError>>()?;
        let installed = |p: &Proven<AppId>| {
            let verified = verify(roots.code, p)?;
            let image =
                p.value.as_deref().map(Image::from_bytes).transpose().map_err(|_| WitnessError::Image(p.key))?;
            Ok((p.key, (image.map(Arc::new), verified)))
        };
        let code = self.code.iter().map(installed).collect::<Result<_, WitnessError>>()?;
        Ok(Known { roots, pages, code })
    }

    /// The witness as it is kept: pages, then code areas, each behind their number (4 bytes). Each has its key, the length
    /// of its value (4 bytes; all ones: none), the value, the proof.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        write(&self.pages, &mut out);
        write(&self.code, &mut out);
        out
    }

    /// Reads a witness; any bytes are answered.
    pub fn from_bytes(bytes: &[u8]) -> Result<Witness, Malformed> {
        let mut from = Reader::new(bytes);
        let witness = Witness { pages: read(&mut from)?, code: read(&mut from)? };
        from.end()?;
        Ok(witness)
    }
}

/// The length of a value that is not there.
const NONE: u32 = u32::MAX;

fn write<K: Key>(all: &[Proven<K>], out: &mut Vec<u8>) {
    // A block reads far fewer.
    out.extend((all.len() as u32).to_le_bytes());
    for proven in all {
        out.extend(proven.key.encode().as_ref());
        let length = proven.value.as_ref().map_or(NONE, |value| value.len() as u32);
        out.extend(length.to_le_bytes());
        out.extend(proven.value.iter().flatten());
        proven.proof.encode(out);
    }
}

fn read<K: Key>(from: &mut Reader<'_>) -> Result<Vec<Proven<K>>, Malformed> {
    let number = from.u32()?;
    // Not `with_capacity`: the number is the writer's word.
    let mut all = Vec::new();
    for _ in 0..number {
        let key = K::decode(from.take(K::WIDTH)?);
        let Some(key) = key else { return from.refuse("no key of this kind") };
        let value = match from.u32()? {
            NONE => None,
            length => Some(from.take(length as usize)?.to_vec()),
        };
        all.push(Proven { key, value, proof: Proof::decode(from)? });
    }
    Ok(all)
}

fn proven<K: Key>(database: &crate::edb::disk::Disk<K>, keys: Vec<K>) -> Result<Vec<Proven<K>>, EdbError> {
    let (_, answers) = database.get_all(&keys)?;
    let proven = |(key, answer): (K, crate::edb::Answer)| Proven { key, value: answer.value, proof: answer.proof };
    Ok(keys.into_iter().zip(answers).map(proven).collect())
}

fn verify<K: Key>(root: crate::ids::Root, proven: &Proven<K>) -> Result<Verified<K>, WitnessError> {
    let verified = proven.proof.verify(root, proven.key, proven.value.as_deref());
    verified.map_err(|error| WitnessError::Proof { key: proven.key.to_string(), error })
}

/// A value that is proven.
type Held<K, V> = BTreeMap<K, (Option<V>, Verified<K>)>;

/// A witness that was verified: a state that knows some pages and code areas, and says so of all others.
pub struct Known {
    roots: Roots,
    pages: Held<PageId, Vec<u8>>,
    code: Held<AppId, Arc<Image>>,
}

fn not_there(what: String) -> Unavailable {
    Unavailable { what, why: "the witness does not have it".into() }
}

impl State for Known {
    fn page(&self, id: PageId) -> Result<Option<Vec<u8>>, Unavailable> {
        self.pages.get(&id).map(|(value, _)| value.clone()).ok_or_else(|| not_there(format!("page {id}")))
    }

    fn code(&self, app: u64) -> Result<Option<Arc<Image>>, Unavailable> {
        let found = self.code.get(&AppId(app));
        found.map(|(image, _)| image.clone()).ok_or_else(|| not_there(format!("application {app}")))
    }
}

impl Commitments for Known {
    fn after(&self, changes: &Changes) -> Result<Roots, Unavailable> {
        let failed =
            |e: &dyn std::fmt::Display| Unavailable { what: "the state after the block".into(), why: e.to_string() };
        let code: Writes<AppId> = changes.code.iter().map(|(app, image)| (AppId(*app), image.clone())).collect();
        let heap = next_root(self.roots.heap, &changes.pages, |id| self.pages.get(&id).map(|(_, proven)| proven));
        let code = next_root(self.roots.code, &code, |app| self.code.get(&app).map(|(_, proven)| proven));
        Ok(Roots { heap: heap.map_err(|e| failed(&e))?, code: code.map_err(|e| failed(&e))? })
    }
}
