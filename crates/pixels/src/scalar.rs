//! The meaning: plain Rust, pixel by pixel.

use crate::taps::{FRACTION_BITS, Taps};

/// Makes rows shorter: each becomes as many pixels as there are taps.
pub(crate) fn rows(pixels: &[u8], width: usize, taps: &Taps, out: &mut [u8]) {
    for (source, out) in pixels.chunks_exact(3 * width).zip(out.chunks_exact_mut(3 * taps.len())) {
        for ((first, weights), out) in taps.iter().zip(out.as_chunks_mut().0) {
            *out = pixel(&source[3 * first..], weights);
        }
    }
}

/// One pixel: the sum of those from the start of `source` on, each with its weight.
#[inline]
pub(crate) fn pixel(source: &[u8], weights: &[i32]) -> [u8; 3] {
    let mut sums = [HALF; 3];
    for (weight, pixel) in weights.iter().zip(source.as_chunks::<3>().0) {
        for (sum, value) in sums.iter_mut().zip(pixel) {
            *sum = sum.wrapping_add(weight.wrapping_mul(i32::from(*value)));
        }
    }
    sums.map(byte)
}

/// Makes columns shorter: as many rows as there are taps come out of it, each of `width` pixels.
pub(crate) fn columns(pixels: &[u8], width: usize, taps: &Taps, out: &mut [u8]) {
    let bytes = 3 * width;
    let mut sums = vec![0; bytes];
    for ((first, weights), out) in taps.iter().zip(out.chunks_exact_mut(bytes)) {
        sums.fill(HALF);
        // Whole rows at a time: memory is read in order.
        for (weight, row) in weights.iter().zip(pixels[first * bytes..].chunks_exact(bytes)) {
            for (sum, value) in sums.iter_mut().zip(row) {
                *sum = sum.wrapping_add(weight.wrapping_mul(i32::from(*value)));
            }
        }
        for (out, sum) in out.iter_mut().zip(&sums) {
            *out = byte(*sum);
        }
    }
}

/// One value: the sum of `values`, each with its weight.
pub(crate) fn value<'a>(values: impl Iterator<Item = &'a u8>, weights: &[i32]) -> u8 {
    byte(values.zip(weights).fold(HALF, |sum, (value, weight)| {
        sum.wrapping_add(weight.wrapping_mul(i32::from(*value)))
    }))
}

/// What makes the cutting off of the fraction a rounding.
pub(crate) const HALF: i32 = 1 << (FRACTION_BITS - 1);

/// A sum without its fraction, as near as a byte comes to it.
#[inline]
#[expect(clippy::cast_sign_loss, reason = "0 to 255")]
fn byte(sum: i32) -> u8 {
    (sum >> FRACTION_BITS).clamp(0, 255) as u8
}
