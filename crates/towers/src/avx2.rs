//! AVX2 with FMA: the sixteen outputs of a panel in two registers of floats, or in four of sums of bytes.

use std::arch::x86_64::{
    __m256i, _mm_cvtepu8_epi16, _mm_cvtsi32_si128, _mm_cvtsi128_si64, _mm_loadu_si128,
    _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_fmadd_ps, _mm256_hadd_epi32, _mm256_loadu_ps,
    _mm256_madd_epi16, _mm256_permute4x64_epi64, _mm256_set1_epi64x, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_setzero_si256, _mm256_storeu_ps, _mm256_storeu_si256,
};

use crate::instructions::{Four, GROUP, InstructionSet, each_panel};
use crate::{Block, OUTPUTS};

/// AVX2 with fused multiplication and addition.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }
}

impl InstructionSet for Avx2 {
    const FLOAT_ROWS: usize = 6;
    const BYTE_ROWS: usize = 6;
    const PANELS: usize = GROUP;

    fn run<Out>(self, work: impl FnOnce() -> Out) -> Out {
        // SAFETY: `new` found the features.
        unsafe { run(work) }
    }

    #[inline(always)]
    fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    fn floats<const ROWS: usize, const PANELS: usize>(
        self,
        rows: [&[f32]; ROWS],
        panels: [&[Block]; PANELS],
        sums: &mut [[f32; OUTPUTS]],
        stride: usize,
    ) {
        // SAFETY: `new` found the features.
        each_panel(panels, sums, stride, |panel| unsafe { floats(rows, panel) });
    }

    fn bytes<const ROWS: usize, const PANELS: usize>(
        self,
        rows: [&[Four]; ROWS],
        panels: [&[Block]; PANELS],
        sums: &mut [[i32; OUTPUTS]],
        stride: usize,
    ) {
        // SAFETY: `new` found the features.
        unsafe { bytes(rows, panels, sums, stride) }
    }
}

#[target_feature(enable = "avx2,fma")]
fn run<Out>(work: impl FnOnce() -> Out) -> Out {
    work()
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

/// How many fours of a row are made 16-bit numbers at once.
const WIDENED: usize = 64;

/// Bytes are multiplied as 16-bit numbers: the instruction that multiplies bytes would saturate.
#[target_feature(enable = "avx2,fma")]
fn bytes<const ROWS: usize, const PANELS: usize>(
    rows: [&[Four]; ROWS],
    panels: [&[Block]; PANELS],
    out: &mut [[i32; OUTPUTS]],
    stride: usize,
) {
    let length = panels[0].len();
    // Of each four outputs, the sums over the first and over the last two of every four inputs.
    let mut sums = [[[_mm256_setzero_si256(); 4]; PANELS]; ROWS];
    let mut widened = [[0_i64; WIDENED]; ROWS];
    for start in (0..length).step_by(WIDENED) {
        let end = length.min(start + WIDENED);
        for (widened, row) in widened.iter_mut().zip(rows) {
            for (wide, four) in widened.iter_mut().zip(&row[start..end]) {
                let four = _mm_cvtsi32_si128(i32::from_le_bytes(*four));
                *wide = _mm_cvtsi128_si64(_mm_cvtepu8_epi16(four));
            }
        }
        for (panel, weights) in panels.iter().enumerate() {
            // Half a panel at a time has registers for all sums.
            for half in [0, 2] {
                let mut half_sums: [[__m256i; 2]; ROWS] =
                    std::array::from_fn(|row| [sums[row][panel][half], sums[row][panel][half + 1]]);
                for (at, block) in weights[start..end].iter().enumerate() {
                    let quarters = &block.as_chunks::<16>().0[half..];
                    // SAFETY: each reference covers the 16 bytes read; an unaligned load has no alignment to keep.
                    let first = unsafe { _mm_loadu_si128(quarters[0].as_ptr().cast()) };
                    // SAFETY: as above.
                    let second = unsafe { _mm_loadu_si128(quarters[1].as_ptr().cast()) };
                    let weights = [_mm256_cvtepi8_epi16(first), _mm256_cvtepi8_epi16(second)];
                    for row in 0..ROWS {
                        let four = _mm256_set1_epi64x(widened[row][at]);
                        for quarter in 0..2 {
                            let products = _mm256_madd_epi16(four, weights[quarter]);
                            half_sums[row][quarter] =
                                _mm256_add_epi32(half_sums[row][quarter], products);
                        }
                    }
                }
                for row in 0..ROWS {
                    [sums[row][panel][half], sums[row][panel][half + 1]] = half_sums[row];
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (out, sums) in out[row * stride..][..PANELS].iter_mut().zip(sums) {
            let halves = out.as_chunks_mut::<8>().0;
            for half in 0..2 {
                // 0 1, 4 5 | 2 3, 6 7
                let pairs = _mm256_hadd_epi32(sums[2 * half], sums[2 * half + 1]);
                let eight = _mm256_permute4x64_epi64::<0b11_01_10_00>(pairs);
                // SAFETY: the reference covers the 32 bytes written.
                unsafe { _mm256_storeu_si256(halves[half].as_mut_ptr().cast(), eight) };
            }
        }
    }
}
