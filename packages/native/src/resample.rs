//! Pictures at the size of the model's input.

use clipfind_pixels::{Axis, Filter, Region, Turn};
use napi::bindgen_prelude::Uint8Array;
use napi::{Error, Result};
use napi_derive::napi;

/// A part of a picture: RGB pixels of 8 bits, row by row.
#[napi(object, object_to_js = false)]
pub struct PixelRegion {
    /// Three bytes for each pixel.
    pub pixels: Uint8Array,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Where it lies in the whole picture.
    pub left: u32,
    /// Where it lies in the whole picture.
    pub top: u32,
}

/// One axis: `source` pixels become `target` pixels, of which `size` are kept from `offset` on.
#[napi(object, object_to_js = false)]
pub struct PixelAxis {
    /// May be a fraction, where the pixels at hand are themselves scaled.
    pub source: f64,
    /// Pixels that the whole axis becomes.
    pub target: u32,
    /// The first of these that is kept.
    pub offset: u32,
    /// How many are kept.
    pub size: u32,
    /// True for a bilinear filter; bicubic when absent.
    pub bilinear: Option<bool>,
}

/// How stored pixels are read to show the picture upright: first mirror the axes, then swap them.
#[napi(object, object_to_js = false)]
pub struct PixelTurn {
    /// Rows are read from right to left.
    pub flip_x: bool,
    /// The last row comes first.
    pub flip_y: bool,
    /// Rows become columns.
    pub swap: bool,
}

/// See [`resample_picture`](crate::resample_picture).
pub(crate) fn resample(
    region: &PixelRegion,
    x: &PixelAxis,
    y: &PixelAxis,
    turn: &PixelTurn,
) -> Result<Vec<u8>> {
    let PixelRegion { ref pixels, width, height, left, top } = *region;
    let region = Region { pixels, width, height, left, top };
    clipfind_pixels::resample(&region, &x.into(), &y.into(), turn.into())
        .map_err(|error| Error::from_reason(format!("INVALID_ARGUMENT: {error}")))
}

impl From<&PixelAxis> for Axis {
    fn from(&PixelAxis { source, target, offset, size, bilinear }: &PixelAxis) -> Self {
        let filter = if bilinear == Some(true) { Filter::Bilinear } else { Filter::Bicubic };
        Self { source, target, offset, size, filter }
    }
}

impl From<&PixelTurn> for Turn {
    fn from(&PixelTurn { flip_x, flip_y, swap }: &PixelTurn) -> Self {
        Self { flip_x, flip_y, swap }
    }
}
