//! What is left of a commit: opens its files as far as they can be read, reads all of them, and
//! says what is not as it was written.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::cancel::Cancel;
use crate::codes::Scale;
use crate::durable;
use crate::error::StoreError;
use crate::format::{FILE_HEADER, Layout, MAX_ID, SegmentHeader, shard_of};
use crate::log_state::LogState;
use crate::manifest::{Manifest, SegmentEntry};
use crate::names::segment_path;
use crate::piece::Piece;
use crate::place;
use crate::pool::pool;
use crate::rows::Rows;
use crate::segment;
use crate::tombstones::Tombstones;

/// Rows that a thread checks at a time.
const PART: u32 = 1024;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The file.
    pub path: PathBuf,
    /// The row's number in the file, from 0, if it is about one row.
    pub row: Option<u32>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, row, what } = self;
        match row {
            Some(row) => write!(f, "{}, row {row}: {what}", path.display()),
            None => write!(f, "{}: {what}", path.display()),
        }
    }
}

impl Damage {
    /// Damage to a whole file.
    pub(crate) fn file(path: &Path, what: impl Into<String>) -> Self {
        Self { path: path.to_owned(), row: None, what: what.into() }
    }
}

/// Separates damage, which is an answer here, from other errors.
pub(crate) fn sorted<T>(result: Result<T, StoreError>) -> Result<Result<T, Damage>, StoreError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(StoreError::Damaged { path, what }) => Ok(Err(Damage { path, row: None, what })),
        Err(error) => Err(error),
    }
}

/// On which threads rows are checked, and until when.
#[derive(Debug)]
pub(crate) struct Scan<'a> {
    pool: Arc<ThreadPool>,
    cancel: Option<&'a Cancel>,
}

impl<'a> Scan<'a> {
    /// On the threads that search.
    pub(crate) fn new(cancel: Option<&'a Cancel>) -> Result<Self, StoreError> {
        Ok(Self { pool: pool(None)?, cancel })
    }

    /// An error once it should stop.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        self.cancel.map_or(Ok(()), Cancel::check)
    }

    /// The rows that do not check out by themselves, wherever they lie.
    pub(crate) fn bad_rows(&self, piece: &Piece) -> Result<Vec<(u32, String)>, StoreError> {
        let rows = piece.rows();
        let part = |start: u32| {
            self.check()?;
            let end = piece.len().min(start.saturating_add(PART));
            let faults = (start..end).filter_map(|row| Some((row, fault(&rows, row)?)));
            Ok(faults.collect::<Vec<_>>())
        };
        if piece.len() <= PART {
            return part(0);
        }
        let parts = (0..piece.len().div_ceil(PART)).into_par_iter();
        let parts: Result<Vec<_>, _> =
            self.pool.install(|| parts.map(|at| part(at * PART)).collect());
        Ok(parts?.concat())
    }
}

/// What is wrong with a row by itself.
fn fault(rows: &Rows<'_>, row: u32) -> Option<String> {
    if !rows.is_intact(row) {
        return Some("its checksum is wrong".to_owned());
    }
    let id = rows.ids[row as usize];
    let Scale { step, error } = rows.scales[row as usize];
    let (high, low) = rows.planes(row);
    if id > MAX_ID {
        return Some(format!("its id {id} is too large"));
    }
    if !(step.is_finite() && step.is_sign_positive()) {
        return Some(format!("its step {step} is no step"));
    }
    if high.contains(&i8::MIN) || low.contains(&i8::MIN) {
        return Some("it has a code of -128".to_owned());
    }
    let squares: i32 = low.iter().map(|low| i32::from(*low).pow(2)).sum();
    let length = f64::from(step) * f64::from(squares).sqrt();
    let rounded_up = f64::from(error) >= length && f64::from(error.next_down()) < length;
    (!rounded_up).then(|| format!("its error {error} is not {length} rounded up"))
}

/// The first byte of the padding between the sections of rows that is not zero.
pub(crate) fn stained(piece: &Piece) -> Option<usize> {
    let (bytes, layout) = (piece.bytes(), piece.layout());
    let &Layout { rows, codes, scales, ids, checksums, high, low, .. } = layout;
    let paddings = [
        scales + rows * 8..ids,
        ids + rows * 8..checksums,
        checksums + rows * 4..high,
        high + rows * codes..low,
    ];
    paddings.into_iter().find_map(|padding| {
        let start = padding.start;
        bytes[padding].iter().position(|byte| *byte != 0).map(|at| start + at)
    })
}

/// A segment and its tombstones, as far as they can be read.
#[derive(Debug)]
pub(crate) struct SegmentState {
    pub(crate) entry: SegmentEntry,
    pub(crate) path: PathBuf,
    /// The rows that are all there, if any. Fewer than there should be if the file was cut short.
    pub(crate) piece: Option<Arc<Piece>>,
    /// Which of them do not check out, rising.
    pub(crate) bad: Vec<u32>,
    /// What is wrong with the file: it cannot stay.
    pub(crate) damage: Vec<Damage>,
    pub(crate) deleted: Option<Arc<Tombstones>>,
    /// What is wrong with the tombstones: which rows are deleted is not known.
    pub(crate) deleted_damage: Option<Damage>,
}

impl SegmentState {
    /// Opens the segment that should have this header, and its tombstones.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`], or what the operating system says.
    pub(crate) fn open(
        shard_dir: &Path,
        header: SegmentHeader,
        entry: &SegmentEntry,
    ) -> Result<Self, StoreError> {
        let (deleted, deleted_damage) = match sorted(Tombstones::read(shard_dir, entry))? {
            Ok(deleted) => (deleted.map(Arc::new), None),
            Err(damage) => (None, Some(damage)),
        };
        let mut state = Self {
            entry: entry.clone(),
            path: segment_path(shard_dir, entry.number),
            piece: None,
            bad: Vec::new(),
            damage: Vec::new(),
            deleted,
            deleted_damage,
        };
        state.map(header)?;
        Ok(state)
    }

    fn map(&mut self, header: SegmentHeader) -> Result<(), StoreError> {
        let file = match sorted(segment::open(&self.path))? {
            Ok(file) => file,
            Err(missing) => {
                self.damage.push(missing);
                return Ok(());
            }
        };
        let len = file.metadata().map_err(StoreError::because("measuring", &self.path))?.len();
        let layout = header.layout();
        let end = layout.end as u64;
        if len != end {
            let what = format!("{} rows need {end} bytes, but it has {len}", header.rows);
            self.damage.push(Damage::file(&self.path, what));
        }
        if len < FILE_HEADER as u64 {
            return Ok(());
        }
        // SAFETY: as in segment.rs; it covers only what is there, whatever should be.
        let map = unsafe { durable::map(&file, &self.path, 0, len.min(end)) }?;
        let page = map.first_chunk().expect("as long as a header");
        self.damage.extend(sorted(header.check(page, &self.path))?.err());
        let rows = map.len().saturating_sub(layout.low) / layout.codes;
        if rows > 0 {
            let layout = Layout { rows, ..layout };
            let ids = (self.entry.min_id, self.entry.max_id);
            let path = self.path.as_path().into();
            let piece = Piece::new(Arc::new(map), 0, layout, path, ids, self.entry.ascending);
            self.piece = Some(Arc::new(piece));
        }
        Ok(())
    }

    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Cancelled`].
    pub(crate) fn check_rows(&mut self, scan: &Scan<'_>) -> Result<(), StoreError> {
        let Some(piece) = &self.piece else { return Ok(()) };
        for (row, what) in scan.bad_rows(piece)? {
            self.bad.push(row);
            self.damage.push(Damage { path: self.path.clone(), row: Some(row), what });
        }
        if piece.len() == self.entry.rows
            && let Some(at) = stained(piece)
        {
            self.damage.push(Damage::file(&self.path, format!("byte {at} should be zero")));
        }
        Ok(())
    }

    /// Checks whether the rows are where they belong.
    pub(crate) fn check_places(&mut self, shards: u32) {
        let SegmentEntry { shard, min_id, max_id, ascending, .. } = self.entry;
        let mut last = None;
        let mut wrong = Vec::new();
        for (row, id) in self.good_rows() {
            let what = if shard_of(id, shards) != shard {
                format!("id {id} does not belong to shard {shard}")
            } else if !(min_id..=max_id).contains(&id) {
                format!("id {id} is not from {min_id} to {max_id}")
            } else if ascending && last.is_some_and(|last| last >= id) {
                format!("id {id} should be larger than the one before")
            } else {
                last = Some(id);
                continue;
            };
            wrong.push(Damage { path: self.path.clone(), row: Some(row), what });
        }
        self.damage.extend(wrong);
        if !self.damage.is_empty() {
            self.piece = self.piece.take().map(|piece| Arc::new(piece.with_any_ids()));
        }
    }

    /// The rows that check out, and their ids.
    pub(crate) fn good_rows(&self) -> impl Iterator<Item = (u32, u64)> {
        let ids = self.piece.iter().flat_map(|piece| (0..).zip(piece.rows().ids.iter().copied()));
        ids.filter(|(row, _)| self.bad.binary_search(row).is_err())
    }
}

/// A commit, as far as it can be read.
#[derive(Debug)]
pub(crate) struct CommitState {
    /// In the manifest's order.
    pub(crate) segments: Vec<SegmentState>,
    pub(crate) log: LogState,
    /// Shards that are not there; nothing is known of their segments.
    pub(crate) missing: Vec<u32>,
}

impl CommitState {
    /// Opens the files of a commit, but does not read them yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`], or what the operating system says.
    pub(crate) fn open(dir: &Path, manifest: &Manifest) -> Result<Self, StoreError> {
        let mut missing: Vec<u32> = manifest.segments.iter().map(|it| it.shard).collect();
        missing.extend(manifest.shard_dirs.keys());
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|shard| !place::is_there(dir, manifest, *shard));
        let mut segments = Vec::new();
        for entry in &manifest.segments {
            if !missing.contains(&entry.shard) {
                let shard_dir = manifest.shard_dir(dir, entry.shard);
                let header = segment::header(manifest, entry);
                segments.push(SegmentState::open(&shard_dir, header, entry)?);
            }
        }
        let log = LogState::open(dir, manifest.log_header())?;
        Ok(Self { segments, log, missing })
    }

    /// Whether files are gone.
    pub(crate) fn is_incomplete(&self) -> bool {
        !self.missing.is_empty() || self.damage().any(|damage| !damage.path.exists())
    }

    /// Reads all of it.
    ///
    /// # Errors
    ///
    /// [`StoreError::Cancelled`].
    pub(crate) fn read(&mut self, shards: u32, scan: &Scan<'_>) -> Result<(), StoreError> {
        for segment in &mut self.segments {
            scan.check()?;
            segment.check_rows(scan)?;
            segment.check_places(shards);
        }
        self.log.check_rows(scan)
    }

    /// What is wrong with the files.
    pub(crate) fn damage(&self) -> impl Iterator<Item = &Damage> {
        let segments = self.segments.iter();
        let segments = segments.flat_map(|it| it.damage.iter().chain(&it.deleted_damage));
        segments.chain(&self.log.damage)
    }

    /// How many rows could be read.
    pub(crate) fn rows(&self) -> u64 {
        let segments =
            self.segments.iter().filter_map(|it| Some(u64::from(it.piece.as_ref()?.len())));
        segments.sum::<u64>() + self.log.rows()
    }

    /// How many files that were, the manifest left aside.
    pub(crate) fn files(&self) -> u64 {
        let tombstones = self.segments.iter().filter(|it| it.entry.deleted.is_some()).count();
        (self.segments.len() + tombstones + 1) as u64
    }
}
