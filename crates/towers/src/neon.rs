//! NEON: the sixteen outputs of a panel in four registers.
//!
//! Its products of bytes are of signed ones, so 128 is taken off the row's, and 128 times the sum of the
//! weights is added at the end.

use std::arch::aarch64::{
    float32x4_t, int8x16_t, int32x4_t, vaddq_s32, vdupq_n_f32, vdupq_n_s8, vdupq_n_s32,
    vdupq_n_u32, vfmaq_n_f32, vget_low_s8, vld1q_s8, vld1q_u8, vmull_high_s8, vmull_s8,
    vpadalq_s16, vpaddlq_s8, vpaddq_s32, vreinterpretq_f32_u8, vreinterpretq_s8_u32, vshlq_n_s32,
    vst1q_f32, vst1q_s32,
};
use std::arch::asm;

use clipfind_kernels::Backend;

use crate::instructions::{Four, InstructionSet, each_panel};
use crate::{Block, OUTPUTS};

/// NEON, which all 64-bit ARM processors have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neon(());

impl Neon {
    pub(crate) fn new() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }
}

impl InstructionSet for Neon {
    const FLOAT_ROWS: usize = 6;
    const BYTE_ROWS: usize = 2;
    const PANELS: usize = 1;

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
        each_panel(panels, sums, stride, |panel| unsafe { bytes(rows, panel) });
    }
}

#[target_feature(enable = "neon")]
fn run<Out>(work: impl FnOnce() -> Out) -> Out {
    work()
}

#[target_feature(enable = "neon")]
fn floats<const ROWS: usize>(rows: [&[f32]; ROWS], weights: &[Block]) -> [[f32; OUTPUTS]; ROWS] {
    let rows = rows.map(|row| &row[..weights.len()]);
    let mut sums = [[vdupq_n_f32(0.0); 4]; ROWS];
    for (input, block) in weights.iter().enumerate() {
        let quarters = block.as_chunks::<16>().0;
        let weights: [float32x4_t; 4] = [0, 1, 2, 3].map(|quarter| {
            // SAFETY: the reference covers the 16 bytes read; bytes have no alignment to keep.
            vreinterpretq_f32_u8(unsafe { vld1q_u8(quarters[quarter].as_ptr()) })
        });
        for row in 0..ROWS {
            for quarter in 0..4 {
                sums[row][quarter] =
                    vfmaq_n_f32(sums[row][quarter], weights[quarter], rows[row][input]);
            }
        }
    }
    let mut out = [[0.0; OUTPUTS]; ROWS];
    for (out, sums) in out.iter_mut().zip(sums) {
        for (out, sums) in out.as_chunks_mut::<4>().0.iter_mut().zip(sums) {
            // SAFETY: the reference covers the 16 bytes written.
            unsafe { vst1q_f32(out.as_mut_ptr(), sums) };
        }
    }
    out
}

#[target_feature(enable = "neon")]
fn bytes<const ROWS: usize>(rows: [&[Four]; ROWS], weights: &[Block]) -> [[i32; OUTPUTS]; ROWS] {
    let rows = rows.map(|row| &row[..weights.len()]);
    // Of each two outputs, the sums over the first and over the last two of every four inputs.
    let mut sums = [[vdupq_n_s32(0); 8]; ROWS];
    let mut of_weights = [vdupq_n_s32(0); 4];
    for (at, block) in weights.iter().enumerate() {
        let quarters = block.as_chunks::<16>().0;
        let weights = [0, 1, 2, 3].map(|quarter| {
            // SAFETY: the reference covers the 16 bytes read; bytes have no alignment to keep.
            unsafe { vld1q_s8(quarters[quarter].as_ptr().cast()) }
        });
        for quarter in 0..4 {
            of_weights[quarter] = vpadalq_s16(of_weights[quarter], vpaddlq_s8(weights[quarter]));
        }
        for row in 0..ROWS {
            let four = u32::from_le_bytes(rows[row][at]) ^ 0x8080_8080;
            let four = vreinterpretq_s8_u32(vdupq_n_u32(four));
            for quarter in 0..4 {
                let first = vmull_s8(vget_low_s8(weights[quarter]), vget_low_s8(four));
                let second = vmull_high_s8(weights[quarter], four);
                let sums = &mut sums[row][2 * quarter..2 * quarter + 2];
                sums[0] = vpadalq_s16(sums[0], first);
                sums[1] = vpadalq_s16(sums[1], second);
            }
        }
    }
    let mut out = [[0; OUTPUTS]; ROWS];
    for (out, sums) in out.iter_mut().zip(sums) {
        for (quarter, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let four: int32x4_t = vpaddq_s32(sums[2 * quarter], sums[2 * quarter + 1]);
            let four = vaddq_s32(four, vshlq_n_s32::<7>(of_weights[quarter]));
            // SAFETY: the reference covers the 16 bytes written.
            unsafe { vst1q_s32(out.as_mut_ptr(), four) };
        }
    }
    out
}

/// NEON with the dot product extension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeonDot(Neon);

impl NeonDot {
    pub(crate) fn new() -> Option<Self> {
        Neon::new().filter(|_| Backend::NeonDot.is_available()).map(Self)
    }
}

impl InstructionSet for NeonDot {
    const FLOAT_ROWS: usize = Neon::FLOAT_ROWS;
    const BYTE_ROWS: usize = 5;
    const PANELS: usize = 1;

    fn run<Out>(self, work: impl FnOnce() -> Out) -> Out {
        self.0.run(work)
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
        self.0.floats(rows, panels, sums, stride)
    }

    fn bytes<const ROWS: usize, const PANELS: usize>(
        self,
        rows: [&[Four]; ROWS],
        panels: [&[Block]; PANELS],
        sums: &mut [[i32; OUTPUTS]],
        stride: usize,
    ) {
        // SAFETY: `new` found the features.
        each_panel(panels, sums, stride, |panel| unsafe { dot_bytes(rows, panel) });
    }
}

#[target_feature(enable = "neon,dotprod")]
fn dot_bytes<const ROWS: usize>(
    rows: [&[Four]; ROWS],
    weights: &[Block],
) -> [[i32; OUTPUTS]; ROWS] {
    let rows = rows.map(|row| &row[..weights.len()]);
    let mut sums = [[vdupq_n_s32(0); 4]; ROWS];
    let mut of_weights = [vdupq_n_s32(0); 4];
    let ones = vdupq_n_s8(1);
    for (at, block) in weights.iter().enumerate() {
        let quarters = block.as_chunks::<16>().0;
        let weights = [0, 1, 2, 3].map(|quarter| {
            // SAFETY: the reference covers the 16 bytes read; bytes have no alignment to keep.
            unsafe { vld1q_s8(quarters[quarter].as_ptr().cast()) }
        });
        for quarter in 0..4 {
            of_weights[quarter] = add_products(of_weights[quarter], weights[quarter], ones);
        }
        for row in 0..ROWS {
            let four = u32::from_le_bytes(rows[row][at]) ^ 0x8080_8080;
            let four = vreinterpretq_s8_u32(vdupq_n_u32(four));
            for quarter in 0..4 {
                sums[row][quarter] = add_products(sums[row][quarter], weights[quarter], four);
            }
        }
    }
    let mut out = [[0; OUTPUTS]; ROWS];
    for (out, sums) in out.iter_mut().zip(sums) {
        for (quarter, out) in out.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let four = vaddq_s32(sums[quarter], vshlq_n_s32::<7>(of_weights[quarter]));
            // SAFETY: the reference covers the 16 bytes written.
            unsafe { vst1q_s32(out.as_mut_ptr(), four) };
        }
    }
    out
}

/// Adds sixteen products, four to each lane: `vdotq_s32`, which is not stable in Rust 1.95.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_products(mut sums: int32x4_t, weights: int8x16_t, row: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction touches the named registers and nothing else, and the CPU has it
    // where this function may be called.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {weights:v}.16b, {row:v}.16b",
            sums = inlateout(vreg) sums,
            weights = in(vreg) weights,
            row = in(vreg) row,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}
