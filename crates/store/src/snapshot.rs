//! One commit, opened: a manifest with its segments mapped and its tombstones read.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::StoreError;
use crate::format::manifest_path;
use crate::manifest::{Manifest, SegmentEntry};
use crate::segment::Segment;
use crate::tombstones::Tombstones;

/// How often a reader starts over because commits overtake it. Each time takes two commits within
/// the few milliseconds of one opening, so running out of attempts means something else is wrong.
const ATTEMPTS: usize = 100;

/// One commit as it was: it never changes, whatever writers do.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// What the commit consists of.
    pub(crate) manifest: Manifest,
    /// The manifest's segments, in its order.
    pub(crate) segments: Vec<OpenSegment>,
    /// Newer commits that were passed over because they are damaged, one sentence each.
    pub(crate) warnings: Vec<String>,
}

/// A segment with the tombstones of the same commit.
#[derive(Debug, Clone)]
pub(crate) struct OpenSegment {
    /// The mapped rows.
    pub(crate) segment: Arc<Segment>,
    /// Which of them are deleted, if any.
    pub(crate) deleted: Option<Arc<Tombstones>>,
}

impl OpenSegment {
    /// Whether a row is not deleted.
    pub(crate) fn is_live(&self, row: u32) -> bool {
        !self.deleted.as_ref().is_some_and(|deleted| deleted.contains(row))
    }

    /// The live rows of `range` whose ids occur in `ids`, which must rise.
    pub(crate) fn find_live(&self, range: Range<u32>, ids: &[u64]) -> Vec<u32> {
        let mut rows = self.segment.find(range, ids);
        rows.retain(|row| self.is_live(*row));
        rows
    }
}

impl Snapshot {
    /// Opens the newest commit that is whole.
    ///
    /// Without locks: a writer may commit and clean up meanwhile. If the newest commit cannot be
    /// opened, this looks whether there is a newer one by now, and only if not passes it over as
    /// damaged. Segments that `known` has mapped already are shared.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotFound`] or [`NotAStore`](StoreError::NotAStore) where there is no store;
    /// [`UnsupportedFormat`](StoreError::UnsupportedFormat) if a newer version wrote the newest
    /// commit; [`Damaged`](StoreError::Damaged), for the newest, if none is whole; or what the
    /// operating system says.
    pub(crate) fn newest(dir: &Path, known: Option<&Self>) -> Result<Self, StoreError> {
        let mut attempt = 1;
        loop {
            match Self::newest_listed(dir, known) {
                Attempt::Overtaken(_) if attempt < ATTEMPTS => attempt += 1,
                Attempt::Overtaken(error) => return Err(error),
                Attempt::Final(result) => return result,
            }
        }
    }

    fn newest_listed(dir: &Path, known: Option<&Self>) -> Attempt {
        let listed = match Manifest::list(dir) {
            Ok(listed) => listed,
            Err(error) => return Attempt::Final(Err(error)),
        };
        let overtaken = || Manifest::list(dir).is_ok_and(|now| now.first() != listed.first());
        let mut newest_error = None;
        let mut warnings = Vec::new();
        for &number in &listed {
            match Manifest::read(dir, number).and_then(|found| Self::load(dir, found, known)) {
                Ok(snapshot) => return Attempt::Final(Ok(Self { warnings, ..snapshot })),
                Err(error) if overtaken() => return Attempt::Overtaken(error),
                Err(error @ StoreError::Damaged { .. }) => {
                    let name = manifest_path(dir, number);
                    warnings.push(format!("commit {} is passed over: {error}", name.display()));
                    newest_error.get_or_insert(error);
                }
                Err(error) => return Attempt::Final(Err(error)),
            }
        }
        Attempt::Final(Err(newest_error.unwrap_or_else(|| StoreError::NotAStore {
            path: dir.to_owned(),
            found: "it holds no manifest".to_owned(),
        })))
    }

    /// Opens the commit of `manifest`, sharing what `known` has open already.
    ///
    /// # Errors
    ///
    /// Those of [`Segment::map`] and [`Tombstones::read`].
    pub(crate) fn load(
        dir: &Path,
        manifest: Manifest,
        known: Option<&Self>,
    ) -> Result<Self, StoreError> {
        let known = known.filter(|known| known.manifest.store == manifest.store);
        let known: HashMap<u64, (&SegmentEntry, &OpenSegment)> = known
            .iter()
            .flat_map(|known| known.manifest.segments.iter().zip(&known.segments))
            .map(|(entry, open)| (entry.number, (entry, open)))
            .collect();
        let open = |entry: &SegmentEntry| {
            let known = known.get(&entry.number);
            let segment = match known {
                Some((before, open)) if before.rows == entry.rows => Arc::clone(&open.segment),
                _ => Arc::new(Segment::map(dir, manifest.dim, entry)?),
            };
            let deleted = match known {
                Some((before, open)) if before.deleted == entry.deleted => open.deleted.clone(),
                _ => Tombstones::read(dir, entry)?.map(Arc::new),
            };
            Ok(OpenSegment { segment, deleted })
        };
        let segments = manifest.segments.iter().map(open).collect::<Result<_, StoreError>>()?;
        Ok(Self { manifest, segments, warnings: Vec::new() })
    }

    /// How many rows are deleted.
    pub(crate) fn deleted(&self) -> u64 {
        let deleted = self.manifest.segments.iter().filter_map(|entry| entry.deleted);
        deleted.map(|deleted| u64::from(deleted.rows)).sum()
    }

    /// How many rows there are, deleted or not.
    pub(crate) fn rows(&self) -> u64 {
        self.manifest.segments.iter().map(|entry| u64::from(entry.rows)).sum()
    }

    /// For each segment, in order, the live rows whose ids occur in `ids`, which must rise.
    pub(crate) fn find_live(&self, ids: &[u64]) -> Vec<Vec<u32>> {
        let all = |open: &OpenSegment| open.find_live(0..open.segment.rows(), ids);
        self.segments.iter().map(all).collect()
    }

    /// The ids of all live rows, rising.
    pub(crate) fn live_ids(&self) -> Vec<u64> {
        let mut ids = Vec::new();
        for open in &self.segments {
            let live = (0..open.segment.rows()).filter(|row| open.is_live(*row));
            ids.extend(live.map(|row| open.segment.id(row)));
        }
        ids.sort_unstable();
        ids
    }
}

/// How one look at the directory ended.
enum Attempt {
    /// With an answer that is not out of date.
    Final(Result<Snapshot, StoreError>),
    /// With an error, but there is a newer commit by now.
    Overtaken(StoreError),
}
