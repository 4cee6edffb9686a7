//! AVX-512 with VNNI: the sixteen outputs of a panel in one register, four registers for each row.

use std::arch::x86_64::{
    __m512i, _mm512_dpbusd_epi32, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_setzero_si512, _mm512_storeu_ps,
    _mm512_storeu_si512,
};

use clipfind_kernels::Backend;

use crate::instructions::{Four, GROUP, InstructionSet};
use crate::{Block, OUTPUTS};

/// AVX-512 with its vector neural network instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx512(());

impl Avx512 {
    pub(crate) fn new() -> Option<Self> {
        Backend::Avx512Vnni.is_available().then_some(Self(()))
    }
}

impl InstructionSet for Avx512 {
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
        unsafe { floats(rows, panels, sums, stride) }
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

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn run<Out>(work: impl FnOnce() -> Out) -> Out {
    work()
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn floats<const ROWS: usize, const PANELS: usize>(
    mut rows: [&[f32]; ROWS],
    mut panels: [&[Block]; PANELS],
    out: &mut [[f32; OUTPUTS]],
    stride: usize,
) {
    let length = panels[0].len();
    for row in &mut rows {
        *row = &row[..length];
    }
    for panel in &mut panels {
        *panel = &panel[..length];
    }
    let mut sums = [[_mm512_setzero_ps(); PANELS]; ROWS];
    for at in 0..length {
        // SAFETY: the reference covers the 64 bytes read; an unaligned load has no alignment to keep.
        let weights = panels.map(|panel| unsafe { _mm512_loadu_ps(panel[at].as_ptr().cast()) });
        for row in 0..ROWS {
            let value = _mm512_set1_ps(rows[row][at]);
            for panel in 0..PANELS {
                sums[row][panel] = _mm512_fmadd_ps(value, weights[panel], sums[row][panel]);
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        for (out, sum) in out[row * stride..][..PANELS].iter_mut().zip(sums) {
            // SAFETY: the reference covers the 64 bytes written.
            unsafe { _mm512_storeu_ps(out.as_mut_ptr(), sum) };
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn bytes<const ROWS: usize, const PANELS: usize>(
    mut rows: [&[Four]; ROWS],
    mut panels: [&[Block]; PANELS],
    out: &mut [[i32; OUTPUTS]],
    stride: usize,
) {
    let length = panels[0].len();
    for row in &mut rows {
        *row = &row[..length];
    }
    for panel in &mut panels {
        *panel = &panel[..length];
    }
    let mut sums = [[_mm512_setzero_si512(); PANELS]; ROWS];
    for at in 0..length {
        // SAFETY: the reference covers the 64 bytes read; an unaligned load has no alignment to keep.
        let weights: [__m512i; PANELS] =
            panels.map(|panel| unsafe { _mm512_loadu_si512(panel[at].as_ptr().cast()) });
        for row in 0..ROWS {
            let four = _mm512_set1_epi32(i32::from_le_bytes(rows[row][at]));
            for panel in 0..PANELS {
                sums[row][panel] = _mm512_dpbusd_epi32(sums[row][panel], four, weights[panel]);
            }
        }
    }
    for (row, sums) in sums.into_iter().enumerate() {
        for (out, sum) in out[row * stride..][..PANELS].iter_mut().zip(sums) {
            // SAFETY: the reference covers the 64 bytes written.
            unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), sum) };
        }
    }
}
