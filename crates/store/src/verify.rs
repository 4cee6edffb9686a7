//! Reading every byte once, to find out whether it is still what was written.

use std::path::PathBuf;

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use crate::format::shard_of;
use crate::manifest::SegmentEntry;
use crate::snapshot::{OpenSegment, Snapshot};

/// A row that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The segment file.
    pub path: PathBuf,
    /// The row's number in the file, from 0.
    pub row: u32,
    /// What is wrong with it.
    pub what: String,
}

/// Every damaged row of a snapshot, in file order. (Headers, tombstones and the manifest were
/// checked when it was opened.)
pub(crate) fn verify(snapshot: &Snapshot, pool: &ThreadPool) -> Vec<Damage> {
    let shards = snapshot.manifest.shards;
    let entries = &snapshot.manifest.segments;
    pool.install(|| {
        snapshot
            .segments
            .par_iter()
            .zip(entries)
            .flat_map_iter(|(open, entry)| {
                (0..entry.rows).filter_map(move |row| check(open, entry, shards, row))
            })
            .collect()
    })
}

fn check(open: &OpenSegment, entry: &SegmentEntry, shards: u32, row: u32) -> Option<Damage> {
    let segment = &open.segment;
    let id = segment.id(row);
    let what = if !segment.is_intact(row) {
        "its checksum is wrong".to_owned()
    } else if shard_of(id, shards) != entry.shard {
        format!("id {id} does not belong to shard {}", entry.shard)
    } else if !(entry.min_id..=entry.max_id).contains(&id) {
        format!("id {id} is outside {} to {}", entry.min_id, entry.max_id)
    } else if entry.ascending && row > 0 && segment.id(row - 1) >= id {
        format!("id {id} should be larger than the one before")
    } else {
        return None;
    };
    Some(Damage { path: segment.path().to_owned(), row, what })
}
