//! AVX2 with FMA: the sixteen outputs of a panel in two registers of floats, or in four of sums of bytes.

use std::arch::x86_64::{
    __m256i, _mm_loadu_si128, _mm_set1_epi32, _mm256_add_epi32, _mm256_cvtepi8_epi16,
    _mm256_cvtepu8_epi16, _mm256_fmadd_ps, _mm256_hadd_epi32, _mm256_loadu_ps, _mm256_madd_epi16,
    _mm256_permute4x64_epi64, _mm256_set1_ps, _mm256_setzero_ps, _mm256_setzero_si256,
    _mm256_storeu_ps, _mm256_storeu_si256,
};

use crate::kernel::{Four, InstructionSet};
use crate::{Block, OUTPUTS};

/// AVX2 with fused multiplication and addition.
pub(crate) struct Avx2;

impl InstructionSet for Avx2 {
    const FLOAT_ROWS: usize = 6;
    const BYTE_ROWS: usize = 2;

    unsafe fn floats<const ROWS: usize>(
        rows: [&[f32]; ROWS],
        weights: &[Block],
    ) -> [[f32; OUTPUTS]; ROWS] {
        // SAFETY: the caller promises that the CPU has these features.
        unsafe { floats(rows, weights) }
    }

    unsafe fn bytes<const ROWS: usize>(
        rows: [&[Four]; ROWS],
        weights: &[Block],
    ) -> [[i32; OUTPUTS]; ROWS] {
        // SAFETY: the caller promises that the CPU has these features.
        unsafe { bytes(rows, weights) }
    }
}

#[target_feature(enable = "avx2,fma")]
fn floats<const ROWS: usize>(rows: [&[f32]; ROWS], weights: &[Block]) -> [[f32; OUTPUTS]; ROWS] {
    let rows = rows.map(|row| &row[..weights.len()]);
    let mut sums = [[_mm256_setzero_ps(); 2]; ROWS];
    for (input, block) in weights.iter().enumerate() {
        let halves = block.as_chunks::<32>().0;
        // SAFETY: each reference covers the 32 bytes read; an unaligned load has no alignment to keep.
        let weights = [0, 1].map(|half| unsafe { _mm256_loadu_ps(halves[half].as_ptr().cast()) });
        for row in 0..ROWS {
            let value = _mm256_set1_ps(rows[row][input]);
            for half in 0..2 {
                sums[row][half] = _mm256_fmadd_ps(value, weights[half], sums[row][half]);
            }
        }
    }
    let mut out = [[0.0; OUTPUTS]; ROWS];
    for (out, sums) in out.iter_mut().zip(sums) {
        for (out, sums) in out.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
            // SAFETY: the reference covers the 32 bytes written.
            unsafe { _mm256_storeu_ps(out.as_mut_ptr(), sums) };
        }
    }
    out
}

/// Bytes are multiplied as 16-bit numbers: the instruction that multiplies bytes would saturate.
#[target_feature(enable = "avx2,fma")]
fn bytes<const ROWS: usize>(rows: [&[Four]; ROWS], weights: &[Block]) -> [[i32; OUTPUTS]; ROWS] {
    let rows = rows.map(|row| &row[..weights.len()]);
    // Of each four outputs, the sums over the first and over the last two of every four inputs.
    let mut sums = [[_mm256_setzero_si256(); 4]; ROWS];
    for (at, block) in weights.iter().enumerate() {
        let quarters = block.as_chunks::<16>().0;
        let weights: [__m256i; 4] = [0, 1, 2, 3].map(|quarter| {
            // SAFETY: each reference covers the 16 bytes read; an unaligned load has no alignment to keep.
            let bytes = unsafe { _mm_loadu_si128(quarters[quarter].as_ptr().cast()) };
            _mm256_cvtepi8_epi16(bytes)
        });
        for row in 0..ROWS {
            let four = _mm_set1_epi32(i32::from_le_bytes(rows[row][at]));
            let four = _mm256_cvtepu8_epi16(four);
            for quarter in 0..4 {
                let products = _mm256_madd_epi16(four, weights[quarter]);
                sums[row][quarter] = _mm256_add_epi32(sums[row][quarter], products);
            }
        }
    }
    let mut out = [[0; OUTPUTS]; ROWS];
    for (out, sums) in out.iter_mut().zip(sums) {
        let halves = out.as_chunks_mut::<8>().0;
        for half in 0..2 {
            // 0 1, 4 5 | 2 3, 6 7
            let pairs = _mm256_hadd_epi32(sums[2 * half], sums[2 * half + 1]);
            let eight = _mm256_permute4x64_epi64::<0b11_01_10_00>(pairs);
            // SAFETY: the reference covers the 32 bytes written.
            unsafe { _mm256_storeu_si256(halves[half].as_mut_ptr().cast(), eight) };
        }
    }
    out
}
