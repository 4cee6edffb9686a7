//! From coefficients to pixels at a smaller size.
//!
//! The N lowest of a row's eight coefficients are those of a row of N pixels that shows the same,
//! but for a factor √(N/8): an inverse DCT of N points makes that row. So for columns.

use std::f64::consts::PI;

/// Cosines of an inverse DCT: `[coefficient][pixel]`.
type Basis<const N: usize> = [[f32; N]; N];

/// T.81's DCT is orthonormal (A.3.3); with the factor above, 1/√8 and 1/2 are left for any N.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "to f32, of numbers up to 16"
)]
fn basis<const N: usize>() -> Basis<N> {
    std::array::from_fn(|u| {
        std::array::from_fn(|x| {
            let scale = if u == 0 { 0.125_f64.sqrt() } else { 0.5 };
            let angle = (2 * x + 1) as f64 * u as f64 * PI / (2 * N) as f64;
            (scale * angle.cos()) as f32
        })
    })
}

/// Makes the pixels of blocks, 1, 2, 4 or 8 on a side.
pub(crate) struct Transform {
    two: Basis<2>,
    four: Basis<4>,
    eight: Basis<8>,
}

/// A DCT's mean is 0.
const MIDDLE: f32 = 128.0;

/// Rounds to a byte. With 2^23 added, the last bits of a float are those of the whole number: unlike
/// `as`, which must know of infinities, that is done for many values at once.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "0 to 255")]
fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 255.0) + 8_388_608.0).to_bits() as u8
}

impl Transform {
    pub(crate) fn new() -> Self {
        Self { two: basis(), four: basis(), eight: basis() }
    }

    /// Makes `size.0` by `size.1` pixels of the lowest coefficients of `block` and writes them to
    /// `out`, whose rows are `stride` apart. `is_flat`: all but the first coefficient are zero.
    #[inline(always)]
    pub(crate) fn write(
        &self,
        size: (usize, usize),
        block: &[f32; 64],
        is_flat: bool,
        out: &mut [u8],
        stride: usize,
    ) {
        let (width, height) = size;
        if is_flat || size == (1, 1) {
            let mean = byte(block[0] / 8.0 + MIDDLE);
            for row in out.chunks_mut(stride).take(height) {
                row[..width].fill(mean);
            }
            return;
        }
        match size {
            (1, 2) => write(&[[0.125_f32.sqrt()]], &self.two, block, out, stride),
            (1, 4) => write(&[[0.125_f32.sqrt()]], &self.four, block, out, stride),
            (1, 8) => write(&[[0.125_f32.sqrt()]], &self.eight, block, out, stride),
            (2, 1) => write(&self.two, &[[0.125_f32.sqrt()]], block, out, stride),
            (2, 2) => write_two(block, out, stride),
            (2, 4) => write(&self.two, &self.four, block, out, stride),
            (2, 8) => write(&self.two, &self.eight, block, out, stride),
            (4, 1) => write(&self.four, &[[0.125_f32.sqrt()]], block, out, stride),
            (4, 2) => write(&self.four, &self.two, block, out, stride),
            (4, 4) => write(&self.four, &self.four, block, out, stride),
            (4, 8) => write(&self.four, &self.eight, block, out, stride),
            (8, 1) => write(&self.eight, &[[0.125_f32.sqrt()]], block, out, stride),
            (8, 2) => write(&self.eight, &self.two, block, out, stride),
            (8, 4) => write(&self.eight, &self.four, block, out, stride),
            _ => write(&self.eight, &self.eight, block, out, stride),
        }
    }
}

/// As [`write()`] for 2 by 2: cos(π/4)² / 4 and 1/8 are the same.
#[inline(always)]
fn write_two(block: &[f32; 64], out: &mut [u8], stride: usize) {
    let (left, right) = (block[0] + block[1], block[0] - block[1]);
    let (more_left, more_right) = (block[8] + block[9], block[8] - block[9]);
    let sums = [left + more_left, right + more_right, left - more_left, right - more_right];
    let bytes = sums.map(|sum| byte(sum / 8.0 + MIDDLE));
    out[..2].copy_from_slice(&bytes[..2]);
    out[stride..stride + 2].copy_from_slice(&bytes[2..]);
}

#[inline(always)]
fn write<const W: usize, const H: usize>(
    across: &Basis<W>,
    down: &Basis<H>,
    block: &[f32; 64],
    out: &mut [u8],
    stride: usize,
) {
    let mut rows = [[0.0; W]; H];
    for (v, row) in rows.iter_mut().enumerate() {
        for (u, cosines) in across.iter().enumerate() {
            let coefficient = block[8 * v + u];
            for (value, cosine) in row.iter_mut().zip(cosines) {
                *value += coefficient * cosine;
            }
        }
    }
    for (y, line) in out.chunks_mut(stride).take(H).enumerate() {
        let mut sums = [MIDDLE; W];
        for (v, row) in rows.iter().enumerate() {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum += down[v][y] * value;
            }
        }
        line[..W].copy_from_slice(&sums.map(byte));
    }
}
