//! Changing a store: what is written in which order, so that every moment leaves a whole store.
//!
//! An append or delete is one record of the log, synced. Readers see it when all of it is there.
//! When the log is full, or with many rows at once, it is *sealed*:
//!
//! 1. Its live rows go into new segment files; each is synced. No manifest says that they exist.
//! 2. Deleted and replaced rows of older segments go into new tombstone files, synced.
//! 3. An empty log is created and synced, and all directories with new files are.
//! 4. The new manifest is written under a temporary name and synced.
//! 5. It is renamed to its own name. *This is the commit*: readers see all of it from now on.
//! 6. The directory is synced, so that the commit survives a power failure; the call may return.
//! 7. The manifest before the previous one, and the files that only it names, are deleted.
//!
//! A process that dies before 5 leaves files that nobody names: the next writer deletes them.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::collect;
use crate::durable;
use crate::encoded_rows::EncodedRows;
use crate::error::StoreError;
use crate::input::check_batch;
use crate::lock::Lock;
use crate::log::LogWriter;
use crate::manifest::Manifest;
use crate::names::{LOCK_NAME, TEMPORARY, manifest_path, parse_log_name, parse_manifest_name};
use crate::new_files::NewFiles;
use crate::options::Options;
use crate::reader::{Reader, check_dim};
use crate::rows::{RowRef, Rows};
use crate::snapshot::Snapshot;

/// The seed of the rotation of new stores: one for all, so that equal vectors have equal scores
/// everywhere.
const SEED: u64 = u64::from_le_bytes(*b"clipfind");
/// So many rows at once go straight into a segment, instead of being written twice.
const DIRECT_ROWS: usize = 8192;
/// Records after which a log is sealed even if it has room for rows: each is a map of its own.
const MAX_RECORDS: u64 = 4096;

/// The one writer of a store. Holds the lock until it is dropped.
#[derive(Debug)]
pub struct Writer {
    pub(crate) dir: PathBuf,
    segment_rows: u32,
    /// Shows the newest commit, always.
    reader: Reader,
    log: LogWriter,
    /// The log is not to be continued: something that is no whole record is at its end.
    log_broken: bool,
    /// The smallest number that no file has had.
    pub(crate) next_file: u64,
    /// The commit before the newest, if its manifest is still there.
    pub(crate) previous: Option<Arc<Manifest>>,
    /// A commit went wrong between steps 5 and 6: the directory may be ahead of `reader`.
    failed: bool,
    /// Shared with compactions under way, whose files no other writer may take for left over.
    /// Dropped last.
    pub(crate) lock: Arc<Lock>,
}

/// What an append did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppendReport {
    /// How many rows were stored.
    pub appended: usize,
    /// How many of them replaced a row with the same id.
    pub replaced: usize,
}

impl Writer {
    /// Opens the store in `dir` for writing, or creates it there if the directory is missing or
    /// empty. Takes the writer lock, and deletes what an interrupted writer left.
    ///
    /// # Errors
    ///
    /// [`StoreError::Locked`] if another writer has it;
    /// [`DimensionMismatch`](StoreError::DimensionMismatch) and
    /// [`ShardMismatch`](StoreError::ShardMismatch) if the store was created otherwise;
    /// [`NotAStore`](StoreError::NotAStore) for a file or a directory with other things in it;
    /// [`Damaged`](StoreError::Damaged) if the newest commit or a part of the log is: going on would
    /// delete what [`repair`](crate::repair()) can save;
    /// [`ShardMissing`](StoreError::ShardMissing) if a shard's disk is not there; and those of [`Reader::open`].
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

        snapshot.refuse_missing(dir)?;
        snapshot.refuse_damaged()?;

        let numbers = Manifest::list(dir)?;
        // The one before the newest that is whole; a damaged one is of no use to anybody.
        let older = numbers.iter().filter(|number| **number < snapshot.manifest.number);
        let previous = older.copied().find_map(|number| Manifest::read(dir, number).ok());
        let reader = Reader::with_snapshot(dir, snapshot, options.threads)?;
        let newest = reader.snapshot();
        let writer = Self {
            dir: dir.to_owned(),
            segment_rows: options.segment_rows,
            log: LogWriter::at_end(dir, newest.manifest.log_header(), newest.log),
            log_broken: newest.torn,
            next_file: newest.manifest.next_file,
            reader,
            previous: previous.map(Arc::new),
            failed: false,
            lock: Arc::new(lock),
        };
        let keep: Vec<&Manifest> =
            [&newest.manifest].into_iter().chain(&writer.previous).map(|it| &**it).collect();
        collect::sweep(dir, &keep)?;
        Ok(writer)
    }

    /// A writer that goes on from `snapshot`, whatever is on the disk, and deletes nothing of it.
    /// The log is not to be continued.
    pub(crate) fn going_on(
        dir: &Path,
        snapshot: Snapshot,
        next_file: u64,
        lock: Lock,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            dir: dir.to_owned(),
            segment_rows: Options::DEFAULT_SEGMENT_ROWS,
            log: LogWriter::at_end(dir, snapshot.manifest.log_header(), snapshot.log),
            log_broken: true,
            next_file,
            reader: Reader::with_snapshot(dir, snapshot, None)?,
            previous: None,
            failed: false,
            lock: Arc::new(lock),
        })
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
    /// [`DiskFull`](StoreError::DiskFull) or what else the operating system says; the call may be
    /// repeated then, unless it is [`WriterFailed`](StoreError::WriterFailed).
    pub fn append(&mut self, ids: &[u64], rows: &[f32]) -> Result<AppendReport, StoreError> {
        let snapshot = self.newest()?;
        let dim = snapshot.manifest.dim;
        let order = check_batch(ids, rows, dim)?;
        if ids.is_empty() {
            return Ok(AppendReport { appended: 0, replaced: 0 });
        }
        let encoded =
            EncodedRows::new(ids, rows, dim, &order, &snapshot.rotation, self.reader.pool());
        let replaced = snapshot.count_live(encoded.rows().ids);
        if self.has_room(&snapshot, ids.len()) {
            self.record(|log| log.append(&encoded.rows()))?;
        } else {
            self.seal_with(Some(&encoded.rows()))?;
        }
        Ok(AppendReport { appended: ids.len(), replaced })
    }

    /// Deletes the vectors under these ids and returns how many there were; ids that are not stored
    /// do no harm. All or nothing, and durable when this returns.
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append) while writing.
    pub fn delete(&mut self, ids: &[u64]) -> Result<usize, StoreError> {
        let snapshot = self.newest()?;
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let ids = snapshot.live_among(&ids);
        if ids.is_empty() {
            return Ok(0);
        }
        if !self.has_room(&snapshot, 0) {
            self.seal_with(None)?;
        }
        // What a record deletes is not bounded by the room for rows, but by its counter.
        for ids in ids.chunks(u32::MAX as usize) {
            self.record(|log| log.delete(ids))?;
        }
        Ok(ids.len())
    }

    /// Moves the log's rows into segments, so that the next opening has no log to read. Happens by
    /// itself when the log is full.
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append) while writing.
    pub fn seal(&mut self) -> Result<(), StoreError> {
        let snapshot = self.newest()?;
        if snapshot.log.sequence == 0 && !self.log_broken {
            return Ok(());
        }
        self.seal_with(None)
    }

    /// A reader that always shows this writer's newest commit, also to other threads.
    #[must_use]
    pub fn reader(&self) -> Reader {
        self.reader.clone()
    }

    /// The newest commit.
    pub(crate) fn newest(&self) -> Result<Arc<Snapshot>, StoreError> {
        if self.failed {
            return Err(StoreError::WriterFailed { path: self.dir.clone() });
        }
        let snapshot = self.reader.snapshot();
        // Its rows could not be found when they are replaced or deleted.
        snapshot.refuse_missing(&self.dir)?;
        Ok(snapshot)
    }

    /// The newest commit, after making sure that its log can be continued.
    pub(crate) fn settled(&mut self) -> Result<Arc<Snapshot>, StoreError> {
        if self.log_broken {
            self.seal()?;
        }
        self.newest()
    }

    /// Whether the log can take `rows` more.
    fn has_room(&self, snapshot: &Snapshot, rows: usize) -> bool {
        let held: usize = snapshot.log_pieces().iter().map(|open| open.piece.len() as usize).sum();
        !self.log_broken
            && rows < DIRECT_ROWS
            && snapshot.log.sequence < MAX_RECORDS
            && held + rows <= self.segment_rows as usize
    }

    /// Writes a record and shows what it did.
    fn record(
        &mut self,
        write: impl FnOnce(&mut LogWriter) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        // After an error part of the record may be there, or all of it without being durable:
        // nothing may follow it, and what is before it is sealed from what is mapped.
        self.log_broken = true;
        write(&mut self.log)?;
        let next = self.reader.snapshot().extended(&self.dir)?;
        debug_assert_eq!(next.log, self.log.end(), "a record is whole once it is written");
        self.reader.show(next);
        self.log_broken = false;
        Ok(())
    }

    /// Seals the log, together with some more rows, which must rise by id.
    fn seal_with(&mut self, more: Option<&Rows<'_>>) -> Result<(), StoreError> {
        let before = self.reader.snapshot();
        let mut after = Snapshot::clone(&before);
        if let Some(rows) = more {
            after.delete(rows.ids);
        }
        let mut next = Manifest::clone(&before.manifest);
        next.number += 1;

        let log: Vec<_> = after.log_pieces().iter().collect();
        let mut sources: Vec<Rows<'_>> = log.iter().map(|open| open.piece.rows()).collect();
        let mut refs = Vec::new();
        for (source, open) in (0..).zip(&log) {
            refs.extend(open.live_refs(source));
        }
        if let Some(rows) = more {
            let source = u32::try_from(sources.len()).expect("fewer than MAX_RECORDS");
            refs.extend((0..).zip(rows.ids).map(|(row, id)| RowRef { id: *id, source, row }));
            sources.push(*rows);
        }
        let mut files = NewFiles::default();
        let entries = files.write_segments(
            (&self.dir, &next),
            &mut self.next_file,
            &sources,
            &mut refs,
            self.segment_rows,
            &mut || Ok(()),
        )?;
        next.segments.extend(entries);
        self.write_tombstones(&mut next, &after)?;
        drop((sources, log));
        self.commit(next, &mut files)
    }

    /// Step 2: tombstones for what `snapshot` has deleted and its manifest, which `next` came from,
    /// does not say.
    pub(crate) fn write_tombstones(
        &mut self,
        next: &mut Manifest,
        snapshot: &Snapshot,
    ) -> Result<(), StoreError> {
        for (at, open) in snapshot.segments.iter().zip(&snapshot.pieces) {
            let number = snapshot.manifest.segments[*at].number;
            let Some(entry) = next.segments.iter_mut().find(|entry| entry.number == number) else {
                continue;
            };
            let Some(deleted) = &open.deleted else { continue };
            if entry.deleted.is_some_and(|known| known.rows == deleted.len()) {
                continue;
            }
            self.next_file += 1;
            let shard_dir = snapshot.manifest.shard_dir(&self.dir, entry.shard);
            deleted.write(&shard_dir, entry, self.next_file - 1)?;
            durable::sync_dir(&shard_dir)?;
        }
        Ok(())
    }

    /// Commits the same once more, so that what only the commit before names is deleted now: after
    /// a compaction, the segments that were merged. ([`compact`](Self::compact) does it by itself.)
    ///
    /// # Errors
    ///
    /// As for [`append`](Self::append) while writing.
    pub fn forget_previous(&mut self) -> Result<(), StoreError> {
        let mut next = Manifest::clone(&self.newest()?.manifest);
        next.number += 1;
        self.publish(next, &mut NewFiles::default())
    }

    /// The same, if there is something to delete.
    pub(crate) fn forget_superseded(&mut self) -> Result<(), StoreError> {
        let newest = Arc::clone(&self.newest()?.manifest);
        let is_worth_it = |it: &Manifest| collect::has_files_of_its_own(&self.dir, it, &newest);
        if self.previous.as_deref().is_some_and(is_worth_it) {
            self.forget_previous()?;
        }
        Ok(())
    }

    /// A number for a new file.
    pub(crate) fn take_file_number(&mut self) -> u64 {
        self.next_file += 1;
        self.next_file - 1
    }

    /// Steps 3 to 7, with an empty log.
    pub(crate) fn commit(
        &mut self,
        mut next: Manifest,
        files: &mut NewFiles,
    ) -> Result<(), StoreError> {
        next.log = self.take_file_number();
        let log = LogWriter::create(&self.dir, next.log_header())?;
        durable::sync_dir(&self.dir)?;
        self.publish(next, files)?;
        (self.log, self.log_broken) = (log, false);
        Ok(())
    }

    /// Steps 4 to 7, with the log that `next` names. `files` are kept once the manifest may name
    /// them.
    pub(crate) fn publish(
        &mut self,
        mut next: Manifest,
        files: &mut NewFiles,
    ) -> Result<(), StoreError> {
        next.next_file = self.next_file;
        let path = manifest_path(&self.dir, next.number);
        if !next.has_numbers_left() {
            return Err(StoreError::damaged(&path, "its numbers would leave no next one"));
        }
        let temporary = durable::prepare(&path, &next.encode())?;
        // From here on an error leaves it open whether the commit took place.
        self.failed = true;
        files.keep();
        durable::reveal(&temporary, &path)?;
        let before = self.reader.snapshot();
        self.reader.show(Snapshot::load(&self.dir, next, Some(&before))?);
        self.failed = false;

        let newest = self.reader.snapshot();
        if let Some(dropped) = self.previous.replace(Arc::clone(&before.manifest)) {
            collect::drop_superseded(&self.dir, &dropped, &[&newest.manifest, &before.manifest]);
        }
        Ok(())
    }
}

/// Creates a missing directory and those above it, and makes its name durable.
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
        if name != LOCK_NAME && temporary.or_else(|| parse_log_name(&name)).is_none() {
            let found = format!("it holds no manifest, but {name:?}");
            return Err(StoreError::NotAStore { path: dir.to_owned(), found });
        }
    }
    Ok(())
}

/// Commits an empty store.
fn create(dir: &Path, options: &Options) -> Result<(), StoreError> {
    let store = format!("{:016x}", RandomState::new().hash_one(dir));
    let manifest = Manifest::new(store, options.dim, options.shards.unwrap_or(1), SEED);
    LogWriter::create(dir, manifest.log_header())?;
    let path = manifest_path(dir, manifest.number);
    let temporary = durable::prepare(&path, &manifest.encode())?;
    durable::reveal(&temporary, &path)
}
