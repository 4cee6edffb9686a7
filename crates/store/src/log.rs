//! The write-ahead log: what was appended and deleted since the last seal, one record after the
//! other. A record counts when all of it is there and its checksums are right.

use std::fmt;
use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::durable::{self, Output};
use crate::error::StoreError;
use crate::format::{
    ALIGNMENT, FILE_HEADER, Layout, LogHeader, RECORD_HEADER, RecordHeader, RecordKind,
    codes_per_row, u64_at,
};
use crate::names::log_path;
use crate::piece::Piece;
use crate::rows::{Rows, bytes_of};
use crate::segment;

/// The smallest unit in which a disk writes: of a write that was interrupted, each is there or not.
const SECTOR: usize = 512;

/// A place between two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Where in the file the next record begins.
    pub(crate) offset: u64,
    /// Its sequence number.
    pub(crate) sequence: u64,
}

/// Before the first record.
pub(crate) const START: Position = Position { offset: FILE_HEADER as u64, sequence: 0 };

/// What a record does, read back.
#[derive(Debug)]
pub(crate) enum Change {
    /// These rows are new, or take the place of older ones.
    Append(Piece),
    /// These ids, rising, are deleted.
    Delete(Vec<u64>),
}

/// What was found in a log from some position on.
#[derive(Debug)]
pub(crate) struct Replay {
    /// What the whole records do, in order.
    pub(crate) changes: Vec<Change>,
    /// Behind the last whole record.
    pub(crate) end: Position,
    /// How many bytes follow that never were a whole record: an append that is under way, or was
    /// interrupted.
    pub(crate) torn: u64,
    /// What is no whole record, but was one.
    pub(crate) damage: Vec<Gap>,
}

/// Bytes of a log that are no whole record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Where in the file they are.
    pub(crate) bytes: Range<u64>,
    /// How many whole records are before them.
    pub(crate) records: usize,
    /// The sequence number that the first record there should have.
    pub(crate) sequence: u64,
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Range { start, end } = self.bytes;
        write!(f, "{} bytes from {start} on are damaged", end - start)
    }
}

/// Reads log `header.number` of the store in `dir` from a position on.
///
/// # Errors
///
/// [`StoreError::Damaged`] when the file is missing, shorter than `from` or another one,
/// [`StoreError::UnsupportedFormat`], or what the operating system says. A bad record is none.
pub(crate) fn read(dir: &Path, header: LogHeader, from: Position) -> Result<Replay, StoreError> {
    if from == START {
        let path = log_path(dir, header.number);
        let (file, _) = open(&path, START.offset)?;
        // SAFETY: headers are written before anything names the file, and never changed.
        let page = unsafe { durable::map(&file, &path, 0, FILE_HEADER as u64) }?;
        header.check(page.first_chunk().expect("a header's length"), &path)?;
    }
    read_records(dir, header, from)
}

/// Opens the log at `path`, which must have `least` bytes, and says how many it has.
fn open(path: &Path, least: u64) -> Result<(File, u64), StoreError> {
    let file = segment::open(path)?;
    let len = file.metadata().map_err(StoreError::because("measuring", path))?.len();
    if len < least {
        let what = format!("it should have at least {least} bytes, but it has {len}");
        return Err(StoreError::damaged(path, what));
    }
    Ok((file, len))
}

/// Reads a log like [`read`], whatever its header says.
///
/// # Errors
///
/// [`StoreError::Damaged`] when the file is missing or shorter than `from`, or what the operating
/// system says.
pub(crate) fn read_records(
    dir: &Path,
    header: LogHeader,
    from: Position,
) -> Result<Replay, StoreError> {
    let path = log_path(dir, header.number);
    let (file, len) = open(&path, from.offset)?;
    let mut replay = Replay { changes: Vec::new(), end: from, torn: 0, damage: Vec::new() };
    if len == from.offset {
        return Ok(replay);
    }
    // SAFETY: nobody truncates a log, and writers only write behind the whole records. A record
    // that is being written right now may change under the map, but is looked at only to compute a
    // checksum, which is then wrong; rows are taken from whole records alone.
    let map = Arc::new(unsafe { durable::map(&file, &path, from.offset, len) }?);
    let shared: Arc<Path> = path.as_path().into();
    let codes = codes_per_row(header.dim);
    let mut at = 0;
    while at < map.len() {
        let Some(record) = whole_record(&map[at..], header.number, codes) else {
            let start = from.offset + at as u64;
            let next = next_whole(&map, at, header.number, codes, replay.end.sequence);
            if next.is_none() && !was_record(&map[at..], start, header.number, codes) {
                replay.torn = len - start;
                break;
            }
            if whole_record(&map[at..], header.number, codes).is_none() {
                let next = next.unwrap_or(map.len());
                let (records, sequence) = (replay.changes.len(), replay.end.sequence);
                let bytes = start..from.offset + next as u64;
                replay.damage.push(Gap { bytes, records, sequence });
                at = next;
            } // Otherwise it was being written.
            continue;
        };
        let body = at + RECORD_HEADER;
        let count = record.count as usize;
        replay.changes.push(match record.kind {
            RecordKind::Append => {
                let layout = Layout::of_record(count, codes);
                let ids = Rows::new(&map[at..], &layout).ids;
                let range = (ids[0], ids[count - 1]);
                let map = Arc::clone(&map);
                Change::Append(Piece::new(map, at, layout, Arc::clone(&shared), range, true))
            }
            RecordKind::Delete => {
                Change::Delete((0..count).map(|id| u64_at(&map, body + id * 8)).collect())
            }
        });
        at += record.len(codes);
        replay.end = Position { offset: from.offset + at as u64, sequence: record.sequence + 1 };
    }
    Ok(replay)
}

/// The header of the record at the beginning of `bytes`, if all of it is there and right.
pub(crate) fn whole_record(bytes: &[u8], log: u64, codes: usize) -> Option<RecordHeader> {
    let header = RecordHeader::decode(bytes.first_chunk()?, log, codes)?;
    let body = bytes.get(RECORD_HEADER..header.len(codes))?;
    let ids = match header.kind {
        RecordKind::Append => {
            Rows::new(bytes, &Layout::of_record(header.count as usize, codes)).ids
        }
        RecordKind::Delete => &[],
    };
    (crc32c::crc32c(body) == header.body_crc && ids.is_sorted_by(|a, b| a < b)).then_some(header)
}

/// Where behind a bad record the next whole one begins, if one follows.
fn next_whole(map: &[u8], from: usize, log: u64, codes: usize, sequence: u64) -> Option<usize> {
    let starts = (from..map.len()).step_by(ALIGNMENT).skip(1);
    let mut found = starts.filter_map(|at| Some((at, whole_record(&map[at..], log, codes)?)));
    found.find(|(_, header)| header.sequence > sequence).map(|(at, _)| at)
}

/// Whether `bytes`, which begin at `start` of a log and hold no whole record, are more than what an
/// interrupted append leaves: the beginning of a record or, after a power failure, one of which
/// sectors are missing.
fn was_record(bytes: &[u8], start: u64, log: u64, codes: usize) -> bool {
    let Some(first) = bytes.first_chunk::<RECORD_HEADER>() else { return false };
    let Some(header) = RecordHeader::decode(first, log, codes) else {
        return first.iter().any(|byte| *byte != 0);
    };
    let Some(record) = bytes.get(..header.len(codes)) else { return false };
    // The header is in the first sector, of which the record may have only a part.
    let first = SECTOR - usize::try_from(start % SECTOR as u64).expect("less than a sector");
    let others = record.get(first..).unwrap_or_default();
    !others.chunks(SECTOR).any(|sector| sector.iter().all(|byte| *byte == 0))
}

/// The end of a log that takes records.
#[derive(Debug)]
pub(crate) struct LogWriter {
    path: PathBuf,
    header: LogHeader,
    end: Position,
}

impl LogWriter {
    /// Creates an empty log. Whoever makes something name it syncs the directory first.
    pub(crate) fn create(dir: &Path, header: LogHeader) -> Result<Self, StoreError> {
        let path = log_path(dir, header.number);
        durable::write_file(&path, &header.encode())?;
        Ok(Self { path, header, end: START })
    }

    /// Goes on behind the last record of a log.
    pub(crate) fn at_end(dir: &Path, header: LogHeader, end: Position) -> Self {
        Self { path: log_path(dir, header.number), header, end }
    }

    /// Behind the last record.
    pub(crate) const fn end(&self) -> Position {
        self.end
    }

    /// Appends a record of rows, which must rise by id, and syncs the file.
    pub(crate) fn append(&mut self, rows: &Rows<'_>) -> Result<(), StoreError> {
        let layout = Layout::of_record(rows.len(), rows.codes);
        self.write(RecordKind::Append, rows.len(), |sink| {
            let mut at = RECORD_HEADER;
            let sections = [
                (layout.scales, bytes_of(rows.scales)),
                (layout.ids, bytes_of(rows.ids)),
                (layout.checksums, bytes_of(rows.checksums)),
                (layout.high, bytes_of(rows.high)),
                (layout.low, bytes_of(rows.low)),
            ];
            for (start, bytes) in sections {
                sink(&[0; ALIGNMENT][..start - at])?;
                sink(bytes)?;
                at = start + bytes.len();
            }
            Ok(())
        })
    }

    /// Appends a record that deletes these ids, which must rise, and syncs the file.
    pub(crate) fn delete(&mut self, ids: &[u64]) -> Result<(), StoreError> {
        self.write(RecordKind::Delete, ids.len(), |sink| {
            let bytes = bytes_of(ids);
            sink(bytes)?;
            sink(&[0; ALIGNMENT][..bytes.len().next_multiple_of(ALIGNMENT) - bytes.len()])
        })
    }

    /// Writes a record whose body `body` gives in parts, the same ones each time it is called.
    fn write(
        &mut self,
        kind: RecordKind,
        count: usize,
        body: impl Fn(&mut dyn FnMut(&[u8]) -> Result<(), StoreError>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut body_crc = 0;
        body(&mut |part| {
            body_crc = crc32c::crc32c_append(body_crc, part);
            Ok(())
        })?;
        let codes = codes_per_row(self.header.dim);
        let count = u32::try_from(count).expect("larger batches go straight into segments");
        let Position { offset, sequence } = self.end;
        let record = RecordHeader { log: self.header.number, sequence, kind, count, body_crc };
        let file = File::options().write(true).open(&self.path);
        let file = file.map_err(StoreError::because("opening", &self.path))?;
        let mut out = Output::append(file, &self.path, offset);
        out.write(&record.encode(codes))?;
        body(&mut |part| out.write(part))?;
        out.finish()?;
        self.end = Position { offset: offset + record.len(codes) as u64, sequence: sequence + 1 };
        Ok(())
    }
}
