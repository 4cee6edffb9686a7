//! Which rows of a segment are deleted.

use std::fs;
use std::io;
use std::path::Path;

use crate::durable;
use crate::error::StoreError;
use crate::format::{TombstoneHeader, decode_tombstones, encode_tombstones};
use crate::manifest::{DeletedEntry, SegmentEntry};
use crate::names::tombstone_path;

/// One bit per row. On disk a set is never changed: each delete writes a new file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tombstones {
    /// Low bits first; rows beyond the last word are live.
    words: Vec<u64>,
    /// Bits that are set.
    len: u32,
}

impl Tombstones {
    /// Reads the tombstones that `entry` names, `None` if it names none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] (also when the file is missing),
    /// [`StoreError::UnsupportedFormat`], or what the operating system says.
    pub(crate) fn read(shard_dir: &Path, entry: &SegmentEntry) -> Result<Option<Self>, StoreError> {
        let Some(deleted) = entry.deleted else { return Ok(None) };
        let path = tombstone_path(shard_dir, entry.number, deleted.file);
        let bytes = fs::read(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::damaged(&path, "it is missing"),
            _ => StoreError::io("reading", &path, error),
        })?;
        let words = decode_tombstones(header(entry, deleted.rows), &bytes, &path)?;
        Ok(Some(Self { words, len: deleted.rows }))
    }

    /// Writes these tombstones as a new, synced file and makes `entry` name it.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub(crate) fn write(
        &self,
        shard_dir: &Path,
        entry: &mut SegmentEntry,
        file: u64,
    ) -> Result<(), StoreError> {
        let path = tombstone_path(shard_dir, entry.number, file);
        let mut words = self.words.clone();
        words.resize((entry.rows as usize).div_ceil(64), 0);
        durable::write_file(&path, &encode_tombstones(header(entry, self.len), &words))?;
        entry.deleted = Some(DeletedEntry { file, rows: self.len });
        Ok(())
    }

    /// How many rows are deleted.
    pub(crate) const fn len(&self) -> u32 {
        self.len
    }

    /// Whether `row` is deleted.
    pub(crate) fn contains(&self, row: u32) -> bool {
        self.words.get(row as usize / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The bits of rows 64·`at` to 64·`at` + 63.
    pub(crate) fn word(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or(0)
    }

    /// Deletes rows; those that are deleted already stay so.
    pub(crate) fn insert_all(&mut self, rows: &[u32]) {
        for row in rows {
            let (word, bit) = (*row as usize / 64, 1 << (row % 64));
            if word >= self.words.len() {
                self.words.resize(word + 1, 0);
            }
            self.len += u32::from(self.words[word] & bit == 0);
            self.words[word] |= bit;
        }
    }
}

fn header(entry: &SegmentEntry, deleted: u32) -> TombstoneHeader {
    TombstoneHeader { shard: entry.shard, segment: entry.number, rows: entry.rows, deleted }
}
