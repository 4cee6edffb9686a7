//! Scan everything, keep the best.

use std::ops::Range;

use clipfind_kernels::Kernel;
use rayon::ThreadPool;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::filter::Filter;
use crate::format::row_stride;
use crate::snapshot::{OpenSegment, Snapshot};
use crate::top_k::{Hit, TopK};

/// Bytes of rows that one task scans: large enough that handing tasks out costs nothing (0.1 ms of
/// memory bandwidth each), small enough to share one segment among many threads.
const CHUNK_BYTES: usize = 2 << 20;

/// The `k` live rows with the largest dot products with `query`, best first, ties by smaller id;
/// only rows that `filter` allows, if there is one. `query` must have been checked.
///
/// Chunks are scanned by whichever thread is free. That does not show: a row's score depends on
/// nothing but row and query, and [`TopK`] keeps the same hits in whatever order they come.
pub(crate) fn search(
    snapshot: &Snapshot,
    pool: &ThreadPool,
    kernel: Kernel,
    query: &[f32],
    k: usize,
    filter: Option<&Filter>,
) -> Vec<Hit> {
    let chunks = chunks(snapshot);
    let top = pool.install(|| {
        chunks
            .par_iter()
            .fold(
                || TopK::new(k),
                |top, (segment, rows)| scan(top, segment, rows.clone(), kernel, query, filter),
            )
            .reduce(|| TopK::new(k), TopK::merge)
    });
    top.into_hits()
}

/// All rows of all segments, in pieces.
fn chunks(snapshot: &Snapshot) -> Vec<(&OpenSegment, Range<u32>)> {
    let rows = CHUNK_BYTES.div_ceil(row_stride(snapshot.manifest.dim));
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    let mut chunks = Vec::new();
    for open in &snapshot.segments {
        let end = open.segment.rows();
        let starts = (0..end).step_by(rows as usize);
        chunks.extend(starts.map(|at| (open, at..end.min(at.saturating_add(rows)))));
    }
    chunks
}

fn scan(
    mut top: TopK,
    open: &OpenSegment,
    rows: Range<u32>,
    kernel: Kernel,
    query: &[f32],
    filter: Option<&Filter>,
) -> TopK {
    let segment = &open.segment;
    let mut offer = |row| top.offer(kernel.dot_f32(segment.vector(row), query), || segment.id(row));
    match filter {
        None => rows.filter(|row| open.is_live(*row)).for_each(&mut offer),
        Some(filter) => open.find_live(rows, filter.ids()).into_iter().for_each(&mut offer),
    }
    top
}
