//! NEON, which every 64-bit ARM CPU has: four products of 16 bits at once.

use std::arch::aarch64::{
    int16x8_t, int32x4_t, vaddlvq_s32, vdupq_n_s32, vget_low_s8, vget_low_s16, vld1q_s8, vld1q_s16,
    vmlal_high_s16, vmlal_s16, vmovl_high_s8, vmovl_s8,
};

use crate::tile::{Block, InstructionSet, PRODUCTS_IN_I32, cut, parts, split};
use crate::{MAX_CODES, Query};

/// NEON.
pub(crate) struct Neon;

impl InstructionSet for Neon {
    unsafe fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
        rows: &[Block],
        queries: [&Query; QUERIES],
    ) -> [[f32; ROWS]; QUERIES] {
        // SAFETY: the caller promises that the CPU has NEON.
        unsafe { sums::<ROWS, QUERIES, TOGETHER>(rows, queries) }
    }
}

const _: () = assert!(
    MAX_CODES / 8 <= PRODUCTS_IN_I32,
    "each lane of two vectors holds an eighth of the longest row's products"
);

#[target_feature(enable = "neon")]
fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
) -> [[f32; ROWS]; QUERIES] {
    let mut out = [[0.0; ROWS]; QUERIES];
    for start in (0..ROWS).step_by(TOGETHER) {
        let sums =
            accumulate::<TOGETHER, QUERIES>(split(rows, start, queries[0].blocks()), queries);
        for query in 0..QUERIES {
            for row in 0..TOGETHER {
                out[query][start + row] = add_lanes(sums[query][row]);
            }
        }
    }
    out
}

/// The sums of rows that are read side by side, spread over the lanes of two vectors.
#[inline]
#[target_feature(enable = "neon")]
fn accumulate<const ROWS: usize, const QUERIES: usize>(
    rows: [&[Block]; ROWS],
    queries: [&Query; QUERIES],
) -> [[[int32x4_t; 2]; ROWS]; QUERIES] {
    let blocks = queries[0].blocks();
    let rows = cut(rows, blocks);
    let queries = parts(queries, Query::components, blocks);
    let mut sums = [[[vdupq_n_s32(0); 2]; ROWS]; QUERIES];
    for block in 0..blocks {
        for part in 0..4 {
            for row in 0..ROWS {
                let codes = load_codes(&rows[row][block].as_chunks().0[part]);
                for query in 0..QUERIES {
                    let (components, _) = queries[query][block].0.as_chunks();
                    let sum = &mut sums[query][row];
                    *sum = add_products(*sum, codes[0], load_components(&components[2 * part]));
                    *sum = add_products(*sum, codes[1], load_components(&components[2 * part + 1]));
                }
            }
        }
    }
    sums
}

/// Adds eight products, one to each lane.
#[inline]
#[target_feature(enable = "neon")]
fn add_products([low, high]: [int32x4_t; 2], codes: int16x8_t, query: int16x8_t) -> [int32x4_t; 2] {
    [vmlal_s16(low, vget_low_s16(codes), vget_low_s16(query)), vmlal_high_s16(high, codes, query)]
}

/// The sum of all lanes.
#[inline]
#[target_feature(enable = "neon")]
#[expect(clippy::cast_precision_loss, reason = "the one rounding that the contract has")]
fn add_lanes([low, high]: [int32x4_t; 2]) -> f32 {
    (vaddlvq_s32(low) + vaddlvq_s32(high)) as f32
}

/// Sixteen codes widened to 16 bits.
#[inline]
#[target_feature(enable = "neon")]
fn load_codes(codes: &[i8; 16]) -> [int16x8_t; 2] {
    // SAFETY: the reference covers the 16 bytes read; bytes have no alignment to keep.
    let codes = unsafe { vld1q_s8(codes.as_ptr()) };
    [vmovl_s8(vget_low_s8(codes)), vmovl_high_s8(codes)]
}

#[inline]
#[target_feature(enable = "neon")]
fn load_components(components: &[i16; 8]) -> int16x8_t {
    // SAFETY: the reference covers the 16 bytes read; the load has no alignment to keep beyond that
    // of i16.
    unsafe { vld1q_s16(components.as_ptr()) }
}
