//! Kernels for x86-64: AVX2 with FMA, and AVX-512F.
//!
//! Both keep four independent accumulators: a fused multiply-add takes four cycles and two can
//! start per cycle, so fewer would wait for each other. With four the loops outrun memory on every
//! machine measured.

use std::arch::x86_64::{
    __m256, __m512, __mmask16, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehl_ps,
    _mm_shuffle_ps, _mm256_add_ps, _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_fmadd_ps,
    _mm256_loadu_ps, _mm256_setzero_ps, _mm512_add_ps, _mm512_fmadd_ps, _mm512_loadu_ps,
    _mm512_maskz_loadu_ps, _mm512_reduce_add_ps, _mm512_setzero_ps,
};

/// Σ aᵢ·bᵢ for slices of one length (the caller checks): blocks of 32, then of 8, then one by one.
#[target_feature(enable = "avx2,fma")]
pub(crate) fn dot_f32_avx2(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<8>();
    let (b_blocks, b_rest) = b.as_chunks::<8>();
    let (a_quads, a_singles) = a_blocks.as_chunks::<4>();
    let (b_quads, b_singles) = b_blocks.as_chunks::<4>();

    let mut sums = [_mm256_setzero_ps(); 4];
    for (x, y) in a_quads.iter().zip(b_quads) {
        for lane in 0..4 {
            sums[lane] = _mm256_fmadd_ps(load8(&x[lane]), load8(&y[lane]), sums[lane]);
        }
    }
    for (x, y) in a_singles.iter().zip(b_singles) {
        sums[0] = _mm256_fmadd_ps(load8(x), load8(y), sums[0]);
    }
    let sum = _mm256_add_ps(_mm256_add_ps(sums[0], sums[1]), _mm256_add_ps(sums[2], sums[3]));
    a_rest.iter().zip(b_rest).fold(add_lanes(sum), |sum, (x, y)| x.mul_add(*y, sum))
}

/// Σ aᵢ·bᵢ for slices of one length (the caller checks): blocks of 64, then of 16, then one masked
/// block.
#[target_feature(enable = "avx512f")]
pub(crate) fn dot_f32_avx512(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<16>();
    let (b_blocks, b_rest) = b.as_chunks::<16>();
    let (a_quads, a_singles) = a_blocks.as_chunks::<4>();
    let (b_quads, b_singles) = b_blocks.as_chunks::<4>();

    let mut sums = [_mm512_setzero_ps(); 4];
    for (x, y) in a_quads.iter().zip(b_quads) {
        for lane in 0..4 {
            sums[lane] = _mm512_fmadd_ps(load16(&x[lane]), load16(&y[lane]), sums[lane]);
        }
    }
    for (x, y) in a_singles.iter().zip(b_singles) {
        sums[0] = _mm512_fmadd_ps(load16(x), load16(y), sums[0]);
    }
    if !a_rest.is_empty() {
        sums[1] = _mm512_fmadd_ps(load_rest(a_rest), load_rest(b_rest), sums[1]);
    }
    _mm512_reduce_add_ps(_mm512_add_ps(
        _mm512_add_ps(sums[0], sums[1]),
        _mm512_add_ps(sums[2], sums[3]),
    ))
}

/// The sum of eight lanes, pairwise.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn add_lanes(lanes: __m256) -> f32 {
    let four = _mm_add_ps(_mm256_castps256_ps128(lanes), _mm256_extractf128_ps::<1>(lanes));
    let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps::<1>(two, two)))
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn load8(values: &[f32; 8]) -> __m256 {
    // SAFETY: the reference covers the 32 bytes read; an unaligned load has no alignment to keep.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load16(values: &[f32; 16]) -> __m512 {
    // SAFETY: the reference covers the 64 bytes read; an unaligned load has no alignment to keep.
    unsafe { _mm512_loadu_ps(values.as_ptr()) }
}

/// Fewer than sixteen values in the low lanes, zeros above them.
#[inline]
#[target_feature(enable = "avx512f")]
fn load_rest(values: &[f32]) -> __m512 {
    debug_assert!(values.len() < 16);
    let mask: __mmask16 = (1 << values.len()) - 1;
    // SAFETY: the mask has one bit per value of the slice, and lanes that are masked out are not
    // read.
    unsafe { _mm512_maskz_loadu_ps(mask, values.as_ptr()) }
}
