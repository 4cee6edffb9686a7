//! AVX2: four pixels of a row at once, or 32 bytes of each row.

use std::arch::x86_64::{
    __m256i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_loadl_epi64, _mm_loadu_si128, _mm_packs_epi32,
    _mm_packus_epi16, _mm_set1_epi32, _mm_srai_epi32, _mm_unpacklo_epi64, _mm256_add_epi32,
    _mm256_broadcastsi128_si256, _mm256_castsi256_si128, _mm256_cvtepu8_epi32,
    _mm256_extracti128_si256, _mm256_hadd_epi32, _mm256_madd_epi16, _mm256_mullo_epi32,
    _mm256_packs_epi32, _mm256_packus_epi16, _mm256_permutevar8x32_epi32, _mm256_set1_epi32,
    _mm256_set1_epi64x, _mm256_setr_epi8, _mm256_setr_epi32, _mm256_setzero_si256,
    _mm256_shuffle_epi8, _mm256_slli_epi32, _mm256_srai_epi32, _mm256_storeu_si256,
};

use crate::scalar::{self, HALF};
use crate::taps::{FRACTION_BITS, Taps};

/// Low bits of a weight, which are multiplied by themselves: products of 16 bits are the fast ones.
const LOW_BITS: i32 = 12;

/// The weights of four neighbouring pixels, in halves of 16 bits: weight = high · 2¹² + low.
#[derive(Clone, Copy)]
struct Four {
    high: i64,
    low: i64,
}

impl Four {
    /// Up to four weights, the missing ones 0.
    fn of(weights: &[i32]) -> Self {
        let pack = |part: &dyn Fn(i32) -> i32| {
            let mut bytes = [0; 8];
            for (two, weight) in bytes.as_chunks_mut::<2>().0.iter_mut().zip(weights) {
                // At most 13 bits: a weight has no more than 25.
                let [low, high, ..] = part(*weight).to_le_bytes();
                *two = [low, high];
            }
            i64::from_le_bytes(bytes)
        };
        Self {
            high: pack(&|weight| weight >> LOW_BITS),
            low: pack(&|weight| weight & ((1 << LOW_BITS) - 1)),
        }
    }
}

/// As [`scalar::rows`].
#[target_feature(enable = "avx2")]
pub(crate) fn rows(pixels: &[u8], width: usize, taps: &Taps, out: &mut [u8]) {
    let mut fours = Vec::new();
    let ends: Vec<usize> = taps
        .iter()
        .map(|(_, weights)| {
            fours.extend(weights.chunks(4).map(Four::of));
            fours.len()
        })
        .collect();
    for (row, out) in out.chunks_exact_mut(3 * taps.len()).enumerate() {
        let row = &pixels[3 * width * row..];
        let mut start = 0;
        for (((first, weights), end), out) in taps.iter().zip(&ends).zip(out.as_chunks_mut().0) {
            let fours = &fours[start..*end];
            start = *end;
            // What lies behind the last pixel has no weight, but must be there.
            *out = match row.get(3 * first..3 * first + 12 * fours.len() + 4) {
                Some(source) => pixel(source, fours),
                None => scalar::pixel(&row[3 * first..], weights),
            };
        }
    }
}

/// As [`scalar::pixel`]; `source` has twelve bytes for each of `fours`, and four more.
#[inline]
#[target_feature(enable = "avx2")]
fn pixel(source: &[u8], fours: &[Four]) -> [u8; 3] {
    // Of red, red, red, red, green, … in words: what a product of pairs adds up stays in one colour.
    #[rustfmt::skip]
    let sort = _mm256_setr_epi8(
        0, -1, 3, -1, 6, -1, 9, -1, 1, -1, 4, -1, 7, -1, 10, -1,
        2, -1, 5, -1, 8, -1, 11, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    );
    let (mut high, mut low) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    assert!(source.len() >= 12 * fours.len() + 4, "each four are loaded with four bytes more");
    for (at, four) in fours.iter().enumerate() {
        // SAFETY: these 16 bytes are within `source`, as was just checked; from any address.
        let bytes = unsafe { _mm_loadu_si128(source.as_ptr().add(12 * at).cast()) };
        let values = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), sort);
        high = add_products(high, values, four.high);
        low = add_products(low, values, four.low);
    }
    // Red and green in the lower half, blue in the upper.
    let sums = _mm256_add_epi32(_mm256_slli_epi32::<LOW_BITS>(high), low);
    let sums = _mm256_hadd_epi32(sums, sums);
    let sums =
        _mm_unpacklo_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
    let rounded = _mm_add_epi32(sums, _mm_set1_epi32(HALF));
    let whole = _mm_srai_epi32::<{ FRACTION_BITS.cast_signed() }>(rounded);
    let words = _mm_packs_epi32(whole, whole);
    let [red, green, blue, _] = _mm_cvtsi128_si32(_mm_packus_epi16(words, words)).to_le_bytes();
    [red, green, blue]
}

#[inline]
#[target_feature(enable = "avx2")]
fn add_products(sums: __m256i, values: __m256i, weights: i64) -> __m256i {
    _mm256_add_epi32(sums, _mm256_madd_epi16(values, _mm256_set1_epi64x(weights)))
}

/// Bytes of a row that are summed side by side, in registers.
const LANES: usize = 32;

/// As [`scalar::columns`].
#[target_feature(enable = "avx2")]
pub(crate) fn columns(pixels: &[u8], width: usize, taps: &Taps, out: &mut [u8]) {
    let bytes = 3 * width;
    let blocks = bytes / LANES;
    for ((first, weights), out) in taps.iter().zip(out.chunks_exact_mut(bytes)) {
        let rows = &pixels[first * bytes..(first + weights.len()) * bytes];
        for (block, out) in out.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
            *out = lanes(&rows[LANES * block..], bytes, weights);
        }
        let done = blocks * LANES;
        for (at, out) in out.iter_mut().enumerate().skip(done) {
            *out = scalar::value(rows[at..].iter().step_by(bytes), weights);
        }
    }
}

/// The sums of the first bytes of as many rows as there are weights, each row `stride` bytes on.
#[inline]
#[target_feature(enable = "avx2")]
fn lanes(rows: &[u8], stride: usize, weights: &[i32]) -> [u8; LANES] {
    let mut sums = [_mm256_set1_epi32(HALF); LANES / 8];
    for (weight, row) in weights.iter().zip(rows.chunks(stride)) {
        let weight = _mm256_set1_epi32(*weight);
        for (sum, values) in sums.iter_mut().zip(row.as_chunks::<8>().0) {
            // SAFETY: the reference covers the 8 bytes read, from any address.
            let values = _mm256_cvtepu8_epi32(unsafe { _mm_loadl_epi64(values.as_ptr().cast()) });
            *sum = _mm256_add_epi32(*sum, _mm256_mullo_epi32(values, weight));
        }
    }
    let [a, b, c, d] = sums.map(|sum| _mm256_srai_epi32::<{ FRACTION_BITS.cast_signed() }>(sum));
    // Both packings keep to halves of 128 bits: their fours come out as a0 b0 c0 d0 a1 b1 c1 d1.
    let packed = _mm256_packus_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    let mut out = [0; LANES];
    // SAFETY: the reference covers the 32 bytes written; an unaligned store has no alignment to keep.
    unsafe {
        _mm256_storeu_si256(out.as_mut_ptr().cast(), _mm256_permutevar8x32_epi32(packed, order));
    }
    out
}
