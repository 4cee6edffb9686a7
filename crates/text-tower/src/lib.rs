//! What does a text mean?
//!
//! CLIP's text transformer: rows of its tokens in, a vector out. A fresh process asks one question, so
//! what counts is the time until the first vector: nothing is loaded but the layer normalisations, and
//! the matrices, tens or hundreds of megabytes, are read once, in the order in which they are needed,
//! into memory that is used again.
//!
//! Matrices are stored as floats, or as signed bytes with a scale for each output; then each row that
//! comes in is rounded to unsigned bytes with a scale of its own, and the products are exact. All else is
//! computed with floats in a fixed order. So all CPUs that multiply and add floats in one rounding (FMA)
//! give the same bits, and others differ in the last ones of a sum.

mod attention;
mod elementwise;
mod error;
mod header;
mod kernel;
mod panels;
mod quantized;
mod scalar;
#[cfg(test)]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the numbers of tests are small"
)]
mod tests;
mod tower;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;

pub use error::TowerError;
pub use header::{Activation, Header, Precision};
pub use tower::TextTower;

/// How many outputs a panel of weights has.
pub(crate) const OUTPUTS: usize = 16;

/// Bytes in a block, the unit that files of weights consist of.
pub(crate) const BLOCK: usize = 64;

/// Sixteen floats or 64 signed bytes, little-endian.
pub(crate) type Block = [u8; BLOCK];

/// A float of a block.
#[inline]
pub(crate) fn float_of(block: &Block, at: usize) -> f32 {
    f32::from_le_bytes(block.as_chunks().0[at])
}

/// All floats of a block.
pub(crate) fn floats_of(block: &Block) -> [f32; OUTPUTS] {
    std::array::from_fn(|at| float_of(block, at))
}
