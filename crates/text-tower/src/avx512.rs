//! AVX-512 with VNNI: the sixteen outputs of a panel in one register, a register for each row.

use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_storeu_ps,
    _mm512_storeu_si512,
};

use crate::kernel::{Four, InstructionSet};
use crate::{Block, OUTPUTS};

/// AVX-512 with its vector neural network instructions.
pub(crate) struct Avx512;

impl InstructionSet for Avx512 {
    const FLOAT_ROWS: usize = 12;
    const BYTE_ROWS: usize = 12;

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

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn floats<const ROWS: usize>(rows: [&[f32]; ROWS], weights: &[Block]) -> [[f32; OUTPUTS]; ROWS] {
    let rows = rows.map(|row| &row[..weights.len()]);
    let mut sums = [_mm512_setzero_ps(); ROWS];
    for (input, block) in weights.iter().enumerate() {
        // SAFETY: the reference covers the 64 bytes read; an unaligned load has no alignment to keep.
        let weights = unsafe { _mm512_loadu_ps(block.as_ptr().cast()) };
        for row in 0..ROWS {
            sums[row] = _mm512_fmadd_ps(_mm512_set1_ps(rows[row][input]), weights, sums[row]);
        }
    }
    let mut out = [[0.0; OUTPUTS]; ROWS];
    for (out, sums) in out.iter_mut().zip(sums) {
        // SAFETY: the reference covers the 64 bytes written.
        unsafe { _mm512_storeu_ps(out.as_mut_ptr(), sums) };
    }
    out
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn bytes<const ROWS: usize>(rows: [&[Four]; ROWS], weights: &[Block]) -> [[i32; OUTPUTS]; ROWS] {
    let rows = rows.map(|row| &row[..weights.len()]);
    let mut sums = [_mm512_setzero_si512(); ROWS];
    for (at, block) in weights.iter().enumerate() {
        // SAFETY: the reference covers the 64 bytes read; an unaligned load has no alignment to keep.
        let weights: __m512i = unsafe { _mm512_loadu_si512(block.as_ptr().cast()) };
        for row in 0..ROWS {
            let four = _mm512_set1_epi32(i32::from_le_bytes(rows[row][at]));
            sums[row] = _mm512_dpbusd_epi32(sums[row], four, weights);
        }
    }
    let mut out = [[0; OUTPUTS]; ROWS];
    for (out, sums) in out.iter_mut().zip(sums) {
        // SAFETY: the reference covers the 64 bytes written.
        unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), sums) };
    }
    out
}
