//! What do texts and pictures mean?
//!
//! CLIP's two transformers: rows of a text's tokens, or the pixels of a picture, in; a vector out.
//!
//! A fresh process asks one question, so what counts for texts is the time until the first vector: nothing is loaded
//! but the layer normalisations, and the matrices, tens or hundreds of megabytes, are read once, in the order in
//! which they are needed, into memory that is used again. Of pictures there are thousands, so what counts is each by
//! itself: their matrices are mapped, and all processes share them.
//!
//! Matrices are stored as floats, or as signed bytes with a scale for each output; then each row that
//! comes in is rounded to unsigned bytes with a scale of its own, and the products are exact. All else is
//! computed with floats in a fixed order. So all CPUs that multiply and add floats in one rounding (FMA)
//! give the same bits, and others differ in the last ones of a sum.

#![expect(
    clippy::inline_always,
    reason = "what is not inlined is not compiled for the instruction set that InstructionSet::run is for"
)]

mod attention;
mod elementwise;
mod error;
mod header;
mod image_tower;
mod instructions;
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
mod text_tower;
mod transformer;
mod weights_file;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx_vnni;
#[cfg(target_arch = "aarch64")]
mod neon;

pub use error::TowerError;
pub use header::{Activation, Header, Input, Precision};
pub use image_tower::ImageTower;
pub use text_tower::TextTower;

/// How many outputs a panel of weights has.
pub(crate) const OUTPUTS: usize = 16;

/// Bytes in a block, the unit that files of weights consist of.
pub(crate) const BLOCK: usize = 64;

/// Sixteen floats or 64 signed bytes, little-endian.
pub(crate) type Block = [u8; BLOCK];

/// The floats of a block.
#[inline(always)]
pub(crate) fn floats_of(block: &Block) -> [f32; OUTPUTS] {
    std::array::from_fn(|at| f32::from_le_bytes(block.as_chunks().0[at]))
}
