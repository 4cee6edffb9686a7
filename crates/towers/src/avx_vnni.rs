//! AVX2 with VNNI: the sixteen outputs of a panel in two registers of sums of bytes.
//!
//! The instruction has two encodings, and this code is compiled for both: that of CPUs without AVX-512 is used, and that of
//! CPUs with it is tested where there is no other.

use std::arch::x86_64::{
    _mm256_loadu_si256, _mm256_set1_epi32, _mm256_setzero_si256, _mm256_storeu_si256,
};

use crate::avx2::Avx2;
use crate::instructions::{Four, InstructionSet, each_panel};
use crate::{Block, OUTPUTS};

macro_rules! avx_vnni {
    ($name:ident, $about:literal, $features:literal, $found:expr, $dpbusd:path) => {
        #[doc = $about]
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $name(Avx2);

        impl $name {
            pub(crate) fn new() -> Option<Self> {
                Avx2::new().filter(|_| $found).map(Self)
            }
        }

        impl InstructionSet for $name {
            const FLOAT_ROWS: usize = Avx2::FLOAT_ROWS;
            const BYTE_ROWS: usize = 6;
            const PANELS: usize = 1;

            fn run<Out>(self, work: impl FnOnce() -> Out) -> Out {
                self.0.run(work)
            }

            #[inline(always)]
            fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
                self.0.multiply_add(a, b, c)
            }

            fn floats<const ROWS: usize, const PANELS: usize>(
                self,
                rows: [&[f32]; ROWS],
                panels: [&[Block]; PANELS],
                sums: &mut [[f32; OUTPUTS]],
                stride: usize,
            ) {
                self.0.floats(rows, panels, sums, stride);
            }

            fn bytes<const ROWS: usize, const PANELS: usize>(
                self,
                rows: [&[Four]; ROWS],
                panels: [&[Block]; PANELS],
                sums: &mut [[i32; OUTPUTS]],
                stride: usize,
            ) {
                #[target_feature(enable = $features)]
                fn bytes<const ROWS: usize>(
                    rows: [&[Four]; ROWS],
                    weights: &[Block],
                ) -> [[i32; OUTPUTS]; ROWS] {
                    let rows = rows.map(|row| &row[..weights.len()]);
                    let mut sums = [[_mm256_setzero_si256(); 2]; ROWS];
                    for (at, block) in weights.iter().enumerate() {
                        let halves = block.as_chunks::<32>().0;
                        // SAFETY: the reference covers the 32 bytes read; an unaligned load has no alignment to keep.
                        let first = unsafe { _mm256_loadu_si256(halves[0].as_ptr().cast()) };
                        // SAFETY: as above.
                        let second = unsafe { _mm256_loadu_si256(halves[1].as_ptr().cast()) };
                        for row in 0..ROWS {
                            let four = _mm256_set1_epi32(i32::from_le_bytes(rows[row][at]));
                            sums[row][0] = $dpbusd(sums[row][0], four, first);
                            sums[row][1] = $dpbusd(sums[row][1], four, second);
                        }
                    }
                    let mut out = [[0; OUTPUTS]; ROWS];
                    for (out, sums) in out.iter_mut().zip(sums) {
                        for (out, sums) in out.as_chunks_mut::<8>().0.iter_mut().zip(sums) {
                            // SAFETY: the reference covers the 32 bytes written.
                            unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), sums) };
                        }
                    }
                    out
                }
                // SAFETY: `new` found the features.
                each_panel(panels, sums, stride, |panel| unsafe { bytes(rows, panel) });
            }
        }
    };
}

avx_vnni!(
    AvxVnni,
    "AVX2 with VNNI, as CPUs have it that are without AVX-512.",
    "avx2,avxvnni",
    is_x86_feature_detected!("avxvnni"),
    std::arch::x86_64::_mm256_dpbusd_avx_epi32
);

#[cfg(test)]
avx_vnni!(
    Avx512VlVnni,
    "The same on half of AVX-512's registers.",
    "avx2,avx512vl,avx512vnni",
    is_x86_feature_detected!("avx512vl") && is_x86_feature_detected!("avx512vnni"),
    std::arch::x86_64::_mm256_dpbusd_epi32
);
