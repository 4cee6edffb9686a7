//! Files of a store that no readable manifest names: what belongs to a commit whose manifest is
//! damaged or gone.
//!
//! The number of a file tells its age, but for the newest log: what it says is newer than any
//! segment. Segments with higher numbers than its own are merged from older ones, or hold what it
//! says as well, because it was being sealed.

use std::collections::HashMap;
use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::collect;
use crate::error::StoreError;
use crate::examine::{Scan, SegmentState, sorted};
use crate::format::{
    FILE_HEADER, Layout, LogHeader, MAX_SHARDS, SegmentHeader, codes_per_row, decode_deleted,
};
use crate::log_state::LogState;
use crate::manifest::{DeletedEntry, Manifest, SegmentEntry};
use crate::names::{
    ShardFile, log_path, parse_log_name, parse_shard_name, segment_path, tombstone_path,
};
use crate::tombstones::Tombstones;

/// What was found.
#[derive(Debug)]
pub(crate) struct Found {
    /// The newest manifest that can be read, or one made from the headers of files.
    pub(crate) manifest: Manifest,
    /// By number.
    pub(crate) segments: Vec<SegmentState>,
    /// By number.
    pub(crate) logs: Vec<LogState>,
}

/// The files that may have rows, by number.
#[derive(Debug, Default)]
struct Files {
    segments: Vec<FoundSegment>,
    logs: Vec<u64>,
}

#[derive(Debug)]
struct FoundSegment {
    number: u64,
    shard: u32,
    shard_dir: PathBuf,
    /// The numbers of its tombstone files, the newest first.
    tombstones: Vec<u64>,
}

impl Found {
    /// Looks for files that are newer than the manifest `base`; without one, for all. `None` if not
    /// even headers tell what they hold.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`], [`Cancelled`](StoreError::Cancelled), or what the operating
    /// system says.
    pub(crate) fn look(
        dir: &Path,
        base: Option<&Manifest>,
        scan: &Scan<'_>,
    ) -> Result<Option<Self>, StoreError> {
        let files = Files::list(dir, base)?;
        let manifest = base.map_or_else(|| files.manifest(dir), |base| Ok(Some(base.clone())))?;
        let Some(mut manifest) = manifest else { return Ok(None) };
        let mut segments = Vec::new();
        for file in &files.segments {
            scan.check()?;
            let mut state = file.open(&manifest)?;
            state.check_rows(scan)?;
            segments.push(state);
        }
        if base.is_none() {
            manifest.shards = shards(&segments);
        }
        for state in &mut segments {
            settle(state, manifest.shards);
        }
        let mut logs = Vec::new();
        for number in files.logs {
            let mut log = LogState::open(dir, LogHeader { number, ..manifest.log_header() })?;
            log.check_rows(scan)?;
            logs.push(log);
        }
        Ok(Some(Self { manifest, segments, logs }))
    }
}

impl Files {
    fn list(dir: &Path, base: Option<&Manifest>) -> Result<Self, StoreError> {
        let known: Vec<&Manifest> = base.into_iter().collect();
        let elsewhere: HashMap<&Path, u32> = known
            .iter()
            .flat_map(|base| base.shard_dirs.iter().map(|(shard, dir)| (Path::new(dir), *shard)))
            .collect();
        let is_new = |number: u64| base.is_none_or(|base| number >= base.next_file);
        let mut files = Self::default();
        let mut tombstones: HashMap<(PathBuf, u64), Vec<u64>> = HashMap::new();
        for path in collect::owned(dir, &known)? {
            let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { continue };
            let Some(name) = name.to_str() else { continue };
            let parent_name = parent.file_name().and_then(|name| name.to_str());
            let shard = elsewhere.get(parent).copied();
            let shard = shard.or_else(|| parent_name.and_then(parse_shard_name));
            match (ShardFile::parse(name), shard) {
                (Some(ShardFile::Segment(number)), Some(shard)) if is_new(number) => {
                    let (shard_dir, tombstones) = (parent.to_owned(), Vec::new());
                    files.segments.push(FoundSegment { number, shard, shard_dir, tombstones });
                }
                (Some(ShardFile::Tombstones(segment, number)), _) => {
                    tombstones.entry((parent.to_owned(), segment)).or_default().push(number);
                }
                _ => files.logs.extend(parse_log_name(name).filter(|number| is_new(*number))),
            }
        }
        for segment in &mut files.segments {
            let key = (segment.shard_dir.clone(), segment.number);
            segment.tombstones = tombstones.remove(&key).unwrap_or_default();
            segment.tombstones.sort_unstable_by(|a, b| b.cmp(a));
        }
        files.segments.sort_by_key(|segment| (segment.number, segment.shard));
        files.logs.sort_unstable();
        Ok(files)
    }

    /// A manifest without segments for what the newest readable header says; its number of shards is
    /// not known yet.
    fn manifest(&self, dir: &Path) -> Result<Option<Manifest>, StoreError> {
        let mut found = None;
        for segment in &self.segments {
            let path = segment_path(&segment.shard_dir, segment.number);
            if let Some(page) = first_page(&path)?
                && let Ok(header) = sorted(SegmentHeader::decode(&page, &path))?
            {
                found = found.max(Some((header.number, header.dim, header.seed)));
            }
        }
        for number in &self.logs {
            let path = log_path(dir, *number);
            if let Some(page) = first_page(&path)?
                && let Ok(header) = sorted(LogHeader::decode(&page, &path))?
            {
                found = found.max(Some((header.number, header.dim, header.seed)));
            }
        }
        let store = format!("{:016x}", RandomState::new().hash_one(dir));
        Ok(found.map(|(_, dim, seed)| Manifest::new(store, dim, 1, seed)))
    }
}

impl FoundSegment {
    fn open(&self, manifest: &Manifest) -> Result<SegmentState, StoreError> {
        let Manifest { dim, seed, .. } = *manifest;
        let Self { number, shard, .. } = *self;
        let path = segment_path(&self.shard_dir, number);
        let told = first_page(&path)?.map(|page| sorted(SegmentHeader::decode(&page, &path)));
        let rows = if let Some(Ok(header)) = told.transpose()? {
            header.rows
        } else {
            let len = path.metadata().map_err(StoreError::because("measuring", &path))?.len();
            rows_of(len, codes_per_row(dim)).unwrap_or(0)
        };
        let mut entry = SegmentEntry {
            shard,
            number,
            rows,
            min_id: 0,
            max_id: u64::MAX,
            ascending: false,
            deleted: None,
        };
        let mut newest_damage = None;
        for file in &self.tombstones {
            let path = tombstone_path(&self.shard_dir, number, *file);
            let bytes = fs::read(&path).map_err(StoreError::because("reading", &path))?;
            let rows = decode_deleted(&bytes).unwrap_or(0);
            entry.deleted = Some(DeletedEntry { file: *file, rows });
            match sorted(Tombstones::read(&self.shard_dir, &entry))? {
                Ok(_) => break,
                Err(damage) => newest_damage = newest_damage.or(Some(damage)),
            }
            entry.deleted = None;
        }
        let header = SegmentHeader { dim, shard, number, rows, seed };
        let mut state = SegmentState::open(&self.shard_dir, header, &entry)?;
        state.deleted_damage = newest_damage;
        Ok(state)
    }
}

/// How many rows a segment file of `len` bytes has.
fn rows_of(len: u64, codes: usize) -> Option<u32> {
    let end = |rows: u32| Layout::of_segment(rows as usize, codes).end as u64;
    let (mut least, mut most) = (1, u32::MAX);
    while least < most {
        let middle = least + (most - least) / 2;
        if end(middle) < len {
            least = middle + 1;
        } else {
            most = middle;
        }
    }
    (end(least) == len).then_some(least)
}

/// The smallest number of shards that agrees with all segments; if there is none, as many as there
/// are directories.
fn shards(segments: &[SegmentState]) -> u32 {
    let most = segments.iter().map(|state| state.entry.shard + 1).max().unwrap_or(1);
    let mut divisor = 0;
    for state in segments {
        for (_, id) in state.good_rows() {
            divisor = greatest_common(divisor, id.abs_diff(u64::from(state.entry.shard)));
        }
    }
    let agrees = |shards: &u32| divisor.is_multiple_of(u64::from(*shards));
    (most..=MAX_SHARDS).find(agrees).unwrap_or(most.min(MAX_SHARDS))
}

fn greatest_common(mut a: u64, mut b: u64) -> u64 {
    while b > 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Fills in the entry of a segment from its rows.
fn settle(state: &mut SegmentState, shards: u32) {
    let ids: Vec<u64> = state.good_rows().map(|(_, id)| id).collect();
    if let (Some(min), Some(max)) = (ids.iter().min(), ids.iter().max()) {
        (state.entry.min_id, state.entry.max_id) = (*min, *max);
        state.entry.ascending = ids.is_sorted_by(|a, b| a < b);
    }
    state.check_places(shards);
}

/// The first page of a file, if it has one.
fn first_page(path: &Path) -> Result<Option<[u8; FILE_HEADER]>, StoreError> {
    let mut page = [0; FILE_HEADER];
    let mut file = File::open(path).map_err(StoreError::because("opening", path))?;
    match file.read_exact(&mut page) {
        Ok(()) => Ok(Some(page)),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(StoreError::io("reading", path, error)),
    }
}
