//! BMP and PNM, by the crate `image`.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::pnm::PnmDecoder;
use image::{ColorType, ImageDecoder, ImageError};

use crate::picture::{Colours, Picture};
use crate::{DecodeError, Limits};

/// Four samples of 16 bits, the same in 8 bits, and the TIFF. Measured, with three of 8 bits: 9.
const BYTES_PER_PIXEL: u64 = 16;

/// Decodes a BMP.
pub(crate) fn decode_bmp(bytes: &[u8], limits: Limits) -> Result<Picture, DecodeError> {
    read(BmpDecoder::new(Cursor::new(bytes)).map_err(error)?, limits)
}

/// Decodes a PBM, PGM, PPM or PAM.
pub(crate) fn decode_pnm(bytes: &[u8], limits: Limits) -> Result<Picture, DecodeError> {
    read(PnmDecoder::new(Cursor::new(bytes)).map_err(error)?, limits)
}

fn read(mut decoder: impl ImageDecoder, limits: Limits) -> Result<Picture, DecodeError> {
    let (width, height) = decoder.dimensions();
    limits.check(u64::from(width), u64::from(height), BYTES_PER_PIXEL)?;
    let (colours, has_alpha, is_wide) = match decoder.color_type() {
        ColorType::L8 => (Colours::Grey, false, false),
        ColorType::La8 => (Colours::Grey, true, false),
        ColorType::Rgb8 => (Colours::Rgb, false, false),
        ColorType::Rgba8 => (Colours::Rgb, true, false),
        ColorType::L16 => (Colours::Grey, false, true),
        ColorType::La16 => (Colours::Grey, true, true),
        ColorType::Rgb16 => (Colours::Rgb, false, true),
        ColorType::Rgba16 => (Colours::Rgb, true, true),
        other => return Err(DecodeError::Unsupported(format!("samples of type {other:?}"))),
    };
    let icc = decoder.icc_profile().unwrap_or_default();
    let length = usize::try_from(decoder.total_bytes()).unwrap_or(usize::MAX);
    let mut pixels = vec![0; length];
    decoder.read_image(&mut pixels).map_err(error)?;
    if is_wide {
        pixels = pixels.chunks_exact(2).map(|pair| eight_bits([pair[0], pair[1]])).collect();
    }
    Ok(Picture { width, height, colours, has_alpha, pixels, icc })
}

/// A sample of 16 bits, in the machine's byte order, scaled to 8.
fn eight_bits(sample: [u8; 2]) -> u8 {
    let scaled = (u32::from(u16::from_ne_bytes(sample)) + 128) / 257;
    u8::try_from(scaled).unwrap_or(u8::MAX)
}

fn error(error: ImageError) -> DecodeError {
    match error {
        ImageError::Unsupported(error) => DecodeError::Unsupported(error.to_string()),
        other => DecodeError::Damaged(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::eight_bits;

    #[test]
    fn sixteen_bits_are_scaled_to_the_nearest_of_eight() {
        for wide in 0..=u16::MAX {
            let nearest = (f64::from(wide) * 255.0 / 65535.0).round();
            assert!((f64::from(eight_bits(wide.to_ne_bytes())) - nearest).abs() < f64::EPSILON);
        }
    }
}
