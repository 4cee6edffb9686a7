//! What is left of a log, and what of its damaged records can be saved.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memmap2::Mmap;

use crate::durable;
use crate::error::StoreError;
use crate::examine::{Damage, Scan, sorted, stained};
use crate::format::{
    ALIGNMENT, Layout, LogHeader, RECORD_HEADER, RecordHeader, RecordKind, codes_per_row, u64_at,
};
use crate::log::{self, Change, Gap, Replay, START};
use crate::names::log_path;
use crate::piece::Piece;

/// A damaged record header may differ from what it should be in so many bytes that it is still
/// clear which one it is: fewer than a checksum has.
const HEADER_BYTES: usize = 3;

/// What a record of a log did.
#[derive(Debug)]
pub(crate) enum Event {
    /// These rows are new; those that do not check out are listed, rising.
    Append(Arc<Piece>, Vec<u32>),
    /// These ids are deleted.
    Delete(Vec<u64>),
}

/// A log, as far as it can be read.
#[derive(Debug)]
pub(crate) struct LogState {
    pub(crate) path: PathBuf,
    pub(crate) header: LogHeader,
    /// What the whole records did, in order.
    pub(crate) events: Vec<Event>,
    /// What is no whole record, but was one.
    gaps: Vec<Gap>,
    pub(crate) damage: Vec<Damage>,
    /// What of it cannot be saved; of the gaps only after [`rescue`](Self::rescue).
    pub(crate) lost: Vec<Damage>,
    /// What is no damage, but worth a sentence.
    pub(crate) note: Option<String>,
}

impl LogState {
    /// Opens the log that should have this header.
    ///
    /// # Errors
    ///
    /// [`StoreError::UnsupportedFormat`], or what the operating system says.
    pub(crate) fn open(dir: &Path, header: LogHeader) -> Result<Self, StoreError> {
        let path = log_path(dir, header.number);
        let mut state = Self {
            path,
            header,
            events: Vec::new(),
            gaps: Vec::new(),
            damage: Vec::new(),
            lost: Vec::new(),
            note: None,
        };
        let replay = match sorted(log::read(dir, header, START))? {
            Ok(replay) => replay,
            Err(damage) => {
                state.damage.push(damage);
                match sorted(log::read_records(dir, header, START))? {
                    Ok(replay) => replay,
                    Err(Damage { what, .. }) => {
                        let what = format!("{what}; what was appended and deleted since is lost");
                        state.lost.push(Damage::file(&state.path, what));
                        return Ok(state);
                    }
                }
            }
        };
        state.take(replay);
        Ok(state)
    }

    fn take(&mut self, replay: Replay) {
        let Replay { changes, end, torn, damage: gaps } = replay;
        let records = changes.len();
        self.events.extend(changes.into_iter().map(event));
        self.gaps = gaps;
        self.note = (torn > 0).then(|| {
            let path = self.path.display();
            format!(
                "{path}: its last {torn} bytes are no whole record: an append is under way, or was \
                 interrupted"
            )
        });
        self.damage.extend(self.gaps.iter().map(|gap| Damage::file(&self.path, gap.to_string())));
        if self.gaps.is_empty() && end.sequence != records as u64 {
            let last = end.sequence;
            let what =
                format!("it has {records} records, but the last says that it is number {last}");
            self.damage.push(Damage::file(&self.path, what));
            self.lost.extend(self.damage.last().cloned());
        }
    }

    /// Checks the rows of all whole records.
    ///
    /// # Errors
    ///
    /// [`StoreError::Cancelled`].
    pub(crate) fn check_rows(&mut self, scan: &Scan<'_>) -> Result<(), StoreError> {
        for (record, event) in self.events.iter_mut().enumerate() {
            match event {
                Event::Append(piece, bad) => {
                    for (row, what) in scan.bad_rows(piece)? {
                        bad.push(row);
                        let what = format!("record {record}, row {row}: {what}");
                        self.damage.push(Damage::file(&self.path, what));
                        self.lost.extend(self.damage.last().cloned());
                    }
                    if let Some(at) = stained(piece) {
                        let what = format!("record {record}: byte {at} should be zero");
                        self.damage.push(Damage::file(&self.path, what));
                    }
                }
                Event::Delete(ids) => {
                    if !ids.is_sorted_by(|a, b| a < b) {
                        let what = format!("record {record}: the ids it deletes do not rise");
                        self.damage.push(Damage::file(&self.path, what));
                        ids.sort_unstable();
                    }
                }
            }
        }
        Ok(())
    }

    /// How many rows the whole records have.
    pub(crate) fn rows(&self) -> u64 {
        let rows = |event: &Event| match event {
            Event::Append(piece, _) => u64::from(piece.len()),
            Event::Delete(_) => 0,
        };
        self.events.iter().map(rows).sum()
    }

    /// Adds what can be saved of damaged records to the events, and what cannot to what is lost.
    ///
    /// # Errors
    ///
    /// [`StoreError::Cancelled`], or what the operating system says.
    pub(crate) fn rescue(&mut self, scan: &Scan<'_>) -> Result<(), StoreError> {
        let mut before = 0;
        for gap in std::mem::take(&mut self.gaps) {
            let mut found = Vec::new();
            for Remains { bytes: Range { start, end }, change } in self.records_in(&gap)? {
                let mut lose = |what| {
                    let what =
                        format!("the record of {} bytes from {start} on: {what}", end - start);
                    self.lost.push(Damage::file(&self.path, what));
                };
                match change.map(event) {
                    Some(Event::Append(piece, mut bad)) => {
                        for (row, what) in scan.bad_rows(&piece)? {
                            bad.push(row);
                            lose(format!("row {row}: {what}"));
                        }
                        found.push(Event::Append(piece, bad));
                    }
                    Some(event) => found.push(event),
                    None => lose("nothing of it can be read; what it deleted is back".to_owned()),
                }
            }
            let at = gap.records + before;
            before += found.len();
            self.events.splice(at..at, found);
        }
        Ok(())
    }

    /// The records that a gap once was.
    fn records_in(&self, gap: &Gap) -> Result<Vec<Remains>, StoreError> {
        let Range { start, end } = gap.bytes;
        let (log, codes) = (self.header.number, codes_per_row(self.header.dim));
        let file = File::open(&self.path).map_err(StoreError::because("opening", &self.path))?;
        // SAFETY: as in log.rs.
        let map = Arc::new(unsafe { durable::map(&file, &self.path, start, end) }?);
        let (mut found, mut at, mut sequence) = (Vec::new(), 0, gap.sequence);
        while let Some(header) = map[at..].first_chunk() {
            let header = RecordHeader::decode(header, log, codes);
            let end = match header {
                Some(header) => at.saturating_add(header.len(codes)),
                None => next_header(&map, at, log, codes),
            };
            if end > map.len() {
                break; // It was never whole.
            }
            let change = match header.or_else(|| guess(&map[at..end], log, sequence, codes)) {
                Some(RecordHeader { kind: RecordKind::Append, count, .. }) => {
                    let layout = Layout::of_record(count as usize, codes);
                    let (map, path) = (Arc::clone(&map), self.path.as_path().into());
                    Some(Change::Append(Piece::new(map, at, layout, path, (0, u64::MAX), false)))
                }
                // A damaged header is only recognised by the body it belongs to.
                Some(RecordHeader { count, .. }) if header.is_none() => {
                    Some(Change::Delete(deleted_ids(&map[at..end], count)))
                }
                Some(_) | None => None,
            };
            let bytes = start + at as u64..start + end as u64;
            found.push(Remains { bytes, change });
            (at, sequence) = (end, sequence + 1);
        }
        Ok(found)
    }
}

/// What is left of a damaged record.
struct Remains {
    /// Where in the file it is.
    bytes: Range<u64>,
    /// What it did, if that can be read. Its rows may be damaged.
    change: Option<Change>,
}

fn event(change: Change) -> Event {
    match change {
        Change::Append(piece) => Event::Append(Arc::new(piece), Vec::new()),
        Change::Delete(ids) => Event::Delete(ids),
    }
}

/// Where behind the record at `at` the next one with a whole header begins, or the end.
fn next_header(map: &Mmap, at: usize, log: u64, codes: usize) -> usize {
    let mut starts = (at..map.len()).step_by(ALIGNMENT).skip(1);
    let is_header = |at: &usize| {
        map[*at..].first_chunk().is_some_and(|it| RecordHeader::decode(it, log, codes).is_some())
    };
    starts.find(is_header).unwrap_or(map.len())
}

/// What the damaged header of `record` must have been: by its length and its checksum if its body is
/// whole, otherwise by its length alone. That is enough for rows, which have checksums of their own.
fn guess(record: &[u8], log: u64, sequence: u64, codes: usize) -> Option<RecordHeader> {
    let (header, body) = record.split_first_chunk::<RECORD_HEADER>()?;
    let body_crc = crc32c::crc32c(body);
    let candidate = |kind, count| RecordHeader { log, sequence, kind, count, body_crc };
    let append = count_of(record.len(), codes).map(|count| candidate(RecordKind::Append, count));
    let most = u32::try_from(body.len() / 8).unwrap_or(u32::MAX);
    let deletes =
        (most.saturating_sub(7).max(1)..=most).map(|it| candidate(RecordKind::Delete, it));
    let differing = |candidate: &RecordHeader| {
        candidate.encode(codes).iter().zip(header).filter(|(a, b)| a != b).count()
    };
    let likely = deletes.chain(append).filter(|it| it.len(codes) == record.len());
    let likeliest = likely.min_by_key(differing).filter(|it| differing(it) <= HEADER_BYTES);
    likeliest.or(append)
}

/// How many rows a record of `len` bytes has, if it is one of rows.
fn count_of(len: usize, codes: usize) -> Option<u32> {
    let count = u32::try_from(len / (2 * codes)).ok()?;
    // Besides its codes, a row has 20 bytes.
    let least = u32::try_from(len.saturating_sub(6 * ALIGNMENT) / (2 * codes + 20)).ok()?.max(1);
    (least..=count).find(|count| Layout::of_record(*count as usize, codes).end == len)
}

/// The ids in the body of a record that deletes, rising.
fn deleted_ids(record: &[u8], count: u32) -> Vec<u64> {
    (0..count as usize).map(|at| u64_at(record, RECORD_HEADER + at * 8)).collect()
}
