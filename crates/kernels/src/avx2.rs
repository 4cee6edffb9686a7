//! AVX2: sixteen products of 16 bits at once.

use std::arch::x86_64::{
    __m256d, __m256i, _mm_loadu_si128, _mm_storeu_ps, _mm256_add_epi32, _mm256_add_pd,
    _mm256_blend_pd, _mm256_castsi256_si128, _mm256_cvtepi8_epi16, _mm256_cvtepi32_pd,
    _mm256_cvtpd_ps, _mm256_extracti128_si256, _mm256_hadd_pd, _mm256_loadu_si256,
    _mm256_madd_epi16, _mm256_permute2f128_pd, _mm256_setzero_si256,
};

use crate::tile::{Block, InstructionSet, PRODUCTS_IN_I32, cut, parts, split};
use crate::{MAX_CODES, Query};

/// AVX2.
pub(crate) struct Avx2;

impl InstructionSet for Avx2 {
    unsafe fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
        rows: &[Block],
        queries: [&Query; QUERIES],
    ) -> [[f32; ROWS]; QUERIES] {
        // SAFETY: the caller promises that the CPU has AVX2.
        unsafe { sums::<ROWS, QUERIES, TOGETHER>(rows, queries) }
    }
}

const _: () = assert!(
    MAX_CODES / 8 <= PRODUCTS_IN_I32,
    "each of eight lanes holds an eighth of the longest row's products"
);

#[target_feature(enable = "avx2")]
fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
) -> [[f32; ROWS]; QUERIES] {
    let mut sums = [[_mm256_setzero_si256(); 4]; QUERIES];
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
#[target_feature(enable = "avx2")]
fn accumulate<const ROWS: usize, const QUERIES: usize>(
    rows: [&[Block]; ROWS],
    queries: [&Query; QUERIES],
) -> [[__m256i; ROWS]; QUERIES] {
    let blocks = queries[0].blocks();
    let rows = cut(rows, blocks);
    let queries = parts(queries, Query::components, blocks);
    let mut sums = [[_mm256_setzero_si256(); ROWS]; QUERIES];
    for block in 0..blocks {
        for part in 0..4 {
            for row in 0..ROWS {
                let codes = load_codes(&rows[row][block].as_chunks().0[part]);
                for query in 0..QUERIES {
                    let components = &queries[query][block].0.as_chunks().0[part];
                    let products = _mm256_madd_epi16(codes, load_components(components));
                    sums[query][row] = _mm256_add_epi32(sums[query][row], products);
                }
            }
        }
    }
    sums
}

/// The sum of the lanes of each vector: exact in `f64`, then rounded to `f32`.
#[inline]
#[target_feature(enable = "avx2")]
fn add_lanes([a, b, c, d]: [__m256i; 4]) -> [f32; 4] {
    let ab = _mm256_hadd_pd(fold(a), fold(b)); // a b a b
    let cd = _mm256_hadd_pd(fold(c), fold(d)); // c d c d
    let crossed = _mm256_permute2f128_pd::<0x21>(ab, cd); // the upper a b, the lower c d
    let sums = _mm256_add_pd(crossed, _mm256_blend_pd::<0b1100>(ab, cd));
    let mut out = [0.0; 4];
    // SAFETY: the reference covers the 16 bytes written; an unaligned store has no alignment to keep.
    unsafe { _mm_storeu_ps(out.as_mut_ptr(), _mm256_cvtpd_ps(sums)) };
    out
}

/// The sums of each lane with the one four above it.
#[inline]
#[target_feature(enable = "avx2")]
fn fold(lanes: __m256i) -> __m256d {
    let low = _mm256_cvtepi32_pd(_mm256_castsi256_si128(lanes));
    _mm256_add_pd(low, _mm256_cvtepi32_pd(_mm256_extracti128_si256::<1>(lanes)))
}

/// Sixteen codes widened to 16 bits.
#[inline]
#[target_feature(enable = "avx2")]
fn load_codes(codes: &[i8; 16]) -> __m256i {
    // SAFETY: the reference covers the 16 bytes read; an unaligned load has no alignment to keep.
    _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(codes.as_ptr().cast()) })
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_components(components: &[i16; 16]) -> __m256i {
    // SAFETY: the reference covers the 32 bytes read; an unaligned load has no alignment to keep.
    unsafe { _mm256_loadu_si256(components.as_ptr().cast()) }
}
