//! Pictures that sharp's prebuilt library cannot read.

use clipfind_decode::{DecodeError, Format, Limits};
use napi::bindgen_prelude::Buffer;
use napi::{Env, Error, Result, Task};
use napi_derive::napi;

/// A picture to decode.
pub struct Decode {
    format: Format,
    bytes: Vec<u8>,
    limits: Limits,
}

impl Decode {
    /// See [`decode_picture`](crate::decode_picture).
    pub(crate) fn new(format: &str, bytes: &[u8], most_pixels: f64, memory: f64) -> Result<Self> {
        let format = match format {
            "bmp" => Format::Bmp,
            "heic" => Format::Heic,
            "jpeg2000" => Format::Jpeg2000,
            "jxl" => Format::Jxl,
            "pnm" => Format::Pnm,
            other => return Err(Error::from_reason(format!("INVALID_ARGUMENT: format {other}"))),
        };
        let limits = Limits { pixels: whole(most_pixels), memory: whole(memory) };
        Ok(Self { format, bytes: bytes.to_vec(), limits })
    }
}

#[napi]
impl Task for Decode {
    type Output = Vec<u8>;
    type JsValue = Buffer;

    fn compute(&mut self) -> Result<Vec<u8>> {
        clipfind_decode::decode(self.format, &self.bytes, self.limits)
            .map_err(|error: DecodeError| Error::from_reason(error.to_string()))
    }

    fn resolve(&mut self, _: Env, tiff: Vec<u8>) -> Result<Buffer> {
        Ok(tiff.into())
    }
}

/// A limit from JavaScript, where all numbers are floats.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub(crate) fn whole(limit: f64) -> u64 {
    limit as u64
}
