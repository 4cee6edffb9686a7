//! Compaction: writing the live rows of several segments into fewer, without the dead ones.
//!
//! The long part needs no writer: [`Writer::plan_compaction`] chooses segments, [`Compaction::build`]
//! writes their live rows into new files on any thread, while the writer goes on, and
//! [`Writer::install`] makes one commit that names the new segments in place of the old. Rows that
//! died meanwhile are looked up by id and are dead in the new segments too. The log stays as it is.
//!
//! Rows are copied as they are stored, checksums included: whatever was damaged is still seen to be.

use std::ops::{AddAssign, Range};
use std::path::PathBuf;
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::durable;
use crate::error::StoreError;
use crate::lock::Lock;
use crate::manifest::{Manifest, SegmentEntry};
use crate::names::tombstone_path;
use crate::new_files::NewFiles;
use crate::options::CompactOptions;
use crate::piece::{OpenPiece, Piece};
use crate::rows::Rows;
use crate::segment;
use crate::snapshot::Snapshot;
use crate::tiers::{Candidate, choose};
use crate::tombstones::Tombstones;
use crate::writer::Writer;

/// Segments that are to be merged. As long as it exists, no other writer can open the store.
#[derive(Debug)]
#[must_use = "nothing happens until it is built and installed"]
pub struct Compaction {
    dir: PathBuf,
    snapshot: Arc<Snapshot>,
    shard: u32,
    /// Which of the snapshot's pieces.
    pieces: Vec<usize>,
    /// The numbers of the new segments.
    numbers: Range<u64>,
    target_rows: u32,
    /// Dropped last.
    lock: Arc<Lock>,
}

/// Merged segments that wait for [`Writer::install`]. Dropped, it deletes their files.
#[derive(Debug)]
#[must_use = "nothing happens until it is installed"]
pub struct BuiltCompaction {
    /// The new segments, mapped.
    pieces: Vec<Piece>,
    entries: Vec<SegmentEntry>,
    files: NewFiles,
    plan: Compaction,
}

/// What a compaction did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CompactReport {
    /// Segments that are gone.
    pub merged: usize,
    /// Segments that took their place.
    pub written: usize,
    /// Rows that were copied.
    pub copied: u64,
    /// Dead rows that are gone.
    pub dropped: u64,
}

impl AddAssign for CompactReport {
    fn add_assign(&mut self, other: Self) {
        self.merged += other.merged;
        self.written += other.written;
        self.copied += other.copied;
        self.dropped += other.dropped;
    }
}

impl Writer {
    /// Chooses segments of one shard to merge, about as many as make one of `target_rows`; `None`
    /// when none are worth it. Quick, but for `full`, which seals the log first and, when there is
    /// nothing to merge, [forgets](Self::forget_previous) the commit before if that names files of
    /// its own, such as the log. To go on with everything that is worth it, plan again after each
    /// [`install`](Self::install).
    ///
    /// # Errors
    ///
    /// [`StoreError::InvalidOptions`] for no rows per segment, and with `full` those of
    /// [`seal`](Self::seal).
    pub fn plan_compaction(
        &mut self,
        options: &CompactOptions,
    ) -> Result<Option<Compaction>, StoreError> {
        if options.target_rows == 0 {
            let what = "the number of rows per merged segment must be at least 1".to_owned();
            return Err(StoreError::InvalidOptions { what });
        }
        if options.full {
            self.seal()?;
        }
        let snapshot = self.newest()?;
        let mut shards: Vec<Vec<Candidate>> = Vec::new();
        shards.resize_with(snapshot.manifest.shards as usize, Vec::new);
        for (index, at) in snapshot.segments.iter().enumerate() {
            let SegmentEntry { shard, rows, min_id, .. } = snapshot.manifest.segments[*at];
            let live = rows - snapshot.pieces[index].deleted();
            shards[shard as usize].push(Candidate { index, min_id, rows, live });
        }
        for (shard, segments) in (0..).zip(shards) {
            let chosen = choose(segments, options);
            if chosen.is_empty() {
                continue;
            }
            let rows: u64 = chosen.iter().map(|it| u64::from(it.live)).sum();
            let first = self.next_file;
            self.next_file += rows.div_ceil(u64::from(options.target_rows));
            return Ok(Some(Compaction {
                dir: self.dir.clone(),
                shard,
                pieces: chosen.iter().map(|it| it.index).collect(),
                numbers: first..self.next_file,
                target_rows: options.target_rows,
                lock: Arc::clone(&self.lock),
                snapshot,
            }));
        }
        if options.full {
            drop(snapshot); // A mapped file cannot be deleted everywhere.
            self.forget_superseded()?;
        }
        Ok(None)
    }

    /// Puts merged segments in the place of those they were made of: one commit. The old files
    /// are deleted at the next one, like all that is superseded.
    ///
    /// # Errors
    ///
    /// [`StoreError::CompactionOutdated`] if the segments are gone, for example because another
    /// compaction was installed meanwhile, or if another writer planned it; and as for
    /// [`append`](Self::append) while writing. After an error the merged segments are deleted.
    pub fn install(&mut self, built: BuiltCompaction) -> Result<CompactReport, StoreError> {
        let snapshot = self.settled()?;
        let ours = Arc::ptr_eq(&self.lock, &built.plan.lock);
        let Some(now) = ours.then(|| built.plan.find(&snapshot)).flatten() else {
            return Err(StoreError::CompactionOutdated { path: self.dir.clone() });
        };
        let BuiltCompaction { pieces, mut entries, mut files, plan } = built;
        let mut dead = Vec::new();
        for (before, now) in plan.pieces().zip(&now) {
            let ids = before.piece.rows().ids;
            let died = before.live_rows().filter(|row| !now.is_live(*row));
            dead.extend(died.map(|row| ids[row as usize]));
        }
        dead.sort_unstable();
        let shard_dir = snapshot.manifest.shard_dir(&self.dir, plan.shard);
        for (piece, entry) in pieces.iter().zip(&mut entries) {
            let rows = piece.find(&dead);
            if !rows.is_empty() {
                let mut deleted = Tombstones::default();
                deleted.insert_all(&rows);
                let number = self.take_file_number();
                files.add(tombstone_path(&shard_dir, entry.number, number));
                deleted.write(&shard_dir, entry, number)?;
                durable::sync_dir(&shard_dir)?;
            }
        }

        let copied = entries.iter().map(|entry| u64::from(entry.rows)).sum();
        let before: u64 = now.iter().map(|open| u64::from(open.piece.len())).sum();
        let report = CompactReport {
            merged: now.len(),
            written: entries.len(),
            copied,
            dropped: before - copied,
        };
        let mut next = Manifest::clone(&snapshot.manifest);
        next.number += 1;
        next.segments.retain(|entry| plan.entries().all(|merged| merged.number != entry.number));
        next.segments.extend(entries);
        self.publish(next, &mut files)?;
        Ok(report)
    }

    /// Plans, builds and installs until nothing is left to do. Stopped half-way, it leaves what is
    /// installed so far. Needs room on disk for about two segments of `target_rows`, and deletes
    /// the old files as it goes.
    ///
    /// # Errors
    ///
    /// Those of [`plan_compaction`](Self::plan_compaction), [`Compaction::build`] and
    /// [`install`](Self::install).
    pub fn compact(
        &mut self,
        options: &CompactOptions,
        cancel: Option<&Cancel>,
    ) -> Result<CompactReport, StoreError> {
        let mut report = CompactReport::default();
        while let Some(plan) = self.plan_compaction(options)? {
            report += self.install(plan.build(cancel)?)?;
            self.forget_previous()?;
        }
        Ok(report)
    }
}

impl Compaction {
    /// Writes the merged segments; nothing names them until they are installed. Takes long, and
    /// nothing of the writer, which may append, delete and seal meanwhile.
    ///
    /// # Errors
    ///
    /// [`StoreError::Cancelled`], or what the operating system says; what was written is deleted
    /// then.
    pub fn build(self, cancel: Option<&Cancel>) -> Result<BuiltCompaction, StoreError> {
        let mut stop = || cancel.map_or(Ok(()), Cancel::check);
        stop()?;
        let manifest = &*self.snapshot.manifest;
        let sources: Vec<Rows<'_>> = self.pieces().map(|open| open.piece.rows()).collect();
        let mut refs = Vec::new();
        for (source, open) in (0..).zip(self.pieces()) {
            stop()?;
            refs.extend(open.live_refs(source));
        }
        refs.sort_unstable();
        let (mut files, mut entries) = (NewFiles::default(), Vec::new());
        for (number, refs) in self.numbers.clone().zip(refs.chunks(self.target_rows as usize)) {
            let to = (&*self.dir, manifest);
            entries.push(files.write_segment(
                to,
                (self.shard, number),
                &sources,
                refs,
                &mut stop,
            )?);
        }
        let shard_dir = manifest.shard_dir(&self.dir, self.shard);
        let pieces = entries.iter().map(|entry| segment::map(&shard_dir, manifest, entry));
        let pieces = pieces.collect::<Result<_, _>>()?;
        drop((sources, refs));
        Ok(BuiltCompaction { pieces, entries, files, plan: self })
    }

    /// The manifest's entries of the segments to merge.
    fn entries(&self) -> impl Iterator<Item = &SegmentEntry> {
        self.pieces.iter().map(|at| &self.snapshot.manifest.segments[self.snapshot.segments[*at]])
    }

    /// The segments to merge, as they were when this was planned.
    fn pieces(&self) -> impl Iterator<Item = &OpenPiece> {
        self.pieces.iter().map(|at| &self.snapshot.pieces[*at])
    }

    /// The segments to merge, as they are now, if all of them are still where they were.
    fn find<'a>(&self, now: &'a Snapshot) -> Option<Vec<&'a OpenPiece>> {
        let here = |manifest: &Manifest| manifest.shard_dir(&self.dir, self.shard);
        if here(&now.manifest) != here(&self.snapshot.manifest) {
            return None;
        }
        let find = |merged: &SegmentEntry| {
            let of = |at: &usize| now.manifest.segments[*at].number == merged.number;
            now.segments.iter().position(of).map(|at| &now.pieces[at])
        };
        self.entries().map(find).collect()
    }
}
