//! Which rows score best: a scan of the high planes that keeps what may still win, then both planes
//! of the few that are left. Where the CPU multiplies bytes, a scan for many queries takes their
//! high bytes alone at first, and all of a query only for rows that may win even so.
//!
//! The answer is that of scoring every row from both planes. A row is passed over only if the most
//! it can score is less than what `k` other rows score at least (bounds: `codes.rs`), so how the
//! rows are divided among threads decides how many are looked at twice, but never what is found.

use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use clipfind_kernels::{Kernel, Query};
use rayon::ThreadPool;

use crate::cancel::Cancel;
use crate::candidates::{Candidate, Candidates};
use crate::codes::{RotatedQuery, Scale};
use crate::error::StoreError;
use crate::filter::{Filter, clear_behind};
use crate::piece::OpenPiece;
use crate::snapshot::Snapshot;
use crate::top_k::{Hit, TopK};

/// Bytes of codes that a thread takes at a time: large enough that handing them out costs nothing
/// (40 µs of memory bandwidth), small enough to share one segment among many threads, and to stop
/// soon when asked to.
const CHUNK_BYTES: usize = 1 << 20;
/// Rows whose first scores are computed together.
const BLOCK: usize = 256;
/// Queries that share one pass over the codes.
const QUERIES: usize = 64;
/// Where at least this many of 64 rows are allowed, all of them are scored: reading on is cheaper
/// than jumping. Measured in `bench/cases`.
const DENSE: u32 = 8;

/// From so many queries on, a scan waits for the kernel and not for memory (Zen 4: a row of 512 codes
/// takes 17 ns to read and 6 ns per query).
const MANY: usize = 4;
/// Blocks that are scanned with the whole query after one in which its high bytes alone passed over
/// too little.
const WHOLE_BLOCKS: u32 = 15;

/// What restricts or stops a search.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchOptions<'a> {
    /// The ids that may be found; all if absent.
    pub filter: Option<&'a Filter>,
    /// Stops the search from another thread.
    pub cancel: Option<&'a Cancel>,
}

/// What a search found, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The best rows, best first.
    pub hits: Vec<Hit>,
    /// Rows whose high plane was looked at.
    pub scanned: u64,
    /// Rows that were scored from both planes. Depends on how threads happened to run.
    pub rescored: u64,
    /// Shards that are missing: the answer leaves out their rows. Empty when it is complete.
    pub missing_shards: Vec<u32>,
}

/// What all threads of a search share.
struct Job<'a> {
    snapshot: &'a Snapshot,
    kernel: Kernel,
    queries: &'a [RotatedQuery],
    whole: &'a [Query],
    /// The high bytes of the queries, where these are many and the CPU multiplies bytes.
    rounded: Option<Vec<Query>>,
    k: usize,
    options: SearchOptions<'a>,
    /// Pieces, and where in them each chunk begins and ends.
    chunks: Vec<(u32, usize, usize)>,
    next: AtomicUsize,
    /// For each query, what a row must be able to score: `k` rows score at least that.
    thresholds: Vec<Threshold>,
    scanned: AtomicU64,
}

/// Some rows of a piece, from number `from` on.
struct Part<'a> {
    piece: u32,
    from: usize,
    codes: &'a [i8],
    scales: &'a [Scale],
}

/// The `k` live rows with the largest dot products with each query, best first, ties by smaller id;
/// only rows that the filter allows. Queries must have been checked and rotated; `whole` are the same
/// ones for the kernel.
///
/// # Errors
///
/// [`StoreError::Cancelled`].
pub(crate) fn search(
    snapshot: &Snapshot,
    pool: &ThreadPool,
    kernel: Kernel,
    queries: &[RotatedQuery],
    whole: &[Query],
    k: usize,
    options: SearchOptions<'_>,
) -> Result<Vec<Answer>, StoreError> {
    let mut answers = Vec::with_capacity(queries.len());
    for (queries, whole) in queries.chunks(QUERIES).zip(whole.chunks(QUERIES)) {
        let job = Job {
            snapshot,
            kernel,
            queries,
            whole,
            rounded: (whole.len() >= MANY && kernel.backend().multiplies_bytes())
                .then(|| whole.iter().map(Query::rounded).collect()),
            k,
            options,
            chunks: if k == 0 { Vec::new() } else { chunks(snapshot) },
            next: AtomicUsize::new(0),
            thresholds: queries.iter().map(|_| Threshold::default()).collect(),
            scanned: AtomicU64::new(0),
        };
        answers.extend(job.run(pool)?);
    }
    Ok(answers)
}

/// All rows of all pieces, in parts.
fn chunks(snapshot: &Snapshot) -> Vec<(u32, usize, usize)> {
    let rows = (CHUNK_BYTES / snapshot.rotation.len()).next_multiple_of(BLOCK);
    let mut chunks = Vec::new();
    for (piece, open) in (0..).zip(&snapshot.pieces) {
        let end = open.piece.len() as usize;
        chunks.extend((0..end).step_by(rows).map(|at| (piece, at, end.min(at + rows))));
    }
    chunks
}

impl Job<'_> {
    fn run(&self, pool: &ThreadPool) -> Result<Vec<Answer>, StoreError> {
        let workers = pool.current_num_threads().min(self.chunks.len());
        let mut found: Vec<Result<Vec<Candidates>, StoreError>> = Vec::new();
        if workers <= 1 {
            found.push(self.work());
        } else {
            found.resize_with(workers, || Ok(Vec::new()));
            pool.in_place_scope(|scope| {
                for slot in &mut found {
                    scope.spawn(|_| *slot = self.work());
                }
            });
        }
        let mut by_query: Vec<Vec<Candidates>> = self.queries.iter().map(|_| Vec::new()).collect();
        for worker in found {
            for (all, one) in by_query.iter_mut().zip(worker?) {
                all.push(one);
            }
        }
        let mut answers = Vec::with_capacity(by_query.len());
        for (at, candidates) in by_query.into_iter().enumerate() {
            let threshold = self.thresholds[at].get();
            let (mut top, mut rescored) = (TopK::new(self.k), 0);
            for mut one in candidates {
                one.keep(threshold);
                rescored += self.rescore(&mut one, at)?;
                top = top.merge(one.exact);
            }
            answers.push(Answer {
                hits: top.into_hits(),
                scanned: self.scanned.load(Ordering::Relaxed),
                rescored,
                missing_shards: self.snapshot.missing.to_vec(),
            });
        }
        Ok(answers)
    }

    /// One thread's part: chunk after chunk until none is left.
    fn work(&self) -> Result<Vec<Candidates>, StoreError> {
        let mut found: Vec<Candidates> =
            self.queries.iter().map(|_| Candidates::new(self.k)).collect();
        let mut sums = vec![0.0; BLOCK * self.queries.len()];
        // Nothing can be passed over before there is a threshold.
        let mut whole_blocks = 1;
        let mut mask = Vec::new();
        loop {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(&(piece, start, end)) = self.chunks.get(at) else { return Ok(found) };
            self.options.cancel.map_or(Ok(()), Cancel::check)?;
            let open = &self.snapshot.pieces[piece as usize];
            let allowed = self.mark(open, start, end, &mut mask);
            let mut scanned = 0;
            for block in (start..end).step_by(BLOCK) {
                let block_end = end.min(block + BLOCK);
                let mask = allowed.then(|| &mask[(block - start) / 64..]);
                let rounded = self.rounded.as_ref().filter(|_| whole_blocks == 0);
                let (rows, kept) =
                    self.scan(piece, (block, block_end), mask, rounded, &mut sums, &mut found);
                scanned += rows;
                // A row that is kept costs about what passing over eight saves.
                whole_blocks = match rounded {
                    Some(queries) if kept * 8 > rows * queries.len() as u64 => WHOLE_BLOCKS,
                    _ => whole_blocks.saturating_sub(1),
                };
            }
            self.scanned.fetch_add(scanned, Ordering::Relaxed);
            for (at, found) in found.iter_mut().enumerate() {
                if found.is_full() {
                    found.keep(self.thresholds[at].get());
                    if found.is_half_full() {
                        self.rescore(found, at)?;
                        self.thresholds[at].raise(found.exact.worst());
                    }
                }
            }
        }
    }

    /// Puts into `mask` which rows of a chunk may be found; false if all may.
    fn mark(&self, open: &OpenPiece, start: usize, end: usize, mask: &mut Vec<u64>) -> bool {
        let Self { options: SearchOptions { filter, .. }, .. } = self;
        if filter.is_none() && open.deleted.is_none() {
            return false;
        }
        let words = (end - start).div_ceil(64);
        mask.clear();
        match filter {
            None => mask.resize(words, u64::MAX),
            Some(filter) => {
                mask.resize(words, 0);
                filter.mark(&open.piece.rows().ids[start..end], open.piece.is_ascending(), mask);
            }
        }
        if let Some(deleted) = &open.deleted {
            for (at, word) in mask.iter_mut().enumerate() {
                *word &= !deleted.word(start / 64 + at);
            }
        }
        clear_behind(mask, end - start);
        true
    }

    /// Looks at the high planes of one block of rows. `mask` has a bit for each. Returns how many
    /// rows that were, and of how many a score with `rounded` queries did not say enough.
    fn scan(
        &self,
        piece: u32,
        (start, end): (usize, usize),
        mask: Option<&[u64]>,
        rounded: Option<&Vec<Query>>,
        sums: &mut [f32],
        found: &mut [Candidates],
    ) -> (u64, u64) {
        let rows = self.snapshot.pieces[piece as usize].piece.rows();
        let queries = rounded.map_or(self.whole, Vec::as_slice);
        let (mut scanned, mut kept) = (0, 0);
        let mut score = |from: usize, to: usize| {
            let codes = &rows.high[from * rows.codes..to * rows.codes];
            let scales = &rows.scales[from..to];
            let count = to - from;
            let sums = &mut sums[..count * self.queries.len()];
            if let [query] = queries {
                self.kernel.dots(codes, query, sums);
            } else {
                self.kernel.dots_many(codes, queries, sums);
            }
            scanned += count as u64;
            for (at, sums) in sums.chunks_exact(count).enumerate() {
                let allowed = |row: usize| {
                    mask.is_none_or(|mask| {
                        mask[(row - start) / 64] >> ((row - start) % 64) & 1 == 1
                    })
                };
                let part = Part { piece, from, codes, scales };
                kept += self.select(at, &part, sums, rounded.is_some(), allowed, &mut found[at]);
            }
        };
        match mask {
            None => score(start, end),
            Some(mask) => spans(&mask[..(end - start).div_ceil(64)], |from, to| {
                score(start + from, (start + to).min(end));
            }),
        }
        (scanned, kept)
    }

    /// Takes up the rows that may score as much as the threshold of query `at`, by the kernel's sums
    /// with it, or with its high bytes only if `rounded`. Returns of how many rows these did not say
    /// enough.
    fn select(
        &self,
        at: usize,
        part: &Part<'_>,
        sums: &[f32],
        rounded: bool,
        allowed: impl Fn(usize) -> bool,
        found: &mut Candidates,
    ) -> u64 {
        /// Rows that are compared with the threshold together.
        const LANES: usize = 32;
        let RotatedQuery { scale, per_step, rounded_per_step, norm, .. } = self.queries[at];
        let upper_of_whole = |row: &Scale, sum: f32| {
            row.step * (scale * sum + per_step) + row.error * norm + f32::MIN_POSITIVE
        };
        let per_sum = if rounded { rounded_per_step } else { per_step };
        let upper = |row: &Scale, sum: f32| {
            row.step * (scale * sum + per_sum) + row.error * norm + f32::MIN_POSITIVE
        };
        let mut threshold = self.thresholds[at].get();
        let mut kept = 0;
        let groups = part.scales.chunks(LANES).zip(sums.chunks(LANES)).enumerate();
        for (group, (scales, sums)) in groups {
            let mut most = f32::NEG_INFINITY;
            for (row, sum) in scales.iter().zip(sums) {
                let upper = upper(row, *sum);
                most = if upper > most { upper } else { most };
            }
            if most < threshold {
                continue;
            }
            for (index, (row, sum)) in scales.iter().zip(sums).enumerate() {
                let (mut sum, mut upper) = (*sum, upper(row, *sum));
                let number = part.from + group * LANES + index;
                if upper >= threshold && allowed(number) {
                    if rounded {
                        kept += 1;
                        sum = self.sum(at, part, number);
                        upper = upper_of_whole(row, sum);
                        if upper < threshold {
                            continue;
                        }
                    }
                    let lower =
                        row.step * (scale * sum - per_step) - row.error * norm - f32::MIN_POSITIVE;
                    #[expect(clippy::cast_possible_truncation, reason = "rows are counted in u32")]
                    let candidate = Candidate { upper, piece: part.piece, row: number as u32 };
                    if let Some(bound) = found.take(candidate, lower) {
                        self.thresholds[at].raise(bound);
                        threshold = self.thresholds[at].get();
                    }
                }
            }
        }
        kept
    }

    /// The kernel's sum of one row with the whole of query `at`.
    fn sum(&self, at: usize, part: &Part<'_>, row: usize) -> f32 {
        let (query, mut sum) = (&self.whole[at], [0.0]);
        let codes = &part.codes[(row - part.from) * query.len()..][..query.len()];
        self.kernel.dots(codes, query, &mut sum);
        sum[0]
    }

    /// Scores what is left of some candidates from both planes. Returns how many in all so far.
    fn rescore(&self, found: &mut Candidates, at: usize) -> Result<u64, StoreError> {
        let query = &self.queries[at];
        let mut last = None;
        for (count, candidate) in std::mem::take(&mut found.waiting).into_iter().enumerate() {
            if count.is_multiple_of(4096) {
                self.options.cancel.map_or(Ok(()), Cancel::check)?;
            }
            let rows = match last {
                Some((piece, rows)) if piece == candidate.piece => rows,
                _ => self.snapshot.pieces[candidate.piece as usize].piece.rows(),
            };
            last = Some((candidate.piece, rows));
            let (high, low) = rows.planes(candidate.row);
            let row = candidate.row as usize;
            let score = query.score(rows.scales[row].step, high, low);
            found.exact.offer(score, || rows.ids[row]);
            found.rescored += 1;
        }
        Ok(found.rescored)
    }
}

/// Calls `span` for runs of rows that cover all that are set in `mask`: whole words where many are.
fn spans(mask: &[u64], mut span: impl FnMut(usize, usize)) {
    let mut open: Option<(usize, usize)> = None;
    let mut add = |from: usize, to: usize| match &mut open {
        Some((_, end)) if *end == from => *end = to,
        _ => {
            if let Some((from, to)) = open.replace((from, to)) {
                span(from, to);
            }
        }
    };
    for (at, word) in mask.iter().enumerate() {
        if word.count_ones() >= DENSE {
            add(at * 64, at * 64 + 64);
            continue;
        }
        let mut left = *word;
        while left != 0 {
            let first = left.trailing_zeros() as usize;
            let run = (left >> first).trailing_ones() as usize;
            add(at * 64 + first, at * 64 + first + run);
            left &= if first + run < 64 { u64::MAX << (first + run) } else { 0 };
        }
    }
    if let Some((from, to)) = open {
        span(from, to);
    }
}

/// A number that threads raise together.
struct Threshold(AtomicU32);

impl Default for Threshold {
    fn default() -> Self {
        Self(AtomicU32::new(ordered(f32::NEG_INFINITY)))
    }
}

impl Threshold {
    fn get(&self) -> f32 {
        let bits = self.0.load(Ordering::Relaxed);
        f32::from_bits(if bits >> 31 == 1 { bits ^ 0x8000_0000 } else { !bits })
    }

    fn raise(&self, bound: f32) {
        if !bound.is_nan() {
            self.0.fetch_max(ordered(bound), Ordering::Relaxed);
        }
    }
}

/// Bits that are ordered like the floats they stand for.
fn ordered(value: f32) -> u32 {
    let bits = value.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 0x8000_0000 }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "bounds are compared exactly")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn spans_cover_what_is_set_in_rising_order_without_overlap(
            mask in prop::collection::vec(
                prop_oneof![Just(0_u64), Just(u64::MAX), any::<u64>(), any::<u8>().prop_map(u64::from)],
                0..8,
            ),
        ) {
            let mut covered = vec![false; mask.len() * 64];
            let mut end = 0;
            spans(&mask, |from, to| {
                assert!(from < to && from >= end, "{from}..{to} after {end}");
                end = to;
                covered[from..to].fill(true);
            });
            for (row, covered) in covered.iter().enumerate() {
                prop_assert!(*covered || mask[row / 64] >> (row % 64) & 1 == 0, "{}", row);
            }
        }

        #[test]
        fn a_threshold_is_the_largest_bound(bounds in prop::collection::vec(any::<f32>(), 0..20)) {
            let threshold = Threshold::default();
            for bound in &bounds {
                threshold.raise(*bound);
            }
            let largest = bounds.iter().copied().filter(|it| !it.is_nan());
            prop_assert_eq!(threshold.get(), largest.fold(f32::NEG_INFINITY, f32::max));
        }
    }
}
