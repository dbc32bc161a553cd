// SPDX-License-Identifier: MIT OR Apache-2.0
//! The record of blocks, and the notes that are committed with them: one file, `redb`.
//!
//! What a block says is not this module's business: it keeps bytes, and reads of them only what it wrote in front.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition};

use super::{StoreError, Tip};
use crate::bytes::Reader;
use crate::ids::{Hash, Root, Round};

/// The file.
pub(super) const FILE: &str = "blocks.redb";
/// What this build writes and reads.
const FORMAT: u64 = 1;
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
const NOTES: TableDefinition<'_, &[u8], &[u8]> = TableDefinition::new("notes");

/// A block as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its round.
    pub round: Round,
    /// Its hash.
    pub hash: Hash,
    /// Commitment to the heap pages after it.
    pub heap: Root,
    /// Commitment to the code areas after it.
    pub code: Root,
    /// The block itself.
    pub bytes: Vec<u8>,
}

/// What is written down beside blocks, under keys of the writer's choice; `None` strikes a note out.
pub type Notes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// A note: its key, and what it says.
pub type Note = (Vec<u8>, Vec<u8>);

impl Block {
    /// The state after it.
    pub fn tip(&self) -> Tip {
        Tip { round: self.round, hash: self.hash, heap: self.heap, code: self.code }
    }

    fn encode(&self) -> Vec<u8> {
        [&self.hash.0[..], &self.heap.0, &self.code.0, &self.bytes].concat()
    }

    fn decode(round: u64, value: &[u8]) -> Option<Block> {
        let mut from = Reader::new(value);
        let (hash, heap, code) = (from.array().ok()?, from.array().ok()?, from.array().ok()?);
        let bytes = value.get(96..)?.to_vec();
        Some(Block { round: Round(round), hash: Hash(hash), heap: Root(heap), code: Root(code), bytes })
    }
}

/// The open file.
pub(super) struct Record {
    database: Database,
    directory: PathBuf,
}

impl Record {
    /// Makes an empty record.
    pub(super) fn create(directory: &Path) -> Result<(), StoreError> {
        let error = |why: redb::Error| of(directory, why);
        let database = Database::create(directory.join(FILE)).map_err(|e| error(e.into()))?;
        let write = database.begin_write().map_err(|e| error(e.into()))?;
        write.open_table(META).map_err(|e| error(e.into()))?.insert("format", FORMAT).map_err(|e| error(e.into()))?;
        write.open_table(BLOCKS).map_err(|e| error(e.into()))?;
        write.open_table(NOTES).map_err(|e| error(e.into()))?;
        write.commit().map_err(|e| error(e.into()))
    }

    /// Opens the record.
    pub(super) fn open(directory: &Path) -> Result<Record, StoreError> {
        let database = Database::open(directory.join(FILE)).map_err(|e| of(directory, e.into()))?;
        let record = Record { database, directory: directory.to_owned() };
        let found = record.read(|read| {
            let format = read.open_table(META)?.get("format")?.map_or(0, |f| f.value());
            Ok(format)
        })?;
        if found == FORMAT {
            return Ok(record);
        }
        Err(StoreError::Format { directory: directory.to_owned(), found, known: FORMAT })
    }

    /// The last block.
    pub(super) fn tip(&self) -> Result<Option<Tip>, StoreError> {
        let last = self.read(|read| {
            let table = read.open_table(BLOCKS)?;
            let last = table.last()?.map(|(round, value)| (round.value(), value.value().to_vec()));
            Ok(last)
        })?;
        Ok(last.map(|(round, value)| self.decoded(round, &value)).transpose()?.map(|b| b.tip()))
    }

    /// The block of a round.
    pub(super) fn block(&self, round: Round) -> Result<Option<Block>, StoreError> {
        let value = self.read(|read| Ok(read.open_table(BLOCKS)?.get(round.0)?.map(|v| v.value().to_vec())))?;
        value.map(|value| self.decoded(round.0, &value)).transpose()
    }

    /// One note.
    pub(super) fn note(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|read| Ok(read.open_table(NOTES)?.get(key)?.map(|v| v.value().to_vec())))
    }

    /// Notes whose key begins with `prefix`.
    pub(super) fn notes(&self, prefix: &[u8]) -> Result<Vec<Note>, StoreError> {
        self.read(|read| {
            let mut found = Vec::new();
            for entry in read.open_table(NOTES)?.range(prefix..)? {
                let (key, value) = entry?;
                if !key.value().starts_with(prefix) {
                    break;
                }
                found.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(found)
        })
    }

    /// Writes a block and notes, all or nothing, to last.
    pub(super) fn append(&self, block: &Block, notes: &Notes) -> Result<(), StoreError> {
        self.write(block, notes).map_err(|e| of(&self.directory, e))
    }

    fn write(&self, block: &Block, notes: &Notes) -> Result<(), redb::Error> {
        let write = self.database.begin_write()?;
        write.open_table(BLOCKS)?.insert(block.round.0, block.encode().as_slice())?;
        {
            let mut table = write.open_table(NOTES)?;
            for (key, value) in notes {
                match value {
                    Some(value) => table.insert(key.as_slice(), value.as_slice())?,
                    None => table.remove(key.as_slice())?,
                };
            }
        }
        Ok(write.commit()?)
    }

    fn read<T>(&self, see: impl Fn(&redb::ReadTransaction) -> Result<T, redb::Error>) -> Result<T, StoreError> {
        let read = self.database.begin_read().map_err(|e| of(&self.directory, e.into()))?;
        see(&read).map_err(|e| of(&self.directory, e))
    }

    fn decoded(&self, round: u64, value: &[u8]) -> Result<Block, StoreError> {
        Block::decode(round, value).ok_or_else(|| StoreError::Record {
            directory: self.directory.clone(),
            why: format!("the block of round {round} is cut short"),
        })
    }
}

fn of(directory: &Path, why: redb::Error) -> StoreError {
    let full = matches!(&why, redb::Error::Io(e) if e.kind() == std::io::ErrorKind::StorageFull);
    let remedy = if full { ": make space on the disk, and do it again: nothing is lost" } else { "" };
    StoreError::Record { directory: directory.to_owned(), why: format!("{why}{remedy}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_as_they_are_written() {
        let block = Block {
            round: Round(7),
            hash: Hash([1; 32]),
            heap: Root([2; 32]),
            code: Root([3; 32]),
            bytes: b"anything".to_vec(),
        };
        assert_eq!(Block::decode(7, &block.encode()), Some(block.clone()));
        let empty = Block { bytes: vec![], ..block.clone() };
        assert_eq!(Block::decode(7, &empty.encode()), Some(empty));
        assert_eq!(Block::decode(7, &block.encode()[..95]), None);
    }
}
