//! One file of rows: append to it, map it, find ids in it.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use memmap2::{Mmap, MmapOptions};

use crate::durable;
use crate::error::StoreError;
use crate::filter::Cursor;
use crate::format::{
    ROW_HEADER, SEGMENT_HEADER, SegmentHeader, encode_row, row_crc, row_stride, segment_len,
    segment_path, u32_at, u64_at,
};
use crate::manifest::SegmentEntry;

/// Bytes written at a time.
const WRITE_BUFFER: usize = 1 << 20;
/// Bisection in a segment touches about this many rows per id; with more ids than that, walking
/// over all rows is cheaper.
const BISECTION_ROWS: usize = 16;

/// The committed rows of one segment, mapped read-only. Row numbers count from 0 in file order.
#[derive(Debug)]
pub(crate) struct Segment {
    map: Mmap,
    path: PathBuf,
    dim: usize,
    rows: u32,
    min_id: u64,
    max_id: u64,
    ascending: bool,
}

impl Segment {
    /// Maps the rows that `entry` commits.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] when the file is missing, too short or another one,
    /// [`StoreError::UnsupportedFormat`], or what the operating system says.
    pub(crate) fn map(dir: &Path, dim: usize, entry: &SegmentEntry) -> Result<Self, StoreError> {
        let path = segment_path(dir, entry.shard, entry.number);
        let file = File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::damaged(&path, "it is missing"),
            _ => StoreError::io("opening", &path, error),
        })?;
        let expected = segment_len(dim, entry.rows);
        let found = file.metadata().map_err(StoreError::because("measuring", &path))?.len();
        if found < expected {
            let rows = entry.rows;
            let what = format!("{rows} rows need {expected} bytes, but it has only {found}");
            return Err(StoreError::damaged(&path, what));
        }
        let len = usize::try_from(expected).map_err(|_| {
            StoreError::io("mapping", &path, io::Error::from(io::ErrorKind::OutOfMemory))
        })?;
        // SAFETY: a map is sound while nobody changes or truncates what it covers. It covers the
        // header and committed rows, all inside the file (checked above); writers of this crate
        // only write behind committed rows and never truncate a file that a manifest names. Other
        // programs that edit the store's files are outside what a library can defend against.
        let map = unsafe { MmapOptions::new().len(len).map(&file) }
            .map_err(StoreError::because("mapping", &path))?;
        let header = map.first_chunk::<SEGMENT_HEADER>().expect("the map covers the header");
        SegmentHeader { dim, shard: entry.shard, number: entry.number }.check(header, &path)?;
        let SegmentEntry { rows, min_id, max_id, ascending, .. } = *entry;
        Ok(Self { map, path, dim, rows, min_id, max_id, ascending })
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many rows are mapped.
    pub(crate) const fn rows(&self) -> u32 {
        self.rows
    }

    /// The id of a row.
    pub(crate) fn id(&self, row: u32) -> u64 {
        u64_at(self.row(row), 0)
    }

    /// The components of a row.
    pub(crate) fn vector(&self, row: u32) -> &[f32] {
        // SAFETY: every bit pattern is a valid f32. (The target is little-endian: lib.rs.)
        let (before, vector, after) = unsafe { self.components(row).align_to::<f32>() };
        // Maps begin on a page, rows and components on multiples of 64 bytes from there.
        debug_assert!(before.is_empty() && after.is_empty());
        vector
    }

    /// Whether a row's checksum is right.
    pub(crate) fn is_intact(&self, row: u32) -> bool {
        u32_at(self.row(row), 8) == row_crc(self.id(row), self.components(row))
    }

    /// The rows in `range` whose ids occur in `ids`, in rising order. `ids` must rise.
    pub(crate) fn find(&self, range: Range<u32>, ids: &[u64]) -> Vec<u32> {
        if range.is_empty() {
            return Vec::new();
        }
        let (min, max) = if self.ascending {
            (self.id(range.start), self.id(range.end - 1))
        } else {
            (self.min_id, self.max_id)
        };
        let ids = &ids[ids.partition_point(|id| *id < min)..];
        let ids = &ids[..ids.partition_point(|id| *id <= max)];
        if ids.is_empty() {
            return Vec::new();
        }
        if self.ascending && ids.len() < range.len() / BISECTION_ROWS {
            let mut rest = range;
            let found = |id: &u64| {
                rest.start = self.first_at_least(rest.clone(), *id);
                (!rest.is_empty() && self.id(rest.start) == *id).then_some(rest.start)
            };
            ids.iter().filter_map(found).collect()
        } else {
            let mut cursor = Cursor::new(ids);
            range.filter(|row| cursor.contains(self.id(*row))).collect()
        }
    }

    /// The first row in `range` with an id of at least `id`, or the end; ids must be ascending.
    fn first_at_least(&self, range: Range<u32>, id: u64) -> u32 {
        let Range { mut start, mut end } = range;
        while start < end {
            let middle = start.midpoint(end);
            if self.id(middle) < id {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start
    }

    fn row(&self, row: u32) -> &[u8] {
        let stride = row_stride(self.dim);
        let start = SEGMENT_HEADER + row as usize * stride;
        &self.map[start..start + stride]
    }

    fn components(&self, row: u32) -> &[u8] {
        &self.row(row)[ROW_HEADER..ROW_HEADER + self.dim * size_of::<f32>()]
    }
}

/// Writes rows behind the `committed` ones of a segment and syncs the file; creates it, and its
/// shard's directory, if `committed` is 0. What an interrupted append left there is overwritten.
///
/// # Errors
///
/// What the operating system says. Committed rows are untouched in any case.
pub(crate) fn append_rows<'a>(
    dir: &Path,
    header: SegmentHeader,
    committed: u32,
    rows: impl Iterator<Item = (u64, &'a [f32])>,
) -> Result<(), StoreError> {
    let path = segment_path(dir, header.shard, header.number);
    let shard_dir = durable::parent(&path);
    let is_new = committed == 0;
    if is_new && !shard_dir.is_dir() {
        fs::create_dir(shard_dir).map_err(StoreError::because("creating", shard_dir))?;
        durable::sync_dir(dir)?;
    }
    // No manifest names a file without rows, so nobody has mapped what `truncate` cuts off.
    let file = File::options()
        .write(true)
        .create(is_new)
        .truncate(is_new)
        .open(&path)
        .map_err(StoreError::because("opening", &path))?;

    let write = |file: File| -> io::Result<()> {
        let mut out = BufWriter::with_capacity(WRITE_BUFFER, file);
        if is_new {
            out.write_all(&header.encode())?;
        }
        out.seek(SeekFrom::Start(segment_len(header.dim, committed)))?;
        let mut bytes = Vec::with_capacity(row_stride(header.dim));
        for (id, vector) in rows {
            encode_row(id, vector, &mut bytes);
            out.write_all(&bytes)?;
        }
        out.into_inner()?.sync_data()
    };
    write(file).map_err(StoreError::because("writing", &path))?;
    if is_new {
        durable::sync_dir(shard_dir)?;
    }
    Ok(())
}
