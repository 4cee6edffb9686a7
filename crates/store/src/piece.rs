//! Mapped rows that never change: a segment, or a record of a log.

use std::path::Path;
use std::sync::Arc;

use memmap2::Mmap;

use crate::filter::Cursor;
use crate::format::Layout;
use crate::rows::{RowRef, Rows};
use crate::tombstones::Tombstones;

/// Bisection touches about this many rows per id; with more ids than that, walking over all rows is
/// cheaper.
const BISECTION_ROWS: usize = 16;

/// Rows in a file, mapped read-only. Row numbers count from 0 in file order.
#[derive(Debug)]
pub(crate) struct Piece {
    map: Arc<Mmap>,
    /// Where in the map the header of these rows begins.
    offset: usize,
    layout: Layout,
    path: Arc<Path>,
    min_id: u64,
    max_id: u64,
    ascending: bool,
}

impl Piece {
    /// The rows behind the header at `offset` of `map`, with ids from `min_id` to `max_id`, each
    /// larger than the one before if `ascending`.
    pub(crate) fn new(
        map: Arc<Mmap>,
        offset: usize,
        layout: Layout,
        path: Arc<Path>,
        (min_id, max_id): (u64, u64),
        ascending: bool,
    ) -> Self {
        Self { map, offset, layout, path, min_id, max_id, ascending }
    }

    /// The same rows, if their ids may be any.
    pub(crate) fn with_any_ids(&self) -> Self {
        Self {
            map: Arc::clone(&self.map),
            path: Arc::clone(&self.path),
            min_id: 0,
            max_id: u64::MAX,
            ascending: false,
            ..*self
        }
    }

    /// The file they lie in.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u32 {
        count(self.layout.rows)
    }

    /// The rows themselves.
    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows::new(&self.map[self.offset..], &self.layout)
    }

    /// Everything from the header to the end of the last section, padding included.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map[self.offset..self.offset + self.layout.end]
    }

    /// Where the sections lie in [`bytes`](Self::bytes).
    pub(crate) const fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The smallest and the largest id.
    pub(crate) const fn id_range(&self) -> (u64, u64) {
        (self.min_id, self.max_id)
    }

    /// Whether each id is larger than the one before.
    pub(crate) const fn is_ascending(&self) -> bool {
        self.ascending
    }

    /// The rows whose ids occur in `wanted`, in rising order. `wanted` must rise.
    pub(crate) fn find(&self, wanted: &[u64]) -> Vec<u32> {
        let ids = self.rows().ids;
        let (min, max) = (self.min_id, self.max_id);
        let wanted = &wanted[wanted.partition_point(|id| *id < min)..];
        let wanted = &wanted[..wanted.partition_point(|id| *id <= max)];
        if wanted.is_empty() {
            return Vec::new();
        }
        if self.ascending && wanted.len() < ids.len() / BISECTION_ROWS {
            let mut start = 0;
            let found = |id: &u64| {
                start += ids[start..].partition_point(|other| other < id);
                (ids.get(start) == Some(id)).then(|| count(start))
            };
            wanted.iter().filter_map(found).collect()
        } else {
            let mut cursor = Cursor::new(wanted);
            (0..self.len()).filter(|row| cursor.contains(ids[*row as usize])).collect()
        }
    }
}

/// A number of rows.
fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("rows are counted in u32")
}

/// A piece with those of its rows that are deleted.
#[derive(Debug, Clone)]
pub(crate) struct OpenPiece {
    /// The rows.
    pub(crate) piece: Arc<Piece>,
    /// Which of them are deleted, if any.
    pub(crate) deleted: Option<Arc<Tombstones>>,
}

impl OpenPiece {
    /// Whether a row is not deleted.
    pub(crate) fn is_live(&self, row: u32) -> bool {
        !self.deleted.as_ref().is_some_and(|deleted| deleted.contains(row))
    }

    /// How many rows are deleted.
    pub(crate) fn deleted(&self) -> u32 {
        self.deleted.as_ref().map_or(0, |deleted| deleted.len())
    }

    /// The live rows whose ids occur in `ids`, which must rise.
    pub(crate) fn find_live(&self, ids: &[u64]) -> Vec<u32> {
        let mut rows = self.piece.find(ids);
        rows.retain(|row| self.is_live(*row));
        rows
    }

    /// The live rows.
    pub(crate) fn live_rows(&self) -> impl Iterator<Item = u32> {
        (0..self.piece.len()).filter(|row| self.is_live(*row))
    }

    /// The live rows as parts of a list of pieces in which this one is number `source`.
    pub(crate) fn live_refs(&self, source: u32) -> impl Iterator<Item = RowRef> {
        let ids = self.piece.rows().ids;
        self.live_rows().map(move |row| RowRef { id: ids[row as usize], source, row })
    }

    /// Deletes rows, for this copy only.
    pub(crate) fn delete(&mut self, rows: &[u32]) {
        if !rows.is_empty() {
            Arc::make_mut(self.deleted.get_or_insert_default()).insert_all(rows);
        }
    }
}
