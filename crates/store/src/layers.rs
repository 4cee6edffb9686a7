//! Which rows are live, put together from files that may be damaged.
//!
//! Pieces lie on one another in the order of their age. The row of an id in the newest piece that
//! has it is the only one that can be live: what writes a newer one kills those below, and moving
//! rows into a new segment takes the live one only. So where tombstones are lost, what lies above
//! tells which rows are dead, except for deleted ones.

use std::sync::Arc;

use crate::examine::SegmentState;
use crate::log_state::{Event, LogState};
use crate::piece::{OpenPiece, Piece};

/// Some rows of one age.
#[derive(Debug)]
pub(crate) struct Layer {
    pub(crate) open: OpenPiece,
    /// The segment they are, if they are one: its index in the caller's list.
    pub(crate) segment: Option<usize>,
    /// Rows that no tombstone deletes may be dead nevertheless.
    pub(crate) doubtful: bool,
}

/// Layers, the oldest first. Rows that do not check out are deleted in all of them.
#[derive(Debug, Default)]
pub(crate) struct Layers(pub(crate) Vec<Layer>);

impl Layers {
    /// Lays the segments of one commit on top.
    pub(crate) fn add_commit(&mut self, segments: &[SegmentState]) {
        let mut by_age: Vec<_> = segments.iter().enumerate().collect();
        by_age.sort_by_key(|(_, state)| state.entry.number);
        for (at, state) in by_age {
            self.add_segment(at, state, true);
        }
    }

    /// Lays a segment on top. Unless it is `known` to belong to the same commit as those below, its
    /// rows kill theirs.
    pub(crate) fn add_segment(&mut self, at: usize, state: &SegmentState, known: bool) {
        let Some(piece) = &state.piece else { return };
        let mut below = self.0.iter_mut().filter(|layer| !known || layer.doubtful).peekable();
        if below.peek().is_some() {
            kill(below, state.good_rows().map(|(_, id)| id).collect());
        }
        let mut open = OpenPiece { piece: Arc::clone(piece), deleted: state.deleted.clone() };
        open.delete(&state.bad);
        let doubtful = !known || state.deleted_damage.is_some();
        self.0.push(Layer { open, segment: Some(at), doubtful });
    }

    /// Does on top what a log says.
    pub(crate) fn add_log(&mut self, log: &LogState) {
        for event in &log.events {
            match event {
                Event::Append(piece, bad) => self.add_rows(piece, bad),
                Event::Delete(ids) => kill(&mut self.0, ids.clone()),
            }
        }
    }

    fn add_rows(&mut self, piece: &Arc<Piece>, bad: &[u32]) {
        let rows = (0..).zip(piece.rows().ids.iter().copied());
        let good = rows.filter(|(row, _)| bad.binary_search(row).is_err());
        kill(&mut self.0, good.map(|(_, id)| id).collect());
        let piece = if bad.is_empty() { Arc::clone(piece) } else { Arc::new(piece.with_any_ids()) };
        let mut open = OpenPiece { piece, deleted: None };
        open.delete(bad);
        self.0.push(Layer { open, segment: None, doubtful: false });
    }

    /// The ids that more than one live row has, rising.
    pub(crate) fn repeated(&self) -> Vec<u64> {
        let ids = |layer: &Layer| -> Vec<u64> { layer.open.live_refs(0).map(|at| at.id).collect() };
        let mut ids: Vec<u64> = self.0.iter().flat_map(ids).collect();
        ids.sort_unstable();
        let mut repeated: Vec<u64> =
            ids.array_windows().filter(|[a, b]| a == b).map(|[id, _]| *id).collect();
        repeated.dedup();
        repeated
    }

    /// The live rows of an id: indexes of layers, and rows.
    pub(crate) fn rows_of(&self, id: u64) -> Vec<(usize, u32)> {
        let rows = |(at, layer): (usize, &Layer)| {
            layer.open.find_live(&[id]).into_iter().map(move |row| (at, row)).collect::<Vec<_>>()
        };
        self.0.iter().enumerate().flat_map(rows).collect()
    }

    /// How many rows are live.
    pub(crate) fn live(&self) -> u64 {
        // Tombstones may name rows that are cut off.
        self.0.iter().map(|layer| layer.open.live_rows().count() as u64).sum()
    }

    /// Leaves each id one live row: the newest of those that are live for sure, else the newest.
    /// Says whether there were more.
    pub(crate) fn settle(&mut self) -> bool {
        let repeated = self.repeated();
        for id in &repeated {
            let rows = self.rows_of(*id);
            let sure = rows.iter().rev().find(|(at, _)| !self.0[*at].doubtful);
            let Some(&live) = sure.or(rows.last()) else { continue };
            for (at, row) in rows.into_iter().filter(|it| *it != live) {
                self.0[at].open.delete(&[row]);
            }
        }
        !repeated.is_empty()
    }
}

/// Deletes the rows of these ids.
fn kill<'a>(layers: impl IntoIterator<Item = &'a mut Layer>, mut ids: Vec<u64>) {
    ids.sort_unstable();
    for Layer { open, .. } in layers {
        let rows = open.find_live(&ids);
        open.delete(&rows);
    }
}
