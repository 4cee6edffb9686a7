//! SSE2, which every x86-64 CPU has: eight products of 16 bits at once.

use std::arch::x86_64::{
    __m128d, __m128i, _mm_add_epi32, _mm_add_pd, _mm_cmpgt_epi8, _mm_cvtepi32_pd, _mm_cvtpd_ps,
    _mm_load_si128, _mm_loadu_si128, _mm_madd_epi16, _mm_movelh_ps, _mm_setzero_pd,
    _mm_setzero_si128, _mm_shuffle_epi32, _mm_storeu_ps, _mm_unpackhi_epi8, _mm_unpackhi_pd,
    _mm_unpacklo_epi8, _mm_unpacklo_pd,
};

use crate::tile::{Block, InstructionSet, PRODUCTS_IN_I32, cut, parts, split};
use crate::{CODE_LANES, Query};

/// SSE2.
pub(crate) struct Sse2;

impl InstructionSet for Sse2 {
    unsafe fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
        rows: &[Block],
        queries: [&Query; QUERIES],
    ) -> [[f32; ROWS]; QUERIES] {
        // SAFETY: the caller promises that the CPU has SSE2.
        unsafe { sums::<ROWS, QUERIES, TOGETHER>(rows, queries) }
    }
}

/// How many blocks are summed in `i32` before the sums go to `f64`, where they stay exact: whole
/// numbers below 2⁵³ are.
const SEGMENT: usize = 32;

const _: () = assert!(
    SEGMENT * CODE_LANES / 4 <= PRODUCTS_IN_I32,
    "each of four lanes holds a quarter of a segment's products"
);

#[target_feature(enable = "sse2")]
fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
) -> [[f32; ROWS]; QUERIES] {
    let mut sums = [[_mm_setzero_pd(); 4]; QUERIES];
    for start in (0..ROWS).step_by(TOGETHER) {
        let found =
            accumulate::<TOGETHER, QUERIES>(split(rows, start, queries[0].blocks()), queries);
        for query in 0..QUERIES {
            sums[query][start..start + TOGETHER].copy_from_slice(&found[query]);
        }
    }
    let mut out = [[0.0; ROWS]; QUERIES];
    for (out, sums) in out.iter_mut().zip(sums) {
        out.copy_from_slice(&add_lanes(sums)[..ROWS]);
    }
    out
}

/// The sums of rows that are read side by side, spread over the lanes of a vector.
#[inline]
#[target_feature(enable = "sse2")]
fn accumulate<const ROWS: usize, const QUERIES: usize>(
    rows: [&[Block]; ROWS],
    queries: [&Query; QUERIES],
) -> [[__m128d; ROWS]; QUERIES] {
    let blocks = queries[0].blocks();
    let rows = cut(rows, blocks);
    let queries = parts(queries, Query::components, blocks);
    let mut totals = [[_mm_setzero_pd(); ROWS]; QUERIES];
    for start in (0..blocks).step_by(SEGMENT) {
        let end = blocks.min(start + SEGMENT);
        let mut sums = [[_mm_setzero_si128(); ROWS]; QUERIES];
        for block in start..end {
            for part in 0..4 {
                for row in 0..ROWS {
                    let [low, high] = load_codes(&rows[row][block].as_chunks().0[part]);
                    for query in 0..QUERIES {
                        let (components, _) = queries[query][block].0.as_chunks();
                        let low = _mm_madd_epi16(low, load_components(&components[2 * part]));
                        let high = _mm_madd_epi16(high, load_components(&components[2 * part + 1]));
                        let sum = &mut sums[query][row];
                        *sum = _mm_add_epi32(*sum, _mm_add_epi32(low, high));
                    }
                }
            }
        }
        for query in 0..QUERIES {
            for row in 0..ROWS {
                totals[query][row] = _mm_add_pd(totals[query][row], fold(sums[query][row]));
            }
        }
    }
    totals
}

/// The sums of each lane with the one two above it.
#[inline]
#[target_feature(enable = "sse2")]
fn fold(lanes: __m128i) -> __m128d {
    let upper = _mm_shuffle_epi32::<0b_11_10>(lanes);
    _mm_add_pd(_mm_cvtepi32_pd(lanes), _mm_cvtepi32_pd(upper))
}

/// The sum of the lanes of each total, rounded to `f32`.
#[inline]
#[target_feature(enable = "sse2")]
fn add_lanes([a, b, c, d]: [__m128d; 4]) -> [f32; 4] {
    let ab = _mm_add_pd(_mm_unpacklo_pd(a, b), _mm_unpackhi_pd(a, b));
    let cd = _mm_add_pd(_mm_unpacklo_pd(c, d), _mm_unpackhi_pd(c, d));
    let mut out = [0.0; 4];
    let sums = _mm_movelh_ps(_mm_cvtpd_ps(ab), _mm_cvtpd_ps(cd));
    // SAFETY: the reference covers the 16 bytes written; an unaligned store has no alignment to keep.
    unsafe { _mm_storeu_ps(out.as_mut_ptr(), sums) };
    out
}

/// Sixteen codes widened to 16 bits: a byte above each, all ones where the code is negative.
#[inline]
#[target_feature(enable = "sse2")]
fn load_codes(codes: &[i8; 16]) -> [__m128i; 2] {
    // SAFETY: the reference covers the 16 bytes read; an unaligned load has no alignment to keep.
    let codes = unsafe { _mm_loadu_si128(codes.as_ptr().cast()) };
    let signs = _mm_cmpgt_epi8(_mm_setzero_si128(), codes);
    [_mm_unpacklo_epi8(codes, signs), _mm_unpackhi_epi8(codes, signs)]
}

#[inline]
#[target_feature(enable = "sse2")]
fn load_components(components: &[i16; 8]) -> __m128i {
    // SAFETY: the reference covers the 16 bytes read; they are a 16-byte step into an array that is
    // aligned to 64 bytes.
    unsafe { _mm_load_si128(components.as_ptr().cast()) }
}
