//! Saving what is left of a damaged store.
//!
//! Every row that checks out is kept. Files that are whole stay where they are; what is good in the
//! others, and in the log, is written into new segments; then one commit names all of it. Whoever is
//! interrupted before leaves the store as it was. Only after the commit are damaged files renamed;
//! a process that is killed in between leaves them under their names until a writer, two commits
//! later, deletes them.
//!
//! Where the newest manifest cannot be read, the files it named are looked for: `found.rs`.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::collect;
use crate::durable;
use crate::error::StoreError;
use crate::examine::{CommitState, Damage, Scan, SegmentState};
use crate::format::codes_per_row;
use crate::found::Found;
use crate::layers::{Layer, Layers};
use crate::lock::Lock;
use crate::log;
use crate::log_state::LogState;
use crate::manifest::Manifest;
use crate::names::manifest_path;
use crate::new_files::NewFiles;
use crate::options::Options;
use crate::rotation::Rotation;
use crate::rows::Rows;
use crate::snapshot::Snapshot;
use crate::verify::Commits;
use crate::writer::Writer;

/// What [`repair`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Rows that a search finds now.
    pub kept: u64,
    /// What is gone for good, or is not certain.
    pub lost: Vec<Damage>,
    /// Damaged files, under their new names, which end in `.damaged`. The store neither reads nor
    /// deletes them.
    pub renamed: Vec<PathBuf>,
}

/// Makes a damaged store whole again, from all rows that check out. Changes nothing where
/// [`verify`](crate::verify()) finds no damage. Takes the writer lock.
///
/// - Where it is not known any more which rows of a segment are deleted, all of them are back, but
///   for those that were replaced by newer ones.
/// - Where a damaged row, or a damaged part of the log, replaced an older row, the older one may be
///   back.
/// - Where the newest manifest cannot be read, rows of an append that never succeeded may be there.
///
/// # Errors
///
/// [`StoreError::Locked`] while a writer has the store;
/// [`ShardMissing`](StoreError::ShardMissing), as long as its disk may come back;
/// [`Damaged`](StoreError::Damaged) if not even the header of one file can be read; and those of
/// [`verify`](crate::verify()).
pub fn repair(dir: &Path, cancel: Option<&Cancel>) -> Result<Repair, StoreError> {
    let scan = Scan::new(cancel)?;
    Commits::read(dir)?; // Where no store is, nothing is touched.
    let lock = Lock::take(dir)?;
    let commits = Commits::read(dir)?;
    let mut remains = Remains::read(dir, &commits, &scan)?;
    let (mut kept, lost) = (remains.layers.live(), std::mem::take(&mut remains.lost));
    let mut damaged: Vec<PathBuf> = commits.damage.iter().map(|it| it.path.clone()).collect();
    damaged.append(&mut remains.damaged);
    let _lock = if remains.is_changed {
        let number = commits.numbers.first().copied().unwrap_or(0);
        let writer = remains.commit(dir, number, lock, &scan)?;
        let after = writer.newest()?;
        kept = after.rows() - after.deleted();
        Arc::clone(&writer.lock)
    } else {
        Arc::new(lock)
    };
    damaged.retain(|path| path.is_file());
    let renamed = damaged.iter().map(|path| durable::set_aside(path)).collect::<Result<_, _>>()?;
    Ok(Repair { kept, lost, renamed })
}

/// Reads a commit.
fn open(dir: &Path, manifest: &Manifest, scan: &Scan<'_>) -> Result<CommitState, StoreError> {
    let mut state = CommitState::open(dir, manifest)?;
    if let Some(first) = state.missing.first() {
        let (path, missing) = (dir.to_owned(), manifest.shard_dir(dir, *first));
        return Err(StoreError::ShardMissing { path, shards: state.missing, missing });
    }
    state.read(manifest.shards, scan)?;
    Ok(state)
}

/// Looks for the files of commits whose manifests cannot be read.
fn find(dir: &Path, commits: &Commits, scan: &Scan<'_>) -> Result<Found, StoreError> {
    Found::look(dir, commits.newest.as_ref(), scan)?.ok_or_else(|| {
        let Damage { path, what, .. } = &commits.damage[0];
        StoreError::damaged(path, format!("{what}, and no other file tells the dimension"))
    })
}

/// What can be read of a store.
#[derive(Debug)]
struct Remains {
    /// The commit to go on from.
    manifest: Manifest,
    /// Those of the manifest, in its order, then others.
    segments: Vec<SegmentState>,
    /// How many of the segments are the manifest's.
    named: usize,
    layers: Layers,
    lost: Vec<Damage>,
    /// Files that are to be renamed.
    damaged: Vec<PathBuf>,
    /// Whether a new commit is needed.
    is_changed: bool,
}

impl Remains {
    fn read(dir: &Path, commits: &Commits, scan: &Scan<'_>) -> Result<Self, StoreError> {
        let base = commits.newest.as_ref();
        let is_lost = commits.newest_is_damaged(dir);
        let found = is_lost.then(|| find(dir, commits, scan)).transpose()?;
        let state = base.map(|base| open(dir, base, scan)).transpose()?;
        let manifest = found.as_ref().map(|found| &found.manifest).or(base);
        let mut remains = Self {
            manifest: manifest.expect("one or the other").clone(),
            segments: Vec::new(),
            named: base.map_or(0, |base| base.segments.len()),
            layers: Layers::default(),
            lost: Vec::new(),
            damaged: Vec::new(),
            is_changed: found.is_some(),
        };
        remains.add(state, found, scan)?;
        for damage in &commits.damage {
            if base.is_none_or(|base| damage.path > manifest_path(dir, base.number)) {
                let count = remains.segments.len() - remains.named;
                let what = format!(
                    "{}; what it named was put together from {count} segment(s) that no other \
                     commit names, to a store of {} shard(s)",
                    damage.what, remains.manifest.shards
                );
                remains.lost.push(Damage::file(&damage.path, what));
            }
        }
        Ok(remains)
    }

    /// Lays what there is on one another, by age.
    fn add(
        &mut self,
        commit: Option<CommitState>,
        found: Option<Found>,
        scan: &Scan<'_>,
    ) -> Result<(), StoreError> {
        let mut logs = Vec::new();
        if let Some(commit) = commit {
            self.is_changed |= commit.damage().next().is_some();
            self.layers.add_commit(&commit.segments);
            (self.segments, logs) = (commit.segments, vec![commit.log]);
        }
        if let Some(found) = found {
            self.segments.extend(found.segments);
            logs.extend(found.logs);
        }
        for log in &mut logs {
            self.note_log(log, scan)?;
        }
        let mut logs = logs.iter().peekable();
        for (at, segment) in self.segments.iter().enumerate().skip(self.named) {
            while logs.len() > 1
                && let Some(log) = logs.next_if(|log| log.header.number < segment.entry.number)
            {
                self.layers.add_log(log);
            }
            self.layers.add_segment(at, segment, false);
        }
        logs.for_each(|log| self.layers.add_log(log));
        self.is_changed |= self.layers.settle();
        for at in 0..self.segments.len() {
            self.note(at);
        }
        Ok(())
    }

    /// Takes note of what a segment has lost, and of its damaged files.
    fn note(&mut self, at: usize) {
        let SegmentState { entry, path, piece, bad, damage, deleted, deleted_damage } =
            &self.segments[at];
        let is_deleted = |row| deleted.as_ref().is_some_and(|deleted| deleted.contains(row));
        let there = piece.as_ref().map_or(0, |piece| piece.len());
        let missing = (there..entry.rows).filter(|row| !is_deleted(*row)).count();
        if missing > 0 {
            let what = format!("{missing} row(s) from row {there} on are not there");
            self.lost.push(Damage::file(path, what));
        }
        let is_lost = |row| bad.binary_search(&row).is_ok() && !is_deleted(row);
        self.lost.extend(damage.iter().filter(|it| it.row.is_some_and(is_lost)).cloned());
        if !damage.is_empty() {
            self.damaged.push(path.clone());
        }
        if let Some(Damage { path, what, .. }) = deleted_damage {
            let what = format!("{what}; rows of its segment that were deleted may be back");
            self.lost.push(Damage::file(path, what));
            self.damaged.push(path.clone());
        }
    }

    /// Saves what it can of a log, and takes note of what it has lost.
    fn note_log(&mut self, log: &mut LogState, scan: &Scan<'_>) -> Result<(), StoreError> {
        log.rescue(scan)?;
        self.lost.append(&mut log.lost);
        if !log.damage.is_empty() {
            self.damaged.push(log.path.clone());
        }
        Ok(())
    }

    /// Writes what cannot stay where it is into new segments, and commits all that is left with a
    /// higher number than `number`.
    fn commit(
        self,
        dir: &Path,
        number: u64,
        lock: Lock,
        scan: &Scan<'_>,
    ) -> Result<Writer, StoreError> {
        let mut manifest = self.manifest;
        let used_up = || StoreError::damaged(dir, "its files have numbers that leave no next one");
        let last = collect::last_file_number(dir, &[&manifest])?;
        manifest.number = number;
        manifest.next_file = manifest.next_file.max(last.checked_add(1).ok_or_else(used_up)?);

        let mut numbers = HashSet::new();
        let mut stays = |layer: &Layer| {
            let at = layer.segment?;
            let state = &self.segments[at];
            let is_whole = state.damage.is_empty() && numbers.insert(state.entry.number);
            let is_used = at < self.named || layer.open.deleted() < layer.open.piece.len();
            (is_whole && is_used).then_some(at)
        };
        let (mut staying, mut pieces) = (Vec::new(), Vec::new());
        for layer in self.layers.0 {
            match stays(&layer) {
                Some(at) => staying.push((at, layer.open)),
                None => pieces.push(layer.open),
            }
        }
        staying.sort_by_key(|(at, _)| *at);
        manifest.segments.clear();
        for (at, _) in &staying {
            let state = &self.segments[*at];
            let mut entry = state.entry.clone();
            entry.deleted = entry.deleted.filter(|_| state.deleted.is_some());
            manifest.segments.push(entry);
        }
        drop(self.segments);
        let count = staying.len();
        pieces.splice(0..0, staying.into_iter().map(|(_, open)| open));
        let next_file = manifest.next_file;
        let snapshot = Snapshot {
            rotation: Arc::new(Rotation::new(codes_per_row(manifest.dim), manifest.seed)),
            manifest: Arc::new(manifest),
            pieces,
            segments: (0..count).collect(),
            log: log::START,
            torn: false,
            missing: Arc::new([]),
            damage: Vec::new(),
        };

        let mut writer = Writer::going_on(dir, snapshot, next_file, lock)?;
        let before = writer.newest()?;
        let mut next = Manifest::clone(&before.manifest);
        next.number = number.checked_add(1).ok_or_else(used_up)?;
        let moving = before.log_pieces();
        let sources: Vec<Rows<'_>> = moving.iter().map(|open| open.piece.rows()).collect();
        let mut refs = Vec::new();
        for (source, open) in (0..).zip(moving) {
            refs.extend(open.live_refs(source));
        }
        let mut files = NewFiles::default();
        let entries = files.write_segments(
            (dir, &next),
            &mut writer.next_file,
            &sources,
            &mut refs,
            Options::DEFAULT_SEGMENT_ROWS,
            &mut || scan.check(),
        )?;
        next.segments.extend(entries);
        writer.write_tombstones(&mut next, &before)?;
        writer.commit(next, &mut files)?;
        Ok(writer)
    }
}
