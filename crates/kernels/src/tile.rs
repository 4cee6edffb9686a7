//! The order in which rows and queries are visited, the same for every instruction set.

use std::array::from_fn;

use crate::query::Aligned;
use crate::{CODE_LANES, MAX_QUERY_COMPONENT, Query};

/// As many codes as every instruction set handles without a remainder.
pub(crate) type Block = [i8; CODE_LANES];

/// How many products of any code and any component add up without leaving `i32`.
pub(crate) const PRODUCTS_IN_I32: usize = i32::MAX as usize / (128 * MAX_QUERY_COMPONENT as usize);

/// How many rows are taken at once. Their sums with two queries leave half of the sixteen registers
/// of AVX2 for the operands.
const MANY: usize = 4;

/// How many bytes of rows [`dots_many`] takes through all queries before it goes on: few enough for
/// any second-level cache. In smaller tiles the stream from memory stops and starts too often (8
/// queries, 512 codes, Zen 4, per row and query: 6.6 ns; 8.2 in tiles of 16 KiB).
const TILE_BYTES: usize = 128 * 1024;

/// What an instruction set brings: the sums of a few rows with a few queries.
pub(crate) trait InstructionSet {
    /// The sums of `ROWS` rows (at most four), which lie in `rows` one after the other, with each
    /// query. All queries have the length of a row. `TOGETHER` is how many rows to read side by side
    /// before the next ones, which no sum depends on:
    ///
    /// - 1 for rows that come from memory, which is read fastest in order (512 codes on Zen 4, per
    ///   row: 17 ns, and 42 four side by side).
    /// - `ROWS` for rows in a cache, where what is loaded of a query serves all of them.
    ///
    /// # Safety
    ///
    /// The CPU must have the features that the implementor needs.
    unsafe fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
        rows: &[Block],
        queries: [&Query; QUERIES],
    ) -> [[f32; ROWS]; QUERIES];
}

/// The `ROWS` rows from that one on, each of that many blocks.
///
/// This, [`cut`] and [`parts`] are functions, not closures where they are used: there a closure
/// would need the features of the instruction set, and would not be inlined into the standard
/// library.
#[inline]
pub(crate) fn split<const ROWS: usize>(
    rows: &[Block],
    start: usize,
    blocks: usize,
) -> [&[Block]; ROWS] {
    from_fn(|row| &rows[(start + row) * blocks..][..blocks])
}

/// Rows that have that many blocks, so that the compiler knows.
#[inline]
pub(crate) fn cut<const ROWS: usize>(rows: [&[Block]; ROWS], blocks: usize) -> [&[Block]; ROWS] {
    rows.map(|row| &row[..blocks])
}

/// A part of each query, which has that many blocks too.
#[inline]
pub(crate) fn parts<T, const QUERIES: usize>(
    queries: [&Query; QUERIES],
    part: impl Fn(&Query) -> &[Aligned<T>],
    blocks: usize,
) -> [&[Aligned<T>]; QUERIES] {
    queries.map(|query| &part(query)[..blocks])
}

/// [`Kernel::dots`](crate::Kernel::dots); `rows` holds one row for each element of `out`.
///
/// # Safety
///
/// The CPU must have the features that `Set` needs.
pub(crate) unsafe fn dots<Set: InstructionSet>(rows: &[Block], query: &Query, out: &mut [f32]) {
    // SAFETY: the caller's promise.
    unsafe { score::<Set, 1, 1>(rows, [query], [out]) }
}

/// [`Kernel::dots_many`](crate::Kernel::dots_many); `rows` holds at least one row, `out` one element
/// for each row and query, and the queries have one length.
///
/// # Safety
///
/// The CPU must have the features that `Set` needs.
pub(crate) unsafe fn dots_many<Set: InstructionSet>(
    rows: &[Block],
    queries: &[Query],
    out: &mut [f32],
) {
    let row_count = out.len() / queries.len();
    let row_blocks = queries[0].blocks();
    let tile_rows = (TILE_BYTES / (row_blocks * CODE_LANES)).next_multiple_of(MANY);
    for (tile, start) in rows.chunks(tile_rows * row_blocks).zip((0..).step_by(tile_rows)) {
        let range = start..start + tile.len() / row_blocks;
        let mut out = out.chunks_exact_mut(row_count).map(|out| &mut out[range.clone()]);
        let mut take = || out.next().expect("one chunk for each query");

        // The first queries bring the tile from memory, the others find it in the cache.
        let mut in_order = true;
        let (pairs, single) = queries.as_chunks::<2>();
        for pair in pairs {
            let out = [take(), take()];
            // SAFETY: the caller's promise, for both.
            unsafe {
                if in_order {
                    score::<Set, 2, 1>(tile, pair.each_ref(), out);
                } else {
                    score::<Set, 2, MANY>(tile, pair.each_ref(), out);
                }
            }
            in_order = false;
        }
        if let [query] = single {
            // SAFETY: the caller's promise, for both.
            unsafe {
                if in_order {
                    score::<Set, 1, 1>(tile, [query], [take()]);
                } else {
                    score::<Set, 1, MANY>(tile, [query], [take()]);
                }
            }
        }
    }
}

/// The scores of all rows for a few queries, each into its slice.
///
/// # Safety
///
/// The CPU must have the features that `Set` needs.
unsafe fn score<Set: InstructionSet, const QUERIES: usize, const TOGETHER: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
    mut out: [&mut [f32]; QUERIES],
) {
    let row_blocks = queries[0].blocks();
    let mut fours = rows.chunks_exact(MANY * row_blocks);
    for (rows, start) in fours.by_ref().zip((0..).step_by(MANY)) {
        // SAFETY: the caller's promise.
        let sums = unsafe { Set::sums::<MANY, QUERIES, TOGETHER>(rows, queries) };
        for (out, sums) in out.iter_mut().zip(sums) {
            out[start..start + MANY].copy_from_slice(&sums);
        }
    }
    let singles = fours.remainder().chunks_exact(row_blocks);
    let start = rows.len() / row_blocks - singles.len();
    for (row, number) in singles.zip(start..) {
        // SAFETY: the caller's promise.
        let sums = unsafe { Set::sums::<1, QUERIES, 1>(row, queries) };
        for (out, [sum]) in out.iter_mut().zip(sums) {
            out[number] = sum;
        }
    }
}
