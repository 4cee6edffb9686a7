//! AVX-512 with VNNI: 64 products of bytes at once, added up in fours.
//!
//! The instruction multiplies unsigned bytes by signed ones. So it is given code + 128, which is a
//! flip of the code's highest bit, and 128 times the sum of the query is taken off at the end. The
//! query's components come as two bytes, whose sums are kept apart until then.

use std::arch::x86_64::{
    __m128i, __m256i, __m512i, _mm_add_epi32, _mm_storeu_ps, _mm256_add_epi32,
    _mm256_castsi256_si128, _mm256_cvtepi32_pd, _mm256_cvtpd_ps, _mm256_extracti128_si256,
    _mm256_fmadd_pd, _mm256_hadd_epi32, _mm256_set1_pd, _mm512_castsi512_si256,
    _mm512_dpbusd_epi32, _mm512_extracti64x4_epi64, _mm512_loadu_si512, _mm512_set1_epi8,
    _mm512_setzero_si512, _mm512_xor_si512,
};

use crate::tile::{Block, InstructionSet, cut, parts, split};
use crate::{CODE_LANES, MAX_CODES, Query};

/// AVX-512 with its byte and word, and its vector neural network instructions.
pub(crate) struct Avx512Vnni;

impl InstructionSet for Avx512Vnni {
    unsafe fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
        rows: &[Block],
        queries: [&Query; QUERIES],
    ) -> [[f32; ROWS]; QUERIES] {
        // SAFETY: the caller promises that the CPU has these features.
        unsafe { sums::<ROWS, QUERIES, TOGETHER>(rows, queries) }
    }
}

const _: () = assert!(
    MAX_CODES * 255 * 128 <= i32::MAX as usize,
    "the sum over all lanes, of high or of low bytes, fits i32"
);

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
) -> [[f32; ROWS]; QUERIES] {
    if queries.iter().all(|query| query.is_coarse()) {
        sums_of::<ROWS, QUERIES, TOGETHER, 1>(rows, queries)
    } else {
        sums_of::<ROWS, QUERIES, TOGETHER, 2>(rows, queries)
    }
}

/// The same, with the high bytes only, or with both.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn sums_of<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize, const BYTES: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
) -> [[f32; ROWS]; QUERIES] {
    let mut sums = [[[_mm512_setzero_si512(); BYTES]; 4]; QUERIES];
    for start in (0..ROWS).step_by(TOGETHER) {
        let rows = split(rows, start, queries[0].blocks());
        let found = accumulate::<TOGETHER, QUERIES, BYTES>(rows, queries);
        for query in 0..QUERIES {
            sums[query][start..start + TOGETHER].copy_from_slice(&found[query]);
        }
    }
    let mut out = [[0.0; ROWS]; QUERIES];
    for query in 0..QUERIES {
        let excess = 128.0 * f64::from(queries[query].sum());
        let four = combine(sums[query], excess);
        out[query].copy_from_slice(&four[..ROWS]);
    }
    out
}

/// The sums of rows that are read side by side, of codes + 128 with the high bytes and with the low
/// ones, each spread over the lanes of a vector.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn accumulate<const ROWS: usize, const QUERIES: usize, const BYTES: usize>(
    rows: [&[Block]; ROWS],
    queries: [&Query; QUERIES],
) -> [[[__m512i; BYTES]; ROWS]; QUERIES] {
    let blocks = queries[0].blocks();
    let rows = cut(rows, blocks);
    let bytes = [parts(queries, Query::high, blocks), parts(queries, Query::low, blocks)];
    let mut sums = [[[_mm512_setzero_si512(); BYTES]; ROWS]; QUERIES];
    for block in 0..blocks {
        for row in 0..ROWS {
            let codes = _mm512_xor_si512(load(&rows[row][block]), _mm512_set1_epi8(i8::MIN));
            for query in 0..QUERIES {
                for byte in 0..BYTES {
                    let sum = &mut sums[query][row][byte];
                    *sum = _mm512_dpbusd_epi32(*sum, codes, load(&bytes[byte][query][block].0));
                }
            }
        }
    }
    sums
}

/// 256 · Σhigh (+ Σlow) − excess of each row: exact in `f64`, then rounded to `f32`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn combine<const BYTES: usize>([a, b, c, d]: [[__m512i; BYTES]; 4], excess: f64) -> [f32; 4] {
    let mut sums = _mm256_set1_pd(-excess);
    for (byte, worth) in (0..BYTES).zip([256.0, 1.0]) {
        let four = _mm256_cvtepi32_pd(add_lanes([a[byte], b[byte], c[byte], d[byte]]));
        sums = _mm256_fmadd_pd(four, _mm256_set1_pd(worth), sums);
    }
    let mut out = [0.0; 4];
    // SAFETY: the reference covers the 16 bytes written; an unaligned store has no alignment to keep.
    unsafe { _mm_storeu_ps(out.as_mut_ptr(), _mm256_cvtpd_ps(sums)) };
    out
}

/// The sum of the lanes of each vector.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn add_lanes([a, b, c, d]: [__m512i; 4]) -> __m128i {
    let ab = _mm256_hadd_epi32(fold(a), fold(b)); // a a b b, a a b b
    let cd = _mm256_hadd_epi32(fold(c), fold(d));
    let halves = _mm256_hadd_epi32(ab, cd); // a b c d, a b c d
    _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves))
}

/// The sums of each lane with the one eight above it.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn fold(lanes: __m512i) -> __m256i {
    _mm256_add_epi32(_mm512_castsi512_si256(lanes), _mm512_extracti64x4_epi64::<1>(lanes))
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn load(bytes: &[i8; CODE_LANES]) -> __m512i {
    // SAFETY: the reference covers the 64 bytes read; an unaligned load has no alignment to keep.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}
