//! JPEGs, straight to the size of the model's input.

use clipfind_jpeg::{Divisor, Jpeg};
use clipfind_pixels::{Axis, Region, Turn};
use napi::bindgen_prelude::Uint8Array;
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

use crate::resample::{PixelAxis, PixelTurn};

/// What the header of a JPEG says.
#[napi(object, object_from_js = false)]
pub struct JpegHeader {
    /// Pixels in a row, as stored.
    pub width: u32,
    /// Rows, as stored.
    pub height: u32,
    /// EXIF's orientation, if it is stated.
    pub orientation: Option<u32>,
}

/// See [`jpeg_header`](crate::jpeg_header).
pub(crate) fn header(bytes: &[u8]) -> Option<JpegHeader> {
    let jpeg = Jpeg::read(bytes).ok()?;
    let orientation = jpeg.orientation().map(u32::from);
    Some(JpegHeader { width: jpeg.width(), height: jpeg.height(), orientation })
}

/// A JPEG to decode and resample.
pub struct Shrink {
    bytes: Vec<u8>,
    divisor: Divisor,
    x: Axis,
    y: Axis,
    turn: Turn,
}

impl Shrink {
    /// See [`shrink_jpeg`](crate::shrink_jpeg).
    pub(crate) fn new(
        bytes: &[u8],
        divisor: u32,
        x: &PixelAxis,
        y: &PixelAxis,
        turn: &PixelTurn,
    ) -> Result<Self> {
        let divisor = match divisor {
            2 => Divisor::Two,
            4 => Divisor::Four,
            8 => Divisor::Eight,
            other => return Err(Error::from_reason(format!("INVALID_ARGUMENT: divisor {other}"))),
        };
        Ok(Self { bytes: bytes.to_vec(), divisor, x: x.into(), y: y.into(), turn: turn.into() })
    }
}

#[napi]
impl Task for Shrink {
    type Output = Option<Vec<u8>>;
    type JsValue = Option<Uint8Array>;

    fn compute(&mut self) -> Result<Self::Output> {
        let Ok(jpeg) = Jpeg::read(&self.bytes) else { return Ok(None) };
        let Ok(pixels) = jpeg.decode(self.divisor) else { return Ok(None) };
        let divisor = self.divisor.number();
        let region = Region {
            pixels: &pixels,
            width: jpeg.width() / divisor,
            height: jpeg.height() / divisor,
            left: 0,
            top: 0,
        };
        clipfind_pixels::resample(&region, &self.x, &self.y, self.turn)
            .map(Some)
            .map_err(|error| Error::from_reason(format!("INVALID_ARGUMENT: {error}")))
    }

    fn resolve(&mut self, _: Env, pixels: Self::Output) -> Result<Self::JsValue> {
        Ok(pixels.map(Uint8Array::from))
    }
}
