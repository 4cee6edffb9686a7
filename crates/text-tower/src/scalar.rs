//! Plain Rust: what the other instruction sets must give, too.

use crate::kernel::{Four, InstructionSet};
use crate::{Block, OUTPUTS, float_of};

/// Plain Rust, compiled for the target's oldest CPU.
pub(crate) struct Scalar;

impl InstructionSet for Scalar {
    const FLOAT_ROWS: usize = 4;
    const BYTE_ROWS: usize = 4;

    unsafe fn floats<const ROWS: usize>(
        rows: [&[f32]; ROWS],
        weights: &[Block],
    ) -> [[f32; OUTPUTS]; ROWS] {
        let mut sums = [[0.0; OUTPUTS]; ROWS];
        for (input, block) in weights.iter().enumerate() {
            let weights: [f32; OUTPUTS] = std::array::from_fn(|output| float_of(block, output));
            for (row, sums) in rows.iter().zip(&mut sums) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum = multiply_add(row[input], weight, *sum);
                }
            }
        }
        sums
    }

    unsafe fn bytes<const ROWS: usize>(
        rows: [&[Four]; ROWS],
        weights: &[Block],
    ) -> [[i32; OUTPUTS]; ROWS] {
        let mut sums = [[0; OUTPUTS]; ROWS];
        for (at, block) in weights.iter().enumerate() {
            let (weights, _) = block.as_chunks::<4>();
            for (row, sums) in rows.iter().zip(&mut sums) {
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    for (byte, weight) in row[at].iter().zip(weights) {
                        *sum += i32::from(*byte) * i32::from(weight.cast_signed());
                    }
                }
            }
        }
        sums
    }
}

/// In one rounding where every CPU of the target can; elsewhere a library would have to imitate it, so
/// there are two, and the last bits of a sum differ.
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}
