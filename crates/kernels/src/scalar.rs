//! The meaning of every kernel, in plain Rust.

use std::array::from_fn;

use crate::tile::{Block, InstructionSet, PRODUCTS_IN_I32};
use crate::{CODE_LANES, Query};

/// Whatever the compiler makes of plain Rust for the baseline CPU of the target.
pub(crate) struct Scalar;

impl InstructionSet for Scalar {
    unsafe fn sums<const ROWS: usize, const QUERIES: usize, const TOGETHER: usize>(
        rows: &[Block],
        queries: [&Query; QUERIES],
    ) -> [[f32; ROWS]; QUERIES] {
        queries.map(|query| from_fn(|row| sum(&rows[row * query.blocks()..], query)))
    }
}

const _: () = assert!(CODE_LANES <= PRODUCTS_IN_I32, "the sum of one block fits i32");

/// The sum of one row, the first in `rows`.
#[expect(clippy::cast_precision_loss, reason = "the one rounding that the contract has")]
fn sum(rows: &[Block], query: &Query) -> f32 {
    let blocks = rows.iter().zip(query.components()).map(|(codes, query)| {
        let products = codes.iter().zip(&query.0).map(|(x, y)| i32::from(*x) * i32::from(*y));
        i64::from(products.sum::<i32>())
    });
    blocks.sum::<i64>() as f32
}
