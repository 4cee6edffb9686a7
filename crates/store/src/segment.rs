//! One file of rows that never changes: write it, map it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use crate::durable::{self, Output};
use crate::error::StoreError;
use crate::format::{FILE_HEADER, SegmentHeader};
use crate::manifest::{Manifest, SegmentEntry};
use crate::names::segment_path;
use crate::piece::Piece;
use crate::rows::{Plane, RowRef, Rows, bytes_of};

/// The header that the file of `entry` must have.
pub(crate) const fn header(manifest: &Manifest, entry: &SegmentEntry) -> SegmentHeader {
    SegmentHeader {
        dim: manifest.dim,
        shard: entry.shard,
        number: entry.number,
        rows: entry.rows,
        seed: manifest.seed,
    }
}

/// Maps the segment of `entry`.
///
/// # Errors
///
/// [`StoreError::Damaged`] when the file is missing, of another length or another one,
/// [`StoreError::UnsupportedFormat`], or what the operating system says.
pub(crate) fn map(
    shard_dir: &Path,
    manifest: &Manifest,
    entry: &SegmentEntry,
) -> Result<Piece, StoreError> {
    let path = segment_path(shard_dir, entry.number);
    let mut file = open(&path)?;
    let header = header(manifest, entry);
    let layout = header.layout();
    let expected = layout.end as u64;
    let found = file.metadata().map_err(StoreError::because("measuring", &path))?.len();
    if found != expected {
        let rows = entry.rows;
        let what = format!("{rows} rows need {expected} bytes, but it has {found}");
        return Err(StoreError::damaged(&path, what));
    }
    // Read, not looked at in the map: a page fault would read far ahead.
    let mut page = [0; FILE_HEADER];
    file.read_exact(&mut page).map_err(StoreError::because("reading", &path))?;
    header.check(&page, &path)?;
    // SAFETY: a map is sound while nobody changes or truncates what it covers. It covers a whole
    // segment file (length checked above), and this crate never writes to one that a manifest
    // names. Other programs that edit the store's files are outside what a library can defend
    // against.
    let map = unsafe { durable::map(&file, &path, 0, expected) }?;
    let ids = (entry.min_id, entry.max_id);
    Ok(Piece::new(Arc::new(map), 0, layout, path.into(), ids, entry.ascending))
}

/// Opens a file of the store; a missing one is damage.
pub(crate) fn open(path: &Path) -> Result<File, StoreError> {
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => StoreError::damaged(path, "it is missing"),
        _ => StoreError::io("opening", path, error),
    })
}

/// Rows, or runs of rows, between two questions whether to give up.
const RUN: usize = 1024;

/// Writes and syncs a segment of the rows that `refs` name in `sources`, in this order, checksums
/// and all. `stop` is asked now and then whether to give up.
///
/// # Errors
///
/// What the operating system says, or what `stop` does.
pub(crate) fn write(
    path: &Path,
    header: SegmentHeader,
    sources: &[Rows<'_>],
    refs: &[RowRef],
    stop: &mut dyn FnMut() -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let layout = header.layout();
    let mut out = Output::create(path)?;
    // Rows that follow one another where they are are written at once.
    let runs = || {
        let runs = refs.chunk_by(|a, b| (a.source, a.row + 1) == (b.source, b.row));
        runs.flat_map(|run| run.chunks(RUN)).map(|run| {
            let first = run[0].row as usize;
            (&sources[run[0].source as usize], first..first + run.len())
        })
    };
    out.write(&header.encode())?;
    out.skip_to(layout.scales as u64)?;
    for (source, rows) in runs() {
        out.write(bytes_of(&source.scales[rows]))?;
    }
    out.skip_to(layout.ids as u64)?;
    for (source, rows) in runs() {
        out.write(bytes_of(&source.ids[rows]))?;
    }
    out.skip_to(layout.checksums as u64)?;
    for (source, rows) in runs() {
        out.write(bytes_of(&source.checksums[rows]))?;
    }
    for (section, start) in [(Plane::High, layout.high), (Plane::Low, layout.low)] {
        out.skip_to(start as u64)?;
        for (at, (source, rows)) in runs().enumerate() {
            if at.is_multiple_of(RUN) || rows.len() == RUN {
                stop()?;
            }
            out.write(bytes_of(source.plane(section, rows)))?;
        }
    }
    out.finish()
}
