//! Changing a store: what is written in which order, so that every moment leaves a whole store.
//!
//! 1. Rows go behind the committed rows of open segments, or into new segment files; each file is
//!    synced. No manifest says that they exist.
//! 2. Deleted and replaced rows go into new tombstone files, synced. No manifest names them.
//! 3. The new manifest is written under a temporary name and synced.
//! 4. It is renamed to its own name. *This is the commit*: readers see all of it from now on.
//! 5. The directory is synced, so that the commit survives a power failure; the call may return.
//! 6. The manifest before the previous one, and the files that only it names, are deleted.
//!
//! A process that dies before 4 leaves bytes that nobody reads: the next append writes over torn
//! rows, the next open deletes unnamed files.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::collect;
use crate::durable;
use crate::error::StoreError;
use crate::format::{
    LOCK_NAME, SegmentHeader, TEMPORARY, manifest_path, parse_manifest_name, shard_dir, shard_of,
};
use crate::input::check_batch;
use crate::lock::Lock;
use crate::manifest::{Manifest, SegmentEntry};
use crate::options::Options;
use crate::reader::{Reader, check_dim};
use crate::segment;
use crate::snapshot::Snapshot;

/// The one writer of a store. Holds the lock until it is dropped.
#[derive(Debug)]
pub struct Writer {
    dir: PathBuf,
    segment_rows: u32,
    /// Shows the newest commit, always.
    reader: Reader,
    /// The commit before the newest, if its manifest is still there.
    previous: Option<Manifest>,
    /// What opening had to say.
    warnings: Vec<String>,
    /// A commit went wrong between steps 4 and 5: the directory may be ahead of `reader`.
    failed: bool,
    /// Dropped last.
    _lock: Lock,
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendReport {
    /// How many rows were stored.
    pub appended: usize,
    /// How many of them replaced a row with the same id.
    pub replaced: usize,
    /// The number of the commit.
    pub manifest: u64,
}

impl Writer {
    /// Opens the store in `dir` for writing, or creates it there if the directory is missing or
    /// empty. Takes the writer lock, and deletes what an interrupted writer left.
    ///
    /// If the newest commit is damaged, the writer goes on from the one before and says so in
    /// [`warnings`](Self::warnings).
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] if another writer has it;
    /// [`DimensionMismatch`](StoreError::DimensionMismatch) and
    /// [`ShardMismatch`](StoreError::ShardMismatch) if the store was created otherwise;
    /// [`NotAStore`](StoreError::NotAStore) for a file or a directory with other things in it;
    /// and those of [`Reader::open`].
    pub fn open(dir: impl AsRef<Path>, options: &Options) -> Result<Self, StoreError> {
        let dir = dir.as_ref();
        StoreError::check_geometry(options.dim, options.shards.unwrap_or(1))?;
        if options.segment_rows == 0 {
            let what = "the number of rows per segment must be at least 1".to_owned();
            return Err(StoreError::InvalidOptions { what });
        }
        create_dir(dir)?;
        refuse_foreign(dir)?;
        let lock = Lock::take(dir)?;
        if Manifest::list(dir)?.is_empty() {
            create(dir, options)?;
        }

        let snapshot = Snapshot::newest(dir, None)?;
        check_dim(dir, &snapshot, options.dim)?;
        let expected = snapshot.manifest.shards;
        if let Some(found) = options.shards.filter(|found| *found != expected) {
            return Err(StoreError::ShardMismatch { path: dir.to_owned(), expected, found });
        }

        let warnings = snapshot.warnings.clone();
        let numbers = Manifest::list(dir)?;
        // The one before the newest that is whole; a damaged one is of no use to anybody.
        let older = numbers.iter().filter(|number| **number < snapshot.manifest.number);
        let previous = older.copied().find_map(|number| Manifest::read(dir, number).ok());
        let reader = Reader::with_snapshot(dir, snapshot, options.threads)?;
        let mut writer = Self {
            dir: dir.to_owned(),
            segment_rows: options.segment_rows,
            reader,
            previous,
            warnings,
            failed: false,
            _lock: lock,
        };
        if writer.warnings.is_empty() {
            let newest = writer.reader.snapshot();
            let keep: Vec<_> = [&newest.manifest].into_iter().chain(&writer.previous).collect();
            collect::sweep(dir, &keep)?;
        } else {
            writer.supersede_damaged(numbers[0])?;
        }
        Ok(writer)
    }

    /// Stores `rows`, one vector of the store's dimension per id, one after the other. A vector
    /// under an id that is already stored replaces the old one. All or nothing, and durable when
    /// this returns: this is a commit.
    ///
    /// # Errors
    ///
    /// For what may not be stored, nothing of which is: [`StoreError::LengthMismatch`],
    /// [`DuplicateId`](StoreError::DuplicateId), [`IdTooLarge`](StoreError::IdTooLarge),
    /// [`BadComponent`](StoreError::BadComponent). While writing:
    /// [`DiskFull`](StoreError::DiskFull) or what else the operating system says; nothing is
    /// stored then, and the call may be repeated, unless it is
    /// [`WriterFailed`](StoreError::WriterFailed).
    pub fn append(&mut self, ids: &[u64], rows: &[f32]) -> Result<AppendReport, StoreError> {
        let (snapshot, mut next) = self.begin()?;
        let dim = next.dim;
        let order = check_batch(ids, rows, dim)?;
        if ids.is_empty() {
            let manifest = snapshot.manifest.number;
            return Ok(AppendReport { appended: 0, replaced: 0, manifest });
        }
        let row = |at: usize| (ids[at], &rows[at * dim..][..dim]);

        // No id can be found in a segment whose ids are all smaller, so new ids cost nothing here.
        let rising: Vec<u64> = order.iter().map(|at| ids[*at]).collect();
        let replaced = self.delete_rows(&mut next, &snapshot, &rising)?;
        for shard in 0..next.shards {
            let of_shard: Vec<(u64, &[f32])> = order
                .iter()
                .map(|at| row(*at))
                .filter(|(id, _)| shard_of(*id, next.shards) == shard)
                .collect();
            self.append_to_shard(&mut next, shard, &of_shard)?;
        }
        let manifest = next.number;
        self.commit(next)?;
        Ok(AppendReport { appended: ids.len(), replaced, manifest })
    }

    /// Deletes the vectors under these ids and returns how many there were; ids that are not stored
    /// do no harm. All or nothing, and durable when this returns.
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append) while writing.
    pub fn delete(&mut self, ids: &[u64]) -> Result<usize, StoreError> {
        let (snapshot, mut next) = self.begin()?;
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let deleted = self.delete_rows(&mut next, &snapshot, &ids)?;
        if deleted > 0 {
            self.commit(next)?;
        }
        Ok(deleted)
    }

    /// A reader that always shows this writer's newest commit, also to other threads.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// What opening found that somebody should know, one sentence each; empty when all was well.
    #[must_use]
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The newest commit, and a copy of its manifest to turn into the next.
    fn begin(&self) -> Result<(Arc<Snapshot>, Manifest), StoreError> {
        if self.failed {
            return Err(StoreError::WriterFailed { path: self.dir.clone() });
        }
        let snapshot = self.reader.snapshot();
        let mut next = snapshot.manifest.clone();
        next.number += 1;
        Ok((snapshot, next))
    }

    /// Step 1 for one shard. `rows` must rise by id.
    fn append_to_shard(
        &self,
        next: &mut Manifest,
        shard: u32,
        mut rows: &[(u64, &[f32])],
    ) -> Result<(), StoreError> {
        let dim = next.dim;
        while let [(first, _), ..] = *rows {
            let Some(entry) = next.open_segment(shard) else {
                let number = next.take_file_number();
                next.segments.push(SegmentEntry {
                    shard,
                    number,
                    rows: 0,
                    min_id: first,
                    max_id: first,
                    ascending: true,
                    sealed: false,
                    deleted: None,
                });
                continue;
            };
            let room = self.segment_rows.saturating_sub(entry.rows);
            let count = u32::try_from(rows.len()).unwrap_or(u32::MAX).min(room);
            let (now, later) = rows.split_at(count as usize);
            if let [.., (last, _)] = *now {
                let header = SegmentHeader { dim, shard, number: entry.number };
                segment::append_rows(&self.dir, header, entry.rows, now.iter().copied())?;
                entry.ascending &= entry.rows == 0 || entry.max_id < first;
                entry.min_id = entry.min_id.min(first);
                entry.max_id = entry.max_id.max(last);
                entry.rows += count;
            }
            entry.sealed = entry.rows >= self.segment_rows;
            rows = later;
        }
        Ok(())
    }

    /// Step 2: tombstones for the live rows under `ids`, which must rise. Returns how many.
    fn delete_rows(
        &self,
        next: &mut Manifest,
        snapshot: &Snapshot,
        ids: &[u64],
    ) -> Result<usize, StoreError> {
        let mut deleted = 0;
        for (at, rows) in snapshot.find_live(ids).iter().enumerate() {
            if rows.is_empty() {
                continue;
            }
            let before = snapshot.segments[at].deleted.as_deref();
            let mut tombstones = before.cloned().unwrap_or_default();
            for row in rows {
                tombstones.insert(*row);
            }
            let file = next.take_file_number();
            let entry = &mut next.segments[at];
            tombstones.write(&self.dir, entry, file)?;
            durable::sync_dir(&shard_dir(&self.dir, entry.shard))?;
            deleted += rows.len();
        }
        Ok(deleted)
    }

    /// Steps 3 to 6.
    fn commit(&mut self, next: Manifest) -> Result<(), StoreError> {
        let path = manifest_path(&self.dir, next.number);
        let temporary = durable::prepare(&path, &next.encode())?;
        // From here on an error leaves it open whether the commit took place, and going on from
        // the old manifest could write over rows that the new one names.
        self.failed = true;
        durable::reveal(&temporary, &path)?;
        let before = self.reader.snapshot();
        self.reader.show(Snapshot::load(&self.dir, next, Some(&before))?);
        self.failed = false;

        let newest = self.reader.snapshot();
        if let Some(dropped) = self.previous.replace(before.manifest.clone()) {
            let keep = [&newest.manifest, &before.manifest];
            collect::drop_superseded(&self.dir, &dropped, &keep);
        }
        Ok(())
    }

    /// Commits what the newest whole manifest says once more, above the damaged ones (the highest
    /// is `last`). Segments are sealed and file numbers skipped, so that nothing is written over
    /// that a damaged commit may have named, and nothing is deleted before the next opening:
    /// readers may still show it, and whoever wants to rescue its rows finds them.
    fn supersede_damaged(&mut self, last: u64) -> Result<(), StoreError> {
        let (_, mut next) = self.begin()?;
        next.number = last + 1;
        next.next_file = next.next_file.max(collect::last_file_number(&self.dir)? + 1);
        for entry in &mut next.segments {
            entry.sealed = true;
        }
        self.commit(next)
    }
}

/// Creates a missing directory, and makes its name durable.
fn create_dir(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    match fs::create_dir_all(dir) {
        Ok(()) => durable::sync_dir(durable::parent(dir)),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory
            ) =>
        {
            let found = "it, or a part of its path, is a file".to_owned();
            Err(StoreError::NotAStore { path: dir.to_owned(), found })
        }
        Err(error) => Err(StoreError::io("creating", dir, error)),
    }
}

/// Refuses a directory that has something in it but no manifest, before touching it. What an
/// interrupted creation leaves is fine.
fn refuse_foreign(dir: &Path) -> Result<(), StoreError> {
    if !Manifest::list(dir)?.is_empty() {
        return Ok(());
    }
    for entry in fs::read_dir(dir).map_err(StoreError::because("listing", dir))? {
        let name = entry.map_err(StoreError::because("listing", dir))?.file_name();
        let name = name.to_string_lossy();
        let temporary = name.strip_suffix(TEMPORARY).and_then(parse_manifest_name);
        if name != LOCK_NAME && temporary.is_none() {
            let found = format!("it holds no manifest, but {name:?}");
            return Err(StoreError::NotAStore { path: dir.to_owned(), found });
        }
    }
    Ok(())
}

/// Commits an empty store.
fn create(dir: &Path, options: &Options) -> Result<(), StoreError> {
    let store = format!("{:016x}", RandomState::new().hash_one(dir));
    let manifest = Manifest::new(store, options.dim, options.shards.unwrap_or(1));
    let path = manifest_path(dir, manifest.number);
    let temporary = durable::prepare(&path, &manifest.encode())?;
    durable::reveal(&temporary, &path)
}
