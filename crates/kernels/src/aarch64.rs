//! The kernel for 64-bit ARM: NEON, which every such CPU has.

use std::arch::aarch64::{float32x4_t, vaddq_f32, vaddvq_f32, vdupq_n_f32, vfmaq_f32, vld1q_f32};

/// Σ aᵢ·bᵢ for slices of one length (the caller checks): blocks of 16 in four accumulators, then of
/// 4, then one by one.
#[target_feature(enable = "neon")]
pub(crate) fn dot_f32_neon(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<4>();
    let (b_blocks, b_rest) = b.as_chunks::<4>();
    let (a_quads, a_singles) = a_blocks.as_chunks::<4>();
    let (b_quads, b_singles) = b_blocks.as_chunks::<4>();

    let mut sums = [vdupq_n_f32(0.0); 4];
    for (x, y) in a_quads.iter().zip(b_quads) {
        for lane in 0..4 {
            sums[lane] = vfmaq_f32(sums[lane], load4(&x[lane]), load4(&y[lane]));
        }
    }
    for (x, y) in a_singles.iter().zip(b_singles) {
        sums[0] = vfmaq_f32(sums[0], load4(x), load4(y));
    }
    let sum = vaddvq_f32(vaddq_f32(vaddq_f32(sums[0], sums[1]), vaddq_f32(sums[2], sums[3])));
    a_rest.iter().zip(b_rest).fold(sum, |sum, (x, y)| x.mul_add(*y, sum))
}

#[inline]
#[target_feature(enable = "neon")]
fn load4(values: &[f32; 4]) -> float32x4_t {
    // SAFETY: the reference covers the 16 bytes read; the load has no alignment to keep beyond that
    // of f32.
    unsafe { vld1q_f32(values.as_ptr()) }
}
