//! NEON with the dot product extension: sixteen products of bytes at once, added up in fours.
//!
//! The query's components come as two bytes, whose sums are kept apart until the end.

use std::arch::aarch64::{int8x16_t, int32x4_t, vaddlvq_s32, vdupq_n_s32, vld1q_s8};
use std::arch::asm;

use crate::tile::{Block, InstructionSet, cut, parts, split};
use crate::{MAX_CODES, Query};

/// NEON with `sdot`.
pub(crate) struct NeonDot;

impl InstructionSet for NeonDot {
    unsafe fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
        rows: &[Block],
        queries: [&Query; QUERIES],
    ) -> [[f32; ROWS]; QUERIES] {
        // SAFETY: the caller promises that the CPU has these features.
        unsafe { sums::<ROWS, QUERIES, TOGETHER>(rows, queries) }
    }
}

const _: () = assert!(
    MAX_CODES / 4 * 128 * 128 <= i32::MAX as usize,
    "each of four lanes holds a quarter of the longest row's products"
);

#[target_feature(enable = "neon,dotprod")]
fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
) -> [[f32; ROWS]; QUERIES] {
    if queries.iter().all(|query| query.is_coarse()) {
        sums_of::<ROWS, QUERIES, TOGETHER, 1>(rows, queries)
    } else {
        sums_of::<ROWS, QUERIES, TOGETHER, 2>(rows, queries)
    }
}

/// The same, with the high bytes only, or with both.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn sums_of<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize, const BYTES: usize>(
    rows: &[Block],
    queries: [&Query; QUERIES],
) -> [[f32; ROWS]; QUERIES] {
    let mut out = [[0.0; ROWS]; QUERIES];
    for start in (0..ROWS).step_by(TOGETHER) {
        let rows = split(rows, start, queries[0].blocks());
        let sums = accumulate::<TOGETHER, QUERIES, BYTES>(rows, queries);
        for query in 0..QUERIES {
            for row in 0..TOGETHER {
                out[query][start + row] = combine(sums[query][row]);
            }
        }
    }
    out
}

/// The sums of rows that are read side by side with the high bytes and with the low ones, each spread
/// over the lanes of a vector.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn accumulate<const ROWS: usize, const QUERIES: usize, const BYTES: usize>(
    rows: [&[Block]; ROWS],
    queries: [&Query; QUERIES],
) -> [[[int32x4_t; BYTES]; ROWS]; QUERIES] {
    let blocks = queries[0].blocks();
    let rows = cut(rows, blocks);
    let bytes = [parts(queries, Query::high, blocks), parts(queries, Query::low, blocks)];
    let mut sums = [[[vdupq_n_s32(0); BYTES]; ROWS]; QUERIES];
    for block in 0..blocks {
        for part in 0..4 {
            for row in 0..ROWS {
                let codes = load(&rows[row][block].as_chunks().0[part]);
                for query in 0..QUERIES {
                    for byte in 0..BYTES {
                        let sum = &mut sums[query][row][byte];
                        let query = load(&bytes[byte][query][block].0.as_chunks().0[part]);
                        *sum = add_products(*sum, codes, query);
                    }
                }
            }
        }
    }
    sums
}

/// Adds sixteen products, four to each lane.
///
/// The compiler's own function for this instruction, `vdotq_s32`, is not stable in Rust 1.95.
#[inline]
#[target_feature(enable = "neon,dotprod")]
fn add_products(mut sums: int32x4_t, codes: int8x16_t, query: int8x16_t) -> int32x4_t {
    // SAFETY: the instruction touches the named registers and nothing else, and the CPU has it
    // where this function may be called.
    unsafe {
        asm!(
            "sdot {sums:v}.4s, {codes:v}.16b, {query:v}.16b",
            sums = inlateout(vreg) sums,
            codes = in(vreg) codes,
            query = in(vreg) query,
            options(pure, nomem, nostack, preserves_flags),
        );
    }
    sums
}

/// 256 · Σhigh (+ Σlow).
#[inline]
#[target_feature(enable = "neon,dotprod")]
#[expect(clippy::cast_precision_loss, reason = "the one rounding that the contract has")]
fn combine<const BYTES: usize>(sums: [int32x4_t; BYTES]) -> f32 {
    let mut sum = 0;
    for (byte, worth) in (0..BYTES).zip([256, 1]) {
        sum += worth * vaddlvq_s32(sums[byte]);
    }
    sum as f32
}

#[inline]
#[target_feature(enable = "neon,dotprod")]
fn load(bytes: &[i8; 16]) -> int8x16_t {
    // SAFETY: the reference covers the 16 bytes read; bytes have no alignment to keep.
    unsafe { vld1q_s8(bytes.as_ptr()) }
}
