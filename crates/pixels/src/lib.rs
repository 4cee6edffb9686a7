//! What does a picture look like at the size of the model's input?
//!
//! Bicubic or bilinear resampling with antialiasing exactly as Pillow does it (`Image.resize`,
//! `BICUBIC` and `BILINEAR`): Keys' kernel with a = −0.5 or a triangle, widened by the factor of reduction, pixel centres at one half, rows first,
//! 8 bits in between, fixed point. Then the picture is turned upright. All sums are of whole
//! numbers, so that every instruction set gives the same bits: `scalar` is the meaning.

mod scalar;
mod taps;
#[cfg(test)]
mod tests;
mod turn;

#[cfg(target_arch = "x86_64")]
mod avx2;

use taps::Taps;
pub use taps::{Axis, Filter};
pub use turn::Turn;

/// Pixels of 8 bits, red, green and blue, row by row: a part of a picture.
#[derive(Clone, Copy, Debug)]
pub struct Region<'a> {
    /// Three bytes for each of `width` · `height` pixels.
    pub pixels: &'a [u8],
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Where it lies in the whole picture.
    pub left: u32,
    /// Where it lies in the whole picture.
    pub top: u32,
}

/// Why pixels cannot be resampled: what was handed in does not fit together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unsuitable {
    /// Not as many bytes as the pixels have.
    #[error("expected 3 bytes for each of {width} x {height} pixels, found {bytes} bytes")]
    Length {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes found.
        bytes: usize,
    },
    /// The region lacks what an axis needs, or the axis makes no sense.
    #[error("expected source pixels for all of {axis:?}, found {length} from {origin} on")]
    Axis {
        /// The axis.
        axis: Axis,
        /// The region's first pixel on it.
        origin: u32,
        /// How many pixels it has on it.
        length: u32,
    },
}

/// Resamples the kept part of both axes and turns it upright.
///
/// Returns `x.size` · `y.size` pixels, row by row; where `turn` swaps the axes, a row has `y.size`.
///
/// # Errors
///
/// [`Unsuitable`] when the region is not what it says, or does not have what the axes need.
pub fn resample(
    region: &Region<'_>,
    x: &Axis,
    y: &Axis,
    turn: Turn,
) -> Result<Vec<u8>, Unsuitable> {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: this CPU has AVX2, which is all that these two need.
        return with(
            |pixels, width, taps, out| unsafe { avx2::rows(pixels, width, taps, out) },
            |pixels, width, taps, out| unsafe { avx2::columns(pixels, width, taps, out) },
            region,
            (x, y),
            turn,
        );
    }
    with(scalar::rows, scalar::columns, region, (x, y), turn)
}

/// [`resample`] with either implementation of its two passes: source, its width, taps, target.
fn with(
    rows: impl Fn(&[u8], usize, &Taps, &mut [u8]),
    columns: impl Fn(&[u8], usize, &Taps, &mut [u8]),
    region: &Region<'_>,
    (x, y): (&Axis, &Axis),
    turn: Turn,
) -> Result<Vec<u8>, Unsuitable> {
    let Region { pixels, width, height, left, top } = *region;
    if pixels.len() as u128 != 3 * u128::from(width) * u128::from(height) {
        return Err(Unsuitable::Length { width, height, bytes: pixels.len() });
    }
    let (across, down) = (Taps::of(x, left, width)?, Taps::of(y, top, height)?);
    let mut narrow = vec![0; 3 * across.len() * height as usize];
    rows(pixels, width as usize, &across, &mut narrow);
    let mut kept = vec![0; 3 * across.len() * down.len()];
    columns(&narrow, across.len(), &down, &mut kept);
    Ok(turn.upright(kept, across.len()))
}
