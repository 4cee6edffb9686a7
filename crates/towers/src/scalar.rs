//! Plain Rust: what the other instruction sets must give, too.

use crate::instructions::{Four, InstructionSet, each_panel};
use crate::{Block, OUTPUTS, floats_of};

/// Plain Rust, compiled for the target's oldest CPU.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scalar;

impl InstructionSet for Scalar {
    const FLOAT_ROWS: usize = 4;
    const BYTE_ROWS: usize = 4;
    const PANELS: usize = 1;

    fn run<Out>(self, work: impl FnOnce() -> Out) -> Out {
        work()
    }

    #[inline(always)]
    fn multiply_add(self, a: f32, b: f32, c: f32) -> f32 {
        multiply_add(a, b, c)
    }

    fn floats<const ROWS: usize, const PANELS: usize>(
        self,
        rows: [&[f32]; ROWS],
        panels: [&[Block]; PANELS],
        sums: &mut [[f32; OUTPUTS]],
        stride: usize,
    ) {
        each_panel(panels, sums, stride, |panel| {
            let mut sums = [[0.0; OUTPUTS]; ROWS];
            for (input, block) in panel.iter().enumerate() {
                let weights: [f32; OUTPUTS] = floats_of(block);
                for (row, sums) in rows.iter().zip(&mut sums) {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum = multiply_add(row[input], weight, *sum);
                    }
                }
            }
            sums
        });
    }

    fn bytes<const ROWS: usize, const PANELS: usize>(
        self,
        rows: [&[Four]; ROWS],
        panels: [&[Block]; PANELS],
        sums: &mut [[i32; OUTPUTS]],
        stride: usize,
    ) {
        each_panel(panels, sums, stride, |panel| {
            let mut sums = [[0; OUTPUTS]; ROWS];
            for (at, block) in panel.iter().enumerate() {
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
        });
    }
}

/// In one rounding where every CPU of the target can; elsewhere a library would have to imitate it, so
/// there are two, and the last bits of a sum differ.
#[inline(always)]
fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
        a.mul_add(b, c)
    } else {
        a * b + c
    }
}
